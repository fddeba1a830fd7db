/* SPDX-License-Identifier: MIT
 *
 * Time. Tests put a table of their own in place of the system's clocks. */
#include "base/clock.h"

#include <ctype.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/date.h"
#include "base/near.h"

enum { INDIA_S = (5 * 60 + 30) * 60, DAY_MS = 24 * 60 * 60 * 1000, ZONES_BYTES_MAX = 1 << 18 };

/* The zone of the process. Those of India and UTC are one offset for ever (summer time in India
 * ended in 1945), and need no table of the system. */
static struct {
    char name[CLOCK_ZONE_BYTES];
    bool by_table; /* by the system's tables, through TZ */
    int offset_s;
} zone = {"Asia/Kolkata", false, INDIA_S};

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

/* ---- the zone -------------------------------------------------------------------------------- */

static const char *zones_dir(void)
{
    const char *dir = getenv("TZDIR");
    return dir != NULL && dir[0] != '\0' ? dir : "/usr/share/zoneinfo";
}

static bool is_zone_name(struct str name)
{
    for (size_t i = 0; i < name.n; i++)
        if (!isalnum((unsigned char)name.p[i]) && strchr("/_+-", name.p[i]) == NULL)
            return false;
    return name.n > 0 && name.n < CLOCK_ZONE_BYTES && name.p[0] != '/';
}

/* The system has a table of that name. */
static bool has_table(struct str name)
{
    char path[512];
    char mark[4] = "";
    snprintf(path, sizeof path, "%s/%.*s", zones_dir(), STR_ARG(name));
    FILE *f = fopen(path, "rbe");
    if (f == NULL)
        return false;
    bool found = fread(mark, 1, sizeof mark, f) == sizeof mark && memcmp(mark, "TZif", 4) == 0;
    fclose(f);
    return found;
}

/* Lines of "country coordinates name". */
static void offer_zones(struct str list, struct str name, struct near_list *near)
{
    near_offer(near, name, STR("Asia/Kolkata"));
    for (size_t at = 0; at < list.n;) {
        const char *end = memchr(list.p + at, '\n', list.n - at);
        size_t n = end != NULL ? (size_t)(end - list.p) - at : list.n - at;
        struct str line = {list.p + at, n};
        const char *tab = n > 0 && line.p[0] != '#' ? memchr(line.p, '\t', n) : NULL;
        tab = tab != NULL ? memchr(tab + 1, '\t', n - (size_t)(tab + 1 - line.p)) : NULL;
        if (tab != NULL) {
            struct str rest = {tab + 1, n - (size_t)(tab + 1 - line.p)};
            const char *stop = memchr(rest.p, '\t', rest.n);
            near_offer(near, name,
                       (struct str){rest.p, stop != NULL ? (size_t)(stop - rest.p) : rest.n});
        }
        at += n + 1;
    }
}

static void hint_zones(struct str name, struct err *err)
{
    char path[512];
    struct near_list near;
    struct buf list;
    buf_init(&list, MEM_BASE);
    near_init(&near);
    snprintf(path, sizeof path, "%s/zone.tab", zones_dir());
    FILE *f = fopen(path, "rbe");
    char *p = f != NULL ? buf_reserve(&list, ZONES_BYTES_MAX) : NULL;
    size_t n = p != NULL ? fread(p, 1, ZONES_BYTES_MAX, f) : 0;
    if (f != NULL)
        fclose(f);
    offer_zones((struct str){p, n}, name, &near);
    if (near.n > 0)
        near_hint(&near, err);
    else
        err_hint(err, "write its name in the time zone database, as \"Asia/Kolkata\"%s",
                 n == 0 ? " (the database is in the package tzdata, which is not installed)" : "");
    buf_fini(&list);
}

/* Zones of one offset, which need no table. */
static bool fixed_offset(struct str name, int *offset_s)
{
    *offset_s = str_eq(name, STR("UTC")) ? 0 : INDIA_S;
    return str_eq(name, STR("UTC")) || str_eq(name, STR("Asia/Kolkata")) ||
           str_eq(name, STR("Asia/Calcutta"));
}

int clock_zone_check(struct str name, struct err *err)
{
    int ignored;
    if (fixed_offset(name, &ignored) || (is_zone_name(name) && has_table(name)))
        return 0;
    err_set(err, ERR_VALUE, "there is no time zone \"%.*s\"", STR_ARG(name));
    hint_zones(name, err);
    return ERR_VALUE;
}

int clock_set_zone(struct str name, struct err *err)
{
    char setting[CLOCK_ZONE_BYTES + 1];
    TRY(clock_zone_check(name, err));
    snprintf(zone.name, sizeof zone.name, "%.*s", STR_ARG(name));
    zone.by_table = !fixed_offset(name, &zone.offset_s);
    if (!zone.by_table)
        return 0;
    snprintf(setting, sizeof setting, ":%s", zone.name);
    if (setenv("TZ", setting, 1) != 0)
        return err_set(err, ERR_MEM, "no memory for the time zone");
    tzset();
    return 0;
}

const char *clock_zone(void)
{
    return zone.name;
}

/* Seconds that the zone is ahead of UTC at a moment. */
static int offset_at(int64_t wall_ms)
{
    struct tm local;
    time_t t = (time_t)(wall_ms / 1000 - (wall_ms % 1000 < 0));
    if (!zone.by_table || localtime_r(&t, &local) == NULL)
        return zone.offset_s;
    return (int)local.tm_gmtoff;
}

/* What a clock on the wall shows, as if that were UTC. */
static int64_t local_ms(int64_t wall_ms, int *offset_s)
{
    int64_t ms;
    *offset_s = offset_at(wall_ms);
    return __builtin_add_overflow(wall_ms, (int64_t)*offset_s * 1000, &ms) ? wall_ms : ms;
}

int32_t clock_day(int64_t wall_ms)
{
    int offset_s;
    return day_of_ms(local_ms(wall_ms, &offset_s));
}

int32_t clock_today(void)
{
    return clock_day(clock_wall_ms());
}

void clock_format(int64_t wall_ms, char out[32])
{
    int offset_s;
    int64_t ms = local_ms(wall_ms, &offset_s);
    int32_t day = day_of_ms(ms);
    int64_t rest = ms - (int64_t)day * DAY_MS;
    int second = rest < 0 ? 0 : rest >= DAY_MS ? DAY_MS / 1000 - 1 : (int)(rest / 1000);
    char date[11];
    date_format(day, date);
    unsigned ahead = (unsigned)(offset_s < 0 ? -offset_s : offset_s) / 60 % 6000;
    snprintf(out, 32, "%sT%02d:%02d:%02d%c%02u:%02u", date, second / 3600 % 24, second / 60 % 60,
             second % 60, offset_s < 0 ? '-' : '+', ahead / 60, ahead % 60);
}

int64_t clock_moment(int32_t day, int minutes)
{
    int64_t local = (int64_t)day * DAY_MS + (int64_t)minutes * 60000;
    int64_t guess = local - (int64_t)offset_at(local) * 1000;
    return local - (int64_t)offset_at(guess) * 1000;
}
