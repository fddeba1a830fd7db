/* SPDX-License-Identifier: MIT
 *
 * top_n, running_total, gap_fill. */
#include "ask.h"

static void the_others_are_one_row(void **state)
{
    struct ask *a = *state;
    ask_expect(a,
               "FROM registrations |> AGGREGATE COUNT(*) AS n, COUNTIF(age > 30) AS old GROUP BY "
               "block |> CALL top_n(2, by => 'n', others => 'Others')",
               "block,n,old\nGobardhana,17,13\nGola,17,3\nOthers,27,17\n");
    ask_expect(a, "FROM KeyValue |> CALL top_n(1, by => 'key')", "key,value\n3,value1\n");
    ask_expect(a, "FROM KeyValue |> CALL top_n(9, by => 'key', others => 'x')",
               "key,value\n3,value1\n2,value2\n1,value1\n");
}

static void totals_run_within_partitions(void **state)
{
    struct ask *a = *state;
    ask_expect(a,
               "FROM KeyValue |> CALL running_total(value => 'key', order_by => 'key', partition "
               "=> 'value')",
               "key,value,running_total\n1,value1,1\n3,value1,4\n2,value2,2\n");
}

static void gaps_are_filled(void **state)
{
    struct ask *a = *state;
    ask_expect(a,
               "FROM registrations |> WHERE date < '2021-12-01' AND date != '2021-11-19' |> "
               "AGGREGATE COUNT(*) AS n, MAX(age) AS a GROUP BY date |> CALL gap_fill(ts_column => "
               "'date', value_columns => ['n'])",
               "date,n,a\n2021-11-18,13,50\n2021-11-19,0,\n2021-11-20,25,60\n");
    ask_expect(
        a,
        "FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY DATE_TRUNC(date, MONTH) AS m |> "
        "CALL gap_fill(ts_column => 'm', bucket_width => 'MONTH', value_columns => ['n:null'])",
        "m,n\n2021-11-01,52\n2021-12-01,1\n2022-01-01,\n2022-02-01,\n2022-03-01,\n2022-04-01,8\n");
    ask_fails(a, "FROM KeyValue |> CALL gap_fill(ts_column => 'key')", ERR_TYPE, 45,
              "ts_column of gap_fill must be a DATE");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ASK_TEST(the_others_are_one_row),
        ASK_TEST(totals_run_within_partitions),
        ASK_TEST(gaps_are_filled),
    };
    return cmocka_run_group_tests_name("query/tvf_rows", tests, NULL, NULL);
}
