/* SPDX-License-Identifier: MIT
 *
 * The cube: registrations by place, sector and day, as cumulative counts (prefix sums over days:
 * Ho, Agrawal, Megiddo, Srikant, "Range Queries in OLAP Data Cubes", SIGMOD 1997). A count over
 * any window of days, of any place at any level, of one sector or all, is two look-ups and a
 * subtraction, however many registrations lie underneath.
 *
 * Shape: a series of cumulative counts per (node of the place tree, sector slot), only where there
 * are registrations. A node's series covers its whole subtree. Sector slot 0 is "not stated",
 * 1..30 the sectors, CUBE_ALL their sum.
 *
 * A cube is immutable and reference-counted. Adding a segment makes a new cube that shares every
 * series the segment did not touch, so publishing a small batch costs what the batch is, and a
 * reader never sees half of it. Late days and negative counts are ordinary. */
#ifndef DATA_CUBE_H
#define DATA_CUBE_H

#include <stdint.h>

#include "base/err.h"
#include "data/place.h"
#include "data/seg.h"

enum { CUBE_SECTORS = 31, CUBE_ALL = 31, CUBE_SLOTS = 32 };

struct cube;

/* Before `first` the sum is 0, behind the last day it stays. A series of a busy place has a sum for
 * every day, one of a quiet place only for the days on which it changes: whichever is smaller. */
struct cube_series {
    int32_t first;
    uint32_t n;         /* sums */
    const int64_t *sum; /* cumulative registrations up to and including the day of sum[i] */
    const int32_t *day; /* which day that is, ascending; NULL: first + i */
};

/* An empty cube for a tree. */
MUST_USE int cube_new(const struct place_tree *tree, struct cube **out, struct err *err);
/* A new cube that also counts the rows of s (sign -1: no longer counts them). The segment must be
 * of the cube's tree. */
MUST_USE int cube_add(const struct cube *c, const struct place_tree *tree, const struct seg *s,
                      int sign, struct cube **out, struct err *err);
struct cube *cube_ref(struct cube *c);
void cube_unref(struct cube *c); /* NULL is fine */

/* Series of node `order`, slot 0..31; NULL when nothing was ever registered there. */
const struct cube_series *cube_get(const struct cube *c, uint32_t order, int slot);
/* Registrations up to and including `day`. s may be NULL. */
int64_t cube_upto(const struct cube_series *s, int32_t day);
/* Registrations of the days from .. to, both included; 0 when from > to. */
int64_t cube_window(const struct cube_series *s, int32_t from, int32_t to);
/* Bytes held by this cube, shared series included. */
uint64_t cube_bytes(const struct cube *c);

#endif
