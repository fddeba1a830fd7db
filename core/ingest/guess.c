/* SPDX-License-Identifier: MIT
 *
 * Guessing types. A number that starts with a zero or a plus is none: it is a telephone number or a
 * code, and would not be printed as it was written. */
#include "guess.h"

#include "base/date.h"

/* In this order the first that is left is the answer. */
static const enum type candidates[] = {TYPE_INT64, TYPE_FLOAT64, TYPE_BOOL, TYPE_DATE};

void guess_init(struct guess *g)
{
    *g = (struct guess){.before = TYPE_STRING};
}

static bool is_written_as_number(struct str s)
{
    size_t at = s.p[0] == '-' ? 1 : 0;
    bool zero_led = s.n > at + 1 && s.p[at] == '0' && s.p[at + 1] >= '0' && s.p[at + 1] <= '9';
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

int value_read(enum type type, struct str text, struct value *out, struct err *err)
{
    *out = (struct value){.type = type, .s = text};
    if (type == TYPE_BOOL)
        return read_bool(text, out, err);
    if (type == TYPE_DATE)
        return read_date(text, out, err);
    if (type == TYPE_INT64 && str_to_i64(text, &out->i) < 0)
        return none(type, "a whole number of at most 19 digits", err);
    if (type == TYPE_FLOAT64 && str_to_f64(text, &out->f) < 0)
        return none(type, "digits, and a point for the fraction", err);
    return 0;
}
