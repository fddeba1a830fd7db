/* SPDX-License-Identifier: MIT
 *
 * Snapshots: publishing, sharing, readers beside the writer. */
#include <pthread.h>

#include "random_rows.h"

#include "data/snap.h"

static struct snap *first(struct place_tree *t)
{
    struct snap *s = NULL;
    struct err err = {0};
    assert_int_equal(snap_new(t, &schema_default, 1, &s, &err), 0);
    return s;
}

static struct snap *with_uploads(const struct snap *s, struct upload_set *set)
{
    struct err err = {0};
    struct snap *next = NULL;
    struct snap_change change = {.uploads = set};
    assert_int_equal(snap_next(s, &change, &next, &err), 0);
    return next;
}

/* The next snapshot with n random rows added. */
static struct snap *with_batch(const struct snap *s, struct rng *g, size_t n, struct rows *all)
{
    struct rows r;
    struct err err = {0};
    struct seg *seg = NULL;
    struct snap *next = NULL;
    rows_init(&r, MEM_DATA, &schema_default);
    random_rows(g, &r, n, false);
    for (size_t i = 0; all && i < n; i++) {
        assert_int_equal(rows_add(all, r.place[i], r.sector[i], r.day[i], r.count[i], &err), 0);
    }
    assert_int_equal(rows_share(&r, s->dict, &err), 0);
    assert_int_equal(rows_sort(&r, s->tree, &err), 0);
    assert_int_equal(seg_new(&r, s->tree, s->id, &seg, &err), 0);
    struct batch_note note = {.registrations = rows_registrations(&r), .as_on = DAY_NONE};
    struct snap_change change = {
        .seg = &seg, .segs = 1, .batch = &note, .batches = 1, .received_ms = 5};
    assert_int_equal(snap_next(s, &change, &next, &err), 0);
    seg_unref(seg);
    rows_fini(&r);
    return next;
}

static void a_snapshot_stays_as_it_was(void **state)
{
    (void)state;
    struct rng g = rng_from_env("snapshots");
    struct place_tree *t = fixture_tree();
    struct snap *chain[40];
    chain[0] = first(t);
    for (int i = 1; i < 40; i++) {
        chain[i] = with_batch(chain[i - 1], &g, 20, NULL);
    }
    for (int i = 0; i < 40; i++) {
        struct snap *s = chain[i];
        int64_t sum = 0, noted = 0;
        assert_int_equal(s->id, i + 1);
        assert_int_equal(s->segs, i);
        assert_int_equal(s->batch_count, i);
        assert_int_equal(s->rows, i * 20);
        for (size_t k = 0; k < s->segs; k++) {
            sum += s->seg[k]->registrations;
            noted += s->batch[k].registrations;
            assert_int_equal(s->batch[k].snapshot, k + 2);
        }
        assert_int_equal(s->registrations, sum);
        assert_int_equal(noted, sum);
        assert_int_equal(cube_window(cube_get(s->cube, 0, CUBE_ALL), INT32_MIN, INT32_MAX), sum);
    }
    for (int i = 39; i >= 0; i -= 2) {
        snap_unref(chain[i]);
    }
    for (int i = 38; i >= 0; i -= 2) {
        snap_unref(chain[i]);
    }
    place_tree_unref(t);
}

static void finds_batches_by_their_numbers(void **state)
{
    (void)state;
    struct batch_note note[5] = {{.seq = 2}, {.seq = 3}, {.seq = 7}, {.seq = 8}, {.seq = 20}};
    for (size_t n = 0; n <= ARRAY_LEN(note); n++) {
        const struct snap s = {.batch = note, .batch_count = n};
        for (int64_t seq = 0; seq < 25; seq++) {
            const struct batch_note *want = NULL;
            for (size_t i = 0; i < n; i++)
                if (note[i].seq == seq)
                    want = &note[i];
            assert_ptr_equal(snap_batch(&s, seq), want);
        }
    }
}

static void two_next_states_of_one_do_not_mix(void **state)
{
    (void)state;
    struct rng g = rng_from_env("forks");
    struct place_tree *t = fixture_tree();
    struct snap *s = first(t), *base = with_batch(s, &g, 10, NULL);
    struct snap *a = with_batch(base, &g, 3, NULL); /* not published: its commit failed */
    struct snap *b = with_batch(base, &g, 4, NULL);
    assert_int_equal(a->rows, 13);
    assert_int_equal(b->rows, 14);
    assert_int_equal(a->seg[1]->rows, 3);
    assert_int_equal(b->seg[1]->rows, 4);
    snap_unref(s);
    snap_unref(base);
    snap_unref(a);
    snap_unref(b);
    place_tree_unref(t);
}

