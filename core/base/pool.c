/* SPDX-License-Identifier: MIT
 *
 * Worker threads around a ring of jobs.
 *
 *   pool_submit -> [ ring, at most queue_max ] -> worker runs fn(arg)
 *   open --pool_stop--> draining --last job done, pool_free--> gone
 *
 * One mutex guards the ring and the state; it is never held while a job runs. */
#include "base/pool.h"

#include <pthread.h>
#include <signal.h>
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
    bool stopping;
    char name[13];
    int threads;
    pthread_t thread[];
};

/* False when the pool stops and nothing is left to do. */
static bool next_job(struct pool *p, struct job *job)
{
    pthread_mutex_lock(&p->lock);
    while (p->waiting == 0 && !p->stopping)
        pthread_cond_wait(&p->changed, &p->lock);
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

int pool_submit(struct pool *p, pool_fn fn, void *arg)
{
    int rc = 0;
    pthread_mutex_lock(&p->lock);
    if (p->stopping) {
        rc = ERR_UNAVAILABLE;
    } else if (p->waiting == p->cap) {
        rc = ERR_BUSY;
    } else {
        p->ring[(p->head + p->waiting) % p->cap] = (struct job){fn, arg};
        p->waiting++;
        pthread_cond_signal(&p->changed);
    }
    pthread_mutex_unlock(&p->lock);
    return rc;
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

/* ---- the same for many ----------------------------------------------------------------------- */

/* On the heap: a thread of the pool may come when all is done and the caller gone. */
struct each {
    pthread_mutex_t lock; /* owns the rest */
    pthread_cond_t fewer; /* at_work fell */
    pool_each_fn fn;
    void *ctx;
    size_t next, n;
    size_t at_work, holders;
    int rc;
    size_t failed; /* i of rc */
    struct err err;
};

/* With the lock held. */
static void each_one(struct each *e)
{
    struct err err;
    size_t i = e->next++;
    e->at_work++;
    pthread_mutex_unlock(&e->lock);
    int rc = e->fn(e->ctx, i, &err);
    pthread_mutex_lock(&e->lock);
    e->at_work--;
    if (rc < 0) {
        if (e->rc == 0 || i < e->failed) {
            e->rc = rc;
            e->failed = i;
            e->err = err;
        }
        e->next = e->n;
    }
    pthread_cond_signal(&e->fewer);
}

/* Lets go of it; unlocks. */
static void each_drop(struct each *e)
{
    bool last = --e->holders == 0;
    pthread_mutex_unlock(&e->lock);
    if (!last)
        return;
    pthread_cond_destroy(&e->fewer);
    pthread_mutex_destroy(&e->lock);
    mem_free(MEM_BASE, e);
}

static void each_job(void *arg)
{
    struct each *e = arg;
    pthread_mutex_lock(&e->lock);
    while (e->next < e->n)
        each_one(e);
    each_drop(e);
}

static int each_alone(size_t n, pool_each_fn fn, void *ctx, struct err *err)
{
    for (size_t i = 0; i < n; i++)
        TRY(fn(ctx, i, err));
    return 0;
}

int pool_each(struct pool *p, size_t n, pool_each_fn fn, void *ctx, struct err *err)
{
    struct each *e = p != NULL && n > 1 ? mem_calloc(MEM_BASE, 1, sizeof *e) : NULL;
    if (e == NULL)
        return each_alone(n, fn, ctx, err);
    *e = (struct each){.fn = fn, .ctx = ctx, .n = n, .holders = 1};
    pthread_mutex_init(&e->lock, NULL);
    pthread_cond_init(&e->fewer, NULL);
    pthread_mutex_lock(&e->lock);
    for (int i = 0; i < p->threads && e->holders < n && pool_submit(p, each_job, e) == 0; i++)
        e->holders++;
    while (e->next < e->n)
        each_one(e);
    while (e->at_work > 0)
        pthread_cond_wait(&e->fewer, &e->lock);
    int rc = e->rc;
    if (rc < 0 && err != NULL)
        *err = e->err;
    each_drop(e);
    return rc;
}
