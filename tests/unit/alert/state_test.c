/* SPDX-License-Identifier: MIT
 *
 * The state machine of a finding, day by day. A line of days is written as letters: '1' the rule
 * finds it, '.' it does not, and what is expected: p pending, F firing, R resolved, - gone. */
#include "../../../core/alert/state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/date.h"

static void course(int pending, int keep, const char *found, const char *expected)
{
    static const char letter[] = {
        [ALERT_GONE] = '-', [ALERT_PENDING] = 'p', [ALERT_FIRING] = 'F', [ALERT_RESOLVED] = 'R'};
    struct alert_times t;
    char got[64] = "";
    alert_times_init(&t);
    for (size_t i = 0; found[i]; i++) {
        alert_step(&t, found[i] == '1', 1000 + (int32_t)i, pending, keep);
        got[i] = letter[t.state];
    }
    assert_string_equal(got, expected);
}

static void without_waiting_it_fires_at_once(void **state)
{
    (void)state;
    course(0, 0, "..11..", "--FFRR");
}

static void it_waits_for_pending(void **state)
{
    (void)state;
    course(2, 0, "1111..", "ppFFRR");
    course(2, 0, "11.11.", "pp-pp-");
}

static void it_is_kept(void **state)
{
    (void)state;
    course(0, 2, "1...", "FFFR");
    course(0, 2, "1.1..1", "FFFFFF");
    /* promtool 2.42 with for 3m and keep_firing_for 2m, found in minutes 1 to 5 */
    course(3, 2, ".11111....", "-pppFFFFRR");
}

static void a_resolved_one_is_shown_for_a_week(void **state)
{
    (void)state;
    course(0, 0, "1.........", "FRRRRRRRR-");
    course(1, 0, "11.11", "pFRpF");
}

static void the_same_day_again_changes_nothing(void **state)
{
    (void)state;
    struct alert_times t;
    alert_times_init(&t);
    for (int i = 0; i < 5; i++)
        alert_step(&t, true, 1000, 1, 0);
    assert_int_equal(t.state, ALERT_PENDING);
    alert_step(&t, true, 1001, 1, 0);
    assert_int_equal(t.state, ALERT_FIRING);
    assert_int_equal(t.since, 1000);
    assert_int_equal(t.fired_on, 1001);
}

static void a_longer_wait_takes_it_back(void **state)
{
    (void)state;
    struct alert_times t;
    alert_times_init(&t);
    alert_step(&t, true, 1000, 0, 0);
    assert_int_equal(t.state, ALERT_FIRING);
    alert_step(&t, true, 1001, 3, 0);
    assert_int_equal(t.state, ALERT_PENDING);
    assert_int_equal(t.fired_on, DAY_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_waiting_it_fires_at_once),
        cmocka_unit_test(it_waits_for_pending),
        cmocka_unit_test(it_is_kept),
        cmocka_unit_test(a_resolved_one_is_shown_for_a_week),
        cmocka_unit_test(the_same_day_again_changes_nothing),
        cmocka_unit_test(a_longer_wait_takes_it_back),
    };
    return cmocka_run_group_tests_name("alert/state", tests, NULL, NULL);
}
