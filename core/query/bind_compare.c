/* SPDX-License-Identifier: MIT
 *
 * Comparison. A constant beside a place or a coded value means one of its kind, and is looked up
 * here once; everything else compares by type. */
#include <stdio.h>

#include "bind.h"

static bool is_text_constant(const struct expr *e)
{
    return e->kind == EXPR_CONST && e->type == TYPE_STRING;
}

static int replace(struct scope *s, const struct ast *at, struct value v, const struct expr *like,
                   struct expr **e)
{
    bool param = (*e)->param;
    *e = expr_const(s->b->arena, v);
    if (*e == NULL)
        return bind_memory(s->b);
    (*e)->list = like->list;
    (*e)->level = like->level;
    (*e)->param = param;
    (*e)->at = at->at;
    (*e)->n = at->n;
    return 0;
}

static int unknown_item(struct scope *s, const struct list *l, struct str text,
                        const struct ast *at)
{
    struct str shown = utf8_prefix(text, QUERY_SHOWN_BYTES);
    bind_fail(s->b, ERR_UNKNOWN_NAME, at, "\"%.*s\" is not in the list of %s", STR_ARG(shown),
              l->name);
    struct near_list near;
    near_init(&near);
    list_near(l, text, &near);
    if (near.n == 0)
        for (size_t i = 0; i < l->n && l->n <= NEAR_MAX; i++)
            near_offer(&near, list_item_name(l, (int64_t)i, false),
                       list_item_name(l, (int64_t)i, false));
    near_hint(&near, s->b->err);
    return ERR_UNKNOWN_NAME;
}

/* A constant beside a coded value: its code, name or alias. */
static int coded_constant(struct scope *s, const struct expr *like, const struct ast *at,
                          struct expr **e)
{
    const struct list *l = like->list;
    struct value v = {.type = TYPE_CODED, .null = (*e)->value.null};
    if (!v.null && (*e)->type == TYPE_CODED) {
        v.i = (*e)->value.i;
    } else if (!v.null) {
        char digits[24];
        struct str text = (*e)->value.s;
        if ((*e)->type == TYPE_INT64)
            text = (struct str){
                digits, (size_t)snprintf(digits, sizeof digits, "%lld", (long long)(*e)->value.i)};
        v.i = list_find(l, text);
        if (v.i < 0)
            return unknown_item(s, l, text, at);
    }
    return replace(s, at, v, like, e);
}

static int place_constant(struct scope *s, const struct expr *like, const struct ast *at,
                          struct expr **e)
{
    struct value v;
    TRY(bind_place_const(s, like->level, *e, at, &v));
    return replace(s, at, v, like, e);
}

/* `e` is a constant that may be looked up among the values of `like`. */
static bool looks_up(const struct expr *like, const struct expr *e)
{
    bool named = like->type == TYPE_PLACE || (like->type == TYPE_CODED && like->list != NULL);
    return named && e->kind == EXPR_CONST &&
           (e->type == TYPE_STRING || e->type == TYPE_INT64 ||
            (e->type == TYPE_CODED && like->type == TYPE_CODED && e->list == NULL));
}

static int look_up(struct scope *s, const struct expr *like, const struct ast *at, struct expr **e)
{
    return like->type == TYPE_PLACE ? place_constant(s, like, at, e)
                                    : coded_constant(s, like, at, e);
}

/* A place or coded value beside a number that is no constant: its code. */
static int code_of(struct scope *s, struct expr **e)
{
    const struct fn *fn = (*e)->type == TYPE_PLACE ? &fn_place_code : &fn_list_code;
    *e = expr_call1(s->b->arena, fn, TYPE_INT64, *e);
    return *e == NULL ? bind_memory(s->b) : 0;
}

static bool is_named(const struct expr *e)
{
    return e->type == TYPE_PLACE || e->type == TYPE_CODED;
}

/* A text literal reads as a date, a text parameter as anything. */
static bool reads_as(const struct expr *e, enum type t)
{
    return is_text_constant(e) && (e->param || t == TYPE_DATE);
}

/* A text of a dictionary beside a constant text, for equality: their ids. */
static int by_dict_id(struct scope *s, const struct ast *at, struct expr **l, struct expr **r)
{
    struct value v = {.type = TYPE_INT64, .null = (*r)->value.null};
    struct dict *d = NULL;
    memcpy(&d, &(*l)->aux, sizeof d);
    if (!v.null)
        v.i = dict_find(d, (*r)->value.s);
    TRY(replace(s, at, v, *r, r));
    (*r)->list = NULL;
    *l = (*l)->arg[0];
    return 0;
}

