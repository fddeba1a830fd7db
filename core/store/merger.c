/* SPDX-License-Identifier: MIT
 *
 * The background thread that merges segments into slabs when there are enough of them. It works on
 * a snapshot and hands the outcome to the storage thread; nobody waits for it. Between merges it
 * looks after the disk: is there space again, is all that is stored still what was written.
 *
 *   waiting --a snapshot is published, a tick--> looking --merge is due--> merging --installed--+
 *      ^                                           |  ^                       |                 |
 *      +-----------------nothing to do-------------+  +-----------------------|-----------------+
 *                                                     failed: waits, twice as long each time */
#include "merger.h"

#include <pthread.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "slabs.h"
#include "store_int.h"

enum { PAUSE_S = 10, PAUSE_MAX_S = 640, FULL_TICK_S = 2 };

struct merger {
    struct store *s;
    pthread_t thread;
    pthread_mutex_t lock; /* owns woken and stopped */
    pthread_cond_t wake;
    bool woken, stopped;
    struct cancel cancel;
};

static void on_publish(void *ctx, struct snap *snap)
{
    struct merger *m = ctx;
    if (merge_due(snap)) {
        pthread_mutex_lock(&m->lock);
        m->woken = true;
        pthread_cond_signal(&m->wake);
        pthread_mutex_unlock(&m->lock);
    }
}

/* Each merge leaves two lines: where there is no second one, the process ended in it. */
static void tell_end(int rc, const struct merge *merge, int64_t ns)
{
    if (rc > 0)
        log_line(LOG_INFO, "store", "the places changed meanwhile: the merge begins anew");
    else if (rc == 0)
        log_line(LOG_INFO, "store", "merged into %zu slabs in %lld ms", merge->fresh,
                 (long long)(ns / 1000000));
}

static int merge_once(struct merger *m, const struct snap *snap, struct err *err)
{
    struct merge merge;
    struct store *s = m->s;
    int64_t start = clock_mono_ns();
    log_line(LOG_INFO, "store", "merging %zu segments", snap->segs);
    TRY(merge_run(snap, s->slab_next, 1, &m->cancel, &merge, err));
    int rc = slabs_install(s, snap, &merge, err);
    int64_t ns = clock_mono_ns() - start;
    if (rc == 0) {
        s->slab_next += merge.fresh;
        atomic_fetch_add(&s->merges, 1);
        atomic_fetch_add(&s->merge_ns, (uint64_t)ns);
    }
    tell_end(rc, &merge, ns);
    merge_fini(&merge);
    return rc < 0 ? rc : 0;
}

/* Waits for news, or for `pause_s` seconds (0: for the next tick). False: stopped. */
static bool wait_for_news(struct merger *m, int pause_s)
{
    struct timespec until;
    bool full = store_state_of(m->s) == STORE_FULL;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += full ? FULL_TICK_S : pause_s > 0 ? pause_s : SCRUB_TICK_MS / 1000;
    pthread_mutex_lock(&m->lock);
    int rc = 0;
    while (!m->stopped && rc == 0 && (pause_s > 0 || !m->woken))
        rc = pthread_cond_timedwait(&m->wake, &m->lock, &until);
    m->woken = false;
    bool go_on = !m->stopped;
    pthread_mutex_unlock(&m->lock);
    return go_on;
}

static int try_again(struct store *s, void *arg, struct err *err)
{
    (void)arg, (void)err;
    store_try_again(s);
    return 0;
}

/* What is to be done from time to time, whether there are news or not. */
static void look_around(struct store *s)
{
    struct err err;
    int64_t now = clock_wall_ms();
    if (store_state_of(s) == STORE_FULL && store_call(s, try_again, NULL, &err) < 0)
        log_line(LOG_DEBUG, "store", "%s", err.msg);
    scrub_tick(s, now);
    tokens_tick(s, now);
}

static void *merger_main(void *arg)
{
    struct merger *m = arg;
    int pause_s = 0;
    bool go_on = true;
    while (go_on) {
        struct err err = {0};
        struct snap *snap = snap_cell_get(m->s->cell);
        bool due = merge_due(snap) && store_state_of(m->s) == STORE_READY;
        atomic_store(&m->s->merging, due);
        int rc = due ? merge_once(m, snap, &err) : 0;
        atomic_store(&m->s->merging, false);
        snap_unref(snap);
        if (rc < 0 && rc != ERR_CANCELLED) {
            pause_s = pause_s == 0                ? PAUSE_S
                      : pause_s * 2 < PAUSE_MAX_S ? pause_s * 2
                                                  : PAUSE_MAX_S;
            log_line(LOG_ERROR, "store", "merging segments failed, next try in %d s: %s", pause_s,
                     err.msg);
        }
        pause_s = rc < 0 ? pause_s : 0;
        if (!due || rc < 0) {
            go_on = wait_for_news(m, pause_s);
            if (go_on)
                look_around(m->s);
        }
    }
    return NULL;
}

int merger_new(struct store *s, struct merger **out, struct err *err)
{
    struct merger *m = mem_calloc(MEM_STORE, 1, sizeof(*m));
    if (!m) {
        return err_set(err, ERR_MEM, "no memory for the background thread");
    }
    m->s = s;
    pthread_mutex_init(&m->lock, NULL);
    pthread_cond_init(&m->wake, NULL);
    cancel_init(&m->cancel, 0);
    int rc = pthread_create(&m->thread, NULL, merger_main, m);
    if (rc != 0) {
        mem_free(MEM_STORE, m);
        return err_set(err, ERR_UNAVAILABLE, "no background thread (%d)", rc);
    }
    pthread_setname_np(m->thread, "merger");
    snap_cell_listen(s->cell, on_publish, m);
    *out = m;
    return 0;
}

void merger_free(struct merger *m)
{
    if (!m) {
        return;
    }
    snap_cell_unlisten(m->s->cell, on_publish, m);
    pthread_mutex_lock(&m->lock);
    m->stopped = true;
    pthread_cond_signal(&m->wake);
    pthread_mutex_unlock(&m->lock);
    cancel_fire(&m->cancel);
    pthread_join(m->thread, NULL);
    pthread_cond_destroy(&m->wake);
    pthread_mutex_destroy(&m->lock);
    mem_free(MEM_STORE, m);
}
