/* SPDX-License-Identifier: MIT
 *
 * Table functions that plugins define: "FROM input |> ...". A call is its operators, bound over
 * what stands before it, with the arguments as the only parameters. The function's text is put
 * behind that of the query, so that each place in either is a place in one text, and what fails
 * while the query runs is shown where it is written. */
#include "bind.h"
#include "parse.h"
#include "run.h"
#include "tvf.h"

static const char input[] = "input";

static const struct query_fn *find(const struct query_context *ctx, struct str name)
{
    for (size_t i = 0; i < ctx->fns; i++)
        if (ctx->fn[i].query.n > 0 && str_eq_nocase(ctx->fn[i].name, name))
            return &ctx->fn[i];
    return NULL;
}

void tvf_plugin_near(const struct query_context *ctx, struct str name, struct near_list *near)
{
    for (size_t i = 0; i < ctx->fns; i++)
        if (ctx->fn[i].query.n > 0)
            near_offer(near, name, ctx->fn[i].name);
}

/* ---- arguments ---- */

static int place_args(struct scope *s, const struct ast_pipe *op, const struct query_fn *f,
                      const struct ast **arg)
{
    size_t next = 0;
    for (size_t i = 0; i < op->item.n; i++) {
        const struct ast_item *item = &op->item.at[i];
        size_t k = next;
        if (item->alias.p != NULL)
            for (k = 0; k < f->args && !str_eq_nocase(item->alias, f->arg[k]); k++) {
            }
        else
            next++;
        if (k >= f->args && item->alias.p != NULL)
            return bind_fail(s->b, ERR_UNKNOWN_NAME, item->expr, "%.*s has no argument named %.*s",
                             STR_ARG(f->name), STR_ARG(item->alias));
        if (k >= f->args)
            return bind_fail(s->b, ERR_TYPE, item->expr, "%.*s takes at most %zu arguments",
                             STR_ARG(f->name), f->args);
        if (arg[k] != NULL)
            return bind_fail(s->b, ERR_TYPE, item->expr, "Argument %.*s of %.*s is given twice",
                             STR_ARG(f->arg[k]), STR_ARG(f->name));
        arg[k] = item->expr;
    }
    return 0;
}

static int bind_args(struct scope *s, const struct ast_pipe *op, const struct query_fn *f,
                     struct query_param *out)
{
    const struct ast *arg[FN_ARGS_MAX] = {NULL};
    TRY(place_args(s, op, f, arg));
    for (size_t k = 0; k < f->args; k++) {
        enum type t = f->type != NULL ? f->type[k] : TYPE_NULL;
        out[k].name = f->arg[k];
        if (arg[k] == NULL)
            return bind_fail_at(s->b, ERR_TYPE, op->at, op->n, "%.*s needs the argument %.*s",
                                STR_ARG(f->name), STR_ARG(f->arg[k]));
        TRY(bind_constant(s, arg[k], t, "An argument of a table function", &out[k].value));
    }
    return 0;
}

/* ---- the call ---- */

/* The text of the query with the function's behind it. */
static int put_behind(struct binder *b, const struct query_fn *f, size_t *at)
{
    size_t n = b->text.n + 1 + f->query.n;
    char *p = arena_alloc(b->arena, n);
    if (p == NULL)
        return bind_memory(b);
    memcpy(p, b->text.p, b->text.n);
    p[b->text.n] = '\n';
    memcpy(p + b->text.n + 1, f->query.p, f->query.n);
    *at = b->text.n + 1;
    b->text = b->run->text = b->fold.text = (struct str){p, n};
    return 0;
}

static int bind_body(struct scope *s, size_t at)
{
    struct binder *b = s->b;
    struct parser p;
    struct ast_query *q;
    TRY(parse_behind(&p, b->text, at, b->arena, &q, b->err));
    if (!q->has_source || !str_eq_nocase(q->source.name, str_of(input)))
        return bind_fail_at(b, ERR_SYNTAX, (uint32_t)at, 1,
                            "A table function begins with FROM input");
    for (size_t i = 0; i < q->pipes; i++)
        TRY(bind_operator(s, &q->pipe[i]));
    return 0;
}

static int bind_called(struct scope *s, const struct ast_pipe *op, const struct query_fn *f,
                       const struct query_context *inner)
{
    struct binder *b = s->b;
    const struct query_context *outer = b->ctx;
    struct err *err = b->err;
    struct err why = {0};
    size_t at = 0;
    TRY(put_behind(b, f, &at));
    b->ctx = inner;
    b->err = &why;
    b->tvf_depth++;
    int rc = bind_body(s, at);
    b->tvf_depth--;
    b->err = err;
    b->ctx = outer;
    if (rc == 0)
        return 0;
    bind_fail_at(b, rc, op->at, op->n, "In table function %.*s: %s", STR_ARG(f->name), why.msg);
    if (why.hint[0] != '\0')
        err_hint(b->err, "%s", why.hint);
    return rc;
}

int tvf_plugin_bind(struct scope *s, const struct ast_pipe *op)
{
    struct binder *b = s->b;
    const struct query_fn *f = find(b->ctx, op->name);
    if (f == NULL)
        return 0;
    if (b->tvf_depth >= FN_DEPTH_MAX)
        return bind_fail_at(b, ERR_LIMIT, op->at, op->n,
                            "Functions call each other more than %d deep.", FN_DEPTH_MAX);
    struct query_param *param = ARENA_ARRAY(b->arena, struct query_param, f->args);
    struct query_context *inner = ARENA_NEW(b->arena, struct query_context);
    if (param == NULL || inner == NULL)
        return bind_memory(b);
    TRY(bind_args(s, op, f, param));
    *inner = *b->ctx;
    inner->param = param;
    inner->params = f->args;
    TRY(bind_called(s, op, f, inner));
    return 1;
}

/* ---- when it is declared ---- */

static int check_params(const struct query_fn *f, const struct query *q, struct err *err)
{
    size_t n;
    const struct str *used = query_params(q, &n);
    for (size_t i = 0; i < n; i++) {
        struct near_list near;
        bool known = false;
        near_init(&near);
        for (size_t k = 0; k < f->args; k++) {
            known = known || str_eq_nocase(f->arg[k], used[i]);
            near_offer(&near, used[i], f->arg[k]);
        }
        if (known)
            continue;
        const char *hit = memmem(f->query.p, f->query.n, used[i].p, used[i].n);
        err_set(err, ERR_PARAM, "@%.*s is no argument of the function", STR_ARG(used[i]));
        if (hit != NULL)
            err_at(err, f->query.p, f->query.n, (size_t)(hit - f->query.p), used[i].n);
        near_hint(&near, err);
        return ERR_PARAM;
    }
    return 0;
}

int query_table_fn_check(const struct query_fn *f, struct err *err)
{
    struct query *q;
    TRY(query_parse(f->query, &q, err));
    int rc = check_params(f, q, err);
    query_unref(q);
    if (rc < 0)
        return rc;
    struct arena arena;
    struct parser p;
    struct ast_query *ast;
    arena_init(&arena, MEM_QUERY, 0);
    rc = parse_behind(&p, f->query, 0, &arena, &ast, err);
    if (rc == 0 && (!ast->has_source || !str_eq_nocase(ast->source.name, str_of(input)))) {
        rc = err_set(err, ERR_SYNTAX, "A table function begins with FROM input");
        err_at(err, f->query.p, f->query.n, ast->has_source ? ast->source.at : 0,
               ast->has_source ? ast->source.n : 1);
        err_hint(err, "input is the table that stands before |> CALL");
    }
    arena_fini(&arena);
    return rc;
}
