/* SPDX-License-Identifier: MIT
 *
 * A workbook by libxlsxwriter, which writes files: ours is one in memory.
 *
 *   row 0   title
 *   row 1   as on, snapshot
 *   row 2   what the report says of itself, or nothing
 *   row 3   summary, or nothing
 *   row 4   header, frozen from here up
 *   row 5.. data, the last the total where there is one
 *
 * Numbers are numbers and days are days, so that a planner can go on counting. Whole numbers that a
 * double cannot hold are written as text, to the digit. */
#include "query/sheet.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xlsxwriter.h>

#include "base/date.h"

enum {
    TITLE_ROW = 0,
    AS_ON_ROW = 1,
    HELP_ROW = 2,
    SUMMARY_ROW = 3,
    HEAD_ROW = 4,
    ROWS_MAX = 1048000,
    COLS_MAX = 16384,
    TEXT_MAX = 32767,
    IN_MEMORY_CELLS = 1 << 20, /* above it rows go to temporary files as they are written */
    BANDS = 4,
    WIDTH_MIN = 9,
    WIDTH_MAX = 48,
    WIDTH_ROWS = 200,    /* looked at for the width of a column */
    EXCEL_EPOCH = 25569, /* 1970-01-01 in days of Excel */
};

/* Excel knows groups of three digits only; two conditions and a rest make lakh and crore. */
enum number { WHOLE, WHOLE_LARGE, WHOLE_BELOW, REAL, REAL_BELOW, PERCENT, DAY, TEXT, KINDS };

static const char *const patterns[KINDS] = {
    [WHOLE] = "[>=10000000]##\\,##\\,##\\,##0;[>=100000]##\\,##\\,##0;##,##0",
    [WHOLE_LARGE] = "[>=1000000000]##\\,##\\,##\\,##\\,##0;[>=10000000]##\\,##\\,##\\,##0;##,##0",
    [WHOLE_BELOW] = "[<=-10000000]-##\\,##\\,##\\,##0;[<=-100000]-##\\,##\\,##0;##,##0",
    [REAL] = "[>=10000000]##\\,##\\,##\\,##0.00;[>=100000]##\\,##\\,##0.00;##,##0.00",
    [REAL_BELOW] = "[<=-10000000]-##\\,##\\,##\\,##0.00;[<=-100000]-##\\,##\\,##0.00;##,##0.00",
    [PERCENT] = "0.0\"%\"",
    [DAY] = "yyyy-mm-dd",
    [TEXT] = "@",
};

/* As on the page: worst to best. */
static const lxw_color_t band_colors[BANDS] = {0xFDE0DD, 0xFFF1CC, 0xE6F3D8, 0xCFE9D3};

struct writer {
    const struct sheet *s;
    lxw_workbook *book;
    lxw_worksheet *page;
    lxw_format *format[KINDS][BANDS + 1][2]; /* by band + 1, and whether in the row of totals */
    struct buf text;
    struct err *err;
};

static int failed(struct writer *w, lxw_error e)
{
    if (e == LXW_NO_ERROR)
        return 0;
    bool memory = e == LXW_ERROR_MEMORY_MALLOC_FAILED;
    return err_set(w->err, memory ? ERR_MEM : ERR_IO, "the workbook cannot be written: %s",
                   lxw_strerror(e));
}

/* ---- formats --------------------------------------------------------------------------------- */

static lxw_format *new_format(struct writer *w, enum number kind, int band, bool total)
{
    lxw_format *f = workbook_add_format(w->book);
    if (f == NULL)
        return NULL;
    format_set_num_format(f, patterns[kind]);
    if (band >= 0)
        format_set_bg_color(f, band_colors[band]);
    if (total) {
        format_set_bold(f);
        format_set_top(f, LXW_BORDER_THIN);
    }
    return f;
}

static lxw_format *format_of(struct writer *w, enum number kind, int band, bool total)
{
    lxw_format **at = &w->format[kind][band + 1][total];
    if (*at == NULL)
        *at = new_format(w, kind, band, total);
    return *at;
}

int sheet_band(const double *limit, size_t limits, double x)
{
    bool less = limits > 1 && limit[1] < limit[0]; /* is better */
    size_t band = 0;
    while (band < limits && (less ? x < limit[band] : x >= limit[band]))
        band++;
    return band < BANDS ? (int)band : BANDS - 1;
}

