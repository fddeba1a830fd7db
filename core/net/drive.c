/* SPDX-License-Identifier: MIT
 *
 * Counting for /metrics. The queries are those that a planner would write, so that a figure is the
 * same here and in a report. At most DRIVE_SERIES_MAX series of each metric. */
#include "drive.h"

#include <pthread.h>
#include <stdio.h>

#include "base/date.h"
#include "base/limits.h"
#include "base/log.h"
#include "query/query.h"
#include "seen.h"

struct drive {
    const struct service *service;
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t rested;
    bool counting;
    unsigned swaps; /* of the plugins that were counted by */
    uint64_t snapshot;
    struct buf text; /* what a scrape gets */
};

/* ---- series ---- */

static void put_label(struct buf *out, const char *name, struct str s)
{
    buf_printf(out, "%s=\"", name);
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '"' || s.p[i] == '\\')
            buf_char(out, '\\');
        if (s.p[i] == '\n')
            buf_cstr(out, "\\n");
        else
            buf_char(out, s.p[i]);
    }
    buf_char(out, '"');
}

static void put_place(struct buf *out, const struct place_tree *t, uint32_t order)
{
    char code[24];
    uint32_t state = place_above(t, order, PLACE_STATE);
    snprintf(code, sizeof code, "%lld", (long long)t->at[order].code);
    put_label(out, "district_code", str_of(code));
    buf_char(out, ',');
    put_label(out, "district", place_name(&t->at[order], false));
    buf_char(out, ',');
    put_label(out, "state", state != PLACE_NONE ? place_name(&t->at[state], false) : STR(""));
}

/* One series a row that has a district and this column. */
static void put_series(struct buf *out, const char *metric, struct str set, const struct frame *f,
                       const char *column, const struct place_tree *t)
{
    size_t district = (size_t)frame_find(f, STR("district"));
    size_t c = (size_t)frame_find(f, str_of(column));
    for (size_t i = 0; i < f->rows; i++) {
        struct value place = frame_get(f, i, district);
        struct value v = frame_get(f, i, c);
        uint32_t order = place.null ? PLACE_NONE : place_order(t, (uint32_t)place.i);
        if (order == PLACE_NONE || v.null)
            continue;
        buf_printf(out, "%s{", metric);
        if (set.n > 0) {
            put_label(out, "set", set);
            buf_char(out, ',');
        }
        put_place(out, t, order);
        buf_cstr(out, "} ");
        buf_f64(out, v.type == TYPE_FLOAT64 ? v.f : (double)v.i, false);
        buf_char(out, '\n');
    }
}

