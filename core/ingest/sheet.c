/* SPDX-License-Identifier: MIT
 *
 * From tags to CSV, in one pass, without looking at more than rows, cells and texts:
 *
 *     <Row><Cell ss:Index="2"><Data ss:Type="String">A &amp; B</Data></Cell></Row>
 *     <tr><td>A &amp; B</td></tr>
 *
 * A cell may leave cells out before it (ss:Index). What stands outside of cells is no text. */
#include "sheet.h"

#include "base/limits.h"

struct sheet {
    struct str text;
    size_t at;
    struct buf *out;
    size_t column; /* of the cell at hand, 1-based; 0: no cell of the row yet */
    bool in_row, in_cell, hidden;
    size_t rows;
};

static bool name_is(struct str name, const char *a, const char *b)
{
    return str_eq_nocase(name, str_of(a)) || str_eq_nocase(name, str_of(b));
}

/* The name of a tag without its prefix, and what follows it. */
static struct str tag_name(struct str tag, struct str *rest)
{
    size_t n = 0;
    size_t from = 0;
    while (n < tag.n && tag.p[n] > ' ' && tag.p[n] != '/') {
        if (tag.p[n] == ':')
            from = n + 1;
        n++;
    }
    *rest = (struct str){tag.p + n, tag.n - n};
    return (struct str){tag.p + from, n - from};
}

/* Index="7" of a cell, or 0. */
static size_t cell_index(struct str attrs)
{
    const struct str mark = STR("Index=\"");
    for (size_t i = 0; i + mark.n < attrs.n; i++) {
        if (!str_eq((struct str){attrs.p + i, mark.n}, mark))
            continue;
        size_t v = 0;
        for (i += mark.n; i < attrs.n && attrs.p[i] >= '0' && attrs.p[i] <= '9' && v < 10000; i++)
            v = v * 10 + (size_t)(attrs.p[i] - '0');
        return v;
    }
    return 0;
}

static void end_cell(struct sheet *s)
{
    if (s->in_cell)
        buf_char(s->out, '"');
    s->in_cell = false;
}

static void start_cell(struct sheet *s, struct str attrs)
{
    end_cell(s);
    size_t index = cell_index(attrs);
    size_t next = index > s->column && index <= FIELD_COUNT_MAX ? index : s->column + 1;
    for (size_t i = s->column ? s->column : 1; i < next; i++)
        buf_char(s->out, ',');
    s->column = next;
    s->in_cell = true;
    buf_char(s->out, '"');
}

static void end_row(struct sheet *s)
{
    end_cell(s);
    if (s->in_row)
        buf_char(s->out, '\n');
    s->in_row = false;
}

static void start_row(struct sheet *s)
{
    end_row(s);
    s->in_row = true;
    s->column = 0;
    s->rows++;
}

static void take_tag(struct sheet *s, struct str tag)
{
    bool closing = tag.n > 0 && tag.p[0] == '/';
    struct str rest;
    if (closing)
        tag = (struct str){tag.p + 1, tag.n - 1};
    struct str name = tag_name(tag, &rest);
    bool empty = rest.n > 0 && rest.p[rest.n - 1] == '/';
    if (name_is(name, "row", "tr")) {
        closing ? end_row(s) : start_row(s);
    } else if (name_is(name, "cell", "td") || name_is(name, "th", "th")) {
        if (closing)
            end_cell(s);
        else if (s->in_row)
            start_cell(s, rest);
        if (empty)
            end_cell(s);
    } else if (name_is(name, "style", "script")) {
        s->hidden = !closing && !empty;
    } else if (name_is(name, "br", "p") && s->in_cell) {
        buf_char(s->out, ' ');
    }
}

static uint32_t number_of(struct str digits, uint32_t base)
{
    uint32_t v = 0;
    for (size_t i = 0; i < digits.n && v < 0x110000; i++) {
        char c = digits.p[i];
        uint32_t d = c >= '0' && c <= '9'   ? (uint32_t)(c - '0')
                     : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a' + 10)
                     : c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A' + 10)
                                            : base;
        if (d >= base)
            return 0;
        v = v * base + d;
    }
    return v;
}

/* &amp; &lt; &#2309; &#x905; ...; 0: none that is known. */
static uint32_t entity(struct str name)
{
    static const struct {
        const char *name;
        uint32_t c;
    } known[] = {{"amp", '&'},  {"lt", '<'},    {"gt", '>'},
                 {"quot", '"'}, {"apos", '\''}, {"nbsp", ' '}};
    if (name.n > 1 && name.p[0] == '#') {
        bool hex = name.p[1] == 'x' || name.p[1] == 'X';
        size_t skip = hex ? 2 : 1;
        uint32_t c = number_of((struct str){name.p + skip, name.n - skip}, hex ? 16 : 10);
        return c < 0x110000 && !(c >= 0xD800 && c < 0xE000) ? c : 0;
    }
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (str_eq(name, str_of(known[i].name)))
            return known[i].c;
    return 0;
}

