/* SPDX-License-Identifier: MIT
 *
 * Columns of a report.
 *
 * A total that is an expression is computed by the query language: the totals of the other columns
 * form a table of one row, called `totals`, and each expression extends it in turn. */
#include "column.h"

#include <math.h>
#include <string.h>

#include "base/near.h"
#include "query/format.h"

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEM, "no memory for the columns of a report");
}

/* ---- what is declared ---- */

static bool is_number(enum type t)
{
    return t == TYPE_INT64 || t == TYPE_FLOAT64 || t == TYPE_NULL;
}

static bool is_label(enum type t)
{
    return t == TYPE_STRING || t == TYPE_PLACE || t == TYPE_CODED || t == TYPE_NULL;
}

/* The report's type for a declared name and the type that the query gives; false when they do not
 * go together. */
static bool resolve_type(struct str declared, struct column_code *c)
{
    enum type g = c->given;
    c->type = g == TYPE_NULL ? TYPE_STRING : g;
    if (declared.n == 0)
        return true;
    if (str_eq(declared, STR("integer"))) {
        c->type = TYPE_INT64;
        return is_number(g);
    }
    if (str_eq(declared, STR("percent"))) {
        c->type = TYPE_FLOAT64;
        return is_number(g);
    }
    if (str_eq(declared, STR("number"))) {
        c->type = g == TYPE_INT64 ? TYPE_INT64 : TYPE_FLOAT64;
        return is_number(g);
    }
    if (str_eq(declared, STR("date"))) {
        c->type = TYPE_DATE;
        return g == TYPE_DATE || g == TYPE_NULL;
    }
    if (str_eq(declared, STR("boolean"))) {
        c->type = TYPE_BOOL;
        return g == TYPE_BOOL || g == TYPE_NULL;
    }
    if (str_eq(declared, STR("place")))
        return g == TYPE_PLACE || g == TYPE_NULL;
    if (str_eq(declared, STR("sector")))
        return g == TYPE_CODED || g == TYPE_NULL;
    return is_label(g); /* string, text */
}

static enum total_rule total_rule(const struct column_decl *d, const struct column_code *c)
{
    if (d->total.n == 0)
        return c->type == TYPE_INT64 ? TOTAL_SUM : TOTAL_NONE;
    if (str_eq(d->total, STR("sum")))
        return TOTAL_SUM;
    if (str_eq(d->total, STR("min")))
        return TOTAL_MIN;
    if (str_eq(d->total, STR("max")))
        return TOTAL_MAX;
    return str_eq(d->total, STR("none")) ? TOTAL_NONE : TOTAL_EXPR;
}

static int decimals_of(struct reader *r, const struct column_decl *d)
{
    if (!d->decimals.given)
        return str_eq(d->type, STR("percent")) ? 1 : -1;
    double n = d->decimals.value;
    if (n >= 0 && n <= 6 && n == floor(n))
        return (int)n;
    reader_fault(r, STR("decimals"), ERR_VALUE, "\"decimals\" must be a whole number from 0 to 6");
    return -1;
}

static void unknown_column(struct reader *r, struct str name, const struct frame *frame)
{
    struct err *e =
        reader_fault(r, name, ERR_UNKNOWN_NAME, "the query has no column \"%.*s\"", STR_ARG(name));
    struct near_list near;
    near_init(&near);
    for (size_t i = 0; i < frame->cols; i++)
        near_offer(&near, name, frame->col[i].name);
    if (near.n > 0)
        near_hint(&near, e);
    else
        err_hint(e, "the last step of the query decides its columns");
}

static void check_bands(struct reader *r, const struct column_decl *d)
{
    const double *at = d->bands.at;
    for (size_t i = 1; i < d->bands.n; i++) {
        bool on = at[1] > at[0] ? at[i] > at[i - 1] : at[i] < at[i - 1];
        if (on)
            continue;
        reader_fault(r, STR("bands"), ERR_VALUE,
                     "the \"bands\" of \"%.*s\" neither rise nor fall all the way",
                     STR_ARG(d->name));
        return;
    }
}

static void build_column(struct reader *r, const struct column_decl *d, const struct frame *frame,
                         struct column_code *c, struct report_column *col)
{
    *col = (struct report_column){.name = d->name,
                                  .type = d->type,
                                  .title = d->title,
                                  .help = d->help,
                                  .band = d->bands.at,
                                  .bands = d->bands.n};
    c->from = -1;
    if (frame && d->name.n) {
        c->from = frame_find(frame, d->name);
        if (c->from < 0)
            unknown_column(r, d->name, frame);
    }
    if (c->from >= 0) {
        c->given = frame->col[c->from].type;
        c->list = frame->col[c->from].list;
    }
    if (!resolve_type(d->type, c)) {
        struct err *e = reader_fault(r, d->name, ERR_TYPE,
                                     "the column \"%.*s\" is %s in the query, which is no %.*s",
                                     STR_ARG(d->name), type_name(c->given), STR_ARG(d->type));
        err_hint(e, "leave `type` away, or change the query");
    }
    c->null = d->null;
    c->total = total_rule(d, c);
    c->expr = c->total == TOTAL_EXPR ? d->total : STR_NULL;
    c->decimals = decimals_of(r, d);
    check_bands(r, d);
    if (d->null.en.n > 0)
        c->type = TYPE_STRING;
    if (is_label(c->type))
        c->total = TOTAL_NONE;
}

