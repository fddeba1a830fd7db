/* SPDX-License-Identifier: MIT
 *
 * A growing run of bytes; doubles when it is full. Invariants: n <= cap; p is NULL only when cap is
 * 0; once `failed`, n no longer changes until buf_clear. One thread at a time. */
#include "base/buf.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_BYTES = 256 };

void buf_init(struct buf *b, enum mem_room room)
{
    *b = (struct buf){.room = room};
}

void buf_fini(struct buf *b)
{
    mem_free(b->room, b->p);
    *b = (struct buf){.room = b->room};
}

void buf_clear(struct buf *b)
{
    b->n = 0;
    b->failed = false;
}

static char *grow(struct buf *b, size_t n)
{
    size_t need;
    if (b->failed || __builtin_add_overflow(b->n, n, &need)) {
        b->failed = true;
        return NULL;
    }
    size_t cap = b->cap ? b->cap : FIRST_BYTES;
    while (cap < need)
        cap = cap > SIZE_MAX / 2 ? need : cap * 2;
    char *p = mem_realloc(b->room, b->p, cap);
    if (p == NULL) {
        b->failed = true;
        return NULL;
    }
    b->p = p;
    b->cap = cap;
    return p + b->n;
}

char *buf_reserve(struct buf *b, size_t n)
{
    if (!b->failed && b->p != NULL && b->cap - b->n >= n)
        return b->p + b->n;
    return grow(b, n);
}

void buf_put(struct buf *b, const void *p, size_t n)
{
    if (n == 0)
        return;
    char *to = buf_reserve(b, n);
    if (to == NULL)
        return;
    memcpy(to, p, n);
    b->n += n;
}

void buf_str(struct buf *b, struct str s)
{
    buf_put(b, s.p, s.n);
}

void buf_cstr(struct buf *b, const char *s)
{
    if (s != NULL)
        buf_put(b, s, strlen(s));
}

void buf_char(struct buf *b, char c)
{
    char *to = buf_reserve(b, 1);
    if (to == NULL)
        return;
    *to = c;
    b->n++;
}

void buf_i64(struct buf *b, int64_t v)
{
    char text[20];
    char *end = text + sizeof text;
    char *p = end;
    uint64_t rest = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
    do {
        *--p = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (v < 0)
        *--p = '-';
    buf_put(b, p, (size_t)(end - p));
}

/* Bits, not values: the shortest text must give back the sign of zero too. */
static bool reads_back(const char *text, double v)
{
    double back = strtod(text, NULL);
    return memcmp(&back, &v, sizeof v) == 0;
}

/* Up to four decimals, which is most of what answers hold, without a search: n / 10^k rounds once,
 * just as reading the text does, so when it equals v the text reads back. False: not such a one. */
static bool put_few_decimals(struct buf *b, double v)
{
    static const int64_t tens[] = {1, 10, 100, 1000, 10000};
    if (!(fabs(v) < 1e9 && fabs(v) > 0)) /* zero has its sign */
        return false;
    for (size_t k = 1; k < ARRAY_LEN(tens); k++) {
        int64_t n = llround(fabs(v) * (double)tens[k]);
        double back = (double)n / (double)tens[k];
        if (back < fabs(v) || back > fabs(v))
            continue;
        char decimals[8];
        snprintf(decimals, sizeof decimals, ".%04d", (int)(n % tens[k] * (tens[4] / tens[k])));
        if (v < 0)
            buf_char(b, '-');
        buf_i64(b, n / tens[k]);
        buf_put(b, decimals, 1 + k);
        return true;
    }
    return false;
}

void buf_f64(struct buf *b, double v, bool keep_point)
{
    if (isnan(v)) {
        buf_cstr(b, "nan");
        return;
    }
    if (isinf(v)) {
        buf_cstr(b, v > 0 ? "inf" : "-inf");
        return;
    }
    if (fabs(v) < 1e15 && v == (double)(int64_t)v && !(v == 0 && signbit(v))) {
        buf_i64(b, (int64_t)v);
        if (keep_point)
            buf_cstr(b, ".0");
        return;
    }
    if (put_few_decimals(b, v))
        return;
    char text[40];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, v);
        if (reads_back(text, v))
            break;
    }
    buf_cstr(b, text);
    if (keep_point && strpbrk(text, ".e") == NULL)
        buf_cstr(b, ".0");
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    va_list again;
    va_copy(again, args);
    size_t space = b->p && !b->failed ? b->cap - b->n : 0;
    int n = vsnprintf(space ? b->p + b->n : NULL, space, fmt, args);
    if (n < 0) {
        b->failed = true;
    } else if ((size_t)n < space) {
        b->n += (size_t)n;
    } else {
        char *to = buf_reserve(b, (size_t)n + 1);
        if (to != NULL) {
            vsnprintf(to, (size_t)n + 1, fmt, again);
            b->n += (size_t)n;
        }
    }
    va_end(again);
    va_end(args);
}

struct str buf_view(const struct buf *b)
{
    return (struct str){b->p, b->n};
}

int buf_check(const struct buf *b, struct err *err)
{
    if (!b->failed)
        return 0;
    int code =
        err_set(err, ERR_MEM, "there is no memory left for an answer beyond %zu bytes", b->n);
    err_hint(err, "ask for less at once, or give the server more memory (memory_limit)");
    return code;
}
