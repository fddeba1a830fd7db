/* SPDX-License-Identifier: MIT
 *
 * Files beside the database. */
#include "../../../core/store/files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <sys/stat.h>

#include "store/tmpdir.h"

static char dir[128];

static const char *in_dir(const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    return path;
}

static void writes_what_only_we_may_read(void **state)
{
    struct stat st;
    struct err err;
    struct buf b;
    (void)state;
    assert_int_equal(file_write_private(in_dir("key"), STR("secret"), &err), 0);
    assert_int_equal(stat(in_dir("key"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(file_write_private(in_dir("key"), STR("other"), &err), ERR_CONFLICT);
    buf_init(&b, MEM_STORE);
    assert_int_equal(file_read_small(in_dir("key"), 6, &b, &err), 1);
    assert_memory_equal(b.p, "secret", 6);
    assert_int_equal(file_read_small(in_dir("key"), 5, &b, &err), ERR_LIMIT);
    assert_int_equal(file_read_small(in_dir("none"), 5, &b, &err), 0);
    buf_fini(&b);
}

static void copies(void **state)
{
    struct err err;
    char from[256];
    struct stat st;
    (void)state;
    memcpy(from, in_dir("key"), sizeof from);
    assert_int_equal(file_copy_private(from, in_dir("copy"), NULL, &err), 0);
    assert_int_equal(stat(in_dir("copy"), &st), 0);
    assert_int_equal(st.st_size, 6);
    assert_int_equal(file_sync_path(in_dir("copy"), &err), 0);
    assert_int_equal(file_copy_private(in_dir("none"), from, NULL, &err), ERR_IO);
}

static void wants_an_empty_directory(void **state)
{
    struct err err;
    char sub[256];
    (void)state;
    memcpy(sub, in_dir("sub"), sizeof sub);
    assert_int_equal(dir_make_empty(sub, &err), 0);
    assert_int_equal(dir_make_empty(sub, &err), 0);
    assert_int_equal(dir_sync(sub, &err), 0);
    assert_int_equal(file_write_private(in_dir("sub/lock"), STR("1"), &err), 0);
    assert_int_equal(dir_make_empty(sub, &err), 0);
    assert_int_equal(file_write_private(in_dir("sub/panji.db"), STR("1"), &err), 0);
    assert_int_equal(dir_make_empty(sub, &err), ERR_CONFLICT);
    assert_non_null(strstr(err.msg, "panji.db"));
    assert_int_equal(dir_make_empty(in_dir("no/where"), &err), ERR_IO);
}

static int setup(void **state)
{
    (void)state;
    tmpdir_make(dir);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    tmpdir_remove(dir);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_what_only_we_may_read),
        cmocka_unit_test(copies),
        cmocka_unit_test(wants_an_empty_directory),
    };
    return cmocka_run_group_tests_name("store/files", tests, setup, teardown);
}
