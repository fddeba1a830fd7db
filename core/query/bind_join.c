/* SPDX-License-Identifier: MIT
 *
 * JOIN, UNION, INTERSECT and EXCEPT: operators with more than one input. */
#include "bind.h"

static int open_scope(struct scope *s, const struct scope *beside)
{
    *s = (struct scope){
        .b = beside->b, .weight = -1, .plan = ARENA_NEW(beside->b->arena, struct plan)};
    for (int l = 0; l < PLACE_LEVELS; l++)
        s->within[l] = PLACE_NONE;
    return s->plan == NULL ? bind_memory(s->b) : 0;
}

static void close_plan(struct scope *s)
{
    s->plan->col = s->col;
    s->plan->cols = s->n;
}

/* Which inputs an expression reads: bit 0 the left (columns below `left`), bit 1 the right. */
static int sides(const struct expr *e, int left)
{
    if (e->kind == EXPR_COL)
        return e->col < left ? 1 : 2;
    int both = 0;
    for (size_t k = 0; e->kind == EXPR_CALL && k < e->args; k++)
        both |= sides(e->arg[k], left);
    return both;
}

/* A copy whose columns count from `left` on. */
static struct expr *rebase(struct arena *a, const struct expr *e, int left)
{
    struct expr *copy = ARENA_NEW(a, struct expr);
    if (copy == NULL)
        return NULL;
    *copy = *e;
    if (e->kind == EXPR_COL)
        copy->col -= left;
    if (e->kind != EXPR_CALL)
        return copy;
    copy->arg = ARENA_ARRAY(a, struct expr *, e->args);
    if (copy->arg == NULL)
        return NULL;
    for (size_t k = 0; k < e->args; k++) {
        copy->arg[k] = rebase(a, e->arg[k], left);
        if (copy->arg[k] == NULL)
            return NULL;
    }
    return copy;
}

static int add_key(struct scope *s, struct join *j, struct expr *l, struct expr *r, int left)
{
    j->left_key[j->keys] = l;
    j->right_key[j->keys] = rebase(s->b->arena, r, left);
    if (j->right_key[j->keys] == NULL)
        return bind_memory(s->b);
    j->keys++;
    return 0;
}

/* One condition of ON: a pair of keys when it equates the two sides, else part of the rest. */
static int add_condition(struct scope *s, struct join *j, struct expr *e, int left)
{
    if (e->kind == EXPR_CALL && fn_compare_op(e->fn) == OP_EQ) {
        int x = sides(e->arg[0], left);
        int y = sides(e->arg[1], left);
        if (x == 1 && y == 2)
            return add_key(s, j, e->arg[0], e->arg[1], left);
        if (x == 2 && y == 1)
            return add_key(s, j, e->arg[1], e->arg[0], left);
    }
    if (j->on == NULL)
        j->on = e;
    else
        j->on = expr_call2(s->b->arena, &fn_and, TYPE_BOOL, j->on, e);
    return j->on == NULL ? bind_memory(s->b) : 0;
}

static int bind_on(struct scope *s, const struct ast *on, struct join *j, int left)
{
    struct expr_scope x = {.scope = s, .clause = "JOIN ON clause"};
    bool conjunction = on->kind == AST_AND;
    size_t n = conjunction ? on->args : 1;
    j->left_key = ARENA_ARRAY(s->b->arena, struct expr *, n);
    j->right_key = ARENA_ARRAY(s->b->arena, struct expr *, n);
    if (j->left_key == NULL || j->right_key == NULL)
        return bind_memory(s->b);
    for (size_t i = 0; i < n; i++) {
        struct expr *e;
        TRY(bind_bool(&x, conjunction ? on->arg[i] : on, &e));
        TRY(add_condition(s, j, e, left));
    }
    return 0;
}

/* The index of the one column of this name among columns from .. to - 1. */
static int using_column(struct scope *s, const struct ast *name, size_t from, size_t to,
                        const char *side, size_t *index)
{
    size_t found = 0;
    for (size_t i = from; i < to; i++)
        if (str_eq_nocase(s->col[i].name, name->s)) {
            *index = i;
            found++;
        }
    if (found == 1)
        return 0;
    return bind_fail(s->b, found ? ERR_AMBIGUOUS : ERR_UNKNOWN_NAME, name,
                     "Column %.*s in USING clause %s on %s side of join", STR_ARG(name->s),
                     found ? "is ambiguous" : "not found", side);
}

