/* SPDX-License-Identifier: MIT
 *
 * Frames as JSON, NDJSON, CSV and tables for a terminal. Bytes depend on the frame and the options
 * alone. */
#include "query/format.h"

#include <math.h>
#include <stdio.h>

#include "base/date.h"
#include "base/json.h"

static const struct {
    const char *name, *content_type;
} formats[] = {
    [FORMAT_JSON] = {"json", "application/json"},
    [FORMAT_CSV] = {"csv", "text/csv; charset=utf-8"},
    [FORMAT_NDJSON] = {"ndjson", "application/x-ndjson"},
    [FORMAT_TABLE] = {"table", "text/plain; charset=utf-8"},
};

int format_parse(struct str name)
{
    for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
        if (str_eq_nocase(name, str_of(formats[i].name))) {
            return (int)i;
        }
    }
    return -1;
}

const char *format_content_type(enum format format)
{
    ASSERT((size_t)format < ARRAY_LEN(formats));
    return formats[format].content_type;
}

/* ---- values -----------------------------------------------------------------------------------
 */

static struct str place_text(int64_t id, const struct format_options *o)
{
    uint32_t order = o->tree ? place_order(o->tree, (uint32_t)id) : PLACE_NONE;
    return order == PLACE_NONE ? STR("") : place_name(&o->tree->at[order], o->hindi);
}

/* The text of a value that prints as a string; false when it is a number or a BOOL. `day` is room
 * for a date. */
static bool text_of(const struct frame_col *c, struct value v, const struct format_options *o,
                    char day[11], struct str *out)
{
    switch (c->type) {
    case TYPE_STRING:
        *out = v.s;
        return true;
    case TYPE_DATE:
        date_format((int32_t)v.i, day);
        *out = str_of(day);
        return true;
    case TYPE_PLACE:
        *out = place_text(v.i, o);
        return true;
    case TYPE_CODED:
        *out = list_item_name(c->list, v.i, o->hindi);
        return true;
    case TYPE_NULL:
    case TYPE_BOOL:
    case TYPE_INT64:
    case TYPE_FLOAT64:
        return false;
    }
    UNREACHABLE();
}

static void put_float(double f, struct buf *out)
{
    if (isnan(f)) {
        buf_cstr(out, "NaN");
    } else if (isinf(f)) {
        buf_cstr(out, f > 0 ? "Infinity" : "-Infinity");
    } else {
        buf_f64(out, f, true);
    }
}

void format_value(const struct frame_col *c, struct value v, const struct format_options *o,
                  struct buf *out)
{
    char day[11];
    struct str s;
    if (v.hidden) {
        buf_cstr(out, FORMAT_HIDDEN);
    }
    if (v.null) {
        return;
    }
    if (text_of(c, v, o, day, &s)) {
        buf_str(out, s);
    } else if (c->type == TYPE_BOOL) {
        buf_cstr(out, v.i ? "true" : "false");
    } else if (c->type == TYPE_FLOAT64) {
        put_float(v.f, out);
    } else {
        buf_i64(out, v.i);
    }
}

bool format_total_is_nameless(const struct frame *f)
{
    for (size_t c = 0; c < f->cols; c++) {
        enum type type = f->col[c].type;
        bool number = type == TYPE_INT64 || type == TYPE_FLOAT64;
        if (!number && !frame_get(f, f->rows - 1, c).null) {
            return false;
        }
    }
    return true;
}

void format_indian(int64_t v, struct buf *out)
{
    char digits[24], text[32];
    uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
    int n = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)u), k = 0;
    if (v < 0) {
        text[k++] = '-';
    }
    for (int i = 0; i < n; i++) {
        int left = n - i; /* digits from here on: a comma before the last 3, then every 2 */
        if (i > 0 && (left == 3 || (left > 3 && left % 2 == 1))) {
            text[k++] = ',';
        }
        text[k++] = digits[i];
    }
    buf_put(out, text, (size_t)k);
}

/* ---- JSON --------------------------------------------------------------------------------------
 */

