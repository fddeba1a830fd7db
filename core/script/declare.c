/* SPDX-License-Identifier: MIT
 *
 * Reading Lua tables by their description. Runs inside a protected call: memory that runs out is
 * raised as a Lua error; everything else is collected. */
#include "declare.h"

#include <ctype.h>
#include <lauxlib.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/json.h"
#include "base/near.h"
#include "sandbox.h"

enum { LIST_MAX = 1000, JSON_LEVELS_MAX = 16, NAME_MAX_BYTES = 63 };

static void *need(struct reader *r, void *p)
{
    if (!p)
        luaL_error(r->L, "not enough memory");
    return p;
}

static struct str keep(struct reader *r, const char *p, size_t n)
{
    return (struct str){need(r, arena_copy(r->arena, p, n)), n};
}

static struct str keep_string(struct reader *r, int index)
{
    size_t n;
    const char *p = lua_tolstring(r->L, index, &n);
    return keep(r, p, n);
}

struct err *reader_fault(struct reader *r, struct str word, int code, const char *fmt, ...)
{
    char text[ERR_MSG_BYTES];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    size_t at = r->anchor;
    bool found = word.n > 0 && source_find(r->source, r->anchor, word, &at);
    if (!found)
        at = r->anchor;
    size_t span = found ? utf8_count(word) : 1;
    return diag_add(r->diags, r->source, at, span, code, "%s, in %s", text, r->what);
}

static bool wrong_type(struct reader *r, const struct field *f, int index, const char *needed)
{
    reader_fault(r, str_of(f->name), ERR_TYPE, "\"%s\" must be %s, not a %s", f->name, needed,
                 luaL_typename(r->L, index));
    return false;
}

/* ---- single values ---- */

static bool is_name(struct str s)
{
    if (s.n == 0 || s.n > NAME_MAX_BYTES || isdigit((unsigned char)s.p[0]))
        return false;
    for (size_t i = 0; i < s.n; i++) {
        if (!isalnum((unsigned char)s.p[i]) && s.p[i] != '_')
            return false;
    }
    return true;
}

static bool read_string(struct reader *r, const struct field *f, int index, struct str *out)
{
    if (lua_type(r->L, index) != LUA_TSTRING)
        return wrong_type(r, f, index, f->kind == FIELD_QUERY ? "a query in [[ ]]" : "a string");
    *out = keep_string(r, index);
    if (utf8_check(*out) < out->n) {
        reader_fault(r, str_of(f->name), ERR_VALUE, "\"%s\" is not valid UTF-8", f->name);
        return false;
    }
    return true;
}

static bool read_name(struct reader *r, const struct field *f, int index, struct str *out)
{
    if (!read_string(r, f, index, out))
        return false;
    if (is_name(*out))
        return true;
    struct err *e = reader_fault(r, *out, ERR_VALUE, "\"%.*s\" is not a name", STR_ARG(*out));
    err_hint(e, "a name has letters a to z, digits and _, and does not begin with a digit");
    return false;
}

static bool read_scalar(struct reader *r, const struct field *f, int index, struct str *out)
{
    int type = lua_type(r->L, index);
    if (type == LUA_TBOOLEAN) {
        *out = lua_toboolean(r->L, index) ? STR("true") : STR("false");
        return true;
    }
    if (type != LUA_TSTRING && type != LUA_TNUMBER)
        return wrong_type(r, f, index, "a string, a number, true or false");
    lua_pushvalue(r->L, index); /* lua_tolstring changes a number in its place */
    *out = keep_string(r, -1);
    lua_pop(r->L, 1);
    return true;
}

