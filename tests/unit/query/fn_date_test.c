/* SPDX-License-Identifier: MIT
 *
 * Functions on days. */
#include "ask.h"

static void truncation(void **state)
{
    struct ask *a = *state;
    ask_expect(
        a,
        "SELECT DATE_TRUNC(DATE '2021-11-20', WEEK) AS a, DATE_TRUNC(DATE '2021-11-20', "
        "WEEK(MONDAY)) AS b, DATE_TRUNC(DATE '2021-11-20', WEEK(SATURDAY)) AS c, DATE_TRUNC(DATE "
        "'2021-11-20', MONTH) AS d, DATE_TRUNC(DATE '2021-01-02', ISOYEAR) AS e",
        "a,b,c,d,e\n2021-11-14,2021-11-15,2021-11-20,2021-11-01,2019-12-30\n");
    ask_fails(a, "SELECT DATE_TRUNC(DATE '2021-11-20', FORTNIGHT)", ERR_UNKNOWN_NAME, 38,
              "A valid date part is required here");
    ask_fails(a, "SELECT DATE_TRUNC(DATE '2021-11-20', WEEK(FUNDAY))", ERR_UNKNOWN_NAME, 38,
              "A valid date part is required here");
}

static void fiscal_years_start_in_april(void **state)
{
    struct ask *a = *state;
    ask_expect(a,
               "SELECT DATE_TRUNC(DATE '2022-03-31', FISCAL_YEAR) AS a, DATE_TRUNC(DATE "
               "'2022-04-01', FISCAL_YEAR) AS b, DATE_TRUNC(DATE '2022-02-01', FISCAL_QUARTER) AS "
               "c, FISCAL_LABEL(DATE '2022-03-31') AS d, EXTRACT(FISCAL_QUARTER FROM DATE "
               "'2022-03-31') AS e, EXTRACT(FISCAL_YEAR FROM DATE '2022-04-01') AS f",
               "a,b,c,d,e,f\n2021-04-01,2022-04-01,2022-01-01,2021-22,4,2022\n");
}

static void parts(void **state)
{
    struct ask *a = *state;
    ask_expect(a,
               "SELECT EXTRACT(YEAR FROM DATE '2021-11-20') AS a, EXTRACT(MONTH FROM DATE "
               "'2021-11-20') AS b, EXTRACT(DAY FROM DATE '2021-11-20') AS c, EXTRACT(DAYOFWEEK "
               "FROM DATE '2021-11-21') AS d, EXTRACT(DAYOFYEAR FROM DATE '2021-12-31') AS e, "
               "EXTRACT(WEEK FROM DATE '2021-01-02') AS f, EXTRACT(ISOWEEK FROM DATE '2021-01-02') "
               "AS g, EXTRACT(QUARTER FROM DATE '2021-11-20') AS h",
               "a,b,c,d,e,f,g,h\n2021,11,20,1,365,0,53,4\n");
}

static void adding(void **state)
{
    struct ask *a = *state;
    ask_expect(a,
               "SELECT DATE_ADD(DATE '2020-02-29', INTERVAL 1 YEAR) AS a, DATE_ADD(DATE "
               "'2021-01-31', INTERVAL 1 MONTH) AS b, DATE_SUB(DATE '2021-03-01', INTERVAL 1 DAY) "
               "AS c, DATE_ADD(DATE '2021-01-01', INTERVAL 2 WEEK) AS d, DATE_ADD(DATE "
               "'2021-01-01', INTERVAL -1 QUARTER) AS e, DATE '2021-01-01' - 1 AS f",
               "a,b,c,d,e,f\n2021-02-28,2021-02-28,2021-02-28,2021-01-15,2020-10-01,2020-12-31\n");
    ask_fails(a, "SELECT DATE_ADD(DATE '9999-12-31', INTERVAL 1 DAY)", ERR_VALUE, 8,
              "DATE_ADD gives a date outside 0001-01-01 .. 9999-12-31");
    ask_fails(a, "SELECT DATE_ADD(DATE '2021-01-01', 1)", ERR_TYPE, 36,
              "DATE_ADD needs an interval such as INTERVAL 7 DAY");
}

static void differences_count_boundaries(void **state)
{
    struct ask *a = *state;
    ask_expect(a,
               "SELECT DATE_DIFF(DATE '2021-12-01', DATE '2021-11-30', MONTH) AS a, DATE_DIFF(DATE "
               "'2021-11-22', DATE '2021-11-20', WEEK) AS b, DATE_DIFF(DATE '2021-11-22', DATE "
               "'2021-11-20', ISOWEEK) AS c, DATE_DIFF(DATE '2021-01-01', DATE '2021-12-31', DAY) "
               "AS d, DATE_DIFF(DATE '2022-01-01', DATE '2021-12-31', YEAR) AS e",
               "a,b,c,d,e\n1,1,1,-364,1\n");
}

static void as_text(void **state)
{
    struct ask *a = *state;
    ask_expect(a, "SELECT FORMAT_DATE('%d.%m.%Y %B %b %A %a %j %F %%', DATE '2021-11-05') AS a",
               "a\n05.11.2021 November Nov Friday Fri 309 2021-11-05 %\n");
    ask_fails(a, "SELECT FORMAT_DATE('%Z', DATE '2021-11-05')", ERR_UNSUPPORTED, 8,
              "FORMAT_DATE does not support %Z here; %Y %m %d %e %y %b %B %a %A %F %D %j %Q %u %w "
              "%V %G are known.");
}

static void made_of_parts(void **state)
{
    struct ask *a = *state;
    ask_expect(a, "SELECT DATE(2021, 2, 28) AS a, DATE('2021-02-28') AS b",
               "a,b\n2021-02-28,2021-02-28\n");
    ask_fails(a, "SELECT DATE(2021, 2, 29)", ERR_VALUE, 8, "Input calculates to invalid date");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ASK_TEST(truncation),    ASK_TEST(fiscal_years_start_in_april),  ASK_TEST(parts),
        ASK_TEST(adding),        ASK_TEST(differences_count_boundaries), ASK_TEST(as_text),
        ASK_TEST(made_of_parts),
    };
    return cmocka_run_group_tests_name("query/fn_date", tests, NULL, NULL);
}
