/* SPDX-License-Identifier: MIT
 *
 * Expressions, by precedence climbing. From weakest to strongest, as in GoogleSQL:
 *
 *   OR < AND < NOT < comparison, BETWEEN, IN, LIKE, IS < + - < * / || < unary minus < primary
 *
 * Chains of AND and OR become one node with many arguments, so that only real nesting is deep. */
#include "parse.h"

#include "base/date.h"

static int parse_or(struct parser *p, struct ast **out);

/* Appends an argument and keeps the depth. */
int parse_add_arg(struct parser *p, struct ast *node, struct ast *arg)
{
    /* Room doubles at each power of two, so the count tells the room. */
    if ((node->args & (node->args - 1)) == 0) {
        size_t cap = node->args ? node->args * 2 : 1;
        struct ast **grown = ARENA_ARRAY(p->arena, struct ast *, cap);
        if (grown == NULL)
            return parse_memory(p);
        if (node->args > 0)
            memcpy(grown, node->arg, node->args * sizeof *grown);
        node->arg = grown;
    }
    if (node->args >= LIST_MAX)
        return parse_fail(p, ERR_LIMIT, arg->at, arg->n, "A list has more than %d items.",
                          LIST_MAX);
    node->arg[node->args++] = arg;
    if (arg->depth + 1 > node->depth)
        node->depth = (uint16_t)(arg->depth + 1);
    if (node->depth > p->deepest)
        p->deepest = node->depth;
    if (node->depth > AST_DEPTH_MAX)
        return parse_fail(p, ERR_LIMIT, arg->at, arg->n,
                          "The expression is nested more than %d levels deep.", AST_DEPTH_MAX);
    uint32_t end = arg->at + arg->n;
    if (end > node->at + node->n)
        node->n = end - node->at;
    return 0;
}

static struct ast *node_over(struct parser *p, enum ast_kind kind, const struct ast *first)
{
    struct ast *node = parse_node(p, kind, first->at);
    if (node != NULL)
        node->n = first->n;
    return node;
}

/* Ends the node behind the token taken last, which ended at `end`. */
void parse_close_node(struct ast *node, uint32_t end)
{
    node->n = end - node->at;
}

uint32_t parse_token_end(const struct token *t)
{
    return t->at + t->n;
}

static int binary(struct parser *p, enum ast_op op, struct ast **left, struct ast *right)
{
    struct ast *node = node_over(p, AST_BINARY, *left);
    if (node == NULL)
        return parse_memory(p);
    node->op = op;
    TRY(parse_add_arg(p, node, *left));
    TRY(parse_add_arg(p, node, right));
    *left = node;
    return 0;
}

static int int_literal(struct parser *p, const struct token *t, bool minus, struct ast **out)
{
    if (t->u > (uint64_t)INT64_MAX + (minus ? 1 : 0))
        return parse_fail(p, ERR_SYNTAX, t->at, t->n, "Syntax error: Invalid integer literal");
    (*out)->kind = AST_INT;
    (*out)->i = minus ? (int64_t)(0 - t->u) : (int64_t)t->u;
    return 0;
}

static int parse_literal(struct parser *p, struct ast **out)
{
    struct token t = p->tok;
    *out = parse_node(p, AST_NULL, t.at);
    if (*out == NULL)
        return parse_memory(p);
    (*out)->n = t.n;
    (*out)->s = t.s;
    if (t.kind == TOK_INT)
        TRY(int_literal(p, &t, false, out));
    else if (t.kind == TOK_FLOAT) {
        (*out)->kind = AST_FLOAT;
        (*out)->f = t.f;
    } else {
        (*out)->kind = t.kind == TOK_PARAM ? AST_PARAM : AST_STRING;
    }
    return parse_advance(p);
}

static int parse_word_literal(struct parser *p, enum ast_kind kind, int64_t value, struct ast **out)
{
    *out = parse_node(p, kind, p->tok.at);
    if (*out == NULL)
        return parse_memory(p);
    (*out)->i = value;
    (*out)->n = p->tok.n;
    return parse_advance(p);
}

