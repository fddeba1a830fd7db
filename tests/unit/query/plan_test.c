/* SPDX-License-Identifier: MIT
 *
 * What conditions become. */
#include "ask.h"

static void conditions_on_keys_become_ranges(void **state)
{
    static const char *const parts[] = {
        "cube,registrations by cube",     "1 range, 6 of 15 nodes: district:607 Ramgarh",
        "dates,2021-11-20 to 2022-04-02", "sectors,2 of 31",
        "about 16 registrations of 61",   NULL};
    ask_parts(*state,
              "EXPLAIN FROM registrations |> WHERE district = 'Ramgarh' AND date > '2021-11-19' "
              "AND sector_code IN (1, 7) |> AGGREGATE COUNT(*) AS n GROUP BY block",
              parts);
}

static void conditions_on_attributes_become_tables(void **state)
{
    static const char *const parts[] = {
        "scan,registrations by scan", "a condition reads an attribute that the cube does not hold",
        "2 by table of one attribute, 1 row by row", "about 61 registrations of 61", NULL};
    ask_parts(
        *state,
        "EXPLAIN FROM registrations |> WHERE age > 30 AND gender = 'F' AND age + sector_code > 3 "
        "|> AGGREGATE COUNT(*) AS n",
        parts);
}

static void an_impossible_condition_reads_nothing(void **state)
{
    struct ask *a = *state;
    ask_expect(a, "FROM registrations |> WHERE 1 = 2 |> AGGREGATE COUNT(*) AS n", "n\n0\n");
    ask_expect(a,
               "FROM registrations |> WHERE date > '2021-11-20' AND date < '2021-11-20' |> "
               "AGGREGATE COUNT(*) AS n GROUP BY block",
               "block,n\n");
}

static void blocks_of_two_districts_are_two_ranges(void **state)
{
    static const char *const parts[] = {
        "2 ranges, 2 of 15 nodes: block:2494 Gobardhana, block:2494 Gobardhana",
        "about 17 registrations of 61", NULL};
    ask_parts(*state,
              "EXPLAIN FROM registrations |> WHERE block = 'Gobardhana' |> AGGREGATE COUNT(*) AS n",
              parts);
}

static void some_days_of_a_window(void **state)
{
    struct ask *a = *state;
    ask_expect(a,
               "FROM registrations |> WHERE date > '2021-11-18' AND EXTRACT(DAY FROM date) IN (18, "
               "20) AND date < '2022-01-01' |> AGGREGATE COUNT(*) AS n GROUP BY date",
               "date,n\n2021-11-20,25\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ASK_TEST(conditions_on_keys_become_ranges),
        ASK_TEST(conditions_on_attributes_become_tables),
        ASK_TEST(an_impossible_condition_reads_nothing),
        ASK_TEST(blocks_of_two_districts_are_two_ranges),
        ASK_TEST(some_days_of_a_window),
    };
    return cmocka_run_group_tests_name("query/plan", tests, NULL, NULL);
}
