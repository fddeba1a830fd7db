/* SPDX-License-Identifier: MIT
 *
 * Deadlines for scripts. The list of running calls is under one mutex; the watchdog sleeps while it
 * is empty. SIGURG is used because it is ignored by default: one that arrives late does no harm.
 *
 * Threads: any thread may begin and end calls. The watchdog starts with the first call and lives
 * as long as the process. */
#include "watch.h"

#include <errno.h>
#include <lua.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"

/* A sanitizer for threads holds signals back until the next call into the C library, which a
 * script's loop may never make: there, and only there, a count hook looks at the flag. */
#if defined(__SANITIZE_THREAD__)
enum { COUNT_HOOK = 1000 };
#else
enum { COUNT_HOOK = 0 };
#endif

static struct {
    pthread_mutex_t lock;
    pthread_cond_t some;
    struct watch *first;
    bool started;
} dog = {.lock = PTHREAD_MUTEX_INITIALIZER, .some = PTHREAD_COND_INITIALIZER};

static _Thread_local struct watch *current;

/* Runs inside the interpreter. Stays in place, so that a pcall of the script is stopped again. */
static void stop_hook(lua_State *L, lua_Debug *where)
{
    (void)where;
    struct watch *w = current;
    if (!w || w->state != L || atomic_load_explicit(&w->late, memory_order_relaxed) == 0)
        return;
    lua_pushliteral(L, "stopped");
    lua_error(L);
}

static void set_hook(lua_State *L)
{
    lua_sethook(L, stop_hook, LUA_MASKCALL | LUA_MASKRET | LUA_MASKLINE | LUA_MASKCOUNT, 1);
}

static void on_signal(int signo)
{
    (void)signo;
    struct watch *w = current;
    if (w && atomic_load_explicit(&w->late, memory_order_relaxed) != 0)
        set_hook(w->state);
}

static enum watch_late judge(const struct watch *w, int64_t now)
{
    if (w->cancel && cancel_check(w->cancel, NULL) < 0)
        return WATCH_CANCELLED;
    if (now > atomic_load_explicit(&w->deadline_ns, memory_order_relaxed))
        return WATCH_TIMEOUT;
    return WATCH_IN_TIME;
}

/* How long a thread has worked: what it takes to end is told by this, however busy the machine. */
static int64_t worked_ns(pthread_t thread)
{
    clockid_t id;
    struct timespec t;
    if (pthread_getcpuclockid(thread, &id) != 0 || clock_gettime(id, &t) != 0)
        return 0;
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void look_at(struct watch *w, int64_t now)
{
    enum watch_late late = judge(w, now);
    if (late == WATCH_IN_TIME)
        return;
    w->late_at_ns = worked_ns(w->thread);
    atomic_store_explicit(&w->late, (int)late, memory_order_relaxed);
}

/* Signals every late call at every tick: one signal may have come while a hook could not be set. */
static void look(void)
{
    int64_t now = clock_mono_ns();
    for (struct watch *w = dog.first; w; w = w->next) {
        if (atomic_load_explicit(&w->late, memory_order_relaxed) == 0)
            look_at(w, now);
        if (atomic_load_explicit(&w->late, memory_order_relaxed) != 0)
            pthread_kill(w->thread, SIGURG);
    }
}

static void *dog_main(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&dog.lock);
    for (;;) {
        while (!dog.first)
            pthread_cond_wait(&dog.some, &dog.lock);
        pthread_mutex_unlock(&dog.lock);
        struct timespec tick = {.tv_nsec = WATCH_TICK_MS * 1000000L};
        nanosleep(&tick, NULL);
        pthread_mutex_lock(&dog.lock);
        look();
    }
    return NULL;
}

/* Under the lock. The thread starts with all signals blocked, so that those of the process go to
 * the threads that expect them. */
static int start_dog(struct err *err)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGURG, &action, NULL);
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    pthread_attr_t attr;
    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    pthread_t thread;
    int rc = pthread_create(&thread, &attr, dog_main, NULL);
    pthread_attr_destroy(&attr);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (rc != 0)
        return err_set(err, ERR_UNAVAILABLE, "cannot start the watchdog of scripts: %s",
                       strerror(rc));
    pthread_setname_np(thread, "watchdog");
    dog.started = true;
    return 0;
}

static void link_watch(struct watch *w)
{
    w->prev = NULL;
    w->next = dog.first;
    if (dog.first)
        dog.first->prev = w;
    dog.first = w;
    pthread_cond_signal(&dog.some);
}

static void unlink_watch(struct watch *w)
{
    if (w->prev)
        w->prev->next = w->next;
    else
        dog.first = w->next;
    if (w->next)
        w->next->prev = w->prev;
}

static void unblock_signal(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGURG);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

int watch_begin(struct watch *w, lua_State *state, int64_t timeout_ms, const struct cancel *cancel,
                struct err *err)
{
    ASSERT(current == NULL);
    atomic_store(&w->late, WATCH_IN_TIME);
    atomic_store(&w->deadline_ns, clock_mono_ns() + timeout_ms * 1000000);
    w->cancel = cancel;
    w->state = state;
    w->thread = pthread_self();
    unblock_signal();
    pthread_mutex_lock(&dog.lock);
    int rc = dog.started ? 0 : start_dog(err);
    if (rc == 0) {
        current = w;
        link_watch(w);
    }
    pthread_mutex_unlock(&dog.lock);
    if (rc == 0 && COUNT_HOOK > 0)
        lua_sethook(state, stop_hook, LUA_MASKCOUNT, COUNT_HOOK);
    return rc;
}

int64_t watch_pause(struct watch *w)
{
    int64_t deadline = atomic_exchange_explicit(&w->deadline_ns, INT64_MAX, memory_order_relaxed);
    return deadline - clock_mono_ns();
}

void watch_resume(struct watch *w, int64_t left_ns)
{
    atomic_store_explicit(&w->deadline_ns, clock_mono_ns() + left_ns, memory_order_relaxed);
}

void watch_end(struct watch *w)
{
    pthread_mutex_lock(&dog.lock);
    unlink_watch(w);
    bool late = atomic_load_explicit(&w->late, memory_order_relaxed) != 0;
    w->lag_ns = late ? worked_ns(w->thread) - w->late_at_ns : 0;
    pthread_mutex_unlock(&dog.lock);
    current = NULL;
    lua_sethook(w->state, NULL, 0, 0);
}
