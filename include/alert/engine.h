/* SPDX-License-Identifier: MIT
 *
 * Alerts: runs the rules of all plugins whenever new data arrives, and on schedule where a rule
 * says so; remembers what each finding is, and tells those who should know.
 *
 *   inactive --row appears--> pending --pending passed--> firing
 *       ^                        |                          |
 *       +-------row gone---------+     resolved <-row gone, keep passed
 *
 * A finding is identified by plugin, rule and its key columns. Time is days of data (of the
 * snapshot's last day), or the clock's where a rule speaks of minutes and hours. What an evaluation
 * changed, its history and the messages about it are stored in one transaction, and only then seen
 * by anybody: a restart finds everything as it was.
 *
 * Threads: evaluation has one of its own (publishing only wakes it), delivery another. All
 * functions may be called from any thread but HTTP's: those that change something wait for the
 * disk. */
#ifndef ALERT_ENGINE_H
#define ALERT_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "alert/notifier.h"
#include "base/err.h"
#include "data/frame.h"
#include "data/snap.h"
#include "query/query.h"
#include "script/plugin.h"
#include "store/alerts.h"
#include "store/store.h"

struct alert_engine;
struct store;

struct alert_options {
    struct registry *registry;
    struct snap_cell *cell;
    struct store *store;             /* NULL: nothing is remembered and nobody told */
    const struct notifier *notifier; /* outlive the engine */
    size_t notifiers;
    const char *const *default_notify; /* names: for rules that name none that is set up */
    size_t default_notifies;
    const char *external_url; /* of this server, for links in messages; NULL: none */
    int64_t resend_ms;        /* between two tellings of an Alertmanager; 0: a minute */
    bool no_threads; /* nothing happens by itself: alert_engine_run, alert_engine_deliver */
};

/* Takes up what the store remembers, then evaluates after every publish and after every change of
 * the plugins; alert_engine_catch_up begins. Rules may read the rejects and findings of the store.
 * Free it before the store is closed. */
MUST_USE int alert_engine_new(const struct alert_options *o, struct alert_engine **out,
                              struct err *err);
/* Has it evaluate soon, on its own thread: what a rule may read has changed (the findings). */
void alert_engine_wake(void *engine);
/* After what wakes it. NULL is fine. */
void alert_engine_free(struct alert_engine *e);
/* Evaluates all rules now, on this thread (the command line, tests, after a reload). When what came
 * of it could not be stored, all is as before. */
MUST_USE int alert_engine_run(struct alert_engine *e, struct err *err);
/* The same, unless the store remembers that just this data was judged by just these rules: a rule
 * over millions of rows is not asked again because a process began. */
MUST_USE int alert_engine_catch_up(struct alert_engine *e, struct err *err);
/* What the clock brings (rules with a rhythm, escalation, silences that end, schedules), without
 * evaluating the rules that only follow the data. */
MUST_USE int alert_engine_tick(struct alert_engine *e, struct err *err);
/* One round of delivery: what is due in the outbox, and what an Alertmanager is to know. */
MUST_USE int alert_engine_deliver(struct alert_engine *e, struct err *err);
/* The snapshot last evaluated. */
uint64_t alert_engine_snapshot(struct alert_engine *e);
/* Differs whenever the findings or anything about them has changed; the same after a restart. */
uint64_t alert_engine_version(struct alert_engine *e);
/* Calls fn after each change, on the thread that made it; fn only enqueues work. One listener. */
void alert_engine_listen(struct alert_engine *e, void (*fn)(void *ctx), void *ctx);

/* Alerts as a table (alert_rows_frame). Firing ones first, then by the steps of their ladders. A
 * resolved one is shown for a week. Usable as a query_table named "alerts". */
int alert_table(void *engine, struct arena *a, const struct snap *snap, struct frame **out,
                struct err *err);

/* ---- memory: what people say about a finding ---- */

/* "I know, and this is why": it is not told again, nor escalated, before `until_ms` (0: while it
 * lasts), unless it grows worse. ERR_NOT_FOUND, ERR_CONFLICT (it does not fire), ERR_PARAM. */
MUST_USE int alert_acknowledge(struct alert_engine *e, struct str id, struct str by,
                               struct str reason, int64_t until_ms, struct err *err);
MUST_USE int alert_unacknowledge(struct alert_engine *e, struct str id, struct str by,
                                 struct err *err);
/* A line in its history. */
MUST_USE int alert_comment(struct alert_engine *e, struct str id, struct str by, struct str text,
                           struct err *err);
/* Findings of the rule and the place are not told until then. ERR_PARAM. */
MUST_USE int alert_silence_add(struct alert_engine *e, const struct alert_silence *s, int64_t *id,
                               struct err *err);
MUST_USE int alert_silence_end(struct alert_engine *e, int64_t id, struct str by, struct err *err);

/* ---- Prometheus' shape ---- */

/* The data of GET /api/v1/alerts: {"alerts":[...]}, of what the snapshot shows (NULL: all). */
MUST_USE int alert_prometheus_alerts(struct alert_engine *e, const struct snap *snap,
                                     struct buf *out, struct err *err);
/* The data of GET /api/v1/rules: {"groups":[...]}, a group for each plugin. */
MUST_USE int alert_prometheus_rules(struct alert_engine *e, const struct snap *snap,
                                    struct buf *out, struct err *err);

/* ---- numbers ---- */

struct alert_stats {
    uint64_t evaluations, failures; /* rules evaluated; those whose query failed */
    uint64_t held;                  /* findings of rules that were held back, last time */
    uint64_t pending, firing;
    int64_t last_ns;         /* how long the last evaluation took */
    int64_t lag_ms;          /* from the newest data to the evaluation that saw it */
    int64_t evaluated_ms;    /* wall clock of the last evaluation */
    uint64_t store_failures; /* evaluations that could not be stored */
    uint64_t sent, failed;   /* attempts of delivery */
    struct outbox_stats outbox;
};
/* Counts since the start, and how many findings there are. */
void alert_stats_get(struct alert_engine *e, struct alert_stats *out);

#endif
