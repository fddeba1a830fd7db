/* SPDX-License-Identifier: MIT
 *
 * State, history and messages are stored together or not at all. */
#include "desk.h"

#include "../store/fault_vfs.h"

/* The disk is full for a while: nothing changes meanwhile, and nothing is lost afterwards. */
static void what_could_not_be_stored_has_not_happened(void **state)
{
    (void)state;
    struct desk d;
    struct err err;
    struct alert_stats stats;
    desk_init(&d, FEW(""));
    desk_notifier(
        &d, (struct notifier){.name = "hook", .type = NOTIFY_WEBHOOK, .url = "http://127.0.0.1:1"});
    desk_add(&d, MANDU, "2021-11-15", 2);
    desk_run(&d);
    desk_add(&d, GOLA, "2021-11-15", 3);
    fault_arm(FAULT_FULL, true, 1, 1);
    assert_int_equal(alert_engine_run(d.engine, &err), ERR_FULL);
    desk_is(&d, "firing critical Mandu: 2\n");
    fault_arm(FAULT_FULL, false, 0, 1);
    desk_outbox(&d, "hook - waiting [firing] Mandu: 2\n");
    desk_history(&d, "firing Mandu: 2 - -\n");
    alert_stats_get(d.engine, &stats);
    assert_int_equal(stats.store_failures, 1);
    usleep(1100000); /* the store tries a full disk once a second */
    desk_shows(&d, "firing critical Gola: 3\nfiring critical Mandu: 2\n");
    desk_outbox(&d, "hook - waiting [firing] Gola: 3\nhook - waiting [firing] Mandu: 2\n");
    desk_history(&d, "firing Mandu: 2 - -\nfiring Gola: 3 - -\n");
    desk_fini(&d);
}

/* Memory that runs out at any point of an evaluation leaves what was, whole, or a rule that failed;
 * what comes of it in the end is told once. */
static void memory_that_runs_out_changes_nothing(void **state)
{
    (void)state;
    struct desk d;
    struct err err;
    static const char *const column[] = {"state", "severity", "message", NULL};
    static const char *const subject[] = {"subject", NULL};
    static char got[1 << 16];
    int failed = 0;
    bool done = false;
    desk_init(&d, FEW(""));
    desk_notifier(
        &d, (struct notifier){.name = "hook", .type = NOTIFY_WEBHOOK, .url = "http://127.0.0.1:1"});
    desk_add(&d, MANDU, "2021-11-15", 2);
    desk_run(&d);
    desk_add(&d, GOLA, "2021-11-15", 3);
    for (uint64_t n = 1; !done; n++) {
        assert_true(n < 20000);
        mem_fail_at(n);
        failed += alert_engine_run(d.engine, &err) < 0;
        mem_fail_at(0);
        desk_lines(&d, alert_table, d.engine, "t", column, got, sizeof got);
        done = strcmp(got, "firing critical Mandu: 2\n") != 0;
    }
    assert_true(failed > 10);
    desk_is(&d, "firing critical Gola: 3\nfiring critical Mandu: 2\n");
    desk_lines(&d, store_outbox_table, d.store, NULL, subject, got, sizeof got);
    char *once = strstr(got, "[firing] Gola: 3");
    assert_non_null(once);
    assert_null(strstr(once + 1, "[firing] Gola: 3"));
    desk_fini(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_could_not_be_stored_has_not_happened),
        cmocka_unit_test(memory_that_runs_out_changes_nothing),
    };
    struct desk first; /* SQLite is started before its disk is taken over */
    desk_init(&first, HEAD);
    desk_fini(&first);
    fault_install();
    return cmocka_run_group_tests_name("alert/commit", tests, NULL, NULL);
}
