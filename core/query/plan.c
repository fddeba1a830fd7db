/* SPDX-License-Identifier: MIT
 *
 * The planner of an access. Each condition that reads one column alone is turned, once, into what
 * it means for that column: ranges of places, a set of sectors, a set of days, a table by code.
 * Only conditions over several columns are left to be evaluated row by row. */
#include "access.h"
#include "data/tally.h"

#include <stdlib.h>

enum { DOMAIN_MAX = 1 << 17 };

int single_base(const struct expr *e)
{
    if (e->deps == 0 || (e->deps & (e->deps - 1)) != 0)
        return -1;
    return __builtin_ctzll(e->deps);
}

int domain_eval(struct run *r, struct expr *e, int base, int64_t low, size_t n,
                bool (*take)(void *ctx, const struct frame_col *c, size_t at, size_t n), void *ctx)
{
    struct frame_col col[BASE_COLS] = {0};
    size_t step = r->vector < n ? r->vector : n;
    TRY(frame_col_init(r->arena, &col[base], step, STR(""), TYPE_INT64, r->err));
    struct eval ev = run_eval(r, col);
    ev.err = NULL; /* what no row may hold need not be computable */
    for (size_t at = 0; at < n; at += ev.n) {
        ev.n = n - at < step ? n - at : step;
        for (size_t i = 0; i < ev.n; i++) {
            col[base].null[i] = at + i == 0;
            col[base].i[i] = at + i == 0 ? 0 : low + (int64_t)(at + i) - 1;
        }
        if (expr_eval(&ev, e, NULL) < 0 || !take(ctx, &e->out, at, ev.n))
            return 0;
    }
    return 1;
}

size_t base_domain(const struct run *r, const struct window3 *w, int base, int64_t *low)
{
    *low = 0;
    if (base == BASE_SECTOR)
        return list_sectors.n + 1;
    if (base == BASE_DAY) {
        *low = w->days.lo;
        return w->days.hi < w->days.lo ? 1 : (size_t)(w->days.hi - w->days.lo) + 2;
    }
    if (base == BASE_ORDER) {
        size_t n = w->place.n;
        *low = n ? w->place.at[0].lo : 0;
        return n ? w->place.at[n - 1].hi - w->place.at[0].lo + 1 : 1;
    }
    if (base < BASE_ATTR)
        return 0;
    const struct attr *a = &r->snap->schema->attr[base - BASE_ATTR];
    size_t n = 0;
    if (a->kind == ATTR_CHOICE) {
        n = a->list->n + 1;
    } else if (a->kind == ATTR_INT) {
        *low = a->min;
        n = (size_t)((int64_t)a->max - a->min) + 2;
    } else {
        n = (size_t)dict_count(r->snap->dict[base - BASE_ATTR]) + 1;
    }
    return n <= DOMAIN_MAX ? n : 0;
}

/* Places */

static int add_range(struct run *r, struct ranges *s, size_t *cap, uint32_t lo, uint32_t hi)
{
    if (s->n > 0 && s->at[s->n - 1].hi == lo) {
        s->at[s->n - 1].hi = hi;
        return 0;
    }
    struct range *grown = arena_grown(r->arena, s->at, s->n, cap, sizeof *grown);
    if (grown == NULL)
        return run_memory(r);
    s->at = grown;
    s->at[s->n++] = (struct range){lo, hi};
    return 0;
}

static int intersect(struct run *r, const struct ranges *a, const struct ranges *b,
                     struct ranges *out)
{
    *out = (struct ranges){0};
    size_t cap = 0;
    for (size_t i = 0, j = 0; i < a->n && j < b->n;) {
        uint32_t lo = a->at[i].lo > b->at[j].lo ? a->at[i].lo : b->at[j].lo;
        uint32_t hi = a->at[i].hi < b->at[j].hi ? a->at[i].hi : b->at[j].hi;
        if (lo < hi)
            TRY(add_range(r, out, &cap, lo, hi));
        if (a->at[i].hi < b->at[j].hi)
            i++;
        else
            j++;
    }
    return 0;
}

static int by_low(const void *a, const void *b)
{
    uint32_t x = ((const struct range *)a)->lo;
    uint32_t y = ((const struct range *)b)->lo;
    return (x > y) - (x < y);
}

