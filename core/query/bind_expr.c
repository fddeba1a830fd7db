/* SPDX-License-Identifier: MIT
 *
 * Expressions: names, literals, operators. */
#include "bind.h"

#include <stdio.h>

#include "base/date.h"
#include "fn.h"

int bind_memory(struct binder *b)
{
    return err_set(b->err, ERR_LIMIT, "The query needs more memory than it may use.");
}

static void mark(struct binder *b, uint32_t at, uint32_t n)
{
    if (b->text.p == NULL || (size_t)at + n > b->text.n)
        return;
    err_at(b->err, b->text.p, b->text.n, at, utf8_count((struct str){b->text.p + at, n}));
}

int bind_fail_at(struct binder *b, int code, uint32_t at, uint32_t n, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    err_setv(b->err, code, fmt, args);
    va_end(args);
    mark(b, at, n);
    return code;
}

int bind_fail(struct binder *b, int code, const struct ast *at, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    err_setv(b->err, code, fmt, args);
    va_end(args);
    mark(b, at->at, at->n);
    return code;
}

/* Calls with more than arguments are the same where they are the same piece of text. */
static bool same_call(const struct ast_call *a, const struct ast_call *b)
{
    if (a == b)
        return true;
    bool more = a->windowed || a->order.n > 0 || a->limit != NULL || b->windowed ||
                b->order.n > 0 || b->limit != NULL;
    return !more && a->distinct == b->distinct && a->star == b->star;
}

bool ast_equal(const struct ast *a, const struct ast *b)
{
    if (a->kind != b->kind || a->op != b->op || a->negated != b->negated || a->args != b->args ||
        a->i != b->i || a->f < b->f || a->f > b->f)
        return false;
    bool exact = a->kind == AST_STRING;
    if (exact ? !str_eq(a->s, b->s) : !str_eq_nocase(a->s, b->s))
        return false;
    if (!str_eq_nocase(a->table, b->table) || (a->call == NULL) != (b->call == NULL))
        return false;
    if (a->query != b->query || (a->call != NULL && !same_call(a->call, b->call)))
        return false;
    for (size_t k = 0; k < a->args; k++)
        if (!ast_equal(a->arg[k], b->arg[k]))
            return false;
    return true;
}

bool ast_has_aggregate(const struct ast *a)
{
    if (a->kind == AST_CALL && !a->call->windowed && agg_is(a->s))
        return true;
    for (size_t k = 0; k < a->args; k++)
        if (ast_has_aggregate(a->arg[k]))
            return true;
    if (a->kind != AST_CALL || !a->call->windowed)
        return false;
    const struct ast_window *over = &a->call->window;
    for (size_t k = 0; k < over->partition.n; k++)
        if (ast_has_aggregate(over->partition.at[k].expr))
            return true;
    for (size_t k = 0; k < over->order.n; k++)
        if (ast_has_aggregate(over->order.at[k].expr))
            return true;
    return false;
}

bool ast_has_window(const struct ast *a)
{
    if (a->kind == AST_CALL && a->call->windowed)
        return true;
    for (size_t k = 0; k < a->args; k++)
        if (ast_has_window(a->arg[k]))
            return true;
    return false;
}

/* Columns */

static int ambiguous_column(struct scope *s, const struct ast *ast)
{
    bind_fail(s->b, ERR_AMBIGUOUS, ast, "Column name %.*s is ambiguous", STR_ARG(ast->s));
    err_hint(s->b->err, "several columns have this name; rename one, or put its table in front");
    return ERR_AMBIGUOUS;
}

static int outer_column(struct scope *s, const struct ast *ast)
{
    bind_fail(s->b, ERR_UNSUPPORTED, ast,
              "%.*s is a column of the query around this one, which only a subquery in an "
              "expression may name on this server",
              STR_ARG(ast->s));
    err_hint(s->b->err, "write it as a JOIN");
    s->b->met_outer = true;
    return ERR_UNSUPPORTED;
}

