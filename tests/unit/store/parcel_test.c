/* SPDX-License-Identifier: MIT
 *
 * Batches that come packed, in several segments. */
#include <pthread.h>

#include "base/pool.h"
#include "fixture.h"

enum { SEGS = 3, ROWS = 200 };

/* The rows of content 1, 2, ... packed with words of their own. */
struct packed {
    struct seg *seg[SEGS];
    struct dict *words[ATTRS_MAX];
    int centre;
};

static void pack(struct fixture *f, struct packed *p, uint32_t content)
{
    struct snap *s = snap_cell_get(f->cell);
    struct err err;
    memset(p, 0, sizeof *p);
    p->centre = schema_find(s->schema, STR("centre"));
    assert_int_equal(dict_new(MEM_INGEST, &p->words[p->centre], &err), 0);
    for (uint32_t i = 0; i < SEGS; i++) {
        struct rows r;
        fixture_rows(f, &r, content + i, ROWS);
        for (size_t k = 0; k < r.n; k++) {
            int32_t *id = &r.attr[p->centre][k];
            struct str word = dict_get(r.local[p->centre], *id);
            assert_int_equal(dict_intern(p->words[p->centre], word, id, &err), 0);
        }
        dict_unref(r.local[p->centre]);
        r.local[p->centre] = NULL;
        assert_int_equal(rows_sort(&r, s->tree, &err), 0);
        assert_int_equal(seg_new(&r, s->tree, 0, &p->seg[i], &err), 0);
        rows_fini(&r);
    }
    snap_unref(s);
}

static void unpack(struct packed *p)
{
    for (int i = 0; i < SEGS; i++)
        seg_unref(p->seg[i]);
    for (int a = 0; a < ATTRS_MAX; a++)
        dict_unref(p->words[a]);
}

static int import_packed(struct fixture *f, const char *id, uint32_t content, struct packed *p,
                         struct pool *pool, struct batch_result *r, struct err *err)
{
    struct batch_spec spec = {.source = STR("test"), .id = str_of(id), .as_on = DAY_NONE};
    fixture_hash(content, spec.sha256);
    return store_import_segs(f->store, &spec, p->seg, SEGS, p->words, pool, r, err);
}

static int32_t centres(struct fixture *f, int attr)
{
    struct snap *s = snap_cell_get(f->cell);
    int32_t n = dict_count(s->dict[attr]);
    snap_unref(s);
    return n;
}

/* Rows of a centre, of a source and in a batch, counted plainly. */
static int64_t count_rows(struct fixture *f, int attr, const char *word)
{
    struct snap *s = snap_cell_get(f->cell);
    int32_t id = dict_find(s->dict[attr], str_of(word));
    int64_t n = 0;
    for (size_t i = 0; i < s->segs; i++)
        for (uint64_t k = 0; k < s->seg[i]->rows; k++)
            n += id >= 0 && seg_value(&s->seg[i]->attr[attr], k) == id;
    snap_unref(s);
    return n;
}

static void segments_get_shared_words(void **state)
{
    struct fixture *f = *state;
    struct pool *pool;
    struct batch_result r;
    struct err err;
    assert_int_equal(pool_new("readers", 2, 8, &pool, &err), 0);
    for (uint32_t round = 0; round < 3; round++) { /* new words, then words in another order */
        struct packed p;
        char id[8];
        snprintf(id, sizeof id, "p%u", round);
        pack(f, &p, 3 - round);
        assert_int_equal(import_packed(f, id, round, &p, round == 1 ? NULL : pool, &r, &err), 0);
        assert_int_equal(r.accepted, SEGS * ROWS);
        assert_false(r.duplicate);
        int centre = p.centre;
        unpack(&p);
        assert_int_equal(count_rows(f, ATTR_BATCH, id), SEGS * ROWS);
        assert_int_equal(count_rows(f, ATTR_SOURCE, "test"), SEGS * ROWS * (round + 1));
        assert_int_equal(count_rows(f, centre, "centre 3-4"), (ROWS + 6) / 11 * (round + 1));
    }
    int64_t before = fixture_registrations(f);
    fixture_close(f);
    fixture_open(f);
    assert_int_equal(fixture_registrations(f), before);
    assert_int_equal(count_rows(f, ATTR_BATCH, "p1"), SEGS * ROWS);
    pool_free(pool);
}

