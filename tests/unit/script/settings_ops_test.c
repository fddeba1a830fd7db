/* SPDX-License-Identifier: MIT
 *
 * Log and metrics in the configuration. */
#include "settings_file.h"

static void what_holds_when_nothing_is_said(void **state)
{
    struct settings_file f;
    (void)state;
    settings_file_read(&f, "workers = 2\n", NULL);
    assert_int_equal(f.rc, 0);
    assert_int_equal(f.s.log.format, LOG_TEXT);
    assert_int_equal(f.s.log.level, LOG_INFO);
    assert_int_equal(f.s.log.requests, 0);
    assert_int_equal(f.s.log.slow_ms, 1000);
    assert_true(f.s.metrics_of_drive);
    settings_file_done(&f);
}

static void each_can_be_said(void **state)
{
    struct settings_file f;
    (void)state;
    settings_file_read(&f,
                       "log = { format = \"logfmt\", level = \"debug\", requests = \"none\", "
                       "slow_ms = 0 }\nmetrics = { drive = \"off\" }\n",
                       NULL);
    assert_int_equal(f.rc, 0);
    assert_int_equal(f.s.log.format, LOG_LOGFMT);
    assert_int_equal(f.s.log.level, LOG_DEBUG);
    assert_int_equal(f.s.log.requests, 2);
    assert_int_equal(f.s.log.slow_ms, 0);
    assert_false(f.s.metrics_of_drive);
    settings_file_done(&f);
}

static void mistakes_are_told(void **state)
{
    (void)state;
    REFUSED("log = { fromat = \"json\" }\n", "unknown field \"fromat\"", "format");
    REFUSED("log = { format = \"jason\" }\n", "json");
    REFUSED("log = { slow_ms = -1 }\n", "must be a whole number from 0");
    REFUSED("log = { slow_ms = 0.5 }\n", "must be a whole number from 0");
    REFUSED("metrics = { drive = \"villages\" }\n", "districts");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_holds_when_nothing_is_said),
        cmocka_unit_test(each_can_be_said),
        cmocka_unit_test(mistakes_are_told),
    };
    return cmocka_run_group_tests_name("script/settings_ops", tests, NULL, NULL);
}
