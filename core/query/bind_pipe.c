/* SPDX-License-Identifier: MIT
 *
 * Pipe operators. While registrations are not read yet (scope->open), WHERE, SELECT, EXTEND, SET,
 * DROP, RENAME and AS cost nothing: they only change what the names mean, until an AGGREGATE can
 * take all of it into one access. */
#include "bind.h"

#include "base/limits.h"
#include "shield.h"

int scope_add_step(struct scope *s, struct step step)
{
    struct plan *p = s->plan;
    struct binder *b = s->b;
    if (++b->steps > STEPS_MAX)
        return bind_fail_at(b, ERR_LIMIT, step.at, step.n, "The query has more than %d steps.",
                            STEPS_MAX);
    struct step *grown = arena_grown(b->arena, p->step, p->steps, &p->steps_cap, sizeof *grown);
    if (grown == NULL)
        return bind_memory(b);
    p->step = grown;
    p->step[p->steps++] = step;
    return 0;
}

int scope_add_col(struct scope *s, struct str name, struct str table, struct expr *e)
{
    if (e == NULL)
        return bind_memory(s->b);
    struct column *grown = arena_grown(s->b->arena, s->col, s->n, &s->cap, sizeof *grown);
    if (grown == NULL)
        return bind_memory(s->b);
    s->col = grown;
    if (s->n >= QUERY_COLUMNS_MAX)
        return err_set(s->b->err, ERR_LIMIT, "The query makes more than %d columns.",
                       QUERY_COLUMNS_MAX);
    s->col[s->n++] = (struct column){name, table, e};
    return 0;
}

/* A reference to column i of the frame, of the same kind as e. */
static struct expr *frame_ref(struct scope *s, size_t i, const struct expr *e)
{
    struct expr *ref = expr_col(s->b->arena, (int)i, e->type == TYPE_NULL ? TYPE_INT64 : e->type);
    if (ref != NULL) {
        ref->list = e->list;
        ref->level = e->level;
    }
    return ref;
}

int scope_over_frame(struct scope *s)
{
    struct column *col = ARENA_ARRAY(s->b->arena, struct column, s->n + 1);
    if (col == NULL)
        return bind_memory(s->b);
    for (size_t i = 0; i < s->n; i++) {
        col[i] = s->col[i];
        col[i].expr = frame_ref(s, i, s->col[i].expr);
        if (col[i].expr == NULL)
            return bind_memory(s->b);
    }
    s->col = col;
    s->cap = s->n + 1;
    return 0;
}

static bool is_settled(const struct scope *s)
{
    if (s->open != NULL || s->frame_cols != s->n + (s->weight >= 0) ||
        (s->weight >= 0 && (size_t)s->weight != s->n))
        return false;
    for (size_t i = 0; i < s->n; i++)
        if (s->col[i].expr->kind != EXPR_COL || s->col[i].expr->col != (int)i)
            return false;
    return true;
}

int scope_settle(struct scope *s)
{
    if (is_settled(s))
        return 0;
    struct binder *b = s->b;
    bool weighted = s->open != NULL || s->weight >= 0;
    size_t n = s->n + (weighted ? 1 : 0);
    struct expr **out = ARENA_ARRAY(b->arena, struct expr *, n);
    if (out == NULL)
        return bind_memory(b);
    for (size_t i = 0; i < s->n; i++) {
        TRY(s->col[i].expr->type == TYPE_NULL
                ? bind_coerce(b, NULL, s->col[i].expr, TYPE_INT64, &out[i])
                : 0);
        if (out[i] == NULL)
            out[i] = s->col[i].expr;
    }
    struct step step = {.kind = STEP_PROJECT, .expr = out, .exprs = n, .cols = n};
    if (weighted) {
        out[s->n] = expr_col(b->arena, s->open ? BASE_COUNT : s->weight, TYPE_INT64);
        if (out[s->n] == NULL)
            return bind_memory(b);
        out[s->n]->deps = s->open ? BASE_BIT(BASE_COUNT) : 0;
        s->weight = (int)s->n;
    }
    if (s->open != NULL) {
        s->open->out = out;
        s->open->outs = n;
        s->open->rows_max = SIZE_MAX;
        TRY(shield_rows(s, s->open));
        step = (struct step){.kind = STEP_ACCESS, .access = s->open, .cols = n};
        s->open = NULL;
    }
    TRY(scope_add_step(s, step));
    s->frame_cols = n;
    return scope_over_frame(s);
}

