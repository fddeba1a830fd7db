/* SPDX-License-Identifier: MIT
 *
 * The registrations of a snapshot, moved to ClickHouse. */
#ifndef STORE_CLICKHOUSE_LOAD_H
#define STORE_CLICKHOUSE_LOAD_H

#include "data/snap.h"
#include "store/clickhouse.h"

struct clickhouse_moved {
    uint64_t rows;
    int64_t registrations;
};

/* All rows that s holds, those of retracted batches too, into tables that are there and empty; then
 * counts them over there by state and day and compares. `progress` is told of rows on the way, or
 * NULL. ERR_CONFLICT when the tables are not empty, ERR_UNAVAILABLE when the counts differ or
 * ClickHouse fails: what was sent then stays, and the tables are to be emptied. */
MUST_USE int clickhouse_load(const struct clickhouse *c, const struct snap *s,
                             const struct cancel *cancel,
                             void (*progress)(void *ctx, uint64_t rows, uint64_t all), void *ctx,
                             struct clickhouse_moved *out, struct err *err);

/* Are the registrations of s those that were moved there: the same rows of the same batches, and
 * places that lie where they lay? ERR_CONFLICT says what to do. */
MUST_USE int clickhouse_holds(const struct clickhouse *c, const struct snap *s,
                              const struct cancel *cancel, struct err *err);

#endif
