/* SPDX-License-Identifier: MIT
 *
 * The alert engine over a sequence of batches and restarts. */
#include "alert/engine.h"

#include "desk.h"

static void findings_come_and_go_with_the_data(void **state)
{
    (void)state;
    struct desk d;
    desk_init(&d, FEW("pending = '2 days', keep = '1 day', "));
    desk_shows(&d, "");
    desk_add(&d, GOLA, "2021-11-15", 3);
    desk_add(&d, MANDU, "2021-11-15", 50);
    desk_shows(&d, "pending critical Gola: 3\n");
    desk_add(&d, GOLA, "2021-11-16", 4);
    desk_shows(&d, "pending warning Gola: 7\n");
    desk_add(&d, MANDU, "2021-11-17", 1);
    desk_shows(&d, "firing warning Gola: 7\n");
    desk_add(&d, GOLA, "2021-11-18", 100);
    desk_shows(&d, "firing warning Gola: 7\n"); /* kept for a day */
    desk_add(&d, MANDU, "2021-11-19", 1);
    desk_shows(&d, "resolved warning Gola: 7\n");
    desk_add(&d, MANDU, "2021-11-28", 1);
    desk_shows(&d, "");
    desk_history(&d, "pending Gola: 3 - -\n"
                     "firing Gola: 7 - -\n"
                     "resolved Gola: 7 - -\n");
    struct alert_stats stats;
    alert_stats_get(d.engine, &stats);
    assert_true(stats.evaluations >= 7);
    assert_int_equal(stats.failures, 0);
    assert_int_equal(stats.firing, 0);
    desk_fini(&d);
}

static void firing_ones_stand_first_and_the_worst_before(void **state)
{
    (void)state;
    struct desk d;
    desk_init(&d, FEW(""));
    desk_add(&d, GOLA, "2021-11-15", 7);
    desk_add(&d, DULMI, "2021-11-15", 2);
    desk_add(&d, MANDU, "2021-11-15", 1);
    desk_shows(&d, "firing critical Mandu: 1\nfiring critical Dulmi: 2\nfiring warning Gola: 7\n");
    desk_add(&d, DULMI, "2021-11-15", 50);
    desk_shows(&d,
               "firing critical Mandu: 1\nfiring warning Gola: 7\nresolved critical Dulmi: 2\n");
    desk_fini(&d);
}

/* Whatever was true before it is true behind it, to the last letter, and nothing fires again. */
static void a_restart_changes_nothing(void **state)
{
    (void)state;
    struct desk d;
    static const char *const all[] = {"id",     "rule",    "state",      "severity",
                                      "key",    "message", "message_hi", "acknowledged_by",
                                      "reason", "until",   "escalated",  "told",
                                      NULL};
    static char before[2][1 << 14];
    static char after[2][1 << 14];
    char id[32];
    struct err err;
    desk_init(&d, FEW("pending = '1 day', keep = '2 days', "));
    desk_add(&d, GOLA, "2021-11-15", 3);
    desk_add(&d, DULMI, "2021-11-15", 7);
    desk_run(&d);
    desk_add(&d, MANDU, "2021-11-16", 2);
    desk_run(&d);
    desk_add(&d, DULMI, "2021-11-17", 70);
    desk_run(&d);
    desk_id(&d, id);
    assert_int_equal(alert_acknowledge(d.engine, str_of(id), STR("BDO Gola"), STR("बिजली नहीं"),
                                       desk_now_ms + DAY, &err),
                     0);
    desk_lines(&d, alert_table, d.engine, "t", all, before[0], sizeof before[0]);
    desk_lines(&d, store_alert_history_table, d.store, "t",
               (const char *const[]){"at", "id", "event", "message", "who", NULL}, before[1],
               sizeof before[1]);
    assert_non_null(strstr(before[0], "firing"));
    assert_non_null(strstr(before[0], "बिजली नहीं"));
    for (int i = 0; i < 3; i++) {
        desk_minutes(7);
        uint64_t version = alert_engine_version(d.engine);
        desk_restart(&d);
        assert_true(alert_engine_version(d.engine) == version);
        if (i > 0)
            desk_run(&d);
        desk_lines(&d, alert_table, d.engine, "t", all, after[0], sizeof after[0]);
        desk_lines(&d, store_alert_history_table, d.store, "t",
                   (const char *const[]){"at", "id", "event", "message", "who", NULL}, after[1],
                   sizeof after[1]);
        assert_string_equal(after[0], before[0]);
        assert_string_equal(after[1], before[1]);
    }
    desk_fini(&d);
}

static void the_same_finding_keeps_its_id(void **state)
{
    (void)state;
    char id[2][32];
    for (int i = 0; i < 2; i++) {
        struct desk d;
        static const char *const column[] = {"key", "message_hi", NULL};
        char got[256];
        desk_init(&d, FEW(""));
        desk_add(&d, GOLA, "2021-11-15", 3 + i);
        desk_run(&d);
        desk_id(&d, id[i]);
        desk_lines(&d, alert_table, d.engine, "t", column, got, sizeof got);
        assert_string_equal(got,
                            i ? "{\"block\":3168} गोला: 4 ही\n" : "{\"block\":3168} गोला: 3 ही\n");
        desk_fini(&d);
    }
    assert_string_equal(id[0], id[1]);
}

