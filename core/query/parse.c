/* SPDX-License-Identifier: MIT
 *
 * Queries and pipe operators. A standard SELECT is taken apart into the same operators, so that
 * what follows knows one form only. */
#include "parse.h"

#include <stdio.h>
#include <strings.h>

#include "base/limits.h"
#include "base/near.h"

int parse_memory(struct parser *p)
{
    return err_set(p->err, ERR_LIMIT, "The query needs too much memory to be read.");
}

int parse_fail(struct parser *p, int code, uint32_t at, uint32_t n, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    err_setv(p->err, code, fmt, args);
    va_end(args);
    struct str text = p->lex.text;
    size_t rest = at < text.n ? text.n - at : 0;
    struct str part = {text.p + (at < text.n ? at : text.n), n < rest ? n : rest};
    err_at(p->err, text.p, text.n, at, utf8_count(part));
    return code;
}

static int is_reserved_word(const char *word, size_t n)
{
    static const char *const words[] = {
        "ALL",     "AND",      "ANY",       "ARRAY",     "AS",          "ASC",       "AT",
        "BETWEEN", "BY",       "CASE",      "CAST",      "COLLATE",     "CONTAINS",  "CREATE",
        "CROSS",   "CUBE",     "CURRENT",   "DEFAULT",   "DEFINE",      "DESC",      "DISTINCT",
        "ELSE",    "END",      "ENUM",      "ESCAPE",    "EXCEPT",      "EXCLUDE",   "EXISTS",
        "EXTRACT", "FALSE",    "FETCH",     "FOLLOWING", "FOR",         "FROM",      "FULL",
        "GROUP",   "GROUPING", "GROUPS",    "HASH",      "HAVING",      "IF",        "IGNORE",
        "IN",      "INNER",    "INTERSECT", "INTERVAL",  "INTO",        "IS",        "JOIN",
        "LATERAL", "LEFT",     "LIKE",      "LIMIT",     "LOOKUP",      "MERGE",     "NATURAL",
        "NEW",     "NO",       "NOT",       "NULL",      "NULLS",       "OF",        "ON",
        "OR",      "ORDER",    "OUTER",     "OVER",      "PARTITION",   "PRECEDING", "PROTO",
        "QUALIFY", "RANGE",    "RECURSIVE", "RESPECT",   "RIGHT",       "ROLLUP",    "ROWS",
        "SELECT",  "SET",      "SOME",      "STRUCT",    "TABLESAMPLE", "THEN",      "TO",
        "TREAT",   "TRUE",     "UNBOUNDED", "UNION",     "UNNEST",      "USING",     "WHEN",
        "WHERE",   "WINDOW",   "WITH",      "WITHIN",
    };
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if ((words[i][0] | 0x20) == (word[0] | 0x20) && strlen(words[i]) == n &&
            strncasecmp(words[i], word, n) == 0)
            return 1;
    return 0;
}

bool parse_reserved(struct str word)
{
    return word.n > 0 && is_reserved_word(word.p, word.n);
}

static bool token_is(const struct token *t, const char *keyword)
{
    return t->kind == TOK_IDENT && !t->quoted && strlen(keyword) == t->s.n &&
           strncasecmp(t->s.p, keyword, t->s.n) == 0;
}

bool parse_is(const struct parser *p, const char *keyword)
{
    return token_is(&p->tok, keyword);
}

bool parse_next_is(const struct parser *p, const char *keyword)
{
    return token_is(&p->next, keyword);
}

int parse_advance(struct parser *p)
{
    p->tok = p->next;
    return p->next.kind == TOK_END ? 0 : lex_next(&p->lex, &p->next, p->err);
}

int parse_accept(struct parser *p, const char *keyword)
{
    if (!parse_is(p, keyword))
        return 0;
    TRY(parse_advance(p));
    return 1;
}

int parse_accept_tok(struct parser *p, enum tok kind)
{
    if (p->tok.kind != kind)
        return 0;
    TRY(parse_advance(p));
    return 1;
}

