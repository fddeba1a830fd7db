/* SPDX-License-Identifier: MIT
 *
 * A step of a benchmark in a process of its own, so that its memory, threads and open files do not
 * meet those of the next step, and what it says of its memory is true. */
#ifndef MAIN_BENCH_APART_H
#define MAIN_BENCH_APART_H

#include <stddef.h>

#include "base/err.h"

/* Runs step(arg) in a child and waits; its error becomes ours. No other thread may run. The child
 * has a copy of everything: what it is to leave behind goes to bench_shared memory. */
MUST_USE int bench_apart(int (*step)(void *arg, struct err *err), void *arg, struct err *err);

/* n bytes, cleared, the same for this process and its children. Aborts when there are none. */
void *bench_shared(size_t n);
void bench_shared_free(void *p, size_t n);

#endif
