/* SPDX-License-Identifier: MIT
 *
 * AGGREGATE, and the SELECT of standard syntax, which is an AGGREGATE, a filter, a projection and a
 * sort in one. */
#include "bind.h"
#include "shield.h"

static bool is_day_edge(const struct agg_spec *a)
{
    return (a->kind == AGG_MIN || a->kind == AGG_MAX) && a->arg->kind == EXPR_COL &&
           a->arg->col == BASE_DAY;
}

/* MIN(date) and MAX(date) over all registrations, which reports ask for to know the newest day: the
 * snapshot knows them. */
static bool asks_day_edges(const struct access *a, const struct grouping *g)
{
    for (size_t k = 0; k < g->aggs; k++)
        if (!is_day_edge(&g->agg[k]))
            return false;
    return a->wheres == 0 && g->keys == 0 && g->aggs > 0;
}

static int day_edges(struct scope *s, const struct grouping *g, const struct frame **out)
{
    const struct snap *snap = s->b->snap;
    struct frame *f;
    TRY(frame_new(s->b->arena, 1, g->aggs, &f, s->b->err));
    for (size_t k = 0; k < g->aggs; k++) {
        TRY(frame_col_init(s->b->arena, &f->col[k], 1, STR(""), TYPE_DATE, s->b->err));
        f->col[k].null[0] = snap->day_min > snap->day_max;
        f->col[k].i[0] = g->agg[k].kind == AGG_MIN ? snap->day_min : snap->day_max;
    }
    *out = f;
    return 0;
}

int bind_grouping(struct scope *s, const struct grouping *g, const struct ast_pipe *op)
{
    struct step step = {.kind = STEP_AGGREGATE,
                        .at = op->at,
                        .n = op->n,
                        .group = *g,
                        .weight = s->weight,
                        .cols = g->keys + g->aggs};
    if (s->open != NULL && !s->b->snap->narrowed && asks_day_edges(s->open, g)) {
        step.kind = STEP_TABLE;
        TRY(day_edges(s, g, &step.table));
        s->open = NULL;
    } else if (s->open != NULL) {
        TRY(bind_shield(s, s->open, g, op->at, op->n, &step));
        s->open = NULL;
    }
    s->frame_cols = step.cols;
    s->weight = -1;
    return scope_add_step(s, step);
}

static int key_ref(struct scope *s, const struct grouping *g, size_t k, struct expr **out)
{
    const struct expr *key = g->key[k];
    *out = expr_col(s->b->arena, (int)k, key->type == TYPE_NULL ? TYPE_INT64 : key->type);
    if (*out == NULL)
        return bind_memory(s->b);
    (*out)->list = key->list;
    (*out)->level = key->level;
    return 0;
}

static int new_grouping(struct scope *s, size_t keys, struct grouping *g,
                        const struct ast ***key_ast)
{
    *g = (struct grouping){0};
    g->key = ARENA_ARRAY(s->b->arena, struct expr *, keys + 1);
    *key_ast = ARENA_ARRAY(s->b->arena, const struct ast *, keys + 1);
    return g->key == NULL || *key_ast == NULL ? bind_memory(s->b) : 0;
}

static int add_key(struct scope *s, struct grouping *g, const struct ast **key_ast,
                   const struct ast *ast)
{
    struct expr_scope x = {.scope = s, .clause = "GROUP BY clause"};
    struct expr *e;
    TRY(bind_expr(&x, ast, &e));
    if (e->type == TYPE_NULL)
        TRY(bind_coerce(s->b, ast, e, TYPE_INT64, &e));
    key_ast[g->keys] = ast;
    g->key[g->keys++] = e;
    return 0;
}

/* Sorting asked for by suffixes: grouping columns first, then aggregates. */
static int aggregate_order(struct scope *s, const struct ast_pipe *op)
{
    size_t keys = op->group.n;
    struct sort_key *key = ARENA_ARRAY(s->b->arena, struct sort_key, (keys + op->item.n) * 2);
    if (key == NULL)
        return bind_memory(s->b);
    size_t n = 0;
    for (size_t i = 0; i < keys + op->item.n; i++) {
        const struct ast_item *item = i < keys ? &op->group.at[i] : &op->item.at[i - keys];
        bool sorted = item->order != ORDER_NONE || (i < keys && op->group_order);
        if (!sorted && item->nulls != NULLS_DEFAULT)
            return bind_fail(s->b, ERR_SYNTAX, item->expr,
                             "NULLS FIRST and NULLS LAST need ASC or DESC here");
        if (sorted)
            TRY(sort_keys_add(s, key, &n, s->col[i].expr, item));
    }
    if (n == 0)
        return 0;
    return scope_add_step(s, (struct step){.kind = STEP_SORT,
                                           .at = op->at,
                                           .n = op->n,
                                           .sort = key,
                                           .sorts = n,
                                           .limit = SIZE_MAX,
                                           .cols = s->frame_cols});
}

