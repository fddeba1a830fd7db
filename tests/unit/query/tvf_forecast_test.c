/* SPDX-License-Identifier: MIT
 *
 * forecast(): a damped trend. */
#include "ask.h"

static void a_flat_series_stays_flat(void **state)
{
    struct ask *a = *state;
    ask_expect(
        a,
        "FROM calendar |> WHERE date = month |> SELECT month, 7 AS n |> CALL forecast(data_col => "
        "'n', timestamp_col => 'month', horizon => 2, confidence_level => 0.8)",
        "forecast_timestamp,forecast_value,prediction_interval_lower_bound,prediction_interval_"
        "upper_bound,confidence_level\n2023-04-01,7.0,7.0,7.0,0.8\n2023-05-01,7.0,7.0,7.0,0.8\n");
}

static void a_rising_series_rises_less_and_less(void **state)
{
    struct ask *a = *state;
    ask_expect(a,
               "FROM calendar |> WHERE date BETWEEN '2021-04-01' AND '2021-04-30' |> SELECT date, "
               "100 + 5 * EXTRACT(DAY FROM date) AS n |> CALL forecast(data_col => 'n', "
               "timestamp_col => 'date', horizon => 3) |> SELECT forecast_timestamp, "
               "ROUND(forecast_value, 1) AS v, ROUND(prediction_interval_lower_bound, 1) AS lo, "
               "ROUND(prediction_interval_upper_bound, 1) AS hi",
               "forecast_timestamp,v,lo,hi\n2021-05-01,254.9,254.6,255.1\n2021-05-02,259.7,259.1,"
               "260.2\n2021-05-03,264.3,263.5,265.2\n");
}

static void few_points_have_no_interval(void **state)
{
    struct ask *a = *state;
    ask_expect(a,
               "FROM KeyValue |> SELECT DATE_ADD(DATE '2021-01-31', INTERVAL key DAY) AS d, key AS "
               "n |> CALL forecast(data_col => 'n', timestamp_col => 'd', horizon => 1)",
               "forecast_timestamp,forecast_value,prediction_interval_lower_bound,prediction_"
               "interval_upper_bound,confidence_level\n2021-02-04,3.97531168,,,0.95\n");
}

static void each_series_has_its_own_step(void **state)
{
    struct ask *a = *state;
    ask_expect(a,
               "FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY date, state |> CALL "
               "forecast(data_col => 'n', timestamp_col => 'date', id_cols => ['state'], horizon "
               "=> 1) |> SELECT state, forecast_timestamp",
               "state,forecast_timestamp\nAssam,2022-08-14\nJharkhand,2021-12-02\n");
    ask_expect(a,
               "FROM calendar |> WHERE date = fiscal_quarter |> SELECT date, 1 AS n |> CALL "
               "forecast(data_col => 'n', timestamp_col => 'date', horizon => 1) |> SELECT "
               "forecast_timestamp",
               "forecast_timestamp\n2023-04-01\n");
}

static void arguments_are_checked(void **state)
{
    struct ask *a = *state;
    ask_fails(a, "FROM KeyValue |> CALL forecast()", ERR_TYPE, 23,
              "forecast needs the argument data_col");
    ask_fails(a, "FROM KeyValue |> CALL forecast(data_col => 'key', timestamp_col => 'key')",
              ERR_TYPE, 68, "timestamp_col of forecast must be a DATE");
    ask_fails(a, "FROM KeyValue |> CALL forecast(data_col => 'value', timestamp_col => 'key')",
              ERR_TYPE, 44, "data_col of forecast must be a number");
    ask_fails(a,
              "FROM calendar |> EXTEND 1 AS n |> CALL forecast(data_col => 'n', timestamp_col => "
              "'date', horizon => 0)",
              ERR_VALUE, 102, "horizon of forecast is 1 to 1000");
    ask_fails(a,
              "FROM calendar |> EXTEND 1 AS n |> CALL forecast(data_col => 'n', timestamp_col => "
              "'date', confidence_level => 95)",
              ERR_VALUE, 111, "confidence_level of forecast lies between 0 and 1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ASK_TEST(a_flat_series_stays_flat),    ASK_TEST(a_rising_series_rises_less_and_less),
        ASK_TEST(few_points_have_no_interval), ASK_TEST(each_series_has_its_own_step),
        ASK_TEST(arguments_are_checked),
    };
    return cmocka_run_group_tests_name("query/tvf_forecast", tests, NULL, NULL);
}
