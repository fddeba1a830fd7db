/* SPDX-License-Identifier: MIT
 *
 * Worker threads around a ring of jobs.
 *
 *   pool_submit -> [ ring, at most queue_max ] -> worker runs fn(arg)
 *   open --pool_stop--> draining --last job done, pool_free--> gone
 *
 * One mutex guards the ring and the state; it is never held while a job runs.
 *
 * A shared call (pool_share) is a job for several workers at once, with a count of those who are
 * in it. Its caller takes part; when its own part is over the call closes, and only those who are
 * in it are waited for: a worker that comes late finds it closed, so that two callers who share
 * with each other's workers cannot wait for each other. */
#include "base/pool.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

struct job {
    pool_fn fn;
    void *arg;
};

struct pool {
    pthread_mutex_t lock;
    pthread_cond_t changed; /* a job came, or the pool is stopping */
    struct job *ring;
    size_t cap;
    size_t head; /* oldest job */
    size_t waiting;
    int idle; /* workers that wait for a job */
    bool stopping;
    char name[13];
    int threads;
    pthread_t thread[];
};

/* False when the pool stops and nothing is left to do. */
static bool next_job(struct pool *p, struct job *job)
{
    pthread_mutex_lock(&p->lock);
    p->idle++;
    while (p->waiting == 0 && !p->stopping)
        pthread_cond_wait(&p->changed, &p->lock);
    p->idle--;
    bool found = p->waiting > 0;
    if (found) {
        *job = p->ring[p->head];
        p->head = (p->head + 1) % p->cap;
        p->waiting--;
    }
    pthread_mutex_unlock(&p->lock);
    return found;
}

static void *work(void *arg)
{
    struct pool *p = arg;
    struct job job;
    while (next_job(p, &job))
        job.fn(job.arg);
    return NULL;
}

/* Workers leave signals to the thread that waits for them. */
static int start_threads(struct pool *p, int count)
{
    sigset_t all;
    sigset_t old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    int rc = 0;
    for (int i = 0; i < count && rc == 0; i++) {
        rc = pthread_create(&p->thread[i], NULL, work, p);
        if (rc != 0)
            break;
        p->threads++;
        char label[16];
        snprintf(label, sizeof label, "%s-%u", p->name, (unsigned)i % 100u);
        pthread_setname_np(p->thread[i], label);
    }
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return rc;
}

int pool_new(const char *name, int threads, size_t queue_max, struct pool **out, struct err *err)
{
    ASSERT(threads > 0 && queue_max > 0);
    size_t bytes = sizeof(struct pool) + (size_t)threads * sizeof(pthread_t);
    struct pool *p = mem_calloc(MEM_BASE, 1, bytes);
    struct job *ring = mem_calloc(MEM_BASE, queue_max, sizeof *ring);
    if (p == NULL || ring == NULL) {
        mem_free(MEM_BASE, p);
        mem_free(MEM_BASE, ring);
        return err_set(err, ERR_MEM, "no memory for the threads '%s'", name);
    }
    p->ring = ring;
    p->cap = queue_max;
    snprintf(p->name, sizeof p->name, "%s", name);
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->changed, NULL);
    int rc = start_threads(p, threads);
    if (rc != 0) {
        pool_free(p);
        return err_set(err, ERR_UNAVAILABLE, "cannot start %d threads '%s': %s", threads, name,
                       strerror(rc));
    }
    *out = p;
    return 0;
}

/* With the lock held. */
static int enqueue(struct pool *p, pool_fn fn, void *arg)
{
    if (p->stopping)
        return ERR_UNAVAILABLE;
    if (p->waiting == p->cap)
        return ERR_BUSY;
    p->ring[(p->head + p->waiting) % p->cap] = (struct job){fn, arg};
    p->waiting++;
    pthread_cond_signal(&p->changed);
    return 0;
}

int pool_submit(struct pool *p, pool_fn fn, void *arg)
{
    pthread_mutex_lock(&p->lock);
    int rc = enqueue(p, fn, arg);
    pthread_mutex_unlock(&p->lock);
    return rc;
}

/* ---- shared calls --------------------------------------------------------------------------- */

struct shared {
    pthread_mutex_t lock;
    pthread_cond_t left; /* a worker has left */
    pool_fn fn;
    void *arg;
    int inside; /* workers that run fn */
    int refs;   /* the caller and the jobs in the ring */
    bool closed;
};

static void shared_unref(struct shared *s)
{
    pthread_mutex_lock(&s->lock);
    bool last = --s->refs == 0;
    pthread_mutex_unlock(&s->lock);
    if (!last)
        return;
    pthread_cond_destroy(&s->left);
    pthread_mutex_destroy(&s->lock);
    mem_free(MEM_BASE, s);
}