static bool one_language(struct reader *r, const struct field *f, int index, const char *language,
                         struct str *out)
{
    bool ok = true;
    int type = lua_getfield(r->L, index, language);
    if (type == LUA_TSTRING)
        *out = keep_string(r, -1);
    else if (type != LUA_TNIL)
        ok = wrong_type(r, f, -1, "text or { en = text, hi = text }");
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

static bool read_text(struct reader *r, const struct field *f, int index, struct text *out)
{
    if (lua_type(r->L, index) == LUA_TSTRING) {
        out->en = keep_string(r, index);
        return true;
    }
    if (lua_type(r->L, index) != LUA_TTABLE)
        return wrong_type(r, f, index, "text or { en = text, hi = text }");
    if (!one_language(r, f, index, "en", &out->en) || !one_language(r, f, index, "hi", &out->hi) ||
        unknown_language(r, f, index))
        return false;
    if (out->en.n > 0)
        return true;
    reader_fault(r, str_of(f->name), ERR_VALUE, "\"%s\" needs its English text `en`", f->name);
    return false;
}

static bool read_boolean(struct reader *r, const struct field *f, int index, bool *out)
{
    if (lua_type(r->L, index) != LUA_TBOOLEAN)
        return wrong_type(r, f, index, "true or false");
    *out = lua_toboolean(r->L, index);
    return true;
}

static bool read_integer(struct reader *r, const struct field *f, int index, int64_t *out)
{
    int whole = 0;
    if (lua_type(r->L, index) == LUA_TNUMBER)
        *out = lua_tointegerx(r->L, index, &whole);
    return whole ? true : wrong_type(r, f, index, "a whole number");
}

static bool read_number(struct reader *r, const struct field *f, int index, struct number *out)
{
    if (lua_type(r->L, index) != LUA_TNUMBER)
        return wrong_type(r, f, index, "a number");
    out->value = lua_tonumber(r->L, index);
    out->given = isfinite(out->value);
    return out->given ? true : wrong_type(r, f, index, "a finite number");
}

static bool read_date(struct reader *r, const struct field *f, int index, int32_t *out)
{
    struct err err;
    if (lua_type(r->L, index) != LUA_TSTRING)
        return wrong_type(r, f, index, "a date as \"2021-11-20\"");
    struct str s = keep_string(r, index);
    if (date_parse(s, out, &err) == 0)
        return true;
    reader_fault(r, s, ERR_VALUE, "\"%s\": %s", f->name, err.msg);
    return false;
}

/* "2 days", "1 week", or a number of days. */
static bool read_days(struct reader *r, const struct field *f, int index, int *out)
{
    struct str s;
    if (!read_scalar(r, f, index, &s))
        return false;
    char *end;
    long n = strtol(s.p, &end, 10);
    struct str unit = str_trim(str_of(end));
    long days = str_eq(unit, STR("week")) || str_eq(unit, STR("weeks")) ? 7 : 1;
    bool known = unit.n == 0 || days == 7 || str_eq(unit, STR("day")) || str_eq(unit, STR("days"));
    if (end > s.p && known && n >= 0 && n <= 3660) {
        *out = (int)(n * days);
        return true;
    }
    struct err *e = reader_fault(r, s, ERR_VALUE, "\"%.*s\" is not a time", STR_ARG(s));
    err_hint(e, "write \"2 days\" or \"1 week\"");
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

static bool read_choice(struct reader *r, const struct field *f, int index, struct str *out)
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

static bool read_phasing(struct reader *r, const struct field *f, int index, struct str *out)
{
    if (lua_type(r->L, index) == LUA_TTABLE) {
        struct err *e = reader_fault(r, str_of(f->name), ERR_UNSUPPORTED,
                                     "a phasing by months is not supported yet");
        err_hint(e, "use \"days\" or \"working_days\"");
        return false;
    }
    struct field choice = *f;
    choice.of = "days|working_days";
    return read_choice(r, &choice, index, out);
}

/* ---- lists ---- */

/* Length of a list, or -1 after a fault. */
static lua_Integer list_length(struct reader *r, const struct field *f, int index, const char *of)
{
    if (lua_type(r->L, index) != LUA_TTABLE) {
        wrong_type(r, f, index, of);
        return -1;
    }
    lua_Integer n = (lua_Integer)lua_rawlen(r->L, index);
    if (n <= LIST_MAX)
        return n;
    reader_fault(r, str_of(f->name), ERR_LIMIT, "\"%s\" has more than %d items", f->name, LIST_MAX);
    return -1;
}

/* { title = ... } where { { ... } } was meant, or a stray name in a list. */
static bool has_names(struct reader *r, const struct field *f, int index)
{
    bool found = false;
    for (lua_pushnil(r->L); lua_next(r->L, index); lua_pop(r->L, 1)) {
        if (lua_type(r->L, -2) != LUA_TSTRING || found)
            continue;
        found = true;
        struct str key = keep_string(r, -2);
        struct err *e = reader_fault(
            r, key, ERR_TYPE, "\"%s\" is a list, but has the name \"%.*s\"", f->name, STR_ARG(key));
        err_hint(e, "put each item into braces of its own: { { ... }, { ... } }");
    }
    return found;
}

static bool read_strings(struct reader *r, const struct field *f, int index, struct strs *out)
{
    bool single = lua_type(r->L, index) == LUA_TSTRING;
    lua_Integer n = single ? 1 : list_length(r, f, index, "a list of strings");
    if (n < 0 || (!single && has_names(r, f, index)))
        return false;
    out->at = need(r, ARENA_ARRAY(r->arena, struct str, (size_t)n));
    out->n = (size_t)n;
    bool ok = true;
    for (lua_Integer i = 1; i <= n; i++) {
        if (single)
            lua_pushvalue(r->L, index);
        else
            lua_rawgeti(r->L, index, i);
        ok = read_string(r, f, lua_gettop(r->L), &out->at[i - 1]) && ok;
        lua_pop(r->L, 1);
    }
    return ok;
}

static bool read_numbers(struct reader *r, const struct field *f, int index, struct nums *out)
{
    lua_Integer n = list_length(r, f, index, "a list of numbers");
    if (n < 0)
        return false;
    out->at = need(r, ARENA_ARRAY(r->arena, double, (size_t)n));
    out->n = (size_t)n;
    bool ok = true;
    for (lua_Integer i = 1; i <= n; i++) {
        struct number v = {0};
        lua_rawgeti(r->L, index, i);
        ok = read_number(r, f, lua_gettop(r->L), &v) && ok;
        out->at[i - 1] = v.value;
        lua_pop(r->L, 1);
    }
    return ok;
}

static int day_cmp(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a;
    int32_t y = *(const int32_t *)b;
    return x < y ? -1 : x > y;
}

static bool read_dates(struct reader *r, const struct field *f, int index, struct days *out)
{
    lua_Integer n = list_length(r, f, index, "a list of dates");
    if (n < 0)
        return false;
    out->at = need(r, ARENA_ARRAY(r->arena, int32_t, (size_t)n));
    out->n = (size_t)n;
    bool ok = true;
    for (lua_Integer i = 1; i <= n; i++) {
        lua_rawgeti(r->L, index, i);
        ok = read_date(r, f, lua_gettop(r->L), &out->at[i - 1]) && ok;
        lua_pop(r->L, 1);
    }
    qsort(out->at, out->n, sizeof *out->at, day_cmp);
    return ok;
}

static size_t count_pairs(lua_State *L, int index)
{
    size_t n = 0;
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1))
        n++;
    return n;
}

