/* SPDX-License-Identifier: MIT
 *
 * A merge that is stopped leaves nothing behind, wherever it was, and looks up often enough; one
 * that is short of memory likewise. What a merge gives is tried in tally_test.c. */
#include "random_rows.h"

#include "data/merge.h"

enum { SEGS = 5, ROWS = 60 };

/* A clock that moves by a millisecond each time it is asked. */
static int64_t asked;

static int64_t counting_clock(void)
{
    return ++asked * 1000000;
}

static struct snap *next(struct snap *old, const struct snap_change *change)
{
    struct snap *s = NULL;
    assert_int_equal(snap_next(old, change, &s, NULL), 0);
    snap_unref(old);
    return s;
}

static struct snap *with_segment(struct rng *g, struct snap *old)
{
    struct rows r;
    struct seg *seg = NULL;
    rows_init(&r, MEM_DATA, &schema_default);
    random_rows(g, &r, ROWS, true);
    assert_int_equal(rows_share(&r, old->dict, NULL), 0);
    assert_int_equal(rows_sort(&r, old->tree, NULL), 0);
    assert_int_equal(seg_new(&r, old->tree, old->id, &seg, NULL), 0);
    rows_fini(&r);
    struct snap *s = next(old, &(struct snap_change){.seg = &seg, .segs = 1});
    seg_unref(seg);
    return s;
}

struct world {
    struct place_tree *tree;
    struct snap *snap; /* segments, and a slab of earlier ones that will join */
    size_t before;     /* bytes held */
    struct merge m;
    struct err err;
};

static void world_init(struct world *w, const char *what)
{
    struct rng g = rng_from_env(what);
    struct merge m;
    *w = (struct world){.tree = fixture_tree()};
    assert_int_equal(snap_new(w->tree, &schema_default, 1, &w->snap, NULL), 0);
    for (int i = 0; i < 2 * SEGS; i++) {
        w->snap = with_segment(&g, w->snap);
        if (i + 1 != SEGS)
            continue;
        assert_int_equal(merge_run(w->snap, 1, 1, NULL, &m, NULL), 0);
        w->snap = next(w->snap, &(struct snap_change){.merged = true,
                                                      .drop_segs = m.drop_segs,
                                                      .slab = m.slab,
                                                      .slabs = m.slabs,
                                                      .dense = m.dense});
        merge_fini(&m);
    }
    w->before = mem_used(MEM_DATA);
}

/* Merges; nothing is left of it when it fails. */
static int merge(struct world *w, const struct cancel *cancel)
{
    int rc = merge_run(w->snap, 2, 1, cancel, &w->m, &w->err);
    assert_true(rc == 0 || mem_used(MEM_DATA) == w->before);
    return rc;
}

static void world_fini(struct world *w)
{
    snap_unref(w->snap);
    place_tree_unref(w->tree);
}

static void stops_wherever_it_is_and_leaves_nothing(void **state)
{
    (void)state;
    static const struct clock_source counting = {.mono_ns = counting_clock};
    struct world w;
    struct cancel cancel;
    int rc = ERR_TIMEOUT, looks = 0;
    world_init(&w, "cancelled merges");
    clock_replace(&counting);
    for (int most = 1; rc == ERR_TIMEOUT; most++, looks++) {
        asked = 0;
        cancel_init(&cancel, most);
        rc = merge(&w, &cancel);
    }
    clock_replace(NULL);
    assert_int_equal(rc, 0);
    /* Once a source, before sorting, once a column of the slab, before the cube. */
    assert_true(looks >= SEGS + 1 + 1 + (int)schema_default.n + 1);
    assert_int_equal(w.m.drop_segs, SEGS);
    merge_fini(&w.m);
    cancel_init(&cancel, 0);
    cancel_fire(&cancel);
    assert_int_equal(merge(&w, &cancel), ERR_CANCELLED);
    world_fini(&w);
}

static void survives_every_failed_allocation(void **state)
{
    (void)state;
    struct world w;
    int rc = ERR_MEM;
    world_init(&w, "merges without memory");
    for (uint64_t k = 1; rc == ERR_MEM; k++) {
        mem_fail_at(k);
        rc = merge(&w, NULL);
        mem_fail_at(0);
    }
    assert_int_equal(rc, 0);
    merge_fini(&w.m);
    world_fini(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stops_wherever_it_is_and_leaves_nothing),
        cmocka_unit_test(survives_every_failed_allocation),
    };
    return cmocka_run_group_tests_name("data/merge", tests, NULL, NULL);
}
