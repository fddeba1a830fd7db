/* SPDX-License-Identifier: MIT
 *
 * Pipe operators, by their first word. */
#include "parse.h"

#include "base/near.h"

/* The kind of join and JOIN itself. 0: no join here. */
int parse_accept_join(struct parser *p, enum join_kind *kind)
{
    static const struct {
        const char *word;
        enum join_kind kind;
    } kinds[] = {{"INNER", JOIN_INNER},
                 {"LEFT", JOIN_LEFT},
                 {"RIGHT", JOIN_RIGHT},
                 {"FULL", JOIN_FULL},
                 {"CROSS", JOIN_CROSS}};
    if (parse_is(p, "NATURAL")) {
        parse_fail(p, ERR_UNSUPPORTED, p->tok.at, p->tok.n,
                   "NATURAL JOIN is not supported by this server.");
        err_hint(p->err, "name the columns: USING (x, ...)");
        return ERR_UNSUPPORTED;
    }
    *kind = JOIN_INNER;
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (!parse_is(p, kinds[i].word))
            continue;
        *kind = kinds[i].kind;
        TRY(parse_advance(p));
        if (*kind != JOIN_INNER && *kind != JOIN_CROSS)
            TRY(parse_accept(p, "OUTER"));
        TRY(parse_expect(p, "JOIN"));
        return 1;
    }
    return parse_accept(p, "JOIN");
}

int parse_join_rest(struct parser *p, struct ast_pipe *op)
{
    op->kind = PIPE_JOIN;
    op->with = p->with;
    TRY(parse_source(p, &op->right));
    if (op->join == JOIN_CROSS)
        return 0;
    int on = parse_accept(p, "ON");
    TRY(on);
    if (on)
        return parse_expr(p, &op->expr);
    TRY(parse_expect(p, "USING"));
    TRY(parse_expect_tok(p, TOK_LPAREN, "\"(\""));
    TRY(parse_list(p, parse_item_column, &op->item));
    return parse_expect_tok(p, TOK_RPAREN, "\")\"");
}

/* function(args): positional and named. */
static int parse_call_op(struct parser *p, struct ast_pipe *op)
{
    op->at = p->tok.at;
    op->n = p->tok.n;
    struct ast *call;
    if (p->tok.kind != TOK_IDENT || p->next.kind != TOK_LPAREN)
        return parse_unexpected(p, "a table function");
    TRY(parse_expr(p, &call));
    if (call->kind != AST_CALL)
        return parse_fail(p, ERR_SYNTAX, call->at, call->n,
                          "Syntax error: Expected a table function");
    op->name = call->s;
    for (size_t i = 0; i < call->args; i++) {
        struct ast_item item = {.expr = call->arg[i], .alias = call->call->arg_name[i]};
        TRY(parse_items_add(p, &op->item, item));
    }
    struct str alias = STR_NULL;
    return parse_alias(p, &alias);
}

int parse_add_query(struct parser *p, struct ast_pipe *op, struct ast_query *q)
{
    struct ast_query **grown = ARENA_ARRAY(p->arena, struct ast_query *, op->query_count + 1);
    if (grown == NULL)
        return parse_memory(p);
    if (op->query_count > 0)
        memcpy(grown, op->queries, op->query_count * sizeof(struct ast_query *));
    grown[op->query_count++] = q;
    op->queries = grown;
    if (op->query_count > 64)
        return parse_fail(p, ERR_LIMIT, op->at, op->n,
                          "An operation of sets has more than 64 queries.");
    return 0;
}

/* ALL or DISTINCT; what follows differs between pipe and standard syntax. */
int parse_union_word(struct parser *p, struct ast_pipe *op, enum set_kind set)
{
    op->kind = PIPE_UNION;
    op->set = set;
    op->distinct = parse_is(p, "DISTINCT");
    if (!op->distinct && !parse_is(p, "ALL"))
        return parse_unexpected(p, "keyword ALL or keyword DISTINCT");
    if (!op->distinct && set != SET_UNION)
        return parse_fail(p, ERR_UNSUPPORTED, op->at, op->n,
                          "%s ALL is not supported by this server; write DISTINCT.",
                          set == SET_EXCEPT ? "EXCEPT" : "INTERSECT");
    return parse_advance(p);
}

static int parse_set_op(struct parser *p, struct ast_pipe *op, enum set_kind set)
{
    TRY(parse_union_word(p, op, set));
    int more;
    do {
        struct ast_query *q;
        TRY(parse_enter(p));
        parse_mark(p, NOTE_OPEN);
        TRY(parse_expect_tok(p, TOK_LPAREN, "\"(\""));
        TRY(parse_query(p, &q));
        parse_mark(p, NOTE_CLOSE);
        TRY(parse_expect_tok(p, TOK_RPAREN, "\")\""));
        p->depth--;
        TRY(parse_add_query(p, op, q));
        more = parse_accept_tok(p, TOK_COMMA);
        TRY(more);
    } while (more && !parse_at_end(p));
    return 0;
}

