/* SPDX-License-Identifier: MIT
 *
 * Calls of aggregates and window functions. Neither is computed where it stands: it is added to
 * what a step computes, and the expression refers to its column. */
#include "bind.h"

struct agg_name {
    const char *name;
    enum agg_kind kind;
};

static const struct agg_name agg_names[] = {
    {"COUNT", AGG_COUNT},
    {"COUNTIF", AGG_COUNTIF},
    {"SUM", AGG_SUM},
    {"AVG", AGG_AVG},
    {"MIN", AGG_MIN},
    {"MAX", AGG_MAX},
    {"ANY_VALUE", AGG_ANY},
    {"STDDEV", AGG_STDDEV_SAMP},
    {"STDDEV_SAMP", AGG_STDDEV_SAMP},
    {"STDDEV_POP", AGG_STDDEV_POP},
    {"VARIANCE", AGG_VAR_SAMP},
    {"VAR_SAMP", AGG_VAR_SAMP},
    {"VAR_POP", AGG_VAR_POP},
    {"LOGICAL_AND", AGG_ALL},
    {"LOGICAL_OR", AGG_SOME},
    {"APPROX_COUNT_DISTINCT", AGG_COUNT_DISTINCT},
    {"STRING_AGG", AGG_TEXT},
};

static const struct agg_name *agg_find(struct str name)
{
    for (size_t i = 0; i < ARRAY_LEN(agg_names); i++)
        if (str_eq_nocase(name, str_of(agg_names[i].name)))
            return &agg_names[i];
    return NULL;
}

bool agg_is(struct str name)
{
    return agg_find(name) != NULL;
}

void agg_near(struct str name, struct near_list *near)
{
    for (size_t i = 0; i < ARRAY_LEN(agg_names); i++)
        near_offer(near, name, str_of(agg_names[i].name));
}

static int no_signature(struct binder *b, const struct ast *ast, const struct expr *arg)
{
    return bind_fail(b, ERR_TYPE, ast,
                     "No matching signature for aggregate function %.*s for argument type %s",
                     STR_ARG(ast->s), type_name(arg->type));
}

static bool takes_bool(enum agg_kind k)
{
    return k == AGG_COUNTIF || k == AGG_ALL || k == AGG_SOME;
}

static int typed(struct binder *b, const struct ast *ast, struct agg_spec *spec)
{
    struct expr *e = spec->arg;
    if (e->type == TYPE_NULL)
        TRY(bind_coerce(b, ast, e, takes_bool(spec->kind) ? TYPE_BOOL : TYPE_INT64, &e));
    spec->arg = e;
    switch (spec->kind) {
    case AGG_COUNTIF:
        spec->type = TYPE_INT64;
        return e->type == TYPE_BOOL ? 0 : no_signature(b, ast, e);
    case AGG_SUM:
        spec->type = e->type;
        return e->type == TYPE_INT64 || e->type == TYPE_FLOAT64 ? 0 : no_signature(b, ast, e);
    case AGG_ALL:
    case AGG_SOME:
        spec->type = TYPE_BOOL;
        return e->type == TYPE_BOOL ? 0 : no_signature(b, ast, e);
    case AGG_AVG:
    case AGG_VAR_SAMP:
    case AGG_VAR_POP:
    case AGG_STDDEV_SAMP:
    case AGG_STDDEV_POP:
        spec->type = TYPE_FLOAT64;
        return e->type == TYPE_INT64 || e->type == TYPE_FLOAT64 ? 0 : no_signature(b, ast, e);
    case AGG_MIN:
    case AGG_MAX:
        if (e->type == TYPE_PLACE || e->type == TYPE_CODED)
            TRY(bind_coerce(b, ast, e, TYPE_STRING, &spec->arg));
        spec->type = spec->arg->type;
        return 0;
    case AGG_ANY:
        spec->type = e->type;
        spec->list = e->list;
        spec->level = e->level;
        return 0;
    case AGG_TEXT:
        spec->type = TYPE_STRING;
        return bind_coerce(b, ast, e, TYPE_STRING, &spec->arg);
    case AGG_COUNT:
    case AGG_COUNT_OF:
    case AGG_COUNT_DISTINCT:
        spec->type = TYPE_INT64;
        return 0;
    }
    UNREACHABLE();
}

