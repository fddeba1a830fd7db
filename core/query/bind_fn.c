/* SPDX-License-Identifier: MIT
 *
 * Calls of scalar functions. */
#include <stdio.h>

#include "base/date.h"
#include "bind.h"
#include "fn.h"
#include "foreign.h"

static int finish(struct expr_scope *x, const struct ast *ast, struct expr *e, struct expr **out)
{
    struct binder *b = x->scope->b;
    if (e == NULL)
        return bind_memory(b);
    e->at = ast->at;
    e->n = ast->n;
    *out = expr_fold(&b->fold, e);
    return 0;
}

static int wrong_count(struct binder *b, const struct ast *ast, const char *takes)
{
    return bind_fail(b, ERR_TYPE, ast, "%.*s takes %s, not %zu", STR_ARG(ast->s), takes, ast->args);
}

/* All arguments, bound. */
static int bind_args(struct expr_scope *x, const struct ast *ast, struct expr ***out)
{
    struct binder *b = x->scope->b;
    *out = ARENA_ARRAY(b->arena, struct expr *, ast->args + 1);
    if (*out == NULL)
        return bind_memory(b);
    for (size_t k = 0; k < ast->args; k++)
        TRY(bind_expr(x, ast->arg[k], &(*out)[k]));
    return 0;
}

static enum type signature_type(char c)
{
    switch (c) {
    case 'b':
        return TYPE_BOOL;
    case 'i':
        return TYPE_INT64;
    case 'f':
        return TYPE_FLOAT64;
    case 'd':
        return TYPE_DATE;
    default:
        return TYPE_STRING;
    }
}

/* A signature fails with GoogleSQL's sentence and the argument at fault. */
static int coerce_arg(struct expr_scope *x, const struct ast *ast, size_t k, char c,
                      struct expr **e)
{
    struct binder *b = x->scope->b;
    struct err *err = b->err;
    struct err why = {0};
    b->err = &why;
    int rc = bind_coerce(b, ast->arg[k], *e, signature_type(c), e);
    b->err = err;
    if (rc == ERR_TYPE)
        return bind_fail(b, ERR_TYPE, ast->arg[k],
                         "No matching signature for function %.*s: argument %zu is %s and should "
                         "be %s",
                         STR_ARG(ast->s), k + 1, type_name((*e)->type),
                         type_name(signature_type(c)));
    if (rc < 0 && err != NULL)
        *err = why;
    return rc;
}

static char number_kind(const struct expr *e)
{
    return e->type == TYPE_FLOAT64 ? 'f' : 'i';
}

static int bind_signature(struct expr_scope *x, const struct ast *ast, const struct fn_def *f,
                          struct expr **out)
{
    struct binder *b = x->scope->b;
    const char *sig = f->signature;
    struct expr **arg;
    TRY(bind_args(x, ast, &arg));
    size_t k = 0;
    char number = 'i';
    bool optional = false;
    for (const char *c = sig + 2; *c; c++) {
        if (*c == '?') {
            optional = true;
        } else if (*c == '*') {
            for (; k < ast->args; k++)
                TRY(coerce_arg(x, ast, k, c[-1], &arg[k]));
        } else if (k < ast->args) {
            number = *c == 'n' ? number_kind(arg[k]) : number;
            TRY(coerce_arg(x, ast, k, *c == 'n' ? number : *c, &arg[k]));
            k++;
        } else if (!optional) {
            return bind_fail(b, ERR_TYPE, ast, "%.*s has too few arguments", STR_ARG(ast->s));
        }
    }
    if (k < ast->args)
        return bind_fail(b, ERR_TYPE, ast, "%.*s has too many arguments", STR_ARG(ast->s));
    enum type t = signature_type(sig[0] == 'n' ? number : sig[0]);
    return finish(x, ast, expr_call(b->arena, &f->fn, t, arg, ast->args), out);
}

static void like_first(struct expr *e, const struct expr *first)
{
    if (e == NULL)
        return;
    e->list = first->list;
    e->level = first->level;
}

