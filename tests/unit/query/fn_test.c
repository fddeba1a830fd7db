/* SPDX-License-Identifier: MIT
 *
 * Finding functions. */
#include "ask.h"

static void names_have_no_case(void **state)
{
    struct ask *a = *state;
    ask_expect(a, "SELECT uPPer('a') AS a, Abs(-1) AS b", "a,b\nA,1\n");
}

static void unknown_ones_get_near_names(void **state)
{
    struct ask *a = *state;
    ask_fails(a, "SELECT UPPR('a')", ERR_UNKNOWN_NAME, 8, "Function not found: UPPR");
    ask_fails(a, "SELECT COUNTF(1)", ERR_UNKNOWN_NAME, 8, "Function not found: COUNTF");
    ask_fails(a, "SELECT no_such_thing_at_all(1)", ERR_UNKNOWN_NAME, 8,
              "Function not found: no_such_thing_at_all");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ASK_TEST(names_have_no_case),
        ASK_TEST(unknown_ones_get_near_names),
    };
    return cmocka_run_group_tests_name("query/fn", tests, NULL, NULL);
}
