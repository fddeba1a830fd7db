/* SPDX-License-Identifier: MIT
 *
 * A source that stays away is noticed by the clock, once, and so is its return. */
#include "desk.h"

static void a_source_with_a_rhythm_is_missed(void **state)
{
    (void)state;
    struct desk d;
    static const char *const column[] = {"rule", "state", "key", "message", NULL};
    char got[1024];
    desk_init(&d, HEAD);
    desk_now_ms = DESK_NOON - 10 * DAY;
    for (int i = 0; i < 6; i++) {
        desk_add(&d, GOLA, "2021-11-10", 1);
        desk_minutes(10);
        desk_add(&d, MANDU, "2021-11-10", 1); /* the same sending */
        desk_minutes(24 * 60 - 10);
    }
    desk_minutes(28 * 60); /* 52 hours after the last: two gaps and six hours are 54 */
    desk_tick(&d);
    desk_problems(&d, "");
    desk_minutes(4 * 60);
    desk_tick(&d);
    desk_tick(&d);
    desk_lines(&d, alert_table, d.engine, "panji", column, got, sizeof got);
    assert_string_equal(got,
                        "data_stale firing {\"source\":\"test\"} Source test has sent nothing for "
                        "55 hours; it used to send every 24 hours\n");
    desk_restart(&d);
    desk_tick(&d);
    desk_problems(&d, "data_stale firing\n");
    desk_add(&d, GOLA, "2021-11-11", 1);
    desk_run(&d);
    desk_problems(&d, "data_stale resolved\n");
    desk_fini(&d);
}

static void few_sendings_are_no_rhythm(void **state)
{
    (void)state;
    struct desk d;
    desk_init(&d, HEAD);
    for (int i = 0; i < 4; i++) {
        desk_add(&d, GOLA, "2021-11-10", 1);
        desk_minutes(24 * 60);
    }
    desk_minutes(100 * 24 * 60);
    desk_run(&d);
    desk_problems(&d, "");
    desk_fini(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_source_with_a_rhythm_is_missed),
        cmocka_unit_test(few_sendings_are_no_rhythm),
    };
    return cmocka_run_group_tests_name("alert/stale", tests, NULL, NULL);
}
