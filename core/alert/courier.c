/* SPDX-License-Identifier: MIT
 *
 * The courier: takes the messages of the outbox to those who are to get them, and keeps the
 * Alertmanagers told, on a thread of its own.
 *
 * A message is in the outbox until its delivery has succeeded and that is stored: a process that is
 * killed in between delivers it again, with the same id. A notifier that fails is left alone until
 * the next round, so that it does not hold up the others for longer than one attempt. */
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "engine_int.h"
#include "notify.h"

enum {
    RESEND_MS = 60000,
    RESOLVED_MS = 15 * 60000, /* an Alertmanager is told of a recovery for so long */
    RETRY_FIRST_MS = 5000,
    RETRY_MOST_MS = 3600000,
    DUE_MAX = 32,
    IDLE_MS = 10000,
    BUSY_MS = 1000, /* something waits for its next attempt */
    PRUNE_EVERY_MS = 3600000,
};

struct courier {
    struct alert_engine *e;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    pthread_t thread;
    bool started, wanted, stopping;
    pthread_mutex_t round; /* one at a time */
    int64_t *told_ms;      /* by notifier: when an Alertmanager was last told */
    int64_t pruned_ms;
    atomic_uint_least64_t sent, failed;
    struct outbox_stats outbox; /* as of the last round; under lock */
};

/* Couriers that are stopping: attempts under way are given up, by any of them. */
static atomic_int stopping;

static bool must_stop(void)
{
    return atomic_load(&stopping) > 0;
}

/* ---- the outbox ------------------------------------------------------------------------------ */

static int64_t backoff_ms(int attempts)
{
    int64_t wait = RETRY_FIRST_MS;
    for (int i = 0; i < attempts && wait < RETRY_MOST_MS; i++)
        wait *= 2;
    return wait < RETRY_MOST_MS ? wait : RETRY_MOST_MS;
}

static int attempt(const struct notifier *n, const struct outbox_row *m, struct err *err)
{
    switch (n->type) {
    case NOTIFY_WEBHOOK:
        return notify_webhook(n, m, must_stop, err);
    case NOTIFY_SMTP:
        return notify_mail(n, m, must_stop, err);
    case NOTIFY_FILE:
        return notify_file(n, m, err);
    case NOTIFY_ALERTMANAGER:
        break;
    }
    return err_set(err, ERR_VALUE, "an Alertmanager gets no messages");
}

/* Takes one message on its way and stores what came of it: 1 when it arrived. */
static int carry(struct courier *c, const struct notifier *n, const struct outbox_row *m,
                 struct err *err)
{
    struct err why;
    int rc = attempt(n, m, &why);
    int64_t now = clock_wall_ms();
    if (rc == ERR_CANCELLED)
        return 0;
    if (rc == 0) {
        atomic_fetch_add(&c->sent, 1);
        TRY(store_outbox_result(c->e->o.store, m->seq, OUTBOX_SENT, now, 0, STR(""), err));
        return 1;
    }
    bool dead = rc == ERR_VALUE || m->attempts + 1 >= OUTBOX_ATTEMPTS_MAX;
    atomic_fetch_add(&c->failed, 1);
    log_line(LOG_WARN, "alert", "message %.*s through %s %s: %s", STR_ARG(m->id), n->name,
             dead ? "is given up" : "will be tried again", why.msg);
    TRY(store_outbox_result(c->e->o.store, m->seq, dead ? OUTBOX_DEAD : OUTBOX_WAITING, now,
                            now + backoff_ms(m->attempts), str_of(why.msg), err));
    return 0;
}

/* Until nothing of the notifier is due or one attempt has failed. */
static int empty_outbox(struct courier *c, const struct notifier *n, struct err *err)
{
    int rc = 1;
    while (rc == 1 && !must_stop()) {
        struct arena a;
        struct outbox_row *m = NULL;
        size_t count = 0;
        arena_init(&a, MEM_ALERT, 0);
        rc = store_outbox_due(c->e->o.store, str_of(n->name), clock_wall_ms(), DUE_MAX, &a, &m,
                              &count, err);
        if (rc == 0)
            rc = count > 0;
        for (size_t i = 0; i < count && rc == 1; i++)
            rc = carry(c, n, &m[i], err);
        arena_fini(&a);
    }
    return rc < 0 ? rc : 0;
}

