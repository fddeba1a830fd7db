/* SPDX-License-Identifier: MIT
 *
 * A whole desk of alerts over a store in a directory of its own: six blocks, a plugin, notifiers, a
 * clock that stands still, and an engine whose evaluations and rounds happen when a test says so.
 */
#ifndef TESTS_ALERT_DESK_H
#define TESTS_ALERT_DESK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

#include <cmocka.h>

#include "alert/engine.h"
#include "base/clock.h"
#include "base/date.h"
#include "base/log.h"
#include "ingest/places.h"
#include "ingest/upload.h"
#include "store/store.h"
#include "store/tmpdir.h"

#define HEAD "plugin { name = \"t\", version = \"1\", api = 1 }\n"
/* A row for every block that has registrations; few are fewer than ten, very few than five. */
#define FEW(fields)                                                                                \
    HEAD "alert \"few\" { " fields "query = [[ FROM registrations |> AGGREGATE COUNT(*) AS done "  \
         "GROUP BY block |> WHERE block IS NOT NULL ]],\n"                                         \
         "key = 'block', message = { en = '{block}: {done}', hi = '{block}: {done} ही' },\n"   \
         "severity = { { 'critical', 'done < 5' }, { 'warning', 'done < 10' } } }\n"

static const char desk_places[] = "level,code,parent,name,name_hi\n"
                                  "state,20,,Jharkhand,झारखंड\n"
                                  "district,607,20,Ramgarh,रामगढ़\n"
                                  "block,6716,607,Chitarpur,चितरपुर\n"
                                  "block,6717,607,Dulmi,दुलमी\n"
                                  "block,3168,607,Gola,गोला\n"
                                  "block,3172,607,Mandu,मांडू\n"
                                  "block,3174,607,Patratu,पतरातू\n"
                                  "block,3175,607,Ramgarh,रामगढ़\n"
                                  "district,355,20,Bokaro,बोकारो\n"
                                  "block,3064,355,Bermo,बेरमो\n";
enum { DULMI = 6717, GOLA = 3168, MANDU = 3172, BERMO = 3064 };

struct desk {
    char dir[128], plugins[128], out[128];
    struct snap_cell *cell;
    struct store *store;
    struct registry *registry;
    struct alert_engine *engine;
    struct alert_options options;
    struct notifier notifier[4];
    const char *default_notify[4];
    int batches;
};

/* 18 November 2021, noon in India. */
#define DESK_NOON 1637217000000ll
#define DAY       86400000ll
static int64_t desk_now_ms = DESK_NOON;

static int64_t desk_wall(void)
{
    return desk_now_ms;
}