void format_json_value(struct json *j, const struct frame_col *c, struct value v,
                       const struct format_options *o)
{
    char day[11];
    struct str s;
    if (v.null || c->type == TYPE_NULL) {
        json_null(j);
    } else if (text_of(c, v, o, day, &s)) {
        json_str(j, s);
    } else if (c->type == TYPE_BOOL) {
        json_bool(j, v.i != 0);
    } else if (c->type == TYPE_FLOAT64) {
        json_f64(j, v.f);
    } else {
        json_i64(j, v.i);
    }
}

static bool row_hides(const struct frame *f, size_t row)
{
    for (size_t c = 0; c < f->cols; c++) {
        if (frame_get(f, row, c).hidden) {
            return true;
        }
    }
    return false;
}

static bool hides(const struct frame *f)
{
    for (size_t row = 0; row < f->rows; row++) {
        if (row_hides(f, row)) {
            return true;
        }
    }
    return false;
}

static void json_hidden_columns(struct json *j, const struct frame *f, size_t row)
{
    json_array(j);
    for (size_t c = 0; c < f->cols; c++) {
        if (frame_get(f, row, c).hidden) {
            json_str(j, f->col[c].name);
        }
    }
    json_array_end(j);
}

/* `alone`: the row has to say itself which of its values are hidden. */
static void json_row(struct json *j, const struct frame *f, size_t row, bool alone,
                     const struct format_options *o)
{
    json_object(j);
    for (size_t c = 0; c < f->cols; c++) {
        json_key_str(j, f->col[c].name);
        format_json_value(j, &f->col[c], frame_get(f, row, c), o);
    }
    if (alone && o->hidden_below > 0 && row_hides(f, row)) {
        json_key(j, "suppressed");
        json_hidden_columns(j, f, row);
    }
    json_object_end(j);
}

static void json_rows(struct json *j, const struct frame *f, bool alone,
                      const struct format_options *o)
{
    json_array(j);
    for (size_t row = 0; row < f->rows; row++) {
        json_row(j, f, row, alone, o);
    }
    json_array_end(j);
}

static void json_hidden(struct json *j, const struct frame *f, const struct format_options *o)
{
    json_key(j, "suppressed");
    json_object(j);
    json_put_i64(j, "below", o->hidden_below);
    json_key(j, "cells");
    json_array(j);
    for (size_t row = 0; row < f->rows; row++) {
        if (!row_hides(f, row)) {
            continue;
        }
        json_object(j);
        json_put_i64(j, "row", (int64_t)row);
        json_key(j, "columns");
        json_hidden_columns(j, f, row);
        json_object_end(j);
    }
    json_array_end(j);
    json_object_end(j);
}

bool format_hidden_note(const struct frame *f, const struct format_options *o, struct buf *out)
{
    if (o->hidden_below <= 0 || !hides(f)) {
        return false;
    }
    long long below = o->hidden_below;
    buf_cstr(out, FORMAT_HIDDEN);
    if (o->hindi) {
        buf_printf(out, " : नहीं दिखाया; यह, या जो इससे निकलता, %lld से कम लोगों का है", below);
    } else {
        buf_printf(out,
                   " : not shown; it, or what it would give away, is of fewer than %lld persons",
                   below);
    }
    return true;
}

static void json_meta(struct json *j, const struct frame *f, const struct format_options *o)
{
    json_key(j, "meta");
    json_array(j);
    for (size_t c = 0; c < f->cols; c++) {
        json_object(j);
        json_put_str(j, "name", f->col[c].name);
        json_put_cstr(j, "type", type_name(f->col[c].type));
        if (o->title && o->title[c].n > 0) {
            json_put_str(j, "title", o->title[c]);
        }
        json_object_end(j);
    }
    json_array_end(j);
}