/* Computed columns of a frame are computed once, where they are written. */
static int settle_computed(struct scope *s)
{
    for (size_t i = 0; s->open == NULL && i < s->n; i++)
        if (s->col[i].expr->kind == EXPR_CALL)
            return scope_settle(s);
    return 0;
}

int bind_windows(struct scope *s, struct window_list *w, const struct ast_pipe *op)
{
    if (w->n == 0)
        return 0;
    ASSERT(s->open == NULL);
    for (size_t k = 0; k < w->n; k++)
        w->at[k].ref->col = (int)(s->frame_cols + k);
    s->frame_cols += w->n;
    struct step step = {.kind = STEP_WINDOW,
                        .at = op->at,
                        .n = op->n,
                        .window = w->at,
                        .windows = w->n,
                        .weight = s->weight,
                        .cols = s->frame_cols};
    return scope_add_step(s, step);
}

struct str item_name(const struct ast_item *item)
{
    if (item->alias.p != NULL)
        return item->alias;
    return item->expr->kind == AST_NAME ? item->expr->s : STR("");
}

static bool items_have_window(const struct ast_items *items)
{
    for (size_t i = 0; i < items->n; i++)
        if (ast_has_window(items->at[i].expr))
            return true;
    return false;
}

/* WHERE */

int scope_add_where(struct scope *s, struct expr *e)
{
    struct access *a = s->open;
    struct expr **grown =
        arena_grown(s->b->arena, a->where, a->wheres, &a->wheres_cap, sizeof(struct expr *));
    if (grown == NULL)
        return bind_memory(s->b);
    a->where = grown;
    a->where[a->wheres++] = e;
    return 0;
}

static int add_filter(struct scope *s, struct expr *e, const struct ast_pipe *op)
{
    struct expr **list = ARENA_ARRAY(s->b->arena, struct expr *, 1);
    if (list == NULL)
        return bind_memory(s->b);
    list[0] = e;
    struct step step = {.kind = STEP_FILTER,
                        .at = op->at,
                        .n = op->n,
                        .expr = list,
                        .exprs = 1,
                        .cols = s->frame_cols};
    return scope_add_step(s, step);
}

static int bind_where(struct scope *s, const struct ast_pipe *op)
{
    if (ast_has_window(op->expr))
        TRY(scope_settle(s));
    struct window_list windows = {0};
    struct expr_scope x = {.scope = s, .clause = "WHERE clause", .windows = &windows};
    const struct ast *whole = op->expr;
    bool conjunction = whole->kind == AST_AND;
    const struct ast *const *cond = conjunction ? (const struct ast *const *)whole->arg : &whole;
    size_t n = conjunction ? whole->args : 1;
    TRY(bind_within(s, cond, n));
    struct expr *e;
    if (s->open == NULL) {
        TRY(bind_bool(&x, whole, &e));
        TRY(bind_windows(s, &windows, op));
        return add_filter(s, e, op);
    }
    for (size_t i = 0; i < n; i++) {
        TRY(bind_bool(&x, cond[i], &e));
        TRY(scope_add_where(s, e));
    }
    return 0;
}

/* SELECT, EXTEND and the like */

static int unknown_item(struct scope *s, const struct ast *name)
{
    struct expr *e;
    struct ast plain = *name;
    plain.table = STR("");
    for (size_t i = 0; i < s->n; i++)
        if (str_eq_nocase(s->col[i].name, plain.s))
            return 0;
    int rc = bind_column(s, &plain, &e); /* for its message */
    return rc < 0 ? rc
                  : bind_fail(s->b, ERR_UNKNOWN_NAME, name, "Unrecognized name: %.*s",
                              STR_ARG(name->s));
}

