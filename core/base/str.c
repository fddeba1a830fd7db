/* SPDX-License-Identifier: MIT
 *
 * Borrowed strings, numbers read from them, and UTF-8. All functions are pure. */
#include "base/str.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

enum { F64_TEXT_BYTES_MAX = 400 }; /* longer decimals than the longest exact double in use */

struct str str_of(const char *cstr)
{
    return cstr ? (struct str){cstr, strlen(cstr)} : STR_NULL;
}

bool str_eq(struct str a, struct str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static unsigned char lower(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
}

bool str_eq_nocase(struct str a, struct str b)
{
    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++)
        if (lower(a.p[i]) != lower(b.p[i]))
            return false;
    return true;
}

int str_cmp(struct str a, struct str b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int order = n ? memcmp(a.p, b.p, n) : 0;
    if (order != 0)
        return order;
    return (a.n > b.n) - (a.n < b.n);
}

bool str_starts(struct str s, struct str prefix)
{
    return s.n >= prefix.n && str_eq((struct str){s.p, prefix.n}, prefix);
}

bool str_ends(struct str s, struct str suffix)
{
    if (s.n < suffix.n)
        return false;
    return suffix.n == 0 || memcmp(s.p + (s.n - suffix.n), suffix.p, suffix.n) == 0;
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct str str_trim(struct str s)
{
    while (s.n > 0 && is_space(s.p[0])) {
        s.p++;
        s.n--;
    }
    while (s.n > 0 && is_space(s.p[s.n - 1]))
        s.n--;
    return s;
}

struct str str_copy(struct arena *a, struct str s)
{
    char *p = arena_copy(a, s.p, s.n);
    return (struct str){p, p ? s.n : 0};
}

int str_to_i64(struct str s, int64_t *out)
{
    size_t i = 0;
    bool negative = false;
    if (s.n > 0 && (s.p[0] == '-' || s.p[0] == '+')) {
        negative = s.p[0] == '-';
        i = 1;
    }
    if (i == s.n)
        return ERR_VALUE;
    int64_t v = 0; /* counted downwards: INT64_MIN has no positive twin */
    for (; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return ERR_VALUE;
        if (__builtin_mul_overflow(v, 10, &v) || __builtin_sub_overflow(v, s.p[i] - '0', &v))
            return ERR_VALUE;
    }
    if (!negative && v == INT64_MIN)
        return ERR_VALUE;
    *out = negative ? v : -v;
    return 0;
}

static size_t digits_from(struct str s, size_t at)
{
    size_t start = at;
    while (at < s.n && s.p[at] >= '0' && s.p[at] <= '9')
        at++;
    return at - start;
}

/* [+-] digits [. digits] [e [+-] digits], with a digit before or behind the point. */
static bool is_decimal(struct str s)
{
    size_t i = s.n > 0 && (s.p[0] == '-' || s.p[0] == '+') ? 1 : 0;
    size_t whole = digits_from(s, i);
    i += whole;
    size_t fraction = 0;
    if (i < s.n && s.p[i] == '.') {
        fraction = digits_from(s, ++i);
        i += fraction;
    }
    if (whole + fraction == 0)
        return false;
    if (i < s.n && (s.p[i] == 'e' || s.p[i] == 'E')) {
        i++;
        if (i < s.n && (s.p[i] == '-' || s.p[i] == '+'))
            i++;
        size_t exponent = digits_from(s, i);
        if (exponent == 0)
            return false;
        i += exponent;
    }
    return i == s.n;
}

int str_to_f64(struct str s, double *out)
{
    char text[F64_TEXT_BYTES_MAX + 1];
    if (s.n > F64_TEXT_BYTES_MAX || !is_decimal(s))
        return ERR_VALUE;
    memcpy(text, s.p, s.n);
    text[s.n] = '\0';
    double v = strtod(text, NULL);
    if (!isfinite(v))
        return ERR_VALUE;
    *out = v;
    return 0;
}

/* Length of the character at p (n bytes there are), 0 when it is not one; Unicode table 3-7. */
static size_t utf8_length(const unsigned char *p, size_t n)
{
    unsigned char c = p[0];
    if (c < 0x80)
        return 1;
    if (c < 0xC2 || c > 0xF4)
        return 0;
    size_t need = c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
    if (n < need)
        return 0;
    unsigned char low = 0x80;
    unsigned char high = 0xBF;
    if (c == 0xE0)
        low = 0xA0;
    else if (c == 0xED)
        high = 0x9F;
    else if (c == 0xF0)
        low = 0x90;
    else if (c == 0xF4)
        high = 0x8F;
    if (p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < need; i++)
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    return need;
}

size_t utf8_check(struct str s)
{
    size_t i = 0;
    while (i < s.n) {
        uint64_t eight;
        while (s.n - i >= 8) { /* runs of ASCII, eight at a time */
            memcpy(&eight, s.p + i, 8);
            if (eight & 0x8080808080808080u)
                break;
            i += 8;
        }
        if (i == s.n)
            break;
        size_t n = utf8_length((const unsigned char *)s.p + i, s.n - i);
        if (n == 0)
            return i;
        i += n;
    }
    return s.n;
}

struct str utf8_prefix(struct str s, size_t bytes_max)
{
    if (s.n <= bytes_max)
        return s;
    while (bytes_max > 0 && ((unsigned char)s.p[bytes_max] & 0xC0) == 0x80)
        bytes_max--;
    return (struct str){s.p, bytes_max};
}

uint32_t utf8_next(struct str s, size_t *at)
{
    ASSERT(*at < s.n);
    const unsigned char *p = (const unsigned char *)s.p + *at;
    size_t n = utf8_length(p, s.n - *at);
    *at += n ? n : 1;
    switch (n) {
    case 1:
        return p[0];
    case 2:
        return (uint32_t)(p[0] & 0x1F) << 6 | (p[1] & 0x3Fu);
    case 3:
        return (uint32_t)(p[0] & 0x0F) << 12 | (uint32_t)(p[1] & 0x3F) << 6 | (p[2] & 0x3Fu);
    case 4:
        return (uint32_t)(p[0] & 0x07) << 18 | (uint32_t)(p[1] & 0x3F) << 12 |
               (uint32_t)(p[2] & 0x3F) << 6 | (p[3] & 0x3Fu);
    default:
        return 0xFFFD;
    }
}

size_t utf8_put(char out[4], uint32_t c)
{
    if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
        c = 0xFFFD;
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xC0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xE0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3F));
        out[2] = (char)(0x80 | (c & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3F));
    out[2] = (char)(0x80 | (c >> 6 & 0x3F));
    out[3] = (char)(0x80 | (c & 0x3F));
    return 4;
}

