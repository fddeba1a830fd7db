/* SPDX-License-Identifier: MIT
 *
 * What the files of the dense cube share: dense.c (memory, reading), dense_build.c (from slabs),
 * dense_add.c (with segments). Not for other rooms. */
#ifndef DATA_DENSE_INT_H
#define DATA_DENSE_INT_H

#include <stdatomic.h>

#include "data/cube.h"
#include "data/dense.h"

enum { SLOTS = CUBE_SLOTS, ALL = CUBE_ALL, MONTHS_MAX = 1200 };

/* Counts of one month: cell (day, unit, slot) at (day * units + unit) * SLOTS + slot. */
struct dense_page {
    atomic_int refs;
    int days;
    int32_t first;
    bool wide;
    int16_t *narrow; /* one of the two */
    int32_t *broad;
    int32_t *all; /* (day, unit): all slots together, since the month began */
};

/* Counts before the month began: cell (unit, slot), slot 31 the sum of all. */
struct dense_base {
    atomic_int refs;
    int32_t cell[];
};

struct dense {
    atomic_int refs;
    uint64_t tree_version;
    uint32_t units;
    uint32_t nodes;
    uint32_t *unit_from; /* by order: the first unit at or behind it; nodes + 1 entries */
    uint32_t *unit_to;   /* by order: the unit behind the last of its subtree */
    int32_t month0;      /* months since 1970 of page[0] */
    int32_t months;
    int32_t day0, day_end; /* first day of the first month, day behind the last */
    int16_t *month_at;     /* by day - day0: index of the month */
    struct dense_page **page;
    struct dense_base **base; /* months + 1: the last is the total */
    uint32_t rollups;         /* nodes above block level that hold units */
    uint32_t *rollup;         /* by order: index + 1 into series, 0: none */
    int32_t *series;          /* (rollup, day): cumulative, days day0 .. day_end - 1 */
};

/* First day of a month, counted since 1970-01. */
int32_t dense_month_first(int32_t month);
/* An empty cube; NULL: out of memory. */
struct dense *dense_alloc(const struct place_tree *tree);
/* Months for the days first .. last, pages and bases still missing. */
MUST_USE int dense_span(struct dense *d, int32_t first, int32_t last, struct err *err);
/* A page of zeros; NULL: out of memory. */
struct dense_page *dense_page_new(const struct dense *d, int32_t first, int days, bool wide);
void dense_page_unref(struct dense_page *p); /* NULL is fine */
struct dense_base *dense_base_new(const struct dense *d);
void dense_base_unref(struct dense_base *b); /* NULL is fine */
/* Adds to one cell of a page; false: it does not fit (the cell has wrapped). */
bool dense_cell_add(struct dense_page *p, size_t cell, int64_t count);
/* The place that a row counts in: its own, or the block above a panchayat. */
uint32_t dense_unit_place(const struct place_tree *t, uint32_t order);
/* The place has a column of its own. */
bool dense_has_unit(const struct dense *d, uint32_t order);
/* Numbers the places above the units, and fills their series. */
MUST_USE int dense_roll_up(struct dense *d, const struct place_tree *t, struct err *err);
int dense_no_memory(struct err *err);
int dense_too_large(struct err *err); /* ERR_LIMIT: a sum passes 32 bits */

/* Cells of one day. */
static inline size_t dense_row_cells(const struct dense *d)
{
    return (size_t)d->units * SLOTS;
}

/* Adds to a sum of 32 bits; false: it does not fit (the sum has wrapped). */
static inline bool dense_sum_add(int32_t *sum, int64_t n)
{
    return !__builtin_add_overflow(*sum, n, sum);
}

static inline int32_t dense_cell(const struct dense_page *p, size_t cell)
{
    return p->wide ? p->broad[cell] : p->narrow[cell];
}

#endif
