/* SPDX-License-Identifier: MIT
 *
 * Nodes of bound expressions, and the driver that evaluates them. */
#include "expr.h"

int eval_memory(struct eval *ev)
{
    return err_set(ev->err, ERR_LIMIT, "The query needs more memory than it may use.");
}

int eval_fail(struct eval *ev, const struct expr *e, int code, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    err_setv(ev->err, code, fmt, args);
    va_end(args);
    if (ev->text.p != NULL && e->n > 0)
        err_at(ev->err, ev->text.p, ev->text.n, e->at,
               utf8_count((struct str){ev->text.p + e->at, e->n}));
    return code;
}

char *eval_text(struct eval *ev, size_t n)
{
    return arena_alloc(ev->strings, n);
}

static bool stored_as_float(enum type t)
{
    return t == TYPE_FLOAT64;
}

int expr_reserve(struct eval *ev, struct expr *e)
{
    if (e->cap < ev->n) {
        struct frame_col c = {.type = e->type, .list = e->list};
        if (e->type == TYPE_STRING)
            c.s = ARENA_ARRAY(ev->arena, struct str, ev->n);
        else if (stored_as_float(e->type))
            c.f = ARENA_ARRAY(ev->arena, double, ev->n);
        else
            c.i = ARENA_ARRAY(ev->arena, int64_t, ev->n);
        e->null_buf = ARENA_ARRAY(ev->arena, uint8_t, ev->n);
        if (e->null_buf == NULL || (c.s == NULL && c.f == NULL && c.i == NULL))
            return eval_memory(ev);
        e->out = c;
        e->cap = ev->n;
        e->filled = 0;
    }
    e->out.null = NULL;
    return 0;
}

int expr_mask(struct eval *ev, struct expr *e, size_t count, uint8_t **out)
{
    struct {
        size_t cap;
        uint8_t *p;
    } *mask = e->state;
    if (mask == NULL || mask->cap < ev->n * count) {
        mask = arena_alloc(ev->arena, sizeof *mask);
        uint8_t *p = ARENA_ARRAY(ev->arena, uint8_t, ev->n * count);
        if (mask == NULL || p == NULL)
            return eval_memory(ev);
        mask->cap = ev->n * count;
        mask->p = p;
        e->state = mask;
    }
    *out = mask->p;
    return 0;
}

void expr_merge_nulls(struct expr *e, size_t n)
{
    e->out.null = NULL;
    for (size_t k = 0; k < e->args; k++) {
        const uint8_t *from = e->arg[k]->out.null;
        if (from == NULL)
            continue;
        if (e->out.null == NULL) {
            memcpy(e->null_buf, from, n);
            e->out.null = e->null_buf;
        } else {
            for (size_t i = 0; i < n; i++)
                e->null_buf[i] |= from[i];
        }
    }
}

static int eval_const(struct eval *ev, struct expr *e)
{
    size_t filled = e->cap >= ev->n ? e->filled : 0;
    TRY(expr_reserve(ev, e));
    for (size_t i = filled; i < ev->n; i++) {
        e->null_buf[i] = e->value.hidden ? FRAME_HIDDEN : e->value.null;
        if (e->out.s != NULL)
            e->out.s[i] = e->value.null ? STR("") : e->value.s;
        else if (e->out.f != NULL)
            e->out.f[i] = e->value.null ? 0 : e->value.f;
        else
            e->out.i[i] = e->value.null ? 0 : e->value.i;
    }
    if (ev->n > filled)
        e->filled = ev->n;
    e->out.null = e->value.null ? e->null_buf : NULL;
    return 0;
}

static void eval_col(struct eval *ev, struct expr *e)
{
    const struct frame_col *c = &ev->col[e->col];
    e->out = *c;
    e->out.null = c->null ? c->null + ev->row : NULL;
    e->out.i = c->i ? c->i + ev->row : NULL;
    e->out.f = c->f ? c->f + ev->row : NULL;
    e->out.s = c->s ? c->s + ev->row : NULL;
}

