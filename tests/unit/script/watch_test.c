/* SPDX-License-Identifier: MIT
 *
 * Deadlines: late calls are stopped, those in time are not, time can be added. */
#include "../../../core/script/sandbox.h"

#include <lauxlib.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/clock.h"

static int spin(lua_State *L)
{
    sandbox_load_text(L, STR("while true do end"), "@spin.lua");
    lua_call(L, 0, 0);
    return 0;
}

static int quick(lua_State *L)
{
    (void)L;
    return 0;
}

static int work_of_the_host(lua_State *L)
{
    struct watch *w = &sandbox_of(L)->watch;
    struct timespec work = {.tv_nsec = 150 * 1000000L};
    int64_t left = watch_pause(w);
    nanosleep(&work, NULL);
    watch_resume(w, left);
    return spin(L);
}

static int64_t run(lua_CFunction f, int64_t limit_ms, int expected)
{
    struct sandbox s;
    struct err err;
    assert_int_equal(sandbox_init(&s, &(struct sandbox_options){0}, &err), 0);
    int64_t start = clock_mono_ns();
    assert_int_equal(sandbox_call(&s, f, NULL, limit_ms, NULL, &err), expected);
    int64_t ms = (clock_mono_ns() - start) / 1000000;
    sandbox_fini(&s);
    return ms;
}

static void a_late_call_ends_soon(void **state)
{
    (void)state;
    int64_t ms = run(spin, 50, ERR_SCRIPT);
    assert_true(ms >= 50 && ms < 250);
}

static void a_call_in_time_is_left_alone(void **state)
{
    (void)state;
    assert_true(run(quick, 1000, 0) < 100);
}

static void time_in_the_host_does_not_count(void **state)
{
    (void)state;
    int64_t ms = run(work_of_the_host, 50, ERR_SCRIPT);
    assert_true(ms >= 200 && ms < 450);
}

static void a_state_can_be_called_again_after_a_stop(void **state)
{
    (void)state;
    struct sandbox s;
    struct err err;
    assert_int_equal(sandbox_init(&s, &(struct sandbox_options){0}, &err), 0);
    assert_int_equal(sandbox_call(&s, spin, NULL, 20, NULL, &err), ERR_SCRIPT);
    assert_int_equal(sandbox_call(&s, quick, NULL, 1000, NULL, &err), 0);
    sandbox_fini(&s);
}

/* Many calls end just when the watchdog comes: no signal may find a state that is gone. */
static void ends_and_signals_may_meet(void **state)
{
    (void)state;
    for (int i = 0; i < 60; i++) {
        struct sandbox s;
        struct err err;
        assert_int_equal(sandbox_init(&s, &(struct sandbox_options){0}, &err), 0);
        int rc = sandbox_call(&s, i % 2 ? spin : quick, NULL, 1 + i % 7, NULL, &err);
        assert_true(i % 2 ? rc == ERR_SCRIPT : rc == 0);
        sandbox_fini(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_late_call_ends_soon),
        cmocka_unit_test(a_call_in_time_is_left_alone),
        cmocka_unit_test(time_in_the_host_does_not_count),
        cmocka_unit_test(a_state_can_be_called_again_after_a_stop),
        cmocka_unit_test(ends_and_signals_may_meet),
    };
    return cmocka_run_group_tests_name("script/watch", tests, NULL, NULL);
}
