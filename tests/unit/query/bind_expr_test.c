/* SPDX-License-Identifier: MIT
 *
 * Names and types of expressions. */
#include "ask.h"

static void unknown_names_get_near_ones(void **state)
{
    struct ask *a = *state;
    ask_fails(a, "FROM registrations |> SELECT distrct", ERR_UNKNOWN_NAME, 30,
              "Unrecognized name: distrct");
    ask_fails(a, "FROM mixed |> SELECT zzz", ERR_UNKNOWN_NAME, 22, "Unrecognized name: zzz");
    ask_fails(a, "FROM mixed AS m |> SELECT m.zzz", ERR_UNKNOWN_NAME, 27,
              "Name zzz not found inside m");
}

static void types_must_fit(void **state)
{
    struct ask *a = *state;
    ask_fails(a, "SELECT 1 + 'a'", ERR_TYPE, 8,
              "No matching signature for operator + for argument types: INT64, STRING");
    ask_fails(a, "SELECT NOT 1", ERR_TYPE, 12,
              "No matching signature for operator NOT for argument type INT64");
    ask_fails(a, "SELECT -'a'", ERR_TYPE, 8,
              "No matching signature for operator - for argument type STRING");
    ask_fails(a, "SELECT DATE '2021-01-01' * 2", ERR_TYPE, 8,
              "No matching signature for operator * for argument types: DATE, INT64");
    ask_fails(a, "FROM mixed |> WHERE i", ERR_TYPE, 21,
              "WHERE clause should return type BOOL, but returns type INT64");
}

static void parameters_are_converted_where_used(void **state)
{
    struct ask *a = *state;
    ask_expect(a, "FROM mixed |> WHERE id = @text |> SELECT id", "id\n2\n");
    ask_expect(a, "SELECT @n + 1 AS a, @text + 1 AS b, @nothing IS NULL AS c", "a,b,c\n3,3,true\n");
    ask_fails(a, "SELECT @missing", ERR_PARAM, 8, "Query parameter 'missing' not found");
    ask_fails(a, "FROM mixed |> WHERE id = @as_on", ERR_PARAM, 26,
              "Could not cast parameter value \"2021-11-20\" to type INT64");
}

static void ambiguous_columns_are_told(void **state)
{
    struct ask *a = *state;
    ask_fails(a, "FROM mixed AS a |> CROSS JOIN mixed AS b |> SELECT id", ERR_AMBIGUOUS, 52,
              "Column name id is ambiguous");
    ask_expect(a,
               "FROM mixed AS a |> CROSS JOIN mixed AS b |> SELECT a.id, b.id AS other |> LIMIT 1",
               "id,other\n1,1\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ASK_TEST(unknown_names_get_near_ones),
        ASK_TEST(types_must_fit),
        ASK_TEST(parameters_are_converted_where_used),
        ASK_TEST(ambiguous_columns_are_told),
    };
    return cmocka_run_group_tests_name("query/bind_expr", tests, NULL, NULL);
}