int expr_eval(struct eval *ev, struct expr *e, const uint8_t *active)
{
    if (e->kind == EXPR_CONST)
        return eval_const(ev, e);
    if (e->kind == EXPR_COL) {
        eval_col(ev, e);
        return 0;
    }
    if (!e->fn->lazy)
        for (size_t k = 0; k < e->args; k++)
            TRY(expr_eval(ev, e->arg[k], active));
    TRY(expr_reserve(ev, e));
    return e->fn->eval(ev, e, active);
}

struct expr *expr_const(struct arena *a, struct value v)
{
    struct expr *e = ARENA_NEW(a, struct expr);
    if (e == NULL)
        return NULL;
    e->kind = EXPR_CONST;
    e->type = v.type;
    e->size = 1;
    e->value = v;
    e->level = PLACE_LEVEL_ANY;
    return e;
}

struct expr *expr_null(struct arena *a, enum type t)
{
    return expr_const(a, (struct value){.type = t, .null = true});
}

struct expr *expr_col(struct arena *a, int col, enum type t)
{
    struct expr *e = ARENA_NEW(a, struct expr);
    if (e == NULL)
        return NULL;
    e->kind = EXPR_COL;
    e->type = t;
    e->col = col;
    e->size = 1;
    e->level = PLACE_LEVEL_ANY;
    return e;
}

struct expr *expr_call(struct arena *a, const struct fn *fn, enum type t, struct expr **arg,
                       size_t args)
{
    struct expr *e = ARENA_NEW(a, struct expr);
    if (e == NULL)
        return NULL;
    e->kind = EXPR_CALL;
    e->type = t;
    e->fn = fn;
    e->arg = arg;
    e->args = args;
    e->level = PLACE_LEVEL_ANY;
    e->size = 1;
    for (size_t k = 0; k < args; k++) {
        e->deps |= arg[k]->deps;
        if (__builtin_add_overflow(e->size, arg[k]->size, &e->size))
            e->size = UINT32_MAX;
    }
    return e;
}

struct expr *expr_call1(struct arena *a, const struct fn *fn, enum type t, struct expr *arg)
{
    struct expr **list = ARENA_ARRAY(a, struct expr *, 1);
    if (list == NULL || arg == NULL)
        return NULL;
    list[0] = arg;
    return expr_call(a, fn, t, list, 1);
}

struct expr *expr_call2(struct arena *a, const struct fn *fn, enum type t, struct expr *x,
                        struct expr *y)
{
    struct expr **list = ARENA_ARRAY(a, struct expr *, 2);
    if (list == NULL || x == NULL || y == NULL)
        return NULL;
    list[0] = x;
    list[1] = y;
    return expr_call(a, fn, t, list, 2);
}

bool expr_is_const(const struct expr *e)
{
    return e->kind == EXPR_CONST && !e->value.null;
}

bool expr_is_null(const struct expr *e)
{
    return e->kind == EXPR_CONST && e->value.null;
}

static bool value_equal(const struct value *a, const struct value *b)
{
    if (a->type != b->type || a->null != b->null)
        return false;
    if (a->null)
        return true;
    if (a->type == TYPE_STRING)
        return str_eq(a->s, b->s);
    return a->type == TYPE_FLOAT64 ? !(a->f < b->f) && !(a->f > b->f) : a->i == b->i;
}

bool expr_equal(const struct expr *a, const struct expr *b)
{
    if (a == b)
        return true;
    if (a->kind != b->kind || a->type != b->type || a->list != b->list)
        return false;
    if (a->kind == EXPR_CONST)
        return value_equal(&a->value, &b->value);
    if (a->kind == EXPR_COL)
        return a->col == b->col;
    if (a->fn != b->fn || a->args != b->args || a->option != b->option || a->aux != b->aux)
        return false;
    for (size_t k = 0; k < a->args; k++)
        if (!expr_equal(a->arg[k], b->arg[k]))
            return false;
    return true;
}

