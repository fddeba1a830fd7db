/* SPDX-License-Identifier: MIT
 *
 * Retracting a batch: once, for good, whatever the disk and the memory do. Whether every question
 * is answered rightly afterwards is tried in tests/unit/query/any_order_test.c. */
#include "fixture.h"

#include "fault_vfs.h"

#include <pthread.h>

enum { ROWS = 40, SUM = 79 };

static void import(struct fixture *f, const char *id, uint32_t content)
{
    struct batch_result r;
    struct err err;
    assert_int_equal(fixture_import(f, id, content, ROWS, &r, &err), 0);
}

static int retract(struct fixture *f, const char *id, const char *reason,
                   struct retract_result *out, struct err *err)
{
    const struct retract_spec spec = {.id = str_of(id), .reason = str_of(reason)};
    return store_retract(f->store, &spec, out, err);
}

static void takes_a_batch_back_once(void **state)
{
    struct fixture *f = *state;
    struct retract_result first, again;
    struct batch_result r;
    struct err err;
    import(f, "b1", 1);
    import(f, "b2", 2);
    uint64_t before = fixture_snapshot(f);
    assert_int_equal(retract(f, "b1", "twice", &first, &err), 0);
    assert_string_equal(first.source, "test");
    assert_int_equal(first.accepted, ROWS);
    assert_int_equal(first.registrations, SUM);
    assert_false(first.duplicate);
    assert_int_equal(first.snapshot, before + 1);
    assert_int_equal(fixture_registrations(f), SUM);
    for (int opened = 0; opened < 2; opened++) {
        assert_int_equal(retract(f, "b1", "other words", &again, &err), 0);
        assert_true(again.duplicate);
        assert_string_equal(again.reason, "twice");
        assert_int_equal(again.snapshot, first.snapshot);
        assert_int_equal(again.retracted_ms, first.retracted_ms);
        assert_int_equal(fixture_snapshot(f), before + 1);
        assert_int_equal(fixture_registrations(f), SUM);
        fixture_close(f);
        fixture_open(f);
    }
    assert_int_equal(fixture_import(f, "b1", 1, ROWS, &r, &err), 0);
    assert_true(r.duplicate && r.retracted);
    assert_int_equal(fixture_import(f, "b2", 2, ROWS, &r, &err), 0);
    assert_true(r.duplicate && !r.retracted);
}

static void refuses_what_is_not_there(void **state)
{
    struct fixture *f = *state;
    struct retract_result r;
    struct err err;
    char reason[REASON_BYTES_MAX + 2];
    memset(reason, 'x', sizeof reason - 1);
    reason[sizeof reason - 1] = '\0';
    import(f, "b1", 1);
    assert_int_equal(retract(f, "b2", "", &r, &err), ERR_NOT_FOUND);
    assert_int_equal(retract(f, "b1", reason, &r, &err), ERR_LIMIT);
    const struct retract_spec other = {.source = STR("csc"), .id = STR("b1")};
    assert_int_equal(store_retract(f->store, &other, &r, &err), ERR_NOT_FOUND);
    assert_int_equal(fixture_registrations(f), SUM);
}

/* What a batch of negative counts took away comes back; it must still be countable. */
static void counts_stay_within_what_can_be_counted(void **state)
{
    struct fixture *f = *state;
    struct retract_result r;
    struct batch_result b;
    struct err err;
    struct snap *s = snap_cell_get(f->cell);
    uint32_t block = s->tree->at[place_by_code(s->tree, PLACE_BLOCK, 3168)].id;
    snap_unref(s);
    for (int i = 0; i < 3; i++) {
        struct rows rows;
        char id[16];
        snprintf(id, sizeof id, "b%d", i);
        struct batch_spec spec = {
            .source = STR("test"), .id = str_of(id), .as_on = DAY_NONE, .correction = i == 1};
        rows_init(&rows, MEM_INGEST, &schema_default);
        assert_int_equal(rows_add(&rows, block, 1, DAY0, i == 1 ? -1500000000 : 1500000000, &err),
                         0);
        assert_int_equal(store_import(f->store, &spec, &rows, &b, &err), 0);
        rows_fini(&rows);
    }
    assert_int_equal(retract(f, "b1", "", &r, &err), ERR_LIMIT);
    assert_int_equal(retract(f, "b0", "", &r, &err), 0);
    assert_int_equal(retract(f, "b1", "", &r, &err), 0);
    assert_int_equal(fixture_registrations(f), 1500000000);
}

static void bulk_load(struct fixture *f, const char *id, bool named)
{
    struct store_bulk *b = NULL;
    struct batch_result r;
    struct rows rows;
    struct err err;
    struct batch_spec spec = {.source = STR("gen"), .id = str_of(id), .as_on = DAY_NONE};
    assert_int_equal(store_bulk_new(f->store, &b, &err), 0);
    fixture_rows(f, &rows, 1, ROWS);
    if (named) {
        assert_int_equal(rows_fill_text(&rows, ATTR_SOURCE, spec.source, &err), 0);
        assert_int_equal(rows_fill_text(&rows, ATTR_BATCH, spec.id, &err), 0);
    }
    assert_int_equal(store_bulk_add(b, &rows, &err), 0);
    assert_int_equal(store_bulk_end(b, &spec, &r, &err), 0);
    store_bulk_free(b);
    rows_fini(&rows);
}

