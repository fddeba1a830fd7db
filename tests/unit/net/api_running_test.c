/* SPDX-License-Identifier: MIT
 *
 * What runs, and ending it. */
#include "world.h"

static void nothing_runs(void **state)
{
    struct world *w = *state;
    assert_int_equal(world_get(w, "/v1/queries"), 200);
    assert_string_equal(w->body, "{\"queries\":[]}\n");
    assert_int_equal(world_send(w, "DELETE", "/v1/queries/nobodys-id", "", ""), 404);
    assert_says(w->body, "GET /v1/queries lists");
}

static void a_query_has_the_id_that_was_sent(void **state)
{
    struct world *w = *state;
    assert_int_equal(world_send(w, "GET", "/v1/batches/x", "Panji-Query-Id: my-query-1\r\n", ""),
                     404);
    assert_says(w->answer, "Panji-Query-Id: my-query-1\r\n");
    assert_int_equal(world_send(w, "GET", "/v1/batches/x", "Panji-Query-Id: a b\r\n", ""), 404);
    assert_says(w->answer, "Panji-Query-Id: ");
    assert_null(strstr(w->answer, "a b"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_runs, world_up, world_down),
        cmocka_unit_test_setup_teardown(a_query_has_the_id_that_was_sent, world_up, world_down),
    };
    return cmocka_run_group_tests_name("net/api_running", tests, NULL, NULL);
}
