/* SPDX-License-Identifier: MIT
 *
 * What a request asks for: formats, languages, unknown parameters. */
#include "world.h"

static void formats_are_negotiated(void **state)
{
    struct world *w = *state;
    world_send(w, "GET", "/v1/places", "Accept: text/csv\r\n", "");
    assert_says(w->answer, "Content-Type: text/csv");
    world_send(w, "GET", "/v1/places.json", "Accept: text/csv\r\n", "");
    assert_says(w->answer, "Content-Type: application/json");
    world_send(w, "GET", "/v1/places.json?format=csv", "", "");
    assert_says(w->answer, "Content-Type: text/csv");
    world_send(w, "GET", "/v1/places", "Accept: text/html,application/xml;q=0.9,*/*;q=0.8\r\n", "");
    assert_says(w->answer, "Content-Type: text/html");
    world_send(w, "GET", "/v1/places", "Accept: */*\r\n", "");
    assert_says(w->answer, "Content-Type: application/json");
    assert_says(w->answer, "Vary: Accept, Accept-Encoding, Accept-Language");
}

static void large_answers_are_compressed(void **state)
{
    struct world *w = *state;
    assert_int_equal(world_send(w, "GET", "/", "Accept-Encoding: gzip, br\r\n", ""), 200);
    assert_says(w->answer, "Content-Encoding: gzip");
    assert_memory_equal(w->body, "\x1f\x8b", 2);
    assert_int_equal(world_send(w, "GET", "/", "Accept-Encoding: br\r\n", ""), 200);
    assert_null(strstr(w->answer, "Content-Encoding"));
    assert_says(w->body, "<html");
    assert_int_equal(world_send(w, "GET", "/healthz", "Accept-Encoding: gzip\r\n", ""), 200);
    assert_null(strstr(w->answer, "Content-Encoding"));
}

static void unknown_parameters_are_told(void **state)
{
    struct world *w = *state;
    assert_int_equal(world_get(w, "/v1/places?levl=block"), 400);
    assert_says(w->body, "levl");
    assert_says(w->body, "\\\"level\\\"");
}

static void times_have_units(void **state)
{
    struct world *w = *state;
    assert_int_equal(world_get(w, "/v1/places?timeout=500ms"), 200);
    assert_int_equal(world_get(w, "/v1/places?timeout=5s"), 200);
    assert_int_equal(world_get(w, "/v1/places?timeout=2.5"), 200);
    assert_int_equal(world_get(w, "/v1/places?timeout=0"), 400);
    assert_int_equal(world_get(w, "/v1/places?timeout=3600"), 400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(formats_are_negotiated, world_up, world_down),
        cmocka_unit_test_setup_teardown(large_answers_are_compressed, world_up, world_down),
        cmocka_unit_test_setup_teardown(unknown_parameters_are_told, world_up, world_down),
        cmocka_unit_test_setup_teardown(times_have_units, world_up, world_down),
    };
    return cmocka_run_group_tests_name("net/request", tests, NULL, NULL);
}
