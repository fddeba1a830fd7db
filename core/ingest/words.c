/* SPDX-License-Identifier: MIT
 *
 * Open addressing with linear probing, at most half full. */
#include "words.h"

#include "base/hash.h"

enum { SLOTS_MIN = 256 };

void words_init(struct words *w)
{
    *w = (struct words){.slot = NULL};
}

void words_fini(struct words *w)
{
    mem_free(MEM_INGEST, w->slot);
    words_init(w);
}

static inline uint64_t key_of(struct str text)
{
    return text.n <= 8 ? bytes8(text.p, text.n) : hash64(text.p, text.n, 0);
}

static inline bool same_text(const char *a, const char *b, size_t n)
{
    uint64_t x[2], y[2];
    if (n > 16)
        return memcmp(a, b, n) == 0;
    memcpy(&x[0], a, 8); /* nine to sixteen bytes: two halves that overlap */
    memcpy(&x[1], a + n - 8, 8);
    memcpy(&y[0], b, 8);
    memcpy(&y[1], b + n - 8, 8);
    return x[0] == y[0] && x[1] == y[1];
}

static inline struct word *slot_of(const struct words *w, uint64_t key, uint32_t context,
                                   struct str text)
{
    size_t i = hash_mix(key + context * UINT64_C(0x9E3779B97F4A7C15)) & (w->cap - 1);
    for (;; i = (i + 1) & (w->cap - 1)) {
        struct word *at = &w->slot[i];
        bool same = at->key == key && at->context == context && at->n == text.n;
        if (at->text == NULL || (same && (text.n <= 8 || same_text(at->text, text.p, text.n))))
            return at;
    }
}

const struct word *words_find(const struct words *w, uint32_t context, struct str text)
{
    if (w->cap == 0)
        return NULL;
    const struct word *at = slot_of(w, key_of(text), context, text);
    return at->text != NULL ? at : NULL;
}

static bool grow(struct words *w)
{
    struct words more = {.n = w->n, .cap = w->cap ? w->cap * 2 : SLOTS_MIN};
    more.slot = mem_calloc(MEM_INGEST, more.cap, sizeof *more.slot);
    if (more.slot == NULL)
        return false;
    for (size_t i = 0; i < w->cap; i++) {
        const struct word *from = &w->slot[i];
        struct str text = {from->text, from->n};
        if (from->text != NULL)
            *slot_of(&more, from->key, from->context, text) = *from;
    }
    mem_free(MEM_INGEST, w->slot);
    *w = more;
    return true;
}

void words_add(struct words *w, struct arena *a, uint32_t context, struct str text, int64_t value,
               const struct fault *fault)
{
    if (w->n >= WORDS_MAX || (w->n * 2 >= w->cap && !grow(w)))
        return;
    uint64_t key = key_of(text);
    struct word *at = slot_of(w, key, context, text);
    if (at->text != NULL)
        return;
    struct str copy = str_copy(a, text);
    if (copy.p == NULL)
        return;
    *at = (struct word){.key = key, .text = copy.p, .context = context};
    at->n = (uint32_t)text.n & INT32_MAX;
    at->is_fault = fault != NULL;
    if (fault != NULL)
        at->fault = fault;
    else
        at->value = value;
    w->n++;
}
