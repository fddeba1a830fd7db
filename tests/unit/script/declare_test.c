/* SPDX-License-Identifier: MIT
 *
 * Mistakes in plugins: all of them are told, each with its line, a caret and the way out. */
#include "world.h"

/* What `plugin check` says about a text. */
static int check(const struct world *w, const char *text, struct buf *out)
{
    struct err err = {0};
    char path[256];
    world_write(w, "mine.lua", text);
    world_path(w, "mine.lua", path);
    buf_init(out, MEM_SCRIPT);
    int rc = plugin_check(path, w->cell, out, &err);
    buf_char(out, '\0');
    world_remove(w, "mine.lua");
    return rc;
}

static void says(const char *text, const char *const *parts)
{
    struct world w;
    struct buf out;
    world_init(&w);
    int rc = check(&w, text, &out);
    for (; *parts; parts++) {
        if (!strstr(out.p, *parts))
            fail_msg("\"%s\" is not in:\n%s", *parts, out.p);
    }
    assert_int_equal(rc, ERR_PLUGIN);
    buf_fini(&out);
    world_fini(&w);
}

static void is_good(const char *text)
{
    struct world w;
    struct buf out;
    world_init(&w);
    int rc = check(&w, text, &out);
    if (rc != 0)
        fail_msg("%s", out.p);
    buf_fini(&out);
    world_fini(&w);
}

#define SAYS(text, ...) says(text, (const char *const[]){__VA_ARGS__, NULL})
#define HEAD            "plugin { name = \"mine\", version = \"1.0.0\", api = 1 }\n"

static void a_good_plugin_is_good(void **state)
{
    (void)state;
    is_good(HEAD);
    is_good(HEAD "report \"r\" { title = 'Blocks', query = [[FROM registrations |> AGGREGATE "
                 "COUNT(*) AS n GROUP BY block]] }\n");
    is_good(HEAD "check \"c\" { query = 'FROM registrations' }\n"
                 "fn \"f\" { args = { 'a' }, returns = 'INT64', expr = 'a + 1' }\n"
                 "schedule \"s\" { report = 'r', at = '18:00', deliver = 'bdo' }\n"
                 "report \"r\" { title = 'x', query = 'FROM registrations |> SELECT block' }\n"
                 "test \"nothing gives nothing\" { run = 'r', expect = { } }\n");
}

static void ten_mistakes_give_ten_messages(void **state)
{
    (void)state;
    SAYS("plugin { name = \"mine\", version = \"1.0.0\", api = 2 }\n" /* 1 */
         "tragets \"t\" { level = \"block\" }\n"                      /* 2 */
         "targets \"t\" {\n"
         "  source = \"letter\", level = \"blok\", from = \"2021-02-30\",\n"            /* 3, 4 */
         "  to = \"2021-12-31\", total = { Ramgarh = 1000 }, share_by = \"workers\",\n" /* 5 */
         "}\n"
         "report \"r\" {\n"
         "  tilte = \"Blocks\",\n"                              /* 6, 7 */
         "  params = { { \"district\", type = \"plaze\" } },\n" /* 8 */
         "  query = [[\n"
         "    FROM registrations\n"
         "    |> WHERE distrct = 607\n" /* 9 */
         "    |> AGGREGATE COUNT(*) AS n GROUP BY block\n"
         "  ]],\n"
         "}\n"
         "count = 5\n", /* 10 */
         "mine.lua:1:", "api = 2 is not known", "mine.lua:2:1: unknown name \"tragets\"",
         "did you mean \"targets\"?", "mine.lua:4:", "\"blok\" is not a value of \"level\"",
         "did you mean \"block\"?",
         "\"from\": ", "mine.lua:5:", "\"total\" has the key \"Ramgarh\"", "[607] = 120000",
         "mine.lua:8:3: unknown field \"tilte\", in report \"r\"", "did you mean \"title\"?",
         "mine.lua:9:", "\"plaze\" is not a value of \"type\"", "did you mean \"place\"?",
         "mine.lua:12:14:", "distrct", "did you mean \"district\"",
         "mine.lua:16:1: \"count\" is not a local variable", "write `local count = ...`", "^");
}

