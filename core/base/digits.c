/* SPDX-License-Identifier: MIT
 *
 * Digits of many scripts. Most bytes are told apart by their first comparison: texts of every
 * message pass here. */
#include "base/digits.h"

/* U+0966 to U+0D6F: from Devanagari on, a script has a row of 128 characters, whose digits are
 * 0x66 to 0x6F of it. As bytes: E0, an odd byte A5 to B5, A6 to AF. */
static int indian(const unsigned char *p)
{
    bool digit = p[1] >= 0xA5 && p[1] <= 0xB5 && (p[1] & 1) && p[2] >= 0xA6 && p[2] <= 0xAF;
    return digit ? p[2] - 0xA6 : -1;
}

static int wide(const unsigned char *p)
{
    bool digit = p[0] == 0xEF && p[1] == 0xBC && p[2] >= 0x90 && p[2] <= 0x99;
    return digit ? p[2] - 0x90 : -1;
}

static int arabic(const unsigned char *p)
{
    if (p[0] == 0xD9 && p[1] >= 0xA0 && p[1] <= 0xA9)
        return p[1] - 0xA0;
    return p[0] == 0xDB && p[1] >= 0xB0 && p[1] <= 0xB9 ? p[1] - 0xB0 : -1;
}

int digit_at(struct str s, size_t at, size_t *bytes)
{
    const unsigned char *p = (const unsigned char *)s.p + at;
    size_t left = s.n - at;
    *bytes = 1;
    if (p[0] < 0x80)
        return p[0] >= '0' && p[0] <= '9' ? p[0] - '0' : -1;
    if (left >= 2 && (p[0] == 0xD9 || p[0] == 0xDB)) {
        *bytes = 2;
        return arabic(p);
    }
    if (left < 3 || p[0] < 0xE0)
        return -1;
    *bytes = 3;
    return p[0] == 0xE0 ? indian(p) : wide(p);
}

/* Bytes of a separator at s.p[at], 0 when there is none. */
static size_t separator(struct str s, size_t at)
{
    const unsigned char *p = (const unsigned char *)s.p + at;
    size_t left = s.n - at;
    if (p[0] < 0x80) /* control characters are shown as spaces */
        return p[0] < ' ' || p[0] == 0x7F || memchr(" -./_", p[0], 5) != NULL;
    if (left >= 2 && p[0] == 0xC2)
        return p[1] == 0xA0 || p[1] == 0xAD ? 2 : 0; /* no-break space, soft hyphen */
    if (left < 3 || p[0] != 0xE2)
        return 0;
    bool general = p[1] == 0x80 && ((p[2] >= 0x80 && p[2] <= 0x95) || p[2] == 0xAF);
    bool minus = p[1] == 0x88 && p[2] == 0x92;
    return general || minus ? 3 : 0;
}

bool digit_run_at(struct str s, size_t at, struct digit_run *out)
{
    enum { BETWEEN_MAX = 2 };
    size_t bytes;
    out->count = 0;
    for (int between = 0; at < s.n;) {
        int d = digit_at(s, at, &bytes);
        if (d >= 0) {
            if (out->count < LONG_NUMBER_DIGITS)
                out->first[out->count] = (char)d;
            out->count++;
            at += bytes;
            out->end = at;
            between = 0;
            continue;
        }
        bytes = out->count > 0 && between < BETWEEN_MAX ? separator(s, at) : 0;
        if (bytes == 0)
            break;
        at += bytes;
        between++;
    }
    return out->count > 0;
}

size_t digits_hide(struct str s, char *out)
{
    return digits_hide_upto(s, SIZE_MAX, out);
}

static bool is_long(const struct digit_run *run, size_t most)
{
    return run->count >= LONG_NUMBER_DIGITS && run->count <= most;
}

size_t digits_hide_upto(struct str s, size_t most, char *out)
{
    struct digit_run run;
    size_t n = 0;
    size_t hidden = 0; /* digits before this offset are hidden */
    size_t shown = 0;  /* and those before this one are not */
    for (size_t at = 0; at < s.n;) {
        size_t bytes;
        bool digit = digit_at(s, at, &bytes) >= 0;
        if (digit && at >= hidden && at >= shown && digit_run_at(s, at, &run))
            *(is_long(&run, most) ? &hidden : &shown) = run.end;
        if (digit && at < hidden) {
            out[n++] = 'x';
            at += bytes;
        } else {
            out[n++] = s.p[at++];
        }
    }
    return n;
}