int parse_unexpected(struct parser *p, const char *expected)
{
    const struct token *t = &p->tok;
    if (t->kind == TOK_END)
        return parse_fail(p, ERR_SYNTAX, t->at, 1, "Syntax error: Expected %s but got end of query",
                          expected);
    struct str text = {p->lex.text.p + t->at, t->n < 40 ? t->n : 40};
    if (t->kind == TOK_IDENT && !t->quoted && parse_reserved(t->s))
        return parse_fail(p, ERR_SYNTAX, t->at, t->n,
                          "Syntax error: Expected %s but got keyword %.*s", expected,
                          STR_ARG(text));
    const char *what = t->kind == TOK_IDENT    ? "identifier "
                       : t->kind == TOK_STRING ? "string literal "
                       : t->kind == TOK_INT    ? "integer literal "
                       : t->kind == TOK_FLOAT  ? "floating point literal "
                                               : "";
    return parse_fail(p, ERR_SYNTAX, t->at, t->n, "Syntax error: Expected %s but got %s\"%.*s\"",
                      expected, what, STR_ARG(text));
}

int parse_expect(struct parser *p, const char *keyword)
{
    int took = parse_accept(p, keyword);
    TRY(took);
    char what[48];
    snprintf(what, sizeof what, "keyword %s", keyword);
    return took ? 0 : parse_unexpected(p, what);
}

int parse_expect_tok(struct parser *p, enum tok kind, const char *what)
{
    int took = parse_accept_tok(p, kind);
    TRY(took);
    return took ? 0 : parse_unexpected(p, what);
}

int parse_enter(struct parser *p)
{
    if (++p->depth > QUERY_DEPTH_MAX)
        return parse_fail(p, ERR_LIMIT, p->tok.at, p->tok.n,
                          "The query is nested more than %d levels deep.", QUERY_DEPTH_MAX);
    return 0;
}

struct ast *parse_node(struct parser *p, enum ast_kind kind, uint32_t at)
{
    struct ast *node = ARENA_NEW(p->arena, struct ast);
    if (node != NULL) {
        node->kind = kind;
        node->at = at;
        node->n = 1;
        node->depth = 1;
    }
    return node;
}

int parse_name(struct parser *p, const char *what, struct str *out)
{
    if (p->tok.kind != TOK_IDENT || (!p->tok.quoted && parse_reserved(p->tok.s)))
        return parse_unexpected(p, what);
    *out = p->tok.s;
    return parse_advance(p);
}

int parse_alias(struct parser *p, struct str *out)
{
    int as = parse_accept(p, "AS");
    TRY(as);
    bool named = p->tok.kind == TOK_IDENT && (p->tok.quoted || !parse_reserved(p->tok.s));
    if (!as && !named)
        return 0;
    return parse_name(p, "an alias", out);
}

bool parse_at_end(const struct parser *p)
{
    return p->tok.kind == TOK_END || p->tok.kind == TOK_RPAREN || p->tok.kind == TOK_PIPE ||
           p->tok.kind == TOK_SEMICOLON;
}

int parse_items_add(struct parser *p, struct ast_items *items, struct ast_item item)
{
    if (items->n == items->cap) {
        size_t cap = items->cap ? items->cap * 2 : 4;
        struct ast_item *grown = ARENA_ARRAY(p->arena, struct ast_item, cap);
        if (grown == NULL)
            return parse_memory(p);
        if (items->n > 0)
            memcpy(grown, items->at, items->n * sizeof *grown);
        items->at = grown;
        items->cap = cap;
    }
    if (items->n >= QUERY_COLUMNS_MAX)
        return parse_fail(p, ERR_LIMIT, p->tok.at, p->tok.n, "A list has more than %d columns.",
                          QUERY_COLUMNS_MAX);
    items->at[items->n++] = item;
    return 0;
}

int parse_order_suffix(struct parser *p, struct ast_item *item)
{
    int desc = parse_accept(p, "DESC");
    TRY(desc);
    int asc = desc ? 0 : parse_accept(p, "ASC");
    TRY(asc);
    item->order = desc ? ORDER_DESC : asc ? ORDER_ASC : ORDER_NONE;
    int nulls = parse_accept(p, "NULLS");
    TRY(nulls);
    if (!nulls)
        return 0;
    int first = parse_accept(p, "FIRST");
    TRY(first);
    item->nulls = first ? NULLS_FIRST : NULLS_LAST;
    return first ? 0 : parse_expect(p, "LAST");
}

typedef int (*item_fn)(struct parser *p, struct ast_items *items);