static bool is_dict_text(const struct expr *e)
{
    return e->kind == EXPR_CALL && e->fn == &fn_dict_text;
}

/* Both are places, or coded values of one list, and only equality is asked: nothing to do. */
static bool same_kind(bool order, const struct expr *l, const struct expr *r)
{
    return !order && is_named(l) && l->type == r->type && l->list == r->list;
}

/* 1: the types do not fit. */
static int to_common(struct scope *s, const struct ast *la, struct expr **l, const struct ast *ra,
                     struct expr **r)
{
    struct binder *b = s->b;
    enum type t = (*l)->type;
    enum type u = (*r)->type;
    if (t == TYPE_NULL || u == TYPE_NULL) {
        enum type known = t == TYPE_NULL ? u : t;
        known = known == TYPE_NULL ? TYPE_INT64 : known;
        TRY(bind_coerce(b, la, *l, known, l));
        return bind_coerce(b, ra, *r, known, r);
    }
    if (is_named(*l))
        t = TYPE_STRING;
    if (is_named(*r))
        u = TYPE_STRING;
    if ((t == TYPE_INT64 && u == TYPE_FLOAT64) || (u == TYPE_INT64 && t == TYPE_FLOAT64))
        t = u = TYPE_FLOAT64;
    else if (t != u && reads_as(*l, u))
        t = u;
    else if (t != u && reads_as(*r, t))
        u = t;
    if (t != u)
        return 1;
    TRY(bind_coerce(b, la, *l, t, l));
    return bind_coerce(b, ra, *r, t, r);
}

int bind_pair(struct scope *s, bool order, const struct ast *la, struct expr **l,
              const struct ast *ra, struct expr **r)
{
    if (!order && looks_up(*l, *r))
        TRY(look_up(s, *l, ra, r));
    else if (!order && looks_up(*r, *l))
        TRY(look_up(s, *r, la, l));
    if (same_kind(order, *l, *r))
        return 0;
    if (!order && is_dict_text(*l) && is_text_constant(*r))
        return by_dict_id(s, ra, l, r);
    if (!order && is_dict_text(*r) && is_text_constant(*l))
        return by_dict_id(s, la, r, l);
    if (is_named(*l) && (*r)->type == TYPE_INT64)
        TRY(code_of(s, l));
    if (is_named(*r) && (*l)->type == TYPE_INT64)
        TRY(code_of(s, r));
    return to_common(s, la, l, ra, r);
}

static int refuse(struct scope *s, const struct ast *at, const char *op, const struct expr *l,
                  const struct expr *r)
{
    return bind_fail(s->b, ERR_TYPE, at,
                     "No matching signature for operator %s for argument types: %s, %s", op,
                     type_name(l->type), type_name(r->type));
}

int bind_compare(struct scope *s, enum ast_op op, const struct ast *at, const struct ast *la,
                 struct expr *l, const struct ast *ra, struct expr *r, struct expr **out)
{
    struct expr *x = l;
    struct expr *y = r;
    bool order = op != OP_EQ && op != OP_NE;
    int rc = bind_pair(s, order, la, &x, ra, &y);
    TRY(rc);
    if (rc > 0 || (order && x->type == TYPE_BOOL))
        return refuse(s, at, fn_compare(op, TYPE_INT64)->name, l, r);
    struct expr *e = expr_call2(s->b->arena, fn_compare(op, x->type), TYPE_BOOL, x, y);
    *out = expr_fold(&s->b->fold, e);
    return e == NULL ? bind_memory(s->b) : 0;
}

int bind_in(struct expr_scope *x, const struct ast *ast, struct expr **out)
{
    struct scope *s = x->scope;
    struct expr **arg = ARENA_ARRAY(s->b->arena, struct expr *, ast->args);
    if (arg == NULL)
        return bind_memory(s->b);
    struct expr *value;
    TRY(bind_expr(x, ast->arg[0], &value));
    bool constants = true;
    arg[0] = value;
    for (size_t k = 1; k < ast->args; k++) {
        struct expr *left = value;
        TRY(bind_expr(x, ast->arg[k], &arg[k]));
        int rc = bind_pair(s, false, ast->arg[0], &left, ast->arg[k], &arg[k]);
        TRY(rc);
        if (rc > 0 || (k > 1 && left->type != arg[0]->type))
            return refuse(s, ast->arg[k], "IN", value, arg[k]);
        arg[0] = left;
        constants = constants && arg[k]->kind == EXPR_CONST;
    }
    struct expr *e =
        expr_call(s->b->arena, constants ? &fn_in : &fn_in_any, TYPE_BOOL, arg, ast->args);
    *out = expr_fold(&s->b->fold, e);
    return e == NULL ? bind_memory(s->b) : 0;
}
