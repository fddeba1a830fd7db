/* SPDX-License-Identifier: MIT
 *
 * Reading lists and tables of a declaration, those of its tests included. */
#include "base/date.h"
#include "read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LIST_MAX = 1000 };

#define COUNT_MAX INT64_C(1000000000000) /* of a place: sums of them stay whole numbers */

/* Length of a list, or -1 after a fault. */
lua_Integer reader_list_length(struct reader *r, const struct field *f, int index, const char *of)
{
    if (lua_type(r->L, index) != LUA_TTABLE) {
        reader_wrong_type(r, f, index, of);
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
        struct str key = reader_keep_string(r, -2);
        struct err *e = reader_fault(
            r, key, ERR_TYPE, "\"%s\" is a list, but has the name \"%.*s\"", f->name, STR_ARG(key));
        err_hint(e, "put each item into braces of its own: { { ... }, { ... } }");
    }
    return found;
}

bool read_strings(struct reader *r, const struct field *f, int index, struct strs *out)
{
    bool single = lua_type(r->L, index) == LUA_TSTRING;
    lua_Integer n = single ? 1 : reader_list_length(r, f, index, "a list of strings");
    if (n < 0 || (!single && has_names(r, f, index)))
        return false;
    out->at = reader_need(r, ARENA_ARRAY(r->arena, struct str, (size_t)n));
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

bool read_numbers(struct reader *r, const struct field *f, int index, struct nums *out)
{
    lua_Integer n = reader_list_length(r, f, index, "a list of numbers");
    if (n < 0)
        return false;
    out->at = reader_need(r, ARENA_ARRAY(r->arena, double, (size_t)n));
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

bool read_dates(struct reader *r, const struct field *f, int index, struct days *out)
{
    lua_Integer n = reader_list_length(r, f, index, "a list of dates");
    if (n < 0)
        return false;
    out->at = reader_need(r, ARENA_ARRAY(r->arena, int32_t, (size_t)n));
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

size_t reader_count_pairs(lua_State *L, int index)
{
    size_t n = 0;
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1))
        n++;
    return n;
}

/* The pair of a code and what stands for it on the top of the stack. */
static bool code_key(struct reader *r, const struct field *f, int64_t *code)
{
    int is_code = 0;
    if (lua_type(r->L, -2) == LUA_TNUMBER)
        *code = lua_tointegerx(r->L, -2, &is_code);
    if (is_code)
        return true;
    struct str key = STR_NULL;
    if (lua_type(r->L, -2) == LUA_TSTRING)
        key = reader_keep_string(r, -2);
    struct err *e =
        reader_fault(r, key, ERR_TYPE, "\"%s\" has the key \"%.*s\"", f->name, STR_ARG(key));
    err_hint(e, "places are named by their LGD code in brackets: { [607] = 120000 }");
    return false;
}

static bool code_count(struct reader *r, const struct field *f, struct code_value *out)
{
    int is_count = 0;
    if (lua_type(r->L, -1) == LUA_TNUMBER)
        out->value = lua_tointegerx(r->L, -1, &is_count);
    if (is_count && out->value >= 0 && out->value <= COUNT_MAX)
        return true;
    bool large = is_count && out->value > COUNT_MAX;
    out->value = 0; /* so that the rest can be reckoned */
    const char *why = large ? "too large" : "not a whole number from 0 on";
    char code[32];
    snprintf(code, sizeof code, "%lld", (long long)out->code);
    if (out->part.p)
        reader_fault(r, out->part, ERR_VALUE, "the count of [%s] in \"%s\" for \"%.*s\" is %s",
                     code, f->name, STR_ARG(out->part), why);
    else
        reader_fault(r, str_of(code), ERR_VALUE, "the count of [%s] in \"%s\" is %s", code, f->name,
                     why);
    return false;
}

/* A sector may be named by its code. */
static struct str part_name(struct reader *r)
{
    if (lua_type(r->L, -2) == LUA_TSTRING)
        return reader_keep_string(r, -2);
    char text[32];
    snprintf(text, sizeof text, "%lld", (long long)lua_tointeger(r->L, -2));
    struct str kept = str_copy(r->arena, str_of(text));
    if (!kept.p)
        lua_error(r->L);
    return kept;
}

/* { part = count } of one code, on the top of the stack. */
static bool read_parts(struct reader *r, const struct field *f, int64_t code, struct codes *out)
{
    bool ok = true;
    int index = lua_gettop(r->L);
    for (lua_pushnil(r->L); lua_next(r->L, index); lua_pop(r->L, 1)) {
        struct code_value *at = &out->at[out->n++];
        *at = (struct code_value){.code = code, .part = part_name(r)};
        ok = code_count(r, f, at) && ok;
    }
    return ok;
}

static int code_cmp(const void *a, const void *b)
{
    const struct code_value *x = a;
    const struct code_value *y = b;
    if (x->code != y->code)
        return x->code < y->code ? -1 : 1;
    return str_cmp(x->part, y->part);
}

static size_t count_figures(lua_State *L, int index)
{
    size_t n = 0;
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1))
        n += lua_type(L, -1) == LUA_TTABLE ? reader_count_pairs(L, lua_gettop(L)) : 1;
    return n;
}

