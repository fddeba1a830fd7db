/* SPDX-License-Identifier: MIT
 *
 * Random rows on the fixture's places, and the plain way to count them, as an oracle. */
#ifndef TEST_DATA_RANDOM_ROWS_H
#define TEST_DATA_RANDOM_ROWS_H

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/hash.h"
#include "data/rows.h"
#include "fixture.h"

struct rng {
    uint64_t seed, at;
};

static inline struct rng rng_from_env(const char *what)
{
    const char *s = getenv("PANJI_TEST_SEED");
    struct rng r = {s ? strtoull(s, NULL, 10) : (uint64_t)clock_mono_ns() % 1000000, 0};
    printf("# %s: PANJI_TEST_SEED=%llu\n", what, (unsigned long long)r.seed);
    return r;
}

/* Uniform enough in 0 .. n - 1. */
static inline uint32_t rng_below(struct rng *r, uint32_t n)
{
    return (uint32_t)((hash_mix(r->seed * 0x9E3779B97F4A7C15ull + r->at++) >> 32) % n);
}

enum { RANDOM_DAY0 = 18865, RANDOM_DAYS = 60 }; /* from 2021-08-26 */

/* n rows; with `negative`, one in eight takes registrations away. */
static inline void random_rows(struct rng *g, struct rows *r, size_t n, bool negative)
{
    static const char *const centres[] = {"JH1", "JH2", "JH3", "JH4", "JH5"};
    struct err err = {0};
    for (size_t i = 0; i < n; i++) {
        uint32_t place = 3 + rng_below(g, 11); /* districts, blocks, panchayats */
        int32_t day = RANDOM_DAY0 + (int32_t)rng_below(g, RANDOM_DAYS);
        int32_t count = 1 + (int32_t)rng_below(g, 3);
        if (negative && rng_below(g, 8) == 0) {
            count = -count;
        }
        uint8_t sector = (uint8_t)rng_below(g, 31);
        assert_int_equal(rows_add(r, place, sector, day, count, &err), 0);
        if (rng_below(g, 4) > 0) {
            assert_int_equal(rows_set(r, 3, (int32_t)rng_below(g, 3), &err), 0);
        }
        if (rng_below(g, 3) > 0) {
            assert_int_equal(rows_set(r, 4, 16 + (int32_t)rng_below(g, 44), &err), 0);
        }
        if (rng_below(g, 2) > 0) {
            struct str c = str_of(centres[rng_below(g, ARRAY_LEN(centres))]);
            assert_int_equal(rows_set_text(r, 7, c, &err), 0);
        }
    }
}

/* Registrations of rows inside node `order`, of a sector slot (31: all), in from .. to. */
static inline int64_t plain_count(const struct rows *r, const struct place_tree *t, uint32_t order,
                                  int slot, int32_t from, int32_t to)
{
    int64_t sum = 0;
    for (size_t i = 0; i < r->n; i++) {
        uint32_t o = place_order(t, r->place[i]);
        bool in = o >= order && o < t->at[order].end && (slot == 31 || r->sector[i] == slot) &&
                  r->day[i] >= from && r->day[i] <= to;
        sum += in ? r->count[i] : 0;
    }
    return sum;
}

#endif
