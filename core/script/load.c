/* SPDX-License-Identifier: MIT
 *
 * Running a plugin's text: the declaring words as Lua functions, `use`, and the small functions
 * that scripts have for numbers. */
#include "load.h"

#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "hidden.h"
#include "message.h"
#include "query/format.h"

enum { FILL_BYTES_MAX = 1 << 20 };

static const char tables_key = 't'; /* registry: declared tables by number */
static const char used_key = 'u';   /* registry: results of used files by part */

static struct host *host_of(lua_State *L)
{
    return sandbox_of(L)->ctx;
}

/* ---- where a declaration stands ---- */

static const struct source *caller(lua_State *L, int level, int *line)
{
    lua_Debug ar;
    *line = 0;
    if (!lua_getstack(L, level, &ar) || !lua_getinfo(L, "Sl", &ar) || ar.source[0] != '@')
        return NULL;
    *line = ar.currentline;
    return sources_find(host_of(L)->sources, str_of(ar.source + 1));
}

/* ---- the words ---- */

static size_t new_declaration(lua_State *L, const struct word *word, struct str id)
{
    struct host *h = host_of(L);
    if (h->declarations >= DECLARATIONS_MAX)
        luaL_error(L, "more than %d declarations in one plugin", DECLARATIONS_MAX);
    struct declaration *d = &h->declaration[h->declarations];
    d->word = word;
    d->given = false;
    d->id = str_copy(h->arena, id);
    d->source = caller(L, 1, &d->line);
    if (!d->id.p)
        luaL_error(L, "not enough memory");
    if (!d->source)
        d->source = &h->sources->at[0];
    return h->declarations++;
}

static void give_table(lua_State *L, size_t at, int index)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &tables_key);
    lua_pushvalue(L, index);
    lua_rawseti(L, -2, (lua_Integer)at + 1);
    lua_pop(L, 1);
    host_of(L)->declaration[at].given = true;
}

static int wrong_form(lua_State *L, const struct word *w)
{
    return luaL_error(L, "write: %s%s { ... }", w->name, w->named ? " \"name\"" : "");
}

/* Upvalues: the word, the number of the declaration. */
static int word_table(lua_State *L)
{
    const struct word *w = lua_touserdata(L, lua_upvalueindex(1));
    if (lua_type(L, 1) != LUA_TTABLE)
        return wrong_form(L, w);
    give_table(L, (size_t)lua_tointeger(L, lua_upvalueindex(2)), 1);
    return 0;
}

/* Upvalue: the word. */
static int word_call(lua_State *L)
{
    const struct word *w = lua_touserdata(L, lua_upvalueindex(1));
    if (!w->named) {
        if (lua_type(L, 1) != LUA_TTABLE)
            return wrong_form(L, w);
        give_table(L, new_declaration(L, w, STR("")), 1);
        return 0;
    }
    if (lua_type(L, 1) != LUA_TSTRING)
        return wrong_form(L, w);
    size_t at = new_declaration(L, w, str_of(lua_tostring(L, 1)));
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_pushinteger(L, (lua_Integer)at);
    lua_pushcclosure(L, word_table, 2);
    return 1;
}

void load_push(lua_State *L, size_t declaration)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &tables_key);
    lua_rawgeti(L, -1, (lua_Integer)declaration + 1);
    lua_remove(L, -2);
}

/* ---- text and bytecode ---- */

static int append(lua_State *L, const void *p, size_t n, void *ud)
{
    (void)L;
    buf_put(ud, p, n);
    return 0;
}

/* Keeps the function on top as bytecode. */
static void keep_code(lua_State *L, size_t at)
{
    struct host *h = host_of(L);
    struct buf *b = sandbox_scratch(L);
    lua_dump(L, append, b, 0);
    char *p = b->failed ? NULL : arena_copy(h->arena, b->p, b->n);
    h->code[at] = (struct str){p, b->n};
    if (!p)
        luaL_error(L, "not enough memory");
}

/* Pushes the file as a function. */
static void push_chunk(lua_State *L, size_t at)
{
    struct host *h = host_of(L);
    const struct source *s = &h->sources->at[at];
    const char *chunk = lua_pushfstring(L, "@%s", s->name.p);
    if (h->code[at].p) {
        if (luaL_loadbufferx(L, h->code[at].p, h->code[at].n, chunk, "b") != LUA_OK)
            lua_error(L);
    } else {
        sandbox_load_text(L, s->text, chunk);
        keep_code(L, at);
    }
    lua_remove(L, -2);
}

