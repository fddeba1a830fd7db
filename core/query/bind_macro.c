/* SPDX-License-Identifier: MIT
 *
 * Functions that plugins define: the expression is bound in place of the call, in a scope whose
 * only columns are the arguments. What fails inside is told at the call. */
#include "bind.h"
#include "fn_code.h"
#include "parse.h"

static const struct query_fn *find(const struct query_context *ctx, struct str name)
{
    for (size_t i = 0; i < ctx->fns; i++)
        if (ctx->fn[i].query.n == 0 && str_eq_nocase(ctx->fn[i].name, name))
            return &ctx->fn[i];
    return NULL;
}

/* Errors, also those of running it, point at the call. */
static void relocate(struct ast *a, const struct ast *call)
{
    a->at = call->at;
    a->n = call->n;
    for (size_t k = 0; k < a->args; k++)
        relocate(a->arg[k], call);
}

static int bind_arguments(struct expr_scope *x, const struct ast *ast, const struct query_fn *f,
                          struct scope *inner)
{
    struct scope *s = x->scope;
    *inner = (struct scope){.b = s->b, .weight = -1};
    memcpy(inner->within, s->within, sizeof inner->within);
    if (ast->args != f->args)
        return bind_fail(s->b, ERR_TYPE, ast, "%.*s takes %zu argument%s, not %zu",
                         STR_ARG(f->name), f->args, f->args == 1 ? "" : "s", ast->args);
    for (size_t k = 0; k < f->args; k++) {
        struct expr *e;
        TRY(bind_expr(x, ast->arg[k], &e));
        if (f->type != NULL && f->type[k] != TYPE_NULL)
            TRY(bind_coerce(s->b, ast->arg[k], e, f->type[k], &e));
        TRY(scope_add_col(inner, f->arg[k], STR(""), e));
    }
    return 0;
}

static int bind_code(struct scope *inner, const struct ast *call, const struct query_fn *f,
                     struct expr **out)
{
    struct expr **arg = ARENA_ARRAY(inner->b->arena, struct expr *, f->args);
    if (arg == NULL)
        return bind_memory(inner->b);
    for (size_t k = 0; k < f->args; k++)
        arg[k] = inner->col[k].expr;
    return code_bind(inner->b, call, f, arg, out);
}

int bind_macro_body(struct binder *b, const struct query_fn *f)
{
    struct scope inner = {.b = b, .weight = -1};
    struct expr_scope x = {.scope = &inner, .clause = "a function"};
    struct parser p;
    struct ast *body;
    struct expr *e;
    for (size_t l = 0; l < PLACE_LEVELS; l++)
        inner.within[l] = PLACE_NONE;
    for (size_t k = 0; k < f->args; k++)
        TRY(scope_add_col(&inner, f->arg[k], STR(""),
                          expr_null(b->arena, f->type != NULL ? f->type[k] : TYPE_NULL)));
    TRY(parse_expression(&p, f->expr, b->arena, &body, b->err));
    TRY(bind_expr(&x, body, &e));
    return f->returns == TYPE_NULL ? 0 : bind_coerce(b, body, e, f->returns, &e);
}

static int bind_body(struct scope *inner, const struct ast *call, const struct query_fn *f,
                     struct expr **out)
{
    struct binder *b = inner->b;
    struct parser p;
    struct ast *body;
    TRY(parse_expression(&p, f->expr, b->arena, &body, b->err));
    relocate(body, call);
    struct expr_scope x = {.scope = inner, .clause = "a function"};
    TRY(bind_expr(&x, body, out));
    return f->returns == TYPE_NULL ? 0 : bind_coerce(b, body, *out, f->returns, out);
}

int bind_macro(struct expr_scope *x, const struct ast *ast, struct expr **out)
{
    struct binder *b = x->scope->b;
    const struct query_fn *f = find(b->ctx, ast->s);
    if (f == NULL)
        return 0;
    if (b->fn_depth >= FN_DEPTH_MAX)
        return bind_fail(b, ERR_LIMIT, ast, "Functions call each other more than %d deep.",
                         FN_DEPTH_MAX);
    struct scope inner;
    TRY(bind_arguments(x, ast, f, &inner));
    struct err *err = b->err;
    struct err why = {0};
    b->err = &why;
    b->fn_depth++;
    int rc = f->code != NULL ? bind_code(&inner, ast, f, out) : bind_body(&inner, ast, f, out);
    b->fn_depth--;
    b->err = err;
    if (rc < 0) {
        bind_fail(b, rc, ast, "In function %.*s: %s", STR_ARG(f->name), why.msg);
        if (why.hint[0] != '\0')
            err_hint(b->err, "%s", why.hint);
        return rc;
    }
    return 1;
}
