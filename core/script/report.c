/* SPDX-License-Identifier: MIT
 *
 * Running reports. A plain one runs its query, puts the declared columns in order and adds the row
 * of totals, all in C; Lua comes in only where the report has `summary` or `run`, in a fresh state
 * that sees finished rows. */
#include "script/plugin.h"

#include <lauxlib.h>
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/limits.h"
#include "base/near.h"
#include "column.h"
#include "luarows.h"
#include "param.h"

enum { SCRIPT_QUERIES_MAX = 64, SUMMARY_BYTES_MAX = 16384 };

struct str text_pick(struct text t, bool hindi)
{
    return hindi && t.hi.n > 0 ? t.hi : t.en;
}

/* One run. */
struct run {
    const struct plugin_set *set;
    const struct report *report;
    const struct report_code *code;
    const struct run_options *o;
    struct bound bound;
    struct report_result *out;
    bool asked_persons;  /* by one of its queries, of somebody who may not see small counts */
    bool *missed;        /* by table that its plugin expects: named, and not there */
    struct frame *frame; /* of the report, the total last when out->has_total */
    bool is_run;         /* the script makes the rows; else it sums up */
    /* of the script */
    int queries;
    char what[96]; /* "report drive/block_review" */
    bool holds;    /* `held` must be released */
    struct query_result held;
    struct query *parsed;
    struct err query_err; /* of the query that failed last */
    struct host host;
    struct sandbox box;
};

static const struct place_tree *places_of(const struct run_options *o)
{
    return o->borders ? o->borders->tree : o->snap->tree;
}

static struct query_context context_of(struct run *run)
{
    return (struct query_context){
        .snap = run->o->snap,
        .viewer = run->o->viewer,
        .borders = run->o->borders,
        .targets = &run->set->targets,
        .fn = run->set->fn,
        .fns = run->set->fns,
        .expected = run->report->plugin->upload,
        .expecteds = run->report->plugin->uploads,
        .missed = run->missed,
        .asked_persons = &run->asked_persons,
        .table = run->o->table,
        .tables = run->o->tables,
        .param = run->bound.param,
        .params = run->bound.n,
        .cancel = run->o->cancel,
        .pool = run->o->pool,
        .hindi = run->o->hindi,
        .rows_max = run->o->rows_max,
    };
}

/* ---- the script's side ---- */

static struct run *run_of(lua_State *L)
{
    struct host *h = sandbox_of(L)->ctx;
    return h->call;
}

static void set_field(lua_State *L, struct str name, const char *suffix)
{
    lua_pushlstring(L, name.p, name.n);
    lua_pushstring(L, suffix);
    lua_concat(L, 2);
    lua_insert(L, -2);
    lua_rawset(L, -3);
}

static void push_month(lua_State *L, int64_t day)
{
    char date[11];
    date_format((int32_t)day, date);
    lua_pushlstring(L, date, 7);
}

static void push_param(lua_State *L, const struct run *run, size_t i)
{
    const struct param *p = &run->report->param[i];
    struct value v = run->bound.param[i].value;
    const struct place_tree *tree = places_of(run->o);
    struct frame_col col = {.type = v.type};
    if (v.null)
        return;
    if (p->type == PARAM_MONTH)
        push_month(L, v.i);
    else
        value_push(L, &col, v, tree, run->o->hindi);
    set_field(L, p->name, "");
    if (v.type == TYPE_PLACE && place_order(tree, (uint32_t)v.i) != PLACE_NONE) {
        lua_pushinteger(L, tree->at[place_order(tree, (uint32_t)v.i)].code);
        set_field(L, p->name, "_code");
    }
}

/* p: the parameters by name, `lang`, and always `as_on`. */
static void push_params(lua_State *L, const struct run *run)
{
    char date[11];
    lua_newtable(L);
    lua_pushstring(L, run->o->hindi ? "hi" : "en");
    lua_setfield(L, -2, "lang");
    date_format(run->bound.as_on, date);
    lua_pushstring(L, date);
    lua_setfield(L, -2, "as_on");
    for (size_t i = 0; i < run->bound.n; i++)
        push_param(L, run, i);
}

/* ---- query(text or name, params) ---- */

