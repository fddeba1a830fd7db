/* SPDX-License-Identifier: MIT
 *
 * Counting on bit planes against the scan row by row. */
#include "random_world.h"

#include "base/clock.h"
#include "data/kernel.h"

static const char *const questions[] = {
    "FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY gender",
    "FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY gender, sector_code, district",
    "FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY DIV(age - 16, 10) AS decade, gender",
    "FROM registrations |> WHERE age BETWEEN 18 AND 40 AND gender = 'F' |> AGGREGATE COUNT(*) AS n "
    "GROUP BY district_code",
    "FROM registrations |> WHERE age > 30 |> AGGREGATE COUNT(*) AS n, COUNT(*) AS m",
    "FROM registrations |> WHERE block_code = 3168 AND date > '2021-09-15' |> AGGREGATE COUNT(*) "
    "AS n "
    "GROUP BY centre, DATE_TRUNC(date, MONTH) AS month",
    "FROM registrations |> WHERE gender IS NULL |> AGGREGATE COUNT(*) AS n GROUP BY age",
};

static const char *const versions[] = {"portable", "avx2", "avx512"};

static void planes_and_rows_agree(void **state)
{
    (void)state;
    struct random_world w;
    struct buf planes, rows;
    buf_init(&planes, MEM_QUERY);
    buf_init(&rows, MEM_QUERY);
    random_world_init(&w, "planes", 5000);
    for (size_t i = 0; i < ARRAY_LEN(questions); i++)
        for (size_t v = 0; v < ARRAY_LEN(versions); v++) {
            if (!kernel_use(versions[v]))
                continue;
            random_ask(&w, questions[i], 0, false, 0, &rows);
            random_ask(&w, questions[i], 1, false, 0, &planes);
            assert_string_equal(planes.p, rows.p);
            random_ask(&w, questions[i], 2, false, 0, &planes);
            assert_string_equal(planes.p, rows.p);
        }
    kernel_use(NULL);
    random_world_fini(&w);
    buf_fini(&planes);
    buf_fini(&rows);
}

/* ---- cancellation ---------------------------------------------------------------------------- */

/* A clock that goes on by a second whenever somebody looks at it. */
static int64_t looks;

static int64_t ticking_ns(void)
{
    return ++looks * 1000000000;
}

static int64_t no_wall_ms(void)
{
    return 0;
}

static const struct clock_source ticking = {ticking_ns, no_wall_ms};

/* All rows in one group of a slab. */
static struct snap *one_group(struct place_tree *tree, size_t n)
{
    struct rows r;
    struct seg *seg = NULL;
    struct snap *empty, *batch, *merged;
    rows_init(&r, MEM_DATA, &schema_default);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(rows_add(&r, 0, 1, 18900, 1, NULL), 0);
        assert_int_equal(rows_set(&r, 3, (int32_t)(i % 2), NULL), 0);
    }
    assert_int_equal(snap_new(tree, &schema_default, 1, &empty, NULL), 0);
    assert_int_equal(seg_new(&r, tree, empty->id, &seg, NULL), 0);
    struct snap_change change = {.seg = &seg, .segs = 1};
    assert_int_equal(snap_next(empty, &change, &batch, NULL), 0);
    merged = random_merge(batch);
    seg_unref(seg);
    snap_unref(empty);
    snap_unref(batch);
    rows_fini(&r);
    return merged;
}

/* What the question ends with when its time is up after so many looks at the clock. */
static int ask_for(struct snap *snap, int64_t seconds)
{
    struct query *q = NULL;
    struct query_result r;
    struct err err = {0};
    struct cancel cancel;
    const char *text = "FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY gender";
    assert_int_equal(query_parse(str_of(text), &q, &err), 0);
    cancel_init(&cancel, seconds * 1000);
    struct query_context ctx = {.snap = snap, .cancel = &cancel};
    int rc = query_run(q, &ctx, &r, &err);
    if (rc == 0)
        query_result_fini(&r);
    query_unref(q);
    return rc;
}

static void a_large_group_is_left_half_way(void **state)
{
    (void)state;
    enum { VECTORS = 16, LOOK_ROWS = 1 << 16 };
    struct place_tree *tree = fixture_tree();
    struct snap *small = one_group(tree, 100);
    struct snap *large = one_group(tree, (size_t)VECTORS * LOOK_ROWS);
    clock_replace(&ticking);
    looks = 0;
    assert_int_equal(ask_for(small, 1000), 0);
    int64_t of_small = looks;
    looks = 0;
    assert_int_equal(ask_for(large, 1000), 0);
    assert_in_range(looks - of_small, VECTORS, VECTORS + 1);
    assert_int_equal(ask_for(large, of_small + VECTORS / 2), ERR_TIMEOUT);
    clock_replace(NULL);
    snap_unref(small);
    snap_unref(large);
    place_tree_unref(tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(planes_and_rows_agree),
                                       cmocka_unit_test(a_large_group_is_left_half_way)};
    return cmocka_run_group_tests_name("query/slab_scan", tests, NULL, NULL);
}
