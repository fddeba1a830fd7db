/* SPDX-License-Identifier: MIT
 *
 * Who is told what, and when: judged by the outbox. */
#include "desk.h"

#define MAIL                                                                                       \
    (struct notifier)                                                                              \
    {                                                                                              \
        .name = "bdo", .type = NOTIFY_SMTP, .url = "smtp://127.0.0.1:1", .from = "p@example.in",   \
        .to = block_officers, .tos = 1                                                             \
    }
static const struct str block_officers[] = {{"officers:block", 14}};
static const struct str district_officers[] = {{"officers:district", 17}};

static void hook(struct desk *d)
{
    desk_notifier(
        d, (struct notifier){.name = "hook", .type = NOTIFY_WEBHOOK, .url = "http://127.0.0.1:1"});
}

static void it_is_told_once_and_its_recovery_too(void **state)
{
    (void)state;
    struct desk d;
    desk_init(&d, FEW("pending = '1 day', "));
    hook(&d);
    desk_add(&d, GOLA, "2021-11-15", 3);
    desk_run(&d);
    desk_outbox(&d, "");
    desk_add(&d, GOLA, "2021-11-16", 1);
    desk_run(&d);
    desk_run(&d);
    desk_restart(&d);
    desk_run(&d);
    desk_outbox(&d, "hook - waiting [firing] Gola: 4\n");
    desk_add(&d, GOLA, "2021-11-17", 50);
    desk_run(&d);
    desk_run(&d);
    desk_outbox(&d, "hook - waiting [recovered] Gola: 4\nhook - waiting [firing] Gola: 4\n");
    desk_fini(&d);
}

/* An alert that fired before anybody could be told is told when somebody can. */
static void a_notifier_that_comes_later_is_told_what_fires(void **state)
{
    (void)state;
    struct desk d;
    desk_init(&d, FEW(""));
    desk_add(&d, GOLA, "2021-11-15", 3);
    desk_add(&d, MANDU, "2021-11-15", 2);
    desk_run(&d);
    desk_add(&d, MANDU, "2021-11-15", 20);
    desk_run(&d);
    hook(&d);
    desk_tick(&d);
    desk_outbox(&d, "hook - waiting [firing] Gola: 3\n"); /* of the other nobody knew */
    desk_fini(&d);
}

static void what_grows_worse_is_told_again(void **state)
{
    (void)state;
    struct desk d;
    char id[32];
    struct err err;
    desk_init(&d, FEW(""));
    hook(&d);
    desk_add(&d, GOLA, "2021-11-15", 7);
    desk_run(&d);
    desk_id(&d, id);
    assert_int_equal(
        alert_acknowledge(d.engine, str_of(id), STR("BDO"), STR("camp tomorrow"), 0, &err), 0);
    desk_add(&d, GOLA, "2021-11-15", -4);
    desk_run(&d);
    desk_add(&d, GOLA, "2021-11-15", 5);
    desk_run(&d);
    desk_outbox(&d, "hook - waiting [firing] Gola: 3\nhook - waiting [firing] Gola: 7\n");
    desk_history(&d, "firing Gola: 7 - -\nacknowledged Gola: 7 BDO camp tomorrow\n"
                     "severity Gola: 3 - warning\nseverity Gola: 8 - critical\n");
    desk_fini(&d);
}

static void a_rule_chooses_its_notifiers(void **state)
{
    (void)state;
    struct desk d;
    desk_init(&d, FEW("notify = { 'desk' }, "));
    hook(&d);
    desk_add(&d, GOLA, "2021-11-15", 3);
    desk_run(&d);
    /* "desk" is not set up: the default tells it */
    desk_outbox(&d, "hook - waiting [firing] Gola: 3\n");
    d.notifier[d.options.notifiers++] =
        (struct notifier){.name = "desk", .type = NOTIFY_FILE, .path = d.out};
    desk_restart(&d);
    desk_add(&d, MANDU, "2021-11-15", 3);
    desk_run(&d);
    desk_outbox(&d, "desk - waiting [firing] Mandu: 3\nhook - waiting [firing] Gola: 3\n");
    desk_fini(&d);
}

static void officers_are_told_of_their_own_places(void **state)
{
    (void)state;
    struct desk d;
    desk_init(&d, FEW(""));
    desk_upload(&d, "officers",
                "name,role,email,district,block\nA,BDO,gola@example.in,607,Gola\n"
                "B,BDO,mandu@example.in,607,Mandu\nC,DDC,ddc@example.in,607,\n"
                "D,clerk,clerk@example.in,607,Gola\n");
    desk_notifier(&d, MAIL);
    desk_add(&d, GOLA, "2021-11-15", 3);
    desk_add(&d, MANDU, "2021-11-15", 2);
    desk_add(&d, DULMI, "2021-11-15", 1);
    desk_run(&d);
    desk_outbox(&d, "bdo mandu@example.in waiting [firing] Mandu: 2\n"
                    "bdo gola@example.in waiting [firing] Gola: 3\n"
                    "bdo clerk@example.in waiting [firing] Gola: 3\n"
                    "bdo - dead [firing] Dulmi: 1\n");
    desk_fini(&d);
}

