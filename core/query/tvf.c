/* SPDX-License-Identifier: MIT
 *
 * Table functions: finding one, binding its arguments. */
#include "tvf.h"

#include <stdio.h>

static const struct tvf *const tvfs[] = {
    &tvf_complete, &tvf_against_target, &tvf_against_stated,     &tvf_top_n,    &tvf_running_total,
    &tvf_gap_fill, &tvf_rank_change,    &tvf_period_over_period, &tvf_forecast, &tvf_common_shock};

void tvf_words(word_fn *fn, void *ctx)
{
    for (size_t i = 0; i < ARRAY_LEN(tvfs); i++)
        fn(ctx, WORD_TABLE_FUNCTION, tvfs[i]->name);
}

static const struct tvf *find(struct str name)
{
    for (size_t i = 0; i < ARRAY_LEN(tvfs); i++)
        if (str_eq_nocase(name, str_of(tvfs[i]->name)))
            return tvfs[i];
    return NULL;
}

bool tvf_is(struct str name)
{
    return find(name) != NULL;
}

static int unknown_tvf(struct scope *s, const struct ast_pipe *op)
{
    struct binder *b = s->b;
    bind_fail_at(b, ERR_UNKNOWN_NAME, op->at, op->n, "Table-valued function not found: %.*s",
                 STR_ARG(op->name));
    struct near_list near;
    near_init(&near);
    for (size_t i = 0; i < ARRAY_LEN(tvfs); i++)
        near_offer(&near, op->name, str_of(tvfs[i]->name));
    tvf_plugin_near(b->ctx, op->name, &near);
    near_hint(&near, b->err);
    return ERR_UNKNOWN_NAME;
}

int tvf_fail(struct scope *s, const struct tvf_call *c, int k, int code, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    err_setv(s->b->err, code, fmt, args);
    va_end(args);
    const struct ast *at = k >= 0 ? c->arg[k] : NULL;
    struct str text = s->b->text;
    uint32_t from = at ? at->at : c->op->at;
    uint32_t n = at ? at->n : c->op->n;
    if (text.p != NULL)
        err_at(s->b->err, text.p, text.n, from, utf8_count((struct str){text.p + from, n}));
    return code;
}

static size_t param_count(const struct tvf *t)
{
    size_t n = 0;
    while (n < TVF_PARAMS_MAX && t->param[n].name != NULL)
        n++;
    return n;
}

static int param_named(struct scope *s, const struct tvf_call *c, const struct ast_item *item,
                       size_t *index)
{
    size_t n = param_count(c->tvf);
    struct near_list near;
    near_init(&near);
    for (size_t k = 0; k < n; k++) {
        if (str_eq_nocase(item->alias, str_of(c->tvf->param[k].name))) {
            *index = k;
            return 0;
        }
        near_offer(&near, item->alias, str_of(c->tvf->param[k].name));
    }
    bind_fail(s->b, ERR_UNKNOWN_NAME, item->expr, "%s has no argument named %.*s", c->tvf->name,
              STR_ARG(item->alias));
    near_hint(&near, s->b->err);
    return ERR_UNKNOWN_NAME;
}

static int place_args(struct scope *s, struct tvf_call *c)
{
    const struct ast_items *items = &c->op->item;
    size_t n = param_count(c->tvf);
    size_t next = 0;
    for (size_t i = 0; i < items->n; i++) {
        const struct ast_item *item = &items->at[i];
        size_t k = next;
        if (item->alias.p != NULL)
            TRY(param_named(s, c, item, &k));
        else
            next++;
        if (k >= n)
            return bind_fail(s->b, ERR_TYPE, item->expr, "%s takes at most %zu arguments",
                             c->tvf->name, n);
        if (c->arg[k] != NULL)
            return bind_fail(s->b, ERR_TYPE, item->expr, "Argument %s of %s is given twice",
                             c->tvf->param[k].name, c->tvf->name);
        c->arg[k] = item->expr;
    }
    for (size_t k = 0; k < n; k++)
        if (c->tvf->param[k].required && c->arg[k] == NULL)
            return tvf_fail(s, c, -1, ERR_TYPE, "%s needs the argument %s", c->tvf->name,
                            c->tvf->param[k].name);
    return 0;
}