static void take_column(const struct frame *frame, size_t i, struct column_code *c,
                        struct report_column *col)
{
    *col = (struct report_column){.name = frame->col[i].name};
    c->from = (int)i;
    c->given = frame->col[i].type;
    c->list = frame->col[i].list;
    c->type = c->given == TYPE_NULL ? TYPE_STRING : c->given;
    c->decimals = -1;
    c->total = c->type == TYPE_INT64 ? TOTAL_SUM : TOTAL_NONE;
}

static void check_repeated(struct reader *r, const struct column_decl *d, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < i && d[i].name.n; k++) {
            if (str_eq_nocase(d[i].name, d[k].name))
                reader_fault(r, d[i].name, ERR_CONFLICT, "the column \"%.*s\" stands there twice",
                             STR_ARG(d[i].name));
        }
    }
}

/* The first column of names carries the word "Total", so it becomes a text. */
static void choose_label(struct column_code *code, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (is_label(code[i].type)) {
            code[i].type = TYPE_STRING;
            code[i].label = true;
            return;
        }
    }
}

int columns_build(struct plugin_object *o, struct reader *r, const struct records *in,
                  const struct frame *frame, bool total, struct report *report,
                  struct column_code **code, struct err *err)
{
    const struct column_decl *d = in->at;
    size_t n = in->n ? in->n : frame ? frame->cols : 0;
    struct report_column *col = ARENA_ARRAY(&o->arena, struct report_column, n);
    *code = ARENA_ARRAY(&o->arena, struct column_code, n);
    if (!col || !*code)
        return no_memory(err);
    for (size_t i = 0; i < n; i++) {
        if (in->n) {
            build_column(r, &d[i], frame, &(*code)[i], &col[i]);
            continue;
        }
        take_column(frame, i, &(*code)[i], &col[i]);
        col[i].name = str_copy(&o->arena, col[i].name); /* the frame goes */
        if (!col[i].name.p)
            return no_memory(err);
    }
    check_repeated(r, d, in->n);
    if (total)
        choose_label(*code, n);
    report->column = col;
    report->columns = n;
    return 0;
}

/* ---- values ---- */

static double rounded(double v, int decimals)
{
    static const double power[] = {1, 10, 100, 1000, 10000, 100000, 1000000};
    if (decimals < 0 || !isfinite(v))
        return v;
    return round(v * power[decimals]) / power[decimals];
}

static struct str label(const struct column_code *c, struct value v, const struct place_tree *tree,
                        bool hindi)
{
    if (v.type == TYPE_PLACE) {
        uint32_t node = place_order(tree, (uint32_t)v.i);
        return node == PLACE_NONE ? STR("?") : place_name(&tree->at[node], hindi);
    }
    return v.type == TYPE_CODED ? list_item_name(c->list, v.i, hindi) : v.s;
}

/* Anything as text. */
static int as_text(struct arena *a, const struct column_code *c, struct value v,
                   const struct place_tree *tree, bool hindi, struct str *out, struct err *err)
{
    if (is_label(v.type)) {
        *out = label(c, v, tree, hindi);
        return 0;
    }
    struct buf b;
    buf_init(&b, MEM_SCRIPT);
    struct frame_col col = {.type = v.type, .list = c->list};
    struct format_options fo = {.tree = tree, .hindi = hindi};
    format_value(&col, v, &fo, &b);
    *out = b.failed ? STR_NULL : str_copy(a, buf_view(&b));
    buf_fini(&b);
    return out->p ? 0 : no_memory(err);
}

static int null_value(const struct column_code *c, bool hindi, struct value *out)
{
    *out = (struct value){.type = c->type, .null = true};
    if (c->null.en.n > 0 && c->type == TYPE_STRING) {
        out->null = false;
        out->s = text_pick(c->null, hindi);
    }
    return 0;
}

