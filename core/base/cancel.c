/* SPDX-License-Identifier: MIT
 *
 * The flag and the deadline. The flag orders nothing: whoever sees it stops, and hands its results
 * over by other means. */
#include "base/cancel.h"

#include "base/clock.h"

void cancel_init(struct cancel *c, int64_t timeout_ms)
{
    atomic_init(&c->fired, 0);
    c->deadline_ns = timeout_ms > 0 ? clock_mono_ns() + timeout_ms * 1000000 : 0;
}

void cancel_fire(struct cancel *c)
{
    atomic_store_explicit(&c->fired, 1, memory_order_relaxed);
}

int cancel_check(const struct cancel *c, struct err *err)
{
    if (c == NULL)
        return 0;
    if (atomic_load_explicit(&c->fired, memory_order_relaxed))
        return err_set(err, ERR_CANCELLED, "the request was cancelled before it was done");
    if (c->deadline_ns == 0 || clock_mono_ns() < c->deadline_ns)
        return 0;
    int code = err_set(err, ERR_TIMEOUT, "the request took longer than its time limit");
    err_hint(err, "ask for a shorter time or fewer places, or raise the timeout");
    return code;
}