static int band_of(const struct sheet *s, size_t col, double x)
{
    const struct sheet_column *c = s->column ? &s->column[col] : NULL;
    return c != NULL && c->bands > 0 ? sheet_band(c->band, c->bands, x) : -1;
}

static bool is_percent(const struct sheet *s, size_t col)
{
    return s->column != NULL && s->column[col].percent;
}

static enum number kind_of(const struct sheet *s, size_t col, enum type type, double x)
{
    if (is_percent(s, col))
        return PERCENT;
    if (type == TYPE_FLOAT64)
        return x < 0 ? REAL_BELOW : REAL;
    if (x < 0)
        return WHOLE_BELOW;
    return x >= 1e9 ? WHOLE_LARGE : WHOLE;
}

/* ---- cells ----------------------------------------------------------------------------------- */

static int put_text(struct writer *w, lxw_row_t row, size_t col, struct str text, lxw_format *f)
{
    if (utf8_count(text) > TEXT_MAX)
        return err_set(w->err, ERR_LIMIT,
                       "a cell of an Excel sheet holds at most %d characters; ask for format=csv",
                       TEXT_MAX);
    buf_clear(&w->text);
    buf_str(&w->text, text);
    buf_char(&w->text, '\0');
    TRY(buf_check(&w->text, w->err));
    return failed(w, worksheet_write_string(w->page, row, (lxw_col_t)col, w->text.p, f));
}

static int put_number(struct writer *w, lxw_row_t row, size_t col, double x, lxw_format *f)
{
    return failed(w, worksheet_write_number(w->page, row, (lxw_col_t)col, x, f));
}

static int put_as_text(struct writer *w, lxw_row_t row, size_t col, struct value v, bool total)
{
    struct buf b;
    buf_init(&b, MEM_QUERY);
    format_value(&w->s->frame->col[col], v, w->s->options, &b);
    int rc = buf_check(&b, w->err);
    if (rc == 0)
        rc = put_text(w, row, col, buf_view(&b), format_of(w, TEXT, -1, total));
    buf_fini(&b);
    return rc;
}

static bool is_exact(int64_t v)
{
    return v >= -(1ll << 53) && v <= 1ll << 53;
}

static int put_value(struct writer *w, lxw_row_t row, size_t col, struct value v, bool total)
{
    enum type type = w->s->frame->col[col].type;
    if (type == TYPE_DATE)
        return put_number(w, row, col, (double)(v.i + EXCEL_EPOCH), format_of(w, DAY, -1, total));
    bool whole = type == TYPE_INT64 && is_exact(v.i);
    if (!whole && !(type == TYPE_FLOAT64 && isfinite(v.f)))
        return put_as_text(w, row, col, v, total);
    double x = whole ? (double)v.i : v.f;
    enum number kind = kind_of(w->s, col, type, x);
    return put_number(w, row, col, x, format_of(w, kind, band_of(w->s, col, x), total));
}

static int put_row(struct writer *w, size_t row)
{
    const struct frame *f = w->s->frame;
    bool total = w->s->options->total_row && row + 1 == f->rows;
    for (size_t c = 0; c < f->cols; c++) {
        struct value v = frame_get(f, row, c);
        if (v.hidden)
            TRY(put_as_text(w, (lxw_row_t)(HEAD_ROW + 1 + row), c, v, total));
        else if (!v.null)
            TRY(put_value(w, (lxw_row_t)(HEAD_ROW + 1 + row), c, v, total));
    }
    if (total && f->cols > 0 && frame_get(f, row, 0).null && format_total_is_nameless(f))
        return put_text(w, (lxw_row_t)(HEAD_ROW + 1 + row), 0,
                        w->s->options->hindi ? STR("कुल") : STR("Total"),
                        format_of(w, TEXT, -1, true));
    return 0;
}

/* ---- what stands above ----------------------------------------------------------------------- */

static int put_title(struct writer *w)
{
    lxw_format *f = workbook_add_format(w->book);
    if (f == NULL)
        return failed(w, LXW_ERROR_MEMORY_MALLOC_FAILED);
    format_set_bold(f);
    format_set_font_size(f, 14);
    return put_text(w, TITLE_ROW, 0, w->s->title, f);
}

