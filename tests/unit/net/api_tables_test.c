/* SPDX-License-Identifier: MIT
 *
 * Tables of planners over HTTP: uploaded, listed, read, dropped, and seen by tags and plugins. */
#include "world.h"

static const char list[] = "name,block,workers\nSteel works,Gola,1200\nBricks,6717,\n";

static int put(struct world *w, const char *name, const char *text)
{
    char target[128];
    snprintf(target, sizeof target, "/v1/tables/%s", name);
    return world_send(w, "PUT", target, "", text);
}

static void a_table_is_uploaded_and_read(void **state)
{
    struct world *w = *state;
    assert_int_equal(put(w, "factories", list), 201);
    assert_says(w->body, "{\"table\":\"factories\",\"rows\":2,\"columns\":[{\"name\":\"name\","
                         "\"type\":\"STRING\"},{\"name\":\"block\",\"type\":\"block\"},"
                         "{\"name\":\"workers\",\"type\":\"INT64\"}],\"replaced\":false,");
    assert_int_equal(put(w, "factories", "a\nx\n"), 200);
    assert_says(w->body, "\"replaced\":true");
    assert_int_equal(put(w, "factories", list), 200);
    assert_int_equal(world_get(w, "/v1/tables/factories.csv?lang=hi"), 200);
    assert_string_equal(w->body, "name,block,workers\nSteel works,गोला,1200\nBricks,दुलमी,\n");
    assert_int_equal(world_get(w, "/v1/tables/FACTORIES?limit=1"), 200);
    assert_says(w->body, "\"truncated\":true");
    assert_int_equal(world_get(w, "/v1/tables.csv"), 200);
    assert_says(w->body, "factories,2,\"name:STRING, block:block, workers:INT64\",54,");
    assert_int_equal(world_get(w, "/v1/schema"), 200);
    assert_says(w->body, "\"tables\":[{\"table\":\"factories\",\"columns\":[{\"name\":\"name\"");
}

static void an_expected_table_is_listed_until_it_comes(void **state)
{
    struct world *w = *state;
    static const char *const declared =
        "plugin { name = 'wants', version = '1', api = 1 }\n"
        "upload 'officers' { columns = { { 'name', 'STRING' }, { 'block' } } }\n"
        "report 'o' { title = 'x', query = [[FROM officers]] }\n";
    world_write(w->plugins, "wants.lua", declared);
    assert_int_equal(world_send(w, "POST", "/v1/plugins/reload", "", ""), 200);
    assert_int_equal(put(w, "factories", list), 201);
    assert_int_equal(world_get(w, "/v1/tables.csv"), 200);
    assert_says(w->body, "factories,2,");
    assert_says(w->body, "officers,,\"name:STRING, block:block\",,,,wants\n");
    assert_int_equal(world_get(w, "/v1/reports/wants/o"), 200);
    assert_says(w->body, "The table officers has not been uploaded yet");
    assert_int_equal(put(w, "Officers", "name,block\nA,Gola\n"), 201);
    assert_int_equal(world_get(w, "/v1/tables.csv"), 200);
    assert_says(w->body, "Officers,1,\"name:STRING, block:block\",18,");
    assert_says(w->body, ",wants\n");
    assert_null(strstr(w->body, "officers,,"));
    assert_int_equal(put(w, "officers", "name\nA\n"), 200);
    assert_says(w->body, "reports of the plugin wants are without this table: it has no column "
                         "block");
    assert_int_equal(world_get(w, "/v1/plugins"), 200);
    assert_says(w->body, "the table officers as it was uploaded has no column block");
    assert_int_equal(world_get(w, "/v1/reports/wants/o"), 200);
    assert_says(w->body, "The uploaded table officers has no column block, so nothing of it");
}

static void a_refused_upload_leaves_the_old_table(void **state)
{
    struct world *w = *state;
    assert_int_equal(put(w, "factories", list), 201);
    assert_int_equal(put(w, "factories", "name,block\na,Golaa\n"), 422);
    assert_says(w->body, "\"detail\":\"1 of 1 rows are wrong");
    assert_says(w->body, "\"near\":[\"Gola\"]");
    assert_int_equal(put(w, "factories", ""), 422);
    assert_int_equal(world_get(w, "/v1/tables/factories.csv"), 200);
    assert_says(w->body, "Steel works");
    assert_int_equal(put(w, "select", list), 400);
    assert_int_equal(put(w, "places", list), 400);
    assert_int_equal(put(w, "a-b", list), 400);
    assert_int_equal(put(w, "x?sep=;", list), 400);
}