int column_convert(struct arena *a, const struct column_code *c, struct value v,
                   const struct place_tree *tree, bool hindi, struct value *out, struct err *err)
{
    if (v.hidden) { /* what a column shows in place of nothing is not for it */
        *out = (struct value){.type = c->type, .null = true, .hidden = true};
        return 0;
    }
    if (v.null)
        return null_value(c, hindi, out);
    *out = v;
    out->type = c->type;
    if (c->type == TYPE_FLOAT64)
        out->f = rounded(v.type == TYPE_FLOAT64 ? v.f : (double)v.i, c->decimals);
    if (c->type == TYPE_INT64 && v.type == TYPE_FLOAT64) {
        if (!(fabs(v.f) < 9e18))
            return err_set(err, ERR_VALUE, "%g does not fit a whole number", v.f);
        out->i = llround(v.f);
    }
    if (c->type == TYPE_STRING)
        return as_text(a, c, v, tree, hindi, &out->s, err);
    return 0;
}

int columns_shape(struct arena *a, const struct report *report, const struct column_code *code,
                  const struct frame *from, bool total, const struct place_tree *tree, bool hindi,
                  struct frame **out, struct err *err)
{
    size_t rows = from->rows + total;
    TRY(frame_new(a, rows, report->columns, out, err));
    for (size_t c = 0; c < report->columns; c++) {
        struct frame_col *col = &(*out)->col[c];
        TRY(frame_col_init(a, col, rows, report->column[c].name, code[c].type, err));
        col->list = code[c].list;
        for (size_t i = 0; i < from->rows; i++) {
            struct value v;
            TRY(column_convert(a, &code[c], frame_get(from, i, (size_t)code[c].from), tree, hindi,
                               &v, err));
            frame_set(*out, i, c, v);
        }
    }
    return 0;
}

/* ---- totals ---- */

enum { EXPR_INDENT = 11 }; /* characters of "|> EXTEND (" */

static bool has_value(enum total_rule rule)
{
    return rule == TOTAL_SUM || rule == TOTAL_MIN || rule == TOTAL_MAX;
}

/* A frame of one row with a column for every total that is no expression. */
static int totals_frame(struct arena *a, const struct report *report,
                        const struct column_code *code, struct frame **out, struct err *err)
{
    size_t n = 0;
    for (size_t c = 0; c < report->columns; c++)
        n += has_value(code[c].total);
    TRY(frame_new(a, 1, n, out, err));
    n = 0;
    for (size_t c = 0; c < report->columns; c++) {
        if (!has_value(code[c].total))
            continue;
        TRY(frame_col_init(a, &(*out)->col[n], 1, report->column[c].name, code[c].type, err));
        frame_set(*out, 0, n++, (struct value){.type = code[c].type, .null = true});
    }
    return 0;
}

static int give_frame(void *ctx, struct arena *a, const struct snap *snap, struct frame **out,
                      struct err *err)
{
    (void)a;
    (void)snap;
    (void)err;
    *out = ctx;
    return 0;
}

/* An expression must stay one line, so that a mistake in it can be shown. */
static void put_line(struct buf *b, struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        buf_char(b, s.p[i] == '\n' || s.p[i] == '\r' ? ' ' : s.p[i]);
}

static void totals_text(const struct report *report, const struct column_code *code, struct buf *b)
{
    buf_cstr(b, "FROM totals");
    for (size_t c = 0; c < report->columns; c++) {
        if (code[c].total != TOTAL_EXPR)
            continue;
        buf_cstr(b, "\n|> EXTEND (");
        put_line(b, code[c].expr);
        buf_printf(b, ") AS `%.*s`", STR_ARG(report->column[c].name));
    }
}

static void expr_fault(struct reader *r, const struct report *report,
                       const struct column_code *code, const struct err *from)
{
    struct err shifted = *from;
    int line = 1;
    for (size_t c = 0; c < report->columns; c++) {
        if (code[c].total != TOTAL_EXPR || ++line != from->line)
            continue;
        shifted.line = 1;
        shifted.column = from->column > EXPR_INDENT ? from->column - EXPR_INDENT : 1;
        reader_text_fault(r, code[c].expr, &shifted);
        return;
    }
    reader_text_fault(r, STR(""), from);
}

static int check_totals(const struct query *q, const struct report *report,
                        const struct column_code *code, const struct query_context *ctx,
                        struct err *err)
{
    struct arena a;
    arena_init(&a, MEM_SCRIPT, 0);
    struct frame *f;
    int rc = totals_frame(&a, report, code, &f, err);
    if (rc == 0) {
        struct query_table table = {.name = "totals", .fill = give_frame, .ctx = f, .sent = true};
        struct query_context with = *ctx;
        with.table = &table;
        with.tables = 1;
        struct query_result result;
        rc = query_check(q, &with, &result, err);
        if (rc == 0)
            query_result_fini(&result);
    }
    arena_fini(&a);
    return rc;
}

