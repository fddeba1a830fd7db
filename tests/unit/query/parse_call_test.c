/* SPDX-License-Identifier: MIT
 *
 * Calls as they are written: what may stand behind the arguments and in OVER. */
#include "ask.h"

static void what_may_stand_behind_the_arguments(void **state)
{
    struct ask *a = *state;
    ask_expect(a, "FROM KeyValue |> AGGREGATE STRING_AGG(value, '-' ORDER BY key LIMIT 1) AS v",
               "v\nvalue1\n");
    ask_refused(a, "FROM KeyValue |> AGGREGATE ANY_VALUE(key HAVING MAX key)", ERR_UNSUPPORTED);
    ask_refused(a, "FROM KeyValue |> SELECT LAG(key IGNORE NULLS) OVER (ORDER BY key)",
                ERR_UNSUPPORTED);
    ask_refused(a, "FROM KeyValue |> AGGREGATE STRING_AGG(value LIMIT)", ERR_SYNTAX);
}

static void windows_have_their_parts_in_order(void **state)
{
    struct ask *a = *state;
    ask_refused(a, "FROM KeyValue |> SELECT SUM(key) OVER (ORDER BY key PARTITION BY value)",
                ERR_SYNTAX);
    ask_refused(a, "FROM KeyValue |> SELECT SUM(key) OVER (ROWS UNBOUNDED FOLLOWING)", ERR_SYNTAX);
    ask_refused(a, "FROM KeyValue |> SELECT SUM(key) OVER", ERR_SYNTAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ASK_TEST(what_may_stand_behind_the_arguments),
        ASK_TEST(windows_have_their_parts_in_order),
    };
    return cmocka_run_group_tests_name("query/parse_call", tests, NULL, NULL);
}
