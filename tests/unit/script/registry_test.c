/* SPDX-License-Identifier: MIT
 *
 * The set of plugins that serve, through reloads, mistakes and look-ups. */
#include "world.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/log.h"

#define GOOD(name, title)                                                                          \
    "plugin { name = \"" name "\", version = \"1.0\", api = 1 }\n"                                 \
    "report \"by_block\" { title = '" title                                                        \
    "', query = [[FROM registrations |> AGGREGATE COUNT(*) AS n "                                  \
    "GROUP BY block]] }\n"

static const struct plugin *named(const struct plugin_set *s, const char *name)
{
    for (size_t i = 0; i < s->n; i++) {
        if (str_eq(s->plugin[i].name, str_of(name)))
            return &s->plugin[i];
    }
    fail_msg("no plugin %s", name);
    return NULL;
}

static void a_missing_directory_is_empty(void **state)
{
    (void)state;
    struct world w;
    struct registry *r;
    struct err err;
    world_init(&w);
    assert_int_equal(registry_new("/nowhere/at/all", w.cell, &r, &err), 0);
    const struct plugin_set *s = registry_get(r);
    assert_int_equal(s->n, 0);
    plugin_set_unref(s);
    registry_free(r);
    world_fini(&w);
}

static void before_the_first_snapshot_plugins_load(void **state)
{
    (void)state;
    struct world w;
    struct registry *r;
    struct err err;
    world_init(&w);
    world_write(&w, "mine.lua", GOOD("mine", "x"));
    assert_int_equal(registry_new(w.dir, NULL, &r, &err), 0);
    const struct plugin_set *s = registry_get(r);
    assert_int_equal(named(s, "mine")->status, PLUGIN_OK);
    plugin_set_unref(s);
    registry_free(r);
    world_remove(&w, "mine.lua");
    world_fini(&w);
}

static void a_broken_plugin_harms_nobody(void **state)
{
    (void)state;
    struct world w;
    struct registry *r;
    struct err err;
    world_init(&w);
    world_write(&w, "bad.lua", "plugin { name = \"bad\", verison = \"1\" }\n");
    world_write(&w, "mine.lua", GOOD("mine", "x"));
    world_write(&w, "README.md", "no plugin");
    assert_int_equal(registry_new(w.dir, w.cell, &r, &err), 0);
    const struct plugin_set *s = registry_get(r);
    assert_int_equal(s->n, 2);
    const struct plugin *bad = named(s, "bad");
    assert_int_equal(bad->status, PLUGIN_BROKEN);
    assert_int_equal(bad->error.line, 1);
    assert_non_null(strstr(bad->error.msg, "bad.lua:1: \"api\" is missing"));
    assert_non_null(strstr(bad->error.excerpt, "^"));
    assert_non_null(strstr(bad->errors_text.p, "unknown field \"verison\""));
    assert_int_equal(named(s, "mine")->status, PLUGIN_OK);
    assert_int_equal(named(s, "mine")->reports, 1);
    plugin_set_unref(s);
    registry_free(r);
    world_remove(&w, "bad.lua");
    world_remove(&w, "mine.lua");
    world_remove(&w, "README.md");
    world_fini(&w);
}

static int swaps;
static void count_swap(void *ctx)
{
    (void)ctx;
    swaps++;
}

static void who_stops_listening_is_told_no_more(void **state)
{
    (void)state;
    struct world w;
    struct registry *r;
    struct err err;
    int other;
    world_init(&w);
    assert_int_equal(registry_new(w.dir, w.cell, &r, &err), 0);
    assert_int_equal(registry_listen(r, count_swap, NULL, &err), 0);
    assert_int_equal(registry_listen(r, count_swap, &other, &err), 0);
    swaps = 0;
    world_write(&w, "mine.lua", GOOD("mine", "Before"));
    assert_int_equal(registry_reload(r, &err), 0);
    assert_int_equal(swaps, 2);
    registry_unlisten(r, count_swap, NULL);
    registry_unlisten(r, count_swap, NULL); /* once more is fine */
    world_write(&w, "mine.lua", GOOD("mine", "After"));
    assert_int_equal(registry_reload(r, &err), 0);
    assert_int_equal(swaps, 3);
    registry_free(r);
    world_remove(&w, "mine.lua");
    world_fini(&w);
}

