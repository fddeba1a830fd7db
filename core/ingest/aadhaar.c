/* SPDX-License-Identifier: MIT
 *
 * Recognising and masking. Values that are plainly something else are told by their length and
 * first byte, because every field of every import passes here. */
#include "aadhaar.h"

enum { DIGITS = 12, WINDOW_BYTES = 320 };

/* Products of the dihedral group D5, and the permutation of each position. */
static const uint8_t product[10][10] = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, {1, 2, 3, 4, 0, 6, 7, 8, 9, 5}, {2, 3, 4, 0, 1, 7, 8, 9, 5, 6},
    {3, 4, 0, 1, 2, 8, 9, 5, 6, 7}, {4, 0, 1, 2, 3, 9, 5, 6, 7, 8}, {5, 9, 8, 7, 6, 0, 4, 3, 2, 1},
    {6, 5, 9, 8, 7, 1, 0, 4, 3, 2}, {7, 6, 5, 9, 8, 2, 1, 0, 4, 3}, {8, 7, 6, 5, 9, 3, 2, 1, 0, 4},
    {9, 8, 7, 6, 5, 4, 3, 2, 1, 0},
};
static const uint8_t permuted[8][10] = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, {1, 5, 7, 6, 2, 8, 3, 0, 9, 4}, {5, 8, 0, 3, 7, 9, 6, 1, 4, 2},
    {8, 9, 1, 6, 0, 4, 3, 5, 2, 7}, {9, 4, 5, 3, 1, 2, 6, 8, 7, 0}, {4, 2, 8, 6, 5, 7, 3, 9, 0, 1},
    {2, 7, 9, 3, 8, 0, 6, 4, 1, 5}, {7, 0, 4, 6, 9, 1, 3, 2, 5, 8},
};

/* The digit at s.p[at] (0..9) and its bytes; -1 when there is none. */
static int digit_at(struct str s, size_t at, size_t *bytes)
{
    const unsigned char *p = (const unsigned char *)s.p + at;
    *bytes = 1;
    if (p[0] >= '0' && p[0] <= '9')
        return p[0] - '0';
    if (s.n - at >= 3 && p[0] == 0xE0 && p[1] == 0xA5 && p[2] >= 0xA6 && p[2] <= 0xAF) {
        *bytes = 3;
        return p[2] - 0xA6;
    }
    return -1;
}

static bool is_separator(char c)
{
    return c == ' ' || c == '-' || c == '.' || c == '/';
}

/* Digits from `at` on, single separators between them allowed: the offset behind the last of them,
 * how many, and the first twelve. */
static size_t run(struct str s, size_t at, size_t *count, char digits[DIGITS])
{
    size_t end = at;
    size_t bytes;
    *count = 0;
    while (at < s.n) {
        int d = digit_at(s, at, &bytes);
        if (d >= 0) {
            if (*count < DIGITS)
                digits[*count] = (char)d;
            (*count)++;
            at += bytes;
            end = at;
        } else if (end == at && is_separator(s.p[at])) {
            at++;
        } else {
            break;
        }
    }
    return end;
}

bool aadhaar_shaped(struct str s, char digits[DIGITS])
{
    size_t count;
    size_t bytes;
    if (s.n < DIGITS)
        return false;
    s = str_trim(s);
    if (s.n > 0 && s.p[0] == '\'') /* how spreadsheets mark digits as text */
        s = (struct str){s.p + 1, s.n - 1};
    if (s.n < DIGITS || digit_at(s, 0, &bytes) < 0)
        return false;
    return run(s, 0, &count, digits) == s.n && count == DIGITS;
}

bool aadhaar_valid(const char digits[DIGITS])
{
    uint8_t sum = 0;
    if (digits[0] < 2)
        return false;
    for (size_t i = 0; i < DIGITS; i++)
        sum = product[sum][permuted[i % 8][(uint8_t)digits[DIGITS - 1 - i]]];
    return sum == 0;
}

void aadhaar_look(struct aadhaar_count *c, struct str value)
{
    char digits[DIGITS];
    if (!aadhaar_shaped(value, digits))
        return;
    c->shaped++;
    c->valid += aadhaar_valid(digits);
}

bool aadhaar_column(const struct aadhaar_count *c)
{
    enum { ENOUGH = 20, FEW = 5 };
    if (c->shaped >= ENOUGH)
        return c->valid > c->shaped / 2;
    return c->shaped >= FEW && c->valid == c->shaped;
}

/* A character as it may be shown, from a byte or more of s. */
static struct str shown(struct str s, size_t at, size_t *next)
{
    size_t from = at;
    uint32_t c = utf8_next(s, &at);
    *next = at;
    if (c == 0xFFFD)
        return STR("?");
    if (c < 0x20 || c == 0x7F)
        return STR(" ");
    return (struct str){s.p + from, at - from};
}

static bool append(char *out, size_t *n, struct str s)
{
    if (*n + s.n > AADHAAR_SHOWN_BYTES)
        return false;
    memcpy(out + *n, s.p, s.n);
    *n += s.n;
    return true;
}

struct str aadhaar_mask(struct str s, char out[AADHAAR_SHOWN_BYTES + 1])
{
    char digits[DIGITS];
    size_t n = 0;
    size_t hidden = 0; /* digits below this offset are hidden */
    struct str all = {s.p, s.n < WINDOW_BYTES ? s.n : WINDOW_BYTES};
    for (size_t at = 0; at < all.n;) {
        size_t bytes;
        size_t count;
        bool digit = digit_at(all, at, &bytes) >= 0;
        if (digit && at >= hidden) {
            size_t end = run(all, at, &count, digits);
            hidden = count >= DIGITS ? end : at;
        }
        struct str piece = STR("x");
        if (digit && at < hidden)
            at += bytes;
        else
            piece = shown(all, at, &at);
        if (!append(out, &n, piece))
            break;
    }
    out[n] = '\0';
    return (struct str){out, n};
}
