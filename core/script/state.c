/* SPDX-License-Identifier: MIT
 *
 * The state machine of a finding. */
#include "script/state.h"

void alert_times_init(struct alert_times *t)
{
    t->state = ALERT_GONE;
    t->since = t->fired_at = t->absent_from = t->resolved_at = ALERT_NEVER;
}

static void begin(struct alert_times *t, int64_t now)
{
    alert_times_init(t);
    t->state = ALERT_PENDING;
    t->since = now;
}

static void present_step(struct alert_times *t, int64_t now, const struct alert_waits *w)
{
    if (t->state == ALERT_GONE || t->state == ALERT_RESOLVED)
        begin(t, now);
    t->absent_from = ALERT_NEVER;
    if (now < t->since)
        t->since = now; /* data was taken back: time began earlier than was thought */
    bool due = now - t->since >= w->pending;
    if (t->state == ALERT_PENDING && due) {
        t->state = ALERT_FIRING;
        t->fired_at = now;
    } else if (t->state == ALERT_FIRING && !due) {
        t->state = ALERT_PENDING;
        t->fired_at = ALERT_NEVER;
    }
}

static void absent_step(struct alert_times *t, int64_t now, const struct alert_waits *w)
{
    switch (t->state) {
    case ALERT_GONE:
        return;
    case ALERT_PENDING:
        t->state = ALERT_GONE;
        return;
    case ALERT_FIRING:
        if (t->absent_from == ALERT_NEVER)
            t->absent_from = now;
        if (now - t->absent_from < w->keep)
            return;
        t->state = ALERT_RESOLVED;
        t->resolved_at = now;
        return;
    case ALERT_RESOLVED:
        if (now - t->resolved_at > w->remember)
            t->state = ALERT_GONE;
        return;
    }
}

void alert_step(struct alert_times *t, bool present, int64_t now, const struct alert_waits *w)
{
    if (present)
        present_step(t, now, w);
    else
        absent_step(t, now, w);
}