static int bind_if(struct expr_scope *x, const struct ast *ast, struct expr **out)
{
    struct binder *b = x->scope->b;
    if (ast->args != 3)
        return wrong_count(b, ast, "3 arguments");
    struct expr_scope condition = *x;
    condition.clause = "The condition of IF";
    struct expr **arg = ARENA_ARRAY(b->arena, struct expr *, 3);
    if (arg == NULL)
        return bind_memory(b);
    TRY(bind_bool(&condition, ast->arg[0], &arg[0]));
    TRY(bind_expr(x, ast->arg[1], &arg[1]));
    TRY(bind_expr(x, ast->arg[2], &arg[2]));
    TRY(bind_common(b, ast, arg + 1, 2));
    struct expr *e = expr_call(b->arena, &fn_if, arg[1]->type, arg, 3);
    like_first(e, arg[1]);
    return finish(x, ast, e, out);
}

static int bind_choice(struct expr_scope *x, const struct ast *ast, const struct fn *fn,
                       size_t least, size_t most, struct expr **out)
{
    struct binder *b = x->scope->b;
    if (ast->args < least || ast->args > most)
        return wrong_count(b, ast, most == 2 ? "2 arguments" : "one argument or more");
    struct expr **arg;
    TRY(bind_args(x, ast, &arg));
    TRY(bind_common(b, ast, arg, ast->args));
    struct expr *e = expr_call(b->arena, fn, arg[0]->type, arg, ast->args);
    like_first(e, arg[0]);
    return finish(x, ast, e, out);
}

static int bind_nullif(struct expr_scope *x, const struct ast *ast, struct expr **out)
{
    struct binder *b = x->scope->b;
    if (ast->args != 2)
        return wrong_count(b, ast, "2 arguments");
    struct expr **arg;
    TRY(bind_args(x, ast, &arg));
    int rc = bind_pair(x->scope, false, ast->arg[0], &arg[0], ast->arg[1], &arg[1]);
    TRY(rc);
    if (rc > 0)
        return bind_fail(b, ERR_TYPE, ast, "NULLIF cannot compare %s with %s",
                         type_name(arg[0]->type), type_name(arg[1]->type));
    struct expr *e = expr_call(b->arena, &fn_nullif, arg[0]->type, arg, 2);
    like_first(e, arg[0]);
    return finish(x, ast, e, out);
}

/* The part of a date that an argument names: MONTH, or WEEK(MONDAY). */
static int unit_of(struct binder *b, const struct ast *ast, int most, int *unit)
{
    struct str weekday = STR("");
    bool named = ast->kind == AST_NAME && ast->table.n == 0;
    if (ast->kind == AST_CALL && ast->args == 1 && ast->arg[0]->kind == AST_NAME) {
        weekday = ast->arg[0]->s;
        named = true;
    }
    *unit = named ? date_unit_parse(ast->s, weekday) : -1;
    if (*unit >= 0 && *unit <= most)
        return 0;
    bind_fail(b, ERR_UNKNOWN_NAME, ast, "A valid date part is required here");
    if (named) {
        struct near_list near;
        near_init(&near);
        date_unit_near(ast->s, &near);
        near_hint(&near, b->err);
    }
    return ERR_UNKNOWN_NAME;
}

static int bind_date_trunc(struct expr_scope *x, const struct ast *ast, struct expr **out)
{
    struct binder *b = x->scope->b;
    if (ast->args != 2)
        return wrong_count(b, ast, "2 arguments");
    struct expr *day;
    int unit;
    TRY(bind_expr(x, ast->arg[0], &day));
    TRY(coerce_arg(x, ast, 0, 'd', &day));
    TRY(unit_of(b, ast->arg[1], UNIT_FISCAL_YEAR, &unit));
    struct expr *e = expr_call1(b->arena, &fn_date_trunc, TYPE_DATE, day);
    if (e != NULL)
        e->option = unit;
    return finish(x, ast, e, out);
}

/* DATE_ADD(day, INTERVAL n part) */
static int bind_date_add(struct expr_scope *x, const struct ast *ast, const struct fn *fn,
                         struct expr **out)
{
    struct binder *b = x->scope->b;
    if (ast->args != 2)
        return wrong_count(b, ast, "2 arguments");
    const struct ast *interval = ast->arg[1];
    if (interval->kind != AST_INTERVAL)
        return bind_fail(b, ERR_TYPE, interval, "%.*s needs an interval such as INTERVAL 7 DAY",
                         STR_ARG(ast->s));
    struct expr *day;
    struct expr *count;
    TRY(bind_expr(x, ast->arg[0], &day));
    TRY(coerce_arg(x, ast, 0, 'd', &day));
    TRY(bind_expr(x, interval->arg[0], &count));
    TRY(bind_coerce(b, interval->arg[0], count, TYPE_INT64, &count));
    int unit = date_unit_parse(interval->s, STR(""));
    bool known = unit == UNIT_DAY || unit == UNIT_WEEK + 6 || unit == UNIT_MONTH ||
                 unit == UNIT_QUARTER || unit == UNIT_YEAR;
    if (!known)
        return bind_fail(b, ERR_UNKNOWN_NAME, interval,
                         "An interval of dates counts DAY, WEEK, MONTH, QUARTER or YEAR");
    struct expr *e = expr_call2(b->arena, fn, TYPE_DATE, day, count);
    if (e != NULL)
        e->option = unit;
    return finish(x, ast, e, out);
}

