/* SPDX-License-Identifier: MIT
 *
 * Functions for queries. An expression is put in place of each call by the query engine. A program
 * gets a state of its own for each query that calls it, in which the plugin's text runs once, and
 * then a call for each vector of rows: limits of time and memory are those of the query's calls
 * together. Between two rows nothing is promised: which rows are computed, in which order and how
 * often is the engine's affair, so a function may depend on its arguments alone. */
#include "fn.h"

#include <lauxlib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/date.h"
#include "base/limits.h"
#include "base/near.h"
#include "luarows.h"

enum { POLL_ROWS = 256, TEXT_BYTES_MAX = 64 << 10 };

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEM, "no memory for a function");
}

/* ---- declarations ---- */

/* What a program is found by again. */
struct fn_code {
    struct query_code code;
    const struct plugin_object *object;
    size_t declaration;
    enum type returns;
    struct str name;
};

static const struct {
    const char *name;
    enum type type;
} types[] = {{"INT64", TYPE_INT64},
             {"FLOAT64", TYPE_FLOAT64},
             {"STRING", TYPE_STRING},
             {"BOOL", TYPE_BOOL},
             {"DATE", TYPE_DATE}};

static int type_find(struct str name)
{
    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        if (str_eq(name, str_of(types[i].name)))
            return (int)types[i].type;
    return -1;
}

static void unknown_type(struct reader *r, struct str word, struct str name)
{
    struct near_list near;
    struct err *e = reader_fault(r, word, ERR_VALUE, "\"%.*s\" is no type", STR_ARG(name));
    near_init(&near);
    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        near_offer(&near, name, str_of(types[i].name));
    if (near.n > 0)
        near_hint(&near, e);
    else
        err_hint(e, "types are INT64, FLOAT64, STRING, BOOL, DATE");
}

/* "workers" or "workers:INT64". */
static void read_arg(struct reader *r, struct str text, struct str *name, enum type *type)
{
    const char *colon = text.n ? memchr(text.p, ':', text.n) : NULL;
    *name = text;
    *type = TYPE_NULL;
    if (!colon)
        return;
    size_t at = (size_t)(colon - text.p);
    *name = (struct str){text.p, at};
    struct str wanted = {colon + 1, text.n - at - 1};
    int found = type_find(wanted);
    if (found < 0)
        unknown_type(r, text, wanted);
    else
        *type = (enum type)found;
}

static int build_args(struct plugin_object *o, struct reader *r, const struct fn_decl *d,
                      struct query_fn *f, struct err *err)
{
    struct str *name = ARENA_ARRAY(&o->arena, struct str, d->args.n);
    enum type *type = ARENA_ARRAY(&o->arena, enum type, d->args.n);
    if (!name || !type)
        return no_memory(err);
    if (d->args.n > FN_ARGS_MAX)
        reader_fault(r, STR("args"), ERR_LIMIT, "more than %d arguments", FN_ARGS_MAX);
    for (size_t i = 0; i < d->args.n && i < FN_ARGS_MAX; i++)
        read_arg(r, d->args.at[i], &name[i], &type[i]);
    f->arg = name;
    f->type = type;
    f->args = d->args.n < FN_ARGS_MAX ? d->args.n : FN_ARGS_MAX;
    return 0;
}

static int code_open(void *ctx, void **state, struct err *err);
static int code_call(void *state, const struct query_code_call *call, struct err *err);
static void code_close(void *state);

static int build_code(struct plugin_object *o, size_t declaration, struct query_fn *f,
                      struct err *err)
{
    struct fn_code *c = ARENA_NEW(&o->arena, struct fn_code);
    if (!c)
        return no_memory(err);
    *c = (struct fn_code){.code = {code_open, code_call, code_close, c},
                          .object = o,
                          .declaration = declaration,
                          .returns = f->returns,
                          .name = f->name};
    f->code = &c->code;
    return 0;
}