/* DATE '2021-11-20' */
static int parse_date_literal(struct parser *p, struct ast **out)
{
    *out = parse_node(p, AST_DATE, p->tok.at);
    if (*out == NULL)
        return parse_memory(p);
    TRY(parse_advance(p));
    int32_t day;
    struct err why = {0};
    if (date_parse_iso(p->tok.s, &day, &why) < 0)
        return parse_fail(p, ERR_VALUE, p->tok.at, p->tok.n, "Invalid DATE literal: %s", why.msg);
    (*out)->i = day;
    parse_close_node(*out, parse_token_end(&p->tok));
    return parse_advance(p);
}

static int remember_param(struct parser *p, struct str name)
{
    for (size_t i = 0; i < p->params; i++)
        if (str_eq_nocase(p->param[i], name))
            return 0;
    struct str *grown = arena_grown(p->arena, p->param, p->params, &p->params_cap, sizeof *grown);
    if (grown == NULL)
        return parse_memory(p);
    p->param = grown;
    p->param[p->params++] = name;
    return p->params > 256 ? parse_fail(p, ERR_LIMIT, p->tok.at, p->tok.n,
                                        "The query uses more than 256 parameters.")
                           : 0;
}

static int parse_param(struct parser *p, struct ast **out)
{
    TRY(remember_param(p, p->tok.s));
    return parse_literal(p, out);
}

/* The depth of a subquery is that of its deepest expression: what walks down into it walks on. */
int parse_inner_query(struct parser *p, struct ast *node)
{
    uint16_t outside = p->deepest;
    p->deepest = 0;
    TRY(parse_query(p, &node->query));
    if (p->deepest + 1 > node->depth)
        node->depth = (uint16_t)(p->deepest + 1);
    if (node->depth > AST_DEPTH_MAX)
        return parse_fail(p, ERR_LIMIT, node->at, node->n,
                          "The expression is nested more than %d levels deep.", AST_DEPTH_MAX);
    p->deepest = outside > node->depth ? outside : node->depth;
    return 0;
}

/* (query) or EXISTS (query); the parenthesis is the current token. */
static int parse_subquery(struct parser *p, enum ast_kind kind, uint32_t at, struct ast **out)
{
    *out = parse_node(p, kind, at);
    if (*out == NULL)
        return parse_memory(p);
    TRY(parse_enter(p));
    parse_mark(p, NOTE_OPEN);
    TRY(parse_expect_tok(p, TOK_LPAREN, "\"(\""));
    TRY(parse_inner_query(p, *out));
    parse_close_node(*out, parse_token_end(&p->tok));
    p->depth--;
    parse_mark(p, NOTE_CLOSE);
    return parse_expect_tok(p, TOK_RPAREN, "\")\"");
}

static bool next_is_query(const struct parser *p)
{
    return parse_next_is(p, "SELECT") || parse_next_is(p, "FROM") || parse_next_is(p, "WITH");
}

/* ( expr ), or a subquery. */
static int parse_parens(struct parser *p, struct ast **out)
{
    uint32_t at = p->tok.at;
    if (next_is_query(p))
        return parse_subquery(p, AST_SUBQUERY, at, out);
    TRY(parse_enter(p));
    TRY(parse_advance(p));
    TRY(parse_or(p, out));
    if (p->tok.kind == TOK_COMMA)
        return parse_fail(p, ERR_UNSUPPORTED, at, 1,
                          "STRUCT values are not supported by this server.");
    TRY(parse_expect_tok(p, TOK_RPAREN, "\")\""));
    p->depth--;
    return 0;
}

static int parse_array(struct parser *p, struct ast **out)
{
    *out = parse_node(p, AST_ARRAY, p->tok.at);
    if (*out == NULL)
        return parse_memory(p);
    TRY(parse_enter(p));
    TRY(parse_advance(p));
    while (p->tok.kind != TOK_RBRACKET) {
        struct ast *arg;
        TRY(parse_or(p, &arg));
        TRY(parse_add_arg(p, *out, arg));
        int more = parse_accept_tok(p, TOK_COMMA);
        TRY(more);
        if (!more)
            break;
    }
    parse_close_node(*out, parse_token_end(&p->tok));
    TRY(parse_expect_tok(p, TOK_RBRACKET, "\"]\""));
    p->depth--;
    return 0;
}

