/* SPDX-License-Identifier: MIT
 *
 * Subqueries that see the query around them. One that compares columns of its own with those of
 * the query around it,
 *
 *     (SELECT SUM(target) FROM goals g WHERE g.block = r.block AND g.target > 0)
 *
 * is run once, without these comparisons, for all values of its columns at once:
 *
 *     SELECT g.block, SUM(target) FROM goals g WHERE g.target > 0 GROUP BY g.block
 *
 * and each row of the query around looks its value up (lookup.h). EXISTS asks for the different
 * values of the columns alone, IN for those together with the value. Where no row compares equal,
 * an aggregate gives what it gives of no rows. */
#include "bind.h"
#include "lookup.h"
#include "run.h"

/* A subquery taken apart. */
struct apart {
    struct expr_scope *x; /* of the query around */
    const struct ast *ast;
    struct scope probe; /* the names of the subquery at the operator at hand */
    struct ast *inner[LOOKUP_KEYS_MAX], *outer[LOOKUP_KEYS_MAX]; /* compared pair by pair */
    size_t keys;
    struct ast_query query;      /* the operators that stay, without the comparisons */
    const struct ast_pipe *last; /* what gives its value; NULL: none */
};

static int cannot(struct apart *a, const struct ast *at, const char *what)
{
    struct binder *b = a->x->scope->b;
    bind_fail(b, ERR_UNSUPPORTED, at,
              "A correlated subquery is supported by this server where its WHERE says inner column "
              "= outer column, and %s",
              what);
    err_hint(b->err, "write it as a JOIN");
    return ERR_UNSUPPORTED;
}

static struct ast_pipe *add_pipe(struct apart *a, const struct ast_pipe *op)
{
    struct ast_query *q = &a->query;
    if (q->pipes == q->pipes_cap)
        return NULL;
    q->pipe[q->pipes] = *op;
    return &q->pipe[q->pipes++];
}

/* ---- whose names are these? ---- */

enum { NAMES_INNER = 1, NAMES_OUTER = 2 };

static int names_of(const struct apart *a, const struct ast *e)
{
    int found = 0;
    if (e->kind == AST_NAME) {
        if (scope_has_column(&a->probe, e))
            return NAMES_INNER;
        return scope_has_column(a->x->scope, e) ? NAMES_OUTER : NAMES_INNER;
    }
    if (e->query != NULL)
        return NAMES_INNER | NAMES_OUTER; /* not looked into */
    for (size_t k = 0; k < e->args; k++)
        found |= names_of(a, e->arg[k]);
    return found;
}

/* One condition: a comparison with the query around is taken out, another stays. */
static int take_condition(struct apart *a, struct ast *cond, struct ast **stay, size_t *stays)
{
    bool equal = cond->kind == AST_BINARY && cond->op == OP_EQ;
    int l = equal ? names_of(a, cond->arg[0]) : 0;
    int r = equal ? names_of(a, cond->arg[1]) : 0;
    bool pair = equal && (l | r) == (NAMES_INNER | NAMES_OUTER) && (l & r) == 0;
    if (!pair) {
        stay[(*stays)++] = cond;
        return 0;
    }
    if (a->keys == LOOKUP_KEYS_MAX)
        return cannot(a, cond, "not more than 8 times");
    a->inner[a->keys] = cond->arg[l == NAMES_INNER ? 0 : 1];
    a->outer[a->keys++] = cond->arg[l == NAMES_INNER ? 1 : 0];
    return 0;
}

static int take_where(struct apart *a, const struct ast_pipe *op)
{
    struct binder *b = a->x->scope->b;
    bool several = op->expr->kind == AST_AND;
    size_t n = several ? op->expr->args : 1;
    struct ast **stay = ARENA_ARRAY(b->arena, struct ast *, n);
    struct ast *rest = ARENA_NEW(b->arena, struct ast);
    size_t stays = 0;
    if (stay == NULL || rest == NULL)
        return bind_memory(b);
    for (size_t i = 0; i < n; i++)
        TRY(take_condition(a, several ? op->expr->arg[i] : op->expr, stay, &stays));
    if (stays == 0)
        return 0;
    *rest = *op->expr;
    if (several) {
        rest->arg = stay;
        rest->args = stays;
    }
    struct ast_pipe *where = add_pipe(a, op);
    where->expr = stays == 1 ? stay[0] : rest;
    return 0;
}

static bool has_window(const struct ast_pipe *op)
{
    for (size_t i = 0; i < op->item.n; i++)
        if (ast_has_window(op->item.at[i].expr))
            return true;
    return false;
}

