/* SPDX-License-Identifier: MIT
 *
 * Targets: sharing a total exactly, and how much of one should be reached by a day. */
#include "data/target.h"

#include <math.h>
#include <stdlib.h>

#include "base/date.h"
#include "data/name.h"

const struct target_set *target_set_find(const struct target_book *b, struct str name)
{
    for (size_t i = 0; b && i < b->n; i++) {
        if (str_eq_nocase(b->set[i]->name, name)) {
            return b->set[i];
        }
    }
    return NULL;
}

const struct target *target_find(const struct target_set *s, uint32_t place_identity)
{
    size_t lo = 0, hi = s->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (s->at[mid].place < place_identity) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo < s->n && s->at[lo].place == place_identity ? &s->at[lo] : NULL;
}

bool target_sum(const struct target_set *s, uint32_t place_identity, int part, int64_t *out)
{
    const struct target *end = s->at + s->n;
    bool found = false;
    *out = 0;
    for (const struct target *t = target_find(s, place_identity);
         t && t < end && t->place == place_identity; t++) {
        if (part == TARGET_ALL_PARTS || t->part == part) {
            *out += t->target;
            found = true;
        }
    }
    return found;
}

int target_part_named(const struct target_set *s, struct str name)
{
    char text[NAME_KEY_BYTES_MAX];
    struct str key = name_key(name, text);
    for (size_t i = 0; i < s->parts; i++) {
        if (str_eq(s->part[i].key, key)) {
            return (int)i;
        }
    }
    return -1;
}

int target_part_sector(const struct target_set *s, int sector)
{
    for (size_t i = 0; i < s->parts; i++) {
        if (s->part[i].sector == sector) {
            return (int)i;
        }
    }
    return -1;
}

const char *target_by_name(enum target_by by)
{
    static const char *const names[] = {
        [TARGET_WHOLE] = "", [TARGET_BY_SECTOR] = "sector", [TARGET_BY_DEPARTMENT] = "department"};
    return names[by];
}

/* A part's fractional remainder, for handing out what rounding down left over. */
struct remainder {
    double rest;
    size_t index;
};

static int remainder_cmp(const void *pa, const void *pb)
{
    const struct remainder *a = pa, *b = pb;
    if (a->rest != b->rest) {
        return a->rest > b->rest ? -1 : 1;
    }
    return a->index < b->index ? -1 : a->index > b->index;
}

static int weight_sum(const double *weight, size_t n, double *sum, struct err *err)
{
    *sum = 0;
    for (size_t i = 0; i < n; i++) {
        if (!(weight[i] >= 0) || isinf(weight[i])) {
            return err_set(err, ERR_VALUE, "a share needs a weight that is not negative");
        }
        *sum += weight[i];
    }
    if (!(*sum > 0)) {
        return err_set(err, ERR_VALUE, "nothing to share by: all weights are zero");
    }
    return 0;
}

int target_share(int64_t total, const double *weight, size_t n, int64_t *out, struct err *err)
{
    ASSERT(total >= 0);
    double sum;
    TRY(weight_sum(weight, n, &sum, err));
    struct remainder *rest = mem_alloc(MEM_DATA, n * sizeof(*rest));
    if (!rest) {
        return err_set(err, ERR_MEM, "no memory to share a target");
    }
    int64_t left = total;
    for (size_t i = 0; i < n; i++) {
        double quota = (double)total * (weight[i] / sum);
        out[i] = (int64_t)floor(quota);
        if (out[i] > left) { /* only by rounding of the quotas */
            out[i] = left;
        }
        left -= out[i];
        rest[i] = (struct remainder){quota - (double)out[i], i};
    }
    qsort(rest, n, sizeof(*rest), remainder_cmp);
    for (size_t i = 0; left > 0; i = (i + 1) % n) {
        if (weight[rest[i].index] > 0) {
            out[rest[i].index]++;
            left--;
        }
    }
    mem_free(MEM_DATA, rest);
    return 0;
}

/* Sundays in from .. to. */
static int64_t sundays(int32_t from, int32_t to)
{
    int32_t first = from + (6 - date_weekday(from));
    return first > to ? 0 : (to - first) / 7 + 1;
}

int64_t target_days(const struct target_set *s, int32_t from, int32_t to)
{
    if (from > to) {
        return 0;
    }
    int64_t days = (int64_t)to - from + 1;
    if (s->phasing == TARGET_BY_DAYS) {
        return days;
    }
    days -= sundays(from, to);
    for (size_t i = 0; i < s->holiday_count; i++) {
        int32_t h = s->holidays[i];
        days -= h >= from && h <= to && date_weekday(h) != 6;
    }
    return days;
}

size_t target_months(int32_t from, int32_t to)
{
    if (from > to) {
        return 0;
    }
    struct ymd a = date_ymd(from), b = date_ymd(to);
    return (size_t)((b.year - a.year) * 12 + (b.month - a.month) + 1);
}

/* The part of from .. to that has passed at the end of as_on; a stretch of holidays passes with its
 * days. */
static double passed(const struct target_set *s, int32_t from, int32_t to, int32_t as_on)
{
    if (as_on >= to || as_on < from) {
        return as_on >= to;
    }
    int64_t all = target_days(s, from, to);
    if (all == 0) {
        return ((double)as_on - from + 1) / ((double)to - from + 1);
    }
    return (double)target_days(s, from, as_on) / (double)all;
}

static double passed_by_months(const struct target_set *s, int32_t as_on)
{
    double pct = 0;
    int32_t from = s->from;
    for (size_t i = 0; i < s->months && from <= as_on; i++) {
        struct ymd at = date_ymd(from);
        int32_t end = from - at.day + date_month_days(at.year, at.month);
        pct += s->month_pct[i] * passed(s, from, end < s->to ? end : s->to, as_on);
        from = end + 1;
    }
    return pct / 100;
}

double target_expected(const struct target_set *s, int64_t target, int32_t as_on)
{
    if (as_on < s->from) {
        return 0;
    }
    if (as_on >= s->to || target_days(s, s->from, s->to) == 0) {
        return (double)target;
    }
    if (s->phasing == TARGET_BY_MONTHS) {
        return (double)target * passed_by_months(s, as_on);
    }
    return (double)target * passed(s, s->from, s->to, as_on);
}
