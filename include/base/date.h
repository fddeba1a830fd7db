/* SPDX-License-Identifier: MIT
 *
 * Days. A day is the number of days since 1970-01-01 in the proleptic Gregorian calendar (Howard
 * Hinnant, "chrono-compatible low-level date algorithms"). There are no times here: a registration
 * drive counts days, in the time zone of clock.h. */
#ifndef BASE_DATE_H
#define BASE_DATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

#define DAY_NONE INT32_MIN
#define DAY_MIN  (-719162) /* 0001-01-01 */
#define DAY_MAX  2932896   /* 9999-12-31 */

struct ymd {
    int year, month, day; /* month 1..12, day 1..31 */
};

bool date_valid(int year, int month, int day);
int32_t date_day(int year, int month, int day); /* must be valid */
struct ymd date_ymd(int32_t day);
int date_weekday(int32_t day); /* 0 Monday .. 6 Sunday (ISO 8601) */
int date_month_days(int year, int month);

/* YYYY-MM-DD, DD-MM-YYYY or DD/MM/YYYY. ERR_VALUE with a sentence that says what is wrong (no such
 * day in February, month 13, not a date). */
MUST_USE int date_parse(struct str s, int32_t *day, struct err *err);
/* Only YYYY-MM-DD (month and day of one or two digits), as GoogleSQL's DATE literal. */
MUST_USE int date_parse_iso(struct str s, int32_t *day, struct err *err);

/* "2021-11-20", NUL-terminated. */
void date_format(int32_t day, char out[11]);

enum date_part {
    DATE_PART_DAY,
    DATE_PART_WEEK,        /* starts on Sunday */
    DATE_PART_WEEK_MONDAY, /* WEEK(MONDAY); for other days see date_trunc_week */
    DATE_PART_ISOWEEK,
    DATE_PART_MONTH,
    DATE_PART_QUARTER,
    DATE_PART_YEAR,
    DATE_PART_FISCAL_QUARTER,
    DATE_PART_FISCAL_YEAR,
};

/* First day of the part in which `day` lies. fiscal_month: 1..12, 4 in India. */
int32_t date_trunc(int32_t day, enum date_part part, int fiscal_month);
/* Week starting on `weekday` (0 Monday .. 6 Sunday). */
int32_t date_trunc_week(int32_t day, int weekday);
/* Adds months, to the last day of the month where the day does not exist there. */
int32_t date_add_months(int32_t day, int months);
/* The year in which the fiscal year of `day` starts; its label is "2021-22". */
int date_fiscal_year(int32_t day, int fiscal_month);
void date_fiscal_label(int32_t day, int fiscal_month, char out[16]);
/* The month in which a fiscal year starts where nothing else is said: 4 (India) unless it was set.
 * To be set before there is a second thread; 1..12. */
int date_fiscal_month(void);
void date_set_fiscal_month(int month);
/* ISO 8601 week number and year. */
void date_iso_week(int32_t day, int *year, int *week);

#endif
