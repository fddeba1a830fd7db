/* SPDX-License-Identifier: MIT
 *
 * Days: every day of ten thousand years there and back, parsing with its sentences, parts. */
#include "base/date.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static int32_t day(const char *text)
{
    int32_t d = DAY_NONE;
    assert_int_equal(date_parse(str_of(text), &d, NULL), 0);
    return d;
}

static void assert_day(int32_t d, const char *text)
{
    char out[11];
    date_format(d, out);
    assert_string_equal(out, text);
}

static void every_day_there_and_back(void **state)
{
    (void)state;
    int32_t d = DAY_MIN;
    int weekday = 0; /* 0001-01-01 was a Monday */
    for (int y = 1; y <= 9999; y++)
        for (int m = 1; m <= 12; m++)
            for (int n = 1; n <= date_month_days(y, m); n++, d++, weekday = (weekday + 1) % 7) {
                assert_int_equal(date_day(y, m, n), d);
                struct ymd back = date_ymd(d);
                assert_true(back.year == y && back.month == m && back.day == n);
                assert_int_equal(date_weekday(d), weekday);
            }
    assert_int_equal(d - 1, DAY_MAX);
}

static void three_forms_are_read(void **state)
{
    (void)state;
    assert_int_equal(day("1970-01-01"), 0);
    assert_int_equal(day("2021-11-20"), 18951);
    assert_int_equal(day("20-11-2021"), 18951);
    assert_int_equal(day("20/11/2021"), 18951);
    assert_int_equal(day("1/2/2022"), day("2022-02-01"));
    assert_int_equal(day("2022-2-1"), day("2022-02-01"));
    int32_t d;
    assert_int_equal(date_parse_iso(STR("2022-2-1"), &d, NULL), 0);
    assert_int_equal(date_parse_iso(STR("01-02-2022"), &d, NULL), ERR_VALUE);
    assert_int_equal(date_day(1, 1, 1), DAY_MIN);
    assert_int_equal(date_day(9999, 12, 31), DAY_MAX);
}

