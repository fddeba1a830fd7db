/* SPDX-License-Identifier: MIT
 *
 * Expected tables: from their declaration to a table without rows, and against what was uploaded.
 */
#include "uploads.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/near.h"
#include "declare.h"

/* ---- building ---- */

/* What the name of a column tells of it, as in a file that is uploaded: a place of a level, or a
 * sector. */
static bool named_kind(struct str name, enum type *type, int *level)
{
    *level = UPLOAD_LEVEL_NONE;
    for (int l = PLACE_STATE; l < PLACE_LEVELS; l++) {
        if (!str_eq_nocase(name, str_of(place_level_name((enum place_level)l))))
            continue;
        *type = TYPE_PLACE;
        *level = l;
        return true;
    }
    *type = TYPE_CODED;
    return str_eq_nocase(name, STR("sector"));
}

static enum type type_named(struct str name)
{
    static const enum type stated[] = {TYPE_INT64, TYPE_FLOAT64, TYPE_STRING, TYPE_BOOL, TYPE_DATE};
    for (size_t i = 0; i < ARRAY_LEN(stated); i++) {
        if (str_eq(name, str_of(type_name(stated[i]))))
            return stated[i];
    }
    return TYPE_NULL;
}

static bool is_repeated(const struct upload_column_decl *col, size_t i)
{
    for (size_t k = 0; k < i; k++) {
        if (str_eq_nocase(col[k].name, col[i].name))
            return true;
    }
    return false;
}

/* The type of a column; TYPE_NULL after a mistake. */
static enum type column_type(struct reader *r, const struct upload_column_decl *col, size_t i,
                             int *level)
{
    enum type type;
    struct str name = col[i].name;
    if (is_repeated(col, i)) {
        reader_fault(r, name, ERR_CONFLICT, "the column \"%.*s\" is there twice", STR_ARG(name));
        return TYPE_NULL;
    }
    if (named_kind(name, &type, level)) {
        if (col[i].type.n == 0)
            return type;
        struct err *e =
            reader_fault(r, name, ERR_PLUGIN, "the column \"%.*s\" has no type", STR_ARG(name));
        err_hint(e, "its name says what it is: write { \"%.*s\" }", STR_ARG(name));
        return TYPE_NULL;
    }
    if (col[i].type.n > 0)
        return type_named(col[i].type);
    struct err *e =
        reader_fault(r, name, ERR_PLUGIN, "the column \"%.*s\" needs a type", STR_ARG(name));
    err_hint(e, "write { \"%.*s\", \"STRING\" }, or INT64, FLOAT64, BOOL, DATE", STR_ARG(name));
    return TYPE_NULL;
}

static int build_columns(struct reader *r, const struct upload_decl *d, struct upload *u,
                         struct err *err)
{
    const struct upload_column_decl *col = d->columns.at;
    for (size_t i = 0; i < d->columns.n; i++) {
        int level = UPLOAD_LEVEL_NONE;
        enum type type = column_type(r, col, i, &level);
        if (type == TYPE_NULL) { /* so that the queries, too, are looked at */
            type = TYPE_STRING;
            level = UPLOAD_LEVEL_NONE;
        }
        TRY(upload_col(u, i, col[i].name, type, level, err));
    }
    return 0;
}

static bool may_be_built(struct reader *r, struct str name, const struct upload_decl *d)
{
    struct err why;
    if (query_table_name(name, &why) < 0) {
        reader_fault(r, name, ERR_PLUGIN, "%s", why.msg);
        return false;
    }
    if (d->columns.n == 0 || d->columns.n > TABLE_COLUMNS_MAX) {
        struct err *e =
            reader_fault(r, STR("columns"), ERR_PLUGIN, "a table has 1 to %d columns, this one %zu",
                         TABLE_COLUMNS_MAX, d->columns.n);
        err_hint(e, "columns = { { \"name\", \"STRING\" }, { \"block\" } }");
        return false;
    }
    return true;
}

static int build_one(struct plugin_object *o, size_t i, struct text *title, struct err *err)
{
    const struct upload_decl *d = o->data[i];
    struct reader r;
    object_reader(o, i, &r);
    if (!may_be_built(&r, o->host.declaration[i].id, d))
        return 0;
    struct upload *u;
    TRY(upload_new(o->host.declaration[i].id, 0, d->columns.n, &u, err));
    title[o->pub.uploads] = d->title;
    o->upload[o->pub.uploads++] = u;
    return build_columns(&r, d, u, err);
}

