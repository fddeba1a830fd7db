/* SPDX-License-Identifier: MIT
 *
 * Collecting and sorting rows. */
#include "random_rows.h"

static void sorting_is_right_and_stable(void **state)
{
    (void)state;
    struct rng g = rng_from_env("sorting");
    struct place_tree *t = fixture_tree();
    struct rows r;
    struct err err = {0};
    rows_init(&r, MEM_DATA, &schema_default);
    random_rows(&g, &r, 5000, false);
    for (size_t i = 0; i < r.n; i++) {
        r.count[i] = (int32_t)i; /* remembers where the row stood */
    }
    assert_int_equal(rows_sort(&r, t, &err), 0);
    for (size_t i = 1; i < r.n; i++) {
        int64_t a = place_order(t, r.place[i - 1]), b = place_order(t, r.place[i]);
        int c = a != b ? (a < b ? -1 : 1) : (int)r.sector[i - 1] - (int)r.sector[i];
        c = c ? c : r.day[i - 1] - r.day[i];
        c = c ? c : r.count[i - 1] - r.count[i];
        assert_true(c < 0);
    }
    rows_fini(&r);
    place_tree_unref(t);
}

static void sharing_maps_to_common_ids(void **state)
{
    (void)state;
    struct rows r;
    struct err err = {0};
    struct dict *shared[ATTRS_MAX] = {0};
    int32_t id;
    assert_int_equal(dict_new(MEM_DATA, &shared[7], &err), 0);
    assert_int_equal(dict_intern(shared[7], STR("earlier"), &id, &err), 0);
    rows_init(&r, MEM_DATA, &schema_default);
    assert_int_equal(rows_add(&r, 5, 1, 18900, 1, &err), 0);
    assert_int_equal(rows_add(&r, 5, 1, 18900, 1, &err), 0);
    assert_int_equal(rows_set_text(&r, 7, STR("new"), &err), 0);
    assert_int_equal(rows_add(&r, 5, 1, 18900, 1, &err), 0);
    assert_int_equal(rows_set_text(&r, 7, STR("earlier"), &err), 0);
    assert_int_equal(rows_share(&r, shared, &err), 0);
    assert_int_equal(r.attr[7][0], ATTR_NULL);
    assert_true(str_eq(dict_get(shared[7], r.attr[7][1]), STR("new")));
    assert_int_equal(r.attr[7][2], 0);
    assert_null(r.local[7]);
    rows_fini(&r);
    dict_unref(shared[7]);
}

static void fill_reaches_every_row(void **state)
{
    (void)state;
    struct rows r;
    struct err err = {0};
    rows_init(&r, MEM_DATA, &schema_default);
    for (int i = 0; i < 3000; i++) {
        assert_int_equal(rows_add(&r, 5, 0, 18900, 2, &err), 0);
    }
    assert_int_equal(rows_fill_text(&r, ATTR_SOURCE, STR("csc"), &err), 0);
    for (size_t i = 0; i < r.n; i++) {
        assert_int_equal(r.attr[ATTR_SOURCE][i], 0);
    }
    assert_int_equal(rows_registrations(&r), 6000);
    rows_fini(&r);
}

static void a_place_outside_the_tree_is_told(void **state)
{
    (void)state;
    struct place_tree *t = fixture_tree();
    struct rows r;
    struct err err = {0};
    rows_init(&r, MEM_DATA, &schema_default);
    assert_int_equal(rows_add(&r, 4711, 0, 18900, 1, &err), 0);
    assert_int_equal(rows_sort(&r, t, &err), ERR_CORRUPT);
    rows_fini(&r);
    place_tree_unref(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sorting_is_right_and_stable),
        cmocka_unit_test(sharing_maps_to_common_ids),
        cmocka_unit_test(fill_reaches_every_row),
        cmocka_unit_test(a_place_outside_the_tree_is_told),
    };
    return cmocka_run_group_tests_name("data/rows", tests, NULL, NULL);
}
