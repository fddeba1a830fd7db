/* SPDX-License-Identifier: MIT
 *
 * The statements that are sent. */
#include "remote_ask.h"

static void the_window_becomes_ranges_and_lists_of_numbers(void **state)
{
    struct ask *a = *state;
    remote_explains(a,
                    "FROM registrations |> WHERE district = 'Ramgarh' AND date BETWEEN "
                    "'2021-11-19' AND '2021-11-20' AND sector = 'Agriculture' |> AGGREGATE "
                    "COUNT(*) AS n GROUP BY block",
                    " FROM panji.cells WHERE 1 AND (district IN (3)) AND day >= 18950 AND day <= "
                    "18951 AND sector IN (1)) GROUP BY K0 WITH TOTALS");
    remote_explains(a,
                    "FROM registrations |> WHERE block IN (3168, 3104) |> AGGREGATE COUNT(*) AS n",
                    "(block IN (8,6))");
    remote_explains(a,
                    "FROM registrations |> WHERE panchayat_code = 900001 |> AGGREGATE COUNT(*) AS "
                    "n",
                    "(place IN (13))");
    remote_explains(a, "FROM registrations |> WHERE block IS NULL |> AGGREGATE COUNT(*) AS n",
                    "place IN (0,");
}

static void attributes_are_tested_by_code(void **state)
{
    struct ask *a = *state;
    remote_explains(a, "FROM registrations |> WHERE gender = 'F' |> AGGREGATE COUNT(*) AS n",
                    " FROM panji.registrations WHERE 1 AND day >= 18949 AND day <= 19084 AND "
                    "`attr_gender` IN (0)) GROUP BY Z WITH TOTALS");
    remote_explains(a, "FROM registrations |> WHERE gender IS NULL |> AGGREGATE COUNT(*) AS n",
                    "`attr_gender` IN (-128)");
    remote_explains(a, "FROM registrations |> WHERE age != 30 |> AGGREGATE COUNT(*) AS n",
                    "(`attr_age` = -128 OR (`attr_age` >= 0 AND `attr_age` <= 120)) AND "
                    "`attr_age` NOT IN (-128,30)");
}

/* No name, text or number of a query is in a statement, whatever stands in it. */
static void nothing_of_the_query_is_sent(void **state)
{
    struct ask *a = *state;
    a->world.snap->clickhouse = &remote_nobody;
    const char *got = ask_text(
        a, STR("EXPLAIN FROM registrations |> WHERE centre = \"x' OR 1 = 1 --\\\\\" |> EXTEND age "
               "* 987654 AS day |> AGGREGATE SUM(day) AS `attr_age` GROUP BY gender AS K0"));
    assert_non_null(got);
    assert_null(strstr(got, "OR 1 = 1"));
    assert_null(strstr(got, "987654"));
    assert_non_null(strstr(got, "`attr_gender` AS K0, `attr_age` AS K1, registrations AS W"));
    a->world.snap->clickhouse = NULL;
}

static void rows_are_asked_for_with_how_often_they_are_there(void **state)
{
    struct ask *a = *state;
    remote_explains(a, "FROM registrations |> SELECT gender |> LIMIT 3",
                    "SELECT K0, W, sum(W), count() FROM (SELECT `attr_gender` AS K0, registrations "
                    "AS W FROM panji.registrations");
    remote_explains(a, "FROM registrations |> WHERE count > 3 |> AGGREGATE COUNT(*) AS n",
                    "SELECT W, sum(W), count() FROM");
    remote_explains(a, "FROM registrations |> SELECT gender |> ORDER BY gender |> LIMIT 3",
                    "GROUP BY K0, W WITH TOTALS");
}

static void what_stays_is_told(void **state)
{
    struct ask *a = *state;
    remote_explains(a,
                    "FROM registrations |> WHERE age > 30 OR gender = 'F' |> AGGREGATE COUNT(*) AS "
                    "n, AVG(age) AS a GROUP BY district |> ORDER BY n",
                    "stays,\"1 condition over several columns, 1 key, 2 aggregates\"");
    remote_explains(a, "FROM KeyValue |> WHERE key > 1", "table,3 rows");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_window_becomes_ranges_and_lists_of_numbers),
        cmocka_unit_test(attributes_are_tested_by_code),
        cmocka_unit_test(nothing_of_the_query_is_sent),
        cmocka_unit_test(rows_are_asked_for_with_how_often_they_are_there),
        cmocka_unit_test(what_stays_is_told),
    };
    return cmocka_run_group_tests(tests, ask_setup, ask_teardown);
}
