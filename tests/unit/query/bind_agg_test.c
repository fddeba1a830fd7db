/* SPDX-License-Identifier: MIT
 *
 * Aggregates and windows where they are allowed. */
#include "ask.h"

static void not_in_where(void **state)
{
    struct ask *a = *state;
    ask_fails(a, "FROM mixed |> WHERE SUM(i) > 1", ERR_TYPE, 21,
              "Aggregate function SUM not allowed in WHERE clause");
    ask_fails(a, "FROM mixed |> SELECT MAX(i)", ERR_TYPE, 22,
              "Aggregate function MAX not allowed in pipe SELECT");
    ask_fails(a, "FROM mixed |> AGGREGATE SUM(MAX(i))", ERR_TYPE, 29,
              "Aggregations of aggregations are not allowed");
    ask_fails(a, "FROM mixed |> AGGREGATE SUM(s)", ERR_TYPE, 25,
              "No matching signature for aggregate function SUM for argument type STRING");
    ask_fails(a, "FROM mixed |> AGGREGATE SUM(*)", ERR_TYPE, 25,
              "* is not allowed in function SUM");
    ask_fails(a, "FROM mixed |> AGGREGATE CORR(DISTINCT i, i)", ERR_UNSUPPORTED, 25,
              "DISTINCT is not supported by this server with two arguments");
}

static void over_makes_a_window_of_them(void **state)
{
    struct ask *a = *state;
    ask_expect(a, "FROM mixed |> SELECT id, MAX(i) OVER () AS m |> LIMIT 1", "id,m\n1,12\n");
    ask_fails(a, "FROM mixed |> SELECT RANK()", ERR_SYNTAX, 22,
              "Window function RANK requires an OVER clause");
    ask_fails(a, "FROM mixed |> SELECT RANK() OVER ()", ERR_SYNTAX, 22,
              "Window ORDER BY is required for analytic function RANK");
    ask_fails(
        a, "FROM mixed |> AGGREGATE RANK() OVER (ORDER BY i) AS r", ERR_TYPE, 25,
        "Pipe AGGREGATE cannot include expressions that do not include an aggregate function");
}

static void equal_ones_are_computed_once(void **state)
{
    struct ask *a = *state;
    ask_expect(a, "FROM mixed |> AGGREGATE SUM(i) + SUM(i) AS a, SUM(i) AS b", "a,b\n26,13\n");
}

static void registrations_are_counted(void **state)
{
    struct ask *a = *state;
    ask_expect(a,
               "FROM registrations |> AGGREGATE COUNT(*) AS a, COUNT(1) AS b, SUM(count) AS c, "
               "COUNT(date) AS d",
               "a,b,c,d\n61,61,61,61\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ASK_TEST(not_in_where),
        ASK_TEST(over_makes_a_window_of_them),
        ASK_TEST(equal_ones_are_computed_once),
        ASK_TEST(registrations_are_counted),
    };
    return cmocka_run_group_tests_name("query/bind_agg", tests, NULL, NULL);
}
