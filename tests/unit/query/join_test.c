/* SPDX-License-Identifier: MIT
 *
 * Joins by hash. */
#include "ask.h"

static void inner_left_cross(void **state)
{
    struct ask *a = *state;
    ask_expect(
        a,
        "FROM KeyValue AS a |> JOIN KeyValue AS b ON a.value = b.value |> SELECT a.key, b.key AS k",
        "key,k\n1,1\n1,3\n2,2\n3,1\n3,3\n");
    ask_expect(a, "FROM KeyValue AS a |> LEFT JOIN mixed AS m ON m.i = a.key |> SELECT a.key, m.id",
               "key,id\n1,\n2,\n3,1\n");
    ask_expect(a, "FROM KeyValue |> CROSS JOIN (SELECT 1 AS one) |> SELECT key, one",
               "key,one\n1,1\n2,1\n3,1\n");
}

static void null_joins_nothing(void **state)
{
    struct ask *a = *state;
    ask_expect(a, "FROM mixed AS a |> JOIN mixed AS b ON a.s = b.s |> AGGREGATE COUNT(*) AS n",
               "n\n6\n");
}

static void an_empty_side_gives_nothing_or_nulls(void **state)
{
    struct ask *a = *state;
    ask_expect(a,
               "FROM KeyValue AS a |> JOIN (FROM mixed |> WHERE id > 99) AS m ON m.id = a.key |> "
               "AGGREGATE COUNT(*) AS n",
               "n\n0\n");
    ask_expect(a,
               "FROM KeyValue AS a |> LEFT JOIN (FROM mixed |> WHERE id > 99) AS m ON m.id = a.key "
               "|> SELECT a.key, m.s",
               "key,s\n1,\n2,\n3,\n");
}

static void registrations_keep_their_weight(void **state)
{
    struct ask *a = *state;
    ask_expect(a,
               "FROM registrations |> JOIN (SELECT 607 AS code, 'x' AS mark) AS t ON "
               "registrations.district_code = t.code |> AGGREGATE COUNT(*) AS n GROUP BY mark",
               "mark,n\nx,34\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ASK_TEST(inner_left_cross),
        ASK_TEST(null_joins_nothing),
        ASK_TEST(an_empty_side_gives_nothing_or_nulls),
        ASK_TEST(registrations_keep_their_weight),
    };
    return cmocka_run_group_tests_name("query/join", tests, NULL, NULL);
}
