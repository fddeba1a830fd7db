/* SPDX-License-Identifier: MIT
 *
 * What one pass of the checks changes. The history tells when a finding came, when it went, when it
 * became graver or milder, and on each day of data at most once that its figures moved: a
 * difference that grows with every batch is one story and not a thousand. */
#include "diff.h"

#include <string.h>

#include "base/date.h"
#include "base/hash.h"

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEM, "no memory for findings");
}

int diff_init(struct diff *d, struct arena *a, const struct finding *open, size_t opens,
              struct err *err)
{
    d->arena = a;
    d->open = open;
    d->opens = opens;
    d->seen = ARENA_ARRAY(a, bool, opens);
    d->change = NULL;
    d->n = d->cap = d->opened = 0;
    return d->seen ? 0 : no_memory(err);
}

static int identity_cmp(const struct finding *a, const struct finding *b)
{
    int c = str_cmp(a->plugin, b->plugin);
    if (c == 0)
        c = str_cmp(a->check, b->check);
    return c ? c : str_cmp(a->key, b->key);
}

/* Index among the open ones, or -1. */
static long find_open(const struct diff *d, const struct finding *f)
{
    size_t lo = 0;
    size_t hi = d->opens;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int c = identity_cmp(&d->open[mid], f);
        if (c == 0)
            return (long)mid;
        if (c < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return -1;
}

static int add(struct diff *d, enum finding_event event, bool told, const struct finding *now,
               struct err *err)
{
    struct finding_change *grown = arena_grown(d->arena, d->change, d->n, &d->cap, sizeof *grown);
    if (grown == NULL)
        return no_memory(err);
    d->change = grown;
    d->change[d->n++] = (struct finding_change){event, told, *now};
    d->opened += event == FINDING_OPENED;
    return 0;
}

static void make_id(struct finding *f)
{
    struct sha256 h;
    unsigned char digest[32];
    char hex[65];
    const struct str part[] = {f->plugin, f->check, f->key};
    sha256_init(&h);
    for (size_t i = 0; i < ARRAY_LEN(part); i++) {
        sha256_add(&h, part[i].p, part[i].n);
        sha256_add(&h, "", 1);
    }
    sha256_end(&h, digest);
    hex_encode(digest, sizeof digest, hex);
    memcpy(f->id, hex, FINDING_ID_BYTES - 1);
    f->id[FINDING_ID_BYTES - 1] = '\0';
}

static int see_new(struct diff *d, const struct finding *found, struct err *err)
{
    struct finding f = *found;
    if (d->opens + d->opened >= FINDINGS_OPEN_MAX) {
        err_set(err, ERR_LIMIT, "more than %d findings are open", FINDINGS_OPEN_MAX);
        err_hint(err, "one fault is seen many times: group the check's query, or raise its bound");
        return ERR_LIMIT;
    }
    make_id(&f);
    f.since = f.last_seen = d->day;
    f.resolved_on = DAY_NONE;
    f.opened_ms = d->now_ms;
    f.snapshot = d->snapshot;
    return add(d, FINDING_OPENED, true, &f, err);
}

static int see_again(struct diff *d, const struct finding *was, const struct finding *found,
                     struct err *err)
{
    struct finding f = *was;
    bool graver = !str_eq(was->severity, found->severity);
    if (!graver && str_eq(was->figures, found->figures) && str_eq(was->message, found->message) &&
        str_eq(was->message_hi, found->message_hi))
        return 0;
    f.severity = found->severity;
    f.message = found->message;
    f.message_hi = found->message_hi;
    f.figures = found->figures;
    f.place = found->place;
    f.last_seen = d->day;
    return add(d, FINDING_CHANGED, graver || was->last_seen != d->day, &f, err);
}

int diff_see(struct diff *d, const struct finding *found, struct err *err)
{
    long at = find_open(d, found);
    if (at < 0)
        return see_new(d, found, err);
    d->seen[at] = true;
    return see_again(d, &d->open[at], found, err);
}

void diff_keep(struct diff *d, struct str plugin, struct str check)
{
    for (size_t i = 0; i < d->opens; i++) {
        if (str_eq(d->open[i].plugin, plugin) && str_eq(d->open[i].check, check))
            d->seen[i] = true;
    }
}

int diff_close(struct diff *d, struct err *err)
{
    for (size_t i = 0; i < d->opens; i++) {
        struct finding f = d->open[i];
        if (d->seen[i])
            continue;
        f.resolved_on = d->day;
        if (d->before != DAY_NONE && d->before > f.last_seen)
            f.last_seen = d->before;
        TRY(add(d, FINDING_CLOSED, true, &f, err));
    }
    return 0;
}
