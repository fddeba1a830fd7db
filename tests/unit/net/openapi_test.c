/* SPDX-License-Identifier: MIT
 *
 * /openapi.json: every route stands in it, and what they share. Whether it is a good document is
 * seen by a validator, in the end-to-end tests. */
#include "../../../core/net/api.h"

#include "world.h"

static void every_route_stands_in_it(void **state)
{
    struct world *w = *state;
    char part[160];
    assert_int_equal(world_get(w, "/openapi.json"), 200);
    assert_says(w->answer, "Content-Type: application/json");
    assert_says(w->body, "{\"openapi\":\"3.1.0\"");
    for (size_t i = 0; i < routes_count; i++) {
        snprintf(part, sizeof part, "\"%s\":{\"", routes[i].pattern);
        assert_says(w->body, part);
        snprintf(part, sizeof part, "\"summary\":\"%s\"", routes[i].doc);
        assert_says(w->body, part);
    }
    assert_says(w->body, "\"operationId\":\"get_home\"");
    assert_says(w->body, "\"operationId\":\"delete_v1_batches_id\"");
    assert_says(w->body, "\"enum\":[\"open\",\"closed\",\"all\"],\"default\":\"open\"");
    assert_says(w->body, "\"name\":\"p\",\"in\":\"query\"");
    assert_says(w->body, "application/problem+json");
    assert_says(w->body, "\"securitySchemes\":{\"bearer\":{\"type\":\"http\"");
    assert_says(w->body, "\"x-right\":\"query\",\"x-role\":\"");
}

static void it_has_a_tag(void **state)
{
    struct world *w = *state;
    char tag[64];
    char header[96];
    assert_int_equal(world_get(w, "/openapi.json"), 200);
    world_settle(w);
    assert_int_equal(world_get(w, "/openapi.json"), 200);
    world_tag(w, tag);
    snprintf(header, sizeof header, "If-None-Match: %s\r\n", tag);
    assert_int_equal(world_send(w, "GET", "/openapi.json", header, ""), 304);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_route_stands_in_it, world_up, world_down),
        cmocka_unit_test_setup_teardown(it_has_a_tag, world_up, world_down),
    };
    return cmocka_run_group_tests_name("net/openapi", tests, NULL, NULL);
}
