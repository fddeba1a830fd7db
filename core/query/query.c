/* SPDX-License-Identifier: MIT
 *
 * The life of a query: parsed once, bound and run for each answer. */
#include "query/query.h"

#include <stdatomic.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/limits.h"
#include "bind.h"
#include "explain.h"
#include "fn.h"
#include "fn_code.h"
#include "parse.h"
#include "run.h"
#include "shield.h"
#include "tvf.h"

enum { PARSE_MEMORY_BYTES = 256 << 20 };

struct query {
    atomic_int refs;
    struct arena arena;
    struct str text;
    struct ast_query *ast;
    bool explain, analyze;
    struct str *param;
    size_t params;
    int64_t parse_ns;
};

int query_parse(struct str text, struct query **out, struct err *err)
{
    int64_t start = clock_mono_ns();
    if (text.n > QUERY_BYTES_MAX)
        return err_set(err, ERR_LIMIT, "The query has %zu bytes; %u are allowed.", text.n,
                       QUERY_BYTES_MAX);
    struct query *q = mem_calloc(MEM_QUERY, 1, sizeof *q);
    if (q == NULL)
        return err_set(err, ERR_MEM, "There is no memory for the query.");
    atomic_init(&q->refs, 1);
    arena_init(&q->arena, MEM_QUERY, PARSE_MEMORY_BYTES);
    q->text = str_copy(&q->arena, text);
    struct parser p;
    int rc = q->text.p == NULL ? err_set(err, ERR_MEM, "There is no memory for the query.")
                               : parse_text(&p, q->text, &q->arena, &q->explain, &q->ast, err);
    if (rc < 0) {
        query_unref(q);
        return rc;
    }
    q->analyze = p.analyze;
    q->param = p.param;
    q->params = p.params;
    q->parse_ns = clock_mono_ns() - start;
    *out = q;
    return 0;
}

struct query *query_ref(struct query *q)
{
    atomic_fetch_add_explicit(&q->refs, 1, memory_order_relaxed);
    return q;
}

/* The count is all that a run changes in a query. */
static struct query *hold(const struct query *q)
{
    return query_ref((struct query *)(uintptr_t)q);
}

void query_unref(struct query *q)
{
    if (q == NULL || atomic_fetch_sub_explicit(&q->refs, 1, memory_order_acq_rel) > 1)
        return;
    arena_fini(&q->arena);
    mem_free(MEM_QUERY, q);
}

const struct str *query_params(const struct query *q, size_t *n)
{
    *n = q->params;
    return q->param;
}

static uint64_t memory_max(const struct query_context *ctx)
{
    return ctx->memory_max ? ctx->memory_max : mem_share(QUERY_MEMORY_BYTES, 4);
}

const struct place_tree *query_places(const struct query_context *ctx)
{
    return ctx->borders ? ctx->borders->tree : ctx->snap->tree;
}

static struct run run_of(const struct query *q, const struct query_context *ctx,
                         struct query_result *out, struct err *err)
{
    size_t vector = ctx->vector_rows ? ctx->vector_rows : VECTOR_ROWS;
    return (struct run){.ctx = ctx,
                        .snap = ctx->snap,
                        .places = query_places(ctx),
                        .borders = ctx->borders,
                        .text = q->text,
                        .arena = &out->arena,
                        .err = err,
                        .vector = vector,
                        .engine = "local"};
}

static int bind(const struct query *q, const struct query_context *ctx, struct run *r, bool check,
                struct plan **plan)
{
    struct binder b = {.arena = r->arena,
                       .ctx = ctx,
                       .snap = ctx->snap,
                       .places = query_places(ctx),
                       .text = q->text,
                       .err = r->err,
                       .persons = shield_persons(ctx),
                       .check = check,
                       .run = r};
    b.fold = run_eval(r, NULL);
    return bind_query(&b, q->ast, plan);
}

/* Columns as the query names them; those without a name are f0_, f1_, ... as in BigQuery. */
static int name_columns(struct run *r, const struct plan *p, struct frame *f)
{
    size_t nameless = 0;
    for (size_t c = 0; c < p->cols; c++) {
        struct frame_col *col = &f->col[c];
        col->name = p->col[c].name;
        if (col->name.n == 0) {
            char name[24];
            int n = snprintf(name, sizeof name, "f%zu_", nameless++);
            col->name = str_copy(r->arena, (struct str){name, (size_t)n});
        }
        if (col->name.p == NULL)
            return run_memory(r);
        col->list = p->col[c].expr->list;
    }
    f->cols = p->cols;
    return 0;
}

/* An answer without LIMIT reads no more rows than will be given, and one more to know of it. */
static void push_rows_max(const struct plan *p, size_t rows_max)
{
    struct step *last = p->steps ? &p->step[p->steps - 1] : NULL;
    if (last != NULL && last->kind == STEP_ACCESS && !last->access->grouped &&
        last->access->rows_max > rows_max)
        last->access->rows_max = rows_max + 1;
}

/* Are rows of registrations given as they are? */
static bool lists_rows(const struct plan *plan)
{
    bool listed = false;
    for (size_t i = 0; i < plan->steps; i++) {
        const struct step *s = &plan->step[i];
        if (s->kind == STEP_ACCESS)
            listed = !s->access->grouped;
        else if (s->kind == STEP_AGGREGATE)
            listed = false;
        else if (s->kind == STEP_JOIN)
            listed = listed || lists_rows(s->join->right);
    }
    return listed;
}