/* The column of USING: the value of the side that has one. */
static int using_value(struct scope *s, const struct ast *name, enum join_kind kind,
                       struct expr *left, struct expr *right, struct expr **out)
{
    struct binder *b = s->b;
    *out = left;
    if (kind != JOIN_RIGHT && kind != JOIN_FULL)
        return 0;
    struct expr **arg = ARENA_ARRAY(b->arena, struct expr *, 2);
    if (arg == NULL)
        return bind_memory(b);
    arg[0] = left;
    arg[1] = right;
    TRY(bind_common(b, name, arg, 2));
    *out = expr_call(b->arena, &fn_coalesce, arg[0]->type, arg, 2);
    if (*out == NULL)
        return bind_memory(b);
    (*out)->list = arg[0]->list;
    (*out)->level = arg[0]->level;
    return 0;
}

/* The columns of USING come first, each once; then the others of the left, of the right. */
static int bind_using(struct scope *s, const struct ast_pipe *op, struct join *j, size_t left_n,
                      int left)
{
    size_t n = op->item.n;
    j->left_key = ARENA_ARRAY(s->b->arena, struct expr *, n);
    j->right_key = ARENA_ARRAY(s->b->arena, struct expr *, n);
    bool *hidden = ARENA_ARRAY(s->b->arena, bool, s->n + 1);
    if (j->left_key == NULL || j->right_key == NULL || hidden == NULL)
        return bind_memory(s->b);
    struct scope to = {.b = s->b};
    for (size_t k = 0; k < n; k++) {
        const struct ast *name = op->item.at[k].expr;
        size_t l = 0;
        size_t r = 0;
        struct expr *e;
        TRY(using_column(s, name, 0, left_n, "left", &l));
        TRY(using_column(s, name, left_n, s->n, "right", &r));
        hidden[l] = hidden[r] = true;
        TRY(bind_compare(s, OP_EQ, name, name, s->col[l].expr, name, s->col[r].expr, &e));
        TRY(add_condition(s, j, e, left));
        TRY(using_value(s, name, op->join, s->col[l].expr, s->col[r].expr, &e));
        TRY(scope_add_col(&to, s->col[l].name, s->col[l].table, e));
    }
    for (size_t i = 0; i < s->n; i++)
        if (!hidden[i])
            TRY(scope_add_col(&to, s->col[i].name, s->col[i].table, s->col[i].expr));
    s->col = to.col;
    s->n = to.n;
    s->cap = to.cap;
    return 0;
}

static int join_columns(struct scope *s, const struct scope *right, size_t left_cols)
{
    for (size_t i = 0; i < right->n; i++) {
        struct expr *e = rebase(s->b->arena, right->col[i].expr, -(int)left_cols);
        TRY(scope_add_col(s, right->col[i].name, right->col[i].table, e));
    }
    return 0;
}

/* A JOIN finds the tables of WITH through the query of its source; see bind_source. */
int bind_join(struct scope *s, const struct ast_pipe *op)
{
    struct binder *b = s->b;
    struct join *j = ARENA_NEW(b->arena, struct join);
    struct scope right;
    if (j == NULL)
        return bind_memory(b);
    TRY(scope_settle(s));
    TRY(open_scope(&right, s));
    struct ast_query from = {.with = op->with};
    TRY(bind_source(&right, &from, &op->right));
    TRY(scope_settle(&right));
    close_plan(&right);
    size_t left_n = s->n;
    size_t left_cols = s->frame_cols;
    TRY(join_columns(s, &right, left_cols));
    int right_weight = right.weight < 0 ? -1 : (int)left_cols + right.weight;
    j->other_weight = s->weight < 0 ? -1 : right_weight;
    if (s->weight < 0)
        s->weight = right_weight;
    j->weight = s->weight;
    s->frame_cols = left_cols + right.frame_cols;
    j->kind = op->join;
    j->right = right.plan;
    if (op->expr != NULL)
        TRY(bind_on(s, op->expr, j, (int)left_cols));
    else if (op->join != JOIN_CROSS)
        TRY(bind_using(s, op, j, left_n, (int)left_cols));
    return scope_add_step(
        s, (struct step){
               .kind = STEP_JOIN, .at = op->at, .n = op->n, .join = j, .cols = s->frame_cols});
}

/* One type for each column of all parts. */
static int common_columns(struct scope *s, struct scope *part, size_t parts,
                          const struct ast_pipe *op)
{
    struct expr **list = ARENA_ARRAY(s->b->arena, struct expr *, parts + 1);
    if (list == NULL)
        return bind_memory(s->b);
    struct ast at = {.at = op->at, .n = op->n};
    for (size_t c = 0; c < s->n; c++) {
        list[0] = s->col[c].expr;
        for (size_t k = 0; k < parts; k++)
            list[k + 1] = part[k].col[c].expr;
        TRY(bind_common(s->b, &at, list, parts + 1));
        s->col[c].expr = list[0];
        for (size_t k = 0; k < parts; k++)
            part[k].col[c].expr = list[k + 1];
    }
    return 0;
}

