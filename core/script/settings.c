/* SPDX-License-Identifier: MIT
 *
 * Running the file of the configuration. Every assignment to a global is seen by the sandbox and
 * kept with its line; afterwards each is read as its name demands, so that one run tells all
 * mistakes. The text that mistakes are shown in is a covered copy (settings_cover). */
#include "script/settings.h"

#include <errno.h>
#include <lauxlib.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/limits.h"
#include "load.h"
#include "read.h"
#include "sandbox.h"
#include "settings_int.h"

static const char values_key = 'v';           /* registry: what was assigned, by name */
static const char chunk_name[] = "panji.lua"; /* in Lua's messages, which cut long names */

struct assignment {
    struct str name;
    size_t offset; /* of the name in the text */
};

struct running {
    struct settings *out;
    const struct settings_refusal *refuse;
    struct sources sources; /* one, covered */
    struct str text;        /* as it is */
    struct diags *diags;
    struct assignment at[SETTINGS_MAX];
    size_t n;
    struct str unknown; /* the name last told as unknown, and its line */
    int unknown_line;
};

void settings_init(struct settings *s)
{
    memset(s, 0, sizeof *s);
    arena_init(&s->arena, MEM_SCRIPT, 0);
    s->log = log_setting_default;
    s->metrics_of_drive = true;
    s->suppression_public = s->suppression_viewer = -1;
}

void settings_fini(struct settings *s)
{
    arena_fini(&s->arena);
}

bool settings_has(const struct settings *s, const char *name)
{
    for (size_t i = 0; i < s->givens; i++)
        if (str_eq(s->given[i], str_of(name)))
            return true;
    return false;
}

/* ---- assignments ---- */

static const struct setting *find_setting(struct str name)
{
    for (size_t i = 0; i < settings_count; i++)
        if (str_eq(name, str_of(settings_table[i].field.name)))
            return &settings_table[i];
    return NULL;
}

static int line_now(lua_State *L)
{
    lua_Debug ar;
    return lua_getstack(L, 1, &ar) && lua_getinfo(L, "l", &ar) ? ar.currentline : 0;
}

static void near_setting(struct str name, struct err *e)
{
    struct near_list near;
    near_init(&near);
    for (size_t i = 0; i < settings_count; i++)
        near_offer(&near, name, str_of(settings_table[i].field.name));
    if (near.n > 0)
        near_hint(&near, e);
    else
        err_hint(e, "a value of your own is made with `local %.*s = ...`", STR_ARG(name));
}

static bool assigned_before(const struct running *r, struct str name)
{
    for (size_t i = 0; i < r->n; i++)
        if (str_eq(r->at[i].name, name))
            return true;
    return false;
}

/* Names are looked for in the text as it is: what is shown may have a cover over them. */
static struct source plain_source(const struct running *r)
{
    struct source plain = r->sources.at[0];
    plain.text = r->text;
    return plain;
}

/* The value is at index 3. */
static void assign(struct running *r, lua_State *L, struct str name)
{
    const struct source *s = &r->sources.at[0];
    struct source plain = plain_source(r);
    size_t end = source_line(s, line_now(L) + 1);
    size_t at = source_find_before(&plain, name, end);
    if (at == end)
        at = source_line(s, line_now(L));
    if (find_setting(name) == NULL) {
        near_setting(name, diag_add(r->diags, s, at, name.n, ERR_UNKNOWN_NAME,
                                    "unknown setting \"%.*s\"", STR_ARG(name)));
        return;
    }
    if (assigned_before(r, name)) {
        diag_add(r->diags, s, at, name.n, ERR_CONFLICT, "\"%.*s\" is set for the second time",
                 STR_ARG(name));
        return;
    }
    ASSERT(r->n < SETTINGS_MAX);
    r->at[r->n] = (struct assignment){str_copy(&r->out->arena, name), at};
    if (r->at[r->n++].name.p == NULL)
        luaL_error(L, "not enough memory");
    lua_rawgetp(L, LUA_REGISTRYINDEX, &values_key);
    lua_pushvalue(L, 3);
    lua_setfield(L, -2, r->at[r->n - 1].name.p);
    lua_pop(L, 1);
}

