/* SPDX-License-Identifier: MIT
 *
 * The log as SQLite itself writes it, read beside it; and marks. */
#include "../../../core/store/wal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/tmpdir.h"

enum { COMMITS = 5 };

/* Five commits by SQLite; the log is read before it goes. */
static unsigned char *make_log(size_t *n)
{
    char dir[128], path[200];
    sqlite3 *h;
    tmpdir_make(dir);
    snprintf(path, sizeof path, "%s/x.db", dir);
    assert_int_equal(sqlite3_open(path, &h), SQLITE_OK);
    assert_int_equal(sqlite3_exec(h,
                                  "PRAGMA page_size=16384; PRAGMA journal_mode=WAL;"
                                  "CREATE TABLE t(a); INSERT INTO t VALUES(randomblob(40000));"
                                  "INSERT INTO t VALUES(1); INSERT INTO t VALUES(2);"
                                  "UPDATE t SET a = 3 WHERE a = 2",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    snprintf(path, sizeof path, "%s/x.db-wal", dir);
    FILE *f = fopen(path, "r");
    unsigned char *log = malloc(1 << 20);
    *n = fread(log, 1, 1 << 20, f);
    fclose(f);
    sqlite3_close(h);
    tmpdir_remove(dir);
    return log;
}

static struct wal_scan scan(const unsigned char *log, size_t n, bool *headed)
{
    struct wal_scan s;
    *headed = wal_scan_begin(&s, log);
    for (size_t at = WAL_HEADER_BYTES; *headed && at + WAL_FRAME_BYTES <= n; at += WAL_FRAME_BYTES)
        if (!wal_scan_frame(&s, log + at))
            break;
    return s;
}

static void reads_what_sqlite_writes(void **state)
{
    size_t n;
    bool headed;
    unsigned char *log = make_log(&n);
    struct wal_scan s = scan(log, n, &headed);
    int commits = 0;
    (void)state;
    assert_true(headed);
    assert_int_equal(s.frames, (n - WAL_HEADER_BYTES) / WAL_FRAME_BYTES);
    assert_int_equal(s.committed, s.frames);
    for (size_t at = WAL_HEADER_BYTES; at < n; at += WAL_FRAME_BYTES)
        commits += wal_ends_commit(log + at);
    assert_int_equal(commits, COMMITS);
    free(log);
}

static void ends_before_a_flipped_bit(void **state)
{
    size_t n;
    bool headed;
    unsigned char *log = make_log(&n);
    (void)state;
    for (size_t at = 0; at < n; at += 997) {
        log[at] ^= 16;
        struct wal_scan s = scan(log, n, &headed);
        if (at < WAL_HEADER_BYTES)
            assert_false(headed);
        else
            assert_int_equal(s.frames, (at - WAL_HEADER_BYTES) / WAL_FRAME_BYTES);
        log[at] ^= 16;
    }
    free(log);
}

static void tells_a_damaged_mark(void **state)
{
    struct wal_mark m = {{7, 9}, 1234567}, back;
    unsigned char bytes[WAL_MARK_BYTES];
    (void)state;
    wal_mark_encode(&m, bytes);
    assert_true(wal_mark_decode(bytes, &back));
    assert_memory_equal(&m, &back, sizeof m);
    for (int bit = 0; bit < WAL_MARK_BYTES * 8; bit++) {
        bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
        assert_false(wal_mark_decode(bytes, &back));
        bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_sqlite_writes),
        cmocka_unit_test(ends_before_a_flipped_bit),
        cmocka_unit_test(tells_a_damaged_mark),
    };
    return cmocka_run_group_tests_name("store/wal", tests, NULL, NULL);
}
