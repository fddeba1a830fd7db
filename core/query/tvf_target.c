/* SPDX-License-Identifier: MIT
 *
 * against_target and against_stated: what was counted beside what was to be reached, and beside
 * what a source published. */
#include <math.h>

#include "base/date.h"
#include "tvf.h"

/* ---- against_target(set, achieved => 'column', as_on => date, [place => ...]) ---- */

enum { SET, ACHIEVED, AS_ON, PLACE };
enum { PART = TVF_PARAMS_MAX - 1 }; /* slot of c->column for the sector's, the department's */

static int unknown_set(struct scope *s, struct tvf_call *c)
{
    const struct target_book *book = s->b->ctx->targets;
    struct near_list near;
    near_init(&near);
    for (size_t i = 0; book != NULL && i < book->n; i++)
        near_offer(&near, c->value[SET].s, book->set[i]->name);
    tvf_fail(s, c, SET, ERR_UNKNOWN_NAME, "There is no target set \"%.*s\"",
             STR_ARG(c->value[SET].s));
    near_hint(&near, s->b->err);
    return ERR_UNKNOWN_NAME;
}

static int sector_column(const struct tvf_call *c)
{
    for (size_t i = 0; i < c->cols; i++)
        if (c->col[i].expr->type == TYPE_CODED && c->col[i].expr->list == &list_sectors)
            return (int)i;
    return -1;
}

static int department_column(const struct tvf_call *c)
{
    for (size_t i = 0; i < c->cols; i++)
        if (c->col[i].expr->type == TYPE_STRING && str_eq_nocase(c->col[i].name, STR("department")))
            return (int)i;
    return -1;
}

/* What tells a row's part of the set; without such a column a row is of all parts together. */
static int part_column(const struct tvf_call *c, const struct target_set *set)
{
    if (set == NULL || set->by == TARGET_WHOLE)
        return -1;
    return set->by == TARGET_BY_SECTOR ? sector_column(c) : department_column(c);
}

static int bind_against_target(struct scope *s, struct tvf_call *c)
{
    const struct target_book *book = s->b->ctx->targets;
    const struct target_set *set =
        book != NULL && !c->value[SET].null ? target_set_find(book, c->value[SET].s) : NULL;
    if (set == NULL && !(s->b->check && c->value[SET].null))
        return unknown_set(s, c);
    memcpy(&c->data, &set, sizeof set);
    TRY(tvf_place_value(s, c, PLACE));
    TRY(tvf_count_column(s, c, ACHIEVED, &c->column[ACHIEVED]));
    c->column[PART] = part_column(c, set);
    c->column[PLACE] = -1;
    if (c->arg[PLACE] == NULL) {
        c->column[PLACE] = tvf_place_column(c, set ? (int)set->level : PLACE_LEVEL_ANY);
        if (c->column[PLACE] < 0)
            return tvf_fail(s, c, -1, ERR_TYPE,
                            "against_target needs a column of places, or place => ...");
    }
    TRY(tvf_add(s, "target", TYPE_INT64));
    TRY(tvf_add(s, "expected", TYPE_INT64));
    TRY(tvf_add(s, "pct", TYPE_FLOAT64));
    TRY(tvf_add(s, "expected_pct", TYPE_FLOAT64));
    TRY(tvf_add(s, "balance", TYPE_INT64));
    TRY(tvf_add(s, "days_left", TYPE_INT64));
    return tvf_add(s, "required_per_day", TYPE_INT64);
}

/* Its own, and those of places that became this one. */
static bool own_target(const struct place_tree *t, const struct target_set *set, uint32_t node,
                       int part, int64_t *out)
{
    bool found = false;
    uint32_t at =
        t->at[node].gone && t->at[node].identity == t->at[node].id ? node : place_first(t, node);
    for (; at != PLACE_NONE; at = t->at[at].same) {
        int64_t own;
        found = target_sum(set, t->at[at].id, part, &own) || found;
        *out += own;
    }
    return found;
}

/* The target of a place, of one part or of all: its own, or the sum of those below it. False when
 * there is none. */
