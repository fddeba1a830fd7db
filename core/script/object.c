/* SPDX-License-Identifier: MIT
 *
 * Building a plugin from its text, step by step. */
#include "object.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/near.h"
#include "fn.h"
#include "store/alerts.h"
#include "store/findings.h"
#include "store/store.h"
#include "trial.h"
#include "uploads.h"

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEM, "no memory to load a plugin");
}

/* ---- life ---- */

static int object_new(struct plugin_object **out, struct err *err)
{
    struct plugin_object *o = mem_calloc(MEM_SCRIPT, 1, sizeof *o);
    if (!o)
        return no_memory(err);
    atomic_init(&o->refs, 1);
    arena_init(&o->arena, MEM_SCRIPT, 0);
    o->pub.object = o;
    buf_init(&o->notes, MEM_SCRIPT);
    o->diags = ARENA_NEW(&o->arena, struct diags);
    if (!o->diags) {
        object_unref(o);
        return no_memory(err);
    }
    o->diags->arena = &o->arena;
    *out = o;
    return 0;
}

struct plugin_object *object_ref(struct plugin_object *o)
{
    atomic_fetch_add_explicit(&o->refs, 1, memory_order_relaxed);
    return o;
}

void object_unref(struct plugin_object *o)
{
    if (!o || atomic_fetch_sub_explicit(&o->refs, 1, memory_order_acq_rel) > 1)
        return;
    for (size_t i = 0; i < o->queries; i++)
        query_unref(o->query[i]);
    uploads_release(o);
    aside_unref(o->aside);
    mem_free(MEM_SCRIPT, o->query);
    buf_fini(&o->notes);
    arena_fini(&o->arena);
    mem_free(MEM_SCRIPT, o);
}

bool object_is_good(const struct plugin_object *o)
{
    return o->diags->n == 0;
}

void object_note(struct plugin_object *o, const char *fmt, ...)
{
    char text[ERR_MSG_BYTES];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    buf_printf(&o->notes, "%s\n", text);
}

void object_reader(struct plugin_object *o, size_t declaration, struct reader *r)
{
    const struct declaration *d = &o->host.declaration[declaration];
    memset(r, 0, sizeof *r);
    r->arena = &o->arena;
    r->diags = o->diags;
    r->source = d->source;
    r->start = source_line(d->source, d->line);
    r->anchor = r->start;
    r->record = &d->word->record;
    if (d->word->named)
        snprintf(r->what, sizeof r->what, "%s \"%.*s\"", d->word->name,
                 (int)(d->id.n < 64 ? d->id.n : 64), d->id.p);
    else
        snprintf(r->what, sizeof r->what, "%s", d->word->name);
}

/* ---- reading the declarations ---- */

static void read_declaration(lua_State *L, struct plugin_object *o, size_t i)
{
    struct reader r;
    object_reader(o, i, &r);
    r.L = L;
    if (!o->host.declaration[i].given) {
        struct err *e = reader_fault(&r, STR_NULL, ERR_PLUGIN, "a table is missing");
        err_hint(e, "write: %s \"name\" { ... }", r.record->name);
        return;
    }
    o->data[i] = arena_alloc(&o->arena, r.record->bytes);
    if (!o->data[i])
        lua_error(L);
    load_push(L, i);
    record_read(&r, lua_gettop(L), r.record, o->data[i]);
    lua_pop(L, 1);
}

static int read_body(lua_State *L)
{
    struct plugin_object *o = lua_touserdata(L, 1);
    for (size_t i = 0; i < o->host.declarations; i++)
        read_declaration(L, o, i);
    return 0;
}

bool object_may_be_called(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (!islower((unsigned char)s.p[i]) && s.p[i] != '_' &&
            !(i > 0 && isdigit((unsigned char)s.p[i])))
            return false;
    }
    return s.n > 0 && s.n <= 63;
}

/* Names are lower-case and used once for each word. */
static void check_ids(struct plugin_object *o)
{
    const struct declaration *all = o->host.declaration;
    for (size_t i = 0; i < o->host.declarations; i++) {
        struct reader r;
        object_reader(o, i, &r);
        if (all[i].word->named && strcmp(all[i].word->name, "test") != 0 &&
            !object_may_be_called(all[i].id)) {
            struct err *e = reader_fault(&r, all[i].id, ERR_VALUE, "\"%.*s\" is not a name",
                                         STR_ARG(all[i].id));
            err_hint(e, "names have small letters, digits and _, and begin with a letter");
        }
        for (size_t k = 0; k < i; k++) {
            if (all[k].word != all[i].word || !str_eq(all[k].id, all[i].id))
                continue;
            reader_fault(&r, all[i].id, ERR_CONFLICT,
                         "declared for the second time (first at %.*s:%d)",
                         STR_ARG(all[k].source->name), all[k].line);
            break;
        }
    }
}

