/* SPDX-License-Identifier: MIT
 *
 * Time, replaceable in tests. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

int64_t clock_mono_ns(void); /* monotonic */
int64_t clock_wall_ms(void); /* since 1970 UTC */
int32_t clock_today(void);   /* day number in Asia/Kolkata (UTC+5:30, no summer time) */
/* "2021-11-20T18:00:00+05:30", NUL-terminated. */
void clock_format_ist(int64_t wall_ms, char out[32]);

struct clock_source {
    int64_t (*mono_ns)(void);
    int64_t (*wall_ms)(void);
};
/* For tests; NULL puts the real clock back. The table must outlive its use. */
void clock_replace(const struct clock_source *source);

#endif
