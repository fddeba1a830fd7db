/* SPDX-License-Identifier: MIT
 *
 * Reading any Lua table as JSON, as a chart's specification: lists as arrays, the members of
 * objects in the order of their names, so that the same text comes out every time. */
#include "read.h"

#include <lauxlib.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "sandbox.h"

enum { JSON_LEVELS_MAX = 16 };

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
    size_t n = reader_count_pairs(L, index);
    const char **key = reader_need(o->r, arena_array(o->r->arena, n, sizeof *key));
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

bool read_json(struct reader *r, const struct field *f, int index, struct str *out)
{
    if (lua_type(r->L, index) != LUA_TTABLE)
        return reader_wrong_type(r, f, index, "a table");
    struct json_out o = {.r = r};
    struct buf *b = sandbox_scratch(r->L);
    json_init(&o.json, b);
    put_json(&o, index, 0);
    *out = (struct str){b->failed ? NULL : arena_copy(r->arena, b->p, b->n), b->n};
    if (!out->p)
        luaL_error(r->L, "not enough memory");
    return true;
}
