/* SPDX-License-Identifier: MIT
 *
 * Tests of plugins: they pass, they fail with a sentence, they gate the plugin. */
#include "ingest/upload.h"
#include "world.h"

#define HEAD                                                                                       \
    "plugin { name = \"mine\", version = \"1\", api = 1 }\n"                                       \
    "targets \"t\" { source = 'x', level = 'block', from = '2021-11-01', to = '2021-11-30', "      \
    "total = "                                                                                     \
    "{ [607] = 1000 }, share_by = 'workers' }\n"                                                   \
    "report \"r\" { title = 'x', total = true, query = [[FROM registrations |> AGGREGATE "         \
    "COUNT(*) AS "                                                                                 \
    "done GROUP BY block |> CALL against_target('t', achieved => 'done', as_on => DATE "           \
    "'2021-11-15') "                                                                               \
    "|> ORDER BY done DESC]] }\n"                                                                  \
    "alert \"a\" { query = [[FROM registrations |> AGGREGATE COUNT(*) AS done GROUP BY block]], "  \
    "key = "                                                                                       \
    "'block', message = '{block}: {done}', severity = { { 'critical', 'done < 5' }, { 'warning', " \
    "'done < 10' } } }\n"
#define DATA                                                                                       \
    "data = { registrations = { { 'date', 'block', 'count', 'gender', 'centre' },\n"               \
    "{ '2021-11-10', 'Gola', 3, 'F', 'CSC-1' }, { '2021-11-10', 3172, 40 } } }"
#define TEST(body) HEAD "test \"it\" { " body " }\n"

static bool upload_list; /* the data has a table "list" with a name and a block */

static void publish_list(struct snap_cell *cell)
{
    struct upload_report report;
    struct snap_change change = {.uploads = NULL};
    struct upload *u = NULL;
    struct snap *old = snap_cell_get(cell), *next = NULL;
    struct err err;
    assert_int_equal(upload_read(STR("list"), STR(""), STR("name,block\nz,3168\n"), old->tree,
                                 &report, &u, &err),
                     0);
    assert_int_equal(upload_set_next(NULL, u, STR(""), &change.uploads, &err), 0);
    assert_int_equal(snap_next(old, &change, &next, &err), 0);
    snap_cell_set(cell, next);
    upload_report_fini(&report);
    upload_set_unref(change.uploads);
    upload_unref(u);
    snap_unref(old);
}

static void outcome(const char *text, bool with_places, int expected, const char *part)
{
    struct world w;
    struct buf out;
    struct err err = {0};
    char path[256];
    world_init(&w);
    world_write(&w, "mine.lua", text);
    if (upload_list)
        publish_list(w.cell);
    world_path(&w, "mine.lua", path);
    buf_init(&out, MEM_SCRIPT);
    int rc = plugin_check(path, with_places ? w.cell : NULL, &out, &err);
    buf_char(&out, '\0');
    if (rc != expected || !strstr(out.p, part))
        fail_msg("%d, \"%s\" expected in:\n%s", rc, part, out.p);
    buf_fini(&out);
    world_remove(&w, "mine.lua");
    world_fini(&w);
}

#define PASSES(body)      outcome(TEST(body), true, 0, "tests    1: all came true")
#define FAILS(body, part) outcome(TEST(body), true, ERR_PLUGIN, part)

static void what_comes_true_passes(void **state)
{
    (void)state;
    PASSES(DATA
           ", run = 'a', expect = { { block = 'Gola', severity = 'critical', done = 3, message = "
           "'Gola: 3' } }");
    PASSES(
        DATA
        ", run = 'r', expect = { { block = 'Mandu', done = 40, target = 300 }, { block = 'Gola', "
        "done = '3' }, total = { block = 'Total', done = 43, target = 450 } }");
    PASSES("run = 'r', expect = {}");
}

static void what_does_not_fails(void **state)
{
    (void)state;
    FAILS(DATA ", run = 'a', expect = {}", "1 row came, expected 0");
    FAILS(DATA ", run = 'a', expect = { { block = 'Mandu' } }",
          "row 1: block is \"Gola\", expected \"Mandu\"");
    FAILS(DATA ", run = 'a', expect = { { blok = 'Gola' } }", "row 1: there is no column \"blok\"");
    FAILS(DATA ", run = 'r', expect = { { done = 40 }, { done = 3 }, total = { done = 44 } }",
          "total: done is \"43\", expected \"44\"");
    FAILS(DATA ", run = 'rr', expect = {}", "there is no report, alert or check \"rr\"");
    FAILS(DATA ", run = 'r', params = { x = 1 }, expect = {}",
          "parameter \"x\": is not a parameter here");
}

