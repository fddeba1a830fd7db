/* SPDX-License-Identifier: MIT
 *
 * Building the state: Lua's own libraries are opened once to copy the listed functions from them,
 * and what was opened is then dropped. The environment of scripts is an empty table in front of
 * the table of names, so that every assignment to a global is seen. */
#include "sandbox.h"

#include <lauxlib.h>
#include <lualib.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/near.h"

/* What is taken over as it is. */
static const char *const basic_names[] = {"assert",       "error",  "ipairs",   "next",
                                          "rawequal",     "rawlen", "select",   "tonumber",
                                          "getmetatable", "type",   "_VERSION", NULL};
static const char *const math_names[] = {
    "abs",  "ceil",       "cos",       "deg",        "exp",  "floor", "fmod", "huge",   "log",
    "max",  "maxinteger", "min",       "mininteger", "modf", "pi",    "rad",  "random", "sin",
    "sqrt", "tan",        "tointeger", "type",       "ult",  "acos",  "asin", "atan",   NULL};
static const char *const string_names[] = {"byte",    "char", "len",   "lower",
                                           "reverse", "sub",  "upper", NULL};
static const char *const utf8_names[] = {"char", "charpattern", "codepoint", "codes",
                                         "len",  "offset",      NULL};

static const char names_key = 'n'; /* registry: the table behind the environment */

struct sandbox *sandbox_of(lua_State *L)
{
    struct sandbox *s;
    memcpy(&s, lua_getextraspace(L), sizeof s);
    return s;
}

struct buf *sandbox_scratch(lua_State *L)
{
    struct buf *b = &sandbox_of(L)->scratch;
    buf_clear(b);
    return b;
}

void sandbox_poll(lua_State *L)
{
    const struct sandbox *s = sandbox_of(L);
    if (s->watched && atomic_load_explicit(&s->watch.late, memory_order_relaxed) != 0)
        luaL_error(L, "stopped");
}

/* ---- names ---- */

static void push_names(lua_State *L)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &names_key);
}

void sandbox_set(lua_State *L, const char *name)
{
    push_names(L);
    lua_insert(L, -2);
    lua_pushstring(L, name);
    lua_insert(L, -2);
    lua_rawset(L, -3);
    lua_pop(L, 1);
}

/* Names that people expect from elsewhere, and what to use instead. */
static const struct {
    const char *name, *instead;
} absent[] = {
    {"print", "scripts print nothing: return the text from `summary`"},
    {"io", "scripts read no files: the data comes from the query"},
    {"os", "scripts have no clock: the day is the parameter as_on"},
    {"require", "to share code inside a plugin's folder: use \"name\""},
    {"dofile", "to share code inside a plugin's folder: use \"name\""},
    {"load", "scripts cannot make code from text"},
    {"loadstring", "scripts cannot make code from text"},
    {"coroutine", "coroutines are not available in plugins"},
    {"xpcall", "use pcall"},
    {"debug", "the debug library is not available in plugins"},
    {"collectgarbage", "memory is managed by the server"},
    {"rawset", "assign with t[key] = value"},
    {"rawget", "read with t[key]"},
};

static void near_names(lua_State *L, struct str name, struct near_list *near)
{
    push_names(L);
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
        if (lua_type(L, -2) == LUA_TSTRING)
            near_offer(near, name, str_of(lua_tostring(L, -2)));
    }
    lua_pop(L, 1);
}

void sandbox_advice(lua_State *L, const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(absent); i++) {
        if (strcmp(absent[i].name, name) == 0) {
            lua_pushstring(L, absent[i].instead);
            return;
        }
    }
    struct near_list near;
    near_init(&near);
    near_names(L, str_of(name), &near);
    if (near.n > 0)
        lua_pushfstring(L, "did you mean \"%s\"?",
                        lua_pushlstring(L, near.name[0].p, near.name[0].n));
    else
        lua_pushliteral(L, "a variable is made with `local name = ...`");
}

/* Stands for an unknown name while a plugin loads: may be called, gives itself, so that the
 * declarations behind it are looked at as well. */
static int nothing(lua_State *L)
{
    lua_pushcfunction(L, nothing);
    return 1;
}

static int read_unknown(lua_State *L)
{
    const char *name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "?";
    const struct sandbox *s = sandbox_of(L);
    if (s->unknown) {
        s->unknown(s->ctx, L, name, false);
        lua_pushcfunction(L, nothing);
        return 1;
    }
    sandbox_advice(L, name);
    return luaL_error(L, "unknown name \"%s\" (%s)", name, lua_tostring(L, -1));
}