/* The word stands in what is covered, and is not to be shown. */
static bool is_covered(const struct running *r, size_t from, struct str word)
{
    const struct source *s = &r->sources.at[0];
    struct source plain = plain_source(r);
    size_t at;
    return source_find(&plain, from, word, &at) && memcmp(s->text.p + at, word.p, word.n) != 0;
}

/* Once for each line, however often it stands there. */
static void read_unknown(struct running *r, lua_State *L, struct str name)
{
    if (r->unknown_line == line_now(L) && str_eq(r->unknown, name))
        return;
    r->unknown_line = line_now(L);
    r->unknown = str_copy(&r->out->arena, name);
    const struct source *s = &r->sources.at[0];
    size_t at = source_line(s, line_now(L));
    bool covered = is_covered(r, at, name);
    if (!covered)
        source_find(s, at, name, &at);
    struct err *e =
        diag_add(r->diags, s, at, covered ? 1 : name.n, ERR_UNKNOWN_NAME, "unknown name%s%.*s%s",
                 covered ? "" : " \"", covered ? 0 : (int)name.n, name.p, covered ? "" : "\"");
    err_hint(e, "texts are written in quotes: name = \"text\"");
}

static void on_unknown(void *ctx, lua_State *L, const char *name, bool write)
{
    if (write)
        assign(ctx, L, str_of(name));
    else
        read_unknown(ctx, L, str_of(name));
}

/* ---- running and reading ---- */

static int run_body(lua_State *L)
{
    struct running *r = lua_touserdata(L, 1);
    lua_newtable(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &values_key);
    const char *chunk = lua_pushfstring(L, "@%s", chunk_name);
    sandbox_load_text(L, r->text, chunk);
    lua_call(L, 0, 0);
    return 0;
}

static struct str folder_of(struct str path)
{
    while (path.n > 0 && path.p[path.n - 1] != '/')
        path.n--;
    return path;
}

/* A reader that takes one name at a time: a record of one field. */
static void read_one(struct taking *t, const struct assignment *a)
{
    const struct setting *def = find_setting(a->name);
    struct record one = {
        .name = "setting", .bytes = sizeof *t->decl, .field = &def->field, .fields = 1};
    t->r->record = &one;
    t->r->anchor = t->r->start = a->offset;
    snprintf(t->r->what, sizeof t->r->what, "the settings");
    lua_createtable(t->r->L, 0, 1);
    lua_rawgetp(t->r->L, LUA_REGISTRYINDEX, &values_key);
    lua_getfield(t->r->L, -1, a->name.p);
    lua_remove(t->r->L, -2);
    lua_setfield(t->r->L, -2, a->name.p);
    if (record_read(t->r, lua_gettop(t->r->L), &one, t->decl) || def->field.kind == FIELD_MAP)
        def->take(t);
    t->r->anchor = a->offset;
    snprintf(t->r->what, sizeof t->r->what, "the settings");
    lua_pop(t->r->L, 1);
}

static void refuse_name(struct taking *t, const struct settings_refusal *list, struct str name)
{
    for (const struct settings_refusal *f = list; f != NULL && f->name != NULL; f++) {
        if (!str_eq(name, str_of(f->name)))
            continue;
        if (f->engine != NULL && !str_eq(t->decl->engine, str_of(f->engine)))
            continue;
        struct err *e = reader_fault(t->r, name, ERR_UNSUPPORTED, "%s", f->reason);
        err_hint(e, "%s", f->instead);
    }
}

static int read_body(lua_State *L)
{
    struct running *run = lua_touserdata(L, 1);
    struct settings_decl decl = {0};
    struct reader r = {
        .L = L, .arena = &run->out->arena, .diags = run->diags, .source = &run->sources.at[0]};
    struct taking t = {&r, &decl, run->out, folder_of(run->out->path)};
    struct str *given = reader_need(&r, ARENA_ARRAY(r.arena, struct str, run->n));
    for (size_t i = 0; i < run->n; i++) {
        given[run->out->givens] = run->at[i].name;
        run->out->given = given;
        run->out->givens++;
        read_one(&t, &run->at[i]);
        refuse_name(&t, run->refuse, run->at[i].name);
    }
    settings_take_all(&t);
    return 0;
}

