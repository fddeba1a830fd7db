/* SPDX-License-Identifier: MIT
 *
 * Countries that are kept, copied and removed. */
#include "../../../core/main/bench_dir.h"

#include <sys/stat.h>

#include "../../../core/main/app.h"
#include "base/log.h"
#include "store/tmpdir.h"
#include "test.h"

enum { ROWS = 5000 };

static uint64_t rows_in(const char *dir)
{
    struct snap_cell *cell = NULL;
    struct store *store = NULL;
    struct err e = {0};
    assert_int_equal(snap_cell_new(&cell, &e), 0);
    assert_int_equal(store_open(dir, cell, &store, &e), 0);
    struct snap *s = snap_cell_get(cell);
    uint64_t rows = s->rows;
    snap_unref(s);
    store_close(store);
    snap_cell_free(cell);
    return rows;
}

static bool is_there(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0;
}

static void one_that_is_named_is_kept_and_used_again(void **state)
{
    char base[128], path[160];
    struct bench_dir d;
    struct err e = {0};
    (void)state;
    tmpdir_make(base);
    snprintf(path, sizeof path, "%s/country", base);
    assert_int_equal(bench_dir_open(path, ROWS, &d, &e), 0);
    assert_true(d.made_s > 0);
    bench_dir_close(&d);
    assert_int_equal(rows_in(path), ROWS);
    assert_int_equal(bench_dir_open(path, ROWS, &d, &e), 0);
    assert_true(d.made_s <= 0);
    assert_true(bench_dir_weight(path) > ROWS);

    struct bench_dir copy;
    assert_int_equal(bench_dir_copy(path, &copy, &e), 0);
    assert_int_equal(rows_in(copy.path), ROWS);
    bench_dir_close(&copy);
    assert_false(is_there(copy.path));
    assert_true(is_there(path));
    tmpdir_remove(path);
    tmpdir_remove(base);
}

static void one_without_a_name_is_removed(void **state)
{
    struct bench_dir d;
    struct err e = {0};
    (void)state;
    assert_int_equal(bench_dir_open(NULL, ROWS, &d, &e), 0);
    assert_int_equal(rows_in(d.path), ROWS);
    bench_dir_close(&d);
    assert_false(is_there(d.path));
}

static void data_in_use_is_not_copied(void **state)
{
    char base[128];
    struct bench_dir copy;
    struct app app;
    struct err e = {0};
    (void)state;
    tmpdir_make(base);
    assert_int_equal(app_open(base, "/nonexistent", &app, &e), 0);
    assert_int_equal(bench_dir_copy(base, &copy, &e), ERR_LOCKED);
    assert_false(is_there(copy.path));
    app_close(&app);
    tmpdir_remove(base);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(one_that_is_named_is_kept_and_used_again),
                                       cmocka_unit_test(one_without_a_name_is_removed),
                                       cmocka_unit_test(data_in_use_is_not_copied)};
    log_threshold(LOG_OFF);
    return cmocka_run_group_tests_name("main/bench_dir", tests, NULL, NULL);
}
