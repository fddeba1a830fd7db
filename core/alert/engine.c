/* SPDX-License-Identifier: MIT
 *
 * The alert engine: its life, its thread, what others see of it.
 *
 * Invariants
 *  1. Evaluations run one after the other (run_lock); rules run, and the store is written, without
 *     the lock of the findings, so that readers wait for neither.
 *  2. What readers see is stored. An evaluation that could not be stored changes nothing and is
 *     tried again.
 *  3. A rule that fails leaves its findings as they were and is counted; so does one that has no
 *     data, where it says so (no_data). */
#include "alert/engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "engine_int.h"

enum {
    TICK_MS = 10000,
    RETRY_MS = 5000,
    REST_TIMES = 4, /* so many times as long as it took: a fifth of one processor at most */
    NICE = 10,      /* requests come first */
    DEAR_NS = 100000000
};

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEM, "no memory for alerts");
}

/* Under the lock. */
static void count_states(struct alert_engine *e)
{
    struct alert_stats *st = &e->stats;
    st->pending = st->firing = 0;
    for (size_t i = 0; i < e->book.n; i++) {
        for (size_t k = 0; k < e->book.slot[i]->n; k++) {
            enum alert_state state = e->book.slot[i]->at[k].row->times.state;
            st->pending += state == ALERT_PENDING;
            st->firing += state == ALERT_FIRING;
        }
    }
}

/* ---- what was judged ---- */

int64_t judged_as(const struct evaluation *ev)
{
    uint64_t h = ev->snap->id;
    for (size_t i = 0; i < ev->set->n; i++) {
        const struct plugin *p = &ev->set->plugin[i];
        h = hash64(p->sha256, sizeof p->sha256, hash_mix(h ^ (uint64_t)p->status));
    }
    return (int64_t)(hash_mix(h) | 1);
}

int alert_engine_catch_up(struct alert_engine *e, struct err *err)
{
    struct evaluation ev;
    if (evaluation_begin(e, &ev, err) < 0)
        return 0; /* nothing to look at yet */
    int64_t now = judged_as(&ev);
    pthread_mutex_lock(&e->lock);
    bool same = now == e->judged;
    if (same) {
        e->snapshot = ev.snap->id;
        count_states(e);
    }
    pthread_mutex_unlock(&e->lock);
    evaluation_end(&ev);
    return same ? alert_engine_tick(e, err) : alert_engine_run(e, err);
}

/* ---- running --------------------------------------------------------------------------------- */

/* Once an evaluation is stored. Under the lock. */
static void count(struct evaluation *ev, int64_t start_ns)
{
    struct alert_engine *e = ev->e;
    struct alert_stats *st = &e->stats;
    count_states(e);
    st->evaluated_ms = clock_wall_ms();
    if (ev->by_clock_only)
        return;
    if (e->snapshot != ev->snap->id && ev->snap->received_ms > 0)
        st->lag_ms = st->evaluated_ms - ev->snap->received_ms;
    e->snapshot = ev->snap->id;
    e->judged = judged_as(ev);
    st->last_ns = clock_mono_ns() - start_ns;
}

static int evaluate(struct evaluation *ev, struct err *err)
{
    int64_t start = clock_mono_ns();
    int rc = evaluate_rules(ev, err);
    if (rc == 0)
        rc = tell_all(ev, err);
    if (!ev->by_clock_only) {
        ev->judged = judged_as(ev);
        ev->dear = clock_mono_ns() - start > DEAR_NS;
    }
    if (rc == 0) {
        rc = commit(ev, err);
    } else {
        pthread_mutex_lock(&ev->e->lock);
        book_reject(&ev->e->book);
        pthread_mutex_unlock(&ev->e->lock);
    }
    pthread_mutex_lock(&ev->e->lock);
    if (rc == 0)
        count(ev, start);
    ev->e->retry_ns =
        rc < 0 && rc != ERR_CANCELLED ? clock_mono_ns() + (int64_t)RETRY_MS * 1000000 : 0;
    pthread_mutex_unlock(&ev->e->lock);
    return rc;
}

static int run(struct alert_engine *e, bool by_clock_only, struct err *err)
{
    struct evaluation ev;
    struct snap *snap = snap_cell_get(e->o.cell);
    if (snap == NULL)
        return 0; /* nothing to look at yet */
    snap_unref(snap);
    pthread_mutex_lock(&e->run_lock);
    int rc = evaluation_begin(e, &ev, err);
    if (rc == 0) {
        ev.by_clock_only = by_clock_only;
        rc = evaluate(&ev, err);
        evaluation_end(&ev);
    }
    pthread_mutex_unlock(&e->run_lock);
    return rc;
}

int alert_engine_run(struct alert_engine *e, struct err *err)
{
    return run(e, false, err);
}

int alert_engine_tick(struct alert_engine *e, struct err *err)
{
    TRY(run(e, true, err));
    schedules_run(e);
    return 0;
}

int alert_engine_deliver(struct alert_engine *e, struct err *err)
{
    return e->courier != NULL ? courier_round(e->courier, err) : 0;
}