static void check_form(struct reader *r, const struct fn_decl *d, struct str name)
{
    bool table = str_eq(d->returns, STR("TABLE"));
    if ((d->expr.n > 0) + d->lua + (d->query.n > 0) > 1)
        reader_fault(r, d->lua ? STR("lua") : STR("query"), ERR_PLUGIN,
                     "\"expr\", \"lua\" and \"query\" stand together");
    else if (table != (d->query.n > 0) && (table || d->query.n > 0)) {
        struct err *e = reader_fault(r, STR("returns"), ERR_PLUGIN,
                                     "returns = \"TABLE\" and \"query\" go together");
        err_hint(e, "a table function has query = [[ FROM input |> ... ]]");
    } else if (!d->expr.n && !d->lua && !table) {
        struct err *e =
            reader_fault(r, STR_NULL, ERR_PLUGIN, "there is neither \"expr\" nor \"lua\"");
        err_hint(e, "give expr = \"100.0 * a / b\", or lua = function(a, b) ... end");
    }
    if (query_fn_is_own(name)) {
        struct err *e =
            reader_fault(r, name, ERR_CONFLICT, "the query language has a function %.*s of its own",
                         STR_ARG(name));
        err_hint(e, "choose another name");
    }
}

static int build_one(struct plugin_object *o, size_t declaration, struct query_fn *f,
                     struct err *err)
{
    const struct fn_decl *d = o->data[declaration];
    struct reader r;
    object_reader(o, declaration, &r);
    f->name = o->host.declaration[declaration].id;
    f->expr = d->expr;
    f->query = d->query;
    int returns = type_find(d->returns);
    f->returns = returns < 0 ? TYPE_NULL : (enum type)returns;
    check_form(&r, d, f->name);
    TRY(build_args(o, &r, d, f, err));
    return d->lua ? build_code(o, declaration, f, err) : 0;
}

static bool is_fn(const struct plugin_object *o, size_t i)
{
    return strcmp(o->host.declaration[i].word->name, "fn") == 0 && o->data[i];
}

int fns_build(struct plugin_object *o, struct err *err)
{
    struct query_fn *f = ARENA_ARRAY(&o->arena, struct query_fn, o->host.declarations);
    if (!f)
        return no_memory(err);
    o->pub.fns = 0;
    for (size_t i = 0; i < o->host.declarations; i++) {
        if (is_fn(o, i))
            TRY(build_one(o, i, &f[o->pub.fns++], err));
    }
    o->pub.fn = f;
    return 0;
}

int fns_check(struct plugin_object *o, const struct query_context *ctx, struct err *err)
{
    size_t k = 0;
    for (size_t i = 0; i < o->host.declarations; i++) {
        struct reader r;
        struct err fault;
        if (!is_fn(o, i))
            continue;
        const struct query_fn *f = &o->pub.fn[k++];
        if (f->query.n > 0 ? query_table_fn_check(f, &fault) == 0
                           : f->code || f->expr.n == 0 || query_fn_check(f, ctx, &fault) == 0)
            continue;
        if (fault.code == ERR_MEM)
            return no_memory(err);
        object_reader(o, i, &r);
        reader_text_fault(&r, f->query.n > 0 ? f->query : f->expr, &fault);
    }
    return 0;
}

/* ---- programs ---- */

/* Of one query. */
struct fn_state {
    const struct fn_code *fn;
    struct arena arena;
    struct host host;
    struct sandbox box;
    bool loaded;
    int64_t left_ns; /* of SCRIPT_CALL_MS, for all calls together */
    char what[160];  /* "function grade of the plugin drive" */
    const struct query_code_call *call;
};

static char function_key; /* its address: the function's place in the registry of Lua */

static int code_open(void *ctx, void **state, struct err *err)
{
    const struct fn_code *fn = ctx;
    struct fn_state *s = mem_calloc(MEM_SCRIPT, 1, sizeof *s);
    if (!s)
        return no_memory(err);
    arena_init(&s->arena, MEM_SCRIPT, 0);
    s->fn = fn;
    snprintf(s->what, sizeof s->what, "function %.*s of the plugin %.*s", STR_ARG(fn->name),
             STR_ARG(fn->object->pub.name));
    s->left_ns = (int64_t)SCRIPT_CALL_MS * 1000000;
    s->host = fn->object->host;
    s->host.diags = NULL;
    s->host.arena = &s->arena;
    s->host.declarations = 0;
    s->host.declaration = ARENA_ARRAY(&s->arena, struct declaration, DECLARATIONS_MAX);
    s->host.call = s;
    struct sandbox_options o = {.ctx = &s->host};
    int rc = s->host.declaration ? sandbox_init(&s->box, &o, err) : no_memory(err);
    if (rc < 0) {
        arena_fini(&s->arena);
        mem_free(MEM_SCRIPT, s);
        return rc;
    }
    *state = s;
    return 0;
}

static void code_close(void *state)
{
    struct fn_state *s = state;
    sandbox_fini(&s->box);
    arena_fini(&s->arena);
    mem_free(MEM_SCRIPT, s);
}