static int drop_weight(struct scope *s)
{
    s->weight = -1;
    return scope_settle(s);
}

/* Which input a row is of, behind its columns. */
static int add_side(struct scope *s, size_t side)
{
    struct value v = {.type = TYPE_INT64, .i = (int64_t)side};
    return scope_add_col(s, STR("$side"), STR(""), expr_const(s->b->arena, v));
}

/* Rows of all inputs, grouped by their columns: of all sides (INTERSECT), or of the first alone
 * (EXCEPT). */
static int keep_sides(struct scope *s, const struct ast_pipe *op, size_t parts)
{
    struct binder *b = s->b;
    struct grouping g = {.keys = s->n - 1};
    struct agg_spec spec = {.kind = op->set == SET_EXCEPT ? AGG_MAX : AGG_COUNT_DISTINCT,
                            .arg = s->col[s->n - 1].expr,
                            .type = TYPE_INT64,
                            .level = PLACE_LEVEL_ANY,
                            .at = op->at,
                            .n = op->n};
    struct value wanted = {.type = TYPE_INT64, .i = op->set == SET_EXCEPT ? 0 : (int64_t)parts + 1};
    size_t index;
    g.key = ARENA_ARRAY(b->arena, struct expr *, s->n);
    struct expr **test = ARENA_ARRAY(b->arena, struct expr *, 1);
    if (g.key == NULL || test == NULL)
        return bind_memory(b);
    for (size_t i = 0; i < g.keys; i++)
        g.key[i] = s->col[i].expr;
    TRY(bind_agg_add(b, &g, spec, &index));
    TRY(bind_grouping(s, &g, op));
    s->n = g.keys;
    for (size_t i = 0; i < g.keys; i++) {
        struct expr *e = expr_col(b->arena, (int)i, g.key[i]->type);
        if (e == NULL)
            return bind_memory(b);
        e->list = g.key[i]->list;
        e->level = g.key[i]->level;
        s->col[i].expr = e;
    }
    struct expr *side = expr_col(b->arena, (int)g.keys, TYPE_INT64);
    struct expr *value = expr_const(b->arena, wanted);
    test[0] = side != NULL && value != NULL
                  ? expr_call2(b->arena, fn_compare(OP_EQ, TYPE_INT64), TYPE_BOOL, side, value)
                  : NULL;
    if (test[0] == NULL)
        return bind_memory(b);
    TRY(scope_add_step(s, (struct step){.kind = STEP_FILTER,
                                        .at = op->at,
                                        .n = op->n,
                                        .expr = test,
                                        .exprs = 1,
                                        .cols = s->frame_cols}));
    return scope_settle(s);
}

int bind_union(struct scope *s, const struct ast_pipe *op)
{
    static const char *const set_name[] = {
        [SET_UNION] = "UNION", [SET_INTERSECT] = "INTERSECT", [SET_EXCEPT] = "EXCEPT"};
    struct binder *b = s->b;
    size_t parts = op->query_count;
    struct scope *part = ARENA_ARRAY(b->arena, struct scope, parts);
    struct plan **plan = ARENA_ARRAY(b->arena, struct plan *, parts);
    if (part == NULL || plan == NULL)
        return bind_memory(b);
    TRY(scope_settle(s));
    for (size_t k = 0; k < parts; k++) {
        TRY(open_scope(&part[k], s));
        TRY(bind_scope(&part[k], op->queries[k]));
        TRY(scope_settle(&part[k]));
        if (part[k].n != s->n)
            return bind_fail_at(b, ERR_TYPE, op->at, op->n,
                                "Queries in %s have mismatched column count; query 1 has %zu "
                                "columns, query %zu has %zu",
                                set_name[op->set], s->n, k + 2, part[k].n);
    }
    bool sided = op->set != SET_UNION;
    for (size_t k = 0; sided && k < parts; k++)
        TRY(add_side(&part[k], k + 1));
    if (sided)
        TRY(add_side(s, 0));
    TRY(common_columns(s, part, parts, op));
    TRY(drop_weight(s));
    for (size_t k = 0; k < parts; k++) {
        TRY(drop_weight(&part[k]));
        close_plan(&part[k]);
        plan[k] = part[k].plan;
    }
    TRY(scope_add_step(s, (struct step){.kind = STEP_UNION,
                                        .at = op->at,
                                        .n = op->n,
                                        .part = plan,
                                        .parts = parts,
                                        .cols = s->n}));
    s->frame_cols = s->n;
    TRY(scope_over_frame(s));
    return sided ? keep_sides(s, op, parts) : 0;
}
