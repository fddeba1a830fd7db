/* SPDX-License-Identifier: MIT
 *
 * The page to start from. */
#include "world.h"

static void the_page_links_what_has_data(void **state)
{
    struct world *w = *state;
    assert_int_equal(world_import(w, "a", world_csv), 201);
    assert_int_equal(world_get(w, "/"), 200);
    assert_says(w->answer, "Content-Type: text/html; charset=utf-8");
    assert_says(w->body, "/v1/reports/trial/by_block.html?district=607&amp;lang=en\">Ramgarh</a>");
    assert_null(strstr(w->body, "<script"));
    assert_int_equal(world_get(w, "/?lang=hi"), 200);
    assert_says(w->body, "प्रखंडवार");
}

static void languages_are_negotiated(void **state)
{
    struct world *w = *state;
    assert_int_equal(world_send(w, "GET", "/", "Accept-Language: en;q=0.5, hi-IN;q=0.9\r\n", ""),
                     200);
    assert_says(w->body, "<html lang=\"hi\">");
    assert_int_equal(world_send(w, "GET", "/", "Accept-Language: de, en\r\n", ""), 200);
    assert_says(w->body, "<html lang=\"en\">");
    assert_int_equal(world_get(w, "/?lang=de"), 400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_page_links_what_has_data, world_up, world_down),
        cmocka_unit_test_setup_teardown(languages_are_negotiated, world_up, world_down),
    };
    return cmocka_run_group_tests_name("net/api_home", tests, NULL, NULL);
}