/* item, item, ... with a trailing comma allowed where a list ends. */
static int parse_list(struct parser *p, item_fn item, struct ast_items *items)
{
    int more;
    do {
        TRY(item(p, items));
        more = parse_accept_tok(p, TOK_COMMA);
        TRY(more);
    } while (more && !parse_at_end(p) && !parse_is(p, "GROUP") && !parse_is(p, "FROM"));
    return 0;
}

static int order_item(struct parser *p, struct ast_items *items)
{
    struct ast_item item = {0};
    TRY(parse_expr(p, &item.expr));
    TRY(parse_order_suffix(p, &item));
    return parse_items_add(p, items, item);
}

int parse_items_order(struct parser *p, struct ast_items *items)
{
    return parse_list(p, order_item, items);
}

/* expr [ASC|DESC ...] [[AS] alias] [ASC|DESC ...]; the suffix stands behind the alias. */
static int aggregate_item(struct parser *p, struct ast_items *items)
{
    struct ast_item item = {0};
    TRY(parse_expr(p, &item.expr));
    TRY(parse_alias(p, &item.alias));
    TRY(parse_order_suffix(p, &item));
    return parse_items_add(p, items, item);
}

/* A bare name as an item's expression. */
static int name_item(struct parser *p, struct ast_item *item)
{
    item->expr = parse_node(p, AST_NAME, p->tok.at);
    if (item->expr == NULL)
        return parse_memory(p);
    item->expr->n = p->tok.n;
    return parse_name(p, "a column name", &item->expr->s);
}

static int drop_item(struct parser *p, struct ast_items *items)
{
    struct ast_item item = {0};
    TRY(name_item(p, &item));
    return parse_items_add(p, items, item);
}

static int rename_item(struct parser *p, struct ast_items *items)
{
    struct ast_item item = {0};
    TRY(name_item(p, &item));
    TRY(parse_alias(p, &item.alias));
    if (item.alias.p == NULL)
        return parse_unexpected(p, "a new name");
    return parse_items_add(p, items, item);
}

static int set_item(struct parser *p, struct ast_items *items)
{
    struct ast_item item = {0};
    TRY(parse_name(p, "a column name", &item.alias));
    TRY(parse_expect_tok(p, TOK_EQ, "\"=\""));
    TRY(parse_expr(p, &item.expr));
    return parse_items_add(p, items, item);
}

static int star_except(struct parser *p, struct ast *star)
{
    int except = parse_accept(p, "EXCEPT");
    TRY(except);
    if (!except) {
        if (parse_is(p, "REPLACE") && p->next.kind == TOK_LPAREN)
            return parse_fail(p, ERR_UNSUPPORTED, p->tok.at, p->tok.n,
                              "SELECT * REPLACE is not supported by this server.");
        return 0;
    }
    TRY(parse_expect_tok(p, TOK_LPAREN, "\"(\""));
    struct ast_items names = {0};
    TRY(parse_list(p, drop_item, &names));
    TRY(parse_expect_tok(p, TOK_RPAREN, "\")\""));
    star->arg = ARENA_ARRAY(p->arena, struct ast *, names.n);
    if (star->arg == NULL)
        return parse_memory(p);
    for (size_t i = 0; i < names.n; i++)
        star->arg[i] = names.at[i].expr;
    star->args = names.n;
    return 0;
}

static int select_item(struct parser *p, struct ast_items *items)
{
    struct ast_item item = {0};
    TRY(parse_expr(p, &item.expr));
    if (item.expr->kind == AST_STAR)
        TRY(star_except(p, item.expr));
    else
        TRY(parse_alias(p, &item.alias));
    return parse_items_add(p, items, item);
}

/* GROUP [AND ORDER] BY items */
static int parse_group(struct parser *p, struct ast_pipe *op)
{
    TRY(parse_expect(p, "GROUP"));
    int and = parse_accept(p, "AND");
    TRY(and);
    if (and) {
        TRY(parse_expect(p, "ORDER"));
        op->group_order = true;
    }
    TRY(parse_expect(p, "BY"));
    op->grouped = true;
    if (parse_is(p, "ROLLUP") || parse_is(p, "CUBE") || parse_is(p, "GROUPING") ||
        parse_is(p, "ALL"))
        return parse_fail(p, ERR_UNSUPPORTED, p->tok.at, p->tok.n,
                          "GROUP BY %.*s is not supported by this server.", STR_ARG(p->tok.s));
    return parse_list(p, aggregate_item, &op->group);
}

