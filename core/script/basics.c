/* SPDX-License-Identifier: MIT
 *
 * The basic functions that the sandbox gives in the place of Lua's own: those whose originals
 * would catch a limit, plant a finalizer, show an address or go in an order of chance. */
#include <lauxlib.h>
#include <lua.h>
#include <string.h>

#include "sandbox.h"

/* pcall that cannot catch a limit: a late call and memory that ran out go on upwards. */
static int own_pcall(lua_State *L)
{
    luaL_checkany(L, 1);
    int status = lua_pcall(L, lua_gettop(L) - 1, LUA_MULTRET, 0);
    sandbox_poll(L);
    if (status == LUA_ERRMEM)
        luaL_error(L, "not enough memory");
    lua_pushboolean(L, status == LUA_OK);
    lua_insert(L, 1);
    return lua_gettop(L);
}

static bool is_refused_event(const char *name)
{
    return strcmp(name, "__gc") == 0 || strcmp(name, "__mode") == 0 || strcmp(name, "__close") == 0;
}

/* The metatable is copied, so that what is refused here cannot be added later. */
static int own_setmetatable(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    if (luaL_getmetafield(L, 1, "__metatable") != LUA_TNIL)
        return luaL_error(L, "cannot change a protected metatable");
    if (lua_isnoneornil(L, 2)) {
        lua_settop(L, 1);
        lua_pushnil(L);
        lua_setmetatable(L, 1);
        return 1;
    }
    luaL_checktype(L, 2, LUA_TTABLE);
    lua_settop(L, 2);
    lua_newtable(L);
    for (lua_pushnil(L); lua_next(L, 2);) {
        if (lua_type(L, -2) == LUA_TSTRING && is_refused_event(lua_tostring(L, -2)))
            return luaL_error(L, "the metatable field %s is not available in plugins",
                              lua_tostring(L, -2));
        lua_pushvalue(L, -2);
        lua_insert(L, -2);
        lua_rawset(L, 3);
    }
    lua_setmetatable(L, 1);
    lua_settop(L, 1);
    return 1;
}

void sandbox_tostring(lua_State *L, int index)
{
    index = lua_absindex(L, index);
    if (luaL_callmeta(L, index, "__tostring")) {
        if (lua_type(L, -1) != LUA_TSTRING)
            luaL_error(L, "'__tostring' must return a string");
        return;
    }
    switch (lua_type(L, index)) {
    case LUA_TNIL:
    case LUA_TBOOLEAN:
    case LUA_TNUMBER:
    case LUA_TSTRING:
        luaL_tolstring(L, index, NULL);
        return;
    default:
        lua_pushstring(L, luaL_typename(L, index));
    }
}

static int own_tostring(lua_State *L)
{
    luaL_checkany(L, 1);
    sandbox_tostring(L, 1);
    return 1;
}

/* ---- numbers and characters of long texts ---- */

enum { NUMBER_BYTES_MAX = 1024, SLICE_BYTES = 64 << 10, CHARACTER_BYTES_MORE = 5 };

/* No number is written so long, and reading one cannot be stopped. Upvalue 1: Lua's own. */
static int own_tonumber(lua_State *L)
{
    if (lua_type(L, 1) == LUA_TSTRING && lua_rawlen(L, 1) > NUMBER_BYTES_MAX) {
        lua_pushnil(L);
        return 1;
    }
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, lua_gettop(L) - 1, 1);
    return 1;
}

/* Where a slice ends that begins at `from`: before a character, so that each is counted once. */
static lua_Integer slice_end(const char *s, lua_Integer from, lua_Integer last)
{
    lua_Integer end = from + SLICE_BYTES - 1;
    for (int more = 0; more < CHARACTER_BYTES_MORE && end < last && (s[end] & 0xC0) == 0x80; more++)
        end++;
    return end < last ? end : last;
}