static int unknown_column(struct scope *s, const struct ast *ast)
{
    for (const struct outer_scope *o = s->b->outer; o != NULL; o = o->next)
        if (scope_has_column(o->scope, ast))
            return outer_column(s, ast);
    if (ast->table.n > 0)
        bind_fail(s->b, ERR_UNKNOWN_NAME, ast, "Name %.*s not found inside %.*s", STR_ARG(ast->s),
                  STR_ARG(ast->table));
    else
        bind_fail(s->b, ERR_UNKNOWN_NAME, ast, "Unrecognized name: %.*s", STR_ARG(ast->s));
    struct near_list near;
    near_init(&near);
    for (size_t i = 0; i < s->n; i++)
        near_offer(&near, ast->s, s->col[i].name);
    if (near.n > 0)
        near_hint(&near, s->b->err);
    else if (s->n <= 16 && s->n > 0) {
        char names[400];
        size_t at = 0;
        for (size_t i = 0; i < s->n && at + s->col[i].name.n + 3 < sizeof names; i++)
            at += (size_t)snprintf(names + at, sizeof names - at, "%s%.*s", i ? ", " : "",
                                   STR_ARG(s->col[i].name));
        err_hint(s->b->err, "the columns here are %.*s", (int)at, names);
    } else if (ast->table.n == 0)
        err_hint(s->b->err, "a text stands in quotes: '%.*s'", STR_ARG(ast->s));
    return ERR_UNKNOWN_NAME;
}

/* 1 found, 0 not there, negative: more than one. */
static int find_column(struct scope *s, const struct ast *ast, struct str name, struct expr **out)
{
    const struct column *found = NULL;
    for (size_t i = 0; i < s->n; i++) {
        const struct column *c = &s->col[i];
        if (!str_eq_nocase(c->name, name) ||
            (ast->table.n > 0 && !str_eq_nocase(c->table, ast->table)))
            continue;
        if (found != NULL && !expr_equal(found->expr, c->expr))
            return ambiguous_column(s, ast);
        found = c;
    }
    if (found != NULL)
        *out = found->expr;
    return found != NULL;
}

/* block_code, sector_code, occupation_code, ...: the code of a column that has one. */
static int code_column(struct scope *s, const struct ast *ast, struct expr **out)
{
    struct str name = ast->s;
    if (name.n <= 5 || !str_eq_nocase((struct str){name.p + name.n - 5, 5}, STR("_code")))
        return 0;
    struct expr *of;
    int found = find_column(s, ast, (struct str){name.p, name.n - 5}, &of);
    if (found <= 0)
        return found;
    struct arena *a = s->b->arena;
    if (of->type == TYPE_PLACE)
        *out = expr_call1(a, &fn_place_code, TYPE_INT64, of);
    else if (of->type == TYPE_CODED && of->list != NULL)
        *out = expr_call1(a, &fn_list_code, TYPE_INT64, of);
    else if (of->kind == EXPR_CALL && of->fn == &fn_dict_text) {
        *out = expr_call1(a, &fn_dict_int, TYPE_INT64, of->arg[0]);
        if (*out != NULL)
            (*out)->aux = of->aux;
    } else
        return 0;
    return *out == NULL ? bind_memory(s->b) : 1;
}

bool scope_has_column(const struct scope *s, const struct ast *ast)
{
    struct scope quiet = *s;
    struct binder b = *s->b;
    struct err ignored;
    struct expr *e;
    b.err = &ignored;
    quiet.b = &b;
    int found = find_column(&quiet, ast, ast->s, &e);
    return found != 0 || code_column(&quiet, ast, &e) != 0; /* an ambiguous one is there, too */
}

int bind_column(struct scope *s, const struct ast *ast, struct expr **out)
{
    int found = find_column(s, ast, ast->s, out);
    if (found == 0)
        found = code_column(s, ast, out);
    TRY(found);
    return found ? 0 : unknown_column(s, ast);
}