/* ---- Alertmanagers --------------------------------------------------------------------------- */

struct standings {
    struct standing *at;
    size_t n, cap;
};

static void standings_fini(struct standings *s)
{
    for (size_t i = 0; i < s->n; i++)
        mem_free(MEM_ALERT, s->at[i].row);
    mem_free(MEM_ALERT, s->at);
}

static int standing_add(struct standings *s, const struct alert_row *r, struct err *err)
{
    struct standing *grown = mem_grown(MEM_ALERT, s->at, s->n, &s->cap, sizeof *grown);
    if (grown == NULL)
        return err_set(err, ERR_MEM, "no memory to tell an Alertmanager");
    s->at = grown;
    struct alert_row *own = alert_row_copy(r);
    if (own == NULL)
        return err_set(err, ERR_MEM, "no memory to tell an Alertmanager");
    s->at[s->n++] = (struct standing){own, r->times.state == ALERT_RESOLVED};
    return 0;
}

static bool stands(struct courier *c, const struct alert_row *r, const struct snap *snap,
                   int64_t now_ms)
{
    if (r->times.state == ALERT_RESOLVED)
        return r->fired_ms != 0 && now_ms - r->resolved_ms < RESOLVED_MS;
    return r->times.state == ALERT_FIRING && !is_silenced(c->e, r, snap, now_ms);
}

/* What this Alertmanager is to know; under the engine's lock. */
static int collect(struct courier *c, const struct notifier *n, const struct plugin_set *set,
                   const struct snap *snap, int64_t now_ms, struct standings *out, struct err *err)
{
    const struct book *b = &c->e->book;
    for (size_t i = 0; i < b->n; i++) {
        const struct alert_rule *rule = rule_of(set, b->slot[i], NULL);
        for (size_t k = 0; k < b->slot[i]->n; k++) {
            const struct alert_row *r = b->slot[i]->at[k].row;
            if (r != NULL && stands(c, r, snap, now_ms) &&
                rule_notifies(c->e, rule, n, r->escalated_ms != 0))
                TRY(standing_add(out, r, err));
        }
    }
    return 0;
}

static int64_t resend_ms(const struct courier *c)
{
    return c->e->o.resend_ms > 0 ? c->e->o.resend_ms : RESEND_MS;
}

static int tell_alertmanager(struct courier *c, size_t index, struct err *err)
{
    const struct notifier *n = &c->e->o.notifier[index];
    struct snap *snap = snap_cell_get(c->e->o.cell);
    struct standings all = {.n = 0};
    int64_t now = clock_wall_ms();
    const char *url = c->e->o.external_url != NULL ? c->e->o.external_url : "";
    if (snap == NULL)
        return 0;
    const struct plugin_set *set = registry_get(c->e->o.registry);
    pthread_mutex_lock(&c->e->lock);
    int rc = collect(c, n, set, snap, now, &all, err);
    pthread_mutex_unlock(&c->e->lock);
    if (rc == 0)
        rc = notify_alertmanager(n, all.at, all.n, snap->tree, url, now, resend_ms(c), must_stop,
                                 err);
    if (rc == 0)
        c->told_ms[index] = now;
    atomic_fetch_add(rc == 0 ? &c->sent : &c->failed, 1);
    plugin_set_unref(set);
    snap_unref(snap);
    standings_fini(&all);
    return rc;
}

/* ---- rounds ---------------------------------------------------------------------------------- */

/* `changed`: something happened that an Alertmanager does not know. */
static int round_of(struct courier *c, bool changed, struct err *err)
{
    int worst = 0;
    int64_t now = clock_wall_ms();
    for (size_t i = 0; i < c->e->o.notifiers && !must_stop(); i++) {
        const struct notifier *n = &c->e->o.notifier[i];
        int rc = 0;
        if (n->type != NOTIFY_ALERTMANAGER)
            rc = empty_outbox(c, n, err);
        else if (changed || now - c->told_ms[i] >= resend_ms(c))
            rc = tell_alertmanager(c, i, err);
        if (rc < 0 && rc != ERR_CANCELLED)
            worst = rc;
    }
    if (now - c->pruned_ms >= PRUNE_EVERY_MS && worst == 0) {
        c->pruned_ms = now;
        TRY(store_outbox_prune(c->e->o.store, now - (int64_t)OUTBOX_KEEP_DAYS * DAY_MS, err));
    }
    return worst;
}

