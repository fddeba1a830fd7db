/* SPDX-License-Identifier: MIT
 *
 * Lists: what SELECT, GROUP BY, ORDER BY and the other operators list. */
#include "parse.h"

/* item, item, ... with a trailing comma allowed where a list ends. */
int parse_list(struct parser *p, parse_item_fn item, struct ast_items *items)
{
    int more;
    do {
        TRY(item(p, items));
        if (p->tok.kind == TOK_COMMA)
            parse_mark(p, NOTE_ITEM);
        more = parse_accept_tok(p, TOK_COMMA);
        TRY(more);
    } while (more && !parse_at_end(p) && !parse_is(p, "GROUP") && !parse_is(p, "FROM") &&
             !parse_is(p, "WINDOW"));
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
int parse_item_aggregate(struct parser *p, struct ast_items *items)
{
    struct ast_item item = {0};
    TRY(parse_expr(p, &item.expr));
    TRY(parse_alias(p, &item.alias));
    TRY(parse_order_suffix(p, &item));
    return parse_items_add(p, items, item);
}

/* A bare name as an item's expression. */
int parse_item_name(struct parser *p, struct ast_item *item)
{
    item->expr = parse_node(p, AST_NAME, p->tok.at);
    if (item->expr == NULL)
        return parse_memory(p);
    item->expr->n = p->tok.n;
    return parse_name(p, "a column name", &item->expr->s);
}

int parse_item_column(struct parser *p, struct ast_items *items)
{
    struct ast_item item = {0};
    TRY(parse_item_name(p, &item));
    return parse_items_add(p, items, item);
}

int parse_item_rename(struct parser *p, struct ast_items *items)
{
    struct ast_item item = {0};
    TRY(parse_item_name(p, &item));
    TRY(parse_alias(p, &item.alias));
    if (item.alias.p == NULL)
        return parse_unexpected(p, "a new name");
    return parse_items_add(p, items, item);
}

int parse_item_set(struct parser *p, struct ast_items *items)
{
    struct ast_item item = {0};
    TRY(parse_name(p, "a column name", &item.alias));
    TRY(parse_expect_tok(p, TOK_EQ, "\"=\""));
    TRY(parse_expr(p, &item.expr));
    return parse_items_add(p, items, item);
}

/* expression [AS] name of REPLACE */
static int replace_item(struct parser *p, struct ast_items *items)
{
    struct ast_item item = {0};
    TRY(parse_expr(p, &item.expr));
    TRY(parse_accept(p, "AS"));
    TRY(parse_name(p, "a column name", &item.alias));
    return parse_items_add(p, items, item);
}

static int star_replace(struct parser *p, struct ast *star)
{
    if (!parse_is(p, "REPLACE") || p->next.kind != TOK_LPAREN)
        return 0;
    star->replace = ARENA_NEW(p->arena, struct ast_items);
    if (star->replace == NULL)
        return parse_memory(p);
    TRY(parse_advance(p));
    TRY(parse_expect_tok(p, TOK_LPAREN, "\"(\""));
    TRY(parse_list(p, replace_item, star->replace));
    return parse_expect_tok(p, TOK_RPAREN, "\")\"");
}

static int star_except(struct parser *p, struct ast *star)
{
    int except = parse_accept(p, "EXCEPT");
    TRY(except);
    if (!except)
        return 0;
    TRY(parse_expect_tok(p, TOK_LPAREN, "\"(\""));
    struct ast_items names = {0};
    TRY(parse_list(p, parse_item_column, &names));
    TRY(parse_expect_tok(p, TOK_RPAREN, "\")\""));
    star->arg = ARENA_ARRAY(p->arena, struct ast *, names.n);
    if (star->arg == NULL)
        return parse_memory(p);
    for (size_t i = 0; i < names.n; i++)
        star->arg[i] = names.at[i].expr;
    star->args = names.n;
    return 0;
}

/* What may stand behind a star. */
static int parse_star_rest(struct parser *p, struct ast *star)
{
    TRY(star_except(p, star));
    return star_replace(p, star);
}

int parse_item_select(struct parser *p, struct ast_items *items)
{
    struct ast_item item = {0};
    TRY(parse_expr(p, &item.expr));
    if (item.expr->kind == AST_STAR)
        TRY(parse_star_rest(p, item.expr));
    else
        TRY(parse_alias(p, &item.alias));
    return parse_items_add(p, items, item);
}

/* GROUP [AND ORDER] BY items */
int parse_group(struct parser *p, struct ast_pipe *op)
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
    return parse_list(p, parse_item_aggregate, &op->group);
}

int parse_aggregate(struct parser *p, struct ast_pipe *op)
{
    if (!parse_is(p, "GROUP") && !parse_at_end(p))
        TRY(parse_list(p, parse_item_aggregate, &op->item));
    if (parse_is(p, "GROUP")) {
        if (op->item.n > 0)
            parse_mark(p, NOTE_SOFT);
        return parse_group(p, op);
    }
    if (op->item.n == 0)
        return parse_unexpected(p, "an aggregate or keyword GROUP");
    return 0;
}

int parse_select_list(struct parser *p, struct ast_pipe *op)
{
    int distinct = parse_accept(p, "DISTINCT");
    TRY(distinct);
    op->distinct = distinct != 0;
    if (!distinct)
        TRY(parse_accept(p, "ALL"));
    return parse_list(p, parse_item_select, &op->item);
}

int parse_order(struct parser *p, struct ast_items *items)
{
    TRY(parse_expect(p, "BY"));
    return parse_items_order(p, items);
}

int parse_limit(struct parser *p, struct ast_pipe *op)
{
    TRY(parse_expr(p, &op->expr));
    int offset = parse_accept(p, "OFFSET");
    TRY(offset);
    return offset ? parse_expr(p, &op->offset) : 0;
}