static int bind_date_diff(struct expr_scope *x, const struct ast *ast, struct expr **out)
{
    struct binder *b = x->scope->b;
    if (ast->args != 3)
        return wrong_count(b, ast, "3 arguments");
    struct expr *day[2];
    int unit;
    for (size_t k = 0; k < 2; k++) {
        TRY(bind_expr(x, ast->arg[k], &day[k]));
        TRY(coerce_arg(x, ast, k, 'd', &day[k]));
    }
    TRY(unit_of(b, ast->arg[2], UNIT_FISCAL_YEAR, &unit));
    struct expr *e = expr_call2(b->arena, &fn_date_diff, TYPE_INT64, day[0], day[1]);
    if (e != NULL)
        e->option = unit;
    return finish(x, ast, e, out);
}

int bind_extract(struct expr_scope *x, const struct ast *ast, struct expr **out)
{
    struct binder *b = x->scope->b;
    int unit = date_unit_parse(ast->s, ast->table);
    if (unit < 0) {
        struct near_list near;
        near_init(&near);
        date_unit_near(ast->s, &near);
        bind_fail(b, ERR_UNKNOWN_NAME, ast, "A valid date part is required here but found %.*s",
                  STR_ARG(ast->s));
        near_hint(&near, b->err);
        return ERR_UNKNOWN_NAME;
    }
    struct expr *day;
    TRY(bind_expr(x, ast->arg[0], &day));
    TRY(bind_coerce(b, ast->arg[0], day, TYPE_DATE, &day));
    struct expr *e = expr_call1(b->arena, &fn_date_extract, TYPE_INT64, day);
    if (e != NULL)
        e->option = unit;
    return finish(x, ast, e, out);
}

static int type_by_name(struct str s)
{
    static const struct {
        const char *name;
        enum type type;
    } names[] = {{"INT64", TYPE_INT64},   {"INT", TYPE_INT64},       {"INTEGER", TYPE_INT64},
                 {"BIGINT", TYPE_INT64},  {"FLOAT64", TYPE_FLOAT64}, {"DOUBLE", TYPE_FLOAT64},
                 {"STRING", TYPE_STRING}, {"BOOL", TYPE_BOOL},       {"BOOLEAN", TYPE_BOOL},
                 {"DATE", TYPE_DATE}};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (str_eq_nocase(s, str_of(names[i].name)))
            return (int)names[i].type;
    return -1;
}

int bind_cast(struct expr_scope *x, const struct ast *ast, struct expr **out)
{
    struct binder *b = x->scope->b;
    int to = type_by_name(ast->s);
    if (to < 0) {
        bind_fail(b, ERR_UNSUPPORTED, ast, "Type %.*s is not supported by this server",
                  STR_ARG(ast->s));
        err_hint(b->err, "types are INT64, FLOAT64, STRING, BOOL, DATE");
        return ERR_UNSUPPORTED;
    }
    struct expr *e;
    TRY(bind_expr(x, ast->arg[0], &e));
    if (e->type == TYPE_NULL || e->type == TYPE_PLACE || e->type == TYPE_CODED)
        TRY(bind_coerce(b, ast->arg[0], e, e->type == TYPE_NULL ? (enum type)to : TYPE_STRING, &e));
    const struct fn *fn = fn_cast(e->type, (enum type)to, ast->negated);
    if (fn == NULL)
        return bind_fail(b, ERR_TYPE, ast, "Invalid cast from %s to %s", type_name(e->type),
                         type_name((enum type)to));
    return finish(x, ast, expr_call1(b->arena, fn, (enum type)to, e), out);
}

