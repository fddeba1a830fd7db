/* SPDX-License-Identifier: MIT
 *
 * Small bodies as parameters, through the route that takes them. */
#include "world.h"

static int post(struct world *w, const char *type, const char *body)
{
    char header[128] = "";
    if (type[0] != '\0')
        snprintf(header, sizeof header, "Content-Type: %s\r\n", type);
    return world_send(w, "POST", "/v1/silences", header, body);
}

static void forms_and_flat_json_are_read(void **state)
{
    struct world *w = *state;
    assert_int_equal(post(w, "", "rule=few&by=DDC&reason=a+b&until=2099-01-01"), 201);
    assert_int_equal(
        post(w, "application/json",
             "{\"rule\":\"few\",\"by\":\"DDC\",\"reason\":\"\\u0939\",\"until\":\"3 days\"}"),
        201);
    assert_int_equal(world_get(w, "/v1/silences"), 200);
    assert_says(w->body, "\"reason\":\"a b\"");
    assert_says(w->body, "\"reason\":\"ह\"");
}

static void what_is_neither_is_refused(void **state)
{
    struct world *w = *state;
    assert_int_equal(post(w, "text/csv", "a,b"), 400);
    assert_int_equal(post(w, "application/json", "[1]"), 400);
    assert_int_equal(post(w, "application/json", "{\"by\":{\"a\":1}}"), 400);
    assert_says(w->body, "flat JSON");
    assert_int_equal(post(w, "", "by=a&by=b&rule=few&reason=x&until=2099-01-01"), 400);
    assert_says(w->body, "twice");
    assert_int_equal(post(w, "", "by=\xff"), 400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(forms_and_flat_json_are_read, world_up, world_down),
        cmocka_unit_test_setup_teardown(what_is_neither_is_refused, world_up, world_down),
    };
    return cmocka_run_group_tests_name("net/body", tests, NULL, NULL);
}
