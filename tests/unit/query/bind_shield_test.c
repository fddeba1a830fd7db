/* SPDX-License-Identifier: MIT
 *
 * What somebody who may not see small counts can ask, and what is refused. */
#include <stdlib.h>
#include <string.h>

#include "ask.h"

static const struct viewer viewer = {.small_cell_k = 3};

static void refused(struct ask *a, const char *text, const char *what)
{
    a->ctx.viewer = NULL;
    assert_non_null(ask(a, text)); /* a planner may ask it */
    a->ctx.viewer = &viewer;
    assert_null(ask(a, text));
    assert_int_equal(a->err.code, ERR_SUPPRESSED);
    assert_non_null(strstr(a->err.msg, what));
    assert_string_not_equal(a->err.hint, "");
}

static void test_refused(void **state)
{
    struct ask *a = *state;
    refused(a, "FROM registrations", "one by one");
    refused(a, "FROM registrations |> SELECT block, age |> LIMIT 1", "one by one");
    refused(a, "FROM registrations |> WHERE gender = 'F' |> SELECT block", "one by one");
    refused(a, "FROM registrations |> SELECT block, count", "one by one");
    refused(a, "FROM registrations |> SELECT block, RANK() OVER (ORDER BY age) AS r", "one by one");
    refused(a, "FROM places AS p |> JOIN registrations AS r ON p.code = r.age |> SELECT p.name",
            "one by one");
    refused(a, "FROM registrations |> AGGREGATE MAX(age) GROUP BY block", "only counts");
    refused(a, "FROM registrations |> AGGREGATE COUNT(DISTINCT occupation) GROUP BY block",
            "only counts");
    refused(a, "FROM registrations |> AGGREGATE SUM(IF(age = 63, 1, 0)) GROUP BY block",
            "only counts");
    refused(a, "FROM registrations |> WHERE age < 30 |> AGGREGATE MIN(date)", "only counts");
    refused(a, "FROM registrations |> AGGREGATE STRING_AGG(gender)", "only counts");
    refused(a, "FROM registrations |> AGGREGATE COUNT(*) GROUP BY CONCAT(block, gender)",
            "of persons and of offices at once");
    refused(a,
            "FROM registrations |> WHERE date <= '2021-11-18' AND gender = 'F' "
            "|> AGGREGATE COUNT(*)",
            "whole weeks");
    refused(a, "FROM registrations |> AGGREGATE COUNT(*) GROUP BY date, gender", "whole weeks");
    refused(a,
            "FROM registrations |> WHERE IF(block = 'Gola', date, NULL) IS NULL "
            "|> AGGREGATE COUNTIF(gender = 'F')",
            "whole weeks");
    refused(a,
            "FROM registrations FOR SYSTEM_TIME AS OF '2021-11-25' "
            "|> AGGREGATE COUNTIF(gender = 'F')",
            "earlier day");
    refused(a, "EXPLAIN ANALYZE FROM registrations |> AGGREGATE COUNT(*)", "EXPLAIN ANALYZE");
}

/* From two counts over different rows a third could be computed. */
static void test_persons_are_counted_once(void **state)
{
    struct ask *a = *state;
    refused(a,
            "FROM registrations |> AGGREGATE COUNTIF(gender = 'F') AS n GROUP BY block "
            "|> UNION ALL (FROM registrations |> AGGREGATE COUNTIF(gender = 'F') AS n "
            "GROUP BY district)",
            "twice");
    refused(a,
            "SELECT (SELECT COUNT(*) FROM registrations WHERE age < 30) - "
            "(SELECT COUNT(*) FROM registrations WHERE age < 29) AS n",
            "twice");
    refused(a,
            "FROM registrations |> WHERE block IN (FROM registrations |> WHERE age = 60 "
            "|> AGGREGATE COUNT(*) GROUP BY block |> SELECT block) "
            "|> AGGREGATE COUNTIF(gender = 'F')",
            "twice");
    a->ctx.viewer = &viewer;
    ask_expect(a,
               "WITH w AS (FROM registrations |> AGGREGATE COUNTIF(gender = 'F') AS n) "
               "FROM w |> CROSS JOIN w AS v |> SELECT w.n + v.n AS both",
               "both\n80\n");
    ask_expect(a,
               "FROM registrations |> AGGREGATE COUNTIF(gender = 'F') AS women GROUP BY district "
               "|> JOIN (FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY district) AS r "
               "USING (district) |> WHERE women * 2 > n |> SELECT district, women",
               "district,women\nBaksa,12\nDumka,9\nRamgarh,19\n");
}

