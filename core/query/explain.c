/* SPDX-License-Identifier: MIT
 *
 * EXPLAIN. */
#include "explain.h"

#include "access.h"
#include "base/buf.h"
#include "base/date.h"
#include "tvf.h"

struct explaining {
    struct run *run;
    struct frame *f;
    size_t row, cap;
    struct buf text;
};

enum { STEP_COL, DETAIL_COL, WHY_COL, EXPLAIN_COLS };

static int new_rows(struct explaining *x, size_t cap)
{
    static const char *const names[] = {"step", "detail", "why"};
    struct run *r = x->run;
    struct frame *f;
    TRY(run_frame(r, cap, EXPLAIN_COLS, &f));
    for (size_t c = 0; c < EXPLAIN_COLS; c++) {
        TRY(frame_col_init(r->arena, &f->col[c], cap, str_of(names[c]), TYPE_STRING, r->err));
        for (size_t i = 0; i < x->row; i++)
            f->col[c].s[i] = x->f->col[c].s[i];
    }
    x->f = f;
    x->cap = cap;
    return 0;
}

/* One row; the detail is what stands in x->text. */
static int add_row(struct explaining *x, const char *step, const char *why)
{
    if (x->row == x->cap)
        TRY(new_rows(x, x->cap * 2 + 16));
    TRY(buf_check(&x->text, x->run->err));
    struct str detail = str_copy(x->run->arena, buf_view(&x->text));
    if (detail.p == NULL)
        return run_memory(x->run);
    x->f->col[STEP_COL].s[x->row] = str_of(step);
    x->f->col[DETAIL_COL].s[x->row] = detail;
    x->f->col[WHY_COL].s[x->row] = str_of(why);
    x->row++;
    buf_clear(&x->text);
    return 0;
}

static void put_count(struct buf *b, size_t n, const char *what)
{
    buf_printf(b, "%zu %s%s", n, what, n == 1 ? "" : "s");
}

static void put_day(struct buf *b, int32_t day)
{
    char text[11];
    date_format(day, text);
    buf_cstr(b, text);
}

static int explain_places(struct explaining *x, const struct window3 *w)
{
    const struct place_tree *t = x->run->snap->tree;
    uint64_t nodes = 0;
    for (size_t i = 0; i < w->place.n; i++)
        nodes += w->place.at[i].hi - w->place.at[i].lo;
    buf_printf(&x->text, "%zu %s, %llu of %u nodes", w->place.n,
               w->place.n == 1 ? "range" : "ranges", (unsigned long long)nodes, t->n);
    for (size_t i = 0; i < w->place.n && i < 8; i++) {
        const struct place *p = &t->at[w->place.at[i].lo];
        buf_printf(&x->text, "%s %s:%lld %.*s", i ? "," : ":", place_level_name(p->level),
                   (long long)p->code, STR_ARG(place_name(p, x->run->ctx->hindi)));
    }
    return add_row(x, "places", "a place is a range of the tree's numbering");
}

static int explain_days(struct explaining *x, const struct window3 *w)
{
    if (w->days.lo > w->days.hi) {
        buf_cstr(&x->text, "none");
    } else {
        put_day(&x->text, w->days.lo);
        buf_cstr(&x->text, " to ");
        put_day(&x->text, w->days.hi);
        if (w->days.ok != NULL)
            buf_cstr(&x->text, ", some days of it");
    }
    return add_row(x, "dates", "");
}

static int explain_sectors(struct explaining *x, const struct window3 *w)
{
    uint32_t all = (UINT32_C(1) << (list_sectors.n + 1)) - 1;
    int n = __builtin_popcount(w->sectors & all);
    if ((w->sectors & all) == all)
        buf_cstr(&x->text, "all");
    else
        buf_printf(&x->text, "%d of %zu%s", n, list_sectors.n + 1,
                   w->sectors & 1 ? ", rows without a sector included" : "");
    return add_row(x, "sectors", "");
}

