/* SPDX-License-Identifier: MIT
 *
 * What of a table somebody sees who has a narrowed snapshot. A row is about the places in its
 * columns of places, and about the source in its column `source`: it is seen when one of its places
 * is, none is hidden, and the source is. A table without such a column has no rows for somebody who
 * is limited to places; one without a source all for somebody who is limited to sources, unless it
 * is made of figures of all sources. */
#ifndef QUERY_NARROW_H
#define QUERY_NARROW_H

#include "query/query.h"

/* The rows of a frame that are seen; the frame itself where all are. */
MUST_USE int narrow_frame(struct arena *a, const struct snap *snap, const struct frame *in,
                          const struct frame **out, struct err *err);
/* A table of a list (query_context), filled and narrowed. */
MUST_USE int narrow_table(const struct query_table *list, size_t n, const struct query_table *t,
                          struct arena *a, const struct snap *snap, const struct frame **out,
                          struct err *err);

/* What is seen of the batches of a narrowed snapshot, by its ledger: the registrations of each that
 * are in places that are seen, -1 for a batch of which nothing is. */
MUST_USE int narrow_batches(const struct snap *snap, struct arena *a, int64_t **out,
                            struct err *err);

#endif