/* The one argument of a function over rows of registrations: a place of any level. */
static int bind_place_argument(struct expr_scope *x, const struct ast *ast, const char *name,
                               struct value *out)
{
    struct scope *s = x->scope;
    struct binder *b = s->b;
    char what[32];
    if (ast->args != 1)
        return wrong_count(b, ast, "1 argument");
    if (s->open == NULL)
        return bind_fail(b, ERR_UNSUPPORTED, ast,
                         "%s needs rows of registrations; use it before they are aggregated", name);
    snprintf(what, sizeof what, "The place of %s", name);
    TRY(bind_constant(s, ast->arg[0], TYPE_NULL, what, out));
    struct expr *place = expr_const(b->arena, *out);
    if (place == NULL)
        return bind_memory(b);
    return bind_place_const(s, PLACE_LEVEL_ANY, place, ast->arg[0], out);
}

/* IN_PLACE(place): whether a row lies in it; NULL for no place. Bound as the comparison of the
 * column of its level, so that it is planned as one. */
static int bind_in_place(struct expr_scope *x, const struct ast *ast, struct expr **out)
{
    struct binder *b = x->scope->b;
    struct value v;
    TRY(bind_place_argument(x, ast, "IN_PLACE", &v));
    if (v.null)
        return finish(x, ast, expr_null(b->arena, TYPE_BOOL), out);
    uint32_t node = place_order(b->places, (uint32_t)v.i);
    ASSERT(node != PLACE_NONE);
    enum place_level level = b->places->at[node].level;
    if (level == PLACE_COUNTRY)
        return finish(x, ast, expr_const(b->arena, (struct value){.type = TYPE_BOOL, .i = 1}), out);
    struct expr *place = expr_const(b->arena, (struct value){.type = TYPE_PLACE, .i = v.i});
    struct expr *at = bind_place_column(b->arena, level);
    if (place == NULL || at == NULL)
        return bind_memory(b);
    return finish(x, ast, expr_call2(b->arena, fn_compare(OP_EQ, TYPE_PLACE), TYPE_BOOL, at, place),
                  out);
}

/* CHILD_OF(place): the place one level below it in which a row lies. */
static int bind_child_of(struct expr_scope *x, const struct ast *ast, struct expr **out)
{
    struct binder *b = x->scope->b;
    struct value v;
    TRY(bind_place_argument(x, ast, "CHILD_OF", &v));
    if (v.null)
        return finish(x, ast, expr_null(b->arena, TYPE_PLACE), out);
    struct node_list *nodes;
    TRY(bind_nodes(b, (uint32_t)v.i, &nodes));
    int level = nodes->n ? (int)b->places->at[nodes->order[0]].level : PLACE_PANCHAYAT;
    if (level == PLACE_PANCHAYAT)
        return bind_fail(b, ERR_VALUE, ast->arg[0], "There are no places below a panchayat");
    struct expr *e =
        expr_call1(b->arena, &fn_child_of, TYPE_PLACE, expr_col(b->arena, BASE_ORDER, TYPE_INT64));
    if (e != NULL) {
        e->deps = BASE_BIT(BASE_ORDER);
        e->aux = nodes;
        e->option = v.i;
        e->level = level + 1;
    }
    return finish(x, ast, e, out);
}

/* DATE(year, month, day) with constants, or DATE(text). */
static int bind_date(struct expr_scope *x, const struct ast *ast, struct expr **out)
{
    struct binder *b = x->scope->b;
    if (ast->args == 1) {
        struct expr *e;
        TRY(bind_expr(x, ast->arg[0], &e));
        if (e->type == TYPE_DATE) {
            *out = e;
            return 0;
        }
        TRY(bind_coerce(b, ast->arg[0], e, TYPE_STRING, &e));
        return finish(x, ast,
                      expr_call1(b->arena, fn_cast(TYPE_STRING, TYPE_DATE, false), TYPE_DATE, e),
                      out);
    }
    if (ast->args != 3)
        return wrong_count(b, ast, "1 or 3 arguments");
    struct value part[3];
    for (size_t k = 0; k < 3; k++)
        TRY(bind_constant(x->scope, ast->arg[k], TYPE_INT64, "An argument of DATE", &part[k]));
    bool fits = part[0].i >= 1 && part[0].i <= 9999 && part[1].i >= 1 && part[1].i <= 12 &&
                part[2].i >= 1 && part[2].i <= 31;
    if (!fits || !date_valid((int)part[0].i, (int)part[1].i, (int)part[2].i))
        return bind_fail(b, ERR_VALUE, ast, "Input calculates to invalid date");
    struct value v = {.type = TYPE_DATE,
                      .i = date_day((int)part[0].i, (int)part[1].i, (int)part[2].i)};
    return finish(x, ast, expr_const(b->arena, v), out);
}