static bool target_of(const struct run *r, const struct target_set *set, int64_t id, int part,
                      int64_t *out)
{
    const struct place_tree *t = r->places;
    uint32_t node = place_order(t, (uint32_t)id);
    *out = 0;
    if (node == PLACE_NONE || !place_is_seen(t, node))
        return false;
    bool found = own_target(t, set, node, part, out);
    if (found || t->at[node].level >= set->level)
        return found;
    for (size_t i = 0; i < set->n; i++) {
        if (part != TARGET_ALL_PARTS && set->at[i].part != part)
            continue;
        uint32_t below = place_order(t, set->at[i].place);
        if (below == PLACE_NONE || below < node || below >= t->at[node].end)
            continue;
        *out += set->at[i].target;
        found = true;
    }
    return found;
}

/* The target of a row. A row that names no part, or one that the set has not, has none. */
static bool target_of_row(const struct run *r, const struct tvf_call *c, const struct frame *in,
                          size_t row, int64_t *out)
{
    const struct target_set *set = c->data;
    struct value place = c->value[PLACE];
    int part = TARGET_ALL_PARTS;
    if (c->column[PLACE] >= 0)
        place = vec_get(&in->col[c->column[PLACE]], row);
    if (place.null)
        return false;
    if (c->column[PART] >= 0) {
        struct value v = vec_get(&in->col[c->column[PART]], row);
        if (v.null)
            return false;
        part = set->by == TARGET_BY_SECTOR ? target_part_sector(set, (int)v.i)
                                           : target_part_named(set, v.s);
        if (part < 0)
            return false;
    }
    return target_of(r, set, place.i, part, out);
}

struct target_row {
    int64_t target, balance, days_left, required;
    double expected;
};

enum { T_TARGET, T_EXPECTED, T_PCT, T_EXPECTED_PCT, T_BALANCE, T_DAYS, T_REQUIRED, T_COLS };

static void put_int(struct frame_col *c, size_t row, int64_t v)
{
    c->null[row] = 0;
    c->i[row] = v;
}

static void put_float(struct frame_col *c, size_t row, double v)
{
    c->null[row] = 0;
    c->f[row] = v;
}

static void fill_target(const struct target_set *set, int32_t as_on, int64_t target,
                        const struct frame_col *achieved, size_t row, struct frame_col *out)
{
    double expected = target_expected(set, target, as_on);
    int64_t left = target_days(set, as_on + 1 > set->from ? as_on + 1 : set->from, set->to);
    put_int(&out[T_TARGET], row, target);
    put_int(&out[T_EXPECTED], row, llround(expected));
    put_int(&out[T_DAYS], row, left);
    if (target > 0)
        put_float(&out[T_EXPECTED_PCT], row, 100.0 * expected / (double)target);
    if (vec_hidden(achieved, row))
        out[T_BALANCE].null[row] = out[T_PCT].null[row] = out[T_REQUIRED].null[row] = FRAME_HIDDEN;
    if (vec_null(achieved, row))
        return;
    int64_t done = achieved->i[row];
    int64_t balance = target - done;
    put_int(&out[T_BALANCE], row, balance);
    if (target > 0)
        put_float(&out[T_PCT], row, 100.0 * (double)done / (double)target);
    if (left > 0)
        put_int(&out[T_REQUIRED], row, balance > 0 ? (balance + left - 1) / left : 0);
}

static int run_against_target(struct run *r, const struct tvf_call *c, const struct frame *in,
                              struct frame **out)
{
    static const enum type types[T_COLS] = {
        [T_PCT] = TYPE_FLOAT64, [T_EXPECTED_PCT] = TYPE_FLOAT64};
    const struct target_set *set = c->data;
    TRY(tvf_extend(r, in, T_COLS, out));
    struct frame_col *more = (*out)->col + in->cols;
    for (size_t k = 0; k < T_COLS; k++) {
        TRY(frame_col_init(r->arena, &more[k], in->rows, STR(""),
                           types[k] == TYPE_FLOAT64 ? TYPE_FLOAT64 : TYPE_INT64, r->err));
        memset(more[k].null, 1, in->rows);
    }
    const struct frame_col *achieved = &in->col[c->column[ACHIEVED]];
    for (size_t i = 0; i < in->rows && !c->value[AS_ON].null; i++) {
        int64_t target;
        if (target_of_row(r, c, in, i, &target))
            fill_target(set, (int32_t)c->value[AS_ON].i, target, achieved, i, more);
    }
    return 0;
}

