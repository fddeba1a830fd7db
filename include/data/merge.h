/* SPDX-License-Identifier: MIT
 *
 * Merging: segments that arrived one by one become slabs, and small slabs larger ones, so that
 * the work over a row's life grows with the logarithm of their number (size-tiered compaction).
 * Pure memory: the store writes the outcome and publishes it. A merge works on one snapshot and
 * stops nobody; batches that arrive meanwhile simply stay segments. */
#ifndef DATA_MERGE_H
#define DATA_MERGE_H

#include "base/cancel.h"
#include "data/snap.h"

struct merge {
    size_t drop_segs;   /* the snapshot's first so many segments are in the slabs now */
    struct slab **slab; /* all slabs of the new state, references held here */
    size_t slabs;
    size_t fresh;        /* the last so many of them are new */
    uint64_t *drop_slab; /* ids of slabs that are no more */
    size_t drop_slabs;
    struct dense *dense;
    size_t folded; /* so many of the snapshot's gone->minus[] are taken off in it */
};

/* Is there enough to be worth it? */
bool merge_due(const struct snap *s);
/* Merges all segments of s, and takes retracted batches off in the dense cube; their rows stay,
 * they are history. New slabs get the ids next_id, next_id + 1, ... Nothing to free on
 * failure; ERR_CANCELLED when `cancel` fires. */
MUST_USE int merge_run(const struct snap *s, uint64_t next_id, int threads,
                       const struct cancel *cancel, struct merge *out, struct err *err);
void merge_fini(struct merge *m);

#endif
