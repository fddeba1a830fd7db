/* SPDX-License-Identifier: MIT
 *
 * Retractions: sets, marks, and finding a batch's rows in segments and slabs. Whether counts are
 * right afterwards is tried in tally_test.c. */
#include "random_rows.h"

#include "data/snap.h"

static struct rows some_rows(struct rng *g, const struct snap *s, const char *source,
                             const char *batch, size_t n)
{
    struct rows r;
    rows_init(&r, MEM_DATA, &schema_default);
    random_rows(g, &r, n, true);
    assert_int_equal(rows_fill_text(&r, ATTR_SOURCE, str_of(source), NULL), 0);
    assert_int_equal(rows_fill_text(&r, ATTR_BATCH, str_of(batch), NULL), 0);
    assert_int_equal(rows_share(&r, s->dict, NULL), 0);
    return r;
}

static void a_set_is_found_by_source_and_id(void **state)
{
    (void)state;
    struct retraction_set *one = NULL, *two = NULL;
    char reason[] = "why";
    const struct retraction first = {.source = 1, .batch = 7, .reason = str_of(reason)};
    const struct retraction more[] = {{.source = 0, .batch = 9}, {.source = 2, .batch = 7}};
    assert_int_equal(retraction_set_new(NULL, &first, 1, &one, NULL), 0);
    reason[0] = 'X'; /* it was copied */
    assert_int_equal(retraction_set_new(one, more, 2, &two, NULL), 0);
    retraction_set_unref(one);
    assert_null(retraction_find(NULL, 1, 7));
    assert_null(retraction_find(two, 0, 7));
    assert_null(retraction_find(two, 1, 8));
    assert_ptr_equal(retraction_find(two, 1, 7), &two->at[0]);
    assert_ptr_equal(retraction_find(two, 0, 9), &two->at[1]);
    assert_ptr_equal(retraction_find(two, 2, 7), &two->at[2]);
    assert_true(str_eq(two->at[0].reason, STR("why")));
    assert_int_equal(two->at[1].reason.n, 0);
    assert_int_equal(two->minuses, 0);
    retraction_set_unref(two);
}

/* Two batches of one id in a slab, a third in a segment. */
struct world {
    struct rng g;
    struct place_tree *tree;
    struct snap *empty;
    struct slab *slab;
    struct seg *seg;
    int64_t sum[3];
    struct held held;
};

static void world_make(struct world *w)
{
    *w = (struct world){.g = rng_from_env("retraction"), .tree = fixture_tree()};
    assert_int_equal(snap_new(w->tree, &schema_default, 1, &w->empty, NULL), 0);
    struct rows a = some_rows(&w->g, w->empty, "csc", "one", 700);
    struct rows b = some_rows(&w->g, w->empty, "camp", "one", 900);
    struct rows c = some_rows(&w->g, w->empty, "csc", "two", 300);
    w->sum[0] = rows_registrations(&a);
    w->sum[1] = rows_registrations(&b);
    w->sum[2] = rows_registrations(&c);
    for (size_t i = 0; i < b.n; i++) {
        assert_int_equal(rows_add(&a, b.place[i], b.sector[i], b.day[i], b.count[i], NULL), 0);
        a.attr[ATTR_SOURCE][a.n - 1] = b.attr[ATTR_SOURCE][i];
        a.attr[ATTR_BATCH][a.n - 1] = b.attr[ATTR_BATCH][i];
    }
    assert_int_equal(rows_sort(&a, w->tree, NULL), 0);
    assert_int_equal(rows_sort(&c, w->tree, NULL), 0);
    assert_int_equal(slab_new(&a, 0, a.n, w->tree, 1, &w->slab, NULL), 0);
    assert_int_equal(seg_new(&c, w->tree, 1, &w->seg, NULL), 0);
    rows_fini(&a);
    rows_fini(&b);
    rows_fini(&c);
    w->held = (struct held){.tree = w->tree,
                            .schema = &schema_default,
                            .seg = &w->seg,
                            .segs = 1,
                            .slab = &w->slab,
                            .slabs = 1};
}

static void world_free(struct world *w)
{
    slab_unref(w->slab);
    seg_unref(w->seg);
    snap_unref(w->empty);
    place_tree_unref(w->tree);
}

static struct retraction of(const struct world *w, const char *source, const char *batch)
{
    return (struct retraction){
        .source = dict_find(w->empty->dict[ATTR_SOURCE], str_of(source)),
        .batch = dict_find(w->empty->dict[ATTR_BATCH], str_of(batch)),
    };
}

static void rows_are_found_again(void **state)
{
    (void)state;
    struct world w;
    world_make(&w);
    struct retraction r[] = {of(&w, "csc", "two"), of(&w, "camp", "one"), of(&w, "camp", "two")};
    assert_int_equal(retraction_take(&w.held, r, 3, NULL), 0);
    assert_int_equal(r[0].rows, 300);
    assert_int_equal(r[0].registrations, w.sum[2]);
    assert_int_equal(r[0].minus->registrations, -w.sum[2]);
    assert_int_equal(r[1].rows, 900);
    assert_int_equal(r[1].registrations, w.sum[1]);
    assert_int_equal(r[1].minus->registrations, -w.sum[1]);
    assert_int_equal(r[2].rows, 0); /* there is no such batch */
    assert_null(r[2].minus);
    seg_unref(r[0].minus);
    seg_unref(r[1].minus);
    world_free(&w);
}