struct expr *expr_clone(struct arena *a, const struct expr *e)
{
    struct expr *copy = ARENA_NEW(a, struct expr);
    if (copy == NULL)
        return NULL;
    *copy = *e;
    copy->out = (struct frame_col){.type = e->type, .list = e->list};
    copy->null_buf = NULL;
    copy->cap = copy->filled = 0;
    copy->state = NULL;
    if (e->kind != EXPR_CALL)
        return copy;
    copy->arg = ARENA_ARRAY(a, struct expr *, e->args);
    for (size_t k = 0; copy->arg != NULL && k < e->args; k++) {
        copy->arg[k] = expr_clone(a, e->arg[k]);
        if (copy->arg[k] == NULL)
            return NULL;
    }
    return copy->arg != NULL ? copy : NULL;
}

struct expr *expr_fold(struct eval *ev, struct expr *e)
{
    if (e == NULL || e->kind != EXPR_CALL)
        return e;
    bool param = false;
    for (size_t k = 0; k < e->args; k++) {
        if (e->arg[k]->kind != EXPR_CONST)
            return e;
        param = param || e->arg[k]->param;
    }
    struct eval one = *ev;
    one.col = NULL;
    one.row = 0;
    one.n = 1;
    one.err = NULL;
    if (expr_eval(&one, e, NULL) < 0)
        return e;
    struct expr *folded = expr_const(ev->arena, vec_get(&e->out, 0));
    if (folded == NULL)
        return e;
    folded->list = e->list;
    folded->level = e->level;
    folded->param = param;
    folded->at = e->at;
    folded->n = e->n;
    return folded;
}

struct value vec_get(const struct frame_col *c, size_t i)
{
    struct value v = {.type = c->type, .null = vec_null(c, i), .hidden = vec_hidden(c, i)};
    if (v.null)
        return v;
    if (c->s != NULL)
        v.s = c->s[i];
    else if (c->f != NULL)
        v.f = c->f[i];
    else if (c->i != NULL)
        v.i = c->i[i];
    return v;
}

void vec_copy(struct frame_col *to, size_t at, const struct frame_col *from, size_t n)
{
    if (n == 0)
        return;
    if (from->s != NULL)
        memcpy(to->s + at, from->s, n * sizeof *to->s);
    else if (from->f != NULL)
        memcpy(to->f + at, from->f, n * sizeof *to->f);
    else
        memcpy(to->i + at, from->i, n * sizeof *to->i);
    if (from->null != NULL)
        memcpy(to->null + at, from->null, n);
    else if (to->null != NULL)
        memset(to->null + at, 0, n);
}

void vec_copy_cell(struct frame_col *to, size_t i, const struct frame_col *from, size_t j)
{
    to->null[i] = from->null ? from->null[j] : 0;
    if (to->s != NULL)
        to->s[i] = from->s[j];
    else if (to->f != NULL)
        to->f[i] = from->f[j];
    else
        to->i[i] = from->i[j];
}

static int three_way(int64_t x, int64_t y)
{
    return (x > y) - (x < y);
}

int vec_compare(const struct frame_col *a, size_t i, const struct frame_col *b, size_t j,
                const struct place_tree *tree)
{
    bool x = vec_null(a, i);
    bool y = vec_null(b, j);
    if (x || y)
        return (int)y - (int)x;
    if (a->s != NULL)
        return str_cmp(a->s[i], b->s[j]);
    if (a->f != NULL) /* NaN is the smallest number */
        return a->f[i] < b->f[j]   ? -1
               : a->f[i] > b->f[j] ? 1
                                   : (b->f[j] != b->f[j]) - (a->f[i] != a->f[i]);
    if (a->type == TYPE_PLACE)
        return three_way(place_order(tree, (uint32_t)a->i[i]),
                         place_order(tree, (uint32_t)b->i[j]));
    return three_way(a->i[i], b->i[j]);
}
