/* SPDX-License-Identifier: MIT
 *
 * The catalogue. */
#include "ask.h"

static void tables_are_found_without_case(void **state)
{
    struct ask *a = *state;
    ask_expect(a, "FROM keyvalue |> LIMIT 1", "key,value\n1,value1\n");
    ask_expect(a, "FROM Sectors |> LIMIT 1 |> SELECT code", "code\n1\n");
    ask_fails(a, "FROM nosuch", ERR_UNKNOWN_NAME, 6, "Table not found: nosuch");
    ask_fails(a, "FROM registration", ERR_UNKNOWN_NAME, 6, "Table not found: registration");
}

static void with_names_tables(void **state)
{
    struct ask *a = *state;
    ask_expect(a,
               "WITH a AS (SELECT 1 AS x), b AS (FROM a |> SET x = x + 1) FROM b |> JOIN a ON TRUE "
               "|> SELECT b.x, a.x AS y",
               "x,y\n2,1\n");
    ask_expect(a, "WITH registrations AS (SELECT 1 AS x) FROM registrations", "x\n1\n");
    ask_fails(a, "WITH a AS (FROM b), b AS (SELECT 1) FROM a", ERR_UNKNOWN_NAME, 17,
              "Table not found: b");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ASK_TEST(tables_are_found_without_case),
        ASK_TEST(with_names_tables),
    };
    return cmocka_run_group_tests_name("query/bind_table", tests, NULL, NULL);
}
