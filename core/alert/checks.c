/* SPDX-License-Identifier: MIT
 *
 * Running the checks. A pass pins a snapshot and a set of plugins, runs every check, compares its
 * rows with the findings that are open (diff.c), and writes what changed in one transaction.
 *
 * Invariants
 *  1. One pass at a time (run_lock). Publishing only wakes the thread; batches that arrive during a
 *     pass are checked together by the next.
 *  2. After a pass the thread rests REST times as long as the pass took, at most REST_MS_MAX, so
 *     that checks never take more than a small share of a processor from those who ask.
 *  3. A pass that cannot be written changes nothing; the next one finds the same again. */
#include "alert/checks.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/date.h"
#include "base/limits.h"
#include "base/log.h"
#include "diff.h"

enum { REST = 4, REST_MS_MAX = 2000 };

struct checks {
    struct registry *registry;
    struct snap_cell *cell;
    struct store *store;
    checks_listener listener;
    void *ctx;
    pthread_mutex_t run_lock;
    size_t batches; /* of the snapshot last checked; under run_lock, as is its day */
    int32_t day;
    pthread_mutex_t lock; /* of everything below */
    pthread_cond_t wake;
    pthread_t thread;
    bool started, wanted, stopping;
    struct cancel *running;        /* of the check that is being run; NULL: none */
    uint64_t snapshot, generation; /* last checked: of the data, of the plugins */
    struct checks_stats stats;
};

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEM, "no memory for the checks");
}

/* ---- one check ------------------------------------------------------------------------------- */

struct pass {
    struct checks *c;
    const struct plugin_set *set;
    struct snap *snap;
    struct arena arena;
    struct diff diff;
    struct str source, batch; /* of the only batch that is new; empty when there are several */
    size_t failures;
};

static struct str column_text(const struct frame *f, size_t row, const char *name)
{
    int c = frame_find(f, str_of(name));
    if (c < 0 || f->col[c].type != TYPE_STRING)
        return STR("");
    struct value v = frame_get(f, row, (size_t)c);
    return v.null ? STR("") : v.s;
}

/* The lowest place that the row names. */
static uint32_t row_place(const struct frame *f, size_t row, const struct place_tree *tree)
{
    uint32_t lowest = PLACE_NONE;
    for (size_t c = 0; c < f->cols; c++) {
        struct value v = frame_get(f, row, c);
        if (f->col[c].type != TYPE_PLACE || v.null)
            continue;
        uint32_t order = place_order(tree, (uint32_t)v.i);
        uint32_t best = lowest == PLACE_NONE ? PLACE_NONE : place_order(tree, lowest);
        if (order == PLACE_NONE)
            continue;
        if (best == PLACE_NONE || tree->at[order].level > tree->at[best].level)
            lowest = (uint32_t)v.i;
    }
    return lowest;
}

static int keep_text(struct pass *p, struct str *s, struct err *err)
{
    *s = str_copy(&p->arena, *s);
    return s->p ? 0 : no_memory(err);
}

static int figures(struct pass *p, const struct alert_rule *rule, const struct alert_findings *f,
                   size_t row, struct str *out, struct err *err)
{
    struct buf b;
    buf_init(&b, MEM_ALERT);
    alert_findings_figures(rule, f, row, p->snap->tree, &b);
    int rc = buf_check(&b, err);
    if (rc == 0) {
        *out = buf_view(&b);
        rc = keep_text(p, out, err);
    }
    buf_fini(&b);
    return rc;
}

static int see_row(struct pass *p, const struct alert_rule *rule, const struct alert_findings *f,
                   size_t row, struct err *err)
{
    const struct frame *frame = f->result.frame;
    struct finding x = {.plugin = rule->plugin->name,
                        .check = rule->name,
                        .key = f->key[row],
                        .severity = rule->level[f->level[row]].name,
                        .message = f->message[row].en,
                        .message_hi = f->message[row].hi,
                        .source = column_text(frame, row, "source"),
                        .batch = column_text(frame, row, "batch"),
                        .place = row_place(frame, row, p->snap->tree)};
    if (x.batch.n == 0 && (x.source.n == 0 || str_eq(x.source, p->source))) {
        x.source = p->source;
        x.batch = p->batch;
    }
    struct str *text[] = {&x.plugin,  &x.check,      &x.key,    &x.severity,
                          &x.message, &x.message_hi, &x.source, &x.batch};
    for (size_t i = 0; i < ARRAY_LEN(text); i++)
        TRY(keep_text(p, text[i], err));
    TRY(figures(p, rule, f, row, &x.figures, err));
    return diff_see(&p->diff, &x, err);
}

static int see_rows(struct pass *p, const struct alert_rule *rule, const struct alert_findings *f,
                    struct err *err)
{
    for (size_t i = 0; i < f->result.frame->rows; i++) {
        if (f->level[i] >= 0)
            TRY(see_row(p, rule, f, i, err));
    }
    return 0;
}

