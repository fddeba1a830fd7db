/* SPDX-License-Identifier: MIT
 *
 * The worker pool: every job once, refusal when full, an orderly end. */
#include "base/pool.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"

enum { JOBS = 5000 };

static void count_up(void *arg)
{
    atomic_fetch_add((atomic_int *)arg, 1);
}

static void every_job_runs_once(void **state)
{
    (void)state;
    static atomic_int seen[JOBS];
    struct pool *p = NULL;
    assert_int_equal(pool_new("test", 3, JOBS, &p, NULL), 0);
    for (int i = 0; i < JOBS; i++)
        assert_int_equal(pool_submit(p, count_up, &seen[i]), 0);
    pool_free(p); /* runs what is queued */
    for (int i = 0; i < JOBS; i++)
        assert_int_equal(atomic_load(&seen[i]), 1);
}

struct gate {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int entered;
    int open;
    char name[16];
};

static void wait_at_gate(void *arg)
{
    struct gate *g = arg;
    pthread_mutex_lock(&g->lock);
    g->entered = 1;
    pthread_getname_np(pthread_self(), g->name, sizeof g->name);
    pthread_cond_broadcast(&g->changed);
    while (!g->open)
        pthread_cond_wait(&g->changed, &g->lock);
    pthread_mutex_unlock(&g->lock);
}

static void wait_entered(struct gate *g)
{
    pthread_mutex_lock(&g->lock);
    while (!g->entered)
        pthread_cond_wait(&g->changed, &g->lock);
    pthread_mutex_unlock(&g->lock);
}

static void open_gate(struct gate *g)
{
    pthread_mutex_lock(&g->lock);
    g->open = 1;
    pthread_cond_broadcast(&g->changed);
    pthread_mutex_unlock(&g->lock);
}

static void a_full_queue_refuses(void **state)
{
    (void)state;
    struct gate g = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
    atomic_int done = 0;
    struct pool *p = NULL;
    assert_int_equal(pool_new("a-long-name-for-a-pool", 1, 2, &p, NULL), 0);
    assert_int_equal(pool_submit(p, wait_at_gate, &g), 0);
    wait_entered(&g);
    assert_int_equal(pool_submit(p, count_up, &done), 0);
    assert_int_equal(pool_submit(p, count_up, &done), 0);
    assert_int_equal(pool_waiting(p), 2);
    assert_int_equal(pool_submit(p, count_up, &done), ERR_BUSY);
    pool_stop(p);
    assert_int_equal(pool_submit(p, count_up, &done), ERR_UNAVAILABLE);
    open_gate(&g);
    pool_free(p);
    assert_int_equal(atomic_load(&done), 2);
    assert_int_equal(strncmp(g.name, "a-long-name-", 12), 0);
}

static void short_memory_is_told(void **state)
{
    (void)state;
    struct pool *p = NULL;
    struct err err;
    size_t before = mem_used(MEM_BASE);
    for (uint64_t n = 1; n <= 2; n++) {
        mem_fail_at(n);
        assert_int_equal(pool_new("test", 1, 10, &p, &err), ERR_MEM);
    }
    mem_fail_at(0);
    assert_int_equal(mem_used(MEM_BASE), before);
    pool_free(NULL);
}

/* Work shared out by a counter; every piece once, whoever does it. */
struct pieces {
    atomic_int next;
    atomic_int done[JOBS];
    atomic_int callers;
};

static void do_pieces(void *arg)
{
    struct pieces *w = arg;
    atomic_fetch_add(&w->callers, 1);
    for (int i; (i = atomic_fetch_add(&w->next, 1)) < JOBS;)
        atomic_fetch_add(&w->done[i], 1);
}

static void a_shared_call_ends_with_all_of_its_work_done(void **state)
{
    (void)state;
    static struct pieces w;
    struct pool *p = NULL;
    assert_int_equal(pool_new("test", 3, 8, &p, NULL), 0);
    for (int round = 0; round < 200; round++) {
        memset(&w, 0, sizeof w);
        pool_share(round % 10 ? p : NULL, 3, do_pieces, &w);
        for (int i = 0; i < JOBS; i++)
            assert_int_equal(atomic_load(&w.done[i]), 1);
        assert_in_range(atomic_load(&w.callers), 1, 4);
    }
    pool_free(p);
}

