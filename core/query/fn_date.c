/* SPDX-License-Identifier: MIT
 *
 * Functions on days. */
#include <stdio.h>

#include "base/buf.h"
#include "base/date.h"
#include "fn.h"

#define ARG_I(k) (e->arg[k]->out.i)

struct unit_name {
    const char *name;
    int unit;
};

static const struct unit_name unit_names[] = {
    {"DAY", UNIT_DAY},
    {"WEEK", UNIT_WEEK + 6},
    {"ISOWEEK", UNIT_ISOWEEK},
    {"MONTH", UNIT_MONTH},
    {"QUARTER", UNIT_QUARTER},
    {"YEAR", UNIT_YEAR},
    {"ISOYEAR", UNIT_ISOYEAR},
    {"FISCAL_QUARTER", UNIT_FISCAL_QUARTER},
    {"FISCAL_YEAR", UNIT_FISCAL_YEAR},
    {"DAYOFWEEK", UNIT_DAYOFWEEK},
    {"DAYOFYEAR", UNIT_DAYOFYEAR},
};

static const char *const weekdays[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                       "Friday", "Saturday", "Sunday"};
static const char *const months[] = {"January",   "February", "March",    "April",
                                     "May",       "June",     "July",     "August",
                                     "September", "October",  "November", "December"};

int date_unit_parse(struct str name, struct str weekday)
{
    int unit = -1;
    for (size_t i = 0; i < ARRAY_LEN(unit_names); i++)
        if (str_eq_nocase(name, str_of(unit_names[i].name)))
            unit = unit_names[i].unit;
    if (weekday.n == 0)
        return unit;
    for (int d = 0; d < 7 && unit == UNIT_WEEK + 6; d++)
        if (str_eq_nocase(weekday, str_of(weekdays[d])))
            return UNIT_WEEK + d;
    return -1;
}

void date_unit_near(struct str name, struct near_list *near)
{
    for (size_t i = 0; i < ARRAY_LEN(unit_names); i++)
        near_offer(near, name, str_of(unit_names[i].name));
}

void date_unit_words(word_fn *fn, void *ctx)
{
    for (size_t i = 0; i < ARRAY_LEN(unit_names); i++)
        fn(ctx, WORD_PART, unit_names[i].name);
}

static int32_t iso_year_start(int year)
{
    return date_trunc_week(date_day(year, 1, 4), 0);
}

static int32_t trunc_day(int32_t day, int unit)
{
    if (unit >= UNIT_WEEK && unit < UNIT_ISOWEEK)
        return date_trunc_week(day, unit - UNIT_WEEK);
    int year;
    int week;
    switch (unit) {
    case UNIT_ISOWEEK:
        return date_trunc_week(day, 0);
    case UNIT_MONTH:
        return date_trunc(day, DATE_PART_MONTH, date_fiscal_month());
    case UNIT_QUARTER:
        return date_trunc(day, DATE_PART_QUARTER, date_fiscal_month());
    case UNIT_YEAR:
        return date_trunc(day, DATE_PART_YEAR, date_fiscal_month());
    case UNIT_ISOYEAR:
        date_iso_week(day, &year, &week);
        return iso_year_start(year);
    case UNIT_FISCAL_QUARTER:
        return date_trunc(day, DATE_PART_FISCAL_QUARTER, date_fiscal_month());
    case UNIT_FISCAL_YEAR:
        return date_trunc(day, DATE_PART_FISCAL_YEAR, date_fiscal_month());
    default:
        return day;
    }
}

static int eval_trunc(struct eval *ev, struct expr *e, const uint8_t *active)
{
    (void)active;
    expr_merge_nulls(e, ev->n);
    int64_t last = INT64_MIN;
    int64_t last_out = 0;
    for (size_t i = 0; i < ev->n; i++) {
        int64_t day = ARG_I(0)[i];
        if (day != last) {
            last = day;
            last_out = trunc_day((int32_t)day, (int)e->option);
        }
        e->out.i[i] = last_out;
    }
    return 0;
}

