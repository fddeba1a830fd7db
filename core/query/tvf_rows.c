/* SPDX-License-Identifier: MIT
 *
 * Table functions over rows: top_n, running_total, gap_fill. */
#include "base/date.h"
#include "fn.h"
#include "tvf.h"

static struct expr *col_expr(struct run *r, const struct tvf_call *c, int i)
{
    struct expr *e = expr_col(r->arena, i, c->col[i].expr->type);
    if (e != NULL)
        e->list = c->col[i].expr->list;
    return e;
}

/* ---- top_n(n, by => 'column', others => 'Others') ---- */

enum { N, BY, OTHERS };

static bool is_number(enum type t)
{
    return t == TYPE_INT64 || t == TYPE_FLOAT64;
}

/* The first column that names what a row is; it says "Others" in the last row. */
static int label_column(const struct tvf_call *c)
{
    for (size_t i = 0; i < c->cols; i++) {
        enum type t = c->col[i].expr->type;
        if (t == TYPE_STRING || t == TYPE_PLACE || t == TYPE_CODED)
            return (int)i;
    }
    return -1;
}

static int bind_top_n(struct scope *s, struct tvf_call *c)
{
    if ((c->value[N].null && !s->b->check) || c->value[N].i < 0)
        return tvf_fail(s, c, N, ERR_VALUE, "top_n needs how many rows to keep, 0 or more");
    TRY(tvf_column(s, c, BY, &c->column[BY]));
    if (!is_number(c->col[c->column[BY]].expr->type))
        return tvf_fail(s, c, BY, ERR_TYPE, "Column %.*s is not a number",
                        STR_ARG(c->col[c->column[BY]].name));
    c->column[OTHERS] = c->arg[OTHERS] != NULL ? label_column(c) : -1;
    if (c->arg[OTHERS] == NULL)
        return 0;
    if (c->column[OTHERS] < 0)
        return tvf_fail(s, c, OTHERS, ERR_TYPE, "others needs a column of names");
    struct expr *label = expr_col(s->b->arena, c->column[OTHERS], TYPE_STRING);
    if (label == NULL)
        return bind_memory(s->b);
    s->col[c->column[OTHERS]].expr = label;
    return 0;
}

/* The label column as texts. */
static int label_texts(struct run *r, const struct tvf_call *c, struct frame *f)
{
    int i = c->column[OTHERS];
    struct expr *name = col_expr(r, c, i);
    if (name != NULL && name->type != TYPE_STRING)
        name = expr_call1(r->arena, &fn_name_text, TYPE_STRING, name);
    struct frame_col text;
    if (name == NULL)
        return run_memory(r);
    TRY(frame_column(r, f, name, &text));
    f->col[i] = text;
    return 0;
}

/* Sums of rows `from` on into row `from`; what cannot be summed is NULL. */
static int sum_others(struct run *r, const struct tvf_call *c, struct frame *f, size_t from)
{
    for (size_t k = 0; k < f->cols; k++) {
        struct frame_col *col = &f->col[k];
        bool sums = col->type == TYPE_INT64 || (int)k == c->column[BY];
        bool any = false;
        bool hidden = false;
        int64_t whole = 0;
        double part = 0;
        for (size_t i = from; sums && i < f->rows; i++) {
            hidden = hidden || vec_hidden(col, i);
            if (vec_null(col, i))
                continue;
            any = true;
            if (col->f != NULL)
                part += col->f[i];
            else if (__builtin_add_overflow(whole, col->i[i], &whole))
                return err_set(r->err, ERR_VALUE, "int64 overflow in the row of others");
        }
        col->null[from] = hidden ? FRAME_HIDDEN : !any;
        if (col->f != NULL)
            col->f[from] = part;
        else if (col->i != NULL)
            col->i[from] = whole;
    }
    f->col[c->column[OTHERS]].null[from] = 0;
    f->col[c->column[OTHERS]].s[from] = c->value[OTHERS].s;
    f->rows = from + 1;
    return 0;
}

