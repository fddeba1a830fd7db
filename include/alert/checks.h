/* SPDX-License-Identifier: MIT
 *
 * Checks: runs the checks of all plugins over the newest data, after each batch and whenever stated
 * figures, places, tables or plugins change, on a thread of its own. What they find is kept by the
 * store (store/findings.h):
 *
 *     --row appears--> open --row gone--> closed --row appears again--> open
 *
 * A check that fails, or gives more rows than are kept, closes nothing. One that is no longer
 * declared closes what it had opened. Time is data time, as for alerts. */
#ifndef ALERT_CHECKS_H
#define ALERT_CHECKS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "data/snap.h"
#include "script/plugin.h"
#include "store/findings.h"

struct checks;

/* Called on the thread of the checks when the findings have changed; only enqueues work. */
typedef void (*checks_listener)(void *ctx);

/* Starts the thread, which runs the checks after every publish and swap of plugins. Before
 * the writer of `cell` starts; free it before the store. `listener` may be NULL. */
MUST_USE int checks_new(struct registry *registry, struct snap_cell *cell, struct store *store,
                        checks_listener listener, void *ctx, struct checks **out, struct err *err);
void checks_free(struct checks *c); /* NULL is fine */
/* Has them run on their thread, unless this data and these plugins are checked. */
void checks_wake(struct checks *c);
/* Runs them now, on this thread (start, tests), unless this data and these plugins are checked.
 * Checks that failed are in the numbers and in the log; an error here is the store's. */
MUST_USE int checks_run(struct checks *c, struct err *err);
/* The snapshot last checked: 0 before the first. */
uint64_t checks_snapshot(struct checks *c);

struct checks_stats {
    uint64_t passes, failures; /* of all checks together; checks that could not be run */
    size_t open;
    int64_t last_ns; /* how long the last pass took */
};
void checks_stats_get(struct checks *c, struct checks_stats *out);

#endif
