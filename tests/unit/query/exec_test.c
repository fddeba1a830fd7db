/* SPDX-License-Identifier: MIT
 *
 * Steps, one after the other. */
#include "ask.h"

static void filters_projections_limits(void **state)
{
    struct ask *a = *state;
    ask_expect(a,
               "FROM mixed |> WHERE i > 0 |> EXTEND i * 2 AS d |> WHERE d > 6 |> LIMIT 1 OFFSET 1",
               "id,i,f,s,d\n5,5,0.1,Alpha,10\n");
    ask_expect(a, "FROM mixed |> LIMIT 0", "id,i,f,s\n");
    ask_expect(a, "FROM mixed |> LIMIT 2 OFFSET 4", "id,i,f,s\n5,5,0.1,Alpha\n");
    ask_expect(a, "FROM mixed |> LIMIT 2 OFFSET 9", "id,i,f,s\n");
}

static void unions_keep_their_order(void **state)
{
    struct ask *a = *state;
    ask_expect(a, "FROM KeyValue |> UNION ALL (FROM KeyValue |> WHERE key = 3) |> SELECT key",
               "key\n1\n2\n3\n3\n");
}

static void one_row_without_from(void **state)
{
    struct ask *a = *state;
    ask_expect(a, "SELECT 1 AS a |> EXTEND 2 AS b", "a,b\n1,2\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ASK_TEST(filters_projections_limits),
        ASK_TEST(unions_keep_their_order),
        ASK_TEST(one_row_without_from),
    };
    return cmocka_run_group_tests_name("query/exec", tests, NULL, NULL);
}
