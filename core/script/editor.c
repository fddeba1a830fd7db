/* SPDX-License-Identifier: MIT
 *
 * What editors and luacheck are told of plugins, from the same table of words and the same sandbox
 * that plugins are checked by: LuaCATS annotations, as the Lua Language Server reads them, and the
 * settings of luacheck. */
#include <string.h>

#include "declare.h"
#include "load.h"
#include "sandbox.h"
#include "script/plugin.h"

/* ---- LuaCATS --------------------------------------------------------------------------------- */

static const char *type_of(const struct field *f)
{
    static const char *const names[] = {
        [FIELD_STRING] = "string",
        [FIELD_NAME] = "string",
        [FIELD_SCALAR] = "string|number|boolean",
        [FIELD_TEXT] = "string|panji.text",
        [FIELD_QUERY] = "string",
        [FIELD_BOOLEAN] = "boolean",
        [FIELD_INTEGER] = "integer",
        [FIELD_NUMBER] = "number",
        [FIELD_DATE] = "string",
        [FIELD_SPAN] = "string|integer",
        [FIELD_BY_DAY] = "table<string, table>",
        [FIELD_STRINGS] = "string|string[]",
        [FIELD_NUMBERS] = "number[]",
        [FIELD_DATES] = "string[]",
        [FIELD_CODES] = "table<integer, integer|table<string, integer>>",
        [FIELD_QUERIES] = "table<string, string>",
        [FIELD_JSON] = "table",
        [FIELD_FUNCTION] = "function",
        [FIELD_ANY] = "table",
        [FIELD_PHASING] = "string|number[]",
        [FIELD_GRIDS] = "table<string, any[][]>",
        [FIELD_PAIRS] = "table<string, string|number|boolean>",
        [FIELD_EXPECT] = "table",
    };
    ASSERT((size_t)f->kind < ARRAY_LEN(names) && names[f->kind] != NULL);
    return names[f->kind];
}

static void put_choices(const char *of, struct buf *out)
{
    for (const char *p = of; *p != '\0';) {
        const char *end = strchrnul(p, '|');
        buf_printf(out, "%s\"%.*s\"", p == of ? "" : "|", (int)(end - p), p);
        p = *end != '\0' ? end + 1 : end;
    }
}

static void put_type(const struct field *f, struct buf *out)
{
    if (f->kind == FIELD_CHOICE && f->of != NULL)
        put_choices(f->of, out);
    else if (f->kind == FIELD_RECORDS)
        buf_printf(out, "panji.%s[]", f->record->name);
    else if (f->kind == FIELD_RECORD)
        buf_printf(out, "panji.%s", f->record->name);
    else if (f->kind == FIELD_MAP)
        buf_printf(out, "table<string, panji.%s|false>", f->record->name);
    else
        buf_cstr(out, f->kind == FIELD_CHOICE ? "string" : type_of(f));
}

/* A field that may stand as an item of the list has the item's number as its name, too. */
static void put_field(const struct field *f, struct buf *out)
{
    bool optional = !f->required || f->item > 0;
    buf_printf(out, "---@field %s%s ", f->name, optional ? "?" : "");
    put_type(f, out);
    buf_printf(out, " %s\n", f->doc);
    if (f->item == 0)
        return;
    buf_printf(out, "---@field [%d]%s ", f->item, f->required ? "" : "?");
    put_type(f, out);
    buf_printf(out, " %s\n", f->doc);
}

static void put_class(const struct record *r, struct buf *out)
{
    buf_printf(out, "\n---%s\n---@class panji.%s\n", r->doc, r->name);
    for (size_t i = 0; i < r->fields; i++)
        put_field(&r->field[i], out);
}

static void put_word(const struct word *w, struct buf *out)
{
    put_class(&w->record, out);
    if (w->named)
        buf_printf(out,
                   "\n---%s\n---@param name string\n---@return fun(declaration: panji.%s)\n"
                   "function %s(name) end\n",
                   w->record.doc, w->record.name, w->name);
    else
        buf_printf(out, "\n---%s\n---@param declaration panji.%s\nfunction %s(declaration) end\n",
                   w->record.doc, w->record.name, w->name);
}

static void put_function(void *ctx, const char *name, const char *form, const char *doc)
{
    (void)form;
    buf_printf(ctx, "\n---%s: %s\n---@return any\nfunction %s(...) end\n", form, doc, name);
}

void plugin_luals(struct buf *out)
{
    buf_cstr(out,
             "---@meta\n--- What a plugin can say; made by `panji plugin docs --format luals`. "
             "Put it into a\n--- folder of its own and name that in `workspace.library` of the "
             "Lua Language Server.\n\n---@class panji.text a text in both languages\n"
             "---@field en string\n---@field hi string\n");
    put_class(&param_record, out);
    put_class(&column_record, out);
    put_class(&severity_record, out);
    put_class(&upload_column_record, out);
    for (size_t i = 0; i < words_n; i++)
        put_word(&words[i], out);
    load_each_function(put_function, out);
    buf_cstr(out, "\n---The items of a table in the order of their keys.\n---@param t table\n"
                  "---@return fun(): any, any\nfunction sorted(t) end\n");
}

/* ---- luacheck -------------------------------------------------------------------------------- */

struct listing {
    struct buf *out;
    const char *name; /* not written yet: it may turn out to be a table */
    bool open;        /* the fields of a table are being written */
};

static void end_name(struct listing *l)
{
    if (l->open)
        buf_cstr(l->out, " } },\n");
    else if (l->name != NULL)
        buf_printf(l->out, "  \"%s\",\n", l->name);
    l->open = false;
    l->name = NULL;
}

/* Tables are written as `name = { fields = { ... } }`. */
static void put_name(void *ctx, const char *inside, const char *name)
{
    struct listing *l = ctx;
    if (inside == NULL) {
        end_name(l);
        l->name = name;
        return;
    }
    if (!l->open)
        buf_printf(l->out, "  %s = { fields = {", inside);
    buf_printf(l->out, "%s \"%s\"", l->open ? "," : "", name);
    l->open = true;
}

static void put_function_name(void *ctx, const char *name, const char *form, const char *doc)
{
    (void)form, (void)doc;
    buf_printf(ctx, "  \"%s\",\n", name);
}

static int list_names(lua_State *L)
{
    struct listing *l = lua_touserdata(L, 1);
    sandbox_each_name(L, put_name, l);
    end_name(l);
    return 0;
}

int plugin_luacheck(struct buf *out, struct err *err)
{
    struct sandbox s;
    struct listing l = {.out = out};
    TRY(sandbox_init(&s, &(struct sandbox_options){0}, err));
    buf_cstr(out, "-- Settings of luacheck for plugins: panji plugin docs --format luacheck > "
                  ".luacheckrc\nstd = \"none\"\nread_globals = {\n");
    int rc = sandbox_call(&s, list_names, &l, 0, NULL, err);
    for (size_t i = 0; i < words_n; i++)
        buf_printf(out, "  \"%s\",\n", words[i].name);
    load_each_function(put_function_name, out);
    buf_cstr(out, "}\n");
    sandbox_fini(&s);
    return rc < 0 ? rc : buf_check(out, err);
}
