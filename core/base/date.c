/* SPDX-License-Identifier: MIT
 *
 * Days of the proleptic Gregorian calendar, after Howard Hinnant's days_from_civil and
 * civil_from_days: years start in March, so that the leap day comes last, and repeat every 400
 * years of 146097 days. All functions are pure. */
#include "base/date.h"

#include <stdio.h>

enum { ERA_DAYS = 146097, EPOCH_SHIFT = 719468 /* 0000-03-01 to 1970-01-01 */ };

static const char *const month_names[] = {"January",   "February", "March",    "April",
                                          "May",       "June",     "July",     "August",
                                          "September", "October",  "November", "December"};

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

int date_month_days(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    ASSERT(month >= 1 && month <= 12);
    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

bool date_valid(int year, int month, int day)
{
    return year >= 1 && year <= 9999 && month >= 1 && month <= 12 && day >= 1 &&
           day <= date_month_days(year, month);
}

int32_t date_day(int year, int month, int day)
{
    ASSERT(date_valid(year, month, day));
    int y = month <= 2 ? year - 1 : year;
    int era = y / 400; /* y >= 0 here */
    int year_of_era = y - era * 400;
    int day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * ERA_DAYS + day_of_era - EPOCH_SHIFT;
}

struct ymd date_ymd(int32_t day)
{
    ASSERT(day >= DAY_MIN && day <= DAY_MAX);
    int z = day + EPOCH_SHIFT; /* positive: DAY_MIN is above -EPOCH_SHIFT */
    int era = z / ERA_DAYS;
    int day_of_era = z - era * ERA_DAYS;
    int year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int mp = (5 * day_of_year + 2) / 153;
    int month = mp < 10 ? mp + 3 : mp - 9;
    int year = year_of_era + era * 400 + (month <= 2);
    return (struct ymd){year, month, day_of_year - (153 * mp + 2) / 5 + 1};
}

/* a modulo n, never negative. */
static int mod_floor(int a, int n)
{
    int r = a % n;
    return r < 0 ? r + n : r;
}

int date_weekday(int32_t day)
{
    return mod_floor(day + 3, 7); /* 1970-01-01 was a Thursday */
}

/* Digits in any Indian script count: an Aadhaar number put into the wrong column must not come back
 * in a message, and has twelve; a date has at most eight. */
static bool may_be_shown(struct str s)
{
    if (s.n == 0 || s.n > 64)
        return false;
    int digits = 0;
    for (size_t at = 0; at < s.n;) {
        uint32_t c = utf8_next(s, &at);
        bool indian = c >= 0x0900 && c <= 0x0D7F && (c & 0x7F) >= 0x66 && (c & 0x7F) <= 0x6F;
        bool wide = c >= 0xFF10 && c <= 0xFF19;
        if (c < 0x20)
            return false;
        digits += (c >= '0' && c <= '9') || indian || wide;
    }
    return digits <= 8;
}

static int not_a_date(struct str s, const char *forms, struct err *err)
{
    int code;
    if (s.n == 0)
        code = err_set(err, ERR_VALUE, "the date is empty");
    else if (may_be_shown(s))
        code = err_set(err, ERR_VALUE, "'%.*s' is not a date", STR_ARG(s));
    else
        code = err_set(err, ERR_VALUE, "the value is not a date");
    err_hint(err, "write a date as %s", forms);
    return code;
}

static int no_such_day(int year, int month, int day, struct err *err)
{
    if (month < 1 || month > 12)
        return err_set(err, ERR_VALUE, "there is no month %d; months go from 1 to 12", month);
    if (year < 1)
        return err_set(err, ERR_VALUE, "there is no year %d; years go from 1 to 9999", year);
    return err_set(err, ERR_VALUE, "there is no day %d in %s %d, which has %d days", day,
                   month_names[month - 1], year, date_month_days(year, month));
}

/* Reads `least` to `most` digits. */
static bool take_number(struct str s, size_t *at, size_t least, size_t most, int *out)
{
    size_t start = *at;
    int v = 0;
    while (*at < s.n && *at - start < most && s.p[*at] >= '0' && s.p[*at] <= '9')
        v = v * 10 + (s.p[(*at)++] - '0');
    *out = v;
    return *at - start >= least;
}

static bool take_char(struct str s, size_t *at, char c)
{
    if (*at >= s.n || s.p[*at] != c)
        return false;
    (*at)++;
    return true;
}

static bool read_iso(struct str s, struct ymd *d)
{
    size_t at = 0;
    return take_number(s, &at, 4, 4, &d->year) && take_char(s, &at, '-') &&
           take_number(s, &at, 1, 2, &d->month) && take_char(s, &at, '-') &&
           take_number(s, &at, 1, 2, &d->day) && at == s.n;
}

static bool read_indian(struct str s, struct ymd *d)
{
    size_t at = 0;
    if (!take_number(s, &at, 1, 2, &d->day) || at >= s.n)
        return false;
    char separator = s.p[at];
    return (separator == '-' || separator == '/') && take_char(s, &at, separator) &&
           take_number(s, &at, 1, 2, &d->month) && take_char(s, &at, separator) &&
           take_number(s, &at, 4, 4, &d->year) && at == s.n;
}

static int day_of(struct ymd d, int32_t *day, struct err *err)
{
    if (!date_valid(d.year, d.month, d.day))
        return no_such_day(d.year, d.month, d.day, err);
    *day = date_day(d.year, d.month, d.day);
    return 0;
}

int date_parse(struct str s, int32_t *day, struct err *err)
{
    struct ymd d;
    if (read_iso(s, &d) || read_indian(s, &d))
        return day_of(d, day, err);
    return not_a_date(s, "YYYY-MM-DD, DD-MM-YYYY or DD/MM/YYYY", err);
}

int date_parse_iso(struct str s, int32_t *day, struct err *err)
{
    struct ymd d;
    if (read_iso(s, &d))
        return day_of(d, day, err);
    return not_a_date(s, "YYYY-MM-DD", err);
}

void date_format(int32_t day, char out[11])
{
    struct ymd d = date_ymd(day);
    for (int i = 3, y = d.year; i >= 0; i--, y /= 10)
        out[i] = (char)('0' + y % 10);
    out[4] = '-';
    out[5] = (char)('0' + d.month / 10);
    out[6] = (char)('0' + d.month % 10);
    out[7] = '-';
    out[8] = (char)('0' + d.day / 10);
    out[9] = (char)('0' + d.day % 10);
    out[10] = '\0';
}

/* The first days of the calendar have parts that would start before it. */
static int32_t not_before_calendar(int32_t day)
{
    return day < DAY_MIN ? DAY_MIN : day;
}

static int32_t first_of_month(int year, int month)
{
    return year < 1 ? DAY_MIN : date_day(year, month, 1);
}

int32_t date_trunc_week(int32_t day, int weekday)
{
    ASSERT(weekday >= 0 && weekday <= 6);
    return not_before_calendar(day - mod_floor(date_weekday(day) - weekday, 7));
}

static int fiscal_month_set = 4;

int date_fiscal_month(void)
{
    return fiscal_month_set;
}

void date_set_fiscal_month(int month)
{
    ASSERT(month >= 1 && month <= 12);
    fiscal_month_set = month;
}

int date_fiscal_year(int32_t day, int fiscal_month)
{
    ASSERT(fiscal_month >= 1 && fiscal_month <= 12);
    struct ymd d = date_ymd(day);
    return d.month >= fiscal_month ? d.year : d.year - 1;
}

static int32_t fiscal_quarter_start(struct ymd d, int fiscal_month)
{
    ASSERT(fiscal_month >= 1 && fiscal_month <= 12);
    int month = d.month - mod_floor(d.month - fiscal_month, 3);
    return month >= 1 ? first_of_month(d.year, month) : first_of_month(d.year - 1, month + 12);
}

int32_t date_trunc(int32_t day, enum date_part part, int fiscal_month)
{
    struct ymd d = date_ymd(day);
    switch (part) {
    case DATE_PART_DAY:
        return day;
    case DATE_PART_WEEK:
        return date_trunc_week(day, 6);
    case DATE_PART_WEEK_MONDAY:
    case DATE_PART_ISOWEEK:
        return date_trunc_week(day, 0);
    case DATE_PART_MONTH:
        return first_of_month(d.year, d.month);
    case DATE_PART_QUARTER:
        return first_of_month(d.year, d.month - (d.month - 1) % 3);
    case DATE_PART_YEAR:
        return first_of_month(d.year, 1);
    case DATE_PART_FISCAL_QUARTER:
        return fiscal_quarter_start(d, fiscal_month);
    case DATE_PART_FISCAL_YEAR:
        return first_of_month(date_fiscal_year(day, fiscal_month), fiscal_month);
    }
    UNREACHABLE();
}

int32_t date_add_months(int32_t day, int months)
{
    struct ymd d = date_ymd(day);
    int64_t count = (int64_t)d.year * 12 + d.month - 1 + months;
    if (count < 12)
        return DAY_MIN;
    if (count > 9999 * 12 + 11)
        return DAY_MAX;
    int year = (int)(count / 12);
    int month = (int)(count % 12) + 1;
    int last = date_month_days(year, month);
    return date_day(year, month, d.day < last ? d.day : last);
}

void date_fiscal_label(int32_t day, int fiscal_month, char out[16])
{
    int year = date_fiscal_year(day, fiscal_month);
    if (fiscal_month == 1)
        snprintf(out, 16, "%04d", year);
    else
        snprintf(out, 16, "%04d-%02d", year, (year + 1) % 100);
}

void date_iso_week(int32_t day, int *year, int *week)
{
    /* The week belongs to the year in which its Thursday lies. */
    int32_t thursday = day - date_weekday(day) + 3;
    ASSERT(thursday >= DAY_MIN && thursday <= DAY_MAX); /* the calendar ends on a Friday */
    struct ymd d = date_ymd(thursday);
    *year = d.year;
    *week = (thursday - date_day(d.year, 1, 1)) / 7 + 1;
}