static void syntax_errors_have_a_place(void **state)
{
    (void)state;
    SAYS(HEAD "report \"r\" {\n  title = \"x\"\n  query = \"FROM registrations\",\n}\n",
         "mine.lua:4:3:", "'}' expected", "near 'query'", "comma");
    SAYS("this is no Lua", "mine.lua:1:", "syntax error");
    SAYS("\x1bLua", "binary chunk");
}

static void errors_while_running_have_a_place(void **state)
{
    (void)state;
    SAYS(HEAD "local t = nil\nlocal x = t.y\n", "mine.lua:3:", "attempt to index a nil value");
    SAYS(HEAD "while true do end\n", "longer than its limit of 500 ms");
    SAYS(HEAD "local s = 'x' while true do s = s .. s end\n", "limit of 64 MiB of memory");
    SAYS(HEAD "os.exit(1)\n", "unknown name \"os\"", "mine.lua:2:1");
}

/* As saved by an editor on Windows. */
static void foreign_line_ends_are_taken(void **state)
{
    (void)state;
    is_good("\xef\xbb\xbfplugin { name = \"mine\", version = \"1.0.0\", api = 1 }\r\n");
    SAYS("\xef\xbb\xbf" HEAD
         "report \"r\" { title = 'x', query = [[\r\n FROM registrations\r\n |> WHERE "
         "distrct = 1 ]] }\r\n",
         "mine.lua:4:11:", "distrct");
}

static void names_are_checked(void **state)
{
    (void)state;
    SAYS("report \"r\" { title = 'x', query = 'FROM registrations' }", "does not say what it is",
         "plugin { name = \"mine\"");
    SAYS("plugin { name = \"other\", version = \"1\", api = 1 }",
         "the plugin is called \"other\", but its file \"mine\"");
    SAYS(HEAD "report \"R 1\" { title = 'x', query = 'FROM registrations' }",
         "\"R 1\" is not a name");
    SAYS(HEAD "report \"r\" { title = 'x', query = 'FROM registrations' }\n"
              "report \"r\" { title = 'x', query = 'FROM registrations' }",
         "mine.lua:3:", "declared for the second time (first at mine.lua:2)");
    SAYS(HEAD "report \"r\"\n", "a table is missing");
    SAYS(HEAD "report { title = 'x' }\n", "write: report \"name\" { ... }");
}

static void queries_are_checked(void **state)
{
    (void)state;
    SAYS(HEAD "report \"r\" { title = 'x' }", "there is no \"query\"");
    SAYS(HEAD "report \"r\" { title = 'x', query = [[FROM registrations |> WERE 1]] }",
         "mine.lua:2:", "WERE");
    SAYS(HEAD "report \"r\" { title = 'x', query = [[FROM registratons]] }",
         "mine.lua:2:", "did you mean \"registrations\"");
    SAYS(HEAD "report \"r\" { title = 'x',\n  query = [[FROM registrations |> WHERE district = "
              "@distict]],\n"
              "  params = { { \"district\", type = \"place\", level = \"district\" } } }",
         "mine.lua:3:", "the parameter @distict is not declared", "did you mean \"district\"?");
    SAYS(HEAD
         "report \"r\" { title = 'x', query = [[FROM registrations |> AGGREGATE COUNT(*) AS "
         "done GROUP BY block]],\n columns = { { \"block\" }, { \"doen\", type = \"integer\" } } }",
         "mine.lua:3:", "the query has no column \"doen\"", "did you mean \"done\"?");
    SAYS(HEAD "report \"r\" { title = 'x', query = [[FROM registrations |> AGGREGATE COUNT(*) AS "
              "done GROUP BY block]],\n columns = { { \"block\", type = \"integer\" } } }",
         "the column \"block\" is STRING in the query, which is no integer");
    SAYS(HEAD
         "report \"r\" { title = 'x', total = true,\n query = [[FROM registrations |> AGGREGATE "
         "COUNT(*) AS done GROUP BY block]],\n columns = { { \"block\" }, { \"done\" },\n"
         " { \"done\", total = \"100 * doen\" } } }",
         "stands there twice", "mine.lua:5:", "doen");
    SAYS(
        HEAD
        "report \"r\" { title = 'x', query = [[FROM registrations |> AGGREGATE COUNT(*) AS n GROUP "
        "BY block |> CALL against_target('t2', achieved => 'n', as_on => DATE '2021-11-18')]] }\n"
        "targets \"t1\" { source = 'x', level = 'block', from = '2021-08-26', to = '2021-12-31', "
        "values = { [3168] = 7 } }",
        "mine.lua:2:", "There is no target set \"t2\"", "did you mean \"t1\"?");
    SAYS(HEAD "report \"r\" { title = 'x', run = function() end }", "\"run\" needs \"columns\"");
}

