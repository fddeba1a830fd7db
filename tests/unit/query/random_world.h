/* SPDX-License-Identifier: MIT
 *
 * A snapshot of random rows, in segments and in slabs, and the plain way to count them. */
#ifndef TEST_QUERY_RANDOM_WORLD_H
#define TEST_QUERY_RANDOM_WORLD_H

#include "../data/random_rows.h"

#include "base/buf.h"
#include "base/pool.h"
#include "data/merge.h"
#include "query/format.h"
#include "query/query.h"

struct random_world {
    struct rng g;
    bool positive; /* no row takes registrations away; else one in eight does */
    struct place_tree *tree;
    struct rows all;       /* every row, as it came */
    struct snap *parts[3]; /* segments; slabs; slabs and segments */
    struct pool *pool;     /* helps with the third of these */
};

static inline struct snap *random_batch(struct random_world *w, struct snap *old, size_t n)
{
    struct rows r;
    struct seg *seg = NULL;
    struct snap *next = NULL;
    rows_init(&r, MEM_DATA, &schema_default);
    random_rows(&w->g, &r, n, !w->positive);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(rows_add(&w->all, r.place[i], r.sector[i], r.day[i], r.count[i], NULL), 0);
        if (r.attr[3] && r.attr[3][i] != ATTR_NULL)
            assert_int_equal(rows_set(&w->all, 3, r.attr[3][i], NULL), 0);
        if (r.attr[4] && r.attr[4][i] != ATTR_NULL)
            assert_int_equal(rows_set(&w->all, 4, r.attr[4][i], NULL), 0);
    }
    assert_int_equal(rows_share(&r, old->dict, NULL), 0);
    assert_int_equal(rows_sort(&r, old->tree, NULL), 0);
    assert_int_equal(seg_new(&r, old->tree, old->id, &seg, NULL), 0);
    struct snap_change change = {.seg = &seg, .segs = 1};
    assert_int_equal(snap_next(old, &change, &next, NULL), 0);
    seg_unref(seg);
    rows_fini(&r);
    return next;
}

static inline struct snap *random_merge(const struct snap *s)
{
    struct merge m;
    struct snap *next = NULL;
    assert_int_equal(merge_run(s, 1, 1, NULL, &m, NULL), 0);
    struct snap_change change = {.merged = true,
                                 .drop_segs = m.drop_segs,
                                 .slab = m.slab,
                                 .slabs = m.slabs,
                                 .dense = m.dense,
                                 .folded = m.folded};
    assert_int_equal(snap_next(s, &change, &next, NULL), 0);
    merge_fini(&m);
    return next;
}

/* With w->g and w->positive set. */
static inline void random_world_fill(struct random_world *w, size_t rows)
{
    struct snap *s[4];
    assert_int_equal(pool_new("query", 3, 64, &w->pool, NULL), 0);
    w->tree = fixture_tree();
    rows_init(&w->all, MEM_DATA, &schema_default);
    assert_int_equal(snap_new(w->tree, &schema_default, 1, &s[0], NULL), 0);
    s[1] = random_batch(w, s[0], rows / 2);
    s[2] = random_merge(s[1]);
    struct random_world again = {.g = w->g, .positive = w->positive, .tree = w->tree};
    rows_init(&again.all, MEM_DATA, &schema_default);
    w->parts[0] = random_batch(w, s[1], rows - rows / 2);
    w->parts[2] = random_batch(&again, s[2], rows - rows / 2);
    w->parts[1] = random_merge(w->parts[0]);
    rows_fini(&again.all);
    for (int i = 0; i < 3; i++)
        snap_unref(s[i]);
}

static inline void random_world_init(struct random_world *w, const char *what, size_t rows)
{
    *w = (struct random_world){.g = rng_from_env(what)};
    random_world_fill(w, rows);
}

static inline void random_world_fini(struct random_world *w)
{
    for (int i = 0; i < 3; i++)
        snap_unref(w->parts[i]);
    pool_free(w->pool);
    rows_fini(&w->all);
    place_tree_unref(w->tree);
}

/* The answer as CSV into out; the engine's name. */
static inline const char *random_ask(struct random_world *w, const char *text, int part,
                                     bool no_cube, size_t vector, struct buf *out)
{
    struct query *q = NULL;
    struct query_result r;
    struct err err = {0};
    struct query_context ctx = {.snap = w->parts[part],
                                .no_cube = no_cube,
                                .vector_rows = vector,
                                .pool = part == 2 ? w->pool : NULL};
    if (query_parse(str_of(text), &q, &err) < 0 || query_run(q, &ctx, &r, &err) < 0)
        fail_msg("%s\n%s", text, err.msg);
    struct format_options o = {.tree = w->tree, .as_on = DAY_NONE};
    buf_clear(out);
    assert_int_equal(format_frame(r.frame, FORMAT_CSV, &o, out, &err), 0);
    buf_char(out, '\0');
    const char *engine = r.engine;
    query_result_fini(&r);
    query_unref(q);
    return engine;
}

#endif