static void json_document(struct json *j, const struct frame *f, const struct format_options *o)
{
    char day[11];
    json_object(j);
    json_meta(j, f, o);
    json_key(j, "data");
    json_rows(j, f, false, o);
    json_put_i64(j, "rows", (int64_t)f->rows);
    if (o->hidden_below > 0 && hides(f)) {
        json_hidden(j, f, o);
    }
    json_put_i64(j, "snapshot", (int64_t)o->snapshot);
    if (o->as_on != DAY_NONE) {
        date_format(o->as_on, day);
        json_put_cstr(j, "as_on", day);
    }
    json_put_bool(j, "truncated", o->truncated);
    if (o->total_row) {
        json_put_bool(j, "total_row", true);
    }
    if (o->summary.n > 0) {
        json_put_str(j, "summary", o->summary);
    }
    if (o->warning.n > 0) {
        json_key(j, "warnings");
        json_array(j);
        json_str(j, o->warning);
        json_array_end(j);
    }
    json_object_end(j);
}

static void put_json(const struct frame *f, const struct format_options *o, struct buf *out)
{
    struct json j;
    json_init(&j, out);
    if (o->bare_array) {
        json_rows(&j, f, true, o);
    } else {
        json_document(&j, f, o);
    }
    buf_char(out, '\n');
}

static void put_ndjson(const struct frame *f, const struct format_options *o, struct buf *out)
{
    for (size_t row = 0; row < f->rows; row++) {
        struct json j;
        json_init(&j, out);
        json_row(&j, f, row, true, o);
        buf_char(out, '\n');
    }
}

/* ---- CSV
 * ----------------------------------------------------------------------------------------- */

static bool csv_needs_quotes(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == ',' || s.p[i] == '"' || s.p[i] == '\n' || s.p[i] == '\r') {
            return true;
        }
    }
    return s.n > 0 && (s.p[0] == ' ' || s.p[s.n - 1] == ' ');
}

/* A spreadsheet would run it. A number with a sign is none. */
static bool is_formula(struct str s)
{
    double number;
    return s.n > 0 && strchr("=+-@\t\r", s.p[0]) && str_to_f64(s, &number) < 0;
}

static void csv_text(struct str s, struct buf *out)
{
    bool formula = is_formula(s), quotes = csv_needs_quotes(s);
    if (quotes) {
        buf_char(out, '"');
    }
    if (formula) {
        buf_char(out, '\'');
    }
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '"') {
            buf_char(out, '"');
        }
        buf_char(out, s.p[i]);
    }
    if (quotes) {
        buf_char(out, '"');
    }
}

static void csv_cell(const struct frame_col *c, struct value v, const struct format_options *o,
                     struct buf *out)
{
    char day[11];
    struct str s;
    if (!v.null && text_of(c, v, o, day, &s)) {
        csv_text(s, out);
    } else {
        format_value(c, v, o, out);
    }
}

static void put_csv(const struct frame *f, const struct format_options *o, struct buf *out)
{
    if (o->bom) {
        buf_cstr(out, "\xEF\xBB\xBF");
    }
    for (size_t c = 0; c < f->cols; c++) {
        buf_cstr(out, c > 0 ? "," : "");
        csv_text(f->col[c].name, out);
    }
    buf_char(out, '\n');
    for (size_t row = 0; row < f->rows; row++) {
        for (size_t c = 0; c < f->cols; c++) {
            buf_cstr(out, c > 0 ? "," : "");
            csv_cell(&f->col[c], frame_get(f, row, c), o, out);
        }
        buf_char(out, '\n');
    }
}

/* ---- tables for a terminal
 * ----------------------------------------------------------------------- */

static bool is_number(enum type t)
{
    return t == TYPE_INT64 || t == TYPE_FLOAT64;
}

/* A column of codes is a name, not a quantity. */
static bool is_code(struct str name)
{
    return str_ends(name, STR("_code")) || str_eq(name, STR("code"));
}

static void table_text(const struct frame_col *c, struct value v, const struct format_options *o,
                       struct buf *out)
{
    buf_clear(out);
    if (v.null && !v.hidden) {
        buf_cstr(out, "-");
    } else if (c->type == TYPE_INT64 && !v.null && !is_code(c->name)) {
        format_indian(v.i, out);
    } else if (c->type == TYPE_FLOAT64 && !v.null && isfinite(v.f)) {
        buf_printf(out, "%.2f", v.f);
    } else {
        format_value(c, v, o, out);
    }
}

