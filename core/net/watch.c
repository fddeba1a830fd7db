/* SPDX-License-Identifier: MIT
 *
 * A doubly linked list of connections under one mutex, walked ten times a second. */
#include "watch.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"

/* In a crowd, a connection that asks for nothing has this long. */
enum { TICK_MS = 100, CROWDED_IDLE_MS = 2000 };

struct watch_conn {
    struct watch_conn *next, *prev;
    int fd;
    bool cut;
    bool left; /* at the last tick the client had closed its side, though something was going on */
    struct cancel *working; /* of the request being answered; under the table's mutex */
    atomic_bool sending;
    atomic_bool asks;              /* from the first line of a request to the end of its answer */
    atomic_int_least64_t since_ns; /* it has asked for nothing */
    atomic_int_least64_t deadline_ns; /* written by HTTP threads, read by the watchdog */
};

struct watch {
    struct watch_limits limits;
    atomic_uint connections;
    pthread_mutex_t lock;
    pthread_cond_t stop_changed;
    struct watch_conn *first;
    bool stopping;
    void (*tick)(void *ctx); /* may be NULL */
    void *ctx;
    atomic_uint_least64_t cuts;
    pthread_t thread;
};

/* The client closed its side and everything it sent was read. */
static bool has_left(const struct watch *w, const struct watch_conn *c)
{
    struct pollfd p = {.fd = c->fd, .events = POLLRDHUP};
    int unread = 0;
    bool sending = atomic_load_explicit(&c->sending, memory_order_relaxed);
    if ((!sending && c->working == NULL) || poll(&p, 1, 0) <= 0)
        return false;
    if (!(p.revents & POLLRDHUP))
        return false;
    if (w->limits.sealed && c->working != NULL) /* what is unread is the farewell of TLS */
        return true;
    return ioctl(c->fd, FIONREAD, &unread) == 0 && unread == 0;
}

/* Twice in a row, so that what was read last has been looked at. */
static bool has_left_twice(const struct watch *w, struct watch_conn *c)
{
    bool before = c->left;
    c->left = has_left(w, c);
    return before && c->left;
}

static bool is_in_the_way(const struct watch_conn *c, int64_t now)
{
    int64_t since = atomic_load_explicit(&c->since_ns, memory_order_relaxed);
    return !atomic_load_explicit(&c->asks, memory_order_relaxed) &&
           now - since >= (int64_t)CROWDED_IDLE_MS * 1000000;
}

static bool is_late(const struct watch_conn *c, int64_t now)
{
    int64_t deadline = atomic_load_explicit(&c->deadline_ns, memory_order_relaxed);
    return deadline != 0 && now >= deadline;
}

static void cut_late(struct watch *w)
{
    int64_t now = clock_mono_ns();
    bool crowded = watch_is_crowded(w);
    for (struct watch_conn *c = w->first; c != NULL; c = c->next) {
        bool late = is_late(c, now) || (crowded && is_in_the_way(c, now));
        if (c->cut || (!late && !has_left_twice(w, c)))
            continue;
        if (c->working != NULL) { /* nobody waits for the answer */
            cancel_fire(c->working);
            continue;
        }
        c->cut = true;
        atomic_fetch_add_explicit(&w->cuts, 1, memory_order_relaxed);
        shutdown(c->fd, SHUT_RDWR);
    }
}

