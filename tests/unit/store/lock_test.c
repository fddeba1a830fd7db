/* SPDX-License-Identifier: MIT
 *
 * One process a directory. */
#include "../../../core/store/lock.h"
#include "fixture.h"

static void one_holder_at_a_time(void **state)
{
    (void)state;
    char dir[128], pid[32];
    int a, b;
    struct err err;
    tmpdir_make(dir);
    snprintf(pid, sizeof pid, "process %ld", (long)getpid());
    assert_int_equal(lock_take(dir, &a, &err), 0);
    assert_int_equal(lock_take(dir, &b, &err), ERR_LOCKED);
    assert_non_null(strstr(err.msg, pid));
    lock_drop(a);
    assert_int_equal(lock_take(dir, &b, &err), 0);
    lock_drop(b);
    lock_drop(-1);
    tmpdir_remove(dir);
}

static void tells_when_there_is_no_directory(void **state)
{
    (void)state;
    int fd;
    struct err err;
    assert_int_equal(lock_take("/nowhere/at/all", &fd, &err), ERR_IO);
    assert_non_null(strstr(err.msg, "/nowhere/at/all"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_holder_at_a_time),
        cmocka_unit_test(tells_when_there_is_no_directory),
    };
    return cmocka_run_group_tests_name("store/lock", tests, NULL, NULL);
}