static void load_function(lua_State *L, struct fn_state *s)
{
    load_code(L);
    load_push(L, s->fn->declaration);
    lua_getfield(L, -1, "lua");
    luaL_checktype(L, -1, LUA_TFUNCTION);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &function_key);
    lua_settop(L, 0);
    s->loaded = true;
}

static void wrong_result(lua_State *L, const struct fn_state *s)
{
    luaL_error(L, "\"%s\" must return %s, not a %s",
               lua_pushlstring(L, s->fn->name.p, s->fn->name.n), type_name(s->fn->returns),
               luaL_typename(L, -1));
}

static void take_text(lua_State *L, struct fn_state *s, size_t row)
{
    struct frame_col *out = s->call->out;
    size_t n;
    const char *p = lua_type(L, -1) == LUA_TSTRING ? lua_tolstring(L, -1, &n) : NULL;
    if (!p)
        wrong_result(L, s);
    if (n > TEXT_BYTES_MAX)
        luaL_error(L, "a text of %d bytes is too long", (int)n);
    if (s->fn->returns == TYPE_STRING) {
        out->s[row] = str_copy(s->call->strings, (struct str){p, n});
        if (!out->s[row].p)
            luaL_error(L, "not enough memory");
        return;
    }
    int32_t day;
    if (date_parse_iso((struct str){p, n}, &day, NULL) < 0)
        luaL_error(L, "\"%s\" is no date as 2021-11-20", p);
    out->i[row] = day;
}

/* The value on top. */
static void take_result(lua_State *L, struct fn_state *s, size_t row)
{
    struct frame_col *out = s->call->out;
    int fits = 1;
    out->null[row] = lua_isnil(L, -1);
    if (out->null[row]) {
        if (out->s)
            out->s[row] = STR("");
        else if (out->f)
            out->f[row] = 0;
        else
            out->i[row] = 0;
        return;
    }
    if (s->fn->returns == TYPE_STRING || s->fn->returns == TYPE_DATE) {
        take_text(L, s, row);
        return;
    }
    if (s->fn->returns == TYPE_BOOL) {
        fits = lua_isboolean(L, -1);
        out->i[row] = lua_toboolean(L, -1);
    } else if (lua_type(L, -1) != LUA_TNUMBER) {
        fits = 0;
    } else if (s->fn->returns == TYPE_INT64) {
        out->i[row] = lua_tointegerx(L, -1, &fits);
    } else {
        out->f[row] = lua_tonumber(L, -1);
        fits = isfinite(out->f[row]);
    }
    if (!fits)
        wrong_result(L, s);
}

static int call_body(lua_State *L)
{
    struct fn_state *s = lua_touserdata(L, 1);
    const struct query_code_call *c = s->call;
    struct frame_col col[FN_ARGS_MAX];
    for (size_t k = 0; k < c->args; k++)
        col[k] = *c->arg[k];
    lua_settop(L, 0);
    luaL_checkstack(L, FN_ARGS_MAX + 8, NULL);
    if (!s->loaded)
        load_function(L, s);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &function_key);
    for (size_t i = 0; i < c->n; i++) {
        if (i % POLL_ROWS == 0)
            sandbox_poll(L);
        if (!c->todo[i])
            continue;
        lua_pushvalue(L, 1);
        for (size_t k = 0; k < c->args; k++) {
            struct frame one = {.rows = c->n, .cols = 1, .col = &col[k]};
            value_push(L, &col[k], frame_get(&one, i, 0), NULL, false);
        }
        lua_call(L, (int)c->args, 1);
        take_result(L, s, i);
        lua_settop(L, 1);
    }
    return 0;
}

static int code_call(void *state, const struct query_code_call *call, struct err *err)
{
    struct fn_state *s = state;
    int64_t start = clock_mono_ns();
    int64_t ms = s->left_ns / 1000000;
    struct err own;
    if (!err)
        err = &own;
    if (ms <= 0) {
        err_set(err, ERR_SCRIPT, "its calls took longer than %d ms together", SCRIPT_CALL_MS);
        object_stopped(s->fn->object, s->fn->declaration, s->what, err);
        return ERR_SCRIPT;
    }
    TRY(aside_check(s->fn->object->aside, s->fn->declaration, s->what, err));
    s->call = call;
    int rc = sandbox_call(&s->box, call_body, s, ms, call->cancel, err);
    s->left_ns -= clock_mono_ns() - start;
    if (rc < 0 && s->box.stopped)
        object_stopped(s->fn->object, s->fn->declaration, s->what, err);
    return rc;
}
