/* SPDX-License-Identifier: MIT
 *
 * rank_change and period_over_period. */
#include "ask.h"

static void ranks_then_and_now(void **state)
{
    struct ask *a = *state;
    ask_expect(
        a,
        "FROM KeyValue |> EXTEND 4 - key AS was |> CALL rank_change(by => 'key', since => 'was')",
        "key,value,was,rank,previous_rank,rank_change\n1,value1,3,3,1,-2\n2,value2,2,2,2,0\n3,"
        "value1,1,1,3,2\n");
    ask_expect(a, "FROM mixed |> SELECT id, i |> CALL rank_change(by => 'i', since => 'id')",
               "id,i,rank,previous_rank,rank_change\n1,3,3,5,2\n2,-7,4,4,0\n3,,,3,\n4,12,1,2,1\n5,"
               "5,2,1,-1\n");
    ask_fails(a, "FROM KeyValue |> CALL rank_change(by => 'value', since => 'key')", ERR_TYPE, 41,
              "Column value is not a number");
}

static void one_period_earlier(void **state)
{
    struct ask *a = *state;
    ask_expect(a,
               "FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY date |> CALL "
               "period_over_period(value => 'n', ts_column => 'date', period => 'DAY')",
               "date,n,previous,change,change_pct\n2021-11-18,13,,,\n2021-11-19,14,13,1,7."
               "6923076923076925\n2021-11-20,25,14,11,78.57142857142857\n2021-12-01,1,,,\n2022-04-"
               "02,8,,,\n");
    ask_expect(a,
               "FROM calendar |> WHERE date = month AND EXTRACT(MONTH FROM date) < 3 |> SELECT "
               "date, EXTRACT(YEAR FROM date) - 2000.0 AS v |> CALL period_over_period(value => "
               "'v', ts_column => 'date')",
               "date,v,previous,change,change_pct\n2022-01-01,22.0,,,\n2022-02-01,22.0,,,\n2023-01-"
               "01,23.0,22.0,1.0,4.545454545454546\n2023-02-01,23.0,22.0,1.0,4.545454545454546\n");
    ask_expect(a,
               "FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY DATE_TRUNC(date, MONTH) AS "
               "m, state |> CALL period_over_period(value => 'n', ts_column => 'm', period => "
               "'MONTH', partition => 'state')",
               "m,state,n,previous,change,change_pct\n2021-11-01,Assam,9,,,\n2021-11-01,Jharkhand,"
               "43,,,\n2021-12-01,Jharkhand,1,43,-42,-97.67441860465117\n2022-04-01,Assam,8,,,\n");
    ask_fails(a, "FROM KeyValue |> CALL period_over_period(value => 'key', ts_column => 'value')",
              ERR_TYPE, 71, "ts_column of period_over_period must be a DATE");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ASK_TEST(ranks_then_and_now),
        ASK_TEST(one_period_earlier),
    };
    return cmocka_run_group_tests_name("query/tvf_compare", tests, NULL, NULL);
}