/* May it stay before what gives the value? Behind a comparison with the query around, which is done
 * later than it was written, only what changes neither the names nor depends on other rows. */
static bool goes_before(const struct apart *a, const struct ast_pipe *op)
{
    if (op->kind == PIPE_WHERE)
        return a->keys == 0 || !ast_has_window(op->expr);
    if (op->kind == PIPE_EXTEND)
        return a->keys == 0 || !has_window(op);
    return a->keys == 0 && (op->kind == PIPE_SET || op->kind == PIPE_RENAME ||
                            op->kind == PIPE_AS || op->kind == PIPE_JOIN || op->kind == PIPE_DROP);
}

/* Whether there is a row is as before. */
static bool same_rows(const struct ast_pipe *op)
{
    return op->kind == PIPE_ORDER || op->kind == PIPE_DISTINCT ||
           (op->kind == PIPE_LIMIT && op->expr->kind == AST_INT && op->expr->i > 0 &&
            op->offset == NULL);
}

static int open_probe(struct apart *a)
{
    struct binder *b = a->x->scope->b;
    a->probe = (struct scope){.b = b, .weight = -1, .plan = ARENA_NEW(b->arena, struct plan)};
    for (int l = 0; l < PLACE_LEVELS; l++)
        a->probe.within[l] = PLACE_NONE;
    if (a->probe.plan == NULL)
        return bind_memory(b);
    return bind_source(&a->probe, &a->query, &a->query.source);
}

/* Up to the operator that gives the value, which becomes *at. */
static int take_pipes(struct apart *a, const struct ast_query *q, size_t *at)
{
    TRY(open_probe(a));
    for (; *at < q->pipes; (*at)++) {
        const struct ast_pipe *op = &q->pipe[*at];
        if (!goes_before(a, op))
            break;
        if (op->kind == PIPE_WHERE) {
            TRY(take_where(a, op));
            continue;
        }
        TRY(bind_operator(&a->probe, op));
        add_pipe(a, op);
    }
    return 0;
}

static int take_apart(struct apart *a)
{
    struct binder *b = a->x->scope->b;
    const struct ast_query *q = a->ast->query;
    struct outer_scope around = {a->x->scope, b->outer};
    size_t i = 0;
    a->query = *q;
    a->query.pipes = 0;
    a->query.pipes_cap = q->pipes + 4;
    a->query.pipe = ARENA_ARRAY(b->arena, struct ast_pipe, q->pipes + 4);
    if (a->query.pipe == NULL)
        return bind_memory(b);
    if (!q->has_source)
        return cannot(a, a->ast, "it has a FROM");
    b->outer = &around;
    b->met_outer = false;
    int rc = take_pipes(a, q, &i);
    b->outer = around.next;
    if (rc == ERR_UNSUPPORTED && b->met_outer)
        return cannot(a, a->ast, "names no outer column elsewhere");
    TRY(rc);
    if (a->keys == 0)
        return cannot(a, a->ast, "this one says nothing of the kind");
    a->last = i < q->pipes ? &q->pipe[i++] : NULL;
    for (; i < q->pipes; i++) {
        if (a->ast->kind != AST_EXISTS || !same_rows(&q->pipe[i]))
            return cannot(a, a->ast, "nothing follows what gives its value");
    }
    return 0;
}

/* ---- the query without them ---- */

static int add_item(struct binder *b, struct ast_items *to, struct ast *expr, const char *name)
{
    if (to->n == to->cap) {
        size_t cap = to->cap ? to->cap * 2 : LOOKUP_KEYS_MAX + 2;
        struct ast_item *grown = ARENA_ARRAY(b->arena, struct ast_item, cap);
        if (grown == NULL)
            return bind_memory(b);
        if (to->n > 0)
            memcpy(grown, to->at, to->n * sizeof *grown);
        to->at = grown;
        to->cap = cap;
    }
    to->at[to->n++] = (struct ast_item){.expr = expr, .alias = str_of(name)};
    return 0;
}

static int key_items(struct apart *a, struct ast_items *to)
{
    static const char *const name[LOOKUP_KEYS_MAX] = {"$1", "$2", "$3", "$4",
                                                      "$5", "$6", "$7", "$8"};
    *to = (struct ast_items){0};
    for (size_t k = 0; k < a->keys; k++)
        TRY(add_item(a->x->scope->b, to, a->inner[k], name[k]));
    return 0;
}

static bool has_aggregate(const struct ast_pipe *op)
{
    for (size_t i = 0; i < op->item.n; i++)
        if (ast_has_aggregate(op->item.at[i].expr))
            return true;
    return op->kind == PIPE_AGGREGATE;
}

