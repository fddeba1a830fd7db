/* SPDX-License-Identifier: MIT
 *
 * Findings on disk. */
#include "store/alerts.h"

#include "fixture.h"

static struct alert_row a_row(const char *id)
{
    return (struct alert_row){.id = str_of(id),
                              .plugin = STR("drive"),
                              .rule = STR("lagging"),
                              .key = STR("{\"block\":3168}"),
                              .severity = STR("critical"),
                              .message = STR("Gola"),
                              .message_hi = STR("गोला"),
                              .ack_by = STR("BDO"),
                              .ack_reason = STR("हड़ताल"),
                              .times = {ALERT_FIRING, 18900, 18902, ALERT_NEVER, ALERT_NEVER},
                              .level = 1,
                              .place_level = PLACE_BLOCK,
                              .place_code = 3168,
                              .since_ms = 1,
                              .fired_ms = 2,
                              .ack_ms = 4,
                              .ack_until_ms = 5,
                              .escalated_ms = 6,
                              .told_ms = 7,
                              .told_level = 1,
                              .snapshot = 9};
}

static size_t read_all(struct fixture *f, struct arena *a, struct alert_row **out, int64_t *seq)
{
    struct err err;
    size_t n;
    arena_init(a, MEM_ALERT, 0);
    assert_int_equal(store_alerts_read(f->store, a, out, &n, seq, &err), 0);
    return n;
}

static void what_was_written_is_read_after_a_restart(void **state)
{
    struct fixture *f = *state;
    struct err err;
    struct arena a;
    struct alert_row *got;
    int64_t seq = 0;
    struct alert_row row = a_row("0123");
    const struct alert_row *put = &row;
    const struct alert_event event = {&row, "firing", STR("who"), STR("why"), 18902};
    const struct alert_changes c = {.put = &put,
                                    .puts = 1,
                                    .event = &event,
                                    .events = 1,
                                    .at_ms = 1000,
                                    .seq = &seq,
                                    .mark = "m",
                                    .mark_ms = 77};
    assert_int_equal(store_alerts_write(f->store, &c, &err), 0);
    assert_int_equal(seq, 1);
    fixture_close(f);
    fixture_open(f);
    assert_int_equal(read_all(f, &a, &got, &seq), 1);
    assert_int_equal(seq, 1);
    assert_true(str_eq(got->ack_reason, STR("हड़ताल")));
    assert_true(str_eq(got->key, row.key));
    assert_int_equal(got->times.fired_at, 18902);
    assert_true(got->times.resolved_at == ALERT_NEVER);
    assert_int_equal(got->told_ms, 7);
    assert_int_equal(got->place_code, 3168);
    arena_fini(&a);
    int64_t ms;
    assert_int_equal(store_alerts_mark(f->store, "m", &ms, &err), 0);
    assert_int_equal(ms, 77);
    assert_int_equal(store_alerts_mark(f->store, "none", &ms, &err), 0);
    assert_int_equal(ms, 0);
    struct str drop = STR("0123");
    const struct alert_changes away = {.drop = &drop, .drops = 1};
    assert_int_equal(store_alerts_write(f->store, &away, &err), 0);
    assert_int_equal(read_all(f, &a, &got, &seq), 0);
    arena_fini(&a);
}

/* Two messages of one id: the second cannot be stored, and neither can what came with it. */
static void all_or_nothing(void **state)
{
    struct fixture *f = *state;
    struct err err;
    struct arena a;
    struct alert_row *got;
    int64_t seq;
    struct alert_row row = a_row("4567");
    const struct alert_row *put = &row;
    const struct alert_event event = {&row, "firing", STR(""), STR(""), 18902};
    const struct outbox_row twice[2] = {{.id = STR("m"), .notifier = STR("n"), .body = STR("b")},
                                        {.id = STR("m"), .notifier = STR("n"), .body = STR("b")}};
    const struct alert_changes c = {
        .put = &put, .puts = 1, .event = &event, .events = 1, .out = twice, .outs = 2};
    assert_true(store_alerts_write(f->store, &c, &err) < 0);
    assert_int_equal(read_all(f, &a, &got, &seq), 0);
    assert_int_equal(seq, 0);
    arena_fini(&a);
}

static void the_table_speaks_of_places_and_days(void **state)
{
    struct fixture *f = *state;
    struct err err;
    struct arena a;
    struct frame *t;
    struct alert_row row = a_row("0123");
    const struct alert_row *put = &row;
    bool silenced = true;
    struct snap *snap = snap_cell_get(f->cell);
    arena_init(&a, MEM_ALERT, 0);
    assert_int_equal(alert_rows_frame(&put, &silenced, 1, snap, &a, &t, &err), 0);
    assert_int_equal(frame_get(t, 0, (size_t)frame_find(t, STR("since"))).i, 18900);
    assert_true(frame_get(t, 0, (size_t)frame_find(t, STR("resolved_on"))).null);
    assert_int_equal(frame_get(t, 0, (size_t)frame_find(t, STR("silenced"))).i, 1);
    struct value place = frame_get(t, 0, (size_t)frame_find(t, STR("place")));
    assert_int_equal(snap->tree->at[place_order(snap->tree, (uint32_t)place.i)].code, 3168);
    assert_int_equal(store_alerts_table(NULL, &a, snap, &t, &err), 0);
    assert_int_equal(t->rows, 0);
    arena_fini(&a);
    snap_unref(snap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_written_is_read_after_a_restart, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(all_or_nothing, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(the_table_speaks_of_places_and_days, fixture_setup,
                                        fixture_teardown),
    };
    return cmocka_run_group_tests_name("store/alerts", tests, NULL, NULL);
}
