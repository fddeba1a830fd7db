/* SPDX-License-Identifier: MIT
 *
 * Words seen before and what they were found to mean: a hash table from (context, text) to a
 * number or a fault, so that a name costs a look-up and not a search. One thread at a time. */
#ifndef INGEST_WORDS_H
#define INGEST_WORDS_H

#include <stdint.h>

#include "base/mem.h"
#include "base/str.h"

/* Why a value was refused. */
struct fault {
    const char *reason; /* a sentence */
    const char *near;   /* near names joined by "|", or "" */
};

struct word {
    struct str text;
    uint64_t hash;
    uint32_t context;
    int64_t value;             /* when fault is NULL */
    const struct fault *fault; /* or why it means nothing */
};

enum { WORDS_MAX = 1 << 16 }; /* remembered; further ones are looked up each time */

struct words {
    struct word *slot; /* .text.p == NULL: free */
    size_t n, cap;     /* cap: 0 or a power of two */
    struct word last;  /* the last answer: rows of one place mostly stand together */
};

void words_init(struct words *w);
void words_fini(struct words *w);
/* NULL when it was not seen. Valid until the next words_add. */
const struct word *words_find(struct words *w, uint32_t context, struct str text);
/* Remembers it if there is room; what cannot be remembered is no failure. The text is copied. */
void words_add(struct words *w, struct arena *a, uint32_t context, struct str text, int64_t value,
               const struct fault *fault);

#endif
