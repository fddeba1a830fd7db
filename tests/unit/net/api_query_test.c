/* SPDX-License-Identifier: MIT
 *
 * Queries over HTTP: by GET, as a form, as text; parameters; errors with their place. */
#include "world.h"

static void all_three_ways(void **state)
{
    struct world *w = *state;
    assert_int_equal(world_get(w, "/v1/query.csv?q=SELECT+1+AS+one"), 200);
    assert_string_equal(w->body, "one\n1\n");
    assert_int_equal(world_send(w, "POST", "/v1/query?format=csv", "Content-Type: text/plain\r\n",
                                "SELECT 1 AS one"),
                     200);
    assert_string_equal(w->body, "one\n1\n");
    assert_int_equal(world_send(w, "POST", "/v1/query",
                                "Content-Type: application/x-www-form-urlencoded\r\n",
                                "q=SELECT+1+AS+one&format=csv"),
                     200);
    assert_string_equal(w->body, "one\n1\n");
    assert_int_equal(world_send(w, "POST", "/v1/query", "Content-Type: application/json\r\n",
                                "{\"q\":\"SELECT 1\"}"),
                     400);
}

static void parameters_have_types(void **state)
{
    struct world *w = *state;
    static const char count[] = "/v1/query.csv?q=FROM+registrations+%7C%3E+WHERE+district+%3D+@d+"
                                "%7C%3E+AGGREGATE+COUNT(*)+AS+n&p.d=";
    char target[256];
    assert_int_equal(world_import(w, "a", world_csv), 201);
    static const char *const names[] = {"607", "Ramgarh",
                                        "%E0%A4%B0%E0%A4%BE%E0%A4%AE%E0%A4%97"
                                        "%E0%A4%A2%E0%A4%BC"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        snprintf(target, sizeof target, "%s%s", count, names[i]);
        assert_int_equal(world_get(w, target), 200);
        assert_string_equal(w->body, "n\n7\n");
    }
    assert_int_equal(world_get(w, "/v1/query.csv?q=SELECT+@a+%2B+1+AS+n&p.a=4"), 200);
    assert_string_equal(w->body, "n\n5\n");
}

static void errors_tell_the_place(void **state)
{
    struct world *w = *state;
    assert_int_equal(world_get(w, "/v1/query?q=FROM+registrations+%7C%3E+WHERE+distrct+%3D+1"),
                     400);
    assert_says(w->body, "\"line\":1,\"column\":29");
    assert_says(w->body, "district");
    assert_int_equal(world_get(w, "/v1/query"), 400);
    assert_int_equal(world_get(w, "/v1/query?query=x"), 400);
    assert_int_equal(world_get(w, "/v1/query?q=SELECT+1&timeout=never"), 400);
    assert_int_equal(world_get(w, "/v1/query?q=SELECT+1&format=pdf"), 400);
    assert_int_equal(world_get(w, "/v1/query?q=SELECT+1&limit=-1"), 400);
}

static void the_answer_tells_how_it_was_made(void **state)
{
    struct world *w = *state;
    assert_int_equal(world_import(w, "a", world_csv), 201);
    assert_int_equal(world_get(w, "/v1/query?q=FROM+registrations+%7C%3E+AGGREGATE+COUNT(*)+AS+n"),
                     200);
    assert_says(w->answer, "Panji-Engine: cube");
    assert_says(w->answer, "Panji-Snapshot: ");
    assert_says(w->answer, "Server-Timing: ");
    assert_says(w->body, "\"truncated\":false");
    assert_int_equal(world_get(w, "/v1/query?q=FROM+places&limit=2"), 200);
    assert_says(w->body, "\"truncated\":true");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_three_ways, world_up, world_down),
        cmocka_unit_test_setup_teardown(parameters_have_types, world_up, world_down),
        cmocka_unit_test_setup_teardown(errors_tell_the_place, world_up, world_down),
        cmocka_unit_test_setup_teardown(the_answer_tells_how_it_was_made, world_up, world_down),
    };
    return cmocka_run_group_tests_name("net/api_query", tests, NULL, NULL);
}
