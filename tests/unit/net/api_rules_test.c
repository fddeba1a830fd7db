/* SPDX-License-Identifier: MIT
 *
 * Rules, as plugins declare them. */
#include "world.h"

static const char few[] =
    "plugin { name = 'few', version = '1.0.0', api = 1 }\n"
    "alert 'few' { title = { en = 'Few', hi = 'कम' }, key = { 'block' }, every = 'data',\n"
    "  query = [[ FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY block ]],\n"
    "  pending = '2 days', severity = { { 'critical', 'n < 1' }, { 'warning', 'n < 10' } },\n"
    "  clear = 'n > 12', message = { en = '{block}: {n}', hi = '{block}: {n}' } }\n"
    "check 'none' { query = [[ FROM registrations |> WHERE block IS NULL ]] }\n";

static void a_rule_tells_what_makes_and_what_ends_it(void **state)
{
    struct world *w = *state;
    world_write(w->plugins, "few.lua", few);
    assert_int_equal(world_send(w, "POST", "/v1/plugins/reload", "", ""), 200);
    assert_int_equal(world_get(w, "/v1/rules?lang=hi"), 200);
    assert_says(w->body,
                "{\"plugin\":\"few\",\"name\":\"few\",\"kind\":\"alert\",\"title\":\"कम\"");
    assert_says(w->body, "\"severity\":[{\"name\":\"critical\",\"when\":\"n \\u003c 1\"},");
    assert_says(w->body, "\"clear\":\"n > 12\",\"unit\":\"days\",\"pending\":2,\"keep\":0");
    assert_says(w->body, "\"name\":\"none\",\"kind\":\"check\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_rule_tells_what_makes_and_what_ends_it, world_up,
                                        world_down),
    };
    return cmocka_run_group_tests_name("net/api_rules", tests, NULL, NULL);
}
