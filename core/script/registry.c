/* SPDX-License-Identifier: MIT
 *
 * The registry: which plugins serve. A set is immutable and numbered; the next one is built beside
 * it and put in its place by one pointer, under the lock. Who has a set pinned keeps it alive.
 *
 * A file that cannot be loaded leaves its last good version serving (stale); both are kept in
 * memory, so that a new tree of places, or another uploaded table, needs nothing from the disk. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/near.h"
#include "object.h"
#include "script/plugin.h"

enum { PLUGINS_MAX = 256, LISTENERS_MAX = 8 };

/* One plugin of a set. */
struct entry {
    struct plugin_object *newest;  /* what the file says */
    struct plugin_object *serving; /* the same, or the last good one, or NULL */
};

struct set {
    struct plugin_set pub;
    atomic_int refs;
    uint64_t catalogue; /* of the snapshot it was checked against */
    struct entry *entry;
    size_t n;
    struct plugin *plugin;
    const struct target_set **book;
    struct query_fn *fn;
};

struct registry {
    pthread_mutex_t storing; /* held while a version is written; before `lock` */
    pthread_mutex_t lock;    /* of the directory and the set, and held while a set is built */
    char *dir;
    struct snap_cell *cell;
    struct set *set;
    pthread_mutex_t listening; /* of the listeners; held while they are called */
    struct {
        registry_listener fn;
        void *ctx;
    } listener[LISTENERS_MAX];
    size_t listeners;
};

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEM, "no memory for plugins");
}

/* ---- sets ---- */

static struct set *set_new(size_t n)
{
    struct set *s = mem_calloc(MEM_SCRIPT, 1, sizeof *s);
    if (!s)
        return NULL;
    atomic_init(&s->refs, 1);
    s->entry = mem_calloc(MEM_SCRIPT, n ? n : 1, sizeof *s->entry);
    s->plugin = mem_calloc(MEM_SCRIPT, n ? n : 1, sizeof *s->plugin);
    if (s->entry && s->plugin)
        return s;
    mem_free(MEM_SCRIPT, s->entry);
    mem_free(MEM_SCRIPT, s->plugin);
    mem_free(MEM_SCRIPT, s);
    return NULL;
}

static void set_unref(struct set *s)
{
    if (!s || atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) > 1)
        return;
    for (size_t i = 0; i < s->n; i++) {
        object_unref(s->entry[i].newest);
        object_unref(s->entry[i].serving);
    }
    mem_free(MEM_SCRIPT, s->entry);
    mem_free(MEM_SCRIPT, s->plugin);
    mem_free(MEM_SCRIPT, s->book);
    mem_free(MEM_SCRIPT, s->fn);
    mem_free(MEM_SCRIPT, s);
}

void plugin_set_unref(const struct plugin_set *s)
{
    union {
        const struct plugin_set *in;
        struct set *out; /* pub is its first member */
    } set = {.in = s};
    set_unref(set.out);
}

static struct entry *entry_find(struct set *s, struct str path)
{
    for (size_t i = 0; s && i < s->n; i++) {
        if (str_eq(s->entry[i].newest->sources.path, path))
            return &s->entry[i];
    }
    return NULL;
}

/* ---- the directory ---- */

struct paths {
    char *at[PLUGINS_MAX];
    size_t n;
};

static void paths_fini(struct paths *p)
{
    for (size_t i = 0; i < p->n; i++)
        mem_free(MEM_SCRIPT, p->at[i]);
    p->n = 0;
}

static bool is_folder_with_plugin(const char *path)
{
    struct buf main_file;
    struct stat st;
    buf_init(&main_file, MEM_SCRIPT);
    buf_printf(&main_file, "%s/plugin.lua%c", path, '\0');
    bool yes = !main_file.failed && stat(main_file.p, &st) == 0;
    buf_fini(&main_file);
    return yes;
}

static bool is_plugin(const char *path, const char *name)
{
    struct stat st;
    if (stat(path, &st) < 0)
        return false;
    if (S_ISDIR(st.st_mode))
        return is_folder_with_plugin(path);
    struct str s = str_of(name);
    return s.n > 4 && str_ends(s, STR(".lua"));
}