bool read_codes(struct reader *r, const struct field *f, int index, struct codes *out)
{
    if (lua_type(r->L, index) != LUA_TTABLE)
        return reader_wrong_type(r, f, index, "a table { [code] = count }");
    size_t n = count_figures(r->L, index);
    out->at = reader_need(r, ARENA_ARRAY(r->arena, struct code_value, n));
    bool ok = true;
    for (lua_pushnil(r->L); lua_next(r->L, index); lua_pop(r->L, 1)) {
        int64_t code = 0;
        if (!code_key(r, f, &code)) {
            ok = false;
        } else if (lua_type(r->L, -1) == LUA_TTABLE) {
            ok = read_parts(r, f, code, out) && ok;
        } else {
            struct code_value *at = &out->at[out->n++];
            *at = (struct code_value){.code = code, .part = STR_NULL};
            ok = code_count(r, f, at) && ok;
        }
    }
    qsort(out->at, out->n, sizeof *out->at, code_cmp);
    return ok;
}

bool read_queries(struct reader *r, const struct field *f, int index, struct named *out)
{
    if (lua_type(r->L, index) != LUA_TTABLE)
        return reader_wrong_type(r, f, index, "a table { name = [[query]] }");
    size_t n = reader_count_pairs(r->L, index);
    out->name = reader_need(r, ARENA_ARRAY(r->arena, struct str, n));
    out->text = reader_need(r, ARENA_ARRAY(r->arena, struct str, n));
    for (lua_pushnil(r->L); lua_next(r->L, index); lua_pop(r->L, 1)) {
        if (lua_type(r->L, -2) != LUA_TSTRING || lua_type(r->L, -1) != LUA_TSTRING) {
            lua_pop(r->L, 2);
            return reader_wrong_type(r, f, index, "a table { name = [[query]] }");
        }
        out->name[out->n] = reader_keep_string(r, -2);
        out->text[out->n++] = reader_keep_string(r, -1);
    }
    return true;
}

/* { "F", "M" } stands for { { "F" }, { "M" } }. */
static void wrap_text(lua_State *L)
{
    lua_createtable(L, 1, 0);
    lua_insert(L, -2);
    lua_rawseti(L, -2, 1);
}

static bool read_items(struct reader *r, const struct field *f, int index, struct records *out)
{
    lua_Integer n = reader_list_length(r, f, index, "a list of tables");
    if (n < 0 || has_names(r, f, index))
        return false;
    out->at = reader_need(r, arena_array(r->arena, (size_t)n, f->record->bytes));
    out->n = (size_t)n;
    bool ok = true;
    size_t anchor = r->anchor;
    for (lua_Integer i = 1; i <= n; i++) {
        lua_rawgeti(r->L, index, i);
        int item = lua_gettop(r->L);
        if (f->of && lua_type(r->L, item) == LUA_TSTRING)
            wrap_text(r->L);
        if (lua_type(r->L, item) == LUA_TTABLE) {
            void *at = (char *)out->at + (size_t)(i - 1) * f->record->bytes;
            ok = record_read(r, item, f->record, at) && ok;
        } else {
            ok = reader_wrong_type(r, f, item, "a list of tables { { \"name\", ... }, ... }");
        }
        lua_pop(r->L, 1);
    }
    r->anchor = anchor;
    return ok;
}

