/* SPDX-License-Identifier: MIT
 *
 * Random batches, retractions, merges and new places in any order: every count equals plain
 * counting over an array of rows, in every snapshot. */
#include "random_rows.h"

#include "data/merge.h"
#include "data/tally.h"

struct world {
    struct rng g;
    struct place_tree *tree;
    struct snap *snap;
    struct rows all; /* that count */
    struct rows *batch;
    size_t batches, held; /* batches; rows of all of them */
    uint64_t next_slab;
    uint32_t next_place;
};

static void world_make(struct world *w, const char *what)
{
    struct err err = {0};
    *w = (struct world){.g = rng_from_env(what), .next_slab = 1, .next_place = 100};
    w->tree = fixture_tree();
    rows_init(&w->all, MEM_DATA, &schema_default);
    assert_int_equal(snap_new(w->tree, &schema_default, 1, &w->snap, &err), 0);
}

static void world_free(struct world *w)
{
    snap_unref(w->snap);
    for (size_t i = 0; i < w->batches; i++) {
        rows_fini(&w->batch[i]);
    }
    free(w->batch);
    rows_fini(&w->all);
    place_tree_unref(w->tree);
}

static void publish(struct world *w, const struct snap_change *change)
{
    struct snap *next = NULL;
    struct err err = {0};
    assert_int_equal(snap_next(w->snap, change, &next, &err), 0);
    snap_unref(w->snap);
    w->snap = next;
}

/* Batches 2k and 2k + 1 have one id, and two sources. */
static void name_batch(size_t i, char id[32], const char **source)
{
    snprintf(id, 32, "batch %zu", i / 2);
    *source = i % 2 ? "camp" : "csc";
}

static void commit_batch(struct world *w, struct rows r)
{
    struct err err = {0};
    struct seg *seg = NULL;
    char id[32];
    const char *source;
    name_batch(w->batches, id, &source);
    w->batch = realloc(w->batch, (w->batches + 1) * sizeof(*w->batch));
    for (size_t i = 0; i < r.n; i++) {
        assert_int_equal(rows_add(&w->all, r.place[i], r.sector[i], r.day[i], r.count[i], &err), 0);
    }
    assert_int_equal(rows_fill_text(&r, ATTR_SOURCE, str_of(source), &err), 0);
    assert_int_equal(rows_fill_text(&r, ATTR_BATCH, str_of(id), &err), 0);
    assert_int_equal(rows_share(&r, w->snap->dict, &err), 0);
    assert_int_equal(rows_sort(&r, w->tree, &err), 0);
    assert_int_equal(seg_new(&r, w->tree, 1, &seg, &err), 0);
    struct snap_change change = {.seg = &seg, .segs = 1};
    publish(w, &change);
    seg_unref(seg);
    w->held += r.n;
    w->batch[w->batches++] = r;
}

static void add_batch(struct world *w)
{
    struct rows r;
    rows_init(&r, MEM_DATA, &schema_default);
    random_rows(&w->g, &r, 1 + rng_below(&w->g, 200), rng_below(&w->g, 3) == 0);
    int32_t shift = rng_below(&w->g, 5) == 0 ? (int32_t)rng_below(&w->g, 200) - 100 : 0;
    for (size_t i = 0; i < r.n; i++) {
        r.day[i] += shift;
    }
    commit_batch(w, r);
}

/* The rows that count, anew: those of batches that were not retracted. */
static void recount(struct world *w)
{
    struct err err = {0};
    char id[32];
    const char *source;
    w->all.n = 0;
    for (size_t b = 0; b < w->batches; b++) {
        const struct rows *r = &w->batch[b];
        name_batch(b, id, &source);
        int32_t of = dict_find(w->snap->dict[ATTR_SOURCE], str_of(source));
        if (retraction_find(w->snap->gone, of, dict_find(w->snap->dict[ATTR_BATCH], str_of(id)))) {
            continue;
        }
        for (size_t i = 0; i < r->n; i++) {
            assert_int_equal(
                rows_add(&w->all, r->place[i], r->sector[i], r->day[i], r->count[i], &err), 0);
        }
    }
}

static void retract(struct world *w, size_t b)
{
    struct err err = {0};
    char id[32];
    const char *source;
    name_batch(b, id, &source);
    struct retraction r = {.source = dict_find(w->snap->dict[ATTR_SOURCE], str_of(source)),
                           .batch = dict_find(w->snap->dict[ATTR_BATCH], str_of(id)),
                           .reason = STR("sent twice")};
    if (retraction_find(w->snap->gone, r.source, r.batch)) {
        return;
    }
    struct held held = snap_held(w->snap);
    assert_int_equal(retraction_take(&held, &r, 1, &err), 0);
    assert_int_equal(r.rows, w->batch[b].n);
    assert_int_equal(r.registrations, rows_registrations(&w->batch[b]));
    struct snap_change change = {.retraction = &r, .retractions = 1};
    publish(w, &change);
    seg_unref(r.minus);
    recount(w);
}

