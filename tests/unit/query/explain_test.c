/* SPDX-License-Identifier: MIT
 *
 * EXPLAIN. */
#include "ask.h"

static void tells_engine_and_ranges(void **state)
{
    struct ask *a = *state;
    ask_expect(
        a,
        "EXPLAIN FROM registrations |> WHERE state = 'Jharkhand' |> AGGREGATE COUNT(*) AS n GROUP "
        "BY district |> ORDER BY n DESC |> LIMIT 3",
        "step,detail,why\ncube,registrations by cube,\"only places, sectors and dates are asked "
        "for\"\nplaces,\"1 range, 9 of 15 nodes: state:20 Jharkhand\",a place is a range of the "
        "tree's numbering\ndates,2021-11-18 to 2022-04-02,\nsectors,all,\naggregate,\"1 key, 1 "
        "aggregate\",\nestimate,about 44 registrations of 61,counted by the cube over the places "
        "and dates\nsort,the first 3,\"a LIMIT follows, so a heap of that size is "
        "enough\"\nlimit,3 rows from row 1,\n");
}

static void tells_why_it_scans(void **state)
{
    struct ask *a = *state;
    ask_expect(a, "EXPLAIN FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY gender",
               "step,detail,why\nscan,registrations by scan,\"a group key reads more than a place, "
               "a sector or a date\"\nplaces,\"1 range, 15 of 15 nodes: country:0 India\",a place "
               "is a range of the tree's numbering\ndates,2021-11-18 to "
               "2022-04-02,\nsectors,all,\naggregate,\"1 key, 1 aggregate\",\nestimate,about 61 "
               "registrations of 61,counted by the cube over the places and dates\n");
    ask_expect(a, "EXPLAIN FROM registrations |> AGGREGATE SUM(age) AS n",
               "step,detail,why\nscan,registrations by scan,an aggregate is more than a count by "
               "date and sector\nplaces,\"1 range, 15 of 15 nodes: country:0 India\",a place is a "
               "range of the tree's numbering\ndates,2021-11-18 to "
               "2022-04-02,\nsectors,all,\naggregate,\"0 keys, 1 aggregate\",\nestimate,about 61 "
               "registrations of 61,counted by the cube over the places and dates\n");
    ask_expect(
        a, "EXPLAIN FROM registrations |> SELECT age",
        "step,detail,why\nscan,registrations by scan,\"rows are asked for, not "
        "counts\"\nplaces,\"1 range, 15 of 15 nodes: country:0 India\",a place is a range of the "
        "tree's numbering\ndates,2021-11-18 to 2022-04-02,\nsectors,all,\nestimate,about 61 "
        "registrations of 61,counted by the cube over the places and dates\n");
}

static void tells_steps_of_joins(void **state)
{
    struct ask *a = *state;
    ask_expect(a, "EXPLAIN FROM KeyValue |> JOIN mixed ON key = id |> CALL top_n(1, by => 'key')",
               "step,detail,why\ntable,3 rows,\njoin,1 equal key,\ntable,5 rows,\ncall,top_n,\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ASK_TEST(tells_engine_and_ranges),
        ASK_TEST(tells_why_it_scans),
        ASK_TEST(tells_steps_of_joins),
    };
    return cmocka_run_group_tests_name("query/explain", tests, NULL, NULL);
}