static int add_path(struct paths *p, const char *dir, const char *name, struct err *err)
{
    size_t bytes = strlen(dir) + strlen(name) + 2;
    char *path = mem_alloc(MEM_SCRIPT, bytes);
    if (!path)
        return no_memory(err);
    snprintf(path, bytes, "%s/%s", dir, name);
    if (!is_plugin(path, name)) {
        mem_free(MEM_SCRIPT, path);
        return 0;
    }
    if (p->n == PLUGINS_MAX) {
        mem_free(MEM_SCRIPT, path);
        return err_set(err, ERR_LIMIT, "%s has more than %d plugins", dir, PLUGINS_MAX);
    }
    p->at[p->n++] = path;
    return 0;
}

/* Paths of all plugins, by name. */
static int list_paths(const char *dir, struct paths *out, struct err *err)
{
    struct arena a;
    size_t n = 0;
    out->n = 0;
    arena_init(&a, MEM_SCRIPT, 0);
    struct str *name = ARENA_ARRAY(&a, struct str, FOLDER_NAMES_MAX);
    int rc = name ? folder_names(&a, dir, FOLDER_NAMES_MAX, name, &n, err) : no_memory(err);
    for (size_t i = 0; rc == 0 && i < n; i++)
        rc = add_path(out, dir, name[i].p, err);
    arena_fini(&a);
    if (rc < 0)
        paths_fini(out);
    return rc == ERR_NOT_FOUND ? 0 : rc;
}

/* ---- building ---- */

/* Whose targets others may name while they are checked: those of the newest version or, where that
 * one could not be read, of the last good one. */
static const struct plugin_object *declaring(const struct entry *e, struct set *old)
{
    const struct entry *was =
        object_is_good(e->newest) ? NULL : entry_find(old, e->newest->sources.path);
    return was && was->serving ? was->serving : e->newest;
}

/* All target sets: those that serve, or with `old` those that a check may name. */
static int make_book(struct set *s, bool serving, struct set *old, struct target_book *book,
                     struct err *err)
{
    const struct plugin_object *from[PLUGINS_MAX];
    size_t n = 0;
    ASSERT(s->n <= PLUGINS_MAX);
    for (size_t i = 0; i < s->n; i++) {
        from[i] = serving ? s->entry[i].serving : declaring(&s->entry[i], old);
        n += from[i] ? from[i]->pub.targets : 0;
    }
    const struct target_set **all = mem_calloc(MEM_SCRIPT, n ? n : 1, sizeof *all);
    if (!all)
        return no_memory(err);
    n = 0;
    for (size_t i = 0; i < s->n; i++) {
        for (size_t t = 0; from[i] && t < from[i]->pub.targets; t++)
            all[n++] = from[i]->pub.target[t];
    }
    mem_free(MEM_SCRIPT, s->book);
    s->book = all;
    *book = (struct target_book){n, all};
    return 0;
}

/* All functions for queries, in the same way. */
static int make_fns(struct set *s, bool serving, struct set *old, struct fn_book *out,
                    struct err *err)
{
    const struct plugin_object *from[PLUGINS_MAX];
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++) {
        from[i] = serving ? s->entry[i].serving : declaring(&s->entry[i], old);
        n += from[i] ? from[i]->pub.fns : 0;
    }
    struct query_fn *all = mem_calloc(MEM_SCRIPT, n ? n : 1, sizeof *all);
    if (!all)
        return no_memory(err);
    n = 0;
    for (size_t i = 0; i < s->n; i++) {
        for (size_t k = 0; from[i] && k < from[i]->pub.fns; k++)
            all[n++] = from[i]->pub.fn[k];
    }
    mem_free(MEM_SCRIPT, s->fn);
    s->fn = all;
    *out = (struct fn_book){n, all};
    return 0;
}

static void fault_repeated(struct plugin_object *o, const char *what, struct str name,
                           const struct plugin *first)
{
    struct err *e = diag_add(o->diags, &o->sources.at[0], 0, 1, ERR_CONFLICT,
                             "the %s \"%.*s\" is declared by the plugin %.*s as well", what,
                             STR_ARG(name), STR_ARG(first->name));
    err_hint(e, "queries name it without its plugin: choose another name");
}

void object_repeats(struct plugin_object *o, const struct plugin *other)
{
    const struct target_book book = {other->targets, other->target};
    for (size_t k = 0; k < o->pub.fns; k++) {
        for (size_t m = 0; m < other->fns; m++)
            if (str_eq_nocase(other->fn[m].name, o->pub.fn[k].name))
                fault_repeated(o, "function", o->pub.fn[k].name, other);
    }
    for (size_t k = 0; k < o->pub.targets; k++) {
        if (target_set_find(&book, o->pub.target[k]->name))
            fault_repeated(o, "target set", o->pub.target[k]->name, other);
    }
}