/* A place's column (or its code) against a constant: the level, else -1. */
static int place_side(const struct expr *e, bool *code)
{
    *code = e->kind == EXPR_CALL && e->fn == &fn_place_code;
    if (*code)
        e = e->arg[0];
    return e->kind == EXPR_CALL && e->fn == &fn_place_at ? (int)e->option : -1;
}

static int add_nodes(struct run *r, struct ranges *s, size_t *cap, int level, bool code,
                     const struct value *v)
{
    const struct place_tree *t = r->snap->tree;
    uint32_t node = PLACE_NONE;
    if (v->null)
        return 0;
    if (code) {
        node = place_by_code(t, (enum place_level)level, v->i);
        if (node != PLACE_NONE && t->at[place_order(t, t->at[node].identity)].code != v->i)
            node = PLACE_NONE; /* its rows are another place's now */
    } else {
        uint32_t any = place_order(t, (uint32_t)v->i);
        if (any != PLACE_NONE && (int)t->at[any].level == level)
            node = place_first(t, any);
    }
    for (; node != PLACE_NONE; node = t->at[node].same)
        TRY(add_range(r, s, cap, node, t->at[node].end));
    return 0;
}

/* place = constant, place IN (constants), and the same for codes: 1 when it was that. */
static int narrow_place_fast(struct run *r, struct window3 *w, const struct expr *e)
{
    if (r->borders != NULL)
        return 0; /* a place may be several ranges */
    bool equal = e->kind == EXPR_CALL && fn_compare_op(e->fn) == OP_EQ;
    bool in = e->kind == EXPR_CALL && e->fn == &fn_in;
    if (!equal && !in)
        return 0;
    size_t side = equal && e->arg[0]->kind == EXPR_CONST ? 1 : 0;
    bool code;
    int level = place_side(e->arg[side], &code);
    if (level < 0)
        return 0;
    struct ranges found = {0};
    size_t cap = 0;
    for (size_t k = 0; k < e->args; k++) {
        if (k == side)
            continue;
        if (e->arg[k]->kind != EXPR_CONST)
            return 0;
        TRY(add_nodes(r, &found, &cap, level, code, &e->arg[k]->value));
    }
    if (found.n > 1)
        qsort(found.at, found.n, sizeof *found.at, by_low);
    struct ranges kept;
    TRY(intersect(r, &w->place, &found, &kept));
    w->place = kept;
    return 1;
}

struct bits {
    uint8_t *ok;
};

static bool take_bits(void *ctx, const struct frame_col *c, size_t at, size_t n)
{
    struct bits *b = ctx;
    for (size_t i = 0; i < n; i++)
        b->ok[at + i] = vec_true(c, i);
    return true;
}

/* ok by code of a condition on one base column. 1 done, 0: not computable for all codes. */
static int domain_bits(struct run *r, const struct window3 *w, struct expr *e, int base,
                       int64_t *low, size_t *n, uint8_t **ok)
{
    *n = base_domain(r, w, base, low);
    if (*n == 0)
        return 0;
    *ok = ARENA_ARRAY(r->arena, uint8_t, *n);
    if (*ok == NULL)
        return run_memory(r);
    struct bits b = {*ok};
    return domain_eval(r, e, base, *low, *n, take_bits, &b);
}

static int narrow_place(struct run *r, struct window3 *w, struct expr *e)
{
    int done = narrow_place_fast(r, w, e);
    if (done != 0)
        return done;
    int64_t low;
    size_t n;
    uint8_t *ok;
    done = domain_bits(r, w, e, BASE_ORDER, &low, &n, &ok);
    if (done <= 0)
        return done;
    struct ranges found = {0};
    size_t cap = 0;
    for (size_t i = 1; i < n; i++)
        if (ok[i])
            TRY(add_range(r, &found, &cap, (uint32_t)low + (uint32_t)i - 1,
                          (uint32_t)low + (uint32_t)i));
    struct ranges kept;
    TRY(intersect(r, &w->place, &found, &kept));
    w->place = kept;
    return 1;
}

static int narrow_sector(struct run *r, struct window3 *w, struct expr *e)
{
    int64_t low;
    size_t n;
    uint8_t *ok;
    int done = domain_bits(r, w, e, BASE_SECTOR, &low, &n, &ok);
    if (done <= 0)
        return done;
    uint32_t set = 0;
    for (size_t i = 0; i < n; i++)
        set |= (uint32_t)ok[i] << i;
    w->sectors &= set;
    return 1;
}