/* COUNT(*), COUNT(1) and SUM(count) over registrations count registrations. */
static void simplify(struct expr_scope *x, struct agg_spec *spec)
{
    bool open = x->scope->open != NULL;
    if (spec->kind == AGG_COUNT_OF && expr_is_const(spec->arg)) {
        spec->kind = AGG_COUNT;
        spec->arg = NULL;
    } else if (spec->kind == AGG_SUM && open && spec->arg->kind == EXPR_COL &&
               spec->arg->col == BASE_COUNT) {
        spec->kind = AGG_COUNT;
        spec->arg = NULL;
    }
}

static int separator(struct expr_scope *x, const struct ast *ast, struct agg_spec *spec)
{
    spec->separator = STR(",");
    if (ast->args < 2)
        return 0;
    struct value v;
    TRY(bind_constant(x->scope, ast->arg[1], TYPE_STRING, "The separator of STRING_AGG", &v));
    spec->separator = v.null ? STR("") : v.s;
    return 0;
}

int bind_agg_spec(struct expr_scope *x, const struct ast *ast, struct agg_spec *out)
{
    struct binder *b = x->scope->b;
    const struct agg_name *name = agg_find(ast->s);
    ASSERT(name != NULL);
    *out = (struct agg_spec){.kind = name->kind,
                             .type = TYPE_INT64,
                             .level = PLACE_LEVEL_ANY,
                             .at = ast->at,
                             .n = ast->n};
    if (ast->call->star) {
        if (name->kind != AGG_COUNT)
            return bind_fail(b, ERR_TYPE, ast, "* is not allowed in function %s", name->name);
        return 0;
    }
    size_t most = name->kind == AGG_TEXT ? 2 : 1;
    if (ast->args < 1 || ast->args > most)
        return bind_fail(b, ERR_TYPE, ast, "%s takes %s", name->name,
                         most == 2 ? "1 or 2 arguments" : "1 argument");
    if (ast->call->distinct && name->kind != AGG_COUNT)
        return bind_fail(b, ERR_UNSUPPORTED, ast,
                         "DISTINCT is supported by this server in COUNT only");
    if (name->kind == AGG_COUNT)
        out->kind = ast->call->distinct ? AGG_COUNT_DISTINCT : AGG_COUNT_OF;
    TRY(bind_expr(x, ast->arg[0], &out->arg));
    if (name->kind == AGG_TEXT)
        TRY(separator(x, ast, out));
    TRY(typed(b, ast, out));
    simplify(x, out);
    return 0;
}

static bool same_spec(const struct agg_spec *a, const struct agg_spec *b)
{
    if (a->kind != b->kind || (a->arg == NULL) != (b->arg == NULL) ||
        !str_eq(a->separator, b->separator))
        return false;
    return a->arg == NULL || expr_equal(a->arg, b->arg);
}

int bind_agg_add(struct binder *b, struct grouping *g, struct agg_spec spec, size_t *index)
{
    for (size_t i = 0; i < g->aggs; i++)
        if (same_spec(&g->agg[i], &spec)) {
            *index = i;
            return 0;
        }
    if (g->aggs == g->aggs_cap) {
        size_t cap = g->aggs_cap ? g->aggs_cap * 2 : 4;
        struct agg_spec *grown = ARENA_ARRAY(b->arena, struct agg_spec, cap);
        if (grown == NULL)
            return bind_memory(b);
        if (g->aggs > 0)
            memcpy(grown, g->agg, g->aggs * sizeof *grown);
        g->agg = grown;
        g->aggs_cap = cap;
    }
    *index = g->aggs;
    g->agg[g->aggs++] = spec;
    return 0;
}

int bind_agg_call(struct expr_scope *x, const struct ast *ast, struct expr **out)
{
    struct binder *b = x->scope->b;
    if (x->in_aggregate)
        return bind_fail(b, ERR_TYPE, ast, "Aggregations of aggregations are not allowed");
    if (x->group == NULL) {
        bind_fail(b, ERR_TYPE, ast, "Aggregate function %.*s not allowed in %s", STR_ARG(ast->s),
                  x->clause ? x->clause : "this place");
        err_hint(b->err, "use |> AGGREGATE, or OVER () for a window");
        return ERR_TYPE;
    }
    struct expr_scope inside = *x;
    inside.in_aggregate = true;
    inside.windows = NULL;
    struct agg_spec spec;
    size_t index = 0;
    TRY(bind_agg_spec(&inside, ast, &spec));
    TRY(bind_agg_add(b, x->group, spec, &index));
    *out = expr_col(b->arena, (int)(x->group->keys + index), spec.type);
    if (*out == NULL)
        return bind_memory(b);
    (*out)->list = spec.list;
    (*out)->level = spec.level;
    return 0;
}

