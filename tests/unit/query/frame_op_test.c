/* SPDX-License-Identifier: MIT
 *
 * Grouping and sorting of frames. */
#include "ask.h"

static void nulls_are_one_group_and_come_first(void **state)
{
    struct ask *a = *state;
    ask_expect(a, "FROM mixed |> AGGREGATE COUNT(*) AS n, SUM(i) AS t GROUP BY i > 4 AS big",
               "big,n,t\n,1,\nfalse,2,-4\ntrue,2,17\n");
}

static void asc_puts_nulls_first_desc_last(void **state)
{
    struct ask *a = *state;
    ask_expect(a, "FROM mixed |> ORDER BY i |> SELECT i", "i\n\n-7\n3\n5\n12\n");
    ask_expect(a, "FROM mixed |> ORDER BY i DESC |> SELECT i", "i\n12\n5\n3\n-7\n\n");
    ask_expect(a, "FROM mixed |> ORDER BY i ASC NULLS LAST |> SELECT i", "i\n-7\n3\n5\n12\n\n");
    ask_expect(a, "FROM mixed |> ORDER BY i DESC NULLS FIRST |> SELECT i", "i\n\n12\n5\n3\n-7\n");
}

static void equal_rows_stay_as_they_came(void **state)
{
    struct ask *a = *state;
    ask_expect(a, "FROM mixed |> ORDER BY id > 0 |> SELECT id", "id\n1\n2\n3\n4\n5\n");
}

static void the_first_rows_are_those_of_the_whole_order(void **state)
{
    struct ask *a = *state;
    ask_expect(a, "FROM mixed |> ORDER BY f DESC |> LIMIT 2 |> SELECT f", "f\n100.0\n1.5\n");
    ask_expect(a,
               "FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY date, block_code |> ORDER "
               "BY n DESC, date, block_code |> LIMIT 3",
               "date,block_code,n\n2021-11-20,3168,10\n2021-11-20,3104,9\n2022-04-02,2494,8\n");
}

static void places_sort_by_name(void **state)
{
    struct ask *a = *state;
    ask_expect(
        a,
        "FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY district |> ORDER BY district DESC",
        "district,n\nRamgarh,34\nDumka,9\nBaksa,12\nBajali,5\n,1\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ASK_TEST(nulls_are_one_group_and_come_first),
        ASK_TEST(asc_puts_nulls_first_desc_last),
        ASK_TEST(equal_rows_stay_as_they_came),
        ASK_TEST(the_first_rows_are_those_of_the_whole_order),
        ASK_TEST(places_sort_by_name),
    };
    return cmocka_run_group_tests_name("query/frame_op", tests, NULL, NULL);
}