static int64_t extract(int32_t day, int unit)
{
    struct ymd d = date_ymd(day);
    int year = d.year;
    int week = 0;
    int32_t new_year = date_day(d.year, 1, 1);
    if (unit >= UNIT_WEEK && unit < UNIT_ISOWEEK) { /* days before the first such day: week 0 */
        int32_t first = date_trunc_week(new_year + 6, unit - UNIT_WEEK);
        return day < first ? 0 : (day - first) / 7 + 1;
    }
    switch (unit) {
    case UNIT_DAY:
        return d.day;
    case UNIT_ISOWEEK:
    case UNIT_ISOYEAR:
        date_iso_week(day, &year, &week);
        return unit == UNIT_ISOWEEK ? week : year;
    case UNIT_MONTH:
        return d.month;
    case UNIT_QUARTER:
        return (d.month - 1) / 3 + 1;
    case UNIT_FISCAL_QUARTER:
        return (d.month - date_fiscal_month() + 12) % 12 / 3 + 1;
    case UNIT_FISCAL_YEAR:
        return date_fiscal_year(day, date_fiscal_month());
    case UNIT_DAYOFWEEK:
        return (date_weekday(day) + 1) % 7 + 1;
    case UNIT_DAYOFYEAR:
        return day - new_year + 1;
    default:
        return year;
    }
}

static int eval_extract(struct eval *ev, struct expr *e, const uint8_t *active)
{
    (void)active;
    expr_merge_nulls(e, ev->n);
    for (size_t i = 0; i < ev->n; i++)
        e->out.i[i] = extract((int32_t)ARG_I(0)[i], (int)e->option);
    return 0;
}

/* Months in a unit of months, or 0 when it is one of days. */
static int unit_months(int unit)
{
    return unit == UNIT_MONTH ? 1 : unit == UNIT_QUARTER ? 3 : unit == UNIT_YEAR ? 12 : 0;
}

/* False when the result lies outside the years 1 to 9999. */
static bool add_units(int64_t day, int64_t count, int unit, int64_t *out)
{
    if (count > 4000000 || count < -4000000)
        return false;
    int per_unit = unit_months(unit);
    if (per_unit == 0) {
        *out = day + count * (unit == UNIT_DAY ? 1 : 7);
    } else {
        struct ymd d = date_ymd((int32_t)day);
        int64_t month = (int64_t)d.year * 12 + d.month - 1 + count * per_unit;
        if (month < 12 || month >= 10000 * 12)
            return false;
        *out = date_add_months((int32_t)day, (int)(count * per_unit));
    }
    return *out >= DAY_MIN && *out <= DAY_MAX;
}

static int add(struct eval *ev, struct expr *e, const uint8_t *active, bool minus)
{
    expr_merge_nulls(e, ev->n);
    for (size_t i = 0; i < ev->n; i++) {
        int64_t count = ARG_I(1)[i];
        e->out.i[i] = 0;
        bool fits = count != INT64_MIN &&
                    add_units(ARG_I(0)[i], minus ? -count : count, (int)e->option, &e->out.i[i]);
        if (fits)
            continue;
        if (row_active(active, i) && !vec_null(&e->out, i))
            return eval_fail(ev, e, ERR_VALUE, "%s gives a date outside 0001-01-01 .. 9999-12-31",
                             minus ? "DATE_SUB" : "DATE_ADD");
        e->out.i[i] = 0;
    }
    return 0;
}

static int eval_add(struct eval *ev, struct expr *e, const uint8_t *active)
{
    return add(ev, e, active, false);
}

static int eval_sub(struct eval *ev, struct expr *e, const uint8_t *active)
{
    return add(ev, e, active, true);
}

static int64_t month_number(int32_t day)
{
    struct ymd d = date_ymd(day);
    return (int64_t)d.year * 12 + d.month - 1;
}

/* Boundaries of the unit between the two days. */
static int64_t diff(int32_t a, int32_t b, int unit)
{
    if (unit == UNIT_DAY)
        return (int64_t)a - b;
    if (unit == UNIT_MONTH)
        return month_number(a) - month_number(b);
    int32_t x = trunc_day(a, unit);
    int32_t y = trunc_day(b, unit);
    switch (unit) {
    case UNIT_QUARTER:
    case UNIT_FISCAL_QUARTER:
        return (month_number(x) - month_number(y)) / 3;
    case UNIT_YEAR:
    case UNIT_FISCAL_YEAR:
        return (month_number(x) - month_number(y)) / 12;
    case UNIT_ISOYEAR:
        return extract(a, UNIT_ISOYEAR) - extract(b, UNIT_ISOYEAR);
    default:
        return (x - y) / 7;
    }
}