static const struct plugin_object *same_name(const struct set *s, size_t i)
{
    for (size_t k = 0; k < i; k++) {
        if (str_eq(s->entry[k].newest->pub.name, s->entry[i].newest->pub.name))
            return s->entry[k].newest;
    }
    return NULL;
}

/* mine.lua and mine/ beside it. */
static void check_names(struct set *s)
{
    for (size_t i = 1; i < s->n; i++) {
        struct plugin_object *o = s->entry[i].newest;
        const struct plugin_object *other = same_name(s, i);
        if (!other)
            continue;
        const struct source *at = o->sources.n ? &o->sources.at[0] : NULL;
        struct err *e = diag_add(o->diags, at, 0, 1, ERR_CONFLICT,
                                 "there are two plugins called \"%.*s\"", STR_ARG(o->pub.name));
        err_hint(e, "the other one is %.*s: rename or remove one of them",
                 STR_ARG(other->pub.path));
    }
}

static void check_repeated(struct set *s)
{
    for (size_t i = 0; i < s->n; i++) {
        for (size_t j = 0; j < i; j++)
            object_repeats(s->entry[i].newest, &s->entry[j].newest->pub);
    }
}

/* A version's own target sets before those of the others, in its arena. */
int object_book(struct plugin_object *o, const struct target_book *others, struct target_book *out,
                struct err *err)
{
    size_t own = o->pub.targets;
    const struct target_set **all =
        ARENA_ARRAY(&o->arena, const struct target_set *, own + others->n + 1);
    if (!all)
        return no_memory(err);
    for (size_t i = 0; i < own; i++)
        all[i] = o->pub.target[i];
    for (size_t i = 0; i < others->n; i++)
        all[own + i] = others->set[i];
    *out = (struct target_book){own + others->n, all};
    return 0;
}

/* The last good version, built again for this snapshot. NULL when there is none that works. */
static struct plugin_object *last_good(const struct entry *old, const struct snap *snap,
                                       const struct target_book *book, const struct fn_book *fns,
                                       struct err *err)
{
    struct plugin_object *o = NULL;
    struct target_book all;
    if (!old || !old->serving || old->serving->sources.n == 0 ||
        object_load(STR_NULL, &old->serving->sources, &o, err) < 0)
        return NULL;
    object_share_aside(o, old->serving);
    if (object_targets(o, snap, err) < 0 || object_book(o, book, &all, err) < 0 ||
        object_check(o, snap, &all, fns, err) < 0 || object_finish(o, err) < 0 ||
        !object_is_good(o)) {
        object_unref(o);
        return NULL;
    }
    return o;
}

/* Once: a set that is built again, for other places say, is told of when it has other notes. */
static void tell_notes(const struct plugin *p, const struct entry *old)
{
    if (p->notes_text.n == 0 || (old && str_eq(old->newest->pub.notes_text, p->notes_text)))
        return;
    for (size_t at = 0; at < p->notes_text.n;) {
        struct str line = {p->notes_text.p + at, 0};
        const char *end = memchr(line.p, '\n', p->notes_text.n - at);
        line.n = end ? (size_t)(end - line.p) : p->notes_text.n - at;
        at += line.n + 1;
        log_line(LOG_WARN, "script", "plugin %.*s: %.*s", STR_ARG(p->name), STR_ARG(line));
    }
}

static int finish_entry(struct entry *e, const struct entry *old, const struct snap *snap,
                        const struct target_book *book, const struct fn_book *fns, struct err *err)
{
    TRY(object_check(e->newest, snap, book, fns, err));
    TRY(object_finish(e->newest, err));
    tell_notes(&e->newest->pub, old);
    if (object_is_good(e->newest)) {
        e->serving = object_ref(e->newest);
        return 0;
    }
    const struct plugin *p = &e->newest->pub;
    log_line(LOG_WARN, "script", "plugin %.*s is broken: %s", STR_ARG(p->name), p->error.msg);
    e->serving = last_good(old, snap, book, fns, err);
    return 0;
}

/* What the set shows: the good version, with the errors of the newer one. */
static void show_entry(const struct entry *e, struct plugin *out)
{
    const struct plugin *newest = &e->newest->pub;
    *out = e->serving ? e->serving->pub : *newest;
    if (!e->serving || e->serving == e->newest)
        return;
    out->status = PLUGIN_STALE;
    out->error = newest->error;
    out->errors_text = newest->errors_text;
    out->file = newest->file;
    out->files = newest->files;
}

