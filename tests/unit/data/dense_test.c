/* SPDX-License-Identifier: MIT
 *
 * The dense cube against plain counting. */
#include "random_rows.h"

#include "data/cube.h"
#include "data/dense.h"

enum { SEGS = 6 };

struct setup {
    struct place_tree *tree;
    struct rows all;
    struct dict *shared[ATTRS_MAX];
    struct slab *slab[SEGS];
};

/* Rows on a few days, with now and then a count too large for 16 bits. */
static void large_rows(struct setup *u, struct rng *g, struct rows *out, size_t n, bool large,
                       int32_t shift)
{
    struct rows r;
    struct err err = {0};
    rows_init(&r, MEM_DATA, &schema_default);
    random_rows(g, &r, n, true);
    for (size_t i = 0; i < r.n; i++) {
        r.day[i] += shift;
        r.count[i] *= large && rng_below(g, 20) == 0 ? 40000 : 1;
        assert_int_equal(rows_add(&u->all, r.place[i], r.sector[i], r.day[i], r.count[i], &err), 0);
    }
    assert_int_equal(rows_share(&r, u->shared, &err), 0);
    assert_int_equal(rows_sort(&r, u->tree, &err), 0);
    *out = r;
}

static struct slab *random_slab(struct setup *u, struct rng *g, size_t n, bool large)
{
    struct rows r;
    struct err err = {0};
    struct slab *s = NULL;
    large_rows(u, g, &r, n, large, 0);
    assert_int_equal(slab_new(&r, 0, r.n, u->tree, 1, &s, &err), 0);
    rows_fini(&r);
    return s;
}

static struct seg *random_seg(struct setup *u, struct rng *g, size_t n, bool large, int32_t shift)
{
    struct rows r;
    struct err err = {0};
    struct seg *s = NULL;
    large_rows(u, g, &r, n, large, shift);
    assert_int_equal(seg_new(&r, u->tree, 1, &s, &err), 0);
    rows_fini(&r);
    return s;
}

static void setup_make(struct setup *u, struct rng *g, bool large)
{
    struct err err = {0};
    *u = (struct setup){.tree = fixture_tree()};
    assert_int_equal(dict_new(MEM_DATA, &u->shared[7], &err), 0);
    rows_init(&u->all, MEM_DATA, &schema_default);
    for (int i = 0; i < SEGS; i++) {
        u->slab[i] = random_slab(u, g, 1 + rng_below(g, 400), large && i % 2);
    }
}

static void setup_free(struct setup *u)
{
    for (int i = 0; i < SEGS; i++) {
        slab_unref(u->slab[i]);
    }
    dict_unref(u->shared[7]);
    rows_fini(&u->all);
    place_tree_unref(u->tree);
}

/* A cube of the first slabs. */
static int make(const struct setup *u, size_t slabs, int threads, struct dense **out,
                struct err *err)
{
    const struct dense_rows rows = {.slab = u->slab, .slabs = slabs};
    return dense_new(u->tree, &rows, threads, out, err);
}

static void compare_series(const struct setup *u, const struct dense *d, uint32_t o, int slot)
{
    int64_t out[RANDOM_DAYS + 200] = {0};
    int32_t first = RANDOM_DAY0 - 50;
    dense_series(d, o, slot, first, ARRAY_LEN(out), out);
    for (size_t i = 0; i < ARRAY_LEN(out); i += 7) {
        assert_int_equal(out[i],
                         plain_count(&u->all, u->tree, o, slot, INT32_MIN, first + (int32_t)i));
    }
}

static void compare(const struct setup *u, struct rng *g, const struct dense *d)
{
    for (uint32_t o = 0; o < u->tree->n; o++) {
        if (u->tree->at[o].level > PLACE_BLOCK) {
            continue;
        }
        int32_t a = RANDOM_DAY0 - 50 + (int32_t)rng_below(g, RANDOM_DAYS + 150);
        int32_t b = RANDOM_DAY0 - 50 + (int32_t)rng_below(g, RANDOM_DAYS + 150);
        int64_t slots[32] = {0};
        dense_slots(d, o, a, b, slots);
        for (int slot = 0; slot < CUBE_SLOTS; slot++) {
            int64_t want = plain_count(&u->all, u->tree, o, slot, a, b);
            assert_int_equal(dense_window(d, o, slot, a, b), want);
            assert_int_equal(slots[slot], want);
            assert_int_equal(dense_window(d, o, slot, INT32_MIN, INT32_MAX),
                             plain_count(&u->all, u->tree, o, slot, INT32_MIN, INT32_MAX));
        }
        compare_series(u, d, o, CUBE_ALL);
        compare_series(u, d, o, (int)rng_below(g, 31));
    }
}

