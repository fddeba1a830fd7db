/* SPDX-License-Identifier: MIT
 *
 * A bound query: a row of steps, each making a frame from the one before. Bound once for a run;
 * expressions in it hold the buffers of that run. */
#ifndef QUERY_STEP_H
#define QUERY_STEP_H

#include "ast.h"
#include "expr.h"
#include "query/query.h"

enum agg_kind {
    AGG_COUNT,    /* rows (registrations, where rows carry them) */
    AGG_COUNT_OF, /* rows whose argument is not NULL */
    AGG_COUNTIF,
    AGG_COUNT_DISTINCT,
    AGG_SUM,
    AGG_AVG,
    AGG_MIN,
    AGG_MAX,
    AGG_ANY,
    AGG_TEXT,     /* STRING_AGG */
    AGG_QUANTILE, /* one of APPROX_QUANTILES */
    AGG_VAR_SAMP,
    AGG_VAR_POP,
    AGG_STDDEV_SAMP,
    AGG_STDDEV_POP,
    AGG_ALL,  /* LOGICAL_AND */
    AGG_SOME, /* LOGICAL_OR */
    AGG_CORR, /* of two arguments */
    AGG_COVAR_SAMP,
    AGG_COVAR_POP,
};

struct sort_key {
    struct expr *expr;
    bool desc, nulls_last;
};

struct agg_spec {
    enum agg_kind kind;
    bool distinct;       /* equal values once, whatever they weigh */
    struct expr *arg;    /* NULL for AGG_COUNT */
    struct expr *second; /* CORR, COVAR: the other argument */
    struct str separator;
    struct sort_key *order; /* TEXT: how the values are ordered; else as they come */
    size_t orders;
    int64_t limit;            /* TEXT: so many values at most */
    int64_t quantiles, which; /* QUANTILE: number which of the quantiles + 1 bounds, from 0 */
    enum type type;           /* of the result */
    const struct list *list;
    int level;
    uint32_t at, n; /* bytes of the text */
};

/* What an AGGREGATE computes: a frame of the keys, then the aggregates, in ascending order of the
 * keys as stored. */
struct grouping {
    struct expr **key;
    size_t keys;
    struct agg_spec *agg;
    size_t aggs, aggs_cap;
};

/* Reading registrations, up to and including the first AGGREGATE. Expressions are over BASE_*. */
struct access {
    struct expr **where; /* conditions that must all be true */
    size_t wheres, wheres_cap;
    bool grouped;
    struct grouping group; /* grouped */
    struct expr **out;     /* else: the columns of each row; the last is its count */
    size_t outs;
    bool as_of;             /* the conditions say which batches count, retracted or not */
    size_t rows_max;        /* of the rows, SIZE_MAX: all */
    const struct step *top; /* a SORT of the rows follows that needs only its first; or NULL */
};

enum window_kind {
    WIN_ROW_NUMBER,
    WIN_RANK,
    WIN_DENSE_RANK,
    WIN_PERCENT_RANK,
    WIN_NTILE,
    WIN_LAG,
    WIN_LEAD,
    WIN_CUME_DIST,
    WIN_PERCENTILE_CONT, /* of the partition; no ORDER BY */
    WIN_PERCENTILE_DISC,
    WIN_FIRST,
    WIN_LAST,
    WIN_NTH,
    WIN_AGG, /* an aggregate up to and including the row's peers, or over all without ORDER BY */
};

/* Where a frame starts or ends, seen from a row. */
struct window_bound {
    bool open;    /* UNBOUNDED */
    bool distant; /* RANGE: so far away in value; else at the row and its peers */
    bool months;  /* RANGE over dates: `i` counts months */
    int64_t i;    /* rows, or the distance of an INT64 or a DATE; negative: before */
    double f;     /* the distance of a FLOAT64 */
};

struct window_frame {
    bool given, range;
    struct window_bound start, end;
};

struct window {
    enum window_kind kind;
    struct agg_spec agg; /* WIN_AGG; its type is the result's in all cases */
    struct expr *value;  /* LAG LEAD FIRST LAST */
    struct expr *other;  /* LAG LEAD: default, or NULL */
    int64_t offset;      /* LAG LEAD; NTILE: buckets; NTH_VALUE: which */
    double percentile;
    struct expr **partition;
    size_t partitions;
    struct sort_key *order;
    size_t orders;
    struct window_frame frame; /* WIN_AGG WIN_FIRST WIN_LAST WIN_NTH */
    struct expr *ref;          /* the column that stands for it in expressions */
};

struct plan;
struct run;
struct tvf_call; /* tvf.h */
struct shield;   /* shield.h */

enum step_kind {
    STEP_ONE_ROW, /* SELECT without FROM */
    STEP_TABLE,
    STEP_ACCESS,
    STEP_FILTER,
    STEP_PROJECT,
    STEP_WINDOW,
    STEP_AGGREGATE,
    STEP_SORT,
    STEP_LIMIT,
    STEP_JOIN,
    STEP_UNION,
    STEP_CALL,
    STEP_ASSERT,
    STEP_UNPIVOT,
    STEP_SHIELD, /* counts of persons, small ones hidden: shield.h */
};

struct join {
    enum join_kind kind;
    struct plan *right;
    struct expr **left_key, **right_key; /* equal, pair by pair, of the same type */
    size_t keys;
    struct expr *on;  /* what else must hold, over the columns of both; NULL: nothing */
    int weight;       /* column of the result with the registrations of a row, or -1 */
    int other_weight; /* that of the other side, or -1 */
};

struct step {
    enum step_kind kind;
    uint32_t at, n; /* of the operator in the text */
    struct expr **expr;
    size_t exprs;
    int weight;                /* AGGREGATE: column with the registrations of a row, or -1 */
    const struct frame *table; /* TABLE */
    struct access *access;
    struct shield *shield;
    struct grouping group;
    struct sort_key *sort;
    size_t sorts;
    size_t limit, offset; /* LIMIT; SORT: rows needed, SIZE_MAX: all */
    struct window *window;
    size_t windows;
    struct join *join;
    struct str *text;   /* UNPIVOT: names by expression behind `kept` */
    size_t kept;        /* UNPIVOT: expressions that stay; the others become rows */
    bool keep_nulls;    /* UNPIVOT */
    struct plan **part; /* UNION */
    size_t parts;
    struct tvf_call *call;
    size_t cols; /* columns of the frame it makes */
};

/* What reading registrations came to. */
struct scan_facts {
    size_t planes;  /* slabs counted on their bit planes */
    size_t slabs;   /* slabs read row by row, or run by run */
    size_t segs;    /* segments read */
    size_t skipped; /* slabs and segments of which no row could pass */
    uint64_t rows;  /* looked at */
};

/* A column as names see it. */
struct column {
    struct str name, table;
    struct expr *expr; /* over the columns of the current frame, or over BASE_* */
};

/* What a step did, when it is measured. */
struct step_actual {
    bool ran;
    size_t rows; /* that it gave */
    int64_t ns;
    struct scan_facts facts; /* ACCESS */
};

struct plan {
    struct step_actual *actual; /* by step; NULL: nobody asks */
    struct step *step;
    size_t steps, steps_cap;
    struct column *col; /* of the final frame, in order */
    size_t cols;
};

#endif
