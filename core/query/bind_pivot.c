/* SPDX-License-Identifier: MIT
 *
 * PIVOT, UNPIVOT, DESCRIBE: from rows to columns and back. */
#include <stdio.h>

#include "base/date.h"
#include "bind.h"

/* ---- PIVOT: a grouping by all columns that it does not name, with one aggregate a value ---- */

static bool names_column(const struct ast *ast, const struct column *c)
{
    if (ast->kind == AST_NAME && str_eq_nocase(ast->s, c->name))
        return true;
    for (size_t k = 0; k < ast->args; k++)
        if (names_column(ast->arg[k], c))
            return true;
    return false;
}

static bool pivot_uses(const struct ast_pipe *op, const struct column *c)
{
    bool used = names_column(op->expr, c);
    for (size_t k = 0; k < op->item.n; k++)
        used = used || names_column(op->item.at[k].expr, c);
    return used;
}

/* What a value's column is called: its alias, or the value; with the aggregate's alias in front. */
static int pivot_name(struct scope *s, const struct ast_item *agg, const struct ast_item *value,
                      struct str *out)
{
    char digits[48];
    struct str v = value->alias;
    const struct ast *ast = value->expr;
    if (v.p == NULL && ast->kind == AST_STRING)
        v = ast->s;
    else if (v.p == NULL && ast->kind == AST_INT)
        v = (struct str){digits,
                         (size_t)snprintf(digits, sizeof digits, "_%lld", (long long)ast->i)};
    else if (v.p == NULL && ast->kind == AST_DATE) {
        char day[11];
        date_format((int32_t)ast->i, day);
        snprintf(digits, sizeof digits, "_%.4s_%.2s_%.2s", day, day + 5, day + 8);
        v = str_of(digits);
    } else if (v.p == NULL && ast->kind == AST_BOOL)
        v = ast->i ? STR("TRUE") : STR("FALSE");
    else if (v.p == NULL)
        v = (struct str){s->b->text.p + ast->at, ast->n};
    size_t n = v.n + (agg->alias.p != NULL ? agg->alias.n + 1 : 0);
    char *p = arena_alloc(s->b->arena, n + 1);
    if (p == NULL)
        return bind_memory(s->b);
    int prefix = agg->alias.p != NULL ? snprintf(p, n + 1, "%.*s_", STR_ARG(agg->alias)) : 0;
    if (v.n > 0)
        memcpy(p + prefix, v.p, v.n);
    *out = (struct str){p, n};
    return 0;
}

/* The aggregate over the rows that have the value. */
static int pivot_aggregate(struct scope *s, const struct ast *agg, struct expr *is_value,
                           struct agg_spec *spec)
{
    struct binder *b = s->b;
    struct expr_scope x = {.scope = s, .clause = "PIVOT", .in_aggregate = true};
    if (agg->kind != AST_CALL || agg->call->windowed || !agg_is(agg->s))
        return bind_fail(b, ERR_TYPE, agg, "PIVOT expression must be an aggregate function call");
    TRY(bind_agg_spec(&x, agg, spec));
    if (spec->kind == AGG_COUNT) {
        spec->kind = AGG_COUNTIF;
        spec->arg = is_value;
        return 0;
    }
    struct expr **arg = ARENA_ARRAY(b->arena, struct expr *, 3);
    if (arg == NULL)
        return bind_memory(b);
    arg[0] = is_value;
    arg[1] = spec->arg;
    arg[2] = expr_null(b->arena, spec->arg->type);
    if (arg[2] == NULL)
        return bind_memory(b);
    arg[2]->list = spec->arg->list;
    struct expr *e = expr_call(b->arena, &fn_if, spec->arg->type, arg, 3);
    if (e == NULL)
        return bind_memory(b);
    e->list = spec->arg->list;
    e->level = spec->arg->level;
    spec->arg = e;
    return 0;
}

static int pivot_column(struct scope *s, const struct ast_pipe *op, struct expr *column,
                        size_t value, size_t agg, struct grouping *g, struct scope *to)
{
    struct expr_scope x = {.scope = s, .clause = "PIVOT"};
    const struct ast *ast = op->group.at[value].expr;
    struct expr *v;
    struct expr *is_value;
    struct agg_spec spec;
    struct str name;
    size_t index = 0;
    TRY(bind_expr(&x, ast, &v));
    if (v->kind != EXPR_CONST)
        return bind_fail(s->b, ERR_TYPE, ast, "Values of PIVOT must be constants");
    TRY(bind_compare(s, OP_EQ, ast, op->expr, column, ast, v, &is_value));
    TRY(pivot_aggregate(s, op->item.at[agg].expr, is_value, &spec));
    TRY(bind_agg_add(s->b, g, spec, &index));
    TRY(pivot_name(s, &op->item.at[agg], &op->group.at[value], &name));
    struct expr *ref = expr_col(s->b->arena, (int)(g->keys + index), spec.type);
    if (ref != NULL) {
        ref->list = spec.list;
        ref->level = spec.level;
    }
    return scope_add_col(to, name, STR(""), ref);
}