static int parse_aggregate(struct parser *p, struct ast_pipe *op)
{
    if (!parse_is(p, "GROUP") && !parse_at_end(p))
        TRY(parse_list(p, aggregate_item, &op->item));
    if (parse_is(p, "GROUP"))
        return parse_group(p, op);
    if (op->item.n == 0)
        return parse_unexpected(p, "an aggregate or keyword GROUP");
    return 0;
}

static int parse_select_list(struct parser *p, struct ast_pipe *op)
{
    int distinct = parse_accept(p, "DISTINCT");
    TRY(distinct);
    op->distinct = distinct != 0;
    if (!distinct)
        TRY(parse_accept(p, "ALL"));
    return parse_list(p, select_item, &op->item);
}

static int parse_order(struct parser *p, struct ast_items *items)
{
    TRY(parse_expect(p, "BY"));
    return parse_items_order(p, items);
}

static int parse_limit(struct parser *p, struct ast_pipe *op)
{
    TRY(parse_expr(p, &op->expr));
    int offset = parse_accept(p, "OFFSET");
    TRY(offset);
    return offset ? parse_expr(p, &op->offset) : 0;
}

static int parse_source(struct parser *p, struct ast_source *s);

static int using_item(struct parser *p, struct ast_items *items)
{
    return drop_item(p, items);
}

/* The kind of join and JOIN itself. 0: no join here. */
static int accept_join(struct parser *p, enum join_kind *kind)
{
    static const char *const refused[] = {"NATURAL", "RIGHT", "FULL"};
    for (size_t i = 0; i < ARRAY_LEN(refused); i++)
        if (parse_is(p, refused[i]))
            return parse_fail(p, ERR_UNSUPPORTED, p->tok.at, p->tok.n,
                              "%s JOIN is not supported by this server; INNER, LEFT and CROSS are.",
                              refused[i]);
    *kind = JOIN_INNER;
    if (parse_is(p, "LEFT"))
        *kind = JOIN_LEFT;
    else if (parse_is(p, "CROSS"))
        *kind = JOIN_CROSS;
    else if (!parse_is(p, "INNER"))
        return parse_accept(p, "JOIN");
    TRY(parse_advance(p));
    if (*kind == JOIN_LEFT)
        TRY(parse_accept(p, "OUTER"));
    TRY(parse_expect(p, "JOIN"));
    return 1;
}

static int parse_join_rest(struct parser *p, struct ast_pipe *op)
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
    TRY(parse_list(p, using_item, &op->item));
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

static int add_query(struct parser *p, struct ast_pipe *op, struct ast_query *q)
{
    struct ast_query **grown = ARENA_ARRAY(p->arena, struct ast_query *, op->query_count + 1);
    if (grown == NULL)
        return parse_memory(p);
    if (op->query_count > 0)
        memcpy(grown, op->queries, op->query_count * sizeof(struct ast_query *));
    grown[op->query_count++] = q;
    op->queries = grown;
    if (op->query_count > 64)
        return parse_fail(p, ERR_LIMIT, op->at, op->n, "UNION ALL joins more than 64 queries.");
    return 0;
}

/* UNION ALL|DISTINCT; what follows differs between pipe and standard syntax. */
static int parse_union_word(struct parser *p, struct ast_pipe *op)
{
    op->kind = PIPE_UNION;
    op->distinct = parse_is(p, "DISTINCT");
    if (!op->distinct && !parse_is(p, "ALL"))
        return parse_unexpected(p, "keyword ALL or keyword DISTINCT");
    return parse_advance(p);
}

static int parse_union_op(struct parser *p, struct ast_pipe *op)
{
    TRY(parse_union_word(p, op));
    int more;
    do {
        struct ast_query *q;
        TRY(parse_enter(p));
        TRY(parse_expect_tok(p, TOK_LPAREN, "\"(\""));
        TRY(parse_query(p, &q));
        TRY(parse_expect_tok(p, TOK_RPAREN, "\")\""));
        p->depth--;
        TRY(add_query(p, op, q));
        more = parse_accept_tok(p, TOK_COMMA);
        TRY(more);
    } while (more && !parse_at_end(p));
    return 0;
}

static int parse_where(struct parser *p, struct ast_pipe *op)
{
    return parse_expr(p, &op->expr);
}

static int parse_extend(struct parser *p, struct ast_pipe *op)
{
    return parse_list(p, select_item, &op->item);
}