static int run_top_n(struct run *r, const struct tvf_call *c, const struct frame *in,
                     struct frame **out)
{
    size_t n = (size_t)c->value[N].i;
    bool others = c->column[OTHERS] >= 0;
    struct sort_key key = {col_expr(r, c, c->column[BY]), true, true};
    struct step sort = {.sort = &key, .sorts = 1, .limit = others ? SIZE_MAX : n};
    struct frame copy = *in;
    if (key.expr == NULL)
        return run_memory(r);
    TRY(frame_sort(r, &sort, &copy, out));
    if (!others)
        return 0;
    TRY(label_texts(r, c, *out));
    return (*out)->rows > n ? sum_others(r, c, *out, n) : 0;
}

const struct tvf tvf_top_n = {"top_n",
                              {{"n", TYPE_INT64, true, false},
                               {"by", TYPE_STRING, true, false},
                               {"others", TYPE_STRING, false, false},
                               {NULL, TYPE_NULL, false, false}},
                              bind_top_n,
                              run_top_n};

/* ---- running_total(value => 'column', order_by => 'column', partition => 'column') ---- */

enum { VALUE, ORDER_BY, PARTITION };

static int bind_running_total(struct scope *s, struct tvf_call *c)
{
    TRY(tvf_column(s, c, VALUE, &c->column[VALUE]));
    TRY(tvf_column(s, c, ORDER_BY, &c->column[ORDER_BY]));
    if (c->arg[PARTITION] != NULL)
        TRY(tvf_column(s, c, PARTITION, &c->column[PARTITION]));
    enum type t = c->col[c->column[VALUE]].expr->type;
    if (!is_number(t))
        return tvf_fail(s, c, VALUE, ERR_TYPE, "Column %.*s is not a number",
                        STR_ARG(c->col[c->column[VALUE]].name));
    return tvf_add(s, "running_total", t);
}

static int run_running_total(struct run *r, const struct tvf_call *c, const struct frame *in,
                             struct frame **out)
{
    struct sort_key key[2];
    size_t keys = 0;
    for (int k = PARTITION; k >= ORDER_BY; k--)
        if (c->column[k] >= 0) {
            key[keys].expr = col_expr(r, c, c->column[k]);
            if (key[keys].expr == NULL)
                return run_memory(r);
            key[keys].desc = key[keys].nulls_last = false;
            keys++;
        }
    struct step sort = {.sort = key, .sorts = keys, .limit = SIZE_MAX};
    struct frame copy = *in;
    struct frame *sorted;
    TRY(frame_sort(r, &sort, &copy, &sorted));
    TRY(tvf_extend(r, sorted, 1, out));
    struct frame_col *total = &(*out)->col[sorted->cols];
    const struct frame_col *v = &sorted->col[c->column[VALUE]];
    TRY(frame_col_init(r->arena, total, sorted->rows, STR(""), v->type, r->err));
    int part = c->column[PARTITION];
    bool hidden = false; /* once a value is, the totals behind it are */
    int64_t whole = 0;
    double sum = 0;
    for (size_t i = 0; i < sorted->rows; i++) {
        if (i > 0 && part >= 0 &&
            vec_compare(&sorted->col[part], i - 1, &sorted->col[part], i, r->places) != 0)
            sum = (double)(whole = hidden = 0);
        hidden = hidden || vec_hidden(v, i);
        total->null[i] = hidden ? FRAME_HIDDEN : 0;
        if (v->f != NULL)
            total->f[i] = sum += vec_null(v, i) ? 0 : v->f[i];
        else if (__builtin_add_overflow(whole, vec_null(v, i) ? 0 : v->i[i], &whole))
            return err_set(r->err, ERR_VALUE, "int64 overflow in running_total");
        else
            total->i[i] = whole;
    }
    return 0;
}

const struct tvf tvf_running_total = {"running_total",
                                      {{"value", TYPE_STRING, true, false},
                                       {"order_by", TYPE_STRING, true, false},
                                       {"partition", TYPE_STRING, false, false},
                                       {NULL, TYPE_NULL, false, false}},
                                      bind_running_total,
                                      run_running_total};

/* ---- gap_fill(ts_column =>, bucket_width =>, partitioning_columns => [..], value_columns => [..])
 *
 * One row for every bucket between the first and the last of each partition. In rows that are
 * added, value columns are 0 ("name"), NULL ("name:null") or the last value ("name:locf"); all
 * others are NULL. */

