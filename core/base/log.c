/* SPDX-License-Identifier: MIT
 *
 * Log lines. Each is put together on the stack and written by one write(2), so that lines of
 * several threads never mix; control characters are printed as spaces, so that no text of a message
 * can start a line of its own. The last ones are kept in a ring without a lock: a writer takes the
 * next slot by one addition. */
#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/digits.h"

enum { LINE_MAX_BYTES = 1024, TEXT_BYTES = 900 };

static atomic_int lowest_level = LOG_INFO;
static atomic_int line_form = LOG_TEXT;
static const char *const level_names[] = {"DEBUG", "INFO", "WARN", "ERROR"};
static const char *const small_names[] = {"debug", "info", "warn", "error"};

static struct {
    atomic_uint next; /* lines so far */
    struct {
        atomic_uint bytes;
        char text[LINE_MAX_BYTES];
    } at[LOG_KEPT];
} kept;

void log_threshold(enum log_level lowest)
{
    atomic_store_explicit(&lowest_level, (int)lowest, memory_order_relaxed);
}

void log_form(enum log_form form)
{
    atomic_store_explicit(&line_form, (int)form, memory_order_relaxed);
}

static bool is_wanted(enum log_level level)
{
    ASSERT(level >= LOG_DEBUG && level < LOG_OFF);
    return (int)level >= atomic_load_explicit(&lowest_level, memory_order_relaxed);
}

static void write_all(int fd, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t done = write(fd, p, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return; /* nowhere left to complain to */
        p += done;
        n -= (size_t)done;
    }
}

/* ---- the last ones ---- */

static void keep(const char *line, size_t n)
{
    unsigned slot = atomic_fetch_add(&kept.next, 1) % LOG_KEPT;
    atomic_store(&kept.at[slot].bytes, 0);
    memcpy(kept.at[slot].text, line, n);
    atomic_store(&kept.at[slot].bytes, (unsigned)n);
}

void log_last(int fd)
{
    unsigned next = atomic_load(&kept.next);
    for (unsigned i = 0; i < LOG_KEPT; i++) {
        unsigned slot = (next + i) % LOG_KEPT;
        unsigned n = atomic_load(&kept.at[slot].bytes);
        write_all(fd, kept.at[slot].text, n);
    }
}

/* ---- a line being put together ---- */

struct line {
    char p[LINE_MAX_BYTES];
    size_t n;
    enum log_form form;
};

/* False, and nothing is added, when it does not fit beside the end of the line. */
static bool put(struct line *l, const char *p, size_t n)
{
    if (n > sizeof l->p - 3 - l->n)
        return false;
    memcpy(l->p + l->n, p, n);
    l->n += n;
    return true;
}

static bool put_cstr(struct line *l, const char *s)
{
    return put(l, s, strlen(s));
}

/* Valid UTF-8 without control characters, and without what may be an Aadhaar number. `out` has
 * TEXT_BYTES. */
static struct str cleaned(struct str s, char *out)
{
    s = utf8_prefix(s, TEXT_BYTES);
    memcpy(out, s.p, s.n);
    struct str c = {out, s.n};
    for (size_t bad; (bad = utf8_check(c)) < c.n;)
        out[bad] = '?';
    for (size_t i = 0; i < c.n; i++)
        if ((unsigned char)out[i] < 0x20 || out[i] == 0x7F)
            out[i] = ' ';
    c.n = digits_hide_aadhaar(c, out);
    return c;
}

static bool is_bare(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] <= ' ' || s.p[i] == '"' || s.p[i] == '=' || s.p[i] == '\\')
            return false;
    return s.n > 0;
}

static bool put_quoted(struct line *l, struct str s)
{
    bool fits = put_cstr(l, "\"");
    for (size_t i = 0; i < s.n && fits; i++) {
        if (s.p[i] == '"' || s.p[i] == '\\')
            fits = put_cstr(l, "\\");
        fits = fits && put(l, s.p + i, 1);
    }
    return fits && put_cstr(l, "\"");
}

static bool put_value(struct line *l, const struct log_field *f)
{
    char text[TEXT_BYTES];
    if (f->text.p == NULL) {
        snprintf(text, sizeof text, "%.10g", f->number);
        return put_cstr(l, text);
    }
    struct str s = cleaned(f->text, text);
    return l->form != LOG_JSON && is_bare(s) ? put(l, s.p, s.n) : put_quoted(l, s);
}

static void put_field(struct line *l, const struct log_field *f)
{
    size_t before = l->n;
    bool json = l->form == LOG_JSON;
    bool fits = put_cstr(l, json ? ",\"" : " ") && put_cstr(l, f->key) &&
                put_cstr(l, json ? "\":" : "=") && put_value(l, f);
    if (!fits)
        l->n = before;
}

static void put_head(struct line *l, enum log_level level, const char *room)
{
    char time[32];
    char head[96];
    clock_format(clock_wall_ms(), time);
    if (l->form == LOG_TEXT)
        snprintf(head, sizeof head, "%s %-5s %-6s ", time, level_names[level], room);
    else
        snprintf(head, sizeof head,
                 l->form == LOG_JSON ? "{\"time\":\"%s\",\"level\":\"%s\",\"room\":\"%s\",\"msg\":"
                                     : "time=%s level=%s room=%s msg=",
                 time, small_names[level], room);
    put_cstr(l, head);
}

/* What does not fit is cut. */
static void put_message(struct line *l, struct str s)
{
    char text[TEXT_BYTES];
    size_t before = l->n;
    s = cleaned(s, text);
    if (l->form == LOG_TEXT) {
        put(l, s.p, s.n);
        return;
    }
    while (!put_quoted(l, s)) { /* so many quotes that it grew too long */
        l->n = before;
        s = utf8_prefix(s, s.n / 2);
    }
}

static void end(struct line *l)
{
    put_cstr(l, l->form == LOG_JSON ? "}" : "");
    l->p[l->n++] = '\n';
    keep(l->p, l->n);
    write_all(STDERR_FILENO, l->p, l->n);
}

static void start(struct line *l, enum log_level level, const char *room, struct str message)
{
    l->n = 0;
    l->form = (enum log_form)atomic_load_explicit(&line_form, memory_order_relaxed);
    put_head(l, level, room);
    put_message(l, message);
}

void log_event(enum log_level level, const char *room, const char *message,
               const struct log_field *field, size_t fields)
{
    struct line l;
    if (!is_wanted(level))
        return;
    int saved = errno;
    start(&l, level, room, str_of(message));
    for (size_t i = 0; i < fields; i++)
        put_field(&l, &field[i]);
    end(&l);
    errno = saved;
}

void log_line(enum log_level level, const char *room, const char *fmt, ...)
{
    struct line l;
    char text[LINE_MAX_BYTES];
    va_list args;
    if (!is_wanted(level))
        return;
    int saved = errno;
    va_start(args, fmt);
    int n = vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    start(&l, level, room, n < 0 ? STR("") : str_of(text));
    end(&l);
    errno = saved;
}