static void table_pad(struct buf *out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        buf_char(out, ' ');
    }
}

static void table_cell(struct str text, size_t width, bool right, bool last, struct buf *out)
{
    size_t taken = utf8_width(text), gap = width > taken ? width - taken : 0;
    if (right) {
        table_pad(out, gap);
    }
    buf_str(out, text);
    if (!right && !last) {
        table_pad(out, gap);
    }
    buf_cstr(out, last ? "\n" : "  ");
}

static void table_widths(const struct frame *f, const struct format_options *o, struct buf *scratch,
                         size_t *width)
{
    for (size_t c = 0; c < f->cols; c++) {
        width[c] = utf8_width(f->col[c].name);
        for (size_t row = 0; row < f->rows; row++) {
            table_text(&f->col[c], frame_get(f, row, c), o, scratch);
            size_t w = utf8_width(buf_view(scratch));
            width[c] = w > width[c] ? w : width[c];
        }
    }
}

static void table_lines(const struct frame *f, const struct format_options *o, const size_t *width,
                        struct buf *scratch, struct buf *out)
{
    for (size_t c = 0; c < f->cols; c++) {
        bool last = c + 1 == f->cols;
        table_cell(f->col[c].name, width[c], is_number(f->col[c].type), last, out);
    }
    for (size_t c = 0; c < f->cols; c++) {
        for (size_t i = 0; i < width[c]; i++) {
            buf_char(out, '-');
        }
        buf_cstr(out, c + 1 == f->cols ? "\n" : "  ");
    }
    for (size_t row = 0; row < f->rows; row++) {
        for (size_t c = 0; c < f->cols; c++) {
            table_text(&f->col[c], frame_get(f, row, c), o, scratch);
            bool last = c + 1 == f->cols;
            table_cell(buf_view(scratch), width[c], is_number(f->col[c].type), last, out);
        }
    }
}

static void table_notes(const struct frame *f, const struct format_options *o, struct buf *out)
{
    size_t before = out->n;
    buf_cstr(out, "\n");
    if (format_hidden_note(f, o, out)) {
        buf_cstr(out, "\n");
    } else {
        out->n = before;
    }
    if (o->summary.n > 0) {
        buf_cstr(out, "\n");
        buf_str(out, o->summary);
        buf_cstr(out, "\n");
    }
    if (o->truncated) {
        buf_cstr(out, "\n(more rows were cut off: raise the limit, or ask for less)\n");
    }
    if (o->warning.n > 0) {
        buf_cstr(out, "\n");
        buf_str(out, o->warning);
        buf_cstr(out, "\n");
    }
}

static int put_table(const struct frame *f, const struct format_options *o, struct buf *out,
                     struct err *err)
{
    struct buf scratch;
    size_t *width = mem_calloc(MEM_QUERY, f->cols, sizeof(*width));
    if (!width) {
        return err_set(err, ERR_MEM, "no memory to print a table");
    }
    buf_init(&scratch, MEM_QUERY);
    table_widths(f, o, &scratch, width);
    table_lines(f, o, width, &scratch, out);
    table_notes(f, o, out);
    int rc = buf_check(&scratch, err);
    buf_fini(&scratch);
    mem_free(MEM_QUERY, width);
    return rc;
}

int format_frame(const struct frame *f, enum format format, const struct format_options *o,
                 struct buf *out, struct err *err)
{
    switch (format) {
    case FORMAT_JSON:
        put_json(f, o, out);
        break;
    case FORMAT_NDJSON:
        put_ndjson(f, o, out);
        break;
    case FORMAT_CSV:
        put_csv(f, o, out);
        break;
    case FORMAT_TABLE:
        TRY(put_table(f, o, out, err));
        break;
    }
    return buf_check(out, err);
}
