/* SPDX-License-Identifier: MIT
 *
 * Counts of a snapshot by place, sector and day, whatever they are kept in: the dense cube for
 * what was merged, the path-copying cube for what came since, and the runs of slabs for places
 * below the block. No row is looked at. */
#ifndef DATA_TALLY_H
#define DATA_TALLY_H

#include <stdint.h>

#include "data/snap.h"

/* Registrations of node `order` (its whole subtree), one slot (0 "not stated", 1..30 a sector,
 * CUBE_ALL), in the days from .. to, both included. INT32_MIN and INT32_MAX are open ends. */
int64_t tally_window(const struct snap *s, uint32_t order, int slot, int32_t from, int32_t to);
/* All slots at once, written to sum. */
void tally_slots(const struct snap *s, uint32_t order, int32_t from, int32_t to,
                 int64_t sum[CUBE_SLOTS]);
/* out[i]: registrations up to and including day first + i, for i < n. */
void tally_series(const struct snap *s, uint32_t order, int slot, int32_t first, uint32_t n,
                  int64_t *out);

#endif