static int look(struct courier *c, bool changed, struct err *err)
{
    struct outbox_stats stats;
    pthread_mutex_lock(&c->round);
    int rc = round_of(c, changed, err);
    pthread_mutex_unlock(&c->round);
    if (store_outbox_stats(c->e->o.store, &stats, NULL) == 0) {
        pthread_mutex_lock(&c->lock);
        c->outbox = stats;
        pthread_mutex_unlock(&c->lock);
    }
    return rc;
}

int courier_round(struct courier *c, struct err *err)
{
    return look(c, true, err);
}

static void wait_for_work(struct courier *c)
{
    struct timespec until;
    int64_t wait_ms = c->outbox.waiting > 0 ? BUSY_MS : IDLE_MS;
    if (wait_ms > resend_ms(c))
        wait_ms = resend_ms(c);
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += wait_ms / 1000;
    until.tv_nsec += wait_ms % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    while (!c->stopping && !c->wanted)
        if (pthread_cond_timedwait(&c->wake, &c->lock, &until) != 0)
            break;
}

static void *courier_main(void *arg)
{
    struct courier *c = arg;
    pthread_mutex_lock(&c->lock);
    while (!c->stopping) {
        wait_for_work(c);
        if (c->stopping)
            break;
        bool changed = c->wanted;
        c->wanted = false;
        pthread_mutex_unlock(&c->lock);
        struct err err;
        if (look(c, changed, &err) < 0)
            log_line(LOG_DEBUG, "alert", "delivery: %s", err.msg);
        pthread_mutex_lock(&c->lock);
    }
    pthread_mutex_unlock(&c->lock);
    return NULL;
}

/* ---- life ------------------------------------------------------------------------------------ */

static int start(struct courier *c, struct err *err)
{
    size_t n = c->e->o.notifiers;
    c->told_ms = mem_calloc(MEM_ALERT, n > 0 ? n : 1, sizeof *c->told_ms);
    if (c->told_ms == NULL)
        return err_set(err, ERR_MEM, "no memory for the courier");
    if (c->e->o.no_threads)
        return 0;
    c->wanted = true;
    int rc = pthread_create(&c->thread, NULL, courier_main, c);
    if (rc != 0)
        return err_set(err, ERR_UNAVAILABLE, "cannot start the courier: %s", strerror(rc));
    pthread_setname_np(c->thread, "courier");
    c->started = true;
    return 0;
}

int courier_new(struct alert_engine *e, struct courier **out, struct err *err)
{
    pthread_condattr_t monotonic;
    struct courier *c = mem_calloc(MEM_ALERT, 1, sizeof *c);
    if (c == NULL)
        return err_set(err, ERR_MEM, "no memory for the courier");
    c->e = e;
    pthread_mutex_init(&c->lock, NULL);
    pthread_mutex_init(&c->round, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&c->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    int rc = start(c, err);
    if (rc < 0) {
        courier_free(c);
        return rc;
    }
    *out = c;
    return 0;
}

void courier_free(struct courier *c)
{
    if (c == NULL)
        return;
    atomic_fetch_add(&stopping, 1);
    pthread_mutex_lock(&c->lock);
    c->stopping = true;
    pthread_cond_signal(&c->wake);
    pthread_mutex_unlock(&c->lock);
    if (c->started)
        pthread_join(c->thread, NULL);
    atomic_fetch_sub(&stopping, 1);
    pthread_cond_destroy(&c->wake);
    pthread_mutex_destroy(&c->round);
    pthread_mutex_destroy(&c->lock);
    mem_free(MEM_ALERT, c->told_ms);
    mem_free(MEM_ALERT, c);
}

void courier_wake(struct courier *c)
{
    pthread_mutex_lock(&c->lock);
    c->wanted = true;
    pthread_cond_signal(&c->wake);
    pthread_mutex_unlock(&c->lock);
}

void courier_stats(struct courier *c, struct alert_stats *out)
{
    out->sent = atomic_load(&c->sent);
    out->failed = atomic_load(&c->failed);
    pthread_mutex_lock(&c->lock);
    out->outbox = c->outbox;
    pthread_mutex_unlock(&c->lock);
}
