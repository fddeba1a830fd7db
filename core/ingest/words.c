/* SPDX-License-Identifier: MIT
 *
 * Open addressing with linear probing, at most half full. A row looks up most of its words here, at
 * random, so what counts is how many slots fit the processor's cache: a word of at most eight bytes
 * with a value is all in its slot; a longer one has a note with its text, a fault one with its
 * reasons. */
#include "words.h"

#include "base/hash.h"

enum { SLOTS_MIN = 256, SHORT_BYTES = 8 };
static const uint32_t is_long = 1u << 31;

void words_init(struct words *w)
{
    *w = (struct words){.slot = NULL};
}

void words_fini(struct words *w)
{
    mem_free(MEM_INGEST, w->slot);
    mem_free(MEM_INGEST, w->note);
    words_init(w);
}

/* Never 0: a short text has no byte 0 in front. */
static inline uint64_t key_of(struct str text)
{
    return text.n <= SHORT_BYTES ? bytes8(text.p, text.n) : hash64(text.p, text.n, 0) | 1;
}

static inline size_t place_of(uint64_t key, uint32_t context)
{
    return hash_mix(key + context * UINT64_C(0x9E3779B97F4A7C15));
}

static inline bool same_text(struct str a, struct str b)
{
    uint64_t x[2], y[2];
    if (a.n != b.n)
        return false;
    if (a.n > 16)
        return memcmp(a.p, b.p, a.n) == 0;
    memcpy(&x[0], a.p, 8); /* nine to sixteen bytes: two halves that overlap */
    memcpy(&x[1], a.p + a.n - 8, 8);
    memcpy(&y[0], b.p, 8);
    memcpy(&y[1], b.p + b.n - 8, 8);
    return x[0] == y[0] && x[1] == y[1];
}

/* The note of a slot, or NULL. */
static inline const struct word_note *note_of(const struct words *w, const struct word_slot *at)
{
    return at->means < 0 ? &w->note[~at->means] : NULL;
}

/* Its slot, or the free one where it belongs. `context` with its bit. */
static inline struct word_slot *slot_of(const struct words *w, uint64_t key, uint32_t context,
                                        struct str text)
{
    size_t i = place_of(key, context) & (w->cap - 1);
    for (;; i = (i + 1) & (w->cap - 1)) {
        struct word_slot *at = &w->slot[i];
        if (at->key == 0)
            return at;
        if (at->key == key && at->context == context &&
            (!(context & is_long) || same_text(w->note[~at->means].text, text)))
            return at;
    }
}

int words_find(const struct words *w, uint32_t context, struct str text, int32_t *value,
               const struct fault **fault)
{
    if (w->cap == 0 || text.n == 0)
        return 0;
    context |= text.n > SHORT_BYTES ? is_long : 0;
    const struct word_slot *at = slot_of(w, key_of(text), context, text);
    if (at->key == 0)
        return 0;
    const struct word_note *note = note_of(w, at);
    *value = note ? note->value : at->means;
    *fault = note ? note->fault : NULL;
    return 1;
}

static bool grow(struct words *w)
{
    size_t cap = w->cap ? w->cap * 2 : SLOTS_MIN;
    struct word_slot *slot = mem_calloc(MEM_INGEST, cap, sizeof *slot);
    if (slot == NULL)
        return false;
    for (size_t i = 0; i < w->cap; i++) {
        const struct word_slot *from = &w->slot[i];
        size_t to = place_of(from->key, from->context) & (cap - 1);
        while (from->key != 0 && slot[to].key != 0)
            to = (to + 1) & (cap - 1);
        if (from->key != 0)
            slot[to] = *from;
    }
    mem_free(MEM_INGEST, w->slot);
    w->slot = slot;
    w->cap = cap;
    return true;
}

static bool add_note(struct words *w, struct arena *a, struct str text, int32_t value,
                     const struct fault *fault)
{
    if (w->notes == w->notes_cap) {
        size_t cap = w->notes_cap ? w->notes_cap * 2 : SLOTS_MIN / 2;
        struct word_note *more = mem_realloc(MEM_INGEST, w->note, cap * sizeof *more);
        if (more == NULL)
            return false;
        w->note = more;
        w->notes_cap = cap;
    }
    struct str copy = str_copy(a, text);
    if (copy.p == NULL)
        return false;
    w->note[w->notes++] = (struct word_note){copy, value, fault};
    return true;
}

void words_add(struct words *w, struct arena *a, uint32_t context, struct str text, int32_t value,
               const struct fault *fault)
{
    ASSERT(value >= 0 && context < is_long);
    if (text.n == 0 || w->n >= WORDS_MAX || (w->n * 2 >= w->cap && !grow(w)))
        return;
    uint64_t key = key_of(text);
    bool noted = text.n > SHORT_BYTES || fault != NULL;
    context |= text.n > SHORT_BYTES ? is_long : 0;
    struct word_slot *at = slot_of(w, key, context, text);
    if (at->key != 0 || (noted && !add_note(w, a, text, value, fault)))
        return;
    *at = (struct word_slot){key, context, noted ? ~(int32_t)(w->notes - 1) : value};
    w->n++;
}
