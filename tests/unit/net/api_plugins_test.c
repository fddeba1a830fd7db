/* SPDX-License-Identifier: MIT
 *
 * Plugins and columns. */
#include "world.h"

static void plugins_are_listed(void **state)
{
    struct world *w = *state;
    assert_int_equal(world_get(w, "/v1/plugins"), 200);
    assert_says(w->body, "\"name\":\"trial\"");
    assert_says(w->body, "\"status\":\"ok\"");
    assert_says(w->body, "\"reports\":[\"by_block\"]");
}

static void a_broken_plugin_is_told(void **state)
{
    struct world *w = *state;
    world_write(w->plugins, "broken.lua",
                "plugin { name = \x27"
                "broken\x27, version = \n");
    assert_int_equal(world_send(w, "POST", "/v1/plugins/reload", "", ""), 200);
    assert_says(w->body, "\"status\":\"broken\"");
    assert_says(w->body, "\"name\":\"trial\"");
    assert_int_equal(world_get(w, "/v1/reports/trial/by_block.csv?district=607"), 200);
}

static void one_is_told_with_its_files(void **state)
{
    struct world *w = *state;
    assert_int_equal(world_get(w, "/v1/plugins/trial"), 200);
    assert_says(w->body, "\"status\":\"ok\"");
    assert_says(w->body, "\"files\":[{\"file\":\"trial.lua\",\"text\":\"plugin { name = 'trial'");
    world_write(w->plugins, "trial.lua", "plugin { name = 'trial', version = ");
    assert_int_equal(world_send(w, "POST", "/v1/plugins/reload", "", ""), 200);
    assert_int_equal(world_get(w, "/v1/plugins/trial"), 200);
    assert_says(w->body, "\"status\":\"stale\"");
    assert_says(w->body, "\"text\":\"plugin { name = 'trial', version = \"");
    assert_int_equal(world_get(w, "/v1/plugins/trail"), 404);
    assert_says(w->body, "did you mean \\\"trial\\\"?");
}

static void columns_are_told(void **state)
{
    struct world *w = *state;
    assert_int_equal(world_get(w, "/v1/schema?lang=hi"), 200);
    assert_says(w->body, "\"name\":\"district\",\"type\":\"STRING\",\"title\":\"जिला\"");
    assert_says(w->body, "\"name\":\"age\",\"type\":\"INT64\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(plugins_are_listed, world_up, world_down),
        cmocka_unit_test_setup_teardown(a_broken_plugin_is_told, world_up, world_down),
        cmocka_unit_test_setup_teardown(one_is_told_with_its_files, world_up, world_down),
        cmocka_unit_test_setup_teardown(columns_are_told, world_up, world_down),
    };
    return cmocka_run_group_tests_name("net/api_plugins", tests, NULL, NULL);
}
