/* SPDX-License-Identifier: MIT
 *
 * HTML by hand: a head with the stylesheet, a title, a table. */
#include "page.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/hash.h"
#include "base/html.h"
#include "base/httpc.h"
#include "query/sheet.h"

const char page_type[] = "text/html; charset=utf-8";

static const char style[] =
    ":root{color-scheme:light}"
    "body{font:16px/1.5 'Noto Sans','Noto Sans Devanagari',system-ui,sans-serif;color:#1d2733;"
    "background:#f6f7f9;margin:0}"
    "main{max-width:72rem;margin:0 auto;padding:1.5rem 1rem 3rem}"
    "h1{font-size:1.6rem;margin:.2rem 0}h2{font-size:1.15rem;margin:1.6rem 0 .3rem}"
    "p{margin:.3rem 0}a{color:#0b5394}.quiet{color:#5b6672;font-size:.9rem}"
    ".card{background:#fff;border:1px solid #dde2e8;border-radius:8px;padding:1rem 1.2rem;"
    "margin:1rem 0}.card h2{margin-top:0}"
    ".wide{overflow-x:auto}"
    "table{border-collapse:collapse;background:#fff;width:100%;font-variant-numeric:tabular-nums}"
    "th,td{border-bottom:1px solid #dde2e8;padding:.4rem .7rem;text-align:left}"
    "th{background:#e9eef4;border-bottom:2px solid #b9c4d0}"
    ".n{text-align:right;white-space:nowrap}"
    "tr.total td{font-weight:700;border-top:2px solid #1d2733;background:#f2f5f8}"
    ".b0{background:#fde0dd}.b1{background:#fff1cc}.b2{background:#e6f3d8}.b3{background:#cfe9d3}"
    "nav a{margin-right:.9rem}label{margin-right:.8rem}"
    "input,button{font:inherit;padding:.2rem .5rem}"
    "pre{white-space:pre-wrap;font-family:inherit}"
    ".nothing{color:#8a949e}"
    "@media print{body{background:#fff;font-size:11pt}nav,form{display:none}"
    "main{max-width:none;padding:0}@page{size:A4;margin:15mm}}";

/* ---- policy --------------------------------------------------------------------------------- */

static char policy[256];
static pthread_once_t policy_once = PTHREAD_ONCE_INIT;

static void base64(const unsigned char *p, size_t n, char *out)
{
    static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < n; i += 3) {
        unsigned v = (unsigned)p[i] << 16;
        v |= i + 1 < n ? (unsigned)p[i + 1] << 8 : 0;
        v |= i + 2 < n ? p[i + 2] : 0;
        *out++ = digit[v >> 18];
        *out++ = digit[(v >> 12) & 63];
        *out++ = i + 1 < n ? digit[(v >> 6) & 63] : '=';
        *out++ = i + 2 < n ? digit[v & 63] : '=';
    }
    *out = '\0';
}

static void make_policy(void)
{
    struct sha256 h;
    unsigned char sum[32];
    char text[48];
    sha256_init(&h);
    sha256_add(&h, style, sizeof style - 1);
    sha256_end(&h, sum);
    base64(sum, sizeof sum, text);
    snprintf(policy, sizeof policy,
             "default-src 'none'; style-src 'sha256-%s'; form-action 'self'; base-uri 'none'; "
             "frame-ancestors 'none'",
             text);
}

const char *page_policy(void)
{
    pthread_once(&policy_once, make_policy);
    return policy;
}

/* ---- parts ---------------------------------------------------------------------------------- */

void page_url(struct buf *out, struct str text)
{
    httpc_escape(out, text);
}

void page_open(struct buf *out, struct str title, bool hindi)
{
    buf_printf(out, "<!DOCTYPE html>\n<html lang=\"%s\"><head><meta charset=\"utf-8\">\n",
               hindi ? "hi" : "en");
    buf_cstr(out, "<meta name=\"viewport\" content=\"width=device-width\">\n<title>");
    html_text(out, title);
    buf_cstr(out, " - Panji</title>\n<style>");
    buf_cstr(out, style);
    buf_cstr(out, "</style></head>\n<body><main>\n");
}

void page_close(struct buf *out, bool hindi)
{
    buf_cstr(out, "<p class=\"quiet\"><a href=\"/\">");
    buf_cstr(out, hindi ? "पंजी: सभी रिपोर्ट" : "Panji: all reports");
    buf_cstr(out, "</a></p>\n</main></body></html>\n");
}

/* ---- the table ------------------------------------------------------------------------------ */

static bool is_number(const struct frame_col *c)
{
    return c->type == TYPE_INT64 || c->type == TYPE_FLOAT64;
}

static bool is_percent(const struct page_table *t, size_t col)
{
    return t->column != NULL && str_eq(t->column[col].type, STR("percent"));
}

static int band_of(const struct page_table *t, size_t col, struct value v)
{
    if (t->column == NULL || t->column[col].bands == 0 || v.null || v.type == TYPE_STRING)
        return -1;
    double x = v.type == TYPE_INT64 ? (double)v.i : v.f;
    return sheet_band(t->column[col].band, t->column[col].bands, x);
}

