/* SPDX-License-Identifier: MIT
 *
 * The times of the last stops of each function, under one mutex: it is taken once for a call of a
 * script, and nothing is done under it. */
#include "aside.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"

/* Of the process. */
static atomic_uint_least64_t stops;
static atomic_uint_least64_t asides;
static atomic_uint_least64_t changes;

struct struck {
    int64_t at_ns[SCRIPT_STRIKES]; /* the last ones, monotonic; 0: none */
    size_t next;
    int64_t since_ms; /* 0: it is not set aside */
    char why[ERR_MSG_BYTES];
};

struct aside {
    atomic_int refs;
    pthread_mutex_t lock;
    size_t n;
    struct struck at[];
};

struct aside *aside_new(size_t declarations)
{
    struct aside *a = mem_calloc(MEM_SCRIPT, 1, sizeof *a + declarations * sizeof(struct struck));
    if (!a)
        return NULL;
    atomic_init(&a->refs, 1);
    pthread_mutex_init(&a->lock, NULL);
    a->n = declarations;
    return a;
}

struct aside *aside_ref(struct aside *a)
{
    atomic_fetch_add_explicit(&a->refs, 1, memory_order_relaxed);
    return a;
}

void aside_unref(struct aside *a)
{
    if (!a || atomic_fetch_sub_explicit(&a->refs, 1, memory_order_acq_rel) > 1)
        return;
    aside_clear(a);
    pthread_mutex_destroy(&a->lock);
    mem_free(MEM_SCRIPT, a);
}

static bool all_within(const struct struck *s, int64_t now_ns)
{
    for (size_t i = 0; i < SCRIPT_STRIKES; i++)
        if (s->at_ns[i] == 0 || now_ns - s->at_ns[i] > (int64_t)SCRIPT_STRIKES_MS * 1000000)
            return false;
    return true;
}

bool aside_strike(struct aside *a, size_t declaration, const char *why)
{
    ASSERT(declaration < a->n);
    atomic_fetch_add_explicit(&stops, 1, memory_order_relaxed);
    int64_t now_ns = clock_mono_ns();
    int64_t now_ms = clock_wall_ms();
    struct struck *s = &a->at[declaration];
    pthread_mutex_lock(&a->lock);
    s->at_ns[s->next] = now_ns > 0 ? now_ns : 1;
    s->next = (s->next + 1) % SCRIPT_STRIKES;
    bool fresh = s->since_ms == 0 && all_within(s, now_ns);
    if (fresh) {
        atomic_fetch_add_explicit(&asides, 1, memory_order_relaxed);
        atomic_fetch_add_explicit(&changes, 1, memory_order_relaxed);
        s->since_ms = now_ms > 0 ? now_ms : 1;
        size_t n = strlen(why);
        n = n < sizeof s->why ? n : sizeof s->why - 1;
        memcpy(s->why, why, n);
        s->why[n] = '\0';
    }
    pthread_mutex_unlock(&a->lock);
    return fresh;
}

int64_t aside_since(struct aside *a, size_t declaration, char why[ERR_MSG_BYTES])
{
    ASSERT(declaration < a->n);
    pthread_mutex_lock(&a->lock);
    int64_t since = a->at[declaration].since_ms;
    memcpy(why, a->at[declaration].why, ERR_MSG_BYTES);
    pthread_mutex_unlock(&a->lock);
    return since;
}

int aside_check(struct aside *a, size_t declaration, const char *what, struct err *err)
{
    char why[ERR_MSG_BYTES];
    if (aside_since(a, declaration, why) == 0)
        return 0;
    err_set(err, ERR_UNAVAILABLE,
            "the %s is set aside, because its script was stopped %d times within %d minutes: %s",
            what, SCRIPT_STRIKES, SCRIPT_STRIKES_MS / 60000, why);
    err_hint(err, "it comes back when its plugin is mended, or when the plugins are reloaded "
                  "(POST /v1/plugins/reload)");
    return ERR_UNAVAILABLE;
}

void aside_clear(struct aside *a)
{
    pthread_mutex_lock(&a->lock);
    for (size_t i = 0; i < a->n; i++)
        if (a->at[i].since_ms != 0) {
            atomic_fetch_sub_explicit(&asides, 1, memory_order_relaxed);
            atomic_fetch_add_explicit(&changes, 1, memory_order_relaxed);
        }
    memset(a->at, 0, a->n * sizeof *a->at);
    pthread_mutex_unlock(&a->lock);
}

uint64_t script_stops(void)
{
    return atomic_load_explicit(&stops, memory_order_relaxed);
}

uint64_t script_aside_changes(void)
{
    return atomic_load_explicit(&changes, memory_order_relaxed);
}

uint64_t script_asides(void)
{
    return atomic_load_explicit(&asides, memory_order_relaxed);
}
