/* SPDX-License-Identifier: MIT
 *
 * Who comes next: requests that wait for a worker, by client. Clients take turns, so that whoever
 * asks a thousand things waits for himself. A client whose requests take long is heavy; while there
 * are others, the heavy ones together leave one worker to those who are not, and when they hold
 * that one too and somebody waits for it, the last of them has to go.
 *
 * Threads: any. The mutex is not held while a request runs. */
#ifndef NET_TURNS_H
#define NET_TURNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/pool.h"

struct turns;
struct turn_client;

/* One request; part of it. run, push_out are set by whoever submits it, all else is ours. */
struct turn {
    void (*run)(struct turn *t);      /* on a worker; calls turns_done, then t may go */
    void (*push_out)(struct turn *t); /* it runs, and is to end soon; the mutex is held */
    struct turn *next, *prev;
    struct turn_client *client;
    int64_t since_ns; /* it waits, or runs */
    bool out, runs;
};

/* The pool is borrowed. queue_max: requests that wait, of all clients. */
struct turns *turns_new(struct pool *pool, size_t queue_max);
/* When nothing waits or runs any more. NULL is fine. */
void turns_free(struct turns *t);

/* ERR_BUSY: too many wait, or too many of this client while there are others. */
MUST_USE int turns_submit(struct turns *t, uint64_t client, struct turn *turn, struct err *err);
/* It has come, and is not waiting any more. */
bool turns_is_running(struct turns *t, const struct turn *turn);
/* It runs, and was pushed out. */
bool turns_pushed_out(struct turns *t, const struct turn *turn);
/* It has run. */
void turns_done(struct turns *t, struct turn *turn);
/* Called a few times a second: pushes out who holds what others wait for. */
void turns_look(struct turns *t);
size_t turns_waiting(struct turns *t);
/* Requests pushed out so far. */
uint64_t turns_pushed_out_total(struct turns *t);

#endif
