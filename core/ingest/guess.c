/* SPDX-License-Identifier: MIT
 *
 * Guessing types. A number that starts with a zero or a plus is none: it is a telephone number or a
 * code, and would not be printed as it was written. */
#include "guess.h"

#include "base/date.h"
#include "base/number.h"

/* In this order the first that is left is the answer. */
static const enum type candidates[] = {TYPE_INT64, TYPE_FLOAT64, TYPE_BOOL, TYPE_DATE};

void guess_init(struct guess *g)
{
    *g = (struct guess){.before = TYPE_STRING};
}

static bool is_digit(uint32_t c)
{
    return (c >= '0' && c <= '9') || (c >= 0x0966 && c <= 0x096F); /* Devanagari too */
}

static bool is_written_as_number(struct str s)
{
    size_t at = s.p[0] == '-' ? 1 : 0;
    uint32_t first = at < s.n ? utf8_next(s, &at) : 0;
    uint32_t second = at < s.n ? utf8_next(s, &at) : 0;
    bool zero_led = (first == '0' || first == 0x0966) && is_digit(second);
    return s.p[0] != '+' && !zero_led;
}

static bool reads_as(enum type type, struct str s)
{
    struct value ignored;
    bool number = type == TYPE_INT64 || type == TYPE_FLOAT64;
    return (!number || is_written_as_number(s)) && value_read(type, s, &ignored, NULL) == 0;
}

void guess_look(struct guess *g, struct str value, uint32_t line)
{
    enum type before = guess_type(g);
    ASSERT(value.n > 0);
    for (size_t i = 0; i < ARRAY_LEN(candidates); i++) {
        unsigned bit = 1u << candidates[i];
        if (!(g->ruled_out & bit) && !reads_as(candidates[i], value))
            g->ruled_out |= bit;
    }
    if (g->values++ > 0 && before != TYPE_STRING && guess_type(g) == TYPE_STRING) {
        g->before = before;
        g->line = line;
        aadhaar_mask(value, g->value);
    }
}

enum type guess_type(const struct guess *g)
{
    for (size_t i = 0; g->values > 0 && i < ARRAY_LEN(candidates); i++)
        if (!(g->ruled_out & 1u << candidates[i]))
            return candidates[i];
    return TYPE_STRING;
}

static int none(enum type type, const char *how, struct err *err)
{
    return err_set(err, ERR_VALUE, "the column is %s, and this is none: %s", type_name(type), how);
}

static int read_bool(struct str text, struct value *out, struct err *err)
{
    out->i = str_eq_nocase(text, STR("true"));
    if (out->i || str_eq_nocase(text, STR("false")))
        return 0;
    return none(TYPE_BOOL, "true or false", err);
}

static int read_date(struct str text, struct value *out, struct err *err)
{
    struct err why;
    int32_t day;
    if (date_parse(text, &day, &why) < 0)
        return none(TYPE_DATE, why.msg, err);
    out->i = day;
    return 0;
}

/* 5.0 is none, or a column of 1, 2.0 and 2.5 would be of two types. */
static int read_whole(struct str text, struct value *out, struct err *err)
{
    struct err why;
    double plain;
    if (str_to_i64(text, &out->i) == 0)
        return 0;
    if (str_to_f64(text, &plain) == 0)
        return none(TYPE_INT64, "a whole number of at most 19 digits", err);
    return number_whole(text, &out->i, &why) == 0 ? 0 : none(TYPE_INT64, why.msg, err);
}

static int read_real(struct str text, struct value *out, struct err *err)
{
    struct err why;
    if (str_to_f64(text, &out->f) == 0 || number_real(text, &out->f, &why) == 0)
        return 0;
    return none(TYPE_FLOAT64, why.msg, err);
}

int value_read(enum type type, struct str text, struct value *out, struct err *err)
{
    *out = (struct value){.type = type, .s = text};
    if (type == TYPE_BOOL)
        return read_bool(text, out, err);
    if (type == TYPE_DATE)
        return read_date(text, out, err);
    if (type == TYPE_INT64)
        return read_whole(text, out, err);
    if (type == TYPE_FLOAT64)
        return read_real(text, out, err);
    return 0;
}