static void *run(void *arg)
{
    struct watch *w = arg;
    pthread_mutex_lock(&w->lock);
    while (!w->stopping) {
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += TICK_MS * 1000000L;
        until.tv_sec += until.tv_nsec / 1000000000L;
        until.tv_nsec %= 1000000000L;
        pthread_cond_timedwait(&w->stop_changed, &w->lock, &until);
        cut_late(w);
        void (*tick)(void *ctx) = w->tick;
        void *ctx = w->ctx;
        pthread_mutex_unlock(&w->lock); /* it may end requests, which tell of that here */
        if (tick != NULL)
            tick(ctx);
        pthread_mutex_lock(&w->lock);
    }
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

int watch_new(const struct watch_limits *limits, struct watch **out, struct err *err)
{
    struct watch *w = mem_must(MEM_NET, sizeof *w);
    pthread_condattr_t attr;
    w->limits = *limits;
    pthread_mutex_init(&w->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&w->stop_changed, &attr);
    pthread_condattr_destroy(&attr);
    if (pthread_create(&w->thread, NULL, run, w) != 0) {
        mem_free(MEM_NET, w);
        return err_set(err, ERR_UNAVAILABLE, "cannot start the watchdog thread");
    }
    pthread_setname_np(w->thread, "http-watch");
    *out = w;
    return 0;
}

void watch_each_tick(struct watch *w, void (*tick)(void *ctx), void *ctx)
{
    pthread_mutex_lock(&w->lock);
    w->tick = tick;
    w->ctx = ctx;
    pthread_mutex_unlock(&w->lock);
}

void watch_free(struct watch *w)
{
    if (w == NULL)
        return;
    pthread_mutex_lock(&w->lock);
    w->stopping = true;
    pthread_cond_signal(&w->stop_changed);
    pthread_mutex_unlock(&w->lock);
    pthread_join(w->thread, NULL);
    ASSERT(w->first == NULL);
    pthread_cond_destroy(&w->stop_changed);
    pthread_mutex_destroy(&w->lock);
    mem_free(MEM_NET, w);
}

const struct watch_limits *watch_limits_of(const struct watch *w)
{
    return &w->limits;
}

unsigned watch_connections(const struct watch *w)
{
    return atomic_load_explicit(&w->connections, memory_order_relaxed);
}

bool watch_is_crowded(const struct watch *w)
{
    return watch_connections(w) > w->limits.connections;
}

struct watch_conn *watch_add(struct watch *w, int fd)
{
    struct watch_conn *c = mem_calloc(MEM_NET, 1, sizeof *c);
    if (c == NULL)
        return NULL;
    c->fd = fd;
    atomic_store_explicit(&c->since_ns, clock_mono_ns(), memory_order_relaxed);
    watch_until(c, w->limits.header_ms);
    atomic_fetch_add_explicit(&w->connections, 1, memory_order_relaxed);
    pthread_mutex_lock(&w->lock);
    c->next = w->first;
    if (c->next != NULL)
        c->next->prev = c;
    w->first = c;
    pthread_mutex_unlock(&w->lock);
    return c;
}

void watch_remove(struct watch *w, struct watch_conn *c)
{
    if (c == NULL)
        return;
    atomic_fetch_sub_explicit(&w->connections, 1, memory_order_relaxed);
    pthread_mutex_lock(&w->lock);
    if (c->prev != NULL)
        c->prev->next = c->next;
    else
        w->first = c->next;
    if (c->next != NULL)
        c->next->prev = c->prev;
    pthread_mutex_unlock(&w->lock);
    mem_free(MEM_NET, c);
}

void watch_asks(struct watch *w, struct watch_conn *c)
{
    if (c == NULL)
        return;
    atomic_store_explicit(&c->asks, true, memory_order_relaxed);
    watch_until(c, w->limits.header_ms);
}

void watch_idle(struct watch *w, struct watch_conn *c)
{
    if (c == NULL)
        return;
    atomic_store_explicit(&c->since_ns, clock_mono_ns(), memory_order_relaxed);
    atomic_store_explicit(&c->asks, false, memory_order_relaxed);
    watch_body(c, false);
    watch_until(c, w->limits.idle_ms);
}

void watch_until(struct watch_conn *c, int64_t ms)
{
    if (c == NULL)
        return;
    int64_t deadline = ms == 0 ? 0 : clock_mono_ns() + ms * 1000000;
    atomic_store_explicit(&c->deadline_ns, deadline, memory_order_relaxed);
}

void watch_body(struct watch_conn *c, bool sending)
{
    if (c != NULL)
        atomic_store_explicit(&c->sending, sending, memory_order_relaxed);
}

int64_t watch_allowance_ms(const struct watch *w, uint64_t bytes)
{
    uint64_t small = bytes < WATCH_LARGE_BYTES ? bytes : WATCH_LARGE_BYTES;
    uint64_t seconds = small / WATCH_RATE + (bytes - small) / WATCH_LARGE_RATE;
    return w->limits.body_ms + (int64_t)seconds * 1000;
}

uint64_t watch_cut(const struct watch *w)
{
    return atomic_load_explicit(&w->cuts, memory_order_relaxed);
}

void watch_work(struct watch *w, struct watch_conn *c, struct cancel *cancel)
{
    if (c == NULL)
        return;
    pthread_mutex_lock(&w->lock);
    c->working = cancel;
    pthread_mutex_unlock(&w->lock);
}