static int finish_set(struct registry *r, struct set *s, const struct snap *snap, struct err *err)
{
    struct target_book book;
    struct fn_book fns;
    for (size_t i = 0; i < s->n; i++)
        TRY(object_targets(s->entry[i].newest, snap, err));
    check_names(s);
    check_repeated(s);
    TRY(make_book(s, false, r->set, &book, err));
    TRY(make_fns(s, false, r->set, &fns, err));
    for (size_t i = 0; i < s->n; i++) {
        struct entry *e = &s->entry[i];
        TRY(finish_entry(e, entry_find(r->set, e->newest->sources.path), snap, &book, &fns, err));
        show_entry(e, &s->plugin[i]);
    }
    TRY(make_book(s, true, NULL, &s->pub.targets, err));
    TRY(make_fns(s, true, NULL, &fns, err));
    s->pub.fn = fns.at;
    s->pub.fns = fns.n;
    s->pub.plugin = s->plugin;
    s->pub.n = s->n;
    s->pub.generation = r->set ? r->set->pub.generation + 1 : 1;
    s->catalogue = snap->catalogue;
    return 0;
}

static int load_from_disk(struct set *s, const struct paths *p, struct err *err)
{
    for (size_t i = 0; i < p->n; i++) {
        TRY(object_load(str_of(p->at[i]), NULL, &s->entry[i].newest, err));
        s->n++;
    }
    return 0;
}

static int load_from_memory(struct set *s, const struct set *old, struct err *err)
{
    for (size_t i = 0; i < old->n; i++) {
        const struct sources *src = &old->entry[i].newest->sources;
        TRY(object_load(src->path, src->n ? src : NULL, &s->entry[i].newest, err));
        object_share_aside(s->entry[i].newest, old->entry[i].newest);
        s->n++;
    }
    return 0;
}

/* Under the lock. `paths` NULL: from what is in memory. */
static int build_set(struct registry *r, const struct paths *paths, struct err *err)
{
    struct snap *snap;
    TRY(object_pin_snap(r->cell, &snap, err));
    struct set *s = set_new(paths ? paths->n : r->set->n);
    int rc = s ? 0 : no_memory(err);
    if (rc == 0)
        rc = paths ? load_from_disk(s, paths, err) : load_from_memory(s, r->set, err);
    if (rc == 0)
        rc = finish_set(r, s, snap, err);
    snap_unref(snap);
    if (rc < 0) {
        set_unref(s);
        return rc;
    }
    set_unref(r->set);
    r->set = s;
    return 0;
}

/* ---- what changed ---- */

static bool is_unchanged(struct set *s, const char *path)
{
    struct arena a;
    struct sources now;
    struct entry *e = entry_find(s, str_of(path));
    if (!e)
        return false;
    arena_init(&a, MEM_SCRIPT, 0);
    bool same = sources_read(&a, str_of(path), &now, NULL) == 0 &&
                strcmp(now.sha256, e->newest->sources.sha256) == 0;
    arena_fini(&a);
    return same;
}

static bool all_unchanged(struct set *s, const struct paths *p)
{
    if (!s || s->n != p->n)
        return false;
    for (size_t i = 0; i < p->n; i++) {
        if (!is_unchanged(s, p->at[i]))
            return false;
    }
    return true;
}

/* Not under the lock of the set. Whoever stops listening waits until this is over. */
static void tell(struct registry *r)
{
    pthread_mutex_lock(&r->listening);
    for (size_t i = 0; i < r->listeners; i++)
        r->listener[i].fn(r->listener[i].ctx);
    pthread_mutex_unlock(&r->listening);
}

/* ---- public ---- */

int registry_new(const char *dir, struct snap_cell *cell, struct registry **out, struct err *err)
{
    struct registry *r = mem_calloc(MEM_SCRIPT, 1, sizeof *r);
    size_t bytes = strlen(dir) + 1;
    if (!r)
        return no_memory(err);
    pthread_mutex_init(&r->lock, NULL);
    pthread_mutex_init(&r->listening, NULL);
    pthread_mutex_init(&r->storing, NULL);
    r->cell = cell;
    r->dir = mem_alloc(MEM_SCRIPT, bytes);
    int rc = r->dir ? 0 : no_memory(err);
    if (rc == 0) {
        memcpy(r->dir, dir, bytes);
        while (bytes > 2 && r->dir[bytes - 2] == '/')
            r->dir[--bytes - 1] = '\0';
        rc = registry_reload(r, err);
    }
    if (rc < 0) {
        registry_free(r);
        return rc;
    }
    *out = r;
    return 0;
}