/* 1 when the name is an alias of the SELECT list and no column. */
static int bind_alias(struct expr_scope *x, const struct ast *ast, struct expr **out)
{
    struct expr *column;
    if (x->aliases == NULL || ast->table.n > 0)
        return 0;
    int found = find_column(x->scope, ast, ast->s, &column);
    for (size_t i = 0; found == 0 && i < x->aliases->n; i++) {
        const struct ast_item *item = &x->aliases->at[i];
        if (item->alias.p == NULL || !str_eq_nocase(item->alias, ast->s))
            continue;
        struct expr_scope inside = *x;
        inside.aliases = NULL;
        TRY(bind_expr(&inside, item->expr, out));
        return 1;
    }
    return found < 0 ? found : 0;
}

/* In AGGREGATE, a column outside of an aggregate must be one of the keys. */
static int bind_name(struct expr_scope *x, const struct ast *ast, struct expr **out)
{
    int alias = bind_alias(x, ast, out);
    if (alias != 0)
        return alias < 0 ? alias : 0;
    TRY(bind_column(x->scope, ast, out));
    if (x->group == NULL || x->in_aggregate)
        return 0;
    for (size_t k = 0; k < x->group->keys; k++)
        if (expr_equal(x->group->key[k], *out)) {
            const struct expr *key = x->group->key[k];
            *out = expr_col(x->scope->b->arena, (int)k, key->type);
            if (*out == NULL)
                return bind_memory(x->scope->b);
            (*out)->list = key->list;
            (*out)->level = key->level;
            return 0;
        }
    return bind_fail(x->scope->b, ERR_TYPE, ast,
                     "Expression references column %.*s which is neither grouped nor aggregated",
                     STR_ARG(ast->s));
}

/* Constants */

static int constant(struct binder *b, struct value v, struct expr **out)
{
    *out = expr_const(b->arena, v);
    return *out == NULL ? bind_memory(b) : 0;
}

static int bind_param(struct binder *b, const struct ast *ast, struct expr **out)
{
    const struct query_context *ctx = b->ctx;
    struct near_list near;
    near_init(&near);
    for (size_t i = 0; i < ctx->params; i++) {
        if (!str_eq_nocase(ctx->param[i].name, ast->s)) {
            near_offer(&near, ast->s, ctx->param[i].name);
            continue;
        }
        struct value v = ctx->param[i].value;
        if (v.type == TYPE_STRING && !v.null) /* the answer may hold it */
            v.s = str_copy(b->arena, v.s);
        if (v.type == TYPE_STRING && !v.null && v.s.p == NULL)
            return bind_memory(b);
        TRY(constant(b, v, out));
        (*out)->param = true;
        uint32_t order = (*out)->type == TYPE_PLACE && !(*out)->value.null
                             ? place_order(b->places, (uint32_t)(*out)->value.i)
                             : PLACE_NONE;
        if (order != PLACE_NONE) {
            (*out)->level = (int)b->places->at[order].level;
            (*out)->value.i = b->places->at[order].identity;
        }
        return 0;
    }
    bind_fail(b, ERR_PARAM, ast, "Query parameter '%.*s' not found", STR_ARG(ast->s));
    err_hint(b->err, "give it a value");
    near_hint(&near, b->err);
    return ERR_PARAM;
}

static int bind_literal(struct binder *b, const struct ast *ast, struct expr **out)
{
    static const enum type types[] = {
        [AST_NULL] = TYPE_NULL,     [AST_BOOL] = TYPE_BOOL,     [AST_INT] = TYPE_INT64,
        [AST_FLOAT] = TYPE_FLOAT64, [AST_STRING] = TYPE_STRING, [AST_DATE] = TYPE_DATE};
    struct value v = {.type = types[ast->kind],
                      .null = ast->kind == AST_NULL,
                      .i = ast->i,
                      .f = ast->f,
                      .s = ast->s};
    return constant(b, v, out);
}