static int put_as_on(struct writer *w)
{
    const struct format_options *o = w->s->options;
    char day[11], line[160];
    int n = 0;
    if (o->as_on != DAY_NONE) {
        date_format(o->as_on, day);
        n = o->hindi ? snprintf(line, sizeof line, "%s की स्थिति · ", day)
                     : snprintf(line, sizeof line, "As on %s · ", day);
    }
    n += snprintf(line + n, sizeof line - (size_t)n, "%s %llu", o->hindi ? "स्नैपशॉट" : "Snapshot",
                  (unsigned long long)o->snapshot);
    if (o->truncated)
        n += snprintf(line + n, sizeof line - (size_t)n, " · %s",
                      o->hindi ? "सूची कटी हुई है" : "The list is cut off");
    return put_text(w, AS_ON_ROW, 0, (struct str){line, (size_t)n}, NULL);
}

static struct str head_of(const struct sheet *s, size_t col)
{
    const struct str *title = s->options->title;
    return title != NULL && title[col].n > 0 ? title[col] : s->frame->col[col].name;
}

static int put_head(struct writer *w)
{
    lxw_format *f = workbook_add_format(w->book);
    if (f == NULL)
        return failed(w, LXW_ERROR_MEMORY_MALLOC_FAILED);
    format_set_bold(f);
    format_set_bg_color(f, 0xE9EEF4);
    format_set_bottom(f, LXW_BORDER_MEDIUM);
    format_set_text_wrap(f);
    format_set_align(f, LXW_ALIGN_VERTICAL_TOP);
    for (size_t c = 0; c < w->s->frame->cols; c++)
        TRY(put_text(w, HEAD_ROW, c, head_of(w->s, c), f));
    return 0;
}

/* ---- the sheet ------------------------------------------------------------------------------- */

static size_t width_of_value(struct writer *w, size_t col, size_t row)
{
    struct value v = frame_get(w->s->frame, row, col);
    buf_clear(&w->text);
    if (!v.null && w->s->frame->col[col].type == TYPE_INT64)
        format_indian(v.i, &w->text);
    else if (!v.null && w->s->frame->col[col].type == TYPE_FLOAT64)
        buf_printf(&w->text, "%.2f", v.f);
    else
        format_value(&w->s->frame->col[col], v, w->s->options, &w->text);
    return w->text.failed ? 0 : utf8_width(buf_view(&w->text));
}

static int set_width(struct writer *w, size_t col)
{
    size_t rows = w->s->frame->rows;
    size_t most = utf8_width(head_of(w->s, col));
    most = most > WIDTH_MAX / 2 ? WIDTH_MAX / 2 : most; /* a long header wraps */
    for (size_t r = 0; r < rows && r < WIDTH_ROWS; r++) {
        size_t width = width_of_value(w, col, r);
        most = width > most ? width : most;
    }
    if (rows > WIDTH_ROWS && width_of_value(w, col, rows - 1) > most)
        most = width_of_value(w, col, rows - 1); /* of totals */
    double width = most < WIDTH_MIN ? WIDTH_MIN : most > WIDTH_MAX ? WIDTH_MAX : (double)most;
    return failed(w,
                  worksheet_set_column(w->page, (lxw_col_t)col, (lxw_col_t)col, width + 2, NULL));
}

/* A4, as wide as one page, the header on each. */
static int set_print(struct writer *w)
{
    lxw_worksheet *p = w->page;
    worksheet_freeze_panes(p, HEAD_ROW + 1, 0);
    worksheet_set_paper(p, 9);
    if (w->s->frame->cols > 6)
        worksheet_set_landscape(p);
    worksheet_fit_to_pages(p, 1, 0);
    TRY(failed(w, worksheet_repeat_rows(p, HEAD_ROW, HEAD_ROW)));
    return failed(w, worksheet_set_footer(p, "&L&F&R&P / &N"));
}

/* Over the rows between header and total. */
static int set_filter(struct writer *w)
{
    const struct frame *f = w->s->frame;
    size_t rows = f->rows - (w->s->options->total_row && f->rows > 0 ? 1 : 0);
    if (rows == 0 || f->cols == 0)
        return 0;
    return failed(w, worksheet_autofilter(w->page, HEAD_ROW, 0, (lxw_row_t)(HEAD_ROW + rows),
                                          (lxw_col_t)(f->cols - 1)));
}