size_t utf8_count(struct str s)
{
    size_t count = 0;
    for (size_t at = 0; at < s.n; count++)
        utf8_next(s, &at);
    return count;
}

struct range {
    uint32_t first, last;
};

/* Marks that stand on, under or around the character before them, and joiners. Sorted. */
static const struct range no_width[] = {
    {0x0300, 0x036F}, {0x0900, 0x0903},   {0x093A, 0x093C}, {0x093E, 0x094F}, {0x0951, 0x0957},
    {0x0962, 0x0963}, {0x0981, 0x0983},   {0x09BC, 0x09BC}, {0x09BE, 0x09CD}, {0x09D7, 0x09D7},
    {0x0A01, 0x0A03}, {0x0A3C, 0x0A51},   {0x0A70, 0x0A71}, {0x0A81, 0x0A83}, {0x0ABC, 0x0ABC},
    {0x0ABE, 0x0ACD}, {0x0B01, 0x0B03},   {0x0B3C, 0x0B3C}, {0x0B3E, 0x0B57}, {0x0B82, 0x0B82},
    {0x0BBE, 0x0BCD}, {0x0BD7, 0x0BD7},   {0x0C00, 0x0C04}, {0x0C3E, 0x0C56}, {0x0C81, 0x0C83},
    {0x0CBC, 0x0CBC}, {0x0CBE, 0x0CD6},   {0x0D00, 0x0D03}, {0x0D3E, 0x0D4D}, {0x0D57, 0x0D57},
    {0x1AB0, 0x1AFF}, {0x1CD0, 0x1CF9},   {0x1DC0, 0x1DFF}, {0x200B, 0x200F}, {0x202A, 0x202E},
    {0x2060, 0x2064}, {0x20D0, 0x20FF},   {0xA8E0, 0xA8F1}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F},
    {0xFEFF, 0xFEFF}, {0xE0100, 0xE01EF},
};

/* East Asian Wide and Fullwidth, and emoji. Sorted. */
static const struct range two_wide[] = {
    {0x1100, 0x115F},   {0x2E80, 0x303E},   {0x3041, 0x33FF},   {0x3400, 0x4DBF},
    {0x4E00, 0x9FFF},   {0xA000, 0xA4CF},   {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},
    {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},   {0xFFE0, 0xFFE6},   {0x1F300, 0x1F64F},
    {0x1F680, 0x1F6FF}, {0x1F900, 0x1F9FF}, {0x20000, 0x3FFFD},
};

static bool in_ranges(const struct range *ranges, size_t count, uint32_t c)
{
    size_t low = 0;
    size_t high = count;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (c > ranges[mid].last)
            low = mid + 1;
        else
            high = mid;
    }
    return low < count && c >= ranges[low].first;
}

size_t utf8_width(struct str s)
{
    size_t columns = 0;
    for (size_t at = 0; at < s.n;) {
        uint32_t c = utf8_next(s, &at);
        if (c < 0x20 || (c >= 0x7F && c < 0xA0))
            continue;
        if (c < 0x300)
            columns += 1;
        else if (!in_ranges(no_width, ARRAY_LEN(no_width), c))
            columns += in_ranges(two_wide, ARRAY_LEN(two_wide), c) ? 2 : 1;
    }
    return columns;
}
