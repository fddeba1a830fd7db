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

/* Half a cache line, so that a look-up touches one. */
struct word {
    uint64_t key;     /* the bytes of a text of at most eight, the hash of a longer one */
    const char *text; /* NULL: the slot is free */
    uint32_t context;
    uint32_t n : 31; /* bytes of the text */
    uint32_t is_fault : 1;
    union {
        int64_t value;
        const struct fault *fault; /* why it means nothing */
    };
};

enum { WORDS_MAX = 1 << 16 }; /* remembered; further ones are looked up each time */

struct words {
    struct word *slot;
    size_t n, cap; /* cap: 0 or a power of two */
};

void words_init(struct words *w);
void words_fini(struct words *w);
/* NULL when it was not seen. Valid until the next words_add. */
const struct word *words_find(const struct words *w, uint32_t context, struct str text);
/* Remembers it if there is room; what cannot be remembered is no failure. The text is copied. */
void words_add(struct words *w, struct arena *a, uint32_t context, struct str text, int64_t value,
               const struct fault *fault);

#endif