static bool read_code(struct reader *r, const struct field *f, struct code_value *out)
{
    int is_code = 0;
    int is_count = 0;
    if (lua_type(r->L, -2) == LUA_TNUMBER)
        out->code = lua_tointegerx(r->L, -2, &is_code);
    if (lua_type(r->L, -1) == LUA_TNUMBER)
        out->value = lua_tointegerx(r->L, -1, &is_count);
    if (!is_code) {
        struct str key = STR_NULL;
        if (lua_type(r->L, -2) == LUA_TSTRING)
            key = keep_string(r, -2);
        struct err *e =
            reader_fault(r, key, ERR_TYPE, "\"%s\" has the key \"%.*s\"", f->name, STR_ARG(key));
        err_hint(e, "places are named by their LGD code in brackets: { [607] = 120000 }");
        return false;
    }
    if (is_count && out->value >= 0)
        return true;
    char code[32];
    snprintf(code, sizeof code, "%lld", (long long)out->code);
    reader_fault(r, str_of(code), ERR_VALUE,
                 "the count of [%s] in \"%s\" is not a whole number from 0 on", code, f->name);
    return false;
}

static int code_cmp(const void *a, const void *b)
{
    const struct code_value *x = a;
    const struct code_value *y = b;
    return x->code < y->code ? -1 : x->code > y->code;
}

