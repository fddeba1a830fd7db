/* SPDX-License-Identifier: MIT
 *
 * An open load on a server: requests fall due at a steady rate, whether or not earlier ones have
 * been answered, and the time of a request is counted from the moment it was due. So a server that
 * stalls is charged with all that would have come meanwhile (no coordinated omission). A few
 * connections take the requests in the order in which they are due; where all are taken, the next
 * is sent late, which is counted, and its time still runs. */
#ifndef MAIN_BENCH_LOAD_H
#define MAIN_BENCH_LOAD_H

#include <pthread.h>
#include <stdatomic.h>

#include "bench_client.h"

enum { LOAD_CONNECTIONS_MAX = 32 };

struct load_request {
    int64_t due_ns, end_ns; /* monotonic; end_ns 0: it was never sent */
    int status;             /* of HTTP; 0: no answer */
    int kind;               /* as `make` told */
    int64_t taken;          /* as `take` told */
};

/* What is asked. Called by several threads at once. */
struct load_source {
    /* Writes request k, header and body; returns its kind. */
    int (*make)(const void *ctx, uint64_t k, struct buf *out);
    /* A number to remember of an answer; NULL: none. */
    int64_t (*take)(const struct bench_reply *r);
    const void *ctx;
};

struct load {
    struct load_source source;
    int port;
    int connections;
    double per_second;
    int64_t start_ns, length_ns; /* the first is due at start_ns, none after length_ns */
    /* From load_start: */
    struct load_request *request;
    uint64_t requests;
    atomic_uint_fast64_t next, late; /* late: sent a millisecond after it was due, or more */
    atomic_uint_fast64_t cpu_ns;     /* of the threads, when they have ended */
    pthread_t thread[LOAD_CONNECTIONS_MAX];
    int threads;
};

/* The rest of *l is filled in by the caller. */
MUST_USE int load_start(struct load *l, struct err *err);
/* Waits for the last answer; what was not sent ten seconds after its end is left off. */
void load_wait(struct load *l);
void load_fini(struct load *l);

#endif
