/* SPDX-License-Identifier: MIT
 *
 * Each client has a queue; those that wait form a ring, and the first of it comes next. Every
 * request brings one ticket into the pool; a worker that holds a ticket runs who comes next, until
 * nobody may. A heavy client that may not run now is found again by the worker that runs for heavy
 * ones when it has done: there is one, or it might run.
 *
 *   client: light --its requests have run HEAVY_MS--> heavy --has asked for nothing long enough-->
 *   light; known while it waits, runs or owes */
#include "turns.h"

#include <pthread.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

enum {
    BUCKETS = 256,
    HEAVY_MS = 250,
    DEBT_MAX_MS = 4000,
    PAID_PER_MS = 16,  /* a millisecond of debt is paid in so many of quiet */
    PATIENCE_MS = 100, /* how long a light client waits while heavy ones hold all workers */
    OTHERS_MS = 10000, /* a client counts as another one for so long after it asked */
};

struct turn_client {
    struct turn_client *next;           /* in its bucket */
    struct turn_client *after, *before; /* in the ring, while something waits */
    uint64_t key;
    struct turn *first, *last; /* that wait */
    size_t waiting;
    int running;
    int64_t running_since; /* sum of the starts of those that run */
    int64_t debt_ns;
    int64_t seen_ns; /* asked, or had something running, last */
};

struct turns {
    pthread_mutex_t lock;
    struct pool *pool;
    size_t queue_max;
    size_t waiting;
    size_t tickets;        /* in the pool, or with a worker */
    pthread_cond_t unused; /* no ticket is left */
    int workers;
    struct turn *runs;        /* list of those that run, the newest first */
    struct turn_client *ring; /* comes next */
    struct turn_client *bucket[BUCKETS];
    uint64_t pushed_out;
};

struct turns *turns_new(struct pool *pool, size_t queue_max)
{
    struct turns *t = mem_must(MEM_NET, sizeof *t);
    t->pool = pool;
    t->workers = pool_threads(pool);
    t->queue_max = queue_max;
    pthread_mutex_init(&t->lock, NULL);
    pthread_cond_init(&t->unused, NULL);
    return t;
}

void turns_free(struct turns *t)
{
    if (t == NULL)
        return;
    pthread_mutex_lock(&t->lock);
    while (t->tickets > 0)
        pthread_cond_wait(&t->unused, &t->lock);
    pthread_mutex_unlock(&t->lock);
    ASSERT(t->waiting == 0 && t->runs == NULL);
    for (size_t i = 0; i < BUCKETS; i++)
        while (t->bucket[i] != NULL) {
            struct turn_client *gone = t->bucket[i];
            t->bucket[i] = gone->next;
            mem_free(MEM_NET, gone);
        }
    pthread_cond_destroy(&t->unused);
    pthread_mutex_destroy(&t->lock);
    mem_free(MEM_NET, t);
}

/* ---- clients --------------------------------------------------------------------------------- */

static struct turn_client *client_of(struct turns *t, uint64_t key)
{
    struct turn_client **at = &t->bucket[key % BUCKETS];
    while (*at != NULL && (*at)->key != key)
        at = &(*at)->next;
    if (*at == NULL && (*at = mem_calloc(MEM_NET, 1, sizeof **at)) != NULL)
        (*at)->key = key;
    return *at;
}

static int64_t ms(int64_t n)
{
    return n * 1000000;
}

/* What was quiet since it was seen last is paid off. */
static void settle(struct turn_client *c, int64_t now)
{
    if (c->waiting == 0 && c->running == 0)
        c->debt_ns -= (now - c->seen_ns) / PAID_PER_MS;
    if (c->debt_ns < 0)
        c->debt_ns = 0;
    c->seen_ns = now;
}

static bool is_heavy(const struct turn_client *c, int64_t now)
{
    return c->debt_ns + c->running * now - c->running_since >= ms(HEAVY_MS);
}

static bool others_are_there(const struct turns *t, const struct turn_client *c, int64_t now)
{
    for (size_t i = 0; i < BUCKETS; i++)
        for (const struct turn_client *o = t->bucket[i]; o != NULL; o = o->next)
            if (o != c && (o->waiting > 0 || o->running > 0 || now - o->seen_ns < ms(OTHERS_MS)))
                return true;
    return false;
}

