/* SPDX-License-Identifier: MIT
 *
 * Words for editors: of the language, of plugins, of planners. */
#include "world.h"

static void words_of_the_language_are_told(void **state)
{
    struct world *w = *state;
    assert_int_equal(world_get(w, "/v1/words"), 200);
    assert_says(w->body, "\"keywords\":[\"ALL\"");
    assert_says(w->body, "\"operators\":[\"WHERE\"");
    assert_says(w->body, "\"parts\":[");
    assert_says(w->body, "\"against_target\"");
    assert_says(w->body,
                "{\"name\":\"registrations\",\"columns\":[{\"name\":\"date\",\"type\":\"DATE\"}");
    assert_says(w->body, "{\"name\":\"alert_history\",\"columns\":[");
}

static void tables_stand_there_once(void **state)
{
    struct world *w = *state;
    assert_int_equal(world_get(w, "/v1/words"), 200);
    const char *first = strstr(w->body, "{\"name\":\"alerts\",");
    assert_non_null(first);
    assert_null(strstr(first + 1, "{\"name\":\"alerts\","));
}

static void words_of_plugins_and_planners_are_told(void **state)
{
    struct world *w = *state;
    world_write(w->plugins, "own.lua",
                "plugin { name = 'own', version = '1.0.0', api = 1 }\n"
                "fn 'twice' { args = { 'n' }, returns = 'INT64', expr = '2 * n' }\n"
                "fn 'few' { args = { 'most' }, returns = 'TABLE',\n"
                "  query = [[ FROM input |> WHERE n < @most ]] }\n");
    assert_int_equal(world_send(w, "POST", "/v1/plugins/reload", "", ""), 200);
    assert_int_equal(world_send(w, "PUT", "/v1/tables/mills", "", "name,block\nSteel,Gola\n"), 201);
    assert_int_equal(world_get(w, "/v1/words"), 200);
    assert_says(w->body, ",\"twice\"],\"table_functions\":[");
    assert_says(w->body, ",\"few\"],\"parts\":[");
    assert_says(w->body, "{\"name\":\"mills\",\"columns\":[{\"name\":\"name\",");
}

static void declarations_are_a_page(void **state)
{
    struct world *w = *state;
    assert_int_equal(world_get(w, "/v1/words/plugins"), 200);
    assert_says(w->answer, "Content-Type: text/markdown; charset=utf-8");
    assert_says(w->body, "## `report \"name\" { ... }`");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(words_of_the_language_are_told, world_up, world_down),
        cmocka_unit_test_setup_teardown(tables_stand_there_once, world_up, world_down),
        cmocka_unit_test_setup_teardown(words_of_plugins_and_planners_are_told, world_up,
                                        world_down),
        cmocka_unit_test_setup_teardown(declarations_are_a_page, world_up, world_down),
    };
    return cmocka_run_group_tests_name("net/api_words", tests, NULL, NULL);
}
