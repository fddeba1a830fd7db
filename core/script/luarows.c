/* SPDX-License-Identifier: MIT
 *
 * Rows between C and Lua. */
#include "luarows.h"

#include <lauxlib.h>
#include <math.h>
#include <string.h>

#include "base/date.h"
#include "base/limits.h"
#include "base/near.h"
#include "column.h"
#include "hidden.h"

enum { RUN_ROWS_MAX = 100000, POLL_ROWS = 256 };

/* ---- to Lua ---- */

static void push_place(lua_State *L, int64_t id, const struct place_tree *tree, bool hindi)
{
    uint32_t node = place_order(tree, (uint32_t)id);
    struct str name = node == PLACE_NONE ? STR("?") : place_name(&tree->at[node], hindi);
    lua_pushlstring(L, name.p, name.n);
}

void value_push(lua_State *L, const struct frame_col *c, struct value v,
                const struct place_tree *tree, bool hindi)
{
    char date[11];
    struct str name;
    bool number = v.type == TYPE_INT64 || v.type == TYPE_FLOAT64;
    if (v.hidden && number) {
        hidden_push(L);
        return;
    }
    if (v.null) {
        lua_pushnil(L);
        return;
    }
    switch (v.type) {
    case TYPE_NULL:
        lua_pushnil(L);
        return;
    case TYPE_BOOL:
        lua_pushboolean(L, v.i != 0);
        return;
    case TYPE_INT64:
        lua_pushinteger(L, v.i);
        return;
    case TYPE_FLOAT64:
        lua_pushnumber(L, v.f);
        return;
    case TYPE_STRING:
        lua_pushlstring(L, v.s.n ? v.s.p : "", v.s.n);
        return;
    case TYPE_DATE:
        date_format((int32_t)v.i, date);
        lua_pushstring(L, date);
        return;
    case TYPE_PLACE:
        push_place(L, v.i, tree, hindi);
        return;
    case TYPE_CODED:
        name = list_item_name(c->list, v.i, hindi);
        lua_pushlstring(L, name.p, name.n);
        return;
    }
    UNREACHABLE();
}

void row_push(lua_State *L, const struct frame *f, size_t row, const struct place_tree *tree,
              bool hindi)
{
    lua_createtable(L, 0, (int)f->cols);
    for (size_t c = 0; c < f->cols; c++) {
        lua_pushlstring(L, f->col[c].name.p, f->col[c].name.n);
        value_push(L, &f->col[c], frame_get(f, row, c), tree, hindi);
        lua_rawset(L, -3);
    }
}

void rows_push(lua_State *L, const struct frame *f, size_t first, size_t end,
               const struct place_tree *tree, bool hindi)
{
    if (end - first > RUN_ROWS_MAX)
        luaL_error(L, "%d rows are too many for a script (at most %d): aggregate more in the query",
                   (int)(end - first), RUN_ROWS_MAX);
    lua_createtable(L, (int)(end - first), 0);
    for (size_t i = first; i < end; i++) {
        if (i % POLL_ROWS == 0)
            sandbox_poll(L);
        row_push(L, f, i, tree, hindi);
        lua_rawseti(L, -2, (lua_Integer)(i - first) + 1);
    }
}

/* ---- from Lua ---- */

static struct str keep(lua_State *L, int index, struct arena *a)
{
    size_t n;
    const char *p = lua_tolstring(L, index, &n);
    char *copy = arena_copy(a, p, n);
    if (!copy)
        luaL_error(L, "not enough memory");
    return (struct str){copy, n};
}

struct value value_pull(lua_State *L, int index, struct arena *a)
{
    switch (lua_type(L, index)) {
    case LUA_TBOOLEAN:
        return (struct value){.type = TYPE_BOOL, .i = lua_toboolean(L, index)};
    case LUA_TNUMBER:
        if (lua_isinteger(L, index))
            return (struct value){.type = TYPE_INT64, .i = lua_tointeger(L, index)};
        return (struct value){.type = TYPE_FLOAT64, .f = lua_tonumber(L, index)};
    case LUA_TSTRING:
        return (struct value){.type = TYPE_STRING, .s = keep(L, index, a)};
    case LUA_TNIL:
        return (struct value){.type = TYPE_NULL, .null = true};
    default:
        luaL_error(L, "a parameter cannot be a %s", luaL_typename(L, index));
        return (struct value){0};
    }
}

struct puller {
    lua_State *L;
    struct arena *a;
    const struct report *report;
    const struct column_code *code;
    struct frame *f;
};

static void wrong_value(struct puller *p, size_t c, lua_Integer row, const char *needed)
{
    const char *is = luaL_typename(p->L, -1);
    struct str name = p->report->column[c].name;
    luaL_error(p->L, "row %d: \"%s\" must be %s, not a %s", (int)row,
               lua_pushlstring(p->L, name.p, name.n), needed, is);
}

