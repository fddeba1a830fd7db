/* SPDX-License-Identifier: MIT
 *
 * What an Alertmanager is told. The real one is asked in tests/e2e. */
#include "../../../core/alert/notify.h"

#include "../base/sink.h"

static void firing_ones_end_in_four_resends(void **state)
{
    (void)state;
    struct sink s;
    struct err err;
    char url[64];
    struct alert_row row = {.plugin = STR("drive"),
                            .rule = STR("lagging"),
                            .severity = STR("warning"),
                            .key = STR("{}"),
                            .message = STR("Gola"),
                            .fired_ms = 1637217000000,
                            .resolved_ms = 1637217060000};
    const struct standing both[] = {{&row, false}, {&row, true}};
    sink_open(&s, false);
    sink_url(&s, url);
    const struct notifier n = {.name = "am", .url = url, .user = "u", .secret = "p"};
    assert_int_equal(
        notify_alertmanager(&n, both, 2, NULL, "http://panji", 1637217120000, 60000, NULL, &err),
        0);
    const char *got = s.got[0];
    assert_non_null(strstr(got, "POST /api/v2/alerts HTTP/1.1"));
    assert_non_null(strstr(got, "Authorization: Basic dTpw\r\n"));
    assert_non_null(strstr(got, "\"alertname\":\"panji_heartbeat\""));
    assert_non_null(strstr(
        got,
        "\"startsAt\":\"2021-11-18T12:00:00+05:30\",\"endsAt\":\"2021-11-18T12:06:00+05:30\""));
    assert_non_null(strstr(got, "\"endsAt\":\"2021-11-18T12:01:00+05:30\""));
    sink_close(&s);
    assert_int_equal(notify_alertmanager(&n, both, 2, NULL, "", 0, 60000, NULL, &err),
                     ERR_UNAVAILABLE);
}

static void many_go_in_batches(void **state)
{
    (void)state;
    struct sink s;
    struct err err;
    char url[64];
    static struct standing many[600];
    struct alert_row row = {
        .plugin = STR("p"), .rule = STR("r"), .severity = STR("w"), .key = STR("{}")};
    for (size_t i = 0; i < ARRAY_LEN(many); i++)
        many[i] = (struct standing){&row, false};
    sink_open(&s, false);
    sink_url(&s, url);
    const struct notifier n = {.name = "am", .url = url};
    assert_int_equal(notify_alertmanager(&n, many, ARRAY_LEN(many), NULL, "", 0, 60000, NULL, &err),
                     0);
    sink_wait(&s, 3);
    sink_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(firing_ones_end_in_four_resends),
        cmocka_unit_test(many_go_in_batches),
    };
    return cmocka_run_group_tests_name("alert/notify_alertmanager", tests, NULL, NULL);
}