static void busy_workers_are_not_waited_for(void **state)
{
    (void)state;
    static struct pieces w;
    struct gate g = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
    struct pool *p = NULL;
    assert_int_equal(pool_new("test", 1, 8, &p, NULL), 0);
    assert_int_equal(pool_submit(p, wait_at_gate, &g), 0);
    wait_entered(&g);
    pool_share(p, 3, do_pieces, &w);
    assert_int_equal(atomic_load(&w.callers), 1);
    open_gate(&g);
    pool_free(p);
}

struct nested {
    struct pool *pool;
    atomic_int done;
};

static void share_again(void *arg)
{
    struct nested *n = arg;
    static struct pieces inner;
    pool_share(n->pool, 3, do_pieces, &inner);
    atomic_fetch_add(&n->done, 1);
}

static void workers_that_share_do_not_wait_for_each_other(void **state)
{
    (void)state;
    struct nested n = {0};
    assert_int_equal(pool_new("test", 2, 64, &n.pool, NULL), 0);
    for (int i = 0; i < 50; i++)
        assert_int_equal(pool_submit(n.pool, share_again, &n), 0);
    pool_free(n.pool);
    assert_int_equal(atomic_load(&n.done), 50);
}

struct tasks {
    atomic_int seen[JOBS];
    size_t bad; /* fails, and all behind it */
};

static int do_task(void *ctx, size_t i, struct err *err)
{
    struct tasks *t = ctx;
    atomic_fetch_add(&t->seen[i], 1);
    return i < t->bad ? 0 : err_set(err, ERR_VALUE, "task %zu", i);
}

static void each_is_done_once(void **state)
{
    (void)state;
    static struct tasks t;
    struct pool *p = NULL;
    struct err err;
    assert_int_equal(pool_new("test", 3, 2, &p, NULL), 0);
    assert_int_equal(pool_threads(p), 3);
    for (int round = 0; round < 3; round++) {
        struct pool *by = round == 2 ? NULL : p; /* the last time alone */
        memset(&t, 0, sizeof t);
        t.bad = JOBS;
        assert_int_equal(pool_each(by, 0, do_task, &t, &err), 0);
        assert_int_equal(pool_each(by, JOBS, do_task, &t, &err), 0);
        for (int i = 0; i < JOBS; i++)
            assert_int_equal(atomic_load(&t.seen[i]), 1);
    }
    pool_free(p);
}

static void the_first_failure_of_each_is_told(void **state)
{
    (void)state;
    static struct tasks t;
    struct pool *p = NULL;
    struct err err;
    size_t before = mem_used(MEM_BASE);
    assert_int_equal(pool_new("test", 3, 8, &p, NULL), 0);
    for (int round = 0; round < 200; round++) {
        memset(&t, 0, sizeof t);
        t.bad = 70;
        assert_int_equal(pool_each(p, JOBS, do_task, &t, &err), ERR_VALUE);
        assert_string_equal(err.msg, "task 70");
        assert_int_equal(atomic_load(&t.seen[JOBS - 1]), 0);
    }
    pool_free(p);
    assert_int_equal(mem_used(MEM_BASE), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_job_runs_once),
        cmocka_unit_test(a_full_queue_refuses),
        cmocka_unit_test(short_memory_is_told),
        cmocka_unit_test(a_shared_call_ends_with_all_of_its_work_done),
        cmocka_unit_test(busy_workers_are_not_waited_for),
        cmocka_unit_test(workers_that_share_do_not_wait_for_each_other),
        cmocka_unit_test(each_is_done_once),
        cmocka_unit_test(the_first_failure_of_each_is_told),
    };
    return cmocka_run_group_tests_name("base/pool", tests, NULL, NULL);
}
