/* SPDX-License-Identifier: MIT
 *
 * Time, replaceable in tests, and the time zone of the process: the day of a drive turns at
 * midnight there. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

enum { CLOCK_ZONE_BYTES = 64 };

int64_t clock_mono_ns(void);        /* monotonic */
int64_t clock_wall_ms(void);        /* since 1970 UTC */
int32_t clock_today(void);          /* day number in the zone */
int32_t clock_day(int64_t wall_ms); /* on which a moment falls there */
/* The moment at which it is so many minutes after midnight there: the other way round. */
int64_t clock_moment(int32_t day, int minutes);
/* "2021-11-20T18:00:00+05:30" in the zone, NUL-terminated. */
void clock_format(int64_t wall_ms, char out[32]);

/* The zone by its name in the time zone database: "Asia/Kolkata" unless it was set, which is to be
 * done before there is a second thread (it sets TZ). ERR_VALUE, with near names: there is no such
 * zone, or the system has no table of it. */
MUST_USE int clock_zone_check(struct str name, struct err *err);
MUST_USE int clock_set_zone(struct str name, struct err *err);
const char *clock_zone(void);

struct clock_source {
    int64_t (*mono_ns)(void);
    int64_t (*wall_ms)(void);
};
/* For tests; NULL puts the real clock back. The table must outlive its use. */
void clock_replace(const struct clock_source *source);

#endif