static int parse_set(struct parser *p, struct ast_pipe *op)
{
    return parse_list(p, set_item, &op->item);
}

static int parse_drop(struct parser *p, struct ast_pipe *op)
{
    return parse_list(p, drop_item, &op->item);
}

static int parse_rename(struct parser *p, struct ast_pipe *op)
{
    return parse_list(p, rename_item, &op->item);
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
    return more && !parse_at_end(p) ? parse_list(p, select_item, &op->item) : 0;
}

/* PIVOT (aggregate [[AS] alias], ... FOR column IN (value [[AS] alias], ...)) */
static int parse_pivot(struct parser *p, struct ast_pipe *op)
{
    TRY(parse_expect_tok(p, TOK_LPAREN, "\"(\""));
    TRY(parse_list(p, aggregate_item, &op->item));
    TRY(parse_expect(p, "FOR"));
    TRY(parse_column(p, &op->expr));
    TRY(parse_expect(p, "IN"));
    TRY(parse_expect_tok(p, TOK_LPAREN, "\"(\""));
    TRY(parse_list(p, select_item, &op->group));
    TRY(parse_expect_tok(p, TOK_RPAREN, "\")\""));
    TRY(parse_expect_tok(p, TOK_RPAREN, "\")\""));
    return parse_alias(p, &op->name);
}

static int unpivot_item(struct parser *p, struct ast_items *items)
{
    struct ast_item item = {0};
    TRY(name_item(p, &item));
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
    {"SELECT", PIPE_SELECT, parse_select_list},
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
    {"INTERSECT", PIPE_AS, NULL},
    {"EXCEPT", PIPE_AS, NULL},
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

static int new_pipe(struct parser *p, struct ast_query *q, struct ast_pipe **out)
{
    if (q->pipes == q->pipes_cap) {
        size_t cap = q->pipes_cap ? q->pipes_cap * 2 : 8;
        struct ast_pipe *grown = ARENA_ARRAY(p->arena, struct ast_pipe, cap);
        if (grown == NULL)
            return parse_memory(p);
        if (q->pipes > 0)
            memcpy(grown, q->pipe, q->pipes * sizeof *grown);
        q->pipe = grown;
        q->pipes_cap = cap;
    }
    if (q->pipes >= PIPES_MAX)
        return parse_fail(p, ERR_LIMIT, p->tok.at, p->tok.n,
                          "The query has more than %d operators.", PIPES_MAX);
    *out = &q->pipe[q->pipes++];
    (*out)->at = p->tok.at;
    (*out)->n = p->tok.n;
    return 0;
}

/* One operator; the current token is the one behind |>. */
static int parse_pipe(struct parser *p, struct ast_query *q)
{
    struct ast_pipe *op;
    TRY(new_pipe(p, q, &op));
    int join = accept_join(p, &op->join);
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
        return w->parse(p, op);
    }
    return unknown_pipe_word(p);
}

static int parse_subquery(struct parser *p, struct ast_query **out)
{
    TRY(parse_enter(p));
    TRY(parse_expect_tok(p, TOK_LPAREN, "\"(\""));
    TRY(parse_query(p, out));
    p->depth--;
    return parse_expect_tok(p, TOK_RPAREN, "\")\"");
}

static int parse_source(struct parser *p, struct ast_source *s)
{
    s->at = p->tok.at;
    s->n = p->tok.n;
    if (p->tok.kind == TOK_LPAREN) {
        TRY(parse_subquery(p, &s->query));
    } else {
        if (parse_is(p, "UNNEST"))
            return parse_fail(p, ERR_UNSUPPORTED, p->tok.at, p->tok.n,
                              "UNNEST is not supported by this server.");
        TRY(parse_name(p, "a table name", &s->name));
        if (p->tok.kind == TOK_LPAREN)
            return parse_fail(p, ERR_UNSUPPORTED, s->at, s->n,
                              "Table functions in FROM are not supported by this server; "
                              "use `|> CALL`.");
    }
    if (parse_is(p, "FOR"))
        return parse_fail(p, ERR_UNSUPPORTED, p->tok.at, p->tok.n,
                          "FOR SYSTEM_TIME AS OF is not supported by this server.");
    return parse_alias(p, &s->alias);
}

