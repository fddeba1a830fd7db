/* SPDX-License-Identifier: MIT
 *
 * Tables of planners on disk: replaced whole, dropped, there again after a restart, and as they
 * were when a change did not go through. */
#include "../../../core/store/db.h"
#include "fault_vfs.h"
#include "fixture.h"

static uint32_t identity_of(struct fixture *f, int64_t block)
{
    struct snap *s = snap_cell_get(f->cell);
    uint32_t identity = s->tree->at[place_by_code(s->tree, PLACE_BLOCK, block)].identity;
    snap_unref(s);
    return identity;
}

/* `rows` rows of a block, a number and a text. */
static struct upload *make(struct fixture *f, const char *name, size_t rows, int64_t number)
{
    struct upload *u = NULL;
    struct err err;
    uint32_t gola = identity_of(f, 3168);
    assert_int_equal(upload_new(str_of(name), rows, 3, &u, &err), 0);
    assert_int_equal(upload_col(u, 0, STR("block"), TYPE_PLACE, PLACE_BLOCK, &err), 0);
    assert_int_equal(upload_col(u, 1, STR("n"), TYPE_INT64, UPLOAD_LEVEL_NONE, &err), 0);
    assert_int_equal(upload_col(u, 2, STR("s"), TYPE_STRING, UPLOAD_LEVEL_NONE, &err), 0);
    assert_int_equal(upload_text_room(u, rows * 5, &err), 0);
    for (size_t i = 0; i < rows; i++) {
        frame_set(u->frame, i, 0, (struct value){.type = TYPE_PLACE, .i = gola});
        frame_set(u->frame, i, 1, (struct value){.type = TYPE_INT64, .i = number});
        frame_set(u->frame, i, 2,
                  (struct value){.type = TYPE_STRING, .s = upload_text(u, STR("steel"))});
    }
    fixture_hash((uint32_t)number, u->sha256);
    u->file_bytes = 77;
    return u;
}

static int put(struct fixture *f, const char *name, size_t rows, int64_t number, bool *replaced)
{
    struct upload *u = make(f, name, rows, number);
    uint64_t snapshot = 0;
    struct err err;
    int rc = store_upload_put(f->store, u, replaced, &snapshot, &err);
    assert_true(rc < 0 || snapshot == fixture_snapshot(f));
    upload_unref(u);
    return rc;
}

/* Rows and number of the table; -1 rows when there is none. */
static void expect_table(struct fixture *f, const char *name, int rows, int64_t number)
{
    struct snap *s = snap_cell_get(f->cell);
    struct upload *u = upload_find(s->uploads, str_of(name));
    unsigned char hash[32];
    assert_int_equal(u ? (int)u->frame->rows : -1, rows);
    if (u != NULL) {
        assert_int_equal(frame_get(u->frame, 0, 1).i, number);
        assert_true(str_eq(frame_get(u->frame, 0, 2).s, STR("steel")));
        assert_int_equal(frame_get(u->frame, 0, 0).i,
                         s->tree->at[place_by_code(s->tree, PLACE_BLOCK, 3168)].identity);
        fixture_hash((uint32_t)number, hash);
        assert_memory_equal(u->sha256, hash, sizeof hash);
        assert_int_equal(u->file_bytes, 77);
        assert_true(u->received_ms > 0);
    }
    snap_unref(s);
}

static void a_table_is_there_after_a_restart(void **state)
{
    struct fixture *f = *state;
    bool replaced = true;
    uint64_t before = fixture_snapshot(f);
    assert_int_equal(put(f, "factories", 3, 5, &replaced), 0);
    assert_false(replaced);
    assert_int_equal(put(f, "camps", 1, 6, &replaced), 0);
    assert_int_equal(fixture_snapshot(f), before + 2);
    for (int round = 0; round < 2; round++) {
        expect_table(f, "factories", 3, 5);
        expect_table(f, "CAMPS", 1, 6);
        assert_int_equal(fixture_snapshot(f), before + 2);
        fixture_close(f);
        fixture_open(f);
    }
}

static void a_table_is_replaced_whole(void **state)
{
    struct fixture *f = *state;
    bool replaced = false;
    assert_int_equal(put(f, "factories", 3, 5, &replaced), 0);
    struct snap *old = snap_cell_get(f->cell);
    assert_int_equal(put(f, "Factories", 2, 8, &replaced), 0);
    assert_true(replaced);
    assert_int_equal(upload_find(old->uploads, STR("factories"))->frame->rows, 3);
    snap_unref(old);
    fixture_close(f);
    fixture_open(f);
    expect_table(f, "factories", 2, 8);
    struct snap *s = snap_cell_get(f->cell);
    assert_int_equal(s->uploads->n, 1);
    snap_unref(s);
}

