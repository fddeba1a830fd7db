/* SPDX-License-Identifier: MIT
 *
 * Calls of aggregates. None is computed where it stands: it is added to what a step computes, and
 * the expression refers to its column. */
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
    {"APPROX_QUANTILES", AGG_QUANTILE},
    {"CORR", AGG_CORR},
    {"COVAR_SAMP", AGG_COVAR_SAMP},
    {"COVAR_POP", AGG_COVAR_POP},
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

void agg_words(word_fn *fn, void *ctx)
{
    for (size_t i = 0; i < ARRAY_LEN(agg_names); i++)
        fn(ctx, WORD_FUNCTION, agg_names[i].name);
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
    case AGG_CORR:
    case AGG_COVAR_SAMP:
    case AGG_COVAR_POP:
        spec->type = TYPE_FLOAT64;
        return e->type == TYPE_INT64 || e->type == TYPE_FLOAT64
                   ? bind_coerce(b, ast, e, TYPE_FLOAT64, &spec->arg)
                   : no_signature(b, ast, e);
    case AGG_MIN:
    case AGG_MAX:
    case AGG_QUANTILE:
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

/* ORDER BY among the arguments. Of distinct values only the values themselves are left to order
 * by. */
static int text_order(struct expr_scope *x, const struct ast *ast, struct agg_spec *spec)
{
    const struct ast_items *order = &ast->call->order;
    spec->order = ARENA_ARRAY(x->scope->b->arena, struct sort_key, order->n * 2);
    if (spec->order == NULL)
        return bind_memory(x->scope->b);
    for (size_t k = 0; k < order->n; k++) {
        struct expr *e;
        if (spec->distinct && !ast_equal(order->at[k].expr, ast->arg[0]))
            return bind_fail(x->scope->b, ERR_TYPE, order->at[k].expr,
                             "An aggregate function that has both DISTINCT and ORDER BY arguments "
                             "can only ORDER BY expressions that are arguments to the function");
        TRY(bind_expr(x, order->at[k].expr, &e));
        TRY(sort_keys_add(x->scope, spec->order, &spec->orders, e, &order->at[k]));
    }
    return 0;
}

/* STRING_AGG(text [, separator] [ORDER BY ...] [LIMIT n]) */
static int text_options(struct expr_scope *x, const struct ast *ast, struct agg_spec *spec)
{
    struct value v;
    spec->separator = STR(",");
    spec->limit = INT64_MAX;
    if (ast->args > 1) {
        TRY(bind_constant(x->scope, ast->arg[1], TYPE_STRING, "The separator of STRING_AGG", &v));
        spec->separator = v.null ? STR("") : v.s;
    }
    if (ast->call->limit != NULL) {
        TRY(bind_known(x->scope, ast->call->limit, TYPE_INT64, "LIMIT", 0, &v));
        if (v.null || v.i < 0)
            return bind_fail(x->scope->b, ERR_VALUE, ast->call->limit,
                             "LIMIT expects a non-negative integer");
        spec->limit = v.i;
    }
    return text_order(x, ast, spec);
}

static int second_argument(struct expr_scope *x, const struct ast *ast, struct agg_spec *spec)
{
    struct expr *e;
    TRY(bind_expr(x, ast->arg[1], &e));
    if (e->type != TYPE_INT64 && e->type != TYPE_FLOAT64 && e->type != TYPE_NULL)
        return no_signature(x->scope->b, ast, e);
    return bind_coerce(x->scope->b, ast->arg[1], e, TYPE_FLOAT64, &spec->second);
}

/* APPROX_QUANTILES(x, n) is an array, of which only an element can be had: see bind_element. */
static int quantile_options(struct expr_scope *x, const struct ast *ast, struct agg_spec *spec)
{
    struct binder *b = x->scope->b;
    struct value v;
    TRY(bind_known(x->scope, ast->arg[1], TYPE_INT64, "The number of quantiles", QUANTILES_MAX,
                   &v));
    if (v.null || v.i < 1 || v.i > QUANTILES_MAX)
        return bind_fail(b, ERR_VALUE, ast->arg[1], "The number of quantiles is 1 to %d",
                         QUANTILES_MAX);
    spec->quantiles = v.i;
    spec->which = x->element - 1;
    if (spec->which >= 0 && spec->which <= v.i)
        return 0;
    if (spec->which > v.i)
        return bind_fail(b, ERR_VALUE, ast, "Array index %lld is out of bounds",
                         (long long)spec->which);
    bind_fail(b, ERR_UNSUPPORTED, ast, "An array is not supported by this server as a column");
    err_hint(b->err, "take one element, as in APPROX_QUANTILES(x, 4)[OFFSET(2)], the median");
    return ERR_UNSUPPORTED;
}

static int agg_options(struct expr_scope *x, const struct ast *ast, struct agg_spec *spec)
{
    enum agg_kind k = spec->kind;
    if (k == AGG_TEXT)
        return text_options(x, ast, spec);
    if (ast->call->order.n > 0 || ast->call->limit != NULL)
        return bind_fail(x->scope->b, ERR_UNSUPPORTED, ast,
                         "ORDER BY and LIMIT inside of %.*s are not supported by this server",
                         STR_ARG(ast->s));
    if (k == AGG_QUANTILE)
        return quantile_options(x, ast, spec);
    bool pair = k == AGG_CORR || k == AGG_COVAR_SAMP || k == AGG_COVAR_POP;
    return pair ? second_argument(x, ast, spec) : 0;
}

static int count_arguments(struct binder *b, const struct ast *ast, const struct agg_name *name)
{
    bool two = name->kind == AGG_CORR || name->kind == AGG_COVAR_SAMP ||
               name->kind == AGG_COVAR_POP || name->kind == AGG_QUANTILE;
    size_t least = two ? 2 : 1;
    size_t most = name->kind == AGG_TEXT ? 2 : least;
    if (ast->args >= least && ast->args <= most)
        return 0;
    return bind_fail(b, ERR_TYPE, ast, "%s takes %s", name->name,
                     least < most ? "1 or 2 arguments"
                     : two        ? "2 arguments"
                                  : "1 argument");
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
    TRY(count_arguments(b, ast, name));
    out->distinct = ast->call->distinct;
    if (name->kind == AGG_COUNT)
        out->kind = out->distinct ? AGG_COUNT_DISTINCT : AGG_COUNT_OF;
    TRY(bind_expr(x, ast->arg[0], &out->arg));
    TRY(agg_options(x, ast, out));
    if (out->distinct && out->second != NULL)
        return bind_fail(b, ERR_UNSUPPORTED, ast,
                         "DISTINCT is not supported by this server with two arguments");
    TRY(typed(b, ast, out));
    simplify(x, out);
    return 0;
}

static bool same_expr(const struct expr *a, const struct expr *b)
{
    return a == NULL || b == NULL ? a == b : expr_equal(a, b);
}

static bool same_spec(const struct agg_spec *a, const struct agg_spec *b)
{
    if (a->kind != b->kind || a->distinct != b->distinct || a->limit != b->limit ||
        a->quantiles != b->quantiles || a->which != b->which || a->orders != b->orders ||
        !str_eq(a->separator, b->separator))
        return false;
    for (size_t k = 0; k < a->orders; k++)
        if (a->order[k].desc != b->order[k].desc ||
            a->order[k].nulls_last != b->order[k].nulls_last ||
            !expr_equal(a->order[k].expr, b->order[k].expr))
            return false;
    return same_expr(a->arg, b->arg) && same_expr(a->second, b->second);
}

int bind_agg_add(struct binder *b, struct grouping *g, struct agg_spec spec, size_t *index)
{
    for (size_t i = 0; i < g->aggs; i++)
        if (same_spec(&g->agg[i], &spec)) {
            *index = i;
            return 0;
        }
    struct agg_spec *grown = arena_grown(b->arena, g->agg, g->aggs, &g->aggs_cap, sizeof *grown);
    if (grown == NULL)
        return bind_memory(b);
    g->agg = grown;
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

/* The index of an element, from 0; *safe: NULL stands for what is out of bounds. */
static int element_index(struct expr_scope *x, const struct ast *ast, int64_t *index, bool *safe)
{
    struct value v;
    bool offset = str_eq_nocase(ast->s, STR("OFFSET"));
    bool safe_offset = str_eq_nocase(ast->s, STR("SAFE_OFFSET"));
    *safe = safe_offset || str_eq_nocase(ast->s, STR("SAFE_ORDINAL"));
    if (!offset && !*safe && !str_eq_nocase(ast->s, STR("ORDINAL")))
        return bind_fail(x->scope->b, ERR_SYNTAX, ast,
                         "An element is named by OFFSET, ORDINAL, SAFE_OFFSET or SAFE_ORDINAL");
    TRY(bind_known(x->scope, ast->arg[1], TYPE_INT64, "The index of an element", 1, &v));
    *index = v.i - (offset || safe_offset ? 0 : 1);
    if (!v.null && *index >= 0 && *index <= QUANTILES_MAX)
        return 0;
    *index = -1;
    return *safe ? 0
                 : bind_fail(x->scope->b, ERR_VALUE, ast->arg[1], "Array index is out of bounds");
}

int bind_element(struct expr_scope *x, const struct ast *ast, struct expr **out)
{
    struct binder *b = x->scope->b;
    const struct ast *array = ast->arg[0];
    const struct agg_name *name = array->kind == AST_CALL ? agg_find(array->s) : NULL;
    if (name == NULL || name->kind != AGG_QUANTILE)
        return bind_fail(b, ERR_UNSUPPORTED, ast,
                         "Elements of arrays are supported by this server for APPROX_QUANTILES");
    struct expr_scope inside = *x;
    bool safe = false;
    int64_t index = 0;
    TRY(element_index(x, ast, &index, &safe));
    inside.element = index + 1;
    int rc = index < 0 ? ERR_VALUE : bind_call(&inside, array, out);
    if (rc != ERR_VALUE || !safe)
        return rc;
    inside.element = 1;
    TRY(bind_call(&inside, array, out));
    *out = expr_null(b->arena, (*out)->type);
    return *out == NULL ? bind_memory(b) : 0;
}