static void take_part(void *arg)
{
    struct shared *s = arg;
    pthread_mutex_lock(&s->lock);
    bool open = !s->closed;
    s->inside += open;
    pthread_mutex_unlock(&s->lock);
    if (open) {
        s->fn(s->arg);
        pthread_mutex_lock(&s->lock);
        s->inside--;
        pthread_cond_signal(&s->left);
        pthread_mutex_unlock(&s->lock);
    }
    shared_unref(s);
}

/* Asks `more` workers; with `idle_only` at most as many as have nothing to do. */
static void invite(struct pool *p, int more, bool idle_only, struct shared *s)
{
    pthread_mutex_lock(&p->lock);
    int idle = p->idle - (int)p->waiting;
    for (int i = 0; i < more && (i < idle || !idle_only); i++) {
        pthread_mutex_lock(&s->lock);
        s->refs++;
        pthread_mutex_unlock(&s->lock);
        if (enqueue(p, take_part, s) < 0) {
            shared_unref(s);
            break;
        }
    }
    pthread_mutex_unlock(&p->lock);
}

static void close_shared(struct shared *s)
{
    pthread_mutex_lock(&s->lock);
    s->closed = true;
    while (s->inside > 0)
        pthread_cond_wait(&s->left, &s->lock);
    pthread_mutex_unlock(&s->lock);
}

static void share(struct pool *p, int more, bool idle_only, pool_fn fn, void *arg)
{
    struct shared *s = p == NULL || more <= 0 ? NULL : mem_calloc(MEM_BASE, 1, sizeof *s);
    if (s == NULL) {
        fn(arg);
        return;
    }
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->left, NULL);
    s->fn = fn;
    s->arg = arg;
    s->refs = 1;
    invite(p, more, idle_only, s);
    fn(arg);
    close_shared(s);
    shared_unref(s);
}

void pool_share(struct pool *p, int more, pool_fn fn, void *arg)
{
    share(p, more, true, fn, arg);
}

int pool_threads(const struct pool *p)
{
    return p->threads;
}

size_t pool_waiting(struct pool *p)
{
    pthread_mutex_lock(&p->lock);
    size_t n = p->waiting;
    pthread_mutex_unlock(&p->lock);
    return n;
}

void pool_stop(struct pool *p)
{
    pthread_mutex_lock(&p->lock);
    p->stopping = true;
    pthread_cond_broadcast(&p->changed);
    pthread_mutex_unlock(&p->lock);
}

void pool_free(struct pool *p)
{
    if (p == NULL)
        return;
    pool_stop(p);
    for (int i = 0; i < p->threads; i++)
        pthread_join(p->thread[i], NULL);
    ASSERT(p->waiting == 0 || p->threads == 0);
    pthread_cond_destroy(&p->changed);
    pthread_mutex_destroy(&p->lock);
    mem_free(MEM_BASE, p->ring);
    mem_free(MEM_BASE, p);
}

/* ---- one of many ---------------------------------------------------------------------------- */

struct each {
    pool_each_fn fn;
    void *ctx;
    size_t n;
    atomic_size_t next;
    atomic_bool failed; /* nothing new is begun */
    pthread_mutex_t lock;
    size_t first; /* the lowest index that failed */
    int rc;
    struct err err;
};

static void each_failed(struct each *e, size_t i, int rc, const struct err *err)
{
    pthread_mutex_lock(&e->lock);
    if (e->rc == 0 || i < e->first) {
        e->first = i;
        e->rc = rc;
        e->err = *err;
    }
    pthread_mutex_unlock(&e->lock);
    atomic_store(&e->failed, true);
}

static void each_work(void *arg)
{
    struct each *e = arg;
    size_t i;
    while (!atomic_load(&e->failed) && (i = atomic_fetch_add(&e->next, 1)) < e->n) {
        struct err err = {0};
        int rc = e->fn(e->ctx, i, &err);
        if (rc < 0)
            each_failed(e, i, rc, &err);
    }
}

int pool_each(struct pool *p, size_t n, pool_each_fn fn, void *ctx, struct err *err)
{
    struct each e = {.fn = fn, .ctx = ctx, .n = n};
    int most = p == NULL || n < 2 ? 0 : p->threads;
    pthread_mutex_init(&e.lock, NULL);
    share(p, (size_t)most < n ? most : (int)n - 1, false, each_work, &e);
    pthread_mutex_destroy(&e.lock);
    if (e.rc < 0 && err != NULL)
        *err = e.err;
    return e.rc;
}
