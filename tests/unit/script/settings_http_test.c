/* SPDX-License-Identifier: MIT
 *
 * The configuration of the HTTP server: what each name allows. */
#include "settings_file.h"

static void what_is_no_limit_is_refused(void **state)
{
    (void)state;
    REFUSED("guard = { connections = 0 }\n", "must be a whole number from 1 to 65536");
    REFUSED("guard = { heeder = 5 }\n", "did you mean \"header\"?");
    REFUSED("cors = { origins = { \"https://a.in/\" } }\n", "is no origin of pages");
    REFUSED("cors = { origins = { \"a.in\" } }\n", "is no origin of pages");
    REFUSED("trusted_proxies = { \"10.0.0.0/33\" }\n", "is no address and no network");
    REFUSED("trusted_proxies = { \"proxy\" }\n", "is no address and no network");
}

static void what_is_not_set_is_zero(void **state)
{
    (void)state;
    struct settings_file f;
    settings_file_read(&f,
                       "guard = { header = 2 }\ncors = { origins = \"http://localhost:3000\" }\n"
                       "trusted_proxies = { \"::1\", \"10.0.0.0/8\" }\n",
                       NULL);
    assert_int_equal(f.rc, 0);
    assert_int_equal(f.s.guard.header_s, 2);
    assert_int_equal(f.s.guard.connections, 0);
    assert_int_equal(f.s.origins, 1);
    assert_string_equal(f.s.origin[0].p, "http://localhost:3000");
    assert_int_equal(f.s.proxies, 2);
    settings_file_done(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_limit_is_refused),
        cmocka_unit_test(what_is_not_set_is_zero),
    };
    return cmocka_run_group_tests_name("script/settings_http", tests, NULL, NULL);
}