static bool listed(const struct ast *star, struct str name)
{
    for (size_t k = 0; k < star->args; k++)
        if (str_eq_nocase(star->arg[k]->s, name))
            return true;
    return false;
}

/* What REPLACE puts in place of a column; NULL: nothing. */
static const struct ast_item *replaced(const struct ast *star, struct str name)
{
    for (size_t k = 0; star->replace != NULL && k < star->replace->n; k++)
        if (str_eq_nocase(star->replace->at[k].alias, name))
            return &star->replace->at[k];
    return NULL;
}

static int bind_star(struct expr_scope *x, const struct ast *star, struct scope *to)
{
    struct scope *s = x->scope;
    for (size_t k = 0; k < star->args; k++)
        TRY(unknown_item(s, star->arg[k]));
    for (size_t k = 0; star->replace != NULL && k < star->replace->n; k++) {
        const struct ast_item *item = &star->replace->at[k];
        struct ast name = {.kind = AST_NAME, .s = item->alias};
        name.at = item->expr->at;
        name.n = item->expr->n;
        TRY(unknown_item(s, &name));
    }
    size_t before = to->n;
    for (size_t i = 0; i < s->n; i++) {
        const struct column *c = &s->col[i];
        bool of_table = star->table.n == 0 || str_eq_nocase(c->table, star->table);
        struct expr *e = c->expr;
        if (!of_table || listed(star, c->name))
            continue;
        const struct ast_item *fresh = replaced(star, c->name);
        if (fresh != NULL)
            TRY(bind_expr(x, fresh->expr, &e));
        TRY(scope_add_col(to, c->name, STR(""), e));
    }
    if (to->n == before)
        return bind_fail(s->b, ERR_UNKNOWN_NAME, star, "* gives no columns here");
    return 0;
}

int bind_items(struct expr_scope *x, const struct ast_items *items, struct scope *to)
{
    for (size_t i = 0; i < items->n; i++) {
        const struct ast_item *item = &items->at[i];
        if (item->expr->kind == AST_STAR) {
            TRY(bind_star(x, item->expr, to));
            continue;
        }
        struct expr *e;
        TRY(bind_expr(x, item->expr, &e));
        TRY(scope_add_col(to, item_name(item), STR(""), e));
    }
    return 0;
}

static int bind_extend(struct scope *s, const struct ast_pipe *op)
{
    if (items_have_window(&op->item))
        TRY(scope_settle(s));
    struct window_list windows = {0};
    struct expr_scope x = {.scope = s, .clause = "pipe EXTEND", .windows = &windows};
    struct scope added = {.b = s->b};
    TRY(bind_items(&x, &op->item, &added));
    TRY(bind_windows(s, &windows, op));
    for (size_t i = 0; i < added.n; i++)
        TRY(scope_add_col(s, added.col[i].name, STR(""), added.col[i].expr));
    return settle_computed(s);
}

/* The one column of this name; ERR when there is none or more than one. */
static int one_column(struct scope *s, struct str name, const struct ast *at, size_t *index)
{
    size_t found = 0;
    for (size_t i = 0; i < s->n; i++)
        if (str_eq_nocase(s->col[i].name, name)) {
            *index = i;
            found++;
        }
    if (found == 1)
        return 0;
    if (found > 1)
        return bind_fail(s->b, ERR_AMBIGUOUS, at, "Column name %.*s is ambiguous", STR_ARG(name));
    struct ast plain = *at;
    plain.kind = AST_NAME;
    plain.s = name;
    plain.table = STR("");
    struct expr *e;
    int rc = bind_column(s, &plain, &e);
    if (rc == 0)
        return bind_fail(s->b, ERR_UNKNOWN_NAME, at, "Unrecognized name: %.*s", STR_ARG(name));
    return rc;
}

