/* SPDX-License-Identifier: MIT
 *
 * Table functions: |> CALL name(...). Each is a row of one table: its parameters, how its columns
 * are bound, how it runs. */
#ifndef QUERY_TVF_H
#define QUERY_TVF_H

#include "bind.h"
#include "run.h"

enum { TVF_PARAMS_MAX = 8 };

struct tvf_param {
    const char *name; /* NULL ends */
    enum type type;   /* TYPE_NULL: a place, or an array (see the function) */
    bool required;
    bool array;
};

struct tvf;

/* A call: arguments by parameter, NULL where not given. */
struct tvf_call {
    const struct tvf *tvf;
    const struct ast_pipe *op;
    const struct ast *arg[TVF_PARAMS_MAX]; /* as written */
    struct value value[TVF_PARAMS_MAX];    /* constants */
    size_t cols;                           /* columns of the input */
    const struct column *col;
    int column[TVF_PARAMS_MAX]; /* columns of the input that the function found, -1: none */
    void *data;                 /* of the function */
};

struct tvf {
    const char *name;
    struct tvf_param param[TVF_PARAMS_MAX];
    /* The scope is settled: column i of the input is scope->col[i]. Adds the new columns. */
    int (*bind)(struct scope *s, struct tvf_call *c);
    int (*run)(struct run *r, const struct tvf_call *c, const struct frame *in, struct frame **out);
};

extern const struct tvf tvf_complete, tvf_against_target, tvf_against_stated, tvf_top_n,
    tvf_running_total, tvf_gap_fill, tvf_rank_change, tvf_period_over_period, tvf_forecast,
    tvf_common_shock;

/* tvf_plugin.c: a table function of a plugin. 1 bound, 0: there is none of this name. */
MUST_USE int tvf_plugin_bind(struct scope *s, const struct ast_pipe *op);
void tvf_plugin_near(const struct query_context *ctx, struct str name, struct near_list *near);
bool tvf_is(struct str name);

void tvf_words(word_fn *fn, void *ctx);
MUST_USE int tvf_run(struct run *r, const struct tvf_call *c, const struct frame *in,
                     struct frame **out);

/* Column of the input named by argument k (a text); ERR_UNKNOWN_NAME. */
MUST_USE int tvf_column(struct scope *s, struct tvf_call *c, size_t k, int *index);
/* The same, INT64; without the argument, the only INT64 column there is. */
MUST_USE int tvf_count_column(struct scope *s, struct tvf_call *c, size_t k, int *index);
/* A PLACE column, of this level if there is one; -1: none. */
int tvf_place_column(const struct tvf_call *c, int level);
/* Turns argument k (name, code or place) into a place. */
MUST_USE int tvf_place_value(struct scope *s, struct tvf_call *c, size_t k);
/* Adds a column to the scope: the next one of the output frame. */
MUST_USE int tvf_add(struct scope *s, const char *name, enum type type);
/* The error of a call, at argument k or at the function's name when k is -1. */
int tvf_fail(struct scope *s, const struct tvf_call *c, int k, int code, const char *fmt, ...)
    PRINTF_LIKE(5, 6);
/* The input's columns (shared), and `more` fresh ones behind them. */
MUST_USE int tvf_extend(struct run *r, const struct frame *in, size_t more, struct frame **out);

#endif
