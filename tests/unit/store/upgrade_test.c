/* SPDX-License-Identifier: MIT
 *
 * A file of version 4 of the tables, whose pages have no checksums, becomes one of today: with a
 * copy of what it was, and at every point where the disk may fail with a file that can be used. */
#include "../../../core/store/upgrade.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>

#include "../../../core/store/files.h"
#include "../../../core/store/migrate.h"
#include "disturb.h"
#include "store/backup.h"

enum { BATCHES = 3, ROWS = 300 };

static void sql(sqlite3 *h, const char *text)
{
    char *why = NULL;
    if (sqlite3_exec(h, text, NULL, NULL, &why) != SQLITE_OK)
        fail_msg("%s: %s", text, why);
}

/* The tables of version 4 as it made them, whatever those of today have become. */
static const char version_4[] =
    "CREATE TABLE meta(key TEXT PRIMARY KEY, value ANY) STRICT;"
    "CREATE TABLE place(id INTEGER PRIMARY KEY, parent_id INTEGER NOT NULL, level INTEGER NOT NULL,"
    " code INTEGER NOT NULL, name TEXT NOT NULL, name_hi TEXT NOT NULL, aliases TEXT NOT NULL,"
    " valid_from INTEGER, valid_to INTEGER, UNIQUE(level, code, parent_id)) STRICT;"
    "CREATE TABLE fact(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE COLLATE NOCASE) STRICT;"
    "CREATE TABLE place_fact(place_id INTEGER NOT NULL REFERENCES place(id),"
    " fact_id INTEGER NOT NULL REFERENCES fact(id), value REAL NOT NULL,"
    " PRIMARY KEY(place_id, fact_id)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE dict(attr TEXT NOT NULL, id INTEGER NOT NULL, value TEXT NOT NULL,"
    " PRIMARY KEY(attr, id)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE ledger(source TEXT NOT NULL, batch_id TEXT NOT NULL, seq INTEGER NOT NULL,"
    " sha256 BLOB NOT NULL, kind TEXT NOT NULL CHECK(kind IN ('import', 'correction')),"
    " as_on INTEGER, accepted INTEGER NOT NULL, rejected INTEGER NOT NULL,"
    " registrations INTEGER NOT NULL, received_ms INTEGER NOT NULL, snapshot INTEGER NOT NULL,"
    " PRIMARY KEY(source, batch_id)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE reject(source TEXT NOT NULL, batch_id TEXT NOT NULL, seq INTEGER NOT NULL,"
    " line INTEGER NOT NULL, col INTEGER NOT NULL, field TEXT NOT NULL, value TEXT NOT NULL,"
    " reason TEXT NOT NULL, PRIMARY KEY(source, batch_id, seq),"
    " FOREIGN KEY(source, batch_id) REFERENCES ledger(source, batch_id)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE segment(id INTEGER PRIMARY KEY, source TEXT NOT NULL, batch_id TEXT NOT NULL,"
    " rows INTEGER NOT NULL, day_min INTEGER NOT NULL, day_max INTEGER NOT NULL,"
    " bytes INTEGER NOT NULL, data BLOB NOT NULL,"
    " FOREIGN KEY(source, batch_id) REFERENCES ledger(source, batch_id)) STRICT;"
    "CREATE TABLE slab(id INTEGER PRIMARY KEY, pending INTEGER NOT NULL, rows INTEGER NOT NULL,"
    " day_min INTEGER NOT NULL, day_max INTEGER NOT NULL, bytes INTEGER NOT NULL,"
    " data BLOB NOT NULL) STRICT;"
    "CREATE TABLE stated(id INTEGER PRIMARY KEY, as_on INTEGER NOT NULL,"
    " place_id INTEGER NOT NULL, sector INTEGER NOT NULL, total INTEGER NOT NULL,"
    " source TEXT NOT NULL, received_ms INTEGER NOT NULL,"
    " UNIQUE(as_on, place_id, sector, source, total)) STRICT;"
    "CREATE TABLE retraction(source TEXT NOT NULL, batch_id TEXT NOT NULL,"
    " retracted_ms INTEGER NOT NULL, reason TEXT NOT NULL, snapshot INTEGER NOT NULL,"
    " PRIMARY KEY(source, batch_id),"
    " FOREIGN KEY(source, batch_id) REFERENCES ledger(source, batch_id)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE upload(name TEXT PRIMARY KEY COLLATE NOCASE, sha256 BLOB NOT NULL,"
    " file_bytes INTEGER NOT NULL, received_ms INTEGER NOT NULL, data BLOB NOT NULL) STRICT;"
    "CREATE TABLE word(id INTEGER PRIMARY KEY, attr TEXT NOT NULL, first INTEGER NOT NULL,"
    " n INTEGER NOT NULL, data BLOB NOT NULL) STRICT;";

