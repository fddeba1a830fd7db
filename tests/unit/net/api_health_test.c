/* SPDX-License-Identifier: MIT
 *
 * Health and readiness. */
#include "world.h"

static void health_and_readiness(void **state)
{
    struct world *w = *state;
    assert_int_equal(world_get(w, "/healthz"), 200);
    assert_says(w->body, "\"instance\":\"test\"");
    assert_int_equal(world_get(w, "/readyz"), 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(health_and_readiness, world_up, world_down),
    };
    return cmocka_run_group_tests_name("net/api_health", tests, NULL, NULL);
}