int bind_aggregate(struct scope *s, const struct ast_pipe *op)
{
    struct grouping g;
    const struct ast **key_ast;
    TRY(new_grouping(s, op->group.n, &g, &key_ast));
    for (size_t k = 0; k < op->group.n; k++)
        TRY(add_key(s, &g, key_ast, op->group.at[k].expr));
    struct scope to = {.b = s->b};
    for (size_t k = 0; k < g.keys; k++) {
        struct expr *ref;
        TRY(key_ref(s, &g, k, &ref));
        TRY(scope_add_col(&to, item_name(&op->group.at[k]), STR(""), ref));
    }
    struct expr_scope x = {.scope = s, .clause = "pipe AGGREGATE", .group = &g, .key_ast = key_ast};
    for (size_t k = 0; k < op->item.n; k++) {
        const struct ast *ast = op->item.at[k].expr;
        struct expr *e;
        int rc = bind_expr(&x, ast, &e);
        if (rc != ERR_UNKNOWN_NAME && !ast_has_aggregate(ast))
            return bind_fail(s->b, ERR_TYPE, ast,
                             "Pipe AGGREGATE cannot include expressions that do not include an "
                             "aggregate function");
        TRY(rc);
        TRY(scope_add_col(&to, item_name(&op->item.at[k]), STR(""), e));
    }
    TRY(bind_grouping(s, &g, op));
    s->col = to.col;
    s->n = to.n;
    s->cap = to.cap;
    TRY(scope_settle(s));
    return aggregate_order(s, op);
}

/* Standard SELECT */

/* The item that a name or a number of GROUP BY or ORDER BY stands for; -1: none. */
static int item_meant(struct scope *s, const struct ast_pipe *op, const struct ast *ast,
                      const char *clause, int *index)
{
    *index = -1;
    if (ast->kind == AST_INT) {
        if (ast->i < 1 || (size_t)ast->i > op->item.n)
            return bind_fail(s->b, ERR_VALUE, ast, "%s is out of SELECT column number range: %lld",
                             clause, (long long)ast->i);
        *index = (int)ast->i - 1;
    }
    for (size_t i = 0; *index < 0 && ast->kind == AST_NAME && ast->table.n == 0 && i < op->item.n;
         i++)
        if (op->item.at[i].alias.p != NULL && str_eq_nocase(op->item.at[i].alias, ast->s))
            *index = (int)i;
    return 0;
}

static bool in_scope(const struct scope *s, const struct ast *name)
{
    for (size_t i = 0; name->kind == AST_NAME && i < s->n; i++)
        if (str_eq_nocase(s->col[i].name, name->s))
            return true;
    return false;
}

static int group_keys(struct scope *s, const struct ast_pipe *op, struct grouping *g,
                      const struct ast **key_ast)
{
    for (size_t k = 0; k < op->group.n; k++) {
        const struct ast *ast = op->group.at[k].expr;
        int item;
        TRY(item_meant(s, op, ast, "GROUP BY", &item));
        if (item >= 0 && !in_scope(s, ast))
            ast = op->item.at[item].expr;
        if (ast_has_aggregate(ast))
            return bind_fail(s->b, ERR_TYPE, ast, "GROUP BY cannot contain an aggregate");
        TRY(add_key(s, g, key_ast, ast));
    }
    return 0;
}

static bool select_aggregates(const struct ast_pipe *op)
{
    if (op->grouped || op->expr != NULL)
        return true;
    for (size_t i = 0; i < op->item.n; i++)
        if (ast_has_aggregate(op->item.at[i].expr))
            return true;
    return false;
}

static bool select_windows(const struct ast_pipe *op)
{
    for (size_t i = 0; i < op->item.n; i++)
        if (ast_has_window(op->item.at[i].expr))
            return true;
    for (size_t i = 0; i < op->order.n; i++)
        if (ast_has_window(op->order.at[i].expr))
            return true;
    return false;
}

/* ORDER BY of a standard SELECT: its expressions become columns behind the others. */
static int order_columns(struct expr_scope *x, const struct ast_pipe *op, struct scope *to)
{
    size_t items = to->n;
    bool stars = false;
    for (size_t i = 0; i < op->item.n; i++)
        stars = stars || op->item.at[i].expr->kind == AST_STAR;
    for (size_t k = 0; k < op->order.n; k++) {
        const struct ast *ast = op->order.at[k].expr;
        int item;
        struct expr *e;
        TRY(item_meant(x->scope, op, ast, "ORDER BY", &item));
        if (item >= 0 && !stars && (size_t)item < items)
            e = to->col[item].expr;
        else
            TRY(bind_expr(x, ast, &e));
        TRY(scope_add_col(to, STR(""), STR(""), e));
    }
    return 0;
}