static int write_global(lua_State *L)
{
    const char *name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "?";
    const struct sandbox *s = sandbox_of(L);
    if (!s->unknown)
        return luaL_error(L, "\"%s\" is not a local variable (write `local %s = ...`)", name, name);
    s->unknown(s->ctx, L, name, true);
    lua_settop(L, 3);
    if (lua_type(L, 2) == LUA_TSTRING)
        sandbox_set(L, name); /* so that reading it is not told again */
    return 0;
}

static int write_frozen(lua_State *L)
{
    return luaL_error(L, "a library table cannot be changed");
}

/* Replaces the table on top by an empty one that reads from it and cannot be written. */
static void freeze(lua_State *L, lua_CFunction on_write)
{
    lua_newtable(L);
    lua_createtable(L, 0, 3);
    lua_pushvalue(L, -3);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, on_write);
    lua_setfield(L, -2, "__newindex");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
    lua_remove(L, -2);
}

/* ---- building ---- */

/* Copies fields of the table at `from` into the one on top. */
static void copy_fields(lua_State *L, int from, const char *const *names)
{
    for (size_t i = 0; names[i]; i++) {
        lua_getfield(L, from, names[i]);
        lua_setfield(L, -2, names[i]);
    }
}

/* Opens a library of Lua's without leaving it anywhere, and pushes a table of the listed fields. */
static void take_library(lua_State *L, lua_CFunction open, const char *const *names)
{
    lua_pushcfunction(L, open);
    lua_call(L, 0, 1);
    lua_newtable(L);
    copy_fields(L, lua_gettop(L) - 1, names);
    lua_remove(L, -2);
}

/* Random numbers start from the same place in every call. */
static void take_math(lua_State *L)
{
    lua_pushcfunction(L, luaopen_math);
    lua_call(L, 0, 1);
    lua_getfield(L, -1, "randomseed");
    lua_pushinteger(L, 1);
    lua_pushinteger(L, 1);
    lua_call(L, 2, 0);
    lua_newtable(L);
    copy_fields(L, lua_gettop(L) - 1, math_names);
    lua_remove(L, -2);
}

/* The strings' own metatable, reached by s:rep(), shows the same frozen functions. */
static void take_strings(lua_State *L)
{
    take_library(L, luaopen_string, string_names);
    sandbox_strings(L);
    for (lua_pushnil(L); lua_next(L, -2);) {
        lua_pushvalue(L, -2);
        lua_insert(L, -2);
        lua_settable(L, -5);
    }
    lua_pop(L, 1);
    lua_pushliteral(L, "");
    lua_createtable(L, 0, 2);
    lua_pushvalue(L, -3);
    lua_setfield(L, -2, "__index");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_setmetatable(L, -2);
    lua_pop(L, 1);
}

/* The names table is on top. */
static void add_libraries(lua_State *L)
{
    take_math(L);
    freeze(L, write_frozen);
    lua_setfield(L, -2, "math");
    take_library(L, luaopen_utf8, utf8_names);
    sandbox_utf8(L);
    freeze(L, write_frozen);
    lua_setfield(L, -2, "utf8");
    take_strings(L);
    freeze(L, write_frozen);
    lua_setfield(L, -2, "string");
    sandbox_tables(L);
    freeze(L, write_frozen);
    lua_setfield(L, -2, "table");
}

/* ---- what there is --------------------------------------------------------------------------- */

enum { NAMES_MAX = 128 };

static int name_cmp(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The text keys of the table on top, sorted; the texts stay while the table does. */
static size_t names_of(lua_State *L, const char *name[NAMES_MAX])
{
    size_t n = 0;
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1))
        if (n < NAMES_MAX && lua_type(L, -2) == LUA_TSTRING)
            name[n++] = lua_tostring(L, -2);
    qsort(name, n, sizeof *name, name_cmp);
    return n;
}

/* A frozen table shows its fields through its metatable. */
static bool push_fields(lua_State *L, const char *name)
{
    lua_getfield(L, -1, name);
    if (!lua_istable(L, -1) || !lua_getmetatable(L, -1)) {
        lua_pop(L, 1);
        return false;
    }
    lua_getfield(L, -1, "__index");
    lua_replace(L, -3);
    lua_pop(L, 1);
    if (lua_istable(L, -1))
        return true;
    lua_pop(L, 1);
    return false;
}

void sandbox_each_name(lua_State *L, void (*each)(void *ctx, const char *inside, const char *name),
                       void *ctx)
{
    const char *global[NAMES_MAX], *field[NAMES_MAX];
    lua_rawgetp(L, LUA_REGISTRYINDEX, &names_key);
    size_t n = names_of(L, global);
    for (size_t i = 0; i < n; i++) {
        each(ctx, NULL, global[i]);
        if (!push_fields(L, global[i]))
            continue;
        size_t fields = names_of(L, field);
        for (size_t k = 0; k < fields; k++)
            each(ctx, global[i], field[k]);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
}

/* Makes the table on top the only way to a global. */
static void install(lua_State *L)
{
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, read_unknown);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &names_key);
    freeze(L, write_global);
    lua_rawseti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
    lua_pushnil(L);
    lua_setfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
}

