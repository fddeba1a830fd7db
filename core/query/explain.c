/* SPDX-License-Identifier: MIT
 *
 * EXPLAIN: a row for each step and for what there is to say of it. EXPLAIN ANALYZE has run the plan
 * and adds what each step gave and took. Estimates are upper bounds where nothing better is known;
 * a filter passes one row in three. */
#include "explain.h"

#include "access.h"
#include "base/buf.h"
#include "base/date.h"
#include "remote.h"
#include "shield.h"
#include "tvf.h"

enum {
    UNKNOWN_ROWS = -1,
    PASSING = 3,           /* one row in three passes a filter, as long as nobody counts */
    SQL_SHOWN_BYTES = 4000 /* of a statement: the rest is lists of numbers */
};

struct explaining {
    struct run *run;
    struct frame *f;
    size_t row, cap;
    struct buf text;
    bool measured;
    int64_t rows; /* estimate of what the step before gives, or UNKNOWN_ROWS */
};

enum { STEP_COL, DETAIL_COL, ESTIMATE_COL, WHY_COL, ROWS_COL, MS_COL, EXPLAIN_COLS };

static int new_rows(struct explaining *x, size_t cap)
{
    static const struct {
        const char *name;
        enum type type;
    } cols[EXPLAIN_COLS] = {
        [STEP_COL] = {"step", TYPE_STRING},        [DETAIL_COL] = {"detail", TYPE_STRING},
        [ESTIMATE_COL] = {"estimate", TYPE_INT64}, [WHY_COL] = {"why", TYPE_STRING},
        [ROWS_COL] = {"rows", TYPE_INT64},         [MS_COL] = {"ms", TYPE_FLOAT64},
    };
    struct run *r = x->run;
    struct frame *f;
    TRY(run_frame(r, cap, x->measured ? EXPLAIN_COLS : ROWS_COL, &f));
    for (size_t c = 0; c < f->cols; c++) {
        TRY(frame_col_init(r->arena, &f->col[c], cap, str_of(cols[c].name), cols[c].type, r->err));
        if (x->row > 0)
            vec_copy(&f->col[c], 0, &x->f->col[c], x->row);
    }
    x->f = f;
    x->cap = cap;
    return 0;
}

/* One row; the detail is what stands in x->text. estimate: rows, or UNKNOWN_ROWS. actual: NULL for
 * what is no step of its own. */
static int put_row(struct explaining *x, const char *step, const char *why, int64_t estimate,
                   const struct step_actual *actual)
{
    if (x->row == x->cap)
        TRY(new_rows(x, x->cap * 2 + 16));
    TRY(buf_check(&x->text, x->run->err));
    struct str detail = str_copy(x->run->arena, buf_view(&x->text));
    if (detail.p == NULL)
        return run_memory(x->run);
    struct frame_col *col = x->f->col;
    col[STEP_COL].s[x->row] = str_of(step);
    col[DETAIL_COL].s[x->row] = detail;
    col[WHY_COL].s[x->row] = str_of(why);
    col[ESTIMATE_COL].i[x->row] = estimate;
    col[ESTIMATE_COL].null[x->row] = estimate == UNKNOWN_ROWS;
    if (x->measured) {
        bool ran = actual != NULL && actual->ran;
        col[ROWS_COL].null[x->row] = col[MS_COL].null[x->row] = !ran;
        col[ROWS_COL].i[x->row] = ran ? (int64_t)actual->rows : 0;
        col[MS_COL].f[x->row] = ran ? (double)actual->ns / 1e6 : 0;
    }
    x->row++;
    buf_clear(&x->text);
    return 0;
}