static int select_order(struct scope *s, const struct ast_pipe *op, size_t items)
{
    struct sort_key *key = ARENA_ARRAY(s->b->arena, struct sort_key, op->order.n * 2 + 1);
    if (key == NULL)
        return bind_memory(s->b);
    size_t n = 0;
    for (size_t k = 0; k < op->order.n; k++)
        TRY(sort_keys_add(s, key, &n, s->col[items + k].expr, &op->order.at[k]));
    return scope_add_step(s, (struct step){.kind = STEP_SORT,
                                           .at = op->at,
                                           .n = op->n,
                                           .sort = key,
                                           .sorts = n,
                                           .limit = SIZE_MAX,
                                           .cols = s->frame_cols});
}

static int bind_having(struct expr_scope *x, const struct ast_pipe *op, struct expr **having)
{
    *having = NULL;
    if (op->expr == NULL)
        return 0;
    struct expr_scope h = *x;
    h.clause = "HAVING clause";
    h.windows = NULL;
    h.aliases = &op->item;
    return bind_bool(&h, op->expr, having);
}

static int filter_step(struct scope *s, struct expr *e, const struct ast_pipe *op)
{
    struct expr **list = ARENA_ARRAY(s->b->arena, struct expr *, 1);
    if (list == NULL)
        return bind_memory(s->b);
    list[0] = e;
    return scope_add_step(s, (struct step){.kind = STEP_FILTER,
                                           .at = op->at,
                                           .n = op->n,
                                           .expr = list,
                                           .exprs = 1,
                                           .cols = s->frame_cols});
}

static void adopt(struct scope *s, const struct scope *to)
{
    s->col = to->col;
    s->n = to->n;
    s->cap = to->cap;
}

/* DISTINCT of standard SELECT: ORDER BY may then only name what is selected. */
static int distinct_step(struct scope *s, const struct ast_pipe *op, size_t items)
{
    struct grouping g = {.keys = s->n};
    g.key = ARENA_ARRAY(s->b->arena, struct expr *, s->n);
    if (g.key == NULL)
        return bind_memory(s->b);
    for (size_t i = 0; i < s->n; i++)
        g.key[i] = s->col[i].expr;
    for (size_t k = items; k < s->n; k++) {
        bool selected = false;
        for (size_t i = 0; i < items; i++)
            selected = selected || expr_equal(s->col[i].expr, s->col[k].expr);
        if (!selected)
            return bind_fail(s->b, ERR_TYPE, op->order.at[k - items].expr,
                             "ORDER BY clause expression references a column that is not visible "
                             "after SELECT DISTINCT");
    }
    if (s->open == NULL)
        s->weight = -1;
    TRY(bind_grouping(s, &g, op));
    return scope_over_frame(s);
}

static int finish_select(struct scope *s, const struct ast_pipe *op, size_t items)
{
    if (op->distinct)
        TRY(distinct_step(s, op, items));
    if (op->order.n == 0)
        return 0;
    TRY(scope_settle(s));
    TRY(select_order(s, op, items));
    s->n = items;
    return 0;
}

static int select_grouped(struct scope *s, const struct ast_pipe *op)
{
    struct grouping g;
    const struct ast **key_ast;
    TRY(new_grouping(s, op->group.n, &g, &key_ast));
    TRY(group_keys(s, op, &g, key_ast));
    struct window_list windows = {0};
    struct expr_scope x = {
        .scope = s, .clause = "SELECT list", .group = &g, .key_ast = key_ast, .windows = &windows};
    for (size_t i = 0; i < op->item.n; i++)
        if (op->item.at[i].expr->kind == AST_STAR)
            return bind_fail(s->b, ERR_TYPE, op->item.at[i].expr,
                             "SELECT * is not allowed with GROUP BY or aggregates");
    struct scope to = {.b = s->b};
    struct expr *having;
    TRY(bind_items(&x, &op->item, &to));
    TRY(bind_having(&x, op, &having));
    size_t items = to.n;
    TRY(order_columns(&x, op, &to));
    TRY(bind_grouping(s, &g, op));
    if (having != NULL)
        TRY(filter_step(s, having, op));
    TRY(bind_windows(s, &windows, op));
    adopt(s, &to);
    return finish_select(s, op, items);
}

int bind_select(struct scope *s, const struct ast_pipe *op)
{
    if (op->plain && select_aggregates(op))
        return select_grouped(s, op);
    if (select_windows(op))
        TRY(scope_settle(s));
    struct window_list windows = {0};
    struct expr_scope x = {.scope = s,
                           .clause = op->plain ? "SELECT list without GROUP BY" : "pipe SELECT",
                           .windows = &windows};
    struct scope to = {.b = s->b};
    TRY(bind_items(&x, &op->item, &to));
    size_t items = to.n;
    TRY(order_columns(&x, op, &to));
    TRY(bind_windows(s, &windows, op));
    adopt(s, &to);
    return op->plain ? finish_select(s, op, items) : 0;
}
