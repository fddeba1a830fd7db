/* SPDX-License-Identifier: MIT
 *
 * The parser: tokens to ast.h, by recursive descent with one token of look-ahead. */
#ifndef QUERY_PARSE_H
#define QUERY_PARSE_H

#include "ast.h"
#include "lex.h"
#include "query/words.h"

/* What the parser knows of a token, for layout.c. */
enum {
    NOTE_NAME = 1,   /* a name, not a keyword */
    NOTE_WORD = 2,   /* part of a date and the like: a name whose letter case says nothing */
    NOTE_CLAUSE = 4, /* starts a clause or an operator */
    NOTE_SOFT = 8,   /* a long operator may go on here in a new line */
    NOTE_ITEM = 16,  /* the comma behind an item of a list */
    NOTE_OPEN = 32,  /* the parentheses of a query */
    NOTE_CLOSE = 64,
    NOTE_SIGN = 128, /* + or - in front of a value */
};

struct note {
    uint32_t at, n;
    enum tok kind;
    bool quoted;
    unsigned what;
};

struct parser {
    struct lexer lex;
    struct token tok;  /* the current one */
    struct token next; /* the one behind it */
    struct arena *arena;
    int depth;         /* of nested parentheses and subqueries */
    uint16_t deepest;  /* expression of the query at hand, subqueries included */
    struct str *param; /* names of the parameters met */
    size_t params, params_cap;
    const struct ast_with *with;
    struct ast_window *window;  /* defined by WINDOW, in this SELECT or operator */
    struct ast_window *waiting; /* windows whose base is not known yet */
    bool analyze;               /* EXPLAIN ANALYZE stood in front */
    bool noting;                /* the tokens taken are remembered */
    struct note *note;
    size_t notes, notes_cap;
    unsigned mark; /* NOTE_* of the next token taken */
    struct err *err;
};

enum { AST_DEPTH_MAX = 1000, PIPES_MAX = 1000, LIST_MAX = 100000 };

/* A whole text. `explain` is set when EXPLAIN stood in front. */
MUST_USE int parse_text(struct parser *p, struct str text, struct arena *arena, bool *explain,
                        struct ast_query **out, struct err *err);

/* The same, and p->note has all tokens. */
MUST_USE int parse_noting(struct parser *p, struct str text, struct arena *arena, struct err *err);

/* One expression and nothing behind it. */
/* A query that stands in the text from byte `at` on: places in it are those of the whole text. */
MUST_USE int parse_behind(struct parser *p, struct str text, size_t at, struct arena *arena,
                          struct ast_query **out, struct err *err);
MUST_USE int parse_expression(struct parser *p, struct str text, struct arena *arena,
                              struct ast **out, struct err *err);

/* For the files of the parser. */
MUST_USE int parse_query(struct parser *p, struct ast_query **out);
MUST_USE int parse_expr(struct parser *p, struct ast **out);
/* A column, with its table or without: not yet an IN behind it. */
MUST_USE int parse_column(struct parser *p, struct ast **out);
MUST_USE int parse_sum(struct parser *p, struct ast **out); /* + - and what binds closer */
/* Appends an argument and keeps the depth. */
MUST_USE int parse_add_arg(struct parser *p, struct ast *node, struct ast *arg);
/* Ends the node behind a token that ended at `end`. */
void parse_close_node(struct ast *node, uint32_t end);
uint32_t parse_token_end(const struct token *t);
/* The query of a subquery in an expression, up to its parenthesis. */
MUST_USE int parse_inner_query(struct parser *p, struct ast *node);
MUST_USE int parse_items_order(struct parser *p, struct ast_items *items);
MUST_USE int parse_order_suffix(struct parser *p, struct ast_item *item);
MUST_USE int parse_advance(struct parser *p);
/* The current token will be taken as this. */
void parse_mark(struct parser *p, unsigned what);
/* The current token is this keyword (upper case). Back-quoted names never are. */
bool parse_is(const struct parser *p, const char *keyword);
bool parse_next_is(const struct parser *p, const char *keyword);
/* Takes the keyword or token if it is there: 1 taken, 0 not there, negative: error. */
MUST_USE int parse_accept(struct parser *p, const char *keyword);
MUST_USE int parse_accept_tok(struct parser *p, enum tok kind);
MUST_USE int parse_expect(struct parser *p, const char *keyword);
MUST_USE int parse_expect_tok(struct parser *p, enum tok kind, const char *what);
/* "Syntax error: Expected ... but got ..." at the current token. */
int parse_unexpected(struct parser *p, const char *expected);
int parse_fail(struct parser *p, int code, uint32_t at, uint32_t n, const char *fmt, ...)
    PRINTF_LIKE(5, 6);