/* The columns that the old table has, from the table of today. */
static void copy_table(sqlite3 *h, const char *name)
{
    char text[200];
    sqlite3_stmt *st;
    snprintf(text, sizeof text, "SELECT group_concat(name) FROM pragma_table_info('%s', 'main')",
             name);
    assert_int_equal(sqlite3_prepare_v2(h, text, -1, &st, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(st), SQLITE_ROW);
    const char *columns = (const char *)sqlite3_column_text(st, 0);
    char *copy = sqlite3_mprintf("INSERT INTO main.%s(%s) SELECT %s FROM now.%s", name, columns,
                                 columns, name);
    sql(h, copy);
    sqlite3_free(copy);
    sqlite3_finalize(st);
}

/* Makes panji.db what version 4 wrote: its tables, read past our checksums, in a plain file. */
static void make_old(const char *dir)
{
    static const char *const tables[] = {"meta",       "place",  "fact",    "place_fact", "dict",
                                         "ledger",     "reject", "segment", "slab",       "stated",
                                         "retraction", "upload", "word"};
    char path[256], old[256], text[600];
    sqlite3 *h;
    snprintf(path, sizeof path, "%s/panji.db", dir);
    snprintf(old, sizeof old, "%s/old.db", dir);
    assert_int_equal(sqlite3_open_v2(old, &h, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, "unix"),
                     SQLITE_OK);
    sql(h, "PRAGMA page_size=16384; PRAGMA application_id=1347308105; PRAGMA user_version=4");
    sql(h, version_4);
    snprintf(text, sizeof text, "ATTACH '%s' AS now", path);
    sql(h, text);
    for (size_t i = 0; i < ARRAY_LEN(tables); i++)
        copy_table(h, tables[i]);
    sql(h, "DELETE FROM main.meta WHERE key <> 'snapshot'");
    sqlite3_close(h);
    assert_int_equal(rename(old, path), 0);
}

static void fill(struct fixture *f)
{
    struct err err;
    for (uint32_t i = 0; i < BATCHES; i++) {
        struct batch_result r;
        char id[16];
        snprintf(id, sizeof id, "b%u", i);
        assert_int_equal(fixture_import(f, id, i, ROWS, &r, &err), 0);
    }
}

static void prepare(struct fixture *f, int64_t *registrations)
{
    tmpdir_make(f->dir);
    fixture_open(f);
    fixture_places(f);
    fill(f);
    *registrations = fixture_registrations(f);
    fixture_close(f);
    make_old(f->dir);
}

static bool is_there(const struct fixture *f, const char *name)
{
    char path[256];
    struct stat st;
    snprintf(path, sizeof path, "%s/%s", f->dir, name);
    return stat(path, &st) == 0;
}

static void gives_an_old_file_checksums(void **state)
{
    struct fixture f;
    struct verify_report r;
    struct err err;
    int64_t registrations;
    char copy[64];
    (void)state;
    prepare(&f, &registrations);
    fixture_open(&f);
    assert_int_equal(fixture_registrations(&f), registrations);
    fill(&f); /* all of it known */
    assert_int_equal(fixture_registrations(&f), registrations);
    fixture_close(&f);
    snprintf(copy, sizeof copy, "panji.db.before-v%d", migrate_version());
    assert_true(is_there(&f, copy));
    verify_report_init(&r);
    assert_int_equal(store_verify_path(f.dir, true, NULL, &r, &err), 0);
    assert_int_equal(r.faults, 0);
    assert_true(r.summed);
    verify_report_fini(&r);
    tmpdir_remove(f.dir);
}

/* The copy is a database like the one it was made of: what was restored of it is the same. */
static void keeps_what_it_was(void **state)
{
    struct fixture f;
    struct verify_report r;
    struct err err;
    int64_t registrations;
    char copy[256], dir[200];
    (void)state;
    prepare(&f, &registrations);
    fixture_open(&f);
    fixture_close(&f);
    snprintf(copy, sizeof copy, "%s/panji.db.before-v%d", f.dir, migrate_version());
    snprintf(dir, sizeof dir, "%s/again", f.dir);
    verify_report_init(&r);
    if (store_restore(copy, dir, NULL, &r, &err) < 0)
        fail_msg("%s", err.msg);
    verify_report_fini(&r);
    struct fixture again = fixture_at(dir);
    fixture_open(&again);
    assert_int_equal(fixture_registrations(&again), registrations);
    fixture_close(&again);
    tmpdir_remove(f.dir);
}

/* Puts the first copy back, as one who goes back to the Panji before does. */
static void go_back(struct fixture *f)
{
    char path[256], copy[256];
    struct err err;
    snprintf(path, sizeof path, "%s/panji.db", f->dir);
    snprintf(copy, sizeof copy, "%s/panji.db.before-v%d", f->dir, migrate_version());
    assert_int_equal(unlink(path), 0);
    if (file_copy_private(copy, path, NULL, &err) < 0)
        fail_msg("%s", err.msg);
}

/* What that one then stores. */
static void store_in_old(struct fixture *f)
{
    char path[256];
    sqlite3 *h;
    snprintf(path, sizeof path, "%s/panji.db", f->dir);
    assert_int_equal(sqlite3_open_v2(path, &h, SQLITE_OPEN_READWRITE, "unix"), SQLITE_OK);
    sql(h, "INSERT INTO meta VALUES('since', 1)");
    sqlite3_close(h);
}

static void upgrade_again(struct fixture *f)
{
    fixture_open(f);
    fixture_close(f);
    go_back(f);
}

static void copies_what_came_since(void **state)
{
    struct fixture f;
    int64_t registrations;
    char second[64], third[64];
    (void)state;
    prepare(&f, &registrations);
    snprintf(second, sizeof second, "panji.db.before-v%d-2", migrate_version());
    snprintf(third, sizeof third, "panji.db.before-v%d-3", migrate_version());
    upgrade_again(&f);
    upgrade_again(&f);
    assert_false(is_there(&f, second)); /* nothing came */
    store_in_old(&f);
    upgrade_again(&f);
    assert_true(is_there(&f, second));
    store_in_old(&f);
    upgrade_again(&f);
    assert_false(is_there(&f, third)); /* the same again */
    tmpdir_remove(f.dir);
}

static void drops_copies_when_they_are_old(void **state)
{
    struct fixture f;
    int64_t registrations;
    char copy[64], path[256];
    (void)state;
    prepare(&f, &registrations);
    fixture_open(&f);
    fixture_close(&f);
    snprintf(copy, sizeof copy, "panji.db.before-v%d", migrate_version());
    snprintf(path, sizeof path, "%s/%s", f.dir, copy);
    time_t then = time(NULL) - (time_t)(UPGRADE_KEEP_DAYS - 1) * 86400;
    struct timespec times[2] = {{.tv_sec = then}, {.tv_sec = then}};
    utimensat(AT_FDCWD, path, times, 0);
    fixture_open(&f);
    fixture_close(&f);
    assert_true(is_there(&f, copy));
    times[0].tv_sec = times[1].tv_sec = then - 2 * 86400;
    utimensat(AT_FDCWD, path, times, 0);
    fixture_open(&f);
    fixture_close(&f);
    assert_false(is_there(&f, copy));
    tmpdir_remove(f.dir);
}

/* ---- a disk that fails ----------------------------------------------------------------------- */

/* Opens it, and with it migrates it, over the failing disk: true when the trouble came. */
static bool open_in_trouble(const char *dir, const struct trouble *t)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        struct fixture f = fixture_at(dir);
        struct err err;
        fault_arm(t->kind, t->for_ever, t->point, t->seed);
        if (fixture_try_open(&f, &err) == 0)
            fixture_close(&f);
        _exit(fault.fired ? 0 : 1);
    }
    waitpid(child, &status, 0);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status) == 0;
}