/* What came of a name that is told as unknown already is no mistake of its own. Lua shows the text
 * near a mistake of syntax, which may be what is covered. */
static void fault(struct running *r, struct err *err)
{
    struct host host = {.sources = &r->sources, .diags = r->diags};
    if (err->code == ERR_SCRIPT && err->line > 0 && err->line == r->unknown_line)
        return;
    char *near = strstr(err->msg, " near ");
    if (near != NULL && memcmp(r->text.p, r->sources.at[0].text.p, r->text.n) != 0)
        *near = '\0';
    if (err->code == ERR_SCRIPT && err->line == 0)
        err_hint(err, "settings are assignments, and need no loops");
    load_fault(&host, err);
}

static int run_text(struct running *r, struct err *err)
{
    struct sandbox box;
    struct sandbox_options o = {.unknown = on_unknown, .ctx = r};
    struct err mistake = {0};
    TRY(sandbox_init(&box, &o, err));
    int rc = sandbox_call(&box, run_body, r, SCRIPT_LOAD_MS, NULL, &mistake);
    if (rc < 0 && rc != ERR_UNAVAILABLE)
        fault(r, &mistake);
    if (rc != ERR_UNAVAILABLE) {
        rc = sandbox_call(&box, read_body, r, SCRIPT_LOAD_MS, NULL, &mistake);
        if (rc < 0 && rc != ERR_UNAVAILABLE)
            fault(r, &mistake);
    }
    sandbox_fini(&box);
    return rc == ERR_UNAVAILABLE ? err_set(err, rc, "%s", mistake.msg) : 0;
}

/* ---- the file ---- */

static int read_source(const char *path, struct running *r, struct err *err)
{
    struct stat st;
    struct arena *a = &r->out->arena;
    if (stat(path, &st) < 0)
        return err_set(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO,
                       "cannot open the configuration %s: %s", path, strerror(errno));
    if (S_ISDIR(st.st_mode))
        return err_set(err, ERR_IO, "the configuration %s is a directory, not a file", path);
    TRY(sources_read(a, str_of(path), &r->sources, err));
    struct source *s = &r->sources.at[0];
    r->out->path = str_copy(a, str_of(path));
    r->text = s->text;
    s->text.p = settings_cover(a, r->text);
    s->name = STR(chunk_name);
    r->diags = ARENA_NEW(a, struct diags);
    if (r->out->path.p == NULL || s->text.p == NULL || r->diags == NULL)
        return err_set(err, ERR_MEM, "no memory to read the configuration");
    r->diags->arena = a;
    return 0;
}

static int tell(struct running *r, struct buf *mistakes, struct err *err)
{
    size_t n = r->diags->n + r->diags->dropped;
    if (n == 0)
        return 0;
    r->sources.at[0].name = r->out->path;
    diags_sort(r->diags, &r->sources);
    diags_print(r->diags, mistakes);
    TRY(buf_check(mistakes, err));
    return err_set(err, ERR_PARAM, "the configuration %s has %zu mistake%s", r->out->path.p, n,
                   n == 1 ? "" : "s");
}

int settings_read(const char *path, const struct settings_refusal *refuse, struct settings *out,
                  struct buf *mistakes, struct err *err)
{
    settings_init(out);
    struct running *r = mem_calloc(MEM_SCRIPT, 1, sizeof *r);
    if (r == NULL)
        return err_set(err, ERR_MEM, "no memory to read the configuration");
    r->out = out;
    r->refuse = refuse;
    int rc = read_source(path, r, err);
    if (rc == 0)
        rc = run_text(r, err);
    if (rc == 0)
        rc = tell(r, mistakes, err);
    mem_free(MEM_SCRIPT, r);
    return rc;
}