static int build(lua_State *L)
{
    lua_pushcfunction(L, luaopen_base);
    lua_call(L, 0, 1); /* into the first table of globals, which is dropped by install() */
    lua_newtable(L);
    copy_fields(L, lua_gettop(L) - 1, basic_names);
    lua_remove(L, -2);
    sandbox_basics(L);
    add_libraries(L);
    install(L);
    return 0;
}

int sandbox_init(struct sandbox *s, const struct sandbox_options *o, struct err *err)
{
    memset(s, 0, sizeof *s);
    heap_init(&s->heap, o->memory_bytes ? o->memory_bytes : SCRIPT_MEMORY_BYTES, &s->watch.late);
    buf_init(&s->scratch, MEM_SCRIPT);
    s->unknown = o->unknown;
    s->ctx = o->ctx;
    s->L = lua_newstate(heap_alloc, &s->heap);
    if (s->L) {
        memcpy(lua_getextraspace(s->L), &s, sizeof s);
        lua_pushcfunction(s->L, build);
        if (lua_pcall(s->L, 0, 0, 0) == LUA_OK)
            return 0;
    }
    sandbox_fini(s);
    return err_set(err, ERR_MEM, "no memory for a script");
}

void sandbox_fini(struct sandbox *s)
{
    /* No finalizer can be set by a script and none is by us: the heap goes without lua_close. */
    heap_fini(&s->heap);
    buf_fini(&s->scratch);
    s->L = NULL;
}

/* ---- calling ---- */

static int with_message(lua_State *L)
{
    if (lua_type(L, 1) != LUA_TSTRING) {
        lua_pushfstring(L, "the script raised an error that is a %s", luaL_typename(L, 1));
        return 1;
    }
    lua_settop(L, 1);
    return 1;
}

/* "drive/plugin.lua:24: text" : the line, when there is one. */
static int line_of(const char *message)
{
    for (const char *p = strchr(message, ':'); p; p = strchr(p + 1, ':')) {
        char *end;
        long line = strtol(p + 1, &end, 10);
        if (end > p + 1 && *end == ':' && line > 0 && line < 1000000)
            return (int)line;
    }
    return 0;
}

static int explain(struct sandbox *s, int status, int64_t timeout_ms, struct err *err)
{
    int late = atomic_load(&s->watch.late);
    if (late == WATCH_CANCELLED)
        return s->watch.cancel ? cancel_check(s->watch.cancel, err) : ERR_CANCELLED;
    s->stopped = late == WATCH_TIMEOUT || status == LUA_ERRMEM;
    if (late == WATCH_TIMEOUT) {
        err_set(err, ERR_SCRIPT, "the script ran longer than its limit of %lld ms and was stopped",
                (long long)timeout_ms);
        err_hint(err, "let the query do the counting, and look for a loop that does not end");
        return ERR_SCRIPT;
    }
    if (status == LUA_ERRMEM) {
        err_set(err, ERR_SCRIPT, "the script needs more than its limit of %zu MiB of memory",
                s->heap.bytes_max >> 20);
        err_hint(err, "let the query aggregate more, so that the script sees fewer rows");
        return ERR_SCRIPT;
    }
    const char *message = lua_tostring(s->L, -1);
    err_set(err, ERR_SCRIPT, "%s", message ? message : "the script failed");
    if (err && message)
        err->line = line_of(message);
    return ERR_SCRIPT;
}

int sandbox_call(struct sandbox *s, lua_CFunction body, void *arg, int64_t timeout_ms,
                 const struct cancel *cancel, struct err *err)
{
    TRY(watch_begin(&s->watch, s->L, timeout_ms, cancel, err));
    s->watched = true;
    s->stopped = false;
    lua_settop(s->L, 0);
    lua_pushcfunction(s->L, with_message);
    lua_pushcfunction(s->L, body);
    lua_pushlightuserdata(s->L, arg);
    int status = lua_pcall(s->L, 1, 0, 1);
    watch_end(&s->watch);
    s->watched = false;
    if (status == LUA_OK)
        return 0;
    return explain(s, status, timeout_ms, err);
}

void sandbox_load_text(lua_State *L, struct str text, const char *chunk)
{
    if (luaL_loadbufferx(L, text.p, text.n, chunk, "t") != LUA_OK)
        lua_error(L);
}