int bind_pivot(struct scope *s, const struct ast_pipe *op)
{
    struct grouping g = {.key = ARENA_ARRAY(s->b->arena, struct expr *, s->n + 1)};
    struct scope to = {.b = s->b};
    struct expr *column;
    if (g.key == NULL)
        return bind_memory(s->b);
    TRY(bind_column(s, op->expr, &column));
    for (size_t i = 0; i < s->n; i++) {
        if (pivot_uses(op, &s->col[i]))
            continue;
        const struct expr *key = s->col[i].expr;
        struct expr *ref = expr_col(s->b->arena, (int)g.keys, key->type);
        g.key[g.keys++] = s->col[i].expr;
        if (ref != NULL) {
            ref->list = key->list;
            ref->level = key->level;
        }
        TRY(scope_add_col(&to, s->col[i].name, STR(""), ref));
    }
    for (size_t v = 0; v < op->group.n; v++)
        for (size_t k = 0; k < op->item.n; k++)
            TRY(pivot_column(s, op, column, v, k, &g, &to));
    TRY(bind_grouping(s, &g, op));
    s->col = to.col;
    s->n = to.n;
    s->cap = to.cap;
    return scope_settle(s);
}

/* ---- UNPIVOT ---- */

static int unpivot_index(struct scope *s, const struct ast *name, size_t *index)
{
    for (size_t i = 0; i < s->n; i++)
        if (str_eq_nocase(s->col[i].name, name->s)) {
            *index = i;
            return 0;
        }
    struct expr *e;
    int rc = bind_column(s, name, &e);
    return rc < 0 ? rc
                  : bind_fail(s->b, ERR_UNKNOWN_NAME, name, "Unrecognized name: %.*s",
                              STR_ARG(name->s));
}

int bind_unpivot(struct scope *s, const struct ast_pipe *op)
{
    struct binder *b = s->b;
    size_t n = op->item.n;
    TRY(scope_settle(s));
    struct expr **expr = ARENA_ARRAY(b->arena, struct expr *, s->n + n);
    struct str *text = ARENA_ARRAY(b->arena, struct str, n);
    bool *turned = ARENA_ARRAY(b->arena, bool, s->n + 1);
    struct scope to = {.b = b};
    if (expr == NULL || text == NULL || turned == NULL)
        return bind_memory(b);
    struct expr **value = expr + s->n;
    for (size_t k = 0; k < n; k++) {
        size_t i = 0;
        TRY(unpivot_index(s, op->item.at[k].expr, &i));
        turned[i] = true;
        value[k] = s->col[i].expr;
        text[k] = op->item.at[k].alias.p != NULL ? op->item.at[k].alias : s->col[i].name;
    }
    struct ast at = {.at = op->at, .n = op->n};
    TRY(bind_common(b, &at, value, n));
    size_t kept = 0;
    for (size_t i = 0; i < s->n; i++) {
        if (turned[i])
            continue;
        expr[kept++] = s->col[i].expr;
        TRY(scope_add_col(&to, s->col[i].name, STR(""), s->col[i].expr));
    }
    memmove(expr + kept, value, n * sizeof(struct expr *));
    TRY(scope_add_col(&to, op->name, STR(""), expr[kept]));
    TRY(scope_add_col(&to, op->name_column, STR(""), expr_null(b->arena, TYPE_STRING)));
    s->col = to.col;
    s->n = to.n;
    s->cap = to.cap;
    s->weight = -1;
    s->frame_cols = s->n;
    TRY(scope_over_frame(s));
    return scope_add_step(s, (struct step){.kind = STEP_UNPIVOT,
                                           .at = op->at,
                                           .n = op->n,
                                           .expr = expr,
                                           .exprs = kept + n,
                                           .kept = kept,
                                           .text = text,
                                           .keep_nulls = op->keep_nulls,
                                           .cols = s->n});
}

/* ---- DESCRIBE: a row for each column ---- */

int bind_describe(struct scope *s, const struct ast_pipe *op)
{
    struct binder *b = s->b;
    struct frame *f;
    TRY(frame_new(b->arena, s->n, 2, &f, b->err));
    TRY(frame_col_init(b->arena, &f->col[0], s->n, STR("column"), TYPE_STRING, b->err));
    TRY(frame_col_init(b->arena, &f->col[1], s->n, STR("type"), TYPE_STRING, b->err));
    for (size_t i = 0; i < s->n; i++) {
        f->col[0].s[i] = s->col[i].name;
        f->col[1].s[i] = str_of(type_name(s->col[i].expr->type));
    }
    struct scope to = {.b = b};
    TRY(scope_add_col(&to, STR("column"), STR(""), expr_col(b->arena, 0, TYPE_STRING)));
    TRY(scope_add_col(&to, STR("type"), STR(""), expr_col(b->arena, 1, TYPE_STRING)));
    s->col = to.col;
    s->n = to.n;
    s->cap = to.cap;
    s->open = NULL;
    s->weight = -1;
    s->frame_cols = 2;
    s->plan->steps = 0; /* nothing of what came before needs to run */
    return scope_add_step(
        s, (struct step){.kind = STEP_TABLE, .at = op->at, .n = op->n, .table = f, .cols = 2});
}
