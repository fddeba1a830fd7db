/* SPDX-License-Identifier: MIT
 *
 * What must hold of a segment, however it came to be: the invariants of data/seg.h, every way of
 * reading gives the same rows, another tree moves no row, and its stored form reads back. */
#ifndef TESTS_FUZZ_SEG_CHECK_H
#define TESTS_FUZZ_SEG_CHECK_H

#include "data/cube.h"
#include "data/seg.h"
#include "rows.h"

static inline void seg_check_runs(const struct seg *s, const struct place_tree *tree)
{
    int64_t registrations = 0;
    ASSERT(s->rows > 0 && s->runs > 0 && s->tree_version == tree->version);
    ASSERT(s->run_row[0] == 0 && s->run_row[s->runs] == s->rows);
    for (uint32_t k = 0; k < s->runs; k++) {
        ASSERT(s->run_row[k] < s->run_row[k + 1]);
        ASSERT(s->run_place[k] == place_order(tree, s->run_id[k]) && s->run_place[k] < tree->n);
        ASSERT(s->run_sector[k] <= list_sectors.n);
        ASSERT(s->run_day[k] >= s->day_min && s->run_day[k] <= s->day_max);
        registrations += seg_run_count(s, k);
        if (k == 0)
            continue;
        uint64_t a = (uint64_t)s->run_place[k - 1] << 8 | s->run_sector[k - 1];
        uint64_t b = (uint64_t)s->run_place[k] << 8 | s->run_sector[k];
        ASSERT(a < b || (a == b && s->run_day[k - 1] < s->run_day[k]));
    }
    ASSERT(registrations == s->registrations);
}

static inline void seg_check_col(const struct seg *s, const struct seg_col *c)
{
    int32_t v[256];
    ASSERT(c->width <= 32 && (c->present || c->width == 0));
    for (uint64_t first = 0; first < s->rows; first += 256) {
        size_t n = s->rows - first < 256 ? (size_t)(s->rows - first) : 256;
        seg_unpack(c, first, n, v);
        for (size_t i = 0; i < n; i++) {
            ASSERT(v[i] == seg_value(c, first + i));
            ASSERT(v[i] == ATTR_NULL ? !c->present || c->nulls : v[i] >= c->base && v[i] <= c->max);
        }
    }
}

/* The rows in two halves of the tree, which meet anywhere. */
static inline void seg_check_rows(const struct seg *s, const struct place_tree *tree,
                                  const struct rows *whole)
{
    struct rows r;
    uint32_t middle = (uint32_t)(s->rows % tree->n);
    rows_init(&r, MEM_DATA, s->schema);
    ASSERT(seg_to_rows(s, 0, middle, &r, NULL) == 0);
    ASSERT(seg_to_rows(s, middle, UINT32_MAX, &r, NULL) == 0);
    ASSERT(r.n == s->rows);
    ASSERT(rows_registrations(&r) == s->registrations);
    fuzz_rows_equal(&r, whole);
    rows_fini(&r);
}

static inline void seg_check_retree(struct seg *s, const struct place_tree *other,
                                    const struct rows *whole)
{
    struct rows a, b;
    struct seg *moved = NULL;
    rows_init(&a, MEM_DATA, s->schema);
    rows_init(&b, MEM_DATA, s->schema);
    ASSERT(seg_retree(s, other, &moved, NULL) == 0);
    seg_check_runs(moved, other);
    ASSERT(seg_to_rows(moved, 0, UINT32_MAX, &a, NULL) == 0);
    ASSERT(seg_to_rows(s, 0, UINT32_MAX, &b, NULL) == 0);
    ASSERT(rows_sort(&b, other, NULL) == 0);
    fuzz_rows_equal(&a, &b);
    ASSERT(whole->n == a.n);
    rows_fini(&a);
    rows_fini(&b);
    seg_unref(moved);
}

static inline void seg_check_stored(const struct seg *s, const struct place_tree *tree,
                                    const struct rows *whole)
{
    struct buf out;
    struct seg *again = NULL;
    struct rows r;
    struct err err = {0};
    buf_init(&out, MEM_DATA);
    rows_init(&r, MEM_DATA, s->schema);
    ASSERT(seg_encode(s, &out, &err) == 0);
    ASSERT(seg_decode(buf_view(&out), s->id, s->schema, fuzz_dict_counts(), tree, &again, &err) ==
           0);
    ASSERT(again->registrations == s->registrations && again->runs == s->runs);
    ASSERT(seg_to_rows(again, 0, UINT32_MAX, &r, &err) == 0);
    fuzz_rows_equal(&r, whole);
    rows_fini(&r);
    seg_unref(again);
    buf_fini(&out);
}

/* Counted, each place has the registrations of its rows. */
static inline void seg_check_cube(const struct seg *s, const struct place_tree *tree)
{
    struct cube *empty = NULL, *c = NULL;
    ASSERT(cube_new(tree, &empty, NULL) == 0);
    ASSERT(cube_add(empty, tree, s, 1, &c, NULL) == 0);
    ASSERT(cube_upto(cube_get(c, 0, CUBE_ALL), INT32_MAX) == s->registrations);
    cube_unref(c);
    cube_unref(empty);
}

enum { SEG_CHECK_DAYS_MAX = 3000 }; /* a series of days is laid out whole */

static inline void seg_check(struct seg *s, const struct place_tree *tree,
                             const struct place_tree *other)
{
    struct rows whole;
    rows_init(&whole, MEM_DATA, s->schema);
    seg_check_runs(s, tree);
    ASSERT(s->count.present && !s->count.nulls);
    seg_check_col(s, &s->count);
    for (size_t a = 0; a < s->schema->n; a++)
        seg_check_col(s, &s->attr[a]);
    ASSERT(seg_to_rows(s, 0, UINT32_MAX, &whole, NULL) == 0);
    for (size_t i = 0; i < whole.n; i++)
        ASSERT(whole.count[i] != ATTR_NULL);
    seg_check_rows(s, tree, &whole);
    seg_check_retree(s, other, &whole);
    seg_check_stored(s, tree, &whole);
    if (s->day_max - s->day_min < SEG_CHECK_DAYS_MAX)
        seg_check_cube(s, tree);
    rows_fini(&whole);
}

#endif
