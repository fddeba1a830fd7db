/* SPDX-License-Identifier: MIT
 *
 * Binding: from what was written (ast.h) to what is to be done (step.h), names resolved against
 * the snapshot, types checked, places and coded values looked up. */
#ifndef QUERY_BIND_H
#define QUERY_BIND_H

#include "base/near.h"
#include "query/words.h"
#include "step.h"

enum { EXPR_SIZE_MAX = 1000000, STEPS_MAX = 10000, FN_DEPTH_MAX = 16, QUANTILES_MAX = 10000 };

struct run;

/* The scopes around a subquery, the innermost first: what they know it may not name. */
struct outer_scope {
    const struct scope *scope;
    const struct outer_scope *next;
};

struct binder {
    struct arena *arena;
    const struct query_context *ctx;
    const struct snap *snap;
    const struct place_tree *places; /* in the borders asked for */
    struct str text;
    struct err *err;
    struct eval fold; /* for constants */
    size_t steps;     /* of all plans of the query */
    int fn_depth;     /* functions of plugins that call each other */
    int tvf_depth;    /* and table functions */
    uint64_t persons; /* BASE_BITs that are told in counts alone, small ones hidden */
    bool check;       /* parameters have no values */
    struct run *run;  /* runs subqueries */
    const struct outer_scope *outer;
    bool met_outer; /* the error at hand is a name of a query around */
};

/* What names mean at one place of the pipe. */
struct scope {
    struct binder *b;
    struct plan *plan;
    struct column *col;
    size_t n, cap;
    struct access *open; /* registrations not read yet: columns are over BASE_*; else NULL */
    size_t frame_cols;   /* columns of the current frame (open == NULL) */
    int weight;          /* column of the frame with the registrations of each row, or -1 */
    uint32_t within[PLACE_LEVELS]; /* identities in which all rows are known to lie; PLACE_NONE */
};

struct window_list {
    struct window *at;
    size_t n, cap;
};

/* What may stand in an expression. */
struct expr_scope {
    struct scope *scope;
    const char *clause;              /* "WHERE clause", for messages */
    struct grouping *group;          /* aggregates are allowed and go here; else NULL */
    const struct ast **key_ast;      /* what group->key was written as */
    bool in_aggregate;               /* inside the argument of one */
    int64_t element;                 /* of the array that a call gives: 1 + its index; 0: none */
    const struct ast_items *aliases; /* HAVING: names of the SELECT list, or NULL */
    struct window_list *windows;     /* window functions are allowed and go here; else NULL */
};

/* Errors at a place of the text; both return the code. */
int bind_fail(struct binder *b, int code, const struct ast *at, const char *fmt, ...)
    PRINTF_LIKE(4, 5);
int bind_fail_at(struct binder *b, int code, uint32_t at, uint32_t n, const char *fmt, ...)
    PRINTF_LIKE(5, 6);
int bind_memory(struct binder *b);

/* bind_expr.c */
MUST_USE int bind_expr(struct expr_scope *x, const struct ast *ast, struct expr **out);
/* An expression of the stated type, NULL and implicit conversion included. */
MUST_USE int bind_bool(struct expr_scope *x, const struct ast *ast, struct expr **out);
MUST_USE int bind_coerce(struct binder *b, const struct ast *at, struct expr *e, enum type t,
                         struct expr **out);
/* A constant of the type: a literal, a parameter or what folds to one. ERR_PARAM or ERR_TYPE. */
MUST_USE int bind_constant(struct scope *s, const struct ast *ast, enum type t, const char *what,
                           struct value *out);
/* The same for what may not be NULL: while a plugin is checked its parameters are, and `number`
 * stands for them. */
MUST_USE int bind_known(struct scope *s, const struct ast *ast, enum type t, const char *what,
                        int number, struct value *out);
bool scope_has_column(const struct scope *s, const struct ast *ast);
/* Column by name; `table` may be empty. */
MUST_USE int bind_column(struct scope *s, const struct ast *ast, struct expr **out);
bool ast_equal(const struct ast *a, const struct ast *b);
bool ast_has_aggregate(const struct ast *a);
bool ast_has_window(const struct ast *a);
/* Makes both sides one type for the values of a result (IF, CASE, UNION). */
MUST_USE int bind_common(struct binder *b, const struct ast *at, struct expr **list, size_t n);

/* bind_compare.c */
MUST_USE int bind_compare(struct scope *s, enum ast_op op, const struct ast *at,
                          const struct ast *left_ast, struct expr *l, const struct ast *right_ast,
                          struct expr *r, struct expr **out);
MUST_USE int bind_in(struct expr_scope *x, const struct ast *ast, struct expr **out);
/* Makes one comparable type of two: constants are looked up where the other side is a place or a
 * coded value. `order`: texts are needed because < and > are asked. 1: the types do not fit. */
MUST_USE int bind_pair(struct scope *s, bool order, const struct ast *left_ast, struct expr **l,
                       const struct ast *right_ast, struct expr **r);

/* bind_place.c: from a text to one identity. level PLACE_LEVEL_ANY: "district:607", or a name
 * that only one place of any level has. ERR_UNKNOWN_NAME, ERR_AMBIGUOUS. */
MUST_USE int bind_place(struct scope *s, int level, struct str text, const struct ast *at,
                        uint32_t *identity);
/* The place that a constant (text, code or place) means. */
MUST_USE int bind_place_const(struct scope *s, int level, const struct expr *e,
                              const struct ast *at, struct value *out);
