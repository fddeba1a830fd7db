/* SPDX-License-Identifier: MIT
 *
 * A full userdata without content, kept in the registry with its metatable. */
#include "hidden.h"

#include <lauxlib.h>

#include "query/format.h"

static const char key; /* its address is the key in the registry */

static int remains(lua_State *L)
{
    hidden_push(L);
    return 1;
}

static int is_less(lua_State *L)
{
    lua_pushboolean(L, hidden_is(L, 1) && !hidden_is(L, 2));
    return 1;
}

static int is_not_more(lua_State *L)
{
    lua_pushboolean(L, hidden_is(L, 1));
    return 1;
}

static int to_text(lua_State *L)
{
    lua_pushliteral(L, FORMAT_HIDDEN);
    return 1;
}

static int join(lua_State *L)
{
    for (int i = 1; i <= 2; i++)
        if (hidden_is(L, i)) {
            lua_pushliteral(L, FORMAT_HIDDEN);
            lua_replace(L, i);
        }
    lua_concat(L, 2);
    return 1;
}

static const luaL_Reg ways[] = {
    {"__add", remains},  {"__sub", remains},    {"__mul", remains}, {"__div", remains},
    {"__idiv", remains}, {"__mod", remains},    {"__pow", remains}, {"__unm", remains},
    {"__lt", is_less},   {"__le", is_not_more}, {"__concat", join}, {"__tostring", to_text},
    {NULL, NULL},
};

void hidden_push(lua_State *L)
{
    luaL_checkstack(L, 4, NULL);
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &key) != LUA_TNIL)
        return;
    lua_pop(L, 1);
    lua_newuserdatauv(L, 1, 0);
    lua_createtable(L, 0, (int)(sizeof ways / sizeof ways[0]) + 1);
    luaL_setfuncs(L, ways, 0);
    lua_pushliteral(L, "hidden number");
    lua_setfield(L, -2, "__name");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &key);
}

bool hidden_is(lua_State *L, int index)
{
    if (lua_type(L, index) != LUA_TUSERDATA)
        return false;
    const void *at = lua_touserdata(L, index);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &key);
    bool is = lua_touserdata(L, -1) == at;
    lua_pop(L, 1);
    return is;
}
