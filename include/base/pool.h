/* SPDX-License-Identifier: MIT
 *
 * A pool of worker threads with a bounded queue. Overload is refused at the door, not queued. */
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include <stddef.h>

#include "base/err.h"

struct pool;
typedef void (*pool_fn)(void *arg);

/* `name` (at most 12 characters) shows in thread lists. */
MUST_USE int pool_new(const char *name, int threads, size_t queue_max, struct pool **out,
                      struct err *err);
/* ERR_BUSY when the queue is full, ERR_UNAVAILABLE after pool_stop. fn runs once, on a worker. */
MUST_USE int pool_submit(struct pool *p, pool_fn fn, void *arg);
/* Calls fn(arg) on this thread and, at the same time, on up to `more` workers that have nothing to
 * do now; returns when all of these calls have returned. With no pool, or none idle, it is a plain
 * call. fn must share out its work by itself: it may be called once or many times. */
void pool_share(struct pool *p, int more, pool_fn fn, void *arg);
/* fn(ctx, i) for i = 0 .. n - 1, on threads of the pool that are free and on the caller's (not one
 * of the pool); returns when all is done. p may be NULL. The failure with the lowest i; behind one
 * nothing new is begun. */
typedef int (*pool_each_fn)(void *ctx, size_t i, struct err *err);
MUST_USE int pool_each(struct pool *p, size_t n, pool_each_fn fn, void *ctx, struct err *err);
int pool_threads(const struct pool *p);
/* Jobs waiting (not running). */
size_t pool_waiting(struct pool *p);
/* Refuses new jobs from now on; those that wait still run. */
void pool_stop(struct pool *p);
/* pool_stop, then runs what is queued, joins the threads, frees. NULL is fine. */
void pool_free(struct pool *p);

#endif
