/* SPDX-License-Identifier: MIT
 *
 * The dashboard over HTTP: the page at `/`, its files with their header fields, and nothing else of
 * the disk. */
#include "world.h"

static char files[128];

static int up(void **state)
{
    tmpdir_make(files);
    world_write(files, "index.html", "<!DOCTYPE html><title>dashboard</title>");
    world_write(files, "app-ABCD2345.js", "run()");
    world_write(files, "app-ABCD2345.js.gz", "packed");
    world_write(files, "sw.js", "worker");
    world_dashboard = files;
    return world_up(state);
}

static int down(void **state)
{
    world_dashboard = NULL;
    world_down(state);
    tmpdir_remove(files);
    return 0;
}

static void the_page_is_the_dashboard(void **state)
{
    struct world *w = *state;
    char tag[64], header[128];
    assert_int_equal(world_get(w, "/?page=reports&place=district:607"), 200);
    assert_says(w->body, "<title>dashboard</title>");
    assert_says(w->answer, "Content-Type: text/html; charset=utf-8");
    assert_says(w->answer, "Content-Security-Policy: default-src 'self';");
    assert_says(w->answer, "Cache-Control: no-cache");
    assert_null(strstr(w->answer, "Panji-Snapshot"));
    world_tag(w, tag);
    snprintf(header, sizeof header, "If-None-Match: %s\r\n", tag);
    assert_int_equal(world_send(w, "GET", "/", header, ""), 304);
    assert_says(w->answer, tag);
    assert_string_equal(w->body, "");
}

static void files_with_a_hash_last(void **state)
{
    struct world *w = *state;
    assert_int_equal(world_get(w, "/dashboard/app-ABCD2345.js"), 200);
    assert_string_equal(w->body, "run()");
    assert_says(w->answer, "immutable");
    assert_null(strstr(w->answer, "Content-Encoding"));
    assert_int_equal(
        world_send(w, "GET", "/dashboard/app-ABCD2345.js", "Accept-Encoding: gzip, br\r\n", ""),
        200);
    assert_says(w->answer, "Content-Encoding: gzip");
    assert_string_equal(w->body, "packed");
    assert_int_equal(world_get(w, "/dashboard/sw.js"), 200);
    assert_says(w->answer, "Service-Worker-Allowed: /\r\n");
    assert_says(w->answer, "Cache-Control: no-cache");
}

static void nothing_else_is_read(void **state)
{
    struct world *w = *state;
    static const char *const paths[] = {"/dashboard/none.js",
                                        "/dashboard/..",
                                        "/dashboard/%2e%2e%2fetc%2fpasswd",
                                        "/dashboard/..%2f..%2fetc%2fpasswd",
                                        "/dashboard/app-ABCD2345.js.gz",
                                        "/dashboard/../dashboard/sw.js",
                                        "/dashboard//etc/passwd"};
    for (size_t i = 0; i < ARRAY_LEN(paths); i++)
        assert_int_equal(world_get(w, paths[i]), 404);
    assert_int_equal(world_send(w, "POST", "/dashboard/sw.js", "", ""), 405);
}

static void without_script_there_are_the_reports(void **state)
{
    struct world *w = *state;
    assert_int_equal(world_get(w, "/v1/reports?format=html"), 200);
    assert_says(w->body, "/v1/reports/trial/by_block.html");
    assert_int_equal(world_get(w, "/v1/reports"), 200);
    assert_says(w->answer, "Content-Type: application/json");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_page_is_the_dashboard, up, down),
        cmocka_unit_test_setup_teardown(files_with_a_hash_last, up, down),
        cmocka_unit_test_setup_teardown(nothing_else_is_read, up, down),
        cmocka_unit_test_setup_teardown(without_script_there_are_the_reports, up, down),
    };
    return cmocka_run_group_tests_name("net/api_dashboard", tests, NULL, NULL);
}