static bool try_point(const struct trouble *t)
{
    struct fixture f;
    struct err err;
    char what[128];
    int64_t registrations;
    prepare(&f, &registrations);
    trouble_tell(t, what);
    bool fired = open_in_trouble(f.dir, t);
    trouble_end();
    if (fixture_try_open(&f, &err) < 0)
        fail_msg("%s: %s", what, err.msg);
    if (fixture_registrations(&f) != registrations)
        fail_msg("%s: %lld registrations", what, (long long)fixture_registrations(&f));
    fill(&f);
    assert_int_equal(fixture_registrations(&f), registrations);
    fixture_close(&f);
    tmpdir_remove(f.dir);
    return fired;
}

static void stays_usable_at_any_failing_point(void **state)
{
    (void)state;
    long points = try_failing_points(try_point);
    print_message("%ld failing points of a migration, each left a file that can be used\n", points);
    assert_true(points > 60);
}

static void stays_usable_when_the_power_goes(void **state)
{
    (void)state;
    long points = try_power_cuts(try_point);
    print_message("%ld power cuts in a migration, each left a file that can be used\n", points);
    assert_true(points > 10 * crash_seeds());
}

static int setup(void **state)
{
    struct fixture f;
    (void)state;
    log_threshold(LOG_OFF);
    tmpdir_make(f.dir);
    fixture_open(&f); /* starts SQLite */
    fixture_close(&f);
    tmpdir_remove(f.dir);
    fault_install();
    return 0;
}

int main(void)
{
    /* A migration writes hundreds of pages: every fourth here, all of them in `make soak`. */
    setenv("CRASH_STEP", "4", 0);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_an_old_file_checksums),
        cmocka_unit_test(keeps_what_it_was),
        cmocka_unit_test(copies_what_came_since),
        cmocka_unit_test(drops_copies_when_they_are_old),
        cmocka_unit_test(stays_usable_at_any_failing_point),
        cmocka_unit_test(stays_usable_when_the_power_goes),
    };
    return cmocka_run_group_tests_name("store/upgrade", tests, setup, NULL);
}
