/* SPDX-License-Identifier: MIT
 *
 * What people say about alerts, and that it is remembered. */
#include "desk.h"

#define KNOWN(id, by, why, until)                                                                  \
    alert_acknowledge(d.engine, str_of(id), STR(by), STR(why), until, &err)

static void an_acknowledgement_ends_when_its_time_has_come(void **state)
{
    (void)state;
    struct desk d;
    struct err err;
    char id[32];
    static const char *const column[] = {"acknowledged_by", "reason", NULL};
    char got[256];
    desk_init(&d, FEW(""));
    desk_notifier(
        &d, (struct notifier){.name = "hook", .type = NOTIFY_WEBHOOK, .url = "http://127.0.0.1:1"});
    desk_add(&d, GOLA, "2021-11-15", 3);
    desk_run(&d);
    desk_id(&d, id);
    assert_int_equal(KNOWN(id, "BDO Gola", "हड़ताल", desk_now_ms + DAY), 0);
    desk_restart(&d);
    desk_lines(&d, alert_table, d.engine, "t", column, got, sizeof got);
    assert_string_equal(got, "BDO Gola हड़ताल\n");
    desk_minutes(24 * 60 - 1);
    desk_tick(&d);
    desk_outbox(&d, "hook - waiting [firing] Gola: 3\n");
    desk_minutes(1);
    desk_tick(&d);
    desk_lines(&d, alert_table, d.engine, "t", column, got, sizeof got);
    assert_string_equal(got, "- -\n");
    desk_outbox(&d, "hook - waiting [firing] Gola: 3\nhook - waiting [firing] Gola: 3\n");
    desk_history(&d, "firing Gola: 3 - -\nacknowledged Gola: 3 BDO Gola हड़ताल\n"
                     "acknowledgement_ended Gola: 3 BDO Gola हड़ताल\n");
    desk_fini(&d);
}

static void mistakes_are_told(void **state)
{
    (void)state;
    struct desk d;
    struct err err;
    char id[32];
    int64_t silence;
    struct alert_silence s = {.plugin = STR(""),
                              .rule = STR(""),
                              .author = STR("x"),
                              .reason = STR("y"),
                              .until_ms = DESK_NOON + DAY};
    desk_init(&d, FEW(""));
    desk_add(&d, GOLA, "2021-11-15", 3);
    desk_run(&d);
    desk_id(&d, id);
    assert_int_equal(KNOWN("0123", "BDO", "x", 0), ERR_NOT_FOUND);
    assert_int_equal(KNOWN(id, "", "x", 0), ERR_PARAM);
    assert_int_equal(KNOWN(id, "BDO", "", 0), ERR_PARAM);
    assert_int_equal(KNOWN(id, "BDO\n", "x", 0), ERR_PARAM);
    assert_int_equal(KNOWN(id, "BDO", "x", desk_now_ms - 1), ERR_PARAM);
    assert_int_equal(alert_unacknowledge(d.engine, str_of(id), STR("BDO"), &err), ERR_CONFLICT);
    assert_int_equal(alert_silence_add(d.engine, &s, &silence, &err), ERR_PARAM);
    assert_int_equal(alert_silence_end(d.engine, 7, STR("x"), &err), ERR_NOT_FOUND);
    desk_add(&d, GOLA, "2021-11-15", 30);
    desk_run(&d);
    assert_int_equal(KNOWN(id, "BDO", "x", 0), ERR_CONFLICT);
    desk_history(&d, "firing Gola: 3 - -\nresolved Gola: 3 - -\n");
    desk_fini(&d);
}

static void comments_and_what_is_taken_back_stand_in_the_history(void **state)
{
    (void)state;
    struct desk d;
    struct err err;
    char id[32];
    desk_init(&d, FEW(""));
    desk_add(&d, GOLA, "2021-11-15", 3);
    desk_run(&d);
    desk_id(&d, id);
    uint64_t version = alert_engine_version(d.engine);
    assert_int_equal(alert_comment(d.engine, str_of(id), STR("VLE"), STR("printer broken"), &err),
                     0);
    assert_true(alert_engine_version(d.engine) != version);
    assert_int_equal(KNOWN(id, "BDO", "fair", 0), 0);
    assert_int_equal(alert_unacknowledge(d.engine, str_of(id), STR("DDC"), &err), 0);
    desk_history(&d, "firing Gola: 3 - -\ncomment Gola: 3 VLE printer broken\n"
                     "acknowledged Gola: 3 BDO fair\nacknowledgement_taken_back Gola: 3 DDC -\n");
    desk_fini(&d);
}

static void a_silence_that_is_ended_ends(void **state)
{
    (void)state;
    struct desk d;
    struct err err;
    int64_t id;
    struct alert_silence s = {.plugin = STR(""),
                              .rule = STR("few"),
                              .author = STR("DDC"),
                              .reason = STR("y"),
                              .until_ms = DESK_NOON + DAY};
    desk_init(&d, FEW(""));
    desk_notifier(
        &d, (struct notifier){.name = "hook", .type = NOTIFY_WEBHOOK, .url = "http://127.0.0.1:1"});
    assert_int_equal(alert_silence_add(d.engine, &s, &id, &err), 0);
    desk_add(&d, GOLA, "2021-11-15", 3);
    desk_run(&d);
    desk_outbox(&d, "");
    assert_int_equal(alert_silence_end(d.engine, id, STR("DDC"), &err), 0);
    desk_outbox(&d, "hook - waiting [firing] Gola: 3\n");
    assert_int_equal(alert_silence_end(d.engine, id, STR("DDC"), &err), ERR_CONFLICT);
    desk_fini(&d);
}

/* The table of alerts says who is silenced: it changes with the clock alone. */
static void a_silence_that_runs_out_is_a_change(void **state)
{
    (void)state;
    struct desk d;
    struct err err;
    int64_t id;
    struct alert_silence s = {.plugin = STR(""),
                              .rule = STR("few"),
                              .author = STR("DDC"),
                              .reason = STR("y"),
                              .until_ms = DESK_NOON + DAY};
    desk_init(&d, FEW(""));
    assert_int_equal(alert_silence_add(d.engine, &s, &id, &err), 0);
    uint64_t version = alert_engine_version(d.engine);
    desk_now_ms = DESK_NOON + DAY - 1;
    assert_true(alert_engine_version(d.engine) == version);
    desk_now_ms++;
    assert_true(alert_engine_version(d.engine) != version);
    desk_fini(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_acknowledgement_ends_when_its_time_has_come),
        cmocka_unit_test(mistakes_are_told),
        cmocka_unit_test(comments_and_what_is_taken_back_stand_in_the_history),
        cmocka_unit_test(a_silence_that_is_ended_ends),
        cmocka_unit_test(a_silence_that_runs_out_is_a_change),
    };
    return cmocka_run_group_tests_name("alert/memory", tests, NULL, NULL);
}