static void what_is_wrong_is_said(void **state)
{
    (void)state;
    const struct {
        const char *text, *part;
    } cases[] = {
        {"31-02-2021", "no day 31 in February 2021, which has 28"},
        {"2021-13-01", "no month 13"},
        {"2021-00-01", "no month 0"},
        {"0000-01-01", "no year 0"},
        {"2021-04-00", "no day 0 in April 2021"},
        {"yesterday", "'yesterday' is not a date"},
        {"20-11/2021", "'20-11/2021' is not a date"},
        {"20.11.2021", "'20.11.2021' is not a date"},
        {"2021-11-20 10:00", "not a date"},
        {"20-11-21", "'20-11-21' is not a date"},
        {"", "the date is empty"},
        {"उत्पादन", "'उत्पादन' is not a date"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err err;
        int32_t d = 5;
        assert_int_equal(date_parse(str_of(cases[i].text), &d, &err), ERR_VALUE);
        assert_int_equal(d, 5);
        if (strstr(err.msg, cases[i].part) == NULL)
            fail_msg("'%s' gave: %s", cases[i].text, err.msg);
    }
}

static void long_runs_of_digits_are_not_repeated(void **state)
{
    (void)state;
    const char *const secrets[] = {"999941057058", "9999 4105 7058", "९९९९४१०५७०५८"};
    for (size_t i = 0; i < ARRAY_LEN(secrets); i++) {
        struct err err;
        int32_t d;
        assert_int_equal(date_parse(str_of(secrets[i]), &d, &err), ERR_VALUE);
        assert_string_equal(err.msg, "the value is not a date");
    }
}

static void parts_start_where_they_should(void **state)
{
    (void)state;
    int32_t d = day("2021-11-20"); /* a Saturday */
    assert_int_equal(date_weekday(d), 5);
    assert_day(date_trunc(d, DATE_PART_DAY, 4), "2021-11-20");
    assert_day(date_trunc(d, DATE_PART_WEEK, 4), "2021-11-14");
    assert_day(date_trunc(d, DATE_PART_WEEK_MONDAY, 4), "2021-11-15");
    assert_day(date_trunc(d, DATE_PART_ISOWEEK, 4), "2021-11-15");
    assert_day(date_trunc_week(d, 5), "2021-11-20");
    assert_day(date_trunc_week(d, 6), "2021-11-14");
    assert_day(date_trunc(d, DATE_PART_MONTH, 4), "2021-11-01");
    assert_day(date_trunc(d, DATE_PART_QUARTER, 4), "2021-10-01");
    assert_day(date_trunc(d, DATE_PART_YEAR, 4), "2021-01-01");
    assert_day(date_trunc(d, DATE_PART_FISCAL_YEAR, 4), "2021-04-01");
    assert_day(date_trunc(day("2022-03-31"), DATE_PART_FISCAL_YEAR, 4), "2021-04-01");
    assert_day(date_trunc(day("2022-03-31"), DATE_PART_FISCAL_QUARTER, 4), "2022-01-01");
    assert_day(date_trunc(day("2022-01-15"), DATE_PART_FISCAL_QUARTER, 12), "2021-12-01");
    assert_day(date_trunc(d, DATE_PART_FISCAL_YEAR, 1), "2021-01-01");
}

static void parts_of_the_first_days_stay_in_the_calendar(void **state)
{
    (void)state;
    assert_int_equal(date_trunc(DAY_MIN, DATE_PART_WEEK, 4), DAY_MIN);
    assert_int_equal(date_trunc(DAY_MIN, DATE_PART_FISCAL_YEAR, 4), DAY_MIN);
    assert_int_equal(date_trunc(DAY_MIN, DATE_PART_FISCAL_QUARTER, 12), DAY_MIN);
}

static void months_add_to_the_last_day(void **state)
{
    (void)state;
    assert_day(date_add_months(day("2021-01-31"), 1), "2021-02-28");
    assert_day(date_add_months(day("2020-01-31"), 1), "2020-02-29");
    assert_day(date_add_months(day("2021-03-31"), -13), "2020-02-29");
    assert_day(date_add_months(day("2021-12-15"), 1), "2022-01-15");
    assert_int_equal(date_add_months(day("2021-12-15"), INT32_MAX), DAY_MAX);
    assert_int_equal(date_add_months(day("2021-12-15"), INT32_MIN), DAY_MIN);
}

static void fiscal_years_have_labels(void **state)
{
    (void)state;
    char label[16];
    date_fiscal_label(day("2021-04-01"), 4, label);
    assert_string_equal(label, "2021-22");
    date_fiscal_label(day("2021-03-31"), 4, label);
    assert_string_equal(label, "2020-21");
    date_fiscal_label(day("1999-12-31"), 4, label);
    assert_string_equal(label, "1999-00");
    date_fiscal_label(day("2021-04-01"), 1, label);
    assert_string_equal(label, "2021");
    assert_int_equal(date_fiscal_year(day("2022-01-01"), 4), 2021);
}

static void iso_weeks(void **state)
{
    (void)state;
    const struct {
        const char *day;
        int year, week;
    } cases[] = {
        {"2021-01-03", 2020, 53}, {"2021-01-04", 2021, 1},  {"2020-12-31", 2020, 53},
        {"2018-12-31", 2019, 1},  {"2021-11-20", 2021, 46}, {"9999-12-31", 9999, 52},
        {"0001-01-01", 1, 1},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        int year, week;
        date_iso_week(day(cases[i].day), &year, &week);
        assert_int_equal(year, cases[i].year);
        assert_int_equal(week, cases[i].week);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_day_there_and_back),
        cmocka_unit_test(three_forms_are_read),
        cmocka_unit_test(what_is_wrong_is_said),
        cmocka_unit_test(long_runs_of_digits_are_not_repeated),
        cmocka_unit_test(parts_start_where_they_should),
        cmocka_unit_test(parts_of_the_first_days_stay_in_the_calendar),
        cmocka_unit_test(months_add_to_the_last_day),
        cmocka_unit_test(fiscal_years_have_labels),
        cmocka_unit_test(iso_weeks),
    };
    return cmocka_run_group_tests_name("base/date", tests, NULL, NULL);
}
