/* SPDX-License-Identifier: MIT
 *
 * Versions of plugins over HTTP: tried without a trace, stored only when they are good. */
#include "world.h"

#include <sys/stat.h>

#define HEAD "plugin { name = 'trial', version = '1.1.0', api = 1, title = 'Trial' }\n"
#define REPORT(query, columns)                                                                     \
    HEAD "report 'by_block' { title = 'By block',\n"                                               \
         "  params = { { 'district', type = 'place', level = 'district', required = true } },\n"   \
         "  query = [[ " query " ]],\n  columns = { " columns " }, total = true }\n"
#define COUNTED                                                                                    \
    "FROM registrations |> WHERE district = @district |> AGGREGATE COUNT(*) AS done GROUP BY "     \
    "block |> ORDER BY done DESC"

static const char rows[] = "date,district,block,count\n2021-11-18,607,Gola,5\n"
                           "2021-11-18,607,Dulmi,2\n";

static void import(struct world *w)
{
    assert_int_equal(world_send(w, "POST", "/v1/registrations?source=csc&batch_id=b1", "", rows),
                     201);
}

static int check(struct world *w, const char *args, const char *text)
{
    char target[256];
    snprintf(target, sizeof target, "/v1/plugins/check?%s", args);
    return world_send(w, "POST", target, "", text);
}

static void a_good_version_is_told_and_leaves_no_trace(void **state)
{
    struct world *w = *state;
    assert_int_equal(check(w, "", REPORT(COUNTED, "{ 'block' }, { 'done', type = 'integer' }")),
                     200);
    assert_says(w->body, "{\"plugin\":\"trial\",\"version\":\"1.1.0\",\"good\":true,");
    assert_says(w->body, "\"reports\":[\"by_block\"],\"tests\":0,");
    assert_says(w->body, "\"errors\":[],");
    assert_int_equal(world_get(w, "/v1/plugins"), 200);
    assert_says(w->body, "\"version\":\"1.0.0\"");
    assert_null(strstr(w->body, "1.1.0"));
}

static void mistakes_are_told_with_their_places(void **state)
{
    struct world *w = *state;
    assert_int_equal(check(w, "report=by_block",
                           REPORT("FROM registrations |> AGGREGATE COUNT(*) AS done GROUP BY blok",
                                  "{ 'done', typ = 'integer' }")),
                     200);
    assert_says(w->body, "\"good\":false");
    assert_says(w->body, "{\"file\":\"trial.lua\",\"line\":4,\"column\":72,");
    assert_says(w->body, "did you mean \\\"block\\\"");
    assert_says(w->body, "unknown field \\\"typ\\\"");
    assert_says(w->body, "\"errors_text\":\"trial.lua:4:72: ");
    assert_null(strstr(w->body, "\"report\":"));
    assert_int_equal(check(w, "", ""), 400);
    assert_int_equal(check(w, "plugin=..%2Fx", HEAD), 400);
    assert_int_equal(check(w, "colour=red", HEAD), 400);
}

static void a_report_is_compared_with_the_one_that_serves(void **state)
{
    struct world *w = *state;
    import(w);
    assert_int_equal(
        check(w, "report=by_block&district=607",
              REPORT("FROM registrations |> WHERE district = @district |> AGGREGATE COUNT(*) + 1 "
                     "AS done GROUP BY block |> WHERE block != 'Dulmi' |> UNION ALL (FROM places "
                     "|> WHERE code = 3175 |> SELECT place AS block, 0 AS done)",
                     "{ 'block' }, { 'done', type = 'integer' }")),
        200);
    assert_says(w->body,
                "\"rows\":[{\"block\":\"Gola\",\"done\":6},{\"block\":\"Ramgarh\",\"done\":"
                "0},{\"block\":\"Total\",\"done\":6}],\"total_row\":true");
    assert_says(w->body, "\"difference\":{\"key\":[\"block\"],\"columns_added\":[],"
                         "\"columns_removed\":[],\"added\":[{\"block\":\"Ramgarh\",\"done\":0}],"
                         "\"removed\":[{\"block\":\"Dulmi\",\"done\":2}],\"changed\":[{\"key\":{"
                         "\"block\":\"Gola\"},\"was\":{\"done\":5},\"now\":{\"done\":6}}],"
                         "\"total\":{\"was\":{\"done\":7},\"now\":{\"done\":6}},\"rows_added\":1,"
                         "\"rows_removed\":1,\"rows_changed\":1,\"rows_same\":0}");
}

static void what_cannot_be_compared_says_why(void **state)
{
    struct world *w = *state;
    const char *text = REPORT(COUNTED, "{ 'block' }, { 'done', type = 'integer' }");
    import(w);
    assert_int_equal(check(w, "report=by_block&district=607&key=blok", text), 200);
    assert_says(w->body, "\"difference\":null,\"no_difference\":\"key: the two versions have no "
                         "column \\\"blok\\\" in common\"");
    assert_int_equal(check(w, "report=by_block&district=607&key=block", text), 200);
    assert_says(w->body, "\"rows_changed\":0,\"rows_same\":2");
    assert_int_equal(check(w, "report=by_block", text), 400);
    assert_says(w->body, "\"parameter\":\"district\"");
    assert_int_equal(check(w, "report=by_blok&district=607", text), 404);
    assert_int_equal(check(w, "report=r",
                           "plugin { name = 'fresh', version = '1', api = 1 }\n"
                           "report 'r' { title = 'x', query = [[FROM sectors |> LIMIT 1]] }\n"),
                     200);
    assert_says(w->body, "\"no_difference\":\"no version of this report serves\"");
}