static bool read_codes(struct reader *r, const struct field *f, int index, struct codes *out)
{
    if (lua_type(r->L, index) != LUA_TTABLE)
        return wrong_type(r, f, index, "a table { [code] = count }");
    size_t n = count_pairs(r->L, index);
    out->at = need(r, ARENA_ARRAY(r->arena, struct code_value, n));
    bool ok = true;
    for (lua_pushnil(r->L); lua_next(r->L, index); lua_pop(r->L, 1))
        ok = read_code(r, f, &out->at[out->n++]) && ok;
    qsort(out->at, out->n, sizeof *out->at, code_cmp);
    return ok;
}

static bool read_queries(struct reader *r, const struct field *f, int index, struct named *out)
{
    if (lua_type(r->L, index) != LUA_TTABLE)
        return wrong_type(r, f, index, "a table { name = [[query]] }");
    size_t n = count_pairs(r->L, index);
    out->name = need(r, ARENA_ARRAY(r->arena, struct str, n));
    out->text = need(r, ARENA_ARRAY(r->arena, struct str, n));
    for (lua_pushnil(r->L); lua_next(r->L, index); lua_pop(r->L, 1)) {
        if (lua_type(r->L, -2) != LUA_TSTRING || lua_type(r->L, -1) != LUA_TSTRING) {
            lua_pop(r->L, 2);
            return wrong_type(r, f, index, "a table { name = [[query]] }");
        }
        out->name[out->n] = keep_string(r, -2);
        out->text[out->n++] = keep_string(r, -1);
    }
    return true;
}

static bool read_records(struct reader *r, const struct field *f, int index, struct records *out)
{
    lua_Integer n = list_length(r, f, index, "a list of tables");
    if (n < 0 || has_names(r, f, index))
        return false;
    out->at = need(r, arena_array(r->arena, (size_t)n, f->record->bytes));
    out->n = (size_t)n;
    bool ok = true;
    size_t anchor = r->anchor;
    for (lua_Integer i = 1; i <= n; i++) {
        lua_rawgeti(r->L, index, i);
        int item = lua_gettop(r->L);
        if (lua_type(r->L, item) == LUA_TTABLE) {
            void *at = (char *)out->at + (size_t)(i - 1) * f->record->bytes;
            ok = record_read(r, item, f->record, at) && ok;
        } else {
            ok = wrong_type(r, f, item, "a list of tables { { \"name\", ... }, ... }");
        }
        lua_pop(r->L, 1);
    }
    r->anchor = anchor;
    return ok;
}

/* ---- tables of tests ---- */

/* Texts of one row of a list; a hole is nothing. */
static bool read_cells(struct reader *r, const struct field *f, int row, struct grid *g, size_t at)
{
    bool ok = true;
    for (size_t c = 0; c < g->cols; c++) {
        if (lua_rawgeti(r->L, row, (lua_Integer)c + 1) != LUA_TNIL)
            ok = read_scalar(r, f, lua_gettop(r->L), &g->cell[at * g->cols + c]) && ok;
        lua_pop(r->L, 1);
    }
    return ok;
}

/* The list of rows on top. */
static bool read_grid(struct reader *r, const struct field *f, struct grid *g)
{
    int list = lua_gettop(r->L);
    lua_Integer n = list_length(r, f, list, "a table { name = { { \"column\" }, { value } } }");
    if (n < 0)
        return false;
    bool ok = true;
    for (lua_Integer i = 1; i <= n; i++) {
        if (lua_rawgeti(r->L, list, i) != LUA_TTABLE) {
            ok = wrong_type(r, f, lua_gettop(r->L), "made of rows { value, value }");
            lua_pop(r->L, 1);
            break;
        }
        if (i == 1) {
            g->rows = (size_t)n;
            g->cols = (size_t)lua_rawlen(r->L, -1);
            g->cell = need(r, ARENA_ARRAY(r->arena, struct str, g->rows * g->cols));
        }
        ok = read_cells(r, f, lua_gettop(r->L), g, (size_t)(i - 1)) && ok;
        lua_pop(r->L, 1);
    }
    return ok;
}