/* A text constant as a date or a number. Literals become dates only; parameters anything. */
static int text_constant(struct binder *b, const struct ast *at, const struct expr *e, enum type t,
                         struct expr **out)
{
    struct value v = {.type = t};
    struct err why = {0};
    struct str s = e->value.s;
    int32_t day = 0;
    int rc = -1;
    if (t == TYPE_DATE) {
        rc = e->param ? date_parse(s, &day, &why) : date_parse_iso(s, &day, &why);
        v.i = day;
    } else if (t == TYPE_INT64) {
        rc = str_to_i64(s, &v.i);
    } else if (t == TYPE_FLOAT64) {
        rc = str_to_f64(s, &v.f);
    } else if (t == TYPE_BOOL) {
        v.i = str_eq_nocase(s, STR("true"));
        rc = v.i || str_eq_nocase(s, STR("false")) ? 0 : -1;
    }
    if (rc < 0) {
        struct str shown = utf8_prefix(s, QUERY_SHOWN_BYTES);
        int code = e->param ? ERR_PARAM : ERR_VALUE;
        return bind_fail(b, code, at, "Could not cast %s \"%.*s\" to type %s%s%s",
                         e->param ? "parameter value" : "literal", STR_ARG(shown), type_name(t),
                         why.msg[0] ? ": " : "", why.msg);
    }
    TRY(constant(b, v, out));
    (*out)->param = e->param;
    return 0;
}

int bind_coerce(struct binder *b, const struct ast *at, struct expr *e, enum type t,
                struct expr **out)
{
    *out = e;
    if (e->type == t)
        return 0;
    if (e->type == TYPE_NULL || (expr_is_null(e) && e->param)) {
        *out = expr_null(b->arena, t);
    } else if (t == TYPE_FLOAT64 && e->type == TYPE_INT64) {
        *out = expr_fold(&b->fold, expr_call1(b->arena, &fn_int_float, t, e));
    } else if (t == TYPE_STRING && (e->type == TYPE_PLACE || e->type == TYPE_CODED)) {
        *out = expr_fold(&b->fold, expr_call1(b->arena, &fn_name_text, t, e));
    } else if (expr_is_const(e) && e->type == TYPE_STRING && (t == TYPE_DATE || e->param)) {
        return text_constant(b, at, e, t, out);
    } else {
        return bind_fail(b, ERR_TYPE, at, "Expected a value of type %s but found %s", type_name(t),
                         type_name(e->type));
    }
    return *out == NULL ? bind_memory(b) : 0;
}

int bind_constant(struct scope *s, const struct ast *ast, enum type t, const char *what,
                  struct value *out)
{
    struct scope none = {.b = s->b};
    memcpy(none.within, s->within, sizeof none.within);
    struct expr_scope x = {.scope = &none, .clause = what};
    struct expr *e;
    if (ast->kind == AST_NAME)
        return bind_fail(s->b, ERR_TYPE, ast, "%s must be a constant or a parameter", what);
    TRY(bind_expr(&x, ast, &e));
    if (t != TYPE_NULL)
        TRY(bind_coerce(s->b, ast, e, t, &e));
    if (e->kind != EXPR_CONST)
        return bind_fail(s->b, ERR_TYPE, ast, "%s must be a constant or a parameter", what);
    *out = e->value;
    return 0;
}

int bind_known(struct scope *s, const struct ast *ast, enum type t, const char *what, int number,
               struct value *out)
{
    TRY(bind_constant(s, ast, t, what, out));
    if (s->b->check && out->null)
        *out = (struct value){.type = t, .i = number, .f = (double)number};
    return 0;
}

/* Operators */

static int no_signature(struct binder *b, const struct ast *at, const char *op,
                        const struct expr *l, const struct expr *r)
{
    return bind_fail(b, ERR_TYPE, at,
                     "No matching signature for operator %s for argument types: %s, %s", op,
                     type_name(l->type), type_name(r->type));
}

static bool numeric(enum type t)
{
    return t == TYPE_INT64 || t == TYPE_FLOAT64 || t == TYPE_NULL;
}