static int parse_case_arms(struct parser *p, struct ast *node)
{
    struct ast *arg;
    int more;
    while ((more = parse_accept(p, "WHEN")) != 0) {
        TRY(more);
        TRY(parse_or(p, &arg));
        TRY(parse_add_arg(p, node, arg));
        TRY(parse_expect(p, "THEN"));
        TRY(parse_or(p, &arg));
        TRY(parse_add_arg(p, node, arg));
    }
    int otherwise = parse_accept(p, "ELSE");
    TRY(otherwise);
    if (otherwise) {
        node->negated = true;
        TRY(parse_or(p, &arg));
        TRY(parse_add_arg(p, node, arg));
    }
    return 0;
}

static int parse_case(struct parser *p, struct ast **out)
{
    *out = parse_node(p, AST_CASE, p->tok.at);
    if (*out == NULL)
        return parse_memory(p);
    TRY(parse_enter(p));
    TRY(parse_advance(p));
    if (!parse_is(p, "WHEN")) {
        struct ast *value;
        TRY(parse_or(p, &value));
        TRY(parse_add_arg(p, *out, value));
        (*out)->i = 1;
    }
    if (!parse_is(p, "WHEN"))
        return parse_unexpected(p, "keyword WHEN");
    TRY(parse_case_arms(p, *out));
    parse_close_node(*out, parse_token_end(&p->tok));
    p->depth--;
    return parse_expect(p, "END");
}

/* INTERVAL 7 DAY */
static int parse_interval(struct parser *p, struct ast **out)
{
    *out = parse_node(p, AST_INTERVAL, p->tok.at);
    if (*out == NULL)
        return parse_memory(p);
    TRY(parse_enter(p));
    TRY(parse_advance(p));
    struct ast *arg;
    TRY(parse_or(p, &arg));
    TRY(parse_add_arg(p, *out, arg));
    parse_close_node(*out, parse_token_end(&p->tok));
    p->depth--;
    return parse_word(p, "a part of a date", &(*out)->s);
}

/* name, table.name, or a call. */
static int parse_path(struct parser *p, struct ast **out)
{
    struct token t = p->tok;
    struct ast *node = parse_node(p, AST_NAME, t.at);
    if (node == NULL)
        return parse_memory(p);
    *out = node;
    node->s = t.s;
    node->n = t.n;
    parse_mark(p, NOTE_NAME);
    TRY(parse_advance(p));
    if (p->tok.kind == TOK_LPAREN)
        return parse_call(p, node);
    if (p->tok.kind == TOK_DOT && (p->next.kind == TOK_IDENT || p->next.kind == TOK_STAR)) {
        TRY(parse_advance(p));
        node->table = node->s;
        node->s = p->tok.s;
        if (p->tok.kind == TOK_STAR)
            node->kind = AST_STAR;
        parse_close_node(node, parse_token_end(&p->tok));
        parse_mark(p, NOTE_NAME);
        TRY(parse_advance(p));
    }
    if (p->tok.kind == TOK_DOT)
        return parse_fail(p, ERR_UNSUPPORTED, p->tok.at, p->tok.n,
                          "Fields of structs are not supported by this server.");
    return 0;
}

static bool callable_keyword(const struct parser *p)
{
    return p->next.kind == TOK_LPAREN &&
           (parse_is(p, "IF") || parse_is(p, "CAST") || parse_is(p, "EXTRACT") ||
            parse_is(p, "LEFT") || parse_is(p, "RIGHT") || parse_is(p, "GROUPING"));
}

/* A keyword where a value should be: perhaps a column of that name, such as `set` of targets. */
static int reserved_word(struct parser *p)
{
    int rc = parse_unexpected(p, "an expression");
    bool alone = p->next.kind != TOK_IDENT && p->next.kind != TOK_STRING &&
                 p->next.kind != TOK_INT && p->next.kind != TOK_LPAREN;
    if (alone)
        err_hint(p->err, "a column of this name stands in backquotes: `%.*s`", STR_ARG(p->tok.s));
    return rc;
}

