/* SPDX-License-Identifier: MIT
 *
 * Ids on a disk that fails: whatever happens, each registration counts once when all batches were
 * sent again. And what is stored of them is not trusted when it is read. */
#include "disturb.h"
#include "harm.h"

#include "../../../core/store/ids.h"
#include "../../../core/store/slabs.h"

#include <sqlite3.h>

enum { BATCHES = 3, EACH = 20, STEP = 10, DISTINCT = (BATCHES - 1) * STEP + EACH };

/* Rows first .. first + EACH - 1, whose ids are their numbers + 1. */
static void make_rows(struct fixture *f, struct rows *r, uint32_t first)
{
    struct err err;
    fixture_rows(f, r, first, EACH);
    assert_int_equal(rows_need_ids(r, &err), 0);
    for (uint32_t i = 0; i < EACH; i++) {
        r->count[i] = 1;
        r->id[i] = first + i + 1;
    }
}

/* Batch i takes over half of what batch i - 1 sent. */
static int send(struct fixture *f, uint32_t i, bool replace, struct batch_result *out,
                struct err *err)
{
    struct rows rows;
    struct seg *seg;
    id_hash hash[EACH];
    uint32_t owner[EACH];
    char id[16];
    struct idset *set = store_ids(f->store);
    struct snap *now = snap_cell_get(f->cell);
    struct dict *words[ATTRS_MAX] = {NULL};
    snprintf(id, sizeof id, "b%u", i);
    struct batch_spec spec = {.source = STR("test"), .id = str_of(id), .as_on = DAY_NONE};
    fixture_hash(i, spec.sha256);
    make_rows(f, &rows, i * STEP);
    for (uint32_t k = 0; k < EACH; k++)
        hash[k] = i * STEP + k + 1;
    idset_find(set, hash, EACH, owner);
    assert_int_equal(rows_sort(&rows, now->tree, err), 0);
    assert_int_equal(seg_new(&rows, now->tree, 0, &seg, err), 0);
    for (size_t a = 0; a < now->schema->n; a++)
        words[a] = rows.local[a];
    const id_hash *row[] = {rows.id};
    struct id_claims claims = {
        .against = set, .n = EACH, .hash = hash, .owner = owner, .replace = replace, .row = row};
    int rc = store_import_ids(f->store, &spec, &claims, &seg, 1, words, NULL, out, err);
    assert_false(claims.stale);
    seg_unref(seg);
    rows_fini(&rows);
    snap_unref(now);
    idset_unref(set);
    return rc;
}

static void work(struct fixture *f, int out)
{
    for (uint32_t i = 0; i < BATCHES; i++) {
        struct batch_result r;
        struct err err;
        if (send(f, i, true, &r, &err) == 0)
            acknowledge(out, i);
    }
    fixture_close(f);
}

static void prepare(char dir[128])
{
    struct fixture f;
    unsigned char key[HASH_KEY_BYTES];
    struct err err;
    tmpdir_make(f.dir);
    fixture_open(&f);
    fixture_places(&f);
    assert_int_equal(store_ids_key(f.store, key, &err), 0);
    fixture_close(&f);
    memcpy(dir, f.dir, 128);
}

static void check_directory(const char *dir, const struct outcome *o, const char *what)
{
    struct fixture f = {.store = NULL};
    struct batch_result r;
    struct err err;
    trouble_end();
    snprintf(f.dir, sizeof f.dir, "%s", dir);
    if (fixture_try_open(&f, &err) < 0)
        fail_msg("%s: %s", what, err.msg);
    for (uint32_t i = 0; i < BATCHES; i++) {
        if (send(&f, i, true, &r, &err) < 0)
            fail_msg("%s: %s", what, err.msg);
        if (o->acknowledged[i] && !r.duplicate)
            fail_msg("%s: batch %u was acknowledged and is lost", what, i);
    }
    for (int opened = 0; opened < 2; opened++) {
        if (fixture_registrations(&f) != DISTINCT)
            fail_msg("%s: sent again, there are %lld registrations", what,
                     (long long)fixture_registrations(&f));
        fixture_close(&f);
        fixture_open(&f);
    }
    fixture_close(&f);
}

static bool try_point(const struct trouble *t)
{
    char dir[128], what[128];
    prepare(dir);
    trouble_tell(t, what);
    struct outcome o = disturb(dir, t, work);
    check_directory(dir, &o, what);
    tmpdir_remove(dir);
    return o.fired;
}

static void counts_once_at_any_failing_point(void **state)
{
    (void)state;
    long points = try_failing_points(try_point);
    print_message("%ld failing points, each registration counted once\n", points);
    assert_true(points > 60);
}

