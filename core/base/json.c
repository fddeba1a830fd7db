/* SPDX-License-Identifier: MIT
 *
 * The JSON writer. Invariants: comma[depth] tells whether an element stands before at this depth;
 * after_key is true between a key and its value, which then needs no comma. */
#include "base/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"

void json_init(struct json *j, struct buf *out)
{
    *j = (struct json){.out = out};
}

static void separate(struct json *j)
{
    if (j->after_key) {
        j->after_key = false;
        return;
    }
    if (j->comma[j->depth])
        buf_char(j->out, ',');
    j->comma[j->depth] = true;
}

static void open_level(struct json *j, char c)
{
    separate(j);
    buf_char(j->out, c);
    ASSERT(j->depth + 1 < JSON_DEPTH_MAX);
    j->comma[++j->depth] = false;
}

static void close_level(struct json *j, char c)
{
    ASSERT(j->depth > 0 && !j->after_key);
    j->depth--;
    buf_char(j->out, c);
}

void json_object(struct json *j)
{
    open_level(j, '{');
}

void json_object_end(struct json *j)
{
    close_level(j, '}');
}

void json_array(struct json *j)
{
    open_level(j, '[');
}

void json_array_end(struct json *j)
{
    close_level(j, ']');
}

/* What cannot stand in a string as it is. U+2028 and U+2029 end a line in old JavaScript. */
static void put_escaped(struct buf *out, unsigned char c)
{
    switch (c) {
    case '"':
        buf_put(out, "\\\"", 2);
        return;
    case '\\':
        buf_put(out, "\\\\", 2);
        return;
    case '\n':
        buf_put(out, "\\n", 2);
        return;
    case '\r':
        buf_put(out, "\\r", 2);
        return;
    case '\t':
        buf_put(out, "\\t", 2);
        return;
    default:
        buf_printf(out, "\\u%04x", c);
    }
}

static bool stands_as_is(unsigned char c)
{
    return c >= 0x20 && c < 0x7F && c != '"' && c != '\\' && c != '<';
}

void json_quote(struct buf *out, struct str s)
{
    buf_char(out, '"');
    size_t at = 0;
    while (at < s.n) {
        size_t start = at;
        while (at < s.n && stands_as_is((unsigned char)s.p[at]))
            at++;
        buf_put(out, s.p + start, at - start);
        if (at == s.n)
            break;
        unsigned char byte = (unsigned char)s.p[at];
        if (byte < 0x80) {
            put_escaped(out, byte);
            at++;
            continue;
        }
        uint32_t c = utf8_next(s, &at);
        char bytes[4];
        if (c == 0x2028 || c == 0x2029)
            buf_printf(out, "\\u%04x", c);
        else
            buf_put(out, bytes, utf8_put(bytes, c));
    }
    buf_char(out, '"');
}

void json_key_str(struct json *j, struct str key)
{
    ASSERT(j->depth > 0 && !j->after_key);
    separate(j);
    json_quote(j->out, key);
    buf_char(j->out, ':');
    j->after_key = true;
}

void json_key(struct json *j, const char *key)
{
    json_key_str(j, str_of(key));
}

void json_str(struct json *j, struct str s)
{
    separate(j);
    json_quote(j->out, s);
}

void json_cstr(struct json *j, const char *s)
{
    if (s == NULL)
        json_null(j);
    else
        json_str(j, str_of(s));
}

void json_i64(struct json *j, int64_t v)
{
    separate(j);
    buf_i64(j->out, v);
}

void json_f64(struct json *j, double v)
{
    if (!isfinite(v)) {
        json_null(j);
        return;
    }
    separate(j);
    buf_f64(j->out, v, false);
}

void json_bool(struct json *j, bool v)
{
    separate(j);
    buf_cstr(j->out, v ? "true" : "false");
}

void json_null(struct json *j)
{
    separate(j);
    buf_cstr(j->out, "null");
}

void json_raw(struct json *j, struct str s)
{
    separate(j);
    buf_str(j->out, s);
}

/* ---- members --------------------------------------------------------------------------------- */

void json_put_str(struct json *j, const char *key, struct str s)
{
    json_key(j, key);
    json_str(j, s);
}

void json_put_cstr(struct json *j, const char *key, const char *s)
{
    json_key(j, key);
    json_cstr(j, s);
}

void json_put_i64(struct json *j, const char *key, int64_t v)
{
    json_key(j, key);
    json_i64(j, v);
}

void json_put_u64(struct json *j, const char *key, uint64_t v)
{
    ASSERT(v <= INT64_MAX);
    json_put_i64(j, key, (int64_t)v);
}