static int put_hidden_note(struct writer *w)
{
    struct buf b;
    int rc = 0;
    buf_init(&b, MEM_QUERY);
    if (format_hidden_note(w->s->frame, w->s->options, &b))
        rc = buf_check(&b, w->err);
    if (rc == 0 && b.n > 0)
        rc = put_text(w, (lxw_row_t)(HEAD_ROW + 2 + w->s->frame->rows), 0, buf_view(&b), NULL);
    buf_fini(&b);
    return rc;
}

static int put_all(struct writer *w)
{
    const struct sheet *s = w->s;
    for (size_t c = 0; c < s->frame->cols; c++)
        TRY(set_width(w, c));
    TRY(set_print(w));
    TRY(put_title(w));
    TRY(put_as_on(w));
    if (s->help.n > 0)
        TRY(put_text(w, HELP_ROW, 0, s->help, NULL));
    if (s->options->summary.n > 0)
        TRY(put_text(w, SUMMARY_ROW, 0, s->options->summary, NULL));
    TRY(put_head(w));
    for (size_t r = 0; r < s->frame->rows; r++)
        TRY(put_row(w, r));
    TRY(put_hidden_note(w));
    return set_filter(w);
}

/* The file says that it was made on the day it speaks of: same answer, same bytes. */
static int set_origin(struct writer *w)
{
    int32_t day = w->s->options->as_on == DAY_NONE ? 0 : w->s->options->as_on;
    char author[] = "Panji"; /* the library asks for what it does not change */
    lxw_doc_properties about = {.author = author, .created = (time_t)day * 86400};
    return failed(w, workbook_set_properties(w->book, &about));
}

static int open_page(struct writer *w)
{
    w->page = workbook_add_worksheet(w->book, w->s->options->hindi ? "रिपोर्ट" : "Report");
    if (w->page == NULL)
        return failed(w, LXW_ERROR_MEMORY_MALLOC_FAILED);
    return set_origin(w);
}

static int write_file(struct writer *w, const char *path)
{
    const struct frame *f = w->s->frame;
    lxw_workbook_options o = {.constant_memory = f->rows * f->cols > IN_MEMORY_CELLS};
    w->book = workbook_new_opt(path, &o);
    if (w->book == NULL)
        return failed(w, LXW_ERROR_MEMORY_MALLOC_FAILED);
    int rc = open_page(w);
    if (rc == 0)
        rc = put_all(w);
    lxw_error closed = workbook_close(w->book); /* frees it in any case */
    return rc < 0 ? rc : failed(w, closed);
}

static int take_file(int fd, struct buf *out, struct err *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return err_set(err, ERR_IO, "the workbook cannot be read back: %s", strerror(errno));
    void *bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
    if (bytes == MAP_FAILED)
        return err_set(err, ERR_MEM, "no memory for the workbook: %s", strerror(errno));
    buf_put(out, bytes, (size_t)st.st_size);
    munmap(bytes, (size_t)st.st_size);
    return buf_check(out, err);
}

static int check_size(const struct sheet *s, struct err *err)
{
    if (s->frame->rows <= ROWS_MAX && s->frame->cols <= COLS_MAX)
        return 0;
    err_set(err, ERR_LIMIT, "%zu rows and %zu columns do not fit into an Excel sheet (%d, %d)",
            s->frame->rows, s->frame->cols, ROWS_MAX, COLS_MAX);
    err_hint(err, "ask for format=csv, or for fewer rows with limit=");
    return ERR_LIMIT;
}

int sheet_write(const struct sheet *s, struct buf *out, struct err *err)
{
    char path[40];
    struct writer w = {.s = s, .err = err};
    TRY(check_size(s, err));
    int fd = memfd_create("workbook", MFD_CLOEXEC);
    if (fd < 0)
        return err_set(err, ERR_IO, "no room for the workbook: %s", strerror(errno));
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    buf_init(&w.text, MEM_QUERY);
    int rc = write_file(&w, path);
    if (rc == 0)
        rc = take_file(fd, out, err);
    buf_fini(&w.text);
    close(fd);
    return rc;
}