int totals_compile(struct plugin_object *o, struct reader *r, const struct report *report,
                   const struct column_code *code, const struct query_context *ctx,
                   struct query **out, struct err *err)
{
    bool any = false;
    for (size_t c = 0; c < report->columns; c++)
        any = any || code[c].total == TOTAL_EXPR;
    *out = NULL;
    if (!any)
        return 0;
    struct buf text;
    struct err fault;
    buf_init(&text, MEM_SCRIPT);
    totals_text(report, code, &text);
    int rc = buf_check(&text, err);
    struct query *q = NULL;
    if (rc == 0 && query_parse(buf_view(&text), &q, &fault) < 0)
        expr_fault(r, report, code, &fault);
    buf_fini(&text);
    if (!q)
        return rc;
    rc = object_keep(o, q, err);
    if (rc == 0 && check_totals(q, report, code, ctx, &fault) < 0)
        expr_fault(r, report, code, &fault);
    *out = q;
    return rc;
}

static int sum_column(const struct frame *f, size_t rows, size_t c, struct value *out,
                      struct err *err)
{
    for (size_t i = 0; i < rows; i++) {
        struct value v = frame_get(f, i, c);
        out->hidden = out->hidden || v.hidden;
        if (v.null)
            continue;
        out->null = false;
        if (v.type == TYPE_FLOAT64)
            out->f += v.f;
        else if (__builtin_add_overflow(out->i, v.i, &out->i))
            return err_set(err, ERR_VALUE, "the total of the column \"%.*s\" is too large",
                           STR_ARG(f->col[c].name));
    }
    if (out->hidden) /* a sum of the others would pass for the whole */
        *out = (struct value){.type = out->type, .null = true, .hidden = true};
    return 0;
}

static void extreme_of(const struct frame *f, size_t rows, size_t c, bool largest,
                       struct value *out)
{
    for (size_t i = 0; i < rows; i++) {
        struct value v = frame_get(f, i, c);
        if (v.null)
            continue;
        bool less = v.type == TYPE_FLOAT64 ? v.f < out->f : v.i < out->i;
        bool more = v.type == TYPE_FLOAT64 ? v.f > out->f : v.i > out->i;
        if (out->null || (largest ? more : less))
            *out = v;
    }
}

static int plain_total(struct frame *f, size_t c, const struct column_code *code, struct err *err)
{
    size_t rows = f->rows - 1;
    struct value v = {.type = f->col[c].type, .null = true};
    if (code->total == TOTAL_SUM)
        TRY(sum_column(f, rows, c, &v, err));
    else if (code->total == TOTAL_MIN || code->total == TOTAL_MAX)
        extreme_of(f, rows, c, code->total == TOTAL_MAX, &v);
    frame_set(f, rows, c, v);
    return 0;
}

/* Runs the expressions over the totals that are there. */
static int expr_totals(struct frame *f, const struct report *report, const struct column_code *code,
                       const struct query *totals, const struct query_context *ctx, struct err *err)
{
    struct arena a;
    arena_init(&a, MEM_SCRIPT, 0);
    struct frame *one;
    int rc = totals_frame(&a, report, code, &one, err);
    for (size_t c = 0; rc == 0 && c < report->columns; c++) {
        int at = frame_find(one, report->column[c].name);
        if (at >= 0)
            frame_set(one, 0, (size_t)at, frame_get(f, f->rows - 1, c));
    }
    struct query_result result;
    if (rc == 0) {
        struct query_table table = {.name = "totals", .fill = give_frame, .ctx = one, .sent = true};
        struct query_context with = *ctx;
        with.table = &table;
        with.tables = 1;
        rc = query_run(totals, &with, &result, err);
    }
    if (rc < 0) {
        arena_fini(&a);
        return rc;
    }
    for (size_t c = 0; rc == 0 && c < report->columns; c++) {
        int at =
            code[c].total == TOTAL_EXPR ? frame_find(result.frame, report->column[c].name) : -1;
        if (at < 0 || result.frame->rows != 1)
            continue;
        struct value v = frame_get(result.frame, 0, (size_t)at);
        if (v.type == TYPE_STRING || v.type == TYPE_PLACE || v.type == TYPE_CODED)
            v = (struct value){.null = true}; /* a total is a number */
        rc = column_convert(&a, &code[c], v, query_places(ctx), false, &v, err);
        if (rc == 0)
            frame_set(f, f->rows - 1, c, v);
    }
    query_result_fini(&result);
    arena_fini(&a);
    return rc;
}

int totals_fill(struct frame *f, const struct report *report, const struct column_code *code,
                const struct query *totals, const struct query_context *ctx, bool hindi,
                struct err *err)
{
    ASSERT(f->rows > 0);
    for (size_t c = 0; c < report->columns; c++)
        TRY(plain_total(f, c, &code[c], err));
    for (size_t c = 0; c < report->columns; c++) {
        if (code[c].label)
            frame_set(f, f->rows - 1, c,
                      (struct value){.type = TYPE_STRING, .s = hindi ? STR("योग") : STR("Total")});
    }
    return totals ? expr_totals(f, report, code, totals, ctx, err) : 0;
}
