/* SPDX-License-Identifier: MIT
 *
 * Counters of the HTTP service, and the page /metrics in Prometheus' text format. Counting is a few
 * relaxed additions: the numbers of one scrape need not belong to one instant. */
#ifndef NET_METRICS_H
#define NET_METRICS_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/buf.h"
#include "cache.h"
#include "flights.h"
#include "net/httpd.h"
#include "seen.h"

enum {
    METRIC_ROUTES = 96, /* rows of the route table, and one for everything else */
    METRIC_STATUSES = 16,
    METRIC_BUCKETS = 12,
    METRIC_ENGINES = 8,
};

struct metrics {
    atomic_uint_least64_t requests[METRIC_ROUTES][METRIC_STATUSES];
    atomic_uint_least64_t bucket[METRIC_ROUTES][METRIC_BUCKETS]; /* not cumulative */
    atomic_uint_least64_t sum_ns[METRIC_ROUTES];
    atomic_uint_least64_t engine_bucket[METRIC_ENGINES][METRIC_BUCKETS];
    atomic_uint_least64_t engine_sum_ns[METRIC_ENGINES];
    atomic_uint_least64_t received_bytes, sent_bytes;
    atomic_uint_least64_t refused_busy; /* 503 because the queue was full */
};

struct metrics_done {
    size_t route; /* row of the table, routes_count for none */
    int status;
    const char *engine; /* as in the answer's header; "kept", "unchanged"; NULL: none */
    int64_t ns;
    uint64_t received, sent;
};
/* One request done. */
void metrics_count(struct metrics *m, const struct metrics_done *done);

struct metrics_view {
    const struct metrics *metrics;
    const struct service *service;
    uint64_t connections_cut, connections_refused;
    uint64_t pushed_out, queue;
    unsigned connections;
    int64_t started_ms; /* wall clock */
    struct cache_stats cache;
    struct flight_numbers flights;
    uint64_t streams, waiting; /* of events */
    struct seen_numbers plugins;
    uint64_t slow; /* requests that were */
    size_t writes_waiting;
    struct drive *drive; /* NULL: not wanted */
};
/* The whole page. */
void metrics_write(const struct metrics_view *v, struct buf *out);

#endif
