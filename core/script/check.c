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
    for (size_t i = 0; i < p->uploads; i++)
        buf_printf(out, "  upload   %.*s\n", STR_ARG(p->upload[i]->name));
    for (size_t i = 0; i < p->reports; i++)
        buf_printf(out, "  report   %.*s: %.*s\n", STR_ARG(p->report[i].name),
                   STR_ARG(p->report[i].title.en));
    for (size_t i = 0; i < p->alerts; i++)
        buf_printf(out, "  alert    %.*s\n", STR_ARG(p->alert[i].name));
    for (size_t i = 0; i < p->fns; i++)
        buf_printf(out, "  fn       %.*s\n", STR_ARG(p->fn[i].name));
    for (size_t i = 0; i < p->checks; i++)
        buf_printf(out, "  check    %.*s\n", STR_ARG(p->check[i].name));
    for (size_t i = 0; i < p->schedules; i++)
        buf_printf(out, "  schedule %.*s: %.*s at %02d:%02d to %.*s\n",
                   STR_ARG(p->schedule[i].name), STR_ARG(p->schedule[i].report->name),
                   p->schedule[i].minute / 60, p->schedule[i].minute % 60,
                   STR_ARG(p->schedule[i].deliver));
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

/* ---- target sets of the plugins beside it ---- */

struct beside {
    struct arena arena;
    struct plugin_object *object[FOLDER_NAMES_MAX];
    size_t n;
};

static struct str folder_of(struct arena *a, struct str path)
{
    while (path.n > 0 && path.p[path.n - 1] != '/')
        path.n--;
    return path.n ? str_copy(a, path) : STR("./");
}

static bool may_be_plugin(struct str name)
{
    return str_ends(name, STR(".lua")) || !memchr(name.p, '.', name.n);
}

/* Loads what can be loaded beside `own`, for its target sets only; the rest is no concern here. */
static void load_beside(struct beside *b, const struct plugin_object *own, const struct snap *snap)
{
    struct str *name = ARENA_ARRAY(&b->arena, struct str, FOLDER_NAMES_MAX);
    struct str folder = folder_of(&b->arena, own->sources.path);
    size_t n = 0;
    if (!name || !folder.p ||
        folder_names(&b->arena, folder.p, FOLDER_NAMES_MAX, name, &n, NULL) < 0)
        return;
    for (size_t i = 0; i < n; i++) {
        struct buf path;
        struct plugin_object *o;
        struct err err;
        if (!may_be_plugin(name[i]))
            continue;
        buf_init(&path, MEM_SCRIPT);
        buf_str(&path, folder);
        buf_str(&path, name[i]);
        if (!path.failed && object_load(buf_view(&path), NULL, &o, &err) == 0) {
            b->object[b->n++] = o;
            if (str_eq(o->pub.name, own->pub.name) || object_targets(o, snap, &err) < 0)
                o->pub.targets = o->pub.fns = 0;
        }
        buf_fini(&path);
    }
}

static int make_book(struct beside *b, const struct plugin_object *own, struct target_book *out,
                     struct err *err)
{
    size_t n = own->pub.targets;
    for (size_t i = 0; i < b->n; i++)
        n += b->object[i]->pub.targets;
    const struct target_set **set = arena_array(&b->arena, n, sizeof *set);
    if (!set)
        return err_set(err, ERR_MEM, "no memory to check a plugin");
    n = 0;
    for (size_t k = 0; k < own->pub.targets; k++)
        set[n++] = own->pub.target[k];
    for (size_t i = 0; i < b->n; i++) {
        for (size_t k = 0; k < b->object[i]->pub.targets; k++)
            set[n++] = b->object[i]->pub.target[k];
    }
    *out = (struct target_book){n, set};
    return 0;
}

static int make_fns(struct beside *b, struct fn_book *out, struct err *err)
{
    size_t n = 0;
    for (size_t i = 0; i < b->n; i++)
        n += b->object[i]->pub.fns;
    struct query_fn *all = ARENA_ARRAY(&b->arena, struct query_fn, n);
    if (!all)
        return err_set(err, ERR_MEM, "no memory to check a plugin");
    n = 0;
    for (size_t i = 0; i < b->n; i++) {
        for (size_t k = 0; k < b->object[i]->pub.fns; k++)
            all[n++] = b->object[i]->pub.fn[k];
    }
    *out = (struct fn_book){n, all};
    return 0;
}

/* Beside is looked only when a set or a function is missed: the folder may be anybody's. */
static bool misses_others(const struct plugin_object *o)
{
    for (size_t i = 0; i < o->diags->n; i++) {
        const char *msg = o->diags->at[i].err.msg;
        if (strstr(msg, "no target set") || strstr(msg, "Function not found"))
            return true;
    }
    return false;
}

/* ---- checking ---- */

static int check_object(struct plugin_object *o, const struct snap *snap, struct beside *b,
                        struct err *err)
{
    struct target_book book;
    struct fn_book fns;
    TRY(object_targets(o, snap, err));
    TRY(make_book(b, o, &book, err));
    TRY(make_fns(b, &fns, err));
    return object_check(o, snap, &book, &fns, err);
}

static int check_again(struct plugin_object **o, const struct snap *snap, struct beside *b,
                       struct err *err)
{
    struct plugin_object *again;
    load_beside(b, *o, snap);
    if (b->n == 0)
        return 0;
    TRY(object_load((*o)->sources.path, NULL, &again, err));
    object_unref(*o);
    *o = again;
    return check_object(again, snap, b, err);
}

static int check_path(const char *path, const struct snap *snap, struct beside *b, struct buf *out,
                      struct err *err)
{
    struct plugin_object *o;
    TRY(object_load(str_of(path), NULL, &o, err));
    int rc = check_object(o, snap, b, err);
    if (rc == 0 && misses_others(o))
        rc = check_again(&o, snap, b, err);
    if (rc == 0)
        rc = object_finish(o, err);
    if (rc == 0)
        rc = describe(o, out, err);
    object_unref(o);
    return rc;
}

int plugin_check(const char *path, struct snap_cell *cell, struct buf *out, struct err *err)
{
    struct err own;
    struct snap *snap;
    struct beside *b = mem_calloc(MEM_SCRIPT, 1, sizeof *b);
    if (!err)
        err = &own;
    if (!b)
        return err_set(err, ERR_MEM, "no memory to check a plugin");
    arena_init(&b->arena, MEM_SCRIPT, 0);
    int rc = object_pin_snap(cell, &snap, err);
    if (rc == 0) {
        rc = check_path(path, snap, b, out, err);
        snap_unref(snap);
    }
    for (size_t i = 0; i < b->n; i++)
        object_unref(b->object[i]);
    arena_fini(&b->arena);
    mem_free(MEM_SCRIPT, b);
    return rc;
}

void plugin_docs(struct buf *out)
{
    words_document(out);
    load_document(out);
}
