/* SPDX-License-Identifier: MIT
 *
 * Backups over a disk that fails at every point, between batches: what was acknowledged is there
 * afterwards, a backup that was said to be made is sound, and one that failed left no file. */
#include "disturb.h"
#include "store/backup.h"

enum { ROWS = 40, SUM = 79, BACKUP = 2 };

static void name_copy(const char *dir, char out[256])
{
    snprintf(out, 256, "%s/copy", dir);
}

static void work(struct fixture *f, int out)
{
    struct verify_report r;
    struct batch_result done;
    struct err err;
    char path[256];
    if (fixture_import(f, "b0", 0, ROWS, &done, &err) == 0)
        acknowledge(out, 0);
    name_copy(f->dir, path);
    verify_report_init(&r);
    int rc = store_backup(f->store, path, NULL, &r, &err);
    if (rc == 0)
        acknowledge(out, BACKUP);
    else if (access(path, F_OK) == 0)
        _exit(12);
    verify_report_fini(&r);
    if (fixture_import(f, "b1", 1, ROWS, &done, &err) == 0)
        acknowledge(out, 1);
    fixture_close(f);
}

static void check_copy(const char *dir, const char *what)
{
    struct verify_report r;
    struct err err;
    char path[256];
    name_copy(dir, path);
    verify_report_init(&r);
    if (store_verify_path(path, true, NULL, &r, &err) < 0 || r.faults > 0)
        fail_msg("%s: a backup that was acknowledged is not sound", what);
    verify_report_fini(&r);
}

static bool try_point(const struct trouble *t)
{
    struct fixture f;
    struct batch_result r;
    struct err err;
    char what[128];
    tmpdir_make(f.dir);
    fixture_open(&f);
    fixture_places(&f);
    fixture_close(&f);
    trouble_tell(t, what);
    struct outcome o = disturb(f.dir, t, work);
    trouble_end();
    if (o.acknowledged[BACKUP] && t->kind != FAULT_POWER)
        check_copy(f.dir, what);
    if (fixture_try_open(&f, &err) < 0)
        fail_msg("%s: %s", what, err.msg);
    if (fixture_registrations(&f) < SUM * (o.acknowledged[0] + o.acknowledged[1]))
        fail_msg("%s: what was acknowledged is lost", what);
    assert_int_equal(fixture_import(&f, "b0", 0, ROWS, &r, &err), 0);
    assert_int_equal(fixture_import(&f, "b1", 1, ROWS, &r, &err), 0);
    assert_int_equal(fixture_registrations(&f), 2 * SUM);
    fixture_close(&f);
    tmpdir_remove(f.dir);
    return o.fired;
}

static void is_sound_or_not_there(void **state)
{
    (void)state;
    long points = try_failing_points(try_point);
    print_message("%ld failing points around a backup\n", points);
    assert_true(points > 100);
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
    const struct CMUnitTest tests[] = {cmocka_unit_test(is_sound_or_not_there)};
    return cmocka_run_group_tests_name("store/backup_crash", tests, setup, NULL);
}
