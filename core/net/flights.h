/* SPDX-License-Identifier: MIT
 *
 * Equal requests at one time: the first makes the answer, the others wait for it without holding a
 * worker, each as long as its own deadline and its own client let it.
 *
 *   flights_join: false ─▶ makes the answer ─▶ flights_land ──▶ all that wait are told
 *                 true ──▶ flights_board ─▶ waits ─┬─ told by flights_land
 *                                                  └─ or by flights_look: its time is over
 *
 * Threads: any. The mutex is not held while anybody is told. */
#ifndef NET_FLIGHTS_H
#define NET_FLIGHTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cancel.h"
#include "cache.h"

struct flights;

enum landing {
    LANDING_KEPT,  /* the answer is in the cache, if it was not let go since */
    LANDING_ALONE, /* there is none that others could have: make one, without joining */
    LANDING_OVER,  /* its own time is over, or its client has gone: see its cancel */
    LANDING_NONE,  /* it waits */
};

/* One request; part of it. key, cancel and told are set by whoever joins, all else is ours. */
struct flight_seat {
    struct cache_key key;
    const struct cancel *cancel;
    /* On another thread, once, and not before flights_board: the request is the caller's again. */
    void (*told)(struct flight_seat *s, enum landing how);
    struct flight_seat *next;
    enum landing how;
    bool aboard;
};

struct flights *flights_new(void);    /* aborts when there is no memory: start-up */
void flights_free(struct flights *f); /* when nobody flies or waits; NULL is fine */

/* Is this answer being made? Else the caller makes it, and has to land. */
bool flights_join(struct flights *f, struct flight_seat *s);
/* Of one that has joined and let go of all it held. LANDING_NONE: it will be told, perhaps before
 * this returns. Else it is told at once by what is returned. */
enum landing flights_board(struct flights *f, struct flight_seat *s);
/* By the one that makes it: made and kept, or not. */
void flights_land(struct flights *f, struct flight_seat *s, bool kept);
/* Called a few times a second: tells those whose time is over. */
void flights_look(struct flights *f);

struct flight_numbers {
    uint64_t joined;
    size_t waiting;
};
struct flight_numbers flights_numbers_get(struct flights *f);

#endif