/* "warning" stands for { { "warning" } } where the first field may be given without its name. */
static int lone_string(struct reader *r, const struct field *f, int index)
{
    if (lua_type(r->L, index) != LUA_TSTRING || f->record->field[0].item != 1)
        return index;
    lua_pushvalue(r->L, index);
    wrap_text(r->L);
    wrap_text(r->L);
    return lua_gettop(r->L);
}

bool read_records(struct reader *r, const struct field *f, int index, struct records *out)
{
    int top = lua_gettop(r->L);
    bool ok = read_items(r, f, lone_string(r, f, index), out);
    lua_settop(r->L, top);
    return ok;
}

bool read_record(struct reader *r, const struct field *f, int index, void *out)
{
    size_t anchor = r->anchor;
    if (lua_type(r->L, index) != LUA_TTABLE)
        return reader_wrong_type(r, f, index, "a table { name = value }");
    source_find(r->source, r->anchor, str_of(f->name), &r->anchor);
    bool ok = record_read(r, index, f->record, out);
    r->anchor = anchor;
    return ok;
}

static int mapped_cmp(const void *pa, const void *pb)
{
    const struct mapped *a = pa;
    const struct mapped *b = pb;
    if (a->offset != b->offset)
        return a->offset < b->offset ? -1 : 1;
    return str_cmp(a->name, b->name);
}

/* The names of a map, in the order in which they stand in the text. */
static bool map_names(struct reader *r, const struct field *f, int index, struct mapped *out,
                      size_t *n)
{
    bool ok = true;
    for (lua_pushnil(r->L); lua_next(r->L, index); lua_pop(r->L, 1)) {
        struct mapped *m = &out[*n];
        if (lua_type(r->L, -2) != LUA_TSTRING) {
            ok = false;
            struct err *e = reader_fault(r, str_of(f->name), ERR_TYPE,
                                         "a value without a name in \"%s\"", f->name);
            err_hint(e, "write %s = { name = { ... } }", f->name);
            continue;
        }
        m->name = reader_keep_string(r, -2);
        m->offset = r->anchor;
        source_find(r->source, r->anchor, m->name, &m->offset);
        *n += 1;
    }
    qsort(out, *n, sizeof *out, mapped_cmp);
    return ok;
}

/* The value on top. */
static bool read_mapped(struct reader *r, const struct field *f, const struct mapped *m, void *out)
{
    char what[sizeof r->what];
    int value = lua_gettop(r->L);
    bool ok = true;
    memcpy(what, r->what, sizeof what);
    snprintf(r->what, sizeof r->what, "%s.%.*s", f->name, (int)(m->name.n < 64 ? m->name.n : 64),
             m->name.p);
    r->anchor = m->offset;
    memcpy(out, m, sizeof *m);
    struct field as = *f;
    as.name = m->name.p;
    if (lua_type(r->L, value) == LUA_TTABLE)
        ok = record_read(r, value, f->record, out);
    else if (lua_type(r->L, value) == LUA_TBOOLEAN && !lua_toboolean(r->L, value))
        ((struct mapped *)out)->off = true;
    else
        ok = reader_wrong_type(r, &as, value, "a table { name = value }");
    ((struct mapped *)out)->bad = !ok;
    memcpy(r->what, what, sizeof what);
    return ok;
}