static int bind_set(struct scope *s, const struct ast_pipe *op)
{
    if (items_have_window(&op->item))
        TRY(scope_settle(s));
    struct window_list windows = {0};
    struct expr_scope x = {.scope = s, .clause = "pipe SET", .windows = &windows};
    struct expr **fresh = ARENA_ARRAY(s->b->arena, struct expr *, s->n + 1);
    if (fresh == NULL)
        return bind_memory(s->b);
    for (size_t k = 0; k < op->item.n; k++) {
        const struct ast_item *item = &op->item.at[k];
        size_t i = 0;
        TRY(one_column(s, item->alias, item->expr, &i));
        if (fresh[i] != NULL)
            return bind_fail(s->b, ERR_SYNTAX, item->expr, "SET sets column %.*s twice",
                             STR_ARG(item->alias));
        TRY(bind_expr(&x, item->expr, &fresh[i]));
    }
    TRY(bind_windows(s, &windows, op));
    for (size_t i = 0; i < s->n; i++)
        if (fresh[i] != NULL)
            s->col[i].expr = fresh[i];
    return settle_computed(s);
}

static int bind_drop(struct scope *s, const struct ast_pipe *op)
{
    for (size_t k = 0; k < op->item.n; k++)
        TRY(unknown_item(s, op->item.at[k].expr));
    size_t kept = 0;
    for (size_t i = 0; i < s->n; i++) {
        bool drop = false;
        for (size_t k = 0; k < op->item.n; k++)
            drop = drop || str_eq_nocase(op->item.at[k].expr->s, s->col[i].name);
        if (!drop)
            s->col[kept++] = s->col[i];
    }
    if (kept == 0)
        return bind_fail_at(s->b, ERR_SYNTAX, op->at, op->n, "DROP leaves no columns");
    s->n = kept;
    return 0;
}

static int bind_rename(struct scope *s, const struct ast_pipe *op)
{
    struct str *fresh = ARENA_ARRAY(s->b->arena, struct str, s->n + 1);
    if (fresh == NULL)
        return bind_memory(s->b);
    for (size_t k = 0; k < op->item.n; k++) {
        const struct ast_item *item = &op->item.at[k];
        size_t i = 0;
        TRY(one_column(s, item->expr->s, item->expr, &i));
        if (fresh[i].p != NULL)
            return bind_fail(s->b, ERR_SYNTAX, item->expr, "RENAME renames column %.*s twice",
                             STR_ARG(item->expr->s));
        fresh[i] = item->alias;
    }
    for (size_t i = 0; i < s->n; i++)
        if (fresh[i].p != NULL)
            s->col[i].name = fresh[i];
    return 0;
}

static int bind_as(struct scope *s, struct str alias)
{
    for (size_t i = 0; i < s->n; i++)
        s->col[i].table = alias;
    return 0;
}

/* DISTINCT: a grouping by all columns. */
static int bind_distinct(struct scope *s, const struct ast_pipe *op)
{
    struct grouping g = {.keys = s->n};
    g.key = ARENA_ARRAY(s->b->arena, struct expr *, s->n);
    if (g.key == NULL)
        return bind_memory(s->b);
    if (s->open == NULL)
        TRY(scope_settle(s));
    for (size_t i = 0; i < s->n; i++)
        g.key[i] = s->col[i].expr;
    struct step step = {
        .kind = STEP_AGGREGATE, .at = op->at, .n = op->n, .group = g, .weight = -1, .cols = s->n};
    if (s->open != NULL) {
        TRY(bind_shield(s, s->open, &g, op->at, op->n, &step));
        s->open = NULL;
    }
    TRY(scope_add_step(s, step));
    s->frame_cols = s->n;
    s->weight = -1;
    return scope_over_frame(s);
}

/* Places and coded values sort by name, and among equal names as stored. */
int sort_keys_add(struct scope *s, struct sort_key *key, size_t *n, struct expr *e,
                  const struct ast_item *item)
{
    bool desc = item->order == ORDER_DESC;
    bool last = item->nulls == NULLS_DEFAULT ? desc : item->nulls == NULLS_LAST;
    if (e->type == TYPE_PLACE || e->type == TYPE_CODED) {
        struct expr *name = expr_call1(s->b->arena, &fn_name_text, TYPE_STRING, e);
        if (name == NULL)
            return bind_memory(s->b);
        key[(*n)++] = (struct sort_key){name, desc, last};
    }
    key[(*n)++] = (struct sort_key){e, desc, last};
    return 0;
}