static int parse_identifier(struct parser *p, struct ast **out)
{
    if (parse_is(p, "NULL"))
        return parse_word_literal(p, AST_NULL, 0, out);
    if (parse_is(p, "TRUE") || parse_is(p, "FALSE"))
        return parse_word_literal(p, AST_BOOL, parse_is(p, "TRUE"), out);
    if (parse_is(p, "DATE") && p->next.kind == TOK_STRING)
        return parse_date_literal(p, out);
    if (parse_is(p, "CASE"))
        return parse_case(p, out);
    if (parse_is(p, "INTERVAL"))
        return parse_interval(p, out);
    if (parse_is(p, "EXISTS")) {
        uint32_t at = p->tok.at;
        TRY(parse_advance(p));
        return parse_subquery(p, AST_EXISTS, at, out);
    }
    if (parse_is(p, "ARRAY") || parse_is(p, "STRUCT"))
        return parse_fail(p, ERR_UNSUPPORTED, p->tok.at, p->tok.n,
                          "%.*s is not supported by this server.", STR_ARG(p->tok.s));
    if (!p->tok.quoted && parse_reserved(p->tok.s) && !callable_keyword(p))
        return reserved_word(p);
    return parse_path(p, out);
}

static int parse_value(struct parser *p, struct ast **out)
{
    switch ((int)p->tok.kind) {
    case TOK_INT:
    case TOK_FLOAT:
    case TOK_STRING:
        return parse_literal(p, out);
    case TOK_PARAM:
        return parse_param(p, out);
    case TOK_LPAREN:
        return parse_parens(p, out);
    case TOK_LBRACKET:
        return parse_array(p, out);
    case TOK_IDENT:
        return parse_identifier(p, out);
    case TOK_STAR: /* only where a list of columns stands; binding refuses it elsewhere */
        *out = parse_node(p, AST_STAR, p->tok.at);
        if (*out == NULL)
            return parse_memory(p);
        (*out)->n = 1;
        return parse_advance(p);
    case TOK_OTHER:
        return parse_fail(p, ERR_UNSUPPORTED, p->tok.at, p->tok.n,
                          "This operator is not supported by this server.");
    default:
        return parse_unexpected(p, "an expression");
    }
}

/* value[OFFSET(0)] */
static int parse_element(struct parser *p, struct ast **out)
{
    struct ast *node = node_over(p, AST_ELEMENT, *out);
    struct ast *index;
    if (node == NULL)
        return parse_memory(p);
    TRY(parse_add_arg(p, node, *out));
    TRY(parse_enter(p));
    TRY(parse_advance(p));
    TRY(parse_word(p, "OFFSET or ORDINAL", &node->s));
    TRY(parse_expect_tok(p, TOK_LPAREN, "\"(\""));
    TRY(parse_or(p, &index));
    TRY(parse_add_arg(p, node, index));
    TRY(parse_expect_tok(p, TOK_RPAREN, "\")\""));
    parse_close_node(node, parse_token_end(&p->tok));
    p->depth--;
    *out = node;
    return parse_expect_tok(p, TOK_RBRACKET, "\"]\"");
}

static int parse_primary(struct parser *p, struct ast **out)
{
    TRY(parse_value(p, out));
    return p->tok.kind == TOK_LBRACKET ? parse_element(p, out) : 0;
}

static int parse_unary(struct parser *p, struct ast **out)
{
    uint32_t at = p->tok.at;
    if (p->tok.kind == TOK_PLUS) {
        TRY(parse_enter(p));
        parse_mark(p, NOTE_SIGN);
        TRY(parse_advance(p));
        TRY(parse_unary(p, out));
        p->depth--;
        return 0;
    }
    if (p->tok.kind != TOK_MINUS)
        return parse_primary(p, out);
    TRY(parse_enter(p));
    parse_mark(p, NOTE_SIGN);
    TRY(parse_advance(p));
    struct ast *node = parse_node(p, AST_NEG, at);
    if (node == NULL)
        return parse_memory(p);
    if (p->tok.kind == TOK_INT) {
        TRY(int_literal(p, &p->tok, true, &node));
        parse_close_node(node, parse_token_end(&p->tok));
        TRY(parse_advance(p));
    } else {
        struct ast *arg;
        TRY(parse_unary(p, &arg));
        TRY(parse_add_arg(p, node, arg));
    }
    p->depth--;
    *out = node;
    return 0;
}

