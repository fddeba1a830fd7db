/* SPDX-License-Identifier: MIT
 *
 * Aggregates: one state a group, fed by vectors, weighted by the registrations that each row
 * stands for. COUNT, COUNTIF, SUM and AVG weigh; MIN, MAX, ANY_VALUE, STRING_AGG and
 * COUNT(DISTINCT) look at values alone. A NULL argument never counts. */
#ifndef QUERY_AGG_H
#define QUERY_AGG_H

#include "group.h"
#include "step.h"

__extension__ typedef __int128 int128;

struct agg_state {
    const struct agg_spec *spec;
    struct arena *arena;
    size_t cap;               /* groups there is room for */
    int64_t *count;           /* registrations with a value */
    int128 *sum;              /* SUM and AVG of INT64: exact, checked when it ends */
    int128 *squares;          /* variances of INT64: exact */
    double *fsquares;         /* of FLOAT64 */
    double *fsum;             /* of FLOAT64 */
    struct frame_col best;    /* MIN MAX ANY: the value; null 1: none yet */
    struct intern seen;       /* COUNT DISTINCT: values */
    struct u64_map pairs;     /* COUNT DISTINCT: group and value */
    struct text_list **texts; /* STRING_AGG */
    uint32_t *ordinal;        /* scratch of a vector */
    size_t vector;
};

MUST_USE int agg_init(struct agg_state *s, const struct agg_spec *spec, struct arena *a,
                      size_t vector, struct err *err);
/* Room for groups 0 .. n - 1. */
MUST_USE int agg_reserve(struct agg_state *s, size_t n, struct err *err);
/* Forgets what was added to group 0; for MIN, MAX, counts and sums. */
void agg_clear(struct agg_state *s);
/* Adds a vector: arg is NULL for COUNT(*), weight NULL where each row is one. */
MUST_USE int agg_add(struct agg_state *s, const struct frame_col *arg, const uint32_t *gid,
                     const int64_t *weight, size_t n, const struct place_tree *tree,
                     struct err *err);
/* Writes the result of group `from` into row `to` of a column. ERR_VALUE on overflow. */
MUST_USE int agg_result(const struct agg_state *s, size_t from, struct frame_col *out, size_t to,
                        struct err *err);
/* The result of a group that got no rows. */
struct value agg_empty(const struct agg_spec *spec);

#endif
