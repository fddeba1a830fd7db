/* SPDX-License-Identifier: MIT
 *
 * Rows for the targets about segments and slabs: a small tree of places in two orders, random rows
 * with every attribute, and what must hold of rows whichever way they went. */
#ifndef TESTS_FUZZ_ROWS_H
#define TESTS_FUZZ_ROWS_H

#include <math.h>

#include "base/date.h"
#include "base/hash.h"
#include "data/rows.h"
#include "fuzz.h"

enum { FUZZ_PLACES = 12, FUZZ_DICT = 900, FUZZ_DAY0 = 18865 };

/* {level, parent's id}; ids are 1, 2, ... */
static const struct {
    enum place_level level;
    uint32_t parent;
} fuzz_places[FUZZ_PLACES] = {
    {PLACE_STATE, 0},    {PLACE_STATE, 0}, {PLACE_DISTRICT, 1},  {PLACE_DISTRICT, 1},
    {PLACE_DISTRICT, 2}, {PLACE_BLOCK, 3}, {PLACE_BLOCK, 3},     {PLACE_BLOCK, 4},
    {PLACE_BLOCK, 5},    {PLACE_BLOCK, 5}, {PLACE_PANCHAYAT, 6}, {PLACE_PANCHAYAT, 6},
};

/* The first `n` of these places; `reversed` puts siblings in the opposite order. */
static inline struct place_tree *fuzz_tree(size_t n, bool reversed)
{
    struct place_row row[FUZZ_PLACES];
    struct place_tree *t = NULL;
    for (size_t i = 0; i < n; i++) {
        row[i] = (struct place_row){.id = (uint32_t)i + 1,
                                    .parent_id = fuzz_places[i].parent,
                                    .level = fuzz_places[i].level,
                                    .code = reversed ? 900 - (int64_t)i : 100 + (int64_t)i,
                                    .name = STR("place"),
                                    .valid_from = DAY_NONE,
                                    .valid_to = DAY_NONE};
        for (size_t f = 0; f < PLACE_FACTS_MAX; f++)
            row[i].fact[f] = (double)NAN;
    }
    ASSERT(place_tree_new(row, n, NULL, 0, &t, NULL) == 0);
    return t;
}

struct fuzz_rng {
    uint64_t seed, at;
};

static inline uint64_t fuzz_random(struct fuzz_rng *g, uint64_t n)
{
    return (hash_mix(g->seed * 0x9E3779B97F4A7C15ull + g->at++) >> 20) % n;
}

static inline int32_t fuzz_attr_value(const struct attr *a, uint64_t v)
{
    if (a->kind == ATTR_INT)
        return a->min + (int32_t)(v % (uint64_t)(a->max - a->min + 1));
    return (int32_t)(v % (a->kind == ATTR_TEXT ? FUZZ_DICT : a->list->n));
}

/* n rows: `spread` (0..) says how many days, places and words they are over, 0 being one of each;
 * every third spread has weights, every second NULLs. */
static inline void fuzz_rows(struct fuzz_rng *g, struct rows *r, size_t n, unsigned spread)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t place = 1 + (uint32_t)fuzz_random(g, spread ? FUZZ_PLACES : 1);
        int32_t day = FUZZ_DAY0 + (int32_t)fuzz_random(g, 1 + spread * 20);
        int32_t count = spread % 3 == 1 ? (int32_t)fuzz_random(g, 20) - 5 : 1;
        uint8_t sector = (uint8_t)fuzz_random(g, spread ? list_sectors.n + 1 : 1);
        ASSERT(rows_add(r, place, sector, day, count, NULL) == 0);
        for (size_t a = 0; a < r->schema->n; a++)
            if (a % 5 != spread % 5 && (spread % 2 == 0 || fuzz_random(g, 3) > 0)) {
                uint64_t v = fuzz_random(g, 1 + spread * 60ull) + place * 7;
                ASSERT(rows_need(r, (int)a, NULL) == 0);
                r->attr[a][i] = fuzz_attr_value(&r->schema->attr[a], v);
            }
    }
}

/* Every text of these rows is known. */
static inline const int32_t *fuzz_dict_counts(void)
{
    static int32_t counts[ATTRS_MAX];
    for (size_t a = 0; a < ATTRS_MAX; a++)
        counts[a] = FUZZ_DICT;
    return counts;
}

static inline void fuzz_rows_equal(const struct rows *a, const struct rows *b)
{
    ASSERT(a->n == b->n);
    ASSERT(memcmp(a->place, b->place, a->n * sizeof *a->place) == 0);
    ASSERT(memcmp(a->sector, b->sector, a->n) == 0);
    ASSERT(memcmp(a->day, b->day, a->n * sizeof *a->day) == 0);
    ASSERT(memcmp(a->count, b->count, a->n * sizeof *a->count) == 0);
    for (size_t k = 0; k < a->schema->n; k++)
        for (size_t i = 0; i < a->n; i++) {
            int32_t x = a->attr[k] ? a->attr[k][i] : ATTR_NULL;
            int32_t y = b->attr[k] ? b->attr[k][i] : ATTR_NULL;
            ASSERT(x == y);
        }
}

#endif
