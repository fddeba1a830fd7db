/* SPDX-License-Identifier: MIT
 *
 * What one finding is: Prometheus' state machine (rules/alerting.go). Time is a number that the
 * rule chooses: days of data, or milliseconds of a clock; nothing here reads one. Pure: any thread.
 *
 *   GONE      --present---------------------------> PENDING
 *   PENDING   --present, `pending` passed---------> FIRING
 *             --absent----------------------------> GONE
 *   FIRING    --absent, `keep` passed-------------> RESOLVED
 *             --present again while kept----------> FIRING
 *             --`pending` was made longer---------> PENDING
 *   RESOLVED  --present---------------------------> PENDING
 *             --`remember` passed-----------------> GONE
 *
 * Invariants
 *  1. `since` is when this run of presence began; it is not touched while it lasts.
 *  2. A finding that was absent and came back while it was kept never left FIRING.
 *  3. Evaluating twice at the same time changes nothing. */
#ifndef SCRIPT_STATE_H
#define SCRIPT_STATE_H

#include "store/alerts.h"

/* All in the unit of the times. */
struct alert_waits {
    int64_t pending, keep;
    int64_t remember; /* how long a resolved finding is shown, so that its recovery is seen */
};

void alert_times_init(struct alert_times *t);
/* One evaluation at `now`. ALERT_GONE afterwards: forget it. */
void alert_step(struct alert_times *t, bool present, int64_t now, const struct alert_waits *w);

#endif
