/* SPDX-License-Identifier: MIT
 *
 * The tables in ClickHouse: how registrations are kept there.
 *
 * A row of `registrations` is a row of a batch. Everything is a whole number, and nothing is NULL:
 *
 *     state, district,   ids of places as stored: the place of the row and those above it;
 *     block, place       0 where the place lies higher
 *     sector             0: not stated, else index in list_sectors + 1
 *     day                days since 1970
 *     registrations      of the row; negative in corrections
 *     attr_NAME          index, number or id of a text, in the narrowest type that holds all of
 *                        them; the least value of the type: not stated
 *
 * ordered by place, sector and day, so that a question of one district reads that district. `cells`
 * has the sums of place, sector and day, kept by ClickHouse itself. With a cluster both are views
 * of all shards over tables `..._local`; a district lies on one shard. */
#ifndef STORE_CLICKHOUSE_TABLES_H
#define STORE_CLICKHOUSE_TABLES_H

#include "data/schema.h"
#include "data/snap.h"
#include "store/clickhouse.h"

#define CLICKHOUSE_REGISTRATIONS "registrations"
#define CLICKHOUSE_CELLS         "cells"
#define CLICKHOUSE_MOVED         "moved" /* what was moved, once it was counted: a row */

/* The column of an attribute, quoted. */
void clickhouse_put_attr(struct buf *b, const struct schema *schema, int attr);
/* Bytes of its type (1, 2, 4), and the value of the type that says "not stated". */
int clickhouse_attr_bytes(const struct schema *schema, int attr);
int32_t clickhouse_attr_null(const struct schema *schema, int attr);

/* Drops the tables of this node, or with a cluster and not `here` of all nodes. */
MUST_USE int clickhouse_drop(const struct clickhouse *c, bool here, const struct cancel *cancel,
                             struct err *err);
/* Makes what is not there of the database and its tables, and brings older ones to what these
 * are. `here`: only the tables of this node. With a cluster and not `here`, on all of its nodes:
 * by its own queue of changes, or where that is not set up they must be there already. */
MUST_USE int clickhouse_tables(const struct clickhouse *c, const struct schema *schema, bool here,
                               const struct cancel *cancel, struct err *err);

#endif