static int no_such_part(lua_State *L, const char *name)
{
    const struct sources *s = host_of(L)->sources;
    lua_pushfstring(L, "there is no file %s.lua in this plugin", name);
    for (size_t i = 1; i < s->n; i++)
        lua_pushfstring(L, "%s%s%s", lua_tostring(L, -1), i == 1 ? "; there are: " : ", ",
                        s->at[i].part.p);
    return luaL_error(L, "%s", lua_tostring(L, -1));
}

/* use "name": runs another file of the plugin once and gives what it returns. */
static int host_use(lua_State *L)
{
    const char *name = luaL_checkstring(L, 1);
    const struct sources *s = host_of(L)->sources;
    size_t at = 1;
    while (at < s->n && !str_eq(s->at[at].part, str_of(name)))
        at++;
    if (at >= s->n)
        return no_such_part(L, name);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &used_key);
    if (lua_getfield(L, -1, name) != LUA_TNIL) {
        if (lua_islightuserdata(L, -1))
            return luaL_error(L, "the file %s.lua uses itself", name);
        return 1;
    }
    lua_pop(L, 1);
    lua_pushlightuserdata(L, host_of(L)); /* it runs */
    lua_setfield(L, -2, name);
    push_chunk(L, at);
    lua_call(L, 0, 1);
    if (lua_isnil(L, -1)) {
        lua_pop(L, 1);
        lua_pushboolean(L, 1);
    }
    lua_pushvalue(L, -1);
    lua_setfield(L, -3, name);
    return 1;
}

/* ---- small functions for texts ---- */

static void push_buf(lua_State *L, const struct buf *b)
{
    if (b->failed)
        luaL_error(L, "not enough memory");
    lua_pushlstring(L, b->n ? b->p : "", b->n);
}

/* indian(1234567) -> "12,34,567"; nil -> "". */
static int host_indian(lua_State *L)
{
    if (lua_isnoneornil(L, 1)) {
        lua_pushliteral(L, "");
        return 1;
    }
    if (hidden_is(L, 1)) {
        lua_pushliteral(L, FORMAT_HIDDEN);
        return 1;
    }
    lua_Number v = luaL_checknumber(L, 1);
    luaL_argcheck(L, v > -9e18 && v < 9e18, 1, "out of range");
    int64_t whole =
        lua_isinteger(L, 1) ? lua_tointeger(L, 1) : (int64_t)(v < 0 ? v - 0.5 : v + 0.5);
    struct buf *b = sandbox_scratch(L);
    format_indian(whole, b);
    push_buf(L, b);
    return 1;
}

/* sum(rows, "done"): the sum of a column, nil counted as nothing; with a hidden number it is. */
static int host_sum(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_checkstring(L, 2);
    lua_Integer whole = 0;
    lua_Number real = 0;
    bool all_whole = true;
    lua_Integer n = (lua_Integer)lua_rawlen(L, 1);
    for (lua_Integer i = 1; i <= n; i++) {
        if (i % 1024 == 0)
            sandbox_poll(L);
        if (lua_rawgeti(L, 1, i) != LUA_TTABLE)
            return luaL_error(L, "sum: item %d is not a row", (int)i);
        lua_pushvalue(L, 2);
        int type = lua_rawget(L, -2);
        if (hidden_is(L, -1))
            return 1;
        if (type == LUA_TNUMBER) {
            all_whole = all_whole && lua_isinteger(L, -1);
            whole = (lua_Integer)((lua_Unsigned)whole + (lua_Unsigned)lua_tointeger(L, -1));
            real += lua_tonumber(L, -1);
        }
        lua_pop(L, 2);
    }
    if (all_whole)
        lua_pushinteger(L, whole);
    else
        lua_pushnumber(L, real);
    return 1;
}