static void data_follows_a_new_tree(void **state)
{
    (void)state;
    struct rng g = rng_from_env("new tree");
    struct place_tree *t = fixture_tree(), *t2 = NULL;
    struct place_row row[ARRAY_LEN(fixture_places) + 1];
    struct err err = {0};
    struct rows all;
    rows_init(&all, MEM_DATA, &schema_default);
    struct snap *s0 = first(t), *s1 = with_batch(s0, &g, 300, &all), *s2 = NULL, *s3;
    fixture_rows(row);
    row[ARRAY_LEN(fixture_places)] = (struct place_row){
        .id = 60, .parent_id = 1, .level = PLACE_DISTRICT, .code = 2, .name = STR("New")};
    assert_int_equal(place_tree_new(row, ARRAY_LEN(row), NULL, 0, &t2, &err), 0);
    struct snap_change change = {.tree = t2};
    assert_int_equal(snap_next(s1, &change, &s2, &err), 0);
    s3 = with_batch(s2, &g, 100, &all);
    assert_int_equal(s2->rows, 300);
    assert_int_equal(s3->rows, 400);
    for (uint32_t o = 0; o < t2->n; o++) {
        const struct cube_series *c = cube_get(s3->cube, o, CUBE_ALL);
        assert_int_equal(cube_window(c, INT32_MIN, INT32_MAX),
                         plain_count(&all, t2, o, CUBE_ALL, INT32_MIN, INT32_MAX));
    }
    snap_unref(s0);
    snap_unref(s1);
    snap_unref(s2);
    snap_unref(s3);
    rows_fini(&all);
    place_tree_unref(t);
    place_tree_unref(t2);
}

struct reading {
    struct snap_cell *cell;
    uint64_t until;
    int64_t bad, seen;
};

static void *read_on(void *arg)
{
    struct reading *r = arg;
    for (uint64_t id = 0; id < r->until;) {
        struct snap *s = snap_cell_get(r->cell);
        int64_t sum = 0;
        for (size_t i = 0; i < s->segs; i++) {
            sum += s->seg[i]->registrations;
        }
        int64_t cube = cube_window(cube_get(s->cube, 0, CUBE_ALL), INT32_MIN, INT32_MAX);
        r->bad += sum != s->registrations || cube != sum || s->id < id;
        r->seen++;
        id = s->id;
        snap_unref(s);
    }
    return NULL;
}

static void count_calls(void *ctx, struct snap *s)
{
    (void)s;
    ++*(int *)ctx;
}

static void readers_never_see_half_a_batch(void **state)
{
    (void)state;
    struct rng g = rng_from_env("readers");
    struct place_tree *t = fixture_tree();
    struct snap_cell *cell = NULL;
    struct err err = {0};
    pthread_t thread[3];
    int calls = 0;
    assert_int_equal(snap_cell_new(&cell, &err), 0);
    assert_null(snap_cell_get(cell));
    snap_cell_listen(cell, count_calls, &calls);
    snap_cell_set(cell, first(t));
    struct reading r[3];
    for (int i = 0; i < 3; i++) {
        r[i] = (struct reading){.cell = cell, .until = 200};
        assert_int_equal(pthread_create(&thread[i], NULL, read_on, &r[i]), 0);
    }
    for (int i = 0; i < 200; i++) {
        struct snap *now = snap_cell_get(cell);
        snap_cell_set(cell, with_batch(now, &g, 10, NULL));
        snap_unref(now);
    }
    for (int i = 0; i < 3; i++) {
        pthread_join(thread[i], NULL);
        assert_int_equal(r[i].bad, 0);
        assert_true(r[i].seen > 0);
    }
    assert_int_equal(calls, 201);
    snap_cell_free(cell);
    place_tree_unref(t);
}

/* Tables of planners go from state to state, and what names mean differs only where they do. */
static void uploaded_tables_stay_until_they_are_replaced(void **state)
{
    (void)state;
    struct rng g = rng_from_env("uploads");
    struct place_tree *t = fixture_tree();
    struct err err = {0};
    struct upload *u = NULL;
    struct upload_set *set = NULL, *empty = NULL;
    assert_int_equal(upload_new(STR("factories"), 0, 1, &u, &err), 0);
    assert_int_equal(upload_col(u, 0, STR("n"), TYPE_INT64, UPLOAD_LEVEL_NONE, &err), 0);
    assert_int_equal(upload_set_next(NULL, u, STR(""), &set, &err), 0);
    assert_int_equal(upload_set_next(set, NULL, STR("factories"), &empty, &err), 0);
    struct snap *s0 = first(t), *s1 = with_uploads(s0, set), *s2 = with_batch(s1, &g, 5, NULL);
    struct snap *s3 = with_uploads(s2, empty);
    upload_unref(u);
    upload_set_unref(set);
    upload_set_unref(empty);
    assert_null(s0->uploads);
    assert_ptr_equal(upload_find(s1->uploads, STR("factories")), u);
    assert_ptr_equal(s2->uploads, s1->uploads);
    assert_int_equal(s3->uploads->n, 0);
    assert_int_equal(s3->rows, 5);
    assert_int_equal(s3->id, 4);
    assert_int_equal(s1->catalogue, s2->catalogue);
    assert_int_not_equal(s0->catalogue, s1->catalogue);
    assert_int_not_equal(s2->catalogue, s3->catalogue);
    snap_unref(s0);
    snap_unref(s1);
    snap_unref(s3);
    assert_int_equal(upload_find(s2->uploads, STR("factories"))->frame->cols, 1);
    snap_unref(s2);
    place_tree_unref(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_snapshot_stays_as_it_was),
        cmocka_unit_test(uploaded_tables_stay_until_they_are_replaced),
        cmocka_unit_test(two_next_states_of_one_do_not_mix),
        cmocka_unit_test(finds_batches_by_their_numbers),
        cmocka_unit_test(data_follows_a_new_tree),
        cmocka_unit_test(readers_never_see_half_a_batch),
    };
    return cmocka_run_group_tests_name("data/snap", tests, NULL, NULL);
}
