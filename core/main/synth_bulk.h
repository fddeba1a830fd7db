/* SPDX-License-Identifier: MIT
 *
 * The synthetic country straight into slabs: rows are put in the order of blocks first, so that
 * each part of them is one slab. */
#ifndef MAIN_SYNTH_BULK_H
#define MAIN_SYNTH_BULK_H

#include "progress.h"
#include "store/store.h"

/* Fills an empty store with rows 0 .. n - 1 (n < 2^32) as one batch, with `threads` threads. The
 * places are there. */
MUST_USE int synth_bulk(struct store *s, struct snap_cell *cell, uint64_t n, uint64_t seed,
                        int threads, struct progress *bar, struct err *err);

#endif
