/* SPDX-License-Identifier: MIT
 *
 * Packing and reading segments. */
#include "random_rows.h"

#include "data/seg.h"

static struct seg *sealed(struct rows *r, const struct place_tree *t)
{
    struct err err = {0};
    struct dict *shared[ATTRS_MAX] = {0};
    struct seg *s = NULL;
    assert_int_equal(dict_new(MEM_DATA, &shared[7], &err), 0);
    assert_int_equal(rows_share(r, shared, &err), 0);
    assert_int_equal(rows_sort(r, t, &err), 0);
    assert_int_equal(seg_new(r, t, 7, &s, &err), 0);
    dict_unref(shared[7]);
    return s;
}

static void packed_values_read_back(void **state)
{
    (void)state;
    struct rng g = rng_from_env("packing");
    struct place_tree *t = fixture_tree();
    for (size_t n = 1; n < 3000; n = n * 3 + 1) {
        struct rows r;
        rows_init(&r, MEM_DATA, &schema_default);
        random_rows(&g, &r, n, true);
        struct seg *s = sealed(&r, t);
        int32_t *out = malloc(n * sizeof(*out));
        for (size_t a = 0; a < schema_default.n; a++) {
            seg_unpack(&s->attr[a], 0, n, out);
            for (size_t i = 0; i < n; i++) {
                int32_t want = r.attr[a] ? r.attr[a][i] : ATTR_NULL;
                assert_int_equal(seg_value(&s->attr[a], i), want);
                assert_int_equal(out[i], want);
            }
        }
        for (size_t i = 0; i < n; i++) {
            assert_int_equal(seg_value(&s->count, i), r.count[i]);
        }
        assert_int_equal(s->registrations, rows_registrations(&r));
        free(out);
        seg_unref(s);
        rows_fini(&r);
    }
    place_tree_unref(t);
}

static void runs_cover_the_rows(void **state)
{
    (void)state;
    struct rng g = rng_from_env("runs");
    struct place_tree *t = fixture_tree();
    struct rows r;
    rows_init(&r, MEM_DATA, &schema_default);
    random_rows(&g, &r, 4000, false);
    struct seg *s = sealed(&r, t);
    assert_int_equal(s->run_row[0], 0);
    assert_int_equal(s->run_row[s->runs], s->rows);
    for (uint32_t k = 0; k < s->runs; k++) {
        int64_t sum = 0;
        assert_true(s->run_row[k] < s->run_row[k + 1]);
        for (uint64_t i = s->run_row[k]; i < s->run_row[k + 1]; i++) {
            assert_int_equal(s->run_id[k], r.place[i]);
            assert_int_equal(s->run_place[k], place_order(t, r.place[i]));
            assert_int_equal(s->run_sector[k], r.sector[i]);
            assert_int_equal(s->run_day[k], r.day[i]);
            assert_true(r.day[i] >= s->day_min && r.day[i] <= s->day_max);
            sum += r.count[i];
        }
        assert_int_equal(seg_run_count(s, k), sum);
    }
    seg_unref(s);
    rows_fini(&r);
    place_tree_unref(t);
}

static void a_column_of_one_value_takes_no_bits(void **state)
{
    (void)state;
    struct place_tree *t = fixture_tree();
    struct rows r;
    struct err err = {0};
    rows_init(&r, MEM_DATA, &schema_default);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(rows_add(&r, 5, 1, 18900 + i, 1, &err), 0);
        assert_int_equal(rows_set(&r, 3, 1, &err), 0);
    }
    struct seg *s = sealed(&r, t);
    assert_int_equal(s->count.width, 0);
    assert_int_equal(s->attr[3].width, 0);
    assert_int_equal(seg_value(&s->attr[3], 99), 1);
    assert_false(s->attr[4].present);
    assert_int_equal(seg_value(&s->attr[4], 0), ATTR_NULL);
    seg_unref(s);
    rows_fini(&r);
    place_tree_unref(t);
}

/* The fixture with a district 1 before all others, so that every order moves, and, with `swap`,
 * with codes that turn the order of two blocks round. */
static struct place_tree *other_tree(bool swap)
{
    struct place_row row[ARRAY_LEN(fixture_places) + 1];
    struct place_tree *t = NULL;
    struct err err = {0};
    fixture_rows(row);
    row[ARRAY_LEN(fixture_places)] = (struct place_row){.id = 50,
                                                        .parent_id = 2,
                                                        .level = PLACE_DISTRICT,
                                                        .code = 1,
                                                        .name = STR("First"),
                                                        .valid_from = DAY_NONE,
                                                        .valid_to = DAY_NONE};
    if (swap) {
        row[4].code = 3000;
    }
    assert_int_equal(place_tree_new(row, ARRAY_LEN(row), NULL, 0, &t, &err), 0);
    return t;
}