/* FROM source and the joins of standard syntax. */
static int parse_from(struct parser *p, struct ast_query *q)
{
    q->has_source = true;
    TRY(parse_source(p, &q->source));
    for (;;) {
        if (p->tok.kind == TOK_COMMA)
            return parse_fail(p, ERR_UNSUPPORTED, p->tok.at, 1,
                              "A comma between tables is not supported by this server; use JOIN.");
        uint32_t at = p->tok.at;
        uint32_t n = p->tok.n;
        enum join_kind kind;
        int join = accept_join(p, &kind);
        TRY(join);
        if (!join)
            return 0;
        struct ast_pipe *op;
        TRY(new_pipe(p, q, &op));
        *op = (struct ast_pipe){.kind = PIPE_JOIN, .join = kind, .at = at, .n = n};
        TRY(parse_join_rest(p, op));
    }
}

/* The clauses from SELECT to HAVING. The SELECT operator comes last, as it runs last. */
static int parse_select_core(struct parser *p, struct ast_query *q)
{
    struct ast_pipe select = {.kind = PIPE_SELECT, .plain = true, .at = p->tok.at, .n = p->tok.n};
    TRY(parse_expect(p, "SELECT"));
    TRY(parse_select_list(p, &select));
    int found = parse_accept(p, "FROM");
    TRY(found);
    if (found)
        TRY(parse_from(p, q));
    struct ast_pipe *op;
    if (parse_is(p, "WHERE")) {
        TRY(new_pipe(p, q, &op));
        TRY(parse_advance(p));
        op->kind = PIPE_WHERE;
        TRY(parse_expr(p, &op->expr));
    }
    if (parse_is(p, "GROUP"))
        TRY(parse_group(p, &select));
    found = parse_accept(p, "HAVING");
    TRY(found);
    if (found)
        TRY(parse_expr(p, &select.expr));
    if (parse_is(p, "QUALIFY") || parse_is(p, "WINDOW"))
        return parse_fail(p, ERR_UNSUPPORTED, p->tok.at, p->tok.n,
                          "%.*s is not supported by this server.", STR_ARG(p->tok.s));
    TRY(new_pipe(p, q, &op));
    *op = select;
    return 0;
}

static int parse_tail(struct parser *p, struct ast_query *q, bool one_select)
{
    struct ast_pipe *op;
    if (parse_is(p, "ORDER")) {
        if (one_select) {
            op = &q->pipe[q->pipes - 1];
            TRY(parse_advance(p));
            TRY(parse_order(p, &op->order));
        } else {
            TRY(new_pipe(p, q, &op));
            TRY(parse_advance(p));
            op->kind = PIPE_ORDER;
            TRY(parse_order(p, &op->item));
        }
    }
    if (!parse_is(p, "LIMIT"))
        return 0;
    TRY(new_pipe(p, q, &op));
    TRY(parse_advance(p));
    op->kind = PIPE_LIMIT;
    return parse_limit(p, op);
}

static struct ast_query *new_query(struct parser *p)
{
    struct ast_query *q = ARENA_NEW(p->arena, struct ast_query);
    if (q != NULL)
        q->with = p->with;
    return q;
}

/* SELECT ... or ( query ): an operand of UNION in standard syntax. */
static int parse_operand(struct parser *p, struct ast_query **out)
{
    if (p->tok.kind == TOK_LPAREN)
        return parse_subquery(p, out);
    *out = new_query(p);
    if (*out == NULL)
        return parse_memory(p);
    return parse_select_core(p, *out);
}

static int parse_standard(struct parser *p, struct ast_query **out)
{
    bool one_select = p->tok.kind != TOK_LPAREN;
    TRY(parse_operand(p, out));
    while (parse_is(p, "UNION")) {
        one_select = false;
        struct ast_pipe *op;
        TRY(new_pipe(p, *out, &op));
        TRY(parse_advance(p));
        TRY(parse_union_word(p, op));
        struct ast_query *q;
        TRY(parse_operand(p, &q));
        TRY(add_query(p, op, q));
    }
    if (parse_is(p, "INTERSECT") || parse_is(p, "EXCEPT"))
        return parse_fail(p, ERR_UNSUPPORTED, p->tok.at, p->tok.n,
                          "%.*s is not supported by this server.", STR_ARG(p->tok.s));
    return parse_tail(p, *out, one_select);
}

