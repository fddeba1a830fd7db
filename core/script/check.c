/* SPDX-License-Identifier: MIT
 *
 * `panji plugin check`: loads one plugin beside everything else and says what a person wants to
 * know about it. */
#include <string.h>

#include "declare.h"
#include "object.h"
#include "script/plugin.h"

static void list_names(const struct plugin *p, struct buf *out)
{
    for (size_t i = 0; i < p->targets; i++)
        buf_printf(out, "  targets  %.*s: %zu places\n", STR_ARG(p->target[i]->name),
                   p->target[i]->n);
    for (size_t i = 0; i < p->reports; i++)
        buf_printf(out, "  report   %.*s: %.*s\n", STR_ARG(p->report[i].name),
                   STR_ARG(p->report[i].title.en));
    for (size_t i = 0; i < p->alerts; i++)
        buf_printf(out, "  alert    %.*s\n", STR_ARG(p->alert[i].name));
}

static void list_tests(const struct plugin_object *o, struct buf *out)
{
    size_t n = 0;
    for (size_t i = 0; i < o->host.declarations; i++)
        n += strcmp(o->host.declaration[i].word->name, "test") == 0;
    if (n > 0)
        buf_printf(out, "  tests    %zu: all came true\n", n);
}

static void list_not_run(const struct plugin_object *o, struct buf *out)
{
    for (size_t i = 0; i < o->host.declarations; i++) {
        const struct declaration *d = &o->host.declaration[i];
        if (d->word->not_run)
            buf_printf(out, "  %-8s %.*s: is checked, but not run yet\n", d->word->name,
                       STR_ARG(d->id));
    }
}

static int describe(const struct plugin_object *o, struct buf *out, struct err *err)
{
    const struct plugin *p = &o->pub;
    if (!object_is_good(o)) {
        buf_str(out, p->errors_text);
        *err = p->error;
        size_t n = o->diags->n + o->diags->dropped;
        buf_printf(out, "\n%.*s: %zu mistake%s\n", STR_ARG(p->name), n, n == 1 ? "" : "s");
        return ERR_PLUGIN;
    }
    buf_printf(out, "%.*s %.*s: good\n", STR_ARG(p->name), STR_ARG(p->version));
    list_names(p, out);
    list_tests(o, out);
    list_not_run(o, out);
    if (p->notes_text.n)
        buf_printf(out, "%.*s", STR_ARG(p->notes_text));
    return buf_check(out, err);
}

static int check_object(struct plugin_object *o, const struct snap *snap, struct err *err)
{
    TRY(object_targets(o, snap->tree, err));
    struct target_book book = {o->pub.targets, o->pub.target};
    TRY(object_check(o, snap, &book, err));
    return object_finish(o, err);
}

int plugin_check(const char *path, struct snap_cell *cell, struct buf *out, struct err *err)
{
    struct err own;
    struct plugin_object *o;
    struct snap *snap;
    if (!err)
        err = &own;
    TRY(object_load(str_of(path), NULL, &o, err));
    int rc = object_pin_snap(cell, &snap, err);
    if (rc == 0) {
        rc = check_object(o, snap, err);
        snap_unref(snap);
    }
    if (rc == 0)
        rc = describe(o, out, err);
    object_unref(o);
    return rc;
}

void plugin_docs(struct buf *out)
{
    words_document(out);
}
