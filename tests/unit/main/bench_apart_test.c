/* SPDX-License-Identifier: MIT
 *
 * What a step in a process of its own leaves behind, and how it may end. */
#include "../../../core/main/bench_apart.h"

#include <unistd.h>

#include "test.h"

static int here;

static int write_both(void *arg, struct err *err)
{
    int *shared = arg;
    (void)err;
    here = 7;
    *shared = 7;
    return 0;
}

static int refuse(void *arg, struct err *err)
{
    (void)arg;
    return err_set(err, ERR_CONFLICT, "no");
}

static int vanish(void *arg, struct err *err)
{
    (void)arg, (void)err;
    _exit(0);
}

static void only_shared_memory_is_left_behind(void **state)
{
    struct err e = {0};
    int *shared = bench_shared(sizeof *shared);
    (void)state;
    assert_int_equal(*shared, 0);
    assert_int_equal(bench_apart(write_both, shared, &e), 0);
    assert_int_equal(*shared, 7);
    assert_int_equal(here, 0);
    bench_shared_free(shared, sizeof *shared);
}

static void its_error_is_ours(void **state)
{
    struct err e = {0};
    (void)state;
    assert_int_equal(bench_apart(refuse, NULL, &e), ERR_CONFLICT);
    assert_string_equal(e.msg, "no");
}

static void one_that_tells_nothing_has_failed(void **state)
{
    struct err e = {0};
    (void)state;
    assert_int_equal(bench_apart(vanish, NULL, &e), ERR_INTERNAL);
    assert_true(e.msg[0] != '\0');
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(only_shared_memory_is_left_behind),
                                       cmocka_unit_test(its_error_is_ours),
                                       cmocka_unit_test(one_that_tells_nothing_has_failed)};
    return cmocka_run_group_tests_name("main/bench_apart", tests, NULL, NULL);
}
