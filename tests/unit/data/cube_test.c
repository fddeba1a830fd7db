/* SPDX-License-Identifier: MIT
 *
 * The cube against plain counting. */
#include "random_rows.h"

#include "data/cube.h"

static struct seg *seal(struct rows *r, const struct place_tree *t, struct dict **shared)
{
    struct err err = {0};
    struct seg *s = NULL;
    assert_int_equal(rows_share(r, shared, &err), 0);
    assert_int_equal(rows_sort(r, t, &err), 0);
    assert_int_equal(seg_new(r, t, 1, &s, &err), 0);
    return s;
}

static void compare(struct rng *g, const struct cube *c, const struct rows *all,
                    const struct place_tree *t)
{
    for (uint32_t o = 0; o < t->n; o++) {
        for (int slot = 0; slot < CUBE_SLOTS; slot++) {
            int32_t a = RANDOM_DAY0 - 3 + (int32_t)rng_below(g, RANDOM_DAYS + 6);
            int32_t b = RANDOM_DAY0 - 3 + (int32_t)rng_below(g, RANDOM_DAYS + 6);
            const struct cube_series *s = cube_get(c, o, slot);
            int64_t want = plain_count(all, t, o, slot, a, b);
            assert_int_equal(cube_window(s, a, b), want);
            assert_int_equal(cube_window(s, INT32_MIN, INT32_MAX),
                             plain_count(all, t, o, slot, INT32_MIN, INT32_MAX));
        }
    }
}

static void windows_equal_plain_counts(void **state)
{
    (void)state;
    struct rng g = rng_from_env("cube");
    struct place_tree *t = fixture_tree();
    struct err err = {0};
    struct dict *shared[ATTRS_MAX] = {0};
    struct rows all;
    struct cube *c = NULL;
    assert_int_equal(dict_new(MEM_DATA, &shared[7], &err), 0);
    assert_int_equal(cube_new(t, &c, &err), 0);
    rows_init(&all, MEM_DATA, &schema_default);
    for (int batch = 0; batch < 12; batch++) {
        struct rows r;
        rows_init(&r, MEM_DATA, &schema_default);
        random_rows(&g, &r, 1 + rng_below(&g, 300), batch % 3 == 2);
        for (size_t i = 0; i < r.n; i++) {
            assert_int_equal(rows_add(&all, r.place[i], r.sector[i], r.day[i], r.count[i], &err),
                             0);
        }
        struct seg *s = seal(&r, t, shared);
        struct cube *next = NULL;
        assert_int_equal(cube_add(c, t, s, 1, &next, &err), 0);
        cube_unref(c);
        c = next;
        compare(&g, c, &all, t);
        seg_unref(s);
        rows_fini(&r);
    }
    assert_true(cube_bytes(c) > 0);
    cube_unref(c);
    rows_fini(&all);
    dict_unref(shared[7]);
    place_tree_unref(t);
}

static void the_old_cube_stays_as_it_was(void **state)
{
    (void)state;
    struct rng g = rng_from_env("old cube");
    struct place_tree *t = fixture_tree();
    struct err err = {0};
    struct dict *shared[ATTRS_MAX] = {0};
    struct cube *c0, *c1, *c2, *c3;
    struct rows a, b;
    assert_int_equal(dict_new(MEM_DATA, &shared[7], &err), 0);
    rows_init(&a, MEM_DATA, &schema_default);
    rows_init(&b, MEM_DATA, &schema_default);
    random_rows(&g, &a, 500, false);
    random_rows(&g, &b, 500, false);
    struct seg *sa = seal(&a, t, shared), *sb = seal(&b, t, shared);
    assert_int_equal(cube_new(t, &c0, &err), 0);
    assert_int_equal(cube_add(c0, t, sa, 1, &c1, &err), 0);
    assert_int_equal(cube_add(c1, t, sb, 1, &c2, &err), 0);
    compare(&g, c1, &a, t);
    assert_int_equal(cube_add(c2, t, sb, -1, &c3, &err), 0); /* taken back again */
    compare(&g, c3, &a, t);
    assert_null(cube_get(c0, 0, CUBE_ALL));
    cube_unref(c0);
    cube_unref(c1);
    cube_unref(c2);
    cube_unref(c3);
    seg_unref(sa);
    seg_unref(sb);
    rows_fini(&a);
    rows_fini(&b);
    dict_unref(shared[7]);
    place_tree_unref(t);
}