static int run_bound(struct run *r, const struct plan *plan, struct query_result *out)
{
    size_t rows_max = r->ctx->rows_max ? r->ctx->rows_max : QUERY_ROWS_MAX;
    push_rows_max(plan, rows_max);
    TRY(plan_run(r, plan, &out->frame));
    TRY(name_columns(r, plan, out->frame));
    out->listed = lists_rows(plan);
    out->truncated = out->frame->rows > rows_max;
    if (out->truncated)
        out->frame->rows = rows_max;
    return 0;
}

/* EXPLAIN ANALYZE: runs it, and shows what it did in place of the answer. */
static int run_measured(struct run *r, struct plan *plan, struct query_result *out)
{
    TRY(plan_measure(r, plan));
    TRY(run_bound(r, plan, out));
    out->truncated = false;
    out->timed = true;
    return explain_plan(r, plan, &out->frame);
}

static int answer(struct run *r, const struct query *q, struct plan *plan, struct query_result *out)
{
    if (q->analyze)
        return run_measured(r, plan, out);
    return q->explain || r->ctx->explain ? explain_plan(r, plan, &out->frame)
                                         : run_bound(r, plan, out);
}

/* What steps gave and took tells of what is hidden. */
static int may_measure(const struct query *q, const struct query_context *ctx, struct err *err)
{
    if (!q->analyze || shield_persons(ctx) == 0)
        return 0;
    err_set(err, ERR_SUPPRESSED, "EXPLAIN ANALYZE is not given to your role.");
    err_hint(err, "EXPLAIN alone shows the plan");
    return ERR_SUPPRESSED;
}

int query_run(const struct query *q, const struct query_context *ctx, struct query_result *out,
              struct err *err)
{
    *out = (struct query_result){.query = hold(q), .parse_ns = q->parse_ns};
    arena_init(&out->arena, MEM_QUERY, memory_max(ctx));
    int64_t start = clock_mono_ns();
    struct run r = run_of(q, ctx, out, err);
    struct plan *plan;
    r.measure = q->analyze;
    int rc = may_measure(q, ctx, err);
    if (rc == 0)
        rc = bind(q, ctx, &r, false, &plan);
    int64_t planned = clock_mono_ns();
    if (rc == 0)
        rc = answer(&r, q, plan, out);
    code_close(&r);
    /* A column that did not fit into the query's own bound is no fault of the machine. */
    if (rc == ERR_MEM && out->arena.used > memory_max(ctx) / 4)
        rc = run_memory(&r);
    if (rc < 0) {
        query_result_fini(out);
        return rc;
    }
    out->engine = r.engine;
    out->rows_read = r.rows_read;
    out->k = r.shield != NULL ? r.shield->k : 0;
    out->plan_ns = planned - start;
    out->run_ns = clock_mono_ns() - planned;
    return 0;
}

void query_result_fini(struct query_result *r)
{
    arena_fini(&r->arena);
    query_unref(r->query);
    r->query = NULL;
    r->frame = NULL;
}

static int check_fn(struct run *r, const struct query_fn *f)
{
    struct binder b = {.arena = r->arena,
                       .ctx = r->ctx,
                       .snap = r->snap,
                       .text = f->expr,
                       .err = r->err,
                       .check = true,
                       .run = r};
    b.fold = run_eval(r, NULL);
    return bind_macro_body(&b, f);
}

int query_fn_check(const struct query_fn *f, const struct query_context *ctx, struct err *err)
{
    struct arena arena;
    arena_init(&arena, MEM_QUERY, PARSE_MEMORY_BYTES);
    struct run r = {.ctx = ctx,
                    .snap = ctx->snap,
                    .text = f->expr,
                    .arena = &arena,
                    .err = err,
                    .vector = VECTOR_ROWS,
                    .engine = "local"};
    int rc = check_fn(&r, f);
    code_close(&r);
    arena_fini(&arena);
    return rc;
}

bool query_fn_is_own(struct str name)
{
    return fn_find(name) != NULL || agg_is(name) || window_is(name) || tvf_is(name);
}

static int empty_frame(struct run *r, const struct plan *p, struct frame **out)
{
    TRY(run_frame(r, 0, p->cols, out));
    for (size_t c = 0; c < p->cols; c++)
        TRY(frame_col_init(r->arena, &(*out)->col[c], 0, STR(""), p->col[c].expr->type, r->err));
    return name_columns(r, p, *out);
}

int query_check(const struct query *q, const struct query_context *ctx, struct query_result *out,
                struct err *err)
{
    *out = (struct query_result){.query = hold(q), .parse_ns = q->parse_ns, .engine = "local"};
    arena_init(&out->arena, MEM_QUERY, memory_max(ctx));
    struct run r = run_of(q, ctx, out, err);
    struct plan *plan;
    int rc = bind(q, ctx, &r, true, &plan);
    if (rc == 0)
        rc = empty_frame(&r, plan, &out->frame);
    code_close(&r);
    if (rc < 0)
        query_result_fini(out);
    return rc;
}