static void ring_add(struct turns *t, struct turn_client *c)
{
    if (t->ring == NULL) {
        t->ring = c->after = c->before = c;
        return;
    }
    c->after = t->ring;
    c->before = t->ring->before;
    c->before->after = c;
    c->after->before = c;
}

static void ring_remove(struct turns *t, struct turn_client *c)
{
    if (t->ring == c)
        t->ring = c->after == c ? NULL : c->after;
    c->before->after = c->after;
    c->after->before = c->before;
    c->after = c->before = NULL;
}

/* ---- who comes next -------------------------------------------------------------------------- */

static int count_heavy(const struct turns *t, int64_t now)
{
    int n = 0;
    for (const struct turn *r = t->runs; r != NULL; r = r->next)
        n += is_heavy(r->client, now);
    return n;
}

static int heavy_may_have(const struct turns *t)
{
    return t->workers > 1 ? t->workers - 1 : 1;
}

/* The first client of the ring that may run. */
static struct turn_client *next_client(struct turns *t, int64_t now)
{
    struct turn_client *c = t->ring;
    bool full = count_heavy(t, now) >= heavy_may_have(t);
    if (c == NULL)
        return NULL;
    do {
        if (!full || !is_heavy(c, now) || !others_are_there(t, c, now))
            return c;
        c = c->after;
    } while (c != t->ring);
    return NULL;
}

static void start(struct turns *t, struct turn *turn, int64_t now)
{
    struct turn_client *c = turn->client;
    turn->since_ns = now;
    turn->runs = true;
    turn->prev = NULL;
    turn->next = t->runs;
    if (turn->next != NULL)
        turn->next->prev = turn;
    t->runs = turn;
    c->running++;
    c->running_since += now;
}

static struct turn *take_next(struct turns *t)
{
    int64_t now = clock_mono_ns();
    struct turn_client *c = next_client(t, now);
    if (c == NULL)
        return NULL;
    struct turn *turn = c->first;
    c->first = turn->next;
    c->waiting--;
    t->waiting--;
    t->ring = c->after;
    if (c->first == NULL)
        ring_remove(t, c);
    start(t, turn, now);
    return turn;
}

void turns_done(struct turns *t, struct turn *turn)
{
    pthread_mutex_lock(&t->lock);
    struct turn_client *c = turn->client;
    int64_t now = clock_mono_ns();
    if (turn->prev != NULL)
        turn->prev->next = turn->next;
    else
        t->runs = turn->next;
    if (turn->next != NULL)
        turn->next->prev = turn->prev;
    c->running--;
    c->running_since -= turn->since_ns;
    c->debt_ns += now - turn->since_ns;
    if (c->debt_ns > ms(DEBT_MAX_MS))
        c->debt_ns = ms(DEBT_MAX_MS);
    c->seen_ns = now;
    pthread_mutex_unlock(&t->lock);
}

static void work(void *arg)
{
    struct turns *t = arg;
    for (;;) {
        pthread_mutex_lock(&t->lock);
        struct turn *turn = take_next(t);
        if (turn == NULL && --t->tickets == 0)
            pthread_cond_signal(&t->unused);
        pthread_mutex_unlock(&t->lock);
        if (turn == NULL)
            return;
        turn->run(turn);
    }
}

/* ---- coming ---------------------------------------------------------------------------------- */

static bool is_full(const struct turns *t, const struct turn_client *c, int64_t now)
{
    return t->waiting >= t->queue_max ||
           (c->waiting >= t->queue_max / 2 && others_are_there(t, c, now));
}

static void enqueue(struct turns *t, struct turn_client *c, struct turn *turn, int64_t now)
{
    turn->client = c;
    turn->since_ns = now;
    turn->next = NULL;
    turn->out = turn->runs = false;
    if (c->first == NULL) {
        c->first = turn;
        ring_add(t, c);
    } else {
        c->last->next = turn;
    }
    c->last = turn;
    c->waiting++;
    t->waiting++;
}

