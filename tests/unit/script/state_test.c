/* SPDX-License-Identifier: MIT
 *
 * The state machine of a finding, day by day. A line of days is written as letters: '1' the rule
 * finds it, '.' it does not, and what is expected: p pending, F firing, R resolved, - gone. */
#include "script/state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "promtool.h"
#include "store/tmpdir.h"

static const struct alert_waits at_once = {0, 0, 7};

static void course(int pending, int keep, const char *found, const char *expected)
{
    static const char letter[] = {
        [ALERT_GONE] = '-', [ALERT_PENDING] = 'p', [ALERT_FIRING] = 'F', [ALERT_RESOLVED] = 'R'};
    const struct alert_waits w = {pending, keep, 7};
    struct alert_times t;
    char got[64] = "";
    alert_times_init(&t);
    for (size_t i = 0; found[i]; i++) {
        alert_step(&t, found[i] == '1', 1000 + (int64_t)i, &w);
        got[i] = letter[t.state];
    }
    assert_string_equal(got, expected);
}

static void without_waiting_it_fires_at_once(void **state)
{
    (void)state;
    course(0, 0, "..11..", "--FFRR");
}

static void it_waits_for_pending(void **state)
{
    (void)state;
    course(2, 0, "1111..", "ppFFRR");
    course(2, 0, "11.11.", "pp-pp-");
}

static void it_is_kept(void **state)
{
    (void)state;
    course(0, 2, "1...", "FFFR");
    course(0, 2, "1.1..1", "FFFFFF");
    /* promtool 2.42 with for 3m and keep_firing_for 2m, found in minutes 1 to 5 */
    course(3, 2, ".11111....", "-pppFFFFRR");
}

static void a_resolved_one_is_shown_for_a_week(void **state)
{
    (void)state;
    course(0, 0, "1.........", "FRRRRRRRR-");
    course(1, 0, "11.11", "pFRpF");
}

static void the_same_day_again_changes_nothing(void **state)
{
    (void)state;
    struct alert_times t;
    alert_times_init(&t);
    const struct alert_waits w = {1, 0, 7};
    for (int i = 0; i < 5; i++)
        alert_step(&t, true, 1000, &w);
    assert_int_equal(t.state, ALERT_PENDING);
    alert_step(&t, true, 1001, &w);
    assert_int_equal(t.state, ALERT_FIRING);
    assert_int_equal(t.since, 1000);
    assert_int_equal(t.fired_at, 1001);
}

static void a_longer_wait_takes_it_back(void **state)
{
    (void)state;
    struct alert_times t;
    alert_times_init(&t);
    const struct alert_waits longer = {3, 0, 7};
    alert_step(&t, true, 1000, &at_once);
    assert_int_equal(t.state, ALERT_FIRING);
    alert_step(&t, true, 1001, &longer);
    assert_int_equal(t.state, ALERT_PENDING);
    assert_true(t.fired_at == ALERT_NEVER);
}

/* A thousand random courses with random waits fire in the same minutes as Prometheus' alerts do.
 * One minute changed is noticed: the judge does judge. */
static void it_is_the_machine_of_prometheus(void **state)
{
    (void)state;
    static struct course course[COURSES];
    char dir[128];
    const char *given = getenv("PANJI_TEST_SEED");
    uint64_t seed = given ? strtoull(given, NULL, 10) : 20211118;
    printf("seed %llu\n", (unsigned long long)seed);
    for (int k = 0; k < COURSES; k++)
        course_make(&course[k], &seed);
    tmpdir_make(dir);
    assert_int_equal(courses_judge(course, COURSES, dir), 0);
    course[17].fires[COURSE_MINUTES / 2] = !course[17].fires[COURSE_MINUTES / 2];
    assert_int_equal(courses_judge(course, 20, dir), 1);
    tmpdir_remove(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_waiting_it_fires_at_once),
        cmocka_unit_test(it_waits_for_pending),
        cmocka_unit_test(it_is_kept),
        cmocka_unit_test(a_resolved_one_is_shown_for_a_week),
        cmocka_unit_test(the_same_day_again_changes_nothing),
        cmocka_unit_test(a_longer_wait_takes_it_back),
        cmocka_unit_test(it_is_the_machine_of_prometheus),
    };
    return cmocka_run_group_tests_name("script/state", tests, NULL, NULL);
}
