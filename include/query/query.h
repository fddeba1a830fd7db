/* SPDX-License-Identifier: MIT
 *
 * The query language: text in, frame out. GoogleSQL's pipe syntax over the tables of a snapshot.
 *
 *   text --query_parse--> struct query (immutable, shareable)
 *        --query_run----> parse tree bound to the catalogue, planned, executed, a result
 *
 * A query may be parsed once and run many times, from many threads. A run touches nothing but the
 * snapshot it was given and its own arena. */
#ifndef QUERY_QUERY_H
#define QUERY_QUERY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cancel.h"
#include "base/err.h"
#include "base/mem.h"
#include "data/frame.h"
#include "data/snap.h"
#include "data/target.h"
#include "data/value.h"
#include "query/viewer.h"

struct query;

/* ERR_SYNTAX, ERR_UNSUPPORTED, ERR_LIMIT with line, column, excerpt and hint. The text is copied.
 */
MUST_USE int query_parse(struct str text, struct query **out, struct err *err);
struct query *query_ref(struct query *q);
void query_unref(struct query *q); /* NULL is fine */
/* Names of the @parameters used, in order of first use; without the '@'. */
const struct str *query_params(const struct query *q, size_t *n);

struct query_param {
    struct str name;
    struct value value; /* STRING is fine for a DATE or a place: it is converted where it is used */
};

/* A table that lives above this floor (alerts, ...), made into a frame when a query names it. */
struct query_table {
    const char *name;
    int (*fill)(void *ctx, struct arena *a, const struct snap *snap, struct frame **out,
                struct err *err);
    void *ctx;
    /* How it is narrowed for who sees a part (narrow.h). */
    bool sent;           /* by whoever asks: all of it is seen */
    bool of_all_sources; /* its figures are of all sources, whatever it says of one */
    const char *ids_of;  /* its rows are those of this table's ids; or NULL */
};

/* A function that is a program, called with a vector of rows at a time. */
struct query_code_call {
    const struct frame_col *const *arg; /* places and coded values as names */
    size_t args, n;
    const uint8_t *todo;   /* rows to compute; none of their arguments is NULL */
    struct frame_col *out; /* of the function's type: values, and .null of each row to compute */
    struct arena *strings; /* of texts in the result */
    const struct cancel *cancel;
};
struct query_code {
    /* One state a run, used by one thread at a time. */
    int (*open)(void *ctx, void **state, struct err *err);
    int (*call)(void *state, const struct query_code_call *call, struct err *err);
    void (*close)(void *state);
    void *ctx;
};

/* A function that a plugin defines: an expression over its arguments, which is put in place of each
 * call and costs nothing beside what it says; or a program. */
enum { FN_ARGS_MAX = 16 };
struct query_fn {
    struct str name;
    const struct str *arg; /* names of the arguments, at most FN_ARGS_MAX */
    size_t args;
    struct str expr;               /* "100000.0 * n / workers" */
    enum type returns;             /* TYPE_NULL: whatever the expression gives */
    const enum type *type;         /* by argument, TYPE_NULL: any; or NULL */
    const struct query_code *code; /* in place of the expression; or NULL */
    /* A table function, in place of all of these: "FROM input |> ...", whose operators stand for
     * CALL name(args) and know the arguments, which are constants, as @parameters. */
    struct str query;
};

struct pool;
struct query_context {
    const struct snap *snap;           /* pinned by the caller for the whole run */
    const struct viewer *viewer;       /* for whom; NULL: the server itself */
    const struct borders *borders;     /* of the snapshot's history, held likewise; NULL: today's */
    const struct target_book *targets; /* or NULL */
    const struct query_table *table;   /* beside the built-in ones */
    size_t tables;
    /* Tables that planners are expected to upload, without rows: what a query sees while the
     * snapshot has none of the name. */
    const struct upload *const *expected;
    size_t expecteds;
    /* Set once persons were counted for somebody from whom small counts are hidden: an answer made
     * of several queries hands the same one to all. NULL: each query is an answer. */
    bool *asked_persons;
    bool *missed;              /* by expected: set where a query named one in vain; or NULL */
    const struct query_fn *fn; /* beside the built-in ones, which cannot be replaced */
    size_t fns;
    const struct query_param *param;
    size_t params;
    const struct cancel *cancel; /* or NULL */
    struct pool *pool;           /* its idle workers help with a large query; NULL: one thread */
    int threads;                 /* at most so many, the caller's among them; 0: as the pool has */
    bool hindi;                  /* names print and sort in Hindi */
    size_t rows_max;     /* 0: QUERY_ROWS_MAX; more rows are cut off and `truncated` is set */
    uint64_t memory_max; /* bytes of one run; 0: QUERY_MEMORY_BYTES */
    size_t vector_rows;  /* 0: VECTOR_ROWS; tests use 1 and 7 */
    bool no_cube;        /* for tests: scan even where the cube would do */
    bool explain;        /* the plan as rows instead of the answer, as EXPLAIN in front does */
};

/* The tree of places that the names of an answer speak of. */
const struct place_tree *query_places(const struct query_context *ctx);

struct query_result {
    struct arena arena;  /* holds the frame */
    struct query *query; /* a reference: texts of the query may stand in the frame */
    struct frame *frame;
    const char *engine; /* "cube", "scan", "clickhouse", "local" (small tables only) */
    bool truncated;
    bool listed; /* rows are registrations themselves, not counts of them */
    bool timed;  /* the frame tells times (EXPLAIN ANALYZE): it is not the same the next time */
    int64_t k;   /* counts of persons below it are hidden in the frame; 0: none could be */
    uint64_t rows_read; /* rows of registrations looked at; 0 from the cube */
    int64_t parse_ns, plan_ns, run_ns;
};

/* Binds, plans and runs. The frame may hold texts of the snapshot's dictionaries and names of its
 * tree: keep the snapshot until query_result_fini. On success *out is the caller's:
 * query_result_fini. On failure nothing is left to free. ERR_UNKNOWN_NAME, ERR_AMBIGUOUS, ERR_TYPE,
 * ERR_PARAM, ERR_VALUE, ERR_TIMEOUT, ...
 */
MUST_USE int query_run(const struct query *q, const struct query_context *ctx,
                       struct query_result *out, struct err *err);
void query_result_fini(struct query_result *r);

/* Is this a function's expression? It is bound over its arguments, which are NULL here and of the
 * types stated. ERR_SYNTAX, ERR_UNKNOWN_NAME, ERR_TYPE, ... with line, column and excerpt. The
 * context gives the snapshot, and the other functions that it may call. */
MUST_USE int query_fn_check(const struct query_fn *f, const struct query_context *ctx,
                            struct err *err);
/* Is this a table function's query, and knows it its parameters? Columns are looked at where it is
 * called. ERR_SYNTAX, ERR_PARAM, ... with line, column and excerpt. */
MUST_USE int query_table_fn_check(const struct query_fn *f, struct err *err);
/* Is it one of the language's own, which nobody can define anew? */
bool query_fn_is_own(struct str name);

/* May a table of users have this name? An identifier of at most TABLE_NAME_BYTES_MAX bytes, no
 * reserved word, no built-in table. ERR_PARAM. */
MUST_USE int query_table_name(struct str name, struct err *err);

/* Binds and plans only: the columns that a run would give (a frame without rows). For checking a
 * plugin's queries when it is loaded; parameters have types but NULL values. */
MUST_USE int query_check(const struct query *q, const struct query_context *ctx,
                         struct query_result *out, struct err *err);

#endif