static void built_at_once(void **state)
{
    (void)state;
    struct rng g = rng_from_env("dense");
    for (int round = 0; round < 8; round++) {
        struct setup u;
        struct dense *d = NULL;
        struct err err = {0};
        setup_make(&u, &g, round % 2);
        assert_int_equal(make(&u, SEGS, 1 + round % 3, &d, &err), 0);
        compare(&u, &g, d);
        assert_true(dense_bytes(d) > 0);
        dense_unref(d);
        setup_free(&u);
    }
}

static void added_to(void **state)
{
    (void)state;
    struct rng g = rng_from_env("dense, added to");
    struct setup u;
    struct dense *d = NULL;
    struct err err = {0};
    setup_make(&u, &g, false);
    assert_int_equal(make(&u, SEGS, 2, &d, &err), 0);
    for (int round = 0; round < 10; round++) {
        int32_t shift = round == 3 ? 100 : round == 5 ? -90 : 0;
        struct seg *s = random_seg(&u, &g, 50, round % 3 == 1, shift);
        struct dense *next = NULL;
        int rc = dense_add(d, u.tree, &s, 1, &next, &err);
        assert_int_equal(rc, 0);
        dense_unref(d);
        d = next;
        seg_unref(s);
        compare(&u, &g, d);
    }
    dense_unref(d);
    setup_free(&u);
}

static void the_old_one_stays(void **state)
{
    (void)state;
    struct rng g = rng_from_env("dense, old one");
    struct setup u;
    struct dense *d = NULL, *next = NULL;
    struct err err = {0};
    setup_make(&u, &g, false);
    assert_int_equal(make(&u, SEGS, 1, &d, &err), 0);
    size_t rows_before = u.all.n;
    struct seg *s = random_seg(&u, &g, 100, true, 0);
    assert_int_equal(dense_add(d, u.tree, &s, 1, &next, &err), 0);
    u.all.n = rows_before;
    compare(&u, &g, d);
    seg_unref(s);
    dense_unref(next);
    dense_unref(d);
    setup_free(&u);
}

static void a_new_unit_asks_for_building_anew(void **state)
{
    (void)state;
    struct rng g = rng_from_env("dense, new unit");
    struct setup u;
    struct rows r;
    struct dense *d = NULL, *next = NULL;
    struct err err = {0};
    setup_make(&u, &g, false);
    assert_int_equal(make(&u, SEGS, 1, &d, &err), 0);
    rows_init(&r, MEM_DATA, &schema_default);
    assert_int_equal(rows_add(&r, 1, 1, RANDOM_DAY0, 1, &err), 0); /* the state's own node */
    struct seg *s = NULL;
    assert_int_equal(seg_new(&r, u.tree, 9, &s, &err), 0);
    assert_int_equal(dense_add(d, u.tree, &s, 1, &next, &err), ERR_LIMIT);
    assert_null(next);
    seg_unref(s);
    rows_fini(&r);
    dense_unref(d);
    setup_free(&u);
}

/* Rows of one block: `days` days in a row, each with the two counts in two sectors. */
static void block_rows(struct setup *u, uint32_t id, int days, int32_t first, int32_t second)
{
    struct err err = {0};
    *u = (struct setup){.tree = fixture_tree()};
    rows_init(&u->all, MEM_DATA, &schema_default);
    for (int i = 0; i < days; i++) {
        int32_t day = date_day(2022, 3, 1 + i);
        assert_int_equal(rows_add(&u->all, id, 1, day, first, &err), 0);
        assert_int_equal(rows_add(&u->all, id, 2, day, second, &err), 0);
    }
    assert_int_equal(rows_sort(&u->all, u->tree, &err), 0);
    assert_int_equal(slab_new(&u->all, 0, u->all.n, u->tree, 1, &u->slab[0], &err), 0);
}

static void what_one_sector_takes_from_another_is_counted(void **state)
{
    (void)state;
    struct rng g = rng_from_env("dense, between sectors");
    struct setup u;
    struct dense *d = NULL;
    struct err err = {0};
    block_rows(&u, 5, 6, 20000, -20000);
    assert_int_equal(make(&u, 1, 2, &d, &err), 0);
    compare(&u, &g, d);
    dense_unref(d);
    setup_free(&u);
}

static void a_sum_past_32_bits_is_refused(void **state)
{
    (void)state;
    static const struct {
        int days;
        int32_t first, second;
    } cases[] = {
        {1, 1500000000, 1500000007}, /* of a day */
        {3, 999999999, 1000000000},  /* of a month */
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct setup u, small;
        struct dense *d = NULL, *next = NULL;
        struct seg *s = NULL;
        struct err err = {0};
        block_rows(&u, 5, cases[i].days, cases[i].first, cases[i].second);
        assert_int_equal(make(&u, 1, 1, &d, &err), ERR_LIMIT);
        block_rows(&small, 5, 1, 1, 1);
        assert_int_equal(make(&small, 1, 1, &d, &err), 0);
        assert_int_equal(seg_new(&u.all, small.tree, 9, &s, &err), 0);
        assert_int_equal(dense_add(d, small.tree, &s, 1, &next, &err), ERR_LIMIT);
        seg_unref(s);
        dense_unref(d);
        setup_free(&small);
        setup_free(&u);
    }
}