int parse_memory(struct parser *p);
/* A word that cannot be a name or an implicit alias unless it is quoted. */
bool parse_reserved(struct str word);
MUST_USE int parse_name(struct parser *p, const char *what, struct str *out);
/* The same for a word of the language, such as a type. */
MUST_USE int parse_word(struct parser *p, const char *what, struct str *out);
/* [AS] alias; leaves *out alone when there is none. */
MUST_USE int parse_alias(struct parser *p, struct str *out);
/* The list ends here: an end of text, `)`, `|>` or `;`. For trailing commas. */
bool parse_at_end(const struct parser *p);
MUST_USE int parse_items_add(struct parser *p, struct ast_items *items, struct ast_item item);
MUST_USE int parse_enter(struct parser *p);
struct ast *parse_node(struct parser *p, enum ast_kind kind, uint32_t at);

/* parse_call.c: name( has been seen: the current token is `(`, the name is `node->s`. */
MUST_USE int parse_call(struct parser *p, struct ast *node);
/* WINDOW name AS (...), ... where one may stand. */
MUST_USE int parse_window_clause(struct parser *p);
/* Gives the windows that wait the parts of their base; ERR_SYNTAX when there is none. */
MUST_USE int parse_resolve_windows(struct parser *p);

/* parse_list.c: item, item, ... with a trailing comma allowed where a list ends. */
typedef int (*parse_item_fn)(struct parser *p, struct ast_items *items);
MUST_USE int parse_list(struct parser *p, parse_item_fn item, struct ast_items *items);
/* A bare name as an item's expression. */
MUST_USE int parse_item_name(struct parser *p, struct ast_item *item);
MUST_USE int parse_item_column(struct parser *p, struct ast_items *items);
MUST_USE int parse_item_select(struct parser *p, struct ast_items *items);
MUST_USE int parse_item_aggregate(struct parser *p, struct ast_items *items);
MUST_USE int parse_item_rename(struct parser *p, struct ast_items *items);
MUST_USE int parse_item_set(struct parser *p, struct ast_items *items);
/* GROUP [AND ORDER] BY items; the items of SELECT and AGGREGATE; BY items; n [OFFSET m]. */
MUST_USE int parse_group(struct parser *p, struct ast_pipe *op);
MUST_USE int parse_aggregate(struct parser *p, struct ast_pipe *op);
MUST_USE int parse_select_list(struct parser *p, struct ast_pipe *op);
MUST_USE int parse_order(struct parser *p, struct ast_items *items);
MUST_USE int parse_limit(struct parser *p, struct ast_pipe *op);

/* parse_pipe.c: one operator; the current token is the one behind |>. */
MUST_USE int parse_pipe(struct parser *p, struct ast_query *q);
void parse_pipe_words(word_fn *fn, void *ctx);
/* The kind of join and JOIN itself. 0: no join here. */
MUST_USE int parse_accept_join(struct parser *p, enum join_kind *kind);
MUST_USE int parse_join_rest(struct parser *p, struct ast_pipe *op);
/* ALL or DISTINCT behind UNION; a further query of it. */
MUST_USE int parse_union_word(struct parser *p, struct ast_pipe *op, enum set_kind set);
MUST_USE int parse_add_query(struct parser *p, struct ast_pipe *op, struct ast_query *q);

/* parse.c */
MUST_USE int parse_new_pipe(struct parser *p, struct ast_query *q, struct ast_pipe **out);
MUST_USE int parse_source(struct parser *p, struct ast_source *s);

#endif
