/* SPDX-License-Identifier: MIT
 *
 * Errors: the table, the sentence, and the excerpt that shows a place in a text.
 *
 * The excerpt is two lines, `  3 | text` and a line of carets below it. A long line is shown as a
 * window around the caret, with "..." where it was cut; tabs and control characters print as one
 * space so that the caret stands where it should. */
#include "base/err.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/digits.h"

enum {
    WINDOW_COLUMNS = 76,       /* of the line, at most */
    WINDOW_BEFORE = 44,        /* of them before the caret */
    WINDOW_BYTES_BEFORE = 150, /* bounds the bytes too: marks have no width */
    WINDOW_BYTES = 300,
};

struct err_row {
    int code;
    int http;
    int exit_code;
    const char *name;
    const char *title;
};

static const struct err_row rows[] = {
#define ERR_ROW(symbol, code, name, http, exit_code, title) {symbol, http, exit_code, name, title},
    ERR_LIST(ERR_ROW)
#undef ERR_ROW
};

static const struct err_row *row_of(int code)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (rows[i].code == code)
            return &rows[i];
    return row_of(ERR_INTERNAL);
}

const char *err_name(int code)
{
    return code == 0 ? "ok" : row_of(code)->name;
}

const char *err_title(int code)
{
    return code == 0 ? "Done" : row_of(code)->title;
}

int err_http(int code)
{
    return code == 0 ? 200 : row_of(code)->http;
}

int err_exit(int code)
{
    return code == 0 ? 0 : row_of(code)->exit_code;
}

/* Takes a broken last character off a text that filled its space. */
static void cut_at_character(char *s)
{
    size_t n = strlen(s);
    size_t start = n;
    while (start > 0 && n - start < 4 && ((unsigned char)s[start - 1] & 0xC0) == 0x80)
        start--;
    if (start > 0 && ((unsigned char)s[start - 1] & 0xC0) == 0xC0)
        start--;
    if (start < n && utf8_check((struct str){s + start, n - start}) < n - start)
        s[start] = '\0';
}

/* Formats beside the target first: an argument may be the old message itself. */
static void format_into(char *out, size_t cap, const char *fmt, va_list args)
{
    char text[ERR_MSG_BYTES];
    STATIC_ASSERT(ERR_MSG_BYTES >= ERR_HINT_BYTES, "the local copy must hold either");
    int n = vsnprintf(text, cap, fmt, args);
    if (n < 0)
        text[0] = '\0';
    else if ((size_t)n >= cap)
        cut_at_character(text);
    size_t len = digits_hide_aadhaar(str_of(text), text);
    text[len] = '\0';
    memcpy(out, text, len + 1);
}

int err_setv(struct err *err, int code, const char *fmt, va_list args)
{
    if (err == NULL)
        return code;
    format_into(err->msg, sizeof err->msg, fmt, args);
    err->code = code;
    err->line = 0;
    err->column = 0;
    err->hint[0] = '\0';
    err->excerpt[0] = '\0';
    return code;
}

int err_set(struct err *err, int code, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    err_setv(err, code, fmt, args);
    va_end(args);
    return code;
}

void err_hint(struct err *err, const char *fmt, ...)
{
    if (err == NULL)
        return;
    va_list args;
    va_start(args, fmt);
    format_into(err->hint, sizeof err->hint, fmt, args);
    va_end(args);
}

void err_clear(struct err *err)
{
    if (err == NULL)
        return;
    err->code = 0;
    err->line = 0;
    err->column = 0;
    err->msg[0] = '\0';
    err->hint[0] = '\0';
    err->excerpt[0] = '\0';
}