static bool read_grids(struct reader *r, const struct field *f, int index, struct grids *out)
{
    if (lua_type(r->L, index) != LUA_TTABLE)
        return wrong_type(r, f, index, "a table { name = list of rows }");
    size_t n = count_pairs(r->L, index);
    out->at = need(r, ARENA_ARRAY(r->arena, struct grid, n));
    bool ok = true;
    for (lua_pushnil(r->L); lua_next(r->L, index); lua_pop(r->L, 1)) {
        if (lua_type(r->L, -2) != LUA_TSTRING) {
            lua_pop(r->L, 2);
            return wrong_type(r, f, index, "a table { name = list of rows }");
        }
        struct grid *g = &out->at[out->n++];
        g->name = keep_string(r, -2);
        ok = read_grid(r, f, g) && ok;
    }
    return ok;
}

static bool read_pairs(struct reader *r, const struct field *f, int index, struct pairs *out)
{
    if (lua_type(r->L, index) != LUA_TTABLE)
        return wrong_type(r, f, index, "a table { name = value }");
    size_t n = count_pairs(r->L, index);
    bool ok = true;
    out->name = need(r, ARENA_ARRAY(r->arena, struct str, n));
    out->value = need(r, ARENA_ARRAY(r->arena, struct str, n));
    for (lua_pushnil(r->L); lua_next(r->L, index); lua_pop(r->L, 1)) {
        if (lua_type(r->L, -2) != LUA_TSTRING) {
            lua_pop(r->L, 2);
            return wrong_type(r, f, index, "a table { name = value }");
        }
        out->name[out->n] = keep_string(r, -2);
        ok = read_scalar(r, f, lua_gettop(r->L), &out->value[out->n]) && ok;
        out->n++;
    }
    return ok;
}

static bool read_expect(struct reader *r, const struct field *f, int index, struct expected *out)
{
    lua_Integer n = list_length(r, f, index, "a list of rows { column = value }");
    if (n < 0)
        return false;
    bool ok = true;
    out->row = need(r, ARENA_ARRAY(r->arena, struct pairs, (size_t)n));
    out->n = (size_t)n;
    for (lua_Integer i = 1; i <= n; i++) {
        lua_rawgeti(r->L, index, i);
        ok = read_pairs(r, f, lua_gettop(r->L), &out->row[i - 1]) && ok;
        lua_pop(r->L, 1);
    }
    out->has_total = lua_getfield(r->L, index, "total") != LUA_TNIL;
    if (out->has_total)
        ok = read_pairs(r, f, lua_gettop(r->L), &out->total) && ok;
    lua_pop(r->L, 1);
    return ok;
}

/* ---- JSON ---- */

struct json_out {
    struct reader *r;
    struct json json;
};

static void put_json(struct json_out *o, int index, int level);

static int string_cmp(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Members in the order of their names, so that the same text comes out every time. */
static void put_object(struct json_out *o, int index, int level)
{
    lua_State *L = o->r->L;
    size_t n = count_pairs(L, index);
    const char **key = need(o->r, arena_array(o->r->arena, n, sizeof *key));
    size_t i = 0;
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
        if (lua_type(L, -2) == LUA_TSTRING)
            key[i++] = lua_tostring(L, -2); /* stays alive in the table */
    }
    qsort(key, i, sizeof *key, string_cmp);
    json_object(&o->json);
    for (size_t k = 0; k < i; k++) {
        json_key(&o->json, key[k]);
        lua_getfield(L, index, key[k]);
        put_json(o, lua_gettop(L), level + 1);
        lua_pop(L, 1);
    }
    json_object_end(&o->json);
}

static void put_array(struct json_out *o, int index, int level)
{
    lua_State *L = o->r->L;
    json_array(&o->json);
    lua_Integer n = (lua_Integer)lua_rawlen(L, index);
    for (lua_Integer i = 1; i <= n; i++) {
        lua_rawgeti(L, index, i);
        put_json(o, lua_gettop(L), level + 1);
        lua_pop(L, 1);
    }
    json_array_end(&o->json);
}

