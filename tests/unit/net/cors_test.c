/* SPDX-License-Identifier: MIT
 *
 * Whose pages may read. */
#include "../../../core/net/cors.h"

#include "test.h"

static void only_who_is_named(void **state)
{
    (void)state;
    struct str named[] = {STR("https://a.in"), STR("http://b:3000")};
    struct settings s = {.origin = named, .origins = 2};
    assert_string_equal(cors_allow(&s, STR("https://A.in")), "https://a.in");
    assert_string_equal(cors_allow(&s, STR("http://b:3000")), "http://b:3000");
    assert_null(cors_allow(&s, STR("http://b")));
    assert_null(cors_allow(&s, STR("https://a.in.evil")));
    assert_null(cors_allow(&s, STR("null")));
    assert_null(cors_allow(&s, STR("")));
    assert_null(cors_allow(NULL, STR("https://a.in")));
    assert_true(cors_varies(&s));
    assert_false(cors_varies(NULL));
    assert_true(cors_names("https://a.in"));
}

static void a_star_is_everybody_who_reads(void **state)
{
    (void)state;
    struct str all[] = {STR("*"), STR("https://a.in")};
    struct settings s = {.origin = all, .origins = 2};
    assert_string_equal(cors_allow(&s, STR("https://evil")), "*");
    assert_string_equal(cors_allow(&s, STR("https://a.in")), "https://a.in");
    assert_false(cors_names("*"));
    assert_false(cors_names(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_who_is_named),
        cmocka_unit_test(a_star_is_everybody_who_reads),
    };
    return cmocka_run_group_tests_name("net/cors", tests, NULL, NULL);
}