static void a_reload_keeps_the_last_good_version(void **state)
{
    (void)state;
    struct world w;
    struct registry *r;
    struct err err;
    world_init(&w);
    world_write(&w, "mine.lua", GOOD("mine", "Before"));
    assert_int_equal(registry_new(w.dir, w.cell, &r, &err), 0);
    swaps = 0;
    assert_int_equal(registry_listen(r, count_swap, NULL, &err), 0);
    const struct plugin_set *first = registry_get(r);

    assert_int_equal(registry_reload(r, &err), 0); /* nothing changed */
    assert_int_equal(swaps, 0);

    world_write(&w, "mine.lua", GOOD("mine", "After"));
    assert_int_equal(registry_reload(r, &err), 0);
    assert_int_equal(swaps, 1);
    const struct plugin_set *second = registry_get(r);
    assert_string_equal(named(second, "mine")->report[0].title.en.p, "After");
    assert_string_equal(named(first, "mine")->report[0].title.en.p, "Before"); /* pinned */

    world_write(&w, "mine.lua", "this is no Lua");
    assert_int_equal(registry_reload(r, &err), 0);
    const struct plugin_set *third = registry_get(r);
    assert_int_equal(named(third, "mine")->status, PLUGIN_STALE);
    assert_non_null(strstr(named(third, "mine")->error.msg, "mine.lua:1:"));
    assert_string_equal(named(third, "mine")->report[0].title.en.p, "After");

    world_write(&w, "mine.lua", "still none");
    assert_int_equal(registry_reload(r, &err), 0);
    const struct plugin_set *fourth = registry_get(r);
    assert_int_equal(named(fourth, "mine")->status, PLUGIN_STALE);

    world_remove(&w, "mine.lua");
    assert_int_equal(registry_reload(r, &err), 0);
    const struct plugin_set *fifth = registry_get(r);
    assert_int_equal(fifth->n, 0);
    plugin_set_unref(first);
    plugin_set_unref(second);
    plugin_set_unref(third);
    plugin_set_unref(fourth);
    plugin_set_unref(fifth);
    registry_free(r);
    world_fini(&w);
}

#define WITH_TARGETS                                                                               \
    "plugin { name = \"mine\", version = \"1.0\", api = 1 }\n"                                     \
    "targets \"by_december\" { title = 'T', source = 's', level = 'block', from = '2021-08-26', "  \
    "to = '2021-12-31', total = { [607] = 1000 }, share_by = 'workers' }\n" REVIEW("against_mine")
#define REVIEW(name)                                                                               \
    "report \"" name "\" { title = 'T', query = [[FROM registrations |> AGGREGATE COUNT(*) AS n "  \
    "GROUP BY block |> CALL against_target('by_december', achieved => 'n', "                       \
    "as_on => '2021-11-18')]] }\n"
#define GUEST "plugin { name = \"guest\", version = \"1.0\", api = 1 }\n" REVIEW("against_theirs")

/* Its own queries name its targets: they are there for it whatever the newer version says. Those of
 * another plugin name them, too, and do not fall with a version that cannot even be read; one that
 * can be read and has no such targets is believed. */