static void put_number(struct json_out *o, int index)
{
    if (lua_isinteger(o->r->L, index))
        json_i64(&o->json, lua_tointeger(o->r->L, index));
    else
        json_f64(&o->json, lua_tonumber(o->r->L, index));
}

static void put_json(struct json_out *o, int index, int level)
{
    lua_State *L = o->r->L;
    luaL_checkstack(L, 8, "nested too deeply");
    switch (lua_type(L, index)) {
    case LUA_TTABLE:
        if (level > JSON_LEVELS_MAX) {
            json_null(&o->json);
            return;
        }
        if (lua_rawlen(L, index) > 0)
            put_array(o, index, level);
        else
            put_object(o, index, level);
        return;
    case LUA_TNUMBER:
        put_number(o, index);
        return;
    case LUA_TBOOLEAN:
        json_bool(&o->json, lua_toboolean(L, index));
        return;
    case LUA_TSTRING:
        json_cstr(&o->json, lua_tostring(L, index));
        return;
    default:
        json_null(&o->json);
    }
}

static bool read_json(struct reader *r, const struct field *f, int index, struct str *out)
{
    if (lua_type(r->L, index) != LUA_TTABLE)
        return wrong_type(r, f, index, "a table");
    struct json_out o = {.r = r};
    struct buf *b = sandbox_scratch(r->L);
    json_init(&o.json, b);
    put_json(&o, index, 0);
    *out = (struct str){b->failed ? NULL : arena_copy(r->arena, b->p, b->n), b->n};
    if (!out->p)
        luaL_error(r->L, "not enough memory");
    return true;
}

/* ---- fields ---- */

static bool read_field(struct reader *r, const struct field *f, int index, void *record)
{
    void *out = (char *)record + f->offset;
    switch (f->kind) {
    case FIELD_STRING:
    case FIELD_QUERY:
        return read_string(r, f, index, out);
    case FIELD_NAME:
        return read_name(r, f, index, out);
    case FIELD_SCALAR:
        return read_scalar(r, f, index, out);
    case FIELD_TEXT:
        return read_text(r, f, index, out);
    case FIELD_BOOLEAN:
        return read_boolean(r, f, index, out);
    case FIELD_INTEGER:
        return read_integer(r, f, index, out);
    case FIELD_NUMBER:
        return read_number(r, f, index, out);
    case FIELD_DATE:
        return read_date(r, f, index, out);
    case FIELD_DAYS:
        return read_days(r, f, index, out);
    case FIELD_CHOICE:
        return read_choice(r, f, index, out);
    case FIELD_STRINGS:
        return read_strings(r, f, index, out);
    case FIELD_NUMBERS:
        return read_numbers(r, f, index, out);
    case FIELD_DATES:
        return read_dates(r, f, index, out);
    case FIELD_CODES:
        return read_codes(r, f, index, out);
    case FIELD_QUERIES:
        return read_queries(r, f, index, out);
    case FIELD_RECORDS:
        return read_records(r, f, index, out);
    case FIELD_JSON:
        return read_json(r, f, index, out);
    case FIELD_GRIDS:
        return read_grids(r, f, index, out);
    case FIELD_PAIRS:
        return read_pairs(r, f, index, out);
    case FIELD_EXPECT:
        return read_expect(r, f, index, out);
    case FIELD_PHASING:
        return read_phasing(r, f, index, out);
    case FIELD_FUNCTION:
        if (lua_type(r->L, index) != LUA_TFUNCTION)
            return wrong_type(r, f, index, "a function");
        *(bool *)out = true;
        return true;
    case FIELD_ANY:
        *(bool *)out = true;
        return true;
    }
    UNREACHABLE();
}

/* The field's value on the stack: by its name, or by its number in the list part. */
static int push_field(struct reader *r, const struct field *f, int index)
{
    lua_pushstring(r->L, f->name);
    int type = lua_rawget(r->L, index);
    if (type != LUA_TNIL || f->item == 0)
        return type;
    lua_pop(r->L, 1);
    return lua_rawgeti(r->L, index, f->item);
}

