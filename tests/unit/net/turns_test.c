/* SPDX-License-Identifier: MIT
 *
 * Clients take turns, and who takes long leaves room. */
#include "../../../core/net/turns.h"

#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "test.h"

enum { JOBS = 8 };

static struct turns *turns;
static atomic_int order; /* grows as jobs start */

struct work {
    struct turn turn;
    atomic_int started; /* its place in the order; 0: not yet */
    atomic_bool release;
    atomic_bool ended;
};

static struct work *work_of(struct turn *t)
{
    return (struct work *)(void *)((char *)t - offsetof(struct work, turn));
}

static void run(struct turn *t)
{
    struct work *w = work_of(t);
    atomic_store(&w->started, atomic_fetch_add(&order, 1) + 1);
    while (!atomic_load(&w->release))
        usleep(1000);
    turns_done(turns, t);
    atomic_store(&w->ended, true);
}

static void push_out(struct turn *t)
{
    atomic_store(&work_of(t)->release, true);
}

static void submit(struct work *w, uint64_t client)
{
    struct err e = {0};
    w->turn.run = run;
    w->turn.push_out = push_out;
    assert_int_equal(turns_submit(turns, client, &w->turn, &e), 0);
}

static void wait_for_start(struct work *w)
{
    while (atomic_load(&w->started) == 0)
        usleep(1000);
}

static void clients_take_turns(void **state)
{
    (void)state;
    struct work a[4] = {0};
    struct work b = {0};
    struct err e = {0};
    struct pool *pool = NULL;
    atomic_store(&order, 0);
    assert_int_equal(pool_new("t", 1, 64, &pool, &e), 0);
    turns = turns_new(pool, 64);
    submit(&a[0], 1);
    wait_for_start(&a[0]);
    for (int i = 1; i < 4; i++)
        submit(&a[i], 1);
    submit(&b, 2);
    assert_int_equal(turns_waiting(turns), 4);
    for (int i = 0; i < 4; i++)
        atomic_store(&a[i].release, true);
    atomic_store(&b.release, true);
    pool_free(pool); /* runs what waits */
    assert_int_equal(atomic_load(&a[1].started), 2);
    assert_int_equal(atomic_load(&b.started), 3);
    assert_int_equal(atomic_load(&a[3].started), 5);
    turns_free(turns);
}

static void one_client_cannot_fill_the_queue(void **state)
{
    (void)state;
    struct work a[JOBS] = {0};
    struct work b = {0};
    struct err e = {0};
    struct pool *pool = NULL;
    assert_int_equal(pool_new("t", 1, 64, &pool, &e), 0);
    turns = turns_new(pool, 4);
    atomic_store(&b.release, true);
    submit(&b, 2); /* there is another one */
    while (!atomic_load(&b.ended))
        usleep(1000);
    submit(&a[0], 1);
    wait_for_start(&a[0]);
    submit(&a[1], 1);
    submit(&a[2], 1);
    a[3].turn.run = run;
    assert_int_equal(turns_submit(turns, 1, &a[3].turn, &e), ERR_BUSY);
    b = (struct work){.release = true};
    submit(&b, 2);
    for (int i = 0; i < 3; i++)
        atomic_store(&a[i].release, true);
    pool_free(pool);
    turns_free(turns);
}

/* Two workers; one client takes both with requests that take long and has more. Who asks little
 * gets a worker soon, and from then on at once. */
static void who_takes_long_leaves_room(void **state)
{
    (void)state;
    struct work a[4] = {0};
    struct work b[2] = {0};
    struct err e = {0};
    struct pool *pool = NULL;
    assert_int_equal(pool_new("t", 2, 64, &pool, &e), 0);
    turns = turns_new(pool, 64);
    for (int i = 0; i < 4; i++)
        submit(&a[i], 1);
    wait_for_start(&a[0]);
    wait_for_start(&a[1]);
    submit(&b[0], 2);
    while (atomic_load(&b[0].started) == 0) {
        turns_look(turns);
        usleep(1000);
    }
    assert_int_equal(turns_pushed_out_total(turns), 1);
    assert_int_equal(atomic_load(&a[2].started) + atomic_load(&a[3].started), 0);
    atomic_store(&b[0].release, true);
    while (!atomic_load(&b[0].ended))
        usleep(1000);
    submit(&b[1], 2);
    wait_for_start(&b[1]); /* nobody looks: there is a worker for it */
    assert_int_equal(atomic_load(&a[2].started) + atomic_load(&a[3].started), 0);
    for (int i = 0; i < 4; i++)
        atomic_store(&a[i].release, true);
    atomic_store(&b[1].release, true);
    while (!atomic_load(&a[2].ended) || !atomic_load(&a[3].ended))
        usleep(1000); /* the others of the heavy one are not forgotten */
    pool_free(pool);
    turns_free(turns);
}

static void alone_it_has_all_workers(void **state)
{
    (void)state;
    struct work a[4] = {0};
    struct err e = {0};
    struct pool *pool = NULL;
    assert_int_equal(pool_new("t", 2, 64, &pool, &e), 0);
    turns = turns_new(pool, 64);
    submit(&a[0], 1);
    submit(&a[1], 1);
    wait_for_start(&a[0]);
    wait_for_start(&a[1]);
    usleep(400 * 1000); /* heavy by now */
    submit(&a[2], 1);
    submit(&a[3], 1);
    turns_look(turns);
    assert_int_equal(turns_pushed_out_total(turns), 0);
    atomic_store(&a[0].release, true);
    atomic_store(&a[1].release, true);
    wait_for_start(&a[2]);
    wait_for_start(&a[3]);
    atomic_store(&a[2].release, true);
    atomic_store(&a[3].release, true);
    pool_free(pool);
    turns_free(turns);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clients_take_turns),
        cmocka_unit_test(one_client_cannot_fill_the_queue),
        cmocka_unit_test(who_takes_long_leaves_room),
        cmocka_unit_test(alone_it_has_all_workers),
    };
    return cmocka_run_group_tests_name("net/turns", tests, NULL, NULL);
}
