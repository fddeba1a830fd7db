/* SPDX-License-Identifier: MIT
 *
 * Letters, forms and widths; more in tests/query/texts.test. */
#include "ask.h"

static void letters_of_all_scripts(void **state)
{
    struct ask *a = *state;
    ask_expect(a, "SELECT UPPER('éa') AS u, LOWER('ÀB') AS l, INITCAP('ab cd') AS i",
               "u,l,i\nÉA,àb,Ab Cd\n");
}

static void characters_are_code_points(void **state)
{
    struct ask *a = *state;
    ask_expect(a, "SELECT REVERSE('राम') AS r, LPAD('राम', 4, '०') AS l, RPAD('राम', 2) AS s",
               "r,l,s\nमार,०राम,रा\n");
}

static void normal_forms(void **state)
{
    struct ask *a = *state;
    ask_expect(a,
               "SELECT NORMALIZE('e\\u0301') = '\\u00e9' AS c, NORMALIZE('\\u00e9', NFD) = "
               "'e\\u0301' AS d",
               "c,d\ntrue,true\n");
    ask_refused(a, "SELECT NORMALIZE('a', NFX)", ERR_UNKNOWN_NAME);
}

static void lengths_have_limits(void **state)
{
    struct ask *a = *state;
    ask_refused(a, "SELECT LPAD('a', 1048577)", ERR_VALUE);
    ask_refused(a, "SELECT REPEAT('ab', 1048576)", ERR_VALUE);
    ask_expect(a, "SELECT LENGTH(REPEAT('a', 1048576)) AS n", "n\n1048576\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ASK_TEST(letters_of_all_scripts),
        ASK_TEST(characters_are_code_points),
        ASK_TEST(normal_forms),
        ASK_TEST(lengths_have_limits),
    };
    return cmocka_run_group_tests_name("query/fn_unicode", tests, NULL, NULL);
}
