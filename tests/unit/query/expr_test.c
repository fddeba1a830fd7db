/* SPDX-License-Identifier: MIT
 *
 * Evaluating expressions: constants fold, branches not taken do not fail, texts survive. */
#include "ask.h"

static void constants_fold(void **state)
{
    struct ask *a = *state;
    ask_expect(a, "SELECT 1 + 2 * 3 AS a, IF(TRUE, 1, 1 / 0) AS b, CONCAT('a', 'b') AS c",
               "a,b,c\n7,1.0,ab\n");
}

static void a_branch_not_taken_does_not_fail(void **state)
{
    struct ask *a = *state;
    ask_expect(a,
               "FROM mixed |> WHERE i IS NOT NULL |> SELECT IF(i > 0, 10 / i, -1) AS a, i > 0 AND "
               "10 / i > 2 AS b, COALESCE(i, 1 / (i - i)) AS c",
               "a,b,c\n3.3333333333333335,true,3.0\n-1.0,false,-7.0\n0.8333333333333334,false,12."
               "0\n2.0,false,5.0\n");
    ask_expect(a,
               "FROM mixed |> SELECT CASE WHEN i IS NULL THEN 0 WHEN i = 3 THEN 1 ELSE 7 / (i - 3) "
               "END AS a",
               "a\n1.0\n-0.7\n0.0\n0.7777777777777778\n3.5\n");
    ask_fails(a, "FROM mixed |> SELECT IF(i != 3, 7 / (i - 3), 7 / (i - 3)) AS a", ERR_VALUE, 46,
              "division by zero: 7 / 0");
}

static void a_shared_column_is_the_same_everywhere(void **state)
{
    struct ask *a = *state;
    ask_expect(a, "FROM mixed |> EXTEND i + 1 AS j |> SELECT j + j AS a, IF(j > 0, j, -j) AS b",
               "a,b\n8,4\n-12,6\n,\n26,13\n12,6\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ASK_TEST(constants_fold),
        ASK_TEST(a_branch_not_taken_does_not_fail),
        ASK_TEST(a_shared_column_is_the_same_everywhere),
    };
    return cmocka_run_group_tests_name("query/expr", tests, NULL, NULL);
}