/* A run of 3e9 does not fit one row of a segment. */
static void large_sums_are_told_in_parts(void **state)
{
    (void)state;
    struct world w;
    struct rows r;
    struct seg *seg = NULL;
    world_make(&w);
    rows_init(&r, MEM_DATA, &schema_default);
    for (int i = 0; i < 3; i++)
        assert_int_equal(rows_add(&r, 5, 1, RANDOM_DAY0, 1000000000, NULL), 0);
    assert_int_equal(rows_fill_text(&r, ATTR_SOURCE, STR("csc"), NULL), 0);
    assert_int_equal(rows_fill_text(&r, ATTR_BATCH, STR("three"), NULL), 0);
    assert_int_equal(rows_share(&r, w.empty->dict, NULL), 0);
    assert_int_equal(seg_new(&r, w.tree, 1, &seg, NULL), 0);
    struct held held = {
        .tree = w.tree, .schema = &schema_default, .seg = &seg, .segs = 1, .slabs = 0};
    struct retraction found = of(&w, "csc", "three");
    assert_int_equal(retraction_take(&held, &found, 1, NULL), 0);
    assert_int_equal(found.registrations, 3000000000);
    assert_int_equal(found.minus->runs, 1);
    assert_int_equal(found.minus->run_count[0], -3000000000);
    seg_unref(found.minus);
    seg_unref(seg);
    rows_fini(&r);
    world_free(&w);
}

/* Stretches tell rows of one source from those of the other, and together are all rows. */
static void marks_and_stretches_tell_rows_apart(void **state)
{
    (void)state;
    struct world w;
    struct retraction_set *set = NULL;
    struct retraction_marks *marks = NULL;
    uint64_t gone_rows = 0, rows = 0;
    world_make(&w);
    const struct retraction camp = of(&w, "camp", "one"), two = of(&w, "csc", "two");
    assert_int_equal(retraction_set_new(NULL, &two, 1, &set, NULL), 0);
    assert_int_equal(retraction_marks_new(set, &w.slab, 1, &marks, NULL), 0);
    assert_null(marks->slab[0]); /* only the segment is of that batch */
    assert_ptr_equal(retraction_of_seg(set, w.seg), &set->at[0]);
    retraction_marks_unref(marks);
    retraction_set_unref(set);

    assert_int_equal(retraction_set_new(NULL, &camp, 1, &set, NULL), 0);
    assert_int_equal(retraction_marks_new(set, &w.slab, 1, &marks, NULL), 0);
    assert_non_null(marks->slab[0]);
    assert_null(retraction_of_seg(set, w.seg));
    for (uint32_t g = 0; g < w.slab->groups; g++) {
        const struct slab_group *group = &w.slab->group[g];
        assert_true(retraction_marked(marks, 0, w.slab, group));
        assert_false(retraction_marked(NULL, 0, w.slab, group));
        struct retraction_codes codes, slow;
        retraction_codes_init(&codes, set, w.slab, group);
        assert_false(codes.many);
        slow = codes;
        slow.many = true;
        for (uint64_t row = group->first_row; row < group[1].first_row;) {
            bool gone = false, slow_gone = false;
            uint64_t n = retraction_stretch(&codes, row, group[1].first_row, &gone);
            assert_true(n > 0);
            assert_int_equal(retraction_stretch(&slow, row, group[1].first_row, &slow_gone), n);
            assert_int_equal(slow_gone, gone);
            gone_rows += gone ? n : 0;
            rows += n;
            row += n;
        }
    }
    assert_int_equal(rows, 1600);
    assert_int_equal(gone_rows, 900);
    retraction_marks_unref(marks);
    retraction_set_unref(set);
    world_free(&w);
}

/* Every allocation fails once: an error, and nothing is left. */
static void no_memory_is_an_error(void **state)
{
    (void)state;
    struct world w;
    struct err err = {0};
    world_make(&w);
    int rc = ERR_MEM;
    for (uint64_t k = 1; rc < 0; k++) {
        struct retraction r[] = {of(&w, "csc", "two"), of(&w, "camp", "one")};
        mem_fail_at(k);
        rc = retraction_take(&w.held, r, 2, &err);
        mem_fail_at(0);
        assert_true(rc == 0 || rc == ERR_MEM);
        seg_unref(r[0].minus);
        seg_unref(r[1].minus);
    }
    world_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_set_is_found_by_source_and_id),
        cmocka_unit_test(rows_are_found_again),
        cmocka_unit_test(large_sums_are_told_in_parts),
        cmocka_unit_test(marks_and_stretches_tell_rows_apart),
        cmocka_unit_test(no_memory_is_an_error),
    };
    return cmocka_run_group_tests_name("data/retraction", tests, NULL, NULL);
}
