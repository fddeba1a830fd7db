/* SPDX-License-Identifier: MIT
 *
 * Slabs: what goes in comes out, and columns are coded by what makes them smallest. */
#include "random_rows.h"

#include "data/slab.h"

static struct dict *share(struct rows *r)
{
    struct err err = {0};
    struct dict *shared[ATTRS_MAX] = {0};
    assert_int_equal(dict_new(MEM_DATA, &shared[7], &err), 0);
    assert_int_equal(rows_share(r, shared, &err), 0);
    return shared[7];
}

static void same_rows(const struct rows *a, const struct rows *b, size_t first)
{
    for (size_t i = 0; i < b->n; i++) {
        assert_int_equal(a->place[first + i], b->place[i]);
        assert_int_equal(a->sector[first + i], b->sector[i]);
        assert_int_equal(a->day[first + i], b->day[i]);
        assert_int_equal(a->count[first + i], b->count[i]);
        for (size_t k = 0; k < a->schema->n; k++) {
            int32_t x = a->attr[k] ? a->attr[k][first + i] : ATTR_NULL;
            int32_t y = b->attr[k] ? b->attr[k][i] : ATTR_NULL;
            assert_int_equal(x, y);
        }
    }
}

static void rows_come_out_as_they_went_in(void **state)
{
    (void)state;
    struct rng g = rng_from_env("slabs");
    struct place_tree *t = fixture_tree();
    for (size_t n = 1; n < 6000; n = n * 3 + 1) {
        struct rows r, back;
        struct err err = {0};
        struct slab *s = NULL;
        rows_init(&r, MEM_DATA, &schema_default);
        rows_init(&back, MEM_DATA, &schema_default);
        random_rows(&g, &r, n, true);
        struct dict *d = share(&r);
        assert_int_equal(rows_sort(&r, t, &err), 0);
        size_t first = n / 3;
        assert_int_equal(slab_new(&r, first, n - first, t, 5, &s, &err), 0);
        assert_int_equal(s->rows, n - first);
        assert_int_equal(slab_to_rows(s, 0, UINT32_MAX, &back, &err), 0);
        assert_int_equal(back.n, n - first);
        same_rows(&r, &back, first);
        assert_int_equal(s->registrations, rows_registrations(&back));
        slab_unref(s);
        rows_fini(&r);
        rows_fini(&back);
        dict_unref(d);
    }
    place_tree_unref(t);
}

static void runs_and_groups_are_found(void **state)
{
    (void)state;
    struct rng g = rng_from_env("slab runs");
    struct place_tree *t = fixture_tree();
    struct rows r;
    struct err err = {0};
    struct slab *s = NULL;
    rows_init(&r, MEM_DATA, &schema_default);
    random_rows(&g, &r, 4000, false);
    struct dict *d = share(&r);
    assert_int_equal(rows_sort(&r, t, &err), 0);
    assert_int_equal(slab_new(&r, 0, r.n, t, 5, &s, &err), 0);
    for (uint32_t o = 0; o <= t->n; o++) {
        uint32_t at = slab_find(s, o);
        assert_true(at == s->groups || s->group[at].place >= o);
        assert_true(at == 0 || s->group[at - 1].place < o);
    }
    for (uint32_t k = 0; k < s->groups; k++) {
        int32_t day = RANDOM_DAY0 + (int32_t)rng_below(&g, RANDOM_DAYS);
        uint32_t run;
        uint64_t row;
        slab_seek(s, k, day, &run, &row);
        for (uint64_t i = s->group[k].first_row; i < s->group[k + 1].first_row; i++) {
            assert_int_equal(r.day[i] >= day, i >= row);
        }
        assert_true(run >= s->group[k].first_run && run <= s->group[k + 1].first_run);
        uint64_t first, n;
        slab_span(s, k, day, day + 9, &first, &n);
        for (uint64_t i = s->group[k].first_row; i < s->group[k + 1].first_row; i++) {
            bool inside = r.day[i] >= day && r.day[i] < day + 9;
            assert_int_equal(inside, i >= first && i < first + n);
        }
    }
    slab_unref(s);
    rows_fini(&r);
    dict_unref(d);
    place_tree_unref(t);
}