static const struct field *field_find(const struct record *record, const char *name)
{
    for (size_t i = 0; i < record->fields; i++) {
        if (strcmp(record->field[i].name, name) == 0)
            return &record->field[i];
    }
    return NULL;
}

static bool item_exists(const struct record *record, lua_Integer item)
{
    for (size_t i = 0; i < record->fields; i++) {
        if (record->field[i].item == item)
            return true;
    }
    return false;
}

/* A name that is no field. `guessed` gets the field that was probably meant, so that it is not told
 * as missing as well. */
static void unknown_field(struct reader *r, const struct record *record, struct str key,
                          uint64_t *guessed)
{
    struct err *e =
        reader_fault(r, key, ERR_UNKNOWN_NAME, "unknown field \"%.*s\"%s%s", STR_ARG(key),
                     record == r->record ? "" : " of a ", record == r->record ? "" : record->name);
    struct near_list near;
    near_init(&near);
    for (size_t i = 0; i < record->fields; i++)
        near_offer(&near, key, str_of(record->field[i].name));
    near_hint(&near, e);
    for (size_t i = 0; i < record->fields && near.n > 0; i++) {
        if (str_eq(near.name[0], str_of(record->field[i].name)))
            *guessed |= UINT64_C(1) << i;
    }
}

/* The key below the value on top is a field of the record. */
static bool check_key(struct reader *r, const struct record *record, uint64_t *guessed)
{
    if (lua_type(r->L, -2) == LUA_TSTRING) {
        struct str key = keep_string(r, -2);
        if (field_find(record, key.p))
            return true;
        unknown_field(r, record, key, guessed);
        return false;
    }
    if (lua_isinteger(r->L, -2) && item_exists(record, lua_tointeger(r->L, -2)))
        return true;
    struct str word = STR_NULL;
    if (lua_type(r->L, -1) == LUA_TSTRING)
        word = keep_string(r, -1);
    struct err *e =
        reader_fault(r, word, ERR_UNKNOWN_NAME, "a value without a name: \"%.*s\"", STR_ARG(word));
    err_hint(e, "write `name = value`; look for a missing name or a stray comma");
    return false;
}

/* Mistakes inside a list item are looked for from its name on. */
static void move_anchor(struct reader *r, int index)
{
    size_t at;
    if (lua_rawgeti(r->L, index, 1) == LUA_TSTRING) {
        struct str name = keep_string(r, -1);
        char quoted[NAME_MAX_BYTES + 3];
        int n = snprintf(quoted, sizeof quoted, "\"%s\"", name.p);
        if (n < (int)sizeof quoted &&
            source_find(r->source, r->anchor, (struct str){quoted, (size_t)n}, &at))
            r->anchor = at;
    }
    lua_pop(r->L, 1);
}

static bool missing(struct reader *r, const struct field *f, const struct record *record)
{
    struct err *e =
        reader_fault(r, STR_NULL, ERR_VALUE, "\"%s\" is missing%s%s", f->name,
                     record == r->record ? "" : " for a ", record == r->record ? "" : record->name);
    err_hint(e, "%s: %s", f->name, f->doc);
    return false;
}

bool record_read(struct reader *r, int index, const struct record *record, void *out)
{
    bool ok = true;
    uint64_t guessed = 0;
    ASSERT(record->fields <= 64);
    luaL_checkstack(r->L, 16, "nested too deeply");
    if (record != r->record)
        move_anchor(r, index);
    for (lua_pushnil(r->L); lua_next(r->L, index); lua_pop(r->L, 1))
        ok = check_key(r, record, &guessed) && ok;
    for (size_t i = 0; i < record->fields; i++) {
        const struct field *f = &record->field[i];
        if (f->kind == FIELD_DATE)
            *(int32_t *)(void *)((char *)out + f->offset) = DAY_NONE;
        if (push_field(r, f, index) != LUA_TNIL)
            ok = read_field(r, f, lua_gettop(r->L), out) && ok;
        else if (f->required && !(guessed >> i & 1))
            ok = missing(r, f, record);
        lua_pop(r->L, 1);
    }
    return ok;
}
