/* SPDX-License-Identifier: MIT
 *
 * The state machine of a finding. */
#include "state.h"

#include "base/date.h"

void alert_times_init(struct alert_times *t)
{
    t->state = ALERT_GONE;
    t->since = t->fired_on = t->absent_from = t->resolved_on = DAY_NONE;
}

static void begin(struct alert_times *t, int32_t day)
{
    alert_times_init(t);
    t->state = ALERT_PENDING;
    t->since = day;
}

static void present_step(struct alert_times *t, int32_t day, int pending_days)
{
    if (t->state == ALERT_GONE || t->state == ALERT_RESOLVED)
        begin(t, day);
    t->absent_from = DAY_NONE;
    if (day < t->since)
        t->since = day; /* data was taken back: time began earlier than was thought */
    bool due = day - t->since >= pending_days;
    if (t->state == ALERT_PENDING && due) {
        t->state = ALERT_FIRING;
        t->fired_on = day;
    } else if (t->state == ALERT_FIRING && !due) {
        t->state = ALERT_PENDING;
        t->fired_on = DAY_NONE;
    }
}

static void absent_step(struct alert_times *t, int32_t day, int keep_days)
{
    switch (t->state) {
    case ALERT_GONE:
        return;
    case ALERT_PENDING:
        t->state = ALERT_GONE;
        return;
    case ALERT_FIRING:
        if (t->absent_from == DAY_NONE)
            t->absent_from = day;
        if (day - t->absent_from < keep_days)
            return;
        t->state = ALERT_RESOLVED;
        t->resolved_on = day;
        return;
    case ALERT_RESOLVED:
        if (day - t->resolved_on > ALERT_REMEMBER_DAYS)
            t->state = ALERT_GONE;
        return;
    }
}

void alert_step(struct alert_times *t, bool present, int32_t day, int pending_days, int keep_days)
{
    if (present)
        present_step(t, day, pending_days);
    else
        absent_step(t, day, keep_days);
}

const char *alert_state_name(enum alert_state state)
{
    static const char *const names[] = {"gone", "pending", "firing", "resolved"};
    return names[state];
}