/* A text parameter beside a number reads as a number. */
static int param_number(struct binder *b, const struct ast *at, struct expr **e)
{
    if (!(*e)->param || (*e)->type != TYPE_STRING)
        return 0;
    int64_t whole;
    bool is_whole = !(*e)->value.null && str_to_i64((*e)->value.s, &whole) == 0;
    return bind_coerce(b, at, *e, is_whole ? TYPE_INT64 : TYPE_FLOAT64, e);
}

static int finish(struct binder *b, struct expr *e, struct expr **out)
{
    *out = expr_fold(&b->fold, e);
    return e == NULL ? bind_memory(b) : 0;
}

/* date + 1, date - 1 */
static int bind_day_shift(struct binder *b, const struct ast *ast, struct expr *l, struct expr *r,
                          struct expr **out)
{
    struct expr *e =
        expr_call2(b->arena, ast->op == OP_ADD ? &fn_date_add : &fn_date_sub, TYPE_DATE, l, r);
    if (e != NULL) {
        e->option = UNIT_DAY;
        e->at = ast->at;
        e->n = ast->n;
    }
    return finish(b, e, out);
}

static int bind_arith(struct expr_scope *x, const struct ast *ast, struct expr *l, struct expr *r,
                      struct expr **out)
{
    static const char *const names[] = {"+", "-", "*", "/"};
    struct binder *b = x->scope->b;
    TRY(param_number(b, ast->arg[0], &l));
    TRY(param_number(b, ast->arg[1], &r));
    if (l->type == TYPE_DATE && r->type == TYPE_INT64 && (ast->op == OP_ADD || ast->op == OP_SUB))
        return bind_day_shift(b, ast, l, r, out);
    if (!numeric(l->type) || !numeric(r->type))
        return no_signature(b, ast, names[ast->op], l, r);
    bool floats = ast->op == OP_DIV || l->type == TYPE_FLOAT64 || r->type == TYPE_FLOAT64;
    enum type t = floats ? TYPE_FLOAT64 : TYPE_INT64;
    TRY(bind_coerce(b, ast->arg[0], l, t, &l));
    TRY(bind_coerce(b, ast->arg[1], r, t, &r));
    struct expr *e = expr_call2(b->arena, fn_arith(ast->op, t), t, l, r);
    if (e != NULL) {
        e->at = ast->at;
        e->n = ast->n;
    }
    return finish(b, e, out);
}

static int to_text(struct binder *b, const struct ast *at, struct expr *e, struct expr **out)
{
    return bind_coerce(b, at, e, TYPE_STRING, out);
}

static int bind_binary(struct expr_scope *x, const struct ast *ast, struct expr **out)
{
    struct binder *b = x->scope->b;
    struct expr *l;
    struct expr *r;
    TRY(bind_expr(x, ast->arg[0], &l));
    TRY(bind_expr(x, ast->arg[1], &r));
    if (ast->op >= OP_EQ)
        return bind_compare(x->scope, ast->op, ast, ast->arg[0], l, ast->arg[1], r, out);
    if (ast->op != OP_CONCAT)
        return bind_arith(x, ast, l, r, out);
    TRY(to_text(b, ast->arg[0], l, &l));
    TRY(to_text(b, ast->arg[1], r, &r));
    return finish(b, expr_call2(b->arena, &fn_concat, TYPE_STRING, l, r), out);
}