/* GoogleSQL's advice for those who go on in standard syntax behind FROM. */
static int refuse_after_from(struct parser *p)
{
    static const char *const words[][2] = {
        {"WHERE", "WHERE"}, {"SELECT", "SELECT"}, {"GROUP", "AGGREGATE"}, {"ORDER", "ORDER BY"},
        {"LIMIT", "LIMIT"}, {"UNION", "UNION"},   {"HAVING", "WHERE"},    {"QUALIFY", "WHERE"},
    };
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (parse_is(p, words[i][0])) {
            parse_fail(p, ERR_SYNTAX, p->tok.at, p->tok.n,
                       "Syntax error: %s%s not supported after FROM query; Consider using pipe "
                       "operator `|> %s`",
                       words[i][0], i == 2 || i == 3 ? " BY" : "", words[i][1]);
            err_hint(p->err, "write |> %s", words[i][1]);
            return ERR_SYNTAX;
        }
    return 0;
}

static int parse_with(struct parser *p)
{
    if (parse_is(p, "RECURSIVE"))
        return parse_fail(p, ERR_UNSUPPORTED, p->tok.at, p->tok.n,
                          "WITH RECURSIVE is not supported by this server.");
    int more;
    do {
        struct ast_with *w = ARENA_NEW(p->arena, struct ast_with);
        if (w == NULL)
            return parse_memory(p);
        TRY(parse_name(p, "a name", &w->name));
        TRY(parse_expect(p, "AS"));
        TRY(parse_subquery(p, &w->query));
        w->next = p->with;
        p->with = w;
        more = parse_accept_tok(p, TOK_COMMA);
        TRY(more);
    } while (more && !parse_is(p, "SELECT") && !parse_is(p, "FROM"));
    return 0;
}

static int parse_body(struct parser *p, struct ast_query **out)
{
    int with = parse_accept(p, "WITH");
    TRY(with);
    if (with)
        TRY(parse_with(p));
    if (parse_is(p, "FROM")) {
        TRY(parse_advance(p));
        *out = new_query(p);
        if (*out == NULL)
            return parse_memory(p);
        TRY(parse_from(p, *out));
        TRY(refuse_after_from(p));
    } else if (parse_is(p, "SELECT") || p->tok.kind == TOK_LPAREN) {
        TRY(parse_standard(p, out));
    } else {
        return parse_unexpected(p, "keyword FROM or keyword SELECT");
    }
    while (p->tok.kind == TOK_PIPE) {
        TRY(parse_advance(p));
        TRY(parse_pipe(p, *out));
    }
    return 0;
}

int parse_query(struct parser *p, struct ast_query **out)
{
    const struct ast_with *with = p->with;
    int rc = parse_body(p, out);
    p->with = with;
    return rc;
}

/* DESCRIBE table: FROM table |> DESCRIBE */
static int parse_describe(struct parser *p, struct ast_query **out)
{
    *out = new_query(p);
    if (*out == NULL)
        return parse_memory(p);
    struct ast_pipe *op;
    TRY(new_pipe(p, *out, &op));
    op->kind = PIPE_DESCRIBE;
    TRY(parse_advance(p));
    (*out)->has_source = true;
    return parse_source(p, &(*out)->source);
}

static int check_text(struct parser *p, struct str text)
{
    if (text.n > QUERY_BYTES_MAX)
        return err_set(p->err, ERR_LIMIT, "The query has %zu bytes; %u are allowed.", text.n,
                       QUERY_BYTES_MAX);
    size_t bad = utf8_check(text);
    if (bad < text.n)
        return parse_fail(p, ERR_SYNTAX, (uint32_t)bad, 1,
                          "Syntax error: The query contains invalid UTF-8");
    return 0;
}

int parse_text(struct parser *p, struct str text, struct arena *arena, bool *explain,
               struct ast_query **out, struct err *err)
{
    *p = (struct parser){.lex = {.text = text, .arena = arena}, .arena = arena, .err = err};
    TRY(check_text(p, text));
    TRY(lex_next(&p->lex, &p->tok, err));
    TRY(lex_next(&p->lex, &p->next, err));
    int found = parse_accept(p, "EXPLAIN");
    TRY(found);
    *explain = found != 0;
    found = parse_is(p, "DESCRIBE") && p->next.kind == TOK_IDENT;
    TRY(found ? parse_describe(p, out) : parse_query(p, out));
    TRY(parse_accept_tok(p, TOK_SEMICOLON));
    if (p->tok.kind != TOK_END)
        return parse_unexpected(p, "end of query");
    return 0;
}
