/* SPDX-License-Identifier: MIT
 *
 * Time: the day turns at midnight in India, and tests may set the clock. */
#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

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
    clock_format_ist(((int64_t)date_day(2021, 11, 20) * 86400 + 12 * 3600 + 30 * 60 + 5) * 1000,
                     text);
    assert_string_equal(text, "2021-11-20T18:00:05+05:30");
    clock_format_ist(-1, text);
    assert_string_equal(text, "1970-01-01T05:29:59+05:30");
    clock_format_ist(INT64_MAX, text);
    clock_format_ist(INT64_MIN, text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_real_clock_runs),
        cmocka_unit_test(the_day_turns_at_midnight_in_india),
        cmocka_unit_test(times_print_in_indian_standard_time),
    };
    return cmocka_run_group_tests_name("base/clock", tests, NULL, NULL);
}