/* At '&': writes the character and returns the bytes it took, or 0. */
static size_t take_entity(struct sheet *s)
{
    size_t n = 1;
    while (n < 12 && s->at + n < s->text.n && s->text.p[s->at + n] != ';')
        n++;
    if (n == 12 || s->at + n >= s->text.n)
        return 0;
    uint32_t c = entity((struct str){s->text.p + s->at + 1, n - 1});
    char utf8[4];
    if (c == 0)
        return 0;
    if (c == '"')
        buf_cstr(s->out, "\"\"");
    else
        buf_put(s->out, utf8, utf8_put(utf8, c));
    return n + 1;
}

static void take_text(struct sheet *s)
{
    char c = s->text.p[s->at];
    size_t n = c == '&' ? take_entity(s) : 0;
    if (n > 0) {
        s->at += n;
        return;
    }
    if (c == '"')
        buf_char(s->out, '"');
    buf_char(s->out, c == '\n' || c == '\r' ? ' ' : c);
    s->at++;
}

/* Behind '<': up to and over the '>' that is not in quotes; comments as a whole. */
static struct str take_markup(struct sheet *s)
{
    size_t from = ++s->at;
    char quote = 0;
    bool comment = s->at + 3 <= s->text.n && memcmp(s->text.p + s->at, "!--", 3) == 0;
    for (; s->at < s->text.n; s->at++) {
        char c = s->text.p[s->at];
        if (comment && c == '>' && s->at >= from + 5 && memcmp(s->text.p + s->at - 2, "--", 2) == 0)
            break;
        if (comment)
            continue;
        if (quote ? c == quote : c == '"' || c == '\'')
            quote = quote ? 0 : c;
        else if (c == '>' && !quote)
            break;
    }
    struct str tag = {s->text.p + from, s->at - from};
    s->at += s->at < s->text.n;
    return comment ? STR_NULL : tag;
}

static int from_markup(struct str text, struct buf *out, struct err *err)
{
    struct sheet s = {.text = text, .out = out};
    while (s.at < text.n) {
        if (text.p[s.at] == '<')
            take_tag(&s, take_markup(&s));
        else if (s.in_cell && !s.hidden)
            take_text(&s);
        else
            s.at++;
    }
    end_row(&s);
    TRY(buf_check(out, err));
    return s.rows > 0 ? 0
                      : err_set(err, ERR_ROWS,
                                "the file is a page or an XML document without a table in it");
}

/* UTF-16 with its mark in front. */
static int from_utf16(struct str text, struct buf *out, struct err *err)
{
    bool big = (unsigned char)text.p[0] == 0xFE;
    char utf8[4];
    for (size_t i = 2; i + 1 < text.n; i += 2) {
        const unsigned char *p = (const unsigned char *)text.p + i;
        uint32_t c = big ? (uint32_t)p[0] << 8 | p[1] : (uint32_t)p[1] << 8 | p[0];
        if (c >= 0xD800 && c < 0xDC00 && i + 3 < text.n) {
            uint32_t low = big ? (uint32_t)p[2] << 8 | p[3] : (uint32_t)p[3] << 8 | p[2];
            if (low >= 0xDC00 && low < 0xE000) {
                c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
                i += 2;
            }
        }
        if (c >= 0xD800 && c < 0xE000)
            return err_set(err, ERR_ROWS, "the text is not valid UTF-16");
        buf_put(out, utf8, utf8_put(utf8, c));
    }
    return buf_check(out, err);
}

static bool starts(struct str text, const char *bytes, size_t n)
{
    return text.n >= n && memcmp(text.p, bytes, n) == 0;
}

static int refuse_binary(struct str text, struct err *err)
{
    bool zip = starts(text, "PK\x03\x04", 4);
    bool ole = starts(text, "\xD0\xCF\x11\xE0", 4);
    if (!zip && !ole)
        return 0;
    err_set(err, ERR_ROWS, "the file is %s",
            zip ? "a ZIP archive or an .xlsx workbook" : "a binary .xls workbook");
    err_hint(err, "save the sheet as CSV (UTF-8), or download it as CSV");
    return ERR_ROWS;
}

int sheet_text(struct str text, struct buf *room, struct str *out, struct err *err)
{
    *out = text;
    TRY(refuse_binary(text, err));
    if (starts(text, "\xFF\xFE", 2) || starts(text, "\xFE\xFF", 2)) {
        TRY(from_utf16(text, room, err));
        *out = text = buf_view(room);
    }
    struct str body = starts(text, "\xEF\xBB\xBF", 3) ? (struct str){text.p + 3, text.n - 3} : text;
    body = str_trim(body);
    if (body.n == 0 || body.p[0] != '<')
        return 0;
    struct buf made;
    buf_init(&made, MEM_INGEST);
    int rc = from_markup(body, &made, err);
    buf_fini(room);
    *room = made;
    *out = buf_view(room);
    return rc;
}
