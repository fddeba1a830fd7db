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
    assert_int_equal(world_get(w, "/v1/targets/trial/trial_2021.csv?lang=hi"), 200);
    assert_says(w->body, "3168,गोला,100,तय किया हुआ,");
    assert_int_equal(world_get(w, "/v1/targets/trial/trial_2022"), 404);
    assert_says(w->body, "trial_2021");
}

/* A district that nothing is known of leaves all of the set empty: it is said why. */
static void a_set_that_is_empty_says_why(void **state)
{
    struct world *w = *state;
    assert_int_equal(world_get(w, "/v1/targets.csv"), 200);
    assert_null(strstr(w->body, "are not loaded"));
    world_write(w->plugins, "far.lua",
                "plugin { name = 'far', version = '1', api = 1 }\n"
                "targets 'far_2021' { title = 'Far', source = 'x', level = 'block', from = "
                "'2021-08-26', to = "
                "'2021-12-31', total = { [999] = 10 }, share_by = 'workers' }\n");
    assert_int_equal(world_send(w, "POST", "/v1/plugins/reload", "", ""), 200);
    assert_int_equal(world_get(w, "/v1/targets.csv"), 200);
    assert_says(w->body, "far,far_2021,Far,block,2021-08-26,2021-12-31,0,0,");
    assert_says(w->body, ",its places are not loaded");
    assert_int_equal(world_get(w, "/v1/plugins"), 200);
    assert_says(w->body, "\"notes_text\":\"targets \\\"far_2021\\\" are empty");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(sets_are_listed, world_up, world_down),
        cmocka_unit_test_setup_teardown(a_set_tells_each_target, world_up, world_down),
        cmocka_unit_test_setup_teardown(a_set_that_is_empty_says_why, world_up, world_down),
    };
    return cmocka_run_group_tests_name("net/api_targets", tests, NULL, NULL);
}