/* day < constant and the like: 1 when it was that. */
static bool narrow_day_fast(struct days *d, const struct expr *e)
{
    int op = e->kind == EXPR_CALL ? fn_compare_op(e->fn) : -1;
    if (op < 0 || op == OP_NE)
        return false;
    size_t side = e->arg[0]->kind == EXPR_CONST ? 1 : 0;
    const struct expr *c = e->arg[1 - side];
    if (e->arg[side]->kind != EXPR_COL || c->kind != EXPR_CONST)
        return false;
    if (side == 1) /* constant < day is day > constant */
        op = op == OP_LT   ? OP_GT
             : op == OP_LE ? OP_GE
             : op == OP_GT ? OP_LT
             : op == OP_GE ? OP_LE
                           : op;
    int64_t v = c->value.i;
    int64_t lo = op == OP_GT ? v + 1 : op == OP_GE || op == OP_EQ ? v : INT32_MIN;
    int64_t hi = op == OP_LT ? v - 1 : op == OP_LE || op == OP_EQ ? v : INT32_MAX;
    if (c->value.null)
        hi = (int64_t)d->lo - 1;
    int32_t was = d->lo;
    if (lo > d->lo)
        d->lo = lo > d->hi ? d->hi + 1 : (int32_t)lo;
    if (hi < d->hi)
        d->hi = hi < d->lo ? d->lo - 1 : (int32_t)hi;
    if (d->ok != NULL)
        d->ok += d->lo - was;
    return true;
}

static int narrow_day(struct run *r, struct window3 *w, struct expr *e)
{
    if (narrow_day_fast(&w->days, e))
        return 1;
    int64_t low;
    size_t n;
    uint8_t *ok;
    int done = domain_bits(r, w, e, BASE_DAY, &low, &n, &ok);
    if (done <= 0)
        return done;
    for (size_t i = 1; i < n && w->days.ok != NULL; i++)
        ok[i] &= w->days.ok[i - 1];
    w->days.ok = ok + 1;
    return 1;
}

int window_narrow(struct run *r, struct window3 *w, struct expr *e)
{
    switch (single_base(e)) {
    case BASE_ORDER:
        return narrow_place(r, w, e);
    case BASE_SECTOR:
        return narrow_sector(r, w, e);
    case BASE_DAY:
        return narrow_day(r, w, e);
    default:
        return 0;
    }
}

const struct retraction_set *access_gone(const struct run *r, const struct access *a)
{
    return a->as_of ? NULL : r->snap->gone;
}

int window_all(struct run *r, const struct access *a, struct window3 *out)
{
    int32_t lo = a->as_of ? r->snap->held_min : r->snap->day_min;
    int32_t hi = a->as_of ? r->snap->held_max : r->snap->day_max;
    *out = (struct window3){.sectors = UINT32_MAX >> 1, .days = {lo, hi, NULL}};
    if (lo > hi)
        out->days = (struct days){0, -1, NULL};
    size_t cap = 0;
    const struct place_tree *t = r->snap->tree;
    if (!t->narrowed)
        return add_range(r, &out->place, &cap, 0, t->n);
    for (size_t i = 0; i < t->seens; i++)
        TRY(add_range(r, &out->place, &cap, t->seen[i].lo, t->seen[i].hi));
    return 0;
}

/* Conditions on attributes and all else */

static int add_test(struct run *r, struct access_plan *p, struct expr *e, int base)
{
    int64_t low;
    size_t n;
    uint8_t *ok;
    int done = domain_bits(r, &p->window, e, base, &low, &n, &ok);
    if (done > 0)
        p->test[p->tests++] = (struct attr_test){base, low, n, ok};
    return done;
}

static int constant_condition(struct run *r, struct access_plan *p, struct expr *e)
{
    struct eval ev = run_eval(r, NULL);
    ev.n = 1;
    TRY(expr_eval(&ev, e, NULL));
    if (!vec_true(&e->out, 0))
        p->window.never = true;
    return 0;
}

static size_t count_conditions(const struct expr *e)
{
    if (e->kind != EXPR_CALL || e->fn != &fn_and)
        return 1;
    size_t n = 0;
    for (size_t k = 0; k < e->args; k++)
        n += count_conditions(e->arg[k]);
    return n;
}

