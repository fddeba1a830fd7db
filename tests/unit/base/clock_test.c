/* SPDX-License-Identifier: MIT
 *
 * Time: the day turns at midnight in India, and tests may set the clock. */
#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/date.h"

static int64_t wall;

static int64_t test_wall(void)
{
    return wall;
}

static int64_t test_mono(void)
{
    return 7;
}

static const struct clock_source test_clock = {test_mono, test_wall};

static void the_real_clock_runs(void **state)
{
    (void)state;
    int64_t before = clock_mono_ns();
    assert_true(clock_mono_ns() >= before);
    assert_true(clock_wall_ms() > 1600000000000);
}

static void the_day_turns_at_midnight_in_india(void **state)
{
    (void)state;
    clock_replace(&test_clock);
    wall = ((int64_t)date_day(2021, 11, 20) * 86400 + 18 * 3600 + 30 * 60) * 1000 - 1;
    assert_int_equal(clock_today(), date_day(2021, 11, 20));
    wall++;
    assert_int_equal(clock_today(), date_day(2021, 11, 21));
    wall = -((5 * 60 + 30) * 60 * 1000) - 1;
    assert_int_equal(clock_today(), -1);
    assert_int_equal(clock_mono_ns(), 7);
    clock_replace(NULL);
    assert_true(clock_wall_ms() > 1600000000000);
}

static void times_print_in_indian_standard_time(void **state)
{
    (void)state;
    char text[32];
    clock_format(((int64_t)date_day(2021, 11, 20) * 86400 + 12 * 3600 + 30 * 60 + 5) * 1000, text);
    assert_string_equal(text, "2021-11-20T18:00:05+05:30");
    clock_format(-1, text);
    assert_string_equal(text, "1970-01-01T05:29:59+05:30");
    clock_format(INT64_MAX, text);
    clock_format(INT64_MIN, text);
}

static void the_zone_can_be_set(void **state)
{
    (void)state;
    struct err err = {0};
    char text[32];
    int64_t noon = ((int64_t)date_day(2021, 7, 1) * 86400 + 12 * 3600) * 1000;
    assert_string_equal(clock_zone(), "Asia/Kolkata");
    assert_int_equal(clock_set_zone(STR("UTC"), &err), 0);
    clock_format(noon, text);
    assert_string_equal(text, "2021-07-01T12:00:00+00:00");
    assert_int_equal(clock_set_zone(STR("America/New_York"), &err), 0);
    clock_format(noon, text);
    assert_string_equal(text, "2021-07-01T08:00:00-04:00"); /* in summer */
    clock_format(noon + INT64_C(184) * 86400 * 1000, text);
    assert_string_equal(text, "2022-01-01T07:00:00-05:00");
    assert_int_equal(clock_day(noon - INT64_C(12) * 3600 * 1000), date_day(2021, 6, 30));
    clock_format(INT64_MIN, text);
    assert_int_equal(clock_set_zone(STR("Asia/Kolkata"), &err), 0);
    clock_format(noon, text);
    assert_string_equal(text, "2021-07-01T17:30:00+05:30");
}

static void a_day_and_a_time_are_a_moment(void **state)
{
    (void)state;
    struct err err;
    char text[32];
    int32_t day = date_day(2021, 11, 18);
    assert_true(clock_moment(day, 12 * 60) == INT64_C(1637217000000));
    assert_int_equal(clock_day(clock_moment(day, 0)), day);
    assert_int_equal(clock_day(clock_moment(day, 0) - 1), day - 1);
    assert_int_equal(clock_set_zone(STR("America/New_York"), &err), 0);
    clock_format(clock_moment(date_day(2021, 7, 1), 18 * 60), text);
    assert_string_equal(text, "2021-07-01T18:00:00-04:00");
    clock_format(clock_moment(date_day(2021, 11, 8), 1), text); /* the day behind the change */
    assert_string_equal(text, "2021-11-08T00:01:00-05:00");
    assert_int_equal(clock_set_zone(STR("Asia/Kolkata"), &err), 0);
}

static void an_unknown_zone_is_refused_with_near_names(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",     "Asia/Kolkatta",  "../../../etc/passwd",
                                        "Asia", "/etc/localtime", "zone.tab"};
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        struct err err = {0};
        assert_int_equal(clock_zone_check(str_of(wrong[i]), &err), ERR_VALUE);
        assert_true(err.hint[0] != '\0');
    }
    struct err err = {0};
    assert_int_equal(clock_set_zone(STR("Pacific/Aukland"), &err), ERR_VALUE);
    assert_non_null(strstr(err.hint, "Pacific/Auckland"));
    assert_string_equal(clock_zone(), "Asia/Kolkata");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_real_clock_runs),
        cmocka_unit_test(the_day_turns_at_midnight_in_india),
        cmocka_unit_test(times_print_in_indian_standard_time),
        cmocka_unit_test(the_zone_can_be_set),
        cmocka_unit_test(a_day_and_a_time_are_a_moment),
        cmocka_unit_test(an_unknown_zone_is_refused_with_near_names),
    };
    return cmocka_run_group_tests_name("base/clock", tests, NULL, NULL);
}