static const struct query *named_query(lua_State *L, struct run *run, struct str text)
{
    const struct named *q = &run->code->queries;
    struct near_list near;
    near_init(&near);
    for (size_t i = 0; i < q->n; i++) {
        if (str_eq(q->name[i], text))
            return run->code->named[i];
        near_offer(&near, text, q->name[i]);
    }
    if (memchr(text.p, ' ', text.n) || memchr(text.p, '\n', text.n))
        return NULL;
    if (near.n > 0)
        luaL_error(L, "there is no query \"%s\"; did you mean \"%s\"?", text.p,
                   lua_pushlstring(L, near.name[0].p, near.name[0].n));
    luaL_error(L, "there is no query \"%s\" in `queries`", text.p);
    return NULL;
}

static bool same_place_name(const struct run *run, struct value bound, struct value given)
{
    if (bound.null || bound.type != TYPE_PLACE || given.type != TYPE_STRING)
        return false;
    uint32_t node = place_order(places_of(run->o), (uint32_t)bound.i);
    return node != PLACE_NONE &&
           str_eq(place_name(&places_of(run->o)->at[node], run->o->hindi), given.s);
}

/* Parameters of the report, with those of the table at index 2 in their place. A place that was
 * handed to the script as a name goes on as the place it was. */
static void merge_params(lua_State *L, struct run *run, struct query_context *ctx)
{
    if (lua_isnoneornil(L, 2))
        return;
    luaL_checktype(L, 2, LUA_TTABLE);
    size_t extra = 0;
    for (lua_pushnil(L); lua_next(L, 2); lua_pop(L, 1))
        extra++;
    struct arena *a = &run->out->own;
    struct query_param *q = ARENA_ARRAY(a, struct query_param, run->bound.n + extra);
    if (!q)
        luaL_error(L, "not enough memory");
    size_t n = 0;
    for (lua_pushnil(L); lua_next(L, 2); lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING)
            luaL_error(L, "parameters are given by name: { as_on = ... }");
        struct str key = str_copy(a, str_of(lua_tostring(L, -2)));
        if (!key.p)
            luaL_error(L, "not enough memory");
        q[n++] = (struct query_param){key, value_pull(L, -1, a)};
    }
    for (size_t i = 0; i < run->bound.n; i++) {
        size_t k = 0;
        while (k < extra && !str_eq(q[k].name, run->bound.param[i].name))
            k++;
        if (k == extra)
            q[n++] = run->bound.param[i];
        else if (same_place_name(run, run->bound.param[i].value, q[k].value))
            q[k].value = run->bound.param[i].value;
    }
    ctx->param = q;
    ctx->params = n;
}

static void raise_query_error(lua_State *L, struct run *run)
{
    const struct err *e = &run->query_err;
    if (e->line > 0)
        luaL_error(L, "query, line %d: %s%s%s", e->line, e->msg, e->hint[0] ? " -- " : "", e->hint);
    luaL_error(L, "query: %s%s%s", e->msg, e->hint[0] ? " -- " : "", e->hint);
}

/* Time spent in a query is not the script's. */
static int timed_run(struct run *run, const struct query *q, const struct query_context *ctx)
{
    int64_t left = watch_pause(&run->box.watch);
    int rc = query_run(q, ctx, &run->held, &run->query_err);
    watch_resume(&run->box.watch, left);
    run->holds = rc == 0;
    if (run->holds && run->held.k > 0)
        run->out->result.k = run->held.k;
    return rc;
}

static void release(struct run *run)
{
    if (run->holds)
        query_result_fini(&run->held);
    run->holds = false;
    query_unref(run->parsed);
    run->parsed = NULL;
}

static int host_query(lua_State *L)
{
    struct run *run = run_of(L);
    size_t n;
    const char *text = luaL_checklstring(L, 1, &n);
    if (++run->queries > SCRIPT_QUERIES_MAX)
        return luaL_error(L, "more than %d queries in one report", SCRIPT_QUERIES_MAX);
    struct query_context ctx = context_of(run);
    merge_params(L, run, &ctx);
    const struct query *q = named_query(L, run, (struct str){text, n});
    if (!q) {
        if (query_parse((struct str){text, n}, &run->parsed, &run->query_err) < 0)
            raise_query_error(L, run);
        q = run->parsed;
    }
    if (timed_run(run, q, &ctx) < 0)
        raise_query_error(L, run);
    rows_push(L, run->held.frame, 0, run->held.frame->rows, places_of(run->o), run->o->hindi);
    release(run);
    return 1;
}

/* ---- calling ---- */

