/* SPDX-License-Identifier: MIT
 *
 * Table function common_shock: how much of a change all rows of a group share, and what is left to
 * each of them alone.
 *
 * Every row has what was counted and what is usual for it. Its ratio is counted / usual; the median
 * of the ratios in a group is what happened to all (a portal that was down, a holiday, a camp
 * everywhere), since no few rows can move a median. What a row did against usual * median is its
 * own. Rows whose usual is NULL or not above zero have no ratio and do not count. */
#include <math.h>
#include <stdlib.h>

#include "fn.h"
#include "tvf.h"

enum { VALUE, USUAL, PARTITION };
enum { SHARED_PCT, OWN_PCT, SHOCK_COLS };

static int number_column(struct scope *s, struct tvf_call *c, size_t k)
{
    TRY(tvf_column(s, c, k, &c->column[k]));
    const struct column *col = &c->col[c->column[k]];
    enum type t = col->expr->type;
    if (t == TYPE_INT64 || t == TYPE_FLOAT64)
        return 0;
    return tvf_fail(s, c, (int)k, ERR_TYPE, "Column %.*s is not a number", STR_ARG(col->name));
}

static int bind_shock(struct scope *s, struct tvf_call *c)
{
    TRY(number_column(s, c, VALUE));
    TRY(number_column(s, c, USUAL));
    if (c->arg[PARTITION] != NULL)
        TRY(tvf_column(s, c, PARTITION, &c->column[PARTITION]));
    TRY(tvf_add(s, "shared_pct", TYPE_FLOAT64));
    return tvf_add(s, "own_pct", TYPE_FLOAT64);
}

struct shock {
    const struct frame *f;
    int part;
    const struct place_tree *tree;
    const double *ratio; /* NaN: none */
};

static double number(const struct frame_col *c, size_t i)
{
    return c->f != NULL ? c->f[i] : (double)c->i[i];
}

static double ratio_of(const struct frame_col *value, const struct frame_col *usual, size_t i)
{
    if (vec_null(value, i) || vec_null(usual, i) || !(number(usual, i) > 0))
        return (double)NAN;
    return number(value, i) / number(usual, i);
}

static int compare_part(const struct shock *s, uint32_t x, uint32_t y)
{
    if (s->part < 0)
        return 0;
    const struct frame_col *c = &s->f->col[s->part];
    return vec_compare(c, x, c, y, s->tree);
}

/* By partition, then by ratio, those without one last. */
static int by_ratio(const void *a, const void *b, void *ctx)
{
    const struct shock *s = ctx;
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;
    int c = compare_part(s, x, y);
    if (c != 0)
        return c;
    bool nx = isnan(s->ratio[x]);
    bool ny = isnan(s->ratio[y]);
    if (nx || ny)
        return nx - ny;
    return (s->ratio[x] > s->ratio[y]) - (s->ratio[x] < s->ratio[y]);
}

static double median(const struct shock *s, const uint32_t *row, size_t n)
{
    while (n > 0 && isnan(s->ratio[row[n - 1]]))
        n--;
    if (n == 0)
        return (double)NAN;
    return (s->ratio[row[(n - 1) / 2]] + s->ratio[row[n / 2]]) / 2;
}

static void put(struct frame_col *c, size_t i, double v)
{
    c->null[i] = (uint8_t)!isfinite(v);
    c->f[i] = isfinite(v) ? v : 0;
}

/* One partition: row[0 .. n). */
static void put_part(const struct shock *s, const uint32_t *row, size_t n, struct frame_col *more)
{
    double shared = median(s, row, n);
    for (size_t i = 0; i < n; i++) {
        put(&more[SHARED_PCT], row[i], 100 * shared);
        put(&more[OWN_PCT], row[i], shared > 0 ? 100 * s->ratio[row[i]] / shared : (double)NAN);
    }
}

static int run_shock(struct run *r, const struct tvf_call *c, const struct frame *in,
                     struct frame **out)
{
    double *ratio = ARENA_ARRAY(r->arena, double, in->rows);
    uint32_t *row = ARENA_ARRAY(r->arena, uint32_t, in->rows);
    struct shock s = {in, c->column[PARTITION], r->snap->tree, ratio};
    TRY(tvf_extend(r, in, SHOCK_COLS, out));
    struct frame_col *more = (*out)->col + in->cols;
    if (ratio == NULL || row == NULL)
        return run_memory(r);
    for (int k = 0; k < SHOCK_COLS; k++)
        TRY(frame_col_init(r->arena, &more[k], in->rows, STR(""), TYPE_FLOAT64, r->err));
    for (size_t i = 0; i < in->rows; i++) {
        ratio[i] = ratio_of(&in->col[c->column[VALUE]], &in->col[c->column[USUAL]], i);
        row[i] = (uint32_t)i;
    }
    qsort_r(row, in->rows, sizeof *row, by_ratio, &s);
    for (size_t i = 0; i < in->rows;) {
        size_t n = 1;
        while (i + n < in->rows && compare_part(&s, row[i], row[i + n]) == 0)
            n++;
        put_part(&s, row + i, n, more);
        i += n;
    }
    return 0;
}

const struct tvf tvf_common_shock = {"common_shock",
                                     {{"value", TYPE_STRING, true, false},
                                      {"usual", TYPE_STRING, true, false},
                                      {"partition", TYPE_STRING, false, false},
                                      {NULL, TYPE_NULL, false, false}},
                                     bind_shock,
                                     run_shock};