static bool continues_character(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

/* Start of the character before `at`, which is above 0. */
static size_t step_back(const char *p, size_t at)
{
    at--;
    while (at > 0 && continues_character(p[at]))
        at--;
    return at;
}

/* How far before `caret` the window opens. */
static size_t window_start(struct str line, size_t caret)
{
    size_t at = caret;
    while (at > 0) {
        size_t before = step_back(line.p, at);
        struct str shown = {line.p + before, caret - before};
        if (shown.n > WINDOW_BYTES_BEFORE || utf8_width(shown) > WINDOW_BEFORE)
            break;
        at = before;
    }
    return at;
}

static size_t window_end(struct str line, size_t start)
{
    size_t at = start;
    while (at < line.n) {
        size_t next = at;
        utf8_next(line, &next);
        struct str shown = {line.p + start, next - start};
        if (shown.n > WINDOW_BYTES || utf8_width(shown) > WINDOW_COLUMNS)
            break;
        at = next;
    }
    return at;
}

/* Columns of text[from, to) as printed: a control character prints as a space. */
static size_t shown_width(struct str line, size_t from, size_t to)
{
    size_t columns = 0;
    while (from < to) {
        size_t next = from;
        uint32_t c = utf8_next((struct str){line.p, to}, &next);
        columns += c < 0x20 ? 1 : utf8_width((struct str){line.p + from, next - from});
        from = next;
    }
    return columns;
}

static void draw_excerpt(struct err *err, struct str line, size_t caret, size_t span)
{
    size_t start = window_start(line, caret);
    size_t end = window_end(line, start);
    const char *head = start > 0 ? "..." : "";
    const char *tail = end < line.n ? "..." : "";
    char prefix[24];
    int prefix_n = snprintf(prefix, sizeof prefix, "%3d | ", err->line);
    char shown[WINDOW_BYTES + 8];
    ASSERT(end - start < sizeof shown);
    if (end > start)
        memcpy(shown, line.p + start, end - start);
    shown[end - start] = '\0';
    for (size_t i = 0; i < end - start; i++)
        if ((unsigned char)shown[i] < 0x20)
            shown[i] = ' ';
    shown[digits_hide_aadhaar((struct str){shown, end - start}, shown)] = '\0'; /* as wide */

    size_t stop = caret;
    while (span-- > 0 && stop < end)
        utf8_next(line, &stop);
    size_t carets = shown_width(line, caret, stop);
    if (carets == 0)
        carets = 1;
    size_t indent = (size_t)prefix_n + strlen(head) + shown_width(line, start, caret);
    char marks[WINDOW_COLUMNS + 2];
    if (carets > WINDOW_COLUMNS)
        carets = WINDOW_COLUMNS;
    memset(marks, '^', carets);
    marks[carets] = '\0';
    snprintf(err->excerpt, sizeof err->excerpt, "%s%s%s%s\n%*s%s", prefix, head, shown, tail,
             (int)indent, "", marks);
}

void err_at(struct err *err, const char *text, size_t text_bytes, size_t offset, size_t span)
{
    if (err == NULL)
        return;
    if (offset > text_bytes)
        offset = text_bytes;
    while (offset > 0 && offset < text_bytes && continues_character(text[offset]))
        offset--;
    size_t line_start = 0;
    int line = 1;
    for (size_t i = 0; i < offset; i++)
        if (text[i] == '\n') {
            line++;
            line_start = i + 1;
        }
    size_t line_end = offset;
    while (line_end < text_bytes && text[line_end] != '\n')
        line_end++;
    if (line_end > offset && text[line_end - 1] == '\r')
        line_end--;
    err->line = line;
    err->column = (int)utf8_count((struct str){text + line_start, offset - line_start}) + 1;
    draw_excerpt(err, (struct str){text + line_start, line_end - line_start}, offset - line_start,
                 span > 0 ? span : 1);
}

/* Says what was expected and stops. write(2) and abort need neither memory nor locks. */
void assert_failed(const char *what, const char *file, int line)
{
    char text[512];
    int n = snprintf(text, sizeof text, "panji: %s:%d: this must hold and does not: %s\n", file,
                     line, what);
    if (n > 0) {
        size_t len = (size_t)n < sizeof text ? (size_t)n : sizeof text - 1;
        ssize_t ignored = write(STDERR_FILENO, text, len);
        (void)ignored;
    }
    abort();
}