static void a_good_version_is_stored_and_serves(void **state)
{
    struct world *w = *state;
    const char *text = REPORT(COUNTED, "{ 'done', type = 'integer' }");
    import(w);
    assert_int_equal(world_send(w, "PUT", "/v1/plugins/trial", "", text), 200);
    assert_says(w->body, "\"version\":\"1.1.0\",\"good\":true");
    assert_says(w->body, "\"replaced\":true");
    assert_int_equal(world_get(w, "/v1/reports/trial/by_block.csv?district=607"), 200);
    assert_string_equal(w->body, "done\n5\n2\n7\n");
    assert_int_equal(world_send(w, "PUT", "/v1/plugins/fresh", "",
                                "plugin { name = 'fresh', version = '2', api = 1 }\n"),
                     201);
    assert_int_equal(world_get(w, "/v1/plugins"), 200);
    assert_says(w->body, "\"name\":\"fresh\",\"version\":\"2\"");
    assert_int_equal(world_get(w, "/v1/query?format=csv&q=FROM+audit+%7C%3E+WHERE+action+LIKE+"
                                  "%27%25plugin%27+%7C%3E+SELECT+action,object,what"),
                     200);
    assert_says(w->body, "replace plugin,trial,\"version 1.1.0, sha256 ");
    assert_says(w->body, "add plugin,fresh,\"version 2, sha256 ");
}

static void a_bad_version_is_not_stored(void **state)
{
    struct world *w = *state;
    char path[256];
    assert_int_equal(
        world_send(w, "PUT", "/v1/plugins/trial", "", REPORT("FROM nowhere", "{ 'a' }")), 422);
    assert_says(w->body, "\"code\":\"plugin_broken\"");
    assert_says(w->body, "Table not found: nowhere");
    assert_int_equal(world_send(w, "PUT", "/v1/plugins/other", "", HEAD), 422);
    assert_says(w->body, "the plugin is called \\\"trial\\\", but its file \\\"other\\\"");
    assert_int_equal(world_send(w, "PUT", "/v1/plugins/No.pe", "", HEAD), 400);
    assert_int_equal(world_send(w, "PUT", "/v1/plugins/..%2Fup", "", HEAD), 400);
    snprintf(path, sizeof path, "%s/other.lua", w->plugins);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(world_get(w, "/v1/plugins"), 200);
    assert_says(w->body, "\"version\":\"1.0.0\",");
    assert_says(w->body, "\"status\":\"ok\"");
}

static void a_failed_test_of_its_own_holds_it_back(void **state)
{
    struct world *w = *state;
    assert_int_equal(
        world_send(
            w, "PUT", "/v1/plugins/trial", "",
            REPORT(
                COUNTED,
                "{ 'block' }, { 'done', type = 'integer' }") "test 'two' { data = { registrations "
                                                             "= { { 'date', 'block', 'count' },\n"
                                                             "  { '2021-11-18', 'Gola', 3 } } }, "
                                                             "run = 'by_block',\n"
                                                             "  params = { district = 607 }, "
                                                             "expect = { { block = 'Gola', done = "
                                                             "4 } } }\n"),
        422);
    assert_says(w->body, "test \\\"two\\\"");
    assert_int_equal(world_get(w, "/v1/plugins"), 200);
    assert_says(w->body, "\"version\":\"1.0.0\"");
}

static void a_folder_is_left_alone(void **state)
{
    struct world *w = *state;
    char folder[200];
    char file[240];
    snprintf(folder, sizeof folder, "%s/many", w->plugins);
    snprintf(file, sizeof file, "%s/plugin.lua", folder);
    assert_int_equal(mkdir(folder, 0755), 0);
    world_write(folder, "plugin.lua", "plugin { name = 'many', version = '1', api = 1 }\n");
    assert_int_equal(world_send(w, "POST", "/v1/plugins/reload", "", ""), 200);
    assert_int_equal(world_send(w, "PUT", "/v1/plugins/many", "",
                                "plugin { name = 'many', version = '2', api = 1 }\n"),
                     409);
    assert_says(w->body, "is a folder of several files");
    unlink(file);
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_good_version_is_told_and_leaves_no_trace, world_up,
                                        world_down),
        cmocka_unit_test_setup_teardown(mistakes_are_told_with_their_places, world_up, world_down),
        cmocka_unit_test_setup_teardown(a_report_is_compared_with_the_one_that_serves, world_up,
                                        world_down),
        cmocka_unit_test_setup_teardown(what_cannot_be_compared_says_why, world_up, world_down),
        cmocka_unit_test_setup_teardown(a_good_version_is_stored_and_serves, world_up, world_down),
        cmocka_unit_test_setup_teardown(a_bad_version_is_not_stored, world_up, world_down),
        cmocka_unit_test_setup_teardown(a_failed_test_of_its_own_holds_it_back, world_up,
                                        world_down),
        cmocka_unit_test_setup_teardown(a_folder_is_left_alone, world_up, world_down),
    };
    return cmocka_run_group_tests_name("net/api_proposals", tests, NULL, NULL);
}
