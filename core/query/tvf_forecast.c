/* SPDX-License-Identifier: MIT
 *
 * forecast(data_col =>, timestamp_col =>, id_cols => [..], horizon =>, confidence_level =>)
 *
 * Each series is continued by exponential smoothing (smooth.h says how).
 *
 * The step of time is the usual gap between the days given: months, quarters and years by the
 * calendar, else so many days. Days that are not there are not made up: gap_fill does that. */
#include <stdlib.h>

#include "base/date.h"
#include "smooth.h"
#include "tvf.h"

enum { DATA, TS, IDS, HORIZON, CONFIDENCE };
enum { OUT_TS, OUT_VALUE, OUT_LOWER, OUT_UPPER, OUT_CONFIDENCE, OUT_COLS };
enum { HORIZON_MAX = 1000 };

struct forecast {
    bool *id; /* by column of the input */
    size_t ids;
    int64_t horizon;
    double confidence;
};

static int id_column(struct scope *s, struct tvf_call *c, const struct ast *ast, struct forecast *f)
{
    for (size_t i = 0; ast->kind == AST_STRING && i < c->cols; i++)
        if (str_eq_nocase(c->col[i].name, ast->s)) {
            f->ids += !f->id[i];
            f->id[i] = true;
            return 0;
        }
    if (ast->kind != AST_STRING)
        return bind_fail(s->b, ERR_TYPE, ast, "A column is named by a text here");
    return bind_fail(s->b, ERR_UNKNOWN_NAME, ast, "There is no column \"%.*s\" for forecast",
                     STR_ARG(ast->s));
}

static int id_columns(struct scope *s, struct tvf_call *c, struct forecast *f)
{
    const struct ast *ast = c->arg[IDS];
    if (ast == NULL)
        return 0;
    if (ast->kind != AST_ARRAY)
        return id_column(s, c, ast, f);
    for (size_t k = 0; k < ast->args; k++)
        TRY(id_column(s, c, ast->arg[k], f));
    return 0;
}

static int output_columns(struct scope *s, struct tvf_call *c, const struct forecast *f)
{
    static const char *const names[OUT_COLS] = {
        "forecast_timestamp", "forecast_value", "prediction_interval_lower_bound",
        "prediction_interval_upper_bound", "confidence_level"};
    s->n = 0;
    s->col = NULL;
    s->cap = 0;
    for (size_t i = 0; i < c->cols; i++) {
        if (!f->id[i])
            continue;
        struct expr *e = expr_col(s->b->arena, (int)s->n, c->col[i].expr->type);
        if (e != NULL) {
            e->list = c->col[i].expr->list;
            e->level = c->col[i].expr->level;
        }
        TRY(scope_add_col(s, c->col[i].name, STR(""), e));
    }
    for (int k = 0; k < OUT_COLS; k++)
        TRY(tvf_add(s, names[k], k == OUT_TS ? TYPE_DATE : TYPE_FLOAT64));
    return 0;
}

static int bind_forecast(struct scope *s, struct tvf_call *c)
{
    struct forecast *f = ARENA_NEW(s->b->arena, struct forecast);
    if (f == NULL)
        return bind_memory(s->b);
    f->id = ARENA_ARRAY(s->b->arena, bool, c->cols + 1);
    if (f->id == NULL)
        return bind_memory(s->b);
    TRY(tvf_column(s, c, DATA, &c->column[DATA]));
    TRY(tvf_column(s, c, TS, &c->column[TS]));
    enum type t = c->col[c->column[DATA]].expr->type;
    if (t != TYPE_INT64 && t != TYPE_FLOAT64)
        return tvf_fail(s, c, DATA, ERR_TYPE, "data_col of forecast must be a number");
    if (c->col[c->column[TS]].expr->type != TYPE_DATE)
        return tvf_fail(s, c, TS, ERR_TYPE, "timestamp_col of forecast must be a DATE");
    TRY(id_columns(s, c, f));
    f->horizon = c->value[HORIZON].null ? 10 : c->value[HORIZON].i;
    f->confidence = c->value[CONFIDENCE].null ? 0.95 : c->value[CONFIDENCE].f;
    if (f->horizon < 1 || f->horizon > HORIZON_MAX)
        return tvf_fail(s, c, HORIZON, ERR_VALUE, "horizon of forecast is 1 to %d", HORIZON_MAX);
    if (!(f->confidence > 0 && f->confidence < 1))
        return tvf_fail(s, c, CONFIDENCE, ERR_VALUE,
                        "confidence_level of forecast lies between 0 and 1");
    c->data = f;
    return output_columns(s, c, f);
}

