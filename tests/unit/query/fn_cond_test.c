/* SPDX-License-Identifier: MIT
 *
 * Choosing between values. */
#include "ask.h"

static void case_takes_the_first_that_is_true(void **state)
{
    struct ask *a = *state;
    ask_expect(a,
               "FROM mixed |> SELECT id, CASE WHEN i > 0 THEN 'p' WHEN i > -100 THEN 'n' ELSE '?' "
               "END AS a, CASE id WHEN 1 THEN 10 WHEN 2 THEN 20 END AS b",
               "id,a,b\n1,p,10\n2,n,20\n3,?,\n4,p,\n5,p,\n");
}

static void coalesce_and_nullif(void **state)
{
    struct ask *a = *state;
    ask_expect(
        a,
        "FROM mixed |> SELECT COALESCE(s, 'none') AS a, IFNULL(i, 0) AS b, NULLIF(i, 12) AS c, "
        "NULLIF(s, '') AS d",
        "a,b,c,d\nAlpha,3,3,Alpha\nbeta,-7,-7,beta\nnone,0,,\nग़ज़ल,12,,ग़ज़ल\nAlpha,5,5,Alpha\n");
}

static void in_with_null_is_unknown(void **state)
{
    struct ask *a = *state;
    ask_expect(a,
               "SELECT 1 IN (1, NULL) AS a, 2 IN (1, NULL) AS b, NULL IN (1) AS c, 2 NOT IN (1, 3) "
               "AS d, 'b' IN ('a', 'b') AS e, 1.5 IN (1, 1.5) AS f",
               "a,b,c,d,e,f\ntrue,,,true,true,true\n");
}

static void in_takes_expressions(void **state)
{
    struct ask *a = *state;
    ask_expect(a, "FROM mixed |> SELECT id IN (i, 2) AS a, i IN (id * 5, id) AS b",
               "a,b\nfalse,false\ntrue,false\n,\nfalse,false\ntrue,true\n");
}

static void branches_have_a_common_type(void **state)
{
    struct ask *a = *state;
    ask_expect(a, "SELECT IF(TRUE, 1, 2.5) AS a, IF(FALSE, NULL, 'x') AS b", "a,b\n1.0,x\n");
    ask_fails(a, "SELECT IF(TRUE, 1, 'x')", ERR_TYPE, 8,
              "Values of types INT64 and STRING have no type in common");
    ask_fails(a, "SELECT IF(1, 2, 3)", ERR_TYPE, 11,
              "The condition of IF should return type BOOL, but returns type INT64");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ASK_TEST(case_takes_the_first_that_is_true), ASK_TEST(coalesce_and_nullif),
        ASK_TEST(in_with_null_is_unknown),           ASK_TEST(in_takes_expressions),
        ASK_TEST(branches_have_a_common_type),
    };
    return cmocka_run_group_tests_name("query/fn_cond", tests, NULL, NULL);
}