static int parse_product(struct parser *p, struct ast **out)
{
    TRY(parse_unary(p, out));
    for (;;) {
        enum ast_op op;
        if (p->tok.kind == TOK_STAR)
            op = OP_MUL;
        else if (p->tok.kind == TOK_SLASH)
            op = OP_DIV;
        else if (p->tok.kind == TOK_CONCAT)
            op = OP_CONCAT;
        else
            return 0;
        TRY(parse_advance(p));
        struct ast *right;
        TRY(parse_unary(p, &right));
        TRY(binary(p, op, out, right));
    }
}

int parse_sum(struct parser *p, struct ast **out)
{
    TRY(parse_product(p, out));
    while (p->tok.kind == TOK_PLUS || p->tok.kind == TOK_MINUS) {
        enum ast_op op = p->tok.kind == TOK_PLUS ? OP_ADD : OP_SUB;
        TRY(parse_advance(p));
        struct ast *right;
        TRY(parse_product(p, &right));
        TRY(binary(p, op, out, right));
    }
    if (p->tok.kind == TOK_OTHER)
        return parse_fail(p, ERR_UNSUPPORTED, p->tok.at, p->tok.n,
                          "This operator is not supported by this server.");
    return 0;
}

static int comparison_op(enum tok kind)
{
    switch ((int)kind) {
    case TOK_EQ:
        return OP_EQ;
    case TOK_NE:
        return OP_NE;
    case TOK_LT:
        return OP_LT;
    case TOK_LE:
        return OP_LE;
    case TOK_GT:
        return OP_GT;
    case TOK_GE:
        return OP_GE;
    default:
        return -1;
    }
}

static int parse_in_list(struct parser *p, struct ast *node)
{
    bool unnest = parse_is(p, "UNNEST");
    if (unnest)
        return parse_fail(p, ERR_UNSUPPORTED, p->tok.at, p->tok.n,
                          "IN UNNEST is not supported by this server.");
    TRY(parse_enter(p));
    bool query = next_is_query(p);
    parse_mark(p, query ? NOTE_OPEN : 0);
    TRY(parse_expect_tok(p, TOK_LPAREN, "\"(\""));
    int more = !query;
    if (query)
        TRY(parse_inner_query(p, node));
    while (more && (node->args == 1 || p->tok.kind != TOK_RPAREN)) {
        struct ast *arg;
        TRY(parse_or(p, &arg));
        TRY(parse_add_arg(p, node, arg));
        more = parse_accept_tok(p, TOK_COMMA);
        TRY(more);
    }
    parse_close_node(node, parse_token_end(&p->tok));
    p->depth--;
    parse_mark(p, query ? NOTE_CLOSE : 0);
    return parse_expect_tok(p, TOK_RPAREN, "\")\"");
}

static int parse_between(struct parser *p, struct ast *node)
{
    struct ast *arg;
    TRY(parse_sum(p, &arg));
    TRY(parse_add_arg(p, node, arg));
    TRY(parse_expect(p, "AND"));
    TRY(parse_sum(p, &arg));
    return parse_add_arg(p, node, arg);
}

static int parse_is_what(struct parser *p, struct ast *node)
{
    int negated = parse_accept(p, "NOT");
    TRY(negated);
    node->negated = negated != 0;
    parse_close_node(node, parse_token_end(&p->tok));
    if (parse_is(p, "NULL")) {
        node->kind = AST_IS_NULL;
    } else if (parse_is(p, "TRUE") || parse_is(p, "FALSE")) {
        node->kind = AST_IS_BOOL;
        node->i = parse_is(p, "TRUE");
    } else {
        bool distinct = parse_is(p, "DISTINCT");
        return distinct ? parse_fail(p, ERR_UNSUPPORTED, p->tok.at, p->tok.n,
                                     "IS DISTINCT FROM is not supported by this server.")
                        : parse_unexpected(p, "NULL, TRUE or FALSE");
    }
    return parse_advance(p);
}