static void write_number(const struct page_table *t, size_t col, struct value v, struct buf *out)
{
    if (v.type == TYPE_INT64)
        format_indian(v.i, out);
    else
        buf_printf(out, is_percent(t, col) ? "%.1f" : "%.2f", v.f);
    if (is_percent(t, col))
        buf_char(out, '%');
}

static int write_text(const struct page_table *t, size_t col, struct value v, struct buf *out,
                      struct err *err)
{
    struct buf text;
    buf_init(&text, out->room);
    format_value(&t->frame->col[col], v, t->options, &text);
    html_text(out, buf_view(&text));
    int rc = buf_check(&text, err);
    buf_fini(&text);
    return rc;
}

static int write_cell(const struct page_table *t, size_t row, size_t col, struct buf *out,
                      struct err *err)
{
    const struct frame_col *c = &t->frame->col[col];
    struct value v = frame_get(t->frame, row, col);
    bool total = t->total && row + 1 == t->frame->rows;
    int band = band_of(t, col, v);
    buf_cstr(out, "<td class=\"");
    buf_cstr(out, is_number(c) ? "n" : "t");
    if (band >= 0)
        buf_printf(out, " b%d", band);
    buf_cstr(out, "\">");
    if (v.null && total && col == 0 && format_total_is_nameless(t->frame))
        buf_cstr(out, t->options->hindi ? "कुल" : "Total");
    else if (v.hidden)
        buf_cstr(out, FORMAT_HIDDEN);
    else if (v.null)
        buf_cstr(out, total ? "" : "<span class=\"nothing\">-</span>");
    else if (is_number(c))
        write_number(t, col, v, out);
    else
        TRY(write_text(t, col, v, out, err));
    buf_cstr(out, "</td>");
    return 0;
}

static void write_head_row(const struct page_table *t, struct buf *out)
{
    buf_cstr(out, "<thead><tr>");
    for (size_t c = 0; c < t->frame->cols; c++) {
        const struct str *title = t->options->title;
        buf_printf(out, "<th scope=\"col\" class=\"%s\">",
                   is_number(&t->frame->col[c]) ? "n" : "t");
        html_text(out, title != NULL && title[c].n > 0 ? title[c] : t->frame->col[c].name);
        buf_cstr(out, "</th>");
    }
    buf_cstr(out, "</tr></thead>\n<tbody>\n");
}

static int write_rows(const struct page_table *t, struct buf *out, struct err *err)
{
    for (size_t r = 0; r < t->frame->rows; r++) {
        bool total = t->total && r + 1 == t->frame->rows;
        buf_cstr(out, total ? "<tr class=\"total\">" : "<tr>");
        for (size_t c = 0; c < t->frame->cols; c++)
            TRY(write_cell(t, r, c, out, err));
        buf_cstr(out, "</tr>\n");
        TRY(buf_check(out, err));
    }
    return 0;
}

static void write_hidden(const struct page_table *t, struct buf *out)
{
    size_t before = out->n;
    buf_cstr(out, "<p class=\"quiet\">");
    if (format_hidden_note(t->frame, t->options, out))
        buf_cstr(out, "</p>\n");
    else
        out->n = before;
}

static void write_facts(const struct page_table *t, struct buf *out)
{
    const struct format_options *o = t->options;
    char day[11];
    if (t->help.n > 0) {
        buf_cstr(out, "<p>");
        html_text(out, t->help);
        buf_cstr(out, "</p>\n");
    }
    if (o->summary.n > 0) {
        buf_cstr(out, "<p class=\"card\">");
        html_text(out, o->summary);
        buf_cstr(out, "</p>\n");
    }
    if (o->warning.n > 0) {
        buf_cstr(out, "<p class=\"card\" role=\"alert\"><strong>");
        html_text(out, o->warning);
        buf_cstr(out, "</strong></p>\n");
    }
    buf_cstr(out, "<p class=\"quiet\">");
    if (o->as_on != DAY_NONE) {
        date_format(o->as_on, day);
        buf_printf(out, o->hindi ? "%s की स्थिति · " : "As on %s · ", day);
    }
    buf_printf(out, o->hindi ? "स्नैपशॉट %llu" : "Snapshot %llu", (unsigned long long)o->snapshot);
    if (o->truncated)
        buf_cstr(out, o->hindi ? " · सूची कटी हुई है" : " · The list is cut off");
    buf_cstr(out, "</p>\n");
    write_hidden(t, out);
}

static void write_links(const struct page_table *t, struct buf *out)
{
    if (t->links == 0)
        return;
    buf_cstr(out, "<nav><p>");
    for (size_t i = 0; i < t->links; i++) {
        buf_cstr(out, "<a href=\"");
        html_text(out, t->link[i].href);
        buf_printf(out, "\">%s</a>", t->link[i].label);
    }
    buf_cstr(out, "</p></nav>\n");
}

int page_write_table(const struct page_table *t, struct buf *out, struct err *err)
{
    page_open(out, t->title, t->options->hindi);
    buf_cstr(out, "<h1>");
    html_text(out, t->title);
    buf_cstr(out, "</h1>\n");
    write_facts(t, out);
    write_links(t, out);
    buf_cstr(out, "<div class=\"wide\"><table>\n");
    write_head_row(t, out);
    TRY(write_rows(t, out, err));
    buf_cstr(out, "</tbody></table></div>\n");
    page_close(out, t->options->hindi);
    return buf_check(out, err);
}
