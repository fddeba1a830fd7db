/* SPDX-License-Identifier: MIT
 *
 * Subqueries in expressions. One that does not see the query around it is run once, while that
 * query is bound, and what it gives are constants: a day, a set of blocks. The planner then treats
 * them as if they had been written there, and the cube answers where it would have. Those that do
 * are for bind_outer.c.
 *
 * While a plugin is checked nothing is run: types are looked at, values are NULL. */
#include "bind.h"
#include "group.h"
#include "run.h"

/* Binds and runs it. The scope around it is remembered, to tell of names that belong there. */
int bind_run_inner(struct expr_scope *x, const struct ast *ast, struct plan **plan,
                   struct frame **out)
{
    struct binder *b = x->scope->b;
    struct outer_scope around = {x->scope, b->outer};
    *out = NULL;
    if (b->fn_depth > 0)
        return bind_fail(b, ERR_UNSUPPORTED, ast,
                         "A function of a plugin cannot hold a subquery on this server");
    b->outer = &around;
    b->met_outer = false;
    int rc = bind_query(b, ast->query, plan);
    b->outer = around.next;
    TRY(rc);
    if (b->check)
        return 0;
    if (b->run->measure)
        TRY(plan_measure(b->run, *plan));
    TRY(plan_run(b->run, *plan, out));
    return run_note_subquery(b->run, *plan, (*out)->rows);
}

static int one_column(struct binder *b, const struct ast *ast, const struct plan *plan,
                      const char *what)
{
    if (plan->cols == 1)
        return 0;
    return bind_fail(b, ERR_TYPE, ast, "%s must have exactly one column, but has %zu", what,
                     plan->cols);
}

/* A constant of the same kind as a column. */
static int constant_like(struct binder *b, const struct expr *like, struct value v,
                         struct expr **out)
{
    v.type = like->type == TYPE_NULL ? TYPE_INT64 : like->type;
    *out = expr_const(b->arena, v);
    if (*out == NULL)
        return bind_memory(b);
    (*out)->list = like->list;
    (*out)->level = like->level;
    return 0;
}

/* The failure is a name of the query around this one, and may be done without. */
static bool is_correlated(struct binder *b, int rc)
{
    if (rc != ERR_UNSUPPORTED || !b->met_outer)
        return false;
    err_clear(b->err);
    return true;
}

int bind_subquery(struct expr_scope *x, const struct ast *ast, struct expr **out)
{
    struct binder *b = x->scope->b;
    struct plan *plan;
    struct frame *f;
    struct value v = {.null = true};
    int rc = bind_run_inner(x, ast, &plan, &f);
    if (is_correlated(b, rc))
        return bind_correlated(x, ast, out);
    TRY(rc);
    if (ast->kind == AST_EXISTS) {
        v = (struct value){.type = TYPE_BOOL, .i = f != NULL && f->rows > 0};
        *out = expr_const(b->arena, v);
        return *out == NULL ? bind_memory(b) : 0;
    }
    TRY(one_column(b, ast, plan, "A scalar subquery"));
    if (f != NULL && f->rows > 1)
        return bind_fail(b, ERR_VALUE, ast, "Scalar subquery produced more than one element");
    if (f != NULL && f->rows == 1)
        v = vec_get(&f->col[0], 0);
    return constant_like(b, plan->col[0].expr, v, out);
}

/* ---- IN ---- */

/* The value and a column of the subquery as one type: `left` over the scope, `right` over the
 * subquery's frame. Texts are compared as texts: they are data and not looked up. */
static int common_type(struct expr_scope *x, const struct ast *ast, const struct expr *like,
                       struct expr **left, struct expr **right)
{
    struct binder *b = x->scope->b;
    struct expr *was = *left;
    *right = expr_col(b->arena, 0, like->type == TYPE_NULL ? TYPE_INT64 : like->type);
    if (*right == NULL)
        return bind_memory(b);
    (*right)->list = like->list;
    (*right)->level = like->level;
    int rc = bind_pair(x->scope, false, ast->arg[0], left, ast, right);
    TRY(rc);
    if (rc > 0)
        return bind_fail(b, ERR_TYPE, ast,
                         "Cannot execute IN subquery with uncomparable types %s and %s",
                         type_name(was->type), type_name(like->type));
    return 0;
}

/* A text of a dictionary is looked for by its id; one that is not there has none. */
static struct value dict_id(const struct expr *left, struct value v)
{
    struct dict *d = NULL;
    memcpy(&d, &left->aux, sizeof d);
    return (struct value){.type = TYPE_INT64, .null = v.null, .i = v.null ? 0 : dict_find(d, v.s)};
}

/* The different values of the column, n of them; NULL is one. */
static int distinct_values(struct binder *b, const struct frame_col *from, size_t rows,
                           struct intern *out)
{
    enum { CHUNK = 2048 };
    uint32_t ordinal[CHUNK];
    intern_init(out, b->arena, from->type, from->list);
    for (size_t at = 0; at < rows; at += CHUNK) {
        struct frame_col part = vec_from(from, at);
        TRY(run_check(b->run));
        TRY(intern_add(out, &part, rows - at < CHUNK ? rows - at : CHUNK, ordinal, b->err));
    }
    return 0;
}

/* left IN (the values), as if they had been listed. */
static int in_values(struct binder *b, struct expr *left, const struct intern *values,
                     struct expr **out)
{
    bool by_id = left->kind == EXPR_CALL && left->fn == &fn_dict_text;
    struct expr **arg = ARENA_ARRAY(b->arena, struct expr *, values->n + 1);
    if (arg == NULL)
        return bind_memory(b);
    arg[0] = by_id ? left->arg[0] : left;
    for (size_t i = 0; i < values->n; i++) {
        struct value v = vec_get(&values->value, i);
        TRY(constant_like(b, arg[0], by_id ? dict_id(left, v) : v, &arg[i + 1]));
    }
    *out = expr_fold(&b->fold, expr_call(b->arena, &fn_in, TYPE_BOOL, arg, values->n + 1));
    return *out == NULL ? bind_memory(b) : 0;
}

int bind_in_subquery(struct expr_scope *x, const struct ast *ast, struct expr **out)
{
    struct binder *b = x->scope->b;
    struct plan *plan;
    struct frame *f;
    struct expr *left;
    struct expr *right;
    struct frame_col col;
    struct intern values;
    TRY(bind_expr(x, ast->arg[0], &left));
    int rc = bind_run_inner(x, ast, &plan, &f);
    if (is_correlated(b, rc))
        return bind_correlated(x, ast, out);
    TRY(rc);
    TRY(one_column(b, ast, plan, "A subquery of IN"));
    TRY(common_type(x, ast, plan->col[0].expr, &left, &right));
    struct value never = {.type = TYPE_BOOL};
    if (f == NULL || f->rows == 0) { /* even of NULL it is known that it is not among none */
        *out = expr_const(b->arena, never);
        return *out == NULL ? bind_memory(b) : 0;
    }
    TRY(frame_column(b->run, f, right, &col));
    TRY(distinct_values(b, &col, f->rows, &values));
    return in_values(b, left, &values, out);
}
