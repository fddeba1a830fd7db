/* SPDX-License-Identifier: MIT
 *
 * The connection: its settings, its statements, its errors. */
#include "../../../core/store/db.h"
#include "fixture.h"

struct open_db {
    char dir[128], path[256];
    struct db db;
};

static int setup(void **state)
{
    struct open_db *o = calloc(1, sizeof *o);
    struct err err;
    log_threshold(LOG_OFF);
    tmpdir_make(o->dir);
    snprintf(o->path, sizeof o->path, "%s/panji.db", o->dir);
    assert_int_equal(db_open(&o->db, o->path, &err), 0);
    assert_int_equal(
        db_exec(&o->db, "CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT, c BLOB) STRICT", &err), 0);
    *state = o;
    return 0;
}

static int teardown(void **state)
{
    struct open_db *o = *state;
    db_close(&o->db);
    tmpdir_remove(o->dir);
    free(o);
    return 0;
}

static void has_the_settings(void **state)
{
    struct open_db *o = *state;
    static const struct {
        const char *sql;
        int64_t want;
    } settings[] = {
        {"PRAGMA page_size", DB_PAGE_BYTES}, {"PRAGMA synchronous", 2},
        {"PRAGMA secure_delete", 0},         {"PRAGMA wal_autocheckpoint", 0},
        {"PRAGMA foreign_keys", 1},          {"PRAGMA mmap_size", 0},
        {"PRAGMA cell_size_check", 1},       {"PRAGMA trusted_schema", 0},
    };
    struct err err;
    for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
        int64_t v;
        assert_int_equal(db_pragma_i64(&o->db, settings[i].sql, &v, &err), 0);
        assert_int_equal(v, settings[i].want);
    }
}

static void lets_no_second_connection_in(void **state)
{
    struct open_db *o = *state;
    sqlite3 *other;
    assert_int_equal(sqlite3_open_v2(o->path, &other, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_not_equal(sqlite3_exec(other, "SELECT * FROM t", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(other);
}

static int insert(struct db *db, int64_t a, struct str b, struct err *err)
{
    struct stmt st;
    TRY(db_stmt(db, "INSERT INTO t VALUES(?, ?, ?)", &st, err));
    stmt_put_i64(&st, a);
    stmt_put_str(&st, b);
    stmt_put_blob(&st, "\0\1", 2);
    return stmt_run(&st, err);
}

static void writes_and_reads(void **state)
{
    struct open_db *o = *state;
    struct err err;
    struct stmt st;
    assert_int_equal(db_begin(&o->db, &err), 0);
    assert_int_equal(insert(&o->db, 1, STR("one"), &err), 0);
    assert_int_equal(db_changes(&o->db), 1);
    assert_int_equal(insert(&o->db, 2, STR(""), &err), 0);
    assert_int_equal(db_commit(&o->db, &err), 0);
    assert_true(o->db.wal_pages > 0);
    assert_int_equal(db_stmt(&o->db, "SELECT a, b, c FROM t ORDER BY a", &st, &err), 0);
    assert_int_equal(stmt_step(&st, &err), 1);
    assert_int_equal(stmt_i64(&st, 0), 1);
    assert_true(str_eq(stmt_str(&st, 1), STR("one")));
    assert_int_equal(stmt_blob(&st, 2).n, 2);
    assert_int_equal(stmt_step(&st, &err), 1);
    assert_false(stmt_is_null(&st, 1));
    assert_int_equal(stmt_step(&st, &err), 0);
    assert_int_equal(db_checkpoint(&o->db, true, &err), 0);
    assert_int_equal(o->db.wal_pages, 0);
}

static void rolls_back(void **state)
{
    struct open_db *o = *state;
    struct err err;
    int64_t n;
    assert_int_equal(insert(&o->db, 1, STR("one"), &err), 0);
    assert_int_equal(db_begin(&o->db, &err), 0);
    assert_int_equal(insert(&o->db, 2, STR("two"), &err), 0);
    assert_int_equal(insert(&o->db, 1, STR("again"), &err), ERR_INTERNAL);
    assert_int_equal(insert(&o->db, 3, STR("three"), &err), 0); /* the statement is usable again */
    db_rollback(&o->db);
    db_rollback(&o->db);
    assert_int_equal(db_pragma_i64(&o->db, "SELECT count(*) FROM t", &n, &err), 0);
    assert_int_equal(n, 1);
    assert_int_equal(o->db.fault, DB_FINE);
}

static void takes_its_memory_from_the_room(void **state)
{
    struct open_db *o = *state;
    struct err err;
    assert_true(mem_used(MEM_STORE) > 0);
    mem_limit(MEM_STORE, mem_used(MEM_STORE) + 65536);
    int rc = db_exec(&o->db, "INSERT INTO t VALUES(1, '', zeroblob(20000000))", &err);
    mem_limit(MEM_STORE, 0);
    assert_int_equal(rc, ERR_MEM);
    assert_int_equal(db_exec(&o->db, "INSERT INTO t VALUES(1, '', zeroblob(2000000))", &err), 0);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(has_the_settings), TEST(lets_no_second_connection_in),   TEST(writes_and_reads),
        TEST(rolls_back),       TEST(takes_its_memory_from_the_room),
    };
    return cmocka_run_group_tests_name("store/db", tests, NULL, NULL);
}
