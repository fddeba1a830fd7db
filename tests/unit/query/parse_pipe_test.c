/* SPDX-License-Identifier: MIT
 *
 * Pipe operators by their first word. */
#include "ask.h"

static void unknown_words_get_near_ones(void **state)
{
    struct ask *a = *state;
    ask_fails(a, "FROM KeyValue |> SELCT key", ERR_SYNTAX, 18,
              "Syntax error: Expected a pipe operator but got identifier \"SELCT\"");
    ask_fails(a, "FROM KeyValue |> AGREGATE COUNT(*)", ERR_SYNTAX, 18,
              "Syntax error: Expected a pipe operator but got identifier \"AGREGATE\"");
    ask_fails(a, "FROM KeyValue |> GROUP BY key", ERR_SYNTAX, 18,
              "Syntax error: GROUP BY is not a pipe operator; Consider using `|> AGGREGATE ... "
              "GROUP BY`");
    ask_fails(a, "FROM KeyValue |> HAVING key > 1", ERR_SYNTAX, 18,
              "Syntax error: HAVING is not a pipe operator; Consider using `|> WHERE`");
    ask_fails(a, "FROM KeyValue |> 7", ERR_SYNTAX, 18,
              "Syntax error: Expected a pipe operator but got integer literal \"7\"");
}

static void joins_are_told_apart(void **state)
{
    struct ask *a = *state;
    ask_fails(a, "FROM KeyValue |> NATURAL JOIN KeyValue", ERR_UNSUPPORTED, 18,
              "NATURAL JOIN is not supported by this server.");
    ask_fails(a, "FROM KeyValue |> INNER OUTER JOIN KeyValue ON TRUE", ERR_SYNTAX, 24, "JOIN");
    ask_expect(a,
               "FROM KeyValue AS a |> LEFT OUTER JOIN KeyValue AS b ON a.key = b.key |> AGGREGATE "
               "COUNT(*) AS n",
               "n\n3\n");
    ask_fails(a, "FROM KeyValue |> JOIN KeyValue", ERR_SYNTAX, 31,
              "Syntax error: Expected keyword USING but got end of query");
}

static void calls_take_names_and_positions(void **state)
{
    struct ask *a = *state;
    ask_expect(a, "FROM KeyValue |> CALL top_n(by => 'key', n => 1)", "key,value\n3,value1\n");
    ask_fails(a, "FROM KeyValue |> CALL top_n", ERR_SYNTAX, 23,
              "Syntax error: Expected a table function but got identifier \"top_n\"");
    ask_fails(a, "FROM KeyValue |> CALL 5", ERR_SYNTAX, 23,
              "Syntax error: Expected a table function but got integer literal \"5\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ASK_TEST(unknown_words_get_near_ones),
        ASK_TEST(joins_are_told_apart),
        ASK_TEST(calls_take_names_and_positions),
    };
    return cmocka_run_group_tests_name("query/parse_pipe", tests, NULL, NULL);
}
