/* SPDX-License-Identifier: MIT
 *
 * Opening a data directory: once, and again after it is closed. */
#include "../../../core/main/app.h"

#include "base/log.h"
#include "store/tmpdir.h"
#include "test.h"

static void a_directory_is_opened_once(void **state)
{
    (void)state;
    static struct app a;
    static struct app b;
    char dir[128];
    struct err e = {0};
    log_threshold(LOG_OFF);
    tmpdir_make(dir);
    assert_int_equal(app_open(dir, "/nonexistent", &a, &e), 0);
    assert_non_null(a.service.store);
    assert_string_equal(a.service.plugins_dir, "/nonexistent");
    assert_int_equal(app_open(dir, "/nonexistent", &b, &e), ERR_LOCKED);
    app_close(&a);
    assert_int_equal(app_open(dir, "/nonexistent", &b, &e), 0);
    app_close(&b);
    tmpdir_remove(dir);
}

static void what_is_no_directory_is_told(void **state)
{
    (void)state;
    static struct app a;
    struct err e = {0};
    assert_int_equal(app_open("/dev/null/data", "/nonexistent", &a, &e), ERR_IO);
    assert_non_null(strstr(e.msg, "/dev/null/data"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_directory_is_opened_once),
        cmocka_unit_test(what_is_no_directory_is_told),
    };
    return cmocka_run_group_tests_name("main/app", tests, NULL, NULL);
}