static void no_memory_is_an_error(void **state)
{
    (void)state;
    struct rng g = rng_from_env("dense without memory");
    struct setup u;
    struct err err = {0};
    setup_make(&u, &g, true);
    int rc = ERR_MEM;
    for (uint64_t k = 1; rc < 0; k++) {
        struct dense *d = NULL;
        mem_fail_at(k);
        rc = make(&u, SEGS, 1, &d, &err);
        mem_fail_at(0);
        assert_true(rc == 0 || rc == ERR_MEM);
        dense_unref(d);
    }
    setup_free(&u);
}

/* Random rows are added, and taken off again by a segment of their negated counts. */
/* `ones`: a correction of -1s, so that what is taken off counts one a row. */
static void take_off(bool ones)
{
    struct rng g = rng_from_env("dense, taken off");
    struct setup u;
    struct rows r;
    struct slab *slab[2] = {NULL};
    struct seg *minus = NULL;
    struct dense *d = NULL;
    struct err err = {0};
    setup_make(&u, &g, true);
    size_t kept = u.all.n;
    large_rows(&u, &g, &r, 500, true, 90); /* days of their own */
    u.all.n = kept;
    slab[0] = slab_ref(u.slab[0]);
    for (int i = 1; i < SEGS; i++) {
        slab_unref(u.slab[i]);
        u.slab[i] = NULL;
    }
    for (size_t i = 0; ones && i < r.n; i++) {
        r.count[i] = -1;
    }
    assert_int_equal(slab_new(&r, 0, r.n, u.tree, 2, &slab[1], &err), 0);
    for (size_t i = 0; i < r.n; i++) {
        r.count[i] = -r.count[i];
    }
    assert_int_equal(seg_new(&r, u.tree, 0, &minus, &err), 0);
    assert_int_equal(minus->run_count == NULL, ones);
    u.all.n = slab[0]->rows;
    const struct dense_rows rows = {slab, 2, &minus, 1};
    assert_int_equal(dense_new(u.tree, &rows, 2, &d, &err), 0);
    compare(&u, &g, d);
    dense_unref(d);
    seg_unref(minus);
    slab_unref(slab[0]);
    slab_unref(slab[1]);
    rows_fini(&r);
    setup_free(&u);
}

static void what_is_taken_off_does_not_count(void **state)
{
    (void)state;
    take_off(false);
    take_off(true);
}

/* What was taken off need not fit beside what counts. */
static void a_mistake_may_be_as_large_as_all(void **state)
{
    (void)state;
    struct setup u;
    struct seg *minus = NULL;
    struct dense *d = NULL;
    struct err err = {0};
    block_rows(&u, 5, 1, 1500000000, 1500000007);
    const struct dense_rows all = {.slab = u.slab, .slabs = 1};
    assert_int_equal(dense_new(u.tree, &all, 1, &d, &err), ERR_LIMIT);
    struct rows r;
    rows_init(&r, MEM_DATA, &schema_default);
    assert_int_equal(
        rows_add(&r, u.all.place[0], u.all.sector[0], u.all.day[0], -u.all.count[0], &err), 0);
    assert_int_equal(seg_new(&r, u.tree, 0, &minus, &err), 0);
    const struct dense_rows rows = {u.slab, 1, &minus, 1};
    assert_int_equal(dense_new(u.tree, &rows, 1, &d, &err), 0);
    assert_int_equal(dense_window(d, 0, CUBE_ALL, INT32_MIN, INT32_MAX), u.all.count[1]);
    dense_unref(d);
    seg_unref(minus);
    rows_fini(&r);
    setup_free(&u);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(built_at_once),
        cmocka_unit_test(added_to),
        cmocka_unit_test(the_old_one_stays),
        cmocka_unit_test(a_new_unit_asks_for_building_anew),
        cmocka_unit_test(what_one_sector_takes_from_another_is_counted),
        cmocka_unit_test(a_sum_past_32_bits_is_refused),
        cmocka_unit_test(no_memory_is_an_error),
        cmocka_unit_test(what_is_taken_off_does_not_count),
        cmocka_unit_test(a_mistake_may_be_as_large_as_all),
    };
    return cmocka_run_group_tests_name("data/dense", tests, NULL, NULL);
}
