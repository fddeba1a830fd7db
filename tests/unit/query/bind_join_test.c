/* SPDX-License-Identifier: MIT
 *
 * JOIN and UNION. */
#include "ask.h"

static void on_and_using(void **state)
{
    struct ask *a = *state;
    ask_expect(
        a,
        "FROM KeyValue AS a |> JOIN KeyValue AS b ON a.key = b.key + 1 |> SELECT a.key, b.key AS k",
        "key,k\n2,1\n3,2\n");
    ask_expect(a, "FROM KeyValue |> JOIN (SELECT 2 AS key, 'x' AS extra) USING (key)",
               "key,value,extra\n2,value2,x\n");
    ask_expect(a, "FROM KeyValue |> LEFT JOIN (SELECT 2 AS key, 'x' AS extra) USING (key)",
               "key,value,extra\n1,value1,\n2,value2,x\n3,value1,\n");
    ask_fails(a, "FROM KeyValue AS a |> JOIN KeyValue AS b USING (nokey)", ERR_UNKNOWN_NAME, 49,
              "Column nokey in USING clause not found on left side of join");
}

static void conditions_beside_the_keys_hold(void **state)
{
    struct ask *a = *state;
    ask_expect(a,
               "FROM KeyValue AS a |> LEFT JOIN KeyValue AS b ON a.value = b.value AND b.key > "
               "a.key |> SELECT a.key, b.key AS k",
               "key,k\n1,3\n2,\n3,\n");
}

static void unions_need_the_same_columns(void **state)
{
    struct ask *a = *state;
    ask_fails(
        a, "FROM KeyValue |> UNION ALL (SELECT 1)", ERR_TYPE, 18,
        "Queries in UNION have mismatched column count; query 1 has 2 columns, query 2 has 1");
    ask_expect(a, "FROM KeyValue |> SELECT key |> UNION ALL (SELECT 2.5), (SELECT NULL)",
               "key\n1.0\n2.0\n3.0\n2.5\n\n");
    ask_expect(a, "SELECT 1 AS a UNION DISTINCT SELECT 1", "a\n1\n");
    ask_fails(a, "SELECT 1 UNION ALL SELECT 'a'", ERR_TYPE, 10,
              "Values of types INT64 and STRING have no type in common");
    ask_fails(a, "SELECT 1 UNION SELECT 2", ERR_SYNTAX, 16,
              "Syntax error: Expected keyword ALL or keyword DISTINCT but got keyword SELECT");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ASK_TEST(on_and_using),
        ASK_TEST(conditions_beside_the_keys_hold),
        ASK_TEST(unions_need_the_same_columns),
    };
    return cmocka_run_group_tests_name("query/bind_join", tests, NULL, NULL);
}
