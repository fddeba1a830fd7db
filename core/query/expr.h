/* SPDX-License-Identifier: MIT
 *
 * Bound expressions: typed trees over the columns of an input, evaluated a vector at a time.
 *
 * A vector is a struct frame_col holding `n` values. Evaluating a node leaves its values in
 * node->out, valid until the node is evaluated again. Nodes own their buffers (in the arena of the
 * run), so that a loop over many vectors allocates once. A tree belongs to one run on one thread.
 *
 * Rows that do not matter: `active` (one byte a row, NULL: all) tells which rows may raise an
 * error. The others get some value and no error; this is how IF, CASE, COALESCE, AND and OR keep
 * the branch not taken from failing.
 *
 * NULL rows hold a value too (0, or an empty string), so that loops need not look. */
#ifndef QUERY_EXPR_H
#define QUERY_EXPR_H

#include "base/err.h"
#include "base/mem.h"
#include "data/frame.h"
#include "data/snap.h"

/* Columns of registrations as a scan fills them; the input of expressions over registrations.
 * Everything that such an expression reads is a function of these. */
enum {
    BASE_ORDER,  /* INT64: order of the row's place in the tree */
    BASE_SECTOR, /* CODED: list_sectors */
    BASE_DAY,    /* DATE */
    BASE_COUNT,  /* INT64: registrations of the row */
    BASE_ATTR,   /* and the attributes: CODED, INT64, or the id in the dictionary for texts */
    BASE_COLS = BASE_ATTR + ATTRS_MAX
};
#define BASE_BIT(c)     (UINT64_C(1) << (c))
#define BASE_RUN_BITS   (BASE_BIT(BASE_ORDER) | BASE_BIT(BASE_SECTOR) | BASE_BIT(BASE_DAY))
#define PLACE_LEVEL_ANY (-1)

struct eval;
struct expr;
typedef int (*eval_fn)(struct eval *ev, struct expr *e, const uint8_t *active);

/* How a node computes. Compared by address. */
struct fn {
    const char *name;
    eval_fn eval; /* arguments are evaluated before, unless lazy */
    bool lazy;
};

enum expr_kind { EXPR_CONST, EXPR_COL, EXPR_CALL };

struct expr {
    enum expr_kind kind;
    enum type type;
    const struct list *list; /* TYPE_CODED */
    int level;               /* TYPE_PLACE: the level of all its values, or PLACE_LEVEL_ANY */
    bool param;              /* EXPR_CONST: came from a parameter */
    int col;                 /* EXPR_COL: index into the input */
    struct value value;      /* EXPR_CONST */
    const struct fn *fn;     /* EXPR_CALL */
    struct expr **arg;
    size_t args;
    int64_t option;  /* of the function: a part of a date, a level, ... */
    const void *aux; /* of the function: a dictionary, a list of nodes, ... */
    uint32_t size;   /* nodes of the tree, shared ones counted each time: bounded */
    uint64_t deps;   /* BASE_BITs read, when the input is registrations */
    uint32_t at, n;  /* bytes of the text, for errors */
    /* evaluation */
    struct frame_col out;
    uint8_t *null_buf;
    size_t cap;    /* rows that the buffers hold */
    size_t filled; /* EXPR_CONST: rows filled */
    void *state;   /* of the function */
};

struct eval {
    struct arena *arena;   /* buffers */
    struct arena *strings; /* texts made on the way */
    const struct snap *snap;
    const struct place_tree *places; /* that names speak of */
    const struct borders *borders;   /* how it is laid over the rows' tree; NULL: it is that */
    bool hindi;
    struct str text; /* of the query, for errors */
    struct err *err;
    const struct frame_col *col; /* the input */
    size_t row;                  /* first row of the vector within the input */
    size_t n;                    /* rows of the vector */
};

/* Fills e->out for ev->n rows. */
MUST_USE int expr_eval(struct eval *ev, struct expr *e, const uint8_t *active);
/* Sets an error at the node's place and returns the code. */
int eval_fail(struct eval *ev, const struct expr *e, int code, const char *fmt, ...)
    PRINTF_LIKE(4, 5);
int eval_memory(struct eval *ev);
/* Buffers for ev->n rows; the function then fills e->out. */
MUST_USE int expr_reserve(struct eval *ev, struct expr *e);
/* A byte array of ev->n rows kept in e->state, for masks. */
MUST_USE int expr_mask(struct eval *ev, struct expr *e, size_t count, uint8_t **out);
/* e->out.null becomes the union of the arguments' NULLs (NULL pointer when there are none). */
void expr_merge_nulls(struct expr *e, size_t n);
/* n bytes for a text result; NULL when out of memory. */
char *eval_text(struct eval *ev, size_t n);

