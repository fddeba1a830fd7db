/* SPDX-License-Identifier: MIT
 *
 * Runs the steps of a plan, one after the other. */
#include <stdio.h>

#include "base/clock.h"
#include "run.h"
#include "shield.h"
#include "tvf.h"

static int run_one_row(struct run *r, struct frame **out)
{
    return run_frame(r, 1, 0, out);
}

static int run_filter(struct run *r, const struct step *s, struct frame *in, struct frame **out)
{
    struct frame_col pass;
    TRY(frame_column(r, in, s->expr[0], &pass));
    uint32_t *row = ARENA_ARRAY(r->arena, uint32_t, in->rows);
    if (row == NULL || in->rows > UINT32_MAX)
        return run_memory(r);
    size_t n = 0;
    for (size_t i = 0; i < in->rows; i++)
        if (vec_true(&pass, i))
            row[n++] = (uint32_t)i;
    *out = in;
    return n == in->rows ? 0 : frame_gather(r, in, row, n, out);
}

static int run_project(struct run *r, const struct step *s, const struct frame *in,
                       struct frame **out)
{
    TRY(run_frame(r, in->rows, s->exprs, out));
    for (size_t k = 0; k < s->exprs; k++)
        TRY(frame_column(r, in, s->expr[k], &(*out)->col[k]));
    return 0;
}

static int run_limit(struct run *r, const struct step *s, struct frame *in, struct frame **out)
{
    size_t from = s->offset < in->rows ? s->offset : in->rows;
    size_t n = in->rows - from < s->limit ? in->rows - from : s->limit;
    TRY(run_frame(r, n, in->cols, out));
    for (size_t c = 0; c < in->cols; c++)
        (*out)->col[c] = vec_from(&in->col[c], from);
    return 0;
}

static int run_union(struct run *r, const struct step *s, const struct frame *in,
                     struct frame **out)
{
    struct frame **part = ARENA_ARRAY(r->arena, struct frame *, s->parts);
    if (part == NULL)
        return run_memory(r);
    size_t rows = in->rows;
    for (size_t k = 0; k < s->parts; k++) {
        TRY(plan_run(r, s->part[k], &part[k]));
        rows += part[k]->rows;
    }
    TRY(run_frame(r, rows, in->cols, out));
    for (size_t c = 0; c < in->cols; c++) {
        struct frame_col *to = &(*out)->col[c];
        TRY(frame_col_init(r->arena, to, rows, in->col[c].name, in->col[c].type, r->err));
        to->list = in->col[c].list;
        TRY(run_check(r));
        vec_copy(to, 0, &in->col[c], in->rows);
        size_t at = in->rows;
        for (size_t k = 0; k < s->parts; k++) {
            vec_copy(to, at, &part[k]->col[c], part[k]->rows);
            at += part[k]->rows;
        }
    }
    return 0;
}

static int assert_failure(struct run *r, const struct step *s, const struct frame *in, size_t row)
{
    struct eval ev = run_eval(r, in->col);
    ev.row = row;
    ev.n = 1;
    char text[ERR_MSG_BYTES] = "";
    size_t n = 0;
    for (size_t k = 1; k < s->exprs && n < sizeof text; k++) {
        TRY(expr_eval(&ev, s->expr[k], NULL));
        struct str part = vec_null(&s->expr[k]->out, 0) ? STR("NULL") : s->expr[k]->out.s[0];
        n += (size_t)snprintf(text + n, sizeof text - n, "%s%.*s", k > 1 ? " " : "", STR_ARG(part));
    }
    const struct expr *e = s->expr[0];
    if (s->exprs == 1 && r->text.p != NULL)
        snprintf(text, sizeof text, "%.*s", (int)e->n, r->text.p + e->at);
    return eval_fail(&ev, e, ERR_VALUE, "Assert failed: %s", text);
}

static int run_assert(struct run *r, const struct step *s, struct frame *in, struct frame **out)
{
    struct frame_col ok;
    TRY(frame_column(r, in, s->expr[0], &ok));
    for (size_t i = 0; i < in->rows; i++)
        if (!vec_true(&ok, i))
            return assert_failure(r, s, in, i);
    *out = in;
    return 0;
}

/* Rows as they come, each as often as it has columns to turn. */
static int run_unpivot(struct run *r, const struct step *s, const struct frame *in,
                       struct frame **out)
{
    size_t turned = s->exprs - s->kept;
    size_t n = 0;
    struct frame_col *col = ARENA_ARRAY(r->arena, struct frame_col, s->exprs);
    uint32_t *row = ARENA_ARRAY(r->arena, uint32_t, in->rows * turned);
    uint32_t *which = ARENA_ARRAY(r->arena, uint32_t, in->rows * turned);
    if (col == NULL || row == NULL || which == NULL)
        return run_memory(r);
    for (size_t k = 0; k < s->exprs; k++)
        TRY(frame_column(r, in, s->expr[k], &col[k]));
    for (uint32_t i = 0; i < in->rows; i++)
        for (uint32_t k = 0; k < turned; k++)
            if (s->keep_nulls || !vec_null(&col[s->kept + k], i)) {
                row[n] = i;
                which[n++] = k;
            }
    struct frame kept = {.rows = in->rows, .cols = s->kept, .col = col};
    struct frame *same;
    TRY(frame_gather(r, &kept, row, n, &same));
    TRY(run_frame(r, n, s->kept + 2, out));
    memcpy((*out)->col, same->col, s->kept * sizeof *same->col);
    struct frame_col *value = &(*out)->col[s->kept];
    TRY(frame_col_init(r->arena, value, n, STR(""), col[s->kept].type, r->err));
    TRY(frame_col_init(r->arena, value + 1, n, STR(""), TYPE_STRING, r->err));
    value->list = col[s->kept].list;
    TRY(run_check(r));
    for (size_t i = 0; i < n; i++) {
        vec_copy_cell(value, i, &col[s->kept + which[i]], row[i]);
        value[1].s[i] = s->text[which[i]];
    }
    return 0;
}

