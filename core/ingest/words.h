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

/* A quarter of a cache line. */
struct word_slot {
    uint64_t key;     /* 0: free; the bytes of a text of at most eight, else the hash of the text */
    uint32_t context; /* the highest bit: it is a long text, and `means` the number of a note */
    int32_t means;    /* the value; below 0: a note holds why it means nothing */
};

/* What does not fit a slot. */
struct word_note {
    struct str text; /* of a long word */
    int32_t value;
    const struct fault *fault; /* or NULL */
};

enum { WORDS_MAX = 1 << 16 }; /* remembered; further ones are looked up each time */

struct words {
    struct word_slot *slot;
    size_t n, cap; /* cap: 0 or a power of two */
    struct word_note *note;
    size_t notes, notes_cap;
};

void words_init(struct words *w);
void words_fini(struct words *w);
/* 1 with *value, or with *fault where that is not NULL; 0 when the word was not seen. Contexts are
 * below 2^31. No text holds a byte 0. */
int words_find(const struct words *w, uint32_t context, struct str text, int32_t *value,
               const struct fault **fault);
/* Remembers it if there is room; what cannot be remembered is no failure. The text is copied. A
 * value is not negative. */
void words_add(struct words *w, struct arena *a, uint32_t context, struct str text, int32_t value,
               const struct fault *fault);

#endif