static void what_nobody_acknowledges_is_escalated(void **state)
{
    (void)state;
    struct desk d;
    char id[32];
    struct err err;
    desk_init(&d, FEW("notify = 'bdo', escalate = { after = '2 days', notify = { 'ddc' } }, "));
    desk_upload(&d, "officers",
                "role,email,district,block\nBDO,gola@example.in,607,Gola\n"
                "BDO,mandu@example.in,607,Mandu\nDDC,ddc@example.in,607,\n");
    desk_notifier(&d, MAIL);
    struct notifier ddc = MAIL;
    ddc.name = "ddc";
    ddc.to = district_officers;
    desk_notifier(&d, ddc);
    desk_add(&d, MANDU, "2021-11-15", 2);
    desk_run(&d);
    desk_id(&d, id);
    assert_int_equal(alert_acknowledge(d.engine, str_of(id), STR("BDO"), STR("fair"), 0, &err), 0);
    desk_add(&d, GOLA, "2021-11-15", 3);
    desk_run(&d);
    desk_add(&d, DULMI, "2021-11-16", 100);
    desk_run(&d);
    desk_add(&d, DULMI, "2021-11-17", 100);
    desk_run(&d);
    desk_run(&d);
    desk_add(&d, GOLA, "2021-11-18", 30);
    desk_run(&d);
    desk_outbox(&d, "ddc ddc@example.in waiting [recovered] Gola: 3\n"
                    "bdo gola@example.in waiting [recovered] Gola: 3\n"
                    "ddc ddc@example.in waiting [not acknowledged] Gola: 3\n"
                    "bdo gola@example.in waiting [firing] Gola: 3\n"
                    "bdo mandu@example.in waiting [firing] Mandu: 2\n");
    desk_fini(&d);
}

static void silences_cover_a_rule_and_all_below_a_place(void **state)
{
    (void)state;
    struct desk d;
    struct err err;
    int64_t id;
    struct alert_silence s = {.plugin = STR("t"),
                              .rule = STR("few"),
                              .place_level = PLACE_DISTRICT,
                              .place_code = 607,
                              .until_ms = DESK_NOON + DAY,
                              .author = STR("DDC"),
                              .reason = STR("portal is down")};
    desk_init(&d, FEW(""));
    hook(&d);
    assert_int_equal(alert_silence_add(d.engine, &s, &id, &err), 0);
    desk_add(&d, GOLA, "2021-11-15", 3);
    desk_add(&d, BERMO, "2021-11-15", 2);
    desk_run(&d);
    desk_outbox(&d, "hook - waiting [firing] Bermo: 2\n");
    desk_restart(&d);
    desk_run(&d);
    desk_outbox(&d, "hook - waiting [firing] Bermo: 2\n");
    desk_minutes(24 * 60); /* its end: what still fires is told now */
    desk_tick(&d);
    desk_outbox(&d, "hook - waiting [firing] Gola: 3\nhook - waiting [firing] Bermo: 2\n");
    desk_fini(&d);
}

static void reminders_come_until_it_is_acknowledged(void **state)
{
    (void)state;
    struct desk d;
    char id[32];
    struct err err;
    desk_init(&d, FEW("remind = '6 hours', "));
    hook(&d);
    desk_add(&d, GOLA, "2021-11-15", 3);
    desk_run(&d);
    desk_minutes(359);
    desk_tick(&d);
    desk_minutes(1);
    desk_tick(&d);
    desk_tick(&d);
    desk_outbox(&d, "hook - waiting [still firing] Gola: 3\nhook - waiting [firing] Gola: 3\n");
    desk_id(&d, id);
    assert_int_equal(alert_acknowledge(d.engine, str_of(id), STR("BDO"), STR("fair"), 0, &err), 0);
    desk_minutes(720);
    desk_tick(&d);
    desk_outbox(&d, "hook - waiting [still firing] Gola: 3\nhook - waiting [firing] Gola: 3\n");
    desk_fini(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_told_once_and_its_recovery_too),
        cmocka_unit_test(a_notifier_that_comes_later_is_told_what_fires),
        cmocka_unit_test(what_grows_worse_is_told_again),
        cmocka_unit_test(a_rule_chooses_its_notifiers),
        cmocka_unit_test(officers_are_told_of_their_own_places),
        cmocka_unit_test(what_nobody_acknowledges_is_escalated),
        cmocka_unit_test(silences_cover_a_rule_and_all_below_a_place),
        cmocka_unit_test(reminders_come_until_it_is_acknowledged),
    };
    return cmocka_run_group_tests_name("alert/tell", tests, NULL, NULL);
}