static int eval_diff(struct eval *ev, struct expr *e, const uint8_t *active)
{
    (void)active;
    expr_merge_nulls(e, ev->n);
    for (size_t i = 0; i < ev->n; i++)
        e->out.i[i] = diff((int32_t)ARG_I(0)[i], (int32_t)ARG_I(1)[i], (int)e->option);
    return 0;
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

/* First day of the bucket of `width` units, counted from the origin. */
static int64_t bucket(int64_t day, int64_t origin, int64_t width, int unit)
{
    if (unit_months(unit) == 0)
        return origin + floor_div(day - origin, width * (unit == UNIT_DAY ? 1 : 7)) * width *
                            (unit == UNIT_DAY ? 1 : 7);
    int64_t step = width * unit_months(unit);
    int64_t between = month_number((int32_t)day) - month_number((int32_t)origin);
    int64_t k = floor_div(between, step);
    int64_t start = day;
    while (!add_units(origin, k * step, UNIT_MONTH, &start) || start > day) {
        if (k < -200000)
            return day;
        k--;
    }
    return start;
}

static int eval_bucket(struct eval *ev, struct expr *e, const uint8_t *active)
{
    (void)active;
    expr_merge_nulls(e, ev->n);
    for (size_t i = 0; i < ev->n; i++) {
        int64_t v = vec_null(&e->out, i)
                        ? 0
                        : bucket(ARG_I(0)[i], ARG_I(1)[i], ARG_I(2)[i], (int)e->option);
        e->out.i[i] = v < DAY_MIN ? DAY_MIN : v;
    }
    return 0;
}

static int eval_last_day(struct eval *ev, struct expr *e, const uint8_t *active)
{
    (void)active;
    static const int after[] = {[UNIT_MONTH] = 1,
                                [UNIT_QUARTER] = 3,
                                [UNIT_YEAR] = 12,
                                [UNIT_FISCAL_QUARTER] = 3,
                                [UNIT_FISCAL_YEAR] = 12};
    int unit = (int)e->option;
    expr_merge_nulls(e, ev->n);
    for (size_t i = 0; i < ev->n; i++) {
        int32_t first = trunc_day((int32_t)ARG_I(0)[i], unit);
        bool by_month = (size_t)unit < ARRAY_LEN(after) && after[unit] > 0;
        bool week = unit >= UNIT_WEEK && unit <= UNIT_ISOWEEK;
        int64_t last = by_month ? date_add_months(first, after[unit]) - 1
                       : week   ? first + 6
                                : first;
        e->out.i[i] = last > DAY_MAX ? DAY_MAX : last;
    }
    return 0;
}

/* The number behind a specifier of PARSE_DATE; false when there is none. */
static bool take_number(struct str s, size_t *at, size_t digits, int *out)
{
    size_t from = *at;
    *out = 0;
    while (*at < s.n && *at - from < digits && s.p[*at] >= '0' && s.p[*at] <= '9')
        *out = *out * 10 + (s.p[(*at)++] - '0');
    return *at > from;
}

static bool take_month(struct str s, size_t *at, int *out)
{
    struct str rest = {s.p + *at, s.n - *at};
    for (int m = 0; m < 12; m++)
        for (size_t n = strlen(months[m]); n >= 3; n = n > 3 ? 3 : 0)
            if (rest.n >= n && str_eq_nocase((struct str){rest.p, n}, (struct str){months[m], n})) {
                *out = m + 1;
                *at += n;
                return true;
            }
    return false;
}

static bool take_part(struct str s, size_t *at, char spec, struct ymd *d)
{
    switch (spec) {
    case 'Y':
        return take_number(s, at, 4, &d->year);
    case 'y':
        if (!take_number(s, at, 2, &d->year))
            return false;
        d->year += d->year < 69 ? 2000 : 1900;
        return true;
    case 'm':
        return take_number(s, at, 2, &d->month);
    case 'd':
    case 'e':
        while (*at < s.n && s.p[*at] == ' ')
            (*at)++;
        return take_number(s, at, 2, &d->day);
    case 'b':
    case 'B':
    case 'h':
        return take_month(s, at, &d->month);
    case 'F':
        return take_part(s, at, 'Y', d) && *at < s.n && s.p[(*at)++] == '-' &&
               take_part(s, at, 'm', d) && *at < s.n && s.p[(*at)++] == '-' &&
               take_part(s, at, 'd', d);
    default:
        return false;
    }
}

static bool parse_day(struct str format, struct str s, int64_t *day)
{
    struct ymd d = {1970, 1, 1};
    size_t at = 0;
    for (size_t i = 0; i < format.n; i++) {
        if (format.p[i] == '%' && i + 1 < format.n) {
            if (!take_part(s, &at, format.p[++i], &d))
                return false;
        } else if (at >= s.n || s.p[at++] != format.p[i]) {
            return false;
        }
    }
    if (at != s.n || d.year < 1 || d.year > 9999 || d.month < 1 || d.month > 12 || d.day < 1 ||
        d.day > 31 || !date_valid(d.year, d.month, d.day))
        return false;
    *day = date_day(d.year, d.month, d.day);
    return true;
}

static int eval_parse_date(struct eval *ev, struct expr *e, const uint8_t *active)
{
    expr_merge_nulls(e, ev->n);
    for (size_t i = 0; i < ev->n; i++) {
        struct str s = e->arg[1]->out.s[i];
        e->out.i[i] = 0;
        if (vec_null(&e->out, i) || parse_day(e->arg[0]->out.s[i], s, &e->out.i[i]))
            continue;
        s = utf8_prefix(s, QUERY_SHOWN_BYTES);
        if (row_active(active, i))
            return eval_fail(ev, e, ERR_VALUE, "Failed to parse input string \"%.*s\"", STR_ARG(s));
    }
    return 0;
}

static int eval_fiscal_label(struct eval *ev, struct expr *e, const uint8_t *active)
{
    (void)active;
    expr_merge_nulls(e, ev->n);
    for (size_t i = 0; i < ev->n; i++) {
        char label[16];
        date_fiscal_label((int32_t)ARG_I(0)[i], date_fiscal_month(), label);
        size_t n = strlen(label);
        char *p = eval_text(ev, n);
        if (p == NULL)
            return eval_memory(ev);
        memcpy(p, label, n);
        e->out.s[i] = (struct str){p, n};
    }
    return 0;
}

/* One specifier of FORMAT_DATE; false when there is no such. */
static bool format_part(struct buf *out, char spec, int32_t day)
{
    struct ymd d = date_ymd(day);
    switch (spec) {
    case 'Y':
        buf_printf(out, "%d", d.year);
        return true;
    case 'y':
        buf_printf(out, "%02d", d.year % 100);
        return true;
    case 'm':
        buf_printf(out, "%02d", d.month);
        return true;
    case 'd':
        buf_printf(out, "%02d", d.day);
        return true;
    case 'e':
        buf_printf(out, "%2d", d.day);
        return true;
    case 'F':
        buf_printf(out, "%04d-%02d-%02d", d.year, d.month, d.day);
        return true;
    case 'D':
    case 'x':
        buf_printf(out, "%02d/%02d/%02d", d.month, d.day, d.year % 100);
        return true;
    case 'B':
        buf_cstr(out, months[d.month - 1]);
        return true;
    case 'b':
    case 'h':
        buf_put(out, months[d.month - 1], 3);
        return true;
    case 'A':
        buf_cstr(out, weekdays[date_weekday(day)]);
        return true;
    case 'a':
        buf_put(out, weekdays[date_weekday(day)], 3);
        return true;
    case 'j':
        buf_printf(out, "%03lld", (long long)extract(day, UNIT_DAYOFYEAR));
        return true;
    case 'Q':
        buf_printf(out, "%d", (d.month - 1) / 3 + 1);
        return true;
    case 'u':
        buf_printf(out, "%d", date_weekday(day) + 1);
        return true;
    case 'w':
        buf_printf(out, "%d", (date_weekday(day) + 1) % 7);
        return true;
    case 'V':
        buf_printf(out, "%02lld", (long long)extract(day, UNIT_ISOWEEK));
        return true;
    case 'G':
        buf_printf(out, "%lld", (long long)extract(day, UNIT_ISOYEAR));
        return true;
    case '%':
        buf_char(out, '%');
        return true;
    default:
        return false;
    }
}

static int format_row(struct eval *ev, struct expr *e, struct str format, int32_t day,
                      struct buf *out)
{
    buf_clear(out);
    for (size_t i = 0; i < format.n; i++) {
        if (format.p[i] != '%' || i + 1 == format.n)
            buf_char(out, format.p[i]);
        else if (!format_part(out, format.p[++i], day))
            return eval_fail(ev, e, ERR_UNSUPPORTED,
                             "FORMAT_DATE does not support %%%c here; %%Y %%m %%d %%e %%y %%b %%B "
                             "%%a %%A %%F %%D %%j %%Q %%u %%w %%V %%G are known.",
                             format.p[i]);
    }
    return buf_check(out, ev->err);
}

static int eval_format_date(struct eval *ev, struct expr *e, const uint8_t *active)
{
    (void)active;
    expr_merge_nulls(e, ev->n);
    struct buf text;
    buf_init(&text, MEM_QUERY);
    int rc = 0;
    for (size_t i = 0; i < ev->n && rc == 0; i++) {
        e->out.s[i] = STR("");
        if (vec_null(&e->out, i))
            continue;
        rc = format_row(ev, e, e->arg[0]->out.s[i], (int32_t)ARG_I(1)[i], &text);
        char *p = rc == 0 ? eval_text(ev, text.n) : NULL;
        if (p == NULL && rc == 0)
            rc = eval_memory(ev);
        if (rc == 0 && text.n > 0)
            memcpy(p, text.p, text.n);
        e->out.s[i] = (struct str){p, p ? text.n : 0};
    }
    buf_fini(&text);
    return rc;
}

const struct fn fn_date_bucket = {"DATE_BUCKET", eval_bucket, false};
const struct fn fn_last_day = {"LAST_DAY", eval_last_day, false};
const struct fn fn_date_trunc = {"DATE_TRUNC", eval_trunc, false};
const struct fn fn_date_extract = {"EXTRACT", eval_extract, false};
const struct fn fn_date_add = {"DATE_ADD", eval_add, false};
const struct fn fn_date_sub = {"DATE_SUB", eval_sub, false};
const struct fn fn_date_diff = {"DATE_DIFF", eval_diff, false};

/* Days are kept as days since 1970. */
static int eval_unix_date(struct eval *ev, struct expr *e, const uint8_t *active)
{
    (void)active;
    expr_merge_nulls(e, ev->n);
    memcpy(e->out.i, ARG_I(0), ev->n * sizeof *e->out.i);
    return 0;
}

static int eval_from_unix_date(struct eval *ev, struct expr *e, const uint8_t *active)
{
    expr_merge_nulls(e, ev->n);
    for (size_t i = 0; i < ev->n; i++) {
        int64_t day = ARG_I(0)[i];
        bool fits = day >= DAY_MIN && day <= DAY_MAX;
        e->out.i[i] = fits ? day : 0;
        if (!fits && row_active(active, i) && !vec_null(&e->out, i))
            return eval_fail(ev, e, ERR_VALUE, "Invalid date from %lld", (long long)day);
    }
    return 0;
}

const struct fn_def fns_date[] = {
    {"UNIX_DATE", "i:d", {"UNIX_DATE", eval_unix_date, false}},
    {"DATE_FROM_UNIX_DATE", "d:i", {"DATE_FROM_UNIX_DATE", eval_from_unix_date, false}},
    {"FISCAL_LABEL", "s:d", {"FISCAL_LABEL", eval_fiscal_label, false}},
    {"PARSE_DATE", "d:ss", {"PARSE_DATE", eval_parse_date, false}},
    {"FORMAT_DATE", "s:sd", {"FORMAT_DATE", eval_format_date, false}},
    {NULL, NULL, {NULL, NULL, false}},
};
