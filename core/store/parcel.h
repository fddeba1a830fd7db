/* SPDX-License-Identifier: MIT
 *
 * A large batch made ready for its transaction: the words of its segments get their shared ids, and
 * several threads put them in and encode the segments, before the storage thread writes them. */
#ifndef STORE_PARCEL_H
#define STORE_PARCEL_H

#include "store_int.h"

struct parcel {
    struct seg *seg;
    struct buf data; /* the segment as it will be stored */
};

struct parcels {
    struct store *s;
    const struct batch_result *names; /* of the batch */
    struct dict *const *words;        /* the caller's */
    int32_t *map[ATTRS_MAX];          /* shared ids by theirs */
    int32_t source, batch;            /* ids of the names */
    uint64_t first_id;                /* of the segments, if nothing else is stored before */
    size_t n;
    struct parcel at[];
};

/* 1: ready, *out to be freed. 0: the batch is in the ledger already. */
MUST_USE int parcels_new(struct store *s, const struct batch_result *names, struct seg *const *seg,
                         size_t segs, struct dict *const *words, struct pool *pool,
                         struct parcels **out, struct err *err);
/* Storage thread: makes the segments those of `tree`, with ids from `id` on. */
MUST_USE int parcels_settle(struct parcels *p, const struct place_tree *tree, uint64_t id,
                            struct err *err);
void parcels_free(struct parcels *p); /* NULL is fine */

#endif
