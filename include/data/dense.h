/* SPDX-License-Identifier: MIT
 *
 * The dense part of the cube: cumulative counts of every (day, unit, sector), for data too large
 * for series by series. A unit is a place of block level or above that has rows of its own (rows
 * of a panchayat count in its block); units are numbered in tree order, so a place is a range of
 * units.
 *
 * Two levels. A month has one base per cell, the count up to the day before its first
 * (int32), and a page with one row per day of counts since then (int16, or int32 where a
 * cell does not fit). The day runs slowest, so a window over many places reads two contiguous
 * rows. A row of a unit is 32 slots wide: 0 "not stated", 1..30 the sectors, 31 unused in pages
 * and the sum of all in bases; sums of all by day have a plane of their own (int32), and places
 * above the block have series of their own, day running fastest.
 *
 * Adding days or late registrations copies only the months they touch and the bases behind them:
 * immutable, reference-counted, any thread may read. */
#ifndef DATA_DENSE_H
#define DATA_DENSE_H

#include <stdint.h>

#include "base/err.h"
#include "data/place.h"
#include "data/seg.h"
#include "data/slab.h"

struct dense;

/* What a dense cube counts from the start: slabs, at least one, and what is taken off again. */
struct dense_rows {
    struct slab *const *slab;
    size_t slabs;
    struct seg *const *minus; /* negated sums, of retracted batches */
    size_t minuses;
};

/* Counts all these rows, which are of this tree, with up to `threads` threads. What is taken off is
 * taken off first, so that a batch of mistaken counts may have been retracted and sent again. */
MUST_USE int dense_new(const struct place_tree *tree, const struct dense_rows *rows, int threads,
                       struct dense **out, struct err *err);
/* The same with segments counted too. ERR_LIMIT when they name a unit that d does not have:
 * build anew. */
MUST_USE int dense_add(const struct dense *d, const struct place_tree *tree, struct seg *const *seg,
                       size_t segs, struct dense **out, struct err *err);
struct dense *dense_ref(struct dense *d);
void dense_unref(struct dense *d); /* NULL is fine */

/* Registrations of node `order` (block level or above, its whole subtree), one slot (0..30, or 31:
 * all), in the days from .. to, both included. */
int64_t dense_window(const struct dense *d, uint32_t order, int slot, int32_t from, int32_t to);
/* All 32 slots at once, added to sum[]. */
void dense_slots(const struct dense *d, uint32_t order, int32_t from, int32_t to, int64_t sum[32]);
/* Adds to out[i] the registrations up to and including day first + i, for i < n. */
void dense_series(const struct dense *d, uint32_t order, int slot, int32_t first, uint32_t n,
                  int64_t *out);
uint64_t dense_bytes(const struct dense *d);

#endif