/* Merges an older snapshot's segments, maybe while a batch arrives and another is retracted. */
static void merge_all(struct world *w, bool disturbed)
{
    struct merge m;
    struct err err = {0};
    if (w->snap->segs == 0) {
        return;
    }
    struct snap *old = snap_ref(w->snap);
    if (disturbed && rng_below(&w->g, 2)) {
        add_batch(w);
    }
    if (disturbed && rng_below(&w->g, 2)) {
        retract(w, rng_below(&w->g, (uint32_t)w->batches));
    }
    assert_int_equal(merge_run(old, w->next_slab, 2, NULL, &m, &err), 0);
    w->next_slab += m.fresh;
    for (size_t i = 1; i < m.slabs; i++) { /* as they are read from the disk */
        assert_true(m.slab[i - 1]->id < m.slab[i]->id);
    }
    struct snap_change change = {.merged = true,
                                 .drop_segs = m.drop_segs,
                                 .slab = m.slab,
                                 .slabs = m.slabs,
                                 .dense = m.dense,
                                 .folded = m.folded};
    publish(w, &change);
    merge_fini(&m);
    snap_unref(old);
}

/* A new district: every order behind it moves. */
static void new_places(struct world *w)
{
    struct place_row row[ARRAY_LEN(fixture_places) + 40];
    struct err err = {0};
    size_t n = ARRAY_LEN(fixture_places);
    fixture_rows(row);
    w->next_place++;
    for (uint32_t id = 101; id <= w->next_place && n < ARRAY_LEN(row); id++) {
        row[n++] = (struct place_row){.id = id,
                                      .parent_id = 1 + id % 2,
                                      .level = PLACE_DISTRICT,
                                      .code = id,
                                      .name = STR("New")};
    }
    if (rng_below(&w->g, 2)) {
        row[4].code = 3000; /* turns two blocks round */
    }
    place_tree_unref(w->tree);
    assert_int_equal(place_tree_new(row, n, NULL, 0, &w->tree, &err), 0);
    struct snap_change change = {.tree = w->tree};
    publish(w, &change);
}

static void compare_node(struct world *w, uint32_t o)
{
    int64_t slots[CUBE_SLOTS], series[300];
    int32_t a = RANDOM_DAY0 - 120 + (int32_t)rng_below(&w->g, 300);
    int32_t b = RANDOM_DAY0 - 120 + (int32_t)rng_below(&w->g, 300);
    int one = (int)rng_below(&w->g, CUBE_SLOTS);
    tally_slots(w->snap, o, a, b, slots);
    tally_series(w->snap, o, one, RANDOM_DAY0 - 120, ARRAY_LEN(series), series);
    for (int slot = 0; slot < CUBE_SLOTS; slot++) {
        int64_t want = plain_count(&w->all, w->tree, o, slot, a, b);
        assert_int_equal(slots[slot], want);
        assert_int_equal(tally_window(w->snap, o, slot, a, b), want);
    }
    for (int32_t i = 0; i < (int32_t)ARRAY_LEN(series); i += 37) {
        assert_int_equal(series[i],
                         plain_count(&w->all, w->tree, o, one, INT32_MIN, RANDOM_DAY0 - 120 + i));
    }
}

static void compare(struct world *w)
{
    struct snap *s = w->snap;
    int32_t day_min = INT32_MAX, day_max = INT32_MIN;
    for (size_t i = 0; i < w->all.n; i++) {
        day_min = w->all.day[i] < day_min ? w->all.day[i] : day_min;
        day_max = w->all.day[i] > day_max ? w->all.day[i] : day_max;
    }
    assert_int_equal(s->rows, w->held);
    assert_int_equal(s->registrations, rows_registrations(&w->all));
    assert_int_equal(s->day_min, day_min);
    assert_int_equal(s->day_max, day_max);
    for (uint32_t o = 0; o < w->tree->n; o++) {
        compare_node(w, o);
    }
}

static void any_order_gives_the_same_counts(void **state)
{
    (void)state;
    struct world w;
    world_make(&w, "tally");
    for (int step = 0; step < 120; step++) {
        uint32_t what = rng_below(&w.g, 12);
        if (what < 6) {
            add_batch(&w);
        } else if (what < 9) {
            merge_all(&w, true);
        } else if (what < 11 && w.batches > 0) {
            retract(&w, rng_below(&w.g, (uint32_t)w.batches));
        } else {
            new_places(&w);
        }
        if (step % 6 == 0) {
            compare(&w);
        }
    }
    compare(&w);
    world_free(&w);
}

