/* SPDX-License-Identifier: MIT
 *
 * What may stand where the cursor is: words of the language, tables, columns, places. Words are
 * added once; a completion looks at the text before the cursor alone. One thread. */
#ifndef MAIN_COMPLETE_H
#define MAIN_COMPLETE_H

#include "base/buf.h"
#include "base/mem.h"
#include "query/words.h"

enum { COMPLETE_MAX = 200 }; /* candidates told at once */

enum complete_kind {
    COMPLETE_WORD = WORD_PART + 1, /* kinds below are those of query/words.h */
    COMPLETE_COLUMN,
    COMPLETE_COMMAND, /* \\help and the like */
};

struct complete_word {
    struct str text;
    int kind;
};

struct complete {
    struct arena arena;
    struct complete_word *word;
    size_t n, cap;
};

/* What can follow. `typed` is the part of it that stands there already. */
struct candidates {
    struct str typed;
    bool quoted; /* inside of a text: a place is looked for */
    struct str text[COMPLETE_MAX];
    size_t n;
};

void complete_init(struct complete *c);
void complete_fini(struct complete *c);
/* A word of this kind; once, though it be added twice. The text is copied. */
void complete_add(struct complete *c, int kind, struct str text);
/* For the text before the cursor, of the whole query so far. Inside of a text `n` is 0. */
void complete_find(const struct complete *c, struct str before, struct candidates *out);
/* What all candidates have in common behind what is typed, in the letters of the first. */
struct str complete_common(const struct candidates *k);

#endif