static int arg_values(struct scope *s, struct tvf_call *c)
{
    size_t n = param_count(c->tvf);
    for (size_t k = 0; k < n; k++) {
        const struct tvf_param *p = &c->tvf->param[k];
        c->column[k] = -1;
        c->value[k] = (struct value){.type = p->type, .null = true};
        if (c->arg[k] == NULL || p->array)
            continue;
        char what[96];
        snprintf(what, sizeof what, "Argument %s of %s", p->name, c->tvf->name);
        TRY(bind_constant(s, c->arg[k], p->type, what, &c->value[k]));
    }
    return 0;
}

int bind_tvf(struct scope *s, const struct ast_pipe *op)
{
    const struct tvf *t = find(op->name);
    if (t == NULL) {
        int bound = tvf_plugin_bind(s, op);
        return bound == 0 ? unknown_tvf(s, op) : bound < 0 ? bound : 0;
    }
    struct tvf_call *c = ARENA_NEW(s->b->arena, struct tvf_call);
    if (c == NULL)
        return bind_memory(s->b);
    c->tvf = t;
    c->op = op;
    TRY(place_args(s, c));
    TRY(arg_values(s, c));
    s->weight = -1;
    TRY(scope_settle(s));
    if (s->weight >= 0) { /* rows of registrations: their weight stays a column of its own */
        s->weight = -1;
        TRY(scope_settle(s));
    }
    c->cols = s->n;
    struct column *col = ARENA_ARRAY(s->b->arena, struct column, s->n); /* s->col may change */
    if (col == NULL)
        return bind_memory(s->b);
    memcpy(col, s->col, s->n * sizeof *col);
    c->col = col;
    TRY(t->bind(s, c));
    s->frame_cols = s->n;
    return scope_add_step(
        s, (struct step){.kind = STEP_CALL, .at = op->at, .n = op->n, .call = c, .cols = s->n});
}

int tvf_run(struct run *r, const struct tvf_call *c, const struct frame *in, struct frame **out)
{
    return c->tvf->run(r, c, in, out);
}

int tvf_column(struct scope *s, struct tvf_call *c, size_t k, int *index)
{
    struct str name = c->value[k].s;
    struct near_list near;
    near_init(&near);
    for (size_t i = 0; i < c->cols; i++) {
        if (str_eq_nocase(c->col[i].name, name)) {
            *index = (int)i;
            return 0;
        }
        near_offer(&near, name, c->col[i].name);
    }
    tvf_fail(s, c, (int)k, ERR_UNKNOWN_NAME, "There is no column \"%.*s\" for %s", STR_ARG(name),
             c->tvf->name);
    near_hint(&near, s->b->err);
    return ERR_UNKNOWN_NAME;
}

int tvf_count_column(struct scope *s, struct tvf_call *c, size_t k, int *index)
{
    if (c->arg[k] != NULL) {
        TRY(tvf_column(s, c, k, index));
        enum type t = c->col[*index].expr->type;
        return t == TYPE_INT64
                   ? 0
                   : tvf_fail(s, c, (int)k, ERR_TYPE, "Column %.*s is %s and should be INT64",
                              STR_ARG(c->col[*index].name), type_name(t));
    }
    size_t found = 0;
    for (size_t i = 0; i < c->cols; i++)
        if (c->col[i].expr->type == TYPE_INT64) {
            *index = (int)i;
            found++;
        }
    if (found == 1)
        return 0;
    return tvf_fail(s, c, -1, ERR_TYPE, "%s needs %s => 'column', the column that holds the count",
                    c->tvf->name, c->tvf->param[k].name);
}

int tvf_place_column(const struct tvf_call *c, int level)
{
    int any = -1;
    for (size_t i = c->cols; i-- > 0;) {
        const struct expr *e = c->col[i].expr;
        if (e->type != TYPE_PLACE)
            continue;
        if (level != PLACE_LEVEL_ANY && e->level == level)
            return (int)i;
        any = (int)i;
    }
    return any;
}

int tvf_place_value(struct scope *s, struct tvf_call *c, size_t k)
{
    if (c->arg[k] == NULL)
        return 0;
    struct expr *e = expr_const(s->b->arena, c->value[k]);
    if (e == NULL)
        return bind_memory(s->b);
    return bind_place_const(s, PLACE_LEVEL_ANY, e, c->arg[k], &c->value[k]);
}

int tvf_add(struct scope *s, const char *name, enum type type)
{
    return scope_add_col(s, str_of(name), STR(""), expr_col(s->b->arena, (int)s->n, type));
}

int tvf_extend(struct run *r, const struct frame *in, size_t more, struct frame **out)
{
    TRY(run_frame(r, in->rows, in->cols + more, out));
    memcpy((*out)->col, in->col, in->cols * sizeof *in->col);
    return 0;
}
