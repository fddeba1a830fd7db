/* SPDX-License-Identifier: MIT
 *
 * A version of a plugin that was sent: the same steps as of one from the disk, beside the set that
 * serves and without touching it. */
#include <string.h>

#include "declare.h"
#include "object.h"
#include "script/plugin.h"

struct proposal {
    struct plugin_object *object;
    struct plugin_set set;
    struct arena arena; /* of what follows */
    struct mistake *mistake;
    size_t mistakes;
};

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEM, "no memory to check a plugin");
}

/* ---- its name ---- */

/* What was sent. */
struct sent {
    const struct plugin_file *file;
    size_t n;
    bool folder;
};

static int load_folder(struct arena *a, struct str name, const struct sent *s,
                       struct plugin_object **out, struct err *err)
{
    struct sources sources;
    struct str *file = ARENA_ARRAY(a, struct str, s->n);
    struct str *text = ARENA_ARRAY(a, struct str, s->n);
    if (!file || !text)
        return no_memory(err);
    for (size_t i = 0; i < s->n; i++) {
        file[i] = s->file[i].name;
        text[i] = s->file[i].text;
    }
    TRY(sources_texts(a, name, file, text, s->n, &sources, err));
    return object_load(STR_NULL, &sources, out, err);
}

static int load(struct arena *a, struct str name, const struct sent *s, struct plugin_object **out,
                struct err *err)
{
    struct sources sources;
    struct buf path;
    if (s->folder)
        return load_folder(a, name, s, out, err);
    buf_init(&path, MEM_SCRIPT);
    buf_printf(&path, "%.*s.lua", STR_ARG(name));
    int rc = buf_check(&path, err);
    if (rc == 0)
        rc = sources_text(a, name, buf_view(&path), s->file->text, &sources, err);
    buf_fini(&path);
    return rc < 0 ? rc : object_load(STR_NULL, &sources, out, err);
}

/* What the text calls itself; empty where it does not say. */
static struct str own_name(const struct plugin_object *o)
{
    for (size_t i = 0; i < o->host.declarations; i++) {
        const struct plugin_decl *d = o->data && o->data[i] ? o->data[i] : NULL;
        if (d && strcmp(o->host.declaration[i].word->name, "plugin") == 0)
            return d->name;
    }
    return STR("");
}

/* A text that does not know its name is checked under this one. */
static const struct str nameless = {"plugin", 6};

static int load_named(struct arena *a, struct str name, const struct sent *s,
                      struct plugin_object **out, struct err *err)
{
    TRY(load(a, name.n ? name : nameless, s, out, err));
    struct str own = own_name(*out);
    if (name.n > 0 || own.n == 0 || str_eq(own, nameless) || !object_may_be_called(own))
        return 0;
    struct plugin_object *again;
    int rc = load(a, own, s, &again, err);
    object_unref(*out);
    *out = rc == 0 ? again : NULL;
    return rc;
}

/* ---- beside the others ---- */

static int others_of(struct proposal *p, const struct plugin_set *set, struct target_book *book,
                     struct fn_book *fns, struct err *err)
{
    const struct target_set **t = ARENA_ARRAY(&p->arena, const struct target_set *, set->targets.n);
    struct query_fn *f = ARENA_ARRAY(&p->arena, struct query_fn, set->fns);
    if (!t || !f)
        return no_memory(err);
    *book = (struct target_book){0, t};
    *fns = (struct fn_book){0, f};
    for (size_t i = 0; i < set->n; i++) {
        const struct plugin *other = &set->plugin[i];
        if (str_eq(other->name, p->object->pub.name))
            continue;
        object_repeats(p->object, other);
        for (size_t k = 0; k < other->targets; k++)
            t[book->n++] = other->target[k];
        for (size_t k = 0; k < other->fns; k++)
            f[fns->n++] = other->fn[k];
    }
    return 0;
}