static void put_head(struct buf *out, const char *name, const char *help)
{
    buf_printf(out, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

/* ---- queries ---- */

struct count {
    const struct snap *snap;
    const struct plugin_set *plugins;
    struct pool *pool;
};

static int ask(const struct count *c, const char *text, const struct query_param *p, size_t n,
               struct query_result *out, struct err *err)
{
    struct query *q;
    struct query_context ctx = {.snap = (struct snap *)(uintptr_t)c->snap,
                                .targets = &c->plugins->targets,
                                .param = p,
                                .params = n,
                                .rows_max = DRIVE_SERIES_MAX};
    TRY(query_parse(str_of(text), &q, err));
    int rc = query_run(q, &ctx, out, err);
    query_unref(q);
    return rc;
}

static int put_registrations(const struct count *c, struct buf *out, struct err *err)
{
    struct query_result r;
    TRY(ask(c, "FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY district", NULL, 0, &r,
            err));
    put_head(out, "panji_drive_registrations", "Registrations of a district.");
    put_series(out, "panji_drive_registrations", STR(""), r.frame, "n", c->snap->tree);
    query_result_fini(&r);
    return 0;
}

/* How far the districts have come of one set, counted from its first day to the last there is. */
static int ask_target(const struct count *c, const struct target_set *s, struct query_result *out,
                      struct err *err)
{
    char text[320];
    char from[11];
    char as_on[11];
    date_format(s->from, from);
    date_format(c->snap->day_max, as_on);
    snprintf(text, sizeof text,
             "FROM registrations |> WHERE date BETWEEN '%s' AND '%s' |> AGGREGATE COUNT(*) AS n "
             "GROUP BY district |> CALL against_target('%.*s', achieved => 'n', as_on => '%s') "
             "|> WHERE target > 0",
             from, as_on, STR_ARG(s->name), as_on);
    return ask(c, text, NULL, 0, out, err);
}

/* Sets of districts and of what lies below them. Each metric's series stand together. */
static int put_targets(const struct count *c, struct buf *out, struct err *err)
{
    struct buf share;
    const struct target_book *book = &c->plugins->targets;
    int rc = 0;
    buf_init(&share, MEM_NET);
    put_head(out, "panji_drive_target", "What a district is to reach, by set of targets.");
    put_head(&share, "panji_drive_percent_of_target", "How far it has come, per cent.");
    for (size_t i = 0; i < book->n && rc == 0; i++) {
        const struct target_set *s = book->set[i];
        struct query_result r;
        if (s->n == 0 || s->level < PLACE_DISTRICT || s->from > c->snap->day_max)
            continue;
        rc = ask_target(c, s, &r, err);
        if (rc < 0)
            break;
        put_series(out, "panji_drive_target", s->name, r.frame, "target", c->snap->tree);
        put_series(&share, "panji_drive_percent_of_target", s->name, r.frame, "pct", c->snap->tree);
        query_result_fini(&r);
    }
    buf_str(out, buf_view(&share));
    buf_fini(&share);
    return rc;
}

static int put_all(const struct count *c, struct buf *out, struct err *err)
{
    put_head(out, "panji_drive_snapshot_id", "The snapshot that these numbers are of.");
    buf_printf(out, "panji_drive_snapshot_id %llu\n", (unsigned long long)c->snap->id);
    TRY(put_registrations(c, out, err));
    if (c->snap->day_min <= c->snap->day_max)
        TRY(put_targets(c, out, err));
    return buf_check(out, err);
}

/* ---- counting ---- */

static void finish(struct drive *d, unsigned swaps, uint64_t snapshot, struct buf *text)
{
    pthread_mutex_lock(&d->lock);
    struct buf old = d->text;
    d->text = *text;
    d->swaps = swaps;
    d->snapshot = snapshot;
    d->counting = false;
    pthread_cond_signal(&d->rested);
    pthread_mutex_unlock(&d->lock);
    buf_fini(&old);
}

/* On a worker. What cannot be counted is left out, and the log says why. */
static void count(void *arg)
{
    struct drive *d = arg;
    struct err err;
    struct buf text;
    unsigned swaps = seen_swaps();
    struct snap *snap = snap_cell_get(d->service->cell);
    const struct plugin_set *set = registry_get(d->service->registry);
    buf_init(&text, MEM_NET);
    struct count c = {snap, set, d->service->pool};
    if (snap != NULL && put_all(&c, &text, &err) < 0)
        log_line(LOG_WARN, "net", "the metrics of the drive are not whole: %s", err.msg);
    uint64_t id = snap != NULL ? snap->id : 0;
    plugin_set_unref(set);
    snap_unref(snap);
    finish(d, swaps, id, &text);
}

/* Under the lock. */
static void count_again(struct drive *d)
{
    struct snap *snap = snap_cell_get(d->service->cell);
    bool fresh = snap != NULL && snap->id == d->snapshot && d->swaps == seen_swaps();
    snap_unref(snap);
    if (!fresh && !d->counting)
        d->counting = pool_submit(d->service->pool, count, d) == 0;
}

struct drive *drive_new(const struct service *service)
{
    if (service->settings != NULL && !service->settings->metrics_of_drive)
        return NULL;
    struct drive *d = mem_must(MEM_NET, sizeof *d);
    d->service = service;
    d->counting = false;
    d->snapshot = 0;
    d->swaps = 0;
    pthread_mutex_init(&d->lock, NULL);
    pthread_cond_init(&d->rested, NULL);
    buf_init(&d->text, MEM_NET);
    pthread_mutex_lock(&d->lock);
    count_again(d);
    pthread_mutex_unlock(&d->lock);
    return d;
}

void drive_free(struct drive *d)
{
    if (d == NULL)
        return;
    pthread_mutex_lock(&d->lock);
    while (d->counting)
        pthread_cond_wait(&d->rested, &d->lock);
    pthread_mutex_unlock(&d->lock);
    buf_fini(&d->text);
    pthread_cond_destroy(&d->rested);
    pthread_mutex_destroy(&d->lock);
    mem_free(MEM_NET, d);
}

void drive_write(struct drive *d, struct buf *out)
{
    if (d == NULL)
        return;
    pthread_mutex_lock(&d->lock);
    buf_str(out, buf_view(&d->text));
    count_again(d);
    pthread_mutex_unlock(&d->lock);
}