/* ---- rows ---- */

struct series {
    size_t from, to; /* rows of the sorted input */
    double *y;
    int32_t *day;
    size_t n;
};

static int by_gap(const void *a, const void *b)
{
    return *(const int32_t *)a - *(const int32_t *)b;
}

/* Months (positive) or days (negative) between two points, by the middle of all gaps. */
static int step_of(const struct series *s, int32_t *gaps)
{
    if (s->n < 2)
        return -1;
    for (size_t i = 1; i < s->n; i++)
        gaps[i - 1] = s->day[i] - s->day[i - 1];
    qsort(gaps, s->n - 1, sizeof *gaps, by_gap);
    int32_t gap = gaps[(s->n - 1) / 2];
    if (gap >= 28 && gap <= 31)
        return 1;
    if (gap >= 89 && gap <= 92)
        return 3;
    if (gap >= 365 && gap <= 366)
        return 12;
    return gap > 0 ? -gap : -1;
}

static int32_t step_on(int32_t day, int step, int64_t h)
{
    if (step > 0 && date_ymd(day).year + step * h / 12 >= 9999)
        return DAY_MAX;
    int64_t to = step > 0 ? date_add_months(day, (int)(step * h)) : day - step * h;
    return to > DAY_MAX ? DAY_MAX : (int32_t)to;
}

/* Days one behind the other, none missing. */
static bool is_daily(const struct series *s)
{
    for (size_t i = 1; i < s->n; i++)
        if (s->day[i] - s->day[i - 1] != 1)
            return false;
    return s->n > 1;
}

static void write_series(const struct forecast *f, const struct series *s, int step,
                         double *scratch, struct frame_col *out, size_t row)
{
    struct smooth m;
    struct smooth_walk walk = {0};
    smooth_fit(s->y, s->n, is_daily(s), scratch, &m);
    for (int64_t h = 1; h <= f->horizon; h++, row++) {
        struct smooth_point p = smooth_at(&m, (size_t)h, f->confidence, &walk);
        out[OUT_TS].i[row] = step_on(s->day[s->n - 1], step, h);
        out[OUT_VALUE].f[row] = p.value;
        out[OUT_LOWER].f[row] = p.known ? p.lower : 0;
        out[OUT_UPPER].f[row] = p.known ? p.upper : 0;
        out[OUT_LOWER].null[row] = !p.known;
        out[OUT_UPPER].null[row] = !p.known;
        out[OUT_CONFIDENCE].f[row] = f->confidence;
    }
}

static int sort_input(struct run *r, const struct tvf_call *c, const struct frame *in,
                      struct frame **out)
{
    const struct forecast *f = c->data;
    struct sort_key *key = ARENA_ARRAY(r->arena, struct sort_key, in->cols + 1);
    size_t keys = 0;
    for (size_t i = 0; key != NULL && i <= in->cols; i++) {
        bool ts = i == in->cols;
        if (!ts && !f->id[i])
            continue;
        int col = ts ? c->column[TS] : (int)i;
        key[keys].expr = expr_col(r->arena, col, c->col[col].expr->type);
        if (key[keys].expr == NULL)
            return run_memory(r);
        key[keys].desc = key[keys].nulls_last = false;
        keys++;
    }
    if (key == NULL)
        return run_memory(r);
    struct step sort = {.sort = key, .sorts = keys, .limit = SIZE_MAX};
    struct frame copy = *in;
    return frame_sort(r, &sort, &copy, out);
}

