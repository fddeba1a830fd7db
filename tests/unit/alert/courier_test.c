/* SPDX-License-Identifier: MIT
 *
 * The courier: every message arrives at least once, later when it must, under its own id; what is
 * hopeless is put aside; an Alertmanager is told again and again. */
#include <dirent.h>

#include "desk.h"

#include "../base/sink.h"

static void hook(struct desk *d, struct sink *s, char url[64])
{
    sink_url(s, url);
    desk_notifier(d, (struct notifier){
                         .name = "hook", .type = NOTIFY_WEBHOOK, .url = url, .timeout_ms = 500});
}

static int deliver(struct desk *d)
{
    struct err err;
    return alert_engine_deliver(d->engine, &err);
}

static void what_fails_is_tried_again_later(void **state)
{
    (void)state;
    struct desk d;
    struct sink s;
    char url[64];
    struct alert_stats stats;
    desk_init(&d, FEW(""));
    sink_open(&s, false);
    sink_ways(&s, 3, (const enum way[]){WAY_FAIL, WAY_HANG, WAY_CLOSE});
    hook(&d, &s, url);
    desk_add(&d, GOLA, "2021-11-15", 3);
    desk_run(&d);
    assert_int_equal(deliver(&d), 0);
    sink_wait(&s, 1);
    assert_int_equal(deliver(&d), 0); /* not due yet */
    sink_wait(&s, 1);
    for (int i = 0; i < 3; i++) { /* 5, 10, 20 seconds */
        desk_now_ms += 5000 << i;
        desk_restart(&d); /* what waits is remembered */
        assert_int_equal(deliver(&d), 0);
    }
    desk_outbox(&d, "hook - sent [firing] Gola: 3\n");
    alert_stats_get(d.engine, &stats);
    assert_int_equal(stats.outbox.waiting, 0);
    sink_wait(&s, 4);
    char *first = strstr(s.got[0], "X-Panji-Id");
    for (int i = 1; i < 4; i++)
        assert_memory_equal(strstr(s.got[i], "X-Panji-Id"), first, 36);
    sink_close(&s);
    desk_fini(&d);
}

static void after_many_attempts_it_is_a_dead_letter(void **state)
{
    (void)state;
    struct desk d;
    struct err err;
    char id[32];
    static const char *const column[] = {"id", NULL};
    desk_init(&d, FEW(""));
    desk_notifier(
        &d, (struct notifier){.name = "hook", .type = NOTIFY_WEBHOOK, .url = "http://127.0.0.1:1"});
    desk_add(&d, GOLA, "2021-11-15", 3);
    desk_run(&d);
    for (int i = 0; i < 29; i++) {
        assert_int_equal(deliver(&d), 0);
        desk_minutes(61);
    }
    desk_outbox(&d, "hook - waiting [firing] Gola: 3\n");
    assert_int_equal(deliver(&d), 0);
    desk_outbox(&d, "hook - dead [firing] Gola: 3\n");
    desk_lines(&d, store_outbox_table, d.store, NULL, column, id, sizeof id);
    id[strcspn(id, "\n")] = '\0';
    assert_int_equal(store_outbox_retry(d.store, str_of(id), desk_now_ms, &err), 0);
    desk_outbox(&d, "hook - waiting [firing] Gola: 3\n");
    desk_fini(&d);
}

/* One that hangs does not keep what another is to get. */
static void one_that_fails_does_not_hold_up_the_others(void **state)
{
    (void)state;
    struct desk d;
    char path[300];
    desk_init(&d, FEW(""));
    desk_notifier(
        &d, (struct notifier){.name = "hook", .type = NOTIFY_WEBHOOK, .url = "http://127.0.0.1:1"});
    desk_notifier(&d, (struct notifier){.name = "desk", .type = NOTIFY_FILE, .path = d.out});
    desk_add(&d, GOLA, "2021-11-15", 3);
    desk_run(&d);
    assert_int_equal(deliver(&d), 0);
    desk_outbox(&d, "desk - sent [firing] Gola: 3\nhook - waiting [firing] Gola: 3\n");
    DIR *dir = opendir(d.out);
    struct dirent *e;
    path[0] = '\0';
    while ((e = readdir(dir)) != NULL)
        if (strstr(e->d_name, ".json") != NULL)
            snprintf(path, sizeof path, "%s", e->d_name);
    closedir(dir);
    assert_int_equal(strlen(path), 24 + 5);
    desk_fini(&d);
}

/* Each minute while it fires, for fifteen minutes when it is over; not while it is silenced. */
static void an_alertmanager_is_told_again_and_again(void **state)
{
    (void)state;
    struct desk d;
    struct sink s;
    char url[64];
    desk_init(&d, FEW(""));
    sink_open(&s, false);
    sink_url(&s, url);
    desk_notifier(&d, (struct notifier){.name = "am", .type = NOTIFY_ALERTMANAGER, .url = url});
    desk_add(&d, GOLA, "2021-11-15", 3);
    desk_run(&d);
    assert_int_equal(deliver(&d), 0);
    sink_wait(&s, 1);
    assert_non_null(strstr(s.got[0], "\"block\":\"Gola\""));
    assert_non_null(strstr(s.got[0], "\"endsAt\":\"2021-11-18T12:04:00+05:30\""));
    desk_minutes(1);
    assert_int_equal(deliver(&d), 0);
    sink_wait(&s, 2);
    assert_non_null(strstr(s.got[1], "\"endsAt\":\"2021-11-18T12:05:00+05:30\""));
    desk_add(&d, GOLA, "2021-11-15", 30);
    desk_run(&d);
    desk_minutes(14);
    assert_int_equal(deliver(&d), 0);
    sink_wait(&s, 3);
    assert_non_null(strstr(s.got[2], "\"endsAt\":\"2021-11-18T12:01:00+05:30\""));
    desk_minutes(1);
    assert_int_equal(deliver(&d), 0);
    sink_wait(&s, 4);
    assert_null(strstr(s.got[3], "\"block\":\"Gola\""));
    assert_non_null(strstr(s.got[3], "panji_heartbeat"));
    desk_outbox(&d, "");
    sink_close(&s);
    desk_fini(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_fails_is_tried_again_later),
        cmocka_unit_test(after_many_attempts_it_is_a_dead_letter),
        cmocka_unit_test(one_that_fails_does_not_hold_up_the_others),
        cmocka_unit_test(an_alertmanager_is_told_again_and_again),
    };
    return cmocka_run_group_tests_name("alert/courier", tests, NULL, NULL);
}