static size_t count_word(const struct plugin_object *o, const char *name)
{
    size_t n = 0;
    for (size_t i = 0; i < o->host.declarations; i++)
        n += strcmp(o->host.declaration[i].word->name, name) == 0;
    return n;
}

static void read_header(struct plugin_object *o, size_t i)
{
    const struct plugin_decl *d = o->data[i];
    struct reader r;
    object_reader(o, i, &r);
    o->pub.version = d->version;
    o->pub.title = d->title;
    if (d->name.n && !str_eq(d->name, o->sources.plugin)) {
        struct err *e = reader_fault(&r, d->name, ERR_PLUGIN,
                                     "the plugin is called \"%.*s\", but its file \"%.*s\"",
                                     STR_ARG(d->name), STR_ARG(o->sources.plugin));
        err_hint(e, "the name in the addresses is that of the file or folder: make them the same");
    }
    if (d->api != 0 && d->api != 1) {
        struct err *e = reader_fault(&r, STR("api"), ERR_UNSUPPORTED, "api = %lld is not known",
                                     (long long)d->api);
        err_hint(e, "this server has api = 1");
    }
}

static void check_header(struct plugin_object *o)
{
    for (size_t i = 0; i < o->host.declarations; i++) {
        if (strcmp(o->host.declaration[i].word->name, "plugin") == 0 && o->data[i])
            read_header(o, i);
    }
    if (count_word(o, "plugin") == 0 && o->diags->n == 0) {
        struct err *e = diag_add(o->diags, &o->sources.at[0], 0, 1, ERR_PLUGIN,
                                 "the plugin does not say what it is");
        err_hint(e, "begin with: plugin { name = \"%.*s\", version = \"1.0.0\", api = 1 }",
                 STR_ARG(o->sources.plugin));
    }
}

static int read_all(struct plugin_object *o, struct sandbox *box, struct err *err)
{
    o->data = ARENA_ARRAY(&o->arena, void *, o->host.declarations);
    if (!o->data)
        return no_memory(err);
    struct err fault;
    int rc = sandbox_call(box, read_body, o, SCRIPT_LOAD_MS, NULL, &fault);
    if (rc == ERR_UNAVAILABLE)
        return err_set(err, rc, "%s", fault.msg);
    if (rc < 0)
        load_fault(&o->host, &fault);
    check_ids(o);
    check_header(o);
    return 0;
}

static int show_files(struct plugin_object *o, struct err *err)
{
    struct plugin_file *file = ARENA_ARRAY(&o->arena, struct plugin_file, o->sources.n);
    if (!file)
        return no_memory(err);
    for (size_t i = 0; i < o->sources.n; i++)
        file[i] = (struct plugin_file){o->sources.at[i].name, o->sources.at[i].text};
    o->pub.file = file;
    o->pub.files = o->sources.n;
    return 0;
}

/* Compiled: Lua checks nothing of what it then runs. */
static bool is_binary(struct str text)
{
    return text.n > 0 && text.p[0] == '\x1b';
}

static void not_text(struct plugin_object *o, const struct source *s, size_t at)
{
    bool binary = is_binary(s->text);
    struct err *e = diag_add(o->diags, s, binary ? 0 : at, 1, ERR_SYNTAX,
                             binary ? "this is a compiled file (a binary chunk), and plugins are "
                                      "text"
                                    : "this is not UTF-8");
    err_hint(e, binary ? "store the file that it was compiled from"
                       : "save the file again in the encoding UTF-8");
    e->excerpt[0] = '\0'; /* could not be read */
}

static bool is_text(struct plugin_object *o)
{
    for (size_t i = 0; i < o->sources.n; i++) {
        const struct source *s = &o->sources.at[i];
        size_t good = utf8_check(s->text);
        if (good < s->text.n || is_binary(s->text))
            not_text(o, s, good);
    }
    return o->diags->n == 0;
}

