/* SPDX-License-Identifier: MIT
 *
 * Moments as people send them. */
#include "../../../core/net/said.h"

#include "base/clock.h"
#include "base/date.h"
#include "test.h"

static int64_t moment(const char *text)
{
    struct err e = {0};
    int64_t ms = 0;
    if (said_moment("until", str_of(text), &ms, &e) < 0)
        fail_msg("%s: %s", text, e.msg);
    return ms;
}

static void days_times_and_spans_are_read(void **state)
{
    (void)state;
    int32_t day = date_day(2021, 11, 30);
    assert_int_equal(moment("2021-11-30"), clock_moment(day, 24 * 60));
    assert_int_equal(moment("2021-11-30T18:00"), clock_moment(day, 18 * 60));
    int64_t now = clock_wall_ms();
    assert_true(moment("3 days") >= now + 3 * 86400000LL);
    assert_true(moment("1 hour") < now + 2 * 3600000LL);
}

static void others_are_told_with_their_name(void **state)
{
    (void)state;
    static const char *const bad[] = {"",        "soon",   "2021-13-01", "2021-11-30T25:00",
                                      "-3 days", "3 dayss"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct err e = {0};
        int64_t ms;
        assert_int_equal(said_moment("expires", str_of(bad[i]), &ms, &e), ERR_PARAM);
        assert_non_null(strstr(e.msg, "expires="));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_times_and_spans_are_read),
        cmocka_unit_test(others_are_told_with_their_name),
    };
    return cmocka_run_group_tests_name("net/said", tests, NULL, NULL);
}
