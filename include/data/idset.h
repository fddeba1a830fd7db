/* SPDX-License-Identifier: MIT
 *
 * Which registrations are in, known by the keyed hashes of their ids: for every hash the batch that
 * has it. A set is immutable; adding a batch or retracting one gives the next set, which shares
 * what it can with the one before, so that what a failed commit leaves behind is simply dropped.
 *
 * Sets are reference-counted; any thread may read. Twelve bytes an id, twice that for a moment
 * while two runs are merged. */
#ifndef DATA_IDSET_H
#define DATA_IDSET_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* The hash of an id; 0: no id was given. */
typedef uint64_t id_hash;

/* A row's hash and its number, to be brought into the order of hashes. */
struct id_row {
    id_hash hash;
    uint32_t row;
};
/* By hash, stably; `spare` has room for as many. */
void id_rows_sort(struct id_row *v, struct id_row *spare, size_t n);

struct idset;
MUST_USE int idset_new(struct idset **out, struct err *err);
struct idset *idset_ref(struct idset *s);
void idset_unref(struct idset *s); /* NULL is fine */

/* With n more, all of one batch: hashes ascending and distinct, `owner` above 0 and above those
 * before. */
MUST_USE int idset_add(struct idset *old, const id_hash *hash, size_t n, uint32_t owner,
                       struct idset **out, struct err *err);
/* Without those of a batch: whoever had them before has them again. */
MUST_USE int idset_retract(struct idset *old, uint32_t owner, struct idset **out, struct err *err);
/* Who has each of n hashes, which ascend: the newest batch that was not retracted; 0: nobody. */
void idset_find(const struct idset *s, const id_hash *hash, size_t n, uint32_t *owner);

size_t idset_count(const struct idset *s); /* entries held */
size_t idset_bytes(const struct idset *s); /* memory */

#endif