static int load_sources(struct plugin_object *o, struct err *err)
{
    if (!is_text(o))
        return 0;
    o->host.arena = &o->arena;
    o->host.sources = &o->sources;
    o->host.diags = o->diags;
    TRY(show_files(o, err));
    struct sandbox box;
    TRY(load_text(&o->host, &box, err));
    int rc = read_all(o, &box, err);
    sandbox_fini(&box);
    return rc;
}

int object_load(struct str path, const struct sources *sources, struct plugin_object **out,
                struct err *err)
{
    struct plugin_object *o = NULL;
    TRY(object_new(&o, err));
    struct err fault;
    int rc = sources ? sources_copy(&o->arena, sources, &o->sources, &fault)
                     : sources_read(&o->arena, path, &o->sources, &fault);
    if (rc == ERR_MEM) {
        object_unref(o);
        return no_memory(err);
    }
    o->pub.name = o->sources.plugin;
    o->pub.path = o->sources.path;
    memcpy(o->pub.sha256, o->sources.sha256, sizeof o->pub.sha256);
    if (rc < 0)
        diag_take(o->diags, NULL, 0, &fault);
    else
        rc = load_sources(o, err);
    if (rc != ERR_MEM && rc != ERR_UNAVAILABLE) {
        o->aside = aside_new(o->host.declarations);
        if (!o->aside)
            rc = no_memory(err);
    }
    if (rc == ERR_MEM || rc == ERR_UNAVAILABLE) {
        object_unref(o);
        return rc;
    }
    *out = o;
    return 0;
}

/* ---- scripts that were stopped ---- */

void object_share_aside(struct plugin_object *o, const struct plugin_object *old)
{
    if (strcmp(o->pub.sha256, old->pub.sha256) != 0 ||
        o->host.declarations != old->host.declarations)
        return;
    aside_unref(o->aside);
    o->aside = aside_ref(old->aside);
}

void object_stopped(const struct plugin_object *o, size_t declaration, const char *what,
                    const struct err *err)
{
    bool aside = aside_strike(o->aside, declaration, err->msg);
    log_line(LOG_WARN, "script", "the script of the %s was stopped: %s", what, err->msg);
    if (aside)
        log_line(LOG_ERROR, "script",
                 "the %s is set aside: its script was stopped %d times within %d minutes; it comes "
                 "back when the plugins are reloaded",
                 what, SCRIPT_STRIKES, SCRIPT_STRIKES_MS / 60000);
}

size_t plugin_asides(const struct plugin *p, struct set_aside *out, size_t max)
{
    const struct plugin_object *o = p->object;
    size_t n = 0;
    for (size_t i = 0; i < o->host.declarations && n < max; i++) {
        out[n].since_ms = aside_since(o->aside, i, out[n].why);
        if (out[n].since_ms == 0)
            continue;
        out[n].word = str_of(o->host.declaration[i].word->name);
        out[n++].name = o->host.declaration[i].id;
    }
    return n;
}

/* ---- targets ---- */

/* A set is shared out in the borders of the day on which it was decided, so that a place which was
 * divided since keeps what its parts were given; unless it names places that were not there then.
 */
static int build_set(struct plugin_object *o, struct reader *r, const struct targets_decl *d,
                     const struct snap *snap, struct target_set *set, struct err *err)
{
    const struct place_tree *tree = snap->tree;
    struct borders *then = NULL;
    int32_t day = d->decided_on != DAY_NONE ? d->decided_on : d->from;
    if (day != DAY_NONE)
        TRY(history_borders(snap->history, day, &then, err));
    if (then != NULL && targets_fit(d, then->tree))
        tree = then->tree;
    int rc = targets_build(o, r, d, tree, snap->uploads, set, err);
    borders_unref(then);
    return rc;
}

int object_targets(struct plugin_object *o, const struct snap *snap, struct err *err)
{
    size_t n = count_word(o, "targets");
    o->set = ARENA_ARRAY(&o->arena, struct target_set *, n);
    if (!o->set)
        return no_memory(err);
    for (size_t i = 0; i < o->host.declarations; i++) {
        const struct declaration *d = &o->host.declaration[i];
        if (strcmp(d->word->name, "targets") != 0 || !o->data[i])
            continue;
        struct target_set *set = ARENA_NEW(&o->arena, struct target_set);
        if (!set)
            return no_memory(err);
        struct reader r;
        object_reader(o, i, &r);
        set->name = d->id;
        TRY(build_set(o, &r, o->data[i], snap, set, err));
        o->set[o->pub.targets++] = set;
    }
    o->pub.target = (const struct target_set *const *)o->set;
    TRY(uploads_build(o, err));
    return fns_build(o, err);
}

