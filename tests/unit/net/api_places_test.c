/* SPDX-License-Identifier: MIT
 *
 * Places: below one, by level, by name; ambiguity is told with the candidates. */
#include "world.h"

static void below_a_place(void **state)
{
    struct world *w = *state;
    assert_int_equal(world_get(w, "/v1/places.csv?under=607"), 200);
    assert_says(w->body, "block,3168,Gola,गोला");
    assert_null(strstr(w->body, "state,20"));
    assert_int_equal(world_get(w, "/v1/places.csv"), 200);
    assert_says(w->body, "state,20,Jharkhand");
    assert_int_equal(world_get(w, "/v1/places.csv?level=blocks&limit=1"), 200);
    assert_null(strstr(w->body, "Dulmi"));
}

static void by_name(void **state)
{
    struct world *w = *state;
    assert_int_equal(world_get(w, "/v1/places.csv?find=ramgarh"), 200);
    assert_says(w->body, "district,607,");
    assert_says(w->body, "block,3175,");
    assert_int_equal(world_get(w, "/v1/places.csv?find=ramgarh&level=block"), 200);
    assert_null(strstr(w->body, "district,607,"));
    assert_int_equal(world_get(w, "/v1/places?find=ramgrah"), 404);
    assert_says(w->body, "Ramgarh");
}

static void ambiguity_lists_candidates(void **state)
{
    struct world *w = *state;
    assert_int_equal(world_get(w, "/v1/places?under=Ramgarh"), 400);
    assert_says(w->body, "district:607");
    assert_int_equal(world_get(w, "/v1/places?under=district:Ramgarh"), 200);
    assert_int_equal(world_get(w, "/v1/places?level=village"), 400);
}

static void files_are_imported(void **state)
{
    struct world *w = *state;
    assert_int_equal(
        world_send(w, "POST", "/v1/places", "", "level,code,parent,name\nblock,3172,607,Mandu\n"),
        201);
    assert_says(w->body, "\"added\":1");
    assert_int_equal(
        world_send(w, "POST", "/v1/places", "", "level,code,parent,name\nblock,1,999,Nowhere\n"),
        400);
    assert_says(w->body, "999");
}

static void stated_figures_are_imported(void **state)
{
    struct world *w = *state;
    assert_int_equal(world_send(w, "POST", "/v1/stated?source=district", "",
                                "as_on,place,level,sector,total\n2021-11-18,607,district,,42478\n"),
                     201);
    assert_says(w->body, "\"added\":1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(below_a_place, world_up, world_down),
        cmocka_unit_test_setup_teardown(by_name, world_up, world_down),
        cmocka_unit_test_setup_teardown(ambiguity_lists_candidates, world_up, world_down),
        cmocka_unit_test_setup_teardown(files_are_imported, world_up, world_down),
        cmocka_unit_test_setup_teardown(stated_figures_are_imported, world_up, world_down),
    };
    return cmocka_run_group_tests_name("net/api_places", tests, NULL, NULL);
}