/* utf8.len in slices. Upvalue 1: Lua's own, which also tells what is wrong with the arguments. */
static int own_utf8_len(lua_State *L)
{
    size_t n;
    const char *s = luaL_checklstring(L, 1, &n);
    lua_Integer from = luaL_optinteger(L, 2, 1);
    lua_Integer last = luaL_optinteger(L, 3, -1);
    lua_Integer length = 0;
    int lax = lua_toboolean(L, 4);
    from = from < 0 ? from + (lua_Integer)n + 1 : from;
    last = last < 0 ? last + (lua_Integer)n + 1 : last;
    do {
        sandbox_poll(L);
        lua_settop(L, 1);
        bool inside = from > 0 && from <= (lua_Integer)n && last <= (lua_Integer)n;
        lua_Integer end = inside ? slice_end(s, from, last) : last;
        lua_pushvalue(L, lua_upvalueindex(1));
        lua_pushvalue(L, 1);
        lua_pushinteger(L, from);
        lua_pushinteger(L, end);
        lua_pushboolean(L, lax);
        lua_call(L, 4, 2);
        if (!lua_isinteger(L, 2))
            return 2;
        length += lua_tointeger(L, 2);
        from = end + 1;
    } while (from <= last);
    lua_pushinteger(L, length);
    return 1;
}

void sandbox_utf8(lua_State *L)
{
    lua_getfield(L, -1, "len");
    lua_pushcclosure(L, own_utf8_len, 1);
    lua_setfield(L, -2, "len");
}

/* ---- pairs in sorted order ---- */

static int key_rank(lua_State *L, int index)
{
    switch (lua_type(L, index)) {
    case LUA_TNUMBER:
        return 0;
    case LUA_TSTRING:
        return 1;
    case LUA_TBOOLEAN:
        return 2;
    default:
        return 3;
    }
}

/* Numbers first, then text by bytes, then false and true; other keys as they come. */
static int key_less(lua_State *L)
{
    int a = key_rank(L, 1);
    int b = key_rank(L, 2);
    bool less = a < b;
    if (a == b && a <= 1)
        less = lua_compare(L, 1, 2, LUA_OPLT);
    if (a == b && a == 2)
        less = lua_toboolean(L, 1) < lua_toboolean(L, 2);
    lua_pushboolean(L, less);
    return 1;
}

/* Upvalues: keys (sorted), position. Arguments: the table, the last key. */
static int next_sorted(lua_State *L)
{
    lua_settop(L, 1);
    lua_Integer at = lua_tointeger(L, lua_upvalueindex(2));
    for (;;) {
        at++;
        if (lua_rawgeti(L, lua_upvalueindex(1), at) == LUA_TNIL)
            return 1;
        lua_pushvalue(L, -1);
        if (lua_rawget(L, 1) != LUA_TNIL)
            break; /* a key that was taken away meanwhile is passed over */
        lua_pop(L, 2);
    }
    lua_pushinteger(L, at);
    lua_replace(L, lua_upvalueindex(2));
    return 2;
}

/* Upvalue 1: table.sort. */
static int own_pairs(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    lua_newtable(L);
    lua_Integer n = 0;
    for (lua_pushnil(L); lua_next(L, 1);) {
        lua_pop(L, 1);
        lua_pushvalue(L, -1);
        lua_rawseti(L, 2, ++n);
    }
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_pushvalue(L, 2);
    lua_pushcfunction(L, key_less);
    lua_call(L, 2, 0);
    lua_pushvalue(L, 2);
    lua_pushinteger(L, 0);
    lua_pushcclosure(L, next_sorted, 2);
    lua_pushvalue(L, 1);
    return 2;
}

void sandbox_basics(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"pcall", own_pcall},
        {"setmetatable", own_setmetatable},
        {"tostring", own_tostring},
        {NULL, NULL},
    };
    luaL_setfuncs(L, functions, 0);
    lua_getfield(L, -1, "tonumber");
    lua_pushcclosure(L, own_tonumber, 1);
    lua_setfield(L, -2, "tonumber");
    sandbox_tables(L);
    lua_getfield(L, -1, "sort");
    lua_remove(L, -2);
    lua_pushcclosure(L, own_pairs, 1);
    lua_pushvalue(L, -1);
    lua_setfield(L, -3, "pairs");
    lua_setfield(L, -2, "sorted");
}