static void push_function(lua_State *L, const struct run *run, const char *name)
{
    load_push(L, run->code->declaration);
    lua_getfield(L, -1, name);
    lua_remove(L, -2);
    luaL_checktype(L, -1, LUA_TFUNCTION);
}

static void take_summary(lua_State *L, struct run *run)
{
    if (lua_type(L, -1) == LUA_TTABLE) {
        lua_getfield(L, -1, run->o->hindi ? "hi" : "en");
        if (lua_isnil(L, -1)) {
            lua_pop(L, 1);
            lua_getfield(L, -1, "en");
        }
    }
    if (lua_isnil(L, -1))
        return;
    size_t n;
    const char *p = lua_tolstring(L, -1, &n);
    if (!p)
        luaL_error(L, "`summary` must return text, not a %s", luaL_typename(L, -1));
    if (n > SUMMARY_BYTES_MAX)
        luaL_error(L, "`summary` returned more than %d bytes", SUMMARY_BYTES_MAX);
    run->out->summary = str_copy(&run->out->own, (struct str){p, n});
    if (!run->out->summary.p)
        luaL_error(L, "not enough memory");
}

static void call_summary(lua_State *L, struct run *run)
{
    const struct frame *f = run->frame;
    size_t rows = f->rows - run->out->has_total;
    push_function(L, run, "summary");
    rows_push(L, f, 0, rows, places_of(run->o), run->o->hindi);
    if (run->out->has_total) {
        row_push(L, f, rows, places_of(run->o), run->o->hindi);
        lua_setfield(L, -2, "total");
    }
    push_params(L, run);
    lua_call(L, 2, 1);
    take_summary(L, run);
}

static void call_run(lua_State *L, struct run *run)
{
    push_function(L, run, "run");
    push_params(L, run);
    lua_pushcfunction(L, host_query);
    lua_call(L, 2, 2);
    int list = lua_gettop(L) - 1;
    int total = lua_isnil(L, -1) ? 0 : list + 1;
    run->frame = rows_pull(L, list, total, &run->out->own, run->report, run->code->column);
    run->out->has_total = total != 0;
}

static int script_body(lua_State *L)
{
    struct run *run = lua_touserdata(L, 1);
    load_code(L);
    if (run->is_run)
        call_run(L, run);
    if (run->code->summary)
        call_summary(L, run);
    return 0;
}

/* The bytecode again, in a state of its own. */
static int call_script(struct run *run, struct err *err)
{
    const struct plugin_object *object = run->code->object;
    run->host = object->host;
    run->host.diags = NULL;
    run->host.arena = &run->out->own;
    run->host.declarations = 0;
    run->host.declaration = ARENA_ARRAY(&run->out->own, struct declaration, DECLARATIONS_MAX);
    run->host.call = run;
    if (!run->host.declaration)
        return err_set(err, ERR_MEM, "no memory for a script");
    struct sandbox_options o = {.ctx = &run->host};
    TRY(sandbox_init(&run->box, &o, err));
    struct err own;
    if (!err)
        err = &own;
    int rc = sandbox_call(&run->box, script_body, run, SCRIPT_CALL_MS, run->o->cancel, err);
    release(run);
    if (rc < 0 && run->box.stopped)
        object_stopped(object, run->code->declaration, run->what, err);
    sandbox_fini(&run->box);
    return rc;
}

/* ---- a report ---- */

static int run_query(struct run *run, struct err *err)
{
    struct query_context ctx = context_of(run);
    struct query_result *r = &run->out->result;
    struct query_result got;
    TRY(query_run(run->code->query, &ctx, &got, err));
    *r = got;
    bool total = run->report->total && !r->truncated && r->frame->rows > 0;
    TRY(columns_shape(&run->out->own, run->report, run->code->column, r->frame, total,
                      places_of(run->o), run->o->hindi, &run->frame, err));
    run->out->has_total = total;
    return total ? totals_fill(run->frame, run->report, run->code->column, run->code->totals, &ctx,
                               run->o->hindi, err)
                 : 0;
}

static int make_titles(struct run *run, struct err *err)
{
    struct str *title = ARENA_ARRAY(&run->out->own, struct str, run->report->columns);
    if (!title)
        return err_set(err, ERR_MEM, "no memory for a report");
    for (size_t c = 0; c < run->report->columns; c++) {
        const struct report_column *col = &run->report->column[c];
        title[c] = text_pick(col->title, run->o->hindi);
        if (title[c].n == 0)
            title[c] = col->name;
    }
    run->out->title = title;
    return 0;
}

