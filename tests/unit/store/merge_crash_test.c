/* SPDX-License-Identifier: MIT
 *
 * Merges on a disk that fails, at every write, sync and truncation: batches are merged into a slab
 * that is there already, further ones arrive and are merged as well, the log is written back.
 * Whatever happens, every acknowledged batch is there once, the counts of every place, sector and
 * day are those of plain arrays, nothing of an unfinished merge is left on the disk, and the merge
 * can run again. */
#include "disturb.h"

#include "../../../core/store/slabs.h"
#include "../../../core/store/store_int.h"

enum { EARLY = 2, BEFORE = 4, BATCHES = 6, ROWS = 2500, BLOCKS = 4, SECTORS = 5, DAYS = 50 };

static char origin[128]; /* a closed directory: a slab of the early batches, segments of the rest */

static int import(struct fixture *f, uint32_t i, struct err *err)
{
    char id[16];
    struct batch_result r;
    snprintf(id, sizeof id, "b%u", i);
    return fixture_import(f, id, i, ROWS, &r, err);
}

/* What the merger does, now. 1: there was nothing to merge. */
static int merge(struct fixture *f, struct err *err)
{
    struct merge m;
    struct snap *s = snap_cell_get(f->cell);
    int rc = s->segs == 0 ? 1 : merge_run(s, f->store->slab_next, 1, NULL, &m, err);
    if (rc == 0) {
        rc = slabs_install(f->store, s, &m, err);
        if (rc == 0)
            f->store->slab_next += m.fresh;
        merge_fini(&m);
    }
    snap_unref(s);
    return rc;
}

/* The work that is disturbed. */
static void work(struct fixture *f, int out)
{
    struct err err;
    merge(f, &err);
    for (uint32_t i = BEFORE; i < BATCHES; i++)
        if (import(f, i, &err) == 0)
            acknowledge(out, i);
    int rc = merge(f, &err);
    if (rc == ERR_FULL && store_state_of(f->store) != STORE_FULL)
        _exit(10); /* what the answer says must be what the store says */
    if (rc == ERR_UNKNOWN_OUTCOME && store_state_of(f->store) == STORE_READY)
        _exit(11);
    fixture_close(f);
}

/* ---- plain counting ------------------------------------------------------------------------- */

struct plain {
    int64_t at[BLOCKS][SECTORS][DAYS];
    int64_t batches;
};

/* As fixture_rows makes them. */
static void plain_add(struct plain *p, uint32_t seed)
{
    for (size_t i = 0; i < ROWS; i++)
        p->at[(i + seed) % BLOCKS][i % SECTORS][i * 7 % DAYS] += 1 + (int64_t)(i % 3);
    p->batches++;
}

static int64_t plain_window(const struct plain *p, const bool in[BLOCKS], int slot, int from,
                            int to)
{
    int64_t sum = 0;
    for (int b = 0; b < BLOCKS; b++)
        for (int s = 0; in[b] && s < SECTORS; s++)
            for (int d = from; (slot == CUBE_ALL || slot == s) && d <= to; d++)
                sum += p->at[b][s][d];
    return sum;
}

static void check_place(const struct snap *s, const struct plain *p, uint32_t order,
                        const char *what)
{
    static const int64_t codes[BLOCKS] = {3175, 3168, 3104, 3172};
    bool in[BLOCKS];
    for (int b = 0; b < BLOCKS; b++) {
        uint32_t block = place_by_code(s->tree, PLACE_BLOCK, codes[b]);
        in[b] = block >= order && block < s->tree->at[order].end;
    }
    for (int slot = 0; slot <= CUBE_ALL; slot += slot == SECTORS ? CUBE_ALL - SECTORS : 1) {
        for (int d = 0; d < DAYS; d++)
            if (tally_window(s, order, slot, DAY0 + d, DAY0 + d) != plain_window(p, in, slot, d, d))
                fail_msg("%s: place %u, sector %d, day %d is wrong", what, order, slot, d);
        if (tally_window(s, order, slot, INT32_MIN, INT32_MAX) !=
            plain_window(p, in, slot, 0, DAYS - 1))
            fail_msg("%s: place %u, sector %d is wrong", what, order, slot);
    }
}

static void check_counts(struct fixture *f, const struct plain *p, const char *what)
{
    struct snap *s = snap_cell_get(f->cell);
    if (s->rows != (uint64_t)p->batches * ROWS || s->batch_count != (size_t)p->batches)
        fail_msg("%s: %llu rows of %lld batches", what, (unsigned long long)s->rows,
                 (long long)p->batches);
    for (uint32_t order = 0; order < s->tree->n; order++)
        check_place(s, p, order, what);
    snap_unref(s);
}

/* ---- what the directory holds ---------------------------------------------------------------- */

static int64_t ask(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *st = NULL;
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(st), SQLITE_ROW);
    int64_t v = sqlite3_column_int64(st, 0);
    sqlite3_finalize(st);
    return v;
}