static void takes_a_bulk_load_back(void **state)
{
    struct fixture *f = *state;
    struct retract_result r;
    struct err err;
    bulk_load(f, "all", true);
    assert_int_equal(retract(f, "all", "", &r, &err), 0);
    for (int opened = 0; opened < 2; opened++) {
        assert_int_equal(fixture_registrations(f), 0);
        assert_int_equal(fixture_count(f, PLACE_STATE, 20), 0);
        fixture_close(f);
        fixture_open(f);
    }
}

/* Nothing may be acknowledged that the next start could not make good. */
static void refuses_rows_that_do_not_name_their_batch(void **state)
{
    struct fixture *f = *state;
    struct retract_result r;
    struct err err;
    bulk_load(f, "all", false);
    assert_int_equal(retract(f, "all", "", &r, &err), ERR_UNSUPPORTED);
    fixture_close(f);
    fixture_open(f);
    assert_int_equal(fixture_registrations(f), SUM);
}

/* ---- what goes wrong ---- */

static void fails_for_want_of_memory_without_a_trace(void **state)
{
    struct fixture *f = *state;
    struct retract_result r;
    struct err err;
    int failures = 0;
    int rc = ERR_MEM;
    import(f, "b1", 1);
    for (uint64_t k = 1; rc < 0; k++) {
        mem_fail_at(k);
        rc = retract(f, "b1", "", &r, &err);
        mem_fail_at(0);
        assert_true(rc == 0 || rc == ERR_MEM || rc == ERR_UNKNOWN_OUTCOME);
        failures += rc < 0;
        if (rc == 0 || rc == ERR_UNKNOWN_OUTCOME)
            continue;
        assert_int_equal(fixture_registrations(f), SUM);
        assert_int_equal(store_state_of(f->store), STORE_READY);
    }
    assert_true(failures > 10);
    assert_int_equal(fixture_registrations(f), 0);
}

/* One failing write, sync or full disk at a time, then a restart: the retraction is there if it
 * was acknowledged, there whole or not at all if it was not, and asked for again it holds. */
static void holds_at_any_failing_point(void **state)
{
    struct fixture *f = *state;
    struct retract_result r;
    struct err err;
    int points = 0;
    for (int kind = FAULT_FULL; kind <= FAULT_SYNC; kind++)
        for (long point = 1;; point++) {
            char id[32];
            snprintf(id, sizeof id, "b%d-%ld", kind, point);
            import(f, id, (uint32_t)(kind * 1000 + point));
            int64_t before = fixture_registrations(f);
            fault_arm((enum fault_kind)kind, false, point, 1);
            int rc = retract(f, id, "", &r, &err);
            bool fired = fault.fired;
            fault_arm(FAULT_FULL, false, 0, 1);
            fixture_close(f);
            fixture_open(f);
            int64_t after = fixture_registrations(f);
            assert_true(after == before - SUM || (rc < 0 && after == before));
            assert_int_equal(retract(f, id, "", &r, &err), 0);
            assert_int_equal(r.duplicate, after == before - SUM);
            assert_int_equal(fixture_registrations(f), before - SUM);
            if (!fired)
                break;
            points++;
        }
    print_message("%d failing points\n", points);
    assert_true(points > 5);
}

/* ---- places that change meanwhile ---- */

static void *change_places(void *arg)
{
    struct fixture *f = arg;
    for (int64_t i = 0; i < 60; i++) {
        struct place_change c = fixture_place(PLACE_BLOCK, 100 + i, i % 2 ? 607 : 326, "New");
        fixture_merge(f, &c, 1);
    }
    return NULL;
}

/* What was summed up for one numbering of the places is moved to the next. */
static void the_places_may_change_meanwhile(void **state)
{
    struct fixture *f = *state;
    struct retract_result r;
    struct err err;
    pthread_t thread;
    for (uint32_t i = 0; i < 60; i++) {
        char id[16];
        snprintf(id, sizeof id, "b%u", i);
        import(f, id, i);
    }
    assert_int_equal(pthread_create(&thread, NULL, change_places, f), 0);
    for (int i = 0; i < 60; i++) {
        char id[16];
        snprintf(id, sizeof id, "b%d", i);
        assert_int_equal(retract(f, id, "", &r, &err), 0);
    }
    pthread_join(thread, NULL);
    assert_int_equal(fixture_registrations(f), 0);
    assert_int_equal(fixture_count(f, PLACE_DISTRICT, 607), 0);
    assert_int_equal(fixture_count(f, PLACE_BLOCK, 3104), 0);
}

static int install(void **state)
{
    struct fixture *f;
    (void)state;
    fixture_setup((void **)&f); /* starts SQLite */
    fixture_teardown((void **)&f);
    fault_install();
    return 0;
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(takes_a_batch_back_once),
        TEST(refuses_what_is_not_there),
        TEST(takes_a_bulk_load_back),
        TEST(refuses_rows_that_do_not_name_their_batch),
        TEST(counts_stay_within_what_can_be_counted),
        TEST(fails_for_want_of_memory_without_a_trace),
        TEST(holds_at_any_failing_point),
        TEST(the_places_may_change_meanwhile),
    };
    return cmocka_run_group_tests_name("store/retract", tests, install, NULL);
}