static void data_is_checked(void **state)
{
    (void)state;
#define ROWS(rows)                                                                                 \
    "data = { registrations = { { 'date', 'block', 'count' }, " rows " } }, run = 'r', expect = "  \
    "{}"
    FAILS(ROWS("{ '2021-11-10', 'Golaa' }"), "registrations, row 1: there is no block \"Golaa\"");
    FAILS(ROWS("{ '2021-11-31', 'Gola' }"), "registrations, row 1: \"date\" must be a date");
    FAILS(ROWS("{ '2021-11-10' }"), "registrations, row 1: a place is needed");
    FAILS("data = { registratons = {} }, run = 'r', expect = {}",
          "a test has no table \"registratons\"");
    FAILS("data = { registrations = { { 'date', 'blok' } } }, run = 'r', expect = {}",
          "there is no column \"blok\"");
    FAILS("data = { registrations = { { 'date', 'block', 'gender' }, { '2021-11-10', 'Gola', 'X' } "
          "} }, run = "
          "'r', expect = {}",
          "\"X\" is no value of gender");
}

static void places_of_its_own_have_targets_of_their_own(void **state)
{
    (void)state;
#define PLACES                                                                                     \
    "places = { { 'level', 'code', 'parent', 'name', 'workers' }, { 'state', 20, nil, 'J' }, { "   \
    "'district', 607, 20, 'R' }, { 'block', 1, 607, 'One', 3 }, { 'block', 2, 607, 'Two', 1 } }"
    static const char text[] = TEST(
        "data = { " PLACES ", registrations = { { 'date', 'block' }, { '2021-11-10', 'One' }, { "
        "'2021-11-10', 'One' }, { '2021-11-10', 'Two' } } }, run = 'r', expect = { { block = "
        "'One', "
        "target = 750, done = 2 }, { block = 'Two', target = 250 } }");
    outcome(text, true, 0, "all came true");
    outcome(text, false, 0, "all came true");
    FAILS("data = { places = { { 'level', 'code', 'parent', 'name' }, { 'block', 1, 607, 'One' } } "
          "}, run = "
          "'r', expect = {}",
          "places, row 1: its parent must stand before it");
}

static void without_places_a_test_is_left_out(void **state)
{
    (void)state;
    outcome(TEST(DATA ", run = 'a', expect = {}"), false, 0, "is left out: no places are loaded");
}

/* A table that a planner uploads, joined by block; the plugin is checked where one is stored. */
static void a_test_has_tables_of_planners(void **state)
{
    (void)state;
#define LIST_HEAD                                                                                  \
    "plugin { name = 'mine', version = '1', api = 1 }\n"                                           \
    "report 'r' { title = 'x', query = [[FROM list |> JOIN registrations USING (block) |> "        \
    "AGGREGATE COUNT(*) AS done GROUP BY name |> ORDER BY name]] }\n"
#define LIST_TEST(list)                                                                            \
    LIST_HEAD "test 'it' { data = { registrations = { { 'date', 'block' }, { '2021-11-10', 'Gola'" \
              " } }, list = " list " }, run = 'r', expect = { { name = 'a\\\"b', done = 1 } } }\n"
    outcome(LIST_TEST("{ { 'name', 'block' } }"), true, ERR_PLUGIN, "Table not found: list");
    upload_list = true;
    outcome(LIST_TEST("{ { 'name', 'block', 'n:INT64' }, { 'a\\\"b', 'Gola' }, { 'c', 3172, 7 } }"),
            true, 0, "all came true");
    outcome(LIST_TEST("{ { 'name', 'block' }, { 'a', 'Golaa' } }"), true, ERR_PLUGIN,
            "list, row 1: no block \"Golaa\" is known");
    outcome(LIST_TEST("{ { 'name', 'name' }, { 'a', 'b' } }"), true, ERR_PLUGIN, "both \"name\"");
    outcome(LIST_HEAD "test 'it' { run = 'r', expect = {} }\n", true, 0, "all came true");
    upload_list = false;
}

static void a_plugin_whose_tests_fail_does_not_serve(void **state)
{
    (void)state;
    struct world w;
    struct registry *r;
    struct err err;
    world_init(&w);
    world_write(&w, "mine.lua", TEST(DATA ", run = 'a', expect = {}"));
    assert_int_equal(registry_new(w.dir, w.cell, &r, &err), 0);
    const struct plugin_set *s = registry_get(r);
    assert_int_equal(s->plugin[0].status, PLUGIN_BROKEN);
    assert_int_equal(s->targets.n, 0);
    plugin_set_unref(s);
    registry_free(r);
    world_remove(&w, "mine.lua");
    world_fini(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_comes_true_passes),
        cmocka_unit_test(what_does_not_fails),
        cmocka_unit_test(data_is_checked),
        cmocka_unit_test(places_of_its_own_have_targets_of_their_own),
        cmocka_unit_test(without_places_a_test_is_left_out),
        cmocka_unit_test(a_test_has_tables_of_planners),
        cmocka_unit_test(a_plugin_whose_tests_fail_does_not_serve),
    };
    return cmocka_run_group_tests_name("script/trial", tests, NULL, NULL);
}