static void the_last_good_version_keeps_its_targets(void **state)
{
    (void)state;
    struct world w;
    struct registry *r;
    struct err err;
    world_init(&w);
    world_write(&w, "mine.lua", WITH_TARGETS);
    world_write(&w, "guest.lua", GUEST);
    assert_int_equal(registry_new(w.dir, w.cell, &r, &err), 0);
    const struct plugin_set *first = registry_get(r);
    assert_int_equal(named(first, "mine")->status, PLUGIN_OK);
    assert_int_equal(named(first, "guest")->status, PLUGIN_OK);

    static const char *const broken[] = {
        "x y" WITH_TARGETS,
        "plugin { name = 'mine', version = '1.0', api = 1 }\nreport 'a' { title = 'T', query = 'x' "
        "}",
    };
    for (size_t i = 0; i < ARRAY_LEN(broken); i++) {
        world_write(&w, "mine.lua", broken[i]);
        assert_int_equal(registry_reload(r, &err), 0);
        const struct plugin_set *now = registry_get(r);
        assert_int_equal(named(now, "mine")->status, PLUGIN_STALE);
        assert_int_equal(named(now, "mine")->reports, 1);
        assert_int_equal(named(now, "guest")->reports, i == 0);
        assert_non_null(target_set_find(&now->targets, STR("by_december")));
        plugin_set_unref(now);
    }
    plugin_set_unref(first);
    registry_free(r);
    world_remove(&w, "mine.lua");
    world_remove(&w, "guest.lua");
    world_fini(&w);
}

static void parts_of_a_folder_are_used(void **state)
{
    (void)state;
    struct world w;
    struct registry *r;
    struct err err;
    char folder[256];
    world_init(&w);
    world_path(&w, "mine", folder);
    assert_int_equal(mkdir(folder, 0700), 0);
    world_write(&w, "mine/plugin.lua",
                "plugin { name = \"mine\", version = \"1\", api = 1 }\n"
                "local shared = use \"shared\"\nuse \"reports\"\n"
                "if use \"shared\" ~= shared then error('not the same') end\n");
    world_write(&w, "mine/shared.lua", "return { title = 'Shared' }\n");
    world_write(&w, "mine/reports.lua",
                "report \"r\" { title = use(\"shared\").title, query = 'FROM registrations |> "
                "LIMIT 1' }\n");
    assert_int_equal(registry_new(w.dir, w.cell, &r, &err), 0);
    const struct plugin_set *s = registry_get(r);
    if (named(s, "mine")->status != PLUGIN_OK)
        fail_msg("%.*s", STR_ARG(named(s, "mine")->errors_text));
    assert_string_equal(named(s, "mine")->report[0].title.en.p, "Shared");
    plugin_set_unref(s);

    world_write(&w, "mine/shared.lua", "use \"shared\"\n");
    assert_int_equal(registry_reload(r, &err), 0);
    s = registry_get(r);
    assert_non_null(strstr(named(s, "mine")->errors_text.p, "uses itself"));
    assert_non_null(strstr(named(s, "mine")->errors_text.p, "mine/shared.lua:1"));
    plugin_set_unref(s);

    world_write(&w, "mine/shared.lua", "use \"shred\"\n");
    assert_int_equal(registry_reload(r, &err), 0);
    s = registry_get(r);
    assert_non_null(strstr(named(s, "mine")->errors_text.p, "there is no file shred.lua"));
    plugin_set_unref(s);
    registry_free(r);
    world_remove(&w, "mine/plugin.lua");
    world_remove(&w, "mine/shared.lua");
    world_remove(&w, "mine/reports.lua");
    rmdir(folder);
    world_fini(&w);
}

static void reports_are_found_or_the_nearest_told(void **state)
{
    (void)state;
    struct world w;
    struct registry *r;
    struct err err;
    const struct report *rep;
    world_init(&w);
    world_write(&w, "mine.lua", GOOD("mine", "x"));
    assert_int_equal(registry_new(w.dir, w.cell, &r, &err), 0);
    const struct plugin_set *s = registry_get(r);
    assert_int_equal(plugin_find_report(s, STR("mine/by_block"), STR(""), &rep, &err), 0);
    assert_int_equal(plugin_find_report(s, STR("mine"), STR("by_block"), &rep, &err), 0);
    assert_int_equal(plugin_find_report(s, STR("mine"), STR("by_blok"), &rep, &err), ERR_NOT_FOUND);
    assert_non_null(strstr(err.hint, "by_block"));
    assert_int_equal(plugin_find_report(s, STR("mien"), STR("x"), &rep, &err), ERR_NOT_FOUND);
    assert_non_null(strstr(err.hint, "mine"));
    plugin_set_unref(s);
    registry_free(r);
    world_remove(&w, "mine.lua");
    world_fini(&w);
}