/* DATE_BUCKET(day, INTERVAL n part [, origin]) */
static int bind_date_bucket(struct expr_scope *x, const struct ast *ast, struct expr **out)
{
    struct binder *b = x->scope->b;
    if (ast->args < 2 || ast->args > 3)
        return wrong_count(b, ast, "2 or 3 arguments");
    const struct ast *interval = ast->arg[1];
    struct value width;
    if (interval->kind != AST_INTERVAL)
        return bind_fail(b, ERR_TYPE, interval, "DATE_BUCKET needs a width such as INTERVAL 7 DAY");
    TRY(bind_constant(x->scope, interval->arg[0], TYPE_INT64, "The width of DATE_BUCKET", &width));
    int unit = date_unit_parse(interval->s, STR(""));
    bool known = unit == UNIT_DAY || unit == UNIT_WEEK + 6 || unit == UNIT_MONTH ||
                 unit == UNIT_QUARTER || unit == UNIT_YEAR;
    if (!known || width.null || width.i < 1 || width.i > 100000)
        return bind_fail(b, ERR_VALUE, interval,
                         "A bucket is a positive number of DAY, WEEK, MONTH, QUARTER or YEAR");
    struct expr **arg = ARENA_ARRAY(b->arena, struct expr *, 3);
    if (arg == NULL)
        return bind_memory(b);
    struct value origin = {.type = TYPE_DATE, .i = date_day(1950, 1, 1)};
    TRY(bind_expr(x, ast->arg[0], &arg[0]));
    TRY(coerce_arg(x, ast, 0, 'd', &arg[0]));
    if (ast->args > 2)
        TRY(bind_constant(x->scope, ast->arg[2], TYPE_DATE, "The origin of DATE_BUCKET", &origin));
    arg[1] = expr_const(b->arena, origin);
    arg[2] = expr_const(b->arena, width);
    if (arg[1] == NULL || arg[2] == NULL)
        return bind_memory(b);
    struct expr *e = expr_call(b->arena, &fn_date_bucket, TYPE_DATE, arg, 3);
    if (e != NULL)
        e->option = unit;
    return finish(x, ast, e, out);
}

/* LAST_DAY(day [, part]) */
static int bind_last_day(struct expr_scope *x, const struct ast *ast, struct expr **out)
{
    struct binder *b = x->scope->b;
    int unit = UNIT_MONTH;
    struct expr *day;
    if (ast->args < 1 || ast->args > 2)
        return wrong_count(b, ast, "1 or 2 arguments");
    TRY(bind_expr(x, ast->arg[0], &day));
    TRY(coerce_arg(x, ast, 0, 'd', &day));
    if (ast->args > 1)
        TRY(unit_of(b, ast->arg[1], UNIT_FISCAL_YEAR, &unit));
    struct expr *e = expr_call1(b->arena, &fn_last_day, TYPE_DATE, day);
    if (e != NULL)
        e->option = unit;
    return finish(x, ast, e, out);
}

/* NORMALIZE(text [, form]) */
static int bind_normalize(struct expr_scope *x, const struct ast *ast, struct expr **out)
{
    static const char *const forms[] = {
        [NORMAL_NFC] = "NFC", [NORMAL_NFKC] = "NFKC", [NORMAL_NFD] = "NFD", [NORMAL_NFKD] = "NFKD"};
    struct binder *b = x->scope->b;
    struct expr *text;
    int64_t form = NORMAL_NFC;
    if (ast->args < 1 || ast->args > 2)
        return wrong_count(b, ast, "1 or 2 arguments");
    if (ast->args > 1) {
        struct str name = ast->arg[1]->kind == AST_NAME ? ast->arg[1]->s : STR("");
        for (form = 0; form < (int64_t)ARRAY_LEN(forms); form++)
            if (str_eq_nocase(name, str_of(forms[form])))
                break;
        if (form == (int64_t)ARRAY_LEN(forms))
            return bind_fail(b, ERR_UNKNOWN_NAME, ast->arg[1],
                             "A normal form is NFC, NFKC, NFD or NFKD");
    }
    TRY(bind_expr(x, ast->arg[0], &text));
    TRY(coerce_arg(x, ast, 0, 's', &text));
    struct expr *e = expr_call1(b->arena, &fn_normalize, TYPE_STRING, text);
    if (e != NULL)
        e->option = form | (ast->s.n > strlen("NORMALIZE") ? NORMAL_CASEFOLD : 0);
    return finish(x, ast, e, out);
}

