/* SPDX-License-Identifier: MIT
 *
 * Running a bound query: what all steps share. One thread, one arena. */
#ifndef QUERY_RUN_H
#define QUERY_RUN_H

#include "step.h"

struct run {
    const struct query_context *ctx;
    const struct snap *snap;
    const struct place_tree *places; /* in the borders asked for */
    const struct borders *borders;   /* NULL: those of today, in which the rows lie */
    struct str text;
    struct arena *arena; /* of the result */
    struct err *err;
    size_t vector;  /* rows between two looks at the cancel flag */
    bool any_order; /* groups of the access at hand may come in any order */
    const char *engine;
    uint64_t rows_read;
    bool measure;              /* EXPLAIN ANALYZE */
    struct scan_facts facts;   /* of the access at hand */
    struct shield *shield;     /* that counts persons for this answer, once there is one */
    struct subquery *subquery; /* those that ran, the last first */
    struct code_state *code;   /* functions that are programs, once they were called */
};

/* A subquery of an expression that was run while its query was bound. */
struct subquery {
    const struct plan *plan;
    size_t rows;
    struct subquery *next;
};

/* An evaluation over these columns; texts go to the result's arena. */
struct eval run_eval(struct run *r, const struct frame_col *col);
/* The flag and the deadline. */
MUST_USE int run_check(struct run *r);
int run_memory(struct run *r);
/* Columns without rows, of the types of the expressions. */
MUST_USE int run_frame(struct run *r, size_t rows, size_t cols, struct frame **out);

MUST_USE int plan_run(struct run *r, const struct plan *p, struct frame **out);
/* Has plan_run write down what each step did, also of the plans inside. */
MUST_USE int plan_measure(struct run *r, struct plan *p);
/* Remembers it for EXPLAIN. */
MUST_USE int run_note_subquery(struct run *r, const struct plan *p, size_t rows);
MUST_USE int access_run(struct run *r, const struct access *a, struct frame **out);
/* frame_op.c */
MUST_USE int frame_column(struct run *r, const struct frame *f, struct expr *e,
                          struct frame_col *out);
/* A result of an aggregate; what fails is told at its place. */
struct agg_state;
MUST_USE int run_agg_result(struct run *r, const struct agg_state *s, size_t from,
                            struct frame_col *out, size_t to);
MUST_USE int frame_aggregate(struct run *r, const struct step *s, const struct frame *in,
                             struct frame **out);
/* Sorts row numbers by a total order, looking at the flag and the deadline meanwhile. */
typedef int run_order_fn(const void *a, const void *b, void *ctx);
MUST_USE int run_sort(struct run *r, uint32_t *row, size_t n, run_order_fn *order, void *ctx);
/* Rows of f in the order of `row`. */
MUST_USE int frame_gather(struct run *r, const struct frame *f, const uint32_t *row, size_t n,
                          struct frame **out);
/* Ascending by the first `keys` columns as stored; does nothing when they are. */
MUST_USE int frame_order_keys(struct run *r, struct frame **f, size_t keys);
MUST_USE int frame_sort(struct run *r, const struct step *s, struct frame *in, struct frame **out);
MUST_USE int frame_window(struct run *r, const struct step *s, const struct frame *in,
                          struct frame **out);
MUST_USE int frame_join(struct run *r, const struct step *s, const struct frame *in,
                        struct frame **out);

#endif
