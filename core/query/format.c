/* SPDX-License-Identifier: MIT
 *
 * Answers as bytes: JSON, NDJSON, CSV, and tables for terminals. */
#include "query/format.h"

#include "base/date.h"
#include "base/json.h"

static const struct {
    const char *name, *content_type;
} formats[] = {
    [FORMAT_JSON] = {"json", "application/json; charset=utf-8"},
    [FORMAT_CSV] = {"csv", "text/csv; charset=utf-8"},
    [FORMAT_NDJSON] = {"ndjson", "application/x-ndjson; charset=utf-8"},
    [FORMAT_TABLE] = {"table", "text/plain; charset=utf-8"},
};

int format_parse(struct str name)
{
    for (size_t i = 0; i < ARRAY_LEN(formats); i++)
        if (str_eq_nocase(name, str_of(formats[i].name)))
            return (int)i;
    return -1;
}

const char *format_content_type(enum format format)
{
    return formats[format].content_type;
}

void format_indian(int64_t v, struct buf *out)
{
    char digits[24];
    int n = 0;
    uint64_t rest = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
    do {
        digits[n++] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (v < 0)
        buf_char(out, '-');
    for (int i = n - 1; i >= 0; i--) {
        buf_char(out, digits[i]);
        if (i > 0 && (i == 3 || (i > 3 && i % 2 == 1)))
            buf_char(out, ',');
    }
}

/* What a place or coded value prints as. */
static struct str name_of(const struct frame_col *c, int64_t v, const struct format_options *o)
{
    if (c->type == TYPE_CODED)
        return c->list ? list_item_name(c->list, v, o->hindi) : STR("");
    uint32_t order = o->tree ? place_order(o->tree, (uint32_t)v) : PLACE_NONE;
    return order == PLACE_NONE ? STR("") : place_name(&o->tree->at[order], o->hindi);
}

void format_value(const struct frame_col *c, struct value v, const struct format_options *o,
                  struct buf *out)
{
    char day[11];
    if (v.null)
        return;
    switch (c->type) {
    case TYPE_NULL:
        return;
    case TYPE_BOOL:
        buf_cstr(out, v.i ? "true" : "false");
        return;
    case TYPE_INT64:
        buf_i64(out, v.i);
        return;
    case TYPE_FLOAT64:
        buf_f64(out, v.f, false);
        return;
    case TYPE_STRING:
        buf_str(out, v.s);
        return;
    case TYPE_DATE:
        date_format((int32_t)v.i, day);
        buf_cstr(out, day);
        return;
    case TYPE_PLACE:
    case TYPE_CODED:
        buf_str(out, name_of(c, v.i, o));
        return;
    }
    UNREACHABLE();
}

static bool is_number(enum type t)
{
    return t == TYPE_INT64 || t == TYPE_FLOAT64;
}

/* ---- JSON ---- */

static void json_value(struct json *j, const struct frame_col *c, struct value v,
                       const struct format_options *o)
{
    char day[11];
    if (v.null) {
        json_null(j);
        return;
    }
    switch (c->type) {
    case TYPE_NULL:
        json_null(j);
        return;
    case TYPE_BOOL:
        json_bool(j, v.i != 0);
        return;
    case TYPE_INT64:
        json_i64(j, v.i);
        return;
    case TYPE_FLOAT64:
        json_f64(j, v.f);
        return;
    case TYPE_STRING:
        json_str(j, v.s);
        return;
    case TYPE_DATE:
        date_format((int32_t)v.i, day);
        json_cstr(j, day);
        return;
    case TYPE_PLACE:
    case TYPE_CODED:
        json_str(j, name_of(c, v.i, o));
        return;
    }
    UNREACHABLE();
}

static void json_row(struct json *j, const struct frame *f, size_t row,
                     const struct format_options *o)
{
    json_object(j);
    for (size_t c = 0; c < f->cols; c++) {
        json_key_str(j, f->col[c].name);
        json_value(j, &f->col[c], frame_get(f, row, c), o);
    }
    json_object_end(j);
}

static void json_rows(struct json *j, const struct frame *f, const struct format_options *o)
{
    json_array(j);
    for (size_t i = 0; i < f->rows; i++)
        json_row(j, f, i, o);
    json_array_end(j);
}

static void json_meta(struct json *j, const struct frame *f, const struct format_options *o)
{
    json_array(j);
    for (size_t c = 0; c < f->cols; c++) {
        json_object(j);
        json_key(j, "name");
        json_str(j, f->col[c].name);
        json_key(j, "type");
        json_cstr(j, type_name(f->col[c].type));
        if (o->title != NULL && o->title[c].n > 0) {
            json_key(j, "title");
            json_str(j, o->title[c]);
        }
        json_object_end(j);
    }
    json_array_end(j);
}

static void format_json(const struct frame *f, const struct format_options *o, struct buf *out)
{
    struct json j;
    json_init(&j, out);
    if (o->bare_array) {
        json_rows(&j, f, o);
        buf_char(out, '\n');
        return;
    }
    json_object(&j);
    json_key(&j, "meta");
    json_meta(&j, f, o);
    json_key(&j, "data");
    json_rows(&j, f, o);
    json_key(&j, "rows");
    json_i64(&j, (int64_t)f->rows);
    json_key(&j, "snapshot");
    json_i64(&j, (int64_t)o->snapshot);
    if (o->as_on != DAY_NONE) {
        char day[11];
        date_format(o->as_on, day);
        json_key(&j, "as_on");
        json_cstr(&j, day);
    }
    json_key(&j, "truncated");
    json_bool(&j, o->truncated);
    if (o->summary.n > 0) {
        json_key(&j, "summary");
        json_str(&j, o->summary);
    }
    json_object_end(&j);
    buf_char(out, '\n');
}

static void format_ndjson(const struct frame *f, const struct format_options *o, struct buf *out)
{
    for (size_t i = 0; i < f->rows; i++) {
        struct json j;
        json_init(&j, out);
        json_row(&j, f, i, o);
        buf_char(out, '\n');
    }
}

/* ---- CSV ---- */

/* A spreadsheet would run it: a sign in front, and it is no number. */
static bool is_formula(struct str s)
{
    double number;
    if (s.n == 0 || strchr("=+-@\t\r", s.p[0]) == NULL)
        return false;
    return str_to_f64(s, &number) < 0;
}

static void csv_text(struct buf *out, struct str s)
{
    bool quoted = false;
    bool formula = is_formula(s);
    for (size_t i = 0; i < s.n && !quoted; i++)
        quoted = s.p[i] == '"' || s.p[i] == ',' || s.p[i] == '\n' || s.p[i] == '\r';
    if (!quoted) {
        if (formula)
            buf_char(out, '\'');
        buf_str(out, s);
        return;
    }
    buf_char(out, '"');
    if (formula)
        buf_char(out, '\'');
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '"')
            buf_char(out, '"');
        buf_char(out, s.p[i]);
    }
    buf_char(out, '"');
}

