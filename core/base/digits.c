/* SPDX-License-Identifier: MIT
 *
 * Digits of many scripts. Most bytes are told apart by their first comparison: texts of every
 * message pass here. */
#include "base/digits.h"

#include "base/verhoeff.h"

enum { BETWEEN_MAX = 2 }; /* separators between two digits of a run */

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
    struct digit_run run;
    size_t n = 0;
    size_t hidden = 0; /* digits before this offset are hidden */
    size_t shown = 0;  /* and those before this one are not */
    for (size_t at = 0; at < s.n;) {
        size_t bytes;
        bool digit = digit_at(s, at, &bytes) >= 0;
        if (digit && at >= hidden && at >= shown && digit_run_at(s, at, &run))
            *(run.count >= LONG_NUMBER_DIGITS ? &hidden : &shown) = run.end;
        if (digit && at < hidden) {
            out[n++] = 'x';
            at += bytes;
        } else {
            out[n++] = s.p[at++];
        }
    }
    return n;
}

/* ---- numbers of persons, told from dates ----------------------------------------------------- */

enum { MOMENT_DIGITS = 14 }; /* of a date and a time with seconds */

/* Digits without anything between them. */
struct group {
    size_t end, count;
    int digit[MOMENT_DIGITS]; /* the first ones */
};

static struct group group_at(struct str s, size_t at)
{
    struct group g = {.end = at};
    size_t bytes;
    for (; g.end < s.n; g.end += bytes) {
        int d = digit_at(s, g.end, &bytes);
        if (d < 0)
            break;
        if (g.count < MOMENT_DIGITS)
            g.digit[g.count] = d;
        g.count++;
    }
    return g;
}

/* The group behind one that ends at `at`, in the same run; s.n when there is none. */
static size_t next_group(struct str s, size_t at)
{
    size_t bytes;
    for (int between = 0; at < s.n && between <= BETWEEN_MAX; between++) {
        if (digit_at(s, at, &bytes) >= 0)
            return at;
        bytes = separator(s, at);
        if (bytes == 0)
            break;
        at += bytes;
    }
    return s.n;
}

static int two(const int *digit)
{
    return digit[0] * 10 + digit[1];
}

/* Eight digits, the year first. */
static bool is_date(const int *digit)
{
    int month = two(digit + 4), day = two(digit + 6);
    return two(digit) == 20 && month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

/* As names of batches and files have it: 202111180930 or 20211118093000. */
static bool is_moment(const int *digit, size_t n)
{
    return (n == 12 || n == 14) && is_date(digit) && two(digit + 8) < 24 && two(digit + 10) < 60 &&
           (n == 12 || two(digit + 12) < 60);
}

/* The end of a date that begins with the group: 20211118, 2021-11-18 or 18-11-2021. 0: none. */
static size_t date_end(struct str s, const struct group *first)
{
    int digit[8];
    if (first->count == 8)
        return is_date(first->digit) ? first->end : 0;
    struct group second = group_at(s, next_group(s, first->end));
    struct group third = group_at(s, next_group(s, second.end));
    const struct group *year = first->count == 4 ? first : &third;
    const struct group *day = first->count == 4 ? &third : first;
    if (year->count != 4 || second.count != 2 || day->count != 2)
        return 0;
    memcpy(digit, year->digit, 4 * sizeof *digit);
    memcpy(digit + 4, second.digit, 2 * sizeof *digit);
    memcpy(digit + 6, day->digit, 2 * sizeof *digit);
    return is_date(digit) ? third.end : 0;
}

/* Twelve digits in whole groups. */
struct twelve {
    size_t end;
    size_t groups;
    bool fours; /* as Aadhaar numbers are printed */
    bool dated; /* a date is among them, or begins there */
    char digit[LONG_NUMBER_DIGITS];
    bool moment;
};

static bool twelve_at(struct str s, size_t at, struct twelve *out)
{
    size_t n = 0;
    *out = (struct twelve){.fours = true};
    while (at < s.n) {
        struct group g = group_at(s, at);
        if (g.count == 0 || g.count > LONG_NUMBER_DIGITS - n)
            return false;
        for (size_t i = 0; i < g.count; i++)
            out->digit[n++] = (char)g.digit[i];
        out->groups++;
        out->fours = out->fours && g.count == 4;
        out->dated = out->dated || date_end(s, &g) != 0;
        out->end = g.end;
        if (n == LONG_NUMBER_DIGITS) {
            out->moment = is_moment(g.digit, g.count);
            return true;
        }
        at = next_group(s, g.end);
    }
    return false;
}

bool aadhaar_valid(const char digits[LONG_NUMBER_DIGITS])
{
    return digits[0] >= 2 && verhoeff_valid(digits, LONG_NUMBER_DIGITS);
}

/* Is what begins with the group to be hidden, and up to where? */
static size_t secret_end(struct str s, size_t at, const struct group *g, bool in_date)
{
    enum { MOST = 18 }; /* whole numbers of the language may have one more */
    struct twelve t;
    if (g->count >= LONG_NUMBER_DIGITS)
        return g->count <= MOST && !(g->count == MOMENT_DIGITS && is_moment(g->digit, g->count))
                   ? g->end
                   : 0;
    if (!twelve_at(s, at, &t))
        return 0;
    return t.fours || (!in_date && !t.dated && aadhaar_valid(t.digit)) ? t.end : 0;
}

size_t digits_hide_aadhaar(struct str s, char *out)
{
    size_t n = 0, hidden = 0, group = 0, date = 0; /* ends of them */
    for (size_t at = 0; at < s.n;) {
        size_t bytes;
        bool digit = digit_at(s, at, &bytes) >= 0;
        if (digit && at >= group) {
            struct group g = group_at(s, at);
            size_t end = secret_end(s, at, &g, at < date);
            hidden = end > hidden ? end : hidden;
            end = date_end(s, &g);
            date = end > date ? end : date;
            group = g.end;
        }
        if (digit && at < hidden) {
            out[n++] = 'x';
            at += bytes;
        } else {
            out[n++] = s.p[at++];
        }
    }
    return n;
}

bool digits_name_aadhaar(struct str s)
{
    size_t date = 0, bytes;
    for (size_t at = 0; at < s.n;) {
        struct twelve t;
        struct group g = group_at(s, at);
        if (g.count == 0) {
            (void)digit_at(s, at, &bytes);
            at += bytes;
            continue;
        }
        if (twelve_at(s, at, &t) && !t.moment && aadhaar_valid(t.digit) &&
            (t.fours || (at >= date && !t.dated)))
            return true;
        size_t end = date_end(s, &g);
        date = end > date ? end : date;
        at = g.end;
    }
    return false;
}
