/* SPDX-License-Identifier: MIT
 *
 * The list of segments and slabs, apart from their bytes: what each holds by rows, days and places.
 * It lies in pages of its own, so that a part whose bytes or whose row cannot be read is known by
 * name all the same.
 *
 * A part that is damaged is never deleted, because SQLite would follow its pages to do so: it is
 * marked dead when its rows are held elsewhere, or no longer count. */
#ifndef STORE_PARTS_H
#define STORE_PARTS_H

#include "damage.h"
#include "db.h"

MUST_USE int part_write_seg(struct db *db, const struct seg *s, struct err *err);
MUST_USE int part_write_slab(struct db *db, const struct slab *s, struct err *err);
/* Deletes a part with its bytes; one of the damage dies instead. */
MUST_USE int part_drop(struct db *db, bool slab, uint64_t id, const struct damage *damage,
                       struct err *err);

/* A walk through the parts of one kind, in the order of their ids. */
struct parts {
    struct db *db;
    bool slab;
    uint64_t last;         /* id looked at last, 0: none */
    struct damage *damage; /* takes what is damaged */
};

/* 1: the next one that is whole, its bytes in *data (cleared first); 0: no more. What is damaged is
 * noted and passed over, and db->fault stays as it was. Ids begin at 1. */
MUST_USE int parts_next(struct parts *p, uint64_t *id, struct buf *data, struct err *err);
/* One behind the highest id ever given to a part of this kind. */
MUST_USE int parts_next_id(struct db *db, bool slab, uint64_t *out, struct err *err);

#endif
