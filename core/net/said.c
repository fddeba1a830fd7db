/* SPDX-License-Identifier: MIT
 *
 * Moments: absolute ones are of the configured time zone. */
#include "said.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/date.h"

int said_moment(const char *name, struct str s, int64_t *out, struct err *err)
{
    static const struct {
        const char *unit;
        int64_t ms;
    } units[] = {{"minute", 60000}, {"hour", 3600000}, {"day", 86400000}, {"week", 604800000}};
    int32_t day;
    int hour, minute;
    char text[40];
    snprintf(text, sizeof text, "%.*s", STR_ARG(s));
    if (s.n >= 10 && date_parse_iso((struct str){s.p, 10}, &day, NULL) == 0) {
        *out = clock_moment(day, 24 * 60);
        if (s.n == 10)
            return 0;
        if (s.n <= 25 && sscanf(text + 10, "%*[T ]%2d:%2d", &hour, &minute) == 2 && hour >= 0 &&
            hour < 24 && minute >= 0 && minute < 60) {
            *out = clock_moment(day, hour * 60 + minute);
            return 0;
        }
    }
    char *end;
    long n = strtol(text, &end, 10);
    struct str unit = str_trim(str_of(end));
    for (size_t i = 0; end > text && n > 0 && n < 3660 && i < ARRAY_LEN(units); i++) {
        if (!str_starts(unit, str_of(units[i].unit)) || unit.n > strlen(units[i].unit) + 1)
            continue;
        *out = clock_wall_ms() + n * units[i].ms;
        return 0;
    }
    err_set(err, ERR_PARAM, "%s=%.*s is no time", name, STR_ARG(s));
    err_hint(err, "write 2021-11-30, 2021-11-30T18:00, \"3 days\" or \"6 hours\"");
    return ERR_PARAM;
}
