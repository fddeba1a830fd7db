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
#include "net/httpd.h"
#include "seen.h"

enum {
    METRIC_ROUTES = 96, /* rows of the route table, and one for everything else */
    METRIC_STATUSES = 16,
    METRIC_BUCKETS = 12,
};

struct metrics {
    atomic_uint_least64_t requests[METRIC_ROUTES][METRIC_STATUSES];
    atomic_uint_least64_t bucket[METRIC_ROUTES][METRIC_BUCKETS]; /* not cumulative */
    atomic_uint_least64_t sum_ns[METRIC_ROUTES];
    atomic_uint_least64_t received_bytes, sent_bytes;
    atomic_uint_least64_t refused_busy; /* 503 because the queue was full */
};

/* One request done. `route` is the row of the table, routes_count for none. */
void metrics_count(struct metrics *m, size_t route, int status, int64_t ns, uint64_t received,
                   uint64_t sent);

struct metrics_view {
    const struct metrics *metrics;
    const struct service *service;
    uint64_t connections_cut, connections_refused;
    uint64_t pushed_out, queue;
    unsigned connections;
    int64_t started_ms; /* wall clock */
    struct cache_stats cache;
    uint64_t streams, waiting; /* of events */
    struct seen_numbers plugins;
};
/* The whole page. */
void metrics_write(const struct metrics_view *v, struct buf *out);

#endif