void registry_free(struct registry *r)
{
    if (!r)
        return;
    set_unref(r->set);
    pthread_mutex_destroy(&r->listening);
    pthread_mutex_destroy(&r->lock);
    pthread_mutex_destroy(&r->storing);
    mem_free(MEM_SCRIPT, r->dir);
    mem_free(MEM_SCRIPT, r);
}

/* Under the lock. */
static void bring_back(const struct set *s)
{
    for (size_t i = 0; s && i < s->n; i++) {
        aside_clear(s->entry[i].newest->aside);
        if (s->entry[i].serving)
            aside_clear(s->entry[i].serving->aside);
    }
}

int registry_reload(struct registry *r, struct err *err)
{
    struct paths *paths = mem_calloc(MEM_SCRIPT, 1, sizeof *paths);
    if (!paths)
        return no_memory(err);
    pthread_mutex_lock(&r->lock);
    int rc = list_paths(r->dir, paths, err);
    bool same = rc == 0 && all_unchanged(r->set, paths);
    if (rc == 0 && !same)
        rc = build_set(r, paths, err);
    if (rc == 0)
        bring_back(r->set);
    pthread_mutex_unlock(&r->lock);
    paths_fini(paths);
    mem_free(MEM_SCRIPT, paths);
    if (rc == 0 && !same)
        tell(r);
    return rc;
}

/* ---- storing a version ---- */

static int cannot(const char *what, const char *path, struct err *err)
{
    return err_set(err, ERR_IO, "cannot %s %s: %s", what, path, strerror(errno));
}

/* All of it or nothing: beside its place, to the disk, and then into its place. */
static int write_whole(const char *part, const char *path, struct str text, struct err *err)
{
    int fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0)
        return cannot("write", part, err);
    size_t done = 0;
    while (done < text.n) {
        ssize_t n = write(fd, text.p + done, text.n - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            break;
        done += (size_t)n;
    }
    int rc = done == text.n && fsync(fd) == 0 ? 0 : cannot("write", part, err);
    if (close(fd) < 0 && rc == 0)
        rc = cannot("write", part, err);
    if (rc == 0 && rename(part, path) < 0)
        rc = cannot("put in place", path, err);
    if (rc < 0)
        unlink(part);
    return rc;
}

/* The name is on the disk only when its folder is. */
static int sync_folder(const char *dir, struct err *err)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return cannot("open", dir, err);
    int rc = fsync(fd) == 0 ? 0 : cannot("write", dir, err);
    close(fd);
    return rc;
}

static int is_folder(const char *dir, struct str name, struct err *err)
{
    struct buf path;
    buf_init(&path, MEM_SCRIPT);
    buf_printf(&path, "%s/%.*s%c", dir, STR_ARG(name), '\0');
    int rc = buf_check(&path, err);
    if (rc == 0 && is_folder_with_plugin(path.p)) {
        rc = err_set(err, ERR_CONFLICT, "the plugin %.*s is a folder of several files",
                     STR_ARG(name));
        err_hint(err, "change its files in %s, then POST /v1/plugins/reload", path.p);
    }
    buf_fini(&path);
    return rc;
}

static int store_version(const char *dir, struct str name, struct str text, bool *replaced,
                         struct err *err)
{
    struct stat st;
    struct buf path;
    struct buf part;
    buf_init(&path, MEM_SCRIPT);
    buf_init(&part, MEM_SCRIPT);
    buf_printf(&path, "%s/%.*s.lua%c", dir, STR_ARG(name), '\0');
    buf_printf(&part, "%s/.%.*s.lua.part%c", dir, STR_ARG(name), '\0');
    int rc = buf_check(&path, err);
    if (rc == 0)
        rc = buf_check(&part, err);
    if (rc == 0) {
        *replaced = stat(path.p, &st) == 0;
        rc = write_whole(part.p, path.p, text, err);
    }
    if (rc == 0)
        rc = sync_folder(dir, err);
    buf_fini(&part);
    buf_fini(&path);
    return rc;
}