/* Occupations that belong to one sector each, centres that belong to one place. */
static void tables_follow_the_parent(void **state)
{
    (void)state;
    struct rng g = rng_from_env("slab tables");
    struct place_tree *t = fixture_tree();
    struct rows r;
    struct err err = {0};
    struct slab *s = NULL;
    rows_init(&r, MEM_DATA, &schema_default);
    for (int i = 0; i < 20000; i++) {
        uint32_t place = 5 + rng_below(&g, 7);
        uint8_t sector = (uint8_t)(1 + rng_below(&g, 30));
        assert_int_equal(rows_add(&r, place, sector, RANDOM_DAY0, 1, &err), 0);
        assert_int_equal(rows_need(&r, 2, &err), 0);
        assert_int_equal(rows_need(&r, 7, &err), 0);
        r.attr[2][i] = sector * 13 + (int32_t)rng_below(&g, 13);
        r.attr[7][i] = (int32_t)place * 100 + (int32_t)rng_below(&g, 55);
        assert_int_equal(rows_set(&r, 3, (int32_t)rng_below(&g, 3), &err), 0);
    }
    assert_int_equal(rows_sort(&r, t, &err), 0);
    assert_int_equal(slab_new(&r, 0, r.n, t, 5, &s, &err), 0);
    assert_int_equal(s->attr[2].parent, SLAB_BY_SECTOR);
    assert_int_equal(s->attr[2].width, 4);
    assert_int_equal(s->attr[7].parent, SLAB_BY_PLACE);
    assert_int_equal(s->attr[7].width, 6);
    assert_int_equal(s->attr[3].parent, SLAB_WHOLE);
    assert_int_equal(s->attr[3].width, 2);
    assert_false(s->weighted);
    slab_unref(s);
    rows_fini(&r);
    place_tree_unref(t);
}

static void a_long_day_is_several_runs(void **state)
{
    (void)state;
    struct place_tree *t = fixture_tree();
    struct rows r;
    struct err err = {0};
    struct slab *s = NULL;
    rows_init(&r, MEM_DATA, &schema_default);
    for (int i = 0; i < 70000; i++) {
        assert_int_equal(rows_add(&r, 5, 1, RANDOM_DAY0, 1, &err), 0);
    }
    assert_int_equal(slab_new(&r, 0, r.n, t, 5, &s, &err), 0);
    assert_int_equal(s->runs, 2);
    assert_int_equal(s->groups, 1);
    assert_int_equal(s->run_rows[0] + s->run_rows[1], 70000);
    slab_unref(s);
    rows_fini(&r);
    place_tree_unref(t);
}

static void no_memory_is_an_error(void **state)
{
    (void)state;
    struct rng g = rng_from_env("slab without memory");
    struct place_tree *t = fixture_tree();
    struct rows r;
    struct err err = {0};
    rows_init(&r, MEM_DATA, &schema_default);
    random_rows(&g, &r, 300, true);
    struct dict *d = share(&r);
    assert_int_equal(rows_sort(&r, t, &err), 0);
    int rc = ERR_MEM;
    for (uint64_t k = 1; rc < 0; k++) {
        struct slab *s = NULL;
        mem_fail_at(k);
        rc = slab_new(&r, 0, r.n, t, 5, &s, &err);
        mem_fail_at(0);
        assert_true(rc == 0 || rc == ERR_MEM);
        slab_unref(s);
    }
    rows_fini(&r);
    dict_unref(d);
    place_tree_unref(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_come_out_as_they_went_in),
        cmocka_unit_test(runs_and_groups_are_found),
        cmocka_unit_test(tables_follow_the_parent),
        cmocka_unit_test(a_long_day_is_several_runs),
        cmocka_unit_test(no_memory_is_an_error),
    };
    return cmocka_run_group_tests_name("data/slab", tests, NULL, NULL);
}