/* The set that its reports run with. */
static int make_set(struct proposal *p, const struct target_book *book, const struct fn_book *fns,
                    struct err *err)
{
    const struct plugin *own = &p->object->pub;
    struct query_fn *all = ARENA_ARRAY(&p->arena, struct query_fn, own->fns + fns->n);
    if (!all)
        return no_memory(err);
    for (size_t i = 0; i < own->fns; i++)
        all[i] = own->fn[i];
    for (size_t i = 0; i < fns->n; i++)
        all[own->fns + i] = fns->at[i];
    p->set = (struct plugin_set){
        .plugin = own, .n = 1, .targets = *book, .fn = all, .fns = own->fns + fns->n};
    return 0;
}

static int check(struct proposal *p, const struct plugin_set *set, const struct snap *snap,
                 struct err *err)
{
    struct target_book others;
    struct target_book book;
    struct fn_book fns;
    TRY(object_targets(p->object, snap, err));
    TRY(others_of(p, set, &others, &fns, err));
    TRY(object_book(p->object, &others, &book, err));
    TRY(object_check(p->object, snap, &book, &fns, err));
    TRY(object_finish(p->object, err));
    return make_set(p, &book, &fns, err);
}

static int list_mistakes(struct proposal *p, struct err *err)
{
    const struct diags *d = p->object->diags;
    p->mistake = ARENA_ARRAY(&p->arena, struct mistake, d->n);
    if (!p->mistake)
        return no_memory(err);
    for (size_t i = 0; i < d->n; i++)
        p->mistake[p->mistakes++] = (struct mistake){
            d->at[i].source ? d->at[i].source->name : p->object->pub.path, d->at[i].err};
    return 0;
}

/* ---- public ---- */

static int propose(const struct plugin_set *set, const struct snap *snap, struct str name,
                   const struct sent *sent, struct proposal **out, struct err *err)
{
    if (name.n > 0 && !object_may_be_called(name)) {
        err_set(err, ERR_PARAM, "\"%.*s\" is not a name for a plugin",
                (int)(name.n < 64 ? name.n : 64), name.p);
        err_hint(err, "names have small letters, digits and _, and begin with a letter");
        return ERR_PARAM;
    }
    struct proposal *p = mem_calloc(MEM_SCRIPT, 1, sizeof *p);
    if (!p)
        return no_memory(err);
    arena_init(&p->arena, MEM_SCRIPT, 0);
    int rc = load_named(&p->arena, name, sent, &p->object, err);
    if (rc == 0)
        rc = check(p, set, snap, err);
    if (rc == 0)
        rc = list_mistakes(p, err);
    if (rc < 0) {
        proposal_free(p);
        return rc;
    }
    *out = p;
    return 0;
}

int proposal_new(const struct plugin_set *set, const struct snap *snap, struct str name,
                 struct str text, struct proposal **out, struct err *err)
{
    const struct plugin_file file = {STR(""), text};
    const struct sent sent = {&file, 1, false};
    return propose(set, snap, name, &sent, out, err);
}

int proposal_new_folder(const struct plugin_set *set, const struct snap *snap, struct str name,
                        const struct plugin_file *file, size_t n, struct proposal **out,
                        struct err *err)
{
    const struct sent sent = {file, n, true};
    return propose(set, snap, name, &sent, out, err);
}

void proposal_free(struct proposal *p)
{
    if (!p)
        return;
    object_unref(p->object);
    arena_fini(&p->arena);
    mem_free(MEM_SCRIPT, p);
}

const struct plugin *proposal_plugin(const struct proposal *p)
{
    return &p->object->pub;
}

const struct plugin_set *proposal_set(const struct proposal *p)
{
    return &p->set;
}

const struct mistake *proposal_mistakes(const struct proposal *p, size_t *n)
{
    *n = p->mistakes;
    return p->mistake;
}

size_t proposal_tests(const struct proposal *p)
{
    size_t n = 0;
    for (size_t i = 0; i < p->object->host.declarations; i++)
        n += strcmp(p->object->host.declaration[i].word->name, "test") == 0;
    return n;
}