static void alerts_are_checked(void **state)
{
    (void)state;
#define RULE                                                                                       \
    "query = [[FROM registrations |> AGGREGATE COUNT(*) AS done, 0.5 * COUNT(*) AS half GROUP BY " \
    "block]]"
    SAYS(HEAD "alert \"a\" { " RULE ", key = 'blok', message = '{block}' }",
         "\"key\" names the column \"blok\"", "did you mean \"block\"?");
    SAYS(HEAD "alert \"a\" { " RULE ", key = 'half', message = '{block}' }",
         "the key \"half\" is a measured value");
    SAYS(HEAD "alert \"a\" { " RULE ", key = 'block', message = '{block}: {dne}' }",
         "\"message\" names the column \"dne\"", "did you mean \"done\"?");
    SAYS(HEAD "alert \"a\" { " RULE ", key = 'block', message = 'x',\n"
              "  severity = { { 'critical', 'doen < 5' }, { 'warning' } } }",
         "mine.lua:3:31:", "doen", "did you mean \"done\"");
    SAYS(HEAD "alert \"a\" { " RULE ", key = 'block', message = 'x',\n"
              "  severity = { { 'critical', 'done + 5' } } }",
         "is neither true nor false");
    SAYS(HEAD "alert \"a\" { " RULE ", key = 'block', message = 'x', pending = 'two days' }",
         "\"two days\" is not a time", "write \"2 days\"");
    SAYS(HEAD "alert \"a\" { " RULE ", key = 'block', message = 'x',\n"
              "  params = { { \"district\", type = \"place\", required = true } } }",
         "an alert runs by itself");
}

static void targets_are_checked(void **state)
{
    (void)state;
#define SET(figures)                                                                               \
    HEAD                                                                                           \
        "targets \"t\" { source = 'x', level = 'block', from = '2021-08-26', to = '2021-12-31',\n" \
        "  " figures " }"
    is_good(SET("total = { [607] = 1000 }, share_by = 'workers'"));
    SAYS(SET("total = { [607] = 1000, [608] = 5 }, share_by = 'workers'"),
         "mine.lua:3:", "there is no district with the code 608");
    SAYS(SET("total = { [607] = 1000 }, share_by = 'wokers'"), "places have no fact \"wokers\"",
         "did you mean \"workers\"?");
    SAYS(SET("total = { [607] = 1000 }"), "\"share_by\" is missing");
    SAYS(SET("total = { [607] = 1000 }, share_by = 'workers', fixed = { [3064] = 5 }"),
         "the block with the code 3064 lies under none of the totals");
    SAYS(SET("total = { [607] = 1000 }, share_by = 'workers', fixed = { [3172] = 1001 }"),
         "the fixed figures under 607 differ from its total of 1000 by 1");
    SAYS(SET("total = { [607] = -5 }, share_by = 'workers'"), "not a whole number from 0 on");
    SAYS(SET(""), "there are no figures");
    is_good(
        SET("total = { [999999] = 1000 }, share_by = 'workers'")); /* another country's places */
}

static void the_reference_page_names_every_field(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, MEM_SCRIPT);
    plugin_docs(&out);
    buf_char(&out, '\0');
    assert_non_null(strstr(out.p, "## `report \"name\" { ... }`"));
    assert_non_null(strstr(out.p, "| `share_by` | name |"));
    assert_non_null(strstr(out.p, "| `type` (required) | one of `string`"));
    buf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_plugin_is_good),
        cmocka_unit_test(ten_mistakes_give_ten_messages),
        cmocka_unit_test(syntax_errors_have_a_place),
        cmocka_unit_test(errors_while_running_have_a_place),
        cmocka_unit_test(foreign_line_ends_are_taken),
        cmocka_unit_test(names_are_checked),
        cmocka_unit_test(queries_are_checked),
        cmocka_unit_test(alerts_are_checked),
        cmocka_unit_test(targets_are_checked),
        cmocka_unit_test(the_reference_page_names_every_field),
    };
    return cmocka_run_group_tests_name("script/declare", tests, NULL, NULL);
}