static int bind_special(struct expr_scope *x, const struct ast *ast, const char *name,
                        struct expr **out)
{
    static const struct {
        const char *name;
        int (*bind)(struct expr_scope *, const struct ast *, struct expr **);
    } own[] = {{"IF", bind_if},
               {"NULLIF", bind_nullif},
               {"DATE_TRUNC", bind_date_trunc},
               {"DATE_DIFF", bind_date_diff},
               {"CHILD_OF", bind_child_of},
               {"IN_PLACE", bind_in_place},
               {"DATE_BUCKET", bind_date_bucket},
               {"LAST_DAY", bind_last_day},
               {"NORMALIZE", bind_normalize},
               {"NORMALIZE_AND_CASEFOLD", bind_normalize},
               {"DATE", bind_date}};
    for (size_t i = 0; i < ARRAY_LEN(own); i++)
        if (strcmp(own[i].name, name) == 0)
            return own[i].bind(x, ast, out);
    if (strcmp(name, "DATE_ADD") == 0)
        return bind_date_add(x, ast, &fn_date_add, out);
    if (strcmp(name, "DATE_SUB") == 0)
        return bind_date_add(x, ast, &fn_date_sub, out);
    if (strcmp(name, "IFNULL") == 0)
        return bind_choice(x, ast, &fn_coalesce, 2, 2, out);
    if (strcmp(name, "LEAST") == 0)
        return bind_choice(x, ast, &fn_least, 1, SIZE_MAX, out);
    if (strcmp(name, "GREATEST") == 0)
        return bind_choice(x, ast, &fn_greatest, 1, SIZE_MAX, out);
    return bind_choice(x, ast, &fn_coalesce, 1, SIZE_MAX, out);
}

int bind_unknown_function(struct binder *b, const struct ast *ast)
{
    struct str name = ast->s;
    const char *instead = NULL;
    if (foreign_find(name, &instead)) {
        bind_fail(b, ERR_UNSUPPORTED, ast, "%.*s is not supported by this server", STR_ARG(name));
        if (instead != NULL)
            err_hint(b->err, "%s", instead);
        return ERR_UNSUPPORTED;
    }
    bind_fail_at(b, ERR_UNKNOWN_NAME, ast->at, (uint32_t)name.n, "Function not found: %.*s",
                 STR_ARG(name));
    struct near_list near;
    near_init(&near);
    fn_near(name, &near);
    agg_near(name, &near);
    if (ast->call->windowed)
        window_near(name, &near);
    for (size_t i = 0; i < b->ctx->fns; i++)
        near_offer(&near, name, b->ctx->fn[i].name);
    near_hint(&near, b->err);
    return ERR_UNKNOWN_NAME;
}

static int check_call(struct expr_scope *x, const struct ast *ast)
{
    struct binder *b = x->scope->b;
    for (size_t k = 0; k < ast->args; k++)
        if (ast->call->arg_name[k].p != NULL)
            return bind_fail(b, ERR_UNSUPPORTED, ast,
                             "Named arguments are for CALL; %.*s takes its arguments by position",
                             STR_ARG(ast->s));
    if (ast->call->distinct || ast->call->star)
        return bind_fail(b, ERR_TYPE, ast, "%s is not allowed in function %.*s",
                         ast->call->star ? "*" : "DISTINCT", STR_ARG(ast->s));
    return 0;
}

int bind_call(struct expr_scope *x, const struct ast *ast, struct expr **out)
{
    struct binder *b = x->scope->b;
    if (ast->call->windowed)
        return bind_window_call(x, ast, out);
    if (agg_is(ast->s))
        return bind_agg_call(x, ast, out);
    if (window_is(ast->s))
        return bind_fail(b, ERR_SYNTAX, ast, "Window function %.*s requires an OVER clause",
                         STR_ARG(ast->s));
    const struct fn_def *f = fn_find(ast->s);
    int macro = f == NULL ? bind_macro(x, ast, out) : 0;
    if (macro != 0)
        return macro < 0 ? macro : 0;
    if (f == NULL)
        return bind_unknown_function(b, ast);
    TRY(check_call(x, ast));
    return f->signature ? bind_signature(x, ast, f, out) : bind_special(x, ast, f->name, out);
}
