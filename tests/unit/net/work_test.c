/* SPDX-License-Identifier: MIT
 *
 * Equal questions at one time: one answer is made, all others are that one. */
#include <pthread.h>
#include <stdatomic.h>

#include "world.h"

enum { CLIENTS = 8, ROUNDS = 10 };

struct client {
    struct world world;
    pthread_barrier_t *start;
    atomic_int *made;
    char first[4096]; /* its first answer's body */
    bool failed;
};

/* The product of two calendars takes a moment; another year each round, so that nothing is kept. */
static void ask_once(struct client *c, int round)
{
    char request[512];
    int n =
        snprintf(request, sizeof request,
                 "GET /v1/query?q=FROM+calendar+AS+a+CROSS+JOIN+calendar+AS+b+%%7C%%3E+AGGREGATE"
                 "+COUNT(*)+%%2B+%d+AS+n HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
                 round);
    pthread_barrier_wait(c->start);
    world_raw(&c->world, request, (size_t)n);
    c->failed = c->failed || c->world.status != 200;
    if (strstr(c->world.answer, "cache;desc=kept") == NULL)
        atomic_fetch_add(&c->made[round], 1);
    if (round == 0)
        snprintf(c->first, sizeof c->first, "%s", c->world.body);
}

static void *ask(void *arg)
{
    for (int i = 0; i < ROUNDS; i++)
        ask_once(arg, i);
    return NULL;
}

static void equal_questions_are_computed_once(void **state)
{
    struct world *w = *state;
    static struct client client[CLIENTS];
    pthread_t thread[CLIENTS];
    pthread_barrier_t start;
    atomic_int made[ROUNDS] = {0};
    assert_int_equal(world_import(w, "a", world_csv), 201);
    world_settle(w);
    pthread_barrier_init(&start, NULL, CLIENTS);
    for (size_t i = 0; i < CLIENTS; i++) {
        client[i] = (struct client){.world = *w, .start = &start, .made = made};
        client[i].world.answer = NULL;
        assert_int_equal(pthread_create(&thread[i], NULL, ask, &client[i]), 0);
    }
    for (size_t i = 0; i < CLIENTS; i++) {
        pthread_join(thread[i], NULL);
        free(client[i].world.answer);
        assert_false(client[i].failed);
        assert_string_equal(client[i].first, client[0].first);
    }
    for (int i = 0; i < ROUNDS; i++)
        assert_int_equal(made[i], 1);
    pthread_barrier_destroy(&start);
}

/* What cannot be kept is made by each that asks; it fails for each with the same. */
static void failures_are_not_shared(void **state)
{
    struct world *w = *state;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(world_get(w, "/v1/query?q=FROM+nowhere"), 400);
        assert_null(strstr(w->answer, "kept"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(equal_questions_are_computed_once, world_up, world_down),
        cmocka_unit_test_setup_teardown(failures_are_not_shared, world_up, world_down),
    };
    return cmocka_run_group_tests_name("net/work", tests, NULL, NULL);
}