static void a_dropped_table_is_gone(void **state)
{
    struct world *w = *state;
    assert_int_equal(put(w, "factories", list), 201);
    assert_int_equal(world_send(w, "DELETE", "/v1/tables/factorys", "", ""), 404);
    assert_says(w->body, "did you mean \\\"factories\\\"?");
    assert_int_equal(world_get(w, "/v1/tables/factorys"), 404);
    assert_says(w->body, "did you mean \\\"factories\\\"?");
    assert_int_equal(world_send(w, "DELETE", "/v1/tables/factories", "", ""), 200);
    assert_says(w->body, "\"dropped\":true");
    assert_int_equal(world_get(w, "/v1/tables/factories"), 404);
    assert_int_equal(world_get(w, "/v1/tables.csv"), 200);
    assert_string_equal(w->body, "name,rows,columns,bytes,sha256,received,expected_by\n");
}

static void a_change_changes_the_tags(void **state)
{
    struct world *w = *state;
    static const char query[] = "/v1/query.csv?q=FROM+factories+%7C%3E+AGGREGATE+COUNT(*)+AS+n";
    char tag[3][64];
    for (int i = 0; i < 3; i++) {
        assert_int_equal(put(w, "factories", i == 1 ? "a\n1\n2\n" : "a\n1\n"), i ? 200 : 201);
        world_settle(w);
        assert_int_equal(world_get(w, query), 200);
        assert_string_equal(w->body, i == 1 ? "n\n2\n" : "n\n1\n");
        world_tag(w, tag[i]);
    }
    assert_string_not_equal(tag[0], tag[1]);
    assert_string_not_equal(tag[1], tag[2]);
    char header[128];
    snprintf(header, sizeof header, "If-None-Match: %s\r\n", tag[2]);
    assert_int_equal(world_send(w, "GET", query, header, ""), 304);
}

/* A report that names an uploaded table is broken while that is not there, and only then. */
static void plugins_follow_the_tables(void **state)
{
    struct world *w = *state;
    world_write(
        w->plugins, "own.lua",
        "plugin { name = 'own', version = '1.0.0', api = 1, title = 'Own' }\n"
        "report 'r' { title = 'R', query = [[ FROM factories |> AGGREGATE SUM(workers) AS n "
        "]], columns = { { 'n' } } }\n");
    assert_int_equal(world_send(w, "POST", "/v1/plugins/reload", "", ""), 200);
    assert_says(w->body, "Table not found: factories");
    assert_int_equal(world_get(w, "/v1/reports/own/r.csv"), 404);
    assert_int_equal(put(w, "factories", list), 201);
    assert_int_equal(world_get(w, "/v1/reports/own/r.csv"), 200);
    assert_string_equal(w->body, "n\n1200\n");
    assert_int_equal(world_send(w, "DELETE", "/v1/tables/factories", "", ""), 200);
    assert_int_equal(world_get(w, "/v1/reports/own/r.csv"), 404);
}

/* The rejects are a table of reports and of alerts. */
static void reports_see_the_rejects(void **state)
{
    struct world *w = *state;
    world_write(
        w->plugins, "own.lua",
        "plugin { name = 'own', version = '1.0.0', api = 1, title = 'Own' }\n"
        "report 'r' { title = 'R', query = [[ FROM rejects |> AGGREGATE COUNT(*) AS n GROUP "
        "BY source ]], columns = { { 'source' }, { 'n' } } }\n"
        "test 'none' { run = 'r', expect = {} }\n");
    assert_int_equal(world_send(w, "POST", "/v1/plugins/reload", "", ""), 200);
    assert_int_equal(world_send(w, "POST", "/v1/registrations?source=csc&on_error=skip", "",
                                "date,district,block\n2021-11-20,607,Golaa\n"),
                     201);
    assert_int_equal(world_get(w, "/v1/reports/own/r.csv"), 200);
    assert_string_equal(w->body, "source,n\ncsc,1\n");
    world_write(w->plugins, "own.lua",
                "plugin { name = 'own', version = '1.0.0', api = 1, title = 'Own' }\n"
                "alert 'a' { query = [[ FROM rejects ]], key = 'source', message = 'x' }\n");
    assert_int_equal(world_send(w, "POST", "/v1/plugins/reload", "", ""), 200);
    assert_says(w->body, "\"status\":\"ok\"");
    assert_null(strstr(w->body, "\"status\":\"broken\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_table_is_uploaded_and_read, world_up, world_down),
        cmocka_unit_test_setup_teardown(an_expected_table_is_listed_until_it_comes, world_up,
                                        world_down),
        cmocka_unit_test_setup_teardown(a_refused_upload_leaves_the_old_table, world_up,
                                        world_down),
        cmocka_unit_test_setup_teardown(a_dropped_table_is_gone, world_up, world_down),
        cmocka_unit_test_setup_teardown(a_change_changes_the_tags, world_up, world_down),
        cmocka_unit_test_setup_teardown(plugins_follow_the_tables, world_up, world_down),
        cmocka_unit_test_setup_teardown(reports_see_the_rejects, world_up, world_down),
    };
    return cmocka_run_group_tests_name("net/api_tables", tests, NULL, NULL);
}