/* More runs than the cube takes in: many days, places and sectors. */
static void a_large_segment_is_counted_by_its_runs(void **state)
{
    (void)state;
    struct world w;
    struct rows r;
    struct err err = {0};
    world_make(&w, "tally, large");
    add_batch(&w);
    rows_init(&r, MEM_DATA, &schema_default);
    for (int i = 0; i < SNAP_LARGE_RUNS + 1000; i++) {
        uint32_t place = 3 + (uint32_t)i % 11;
        uint8_t sector = (uint8_t)(i / 11 % 31);
        int32_t day = RANDOM_DAY0 + i / 341;
        assert_int_equal(rows_add(&r, place, sector, day, 1, &err), 0);
    }
    commit_batch(&w, r);
    assert_true(w.snap->seg[1]->runs >= SNAP_LARGE_RUNS);
    assert_int_equal(w.snap->larges, 1);
    compare_node(&w, 0);
    compare_node(&w, place_by_code(w.tree, PLACE_BLOCK, 3168));
    add_batch(&w);
    new_places(&w);
    assert_int_equal(w.snap->larges, 1);
    compare_node(&w, place_by_code(w.tree, PLACE_DISTRICT, 607));
    merge_all(&w, false);
    assert_int_equal(w.snap->larges, 0);
    compare_node(&w, 0);
    compare_node(&w, place_by_code(w.tree, PLACE_PANCHAYAT, 900001));

    retract(&w, 1); /* what it loses is as large */
    assert_int_equal(w.snap->larges, 1);
    assert_true(merge_due(w.snap));
    compare_node(&w, 0);
    compare_node(&w, place_by_code(w.tree, PLACE_PANCHAYAT, 900001));
    new_places(&w);
    compare_node(&w, place_by_code(w.tree, PLACE_BLOCK, 3168));
    assert_int_equal(w.snap->larges, 0); /* a new dense cube takes it off */
    compare(&w);
    world_free(&w);
}

/* A merge with nothing to do but to take a large batch off. */
static void a_large_retraction_is_merged(void **state)
{
    (void)state;
    struct world w;
    struct rows r;
    struct err err = {0};
    struct merge m;
    world_make(&w, "tally, large retraction");
    add_batch(&w);
    rows_init(&r, MEM_DATA, &schema_default);
    for (int i = 0; i < SNAP_LARGE_RUNS + 1000; i++) {
        assert_int_equal(rows_add(&r, 3 + (uint32_t)i % 11, (uint8_t)(i / 11 % 31),
                                  RANDOM_DAY0 + i / 341, 1, &err),
                         0);
    }
    commit_batch(&w, r);
    assert_int_equal(merge_run(w.snap, w.next_slab, 1, NULL, &m, &err), 0);
    w.next_slab += m.fresh;
    struct snap_change change = {.merged = true,
                                 .drop_segs = m.drop_segs,
                                 .slab = m.slab,
                                 .slabs = m.slabs,
                                 .dense = m.dense};
    publish(&w, &change);
    merge_fini(&m);
    retract(&w, 1);
    assert_true(merge_due(w.snap));
    assert_int_equal(merge_run(w.snap, w.next_slab, 1, NULL, &m, &err), 0);
    assert_int_equal(m.fresh, 0);
    assert_int_equal(m.folded, 1);
    change = (struct snap_change){
        .merged = true, .slab = m.slab, .slabs = m.slabs, .dense = m.dense, .folded = m.folded};
    publish(&w, &change);
    merge_fini(&m);
    assert_false(merge_due(w.snap));
    assert_int_equal(w.snap->larges, 0);
    compare(&w);
    world_free(&w);
}

static void a_merge_is_due_after_many_batches(void **state)
{
    (void)state;
    struct world w;
    world_make(&w, "tally, due");
    assert_false(merge_due(w.snap));
    for (int i = 0; i < 256; i++) {
        add_batch(&w);
    }
    assert_true(merge_due(w.snap));
    merge_all(&w, false);
    assert_false(merge_due(w.snap));
    compare(&w);
    world_free(&w);
}

static void a_cancelled_merge_leaves_nothing(void **state)
{
    (void)state;
    struct world w;
    struct merge m;
    struct cancel c;
    struct err err = {0};
    world_make(&w, "tally, cancelled");
    add_batch(&w);
    cancel_init(&c, 0);
    cancel_fire(&c);
    assert_int_equal(merge_run(w.snap, 1, 1, &c, &m, &err), ERR_CANCELLED);
    compare(&w);
    world_free(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_order_gives_the_same_counts),
        cmocka_unit_test(a_large_segment_is_counted_by_its_runs),
        cmocka_unit_test(a_large_retraction_is_merged),
        cmocka_unit_test(a_merge_is_due_after_many_batches),
        cmocka_unit_test(a_cancelled_merge_leaves_nothing),
    };
    return cmocka_run_group_tests_name("data/tally", tests, NULL, NULL);
}
