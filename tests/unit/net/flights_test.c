/* SPDX-License-Identifier: MIT
 *
 * Equal requests at one time: one makes the answer, the others are told once each. */
#include "../../../core/net/flights.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/err.h"
#include "test.h"

struct guest {
    struct flight_seat seat;
    struct cancel cancel;
    atomic_int told; /* how often */
    enum landing how;
};

static void told(struct flight_seat *s, enum landing how)
{
    struct guest *g = (struct guest *)(void *)s;
    g->how = how;
    atomic_fetch_add(&g->told, 1);
}

static void arrive(struct guest *g, uint64_t key)
{
    *g = (struct guest){.seat = {.key = {key, key}, .cancel = &g->cancel, .told = told}};
    cancel_init(&g->cancel, 0);
}

static void those_who_wait_are_told(void **state)
{
    (void)state;
    struct flights *f = flights_new();
    struct guest pilot, guest[3], other;
    arrive(&pilot, 1);
    arrive(&other, 2);
    assert_false(flights_join(f, &pilot.seat));
    assert_false(flights_join(f, &other.seat));
    for (int i = 0; i < 3; i++) {
        arrive(&guest[i], 1);
        assert_true(flights_join(f, &guest[i].seat));
        if (i < 2)
            assert_int_equal(flights_board(f, &guest[i].seat), LANDING_NONE);
    }
    assert_int_equal(flights_numbers_get(f).waiting, 3);
    flights_land(f, &pilot.seat, true);
    for (int i = 0; i < 3; i++)
        assert_int_equal(guest[i].told, i < 2);
    assert_int_equal(guest[0].how, LANDING_KEPT);
    /* landed before it was aboard */
    assert_int_equal(flights_board(f, &guest[2].seat), LANDING_KEPT);
    assert_int_equal(pilot.told, 0);
    assert_int_equal(flights_numbers_get(f).waiting, 0);
    assert_int_equal(flights_numbers_get(f).joined, 3);
    flights_land(f, &other.seat, false);
    arrive(&pilot, 1); /* the next is a flight of its own */
    assert_false(flights_join(f, &pilot.seat));
    flights_land(f, &pilot.seat, false);
    flights_free(f);
}

static void without_an_answer_each_makes_its_own(void **state)
{
    (void)state;
    struct flights *f = flights_new();
    struct guest pilot, guest;
    arrive(&pilot, 1);
    arrive(&guest, 1);
    assert_false(flights_join(f, &pilot.seat));
    assert_true(flights_join(f, &guest.seat));
    assert_int_equal(flights_board(f, &guest.seat), LANDING_NONE);
    flights_land(f, &pilot.seat, false);
    assert_int_equal(guest.how, LANDING_ALONE);
    flights_free(f);
}

static void who_is_cancelled_waits_no_longer(void **state)
{
    (void)state;
    struct flights *f = flights_new();
    struct guest pilot, guest[2], late;
    arrive(&pilot, 1);
    arrive(&late, 1);
    assert_false(flights_join(f, &pilot.seat));
    for (int i = 0; i < 2; i++) {
        arrive(&guest[i], 1);
        assert_true(flights_join(f, &guest[i].seat));
        assert_int_equal(flights_board(f, &guest[i].seat), LANDING_NONE);
    }
    assert_true(flights_join(f, &late.seat));
    cancel_fire(&guest[1].cancel);
    late.cancel.deadline_ns = 1;
    flights_look(f);
    assert_int_equal(guest[0].told, 0);
    assert_int_equal(guest[1].told, 1);
    assert_int_equal(guest[1].how, LANDING_OVER);
    assert_int_equal(late.told, 0); /* it is not aboard: nobody else may touch it */
    assert_int_equal(flights_board(f, &late.seat), LANDING_NONE);
    flights_look(f);
    assert_int_equal(late.told, 1);
    flights_land(f, &pilot.seat, true);
    assert_int_equal(guest[0].told, 1);
    assert_int_equal(guest[1].told, 1);
    flights_free(f);
}

/* ---- many threads ---- */

enum { THREADS = 4, ROUNDS = 2000, KEYS = 3 };

struct crowd {
    struct flights *flights;
    atomic_int flying[KEYS];
    atomic_int ended;
};

static void fly_round(struct crowd *c, int round)
{
    uint64_t key = (uint64_t)round % KEYS;
    struct guest g;
    arrive(&g, key);
    if (round % 7 == 0)
        cancel_fire(&g.cancel);
    if (!flights_join(c->flights, &g.seat)) {
        ASSERT(atomic_fetch_add(&c->flying[key], 1) == 0);
        flights_look(c->flights);
        atomic_fetch_sub(&c->flying[key], 1);
        flights_land(c->flights, &g.seat, round % 2 == 0);
    } else if (flights_board(c->flights, &g.seat) == LANDING_NONE) {
        while (atomic_load(&g.told) == 0)
            flights_look(c->flights);
        ASSERT(atomic_load(&g.told) == 1);
    }
    atomic_fetch_add(&c->ended, 1);
}

static void *fly(void *arg)
{
    for (int i = 0; i < ROUNDS; i++)
        fly_round(arg, i);
    return NULL;
}

static void one_flies_at_a_time(void **state)
{
    (void)state;
    struct crowd c = {.flights = flights_new()};
    pthread_t thread[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, fly, &c), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(thread[i], NULL);
    assert_int_equal(c.ended, THREADS * ROUNDS);
    assert_int_equal(flights_numbers_get(c.flights).waiting, 0);
    flights_free(c.flights);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(those_who_wait_are_told),
        cmocka_unit_test(without_an_answer_each_makes_its_own),
        cmocka_unit_test(who_is_cancelled_waits_no_longer),
        cmocka_unit_test(one_flies_at_a_time),
    };
    return cmocka_run_group_tests_name("net/flights", tests, NULL, NULL);
}
