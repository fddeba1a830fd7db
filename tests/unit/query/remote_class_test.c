/* SPDX-License-Identifier: MIT
 *
 * What a query can tell apart, and what it therefore asks for. That the answers are right is shown
 * by tests/e2e/test_clickhouse.py against the real one. */
#include "remote_ask.h"

static void places_are_told_apart_as_far_down_as_is_asked(void **state)
{
    struct ask *a = *state;
    remote_explains(a, "FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY state",
                    "toUInt32(state) AS K0");
    remote_explains(a, "FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY district",
                    "if(district != 0, district, state) AS K0");
    remote_explains(a, "FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY block",
                    "multiIf(block != 0, block, district != 0, district, state) AS K0");
    remote_explains(a, "FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY panchayat",
                    "toUInt32(place) AS K0");
    /* Of one district all rows are alike. */
    remote_explains(a,
                    "FROM registrations |> WHERE district = 607 |> AGGREGATE COUNT(*) AS n GROUP "
                    "BY district, state",
                    "toUInt32(0) AS K0");
    remote_explains(a, "FROM registrations |> AGGREGATE COUNT(*) AS n", "toUInt8(0) AS Z");
}

static void days_and_numbers_come_by_class(void **state)
{
    struct ask *a = *state;
    remote_explains(a, "FROM registrations |> AGGREGATE COUNTIF(age >= 119) AS n",
                    "transform(toInt32(`attr_age`), [1,2,");
    remote_explains(a, "FROM registrations |> AGGREGATE COUNTIF(age >= 119) AS n",
                    ",118,120], [0,0,");
    remote_explains(a, "FROM registrations |> AGGREGATE SUM(age) AS n", "SELECT `attr_age` AS K0");
    remote_explains(a, "FROM registrations |> AGGREGATE COUNT(DISTINCT centre) AS n",
                    "SELECT `attr_centre` AS K0");
    remote_explains(a,
                    "FROM registrations |> WHERE date < '2021-11-22' |> AGGREGATE COUNT(*) AS n "
                    "GROUP BY EXTRACT(MONTH FROM date)",
                    "transform(toInt32(day), [");
}

/* 10 / (age - 30) fails for one age, so no class can be made. */
static void what_fails_for_some_value_is_left_as_it_is(void **state)
{
    struct ask *a = *state;
    remote_explains(a, "FROM registrations |> AGGREGATE COUNTIF(10 / (age - 30) > 1) AS n",
                    "SELECT `attr_age` AS K0");
}

static void order_of_texts_keeps_rows_apart(void **state)
{
    struct ask *a = *state;
    remote_explains(a, "FROM registrations |> AGGREGATE STRING_AGG(DISTINCT channel) AS t",
                    "toUInt32(place) AS K0, sector AS K1, day AS K2");
    remote_explains(a,
                    "FROM registrations |> AGGREGATE STRING_AGG(DISTINCT centre ORDER BY centre) "
                    "AS t",
                    "SELECT `attr_centre` AS K0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places_are_told_apart_as_far_down_as_is_asked),
        cmocka_unit_test(days_and_numbers_come_by_class),
        cmocka_unit_test(what_fails_for_some_value_is_left_as_it_is),
        cmocka_unit_test(order_of_texts_keeps_rows_apart),
    };
    return cmocka_run_group_tests(tests, ask_setup, ask_teardown);
}