static int add_condition(struct run *r, struct access_plan *p, struct expr *e)
{
    if (e->kind == EXPR_CALL && e->fn == &fn_and) {
        for (size_t k = 0; k < e->args; k++)
            TRY(add_condition(r, p, e->arg[k]));
        return 0;
    }
    if (e->deps == 0)
        return constant_condition(r, p, e);
    int done = window_narrow(r, &p->window, e);
    if (done == 0 && single_base(e) >= BASE_ATTR)
        done = add_test(r, p, e, single_base(e));
    TRY(done);
    if (!done)
        p->rest[p->rests++] = e;
    return 0;
}

/* What a COUNTIF asks can be read from the cube: conditions on days and sectors, joined by AND. */
static bool cube_condition(const struct expr *e)
{
    if (e->kind == EXPR_CALL && e->fn == &fn_and) {
        for (size_t k = 0; k < e->args; k++)
            if (!cube_condition(e->arg[k]))
                return false;
        return true;
    }
    return e->deps == 0 || e->deps == BASE_BIT(BASE_DAY) || e->deps == BASE_BIT(BASE_SECTOR);
}

static const char *why_not_cube(const struct run *r, const struct access_plan *p)
{
    const struct access *a = p->access;
    if (r->snap->clickhouse != NULL)
        return "registrations are in ClickHouse";
    if (r->ctx->no_cube)
        return "the cube is switched off";
    if (!a->grouped)
        return "rows are asked for, not counts";
    if (p->tests > 0)
        return "a condition reads an attribute that the cube does not hold";
    if (p->rests > 0)
        return "a condition reads several columns at once";
    for (size_t k = 0; k < a->group.keys; k++)
        if (a->group.key[k]->deps != 0 &&
            (single_base(a->group.key[k]) < 0 || !(a->group.key[k]->deps & BASE_RUN_BITS)))
            return "a group key reads more than a place, a sector or a date";
    for (size_t k = 0; k < a->group.aggs; k++) {
        const struct agg_spec *s = &a->group.agg[k];
        if (s->kind != AGG_COUNT && !(s->kind == AGG_COUNTIF && cube_condition(s->arg)))
            return "an aggregate is more than a count by date and sector";
    }
    return NULL;
}

int access_plan(struct run *r, const struct access *a, struct access_plan *out)
{
    *out = (struct access_plan){.access = a};
    TRY(window_all(r, a, &out->window));
    size_t n = 0;
    for (size_t i = 0; i < a->wheres; i++)
        n += count_conditions(a->where[i]);
    out->test = ARENA_ARRAY(r->arena, struct attr_test, n);
    out->rest = ARENA_ARRAY(r->arena, struct expr *, n);
    if (out->test == NULL || out->rest == NULL)
        return run_memory(r);
    for (size_t i = 0; i < a->wheres; i++)
        TRY(add_condition(r, out, a->where[i]));
    struct window3 *w = &out->window;
    w->never = w->never || w->place.n == 0 || w->sectors == 0 || w->days.lo > w->days.hi;
    out->why = why_not_cube(r, out);
    out->cube = out->why == NULL;
    if (out->cube)
        out->why = "only places, sectors and dates are asked for";
    return 0;
}

/* An upper bound for EXPLAIN: all sectors, the whole window of days. */
int64_t window_registrations(const struct run *r, const struct window3 *w)
{
    const struct place_tree *t = r->snap->tree;
    int64_t total = 0;
    for (size_t k = 0; k < w->place.n && !w->never; k++)
        for (uint32_t o = w->place.at[k].lo; o < w->place.at[k].hi;) {
            bool whole = t->at[o].end <= w->place.at[k].hi;
            if (whole)
                total += tally_window(r->snap, o, CUBE_ALL, w->days.lo, w->days.hi);
            o = whole ? t->at[o].end : o + 1;
        }
    return total;
}

int access_run(struct run *r, const struct access *a, struct frame **out)
{
    struct access_plan p;
    TRY(access_plan(r, a, &p));
    if (r->snap->clickhouse != NULL) {
        r->engine = "clickhouse";
        return access_scan(r, &p, out);
    }
    r->engine = p.cube ? (strcmp(r->engine, "scan") == 0 ? "scan" : "cube") : "scan";
    return p.cube ? access_cube(r, &p, out) : access_scan(r, &p, out);
}