/* The last one that came, when no worker will come for it. */
static void take_back(struct turns *t, struct turn *turn)
{
    struct turn_client *c = turn->client;
    struct turn **at = &c->first;
    struct turn *before = NULL;
    while (*at != turn) {
        before = *at;
        at = &before->next;
    }
    *at = turn->next;
    if (c->last == turn)
        c->last = before;
    c->waiting--;
    t->waiting--;
    if (c->first == NULL)
        ring_remove(t, c);
}

static int submit(struct turns *t, uint64_t client, struct turn *turn)
{
    int64_t now = clock_mono_ns();
    struct turn_client *c = client_of(t, client);
    if (c == NULL)
        return ERR_BUSY;
    settle(c, now);
    if (is_full(t, c, now))
        return ERR_BUSY;
    enqueue(t, c, turn, now);
    int rc = pool_submit(t->pool, work, t);
    if (rc < 0)
        take_back(t, turn);
    else
        t->tickets++;
    return rc;
}

int turns_submit(struct turns *t, uint64_t client, struct turn *turn, struct err *err)
{
    pthread_mutex_lock(&t->lock);
    int rc = submit(t, client, turn);
    pthread_mutex_unlock(&t->lock);
    if (rc == 0)
        return 0;
    err_set(err, ERR_BUSY, "the server has more requests waiting than it will queue");
    err_hint(err, "try again in a moment");
    return ERR_BUSY;
}

/* ---- looking after it ------------------------------------------------------------------------ */

static bool a_light_one_waits(const struct turns *t, int64_t now)
{
    const struct turn_client *c = t->ring;
    if (c == NULL)
        return false;
    do {
        if (!is_heavy(c, now) && now - c->first->since_ns >= ms(PATIENCE_MS))
            return true;
        c = c->after;
    } while (c != t->ring);
    return false;
}

/* The newest that runs of a heavy client. */
static struct turn *last_heavy(struct turns *t, int64_t now)
{
    struct turn *r = t->runs;
    while (r != NULL && (r->out || !is_heavy(r->client, now)))
        r = r->next;
    return r;
}

static void make_room(struct turns *t, int64_t now)
{
    int heavy = count_heavy(t, now);
    for (const struct turn *r = t->runs; r != NULL; r = r->next)
        if (r->out) /* it is about to go */
            return;
    if (t->workers < 2 || heavy < t->workers || !a_light_one_waits(t, now))
        return;
    struct turn *r = last_heavy(t, now);
    if (r == NULL)
        return;
    r->out = true;
    r->push_out(r);
    t->pushed_out++;
}

/* Clients that are quiet and owe nothing. */
static void forget(struct turns *t, int64_t now)
{
    for (size_t i = 0; i < BUCKETS; i++)
        for (struct turn_client **at = &t->bucket[i]; *at != NULL;) {
            struct turn_client *c = *at;
            bool quiet = c->waiting == 0 && c->running == 0;
            bool paid = now - c->seen_ns >= c->debt_ns * PAID_PER_MS;
            if (!quiet || !paid || now - c->seen_ns < ms(OTHERS_MS)) {
                at = &c->next;
                continue;
            }
            *at = c->next;
            mem_free(MEM_NET, c);
        }
}

void turns_look(struct turns *t)
{
    pthread_mutex_lock(&t->lock);
    int64_t now = clock_mono_ns();
    make_room(t, now);
    forget(t, now);
    pthread_mutex_unlock(&t->lock);
}

size_t turns_waiting(struct turns *t)
{
    pthread_mutex_lock(&t->lock);
    size_t n = t->waiting;
    pthread_mutex_unlock(&t->lock);
    return n;
}

bool turns_is_running(struct turns *t, const struct turn *turn)
{
    pthread_mutex_lock(&t->lock);
    bool runs = turn->runs;
    pthread_mutex_unlock(&t->lock);
    return runs;
}

bool turns_pushed_out(struct turns *t, const struct turn *turn)
{
    pthread_mutex_lock(&t->lock);
    bool out = turn->out;
    pthread_mutex_unlock(&t->lock);
    return out;
}

uint64_t turns_pushed_out_total(struct turns *t)
{
    pthread_mutex_lock(&t->lock);
    uint64_t n = t->pushed_out;
    pthread_mutex_unlock(&t->lock);
    return n;
}