static bool is_upload(const struct plugin_object *o, size_t i)
{
    return strcmp(o->host.declaration[i].word->name, "upload") == 0 && o->data[i];
}

int uploads_build(struct plugin_object *o, struct err *err)
{
    size_t n = o->host.declarations;
    struct text *title = ARENA_ARRAY(&o->arena, struct text, n);
    o->upload = ARENA_ARRAY(&o->arena, struct upload *, n);
    if (!title || !o->upload)
        return err_set(err, ERR_MEM, "no memory to load a plugin");
    for (size_t i = 0; i < n; i++) {
        if (is_upload(o, i))
            TRY(build_one(o, i, title, err));
    }
    o->pub.upload = (const struct upload *const *)o->upload;
    o->pub.upload_title = title;
    return 0;
}

void uploads_release(struct plugin_object *o)
{
    for (size_t i = 0; i < o->pub.uploads; i++)
        upload_unref(o->upload[i]);
}

/* ---- against what was uploaded ---- */

static void one_misfit(const struct upload *want, size_t col, const struct upload *have, bool hindi,
                       struct buf *out)
{
    struct str name = want->frame->col[col].name;
    size_t found;
    if (upload_fit(want, col, have, &found) == UPLOAD_LACKS)
        buf_printf(out, hindi ? "स्तंभ %.*s नहीं है" : "no column %.*s", STR_ARG(name));
    else
        buf_printf(out, hindi ? "स्तंभ %.*s %s है, %s नहीं" : "the column %.*s as %s, not %s",
                   STR_ARG(name), upload_type_name(have, found), upload_type_name(want, col));
}

void plugin_upload_misfit(const struct upload *want, const struct upload *have, bool hindi,
                          struct buf *out)
{
    size_t found;
    size_t told = 0;
    for (size_t c = 0; c < want->frame->cols; c++) {
        if (upload_fit(want, c, have, &found) == UPLOAD_FITS)
            continue;
        buf_cstr(out, told++ == 0 ? "" : hindi ? ", " : " and ");
        one_misfit(want, c, have, hindi, out);
    }
}

/* A column of another name that may be meant. */
static void note_near(struct plugin_object *o, const struct upload *want, const struct upload *have)
{
    size_t found;
    for (size_t c = 0; c < want->frame->cols; c++) {
        struct near_list near;
        struct err hint = {0};
        if (upload_fit(want, c, have, &found) != UPLOAD_LACKS)
            continue;
        near_init(&near);
        for (size_t k = 0; k < have->frame->cols; k++)
            near_offer(&near, want->frame->col[c].name, have->frame->col[k].name);
        near_hint(&near, &hint);
        if (near.n > 0)
            object_note(o, "table %.*s, column %.*s: %s", STR_ARG(want->name),
                        STR_ARG(want->frame->col[c].name), hint.hint);
    }
}

/* What was uploaded is the office's affair, and no mistake of the plugin: only reports that name
 * the table are without it. */
static void check_one(struct plugin_object *o, const struct upload *want,
                      const struct upload_set *set)
{
    const struct upload *have = upload_find(set, want->name);
    struct buf why;
    if (!have) {
        object_note(o, "the table %.*s is not uploaded yet: its queries see it without rows",
                    STR_ARG(want->name));
        return;
    }
    if (upload_fits(want, have))
        return;
    buf_init(&why, MEM_SCRIPT);
    plugin_upload_misfit(want, have, false, &why);
    object_note(o,
                "the table %.*s as it was uploaded has %.*s: its queries see it without rows until "
                "it is uploaded again (panji tables put %.*s FILE.csv)",
                STR_ARG(want->name), STR_ARG(buf_view(&why)), STR_ARG(want->name));
    buf_fini(&why);
    note_near(o, want, have);
}

void uploads_check(struct plugin_object *o, const struct snap *snap)
{
    for (size_t i = 0; i < o->pub.uploads; i++)
        check_one(o, o->upload[i], snap->uploads);
}
