/* SPDX-License-Identifier: MIT
 *
 * Cancelling by hand and by time. */
#include "base/cancel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/clock.h"

static int64_t now_ns = 1000;

static int64_t test_mono(void)
{
    return now_ns;
}

static int64_t test_wall(void)
{
    return 0;
}

static const struct clock_source test_clock = {test_mono, test_wall};

static void nothing_fires_by_itself(void **state)
{
    (void)state;
    struct cancel c;
    cancel_init(&c, 0);
    assert_int_equal(cancel_check(&c, NULL), 0);
    assert_int_equal(cancel_check(NULL, NULL), 0);
}

static void a_fired_flag_cancels(void **state)
{
    (void)state;
    struct cancel c;
    struct err err;
    cancel_init(&c, 1000);
    cancel_fire(&c);
    assert_int_equal(cancel_check(&c, &err), ERR_CANCELLED);
    assert_int_equal(err.code, ERR_CANCELLED);
}

static void time_runs_out(void **state)
{
    (void)state;
    struct cancel c;
    struct err err;
    clock_replace(&test_clock);
    cancel_init(&c, 5);
    now_ns += 4999999;
    assert_int_equal(cancel_check(&c, &err), 0);
    now_ns += 1;
    assert_int_equal(cancel_check(&c, &err), ERR_TIMEOUT);
    assert_true(err.hint[0] != '\0');
    clock_replace(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_fires_by_itself),
        cmocka_unit_test(a_fired_flag_cancels),
        cmocka_unit_test(time_runs_out),
    };
    return cmocka_run_group_tests_name("base/cancel", tests, NULL, NULL);
}
