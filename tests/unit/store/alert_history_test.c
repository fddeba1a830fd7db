/* SPDX-License-Identifier: MIT
 *
 * The history of alerts as a table. */
#include "store/alerts.h"

#include "fixture.h"

static void write_events(struct fixture *f, int n)
{
    struct err err;
    static struct alert_event event[7000];
    struct alert_row row = {.id = STR("01"),
                            .plugin = STR("p"),
                            .rule = STR("r"),
                            .key = STR("{}"),
                            .severity = STR("w"),
                            .message = STR("m"),
                            .message_hi = STR("म"),
                            .ack_by = STR(""),
                            .ack_reason = STR(""),
                            .fired_ms = 1000,
                            .times = {ALERT_FIRING, 18900, 18900, ALERT_NEVER, ALERT_NEVER}};
    for (int i = 0; i < n; i++)
        event[i] = (struct alert_event){&row, i == n - 1 ? "resolved" : "comment", STR("who"),
                                        STR("note"), 18901};
    const struct alert_changes c = {.event = event, .events = (size_t)n, .at_ms = 1000 + 43200000};
    assert_int_equal(store_alerts_write(f->store, &c, &err), 0);
}

static void lines_come_in_order_and_say_how_long(void **state)
{
    struct fixture *f = *state;
    struct err err;
    struct arena a;
    struct frame *t;
    write_events(f, 7000);
    arena_init(&a, MEM_ALERT, 0);
    assert_int_equal(store_alert_history_table(f->store, &a, NULL, &t, &err), 0);
    assert_int_equal(t->rows, 7000); /* more than one piece */
    for (size_t i = 0; i < t->rows; i++)
        assert_int_equal(frame_get(t, i, 0).i, (int64_t)i + 1);
    assert_true(frame_get(t, 0, 14).null);
    assert_true(frame_get(t, 6999, 14).f > 0.499 && frame_get(t, 6999, 14).f < 0.501);
    assert_int_equal(frame_get(t, 0, 13).i, 18900);
    assert_true(str_eq(frame_get(t, 0, 9).s, STR("who")));
    arena_fini(&a);
}

static void without_a_store_there_are_columns_alone(void **state)
{
    (void)state;
    struct err err;
    struct arena a;
    struct frame *t;
    arena_init(&a, MEM_ALERT, 0);
    assert_int_equal(store_alert_history_table(NULL, &a, NULL, &t, &err), 0);
    assert_int_equal(t->rows, 0);
    assert_true(frame_find(t, STR("open_days")) >= 0);
    arena_fini(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lines_come_in_order_and_say_how_long, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test(without_a_store_there_are_columns_alone),
    };
    return cmocka_run_group_tests_name("store/alert_history", tests, NULL, NULL);
}
