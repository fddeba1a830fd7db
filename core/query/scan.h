/* SPDX-License-Identifier: MIT
 *
 * A scan on its way: rows of segments and slabs as vectors, handed to whoever consumes them. */
#ifndef QUERY_SCAN_H
#define QUERY_SCAN_H

#include "access.h"
#include "agg.h"

struct scan;
typedef int (*consume_fn)(struct scan *s);

struct scan {
    struct run *run;
    const struct access_plan *plan;
    const struct retraction_set *gone; /* batches whose rows are left out; NULL: none */
    uint64_t need;
    bool by_runs;
    size_t vector;
    size_t n; /* rows in the vector */
    bool stop;
    struct frame_col col[BASE_COLS];
    int32_t *unpacked;
    /* Rows waiting to be unpacked: `pending` from `first` on, of a segment or of a group of a slab,
     * to stand from `at` on. */
    const struct seg *seg;
    const struct slab *slab;
    const struct slab_group *group;
    uint64_t first;
    size_t pending, at;
    uint8_t *pass;
    struct arena strings; /* texts of conditions, for one vector */
    consume_fn consume;
    /* grouped */
    struct groups groups;
    struct agg_state *agg;
    int64_t *net; /* registrations by group */
    size_t net_cap;
    uint32_t *gid;
    /* rows */
    struct frame *out;
    size_t out_cap;
};

/* Hands all rows of the window on. `done`: by slab, 1 where its rows were counted already; NULL:
 * none. */
MUST_USE int scan_all(struct scan *s, const uint8_t *done);
/* Filters the vector and hands it on. */
MUST_USE int scan_flush(struct scan *s);
/* scan_group.c: groups the rows. */
MUST_USE int scan_groups(struct scan *s, struct frame **out);
/* How it would group them. */
MUST_USE int scan_groups_outline(struct scan *s, struct scan_outline *out);

#endif