/* Window functions */

struct window_name {
    const char *name;
    enum window_kind kind;
    size_t least, most; /* arguments */
};

static const struct window_name window_names[] = {
    {"ROW_NUMBER", WIN_ROW_NUMBER, 0, 0},
    {"RANK", WIN_RANK, 0, 0},
    {"DENSE_RANK", WIN_DENSE_RANK, 0, 0},
    {"PERCENT_RANK", WIN_PERCENT_RANK, 0, 0},
    {"CUME_DIST", WIN_CUME_DIST, 0, 0},
    {"NTILE", WIN_NTILE, 1, 1},
    {"LAG", WIN_LAG, 1, 3},
    {"LEAD", WIN_LEAD, 1, 3},
    {"FIRST_VALUE", WIN_FIRST, 1, 1},
    {"LAST_VALUE", WIN_LAST, 1, 1},
    {"NTH_VALUE", WIN_NTH, 2, 2},
    {"PERCENTILE_CONT", WIN_PERCENTILE_CONT, 2, 2},
    {"PERCENTILE_DISC", WIN_PERCENTILE_DISC, 2, 2},
};

static const struct window_name *window_find(struct str name)
{
    for (size_t i = 0; i < ARRAY_LEN(window_names); i++)
        if (str_eq_nocase(name, str_of(window_names[i].name)))
            return &window_names[i];
    return NULL;
}

bool window_is(struct str name)
{
    return window_find(name) != NULL;
}

static int window_offset(struct expr_scope *x, const struct ast *ast, struct window *w)
{
    struct binder *b = x->scope->b;
    size_t at = w->kind == WIN_NTILE ? 0 : 1;
    w->offset = 1;
    if (at >= ast->args)
        return 0;
    struct value v;
    TRY(bind_constant(x->scope, ast->arg[at], TYPE_INT64, "The offset of a window function", &v));
    if (v.null || v.i < (w->kind == WIN_NTILE || w->kind == WIN_NTH ? 1 : 0))
        return bind_fail(b, ERR_VALUE, ast->arg[at], "%.*s needs a positive number here",
                         STR_ARG(ast->s));
    w->offset = v.i;
    return 0;
}

static int window_percentile(struct expr_scope *x, const struct ast *ast, struct window *w)
{
    struct binder *b = x->scope->b;
    struct value v;
    TRY(bind_constant(x->scope, ast->arg[1], TYPE_FLOAT64, "The percentile", &v));
    if (v.null || !(v.f >= 0 && v.f <= 1))
        return bind_fail(b, ERR_VALUE, ast->arg[1], "A percentile lies between 0 and 1");
    w->percentile = v.f;
    if (w->kind == WIN_PERCENTILE_CONT)
        TRY(bind_coerce(b, ast->arg[0], w->value, TYPE_FLOAT64, &w->value));
    w->agg.type = w->value->type == TYPE_NULL ? TYPE_INT64 : w->value->type;
    w->agg.list = w->value->list;
    w->agg.level = w->value->level;
    return bind_common(b, ast, &w->value, 1);
}

static int window_args(struct expr_scope *x, const struct ast *ast, const struct window_name *name,
                       struct window *w)
{
    struct binder *b = x->scope->b;
    if (ast->args < name->least || ast->args > name->most)
        return bind_fail(b, ERR_TYPE, ast, "%s takes %zu to %zu arguments", name->name, name->least,
                         name->most);
    w->kind = name->kind;
    w->agg = (struct agg_spec){.type = TYPE_INT64, .level = PLACE_LEVEL_ANY};
    if (w->kind == WIN_PERCENT_RANK || w->kind == WIN_CUME_DIST)
        w->agg.type = TYPE_FLOAT64;
    if (w->kind == WIN_NTILE)
        return window_offset(x, ast, w);
    if (name->most == 0)
        return 0;
    TRY(bind_expr(x, ast->arg[0], &w->value));
    if (w->kind == WIN_PERCENTILE_CONT || w->kind == WIN_PERCENTILE_DISC)
        return window_percentile(x, ast, w);
    struct expr *pair[2] = {w->value, NULL};
    size_t n = 1;
    if (w->kind == WIN_NTH)
        TRY(window_offset(x, ast, w));
    if (w->kind == WIN_LAG || w->kind == WIN_LEAD) {
        TRY(window_offset(x, ast, w));
        if (ast->args > 2) {
            TRY(bind_expr(x, ast->arg[2], &pair[1]));
            n = 2;
        }
    }
    TRY(bind_common(b, ast, pair, n));
    w->value = pair[0];
    w->other = pair[1];
    w->agg.type = w->value->type;
    w->agg.list = w->value->list;
    w->agg.level = w->value->level;
    return 0;
}