/* ---- queries ---- */

int object_keep(struct plugin_object *o, struct query *q, struct err *err)
{
    struct query **grown =
        mem_grown(MEM_SCRIPT, o->query, o->queries, &o->query_cap, sizeof(struct query *));
    if (!grown) {
        query_unref(q);
        return no_memory(err);
    }
    o->query = grown;
    o->query[o->queries++] = q;
    return 0;
}

struct query *object_query(struct plugin_object *o, struct reader *r, struct str text,
                           struct err *err)
{
    struct query *q = NULL;
    struct err fault;
    err_clear(err);
    if (query_parse(text, &q, &fault) < 0) {
        reader_text_fault(r, text, &fault);
        return NULL;
    }
    return object_keep(o, q, err) < 0 ? NULL : q;
}

/* Byte offset of a 1-based line and column (in characters). */
static size_t offset_of(struct str text, int line, int column)
{
    size_t at = 0;
    for (; line > 1 && at < text.n; at++)
        line -= text.p[at] == '\n';
    for (; column > 1 && at < text.n && text.p[at] != '\n'; column--)
        utf8_next(text, &at);
    return at;
}

/* Characters from `at` to the end of the word there, at least one. */
static size_t word_span(struct str text, size_t at)
{
    size_t end = at;
    while (end < text.n && (isalnum((unsigned char)text.p[end]) || text.p[end] == '_' ||
                            (unsigned char)text.p[end] >= 0x80))
        end++;
    return utf8_count((struct str){text.p + at, end - at});
}

void reader_text_fault(struct reader *r, struct str text, const struct err *from)
{
    const struct source *s = r->source;
    const char *hit =
        text.n ? memmem(s->text.p + r->start, s->text.n - r->start, text.p, text.n) : NULL;
    struct err *e;
    if (hit && from->line > 0) {
        size_t in = offset_of(text, from->line, from->column);
        e = diag_add(r->diags, s, (size_t)(hit - s->text.p) + in, word_span(text, in), from->code,
                     "%s, in %s", from->msg, r->what);
    } else {
        e = diag_add(r->diags, s, r->start, 1, from->code, "%s, in %s", from->msg, r->what);
        if (from->excerpt[0]) /* the text was put together: it is shown as it is */
            memcpy(e->excerpt, from->excerpt, sizeof e->excerpt);
    }
    err_hint(e, "%s", from->hint);
}

/* ---- reports and alerts ---- */

void report_tables_of(struct store *store, struct query_table out[REPORT_TABLES])
{
    const struct query_table tables[REPORT_TABLES] = {
        {.name = "rejects", .fill = store_rejects_table},
        {.name = "findings", .fill = store_findings_table, .of_all_sources = true},
        {.name = "finding_history",
         .fill = store_finding_history_table,
         .of_all_sources = true,
         .ids_of = "findings"},
        {.name = "reject_counts", .fill = store_reject_counts_table},
        {.name = "alerts", .fill = store_alerts_table, .of_all_sources = true},
        {.name = "alert_history",
         .fill = store_alert_history_table,
         .of_all_sources = true,
         .ids_of = "alerts"},
    };
    for (size_t i = 0; i < REPORT_TABLES; i++) {
        out[i] = tables[i];
        out[i].ctx = store;
    }
}

/* Where what is built goes. */
struct built {
    struct report *report;
    struct alert_rule *alert, *check;
};

static int build_rule(struct plugin_object *o, size_t i, struct alert_rule *rule,
                      const struct query_context *ctx, struct err *err)
{
    const struct declaration *d = &o->host.declaration[i];
    rule->plugin = &o->pub;
    rule->name = d->id;
    rule->line = d->line;
    return rule_check(o, i, rule, ctx, err);
}

static int check_declaration(struct plugin_object *o, size_t i, const struct built *b,
                             const struct query_context *ctx, struct err *err)
{
    const struct declaration *d = &o->host.declaration[i];
    if (!o->data[i])
        return 0;
    if (strcmp(d->word->name, "report") == 0) {
        struct report *r = &b->report[o->pub.reports++];
        r->plugin = &o->pub;
        r->name = d->id;
        r->line = d->line;
        return report_check(o, i, r, ctx, err);
    }
    if (strcmp(d->word->name, "alert") == 0)
        return build_rule(o, i, &b->alert[o->pub.alerts++], ctx, err);
    if (strcmp(d->word->name, "check") == 0)
        return build_rule(o, i, &b->check[o->pub.checks++], ctx, err);
    return 0;
}