/* ---- the thread ------------------------------------------------------------------------------ */

void alert_engine_wake(void *engine)
{
    struct alert_engine *e = engine;
    pthread_mutex_lock(&e->lock);
    e->wanted = true;
    pthread_cond_signal(&e->wake);
    pthread_mutex_unlock(&e->lock);
}

static void on_snapshot(void *ctx, struct snap *s)
{
    (void)s;
    alert_engine_wake(ctx);
}

/* Waits for data, a reload, or the next tick; true: the rules are to run. Under the lock. */
static bool wait_for_work(struct alert_engine *e)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    int64_t wait_ms = e->retry_ns != 0 ? RETRY_MS : TICK_MS;
    until.tv_sec += wait_ms / 1000;
    while (!e->stopping && !e->wanted)
        if (pthread_cond_timedwait(&e->wake, &e->lock, &until) != 0)
            break;
    return e->wanted || e->retry_ns != 0;
}

/* Rules over many rows would else be asked anew for ever while batches arrive. Under the lock. */
static void rest(struct alert_engine *e, int64_t ns)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ns / 1000000000;
    until.tv_nsec += ns % 1000000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    while (!e->stopping)
        if (pthread_cond_timedwait(&e->wake, &e->lock, &until) != 0)
            return;
}

static void *engine_main(void *arg)
{
    struct alert_engine *e = arg;
    setpriority(PRIO_PROCESS, (id_t)gettid(), NICE); /* of this thread; it may be refused */
    pthread_mutex_lock(&e->lock);
    while (!e->stopping) {
        bool all = wait_for_work(e);
        if (e->stopping)
            break;
        e->wanted = false;
        pthread_mutex_unlock(&e->lock);
        struct err err;
        int64_t start = clock_mono_ns();
        int rc = all ? alert_engine_run(e, &err) : alert_engine_tick(e, &err);
        if (rc < 0 && rc != ERR_CANCELLED)
            log_line(LOG_WARN, "alert", "an evaluation came to nothing: %s", err.msg);
        pthread_mutex_lock(&e->lock);
        rest(e, REST_TIMES * (clock_mono_ns() - start));
    }
    pthread_mutex_unlock(&e->lock);
    return NULL;
}

/* ---- life ------------------------------------------------------------------------------------ */

static int take_up(struct alert_engine *e, struct err *err)
{
    struct arena mem;
    struct alert_row *row = NULL;
    size_t n = 0;
    if (e->o.store == NULL)
        return 0;
    arena_init(&mem, MEM_ALERT, 0);
    int rc = store_alerts_read(e->o.store, &mem, &row, &n, &e->seq, err);
    for (size_t i = 0; rc == 0 && i < n; i++)
        rc = book_load(&e->book, &row[i], err);
    arena_fini(&mem);
    if (rc == 0)
        rc = store_alerts_mark(e->o.store, JUDGED, &e->judged, err);
    return rc < 0 ? rc : silences_reload(e, err);
}

static int start(struct alert_engine *e, struct err *err)
{
    TRY(take_up(e, err));
    if (e->o.store != NULL)
        TRY(courier_new(e, &e->courier, err));
    if (e->o.no_threads)
        return 0;
    int rc = pthread_create(&e->thread, NULL, engine_main, e);
    if (rc != 0)
        return err_set(err, ERR_UNAVAILABLE, "cannot start the thread of alerts: %s", strerror(rc));
    pthread_setname_np(e->thread, "alerts");
    e->started = true;
    TRY(registry_listen(e->o.registry, alert_engine_wake, e, err));
    snap_cell_listen(e->o.cell, on_snapshot, e);
    return 0;
}