/* [NOT] BETWEEN, IN, LIKE; IS [NOT] ...: the keyword is the current token (behind NOT, if any). */
static int parse_predicate(struct parser *p, struct ast **out)
{
    enum ast_kind kind = parse_is(p, "BETWEEN") ? AST_BETWEEN
                         : parse_is(p, "IN")    ? AST_IN
                         : parse_is(p, "LIKE")  ? AST_LIKE
                                                : AST_IS_NULL;
    struct ast *node = node_over(p, kind, *out);
    if (node == NULL)
        return parse_memory(p);
    TRY(parse_add_arg(p, node, *out));
    *out = node;
    TRY(parse_advance(p));
    if (kind == AST_IS_NULL)
        return parse_is_what(p, node);
    if (kind == AST_IN)
        return parse_in_list(p, node);
    if (kind == AST_BETWEEN)
        return parse_between(p, node);
    struct ast *pattern;
    TRY(parse_sum(p, &pattern));
    return parse_add_arg(p, node, pattern);
}

static bool starts_predicate(const struct parser *p, bool next)
{
    bool (*is)(const struct parser *, const char *) = next ? parse_next_is : parse_is;
    return is(p, "BETWEEN") || is(p, "IN") || is(p, "LIKE");
}

static int parse_comparison(struct parser *p, struct ast **out)
{
    TRY(parse_sum(p, out));
    int op = comparison_op(p->tok.kind);
    if (op >= 0) {
        TRY(parse_advance(p));
        struct ast *right;
        TRY(parse_sum(p, &right));
        TRY(binary(p, (enum ast_op)op, out, right));
        return comparison_op(p->tok.kind) < 0 ? 0 : parse_unexpected(p, "end of expression");
    }
    if (parse_is(p, "NOT") && starts_predicate(p, true)) {
        TRY(parse_advance(p));
        TRY(parse_predicate(p, out));
        (*out)->negated = true;
        return 0;
    }
    if (starts_predicate(p, false) || parse_is(p, "IS"))
        return parse_predicate(p, out);
    return 0;
}

static int parse_not(struct parser *p, struct ast **out)
{
    if (!parse_is(p, "NOT"))
        return parse_comparison(p, out);
    struct ast *node = parse_node(p, AST_NOT, p->tok.at);
    if (node == NULL)
        return parse_memory(p);
    TRY(parse_enter(p));
    TRY(parse_advance(p));
    struct ast *arg;
    TRY(parse_not(p, &arg));
    TRY(parse_add_arg(p, node, arg));
    p->depth--;
    *out = node;
    return 0;
}

typedef int (*level_fn)(struct parser *p, struct ast **out);

static int parse_chain(struct parser *p, const char *word, enum ast_kind kind, level_fn below,
                       struct ast **out)
{
    TRY(below(p, out));
    if (!parse_is(p, word))
        return 0;
    struct ast *node = node_over(p, kind, *out);
    if (node == NULL)
        return parse_memory(p);
    TRY(parse_add_arg(p, node, *out));
    *out = node;
    while (parse_is(p, word)) {
        struct ast *arg;
        parse_mark(p, NOTE_SOFT);
        TRY(parse_advance(p));
        TRY(below(p, &arg));
        TRY(parse_add_arg(p, node, arg));
    }
    return 0;
}

static int parse_and(struct parser *p, struct ast **out)
{
    return parse_chain(p, "AND", AST_AND, parse_not, out);
}

static int parse_or(struct parser *p, struct ast **out)
{
    return parse_chain(p, "OR", AST_OR, parse_and, out);
}

int parse_column(struct parser *p, struct ast **out)
{
    if (p->tok.kind != TOK_IDENT || (!p->tok.quoted && parse_reserved(p->tok.s)))
        return parse_unexpected(p, "a column name");
    return parse_path(p, out);
}

int parse_expr(struct parser *p, struct ast **out)
{
    return parse_or(p, out);
}
