/* SPDX-License-Identifier: MIT
 *
 * Table functions that compare with an earlier time: rank_change and period_over_period. */
#include <stdlib.h>

#include "base/date.h"
#include "fn.h"
#include "tvf.h"

static bool is_number(enum type t)
{
    return t == TYPE_INT64 || t == TYPE_FLOAT64;
}

static int number_column(struct scope *s, struct tvf_call *c, size_t k)
{
    TRY(tvf_column(s, c, k, &c->column[k]));
    const struct column *col = &c->col[c->column[k]];
    return is_number(col->expr->type) ? 0
                                      : tvf_fail(s, c, (int)k, ERR_TYPE,
                                                 "Column %.*s is not a number", STR_ARG(col->name));
}

static double number(const struct frame_col *c, size_t i)
{
    return c->f != NULL ? c->f[i] : (double)c->i[i];
}

/* ---- rank_change(by => 'column', since => 'column'): the rank by what is now and by what was
 * then, 1 the largest, equal values of equal rank; how many places a row has gained ---- */

enum { BY, SINCE };
enum { RANK, PREVIOUS_RANK, RANK_CHANGE, RANK_COLS };

static int bind_rank_change(struct scope *s, struct tvf_call *c)
{
    TRY(number_column(s, c, BY));
    TRY(number_column(s, c, SINCE));
    TRY(tvf_add(s, "rank", TYPE_INT64));
    TRY(tvf_add(s, "previous_rank", TYPE_INT64));
    return tvf_add(s, "rank_change", TYPE_INT64);
}

static int by_size(const void *a, const void *b, void *ctx)
{
    const struct frame_col *c = ctx;
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;
    bool nx = vec_null(c, x);
    bool ny = vec_null(c, y);
    if (nx || ny)
        return nx - ny;
    double p = number(c, x);
    double q = number(c, y);
    return (p < q) - (p > q);
}

/* NULL has no rank. */
static int rank_rows(struct run *r, struct frame_col *by, size_t n, struct frame_col *out)
{
    uint32_t *row = ARENA_ARRAY(r->arena, uint32_t, n);
    if (row == NULL)
        return run_memory(r);
    TRY(frame_col_init(r->arena, out, n, STR(""), TYPE_INT64, r->err));
    for (size_t i = 0; i < n; i++)
        row[i] = (uint32_t)i;
    qsort_r(row, n, sizeof *row, by_size, by);
    int64_t rank = 1;
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && by_size(&row[i - 1], &row[i], by) != 0)
            rank = (int64_t)i + 1;
        out->null[row[i]] = by->null ? by->null[row[i]] : 0;
        out->i[row[i]] = rank;
    }
    return 0;
}

static int run_rank_change(struct run *r, const struct tvf_call *c, const struct frame *in,
                           struct frame **out)
{
    TRY(tvf_extend(r, in, RANK_COLS, out));
    struct frame_col *more = (*out)->col + in->cols;
    TRY(rank_rows(r, &in->col[c->column[BY]], in->rows, &more[RANK]));
    TRY(rank_rows(r, &in->col[c->column[SINCE]], in->rows, &more[PREVIOUS_RANK]));
    TRY(frame_col_init(r->arena, &more[RANK_CHANGE], in->rows, STR(""), TYPE_INT64, r->err));
    for (size_t i = 0; i < in->rows; i++) {
        more[RANK_CHANGE].null[i] = more[RANK].null[i] | more[PREVIOUS_RANK].null[i];
        more[RANK_CHANGE].i[i] = more[PREVIOUS_RANK].i[i] - more[RANK].i[i];
    }
    return 0;
}

const struct tvf tvf_rank_change = {"rank_change",
                                    {{"by", TYPE_STRING, true, false},
                                     {"since", TYPE_STRING, true, false},
                                     {NULL, TYPE_NULL, false, false}},
                                    bind_rank_change,
                                    run_rank_change};

/* ---- period_over_period(value => 'column', ts_column => 'column', period => 'YEAR',
 * partition => 'column'): each row's value beside that of one period earlier ---- */

enum { VALUE, TS, PERIOD, PARTITION };
enum { PREVIOUS, CHANGE, CHANGE_PCT, PERIOD_COLS };

static int bind_period(struct scope *s, struct tvf_call *c)
{
    TRY(number_column(s, c, VALUE));
    TRY(tvf_column(s, c, TS, &c->column[TS]));
    if (c->col[c->column[TS]].expr->type != TYPE_DATE)
        return tvf_fail(s, c, TS, ERR_TYPE, "ts_column of period_over_period must be a DATE");
    if (c->arg[PARTITION] != NULL)
        TRY(tvf_column(s, c, PARTITION, &c->column[PARTITION]));
    struct str word = c->value[PERIOD].null ? STR("YEAR") : c->value[PERIOD].s;
    int unit = date_unit_parse(word, STR(""));
    bool known = unit == UNIT_DAY || unit == UNIT_WEEK + 6 || unit == UNIT_MONTH ||
                 unit == UNIT_QUARTER || unit == UNIT_YEAR;
    if (!known)
        return tvf_fail(s, c, PERIOD, ERR_VALUE, "period is DAY, WEEK, MONTH, QUARTER or YEAR");
    c->value[PERIOD].i = unit;
    enum type t = c->col[c->column[VALUE]].expr->type;
    TRY(tvf_add(s, "previous", t));
    TRY(tvf_add(s, "change", t));
    return tvf_add(s, "change_pct", TYPE_FLOAT64);
}

