/* SPDX-License-Identifier: MIT
 *
 * Header fields that say who asks. */
#include "../../../core/net/credentials.h"

#include "test.h"

static void bearers_are_read(void **state)
{
    (void)state;
    static const char *const good[] = {"Bearer x", "bearer x", "BEARER  x "};
    static const char *const bad[] = {"", "Bearer", "Bearerx", "Basic x", "x Bearer y"};
    struct str text;
    struct err e = {0};
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        assert_int_equal(credentials_bearer(str_of(good[i]), &text, &e), 0);
        assert_true(str_eq(text, STR("x")));
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_int_equal(credentials_bearer(str_of(bad[i]), &text, &e), ERR_SIGN_IN);
}

static void cookies_are_found_by_name(void **state)
{
    (void)state;
    struct str text = credentials_cookie(STR("a=1; panji_session=x ; b=2"), "panji_session");
    assert_true(str_eq(text, STR("x")));
    assert_true(str_eq(credentials_cookie(STR("n=1;n=2"), "n"), STR("1")));
    assert_null(credentials_cookie(STR("xpanji_session=1; panji_sessionx=2"), "panji_session").p);
    assert_null(credentials_cookie(STR("panji_session"), "panji_session").p);
    assert_null(credentials_cookie(STR_NULL, "panji_session").p);
    assert_int_equal(credentials_cookie(STR("panji_session="), "panji_session").n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bearers_are_read),
        cmocka_unit_test(cookies_are_found_by_name),
    };
    return cmocka_run_group_tests_name("net/credentials", tests, NULL, NULL);
}
