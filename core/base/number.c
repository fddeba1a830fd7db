/* SPDX-License-Identifier: MIT
 *
 * Reading numbers. The text is first brought into one alphabet (Latin digits, small letters, no
 * nukta, plain spaces), which leaves a tiny language to read.
 *
 *     digits [.digits] unit* --part--> sum of parts, each below the unit of the one before
 *
 * A fraction is a number of its own digits and a scale; a unit takes zeros off the scale or adds
 * them to the digits, so nothing is ever rounded. */
#include "base/number.h"

#include <stdio.h>

/* ---- one alphabet ---------------------------------------------------------------------------- */

struct plain {
    char text[NUMBER_BYTES_MAX];
    size_t n;
};

/* What stands for a character: itself, another, or nothing ('\0'). */
static uint32_t plain_of(uint32_t c)
{
    if (c >= 0x0966 && c <= 0x096F) /* Devanagari digits */
        return '0' + (c - 0x0966);
    if (c >= 'A' && c <= 'Z')
        return c | 0x20;
    switch (c) {
    case 0x093C: /* nukta: हज़ार is written हजार as often */
    case 0x200C: /* joiners */
    case 0x200D:
        return 0;
    case 0x095B: /* ज़ and ड़ as one character */
        return 0x091C;
    case 0x095C:
        return 0x0921;
    case 0x2212: /* minus sign */
        return '-';
    case '\t':
    case 0x00A0: /* spaces that do not break, thin ones */
    case 0x2009:
    case 0x202F:
        return ' ';
    default:
        return c;
    }
}

static int not_a_number(struct err *err)
{
    err_set(err, ERR_VALUE, "this is no number");
    err_hint(err, "266000, 2,66,000, 2.66 lakh and 2 लाख 66 हजार are");
    return ERR_VALUE;
}

static int make_plain(struct str s, struct plain *out, struct err *err)
{
    s = str_trim(s);
    out->n = 0;
    for (size_t at = 0; at < s.n;) {
        uint32_t c = plain_of(utf8_next(s, &at));
        if (out->n + 4 > sizeof out->text)
            return not_a_number(err);
        if (c != 0)
            out->n += utf8_put(out->text + out->n, c);
    }
    struct str trimmed = str_trim((struct str){out->text, out->n});
    memmove(out->text, trimmed.p, trimmed.n);
    out->n = trimmed.n;
    return out->n > 0 ? 0 : not_a_number(err);
}

/* ---- units ----------------------------------------------------------------------------------- */

static const struct {
    const char *word; /* in the one alphabet */
    int power;        /* of ten */
} units[] = {
    {"hundred", 2}, {"sau", 2},   {"सौ", 2},      {"thousand", 3}, {"thousands", 3}, {"hazar", 3},
    {"hazaar", 3},  {"hajar", 3}, {"हजार", 3},    {"lakh", 5},     {"lakhs", 5},     {"lac", 5},
    {"lacs", 5},    {"लाख", 5},   {"million", 6}, {"millions", 6}, {"crore", 7},     {"crores", 7},
    {"cr", 7},      {"करोड", 7},  {"arab", 9},    {"अरब", 9},      {"kharab", 11},   {"खरब", 11},
};

/* A place in the text. */
struct scan {
    const char *p, *end;
};

static inline bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static void pass_spaces(struct scan *s)
{
    while (s->p < s->end && *s->p == ' ')
        s->p++;
}

static inline bool in_word(char c)
{
    return (c >= 'a' && c <= 'z') || (unsigned char)c >= 0x80;
}

/* The power of the unit that comes next, 0 when none does (and nothing was read). */
static int read_unit(struct scan *s)
{
    const char *p = s->p;
    while (p < s->end && *p == ' ')
        p++;
    const char *from = p;
    while (p < s->end && in_word(*p))
        p++;
    struct str word = {from, (size_t)(p - from)};
    for (size_t i = 0; i < ARRAY_LEN(units); i++)
        if (str_eq(word, str_of(units[i].word))) {
            s->p = p < s->end && *p == '.' && p + 1 == s->end ? p + 1 : p; /* "cr." */
            return units[i].power;
        }
    return 0;
}

/* `lakh crore`: a smaller unit before a larger one multiplies it. Two the other way round are the
 * next part's affair, and no number. */
static int read_units(struct scan *s)
{
    int power = read_unit(s);
    int last = power;
    while (power > 0) {
        struct scan ahead = *s;
        int next = read_unit(&ahead);
        if (next <= last)
            break;
        power += next;
        last = next;
        *s = ahead;
    }
    return power;
}

/* ---- digits ---------------------------------------------------------------------------------- */

struct part {
    uint64_t units;
    int scale;
    int power;    /* of its units; 0: none */
    bool grouped; /* with commas */
    int fraction; /* digits behind the point */
};

static int too_large(struct err *err)
{
    return err_set(err, ERR_VALUE, "the number has more digits than are kept");
}

static int add_digit(struct part *p, char c, struct err *err)
{
    if (__builtin_mul_overflow(p->units, (uint64_t)10, &p->units) ||
        __builtin_add_overflow(p->units, (uint64_t)(c - '0'), &p->units))
        return too_large(err);
    return 0;
}

static int bad_groups(struct err *err)
{
    err_set(err, ERR_VALUE, "its commas stand neither as in 2,66,000 nor as in 266,000");
    err_hint(err, "a digit may be missing or too many: write it without commas to be sure");
    return ERR_VALUE;
}

/* Groups are told from the right: three digits, then twos or threes throughout, and the first not
 * longer than they are. `size` holds them from the left. */
