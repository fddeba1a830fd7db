/* SPDX-License-Identifier: MIT
 *
 * Lists and their trailing commas. */
#include "ask.h"

static void lists_may_end_with_a_comma(void **state)
{
    struct ask *a = *state;
    ask_expect(a, "SELECT 1 AS a, 2 AS b,", "a,b\n1,2\n");
    ask_expect(a, "FROM KeyValue |> SELECT key, |> LIMIT 1", "key\n1\n");
    ask_expect(a, "FROM KeyValue |> AGGREGATE COUNT(*) AS n, GROUP BY value,",
               "value,n\nvalue1,2\nvalue2,1\n");
    ask_expect(a, "FROM KeyValue |> ORDER BY key DESC, |> LIMIT 1", "key,value\n3,value1\n");
    ask_expect(a, "FROM KeyValue |> DROP value, |> LIMIT 1", "key\n1\n");
    ask_expect(a, "FROM KeyValue |> SET key = 7, |> LIMIT 1", "key,value\n7,value1\n");
}

static void aliases_need_no_as(void **state)
{
    struct ask *a = *state;
    ask_expect(a, "SELECT 1 one, 2 AS `two words`", "one,two words\n1,2\n");
    ask_expect(a, "FROM KeyValue |> AGGREGATE COUNT(*) n GROUP BY value v",
               "v,n\nvalue1,2\nvalue2,1\n");
    ask_expect(a, "FROM KeyValue k |> RENAME key k2 |> LIMIT 1", "k2,value\n1,value1\n");
    ask_fails(a, "SELECT 1 select", ERR_SYNTAX, 10,
              "Syntax error: Expected end of query but got keyword select");
}

static void stars_leave_columns_out(void **state)
{
    struct ask *a = *state;
    ask_expect(a, "FROM mixed |> SELECT * EXCEPT (f, s) |> LIMIT 1", "id,i\n1,3\n");
    ask_fails(a, "FROM mixed |> SELECT * EXCEPT (nope)", ERR_UNKNOWN_NAME, 32,
              "Unrecognized name: nope");
    ask_fails(a, "FROM mixed |> SELECT * REPLACE (1 AS nope)", ERR_UNKNOWN_NAME, 33,
              "Unrecognized name: nope");
    ask_fails(a, "FROM mixed |> SELECT * REPLACE (1)", ERR_SYNTAX, 34, "Expected a column name");
}

static void order_suffixes(void **state)
{
    struct ask *a = *state;
    ask_expect(a, "FROM KeyValue |> ORDER BY key ASC NULLS LAST |> LIMIT 1",
               "key,value\n1,value1\n");
    ask_fails(a, "FROM KeyValue |> ORDER BY key NULLS MIDDLE", ERR_SYNTAX, 37,
              "Syntax error: Expected keyword LAST but got identifier \"MIDDLE\"");
    ask_fails(a, "FROM KeyValue |> AGGREGATE COUNT(*) AS n GROUP BY ROLLUP (key)", ERR_UNSUPPORTED,
              51, "GROUP BY ROLLUP is not supported by this server.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ASK_TEST(lists_may_end_with_a_comma),
        ASK_TEST(aliases_need_no_as),
        ASK_TEST(stars_leave_columns_out),
        ASK_TEST(order_suffixes),
    };
    return cmocka_run_group_tests_name("query/parse_list", tests, NULL, NULL);
}