/* A plain list of columns, without grouping. */
static bool is_list(const struct ast_pipe *op)
{
    return op->kind == PIPE_SELECT && !has_aggregate(op) && !has_window(op) && !op->grouped &&
           op->expr == NULL;
}

/* The one expression of the list. */
static struct ast *one_item(const struct ast_pipe *op)
{
    return op->item.n == 1 && op->item.at[0].expr->kind != AST_STAR ? op->item.at[0].expr : NULL;
}

/* SELECT keys..., value; each combination once with `distinct`. */
static int select_keys(struct apart *a, struct ast *value, bool distinct)
{
    struct ast_pipe op = {.kind = PIPE_SELECT, .at = a->ast->at, .n = a->ast->n};
    TRY(key_items(a, &op.item));
    if (value != NULL)
        TRY(add_item(a->x->scope->b, &op.item, value, "$value"));
    add_pipe(a, &op);
    op = (struct ast_pipe){.kind = PIPE_DISTINCT, .at = a->ast->at, .n = a->ast->n};
    if (distinct)
        add_pipe(a, &op);
    return 0;
}

/* AGGREGATE value GROUP BY keys. */
static int aggregate_keys(struct apart *a)
{
    struct ast_pipe op = *a->last;
    struct ast_items keys;
    struct ast *value = one_item(a->last);
    TRY(key_items(a, &keys));
    op.group = keys;
    op.grouped = true;
    op.order = (struct ast_items){0};
    if (op.kind == PIPE_SELECT) {
        op.item = keys;
        op.item.cap = op.item.n; /* the list of GROUP BY stays as it is */
        TRY(add_item(a->x->scope->b, &op.item, value, "$value"));
        for (size_t k = 0; k < a->keys; k++)
            op.group.at[k].alias = STR_NULL;
    }
    add_pipe(a, &op);
    return 0;
}

/* ---- its answer, to be looked up ---- */

/* Keys of both sides as one type: arguments over the query around, columns of the answer. */
static int pair_keys(struct apart *a, const struct plan *plan, const struct frame *f,
                     struct lookup *l, struct expr **arg, struct ast *const *outer, size_t n)
{
    struct binder *b = a->x->scope->b;
    struct frame_col *key = ARENA_ARRAY(b->arena, struct frame_col, n);
    if (key == NULL)
        return bind_memory(b);
    for (size_t k = 0; k < n; k++) {
        const struct expr *like = plan->col[k].expr;
        struct expr *right = expr_col(b->arena, (int)k, like->type);
        if (right == NULL)
            return bind_memory(b);
        right->list = like->list;
        right->level = like->level;
        TRY(bind_expr(a->x, outer[k], &arg[k]));
        int rc = bind_pair(a->x->scope, false, outer[k], &arg[k], a->ast, &right);
        TRY(rc);
        if (rc > 0)
            return bind_fail(b, ERR_TYPE, outer[k], "Cannot compare %s with %s of the subquery",
                             type_name(arg[k]->type), type_name(like->type));
        if (f != NULL)
            TRY(frame_column(b->run, f, right, &key[k]));
    }
    l->key = key;
    return 0;
}

static int look_up(struct apart *a, struct lookup *l, enum type type, struct expr **arg, size_t n,
                   struct expr **out)
{
    struct binder *b = a->x->scope->b;
    TRY(lookup_sort(b->run, l));
    struct expr *e = expr_call(b->arena, &fn_lookup, type, arg, n);
    if (e == NULL)
        return bind_memory(b);
    e->aux = l;
    e->at = a->ast->at;
    e->n = a->ast->n;
    *out = e;
    return 0;
}

/* Runs what was put together. Without names of the query around there is nothing left to fail of.
 */
static int run_apart(struct apart *a, const struct ast_query *q, struct plan **plan,
                     struct frame **f)
{
    struct ast ast = *a->ast;
    struct ast_query query = *q;
    ast.query = &query;
    int rc = bind_run_inner(a->x, &ast, plan, f);
    if (rc == ERR_UNSUPPORTED && a->x->scope->b->met_outer)
        return cannot(a, a->ast, "names no outer column elsewhere");
    return rc;
}

static int exists(struct apart *a, struct lookup *l, struct expr **out)
{
    struct binder *b = a->x->scope->b;
    struct plan *plan;
    struct frame *f;
    struct expr **arg = ARENA_ARRAY(b->arena, struct expr *, a->keys);
    if (arg == NULL)
        return bind_memory(b);
    if (a->last != NULL && !same_rows(a->last) && !is_list(a->last))
        return cannot(a, a->ast, "EXISTS is asked of a plain list of rows");
    TRY(select_keys(a, NULL, true));
    TRY(run_apart(a, &a->query, &plan, &f));
    l->kind = LOOKUP_EXISTS;
    l->rows = f != NULL ? f->rows : 0;
    TRY(pair_keys(a, plan, f, l, arg, a->outer, a->keys));
    return look_up(a, l, TYPE_BOOL, arg, a->keys, out);
}

