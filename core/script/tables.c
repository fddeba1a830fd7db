/* SPDX-License-Identifier: MIT
 *
 * The table library of scripts. Lua's own trusts `__len` and goes through it in C loops that
 * nothing can stop; these work on plain tables, by raw length, and look at the flag. Sorting is a
 * merge sort: stable, and safe with a comparison that contradicts itself. */
#include <lauxlib.h>
#include <limits.h>
#include <lua.h>

#include "sandbox.h"

enum { POLL_EVERY = 1024 };

static void poll_at(lua_State *L, lua_Integer i)
{
    if (i % POLL_EVERY == 0)
        sandbox_poll(L);
}

/* Length of the plain table at index. */
static lua_Integer plain(lua_State *L, int index)
{
    luaL_checktype(L, index, LUA_TTABLE);
    if (lua_getmetatable(L, index))
        luaL_error(L, "bad argument #%d: a plain table is needed (this one has a metatable)",
                   index);
    return (lua_Integer)lua_rawlen(L, index);
}

static int t_insert(lua_State *L)
{
    lua_Integer n = plain(L, 1);
    if (lua_gettop(L) == 2) {
        lua_rawseti(L, 1, n + 1);
        return 0;
    }
    if (lua_gettop(L) != 3)
        return luaL_error(L, "wrong number of arguments to 'insert'");
    lua_Integer at = luaL_checkinteger(L, 2);
    luaL_argcheck(L, at >= 1 && at <= n + 1, 2, "position out of bounds");
    for (lua_Integer i = n + 1; i > at; i--) {
        poll_at(L, i);
        lua_rawgeti(L, 1, i - 1);
        lua_rawseti(L, 1, i);
    }
    lua_rawseti(L, 1, at);
    return 0;
}

static int t_remove(lua_State *L)
{
    lua_Integer n = plain(L, 1);
    lua_Integer at = luaL_optinteger(L, 2, n);
    if (lua_gettop(L) >= 2)
        luaL_argcheck(L, (n == 0 && (at == 0 || at == 1)) || (at >= 1 && at <= n + 1), 2,
                      "position out of bounds");
    lua_rawgeti(L, 1, at);
    for (lua_Integer i = at; i < n; i++) {
        poll_at(L, i);
        lua_rawgeti(L, 1, i + 1);
        lua_rawseti(L, 1, i);
    }
    if (at >= 1 && at <= n) {
        lua_pushnil(L);
        lua_rawseti(L, 1, n);
    }
    return 1;
}

static int t_move(lua_State *L)
{
    int to = lua_isnoneornil(L, 5) ? 1 : 5;
    plain(L, 1);
    plain(L, to);
    lua_Integer first = luaL_checkinteger(L, 2);
    lua_Integer last = luaL_checkinteger(L, 3);
    lua_Integer at = luaL_checkinteger(L, 4);
    if (last >= first) {
        luaL_argcheck(L, first > 0 || last < LUA_MAXINTEGER + first, 3,
                      "too many elements to move");
        lua_Integer n = last - first + 1;
        luaL_argcheck(L, at <= LUA_MAXINTEGER - n + 1, 4, "destination wrap around");
        bool upwards = at > last || at <= first || to != 1;
        for (lua_Integer i = 0; i < n; i++) {
            poll_at(L, i);
            lua_Integer k = upwards ? i : n - 1 - i;
            lua_rawgeti(L, 1, first + k);
            lua_rawseti(L, to, at + k);
        }
    }
    lua_pushvalue(L, to);
    return 1;
}

static void add_piece(lua_State *L, luaL_Buffer *b, lua_Integer i)
{
    int type = lua_rawgeti(L, 1, i);
    if (type != LUA_TSTRING && type != LUA_TNUMBER)
        luaL_error(L, "cannot join: element %d is a %s", (int)i, luaL_typename(L, -1));
    luaL_addvalue(b);
}