static int parse_union_op(struct parser *p, struct ast_pipe *op)
{
    return parse_set_op(p, op, SET_UNION);
}

static int parse_intersect_op(struct parser *p, struct ast_pipe *op)
{
    return parse_set_op(p, op, SET_INTERSECT);
}

static int parse_except_op(struct parser *p, struct ast_pipe *op)
{
    return parse_set_op(p, op, SET_EXCEPT);
}

static int parse_where(struct parser *p, struct ast_pipe *op)
{
    return parse_expr(p, &op->expr);
}

static int parse_extend(struct parser *p, struct ast_pipe *op)
{
    TRY(parse_list(p, parse_item_select, &op->item));
    return parse_window_clause(p);
}

static int parse_select_op(struct parser *p, struct ast_pipe *op)
{
    TRY(parse_select_list(p, op));
    return parse_window_clause(p);
}

static int parse_set(struct parser *p, struct ast_pipe *op)
{
    return parse_list(p, parse_item_set, &op->item);
}

static int parse_drop(struct parser *p, struct ast_pipe *op)
{
    return parse_list(p, parse_item_column, &op->item);
}

static int parse_rename(struct parser *p, struct ast_pipe *op)
{
    return parse_list(p, parse_item_rename, &op->item);
}

static int parse_as(struct parser *p, struct ast_pipe *op)
{
    return parse_name(p, "an alias", &op->name);
}

static int parse_nothing(struct parser *p, struct ast_pipe *op)
{
    (void)p;
    (void)op;
    return 0;
}

static int parse_order_op(struct parser *p, struct ast_pipe *op)
{
    return parse_order(p, &op->item);
}

/* ASSERT condition, payload, ... */
static int parse_assert(struct parser *p, struct ast_pipe *op)
{
    TRY(parse_expr(p, &op->expr));
    int more = parse_accept_tok(p, TOK_COMMA);
    TRY(more);
    return more && !parse_at_end(p) ? parse_list(p, parse_item_select, &op->item) : 0;
}

/* PIVOT (aggregate [[AS] alias], ... FOR column IN (value [[AS] alias], ...)) */
static int parse_pivot(struct parser *p, struct ast_pipe *op)
{
    TRY(parse_expect_tok(p, TOK_LPAREN, "\"(\""));
    TRY(parse_list(p, parse_item_aggregate, &op->item));
    TRY(parse_expect(p, "FOR"));
    TRY(parse_column(p, &op->expr));
    TRY(parse_expect(p, "IN"));
    TRY(parse_expect_tok(p, TOK_LPAREN, "\"(\""));
    TRY(parse_list(p, parse_item_select, &op->group));
    TRY(parse_expect_tok(p, TOK_RPAREN, "\")\""));
    TRY(parse_expect_tok(p, TOK_RPAREN, "\")\""));
    return parse_alias(p, &op->name);
}

static int unpivot_item(struct parser *p, struct ast_items *items)
{
    struct ast_item item = {0};
    TRY(parse_item_name(p, &item));
    TRY(parse_accept(p, "AS"));
    if (p->tok.kind == TOK_STRING) {
        item.alias = p->tok.s;
        TRY(parse_advance(p));
    }
    return parse_items_add(p, items, item);
}

/* UNPIVOT [INCLUDE NULLS|EXCLUDE NULLS] (value FOR name IN (column [[AS] 'text'], ...)) */
static int parse_unpivot(struct parser *p, struct ast_pipe *op)
{
    op->keep_nulls = parse_is(p, "INCLUDE");
    if (op->keep_nulls || parse_is(p, "EXCLUDE")) {
        TRY(parse_advance(p));
        TRY(parse_expect(p, "NULLS"));
    }
    struct str value = STR("");
    TRY(parse_expect_tok(p, TOK_LPAREN, "\"(\""));
    TRY(parse_name(p, "a column name", &value));
    TRY(parse_expect(p, "FOR"));
    TRY(parse_name(p, "a column name", &op->name_column));
    TRY(parse_expect(p, "IN"));
    TRY(parse_expect_tok(p, TOK_LPAREN, "\"(\""));
    TRY(parse_list(p, unpivot_item, &op->item));
    TRY(parse_expect_tok(p, TOK_RPAREN, "\")\""));
    TRY(parse_expect_tok(p, TOK_RPAREN, "\")\""));
    op->name = value;
    struct str alias = STR_NULL;
    return parse_alias(p, &alias);
}