/* What the aggregate gives of no rows. */
static int value_of_none(struct apart *a, size_t before, struct value *out)
{
    struct ast never = {.kind = AST_BOOL, .at = a->ast->at, .n = a->ast->n};
    struct ast_pipe where = {.kind = PIPE_WHERE, .at = a->ast->at, .n = a->ast->n, .expr = &never};
    struct ast_query q = a->query;
    struct plan *plan;
    struct frame *f;
    q.pipe = ARENA_ARRAY(a->x->scope->b->arena, struct ast_pipe, before + 2);
    if (q.pipe == NULL)
        return bind_memory(a->x->scope->b);
    memcpy(q.pipe, a->query.pipe, before * sizeof *q.pipe);
    q.pipe[before] = where;
    q.pipe[before + 1] = *a->last;
    q.pipes = before + 2;
    TRY(run_apart(a, &q, &plan, &f));
    *out = f != NULL && f->rows == 1 ? vec_get(&f->col[0], 0) : (struct value){.null = true};
    return 0;
}

static int scalar(struct apart *a, struct lookup *l, struct expr **out)
{
    struct binder *b = a->x->scope->b;
    struct plan *plan;
    struct frame *f;
    size_t before = a->query.pipes;
    struct expr **arg = ARENA_ARRAY(b->arena, struct expr *, a->keys);
    if (arg == NULL)
        return bind_memory(b);
    bool list = a->last != NULL && is_list(a->last) && !a->last->distinct;
    bool one = a->last != NULL && has_aggregate(a->last) && !a->last->grouped &&
               a->last->group.n == 0 && (a->last->kind == PIPE_AGGREGATE || a->last->expr == NULL);
    if ((!list && !one) || one_item(a->last) == NULL || has_window(a->last))
        return cannot(a, a->ast, "its value is one column or one aggregate without GROUP BY");
    TRY(one ? aggregate_keys(a) : select_keys(a, one_item(a->last), false));
    TRY(run_apart(a, &a->query, &plan, &f));
    l->kind = LOOKUP_VALUE;
    l->rows = f != NULL ? f->rows : 0;
    l->value = f != NULL ? &f->col[a->keys] : NULL;
    l->missing = (struct value){.null = true};
    TRY(pair_keys(a, plan, f, l, arg, a->outer, a->keys));
    if (one)
        TRY(value_of_none(a, before, &l->missing));
    const struct expr *like = plan->col[a->keys].expr;
    TRY(look_up(a, l, like->type == TYPE_NULL ? TYPE_INT64 : like->type, arg, a->keys, out));
    (*out)->list = like->list;
    (*out)->level = like->level;
    return 0;
}

static int among(struct apart *a, struct lookup *l, struct expr **out)
{
    struct binder *b = a->x->scope->b;
    struct plan *plan;
    struct frame *f;
    struct ast *outer[LOOKUP_KEYS_MAX + 1];
    struct expr **arg = ARENA_ARRAY(b->arena, struct expr *, a->keys + 1);
    if (arg == NULL)
        return bind_memory(b);
    if (a->last == NULL || !is_list(a->last) || one_item(a->last) == NULL)
        return cannot(a, a->ast, "IN is asked of a plain list of one column");
    TRY(select_keys(a, one_item(a->last), true));
    TRY(run_apart(a, &a->query, &plan, &f));
    l->kind = LOOKUP_IN;
    l->rows = f != NULL ? f->rows : 0;
    memcpy(outer, a->outer, sizeof a->outer);
    outer[a->keys] = a->ast->arg[0];
    TRY(pair_keys(a, plan, f, l, arg, outer, a->keys + 1));
    return look_up(a, l, TYPE_BOOL, arg, a->keys + 1, out);
}

int bind_correlated(struct expr_scope *x, const struct ast *ast, struct expr **out)
{
    struct binder *b = x->scope->b;
    struct apart *a = ARENA_NEW(b->arena, struct apart);
    struct lookup *l = ARENA_NEW(b->arena, struct lookup);
    if (a == NULL || l == NULL)
        return bind_memory(b);
    a->x = x;
    a->ast = ast;
    TRY(take_apart(a));
    l->keys = a->keys;
    if (ast->kind == AST_EXISTS)
        return exists(a, l, out);
    return ast->kind == AST_IN ? among(a, l, out) : scalar(a, l, out);
}
