/* SPDX-License-Identifier: MIT
 *
 * The ledger of targets. */
#include "world.h"

static void sets_are_listed(void **state)
{
    struct world *w = *state;
    assert_int_equal(world_get(w, "/v1/targets.csv"), 200);
    assert_says(w->body, "trial,trial_2021,Trial,block,2021-08-26,2021-12-31,2,150");
}

static void a_set_tells_each_target(void **state)
{
    struct world *w = *state;
    assert_int_equal(world_get(w, "/v1/targets/trial/trial_2021.csv"), 200);
    assert_says(w->body, "3168,Gola,100,");
    assert_says(w->body, "6717,Dulmi,50,");
    assert_int_equal(world_get(w, "/v1/targets/trial/trial_2022"), 404);
    assert_says(w->body, "trial_2021");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(sets_are_listed, world_up, world_down),
        cmocka_unit_test_setup_teardown(a_set_tells_each_target, world_up, world_down),
    };
    return cmocka_run_group_tests_name("net/api_targets", tests, NULL, NULL);
}