static void counts_once_when_the_power_goes(void **state)
{
    (void)state;
    long points = try_power_cuts(try_point);
    print_message("%ld power cuts, each registration counted once\n", points);
    assert_true(points > 10 * crash_seeds());
}

/* Numbers of segments are not given again when all were merged, or their ids would mix. */
static void ids_outlive_their_segments(void **state)
{
    (void)state;
    struct fixture f;
    struct batch_result r;
    struct merge m;
    struct err err;
    prepare(f.dir);
    fixture_open(&f);
    for (uint32_t i = 0; i < BATCHES; i++) {
        assert_int_equal(send(&f, i, true, &r, &err), 0);
        assert_int_equal(r.replaced, i == 0 ? 0 : EACH - STEP);
        struct snap *s = snap_cell_get(f.cell);
        assert_int_equal(merge_run(s, f.store->slab_next, 1, NULL, &m, &err), 0);
        assert_int_equal(slabs_install(f.store, s, &m, &err), 0);
        f.store->slab_next += m.fresh;
        merge_fini(&m);
        snap_unref(s);
        fixture_close(&f);
        fixture_open(&f);
    }
    assert_int_equal(fixture_registrations(&f), DISTINCT);
    fixture_close(&f);
    tmpdir_remove(f.dir);
}

/* What was decided before others came in between does not hold. */
static void claims_that_are_overtaken_are_stale(void **state)
{
    (void)state;
    struct fixture f;
    struct batch_result r;
    struct err err;
    id_hash hash[] = {1, 2};
    uint32_t owner[2];
    prepare(f.dir);
    fixture_open(&f);
    struct idset *before = store_ids(f.store);
    idset_find(before, hash, 2, owner);
    struct id_claims claims = {.against = before, .n = 2, .hash = hash, .owner = owner};
    assert_int_equal(send(&f, 5, false, &r, &err), 0); /* other ids */
    struct idset *after = store_ids(f.store);
    assert_int_equal(ids_hold(after, &claims, &err), 1);
    idset_unref(after);
    assert_int_equal(send(&f, 0, false, &r, &err), 0);
    after = store_ids(f.store);
    assert_int_equal(ids_hold(after, &claims, &err), 0);
    idset_unref(after);
    idset_unref(before);
    fixture_close(&f);
    tmpdir_remove(f.dir);
}

/* As no disk would do it: the checksums of the pages fit afterwards. */
static void flip(const char *dir, int bit)
{
    char path[200];
    struct db db;
    struct stmt st;
    struct err err;
    snprintf(path, sizeof path, "%s/panji.db", dir);
    assert_int_equal(db_open(&db, path, &err), 0);
    assert_int_equal(db_stmt(&db, "SELECT data FROM id_part", &st, &err), 0);
    assert_int_equal(stmt_step(&st, &err), 1);
    struct str data = stmt_blob(&st, 0);
    char *copy = malloc(data.n);
    memcpy(copy, data.p, data.n);
    stmt_done(&st);
    copy[(size_t)bit / 8 % data.n] ^= (char)(1 << bit % 8);
    assert_int_equal(db_stmt(&db, "UPDATE id_part SET data = ?", &st, &err), 0);
    stmt_put_blob(&st, copy, data.n);
    assert_int_equal(stmt_run(&st, &err), 0);
    db_close(&db);
    free(copy);
}

static void a_flipped_bit_is_noticed(void **state)
{
    (void)state;
    struct fixture f;
    struct batch_result r;
    struct err err;
    prepare(f.dir);
    fixture_open(&f);
    assert_int_equal(send(&f, 0, true, &r, &err), 0);
    fixture_close(&f);
    for (int bit = 0; bit < (8 * EACH + 4) * 8; bit += 61) {
        flip(f.dir, bit);
        fixture_open(&f); /* without ids */
        assert_non_null(store_unread(f.store, 0));
        assert_non_null(strstr(store_unread(f.store, 0), "ids of segment"));
        fixture_close(&f);
        flip(f.dir, bit);
    }
    fixture_open(&f);
    assert_null(store_unread(f.store, 0));
    fixture_close(&f);
    tmpdir_remove(f.dir);
}

static int setup(void **state)
{
    char dir[128];
    (void)state;
    log_threshold(LOG_OFF);
    prepare(dir); /* starts SQLite */
    tmpdir_remove(dir);
    fault_install();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_outlive_their_segments),
        cmocka_unit_test(claims_that_are_overtaken_are_stale),
        cmocka_unit_test(a_flipped_bit_is_noticed),
        cmocka_unit_test(counts_once_at_any_failing_point),
        cmocka_unit_test(counts_once_when_the_power_goes),
    };
    return cmocka_run_group_tests_name("store/ids", tests, setup, NULL);
}