static void the_edges_of_a_series(void **state)
{
    (void)state;
    const int64_t sum[] = {5, 5, 9};
    struct cube_series s = {100, 3, sum, NULL};
    assert_int_equal(cube_upto(NULL, 100), 0);
    assert_int_equal(cube_upto(&s, 99), 0);
    assert_int_equal(cube_upto(&s, 100), 5);
    assert_int_equal(cube_upto(&s, INT32_MAX), 9);
    assert_int_equal(cube_window(&s, 101, 102), 4);
    assert_int_equal(cube_window(&s, 102, 101), 0);
    assert_int_equal(cube_window(&s, INT32_MIN, INT32_MAX), 9);
    assert_int_equal(cube_window(&s, INT32_MIN, INT32_MIN), 0);
}

static void the_edges_of_a_series_with_gaps(void **state)
{
    (void)state;
    const int64_t sum[] = {5, 4, 9};
    const int32_t day[] = {100, 150, 900};
    struct cube_series s = {100, 3, sum, day};
    assert_int_equal(cube_upto(&s, 99), 0);
    assert_int_equal(cube_upto(&s, 100), 5);
    assert_int_equal(cube_upto(&s, 149), 5);
    assert_int_equal(cube_upto(&s, 150), 4);
    assert_int_equal(cube_upto(&s, 899), 4);
    assert_int_equal(cube_upto(&s, 900), 9);
    assert_int_equal(cube_upto(&s, INT32_MAX), 9);
    assert_int_equal(cube_window(&s, 101, 900), 4);
}

/* Few registrations over many years take what they are, not what the years are. */
static void quiet_places_take_little(void **state)
{
    (void)state;
    struct place_tree *t = fixture_tree();
    struct err err = {0};
    struct rows r;
    struct cube *empty = NULL, *c = NULL;
    uint32_t last = t->n - 1;
    rows_init(&r, MEM_DATA, &schema_default);
    for (int32_t i = 0; i < 20; i++) {
        int32_t day = RANDOM_DAY0 + i * 97;
        assert_int_equal(rows_add(&r, t->at[last].id, 3, day, i == 7 ? -1 : 1, &err), 0);
    }
    struct seg *s = seal(&r, t, NULL);
    assert_int_equal(cube_new(t, &empty, &err), 0);
    assert_int_equal(cube_add(empty, t, s, 1, &c, &err), 0);
    const struct cube_series *x = cube_get(c, last, 3);
    assert_int_equal(x->n, 20);
    for (int32_t i = 0; i < 20; i++) {
        int32_t day = RANDOM_DAY0 + i * 97;
        assert_int_equal(cube_window(x, day, day + 96), i == 7 ? -1 : 1);
        assert_int_equal(cube_window(cube_get(c, 0, CUBE_ALL), day + 1, day + 96), 0);
    }
    cube_unref(c);
    cube_unref(empty);
    seg_unref(s);
    rows_fini(&r);
    place_tree_unref(t);
}

static void no_memory_leaves_the_old_cube(void **state)
{
    (void)state;
    struct rng g = rng_from_env("cube without memory");
    struct place_tree *t = fixture_tree();
    struct err err = {0};
    struct dict *shared[ATTRS_MAX] = {0};
    struct rows r;
    struct cube *c = NULL;
    assert_int_equal(dict_new(MEM_DATA, &shared[7], &err), 0);
    rows_init(&r, MEM_DATA, &schema_default);
    random_rows(&g, &r, 100, false);
    struct seg *s = seal(&r, t, shared);
    assert_int_equal(cube_new(t, &c, &err), 0);
    int rc = ERR_MEM;
    for (uint64_t k = 1; rc < 0; k++) {
        struct cube *next = NULL;
        mem_fail_at(k);
        rc = cube_add(c, t, s, 1, &next, &err);
        mem_fail_at(0);
        assert_true(rc == 0 || rc == ERR_MEM);
        cube_unref(next);
    }
    seg_unref(s);
    rows_fini(&r);
    cube_unref(c);
    dict_unref(shared[7]);
    place_tree_unref(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(windows_equal_plain_counts),
        cmocka_unit_test(the_old_cube_stays_as_it_was),
        cmocka_unit_test(the_edges_of_a_series),
        cmocka_unit_test(the_edges_of_a_series_with_gaps),
        cmocka_unit_test(quiet_places_take_little),
        cmocka_unit_test(no_memory_leaves_the_old_cube),
    };
    return cmocka_run_group_tests_name("data/cube", tests, NULL, NULL);
}