const struct tvf tvf_against_target = {"against_target",
                                       {{"set", TYPE_STRING, true, false},
                                        {"achieved", TYPE_STRING, false, false},
                                        {"as_on", TYPE_DATE, true, false},
                                        {"place", TYPE_NULL, false, false},
                                        {NULL, TYPE_NULL, false, false}},
                                       bind_against_target,
                                       run_against_target};

/* ---- against_stated(as_on => date, [place => ...], [counted => 'column']) ---- */

enum { ST_AS_ON, ST_PLACE, ST_COUNTED };
enum { ST_SECTOR = TVF_PARAMS_MAX - 1 }; /* slot of c->column for the sector's */

static int bind_against_stated(struct scope *s, struct tvf_call *c)
{
    TRY(tvf_place_value(s, c, ST_PLACE));
    TRY(tvf_count_column(s, c, ST_COUNTED, &c->column[ST_COUNTED]));
    c->column[ST_PLACE] = c->arg[ST_PLACE] == NULL ? tvf_place_column(c, PLACE_LEVEL_ANY) : -1;
    c->column[ST_SECTOR] = sector_column(c);
    if (c->arg[ST_PLACE] == NULL && c->column[ST_PLACE] < 0)
        return tvf_fail(s, c, -1, ERR_TYPE,
                        "against_stated needs a column of places, or place => ...");
    TRY(tvf_add(s, "stated", TYPE_INT64));
    return tvf_add(s, "difference", TYPE_INT64);
}

/* The newest figure not after the day; of two for one day the one that came later. */
static const struct stated *latest(const struct snap *s, uint32_t place, uint8_t sector,
                                   int32_t as_on)
{
    const struct stated *best = NULL;
    for (size_t i = 0; i < s->stated_count; i++) {
        const struct stated *f = &s->stated[i];
        if (f->place == place && f->sector == sector && f->as_on <= as_on &&
            (best == NULL || f->as_on >= best->as_on))
            best = f;
    }
    return best;
}

static const struct stated *stated_of_row(const struct run *r, const struct tvf_call *c,
                                          const struct frame *in, size_t row)
{
    struct value place = c->value[ST_PLACE];
    if (c->column[ST_PLACE] >= 0)
        place = vec_get(&in->col[c->column[ST_PLACE]], row);
    uint8_t sector = 0;
    if (c->column[ST_SECTOR] >= 0) {
        struct value v = vec_get(&in->col[c->column[ST_SECTOR]], row);
        if (v.null)
            return NULL;
        sector = (uint8_t)(v.i + 1);
    }
    if (place.null || c->value[ST_AS_ON].null)
        return NULL;
    return latest(r->snap, (uint32_t)place.i, sector, (int32_t)c->value[ST_AS_ON].i);
}

static int run_against_stated(struct run *r, const struct tvf_call *c, const struct frame *in,
                              struct frame **out)
{
    TRY(tvf_extend(r, in, 2, out));
    struct frame_col *more = (*out)->col + in->cols;
    for (size_t k = 0; k < 2; k++) {
        TRY(frame_col_init(r->arena, &more[k], in->rows, STR(""), TYPE_INT64, r->err));
        memset(more[k].null, 1, in->rows);
    }
    const struct frame_col *counted = &in->col[c->column[ST_COUNTED]];
    for (size_t i = 0; i < in->rows; i++) {
        const struct stated *f = stated_of_row(r, c, in, i);
        if (f == NULL)
            continue;
        put_int(&more[0], i, f->total);
        if (vec_hidden(counted, i))
            more[1].null[i] = FRAME_HIDDEN;
        else if (!vec_null(counted, i))
            put_int(&more[1], i, counted->i[i] - f->total);
    }
    return 0;
}

const struct tvf tvf_against_stated = {"against_stated",
                                       {{"as_on", TYPE_DATE, true, false},
                                        {"place", TYPE_NULL, false, false},
                                        {"counted", TYPE_STRING, false, false},
                                        {NULL, TYPE_NULL, false, false}},
                                       bind_against_stated,
                                       run_against_stated};