static int explain_access(struct explaining *x, const struct access *a)
{
    struct run *r = x->run;
    struct access_plan p;
    TRY(access_plan(r, a, &p));
    r->engine = p.cube ? "cube" : "scan";
    buf_printf(&x->text, "registrations by %s", p.cube ? "cube" : "scan");
    TRY(add_row(x, p.cube ? "cube" : "scan", p.why));
    TRY(explain_places(x, &p.window));
    TRY(explain_days(x, &p.window));
    TRY(explain_sectors(x, &p.window));
    if (p.tests + p.rests > 0) {
        buf_printf(&x->text, "%zu by table of one attribute, %zu row by row", p.tests, p.rests);
        TRY(add_row(x, "tests", "conditions that the sort order does not answer"));
    }
    if (a->grouped) {
        put_count(&x->text, a->group.keys, "key");
        buf_cstr(&x->text, ", ");
        put_count(&x->text, a->group.aggs, "aggregate");
        TRY(add_row(x, "aggregate", ""));
    }
    buf_printf(&x->text, "about %lld registrations of %lld",
               (long long)window_registrations(r, &p.window), (long long)r->snap->registrations);
    return add_row(x, "estimate", "counted by the cube over the places and dates");
}

static int explain_steps(struct explaining *x, const struct plan *p);

static const char *step_name(enum step_kind k)
{
    static const char *const names[] = {
        [STEP_ONE_ROW] = "one row",     [STEP_TABLE] = "table",     [STEP_ACCESS] = "registrations",
        [STEP_FILTER] = "filter",       [STEP_PROJECT] = "columns", [STEP_WINDOW] = "window",
        [STEP_AGGREGATE] = "aggregate", [STEP_SORT] = "sort",       [STEP_LIMIT] = "limit",
        [STEP_JOIN] = "join",           [STEP_UNION] = "union",     [STEP_CALL] = "call",
        [STEP_ASSERT] = "assert",       [STEP_UNPIVOT] = "unpivot"};
    return names[k];
}

static int explain_step(struct explaining *x, const struct step *s)
{
    const char *why = "";
    if (s->kind == STEP_ACCESS)
        return explain_access(x, s->access);
    if (s->kind == STEP_TABLE)
        put_count(&x->text, s->table->rows, "row");
    if (s->kind == STEP_SORT && s->limit != SIZE_MAX) {
        buf_printf(&x->text, "the first %zu", s->limit);
        why = "a LIMIT follows, so a heap of that size is enough";
    } else if (s->kind == STEP_SORT) {
        put_count(&x->text, s->sorts, "key");
    }
    if (s->kind == STEP_LIMIT)
        buf_printf(&x->text, "%zu rows from row %zu", s->limit, s->offset + 1);
    if (s->kind == STEP_JOIN) {
        put_count(&x->text, s->join->keys, "equal key");
        buf_cstr(&x->text, s->join->on ? ", and a condition" : "");
    }
    if (s->kind == STEP_CALL)
        buf_cstr(&x->text, s->call->tvf->name);
    if (s->kind == STEP_PROJECT)
        put_count(&x->text, s->exprs, "column");
    TRY(add_row(x, step_name(s->kind), why));
    if (s->kind == STEP_JOIN)
        TRY(explain_steps(x, s->join->right));
    for (size_t k = 0; k < s->parts; k++)
        TRY(explain_steps(x, s->part[k]));
    return 0;
}

static int explain_steps(struct explaining *x, const struct plan *p)
{
    for (size_t i = 0; i < p->steps; i++)
        TRY(explain_step(x, &p->step[i]));
    return 0;
}

int explain_plan(struct run *r, const struct plan *p, struct frame **out)
{
    struct explaining x = {.run = r};
    buf_init(&x.text, MEM_QUERY);
    int rc = new_rows(&x, 16);
    if (rc == 0)
        rc = explain_steps(&x, p);
    buf_fini(&x.text);
    if (rc < 0)
        return rc;
    x.f->rows = x.row;
    *out = x.f;
    return 0;
}
