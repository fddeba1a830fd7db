/* SPDX-License-Identifier: MIT
 *
 * Functions of plugins that are programs: called with a whole vector at a time. Each has one state
 * a run, made by its first call and closed when the run ends. A row with a NULL among its arguments
 * is NULL, and one that does not matter is not computed. */
#include "fn_code.h"

#include "run.h"

struct code_state {
    const struct query_fn *f;
    void *state;
    struct code_state *next;
};

/* What an expression node knows. */
struct code_node {
    const struct query_fn *f;
    struct run *run;
};

static int find_state(struct eval *ev, const struct code_node *node, void **out)
{
    struct run *r = node->run;
    for (struct code_state *s = r->code; s != NULL; s = s->next)
        if (s->f == node->f) {
            *out = s->state;
            return 0;
        }
    struct code_state *s = ARENA_NEW(r->arena, struct code_state);
    if (s == NULL)
        return eval_memory(ev);
    TRY(node->f->code->open(node->f->code->ctx, &s->state, ev->err));
    s->f = node->f;
    s->next = r->code;
    r->code = s;
    *out = s->state;
    return 0;
}

void code_close(struct run *r)
{
    for (struct code_state *s = r->code; s != NULL; s = s->next)
        s->f->code->close(s->state);
    r->code = NULL;
}

/* Which rows are to be computed; how many. */
static size_t pick_rows(const struct eval *ev, struct expr *e, const uint8_t *active, uint8_t *todo)
{
    size_t n = 0;
    for (size_t i = 0; i < ev->n; i++) {
        todo[i] = row_active(active, i);
        for (size_t k = 0; k < e->args && todo[i]; k++)
            todo[i] = !vec_null(&e->arg[k]->out, i);
        e->null_buf[i] = !todo[i];
        if (!todo[i] && e->out.s != NULL)
            e->out.s[i] = STR("");
        else if (!todo[i] && e->out.f != NULL)
            e->out.f[i] = 0;
        else if (!todo[i])
            e->out.i[i] = 0;
        n += todo[i];
    }
    return n;
}

static int eval_code(struct eval *ev, struct expr *e, const uint8_t *active)
{
    const struct code_node *node = e->aux;
    const struct frame_col *arg[FN_ARGS_MAX];
    uint8_t *todo;
    void *state = NULL;
    struct err why = {0};
    TRY(expr_reserve(ev, e));
    TRY(expr_mask(ev, e, 1, &todo));
    e->out.null = e->null_buf;
    if (pick_rows(ev, e, active, todo) == 0)
        return 0;
    TRY(find_state(ev, node, &state));
    for (size_t k = 0; k < e->args; k++)
        arg[k] = &e->arg[k]->out;
    struct query_code_call call = {.arg = arg,
                                   .args = e->args,
                                   .n = ev->n,
                                   .todo = todo,
                                   .out = &e->out,
                                   .strings = ev->strings,
                                   .cancel = node->run->ctx->cancel};
    int rc = node->f->code->call(state, &call, &why);
    if (rc < 0)
        return eval_fail(ev, e, rc, "In function %.*s: %s", STR_ARG(node->f->name), why.msg);
    return 0;
}

const struct fn fn_code = {"code", eval_code, false};

int code_bind(struct binder *b, const struct ast *ast, const struct query_fn *f, struct expr **arg,
              struct expr **out)
{
    struct code_node *node = ARENA_NEW(b->arena, struct code_node);
    if (node == NULL)
        return bind_memory(b);
    node->f = f;
    node->run = b->run;
    for (size_t k = 0; k < f->args; k++) {
        if (arg[k]->type == TYPE_PLACE || arg[k]->type == TYPE_CODED) /* a program sees names */
            TRY(bind_coerce(b, ast->arg[k], arg[k], TYPE_STRING, &arg[k]));
        if (arg[k]->type == TYPE_NULL)
            TRY(bind_coerce(b, ast->arg[k], arg[k], TYPE_INT64, &arg[k]));
    }
    struct expr *e = expr_call(b->arena, &fn_code, f->returns, arg, f->args);
    if (e == NULL)
        return bind_memory(b);
    e->aux = node;
    e->at = ast->at;
    e->n = ast->n;
    *out = expr_fold(&b->fold, e);
    return 0;
}