/* Whoever stops the checks does not wait for one that takes long. NULL: none is run. */
static void set_running(struct checks *c, struct cancel *cancel)
{
    pthread_mutex_lock(&c->lock);
    c->running = cancel;
    if (cancel && c->stopping)
        cancel_fire(cancel);
    pthread_mutex_unlock(&c->lock);
}

static bool is_stopping(struct checks *c)
{
    pthread_mutex_lock(&c->lock);
    bool stopping = c->stopping;
    pthread_mutex_unlock(&c->lock);
    return stopping;
}

static void run_check(struct pass *p, const struct alert_rule *rule)
{
    struct err err = {0};
    struct alert_findings f;
    struct cancel cancel;
    struct query_table table[REPORT_TABLES];
    report_tables_of(p->c->store, table);
    cancel_init(&cancel, QUERY_TIMEOUT_MS);
    struct run_options o = {.snap = p->snap,
                            .cancel = &cancel,
                            .table = table,
                            .tables = ARRAY_LEN(table),
                            .rows_max = FINDINGS_OF_CHECK_MAX};
    set_running(p->c, &cancel);
    int rc = alert_rule_run(p->set, rule, &o, &f, &err);
    set_running(p->c, NULL);
    bool whole = rc == 0 && !f.result.truncated;
    if (rc == 0) {
        rc = see_rows(p, rule, &f, &err);
        alert_findings_fini(&f);
    }
    if (rc < 0 && !is_stopping(p->c)) {
        p->failures++;
        log_line(LOG_WARN, "alert", "check %.*s/%.*s failed: %s", STR_ARG(rule->plugin->name),
                 STR_ARG(rule->name), err.msg);
    } else if (rc == 0 && !whole) {
        log_line(LOG_WARN, "alert", "check %.*s/%.*s gives more than %d rows; the rest is left out",
                 STR_ARG(rule->plugin->name), STR_ARG(rule->name), FINDINGS_OF_CHECK_MAX);
    }
    if (rc < 0 || !whole)
        diff_keep(&p->diff, rule->plugin->name, rule->name);
}

/* ---- all checks ------------------------------------------------------------------------------ */

/* Which batch is new, if it is only one. */
static void note_batch(struct pass *p)
{
    const struct snap *s = p->snap;
    p->source = p->batch = STR("");
    if (s->batch_count != p->c->batches + 1 || p->c->snapshot == 0)
        return;
    const struct batch_note *b = &s->batch[s->batch_count - 1];
    p->source = dict_get(s->dict[ATTR_SOURCE], b->source);
    p->batch = dict_get(s->dict[ATTR_BATCH], b->batch);
}

static int begin(struct pass *p, struct err *err)
{
    struct finding *open;
    size_t n;
    TRY(store_findings_open(p->c->store, &p->arena, &open, &n, err));
    TRY(diff_init(&p->diff, &p->arena, open, n, err));
    p->diff.day = p->snap->day_min <= p->snap->day_max ? p->snap->day_max : clock_today();
    p->diff.before = p->c->day;
    p->diff.snapshot = p->snap->id;
    p->diff.now_ms = clock_wall_ms();
    note_batch(p);
    return 0;
}

static int write_pass(struct pass *p, struct err *err)
{
    TRY(diff_close(&p->diff, err));
    return store_findings_write(p->c->store, p->diff.change, p->diff.n, p->diff.day,
                                p->diff.snapshot, err);
}

/* A plugin that does not load at the moment says nothing about its findings. */
static void keep_broken(struct pass *p)
{
    for (size_t i = 0; i < p->set->n; i++) {
        const struct plugin *plugin = &p->set->plugin[i];
        for (size_t k = 0; plugin->status == PLUGIN_BROKEN && k < p->diff.opens; k++)
            if (str_eq(p->diff.open[k].plugin, plugin->name))
                p->diff.seen[k] = true;
    }
}

static int run_all(struct pass *p, struct err *err)
{
    TRY(begin(p, err));
    for (size_t i = 0; i < p->set->n; i++) {
        const struct plugin *plugin = &p->set->plugin[i];
        for (size_t k = 0; k < plugin->checks; k++)
            run_check(p, &plugin->check[k]);
    }
    if (is_stopping(p->c)) /* what was stopped says nothing: the next start checks again */
        return 0;
    keep_broken(p);
    return write_pass(p, err);
}

static void note_pass(struct pass *p, int64_t start_ns)
{
    struct checks *c = p->c;
    size_t open = 0;
    for (size_t i = 0; i < p->diff.n; i++) {
        open += p->diff.change[i].event == FINDING_OPENED;
        open -= p->diff.change[i].event == FINDING_CLOSED;
    }
    c->batches = p->snap->batch_count;
    c->day = p->diff.day;
    pthread_mutex_lock(&c->lock);
    c->snapshot = p->snap->id;
    c->generation = p->set->generation;
    c->stats.passes++;
    c->stats.failures += p->failures;
    c->stats.open = p->diff.opens + open;
    c->stats.last_ns = clock_mono_ns() - start_ns;
    pthread_mutex_unlock(&c->lock);
}

