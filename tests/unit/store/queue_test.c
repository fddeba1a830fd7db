/* SPDX-License-Identifier: MIT
 *
 * The queue of jobs: in order, grouped, bounded, answered. */
#include "../../../core/store/queue.h"
#include "fixture.h"

#include <pthread.h>

struct caller {
    struct queue *q;
    struct job job;
    struct err err;
    int rc;
    pthread_t thread;
};

static void *call(void *arg)
{
    struct caller *c = arg;
    c->rc = queue_do(c->q, &c->job, &c->err);
    return NULL;
}

/* Starts a caller and waits until its job stands in the queue. */
static void start(struct caller *c, struct queue *q, enum job_kind kind, size_t waiting)
{
    *c = (struct caller){.q = q, .job = {.kind = kind}};
    assert_int_equal(pthread_create(&c->thread, NULL, call, c), 0);
    while (queue_waiting(q) < waiting)
        usleep(100);
}

static void groups_imports_that_stand_together(void **state)
{
    (void)state;
    static const enum job_kind kinds[] = {JOB_IMPORT, JOB_IMPORT, JOB_IMPORT,
                                          JOB_CALL,   JOB_CALL,   JOB_IMPORT};
    static const size_t groups[] = {2, 1, 1, 1, 1};
    struct queue q;
    struct caller c[ARRAY_LEN(kinds)];
    queue_init(&q, 10);
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        start(&c[i], &q, kinds[i], i + 1);
    size_t at = 0;
    for (size_t g = 0; g < ARRAY_LEN(groups); g++) {
        struct job *list = queue_take(&q, 2);
        size_t n = 0;
        for (struct job *j = list; j != NULL; j = j->next, n++) {
            assert_ptr_equal(j, &c[at].job);
            j->rc = at++ == 2 ? err_set(&j->err, ERR_FULL, "no space") : 0;
        }
        assert_int_equal(n, groups[g]);
        queue_finish(&q, list);
    }
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        pthread_join(c[i].thread, NULL);
        assert_int_equal(c[i].rc, i == 2 ? ERR_FULL : 0);
    }
    assert_string_equal(c[2].err.msg, "no space");
    queue_stop(&q);
    assert_null(queue_take(&q, 2));
    queue_fini(&q);
}

static void refuses_beyond_its_bound_and_when_stopped(void **state)
{
    (void)state;
    struct queue q;
    struct caller waiting;
    struct job extra = {.kind = JOB_CALL};
    struct err err;
    queue_init(&q, 1);
    start(&waiting, &q, JOB_CALL, 1);
    assert_int_equal(queue_do(&q, &extra, &err), ERR_BUSY);
    queue_stop(&q);
    assert_int_equal(queue_do(&q, &extra, &err), ERR_UNAVAILABLE);
    struct job *list = queue_take(&q, 4); /* what waits still runs */
    assert_ptr_equal(list, &waiting.job);
    queue_finish(&q, list);
    pthread_join(waiting.thread, NULL);
    assert_null(queue_take(&q, 4));
    queue_fini(&q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups_imports_that_stand_together),
        cmocka_unit_test(refuses_beyond_its_bound_and_when_stopped),
    };
    return cmocka_run_group_tests_name("store/queue", tests, NULL, NULL);
}
