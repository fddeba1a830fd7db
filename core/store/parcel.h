/* SPDX-License-Identifier: MIT
 *
 * A large batch made ready for its transaction: its parts sorted, packed and encoded by several
 * threads, before the storage thread has anything to do with it but to give words their ids. */
#ifndef STORE_PARCEL_H
#define STORE_PARCEL_H

#include "store_int.h"

enum { PARCEL_ROWS = 1 << 16 }; /* fewer rows in one part are packed on the storage thread */

struct parcel {
    struct rows *rows; /* the caller's; empty once they are packed */
    struct seg *seg;
    struct buf data; /* the segment as it will be stored */
};

struct parcels {
    struct store *s;
    struct pool *pool;
    const struct batch_result *names; /* of the batch */
    struct place_tree *tree;
    struct rows_map map;
    int32_t source, batch; /* ids of the names */
    uint64_t first_id;     /* of the segments, if nothing else is stored before */
    size_t n;
    struct parcel at[];
};

/* 1: packed, *out to be freed. 0: the batch is in the ledger already. The rows are of no use
 * afterwards. */
MUST_USE int parcels_pack(struct store *s, const struct batch_result *names,
                          struct rows *const *part, size_t parts, struct pool *pool,
                          struct parcels **out, struct err *err);
/* Storage thread: makes the segments those of `tree`, with ids from `id` on. */
MUST_USE int parcels_settle(struct parcels *p, const struct place_tree *tree, uint64_t id,
                            struct err *err);
void parcels_free(struct parcels *p); /* NULL is fine */

#endif
