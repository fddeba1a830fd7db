/* SPDX-License-Identifier: MIT
 *
 * The words on disk. */
#include "../../../core/store/db.h"
#include "fixture.h"

static void open_db(struct fixture *f, struct db *db)
{
    char path[256];
    struct err err;
    snprintf(path, sizeof path, "%s/panji.db", f->dir);
    assert_int_equal(db_open(db, path, &err), 0);
}

static void run(struct db *db, const char *sql)
{
    struct err err;
    if (db_exec(db, sql, &err) < 0)
        fail_msg("%s", err.msg);
}

/* All words of the current snapshot, in order. */
static void list_words(struct fixture *f, struct buf *out)
{
    struct snap *s = snap_cell_get(f->cell);
    for (size_t a = 0; a < s->schema->n; a++)
        for (int32_t id = 0; s->dict[a] != NULL && id < dict_count(s->dict[a]); id++)
            buf_printf(out, "%zu %d %.*s\n", a, id, STR_ARG(dict_get(s->dict[a], id)));
    snap_unref(s);
}

static void expect_words(struct fixture *f, const struct buf *before)
{
    struct buf after;
    buf_init(&after, MEM_STORE);
    list_words(f, &after);
    assert_true(before->n > 200);
    assert_true(str_eq(buf_view(before), buf_view(&after)));
    buf_fini(&after);
}

static void import_some(struct fixture *f)
{
    struct batch_result r;
    struct err err;
    assert_int_equal(fixture_import(f, "b1", 1, 300, &r, &err), 0);
    assert_int_equal(fixture_import(f, "b2", 2, 300, &r, &err), 0);
}

static void words_come_back_with_their_ids(void **state)
{
    struct fixture *f = *state;
    struct buf words;
    buf_init(&words, MEM_STORE);
    import_some(f);
    list_words(f, &words);
    fixture_close(f);
    fixture_open(f);
    expect_words(f, &words);
    buf_fini(&words);
}

/* Moves all words into the table that held them before, one a row. */
static void move_to_dict(struct db *db)
{
    struct stmt from, to;
    struct err err;
    assert_int_equal(db_stmt(db, "SELECT attr, first, n, data FROM word", &from, &err), 0);
    while (stmt_step(&from, &err) == 1) {
        struct str data = stmt_blob(&from, 3);
        size_t at = 4;
        for (int64_t i = 0; i < stmt_i64(&from, 2); i++) {
            uint16_t n;
            memcpy(&n, data.p + at, sizeof n);
            assert_int_equal(db_stmt(db, "INSERT INTO dict VALUES(?, ?, ?)", &to, &err), 0);
            stmt_put_str(&to, stmt_str(&from, 0));
            stmt_put_i64(&to, stmt_i64(&from, 1) + i);
            stmt_put_str(&to, (struct str){data.p + at + 2, n});
            assert_int_equal(stmt_run(&to, &err), 0);
            at += 2u + n;
        }
    }
    run(db, "DELETE FROM word");
}

static void the_words_of_a_file_begun_before_are_read(void **state)
{
    struct fixture *f = *state;
    struct batch_result r;
    struct buf words;
    struct db db;
    struct err err;
    buf_init(&words, MEM_STORE);
    import_some(f);
    list_words(f, &words);
    fixture_close(f);
    open_db(f, &db);
    move_to_dict(&db);
    db_close(&db);
    fixture_open(f);
    expect_words(f, &words);
    buf_clear(&words);
    assert_int_equal(fixture_import(f, "b3", 3, 300, &r, &err), 0); /* and go on behind them */
    list_words(f, &words);
    fixture_close(f);
    fixture_open(f);
    expect_words(f, &words);
    buf_fini(&words);
}

static void a_damaged_word_is_noticed(void **state)
{
    struct fixture *f = *state;
    struct db db;
    struct err err;
    import_some(f);
    fixture_close(f);
    open_db(f, &db);
    run(&db, "UPDATE word SET data = CAST(substr(data, 1, 9) || 'X' || substr(data, 11) AS BLOB)"
             " WHERE attr = 'centre'");
    db_close(&db);
    assert_int_equal(fixture_try_open(f, &err), ERR_CORRUPT);
    assert_non_null(strstr(err.msg, "stored words of \"centre\""));
    f->store = NULL;
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(words_come_back_with_their_ids),
        TEST(the_words_of_a_file_begun_before_are_read),
        TEST(a_damaged_word_is_noticed),
    };
    return cmocka_run_group_tests_name("store/words", tests, NULL, NULL);
}