static int bind_logic(struct expr_scope *x, const struct ast *ast, struct expr **out)
{
    struct binder *b = x->scope->b;
    struct expr **arg = ARENA_ARRAY(b->arena, struct expr *, ast->args);
    if (arg == NULL)
        return bind_memory(b);
    const char *name = ast->kind == AST_AND ? "AND" : ast->kind == AST_OR ? "OR" : "NOT";
    for (size_t k = 0; k < ast->args; k++) {
        TRY(bind_expr(x, ast->arg[k], &arg[k]));
        if (arg[k]->type != TYPE_BOOL && !expr_is_null(arg[k]))
            return bind_fail(b, ERR_TYPE, ast->arg[k],
                             "No matching signature for operator %s for argument type %s", name,
                             type_name(arg[k]->type));
        TRY(bind_coerce(b, ast->arg[k], arg[k], TYPE_BOOL, &arg[k]));
    }
    const struct fn *fn = ast->kind == AST_AND ? &fn_and : ast->kind == AST_OR ? &fn_or : &fn_not;
    return finish(b, expr_call(b->arena, fn, TYPE_BOOL, arg, ast->args), out);
}

static int negate(struct binder *b, bool negated, struct expr **e)
{
    if (!negated)
        return 0;
    return finish(b, expr_call1(b->arena, &fn_not, TYPE_BOOL, *e), e);
}

/* x BETWEEN a AND b is x >= a AND x <= b. */
static int bind_between(struct expr_scope *x, const struct ast *ast, struct expr **out)
{
    struct binder *b = x->scope->b;
    struct expr *e[3];
    for (int k = 0; k < 3; k++)
        TRY(bind_expr(x, ast->arg[k], &e[k]));
    struct expr **both = ARENA_ARRAY(b->arena, struct expr *, 2);
    if (both == NULL)
        return bind_memory(b);
    TRY(bind_compare(x->scope, OP_GE, ast, ast->arg[0], e[0], ast->arg[1], e[1], &both[0]));
    TRY(bind_compare(x->scope, OP_LE, ast, ast->arg[0], e[0], ast->arg[2], e[2], &both[1]));
    TRY(finish(b, expr_call(b->arena, &fn_and, TYPE_BOOL, both, 2), out));
    return negate(b, ast->negated, out);
}

static int bind_like(struct expr_scope *x, const struct ast *ast, struct expr **out)
{
    struct binder *b = x->scope->b;
    struct expr *l;
    struct expr *r;
    TRY(bind_expr(x, ast->arg[0], &l));
    TRY(bind_expr(x, ast->arg[1], &r));
    TRY(to_text(b, ast->arg[0], l, &l));
    TRY(to_text(b, ast->arg[1], r, &r));
    TRY(finish(b, expr_call2(b->arena, &fn_like, TYPE_BOOL, l, r), out));
    return negate(b, ast->negated, out);
}

static int bind_is(struct expr_scope *x, const struct ast *ast, struct expr **out)
{
    struct binder *b = x->scope->b;
    struct expr *l;
    TRY(bind_expr(x, ast->arg[0], &l));
    if (ast->kind == AST_IS_BOOL)
        TRY(bind_coerce(b, ast->arg[0], l, TYPE_BOOL, &l));
    if (l->type == TYPE_NULL)
        TRY(bind_coerce(b, ast->arg[0], l, TYPE_INT64, &l));
    const struct fn *fn = ast->kind == AST_IS_NULL ? &fn_is_null : &fn_is_bool;
    struct expr *e = expr_call1(b->arena, fn, TYPE_BOOL, l);
    if (e != NULL)
        e->option = ast->kind == AST_IS_NULL ? !ast->negated : ast->i + (ast->negated ? 2 : 0);
    return finish(b, e, out);
}

static int bind_negative(struct expr_scope *x, const struct ast *ast, struct expr **out)
{
    struct binder *b = x->scope->b;
    struct expr *l;
    TRY(bind_expr(x, ast->arg[0], &l));
    TRY(param_number(b, ast->arg[0], &l));
    if (!numeric(l->type))
        return bind_fail(b, ERR_TYPE, ast,
                         "No matching signature for operator - for argument type %s",
                         type_name(l->type));
    if (l->type == TYPE_NULL)
        TRY(bind_coerce(b, ast->arg[0], l, TYPE_INT64, &l));
    const struct fn *fn = l->type == TYPE_INT64 ? &fn_neg_int : &fn_neg_float;
    return finish(b, expr_call1(b->arena, fn, l->type, l), out);
}