enum { TS, WIDTH, PARTS, VALUES };
enum { FILL_NONE, FILL_ZERO, FILL_NULL, FILL_LAST, FILL_PART };

struct gap {
    int unit;
    int *fill; /* by column */
    struct sort_key *key;
    size_t keys;
};

static int gap_column(struct scope *s, struct tvf_call *c, const struct ast *ast, bool value,
                      struct gap *g)
{
    if (ast->kind != AST_STRING)
        return bind_fail(s->b, ERR_TYPE, ast, "A column is named by a text here");
    struct str name = ast->s;
    int fill = value ? FILL_ZERO : FILL_PART;
    const char *colon = value ? memchr(name.p, ':', name.n) : NULL;
    if (colon != NULL) {
        struct str how = {colon + 1, name.n - (size_t)(colon - name.p) - 1};
        name.n = (size_t)(colon - name.p);
        fill = str_eq_nocase(how, STR("locf"))   ? FILL_LAST
               : str_eq_nocase(how, STR("null")) ? FILL_NULL
               : str_eq_nocase(how, STR("zero")) ? FILL_ZERO
                                                 : -1;
        if (fill < 0)
            return bind_fail(s->b, ERR_VALUE, ast, "A value is filled by zero, null or locf");
    }
    for (size_t i = 0; i < c->cols; i++)
        if (str_eq_nocase(c->col[i].name, name)) {
            g->fill[i] = fill;
            if (fill == FILL_ZERO && !is_number(c->col[i].expr->type))
                return bind_fail(s->b, ERR_TYPE, ast, "Column %.*s is not a number", STR_ARG(name));
            return 0;
        }
    return bind_fail(s->b, ERR_UNKNOWN_NAME, ast, "There is no column \"%.*s\" for gap_fill",
                     STR_ARG(name));
}

static int gap_columns(struct scope *s, struct tvf_call *c, size_t k, struct gap *g)
{
    const struct ast *ast = c->arg[k];
    if (ast == NULL)
        return 0;
    if (ast->kind != AST_ARRAY)
        return gap_column(s, c, ast, k == VALUES, g);
    for (size_t i = 0; i < ast->args; i++)
        TRY(gap_column(s, c, ast->arg[i], k == VALUES, g));
    return 0;
}

static int bind_gap_fill(struct scope *s, struct tvf_call *c)
{
    struct gap *g = ARENA_NEW(s->b->arena, struct gap);
    if (g == NULL)
        return bind_memory(s->b);
    g->fill = ARENA_ARRAY(s->b->arena, int, c->cols);
    g->key = ARENA_ARRAY(s->b->arena, struct sort_key, c->cols + 1);
    if (g->fill == NULL || g->key == NULL)
        return bind_memory(s->b);
    TRY(tvf_column(s, c, TS, &c->column[TS]));
    if (c->col[c->column[TS]].expr->type != TYPE_DATE)
        return tvf_fail(s, c, TS, ERR_TYPE, "ts_column of gap_fill must be a DATE");
    struct str width = c->arg[WIDTH] ? c->value[WIDTH].s : STR("DAY");
    g->unit = c->value[WIDTH].null && c->arg[WIDTH] ? UNIT_DAY : date_unit_parse(width, STR(""));
    if (str_eq_nocase(width, STR("WEEK")))
        g->unit = UNIT_ISOWEEK;
    if (g->unit < 0 || g->unit > UNIT_YEAR)
        return tvf_fail(s, c, WIDTH, ERR_VALUE,
                        "bucket_width is DAY, WEEK (from Monday), MONTH, QUARTER or YEAR");
    TRY(gap_columns(s, c, PARTS, g));
    TRY(gap_columns(s, c, VALUES, g));
    c->data = g;
    return 0;
}

static int32_t next_bucket(int32_t day, int unit)
{
    switch (unit) {
    case UNIT_DAY:
        return day + 1;
    case UNIT_MONTH:
        return date_add_months(day, 1);
    case UNIT_QUARTER:
        return date_add_months(day, 3);
    case UNIT_YEAR:
        return date_add_months(day, 12);
    default:
        return day + 7;
    }
}

