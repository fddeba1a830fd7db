/* SPDX-License-Identifier: MIT
 *
 * The table of rejects: those of the snapshot, in pieces, in order. */
#include "fixture.h"

enum { MANY = 10000 };

static void import_rejects(struct fixture *f, const char *source, const char *id, size_t n)
{
    struct reject *reject = calloc(n + 1, sizeof *reject);
    struct rows rows;
    struct batch_result r;
    struct err err;
    assert_non_null(reject);
    for (size_t i = 0; i < n; i++)
        reject[i] = (struct reject){(uint32_t)i + 2,
                                    i % 2 ? 3 : 0,
                                    i % 2 ? "block" : "",
                                    "Golaa",
                                    "no block \"Golaa\" is known",
                                    NULL};
    struct batch_spec spec = {.source = str_of(source),
                              .id = str_of(id),
                              .as_on = DAY_NONE,
                              .reject = reject,
                              .rejects = n,
                              .rejected = (int64_t)n};
    fixture_rows(f, &rows, 1, 2);
    assert_int_equal(store_import(f->store, &spec, &rows, &r, &err), 0);
    rows_fini(&rows);
    free(reject);
}

static size_t rows_of(struct fixture *f, const struct snap *s)
{
    struct arena a;
    struct frame *t = NULL;
    struct err err;
    arena_init(&a, MEM_STORE, 0);
    assert_int_equal(store_rejects_table(f->store, &a, s, &t, &err), 0);
    size_t rows = t->rows;
    arena_fini(&a);
    return rows;
}

static void a_snapshot_has_its_own_rejects(void **state)
{
    struct fixture *f = *state;
    struct snap *none = snap_cell_get(f->cell);
    import_rejects(f, "csc", "b1", 3);
    struct snap *three = snap_cell_get(f->cell);
    import_rejects(f, "camp", "b2", 2);
    struct snap *five = snap_cell_get(f->cell);
    assert_int_equal(rows_of(f, none), 0);
    assert_int_equal(rows_of(f, three), 3);
    assert_int_equal(rows_of(f, five), 5);
    snap_unref(none);
    snap_unref(three);
    snap_unref(five);
}

static void rows_come_in_order_over_many_pieces(void **state)
{
    struct fixture *f = *state;
    struct arena a;
    struct frame *t = NULL;
    struct err err;
    import_rejects(f, "csc", "b1", MANY);
    import_rejects(f, "camp", "b1", 1);
    import_rejects(f, "csc", "b0", 0);
    struct snap *s = snap_cell_get(f->cell);
    arena_init(&a, MEM_STORE, 0);
    assert_int_equal(store_rejects_table(f->store, &a, s, &t, &err), 0);
    assert_int_equal(t->rows, MANY + 1);
    assert_true(str_eq(frame_get(t, 0, 0).s, STR("camp")));
    for (size_t i = 1; i <= MANY; i++) {
        assert_true(str_eq(frame_get(t, i, 0).s, STR("csc")));
        assert_true(str_eq(frame_get(t, i, 1).s, STR("b1")));
        assert_int_equal(frame_get(t, i, 2).i, i + 1);
        assert_int_equal(frame_get(t, i, 3).null, i % 2);
        assert_true(str_eq(frame_get(t, i, 6).s, STR("no block \"Golaa\" is known")));
    }
    arena_fini(&a);
    snap_unref(s);
}

static void without_a_store_there_are_columns(void **state)
{
    struct fixture *f = *state;
    struct arena a;
    struct frame *t = NULL;
    struct err err;
    struct snap *s = snap_cell_get(f->cell);
    arena_init(&a, MEM_STORE, 0);
    assert_int_equal(store_rejects_table(NULL, &a, s, &t, &err), 0);
    assert_int_equal(t->rows, 0);
    assert_true(str_eq(t->col[6].name, STR("reason")));
    arena_fini(&a);
    snap_unref(s);
}

static void an_arena_that_is_too_small_is_told(void **state)
{
    struct fixture *f = *state;
    struct arena a;
    struct frame *t = NULL;
    struct err err;
    import_rejects(f, "csc", "b1", 1000);
    struct snap *s = snap_cell_get(f->cell);
    arena_init(&a, MEM_STORE, 120000);
    assert_int_equal(store_rejects_table(f->store, &a, s, &t, &err), ERR_MEM);
    arena_fini(&a);
    snap_unref(s);
    assert_int_equal(store_state_of(f->store), STORE_READY);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_snapshot_has_its_own_rejects),
        TEST(rows_come_in_order_over_many_pieces),
        TEST(without_a_store_there_are_columns),
        TEST(an_arena_that_is_too_small_is_told),
    };
    return cmocka_run_group_tests_name("store/rejects", tests, NULL, NULL);
}