/* The conditions and results of a CASE, in the form of the function: when, then, ..., else. */
static int bind_case(struct expr_scope *x, const struct ast *ast, struct expr **out)
{
    struct binder *b = x->scope->b;
    size_t from = ast->i ? 1 : 0;
    size_t arms = (ast->args - from - (ast->negated ? 1 : 0)) / 2;
    struct expr **arg = ARENA_ARRAY(b->arena, struct expr *, arms * 2 + 1);
    struct expr **result = ARENA_ARRAY(b->arena, struct expr *, arms + 1);
    if (arg == NULL || result == NULL)
        return bind_memory(b);
    struct expr *value = NULL;
    if (from)
        TRY(bind_expr(x, ast->arg[0], &value));
    for (size_t k = 0; k < arms; k++) {
        const struct ast *when = ast->arg[from + 2 * k];
        TRY(from ? bind_expr(x, when, &arg[2 * k]) : bind_bool(x, when, &arg[2 * k]));
        if (from)
            TRY(bind_compare(x->scope, OP_EQ, when, ast->arg[0], value, when, arg[2 * k],
                             &arg[2 * k]));
        TRY(bind_expr(x, ast->arg[from + 2 * k + 1], &result[k]));
    }
    result[arms] = expr_null(b->arena, TYPE_NULL);
    if (ast->negated)
        TRY(bind_expr(x, ast->arg[ast->args - 1], &result[arms]));
    if (result[arms] == NULL)
        return bind_memory(b);
    TRY(bind_common(b, ast, result, arms + 1));
    for (size_t k = 0; k < arms; k++)
        arg[2 * k + 1] = result[k];
    arg[2 * arms] = result[arms];
    struct expr *e = expr_call(b->arena, &fn_case, result[0]->type, arg, arms * 2 + 1);
    if (e != NULL) {
        e->list = result[0]->list;
        e->level = result[0]->level;
    }
    return finish(b, e, out);
}

/* The type that all of several values can have. */
static enum type common_type(struct expr **list, size_t n, const struct list **coded, bool *ok)
{
    enum type t = TYPE_NULL;
    *coded = NULL;
    *ok = true;
    for (size_t k = 0; k < n; k++) {
        enum type u = list[k]->type;
        if (u == TYPE_NULL || u == t) {
            if (u == TYPE_CODED && list[k]->list != *coded)
                t = TYPE_STRING;
            continue;
        }
        bool texts = (t == TYPE_STRING || t == TYPE_PLACE || t == TYPE_CODED) &&
                     (u == TYPE_STRING || u == TYPE_PLACE || u == TYPE_CODED);
        if (t == TYPE_NULL) {
            t = u;
            *coded = list[k]->list;
        } else if (numeric(t) && numeric(u)) {
            t = TYPE_FLOAT64;
        } else if (texts) {
            t = TYPE_STRING;
        } else if (t == TYPE_DATE && u == TYPE_STRING && expr_is_const(list[k])) {
            continue;
        } else if (u == TYPE_DATE && t == TYPE_STRING) {
            t = TYPE_DATE;
        } else {
            *ok = false;
        }
    }
    return t == TYPE_NULL ? TYPE_INT64 : t;
}

int bind_common(struct binder *b, const struct ast *at, struct expr **list, size_t n)
{
    const struct list *coded;
    bool ok;
    enum type t = common_type(list, n, &coded, &ok);
    for (size_t k = 1; !ok && k < n; k++)
        if (list[k]->type != list[0]->type)
            return bind_fail(b, ERR_TYPE, at, "Values of types %s and %s have no type in common",
                             type_name(list[0]->type), type_name(list[k]->type));
    int level = PLACE_LEVEL_ANY;
    for (size_t k = 0; k < n; k++)
        if (list[k]->type == TYPE_PLACE)
            level = list[k]->level;
    for (size_t k = 0; k < n; k++) {
        TRY(bind_coerce(b, at, list[k], t, &list[k]));
        if (t == TYPE_PLACE && list[k]->kind != EXPR_CONST && list[k]->level != level)
            level = PLACE_LEVEL_ANY;
        if (expr_is_null(list[k]))
            list[k]->list = coded;
    }
    if (t == TYPE_PLACE && list[0]->kind == EXPR_CONST)
        list[0]->level = level;
    return 0;
}