static bool groups_fit(const int *size, int n)
{
    bool indian = true;
    bool western = true;
    for (int i = 1; i + 1 < n; i++) {
        indian = indian && size[i] == 2;
        western = western && size[i] == 3;
    }
    indian = indian && size[0] <= 2;
    western = western && size[0] <= 3;
    return size[n - 1] == 3 && (indian || western);
}

static int read_digits(struct scan *s, struct part *p, struct err *err)
{
    enum { GROUPS_MAX = 12 };
    int size[GROUPS_MAX] = {0};
    int n = 1;
    for (; s->p < s->end && (is_digit(*s->p) || *s->p == ','); s->p++) {
        if (*s->p == ',') {
            if (size[n - 1] == 0 || n == GROUPS_MAX)
                return bad_groups(err);
            n++;
            continue;
        }
        size[n - 1]++;
        TRY(add_digit(p, *s->p, err));
    }
    if (size[0] == 0)
        return not_a_number(err);
    p->grouped = n > 1;
    return n == 1 || groups_fit(size, n) ? 0 : bad_groups(err);
}

static int read_fraction(struct scan *s, struct part *p, struct err *err)
{
    if (s->p == s->end || *s->p != '.')
        return 0;
    s->p++;
    for (; s->p < s->end && is_digit(*s->p); s->p++) {
        if (p->scale == DECIMAL_SCALE_MAX)
            return too_large(err);
        TRY(add_digit(p, *s->p, err));
        p->scale++;
    }
    p->fraction = p->scale;
    return p->fraction > 0 ? 0 : not_a_number(err);
}

/* ---- parts ----------------------------------------------------------------------------------- */

static int apply_power(struct part *p, struct err *err)
{
    p->scale -= p->power;
    for (; p->scale < 0; p->scale++)
        if (__builtin_mul_overflow(p->units, (uint64_t)10, &p->units))
            return too_large(err);
    while (p->scale > 0 && p->units % 10 == 0) {
        p->units /= 10;
        p->scale--;
    }
    return 0;
}

static int read_part(struct scan *s, struct part *p, struct err *err)
{
    *p = (struct part){.units = 0};
    pass_spaces(s);
    TRY(read_digits(s, p, err));
    TRY(read_fraction(s, p, err));
    p->power = read_units(s);
    return apply_power(p, err);
}

static uint64_t ten_to(int power)
{
    uint64_t v = 1;
    for (; power > 0; power--)
        v *= 10;
    return v;
}

static int ambiguous(const char *what, struct err *err)
{
    err_set(err, ERR_VALUE, "the number may be read in two ways: %s", what);
    err_hint(err, "write it in digits alone");
    return ERR_VALUE;
}

/* `power`: of the part before. */
static int add_part(struct part *sum, const struct part *p, int power, struct err *err)
{
    if (sum->fraction > 0 || p->fraction > 0)
        return ambiguous("a fraction stands beside further parts", err);
    if (power == 0)
        return ambiguous("digits stand behind digits", err);
    if (power > DECIMAL_SCALE_MAX || p->units >= ten_to(power))
        return ambiguous("a part is larger than the unit before it", err);
    if (__builtin_add_overflow(sum->units, p->units, &sum->units))
        return too_large(err);
    return 0;
}

static int read_parts(struct scan *s, struct part *sum, struct err *err)
{
    TRY(read_part(s, sum, err));
    bool alone = sum->power == 0 && s->p == s->end;
    if (alone && sum->fraction == 3 && sum->scale == 0 && !sum->grouped)
        return ambiguous("a point before three zeros divides thousands elsewhere", err);
    int power = sum->power;
    while (s->p < s->end) {
        struct part next;
        if (*s->p != ' ' && !is_digit(*s->p))
            return *s->p == ',' || *s->p == '.' ? bad_groups(err) : not_a_number(err);
        TRY(read_part(s, &next, err));
        TRY(add_part(sum, &next, power, err));
        power = next.power;
    }
    return 0;
}

int number_parse(struct str text, struct decimal *out, struct err *err)
{
    struct plain plain;
    struct part sum;
    TRY(make_plain(text, &plain, err));
    struct scan s = {plain.text, plain.text + plain.n};
    bool minus = *s.p == '-';
    s.p += *s.p == '-' || *s.p == '+';
    TRY(read_parts(&s, &sum, err));
    if (sum.units > INT64_MAX)
        return too_large(err);
    out->units = minus ? -(int64_t)sum.units : (int64_t)sum.units;
    out->scale = sum.scale;
    return 0;
}

/* "266666.6" */
static void print(const struct decimal *d, char out[32])
{
    char digits[24];
    int n = snprintf(digits, sizeof digits, "%0*lld", d->scale + 1,
                     (long long)(d->units < 0 ? -d->units : d->units));
    snprintf(out, 32, "%s%.*s%s%s", d->units < 0 ? "-" : "", n - d->scale, digits,
             d->scale > 0 ? "." : "", digits + n - d->scale);
}

int number_whole(struct str s, int64_t *out, struct err *err)
{
    struct decimal d;
    char text[32];
    TRY(number_parse(s, &d, err));
    if (d.scale == 0) {
        *out = d.units;
        return 0;
    }
    print(&d, text);
    return err_set(err, ERR_VALUE, "the number would be %s, which is not whole", text);
}

int number_real(struct str s, double *out, struct err *err)
{
    struct decimal d;
    char text[32];
    TRY(number_parse(s, &d, err));
    print(&d, text);
    return str_to_f64(str_of(text), out);
}
