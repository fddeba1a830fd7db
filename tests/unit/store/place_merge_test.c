/* SPDX-License-Identifier: MIT
 *
 * Files of places that differ from what is known: what moved, what has another name, what is not in
 * the file any more. */
#include "fixture.h"

static int merge_on(struct fixture *f, const struct place_change *c, size_t n, int32_t on,
                    struct place_merge_result *r, struct err *err)
{
    return store_places_merge(f->store, &(struct place_changes){.at = c, .n = n, .on = on}, r, err);
}

static void a_move_needs_a_day(void **state)
{
    struct fixture *f = *state;
    struct place_merge_result r;
    struct err err = {0};
    struct place_change c = fixture_place(PLACE_BLOCK, 3168, 326, "Gola");
    c.at = (struct said_at){.line = 7, .parent = 4};
    assert_int_equal(merge_on(f, &c, 1, DAY_NONE, &r, &err), ERR_CONFLICT);
    assert_int_equal(err.line, 7);
    assert_int_equal(err.column, 4);
    assert_int_equal(merge_on(f, &c, 1, 19086, &r, &err), 0);
    assert_int_equal(r.moved, 1);
    assert_int_equal(r.updated, 1);
    assert_int_equal(merge_on(f, &c, 1, 19086, &r, &err), 0);
    assert_int_equal(r.unchanged, 1);
    assert_int_equal(r.moved, 0);
}

static void told_in_both_it_lies_in_both(void **state)
{
    struct fixture *f = *state;
    struct place_change c[] = {fixture_place(PLACE_BLOCK, 3168, 326, "Gola"),
                               fixture_place(PLACE_BLOCK, 3168, 607, "Gola")};
    struct place_merge_result r = fixture_merge(f, c, 2);
    assert_int_equal(r.added, 1);
    assert_int_equal(r.unchanged, 1);
}

static void a_name_with_a_day_is_kept_in_the_history(void **state)
{
    struct fixture *f = *state;
    struct place_merge_result r;
    struct err err = {0};
    uint32_t out[2];
    struct place_change c = fixture_place(PLACE_BLOCK, 3168, 607, "Golaa");
    assert_int_equal(fixture_merge(f, &c, 1).updated, 1); /* misspelt before */
    struct snap *s = snap_cell_get(f->cell);
    assert_null(s->history);
    snap_unref(s);
    c.name = STR("Gola Nagar");
    assert_int_equal(merge_on(f, &c, 1, 19086, &r, &err), 0);
    assert_int_equal(r.renamed, 1);
    s = snap_cell_get(f->cell);
    assert_int_equal(s->history->n, 1);
    assert_int_equal(place_find(s->tree, PLACE_BLOCK, 0, STR("Golaa"), out, 2), 1);
    snap_unref(s);
}

static void what_is_not_told_is_counted(void **state)
{
    struct fixture *f = *state;
    struct place_change c = fixture_place(PLACE_BLOCK, 3168, 607, "Gola");
    struct place_merge_result r = fixture_merge(f, &c, 1);
    assert_int_equal(r.missing, 2); /* Mandu and Ramgarh; Dumka's block is not meant */
    assert_int_equal(r.unchanged, 1);
}

/* Names and facts leave the numbering as it was: nothing is laid out anew. */
static void another_name_moves_no_row(void **state)
{
    struct fixture *f = *state;
    struct batch_result b;
    struct err err;
    assert_int_equal(fixture_import(f, "b", 1, 40, &b, &err), 0);
    struct snap *before = snap_cell_get(f->cell);
    struct place_change c = fixture_place(PLACE_BLOCK, 3168, 607, "Gola Nagar");
    fixture_merge(f, &c, 1);
    struct snap *after = snap_cell_get(f->cell);
    assert_int_equal(after->id, before->id + 1);
    assert_ptr_not_equal(after->tree, before->tree);
    assert_ptr_equal(after->cube, before->cube);
    snap_unref(before);
    snap_unref(after);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_move_needs_a_day, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(told_in_both_it_lies_in_both, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(a_name_with_a_day_is_kept_in_the_history, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(what_is_not_told_is_counted, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(another_name_moves_no_row, fixture_setup, fixture_teardown),
    };
    return cmocka_run_group_tests_name("store/place_merge", tests, NULL, NULL);
}