/* Closed: the database holds what the snapshot held, and nothing beside it. */
static void check_disk(const char *dir, size_t segs, size_t slabs, const char *what)
{
    char path[160];
    sqlite3 *db = NULL;
    snprintf(path, sizeof path, "%s/panji.db", dir);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    sqlite3_exec(db, "PRAGMA locking_mode = EXCLUSIVE", NULL, NULL, NULL); /* no shared memory */
    int64_t pending = ask(db, "SELECT count(*) FROM slab WHERE pending");
    int64_t on_disk = ask(db, "SELECT count(*) FROM slab");
    int64_t segments = ask(db, "SELECT count(*) FROM segment");
    sqlite3_close(db);
    if (pending != 0 || on_disk != (int64_t)slabs || segments != (int64_t)segs)
        fail_msg("%s: %lld slabs (%lld pending) and %lld segments on disk, %zu and %zu in memory",
                 what, (long long)on_disk, (long long)pending, (long long)segments, slabs, segs);
}

static void open_again(struct fixture *f, const char *dir, const char *what)
{
    struct err err;
    snprintf(f->dir, sizeof f->dir, "%s", dir);
    if (fixture_try_open(f, &err) < 0)
        fail_msg("%s: %s", what, err.msg);
}

static void close_and_check_disk(struct fixture *f, const char *what)
{
    struct snap *s = snap_cell_get(f->cell);
    size_t segs = s->segs, slabs = s->slabs;
    snap_unref(s);
    fixture_close(f);
    check_disk(f->dir, segs, slabs, what);
}

/* Those batches that are there, each of which must be there if it was acknowledged. */
static void find_batches(struct fixture *f, const struct outcome *o, struct plain *p,
                         const char *what)
{
    for (uint32_t i = 0; i < BATCHES; i++) {
        char id[16];
        struct batch_result r;
        unsigned char sha256[32];
        snprintf(id, sizeof id, "b%u", i);
        int found = store_batch_find(f->store, STR("test"), str_of(id), &r, sha256, NULL);
        if (found != 1 && (i < BEFORE || o->acknowledged[i]))
            fail_msg("%s: batch %u was acknowledged and is lost", what, i);
        if (found == 1)
            plain_add(p, i);
    }
}

static void check_directory(const char *dir, const struct outcome *o, const char *what)
{
    struct fixture f = {.store = NULL};
    struct plain p = {.batches = 0};
    struct err err;
    trouble_end();
    open_again(&f, dir, what);
    find_batches(&f, o, &p, what);
    check_counts(&f, &p, what);
    close_and_check_disk(&f, what);
    open_again(&f, dir, what);
    for (uint32_t i = 0; i < BATCHES; i++)
        assert_int_equal(import(&f, i, &err), 0); /* once, whichever way it went */
    memset(&p, 0, sizeof p);
    for (uint32_t i = 0; i < BATCHES; i++)
        plain_add(&p, i);
    assert_true(merge(&f, &err) >= 0);
    check_counts(&f, &p, what);
    close_and_check_disk(&f, what);
    open_again(&f, dir, what);
    check_counts(&f, &p, what);
    fixture_close(&f);
}

/* ---- trying ---------------------------------------------------------------------------------- */

static void copy_file(const char *from, const char *to)
{
    static char block[1 << 16];
    FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
    size_t n;
    assert_true(in != NULL && out != NULL);
    while ((n = fread(block, 1, sizeof block, in)) > 0)
        assert_int_equal(fwrite(block, 1, n, out), n);
    fclose(in);
    assert_int_equal(fclose(out), 0);
}

static bool try_point(const struct trouble *t)
{
    char dir[128], what[128], from[160], to[160];
    tmpdir_make(dir);
    snprintf(from, sizeof from, "%s/panji.db", origin);
    snprintf(to, sizeof to, "%s/panji.db", dir);
    copy_file(from, to);
    trouble_tell(t, what);
    struct outcome o = disturb(dir, t, work);
    check_directory(dir, &o, what);
    tmpdir_remove(dir);
    return o.fired;
}

static void merges_lose_nothing_at_any_failing_point(void **state)
{
    (void)state;
    long points = try_failing_points(try_point);
    print_message("%ld failing points in merges, nothing lost or counted twice\n", points);
    assert_true(points > 100);
}

static void merges_lose_nothing_when_the_power_goes(void **state)
{
    (void)state;
    long points = try_power_cuts(try_point);
    print_message("%ld power cuts in merges, nothing lost or counted twice\n", points);
    assert_true(points > 20 * crash_seeds());
}

static int setup(void **state)
{
    struct fixture f;
    struct err err;
    (void)state;
    log_threshold(LOG_OFF);
    tmpdir_make(f.dir);
    fixture_open(&f);
    fixture_places(&f);
    for (uint32_t i = 0; i < BEFORE; i++) {
        assert_int_equal(import(&f, i, &err), 0);
        if (i + 1 == EARLY)
            assert_int_equal(merge(&f, &err), 0);
    }
    fixture_close(&f);
    memcpy(origin, f.dir, sizeof origin);
    fault_install();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    tmpdir_remove(origin);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(merges_lose_nothing_at_any_failing_point),
        cmocka_unit_test(merges_lose_nothing_when_the_power_goes),
    };
    return cmocka_run_group_tests_name("store/merge_crash", tests, setup, teardown);
}