static int run_table(struct run *r, const struct step *s, struct frame **out)
{
    TRY(run_frame(r, s->table->rows, s->table->cols, out));
    memcpy((*out)->col, s->table->col, s->table->cols * sizeof *s->table->col);
    return 0;
}

static int run_step(struct run *r, const struct step *s, struct frame *in, struct frame **out)
{
    switch (s->kind) {
    case STEP_ONE_ROW:
        return run_one_row(r, out);
    case STEP_TABLE:
        return run_table(r, s, out);
    case STEP_ACCESS:
        return access_run(r, s->access, out);
    case STEP_FILTER:
        return run_filter(r, s, in, out);
    case STEP_PROJECT:
        return run_project(r, s, in, out);
    case STEP_WINDOW:
        return frame_window(r, s, in, out);
    case STEP_AGGREGATE:
        return frame_aggregate(r, s, in, out);
    case STEP_SORT:
        return frame_sort(r, s, in, out);
    case STEP_LIMIT:
        return run_limit(r, s, in, out);
    case STEP_JOIN:
        return frame_join(r, s, in, out);
    case STEP_UNION:
        return run_union(r, s, in, out);
    case STEP_CALL:
        return tvf_run(r, s->call, in, out);
    case STEP_ASSERT:
        return run_assert(r, s, in, out);
    case STEP_UNPIVOT:
        return run_unpivot(r, s, in, out);
    case STEP_SHIELD:
        return shield_run(r, s->shield, out);
    }
    UNREACHABLE();
}

/* The sort puts groups into an order that leaves none open: all keys are among what it sorts by. */
static bool sorts_all_keys(const struct step *sort, size_t keys)
{
    for (size_t k = 0; k < keys; k++) {
        bool found = false;
        for (size_t i = 0; i < sort->sorts; i++) {
            const struct expr *e = sort->sort[i].expr;
            found = found || (e->kind == EXPR_COL && (size_t)e->col == k);
        }
        if (!found)
            return false;
    }
    return true;
}

/* Groups need not come in the order of their keys: the next step sorts them anyway. */
static bool order_is_open(const struct plan *p, size_t i)
{
    const struct step *s = &p->step[i];
    return s->kind == STEP_ACCESS && s->access->grouped && i + 1 < p->steps &&
           p->step[i + 1].kind == STEP_SORT &&
           sorts_all_keys(&p->step[i + 1], s->access->group.keys);
}

/* Rows of registrations of which only the first of an order are asked for. */
static void push_top(const struct plan *p, size_t i)
{
    const struct step *s = &p->step[i];
    if (s->kind == STEP_ACCESS && !s->access->grouped && i + 1 < p->steps &&
        p->step[i + 1].kind == STEP_SORT && p->step[i + 1].limit != SIZE_MAX)
        s->access->top = &p->step[i + 1];
}

int plan_run(struct run *r, const struct plan *p, struct frame **out)
{
    struct frame *f = NULL;
    for (size_t i = 0; i < p->steps; i++) {
        TRY(run_check(r));
        r->any_order = order_is_open(p, i);
        push_top(p, i);
        int64_t start = p->actual != NULL ? clock_mono_ns() : 0;
        r->facts = (struct scan_facts){0};
        TRY(run_step(r, &p->step[i], f, &f));
        ASSERT(f->cols == p->step[i].cols);
        if (p->actual != NULL)
            p->actual[i] = (struct step_actual){true, f->rows, clock_mono_ns() - start, r->facts};
    }
    *out = f;
    return 0;
}

int plan_measure(struct run *r, struct plan *p)
{
    p->actual = ARENA_ARRAY(r->arena, struct step_actual, p->steps);
    if (p->actual == NULL)
        return run_memory(r);
    for (size_t i = 0; i < p->steps; i++) {
        if (p->step[i].kind == STEP_JOIN)
            TRY(plan_measure(r, p->step[i].join->right));
        for (size_t k = 0; k < p->step[i].parts; k++)
            TRY(plan_measure(r, p->step[i].part[k]));
    }
    return 0;
}

int run_note_subquery(struct run *r, const struct plan *p, size_t rows)
{
    struct subquery *q = ARENA_NEW(r->arena, struct subquery);
    if (q == NULL)
        return run_memory(r);
    *q = (struct subquery){p, rows, r->subquery};
    r->subquery = q;
    return 0;
}