/* One value as people read it; the table of values is at index 2. */
static void put_value(lua_State *L, struct str name, struct buf *out)
{
    char text[64];
    lua_pushlstring(L, name.p, name.n);
    int type = lua_rawget(L, 2);
    lua_Number v = type == LUA_TNUMBER ? lua_tonumber(L, -1) : 0;
    if (type == LUA_TNIL) {
        buf_cstr(out, "–");
    } else if (hidden_is(L, -1)) {
        buf_cstr(out, FORMAT_HIDDEN);
    } else if (type == LUA_TNUMBER && lua_isinteger(L, -1)) {
        format_indian(lua_tointeger(L, -1), out);
    } else if (type == LUA_TNUMBER && v > -1e15 && v < 1e15) {
        snprintf(text, sizeof text, "%.1f", v);
        buf_cstr(out, text);
    } else {
        sandbox_tostring(L, -1);
        size_t n;
        const char *p = lua_tolstring(L, -1, &n);
        buf_put(out, p, n);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
}

/* Pushes the template, filled. */
static void fill_one(lua_State *L, struct str template)
{
    struct buf *b = sandbox_scratch(L);
    struct str name;
    size_t at = 0;
    size_t done = 0;
    size_t start;
    while (message_next(template, &at, &start, &name)) {
        buf_str(b, (struct str){template.p + done, start - done});
        put_value(L, name, b);
        done = at;
        sandbox_poll(L);
        if (b->n > FILL_BYTES_MAX)
            luaL_error(L, "fill: the text is longer than %d bytes", FILL_BYTES_MAX);
    }
    buf_str(b, (struct str){template.p + done, template.n - done});
    push_buf(L, b);
}

/* Only what has no functions of its own, which could use the scratch as well. */
static void check_values(lua_State *L)
{
    luaL_checktype(L, 2, LUA_TTABLE);
    for (lua_pushnil(L); lua_next(L, 2); lua_pop(L, 1)) {
        int type = lua_type(L, -1);
        if (type != LUA_TSTRING && type != LUA_TNUMBER && type != LUA_TBOOLEAN && !hidden_is(L, -1))
            luaL_error(L, "fill: a value is a %s", luaL_typename(L, -1));
    }
}

/* fill("{block}: {done}", { block = "Gola", done = 1234 }) -> "Gola: 1,234". A template in both
 * languages gives both. */
static int host_fill(lua_State *L)
{
    static const char *const languages[] = {"en", "hi"};
    size_t n;
    check_values(L);
    if (lua_type(L, 1) != LUA_TTABLE) {
        const char *p = luaL_checklstring(L, 1, &n);
        fill_one(L, (struct str){p, n});
        return 1;
    }
    lua_newtable(L);
    for (size_t i = 0; i < ARRAY_LEN(languages); i++) {
        if (lua_getfield(L, 1, languages[i]) == LUA_TSTRING) {
            const char *p = lua_tolstring(L, -1, &n);
            fill_one(L, (struct str){p, n});
            lua_setfield(L, 3, languages[i]);
        }
        lua_pop(L, 1);
    }
    return 1;
}

/* ---- setting up ---- */

static const struct {
    const char *name;
    lua_CFunction f;
    const char *form, *doc;
} functions[] = {
    {"use", host_use, "use \"part\"",
     "what the file part.lua of the plugin's folder returns; it runs once"},
    {"fill", host_fill, "fill(text, values)",
     "the text with {name} replaced by values.name, counts grouped as 12,34,567; a text in both "
     "languages gives both"},
    {"indian", host_indian, "indian(n)", "the number as text, grouped as 12,34,567"},
    {"sum", host_sum, "sum(rows, \"column\")", "the sum of a column of rows"},
};

static void add_functions(lua_State *L)
{
    lua_newtable(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &tables_key);
    lua_newtable(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &used_key);
    for (size_t i = 0; i < words_n; i++) {
        union {
            const struct word *in;
            void *out;
        } word = {.in = &words[i]};
        lua_pushlightuserdata(L, word.out);
        lua_pushcclosure(L, word_call, 1);
        sandbox_set(L, words[i].name);
    }
    for (size_t i = 0; i < ARRAY_LEN(functions); i++) {
        lua_pushcfunction(L, functions[i].f);
        sandbox_set(L, functions[i].name);
    }
}

void load_each_function(void (*each)(void *ctx, const char *name, const char *form,
                                     const char *doc),
                        void *ctx)
{
    for (size_t i = 0; i < ARRAY_LEN(functions); i++)
        each(ctx, functions[i].name, functions[i].form, functions[i].doc);
}

void load_document(struct buf *out)
{
    buf_cstr(out, "## Functions\n\nBeside Lua's own that need neither files nor a clock.\n\n"
                  "| function | gives |\n|---|---|\n");
    for (size_t i = 0; i < ARRAY_LEN(functions); i++)
        buf_printf(out, "| `%s` | %s |\n", functions[i].form, functions[i].doc);
    buf_char(out, '\n');
}

void load_code(lua_State *L)
{
    add_functions(L);
    push_chunk(L, 0);
    lua_call(L, 0, 0);
}

static int load_body(lua_State *L)
{
    load_code(L);
    return 0;
}

/* ---- mistakes while loading ---- */

static void on_unknown(void *ctx, lua_State *L, const char *name, bool write)
{
    struct host *h = ctx;
    int line;
    const struct source *s = caller(L, 1, &line);
    if (!s)
        s = &h->sources->at[0];
    size_t at = source_line(s, line);
    struct str word = str_of(name);
    struct err *e;
    if (write) {
        at = source_find_before(s, word, source_line(s, line + 1));
        e = diag_add(h->diags, s, at, word.n, ERR_PLUGIN, "\"%s\" is not a local variable", name);
        err_hint(e, "write `local %s = ...`", name);
        return;
    }
    source_find(s, at, word, &at);
    e = diag_add(h->diags, s, at, word.n, ERR_UNKNOWN_NAME, "unknown name \"%s\"", name);
    sandbox_advice(L, name);
    err_hint(e, "%s", lua_tostring(L, -1));
    lua_pop(L, 1);
}

/* Splits "file:line: text". */
static const struct source *split(const struct sources *s, const char *msg, int *line,
                                  const char **text)
{
    for (size_t i = 0; i < s->n; i++) {
        size_t n = s->at[i].name.n;
        if (strncmp(msg, s->at[i].name.p, n) != 0 || msg[n] != ':')
            continue;
        char *end;
        *line = (int)strtol(msg + n + 1, &end, 10);
        if (*end != ':')
            continue;
        *text = end + 1 + (end[1] == ' ');
        return &s->at[i];
    }
    return NULL;
}

/* The word in "... near 'every'". */
static struct str near_word(const char *text)
{
    const char *p = strstr(text, "near '");
    if (!p)
        return STR_NULL;
    p += strlen("near '");
    const char *end = strrchr(p, '\'');
    return end > p ? (struct str){p, (size_t)(end - p)} : STR_NULL;
}

void load_fault(struct host *host, const struct err *err)
{
    int line = 0;
    const char *text = err->msg;
    const struct source *s = split(host->sources, err->msg, &line, &text);
    if (!s) {
        struct err *e =
            diag_add(host->diags, &host->sources->at[0], 0, 1, err->code, "%s", err->msg);
        err_hint(e, "%s", err->hint);
        return;
    }
    size_t at = source_line(s, line);
    struct str word = near_word(text);
    size_t found;
    if (word.n > 0 && source_find(s, at, word, &found) && found < source_line(s, line + 1))
        at = found;
    struct err *e = diag_add(host->diags, s, at, word.n, err->code, "%s", text);
    if (word.n > 0 && strstr(text, "expected"))
        err_hint(e, "a comma or a closing brace may be missing at the end of the line before");
    else
        err_hint(e, "%s", err->hint);
}

int load_text(struct host *host, struct sandbox *box, struct err *err)
{
    host->declaration = ARENA_ARRAY(host->arena, struct declaration, DECLARATIONS_MAX);
    host->code = ARENA_ARRAY(host->arena, struct str, host->sources->n);
    if (!host->declaration || !host->code)
        return err_set(err, ERR_MEM, "no memory to load a plugin");
    struct sandbox_options o = {.unknown = on_unknown, .ctx = host};
    TRY(sandbox_init(box, &o, err));
    struct err fault;
    int rc = sandbox_call(box, load_body, NULL, SCRIPT_LOAD_MS, NULL, &fault);
    if (rc == ERR_UNAVAILABLE) {
        sandbox_fini(box);
        if (err)
            *err = fault;
        return rc;
    }
    if (rc < 0)
        load_fault(host, &fault);
    return 0;
}
