/* SPDX-License-Identifier: MIT
 *
 * Deadlines for scripts. One watchdog thread looks every WATCH_TICK_MS at the calls that run; when
 * one is late it sets the call's flag and interrupts the call's own thread with a signal, whose
 * handler puts a hook into the Lua state. A script pays nothing while it is in time (a count hook
 * would cost up to half of its speed).
 *
 *   watch_begin --> running --deadline passed or caller gone--> late --> hook raises an error
 *        ^                                                        |
 *        +------------------------- watch_end <-------------------+
 *
 * Invariants
 *  1. The hook is set on the thread that runs the state, between two instructions of it: never
 *     from another thread, which would race with the interpreter.
 *  2. `late` is sticky until watch_end; the allocator, the string and table functions and the
 *     host's loops look at it too.
 *  3. A thread runs one watched call at a time; a signal that comes after watch_end finds none and
 *     does nothing. */
#ifndef SCRIPT_WATCH_H
#define SCRIPT_WATCH_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include "base/cancel.h"

struct lua_State;

enum { WATCH_TICK_MS = 5 };
enum watch_late { WATCH_IN_TIME, WATCH_TIMEOUT, WATCH_CANCELLED };

struct watch {
    atomic_int late;             /* enum watch_late; written by the watchdog */
    atomic_llong deadline_ns;    /* clock_mono_ns scale */
    const struct cancel *cancel; /* the caller's, or NULL */
    struct lua_State *state;
    pthread_t thread;
    struct watch *next, *prev;
    int64_t late_at_ns; /* the thread's own clock when `late` was set */
    int64_t lag_ns;     /* after watch_end: what the call worked on from then; 0: it was in time */
};

/* Starts to watch a call on this thread. ERR_UNAVAILABLE when no thread can be started. */
MUST_USE int watch_begin(struct watch *w, struct lua_State *state, int64_t timeout_ms,
                         const struct cancel *cancel, struct err *err);
/* Stops the clock of a call while the host works for it, as on a query: gives the time that is
 * left, for watch_resume. The caller's cancel is still looked at. */
MUST_USE int64_t watch_pause(struct watch *w);
void watch_resume(struct watch *w, int64_t left_ns);
void watch_end(struct watch *w);

#endif