/* Over rows of registrations: the place of a level in which a row lies. NULL: out of memory. */
struct expr *bind_place_column(struct arena *a, enum place_level level);
/* Remembers from conditions like `district = 'Ramgarh'` where the rows lie. */
MUST_USE int bind_within(struct scope *s, const struct ast *const *cond, size_t n);
/* All orders of an identity. */
MUST_USE int bind_nodes(struct binder *b, uint32_t identity, struct node_list **out);

/* bind_fn.c */
MUST_USE int bind_call(struct expr_scope *x, const struct ast *ast, struct expr **out);
MUST_USE int bind_cast(struct expr_scope *x, const struct ast *ast, struct expr **out);
/* "Not supported", or "not found" with near names. */
int bind_unknown_function(struct binder *b, const struct ast *ast);
MUST_USE int bind_extract(struct expr_scope *x, const struct ast *ast, struct expr **out);

/* bind_macro.c: a function of a plugin. 1 bound, 0: there is none of this name. */
MUST_USE int bind_macro(struct expr_scope *x, const struct ast *ast, struct expr **out);
/* The expression alone, over arguments that are NULL. b->text is the expression. */
MUST_USE int bind_macro_body(struct binder *b, const struct query_fn *f);

/* bind_agg.c */
bool agg_is(struct str name);
void agg_near(struct str name, struct near_list *near);
void agg_words(word_fn *fn, void *ctx);
MUST_USE int bind_agg_call(struct expr_scope *x, const struct ast *ast, struct expr **out);
MUST_USE int bind_agg_spec(struct expr_scope *x, const struct ast *ast, struct agg_spec *out);
/* Adds it, unless an equal one is there; its index among the aggregates. */
MUST_USE int bind_agg_add(struct binder *b, struct grouping *g, struct agg_spec spec,
                          size_t *index);
/* array[OFFSET(k)]: of APPROX_QUANTILES alone. */
MUST_USE int bind_element(struct expr_scope *x, const struct ast *ast, struct expr **out);
/* bind_window.c */
MUST_USE int bind_window_call(struct expr_scope *x, const struct ast *ast, struct expr **out);
bool window_is(struct str name);
void window_near(struct str name, struct near_list *near);
void window_words(word_fn *fn, void *ctx);
/* bind_subquery.c: (query), EXISTS (query), x IN (query). */
MUST_USE int bind_subquery(struct expr_scope *x, const struct ast *ast, struct expr **out);
MUST_USE int bind_in_subquery(struct expr_scope *x, const struct ast *ast, struct expr **out);
/* Binds the query of an expression and runs it; *out is NULL while a plugin is checked. */
MUST_USE int bind_run_inner(struct expr_scope *x, const struct ast *ast, struct plan **plan,
                            struct frame **out);
/* bind_outer.c: the same three where they name columns of the query around. ERR_UNSUPPORTED where
 * that is not by equality. */
MUST_USE int bind_correlated(struct expr_scope *x, const struct ast *ast, struct expr **out);

/* bind_pipe.c */
MUST_USE int bind_operator(struct scope *s, const struct ast_pipe *op);
MUST_USE int bind_query(struct binder *b, const struct ast_query *q, struct plan **out);
/* Ends the reading of registrations and what is pending: afterwards the frame's columns are the
 * scope's, one to one (and the weight behind them, if there is one). */
MUST_USE int scope_settle(struct scope *s);
/* A condition on registrations not read yet. */
MUST_USE int scope_add_where(struct scope *s, struct expr *e);
MUST_USE int scope_add_step(struct scope *s, struct step step);
MUST_USE int scope_add_col(struct scope *s, struct str name, struct str table, struct expr *e);
/* The scope becomes: these columns of a new frame, in order. Names and tables stay. */
MUST_USE int scope_over_frame(struct scope *s);
MUST_USE int sort_keys_add(struct scope *s, struct sort_key *key, size_t *n, struct expr *e,
                           const struct ast_item *item);
/* bind_select.c: a SELECT of standard syntax, and AGGREGATE. */
MUST_USE int bind_aggregate(struct scope *s, const struct ast_pipe *op);
MUST_USE int bind_select(struct scope *s, const struct ast_pipe *op);
/* The step that computes a grouping over what the scope stands for; afterwards the current frame
 * is its keys and aggregates. The scope's columns still have to be set. */
MUST_USE int bind_grouping(struct scope *s, const struct grouping *g, const struct ast_pipe *op);
/* Puts the window functions collected behind the current frame. */
MUST_USE int bind_windows(struct scope *s, struct window_list *w, const struct ast_pipe *op);
/* The columns that a list of items (with stars) gives, added to `to`. */
MUST_USE int bind_items(struct expr_scope *x, const struct ast_items *items, struct scope *to);
struct str item_name(const struct ast_item *item);
/* bind_pivot.c */
MUST_USE int bind_pivot(struct scope *s, const struct ast_pipe *op);
MUST_USE int bind_unpivot(struct scope *s, const struct ast_pipe *op);
MUST_USE int bind_describe(struct scope *s, const struct ast_pipe *op);
/* bind_join.c */
MUST_USE int bind_join(struct scope *s, const struct ast_pipe *op);
MUST_USE int bind_union(struct scope *s, const struct ast_pipe *op);
/* tables.c: the scope of a table. ERR_UNKNOWN_NAME with near names. */
MUST_USE int bind_table(struct scope *s, const struct ast_source *src);
/* tvf.c */
MUST_USE int bind_tvf(struct scope *s, const struct ast_pipe *op);
/* bind_source: FROM of a query into a fresh scope (with tables of WITH). */
MUST_USE int bind_source(struct scope *s, const struct ast_query *q, const struct ast_source *src);
MUST_USE int bind_scope(struct scope *s, const struct ast_query *q);

#endif
