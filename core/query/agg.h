/* SPDX-License-Identifier: MIT
 *
 * Aggregates: one state a group, fed by vectors, weighted by the registrations that each row
 * stands for. COUNT, COUNTIF, SUM, AVG, the variances, CORR and APPROX_QUANTILES weigh; MIN, MAX,
 * ANY_VALUE, STRING_AGG and whatever is DISTINCT look at values alone. A NULL argument never
 * counts.
 *
 * Sums of FLOAT64 are carried at twice the width (struct wide): the order of the rows, which
 * merging and threads may change, does not show in the answer. */
#ifndef QUERY_AGG_H
#define QUERY_AGG_H

#include "group.h"
#include "step.h"

__extension__ typedef __int128 int128;

/* hi + lo, where lo is what hi has no digits for. */
struct wide {
    double hi, lo;
};

/* What CORR and COVAR sum. */
struct moments {
    struct wide x, y, xx, yy, xy;
};

/* What an aggregate reads of a vector. */
struct agg_input {
    const struct frame_col *arg;    /* NULL for COUNT(*) */
    const struct frame_col *second; /* NULL unless it takes two */
};

struct agg_state {
    const struct agg_spec *spec;
    struct arena *arena;
    size_t cap;              /* groups there is room for */
    int64_t *count;          /* registrations with a value */
    int128 *sum;             /* SUM and AVG of INT64: exact, checked when it ends */
    int128 *squares;         /* variances of INT64: exact */
    struct wide *fsquares;   /* of FLOAT64 */
    struct wide *fsum;       /* of FLOAT64 */
    struct moments *moments; /* CORR COVAR */
    struct frame_col best;   /* MIN MAX ANY: the value; null 1: none yet */
    struct intern seen;      /* DISTINCT, APPROX_QUANTILES: values */
    struct u64_map pairs;    /* the same: group and value */
    int64_t *pair_weight;    /* APPROX_QUANTILES: by pair */
    uint32_t *pair_next;     /* 1 + the next pair of the same group; 0 ends */
    size_t pair_cap;
    uint32_t *pair_first;     /* by group: 1 + a pair of it */
    struct text_list **texts; /* STRING_AGG */
    uint32_t *ordinal;        /* scratch of a vector */
    bool heeds_hidden;        /* of values that are hidden the result is, too */
    uint8_t *hidden;          /* by group */
    uint8_t *mask;            /* DISTINCT: rows whose value was there before, or NULL */
    size_t vector;
};

MUST_USE int agg_init(struct agg_state *s, const struct agg_spec *spec, struct arena *a,
                      size_t vector, struct err *err);
/* Room for groups 0 .. n - 1. */
MUST_USE int agg_reserve(struct agg_state *s, size_t n, struct err *err);
/* Forgets what was added to group 0; for MIN, MAX, counts and sums. */
void agg_clear(struct agg_state *s);
/* Evaluates what the aggregate reads for the vector at hand. */
MUST_USE int agg_eval(struct eval *ev, const struct agg_spec *spec, struct agg_input *out);
/* Adds a vector; weight is NULL where each row is one. What STRING_AGG orders by was evaluated by
 * agg_eval. */
MUST_USE int agg_add(struct agg_state *s, const struct agg_input *in, const uint32_t *gid,
                     const int64_t *weight, size_t n, const struct place_tree *tree,
                     struct err *err);
/* Writes the result of group `from` into row `to` of a column. ERR_VALUE on overflow. */
MUST_USE int agg_result(const struct agg_state *s, size_t from, struct frame_col *out, size_t to,
                        struct err *err);

/* The union of the BASE_BITs that it reads. */
uint64_t agg_deps(const struct agg_spec *spec);

/* agg_list.c: STRING_AGG and APPROX_QUANTILES, which keep values. */
MUST_USE int agg_add_texts(struct agg_state *s, const struct frame_col *arg, const uint32_t *gid,
                           size_t n, struct err *err);
MUST_USE int agg_join_texts(const struct agg_state *s, size_t g, struct str *out, struct err *err);
MUST_USE int agg_add_quantiles(struct agg_state *s, const struct frame_col *arg,
                               const uint32_t *gid, const int64_t *weight, size_t n,
                               struct err *err);
MUST_USE int agg_quantile(const struct agg_state *s, size_t g, struct frame_col *out, size_t to,
                          struct err *err);

/* a * b, added. */
void wide_add(struct wide *w, double a, double b);
double wide_value(struct wide w);

#endif
