/* SPDX-License-Identifier: MIT
 *
 * Counting registrations in slabs by group, on their bit planes, with several threads. */
#ifndef QUERY_SLAB_SCAN_H
#define QUERY_SLAB_SCAN_H

#include "access.h"

/* Can these keys be counted so? Each has its ordinals by code, and all together are dense. */
bool slab_scan_fits(const struct access_plan *p, const struct groups *g);
/* Adds the registrations of slabs to net (by combined number of the groups). done[i] becomes 1 for
 * the slabs counted here; the others (weights, wide tables) are left to the row by row scan. *rows
 * grows by the rows looked at. */
MUST_USE int slab_scan(struct run *r, const struct access_plan *p, const struct groups *g,
                       int64_t *net, uint8_t *done, uint64_t *rows);

#endif