static int64_t desk_mono(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static inline void desk_minutes(int minutes)
{
    desk_now_ms += (int64_t)minutes * 60000;
}

static inline void desk_write(struct desk *d, const char *plugin)
{
    char path[256];
    snprintf(path, sizeof path, "%s/t.lua", d->plugins);
    FILE *f = fopen(path, "we");
    assert_non_null(f);
    fputs(plugin, f);
    fclose(f);
}

static inline void desk_open(struct desk *d)
{
    struct err err = {0};
    if (snap_cell_new(&d->cell, &err) < 0 || store_open(d->dir, d->cell, &d->store, &err) < 0 ||
        registry_new(d->plugins, d->cell, &d->registry, &err) < 0)
        fail_msg("%s", err.msg);
    d->options.registry = d->registry;
    d->options.cell = d->cell;
    d->options.store = d->store;
    d->options.no_threads = true;
    d->options.notifier = d->notifier;
    d->options.default_notify = d->default_notify;
    if (alert_engine_new(&d->options, &d->engine, &err) < 0)
        fail_msg("%s", err.msg);
}

static inline void desk_close(struct desk *d)
{
    alert_engine_free(d->engine);
    store_close(d->store);
    registry_free(d->registry);
    snap_cell_free(d->cell);
}

/* As after kill -9: nothing is told to anybody first. */
static inline void desk_restart(struct desk *d)
{
    desk_close(d);
    desk_open(d);
}

static inline void desk_init(struct desk *d, const char *plugin)
{
    static const struct clock_source source = {desk_mono, desk_wall};
    struct err err = {0};
    struct places_report report;
    memset(d, 0, sizeof *d);
    log_threshold(LOG_OFF);
    desk_now_ms = DESK_NOON;
    clock_replace(&source);
    tmpdir_make(d->dir);
    tmpdir_make(d->plugins);
    tmpdir_make(d->out);
    desk_write(d, plugin);
    desk_open(d);
    assert_int_equal(places_import(d->store, str_of(desk_places), NULL, &report, &err), 0);
    assert_int_equal(registry_reload(d->registry, &err), 0);
    const struct plugin_set *s = registry_get(d->registry);
    if (s->plugin[0].status != PLUGIN_OK)
        fail_msg("%.*s", STR_ARG(s->plugin[0].errors_text));
    plugin_set_unref(s);
}

/* Sets a notifier up, which all rules use that name none, and starts the engine anew with it. */
static inline void desk_notifier(struct desk *d, struct notifier n)
{
    d->default_notify[d->options.default_notifies++] = n.name;
    d->notifier[d->options.notifiers++] = n;
    desk_restart(d);
}

static inline void desk_fini(struct desk *d)
{
    desk_close(d);
    clock_replace(NULL);
    tmpdir_remove(d->dir);
    tmpdir_remove(d->plugins);
    tmpdir_remove(d->out);
}

static inline int32_t desk_day(const char *text)
{
    int32_t day = 0;
    assert_int_equal(date_parse(str_of(text), &day, NULL), 0);
    return day;
}

/* A batch of one row. */
static inline void desk_add(struct desk *d, int64_t block, const char *day, int32_t count)
{
    struct err err = {0};
    struct rows rows;
    struct batch_result result;
    char id[32];
    struct snap *s = snap_cell_get(d->cell);
    uint32_t node = place_by_code(s->tree, PLACE_BLOCK, block);
    snprintf(id, sizeof id, "b%d-%lld", d->batches++, (long long)desk_mono());
    struct batch_spec spec = {.source = STR("test"), .id = str_of(id), .as_on = DAY_NONE};
    spec.correction = count < 0;
    rows_init(&rows, MEM_INGEST, s->schema);
    if (rows_add(&rows, s->tree->at[node].id, 1, desk_day(day), count, &err) < 0 ||
        store_import(d->store, &spec, &rows, &result, &err) < 0)
        fail_msg("%s", err.msg);
    rows_fini(&rows);
    snap_unref(s);
}

static inline void desk_run(struct desk *d)
{
    struct err err = {0};
    if (alert_engine_run(d->engine, &err) < 0)
        fail_msg("%s", err.msg);
}

static inline void desk_tick(struct desk *d)
{
    struct err err = {0};
    if (alert_engine_tick(d->engine, &err) < 0)
        fail_msg("%s", err.msg);
}

static inline struct str desk_text(const struct frame *f, size_t row, const char *column)
{
    int c = frame_find(f, str_of(column));
    if (c < 0)
        fail_msg("there is no column %s", column);
    struct value v = frame_get(f, row, (size_t)c);
    return v.null ? STR("-") : v.s;
}

typedef int (*desk_table)(void *ctx, struct arena *a, const struct snap *snap, struct frame **out,
                          struct err *err);

/* The named text columns of a table, a line for each row of plugin t (of any, where it has none).
 */
static inline void desk_lines(struct desk *d, desk_table table, void *ctx, const char *plugin,
                              const char *const *column, char *out, size_t cap)
{
    struct arena a;
    struct frame *f;
    struct err err = {0};
    struct snap *snap = snap_cell_get(d->cell);
    size_t n = 0;
    out[0] = '\0';
    arena_init(&a, MEM_ALERT, 0);
    assert_int_equal(table(ctx, &a, snap, &f, &err), 0);
    for (size_t i = 0; i < f->rows; i++) {
        if (plugin != NULL && !str_eq(desk_text(f, i, "plugin"), str_of(plugin)))
            continue;
        for (size_t c = 0; column[c] != NULL; c++)
            n += (size_t)snprintf(out + n, cap - n, "%s%.*s", c > 0 ? " " : "",
                                  STR_ARG(desk_text(f, i, column[c])));
        n += (size_t)snprintf(out + n, cap - n, "\n");
        assert_true(n < cap);
    }
    arena_fini(&a);
    snap_unref(snap);
}

/* "state severity message" of the plugin's alerts as they are. */
static inline void desk_is(struct desk *d, const char *expected)
{
    static const char *const column[] = {"state", "severity", "message", NULL};
    static char got[1 << 16];
    desk_lines(d, alert_table, d->engine, "t", column, got, sizeof got);
    assert_string_equal(got, expected);
}

/* The same after an evaluation. */
static inline void desk_shows(struct desk *d, const char *expected)
{
    desk_run(d);
    desk_is(d, expected);
}

/* "rule state" of what the engine says about the rules. */
static inline void desk_problems(struct desk *d, const char *expected)
{
    static const char *const column[] = {"rule", "state", NULL};
    static char got[1 << 14];
    desk_lines(d, alert_table, d->engine, "panji", column, got, sizeof got);
    assert_string_equal(got, expected);
}

/* "event message who note" of the plugin's history. */
static inline void desk_history(struct desk *d, const char *expected)
{
    static const char *const column[] = {"event", "message", "who", "note", NULL};
    static char got[1 << 16];
    desk_lines(d, store_alert_history_table, d->store, "t", column, got, sizeof got);
    assert_string_equal(got, expected);
}

/* "notifier recipient state subject" of the outbox, newest first. */
static inline void desk_outbox(struct desk *d, const char *expected)
{
    static const char *const column[] = {"notifier", "recipient", "state", "subject", NULL};
    static char got[1 << 16];
    desk_lines(d, store_outbox_table, d->store, NULL, column, got, sizeof got);
    assert_string_equal(got, expected);
}

/* The id of the plugin's first alert. */
static inline void desk_id(struct desk *d, char id[32])
{
    static const char *const column[] = {"id", NULL};
    char all[4096];
    desk_lines(d, alert_table, d->engine, "t", column, all, sizeof all);
    snprintf(id, 32, "%.16s", all);
}

static inline void desk_upload(struct desk *d, const char *name, const char *csv)
{
    struct err err = {0};
    struct upload_report report;
    struct upload *u;
    bool replaced;
    uint64_t snapshot;
    struct snap *s = snap_cell_get(d->cell);
    if (upload_read(str_of(name), STR(""), str_of(csv), s->tree, &report, &u, &err) < 0)
        fail_msg("%s", err.msg);
    upload_report_fini(&report);
    assert_int_equal(store_upload_put(d->store, u, &replaced, &snapshot, &err), 0);
    upload_unref(u);
    snap_unref(s);
}

#endif