static int add_row(struct explaining *x, const char *step, const char *why)
{
    return put_row(x, step, why, UNKNOWN_ROWS, NULL);
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

/* Where the numbers of the cube come from. */
static int explain_cube(struct explaining *x, const struct cube_outline *o)
{
    const struct snap *s = x->run->snap;
    if (s->narrowed)
        return 0;
    bool runs = o->below_blocks && s->slabs > 0;
    buf_printf(&x->text, "look-ups for %zu by %zu by %zu groups of places, sectors, days",
               o->places, o->sectors, o->days);
    if (s->larges > 0) {
        buf_cstr(&x->text, ", and the runs of ");
        put_count(&x->text, s->larges, "large segment");
    }
    if (runs)
        buf_cstr(&x->text, ", and the runs of slabs for panchayats");
    return add_row(x, "reads",
                   s->larges > 0 || runs ? "the cube does not hold those runs" : "the cube alone");
}

/* What a scan reads, or has read. */
static int explain_scan(struct explaining *x, const struct scan_outline *o,
                        const struct step_actual *actual)
{
    if (x->run->snap->narrowed) /* slabs and segments hold what others sent */
        return 0;
    const struct scan_facts *f = actual != NULL ? &actual->facts : &o->facts;
    const char *why = o->planes ? "rows are only counted, 64 at a time on bit planes"
                      : o->runs ? "no attribute is asked for, so a run is one row"
                                : "row by row: values are computed, or rows are asked for";
    if (actual != NULL) {
        put_count(&x->text, f->planes, "slab");
        buf_cstr(&x->text, " on planes, ");
        put_count(&x->text, f->slabs, "slab");
        buf_cstr(&x->text, " otherwise, ");
    } else {
        put_count(&x->text, f->slabs, "slab");
        buf_cstr(&x->text, o->planes ? " on planes, " : ", ");
    }
    put_count(&x->text, f->segs, "segment");
    buf_printf(&x->text, ", %zu skipped", f->skipped);
    if (actual != NULL)
        buf_printf(&x->text, "; %llu rows looked at", (unsigned long long)f->rows);
    return add_row(x, "reads", why);
}

static int explain_groups(struct explaining *x, const struct grouping *g, bool cube,
                          const struct scan_outline *o)
{
    put_count(&x->text, g->keys, "key");
    buf_cstr(&x->text, ", ");
    put_count(&x->text, g->aggs, "aggregate");
    if (!cube && o->dense && g->keys > 0 &&
        !x->run->snap->narrowed) /* as many as there are words */
        buf_printf(&x->text, ", in an array of %llu cells", (unsigned long long)o->cells);
    const char *why = g->keys == 0 ? "one group"
                      : cube       ? "the cells of a dimension are sorted by its keys"
                      : o->dense   ? "the keys have few values"
                                   : "the keys have many values: a hash table";
    return add_row(x, "aggregate", why);
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Groups or rows at most. */
static int64_t access_estimate(const struct run *r, const struct access_plan *p, bool cube,
                               const struct cube_outline *c, const struct scan_outline *o)
{
    const struct access *a = p->access;
    int64_t rows = window_registrations(r, &p->window);
    if (r->snap->source_seen != NULL) /* the cube knows no sources: it would tell of the others */
        return UNKNOWN_ROWS;
    if (!a->grouped)
        return a->rows_max < INT64_MAX ? least(rows, (int64_t)a->rows_max) : rows;
    if (a->group.keys == 0)
        return 1;
    if (cube)
        return least(rows, (int64_t)(c->places * c->sectors * c->days));
    return o->dense && !r->snap->narrowed ? least(rows, (int64_t)o->cells) : rows;
}

static int explain_window(struct explaining *x, const struct access_plan *p)
{
    const struct run *r = x->run;
    TRY(explain_places(x, &p->window));
    TRY(explain_days(x, &p->window));
    TRY(explain_sectors(x, &p->window));
    if (p->tests + p->rests > 0) {
        buf_printf(&x->text, "%zu by table of one attribute, %zu row by row", p->tests, p->rests);
        TRY(add_row(x, "tests", "conditions that the sort order does not answer"));
    }
    if (r->snap->source_seen != NULL)
        return 0;
    buf_printf(&x->text, "about %lld registrations",
               (long long)window_registrations(r, &p->window));
    if (!r->snap->narrowed)
        buf_printf(&x->text, " of %lld", (long long)r->snap->registrations);
    return add_row(x, "window", "counted by the cube over the places and dates");
}

/* What is sent, and what is left to do with the answer. */
static int explain_remote(struct explaining *x, const struct access_plan *p,
                          const struct step_actual *actual)
{
    const struct access *a = p->access;
    struct remote_plan plan;
    int rc = remote_plan(x->run, p, &plan);
    x->rows = UNKNOWN_ROWS;
    buf_cstr(&x->text, plan.cells ? "registrations in ClickHouse, by its table of daily cells"
                                  : "registrations in ClickHouse");
    if (rc == 0)
        rc = put_row(x, "remote", p->why, x->rows, actual);
    buf_str(&x->text, utf8_prefix(buf_view(&plan.sql), SQL_SHOWN_BYTES));
    if (rc == 0)
        rc = add_row(x, "sent",
                     plan.rows ? "rows as they are, equal ones once"
                               : "registrations by what the query can tell apart");
    remote_fini(&plan);
    TRY(rc);
    put_count(&x->text, p->rests, "condition");
    buf_cstr(&x->text, " over several columns, ");
    put_count(&x->text, a->grouped ? a->group.keys : a->outs, a->grouped ? "key" : "column");
    if (a->grouped) {
        buf_cstr(&x->text, ", ");
        put_count(&x->text, a->group.aggs, "aggregate");
    }
    return add_row(x, "stays", "computed here from what comes back, as for rows that lie here");
}

static int explain_access(struct explaining *x, const struct access *a,
                          const struct step_actual *actual)
{
    struct run *r = x->run;
    struct access_plan p;
    struct cube_outline c = {0};
    struct scan_outline o = {0};
    TRY(access_plan(r, a, &p));
    if (r->snap->clickhouse != NULL) {
        r->engine = "clickhouse";
        return explain_remote(x, &p, actual);
    }
    if (p.cube)
        TRY(cube_outline(r, &p, &c));
    bool cube = p.cube && !c.too_many;
    if (!cube)
        TRY(scan_outline(r, &p, &o));
    if (actual == NULL)
        r->engine = cube ? "cube" : "scan";
    x->rows = access_estimate(r, &p, cube, &c, &o);
    buf_printf(&x->text, "registrations by %s", cube ? "cube" : "scan");
    TRY(put_row(x, cube ? "cube" : "scan",
                c.too_many ? "the groups are so many that the cube would be slower" : p.why,
                x->rows, actual));
    TRY(explain_window(x, &p));
    TRY(cube ? explain_cube(x, &c) : explain_scan(x, &o, actual));
    return a->grouped ? explain_groups(x, &a->group, cube, &o) : 0;
}

static int explain_steps(struct explaining *x, const struct plan *p);

static const char *step_name(enum step_kind k)
{
    static const char *const names[] = {
        [STEP_ONE_ROW] = "one row",     [STEP_TABLE] = "table",     [STEP_ACCESS] = "registrations",
        [STEP_FILTER] = "filter",       [STEP_PROJECT] = "columns", [STEP_WINDOW] = "window",
        [STEP_AGGREGATE] = "aggregate", [STEP_SORT] = "sort",       [STEP_LIMIT] = "limit",
        [STEP_JOIN] = "join",           [STEP_UNION] = "union",     [STEP_CALL] = "call",
        [STEP_ASSERT] = "assert",       [STEP_UNPIVOT] = "unpivot", [STEP_SHIELD] = "small counts"};
    return names[k];
}

static int64_t times(int64_t a, int64_t b)
{
    int64_t product;
    if (a == UNKNOWN_ROWS || b == UNKNOWN_ROWS)
        return UNKNOWN_ROWS;
    return __builtin_mul_overflow(a, b, &product) ? INT64_MAX : product;
}

/* Rows of a join: with keys, those of the larger side. */
static int64_t join_estimate(const struct join *j, int64_t left, int64_t right)
{
    if (left == UNKNOWN_ROWS || right == UNKNOWN_ROWS)
        return UNKNOWN_ROWS;
    if (j->keys > 0)
        return left > right ? left : right;
    int64_t pairs = times(left, right);
    return j->on != NULL ? pairs / PASSING + 1 : pairs;
}

/* What a step of frames gives, from what comes in. */
static int64_t step_estimate(const struct step *s, int64_t in)
{
    switch (s->kind) {
    case STEP_ONE_ROW:
        return 1;
    case STEP_TABLE:
        return (int64_t)s->table->rows;
    case STEP_FILTER:
        return in == UNKNOWN_ROWS ? in : (in + PASSING - 1) / PASSING;
    case STEP_AGGREGATE:
        return s->group.keys == 0 ? 1 : in;
    case STEP_SORT:
        return in != UNKNOWN_ROWS && s->limit < (size_t)in ? (int64_t)s->limit : in;
    case STEP_LIMIT:
        if (in == UNKNOWN_ROWS)
            return in;
        in = (size_t)in > s->offset ? in - (int64_t)s->offset : 0;
        return s->limit < (size_t)in ? (int64_t)s->limit : in;
    case STEP_UNPIVOT:
        return times(in, (int64_t)(s->exprs - s->kept));
    case STEP_CALL:
        return UNKNOWN_ROWS;
    case STEP_ACCESS:
    case STEP_SHIELD:
    case STEP_PROJECT:
    case STEP_WINDOW:
    case STEP_JOIN:
    case STEP_UNION:
    case STEP_ASSERT:
        return in;
    }
    UNREACHABLE();
}

static const char *step_detail(struct explaining *x, const struct step *s)
{
    const char *why = "";
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
    if (s->kind == STEP_AGGREGATE) {
        put_count(&x->text, s->group.keys, "key");
        buf_cstr(&x->text, ", ");
        put_count(&x->text, s->group.aggs, "aggregate");
        why = s->group.keys > 0 ? "a hash table" : "one group";
    }
    if (s->kind == STEP_JOIN) {
        static const char *const kinds[] = {"", "left, ", "right, ", "full, ", ""};
        buf_cstr(&x->text, kinds[s->join->kind]);
        put_count(&x->text, s->join->keys, "equal key");
        buf_cstr(&x->text, s->join->on ? ", and a condition" : "");
        why = s->join->keys > 0 ? "a hash table of the right side" : "all pairs";
    }
    if (s->kind == STEP_SHIELD) {
        buf_printf(&x->text, "below %lld", (long long)s->shield->k);
        why = "hidden from your role, with what they could be computed from";
    }
    if (s->kind == STEP_CALL)
        buf_cstr(&x->text, s->call->tvf->name);
    if (s->kind == STEP_PROJECT)
        put_count(&x->text, s->exprs, "column");
    if (s->kind == STEP_WINDOW)
        put_count(&x->text, s->windows, "function");
    return why;
}

/* What stands beside: the right side of a join, the other queries of a union. Behind the row of the
 * step itself, which needs to know of them. */
static int explain_step(struct explaining *x, const struct step *s,
                        const struct step_actual *actual)
{
    if (s->kind == STEP_ACCESS)
        return explain_access(x, s->access, actual);
    if (s->kind == STEP_SHIELD)
        TRY(explain_access(x, s->shield->atoms, NULL));
    int64_t in = x->rows;
    size_t row = x->row;
    const char *why = step_detail(x, s);
    TRY(put_row(x, step_name(s->kind), why, step_estimate(s, in), actual));
    int64_t rows = step_estimate(s, in);
    if (s->kind == STEP_JOIN) {
        TRY(explain_steps(x, s->join->right));
        rows = join_estimate(s->join, in, x->rows);
    }
    for (size_t k = 0; k < s->parts; k++) {
        TRY(explain_steps(x, s->part[k]));
        rows = rows == UNKNOWN_ROWS || x->rows == UNKNOWN_ROWS ? UNKNOWN_ROWS : rows + x->rows;
    }
    x->f->col[ESTIMATE_COL].i[row] = rows;
    x->f->col[ESTIMATE_COL].null[row] = rows == UNKNOWN_ROWS;
    x->rows = rows;
    return 0;
}

static int explain_steps(struct explaining *x, const struct plan *p)
{
    x->rows = UNKNOWN_ROWS;
    for (size_t i = 0; i < p->steps; i++)
        TRY(explain_step(x, &p->step[i], p->actual != NULL ? &p->actual[i] : NULL));
    return 0;
}

/* In the order in which they ran. */
static int explain_subqueries(struct explaining *x, const struct subquery *q)
{
    if (q == NULL)
        return 0;
    TRY(explain_subqueries(x, q->next));
    put_count(&x->text, q->rows, "row");
    TRY(put_row(x, "subquery", "run before all else: what it gives are constants", (int64_t)q->rows,
                NULL));
    return explain_steps(x, q->plan);
}

int explain_plan(struct run *r, const struct plan *p, struct frame **out)
{
    struct explaining x = {.run = r, .measured = p->actual != NULL};
    buf_init(&x.text, MEM_QUERY);
    int rc = new_rows(&x, 16);
    if (rc == 0)
        rc = explain_subqueries(&x, r->subquery);
    if (rc == 0)
        rc = explain_steps(&x, p);
    buf_fini(&x.text);
    if (rc < 0)
        return rc;
    x.f->rows = x.row;
    *out = x.f;
    return 0;
}
