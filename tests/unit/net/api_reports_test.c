/* SPDX-License-Identifier: MIT
 *
 * Reports: the list, formats, languages, violations. */
#include "world.h"

static void the_list_tells_parameters(void **state)
{
    struct world *w = *state;
    assert_int_equal(world_get(w, "/v1/reports"), 200);
    assert_says(w->body, "\"href\":\"/v1/reports/trial/by_block\"");
    assert_says(w->body, "\"type\":\"place\",\"level\":\"district\",\"required\":true");
}

static void the_list_tells_how_it_is_shown(void **state)
{
    struct world *w = *state;
    world_write(w->plugins, "drawn.lua",
                "plugin { name = 'drawn', version = '1.0.0', api = 1 }\n"
                "report 'shares' { title = 'Shares',\n"
                "  params = { { 'days', type = 'integer', min = 1, max = 31, default = 7 } },\n"
                "  query = [[ FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY block ]],\n"
                "  columns = { { 'block' }, { 'n', type = 'integer', bands = { 50, 75.5 } } },\n"
                "  chart = { mark = 'bar' } }\n");
    assert_int_equal(world_send(w, "POST", "/v1/plugins/reload", "", ""), 200);
    assert_int_equal(world_get(w, "/v1/reports"), 200);
    assert_says(w->body, "\"min\":1,\"max\":31");
    assert_says(w->body, "{\"name\":\"n\",\"type\":\"integer\",\"bands\":[50,75.5]}");
    assert_says(w->body, "\"chart\":{\"mark\":\"bar\"}}");
}

static void formats_agree(void **state)
{
    struct world *w = *state;
    assert_int_equal(world_import(w, "a", world_csv), 201);
    assert_int_equal(world_get(w, "/v1/reports/trial/by_block.csv?district=607"), 200);
    assert_says(w->body, "Gola,5\nDulmi,2\n");
    assert_says(w->body, "7");
    assert_int_equal(world_get(w, "/v1/reports/trial/by_block?district=Ramgarh"), 200);
    assert_says(w->body, "{\"block\":\"Gola\",\"done\":5}");
    assert_int_equal(world_get(w, "/v1/reports/trial/by_block.html?district=607&lang=hi"), 200);
    assert_says(w->answer, "Content-Security-Policy: default-src");
    assert_says(w->body, "प्रखंडवार");
    assert_says(w->body, "गोला");
}

static void violations_are_listed(void **state)
{
    struct world *w = *state;
    assert_int_equal(world_get(w, "/v1/reports/trial/by_block.csv?distrct=607"), 400);
    assert_says(w->body, "\"violations\":[");
    assert_says(w->body, "\"parameter\":\"district\"");
    assert_says(w->body, "distrct");
}

static void near_reports_are_offered(void **state)
{
    struct world *w = *state;
    assert_int_equal(world_get(w, "/v1/reports/trial/by_blok"), 404);
    assert_says(w->body, "by_block");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_list_tells_parameters, world_up, world_down),
        cmocka_unit_test_setup_teardown(the_list_tells_how_it_is_shown, world_up, world_down),
        cmocka_unit_test_setup_teardown(formats_agree, world_up, world_down),
        cmocka_unit_test_setup_teardown(violations_are_listed, world_up, world_down),
        cmocka_unit_test_setup_teardown(near_reports_are_offered, world_up, world_down),
    };
    return cmocka_run_group_tests_name("net/api_reports", tests, NULL, NULL);
}