static void a_segment_follows_the_tree(void **state)
{
    (void)state;
    struct rng g = rng_from_env("retree");
    struct place_tree *t = fixture_tree();
    struct rows r;
    struct err err = {0};
    rows_init(&r, MEM_DATA, &schema_default);
    random_rows(&g, &r, 2000, false);
    struct seg *s = sealed(&r, t), *same = NULL;
    assert_int_equal(seg_retree(s, t, &same, &err), 0);
    assert_ptr_equal(same, s);
    seg_unref(same);
    for (int swap = 0; swap < 2; swap++) {
        struct place_tree *t2 = other_tree(swap);
        struct seg *moved = NULL;
        assert_int_equal(seg_retree(s, t2, &moved, &err), 0);
        assert_int_equal(moved->rows, s->rows);
        assert_int_equal(moved->registrations, s->registrations);
        assert_int_equal(moved->tree_version, t2->version);
        for (uint32_t k = 0; k < moved->runs; k++) {
            assert_int_equal(moved->run_place[k], place_order(t2, moved->run_id[k]));
            if (k > 0) {
                assert_true(moved->run_place[k - 1] <= moved->run_place[k]);
            }
        }
        struct seg *back = NULL; /* and home again: the same runs */
        assert_int_equal(seg_retree(moved, t, &back, &err), 0);
        assert_int_equal(back->runs, s->runs);
        for (uint32_t k = 0; k < s->runs; k++) {
            assert_int_equal(seg_run_count(back, k), seg_run_count(s, k));
        }
        seg_unref(back);
        seg_unref(moved);
        place_tree_unref(t2);
    }
    seg_unref(s);
    rows_fini(&r);
    place_tree_unref(t);
}

/* Ids that shift, ids in any order, one id for all. */
static void text_ids_are_translated(void **state)
{
    (void)state;
    enum { CENTRE = 7, IDS = 200 };
    struct rng g = rng_from_env("translating");
    struct place_tree *t = fixture_tree();
    struct err err = {0};
    for (int kind = 0; kind < 3; kind++) {
        struct rows r;
        struct seg *s = NULL;
        int32_t map[IDS], before[300];
        rows_init(&r, MEM_DATA, &schema_default);
        random_rows(&g, &r, 300, false);
        assert_int_equal(rows_need(&r, CENTRE, &err), 0);
        for (size_t i = 0; i < r.n; i++) {
            r.attr[CENTRE][i] = i % 9 == 0 ? ATTR_NULL : (int32_t)rng_below(&g, IDS);
        }
        for (int32_t i = 0; i < IDS; i++) {
            map[i] = kind == 0 ? i + 1000 : kind == 1 ? (i * 77 + 5) % 1009 : 3;
        }
        dict_unref(r.local[CENTRE]);
        r.local[CENTRE] = NULL;
        assert_int_equal(rows_sort(&r, t, &err), 0);
        assert_int_equal(seg_new(&r, t, 1, &s, &err), 0);
        seg_unpack(&s->attr[CENTRE], 0, s->rows, before);
        assert_int_equal(seg_translate(s, CENTRE, map, &err), 0);
        seg_fill(s, ATTR_SOURCE, 12);
        int32_t lowest = INT32_MAX, highest = INT32_MIN;
        for (uint64_t i = 0; i < s->rows; i++) {
            int32_t want = before[i] == ATTR_NULL ? ATTR_NULL : map[before[i]];
            assert_int_equal(seg_value(&s->attr[CENTRE], i), want);
            assert_int_equal(seg_value(&s->attr[ATTR_SOURCE], i), 12);
            lowest = want != ATTR_NULL && want < lowest ? want : lowest;
            highest = want > highest ? want : highest;
        }
        assert_int_equal(s->attr[CENTRE].base, lowest);
        assert_int_equal(s->attr[CENTRE].max, highest);
        seg_unref(s);
        rows_fini(&r);
    }
    place_tree_unref(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packed_values_read_back),
        cmocka_unit_test(runs_cover_the_rows),
        cmocka_unit_test(a_column_of_one_value_takes_no_bits),
        cmocka_unit_test(a_segment_follows_the_tree),
        cmocka_unit_test(text_ids_are_translated),
    };
    return cmocka_run_group_tests_name("data/seg", tests, NULL, NULL);
}