bool read_map(struct reader *r, const struct field *f, int index, struct records *out)
{
    if (lua_type(r->L, index) != LUA_TTABLE)
        return reader_wrong_type(r, f, index, "a table { name = { ... } }");
    size_t most = reader_count_pairs(r->L, index);
    size_t anchor = r->anchor;
    struct mapped *name = reader_need(r, ARENA_ARRAY(r->arena, struct mapped, most));
    source_find(r->source, r->anchor, str_of(f->name), &r->anchor);
    bool ok = map_names(r, f, index, name, &out->n);
    out->at = reader_need(r, arena_array(r->arena, out->n, f->record->bytes));
    for (size_t i = 0; i < out->n; i++) {
        lua_getfield(r->L, index, name[i].name.p);
        ok = read_mapped(r, f, &name[i], (char *)out->at + i * f->record->bytes) && ok;
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
    lua_Integer n =
        reader_list_length(r, f, list, "a table { name = { { \"column\" }, { value } } }");
    if (n < 0)
        return false;
    bool ok = true;
    for (lua_Integer i = 1; i <= n; i++) {
        if (lua_rawgeti(r->L, list, i) != LUA_TTABLE) {
            ok = reader_wrong_type(r, f, lua_gettop(r->L), "made of rows { value, value }");
            lua_pop(r->L, 1);
            break;
        }
        if (i == 1) {
            g->rows = (size_t)n;
            g->cols = (size_t)lua_rawlen(r->L, -1);
            g->cell = reader_need(r, ARENA_ARRAY(r->arena, struct str, g->rows * g->cols));
        }
        ok = read_cells(r, f, lua_gettop(r->L), g, (size_t)(i - 1)) && ok;
        lua_pop(r->L, 1);
    }
    return ok;
}

bool read_grids(struct reader *r, const struct field *f, int index, struct grids *out)
{
    if (lua_type(r->L, index) != LUA_TTABLE)
        return reader_wrong_type(r, f, index, "a table { name = list of rows }");
    size_t n = reader_count_pairs(r->L, index);
    out->at = reader_need(r, ARENA_ARRAY(r->arena, struct grid, n));
    bool ok = true;
    for (lua_pushnil(r->L); lua_next(r->L, index); lua_pop(r->L, 1)) {
        if (lua_type(r->L, -2) != LUA_TSTRING) {
            lua_pop(r->L, 2);
            return reader_wrong_type(r, f, index, "a table { name = list of rows }");
        }
        struct grid *g = &out->at[out->n++];
        g->name = reader_keep_string(r, -2);
        ok = read_grid(r, f, g) && ok;
    }
    return ok;
}

bool read_pairs(struct reader *r, const struct field *f, int index, struct pairs *out)
{
    if (lua_type(r->L, index) != LUA_TTABLE)
        return reader_wrong_type(r, f, index, "a table { name = value }");
    size_t n = reader_count_pairs(r->L, index);
    bool ok = true;
    out->name = reader_need(r, ARENA_ARRAY(r->arena, struct str, n));
    out->value = reader_need(r, ARENA_ARRAY(r->arena, struct str, n));
    for (lua_pushnil(r->L); lua_next(r->L, index); lua_pop(r->L, 1)) {
        if (lua_type(r->L, -2) != LUA_TSTRING) {
            lua_pop(r->L, 2);
            return reader_wrong_type(r, f, index, "a table { name = value }");
        }
        out->name[out->n] = reader_keep_string(r, -2);
        ok = read_scalar(r, f, lua_gettop(r->L), &out->value[out->n]) && ok;
        out->n++;
    }
    return ok;
}

bool read_expect(struct reader *r, const struct field *f, int index, struct expected *out)
{
    lua_Integer n = reader_list_length(r, f, index, "a list of rows { column = value }");
    if (n < 0)
        return false;
    bool ok = true;
    out->row = reader_need(r, ARENA_ARRAY(r->arena, struct pairs, (size_t)n));
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

static int by_day_cmp(const void *a, const void *b)
{
    int32_t x = ((const struct by_day *)a)->day;
    int32_t y = ((const struct by_day *)b)->day;
    return (x > y) - (x < y);
}

/* The day above the list on top of the stack. */
static bool read_one_day(struct reader *r, const struct field *f, struct by_day *out)
{
    struct err why;
    struct str day = reader_keep_string(r, -2);
    if (date_parse(day, &out->day, &why) < 0) {
        reader_fault(r, day, ERR_VALUE, "\"%s\": %s", f->name, why.msg);
        return false;
    }
    return read_expect(r, f, lua_gettop(r->L), &out->fires);
}

bool read_by_day(struct reader *r, const struct field *f, int index, struct by_days *out)
{
    if (lua_type(r->L, index) != LUA_TTABLE)
        return reader_wrong_type(r, f, index, "a table { [\"2021-11-18\"] = { ... } }");
    bool ok = true;
    out->at = reader_need(r, ARENA_ARRAY(r->arena, struct by_day, reader_count_pairs(r->L, index)));
    for (lua_pushnil(r->L); lua_next(r->L, index); lua_pop(r->L, 1)) {
        if (lua_type(r->L, -2) != LUA_TSTRING) {
            lua_pop(r->L, 2);
            return reader_wrong_type(r, f, index, "a table { [\"2021-11-18\"] = { ... } }");
        }
        ok = read_one_day(r, f, &out->at[out->n++]) && ok;
    }
    qsort(out->at, out->n, sizeof *out->at, by_day_cmp);
    return ok;
}