int bind_bool(struct expr_scope *x, const struct ast *ast, struct expr **out)
{
    TRY(bind_expr(x, ast, out));
    if ((*out)->type == TYPE_BOOL)
        return 0;
    if (expr_is_null(*out))
        return bind_coerce(x->scope->b, ast, *out, TYPE_BOOL, out);
    return bind_fail(x->scope->b, ERR_TYPE, ast, "%s should return type BOOL, but returns type %s",
                     x->clause, type_name((*out)->type));
}

static int bind_kind(struct expr_scope *x, const struct ast *ast, struct expr **out)
{
    struct binder *b = x->scope->b;
    switch (ast->kind) {
    case AST_NULL:
    case AST_BOOL:
    case AST_INT:
    case AST_FLOAT:
    case AST_STRING:
    case AST_DATE:
        return bind_literal(b, ast, out);
    case AST_PARAM:
        return bind_param(b, ast, out);
    case AST_NAME:
        return bind_name(x, ast, out);
    case AST_CALL:
        return bind_call(x, ast, out);
    case AST_AND:
    case AST_OR:
    case AST_NOT:
        return bind_logic(x, ast, out);
    case AST_NEG:
        return bind_negative(x, ast, out);
    case AST_BINARY:
        return bind_binary(x, ast, out);
    case AST_BETWEEN:
        return bind_between(x, ast, out);
    case AST_IN:
        TRY(ast->query != NULL ? bind_in_subquery(x, ast, out) : bind_in(x, ast, out));
        return negate(b, ast->negated, out);
    case AST_LIKE:
        return bind_like(x, ast, out);
    case AST_IS_NULL:
    case AST_IS_BOOL:
        return bind_is(x, ast, out);
    case AST_CASE:
        return bind_case(x, ast, out);
    case AST_CAST:
        return bind_cast(x, ast, out);
    case AST_EXTRACT:
        return bind_extract(x, ast, out);
    case AST_STAR:
        return bind_fail(b, ERR_SYNTAX, ast, "Syntax error: * is not an expression");
    case AST_INTERVAL:
        return bind_fail(b, ERR_UNSUPPORTED, ast,
                         "INTERVAL stands only in DATE_ADD and DATE_SUB on this server");
    case AST_SUBQUERY:
    case AST_EXISTS:
        return bind_subquery(x, ast, out);
    case AST_ELEMENT:
        return bind_element(x, ast, out);
    case AST_ARRAY:
        return bind_fail(b, ERR_UNSUPPORTED, ast,
                         "Arrays stand only as arguments of CALL on this server");
    }
    UNREACHABLE();
}

int bind_expr(struct expr_scope *x, const struct ast *ast, struct expr **out)
{
    struct binder *b = x->scope->b;
    if (x->group != NULL && !x->in_aggregate)
        for (size_t k = 0; k < x->group->keys; k++)
            if (x->key_ast[k] != NULL && ast_equal(x->key_ast[k], ast)) {
                const struct expr *key = x->group->key[k];
                *out = expr_col(b->arena, (int)k, key->type);
                if (*out == NULL)
                    return bind_memory(b);
                (*out)->list = key->list;
                (*out)->level = key->level;
                return 0;
            }
    TRY(bind_kind(x, ast, out));
    if ((*out)->n == 0 && (*out)->kind != EXPR_COL && ast->kind != AST_NAME) {
        (*out)->at = ast->at;
        (*out)->n = ast->n;
    }
    if ((*out)->size > EXPR_SIZE_MAX)
        return bind_fail(b, ERR_LIMIT, ast, "The expression is too large.");
    return 0;
}
