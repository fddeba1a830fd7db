/* SPDX-License-Identifier: MIT
 *
 * Reading single values of a declaration: texts in two languages, numbers, dates, choices. */
#include "read.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/near.h"

static bool is_name(struct str s)
{
    if (s.n == 0 || s.n > NAME_LENGTH_MAX || isdigit((unsigned char)s.p[0]))
        return false;
    for (size_t i = 0; i < s.n; i++) {
        if (!isalnum((unsigned char)s.p[i]) && s.p[i] != '_')
            return false;
    }
    return true;
}

bool read_string(struct reader *r, const struct field *f, int index, struct str *out)
{
    if (lua_type(r->L, index) != LUA_TSTRING)
        return reader_wrong_type(r, f, index,
                                 f->kind == FIELD_QUERY ? "a query in [[ ]]" : "a string");
    *out = reader_keep_string(r, index);
    if (utf8_check(*out) < out->n) {
        reader_fault(r, str_of(f->name), ERR_VALUE, "\"%s\" is not valid UTF-8", f->name);
        return false;
    }
    return true;
}

bool read_name(struct reader *r, const struct field *f, int index, struct str *out)
{
    if (!read_string(r, f, index, out))
        return false;
    if (is_name(*out))
        return true;
    struct err *e = reader_fault(r, *out, ERR_VALUE, "\"%.*s\" is not a name", STR_ARG(*out));
    err_hint(e, "a name has letters a to z, digits and _, and does not begin with a digit");
    return false;
}

bool read_scalar(struct reader *r, const struct field *f, int index, struct str *out)
{
    int type = lua_type(r->L, index);
    if (type == LUA_TBOOLEAN) {
        *out = lua_toboolean(r->L, index) ? STR("true") : STR("false");
        return true;
    }
    if (type != LUA_TSTRING && type != LUA_TNUMBER)
        return reader_wrong_type(r, f, index, "a string, a number, true or false");
    lua_pushvalue(r->L, index); /* lua_tolstring changes a number in its place */
    *out = reader_keep_string(r, -1);
    lua_pop(r->L, 1);
    return true;
}

static bool one_language(struct reader *r, const struct field *f, int index, const char *language,
                         struct str *out)
{
    bool ok = true;
    int type = lua_getfield(r->L, index, language);
    if (type == LUA_TSTRING)
        *out = reader_keep_string(r, -1);
    else if (type != LUA_TNIL)
        ok = reader_wrong_type(r, f, -1, "text or { en = text, hi = text }");
    lua_pop(r->L, 1);
    return ok;
}

static bool unknown_language(struct reader *r, const struct field *f, int index)
{
    bool ok = true;
    for (lua_pushnil(r->L); lua_next(r->L, index); lua_pop(r->L, 1)) {
        const char *key = lua_type(r->L, -2) == LUA_TSTRING ? lua_tostring(r->L, -2) : "?";
        if (strcmp(key, "en") == 0 || strcmp(key, "hi") == 0)
            continue;
        ok = false;
        struct err *e = reader_fault(r, str_of(key), ERR_UNKNOWN_NAME,
                                     "unknown language \"%s\" of \"%s\"", key, f->name);
        err_hint(e, "texts have en (English) and hi (Hindi)");
    }
    return !ok;
}

bool read_text(struct reader *r, const struct field *f, int index, struct text *out)
{
    if (lua_type(r->L, index) == LUA_TSTRING) {
        out->en = reader_keep_string(r, index);
        return true;
    }
    if (lua_type(r->L, index) != LUA_TTABLE)
        return reader_wrong_type(r, f, index, "text or { en = text, hi = text }");
    if (!one_language(r, f, index, "en", &out->en) || !one_language(r, f, index, "hi", &out->hi) ||
        unknown_language(r, f, index))
        return false;
    if (out->en.n > 0)
        return true;
    reader_fault(r, str_of(f->name), ERR_VALUE, "\"%s\" needs its English text `en`", f->name);
    return false;
}

bool read_boolean(struct reader *r, const struct field *f, int index, bool *out)
{
    if (lua_type(r->L, index) != LUA_TBOOLEAN)
        return reader_wrong_type(r, f, index, "true or false");
    *out = lua_toboolean(r->L, index);
    return true;
}