static void a_known_batch_leaves_no_words(void **state)
{
    struct fixture *f = *state;
    struct packed p;
    struct batch_result r;
    struct err err;
    assert_int_equal(fixture_import(f, "b1", 1, 50, &r, &err), 0);
    pack(f, &p, 40);
    int32_t before = centres(f, p.centre);
    assert_int_equal(import_packed(f, "b1", 1, &p, NULL, &r, &err), 0);
    assert_true(r.duplicate);
    assert_int_equal(r.accepted, 50);
    assert_int_equal(import_packed(f, "b1", 2, &p, NULL, &r, &err), ERR_CONFLICT);
    assert_int_equal(centres(f, p.centre), before);
    assert_int_equal(fixture_registrations(f), 99);
    unpack(&p);
}

/* What is packed for one tree is stored under another. */
static void the_tree_may_change_in_between(void **state)
{
    struct fixture *f = *state;
    struct packed p;
    struct batch_result r;
    struct err err;
    struct place_change c[] = {fixture_place(PLACE_STATE, 1, 0, "A state in front"),
                               fixture_place(PLACE_DISTRICT, 5, 1, "With a district")};
    pack(f, &p, 1);
    fixture_merge(f, c, ARRAY_LEN(c));
    assert_int_equal(import_packed(f, "p", 1, &p, NULL, &r, &err), 0);
    int64_t before = fixture_registrations(f);
    assert_int_equal(before, r.registrations);
    struct snap *s = snap_cell_get(f->cell);
    for (size_t i = 0; i < s->segs; i++)
        assert_int_equal(s->seg[i]->tree_version, s->tree->version);
    snap_unref(s);
    unpack(&p);
    fixture_close(f);
    fixture_open(f);
    assert_int_equal(fixture_registrations(f), before);
}

struct other {
    struct fixture *f;
    uint32_t from;
};

static void *import_small_ones(void *arg)
{
    struct other *o = arg;
    for (uint32_t i = 0; i < 40; i++) {
        struct batch_result r;
        struct err err;
        char id[16];
        snprintf(id, sizeof id, "s%u-%u", o->from, i);
        assert_int_equal(fixture_import(o->f, id, o->from + i, 20, &r, &err), 0);
    }
    return NULL;
}

/* Others take the ids that the segments were to have. */
static void others_may_come_in_between(void **state)
{
    struct fixture *f = *state;
    struct other o = {f, 1000};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, import_small_ones, &o), 0);
    for (uint32_t i = 0; i < 10; i++) {
        struct packed p;
        struct batch_result r;
        struct err err;
        char id[16];
        snprintf(id, sizeof id, "p%u", i);
        pack(f, &p, i * 10);
        assert_int_equal(import_packed(f, id, i, &p, NULL, &r, &err), 0);
        unpack(&p);
    }
    pthread_join(thread, NULL);
    int64_t before = fixture_registrations(f);
    fixture_close(f);
    fixture_open(f); /* every checksum holds the id */
    assert_int_equal(fixture_registrations(f), before);
    assert_int_equal(count_rows(f, ATTR_SOURCE, "test"), 10 * SEGS * ROWS + 40 * 20);
}

static void survives_every_failed_allocation(void **state)
{
    struct fixture *f = *state;
    int64_t expected = 0;
    int failures = 0;
    for (uint32_t k = 1, successes = 0; successes < 40; k++) {
        struct packed p;
        struct batch_result r;
        struct err err;
        char id[16];
        snprintf(id, sizeof id, "b%u", k);
        pack(f, &p, k);
        mem_fail_at(k);
        int rc = import_packed(f, id, k, &p, NULL, &r, &err);
        mem_fail_at(0);
        unpack(&p);
        expected += rc == 0 ? r.registrations : 0;
        assert_int_equal(fixture_registrations(f), expected);
        assert_true(rc == 0 || rc == ERR_MEM || rc == ERR_UNKNOWN_OUTCOME);
        successes = rc == 0 ? successes + 1 : 0;
        failures += rc < 0;
    }
    print_message("%d allocations failed\n", failures);
    assert_true(failures > 20);
    fixture_close(f);
    fixture_open(f);
    assert_int_equal(fixture_registrations(f), expected);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(segments_get_shared_words),        TEST(a_known_batch_leaves_no_words),
        TEST(the_tree_may_change_in_between),   TEST(others_may_come_in_between),
        TEST(survives_every_failed_allocation),
    };
    return cmocka_run_group_tests_name("store/parcel", tests, NULL, NULL);
}
