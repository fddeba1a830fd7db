/* SPDX-License-Identifier: MIT
 *
 * Slabs on disk: merging in the background, loading again, bulk loading. */
#include "store/fixture.h"

#include <time.h>

#include "data/merge.h"
#include "data/tally.h"

static void wait_a_little(void)
{
    struct timespec t = {0, 5 * 1000 * 1000};
    nanosleep(&t, NULL);
}

/* Waits until the merger has nothing more to do. */
static struct snap *merged(struct fixture *f)
{
    for (int i = 0; i < 4000; i++) {
        struct snap *s = snap_cell_get(f->cell);
        if (s->slabs > 0 && !merge_due(s)) {
            return s;
        }
        snap_unref(s);
        wait_a_little();
    }
    fail_msg("nothing was merged in 20 seconds");
    return NULL;
}

static void import(struct fixture *f, uint32_t from, uint32_t to)
{
    for (uint32_t i = from; i < to; i++) {
        struct batch_result r;
        char id[32];
        snprintf(id, sizeof(id), "batch-%u", i);
        assert_int_equal(fixture_import(f, id, i, 10, &r, NULL), 0);
    }
}

static int64_t total(const struct snap *s)
{
    return tally_window(s, 0, CUBE_ALL, INT32_MIN, INT32_MAX);
}

static void many_batches_become_slabs(void **state)
{
    struct fixture *f = *state;
    import(f, 0, 600);
    struct snap *s = merged(f);
    int64_t registrations = s->registrations;
    assert_int_equal(s->rows, 6000);
    assert_true(s->segs < 256);
    assert_int_equal(total(s), registrations);
    assert_int_equal(s->batch_count, 600);
    uint64_t id = s->id;
    snap_unref(s);

    struct store_stats stats;
    store_stats_get(f->store, &stats);
    assert_true(stats.merges >= 1);

    fixture_close(f);
    fixture_open(f);
    s = snap_cell_get(f->cell);
    assert_int_equal(s->id, id);
    assert_int_equal(s->rows, 6000);
    assert_int_equal(s->registrations, registrations);
    assert_int_equal(total(s), registrations);
    assert_true(s->slabs > 0);
    snap_unref(s);

    struct batch_result r; /* what is merged is still known */
    assert_int_equal(fixture_import(f, "batch-5", 5, 10, &r, NULL), 0);
    assert_true(r.duplicate);
}

static void places_may_change_meanwhile(void **state)
{
    struct fixture *f = *state;
    for (uint32_t round = 0; round < 8; round++) {
        import(f, round * 100, (round + 1) * 100);
        struct place_change c = fixture_place(PLACE_BLOCK, 100 + round, 607, "New");
        fixture_merge(f, &c, 1);
    }
    struct snap *s = merged(f);
    assert_int_equal(s->rows, 8000);
    assert_int_equal(total(s), s->registrations);
    snap_unref(s);
    fixture_close(f);
    fixture_open(f);
    s = snap_cell_get(f->cell);
    assert_int_equal(s->rows, 8000);
    assert_int_equal(total(s), s->registrations);
    snap_unref(s);
}

static void bulk_part(struct fixture *f, struct store_bulk *b, uint32_t seed)
{
    struct rows rows;
    struct err err;
    fixture_rows(f, &rows, seed, 500);
    assert_int_equal(rows_fill_text(&rows, ATTR_SOURCE, STR("gen"), &err), 0);
    assert_int_equal(rows_fill_text(&rows, ATTR_BATCH, STR("one"), &err), 0);
    assert_int_equal(store_bulk_add(b, &rows, &err), 0);
    rows_fini(&rows);
}

