/* SPDX-License-Identifier: MIT
 *
 * Finding table functions and their arguments. */
#include "ask.h"

static void unknown_ones_get_near_names(void **state)
{
    struct ask *a = *state;
    ask_fails(a, "FROM KeyValue |> CALL topn(1)", ERR_UNKNOWN_NAME, 23,
              "Table-valued function not found: topn");
    ask_fails(a, "FROM KeyValue |> CALL top_n(1, bye => 'key')", ERR_UNKNOWN_NAME, 39,
              "top_n has no argument named bye");
    ask_fails(a, "FROM KeyValue |> CALL forcast()", ERR_UNKNOWN_NAME, 23,
              "Table-valued function not found: forcast");
}

static void arguments_are_checked(void **state)
{
    struct ask *a = *state;
    ask_fails(a, "FROM KeyValue |> CALL top_n()", ERR_TYPE, 23, "top_n needs the argument n");
    ask_fails(a, "FROM KeyValue |> CALL top_n(1, by => 'nokey')", ERR_UNKNOWN_NAME, 38,
              "There is no column \"nokey\" for top_n");
    ask_fails(a, "FROM KeyValue |> CALL top_n(1, 'key', 'x', 'y')", ERR_TYPE, 44,
              "top_n takes at most 3 arguments");
    ask_fails(a, "FROM KeyValue |> CALL top_n(1, by => 'key', by => 'key')", ERR_TYPE, 51,
              "Argument by of top_n is given twice");
    ask_fails(a, "FROM KeyValue |> CALL top_n(1, by => 'value')", ERR_TYPE, 38,
              "Column value is not a number");
    ask_fails(a, "FROM KeyValue |> CALL top_n(key, by => 'key')", ERR_TYPE, 29,
              "Argument n of top_n must be a constant or a parameter");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ASK_TEST(unknown_ones_get_near_names),
        ASK_TEST(arguments_are_checked),
    };
    return cmocka_run_group_tests_name("query/tvf", tests, NULL, NULL);
}