static int order_key(struct expr_scope *x, const struct ast_item *item, struct expr **out)
{
    struct scope *s = x->scope;
    if (item->expr->kind != AST_INT)
        return bind_expr(x, item->expr, out);
    if (item->expr->i < 1 || (size_t)item->expr->i > s->n)
        return bind_fail(s->b, ERR_VALUE, item->expr,
                         "ORDER BY is out of SELECT column number range: %lld",
                         (long long)item->expr->i);
    *out = s->col[item->expr->i - 1].expr;
    return 0;
}

static int bind_order(struct scope *s, const struct ast_pipe *op)
{
    TRY(scope_settle(s));
    struct window_list windows = {0};
    struct expr_scope x = {.scope = s, .clause = "ORDER BY clause", .windows = &windows};
    struct sort_key *key = ARENA_ARRAY(s->b->arena, struct sort_key, op->item.n * 2);
    if (key == NULL)
        return bind_memory(s->b);
    size_t n = 0;
    for (size_t k = 0; k < op->item.n; k++) {
        struct expr *e;
        TRY(order_key(&x, &op->item.at[k], &e));
        TRY(sort_keys_add(s, key, &n, e, &op->item.at[k]));
    }
    TRY(bind_windows(s, &windows, op));
    struct step step = {.kind = STEP_SORT,
                        .at = op->at,
                        .n = op->n,
                        .sort = key,
                        .sorts = n,
                        .limit = SIZE_MAX,
                        .cols = s->frame_cols};
    return scope_add_step(s, step);
}

static int limit_value(struct scope *s, const struct ast *ast, const char *what, size_t *out)
{
    struct value v;
    TRY(bind_constant(s, ast, TYPE_INT64, what, &v));
    if ((v.null && !s->b->check) || v.i < 0)
        return bind_fail(s->b, ERR_VALUE, ast, "%s expects a non-negative integer", what);
    *out = v.null ? SIZE_MAX : (size_t)v.i;
    return 0;
}

static int bind_limit(struct scope *s, const struct ast_pipe *op)
{
    size_t limit;
    size_t offset = 0;
    TRY(limit_value(s, op->expr, "LIMIT", &limit));
    if (op->offset != NULL)
        TRY(limit_value(s, op->offset, "OFFSET", &offset));
    TRY(scope_settle(s));
    size_t need = limit > SIZE_MAX - offset ? SIZE_MAX : limit + offset;
    struct step *before = s->plan->steps ? &s->plan->step[s->plan->steps - 1] : NULL;
    if (before != NULL && before->kind == STEP_SORT && need < before->limit)
        before->limit = need;
    if (before != NULL && before->kind == STEP_ACCESS && !before->access->grouped &&
        need < before->access->rows_max)
        before->access->rows_max = need;
    struct step step = {.kind = STEP_LIMIT,
                        .at = op->at,
                        .n = op->n,
                        .limit = limit,
                        .offset = offset,
                        .cols = s->frame_cols};
    return scope_add_step(s, step);
}

/* ASSERT condition, payload, ...: the payload is told when the condition is not true. */
static int bind_assert(struct scope *s, const struct ast_pipe *op)
{
    TRY(scope_settle(s));
    struct expr_scope x = {.scope = s, .clause = "ASSERT"};
    struct expr **list = ARENA_ARRAY(s->b->arena, struct expr *, op->item.n + 1);
    if (list == NULL)
        return bind_memory(s->b);
    TRY(bind_bool(&x, op->expr, &list[0]));
    list[0]->at = op->expr->at;
    list[0]->n = op->expr->n;
    for (size_t k = 0; k < op->item.n; k++) {
        struct expr *e;
        const struct ast *ast = op->item.at[k].expr;
        TRY(bind_expr(&x, ast, &e));
        struct ast cast = {.kind = AST_CAST, .s = STR("STRING"), .at = ast->at, .n = ast->n};
        struct ast *arg[] = {op->item.at[k].expr};
        cast.arg = arg;
        cast.args = 1;
        TRY(bind_cast(&x, &cast, &list[k + 1]));
    }
    struct step step = {.kind = STEP_ASSERT,
                        .at = op->at,
                        .n = op->n,
                        .expr = list,
                        .exprs = op->item.n + 1,
                        .cols = s->frame_cols};
    return scope_add_step(s, step);
}

