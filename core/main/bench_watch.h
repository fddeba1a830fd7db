/* SPDX-License-Identifier: MIT
 *
 * What went on in this process during a phase of a benchmark: when merges ran, and which threads
 * used the processors. */
#ifndef MAIN_BENCH_WATCH_H
#define MAIN_BENCH_WATCH_H

#include <pthread.h>
#include <stdatomic.h>

#include "store/store.h"

enum { WATCH_MERGES_MAX = 4096, WATCH_NAMES_MAX = 32, WATCH_NAME_BYTES = 16 };

struct watch_span {
    int64_t from_ns, to_ns; /* monotonic */
};

struct watch_cpu {
    char name[WATCH_NAME_BYTES]; /* of threads, without their number */
    double seconds;              /* it ran */
    double waiting_s;            /* it could have run, but no processor was free */
};

struct bench_watch {
    struct store *store;
    pthread_t thread;
    atomic_bool stop;
    struct watch_span merge[WATCH_MERGES_MAX]; /* in order of their ends */
    size_t merges;
    struct store_stats first, last;
    /* Time of the threads that were there at the end, by name, and of the whole process. */
    struct watch_cpu cpu[WATCH_NAMES_MAX];
    size_t cpus;
    double total_s;
};

MUST_USE int bench_watch_start(struct bench_watch *w, struct store *store, struct err *err);
/* Everything above can be read then. */
void bench_watch_stop(struct bench_watch *w);
/* Did a merge run at any moment from .. to? */
bool bench_watch_merged(const struct bench_watch *w, int64_t from_ns, int64_t to_ns);

#endif
