/* SPDX-License-Identifier: MIT
 *
 * Checks over a store that takes batches: findings come with the batch that brought them, go with
 * the one that mends them, and are known after a restart. */
#include "alert/checks.h"

#include "../store/fault_vfs.h"
#include "../store/fixture.h"

#define HEAD "plugin { name = 't', version = '1', api = 1 }\n"
#define CROWDED                                                                                    \
    HEAD "check 'crowded' { title = { en = 'Too many', hi = 'बहुत' }, query = [[ FROM "    \
         "registrations |> AGGREGATE COUNT(*) AS n GROUP BY district, block |> WHERE n > 10 ]],\n" \
         "severity = { { 'error', 'n > 100' }, { 'warning' } } }\n"

struct desk {
    struct fixture f;
    char plugins[128];
    struct registry *registry;
    struct checks *checks;
};

static void write_plugin(struct desk *d, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/t.lua", d->plugins);
    FILE *f = fopen(path, "we");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void start(struct desk *d)
{
    struct err err;
    assert_int_equal(registry_new(d->plugins, d->f.cell, &d->registry, &err), 0);
    const struct plugin_set *s = registry_get(d->registry);
    if (s->plugin[0].status != PLUGIN_OK)
        fail_msg("%.*s", STR_ARG(s->plugin[0].errors_text));
    plugin_set_unref(s);
    assert_int_equal(checks_new(d->registry, d->f.cell, d->f.store, NULL, NULL, &d->checks, &err),
                     0);
    assert_int_equal(checks_run(d->checks, &err), 0);
}

static void stop(struct desk *d)
{
    checks_free(d->checks);
    registry_free(d->registry);
    fixture_close(&d->f);
}

static void desk_init(struct desk *d, const char *plugin)
{
    log_threshold(LOG_OFF);
    tmpdir_make(d->f.dir);
    tmpdir_make(d->plugins);
    write_plugin(d, plugin);
    fixture_open(&d->f);
    fixture_places(&d->f);
    start(d);
}

static void desk_fini(struct desk *d)
{
    stop(d);
    tmpdir_remove(d->f.dir);
    tmpdir_remove(d->plugins);
}

/* One batch of one row: so many in a block. */
static void import(struct desk *d, const char *id, int64_t block, int32_t count)
{
    struct snap *s = snap_cell_get(d->f.cell);
    struct batch_spec spec = {
        .source = STR("csc"), .id = str_of(id), .as_on = DAY_NONE, .correction = count < 0};
    struct batch_result r;
    struct rows rows;
    struct err err;
    rows_init(&rows, MEM_INGEST, s->schema);
    uint32_t order = place_by_code(s->tree, PLACE_BLOCK, block);
    assert_int_equal(rows_add(&rows, s->tree->at[order].id, 0, DAY0, count, &err), 0);
    fixture_hash((uint32_t)count, spec.sha256);
    if (store_import(d->f.store, &spec, &rows, &r, &err) < 0)
        fail_msg("%s", err.msg);
    rows_fini(&rows);
    snap_unref(s);
    assert_int_equal(checks_run(d->checks, &err), 0);
}

/* "status severity message batch times" of all findings. */
static void shows(struct desk *d, const char *expected)
{
    struct arena a;
    struct frame *t;
    struct err err;
    char got[1024] = "";
    size_t n = 0;
    struct snap *s = snap_cell_get(d->f.cell);
    arena_init(&a, MEM_ALERT, 0);
    assert_int_equal(store_findings_table(d->f.store, &a, s, &t, &err), 0);
    for (size_t i = 0; i < t->rows; i++) {
        struct value batch = frame_get(t, i, (size_t)frame_find(t, STR("batch")));
        n += (size_t)snprintf(got + n, sizeof got - n, "%s %s %s (%s) %d\n",
                              frame_get(t, i, (size_t)frame_find(t, STR("status"))).s.p,
                              frame_get(t, i, (size_t)frame_find(t, STR("severity"))).s.p,
                              frame_get(t, i, (size_t)frame_find(t, STR("message"))).s.p,
                              batch.null ? "" : batch.s.p,
                              (int)frame_get(t, i, (size_t)frame_find(t, STR("times"))).i);
    }
    assert_string_equal(got, expected);
    arena_fini(&a);
    snap_unref(s);
}

static size_t history(struct desk *d)
{
    struct arena a;
    struct frame *t;
    struct err err;
    arena_init(&a, MEM_ALERT, 0);
    assert_int_equal(store_finding_history_table(d->f.store, &a, NULL, &t, &err), 0);
    size_t rows = t->rows;
    arena_fini(&a);
    return rows;
}

static void findings_come_and_go_over_a_restart(void **state)
{
    (void)state;
    struct desk d = {0};
    desk_init(&d, CROWDED);
    shows(&d, "");
    import(&d, "b1", 3168, 7);
    shows(&d, "");
    import(&d, "b2", 3168, 5);
    shows(&d, "open warning Too many: district Ramgarh, block Gola, n 12 (b2) 1\n");
    stop(&d);
    fixture_open(&d.f);
    start(&d);
    shows(&d, "open warning Too many: district Ramgarh, block Gola, n 12 (b2) 1\n");
    assert_int_equal(history(&d), 1);
    import(&d, "b3", 3168, 500);
    shows(&d, "open error Too many: district Ramgarh, block Gola, n 512 (b2) 1\n");
    assert_int_equal(history(&d), 2);
    import(&d, "b4", 3168, -505);
    shows(&d, "closed error Too many: district Ramgarh, block Gola, n 512 (b2) 1\n");
    import(&d, "b5", 3168, 20);
    shows(&d, "open warning Too many: district Ramgarh, block Gola, n 27 (b5) 2\n");
    assert_int_equal(history(&d), 4);
    desk_fini(&d);
}

static void a_check_that_is_gone_closes_one_that_fails_keeps(void **state)
{
    (void)state;
    struct desk d = {0};
    struct err err;
    struct checks_stats stats;
    desk_init(&d, CROWDED);
    import(&d, "b1", 3168, 11);
    write_plugin(&d,
                 HEAD "check 'crowded' { query = [[ FROM registrations |> AGGREGATE COUNT(*) AS "
                      "n GROUP BY block |> ASSERT n < 5, 'no' ]] }\n");
    assert_int_equal(registry_reload(d.registry, &err), 0);
    assert_int_equal(checks_run(d.checks, &err), 0);
    shows(&d, "open warning Too many: district Ramgarh, block Gola, n 11 (b1) 1\n");
    checks_stats_get(d.checks, &stats);
    assert_int_equal(stats.failures, 1);
    assert_int_equal(stats.open, 1);
    write_plugin(&d, "not lua at all");
    assert_int_equal(registry_reload(d.registry, &err), 0);
    assert_int_equal(checks_run(d.checks, &err), 0);
    shows(&d, "open warning Too many: district Ramgarh, block Gola, n 11 (b1) 1\n");
    write_plugin(&d, HEAD);
    assert_int_equal(registry_reload(d.registry, &err), 0);
    assert_int_equal(checks_run(d.checks, &err), 0);
    shows(&d, "closed warning Too many: district Ramgarh, block Gola, n 11 (b1) 1\n");
    desk_fini(&d);
}

static void the_thread_checks_what_is_published(void **state)
{
    (void)state;
    struct desk d = {0};
    struct batch_result r;
    struct err err;
    desk_init(&d, CROWDED);
    assert_int_equal(fixture_import(&d.f, "b1", 1, 400, &r, &err), 0);
    for (int i = 0; i < 1000 && checks_snapshot(d.checks) < r.snapshot; i++)
        usleep(10000);
    assert_true(checks_snapshot(d.checks) >= r.snapshot);
    struct checks_stats stats;
    checks_stats_get(d.checks, &stats);
    assert_true(stats.open > 0);
    desk_fini(&d);
}

/* Nothing is published after the failure: the thread comes back by itself. */
static void a_pass_that_cannot_be_written_is_tried_again(void **state)
{
    (void)state;
    struct desk d = {0};
    struct checks_stats stats = {.open = 1};
    struct err err;
    desk_init(&d, CROWDED);
    import(&d, "b1", 3168, 11);
    assert_int_equal(checks_run(d.checks, &err), 0);
    write_plugin(&d, HEAD);
    fault_arm(FAULT_FULL, true, 1, 1);
    assert_int_equal(registry_reload(d.registry, &err), 0);
    usleep(500000);
    assert_int_equal(checks_run(d.checks, &err), ERR_FULL);
    shows(&d, "open warning Too many: district Ramgarh, block Gola, n 11 (b1) 1\n");
    fault_arm(FAULT_FULL, false, 0, 1);
    for (int i = 0; i < 1000 && stats.open > 0; i++) {
        usleep(10000);
        checks_stats_get(d.checks, &stats);
    }
    shows(&d, "closed warning Too many: district Ramgarh, block Gola, n 11 (b1) 1\n");
    desk_fini(&d);
}

static void two_rows_of_one_key_are_a_failure(void **state)
{
    (void)state;
    struct desk d = {0};
    struct checks_stats stats;
    desk_init(&d, HEAD "check 'twice' { query = [[ FROM registrations |> AGGREGATE COUNT(*) AS n "
                       "GROUP BY district, block ]], key = 'district' }\n");
    import(&d, "b1", 3168, 1);
    import(&d, "b2", 3172, 1);
    shows(&d, "open warning twice: district Ramgarh, block Gola, n 1 (b1) 1\n");
    checks_stats_get(d.checks, &stats);
    assert_int_equal(stats.failures, 1);
    desk_fini(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(findings_come_and_go_over_a_restart),
        cmocka_unit_test(a_check_that_is_gone_closes_one_that_fails_keeps),
        cmocka_unit_test(the_thread_checks_what_is_published),
        cmocka_unit_test(two_rows_of_one_key_are_a_failure),
        cmocka_unit_test(a_pass_that_cannot_be_written_is_tried_again),
    };
    struct desk first = {0}; /* SQLite is started before its disk is taken over */
    desk_init(&first, HEAD);
    desk_fini(&first);
    fault_install();
    return cmocka_run_group_tests_name("alert/checks", tests, NULL, NULL);
}