int bind_operator(struct scope *s, const struct ast_pipe *op)
{
    switch (op->kind) {
    case PIPE_WHERE:
        return bind_where(s, op);
    case PIPE_SELECT:
        TRY(bind_select(s, op));
        TRY(settle_computed(s));
        return op->distinct && !op->plain ? bind_distinct(s, op) : 0;
    case PIPE_EXTEND:
        return bind_extend(s, op);
    case PIPE_SET:
        return bind_set(s, op);
    case PIPE_DROP:
        return bind_drop(s, op);
    case PIPE_RENAME:
        return bind_rename(s, op);
    case PIPE_AS:
        return bind_as(s, op->name);
    case PIPE_AGGREGATE:
        return bind_aggregate(s, op);
    case PIPE_DISTINCT:
        return bind_distinct(s, op);
    case PIPE_ORDER:
        return bind_order(s, op);
    case PIPE_LIMIT:
        return bind_limit(s, op);
    case PIPE_JOIN:
        return bind_join(s, op);
    case PIPE_CALL:
        return bind_tvf(s, op);
    case PIPE_UNION:
        TRY(bind_union(s, op));
        return op->distinct && op->set == SET_UNION ? bind_distinct(s, op) : 0;
    case PIPE_ASSERT:
        return bind_assert(s, op);
    case PIPE_PIVOT:
        return bind_pivot(s, op);
    case PIPE_UNPIVOT:
        return bind_unpivot(s, op);
    case PIPE_DESCRIBE:
        return bind_describe(s, op);
    }
    UNREACHABLE();
}

int bind_source(struct scope *s, const struct ast_query *q, const struct ast_source *src)
{
    const struct ast_query *sub = src->query;
    for (const struct ast_with *w = q->with; w != NULL && sub == NULL; w = w->next)
        if (str_eq_nocase(w->name, src->name))
            sub = w->query;
    if (sub != NULL && src->as_of != NULL)
        return bind_fail(s->b, ERR_UNSUPPORTED, src->as_of,
                         "FOR SYSTEM_TIME AS OF is supported by this server for registrations");
    if (sub != NULL)
        TRY(bind_scope(s, sub));
    else
        TRY(bind_table(s, src));
    if (src->alias.p != NULL || src->name.p != NULL)
        return bind_as(s, src->alias.p != NULL ? src->alias : src->name);
    return bind_as(s, STR(""));
}

int bind_scope(struct scope *s, const struct ast_query *q)
{
    if (q->has_source) {
        TRY(bind_source(s, q, &q->source));
    } else if (q->pipes > 0) {
        TRY(scope_add_step(s, (struct step){.kind = STEP_ONE_ROW}));
    }
    for (size_t i = 0; i < q->pipes; i++)
        TRY(bind_operator(s, &q->pipe[i]));
    return 0;
}

int bind_query(struct binder *b, const struct ast_query *q, struct plan **out)
{
    struct scope s = {.b = b, .weight = -1, .plan = ARENA_NEW(b->arena, struct plan)};
    if (s.plan == NULL)
        return bind_memory(b);
    for (int l = 0; l < PLACE_LEVELS; l++)
        s.within[l] = PLACE_NONE;
    TRY(bind_scope(&s, q));
    TRY(scope_settle(&s));
    s.plan->col = s.col;
    s.plan->cols = s.n;
    *out = s.plan;
    return 0;
}
