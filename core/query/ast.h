/* SPDX-License-Identifier: MIT
 *
 * What the parser makes of a text: a tree that says what was written and where, without knowing
 * any table. Immutable once parsed; lives in the arena of its query. Binding reads it and builds
 * trees of its own (expr.h, step.h), so that many threads may run one query. */
#ifndef QUERY_AST_H
#define QUERY_AST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum ast_kind {
    AST_NULL,
    AST_BOOL,   /* .i */
    AST_INT,    /* .i */
    AST_FLOAT,  /* .f */
    AST_STRING, /* .s */
    AST_DATE,   /* .i: day */
    AST_PARAM,  /* .s: name */
    AST_NAME,   /* .s, with .table in front when it was t.c */
    AST_STAR,   /* *, with .table in front when it was t.*; .arg: names of EXCEPT; .replace */
    AST_CALL,   /* .s: function; .call */
    AST_NOT,
    AST_NEG,
    AST_BINARY, /* .op */
    AST_AND,    /* two or more arguments */
    AST_OR,
    AST_BETWEEN, /* value, low, high; .negated */
    AST_IN,      /* value, then the list or .query; .negated */
    AST_LIKE,    /* value, pattern; .negated */
    AST_IS_NULL, /* .negated */
    AST_IS_BOOL, /* .i: TRUE or FALSE; .negated */
    AST_CASE,    /* .i: 1 with a value in front; then when, then, ...; .negated: the last is ELSE */
    AST_CAST,    /* .s: type; .negated: SAFE_CAST */
    AST_EXTRACT, /* .s: part; one argument */
    AST_INTERVAL, /* .s: part; one argument */
    AST_ARRAY,
    AST_SUBQUERY, /* .query: its one value */
    AST_EXISTS,   /* .query: whether it has a row */
    AST_ELEMENT,  /* .s: OFFSET, ORDINAL, ...; array, index */
};

enum ast_op { OP_ADD, OP_SUB, OP_MUL, OP_DIV, OP_CONCAT, OP_EQ, OP_NE, OP_LT, OP_LE, OP_GT, OP_GE };

struct ast {
    enum ast_kind kind;
    enum ast_op op;
    bool negated;
    uint16_t depth; /* of the tree below: bounded, so that walks may recurse */
    uint32_t at, n; /* bytes of the text */
    int64_t i;
    double f;
    struct str s, table;
    struct ast **arg;
    size_t args;
    struct ast_call *call;
    struct ast_query *query;
    struct ast_items *replace; /* STAR: REPLACE (expression AS name, ...); or NULL */
};

enum ast_order { ORDER_NONE, ORDER_ASC, ORDER_DESC };
enum ast_nulls { NULLS_DEFAULT, NULLS_FIRST, NULLS_LAST };

/* One item of a list: an expression, and what may stand around it. */
struct ast_item {
    struct ast *expr;
    struct str alias; /* .p NULL: none */
    enum ast_order order;
    enum ast_nulls nulls;
};

struct ast_items {
    struct ast_item *at;
    size_t n, cap;
};

/* Rows of a window around each row. */
struct ast_bound {
    bool open;      /* UNBOUNDED */
    bool before;    /* PRECEDING */
    struct ast *by; /* how far; NULL: CURRENT ROW, or UNBOUNDED */
};

struct ast_frame {
    bool given, range;
    struct ast_bound start, end;
};

/* What stands in OVER (...), or WINDOW name AS (...). */
struct ast_window {
    struct str name; /* what WINDOW calls it; .p NULL: stands in OVER */
    struct str base; /* the window that it goes on from; .p NULL: none */
    uint32_t at, n;  /* of the base's name */
    struct ast_items partition, order;
    struct ast_frame frame;
    struct ast_window *next; /* of those defined, or of those that wait for their base */
};

/* What a call has beside its arguments. */
struct ast_call {
    bool distinct, star;
    struct str *arg_name;   /* by argument; .p NULL: by position */
    struct ast_items order; /* ORDER BY among the arguments */
    struct ast *limit;      /* LIMIT among the arguments; or NULL */
    bool windowed;          /* OVER */
    struct ast_window window;
};

enum pipe_kind {
    PIPE_WHERE,
    PIPE_SELECT,
    PIPE_EXTEND,
    PIPE_SET,
    PIPE_DROP,
    PIPE_RENAME,
    PIPE_AS,
    PIPE_AGGREGATE,
    PIPE_DISTINCT,
    PIPE_ORDER,
    PIPE_LIMIT,
    PIPE_JOIN,
    PIPE_CALL,
    PIPE_UNION,
    PIPE_ASSERT,
    PIPE_PIVOT,
    PIPE_UNPIVOT,
    PIPE_DESCRIBE,
};

enum set_kind { SET_UNION, SET_INTERSECT, SET_EXCEPT };
enum join_kind { JOIN_INNER, JOIN_LEFT, JOIN_RIGHT, JOIN_FULL, JOIN_CROSS };

struct ast_query;
struct ast_with;

/* FROM name | FROM (query), and the alias. */
struct ast_source {
    struct str name; /* .p NULL: `query` */
    struct ast_query *query;
    struct str alias;  /* .p NULL: none */
    struct ast *as_of; /* FOR SYSTEM_TIME AS OF; NULL: as known now */
    uint32_t at, n;
};

struct ast_pipe {
    enum pipe_kind kind;
    uint32_t at, n;         /* of the keyword */
    struct ast_items item;  /* PIVOT: aggregates; UNPIVOT: columns; SELECT EXTEND SET DROP RENAME
                               AGGREGATE ORDER; CALL: the arguments */
    struct ast_items group; /* AGGREGATE, plain SELECT */
    struct ast_items order; /* plain SELECT */
    bool group_order;       /* GROUP AND ORDER BY */
    bool grouped;           /* GROUP BY was written */
    bool plain;             /* a SELECT ... FROM of standard syntax: aggregates are allowed */
    bool distinct;          /* SELECT DISTINCT; UNION DISTINCT */
    struct str name_column; /* UNPIVOT: what holds the names of the columns */
    bool keep_nulls;        /* UNPIVOT INCLUDE NULLS */
    struct ast *expr; /* PIVOT: the column; WHERE, ASSERT; LIMIT's count; JOIN's ON; plain SELECT's
                         HAVING */
    struct ast *offset; /* LIMIT; may be NULL */
    struct str name;    /* AS: alias; CALL: function */
    enum join_kind join;
    struct ast_source right;     /* JOIN */
    const struct ast_with *with; /* JOIN: tables of WITH that it may name */
    enum set_kind set;           /* UNION: which operation of sets it is */
    struct ast_query **queries;  /* UNION */
    size_t query_count;
};

/* WITH name AS (query) */
struct ast_with {
    struct str name;
    struct ast_query *query;
    const struct ast_with *next; /* the one before it: it sees only those */
};

struct ast_query {
    bool has_source; /* false: SELECT without FROM, one row without columns */
    struct ast_source source;
    struct ast_pipe *pipe;
    size_t pipes, pipes_cap;
    const struct ast_with *with; /* what is visible to it; NULL: nothing */
};

#endif