static void csv_cell(const struct frame *f, size_t row, size_t c, const struct format_options *o,
                     struct buf *out)
{
    const struct frame_col *col = &f->col[c];
    struct value v = frame_get(f, row, c);
    if (v.null)
        return;
    if (col->type == TYPE_STRING)
        csv_text(out, v.s);
    else if (col->type == TYPE_PLACE || col->type == TYPE_CODED)
        csv_text(out, name_of(col, v.i, o));
    else
        format_value(col, v, o, out);
}

static void format_csv(const struct frame *f, const struct format_options *o, struct buf *out)
{
    if (o->bom)
        buf_cstr(out, "\xEF\xBB\xBF");
    for (size_t c = 0; c < f->cols; c++) {
        if (c > 0)
            buf_char(out, ',');
        csv_text(out, f->col[c].name);
    }
    buf_char(out, '\n');
    for (size_t i = 0; i < f->rows; i++) {
        for (size_t c = 0; c < f->cols; c++) {
            if (c > 0)
                buf_char(out, ',');
            csv_cell(f, i, c, o, out);
        }
        buf_char(out, '\n');
    }
}

/* ---- tables ---- */

static void table_text(const struct frame *f, size_t row, size_t c, const struct format_options *o,
                       struct buf *out)
{
    struct value v = frame_get(f, row, c);
    buf_clear(out);
    if (v.null)
        buf_cstr(out, "-");
    else if (f->col[c].type == TYPE_INT64)
        format_indian(v.i, out);
    else if (f->col[c].type == TYPE_FLOAT64)
        buf_printf(out, "%.2f", v.f);
    else
        format_value(&f->col[c], v, o, out);
    for (size_t i = 0; i < out->n; i++)
        if ((unsigned char)out->p[i] < 0x20)
            out->p[i] = ' ';
}

static void pad(struct buf *out, size_t n)
{
    while (n-- > 0)
        buf_char(out, ' ');
}

static void table_cell(struct buf *out, struct str s, size_t width, bool right, bool last)
{
    size_t w = utf8_width(s);
    size_t gap = width > w ? width - w : 0;
    if (right)
        pad(out, gap);
    buf_str(out, s);
    if (!right && !last)
        pad(out, gap);
    buf_cstr(out, last ? "\n" : "  ");
}

static void table_widths(const struct frame *f, const struct format_options *o, size_t *width,
                         struct buf *cell)
{
    for (size_t c = 0; c < f->cols; c++) {
        width[c] = utf8_width(f->col[c].name);
        for (size_t i = 0; i < f->rows; i++) {
            table_text(f, i, c, o, cell);
            size_t w = utf8_width(buf_view(cell));
            width[c] = w > width[c] ? w : width[c];
        }
    }
}

static void table_rule(struct buf *out, const size_t *width, size_t cols)
{
    for (size_t c = 0; c < cols; c++) {
        for (size_t i = 0; i < width[c]; i++)
            buf_char(out, '-');
        buf_cstr(out, c + 1 == cols ? "\n" : "  ");
    }
}

static void format_table(const struct frame *f, const struct format_options *o, size_t *width,
                         struct buf *out)
{
    struct buf cell;
    buf_init(&cell, MEM_QUERY);
    table_widths(f, o, width, &cell);
    for (size_t c = 0; c < f->cols; c++)
        table_cell(out, f->col[c].name, width[c], is_number(f->col[c].type), c + 1 == f->cols);
    table_rule(out, width, f->cols);
    for (size_t i = 0; i < f->rows; i++)
        for (size_t c = 0; c < f->cols; c++) {
            table_text(f, i, c, o, &cell);
            table_cell(out, buf_view(&cell), width[c], is_number(f->col[c].type), c + 1 == f->cols);
        }
    out->failed = out->failed || cell.failed;
    buf_fini(&cell);
}

int format_frame(const struct frame *f, enum format format, const struct format_options *o,
                 struct buf *out, struct err *err)
{
    size_t *width;
    switch (format) {
    case FORMAT_JSON:
        format_json(f, o, out);
        break;
    case FORMAT_CSV:
        format_csv(f, o, out);
        break;
    case FORMAT_NDJSON:
        format_ndjson(f, o, out);
        break;
    case FORMAT_TABLE:
        width = mem_calloc(MEM_QUERY, f->cols + 1, sizeof *width);
        if (width == NULL)
            return err_set(err, ERR_MEM, "There is no memory for the table.");
        format_table(f, o, width, out);
        mem_free(MEM_QUERY, width);
        break;
    }
    return buf_check(out, err);
}