static void test_an_answer_of_several_queries(void **state)
{
    struct ask *a = *state;
    bool asked = false;
    a->ctx.viewer = &viewer;
    a->ctx.asked_persons = &asked;
    assert_non_null(ask(a, "FROM registrations |> AGGREGATE COUNT(*) GROUP BY block"));
    assert_false(asked);
    assert_non_null(ask(a, "FROM registrations |> AGGREGATE COUNTIF(gender = 'F')"));
    assert_true(asked);
    assert_null(ask(a, "FROM registrations |> AGGREGATE COUNTIF(gender = 'F') GROUP BY block"));
    assert_int_equal(a->err.code, ERR_SUPPRESSED);
    assert_non_null(ask(a, "FROM registrations |> AGGREGATE COUNT(*) GROUP BY block"));
}

/* An error that some value alone would raise must not tell that it is there. */
static void test_failing_expressions_tell_nothing(void **state)
{
    struct ask *a = *state;
    a->ctx.viewer = &viewer;
    ask_expect(a, "FROM registrations |> AGGREGATE COUNTIF(1 / (age - 60) > 0) AS n",
               "n\n0\n"); /* of somebody who is 60 a planner is told: division by zero */
    ask_expect(a, "FROM registrations |> AGGREGATE COUNTIF(1 / (age - 99) > 0) AS n", "n\n0\n");
    ask_expect(a,
               "FROM registrations |> AGGREGATE COUNTIF(DIV(age, 10) IN (2, 3)) AS n "
               "GROUP BY state",
               "state,n\nAssam,0\nJharkhand,33\n");
}

static void test_offices_are_as_ever(void **state)
{
    static const char *const text[] = {
        "FROM registrations |> AGGREGATE COUNT(*), COUNTIF(date = '2021-11-20'), MAX(date), "
        "COUNT(DISTINCT centre) GROUP BY block, sector",
        "FROM registrations |> AGGREGATE COUNT(*) GROUP BY centre, channel, date",
        "FROM registrations |> SELECT DISTINCT block, source",
        "FROM registrations FOR SYSTEM_TIME AS OF '2021-11-25' |> AGGREGATE COUNT(*)",
        "FROM registrations |> SELECT block |> JOIN places USING (block) "
        "|> AGGREGATE COUNT(*) GROUP BY name",
    };
    struct ask *a = *state;
    for (size_t i = 0; i < ARRAY_LEN(text); i++) {
        a->ctx.viewer = NULL;
        const char *told = ask(a, text[i]);
        if (told == NULL)
            fail_msg("%s: %s", text[i], a->err.msg);
        char *all = strdup(told);
        a->ctx.viewer = &viewer;
        ask_expect(a, text[i], all);
        free(all);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_refused, ask_setup, ask_teardown),
        cmocka_unit_test_setup_teardown(test_persons_are_counted_once, ask_setup, ask_teardown),
        cmocka_unit_test_setup_teardown(test_an_answer_of_several_queries, ask_setup, ask_teardown),
        cmocka_unit_test_setup_teardown(test_failing_expressions_tell_nothing, ask_setup,
                                        ask_teardown),
        cmocka_unit_test_setup_teardown(test_offices_are_as_ever, ask_setup, ask_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
