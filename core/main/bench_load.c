/* SPDX-License-Identifier: MIT
 *
 * Each connection is a thread: it takes the next request, sleeps until it is due, asks, and notes
 * the end. Nothing is shared but the number of the next request. */
#include "bench_load.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"

enum { LATE_NS = 1000000 };
static const int64_t grace_ns = INT64_C(10000000000);

static void sleep_until(int64_t ns)
{
    struct timespec t = {ns / 1000000000, ns % 1000000000};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) != 0)
        ;
}

/* An answer that did not come has status 0; the connection is made anew for the next. */
static void ask(struct load *l, struct bench_client *c, uint64_t k, struct buf *out)
{
    struct load_request *q = &l->request[k];
    struct bench_reply r = {0};
    buf_clear(out);
    q->kind = l->source.make(l->source.ctx, k, out);
    int rc = c->fd >= 0 ? 0 : bench_client_open(c, l->port, NULL);
    rc = rc < 0 ? rc : bench_client_ask(c, buf_view(out), &r, NULL);
    q->end_ns = clock_mono_ns();
    q->status = rc < 0 ? 0 : r.status;
    q->taken = rc == 0 && l->source.take != NULL ? l->source.take(&r) : 0;
}

static void *run(void *arg)
{
    struct load *l = arg;
    struct bench_client *c = mem_must(MEM_MAIN, sizeof *c);
    struct timespec used;
    struct buf out;
    uint64_t k;
    c->fd = -1;
    buf_init(&out, MEM_MAIN);
    while ((k = atomic_fetch_add(&l->next, 1)) < l->requests) {
        sleep_until(l->request[k].due_ns);
        int64_t now = clock_mono_ns();
        if (now > l->start_ns + l->length_ns + grace_ns)
            break;
        if (now - l->request[k].due_ns >= LATE_NS)
            atomic_fetch_add(&l->late, 1);
        ask(l, c, k, &out);
    }
    bench_client_close(c);
    buf_fini(&out);
    mem_free(MEM_MAIN, c);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    atomic_fetch_add(&l->cpu_ns, (uint64_t)(used.tv_sec * 1000000000 + used.tv_nsec));
    return NULL;
}

static int make_schedule(struct load *l, struct err *err)
{
    l->requests = (uint64_t)((double)l->length_ns / 1e9 * l->per_second);
    l->request = mem_calloc(MEM_MAIN, l->requests + 1, sizeof *l->request);
    if (l->request == NULL)
        return err_set(err, ERR_MEM, "no memory for %llu requests",
                       (unsigned long long)l->requests);
    for (uint64_t k = 0; k < l->requests; k++)
        l->request[k].due_ns = l->start_ns + (int64_t)((double)k * 1e9 / l->per_second);
    return 0;
}

int load_start(struct load *l, struct err *err)
{
    ASSERT(l->connections > 0 && l->connections <= LOAD_CONNECTIONS_MAX && l->per_second >= 0);
    atomic_init(&l->next, 0);
    atomic_init(&l->late, 0);
    atomic_init(&l->cpu_ns, 0);
    l->threads = 0;
    TRY(make_schedule(l, err));
    for (int i = 0; i < l->connections; i++) {
        int rc = pthread_create(&l->thread[i], NULL, run, l);
        if (rc != 0)
            return err_set(err, ERR_UNAVAILABLE, "no thread for a client: %s", strerror(rc));
        pthread_setname_np(l->thread[i], "load");
        l->threads++;
    }
    return 0;
}

void load_wait(struct load *l)
{
    for (int i = 0; i < l->threads; i++)
        pthread_join(l->thread[i], NULL);
    l->threads = 0;
}

void load_fini(struct load *l)
{
    atomic_store(&l->next, l->requests);
    load_wait(l);
    mem_free(MEM_MAIN, l->request);
    l->request = NULL;
    l->requests = 0;
}