static void a_bulk_load_is_one_batch(void **state)
{
    struct fixture *f = *state;
    struct store_bulk *b = NULL;
    struct batch_result r;
    struct err err;
    struct batch_spec spec = {.source = STR("gen"), .id = STR("one"), .as_on = DAY_NONE};
    assert_int_equal(store_bulk_new(f->store, &b, &err), 0);
    for (uint32_t i = 0; i < 3; i++) {
        bulk_part(f, b, i);
    }
    struct snap *s = snap_cell_get(f->cell);
    assert_int_equal(s->rows, 0); /* not visible yet */
    snap_unref(s);
    assert_int_equal(store_bulk_end(b, &spec, &r, &err), 0);
    store_bulk_free(b);
    for (int opened = 0; opened < 2; opened++) {
        s = snap_cell_get(f->cell);
        assert_int_equal(s->rows, 1500);
        assert_int_equal(s->slabs, 3);
        assert_int_equal(s->batch_count, 1);
        assert_int_equal(total(s), s->registrations);
        snap_unref(s);
        fixture_close(f);
        fixture_open(f);
    }
    assert_int_equal(store_bulk_new(f->store, &b, &err), ERR_CONFLICT); /* no longer empty */
    import(f, 0, 3);
    s = snap_cell_get(f->cell);
    assert_int_equal(s->rows, 1530);
    assert_int_equal(total(s), s->registrations);
    snap_unref(s);
}

static void a_bulk_load_cut_short_leaves_nothing(void **state)
{
    struct fixture *f = *state;
    struct store_bulk *b = NULL;
    struct err err;
    assert_int_equal(store_bulk_new(f->store, &b, &err), 0);
    bulk_part(f, b, 1);
    store_bulk_free(b);
    fixture_close(f);
    fixture_open(f);
    struct snap *s = snap_cell_get(f->cell);
    assert_int_equal(s->rows, 0);
    assert_int_equal(s->slabs, 0);
    snap_unref(s);
    import(f, 0, 1);
}

static void a_bulk_load_may_follow_one_left_off(void **state)
{
    struct fixture *f = *state;
    struct store_bulk *b = NULL, *other = NULL;
    struct batch_result r;
    struct err err;
    struct batch_spec spec = {.source = STR("gen"), .id = STR("one"), .as_on = DAY_NONE};
    assert_int_equal(store_bulk_new(f->store, &b, &err), 0);
    bulk_part(f, b, 1);
    bulk_part(f, b, 2);
    assert_int_equal(store_bulk_new(f->store, &other, &err), ERR_BUSY);
    store_bulk_free(b);
    assert_int_equal(store_bulk_new(f->store, &b, &err), 0);
    bulk_part(f, b, 3);
    assert_int_equal(store_bulk_end(b, &spec, &r, &err), 0);
    store_bulk_free(b);
    fixture_close(f);
    fixture_open(f); /* what was left off would not agree with the ledger */
    struct snap *s = snap_cell_get(f->cell);
    assert_int_equal(s->rows, 500);
    snap_unref(s);
}

static void merging_goes_on_after_a_bulk_load_that_came_too_late(void **state)
{
    struct fixture *f = *state;
    struct store_bulk *b = NULL;
    struct batch_result r;
    struct err err;
    struct batch_spec spec = {.source = STR("gen"), .id = STR("one"), .as_on = DAY_NONE};
    assert_int_equal(store_bulk_new(f->store, &b, &err), 0);
    bulk_part(f, b, 1);
    import(f, 0, 1);
    assert_int_equal(store_bulk_end(b, &spec, &r, &err), ERR_CONFLICT);
    store_bulk_free(b);
    import(f, 1, 300);
    struct snap *s = merged(f);
    assert_int_equal(s->rows, 3000);
    snap_unref(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(many_batches_become_slabs, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(places_may_change_meanwhile, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_bulk_load_is_one_batch, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(a_bulk_load_cut_short_leaves_nothing, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_bulk_load_may_follow_one_left_off, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(merging_goes_on_after_a_bulk_load_that_came_too_late,
                                        fixture_setup, fixture_teardown),
    };
    return cmocka_run_group_tests_name("store/slabs", tests, NULL, NULL);
}