static void rules_that_go_are_over(void **state)
{
    (void)state;
    struct desk d;
    struct err err;
    desk_init(&d, FEW(""));
    desk_add(&d, GOLA, "2021-11-15", 3);
    desk_shows(&d, "firing critical Gola: 3\n");
    desk_write(&d, HEAD);
    assert_int_equal(registry_reload(d.registry, &err), 0);
    desk_shows(&d, "resolved critical Gola: 3\n");
    desk_fini(&d);
}

/* After a restart there is no last good version of it: what is known stays known. */
static void a_broken_plugin_ends_nothing(void **state)
{
    (void)state;
    struct desk d;
    desk_init(&d, FEW(""));
    desk_add(&d, GOLA, "2021-11-15", 3);
    desk_shows(&d, "firing critical Gola: 3\n");
    desk_write(&d, "plugin { nonsense");
    desk_restart(&d);
    desk_shows(&d, "firing critical Gola: 3\n");
    desk_write(&d, FEW(""));
    desk_restart(&d);
    desk_add(&d, GOLA, "2021-11-15", 30);
    desk_shows(&d, "resolved critical Gola: 3\n");
    desk_fini(&d);
}

/* A process that begins asks nothing again that was judged; another batch or another rule it does.
 */
static void what_was_judged_is_not_judged_again(void **state)
{
    (void)state;
    struct desk d;
    struct alert_stats stats;
    struct err err;
    desk_init(&d, FEW(""));
    desk_add(&d, GOLA, "2021-11-15", 3);
    assert_int_equal(alert_engine_catch_up(d.engine, &err), 0);
    desk_restart(&d);
    assert_int_equal(alert_engine_catch_up(d.engine, &err), 0);
    alert_stats_get(d.engine, &stats);
    assert_int_equal(stats.evaluations, 0);
    assert_int_equal(stats.firing, 1);
    desk_is(&d, "firing critical Gola: 3\n");
    desk_add(&d, GOLA, "2021-11-15", 1);
    desk_restart(&d);
    assert_int_equal(alert_engine_catch_up(d.engine, &err), 0);
    desk_is(&d, "firing critical Gola: 4\n");
    desk_write(&d, FEW("keep = '1 day', "));
    desk_restart(&d);
    assert_int_equal(alert_engine_catch_up(d.engine, &err), 0);
    alert_stats_get(d.engine, &stats);
    assert_int_equal(stats.evaluations, 1);
    desk_fini(&d);
}

static int told;
static void on_change(void *ctx)
{
    assert_ptr_equal(ctx, &told);
    told++;
}

static void a_listener_hears_of_changes_alone(void **state)
{
    (void)state;
    struct desk d;
    desk_init(&d, FEW(""));
    alert_engine_listen(d.engine, on_change, &told);
    desk_add(&d, GOLA, "2021-11-15", 3);
    desk_run(&d);
    assert_int_equal(told, 1);
    uint64_t version = alert_engine_version(d.engine);
    desk_run(&d);
    assert_int_equal(told, 1);
    assert_true(alert_engine_version(d.engine) == version);
    desk_add(&d, GOLA, "2021-11-15", 1);
    desk_run(&d);
    assert_int_equal(told, 2);
    assert_true(alert_engine_version(d.engine) != version);
    desk_fini(&d);
}

/* With threads of its own it follows what is published. */
static void it_follows_by_itself(void **state)
{
    (void)state;
    struct desk d;
    desk_init(&d, FEW(""));
    alert_engine_free(d.engine);
    struct err err;
    clock_replace(NULL);
    d.options.no_threads = false;
    assert_int_equal(alert_engine_new(&d.options, &d.engine, &err), 0);
    desk_add(&d, GOLA, "2021-11-15", 3);
    struct snap *s = snap_cell_get(d.cell);
    for (int i = 0; i < 1000 && alert_engine_snapshot(d.engine) != s->id; i++)
        usleep(10000);
    assert_true(alert_engine_snapshot(d.engine) == s->id);
    snap_unref(s);
    desk_is(&d, "firing critical Gola: 3\n");
    desk_fini(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(findings_come_and_go_with_the_data),
        cmocka_unit_test(firing_ones_stand_first_and_the_worst_before),
        cmocka_unit_test(a_restart_changes_nothing),
        cmocka_unit_test(the_same_finding_keeps_its_id),
        cmocka_unit_test(rules_that_go_are_over),
        cmocka_unit_test(a_broken_plugin_ends_nothing),
        cmocka_unit_test(what_was_judged_is_not_judged_again),
        cmocka_unit_test(a_listener_hears_of_changes_alone),
        cmocka_unit_test(it_follows_by_itself),
    };
    return cmocka_run_group_tests_name("alert/engine", tests, NULL, NULL);
}