struct pipe_word {
    const char *word;
    enum pipe_kind kind;
    int (*parse)(struct parser *p, struct ast_pipe *op); /* NULL: GoogleSQL has it, we do not */
};

static const struct pipe_word pipe_words[] = {
    {"WHERE", PIPE_WHERE, parse_where},
    {"SELECT", PIPE_SELECT, parse_select_op},
    {"EXTEND", PIPE_EXTEND, parse_extend},
    {"SET", PIPE_SET, parse_set},
    {"DROP", PIPE_DROP, parse_drop},
    {"RENAME", PIPE_RENAME, parse_rename},
    {"AS", PIPE_AS, parse_as},
    {"AGGREGATE", PIPE_AGGREGATE, parse_aggregate},
    {"DISTINCT", PIPE_DISTINCT, parse_nothing},
    {"ORDER", PIPE_ORDER, parse_order_op},
    {"LIMIT", PIPE_LIMIT, parse_limit},
    {"CALL", PIPE_CALL, parse_call_op},
    {"UNION", PIPE_UNION, parse_union_op},
    {"ASSERT", PIPE_ASSERT, parse_assert},
    {"TABLESAMPLE", PIPE_AS, NULL},
    {"MATCH_RECOGNIZE", PIPE_AS, NULL},
    {"FORK", PIPE_AS, NULL},
    {"TEE", PIPE_AS, NULL},
    {"IF", PIPE_AS, NULL},
    {"PIVOT", PIPE_PIVOT, parse_pivot},
    {"UNPIVOT", PIPE_UNPIVOT, parse_unpivot},
    {"WINDOW", PIPE_AS, NULL},
    {"WITH", PIPE_AS, NULL},
    {"INTERSECT", PIPE_UNION, parse_intersect_op},
    {"EXCEPT", PIPE_UNION, parse_except_op},
    {"RECURSIVE", PIPE_AS, NULL},
    {"DESCRIBE", PIPE_DESCRIBE, parse_nothing},
    {"STATIC_DESCRIBE", PIPE_AS, NULL},
    {"LOG", PIPE_AS, NULL},
    {"ALIGN", PIPE_AS, NULL},
    {"FINISH", PIPE_AS, NULL},
    {"EXPORT", PIPE_AS, NULL},
    {"CREATE", PIPE_AS, NULL},
    {"INSERT", PIPE_AS, NULL},
};

static int unknown_pipe_word(struct parser *p)
{
    if (p->tok.kind != TOK_IDENT)
        return parse_unexpected(p, "a pipe operator");
    if (parse_is(p, "GROUP"))
        return parse_fail(p, ERR_SYNTAX, p->tok.at, p->tok.n,
                          "Syntax error: GROUP BY is not a pipe operator; Consider using "
                          "`|> AGGREGATE ... GROUP BY`");
    if (parse_is(p, "HAVING") || parse_is(p, "QUALIFY"))
        return parse_fail(p, ERR_SYNTAX, p->tok.at, p->tok.n,
                          "Syntax error: %.*s is not a pipe operator; Consider using `|> WHERE`",
                          STR_ARG(p->tok.s));
    struct near_list near;
    near_init(&near);
    for (size_t i = 0; i < ARRAY_LEN(pipe_words); i++)
        if (pipe_words[i].parse != NULL)
            near_offer(&near, p->tok.s, str_of(pipe_words[i].word));
    near_offer(&near, p->tok.s, STR("JOIN"));
    int rc = parse_unexpected(p, "a pipe operator");
    near_hint(&near, p->err);
    return rc;
}

/* One operator; the current token is the one behind |>. */
int parse_pipe(struct parser *p, struct ast_query *q)
{
    struct ast_pipe *op;
    TRY(parse_new_pipe(p, q, &op));
    p->window = NULL;
    int join = parse_accept_join(p, &op->join);
    TRY(join);
    if (join)
        return parse_join_rest(p, op);
    for (size_t i = 0; i < ARRAY_LEN(pipe_words); i++) {
        const struct pipe_word *w = &pipe_words[i];
        if (!parse_is(p, w->word))
            continue;
        if (w->parse == NULL)
            return parse_fail(p, ERR_UNSUPPORTED, p->tok.at, p->tok.n,
                              "Pipe operator %s is not supported by this server.", w->word);
        op->kind = w->kind;
        TRY(parse_advance(p));
        TRY(w->parse(p, op));
        return parse_resolve_windows(p);
    }
    return unknown_pipe_word(p);
}

void parse_pipe_words(word_fn *fn, void *ctx)
{
    for (size_t i = 0; i < ARRAY_LEN(pipe_words); i++)
        if (pipe_words[i].parse != NULL)
            fn(ctx, WORD_OPERATOR, pipe_words[i].word);
    fn(ctx, WORD_OPERATOR, "JOIN");
}