static void target_sets_are_named_once(void **state)
{
    (void)state;
    struct world w;
    struct registry *r;
    struct err err;
    world_init(&w);
#define SET                                                                                        \
    "targets \"t\" { source = 'x', level = 'block', from = '2021-08-26', to = '2021-12-31', "      \
    "values = { [3168] = 7 } }\n"
    world_write(&w, "a.lua", GOOD("a", "x") SET);
    world_write(&w, "b.lua", GOOD("b", "x") SET);
    assert_int_equal(registry_new(w.dir, w.cell, &r, &err), 0);
    const struct plugin_set *s = registry_get(r);
    assert_int_equal(named(s, "a")->status, PLUGIN_OK);
    assert_int_equal(named(s, "b")->status, PLUGIN_BROKEN);
    assert_non_null(strstr(named(s, "b")->error.msg, "declared by the plugin a as well"));
    assert_int_equal(s->targets.n, 1);
    plugin_set_unref(s);
    registry_free(r);
    world_remove(&w, "a.lua");
    world_remove(&w, "b.lua");
    world_fini(&w);
}

static void a_name_serves_once(void **state)
{
    (void)state;
    struct world w;
    struct registry *r;
    struct err err;
    char folder[256];
    world_init(&w);
    world_path(&w, "mine", folder);
    assert_int_equal(mkdir(folder, 0700), 0);
    world_write(&w, "mine/plugin.lua", GOOD("mine", "folder"));
    world_write(&w, "mine.lua", GOOD("mine", "file"));
    assert_int_equal(registry_new(w.dir, w.cell, &r, &err), 0);
    const struct plugin_set *s = registry_get(r);
    assert_int_equal(s->n, 2);
    assert_int_equal(s->plugin[0].status, PLUGIN_OK);
    assert_int_equal(s->plugin[1].status, PLUGIN_BROKEN);
    assert_non_null(strstr(s->plugin[1].error.msg, "there are two plugins called \"mine\""));
    plugin_set_unref(s);
    registry_free(r);
    world_remove(&w, "mine/plugin.lua");
    world_remove(&w, "mine.lua");
    rmdir(folder);
    world_fini(&w);
}

/* ---- reloading under load ---- */

#define VERSIONED(v)                                                                               \
    "plugin { name = \"mine\", version = \"" v "\", api = 1 }\n"                                   \
    "report \"r\" { title = '" v "', query = 'FROM registrations |> AGGREGATE COUNT(*) AS n', "    \
    "summary = function(rows) return '" v "' end }\n"

struct reader_job {
    struct world *w;
    struct registry *r;
    atomic_int *stop;
    int runs, wrong;
};

/* The summary, from the bytecode, must be of the version whose title was seen. */
static void *read_reports(void *arg)
{
    struct reader_job *job = arg;
    while (!atomic_load(job->stop)) {
        const struct plugin_set *s = registry_get(job->r);
        struct snap *snap = snap_cell_get(job->w->cell);
        const struct report *rep;
        struct report_result result;
        struct err err;
        struct run_options o = {.snap = snap};
        if (plugin_find_report(s, STR("mine/r"), STR(""), &rep, &err) < 0) {
            job->wrong++;
        } else {
            if (report_run(s, rep, &o, &result, &err) < 0 || !str_eq(result.summary, rep->title.en))
                job->wrong++;
            report_result_fini(&result);
        }
        job->runs++;
        snap_unref(snap);
        plugin_set_unref(s);
    }
    return NULL;
}