/* Its own before those of others with the same name. */
static int all_functions(struct plugin_object *o, const struct fn_book *others, struct fn_book *out,
                         struct err *err)
{
    struct query_fn *all = ARENA_ARRAY(&o->arena, struct query_fn, o->pub.fns + others->n);
    if (!all)
        return no_memory(err);
    if (o->pub.fns)
        memcpy(all, o->pub.fn, o->pub.fns * sizeof *all);
    if (others->n)
        memcpy(all + o->pub.fns, others->at, others->n * sizeof *all);
    *out = (struct fn_book){o->pub.fns + others->n, all};
    return 0;
}

/* Schedules name reports: they come last. */
static int check_schedules(struct plugin_object *o, struct err *err)
{
    struct schedule *all = ARENA_ARRAY(&o->arena, struct schedule, count_word(o, "schedule"));
    if (!all)
        return no_memory(err);
    o->pub.schedules = 0;
    for (size_t i = 0; i < o->host.declarations; i++) {
        const struct declaration *d = &o->host.declaration[i];
        if (strcmp(d->word->name, "schedule") != 0 || !o->data[i])
            continue;
        struct schedule *s = &all[o->pub.schedules++];
        s->plugin = &o->pub;
        s->name = d->id;
        s->line = d->line;
        TRY(schedule_check(o, i, s, err));
    }
    o->pub.schedule = all;
    return 0;
}

int object_check(struct plugin_object *o, const struct snap *snap, const struct target_book *book,
                 const struct fn_book *others, struct err *err)
{
    struct fn_book functions;
    TRY(all_functions(o, others, &functions, err));
    struct query_table table[REPORT_TABLES];
    struct query_context ctx = {.snap = snap,
                                .targets = book,
                                .table = table,
                                .tables = REPORT_TABLES,
                                .fn = functions.at,
                                .fns = functions.n,
                                .expected = o->pub.upload,
                                .expecteds = o->pub.uploads};
    struct built b = {ARENA_ARRAY(&o->arena, struct report, count_word(o, "report")),
                      ARENA_ARRAY(&o->arena, struct alert_rule, count_word(o, "alert")),
                      ARENA_ARRAY(&o->arena, struct alert_rule, count_word(o, "check"))};
    if (!b.report || !b.alert || !b.check)
        return no_memory(err);
    report_tables_of(NULL, table);
    uploads_check(o, snap);
    TRY(fns_check(o, &ctx, err));
    for (size_t i = 0; i < o->host.declarations; i++)
        TRY(check_declaration(o, i, &b, &ctx, err));
    o->pub.report = b.report;
    o->pub.alert = b.alert;
    o->pub.check = b.check;
    TRY(check_schedules(o, err));
    return object_is_good(o) ? trials_run(o, snap, book, &functions, err) : 0;
}

/* ---- the end ---- */

static int keep_buf(struct plugin_object *o, struct buf *b, struct str *out, struct err *err)
{
    int rc = buf_check(b, err);
    if (rc == 0) {
        *out = str_copy(&o->arena, buf_view(b));
        rc = out->p ? 0 : no_memory(err);
    }
    return rc;
}

int object_finish(struct plugin_object *o, struct err *err)
{
    TRY(keep_buf(o, &o->notes, &o->pub.notes_text, err));
    if (object_is_good(o))
        return 0;
    diags_sort(o->diags, &o->sources);
    diags_first(o->diags, &o->pub.error);
    o->pub.status = PLUGIN_BROKEN;
    o->pub.reports = o->pub.alerts = o->pub.checks = o->pub.targets = 0;
    o->pub.fns = o->pub.schedules = 0;
    struct buf text;
    buf_init(&text, MEM_SCRIPT);
    diags_print(o->diags, &text);
    int rc = keep_buf(o, &text, &o->pub.errors_text, err);
    buf_fini(&text);
    return rc;
}

/* ---- the snapshot to check against ---- */

int object_pin_snap(struct snap_cell *cell, struct snap **out, struct err *err)
{
    *out = cell ? snap_cell_get(cell) : NULL;
    if (*out)
        return 0;
    struct place_tree *tree;
    TRY(place_tree_new(NULL, 0, NULL, 0, &tree, err));
    int rc = snap_new(tree, schema_in_use(), 1, out, err);
    place_tree_unref(tree);
    return rc;
}
