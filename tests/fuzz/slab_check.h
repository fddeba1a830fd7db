/* SPDX-License-Identifier: MIT
 *
 * What must hold of a slab, however it came to be: the invariants of data/slab.h, every way of
 * reading gives the same rows, another tree moves no row, its stored form reads back, and the dense
 * cube counts what is in it. */
#ifndef TESTS_FUZZ_SLAB_CHECK_H
#define TESTS_FUZZ_SLAB_CHECK_H

#include "data/dense.h"
#include "data/slab.h"
#include "rows.h"

static inline void slab_check_runs(const struct slab *s, uint32_t g)
{
    const struct slab_group *x = &s->group[g];
    uint64_t row = x->first_row, at;
    uint32_t run;
    for (uint32_t k = x->first_run; k < x[1].first_run; k++) {
        ASSERT(s->run_rows[k] > 0 && s->run_day[k] <= s->day_max - s->day_min);
        ASSERT(k == x->first_run || s->run_day[k - 1] <= s->run_day[k]);
        if (k == x->first_run || s->run_day[k - 1] < s->run_day[k]) {
            slab_seek(s, g, s->day_min + s->run_day[k], &run, &at);
            ASSERT(run == k && at == row);
        }
        row += s->run_rows[k];
    }
    ASSERT(row == x[1].first_row);
    slab_seek(s, g, INT32_MAX, &run, &at);
    ASSERT(run == x[1].first_run && at == row);
}

static inline void slab_check_groups(const struct slab *s, const struct place_tree *tree)
{
    int64_t registrations = 0;
    ASSERT(s->tree_version == tree->version && s->groups > 0);
    ASSERT(s->group[0].first_row == 0 && s->group[0].first_run == 0);
    ASSERT(s->group[s->groups].first_row == s->rows && s->group[s->groups].first_run == s->runs);
    for (uint32_t g = 0; g < s->groups; g++) {
        const struct slab_group *x = &s->group[g];
        uint64_t row = x->first_row;
        ASSERT(x->place == place_order(tree, x->id) && x->place < tree->n);
        ASSERT(x->sector <= list_sectors.n && x->place_index < s->places);
        ASSERT(g == 0 || x[-1].place < x->place || x[-1].sector < x->sector);
        slab_check_runs(s, g);
        for (uint32_t k = x->first_run; k < x[1].first_run; row += s->run_rows[k++])
            registrations += slab_run_count(s, x, k, row);
    }
    ASSERT(registrations == s->registrations);
}

static inline void slab_check_col(const struct slab *s, const struct slab_col *c)
{
    int32_t v[64];
    for (uint32_t t = 0; t < c->tables; t++)
        for (uint32_t i = c->table[t] + 1; i < c->table[t + 1]; i++)
            ASSERT(c->value[i - 1] < c->value[i]);
    for (uint32_t g = 0; g < s->groups; g++)
        for (uint64_t i = s->group[g].first_row; i < s->group[g + 1].first_row; i += 64) {
            uint64_t n = s->group[g + 1].first_row - i;
            slab_unpack(c, &s->group[g], i, n < 64 ? (size_t)n : 64, v);
        }
}

static inline void slab_check_retree(struct slab *s, const struct place_tree *other)
{
    struct rows a, b;
    struct slab *moved = NULL;
    struct err err = {0};
    rows_init(&a, MEM_DATA, s->schema);
    rows_init(&b, MEM_DATA, s->schema);
    ASSERT(slab_retree(s, other, &moved, &err) == 0);
    slab_check_groups(moved, other);
    ASSERT(slab_to_rows(moved, 0, UINT32_MAX, &a, NULL) == 0);
    ASSERT(slab_to_rows(s, 0, UINT32_MAX, &b, NULL) == 0);
    ASSERT(rows_sort(&b, other, NULL) == 0);
    fuzz_rows_equal(&a, &b);
    rows_fini(&a);
    rows_fini(&b);
    slab_unref(moved);
}

static inline void slab_check_stored(const struct slab *s, const struct place_tree *tree,
                                     const struct rows *whole)
{
    struct buf out;
    struct slab *again = NULL;
    struct rows r;
    struct err err = {0};
    buf_init(&out, MEM_DATA);
    rows_init(&r, MEM_DATA, s->schema);
    ASSERT(slab_encode(s, &out, &err) == 0);
    ASSERT(slab_decode(buf_view(&out), s->id, s->schema, fuzz_dict_counts(), tree, &again, &err) ==
           0);
    ASSERT(again->registrations == s->registrations && again->groups == s->groups);
    ASSERT(slab_to_rows(again, 0, UINT32_MAX, &r, &err) == 0);
    fuzz_rows_equal(&r, whole);
    rows_fini(&r);
    slab_unref(again);
    buf_fini(&out);
}

enum { SLAB_CHECK_DAYS_MAX = 2000 }; /* the dense cube has pages for all months between */

/* What the dense cube can hold: sums of 32 bits. */
static inline bool slab_check_small(const struct slab *s, const struct rows *whole)
{
    int64_t most = 0;
    for (size_t i = 0; i < whole->n; i++)
        most += llabs((long long)whole->count[i]);
    return most <= INT32_MAX && s->day_max - s->day_min <= SLAB_CHECK_DAYS_MAX;
}

static inline void slab_check_dense(struct slab *s, const struct place_tree *tree,
                                    const struct rows *whole)
{
    struct dense_rows counted = {.slab = &s, .slabs = 1};
    struct dense *d = NULL;
    ASSERT(dense_new(tree, &counted, 1, &d, NULL) == 0);
    for (uint32_t o = 0; o < tree->n; o++) {
        int64_t sum = 0;
        for (size_t i = 0; i < whole->n; i++) {
            uint32_t at = place_order(tree, whole->place[i]);
            sum += at >= o && at < tree->at[o].end ? whole->count[i] : 0;
        }
        ASSERT(tree->at[o].level > PLACE_BLOCK ||
               dense_window(d, o, 31, INT32_MIN, INT32_MAX) == sum);
    }
    dense_unref(d);
}

static inline void slab_check_rows(const struct slab *s, const struct place_tree *tree,
                                   const struct rows *whole)
{
    struct rows r;
    uint32_t middle = (uint32_t)(s->rows % tree->n);
    rows_init(&r, MEM_DATA, s->schema);
    ASSERT(slab_to_rows(s, 0, middle, &r, NULL) == 0);
    ASSERT(slab_to_rows(s, middle, UINT32_MAX, &r, NULL) == 0);
    ASSERT(r.n == s->rows);
    ASSERT(rows_registrations(&r) == s->registrations);
    fuzz_rows_equal(&r, whole);
    rows_fini(&r);
}

static inline void slab_check(struct slab *s, const struct place_tree *tree,
                              const struct place_tree *other)
{
    struct rows whole;
    rows_init(&whole, MEM_DATA, s->schema);
    slab_check_groups(s, tree);
    slab_check_col(s, &s->count);
    for (size_t a = 0; a < s->schema->n; a++)
        slab_check_col(s, &s->attr[a]);
    ASSERT(slab_to_rows(s, 0, UINT32_MAX, &whole, NULL) == 0);
    for (size_t i = 0; i < whole.n; i++)
        ASSERT(whole.count[i] != ATTR_NULL);
    slab_check_rows(s, tree, &whole);
    slab_check_retree(s, other);
    slab_check_stored(s, tree, &whole);
    if (slab_check_small(s, &whole))
        slab_check_dense(s, tree, &whole);
    rows_fini(&whole);
}

#endif