void json_put_bool(struct json *j, const char *key, bool v)
{
    json_key(j, key);
    json_bool(j, v);
}

void json_put_moment(struct json *j, const char *key, int64_t wall_ms)
{
    char when[32];
    clock_format(wall_ms, when);
    json_put_cstr(j, key, when);
}

void json_put_text(struct json *j, const char *key, struct str s)
{
    if (s.n > 0)
        json_put_str(j, key, s);
}

void json_put_count(struct json *j, const char *key, int64_t v)
{
    if (v != 0)
        json_put_i64(j, key, v);
}

/* ---- problems -------------------------------------------------------------------------------- */

void json_problem(struct json *j, const struct err *e)
{
    char type[64];
    snprintf(type, sizeof type, "urn:panji:error:%s", err_name(e->code));
    json_put_text(j, "type", str_of(type));
    json_put_text(j, "title", str_of(err_title(e->code)));
    json_put_count(j, "status", err_http(e->code));
    json_put_text(j, "detail", str_of(e->msg));
    json_put_text(j, "code", str_of(err_name(e->code)));
    json_put_count(j, "line", e->line);
    json_put_count(j, "column", e->column);
    json_put_text(j, "hint", str_of(e->hint));
    json_put_text(j, "excerpt", str_of(e->excerpt));
}

/* ---- reading a flat object ---- */

static uint32_t hex4(struct str s, size_t at)
{
    char hex[5] = {s.p[at], s.p[at + 1], s.p[at + 2], s.p[at + 3], '\0'};
    return (uint32_t)strtoul(hex, NULL, 16);
}

/* Four digits, or twice four for what lies beyond. */
static uint32_t unescape_unicode(struct str s, size_t *at)
{
    uint32_t c = hex4(s, *at);
    *at += 4;
    if (c < 0xD800 || c > 0xDFFF)
        return c;
    if (c > 0xDBFF || *at + 6 > s.n || s.p[*at] != '\\' || s.p[*at + 1] != 'u')
        return 0xFFFD;
    uint32_t low = hex4(s, *at + 2);
    if (low < 0xDC00 || low > 0xDFFF)
        return 0xFFFD;
    *at += 6;
    return 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
}

/* One escaped character of a JSON text. */
static size_t unescape(struct str s, size_t *at, char out[4])
{
    char c = s.p[(*at)++];
    if (c != '\\' || *at >= s.n) {
        out[0] = c;
        return 1;
    }
    c = s.p[(*at)++];
    if (c == 'u' && *at + 4 <= s.n)
        return utf8_put(out, unescape_unicode(s, at));
    out[0] = c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c;
    return 1;
}

/* The text in quotes at *at, *at moved behind it. */
static struct str quoted(struct str s, size_t *at, struct arena *a)
{
    char *text = arena_alloc(a, s.n - *at + 4);
    size_t n = 0;
    if (text == NULL)
        return STR_NULL;
    for (++*at; *at < s.n && s.p[*at] != '"';)
        n += unescape(s, at, text + n);
    if (*at < s.n)
        ++*at;
    return (struct str){text, n};
}

/* Behind the quote that ends a text, which begins at `at`. */
static size_t text_end(struct str s, size_t at)
{
    for (at++; at < s.n && s.p[at] != '"'; at++)
        at += s.p[at] == '\\';
    return at < s.n ? at + 1 : s.n;
}

/* An object or a list, as it stands. */
static struct str nested(struct str s, size_t *at)
{
    size_t start = *at;
    size_t depth = 0;
    while (*at < s.n) {
        char c = s.p[*at];
        *at = c == '"' ? text_end(s, *at) : *at + 1;
        depth += c == '{' || c == '[';
        depth -= c == '}' || c == ']';
        if (depth == 0)
            break;
    }
    return (struct str){s.p + start, *at - start};
}

static struct str bare(struct str s, size_t *at)
{
    if (s.p[*at] == '{' || s.p[*at] == '[')
        return nested(s, at);
    size_t start = *at;
    while (*at < s.n && s.p[*at] != ',' && s.p[*at] != '}')
        ++*at;
    return (struct str){s.p + start, *at - start};
}

bool json_member(struct str s, size_t *at, struct arena *a, struct str *name, struct str *value)
{
    while (*at < s.n && s.p[*at] != '"')
        ++*at;
    if (*at >= s.n)
        return false;
    *name = quoted(s, at, a);
    while (*at < s.n && (s.p[*at] == ':' || s.p[*at] == ' '))
        ++*at;
    if (*at >= s.n)
        return false;
    *value = s.p[*at] == '"' ? quoted(s, at, a) : bare(s, at);
    return name->p != NULL && value->p != NULL;
}
