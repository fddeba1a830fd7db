/* SPDX-License-Identifier: MIT
 *
 * Against targets and against stated figures. */
#include "ask.h"

static void targets_of_blocks(void **state)
{
    struct ask *a = *state;
    ask_expect(a,
               "FROM registrations |> WHERE district = 'Ramgarh' AND date <= @as_on |> AGGREGATE "
               "COUNT(*) AS done GROUP BY block |> CALL against_target('ramgarh_2021', achieved => "
               "'done', as_on => @as_on)",
               "block,done,target,expected,pct,expected_pct,balance,days_left,required_per_day\n,3,"
               ",,,,,,\nGola,17,40,20,42.5,50.0,23,10,3\nMandu,9,10,5,90.0,50.0,1,10,1\nRamgarh,5,"
               "20,10,25.0,50.0,15,10,2\n");
}

static void a_higher_place_has_the_sum(void **state)
{
    struct ask *a = *state;
    ask_expect(a,
               "FROM registrations |> WHERE district = 'Ramgarh' |> AGGREGATE COUNT(*) AS done "
               "GROUP BY district |> CALL against_target('ramgarh_2021', as_on => '2021-11-30') |> "
               "SELECT district, done, target, expected, balance, days_left, required_per_day",
               "district,done,target,expected,balance,days_left,required_per_day\nRamgarh,34,70,70,"
               "36,0,\n");
}

static void before_the_start_nothing_is_expected(void **state)
{
    struct ask *a = *state;
    ask_expect(a,
               "FROM registrations |> WHERE block = 'Gola' |> AGGREGATE COUNT(*) AS done GROUP BY "
               "block |> CALL against_target('ramgarh_2021', as_on => '2021-11-01') |> SELECT "
               "expected, days_left, required_per_day",
               "expected,days_left,required_per_day\n0,20,2\n");
}

static void sets_and_columns_are_checked(void **state)
{
    struct ask *a = *state;
    ask_fails(a,
              "FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY block |> CALL "
              "against_target('ramgar_2021', as_on => @as_on)",
              ERR_UNKNOWN_NAME, 85, "There is no target set \"ramgar_2021\"");
    ask_fails(a, "FROM KeyValue |> CALL against_target('ramgarh_2021', as_on => @as_on)", ERR_TYPE,
              23, "against_target needs a column of places");
    ask_fails(a,
              "FROM registrations |> AGGREGATE COUNT(*) AS n, COUNT(age) AS m GROUP BY block |> "
              "CALL against_target('ramgarh_2021', as_on => @as_on)",
              ERR_TYPE, 87,
              "against_target needs achieved => 'column', the column that holds the count");
    ask_fails(a,
              "FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY block |> CALL "
              "against_target('ramgarh_2021')",
              ERR_TYPE, 70, "against_target needs the argument as_on");
}

static void the_latest_stated_figure_counts(void **state)
{
    struct ask *a = *state;
    ask_expect(a,
               "FROM registrations |> WHERE district = 'Ramgarh' |> AGGREGATE COUNT(*) AS n GROUP "
               "BY sector |> CALL against_stated(as_on => '2021-11-19', place => 'district:607')",
               "sector,n,stated,difference\n,2,,\nAgriculture,29,20,9\nConstruction,3,,\n");
    ask_expect(a,
               "FROM registrations |> WHERE district = 'Ramgarh' |> AGGREGATE COUNT(*) AS n GROUP "
               "BY sector |> CALL against_stated(as_on => @as_on, place => @district)",
               "sector,n,stated,difference\n,2,,\nAgriculture,29,33,-4\nConstruction,3,3,0\n");
    ask_expect(a,
               "FROM registrations |> WHERE district = 'Ramgarh' |> AGGREGATE COUNT(*) AS n GROUP "
               "BY district |> CALL against_stated(as_on => '2021-12-31')",
               "district,n,stated,difference\nRamgarh,34,99,-65\n");
    ask_fails(a, "FROM KeyValue |> CALL against_stated(as_on => '2021-12-31')", ERR_TYPE, 23,
              "against_stated needs a column of places, or place => ...");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ASK_TEST(targets_of_blocks),
        ASK_TEST(a_higher_place_has_the_sum),
        ASK_TEST(before_the_start_nothing_is_expected),
        ASK_TEST(sets_and_columns_are_checked),
        ASK_TEST(the_latest_stated_figure_counts),
    };
    return cmocka_run_group_tests_name("query/tvf_target", tests, NULL, NULL);
}