static void a_dropped_table_is_gone(void **state)
{
    struct fixture *f = *state;
    struct err err;
    uint64_t snapshot = 0;
    bool replaced;
    assert_int_equal(put(f, "factories", 3, 5, &replaced), 0);
    assert_int_equal(store_upload_drop(f->store, STR("factorys"), &snapshot, &err), ERR_NOT_FOUND);
    assert_non_null(strstr(err.hint, "factories"));
    uint64_t before = fixture_snapshot(f);
    assert_int_equal(store_upload_drop(f->store, STR("FACTORIES"), &snapshot, &err), 0);
    assert_int_equal(snapshot, before + 1);
    for (int round = 0; round < 2; round++) {
        expect_table(f, "factories", -1, 0);
        assert_int_equal(fixture_snapshot(f), before + 1);
        fixture_close(f);
        fixture_open(f);
    }
    assert_int_equal(store_upload_drop(f->store, STR("factories"), &snapshot, &err), ERR_NOT_FOUND);
}

static void batches_and_places_leave_tables_alone(void **state)
{
    struct fixture *f = *state;
    struct batch_result r;
    struct err err;
    bool replaced;
    assert_int_equal(put(f, "factories", 3, 5, &replaced), 0);
    struct snap *before = snap_cell_get(f->cell);
    int64_t newest = before->received_ms;
    snap_unref(before);
    assert_int_equal(fixture_import(f, "b1", 1, 50, &r, &err), 0);
    struct place_change c = fixture_place(PLACE_BLOCK, 6717, 607, "Dulmi");
    fixture_merge(f, &c, 1);
    assert_int_equal(put(f, "camps", 1, 6, &replaced), 0);
    struct snap *s = snap_cell_get(f->cell);
    assert_true(s->received_ms > newest);
    snap_unref(s);
    expect_table(f, "factories", 3, 5);
    fixture_close(f);
    fixture_open(f);
    expect_table(f, "factories", 3, 5);
    assert_int_equal(fixture_registrations(f), r.registrations);
}

static void there_are_not_more_than_so_many(void **state)
{
    struct fixture *f = *state;
    bool replaced;
    char name[16];
    for (int i = 0; i < TABLES_MAX; i++) {
        snprintf(name, sizeof name, "t%d", i);
        assert_int_equal(put(f, name, 1, i, &replaced), 0);
    }
    assert_int_equal(put(f, "more", 1, 1, &replaced), ERR_LIMIT);
    assert_int_equal(put(f, "t7", 2, 1, &replaced), 0);
    expect_table(f, "more", -1, 0);
    expect_table(f, "t7", 2, 1);
}

static void a_place_that_is_not_there_is_refused(void **state)
{
    struct fixture *f = *state;
    struct upload *u = make(f, "factories", 1, 1);
    bool replaced;
    uint64_t snapshot;
    struct err err;
    u->frame->col[0].i[0] = 1 << 20;
    assert_int_equal(store_upload_put(f->store, u, &replaced, &snapshot, &err), ERR_CONFLICT);
    upload_unref(u);
    expect_table(f, "factories", -1, 0);
}

/* A disk that fails at any point of a replacement: the old table or the new one, and what is told
 * is what is there. */
static void a_change_that_fails_leaves_the_old_table(void **state)
{
    struct fixture *f = *state;
    bool replaced, fired = true;
    int failed = 0;
    assert_int_equal(put(f, "factories", 3, 5, &replaced), 0);
    for (long point = 1; fired && point < 100; point++) {
        fault_arm(FAULT_FULL, true, point, (uint64_t)point);
        int rc = put(f, "factories", 9000, 100 + point, &replaced);
        fired = fault.fired;
        fault_arm(FAULT_FULL, false, 0, 1);
        failed += rc < 0;
        expect_table(f, "factories", rc < 0 ? 3 : 9000, rc < 0 ? 5 : 100 + point);
        fixture_close(f);
        fixture_open(f);
        expect_table(f, "factories", rc < 0 ? 3 : 9000, rc < 0 ? 5 : 100 + point);
        assert_int_equal(put(f, "factories", 3, 5, &replaced), 0);
    }
    assert_true(failed > 0);
}

static void a_damaged_table_is_not_served(void **state)
{
    struct fixture *f = *state;
    char path[256];
    struct db db;
    struct err err;
    bool replaced;
    assert_int_equal(put(f, "factories", 3, 5, &replaced), 0);
    fixture_close(f);
    snprintf(path, sizeof path, "%s/panji.db", f->dir);
    assert_int_equal(db_open(&db, path, &err), 0);
    assert_int_equal(db_exec(&db, "UPDATE upload SET name = 'other'", &err), 0);
    db_close(&db);
    assert_int_equal(fixture_try_open(f, &err), ERR_CORRUPT);
    assert_non_null(strstr(err.msg, "table \"other\" is damaged"));
    f->store = NULL;
}

/* SQLite must have been started before its VFS can be wrapped. */
static int start(void **state)
{
    fixture_setup(state);
    fixture_teardown(state);
    fault_install();
    return 0;
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_table_is_there_after_a_restart), TEST(a_table_is_replaced_whole),
        TEST(a_dropped_table_is_gone),          TEST(batches_and_places_leave_tables_alone),
        TEST(there_are_not_more_than_so_many),  TEST(a_place_that_is_not_there_is_refused),
        TEST(a_damaged_table_is_not_served),    TEST(a_change_that_fails_leaves_the_old_table),
    };
    return cmocka_run_group_tests_name("store/uploads", tests, start, NULL);
}