static inline bool vec_null(const struct frame_col *c, size_t i)
{
    return c->null != NULL && c->null[i];
}
static inline bool vec_hidden(const struct frame_col *c, size_t i)
{
    return c->null != NULL && (c->null[i] & FRAME_HIDDEN) != 0;
}
static inline bool vec_true(const struct frame_col *c, size_t i)
{
    return !vec_null(c, i) && c->i[i];
}
/* The column from row `at` on. */
static inline struct frame_col vec_from(const struct frame_col *c, size_t at)
{
    struct frame_col from = *c;
    from.null = c->null ? c->null + at : NULL;
    from.i = c->i ? c->i + at : NULL;
    from.f = c->f ? c->f + at : NULL;
    from.s = c->s ? c->s + at : NULL;
    return from;
}
static inline bool row_active(const uint8_t *active, size_t i)
{
    return active == NULL || active[i];
}

/* Nodes. NULL: out of memory. */
struct expr *expr_const(struct arena *a, struct value v);
struct expr *expr_null(struct arena *a, enum type t);
struct expr *expr_col(struct arena *a, int col, enum type t);
/* deps come from the arguments. */
struct expr *expr_call(struct arena *a, const struct fn *fn, enum type t, struct expr **arg,
                       size_t args);
struct expr *expr_call1(struct arena *a, const struct fn *fn, enum type t, struct expr *arg);
struct expr *expr_call2(struct arena *a, const struct fn *fn, enum type t, struct expr *x,
                        struct expr *y);
bool expr_is_const(const struct expr *e); /* a constant, and not NULL */
bool expr_is_null(const struct expr *e);  /* the constant NULL */
/* A copy of the whole tree that has not been evaluated yet. */
struct expr *expr_clone(struct arena *a, const struct expr *e);
/* The same computation. */
bool expr_equal(const struct expr *a, const struct expr *b);
/* A call over constants alone becomes its value; what would fail stays as it is and fails when
 * it is run. */
struct expr *expr_fold(struct eval *ev, struct expr *e);
/* Cell of a vector. */
struct value vec_get(const struct frame_col *c, size_t i);
/* Copies n values of `from` into `to` at row `at`; `to` has a null array when `from` has. */
void vec_copy(struct frame_col *to, size_t at, const struct frame_col *from, size_t n);
/* Copies one cell; both columns have a null array or `from` has no NULLs. */
void vec_copy_cell(struct frame_col *to, size_t i, const struct frame_col *from, size_t j);
/* Order of two cells as values are stored: NULL first; places by their order in the tree, coded
 * values by index, texts by bytes. */
int vec_compare(const struct frame_col *a, size_t i, const struct frame_col *b, size_t j,
                const struct place_tree *tree);

/* Functions that the planner and the binder must recognise. */
extern const struct fn fn_place_at;   /* (BASE_ORDER) -> PLACE; option: level */
extern const struct fn fn_child_of;   /* (BASE_ORDER) -> PLACE; aux: struct node_list */
extern const struct fn fn_place_code; /* (PLACE) -> INT64 */
extern const struct fn fn_list_code;  /* (CODED) -> INT64 */
extern const struct fn fn_dict_text;  /* (BASE_ATTR + a) -> STRING; aux: struct dict */
extern const struct fn fn_dict_int;   /* (BASE_ATTR + a) -> INT64; aux: struct dict */
extern const struct fn fn_name_text;  /* (PLACE or CODED) -> STRING: the name */
extern const struct fn fn_int_float;  /* (INT64) -> FLOAT64 */
extern const struct fn fn_and, fn_or, fn_not, fn_neg_int, fn_neg_float;
extern const struct fn fn_is_null, fn_is_bool; /* option: what is asked */
extern const struct fn fn_in;                  /* value, constants of the same type */
extern const struct fn fn_in_any;              /* value, expressions of the same type */
extern const struct fn fn_like, fn_case, fn_if, fn_coalesce, fn_nullif;
extern const struct fn fn_concat;

/* Orders of nodes that share an identity. */
struct node_list {
    size_t n;
    const uint32_t *order;
};

/* Arithmetic by ast_op (OP_ADD .. OP_DIV) on INT64 or FLOAT64 (OP_DIV: FLOAT64 only); comparison
 * by ast_op (OP_EQ .. OP_GE) on a type that is stored as .i, .f or .s. */
const struct fn *fn_arith(int op, enum type t);
const struct fn *fn_compare(int op, enum type t);
/* Which comparison it is (an ast_op), or -1. */
int fn_compare_op(const struct fn *fn);

#endif
