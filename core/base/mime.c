/* SPDX-License-Identifier: MIT
 *
 * Base64 and encoded words. A word is never cut inside a character, and no line passes 76. */
#include "base/mime.h"

#include "base/clock.h"
#include "base/date.h"

enum { LINE_CHARS = 76, WORD_BYTES = 42 };

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* At most three bytes as four characters. */
static void quartet(struct buf *out, const unsigned char *p, size_t n)
{
    uint32_t v = (uint32_t)p[0] << 16;
    if (n > 1)
        v |= (uint32_t)p[1] << 8;
    if (n > 2)
        v |= p[2];
    buf_char(out, digits[v >> 18]);
    buf_char(out, digits[v >> 12 & 63]);
    buf_char(out, n > 1 ? digits[v >> 6 & 63] : '=');
    buf_char(out, n > 2 ? digits[v & 63] : '=');
}

static void run(struct buf *out, struct str s)
{
    for (size_t i = 0; i < s.n; i += 3)
        quartet(out, (const unsigned char *)s.p + i, s.n - i < 3 ? s.n - i : 3);
}

void mime_base64(struct buf *out, struct str data)
{
    const size_t step = LINE_CHARS / 4 * 3;
    for (size_t i = 0; i < data.n; i += step) {
        run(out, (struct str){data.p + i, data.n - i < step ? data.n - i : step});
        buf_cstr(out, "\r\n");
    }
}

static bool is_plain(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < 0x20 || (unsigned char)s.p[i] >= 0x7F)
            return false;
    return s.n <= LINE_CHARS - 20;
}

/* How many bytes fit one encoded word without parting a character. */
static size_t word_bytes(struct str s)
{
    if (s.n <= WORD_BYTES)
        return s.n;
    size_t n = WORD_BYTES;
    while (n > 0 && ((unsigned char)s.p[n] & 0xC0) == 0x80)
        n--;
    return n > 0 ? n : WORD_BYTES;
}

static void encoded(struct buf *out, struct str s)
{
    while (s.n > 0) {
        size_t n = word_bytes(s);
        buf_cstr(out, "=?UTF-8?B?");
        run(out, (struct str){s.p, n});
        buf_cstr(out, n < s.n ? "?=\r\n " : "?=");
        s = (struct str){s.p + n, s.n - n};
    }
}

void mime_header(struct buf *out, const char *name, struct str text)
{
    buf_cstr(out, name);
    buf_cstr(out, ": ");
    if (is_plain(text))
        buf_str(out, text);
    else
        encoded(out, text);
    buf_cstr(out, "\r\n");
}

void mime_date(struct buf *out, int64_t wall_ms)
{
    static const char *const weekdays[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    char when[32]; /* 2021-11-20T18:00:00+05:30 */
    int32_t day = clock_day(wall_ms);
    struct ymd d = date_ymd(day);
    clock_format(wall_ms, when);
    buf_printf(out, "%s, %d %s %d %.8s %.3s%.2s", weekdays[date_weekday(day)], d.day,
               months[d.month - 1], d.year, when + 11, when + 19, when + 23);
}