static int32_t one_period_before(int32_t day, int unit)
{
    int months = unit == UNIT_MONTH ? 1 : unit == UNIT_QUARTER ? 3 : unit == UNIT_YEAR ? 12 : 0;
    if (months == 0)
        return day - (unit == UNIT_DAY ? 1 : 7);
    struct ymd d = date_ymd(day);
    return d.year > 1 ? date_add_months(day, -months) : DAY_MIN;
}

struct periods {
    const struct frame *f;
    int ts, part;
    const struct place_tree *tree;
};

static int compare_key(const struct periods *p, size_t i, size_t j, int64_t day)
{
    if (p->part >= 0) {
        int c = vec_compare(&p->f->col[p->part], i, &p->f->col[p->part], j, p->tree);
        if (c != 0)
            return c;
    }
    int64_t x = vec_null(&p->f->col[p->ts], i) ? INT64_MIN : p->f->col[p->ts].i[i];
    return (x > day) - (x < day);
}

static int by_period(const void *a, const void *b, void *ctx)
{
    const struct periods *p = ctx;
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;
    const struct frame_col *ts = &p->f->col[p->ts];
    return compare_key(p, x, y, vec_null(ts, y) ? INT64_MIN : ts->i[y]);
}

/* The row of i's partition on this day, or PLACE_NONE. */
static uint32_t find_row(const struct periods *p, const uint32_t *row, size_t i, int64_t day)
{
    size_t lo = 0;
    size_t hi = p->f->rows;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int c = compare_key(p, row[mid], i, day);
        if (c == 0)
            return row[mid];
        if (c < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return PLACE_NONE;
}

static void put_change(struct frame_col *more, const struct frame_col *v, size_t i, size_t before)
{
    double was = number(v, before);
    double change = number(v, i) - was;
    more[PREVIOUS].null[i] = more[CHANGE].null[i] = 0;
    if (v->f != NULL) {
        more[PREVIOUS].f[i] = was;
        more[CHANGE].f[i] = change;
    } else {
        more[PREVIOUS].i[i] = v->i[before];
        if (__builtin_sub_overflow(v->i[i], v->i[before], &more[CHANGE].i[i]))
            more[CHANGE].null[i] = 1;
    }
    if (was > 0 || was < 0) {
        more[CHANGE_PCT].null[i] = 0;
        more[CHANGE_PCT].f[i] = 100.0 * change / was;
    }
}

static int run_period(struct run *r, const struct tvf_call *c, const struct frame *in,
                      struct frame **out)
{
    struct periods p = {in, c->column[TS], c->column[PARTITION], r->places};
    const struct frame_col *v = &in->col[c->column[VALUE]];
    uint32_t *row = ARENA_ARRAY(r->arena, uint32_t, in->rows);
    TRY(tvf_extend(r, in, PERIOD_COLS, out));
    struct frame_col *more = (*out)->col + in->cols;
    if (row == NULL)
        return run_memory(r);
    for (int k = 0; k < PERIOD_COLS; k++) {
        TRY(frame_col_init(r->arena, &more[k], in->rows, STR(""),
                           k == CHANGE_PCT ? TYPE_FLOAT64 : v->type, r->err));
        memset(more[k].null, 1, in->rows);
    }
    for (size_t i = 0; i < in->rows; i++)
        row[i] = (uint32_t)i;
    qsort_r(row, in->rows, sizeof *row, by_period, &p);
    for (size_t i = 0; i < in->rows; i++) {
        if (vec_null(&in->col[p.ts], i) || vec_null(v, i))
            continue;
        int64_t day = one_period_before((int32_t)in->col[p.ts].i[i], (int)c->value[PERIOD].i);
        uint32_t before = find_row(&p, row, i, day);
        if (before != PLACE_NONE && !vec_null(v, before))
            put_change(more, v, i, before);
    }
    return 0;
}

const struct tvf tvf_period_over_period = {"period_over_period",
                                           {{"value", TYPE_STRING, true, false},
                                            {"ts_column", TYPE_STRING, true, false},
                                            {"period", TYPE_STRING, false, false},
                                            {"partition", TYPE_STRING, false, false},
                                            {NULL, TYPE_NULL, false, false}},
                                           bind_period,
                                           run_period};