/* The value on top as the column has it. */
static struct value pull_value(struct puller *p, size_t c, lua_Integer row)
{
    lua_State *L = p->L;
    struct value v = {.type = p->code[c].type};
    int32_t day = 0;
    switch (v.type) {
    case TYPE_BOOL:
        v.i = lua_toboolean(L, -1);
        return v;
    case TYPE_INT64:
        if (lua_type(L, -1) != LUA_TNUMBER || !(fabs(lua_tonumber(L, -1)) < 9e18))
            wrong_value(p, c, row, "a number");
        v.i = lua_isinteger(L, -1) ? lua_tointeger(L, -1) : llround(lua_tonumber(L, -1));
        return v;
    case TYPE_FLOAT64:
        if (lua_type(L, -1) != LUA_TNUMBER)
            wrong_value(p, c, row, "a number");
        v.f = lua_tonumber(L, -1);
        v.null = !isfinite(v.f); /* as 0 / 0 */
        return v;
    case TYPE_DATE:
        if (lua_type(L, -1) != LUA_TSTRING ||
            date_parse(str_of(lua_tostring(L, -1)), &day, NULL) < 0)
            wrong_value(p, c, row, "a date as \"2021-11-20\"");
        v.i = day;
        return v;
    case TYPE_NULL:
    case TYPE_STRING:
    case TYPE_PLACE:
    case TYPE_CODED:
        v.type = TYPE_STRING;
        sandbox_tostring(L, -1);
        v.s = keep(L, -1, p->a);
        lua_pop(L, 1);
        return v;
    }
    UNREACHABLE();
}

static int column_index(const struct puller *p, const char *name)
{
    for (size_t c = 0; c < p->report->columns; c++) {
        if (str_eq(p->report->column[c].name, str_of(name)))
            return (int)c;
    }
    return -1;
}

/* A key that is no column is a misspelling. */
static void check_keys(struct puller *p, int row_index, lua_Integer row)
{
    lua_State *L = p->L;
    for (lua_pushnil(L); lua_next(L, row_index); lua_pop(L, 1)) {
        const char *key = lua_type(L, -2) == LUA_TSTRING ? lua_tostring(L, -2) : "?";
        if (column_index(p, key) >= 0)
            continue;
        struct near_list near;
        near_init(&near);
        for (size_t c = 0; c < p->report->columns; c++)
            near_offer(&near, str_of(key), p->report->column[c].name);
        if (near.n > 0)
            luaL_error(L, "row %d has \"%s\", which is no column; did you mean \"%s\"?", (int)row,
                       key, lua_pushlstring(L, near.name[0].p, near.name[0].n));
        luaL_error(L, "row %d has \"%s\", which is no column of the report", (int)row, key);
    }
}

static void pull_row(struct puller *p, size_t at, lua_Integer row)
{
    lua_State *L = p->L;
    int index = lua_gettop(L);
    if (lua_type(L, index) != LUA_TTABLE)
        luaL_error(L, "row %d is a %s, not a table { column = value }", (int)row,
                   luaL_typename(L, index));
    check_keys(p, index, row);
    for (size_t c = 0; c < p->report->columns; c++) {
        lua_pushlstring(L, p->report->column[c].name.p, p->report->column[c].name.n);
        struct value v = {.type = p->f->col[c].type, .null = true};
        int type = lua_rawget(L, index);
        if (hidden_is(L, -1))
            v.hidden = true;
        else if (type != LUA_TNIL)
            v = pull_value(p, c, row);
        if (!v.null && v.type == TYPE_FLOAT64 &&
            column_convert(p->a, &p->code[c], v, NULL, false, &v, NULL) < 0)
            luaL_error(L, "not enough memory");
        frame_set(p->f, at, c, v);
        lua_pop(L, 1);
    }
}

struct frame *rows_pull(lua_State *L, int list, int total, struct arena *a,
                        const struct report *report, const struct column_code *code)
{
    luaL_checkstack(L, 16, NULL);
    if (lua_type(L, list) != LUA_TTABLE)
        luaL_error(L, "`run` must return a list of rows, not a %s", luaL_typename(L, list));
    lua_Integer n = (lua_Integer)lua_rawlen(L, list);
    if (n > RUN_ROWS_MAX)
        luaL_error(L, "`run` returned %d rows, more than %d", (int)n, RUN_ROWS_MAX);
    struct puller p = {L, a, report, code, NULL};
    size_t rows = (size_t)n + (total != 0);
    if (frame_new(a, rows, report->columns, &p.f, NULL) < 0)
        luaL_error(L, "not enough memory");
    for (size_t c = 0; c < report->columns; c++) {
        enum type t =
            code[c].type == TYPE_PLACE || code[c].type == TYPE_CODED ? TYPE_STRING : code[c].type;
        if (frame_col_init(a, &p.f->col[c], rows, report->column[c].name, t, NULL) < 0)
            luaL_error(L, "not enough memory");
    }
    for (lua_Integer i = 1; i <= n; i++) {
        if (i % POLL_ROWS == 0)
            sandbox_poll(L);
        lua_rawgeti(L, list, i);
        pull_row(&p, (size_t)(i - 1), i);
        lua_pop(L, 1);
    }
    if (total != 0) {
        lua_pushvalue(L, total);
        pull_row(&p, (size_t)n, n + 1);
        lua_pop(L, 1);
    }
    return p.f;
}