static int t_concat(lua_State *L)
{
    lua_Integer n = plain(L, 1);
    size_t gap_bytes;
    const char *gap = luaL_optlstring(L, 2, "", &gap_bytes);
    lua_Integer first = luaL_optinteger(L, 3, 1);
    lua_Integer last = luaL_optinteger(L, 4, n);
    luaL_Buffer b;
    luaL_buffinit(L, &b);
    for (lua_Integer i = first; i <= last; i++) {
        poll_at(L, i);
        add_piece(L, &b, i);
        if (i == last)
            break; /* before i + 1 can overflow */
        luaL_addlstring(&b, gap, gap_bytes);
    }
    luaL_pushresult(&b);
    return 1;
}

static int t_pack(lua_State *L)
{
    int n = lua_gettop(L);
    lua_createtable(L, n, 1);
    lua_insert(L, 1);
    for (int i = n; i >= 1; i--)
        lua_rawseti(L, 1, i);
    lua_pushinteger(L, n);
    lua_setfield(L, 1, "n");
    return 1;
}

static int t_unpack(lua_State *L)
{
    lua_Integer length = plain(L, 1);
    lua_Integer first = luaL_optinteger(L, 2, 1);
    lua_Integer last = luaL_optinteger(L, 3, length);
    if (first > last)
        return 0;
    lua_Unsigned n = (lua_Unsigned)last - (lua_Unsigned)first;
    if (n >= (lua_Unsigned)INT_MAX || !lua_checkstack(L, (int)(n + 1)))
        return luaL_error(L, "too many results to unpack");
    for (lua_Integer i = first; i < last; i++)
        lua_rawgeti(L, 1, i);
    lua_rawgeti(L, 1, last);
    return (int)n + 1;
}

/* ---- sort: bottom-up merges between the table (1) and a helper table (3); 2 is the order ---- */

/* The values on top: a below b. Pops nothing. */
static bool less(lua_State *L, int a, int b)
{
    sandbox_poll(L);
    if (lua_isnil(L, 2))
        return lua_compare(L, a, b, LUA_OPLT);
    lua_pushvalue(L, 2);
    lua_pushvalue(L, a);
    lua_pushvalue(L, b);
    lua_call(L, 2, 1);
    bool result = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return result;
}

/* Merges from[lo..mid) and from[mid..hi) into to[lo..hi). Indices are 1-based. */
static void merge(lua_State *L, int from, int to, lua_Integer lo, lua_Integer mid, lua_Integer hi)
{
    lua_Integer i = lo;
    lua_Integer j = mid;
    for (lua_Integer k = lo; k < hi; k++) {
        bool right = i >= mid;
        if (i < mid && j < hi) {
            lua_rawgeti(L, from, i);
            lua_rawgeti(L, from, j);
            right = less(L, lua_gettop(L), lua_gettop(L) - 1);
            lua_pop(L, 2);
        }
        poll_at(L, k);
        lua_rawgeti(L, from, right ? j++ : i++);
        lua_rawseti(L, to, k);
    }
}

static lua_Integer at_most(lua_Integer a, lua_Integer b)
{
    return a < b ? a : b;
}

static int t_sort(lua_State *L)
{
    lua_Integer n = plain(L, 1);
    luaL_argcheck(L, n < INT_MAX, 1, "array too big");
    if (!lua_isnoneornil(L, 2))
        luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_settop(L, 2);
    lua_createtable(L, (int)n, 0);
    int from = 1;
    for (lua_Integer width = 1; width < n; width *= 2) {
        int to = from == 1 ? 3 : 1;
        for (lua_Integer lo = 1; lo <= n; lo += 2 * width)
            merge(L, from, to, lo, at_most(lo + width, n + 1), at_most(lo + 2 * width, n + 1));
        from = to;
    }
    for (lua_Integer i = 1; from == 3 && i <= n; i++) {
        poll_at(L, i);
        lua_rawgeti(L, 3, i);
        lua_rawseti(L, 1, i);
    }
    return 0;
}

void sandbox_tables(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"insert", t_insert}, {"remove", t_remove}, {"move", t_move}, {"concat", t_concat},
        {"pack", t_pack},     {"unpack", t_unpack}, {"sort", t_sort}, {NULL, NULL},
    };
    luaL_newlib(L, functions);
}