static bool same_part(const struct run *r, const struct gap *g, const struct frame *f, size_t i,
                      size_t j)
{
    for (size_t k = 0; k < f->cols; k++)
        if (g->fill[k] == FILL_PART && vec_compare(&f->col[k], i, &f->col[k], j, r->places) != 0)
            return false;
    return true;
}

static int gap_sort(struct run *r, const struct tvf_call *c, const struct frame *in,
                    struct frame **out)
{
    const struct gap *g = c->data;
    size_t keys = 0;
    for (size_t k = 0; k <= in->cols; k++) {
        bool ts = k == in->cols;
        if (!ts && g->fill[k] != FILL_PART)
            continue;
        struct expr *e = col_expr(r, c, ts ? c->column[TS] : (int)k);
        if (e == NULL)
            return run_memory(r);
        g->key[keys++] = (struct sort_key){e, false, false};
    }
    struct step sort = {.sort = g->key, .sorts = keys, .limit = SIZE_MAX};
    struct frame copy = *in;
    return frame_sort(r, &sort, &copy, out);
}

/* Days to add behind row i of the sorted rows; calls `add` for each. */
struct gap_out {
    uint32_t *from; /* sorted row that it repeats or fills from */
    int32_t *day;   /* DAY_NONE: the row itself */
    size_t n, cap;
};

static int gap_add(struct run *r, struct gap_out *o, uint32_t from, int32_t day)
{
    if (o->n == o->cap) {
        size_t cap = o->cap ? o->cap * 2 : 256;
        uint32_t *f = ARENA_ARRAY(r->arena, uint32_t, cap);
        int32_t *d = ARENA_ARRAY(r->arena, int32_t, cap);
        if (f == NULL || d == NULL)
            return run_memory(r);
        if (o->n > 0) {
            memcpy(f, o->from, o->n * sizeof *f);
            memcpy(d, o->day, o->n * sizeof *d);
        }
        o->from = f;
        o->day = d;
        o->cap = cap;
    }
    o->from[o->n] = from;
    o->day[o->n++] = day;
    return 0;
}

static int gap_rows(struct run *r, const struct tvf_call *c, const struct frame *f,
                    struct gap_out *o)
{
    const struct gap *g = c->data;
    const struct frame_col *ts = &f->col[c->column[TS]];
    for (size_t i = 0; i < f->rows; i++) {
        TRY(gap_add(r, o, (uint32_t)i, DAY_NONE));
        if (vec_null(ts, i) || i + 1 == f->rows || !same_part(r, g, f, i, i + 1))
            continue;
        int32_t day = next_bucket((int32_t)ts->i[i], g->unit);
        for (; day < ts->i[i + 1]; day = next_bucket(day, g->unit))
            TRY(gap_add(r, o, (uint32_t)i, day));
    }
    return 0;
}

static int run_gap_fill(struct run *r, const struct tvf_call *c, const struct frame *in,
                        struct frame **out)
{
    const struct gap *g = c->data;
    struct frame *sorted;
    struct gap_out o = {0};
    TRY(gap_sort(r, c, in, &sorted));
    TRY(gap_rows(r, c, sorted, &o));
    TRY(frame_gather(r, sorted, o.from, o.n, out));
    for (size_t k = 0; k < (*out)->cols; k++) {
        struct frame_col *col = &(*out)->col[k];
        bool ts = (int)k == c->column[TS];
        for (size_t i = 0; i < o.n; i++) {
            if (o.day[i] == DAY_NONE || g->fill[k] == FILL_PART || g->fill[k] == FILL_LAST)
                continue;
            col->null[i] = !ts && g->fill[k] != FILL_ZERO;
            if (ts)
                col->i[i] = o.day[i];
            else if (col->f != NULL)
                col->f[i] = 0;
            else if (col->i != NULL)
                col->i[i] = 0;
        }
    }
    return 0;
}

const struct tvf tvf_gap_fill = {"gap_fill",
                                 {{"ts_column", TYPE_STRING, true, false},
                                  {"bucket_width", TYPE_STRING, false, false},
                                  {"partitioning_columns", TYPE_NULL, false, true},
                                  {"value_columns", TYPE_NULL, false, true},
                                  {NULL, TYPE_NULL, false, false}},
                                 bind_gap_fill,
                                 run_gap_fill};