int registry_store(struct registry *r, struct str name, struct str text, bool *replaced,
                   struct err *err)
{
    pthread_mutex_lock(&r->storing);
    int rc = is_folder(r->dir, name, err);
    if (rc == 0)
        rc = store_version(r->dir, name, text, replaced, err);
    if (rc == 0)
        rc = registry_reload(r, err);
    pthread_mutex_unlock(&r->storing);
    return rc;
}

int registry_listen(struct registry *r, registry_listener fn, void *ctx, struct err *err)
{
    pthread_mutex_lock(&r->listening);
    int rc = r->listeners < LISTENERS_MAX
                 ? 0
                 : err_set(err, ERR_LIMIT, "more than %d listeners of plugins", LISTENERS_MAX);
    if (rc == 0) {
        r->listener[r->listeners].fn = fn;
        r->listener[r->listeners++].ctx = ctx;
    }
    pthread_mutex_unlock(&r->listening);
    return rc;
}

void registry_unlisten(struct registry *r, registry_listener fn, void *ctx)
{
    pthread_mutex_lock(&r->listening);
    for (size_t i = 0; i < r->listeners; i++) {
        if (r->listener[i].fn == fn && r->listener[i].ctx == ctx) {
            r->listener[i] = r->listener[--r->listeners];
            break;
        }
    }
    pthread_mutex_unlock(&r->listening);
}

/* The current snapshot has other places or uploaded tables than the one the set was built for. */
static bool names_changed(struct registry *r)
{
    struct snap *s = r->cell ? snap_cell_get(r->cell) : NULL;
    bool changed = s && s->catalogue != r->set->catalogue;
    snap_unref(s);
    return changed;
}

const struct plugin_set *registry_get(struct registry *r)
{
    struct err err;
    bool swapped = false;
    pthread_mutex_lock(&r->lock);
    if (names_changed(r)) {
        if (build_set(r, NULL, &err) == 0)
            swapped = true;
        else
            log_line(LOG_ERROR, "script", "plugins keep their old places and tables: %s", err.msg);
    }
    struct set *s = r->set;
    atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
    pthread_mutex_unlock(&r->lock);
    if (swapped)
        tell(r);
    return &s->pub;
}

/* ---- looking up ---- */

static const struct plugin *find_plugin(const struct plugin_set *s, struct str name,
                                        struct near_list *near)
{
    for (size_t i = 0; i < s->n; i++) {
        if (str_eq(s->plugin[i].name, name))
            return &s->plugin[i];
        near_offer(near, name, s->plugin[i].name);
    }
    return NULL;
}

static int no_plugin(struct str plugin, const struct near_list *near, struct err *err)
{
    err_set(err, ERR_NOT_FOUND, "there is no plugin \"%.*s\"", STR_ARG(plugin));
    near_hint(near, err);
    return ERR_NOT_FOUND;
}

static int no_report(const struct plugin *p, struct str name, const struct near_list *near,
                     struct err *err)
{
    if (p->status == PLUGIN_BROKEN) {
        err_set(err, ERR_NOT_FOUND, "the plugin \"%.*s\" is broken and has no reports: %s",
                STR_ARG(p->name), p->error.msg);
        err_hint(err, "`panji plugin check %.*s` shows all that is wrong with it",
                 STR_ARG(p->path));
        return ERR_NOT_FOUND;
    }
    err_set(err, ERR_NOT_FOUND, "the plugin \"%.*s\" has no report \"%.*s\"", STR_ARG(p->name),
            STR_ARG(name));
    near_hint(near, err);
    return ERR_NOT_FOUND;
}

int plugin_find_report(const struct plugin_set *s, struct str plugin, struct str name,
                       const struct report **out, struct err *err)
{
    struct near_list near;
    const char *slash = name.n ? NULL : memchr(plugin.p, '/', plugin.n);
    if (slash) {
        name = (struct str){slash + 1, plugin.n - (size_t)(slash + 1 - plugin.p)};
        plugin.n = (size_t)(slash - plugin.p);
    }
    near_init(&near);
    const struct plugin *p = find_plugin(s, plugin, &near);
    if (!p)
        return no_plugin(plugin, &near, err);
    near_init(&near);
    for (size_t i = 0; i < p->reports; i++) {
        if (str_eq(p->report[i].name, name)) {
            *out = &p->report[i];
            return 0;
        }
        near_offer(&near, name, p->report[i].name);
    }
    return no_report(p, name, &near, err);
}