int alert_engine_new(const struct alert_options *o, struct alert_engine **out, struct err *err)
{
    pthread_condattr_t monotonic;
    struct alert_engine *e = mem_calloc(MEM_ALERT, 1, sizeof *e);
    if (!e)
        return no_memory(err);
    e->o = *o;
    book_init(&e->book);
    arena_init(&e->silence_mem, MEM_ALERT, 0);
    pthread_mutex_init(&e->run_lock, NULL);
    pthread_mutex_init(&e->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&e->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    int rc = start(e, err);
    if (rc < 0) {
        alert_engine_free(e);
        return rc;
    }
    *out = e;
    return 0;
}

static void stop(struct alert_engine *e)
{
    snap_cell_unlisten(e->o.cell, on_snapshot, e);
    registry_unlisten(e->o.registry, alert_engine_wake, e);
    pthread_mutex_lock(&e->lock);
    e->stopping = true;
    if (e->running != NULL)
        cancel_fire(e->running);
    pthread_cond_signal(&e->wake);
    pthread_mutex_unlock(&e->lock);
    if (e->started)
        pthread_join(e->thread, NULL);
    e->started = false;
    courier_free(e->courier);
    e->courier = NULL;
}

void alert_engine_free(struct alert_engine *e)
{
    if (!e)
        return;
    stop(e);
    book_fini(&e->book);
    arena_fini(&e->silence_mem);
    pthread_cond_destroy(&e->wake);
    pthread_mutex_destroy(&e->lock);
    pthread_mutex_destroy(&e->run_lock);
    mem_free(MEM_ALERT, e);
}

/* ---- what others see ------------------------------------------------------------------------- */

uint64_t alert_engine_snapshot(struct alert_engine *e)
{
    pthread_mutex_lock(&e->lock);
    uint64_t id = e->snapshot;
    pthread_mutex_unlock(&e->lock);
    return id;
}

static uint64_t row_hash(const struct alert_row *r)
{
    const int64_t facts[] = {(int64_t)r->times.state, r->times.since,  r->level,   r->ack_ms,
                             r->ack_until_ms,         r->escalated_ms, r->told_ms, r->fired_ms};
    uint64_t h = hash64(facts, sizeof facts, 0);
    h = hash64(r->id.p, r->id.n, h);
    h = hash64(r->message.p, r->message.n, h);
    return hash64(r->message_hi.p, r->message_hi.n, h);
}

void version_update(struct alert_engine *e)
{
    uint64_t h = (uint64_t)e->seq;
    for (size_t i = 0; i < e->silences; i++)
        h = hash_mix(h ^ (uint64_t)e->silence[i].id);
    for (size_t i = 0; i < e->book.n; i++)
        for (size_t k = 0; k < e->book.slot[i]->n; k++)
            if (e->book.slot[i]->at[k].row != NULL) /* in whatever order they stand */
                h += hash_mix(row_hash(e->book.slot[i]->at[k].row));
    e->version = hash_mix(h);
}

uint64_t alert_engine_version(struct alert_engine *e)
{
    pthread_mutex_lock(&e->lock);
    uint64_t version = e->version;
    int64_t now = clock_wall_ms();
    for (size_t i = 0; i < e->silences; i++) /* they end by the clock alone */
        if (e->silence[i].until_ms > now)
            version = hash_mix(version ^ (uint64_t)e->silence[i].id);
    pthread_mutex_unlock(&e->lock);
    return version;
}

void alert_engine_listen(struct alert_engine *e, void (*fn)(void *ctx), void *ctx)
{
    pthread_mutex_lock(&e->lock);
    e->listener = fn;
    e->listener_ctx = ctx;
    pthread_mutex_unlock(&e->lock);
}

void alert_stats_get(struct alert_engine *e, struct alert_stats *out)
{
    pthread_mutex_lock(&e->lock);
    *out = e->stats;
    pthread_mutex_unlock(&e->lock);
    if (e->courier != NULL)
        courier_stats(e->courier, out);
}

/* Firing ones first, then by the steps of their ladders. */
static int show_cmp(const void *pa, const void *pb)
{
    static const int rank[] = {
        [ALERT_FIRING] = 0, [ALERT_PENDING] = 1, [ALERT_RESOLVED] = 2, [ALERT_GONE] = 3};
    const struct alert_row *a = *(const struct alert_row *const *)pa;
    const struct alert_row *b = *(const struct alert_row *const *)pb;
    if (a->times.state != b->times.state)
        return rank[a->times.state] - rank[b->times.state];
    if (a->level != b->level)
        return a->level < b->level ? -1 : 1;
    int c = str_cmp(a->plugin, b->plugin);
    if (c == 0)
        c = str_cmp(a->rule, b->rule);
    return c != 0 ? c : str_cmp(a->key, b->key);
}

/* Those that are stored, in order. Under the lock; *n says how many. */
static int list_rows(struct alert_engine *e, struct arena *a, const struct alert_row ***out,
                     size_t *n, struct err *err)
{
    const struct alert_row **row = arena_array(a, e->book.findings, sizeof *row);
    if (!row)
        return no_memory(err);
    *n = 0;
    for (size_t i = 0; i < e->book.n; i++)
        for (size_t k = 0; k < e->book.slot[i]->n; k++)
            if (e->book.slot[i]->at[k].row != NULL)
                row[(*n)++] = e->book.slot[i]->at[k].row;
    qsort(row, *n, sizeof *row, show_cmp);
    *out = row;
    return 0;
}

static int fill_table(struct alert_engine *e, struct arena *a, const struct snap *snap,
                      struct frame **out, struct err *err)
{
    const struct alert_row **row = NULL;
    size_t n = 0;
    int64_t now = clock_wall_ms();
    TRY(list_rows(e, a, &row, &n, err));
    bool *silenced = ARENA_ARRAY(a, bool, n);
    if (!silenced)
        return no_memory(err);
    for (size_t i = 0; i < n; i++)
        silenced[i] = is_silenced(e, row[i], snap, now);
    return alert_rows_frame(row, silenced, n, snap, a, out, err);
}

int alert_table(void *engine, struct arena *a, const struct snap *snap, struct frame **out,
                struct err *err)
{
    struct alert_engine *e = engine;
    pthread_mutex_lock(&e->lock);
    int rc = fill_table(e, a, snap, out, err);
    pthread_mutex_unlock(&e->lock);
    return rc;
}
