/* SPDX-License-Identifier: MIT
 *
 * Time. Tests put a table of their own in place of the system's clocks. */
#include "base/clock.h"

#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

#include "base/date.h"

enum { IST_OFFSET_MS = (5 * 60 + 30) * 60 * 1000, DAY_MS = 24 * 60 * 60 * 1000 };

static int64_t real_mono_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int64_t real_wall_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static const struct clock_source real_clock = {real_mono_ns, real_wall_ms};
static _Atomic(const struct clock_source *) clock_now = &real_clock;

void clock_replace(const struct clock_source *source)
{
    atomic_store(&clock_now, source ? source : &real_clock);
}

int64_t clock_mono_ns(void)
{
    return atomic_load_explicit(&clock_now, memory_order_acquire)->mono_ns();
}

int64_t clock_wall_ms(void)
{
    return atomic_load_explicit(&clock_now, memory_order_acquire)->wall_ms();
}

/* Whole days before `ms`, downwards for times before 1970. */
static int32_t day_of_ms(int64_t ms)
{
    int64_t day = ms / DAY_MS - (ms % DAY_MS < 0);
    return day < DAY_MIN ? DAY_MIN : day > DAY_MAX ? DAY_MAX : (int32_t)day;
}

int32_t clock_today(void)
{
    return day_of_ms(clock_wall_ms() + IST_OFFSET_MS);
}

void clock_format_ist(int64_t wall_ms, char out[32])
{
    int64_t ms;
    if (__builtin_add_overflow(wall_ms, (int64_t)IST_OFFSET_MS, &ms))
        ms = wall_ms;
    int32_t day = day_of_ms(ms);
    int64_t rest = ms - (int64_t)day * DAY_MS;
    int second = rest < 0 ? 0 : rest >= DAY_MS ? DAY_MS / 1000 - 1 : (int)(rest / 1000);
    char date[11];
    date_format(day, date);
    snprintf(out, 32, "%sT%02d:%02d:%02d+05:30", date, second / 3600 % 24, second / 60 % 60,
             second % 60);
}