static void no_answer_is_mixed_while_plugins_reload(void **state)
{
    (void)state;
    enum { READERS = 3, RELOADS = 40 };
    struct world w;
    struct registry *r;
    struct err err;
    struct reader_job job[READERS];
    pthread_t thread[READERS];
    atomic_int stop = 0;
    world_init(&w);
    log_threshold(LOG_OFF); /* a warning for every broken version */
    world_write(&w, "mine.lua", VERSIONED("1"));
    assert_int_equal(registry_new(w.dir, w.cell, &r, &err), 0);
    for (int i = 0; i < READERS; i++) {
        job[i] = (struct reader_job){&w, r, &stop, 0, 0};
        assert_int_equal(pthread_create(&thread[i], NULL, read_reports, &job[i]), 0);
    }
    for (int i = 0; i < RELOADS; i++) {
        world_write(&w, "mine.lua",
                    i % 3 == 0   ? VERSIONED("2")
                    : i % 3 == 1 ? "this is no Lua"
                                 : VERSIONED("3"));
        assert_int_equal(registry_reload(r, &err), 0);
        const struct world_row row = {GOLA, 1, "2021-11-18", 1};
        world_publish(&w, &row, 1);
    }
    atomic_store(&stop, 1);
    for (int i = 0; i < READERS; i++) {
        pthread_join(thread[i], NULL);
        assert_int_equal(job[i].wrong, 0);
        assert_true(job[i].runs > 0);
    }
    registry_free(r);
    world_remove(&w, "mine.lua");
    world_fini(&w);
}

/* Every allocation fails once in its turn: an error or an answer, no crash, nothing lost. */
static void memory_may_run_out_anywhere(void **state)
{
    (void)state;
    struct world w;
    bool whole = false;
    world_init(&w);
    log_threshold(LOG_OFF);
    const struct world_row row = {GOLA, 1, "2021-11-18", 7};
    world_publish(&w, &row, 1);
    world_write(
        &w, "mine.lua",
        "plugin { name = \"mine\", version = \"1\", api = 1 }\n"
        "report \"r\" { title = 'x', total = true, columns = { { 'block' }, { 'n' }, { 'm', "
        "total = 'n * 2' } }, query = 'FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY "
        "block |> EXTEND 2 * n AS m', summary = function(rows) return fill('{n}', rows.total) "
        "end }\n"
        "alert \"a\" { key = 'block', message = '{block}', severity = { { 'warning', 'n > 5' } }, "
        "query = 'FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY block' }\n"
        "test \"t\" { data = { registrations = { { 'date', 'block' }, { '2021-11-18', 'Gola' } } "
        "}, "
        "run = 'r', expect = { { n = 1 } } }\n");
    for (uint64_t n = 1; !whole && n < 5000; n++) {
        struct registry *r = NULL;
        struct err err;
        const struct report *rep;
        mem_fail_at(n);
        whole = registry_new(w.dir, w.cell, &r, &err) == 0;
        if (!whole)
            continue;
        const struct plugin_set *s = registry_get(r);
        struct snap *snap = snap_cell_get(w.cell);
        struct run_options o = {.snap = snap};
        whole = plugin_find_report(s, STR("mine/r"), STR(""), &rep, &err) == 0;
        if (whole) {
            struct report_result result;
            whole = report_run(s, rep, &o, &result, &err) == 0;
            report_result_fini(&result);
        }
        if (whole) {
            struct alert_findings f;
            whole = alert_rule_run(s, &s->plugin[0].alert[0], &o, &f, &err) == 0;
            if (whole)
                alert_findings_fini(&f);
        }
        snap_unref(snap);
        plugin_set_unref(s);
        registry_free(r);
    }
    mem_fail_at(0);
    assert_true(whole);
    world_remove(&w, "mine.lua");
    world_fini(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_missing_directory_is_empty),
        cmocka_unit_test(before_the_first_snapshot_plugins_load),
        cmocka_unit_test(a_broken_plugin_harms_nobody),
        cmocka_unit_test(who_stops_listening_is_told_no_more),
        cmocka_unit_test(a_reload_keeps_the_last_good_version),
        cmocka_unit_test(the_last_good_version_keeps_its_targets),
        cmocka_unit_test(parts_of_a_folder_are_used),
        cmocka_unit_test(reports_are_found_or_the_nearest_told),
        cmocka_unit_test(target_sets_are_named_once),
        cmocka_unit_test(a_name_serves_once),
        cmocka_unit_test(no_answer_is_mixed_while_plugins_reload),
        cmocka_unit_test(memory_may_run_out_anywhere),
    };
    return cmocka_run_group_tests_name("script/registry", tests, NULL, NULL);
}
