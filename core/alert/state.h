/* SPDX-License-Identifier: MIT
 *
 * What one finding is: Prometheus' state machine (rules/alerting.go) in days of data instead of
 * seconds of a clock.
 *
 *   none --present--> PENDING --present, pending days passed--> FIRING --absent, keep passed-->
 * RESOLVED |   ^                                     |  ^                             | |   +---
 * pending was made longer ---------+  +-- present again, before ----+
 *                      +--absent--> gone                                                          |
 *                          RESOLVED --present--> PENDING        RESOLVED --forgotten later--> gone
 *
 * Invariants
 *  1. `since` is the day on which this run of presence began; it is not touched while it lasts.
 *  2. A finding that was absent for a day only and came back while it was kept never left FIRING.
 *  3. Evaluating twice on the same day changes nothing but the figures. */
#ifndef ALERT_STATE_H
#define ALERT_STATE_H

#include <stdbool.h>
#include <stdint.h>

/* A resolved finding is shown for so many days of data, so that its recovery is seen. */
enum { ALERT_REMEMBER_DAYS = 7 };

enum alert_state { ALERT_GONE, ALERT_PENDING, ALERT_FIRING, ALERT_RESOLVED };

struct alert_times {
    enum alert_state state;
    int32_t since;       /* day of the first sight */
    int32_t fired_on;    /* DAY_NONE until it fired */
    int32_t absent_from; /* of a firing one that is kept; DAY_NONE */
    int32_t resolved_on; /* DAY_NONE until it is resolved */
};

void alert_times_init(struct alert_times *t);
/* One evaluation on `day`. ALERT_GONE afterwards: forget it. */
void alert_step(struct alert_times *t, bool present, int32_t day, int pending_days, int keep_days);

const char *alert_state_name(enum alert_state state);

#endif