bool read_integer(struct reader *r, const struct field *f, int index, int64_t *out)
{
    int whole = 0;
    if (lua_type(r->L, index) == LUA_TNUMBER)
        *out = lua_tointegerx(r->L, index, &whole);
    return whole ? true : reader_wrong_type(r, f, index, "a whole number");
}

bool read_number(struct reader *r, const struct field *f, int index, struct number *out)
{
    if (lua_type(r->L, index) != LUA_TNUMBER)
        return reader_wrong_type(r, f, index, "a number");
    out->value = lua_tonumber(r->L, index);
    out->given = isfinite(out->value);
    return out->given ? true : reader_wrong_type(r, f, index, "a finite number");
}

bool read_date(struct reader *r, const struct field *f, int index, int32_t *out)
{
    struct err err;
    if (lua_type(r->L, index) != LUA_TSTRING)
        return reader_wrong_type(r, f, index, "a date as \"2021-11-20\"");
    struct str s = reader_keep_string(r, index);
    if (date_parse(s, out, &err) == 0)
        return true;
    reader_fault(r, s, ERR_VALUE, "\"%s\": %s", f->name, err.msg);
    return false;
}

/* Units of time: those of the clock in milliseconds, the others in days. */
static const struct {
    const char *one, *many;
    int64_t n;
    bool clock;
} span_units[] = {
    {"", "", 1, false},
    {"day", "days", 1, false},
    {"week", "weeks", 7, false},
    {"hour", "hours", 3600000, true},
    {"minute", "minutes", 60000, true},
};

/* "2 days", "1 week", "30 minutes", or a number of days. */
bool read_span(struct reader *r, const struct field *f, int index, struct span *out)
{
    struct str s;
    if (!read_scalar(r, f, index, &s))
        return false;
    char *end;
    long n = strtol(s.p, &end, 10);
    struct str unit = str_trim(str_of(end));
    for (size_t i = 0; end > s.p && n >= 0 && n <= 3660 && i < ARRAY_LEN(span_units); i++) {
        if (!str_eq(unit, str_of(span_units[i].one)) && !str_eq(unit, str_of(span_units[i].many)))
            continue;
        *out = (struct span){true, n * span_units[i].n, span_units[i].clock};
        return true;
    }
    struct err *e = reader_fault(r, s, ERR_VALUE, "\"%.*s\" is not a time", STR_ARG(s));
    err_hint(e, "write \"2 days\", \"1 week\", \"6 hours\" or \"30 minutes\"");
    return false;
}

static bool in_choices(const char *of, struct str s)
{
    for (const char *p = of; *p;) {
        const char *end = strchrnul(p, '|');
        if (str_eq(s, (struct str){p, (size_t)(end - p)}))
            return true;
        p = *end ? end + 1 : end;
    }
    return false;
}

static void near_choice(const char *of, struct str s, struct err *e)
{
    struct near_list near;
    near_init(&near);
    char all[256] = "";
    size_t n = 0;
    for (const char *p = of; *p;) {
        const char *end = strchrnul(p, '|');
        near_offer(&near, s, (struct str){p, (size_t)(end - p)});
        n += (size_t)snprintf(all + n, sizeof all - n, "%s%.*s", n ? ", " : "", (int)(end - p), p);
        if (n >= sizeof all)
            break;
        p = *end ? end + 1 : end;
    }
    if (near.n > 0)
        near_hint(&near, e);
    else
        err_hint(e, "one of: %s", all);
}

bool read_choice(struct reader *r, const struct field *f, int index, struct str *out)
{
    if (!read_string(r, f, index, out))
        return false;
    if (in_choices(f->of, *out))
        return true;
    struct err *e = reader_fault(r, *out, ERR_VALUE, "\"%.*s\" is not a value of \"%s\"",
                                 STR_ARG(*out), f->name);
    near_choice(f->of, *out, e);
    return false;
}

bool read_phasing(struct reader *r, const struct field *f, int index, struct phasing *out)
{
    if (lua_type(r->L, index) == LUA_TTABLE)
        return read_numbers(r, f, index, &out->months);
    struct field choice = *f;
    choice.of = "days|working_days";
    return read_choice(r, &choice, index, &out->by);
}