static void tell_table(const struct run *run, const struct upload *want, struct buf *b)
{
    const struct upload *have = upload_find(run->o->snap->uploads, want->name);
    bool hindi = run->o->hindi;
    if (!have) {
        buf_printf(b,
                   hindi ? "तालिका %.*s अभी अपलोड नहीं हुई है; इसलिए यहाँ उसका कुछ नहीं है। "
                         : "The table %.*s has not been uploaded yet, so nothing of it is here. ",
                   STR_ARG(want->name));
        return;
    }
    buf_printf(b, hindi ? "अपलोड की गई तालिका %.*s में " : "The uploaded table %.*s has ",
               STR_ARG(want->name));
    plugin_upload_misfit(want, have, hindi, b);
    buf_cstr(b, hindi ? "; इसलिए यहाँ उसका कुछ नहीं है। " : ", so nothing of it is here. ");
}

/* What the rows cannot tell: a table that nobody has uploaded yet, or that lacks something. It
 * stands before the summary. */
static int tell_missed(struct run *run, struct err *err)
{
    const struct plugin *p = run->report->plugin;
    struct buf b;
    buf_init(&b, MEM_SCRIPT);
    for (size_t i = 0; i < p->uploads; i++) {
        if (run->missed[i])
            tell_table(run, p->upload[i], &b);
    }
    if (b.n > 0 && run->out->summary.n > 0)
        buf_str(&b, run->out->summary);
    else if (b.n > 0)
        b.n--;
    int rc = buf_check(&b, err);
    if (rc == 0 && b.n > 0) {
        run->out->summary = str_copy(&run->out->own, buf_view(&b));
        rc = run->out->summary.p ? 0 : err_set(err, ERR_MEM, "no memory for a report");
    }
    buf_fini(&b);
    return rc;
}

static int run_report(struct run *run, struct err *err)
{
    const struct run_options *o = run->o;
    run->missed = ARENA_ARRAY(&run->out->own, bool, run->report->plugin->uploads);
    if (!run->missed)
        return err_set(err, ERR_MEM, "no memory for a report");
    int rc = params_bind(&run->out->own, run->report->param, run->report->params, o->arg, o->args,
                         o->snap, places_of(o), &run->bound, err);
    run->out->as_on = run->bound.as_on;
    run->out->violation = run->bound.violation;
    run->out->violations = run->bound.violations;
    TRY(rc);
    TRY(make_titles(run, err));
    run->is_run = run->code->run;
    if (run->is_run || run->code->summary)
        TRY(aside_check(run->code->object->aside, run->code->declaration, run->what, err));
    if (!run->is_run)
        TRY(run_query(run, err));
    if (run->is_run || run->code->summary)
        TRY(call_script(run, err));
    run->out->result.frame = run->frame;
    return tell_missed(run, err);
}

/* The error of a script begins with its own file and line; the report's name comes in front. */
static void name_error(const struct report *r, struct err *err)
{
    if (!err)
        return;
    struct err inner = *err;
    err_set(err, inner.code, "report %.*s/%.*s: %s", STR_ARG(r->plugin->name), STR_ARG(r->name),
            inner.msg);
    err_hint(err, "%s", inner.hint);
    err->line = inner.line;
}

int report_run(const struct plugin_set *set, const struct report *r, const struct run_options *o,
               struct report_result *out, struct err *err)
{
    memset(out, 0, sizeof *out);
    arena_init(&out->own, MEM_SCRIPT, mem_share(QUERY_MEMORY_BYTES, 4));
    arena_init(&out->result.arena, MEM_SCRIPT, 0);
    out->result.engine = "local";
    struct run *run = mem_calloc(MEM_SCRIPT, 1, sizeof *run);
    if (!run)
        return err_set(err, ERR_MEM, "no memory for a report");
    run->set = set;
    run->report = r;
    run->code = r->code;
    run->o = o;
    run->out = out;
    snprintf(run->what, sizeof run->what, "report %.*s/%.*s", STR_ARG(r->plugin->name),
             STR_ARG(r->name));
    int rc = run_report(run, err);
    mem_free(MEM_SCRIPT, run);
    if (rc == ERR_SCRIPT)
        name_error(r, err);
    return rc;
}

void report_result_fini(struct report_result *r)
{
    query_result_fini(&r->result);
    arena_fini(&r->own);
}
