/* SPDX-License-Identifier: MIT
 *
 * Calls of window functions: added to what a step computes, and the expression refers to its
 * column. */
#include "bind.h"
#include "fn.h"

/* Farther than any frame reaches: in rows, and in days, weeks, months or years. */
enum { FRAME_ROWS_MAX = 1 << 30, CALENDAR_DAYS = 4000000 };

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

void window_near(struct str name, struct near_list *near)
{
    for (size_t i = 0; i < ARRAY_LEN(window_names); i++)
        near_offer(near, name, str_of(window_names[i].name));
}

void window_words(word_fn *fn, void *ctx)
{
    for (size_t i = 0; i < ARRAY_LEN(window_names); i++)
        fn(ctx, WORD_FUNCTION, window_names[i].name);
}

static int window_offset(struct expr_scope *x, const struct ast *ast, struct window *w)
{
    struct binder *b = x->scope->b;
    size_t at = w->kind == WIN_NTILE ? 0 : 1;
    w->offset = 1;
    if (at >= ast->args)
        return 0;
    struct value v;
    TRY(bind_known(x->scope, ast->arg[at], TYPE_INT64, "The offset of a window function", 1, &v));
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
    TRY(bind_known(x->scope, ast->arg[1], TYPE_FLOAT64, "The percentile", 0, &v));
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
    const struct ast_window *over = &ast->call->window;
    w->partition = ARENA_ARRAY(b->arena, struct expr *, over->partition.n);
    w->order = ARENA_ARRAY(b->arena, struct sort_key, over->order.n * 2);
    if (w->partition == NULL || w->order == NULL)
        return bind_memory(b);
    for (size_t k = 0; k < over->partition.n; k++)
        TRY(bind_expr(x, over->partition.at[k].expr, &w->partition[w->partitions++]));
    for (size_t k = 0; k < over->order.n; k++) {
        struct expr *e;
        TRY(bind_expr(x, over->order.at[k].expr, &e));
        TRY(sort_keys_add(x->scope, w->order, &w->orders, e, &over->order.at[k]));
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

/* ---- frames ---- */

static int negative_distance(struct binder *b, const struct ast *at)
{
    return bind_fail(b, ERR_VALUE, at, "A frame's distance is not negative");
}

static int rows_bound(struct expr_scope *x, const struct ast_bound *from, struct window_bound *to)
{
    struct value v;
    TRY(bind_known(x->scope, from->by, TYPE_INT64, "The distance of a frame", 0, &v));
    if (v.null || v.i < 0)
        return negative_distance(x->scope->b, from->by);
    int64_t rows = v.i < FRAME_ROWS_MAX ? v.i : FRAME_ROWS_MAX;
    to->i = from->before ? -rows : rows;
    return 0;
}

/* INTERVAL n DAY, WEEK, MONTH, QUARTER or YEAR beside the dates of ORDER BY. */
static int date_bound(struct expr_scope *x, const struct ast_bound *from, struct window_bound *to)
{
    struct binder *b = x->scope->b;
    struct value v;
    if (from->by->kind != AST_INTERVAL)
        return bind_fail(b, ERR_TYPE, from->by,
                         "Over dates a distance is an interval such as INTERVAL 7 DAY");
    TRY(bind_known(x->scope, from->by->arg[0], TYPE_INT64, "The distance of a frame", 0, &v));
    if (v.null || v.i < 0)
        return negative_distance(b, from->by);
    int unit = date_unit_parse(from->by->s, STR(""));
    int64_t each = unit == UNIT_DAY || unit == UNIT_MONTH ? 1
                   : unit == UNIT_WEEK + 6                ? 7
                   : unit == UNIT_QUARTER                 ? 3
                   : unit == UNIT_YEAR                    ? 12
                                                          : 0;
    if (each == 0)
        return bind_fail(b, ERR_UNKNOWN_NAME, from->by,
                         "An interval of dates counts DAY, WEEK, MONTH, QUARTER or YEAR");
    to->months = unit == UNIT_MONTH || unit == UNIT_QUARTER || unit == UNIT_YEAR;
    int64_t count = (v.i < CALENDAR_DAYS ? v.i : CALENDAR_DAYS) * each;
    to->i = from->before ? -count : count;
    return 0;
}

static int range_bound(struct expr_scope *x, const struct ast *ast, const struct window *w,
                       const struct ast_bound *from, struct window_bound *to)
{
    struct binder *b = x->scope->b;
    struct value v;
    enum type t = w->orders == 1 ? w->order[0].expr->type : TYPE_NULL;
    to->distant = true;
    if (t == TYPE_DATE)
        return date_bound(x, from, to);
    if (t != TYPE_INT64 && t != TYPE_FLOAT64)
        return bind_fail(b, ERR_TYPE, ast,
                         "RANGE with a distance needs one ORDER BY, a number or a date");
    TRY(bind_known(x->scope, from->by, t, "The distance of a frame", 0, &v));
    if (v.null || (t == TYPE_INT64 ? v.i < 0 : !(v.f >= 0)))
        return negative_distance(b, from->by);
    to->i = from->before ? -v.i : v.i;
    to->f = from->before ? -v.f : v.f;
    return 0;
}

static int window_frame(struct expr_scope *x, const struct ast *ast, struct window *w)
{
    const struct ast_frame *from = &ast->call->window.frame;
    w->frame = (struct window_frame){.given = from->given, .range = from->range};
    const struct ast_bound *bound[2] = {&from->start, &from->end};
    struct window_bound *to[2] = {&w->frame.start, &w->frame.end};
    for (int k = 0; k < 2; k++) {
        to[k]->open = bound[k]->open;
        if (bound[k]->by != NULL)
            TRY(from->range ? range_bound(x, ast, w, bound[k], to[k])
                            : rows_bound(x, bound[k], to[k]));
    }
    return 0;
}

static int add_window(struct binder *b, struct window_list *list, struct window w)
{
    struct window *grown = arena_grown(b->arena, list->at, list->n, &list->cap, sizeof *grown);
    if (grown == NULL)
        return bind_memory(b);
    list->at = grown;
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
        return bind_unknown_function(b, ast);
    else
        TRY(bind_agg_spec(&inside, ast, &w.agg));
    if (w.agg.distinct || w.agg.kind == AGG_COUNT_DISTINCT || w.agg.kind == AGG_TEXT ||
        w.agg.kind == AGG_QUANTILE)
        return bind_fail(b, ERR_UNSUPPORTED, ast,
                         "This aggregate is not supported with OVER by this server");
    TRY(window_clauses(&inside, ast, &w));
    TRY(window_frame(&inside, ast, &w));
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
