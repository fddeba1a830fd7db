/* SPDX-License-Identifier: MIT
 *
 * Reports in /openapi.json: each is an operation with its parameters and columns, in both
 * languages. */
#include "world.h"

static void a_report_is_an_operation(void **state)
{
    struct world *w = *state;
    assert_int_equal(world_get(w, "/openapi.json"), 200);
    assert_says(w->body, "\"/v1/reports/trial/by_block\":{\"get\":{\"operationId\":"
                         "\"report_trial_by_block\",\"summary\":\"By block\",\"x-title-hi\":"
                         "\"प्रखंडवार\"");
    assert_says(w->body, "{\"name\":\"district\",\"in\":\"query\",\"required\":true");
    assert_says(w->body, "\"x-level\":\"district\",\"schema\":{\"type\":\"string\"}");
    assert_says(w->body, "\"done\":{\"type\":[\"integer\",\"null\"]");
    assert_says(w->body, "\"required\":[\"block\",\"done\"]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_report_is_an_operation, world_up, world_down),
    };
    return cmocka_run_group_tests_name("net/openapi_report", tests, NULL, NULL);
}