static bool same_series(const struct run *r, const struct forecast *f, const struct frame *in,
                        size_t i, size_t j)
{
    for (size_t k = 0; k < in->cols; k++)
        if (f->id[k] && vec_compare(&in->col[k], i, &in->col[k], j, r->places) != 0)
            return false;
    return true;
}

/* The points of the series that starts at s->from. Rows without a day or a value are not there. */
static void next_series(const struct run *r, const struct tvf_call *c, const struct frame *in,
                        struct series *s)
{
    const struct frame_col *v = &in->col[c->column[DATA]];
    const struct frame_col *ts = &in->col[c->column[TS]];
    s->n = 0;
    for (s->to = s->from; s->to < in->rows && same_series(r, c->data, in, s->from, s->to);
         s->to++) {
        if (vec_null(v, s->to) || vec_null(ts, s->to))
            continue;
        s->day[s->n] = (int32_t)ts->i[s->to];
        s->y[s->n++] = v->f != NULL ? v->f[s->to] : (double)v->i[s->to];
    }
}

static int run_forecast(struct run *r, const struct tvf_call *c, const struct frame *in,
                        struct frame **out)
{
    const struct forecast *f = c->data;
    struct frame *sorted;
    TRY(sort_input(r, c, in, &sorted));
    size_t n = sorted->rows;
    struct series s = {.y = ARENA_ARRAY(r->arena, double, n),
                       .day = ARENA_ARRAY(r->arena, int32_t, n)};
    int32_t *gaps = ARENA_ARRAY(r->arena, int32_t, n);
    double *scratch = ARENA_ARRAY(r->arena, double, n);
    uint32_t *first = ARENA_ARRAY(r->arena, uint32_t, n); /* a row of each series */
    if (s.y == NULL || s.day == NULL || gaps == NULL || scratch == NULL || first == NULL)
        return run_memory(r);
    size_t count = 0;
    for (s.from = 0; s.from < n; s.from = s.to) {
        next_series(r, c, sorted, &s);
        if (s.n > 0)
            first[count++] = (uint32_t)s.from;
    }
    size_t rows = count * (size_t)f->horizon;
    TRY(run_frame(r, rows, f->ids + OUT_COLS, out));
    size_t id = 0;
    for (size_t k = 0; k < sorted->cols; k++) {
        if (!f->id[k])
            continue;
        struct frame_col *to = &(*out)->col[id++];
        TRY(frame_col_init(r->arena, to, rows, STR(""), sorted->col[k].type, r->err));
        to->list = sorted->col[k].list;
        for (size_t i = 0; i < rows; i++)
            vec_copy_cell(to, i, &sorted->col[k], first[i / (size_t)f->horizon]);
    }
    struct frame_col *col = (*out)->col + f->ids;
    for (int k = 0; k < OUT_COLS; k++)
        TRY(frame_col_init(r->arena, &col[k], rows, STR(""), k == OUT_TS ? TYPE_DATE : TYPE_FLOAT64,
                           r->err));
    for (size_t i = 0; i < count; i++) {
        TRY(run_check(r));
        s.from = first[i];
        next_series(r, c, sorted, &s);
        write_series(f, &s, step_of(&s, gaps), scratch, col, i * (size_t)f->horizon);
    }
    return 0;
}

const struct tvf tvf_forecast = {"forecast",
                                 {{"data_col", TYPE_STRING, true, false},
                                  {"timestamp_col", TYPE_STRING, true, false},
                                  {"id_cols", TYPE_NULL, false, true},
                                  {"horizon", TYPE_INT64, false, false},
                                  {"confidence_level", TYPE_FLOAT64, false, false},
                                  {NULL, TYPE_NULL, false, false}},
                                 bind_forecast,
                                 run_forecast};
