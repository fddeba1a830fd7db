/* SPDX-License-Identifier: MIT
 *
 * A draft of a mapping, for a planner to complete: the beginning of the file is looked at for what
 * its columns may be and how it writes its days; with that the whole file is read, and what nobody
 * knows in it is written down with how often it stands there and what it may mean.
 *
 *     gather -> (enough, or the end) -> guess -> the batch reads with what was guessed -> write */
#ifndef INGEST_DRAFT_H
#define INGEST_DRAFT_H

#include "base/buf.h"
#include "data/place.h"
#include "ingest/mapping.h"
#include "unknown.h"

struct draft;

/* `given` is the mapping that the draft goes on from, or NULL; borrowed. NULL: no memory. */
struct draft *draft_new(const struct mapping *given);
void draft_free(struct draft *d); /* NULL is fine */

/* Is the beginning of the file still being gathered? */
bool draft_waits(const struct draft *d);
MUST_USE int draft_gather(struct draft *d, const char *p, size_t n, bool *enough, struct err *err);
/* Looks at what was gathered. The mapping is the draft's, and so is the text. */
MUST_USE int draft_guess(struct draft *d, const struct place_tree *tree,
                         const struct mapping **mapping, struct str *gathered, struct err *err);

struct draft_facts {
    struct str source;
    uint64_t rows, bad_rows;
    const struct unknown *unknown;
    const struct place_tree *tree;
};
void draft_write(const struct draft *d, const struct draft_facts *facts, struct buf *out);

#endif
