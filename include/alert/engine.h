/* SPDX-License-Identifier: MIT
 *
 * Alerts: runs the rules of all plugins whenever new data arrives and keeps what each finding is:
 *
 *   inactive --row appears--> pending --pending days passed--> firing
 *       ^                        |                               |
 *       +-------row gone---------+          resolved <-row gone, keep passed
 *
 * A finding is identified by plugin, rule and its key columns. Time is data time: days of the
 * snapshot's as-on date. Evaluation runs on a thread of its own; publishing only wakes it. */
#ifndef ALERT_ENGINE_H
#define ALERT_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "data/frame.h"
#include "data/snap.h"
#include "query/query.h"
#include "script/plugin.h"
#include "store/store.h"

struct alert_engine;

/* Evaluates on a thread of its own: now, after every publish and after every change of the plugins.
 * Rules may read the rejects and findings of `store` (NULL: they see none).
 * Before the writer of `cell` starts; free it before the store. */
MUST_USE int alert_engine_new(struct registry *registry, struct snap_cell *cell,
                              struct store *store, struct alert_engine **out, struct err *err);
/* Has it evaluate soon, on its own thread: what a rule may read has changed (the findings). */
void alert_engine_wake(void *engine);
void alert_engine_free(struct alert_engine *e);
/* Evaluates now, on this thread (the command line, tests, after a reload). */
MUST_USE int alert_engine_run(struct alert_engine *e, struct err *err);
/* The snapshot last evaluated. */
uint64_t alert_engine_snapshot(struct alert_engine *e);

/* Alerts as a table: id STRING, plugin STRING, rule STRING, state STRING (pending, firing,
 * resolved), severity STRING, key STRING ({"block":6717}, places by code), since DATE, message
 * STRING, message_hi STRING, snapshot INT64, fired_on DATE, resolved_on DATE. Firing ones first.
 * A resolved one is shown for a week of data days. Usable as a query_table named "alerts". */
int alert_table(void *engine, struct arena *a, const struct snap *snap, struct frame **out,
                struct err *err);

struct alert_stats {
    uint64_t evaluations, failures, pending, firing;
    int64_t last_ns; /* how long the last evaluation took */
};
/* Counts since the start, and how many findings there are. */
void alert_stats_get(struct alert_engine *e, struct alert_stats *out);

#endif
