/* SPDX-License-Identifier: MIT
 *
 * Findings and their history as tables: order, places, days. */
#include "store/findings.h"

#include "fixture.h"

enum { MANY = 5000 };

static void put(struct fixture *f, const char *id, const char *severity, enum finding_event event,
                uint32_t place)
{
    struct err err;
    struct finding_change c = {.event = event, .told = true};
    snprintf(c.now.id, sizeof c.now.id, "%s", id);
    c.now.plugin = STR("drive");
    c.now.check = STR("parts");
    c.now.key = str_of(id);
    c.now.severity = str_of(severity);
    c.now.message = STR("in English");
    c.now.message_hi = STR("हिन्दी में");
    c.now.figures = STR("{}");
    c.now.source = STR("");
    c.now.batch = STR("");
    c.now.place = place;
    c.now.since = c.now.last_seen = DAY0;
    c.now.resolved_on = event == FINDING_CLOSED ? DAY0 + 3 : DAY_NONE;
    if (store_findings_write(f->store, &c, 1, DAY0 + 1, 7, &err) < 0)
        fail_msg("%s", err.msg);
}

static struct value cell(const struct frame *t, size_t row, const char *column)
{
    int c = frame_find(t, str_of(column));
    assert_true(c >= 0);
    return frame_get(t, row, (size_t)c);
}

static void the_worst_open_one_stands_first(void **state)
{
    struct fixture *f = *state;
    struct arena a;
    struct frame *t;
    struct err err;
    struct snap *s = snap_cell_get(f->cell);
    uint32_t gola = s->tree->at[place_by_code(s->tree, PLACE_BLOCK, 3168)].identity;
    uint32_t district = s->tree->at[place_by_code(s->tree, PLACE_DISTRICT, 607)].identity;
    put(f, "00000000000000aa", "warning", FINDING_OPENED, gola);
    put(f, "00000000000000bb", "error", FINDING_OPENED, district);
    put(f, "00000000000000cc", "error", FINDING_CLOSED, PLACE_NONE);
    arena_init(&a, MEM_STORE, 0);
    assert_int_equal(store_findings_table(f->store, &a, s, &t, &err), 0);
    assert_int_equal(t->rows, 3);
    assert_string_equal(cell(t, 0, "id").s.p, "00000000000000bb");
    assert_string_equal(cell(t, 1, "id").s.p, "00000000000000aa");
    assert_string_equal(cell(t, 2, "status").s.p, "closed");
    assert_int_equal(cell(t, 2, "resolved_on").i, DAY0 + 3);
    assert_true(cell(t, 0, "resolved_on").null);
    assert_int_equal(cell(t, 1, "place").i, gola);
    assert_int_equal(cell(t, 1, "district").i, district);
    assert_int_equal(cell(t, 1, "block").i, gola);
    assert_true(cell(t, 0, "block").null);
    assert_true(cell(t, 2, "place").null);
    assert_true(cell(t, 2, "source").null);
    arena_fini(&a);
    snap_unref(s);
}

static void the_history_comes_in_order_over_many_pieces(void **state)
{
    struct fixture *f = *state;
    struct arena a;
    struct frame *t;
    struct err err;
    struct finding_change *c = calloc(MANY, sizeof *c);
    assert_non_null(c);
    for (int i = 0; i < MANY; i++) {
        const struct str none = STR("");
        c[i] = (struct finding_change){.event = FINDING_OPENED, .told = i % 5 != 0};
        snprintf(c[i].now.id, sizeof c[i].now.id, "%016d", i);
        c[i].now.plugin = c[i].now.check = c[i].now.key = c[i].now.message = none;
        c[i].now.message_hi = c[i].now.figures = c[i].now.source = c[i].now.batch = none;
        c[i].now.severity = STR("info");
        c[i].now.place = PLACE_NONE;
        c[i].now.resolved_on = DAY_NONE;
    }
    assert_int_equal(store_findings_write(f->store, c, MANY, DAY0, 9, &err), 0);
    free(c);
    arena_init(&a, MEM_STORE, 0);
    assert_int_equal(store_finding_history_table(f->store, &a, NULL, &t, &err), 0);
    assert_int_equal(t->rows, MANY * 4 / 5); /* those that are told */
    for (size_t i = 0; i < t->rows; i++) {
        assert_int_equal(cell(t, i, "seq").i, (int64_t)i + 1);
        assert_string_equal(cell(t, i, "event").s.p, "opened");
        assert_int_equal(cell(t, i, "day").i, DAY0);
        assert_int_equal(cell(t, i, "snapshot").i, 9);
    }
    arena_fini(&a);
}

static void without_a_store_they_have_no_rows(void **state)
{
    struct arena a;
    struct frame *t;
    struct err err;
    (void)state;
    arena_init(&a, MEM_STORE, 0);
    assert_int_equal(store_findings_table(NULL, &a, NULL, &t, &err), 0);
    assert_int_equal(t->rows, 0);
    assert_true(frame_find(t, STR("message_hi")) >= 0);
    assert_int_equal(store_finding_history_table(NULL, &a, NULL, &t, &err), 0);
    assert_int_equal(t->rows, 0);
    assert_true(frame_find(t, STR("event")) >= 0);
    arena_fini(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_worst_open_one_stands_first, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(the_history_comes_in_order_over_many_pieces, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test(without_a_store_they_have_no_rows),
    };
    return cmocka_run_group_tests_name("store/finding_table", tests, NULL, NULL);
}