static int window_clauses(struct expr_scope *x, const struct ast *ast, struct window *w)
{
    struct binder *b = x->scope->b;
    const struct ast_call *call = ast->call;
    w->partition = ARENA_ARRAY(b->arena, struct expr *, call->partition.n);
    w->order = ARENA_ARRAY(b->arena, struct sort_key, call->order.n * 2);
    if (w->partition == NULL || w->order == NULL)
        return bind_memory(b);
    for (size_t k = 0; k < call->partition.n; k++)
        TRY(bind_expr(x, call->partition.at[k].expr, &w->partition[w->partitions++]));
    for (size_t k = 0; k < call->order.n; k++) {
        struct expr *e;
        TRY(bind_expr(x, call->order.at[k].expr, &e));
        TRY(sort_keys_add(x->scope, w->order, &w->orders, e, &call->order.at[k]));
    }
    bool percentile = w->kind == WIN_PERCENTILE_CONT || w->kind == WIN_PERCENTILE_DISC;
    bool ordered = w->kind != WIN_AGG && w->kind != WIN_ROW_NUMBER && w->kind != WIN_FIRST &&
                   w->kind != WIN_LAST && w->kind != WIN_NTH && !percentile;
    if (percentile && w->orders > 0)
        return bind_fail(b, ERR_TYPE, ast,
                         "Window ORDER BY is not allowed for analytic function %.*s",
                         STR_ARG(ast->s));
    if (ordered && w->orders == 0)
        return bind_fail(b, ERR_SYNTAX, ast,
                         "Window ORDER BY is required for analytic function %.*s", STR_ARG(ast->s));
    return 0;
}

static int add_window(struct binder *b, struct window_list *list, struct window w)
{
    if (list->n == list->cap) {
        size_t cap = list->cap ? list->cap * 2 : 4;
        struct window *grown = ARENA_ARRAY(b->arena, struct window, cap);
        if (grown == NULL)
            return bind_memory(b);
        if (list->n > 0)
            memcpy(grown, list->at, list->n * sizeof *grown);
        list->at = grown;
        list->cap = cap;
    }
    list->at[list->n++] = w;
    return 0;
}

int bind_window_call(struct expr_scope *x, const struct ast *ast, struct expr **out)
{
    struct binder *b = x->scope->b;
    if (x->windows == NULL)
        return bind_fail(b, ERR_TYPE, ast, "Window functions are not allowed in %s",
                         x->clause ? x->clause : "this place");
    struct expr_scope inside = *x;
    inside.windows = NULL;
    struct window w = {.kind = WIN_AGG};
    const struct window_name *name = window_find(ast->s);
    if (name != NULL)
        TRY(window_args(&inside, ast, name, &w));
    else if (!agg_is(ast->s))
        return bind_fail_at(b, ERR_UNKNOWN_NAME, ast->at, (uint32_t)ast->s.n,
                            "Function not found: %.*s", STR_ARG(ast->s));
    else
        TRY(bind_agg_spec(&inside, ast, &w.agg));
    if (w.agg.kind == AGG_COUNT_DISTINCT || w.agg.kind == AGG_TEXT)
        return bind_fail(b, ERR_UNSUPPORTED, ast,
                         "This aggregate is not supported with OVER by this server");
    TRY(window_clauses(&inside, ast, &w));
    w.frame = ast->call->frame;
    bool framed =
        w.kind == WIN_AGG || w.kind == WIN_FIRST || w.kind == WIN_LAST || w.kind == WIN_NTH;
    if (w.frame.given && !framed)
        return bind_fail(b, ERR_TYPE, ast, "Window framing clause is not allowed for %.*s",
                         STR_ARG(ast->s));
    w.ref = expr_col(b->arena, 0, w.agg.type);
    if (w.ref == NULL)
        return bind_memory(b);
    w.ref->list = w.agg.list;
    w.ref->level = w.agg.level;
    *out = w.ref;
    return add_window(b, x->windows, w);
}
