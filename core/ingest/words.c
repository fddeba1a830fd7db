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

static bool is_word(const struct word *at, uint32_t context, struct str text)
{
    return at->context == context && at->text.n == text.n &&
           memcmp(at->text.p, text.p, text.n) == 0;
}

static struct word *slot_of(const struct words *w, uint64_t hash, uint32_t context, struct str text)
{
    size_t i = hash & (w->cap - 1);
    while (w->slot[i].text.p != NULL) {
        if (w->slot[i].hash == hash && is_word(&w->slot[i], context, text))
            break;
        i = (i + 1) & (w->cap - 1);
    }
    return &w->slot[i];
}

const struct word *words_find(struct words *w, uint32_t context, struct str text)
{
    if (w->cap == 0)
        return NULL;
    if (w->last.text.p != NULL && is_word(&w->last, context, text))
        return &w->last;
    struct word *at = slot_of(w, hash64(text.p, text.n, context), context, text);
    if (at->text.p == NULL)
        return NULL;
    w->last = *at;
    return at;
}

static bool grow(struct words *w)
{
    struct words more = {.n = w->n, .cap = w->cap ? w->cap * 2 : SLOTS_MIN};
    more.slot = mem_calloc(MEM_INGEST, more.cap, sizeof *more.slot);
    if (more.slot == NULL)
        return false;
    for (size_t i = 0; i < w->cap; i++) {
        const struct word *from = &w->slot[i];
        if (from->text.p != NULL)
            *slot_of(&more, from->hash, from->context, from->text) = *from;
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
    uint64_t hash = hash64(text.p, text.n, context);
    struct word *at = slot_of(w, hash, context, text);
    if (at->text.p != NULL)
        return;
    struct str copy = str_copy(a, text);
    if (copy.p == NULL)
        return;
    *at = (struct word){copy, hash, context, value, fault};
    w->n++;
}