static int run_pinned(struct checks *c, struct snap *snap, const struct plugin_set *set,
                      struct err *err)
{
    struct pass p = {.c = c, .snap = snap, .set = set};
    int64_t start = clock_mono_ns();
    arena_init(&p.arena, MEM_ALERT, 0);
    int rc = run_all(&p, err);
    if (rc == 0)
        note_pass(&p, start);
    if (rc == 0 && p.diff.n > 0 && c->listener)
        c->listener(c->ctx);
    arena_fini(&p.arena);
    return rc;
}

static bool is_checked(struct checks *c, const struct snap *snap, const struct plugin_set *set)
{
    pthread_mutex_lock(&c->lock);
    bool same = c->snapshot == snap->id && c->generation == set->generation;
    pthread_mutex_unlock(&c->lock);
    return same;
}

int checks_run(struct checks *c, struct err *err)
{
    int rc = 0;
    pthread_mutex_lock(&c->run_lock);
    struct snap *snap = snap_cell_get(c->cell);
    if (snap) {
        const struct plugin_set *set = registry_get(c->registry);
        if (!is_checked(c, snap, set))
            rc = run_pinned(c, snap, set, err);
        plugin_set_unref(set);
        snap_unref(snap);
    }
    pthread_mutex_unlock(&c->run_lock);
    return rc;
}

/* ---- the thread ------------------------------------------------------------------------------ */

static void want(void *ctx)
{
    struct checks *c = ctx;
    pthread_mutex_lock(&c->lock);
    c->wanted = true;
    pthread_cond_signal(&c->wake);
    pthread_mutex_unlock(&c->lock);
}

void checks_wake(struct checks *c)
{
    want(c);
}

static void on_snapshot(void *ctx, struct snap *s)
{
    (void)s;
    want(ctx);
}

/* Under the lock. */
static void rest(struct checks *c)
{
    int64_t ms = c->stats.last_ns * REST / 1000000;
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    int64_t ns = until.tv_nsec + (ms < REST_MS_MAX ? ms : REST_MS_MAX) * 1000000;
    until.tv_sec += ns / 1000000000;
    until.tv_nsec = ns % 1000000000;
    while (!c->stopping && pthread_cond_timedwait(&c->wake, &c->lock, &until) != ETIMEDOUT) {
    }
}

static void *checks_main(void *arg)
{
    struct checks *c = arg;
    pthread_mutex_lock(&c->lock);
    while (!c->stopping) {
        if (!c->wanted) {
            pthread_cond_wait(&c->wake, &c->lock);
            continue;
        }
        c->wanted = false;
        pthread_mutex_unlock(&c->lock);
        struct err err;
        int rc = checks_run(c, &err);
        if (rc < 0)
            log_line(LOG_WARN, "alert", "what the checks found could not be kept: %s", err.msg);
        pthread_mutex_lock(&c->lock);
        rest(c);
    }
    pthread_mutex_unlock(&c->lock);
    return NULL;
}

static int start(struct checks *c, struct err *err)
{
    TRY(registry_listen(c->registry, want, c, err));
    snap_cell_listen(c->cell, on_snapshot, c);
    int rc = pthread_create(&c->thread, NULL, checks_main, c);
    if (rc != 0)
        return err_set(err, ERR_UNAVAILABLE, "cannot start the thread of checks: %s", strerror(rc));
    pthread_setname_np(c->thread, "checks");
    c->started = true;
    return 0;
}

int checks_new(struct registry *registry, struct snap_cell *cell, struct store *store,
               checks_listener listener, void *ctx, struct checks **out, struct err *err)
{
    struct checks *c = mem_calloc(MEM_ALERT, 1, sizeof *c);
    if (!c)
        return no_memory(err);
    c->registry = registry;
    c->cell = cell;
    c->store = store;
    c->listener = listener;
    c->ctx = ctx;
    c->day = DAY_NONE;
    pthread_mutex_init(&c->run_lock, NULL);
    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->wake, NULL);
    int rc = start(c, err);
    if (rc < 0) {
        checks_free(c);
        return rc;
    }
    *out = c;
    return 0;
}

void checks_free(struct checks *c)
{
    if (!c)
        return;
    snap_cell_unlisten(c->cell, on_snapshot, c);
    pthread_mutex_lock(&c->lock);
    c->stopping = true;
    if (c->running)
        cancel_fire(c->running);
    pthread_cond_signal(&c->wake);
    pthread_mutex_unlock(&c->lock);
    if (c->started)
        pthread_join(c->thread, NULL);
    pthread_cond_destroy(&c->wake);
    pthread_mutex_destroy(&c->lock);
    pthread_mutex_destroy(&c->run_lock);
    mem_free(MEM_ALERT, c);
}

uint64_t checks_snapshot(struct checks *c)
{
    pthread_mutex_lock(&c->lock);
    uint64_t id = c->snapshot;
    pthread_mutex_unlock(&c->lock);
    return id;
}

void checks_stats_get(struct checks *c, struct checks_stats *out)
{
    pthread_mutex_lock(&c->lock);
    *out = c->stats;
    pthread_mutex_unlock(&c->lock);
}
