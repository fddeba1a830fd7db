/* SPDX-License-Identifier: MIT
 *
 * Functions of plugins in queries: expressions and programs, their types, their limits. */
#include "base/clock.h"
#include "query/format.h"
#include "world.h"

#define HEAD             "plugin { name = \"t\", version = \"1\", api = 1 }\n"
#define FN(name, fields) "fn \"" name "\" { " fields " }\n"

static struct world world;

static int setup(void **state)
{
    (void)state;
    static const struct world_row rows[] = {
        {GOLA, 1, "2021-11-17", 10}, {MANDU, 2, "2021-11-18", 1500}, {RAMGARH, 0, "2021-11-18", 7}};
    world_init(&world);
    world_publish(&world, rows, ARRAY_LEN(rows));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    world_fini(&world);
    return 0;
}

static struct registry *serve(const char *a, const char *b)
{
    struct registry *r;
    struct err err;
    world_write(&world, "t.lua", a);
    if (b)
        world_write(&world, "u.lua", b);
    assert_int_equal(registry_new(world.dir, world.cell, &r, &err), 0);
    world_remove(&world, "t.lua");
    world_remove(&world, "u.lua");
    return r;
}

static int ask(const struct plugin_set *set, const char *text, struct buf *out, struct err *err)
{
    struct query *q;
    struct query_result result;
    struct snap *snap = snap_cell_get(world.cell);
    struct query_context ctx = {.snap = snap, .fn = set->fn, .fns = set->fns};
    struct format_options o = {.tree = snap->tree};
    int rc = query_parse(str_of(text), &q, err);
    if (rc == 0) {
        rc = query_run(q, &ctx, &result, err);
        query_unref(q);
    }
    if (rc == 0) {
        rc = format_frame(result.frame, FORMAT_CSV, &o, out, err);
        query_result_fini(&result);
    }
    snap_unref(snap);
    return rc;
}

/* What a query gives with these functions, or how it fails. */
static void gives(const char *plugin, const char *query, const char *expected)
{
    struct registry *r = serve(plugin, NULL);
    const struct plugin_set *set = registry_get(r);
    struct buf out;
    struct err err = {0};
    if (set->plugin[0].status != PLUGIN_OK)
        fail_msg("%.*s", STR_ARG(set->plugin[0].errors_text));
    buf_init(&out, MEM_SCRIPT);
    if (ask(set, query, &out, &err) < 0)
        buf_cstr(&out, err.msg);
    buf_char(&out, '\0');
    if (expected[0] == '?' ? !strstr(out.p, expected + 1) : strcmp(out.p, expected) != 0)
        fail_msg("%s", out.p);
    buf_fini(&out);
    plugin_set_unref(set);
    registry_free(r);
}

/* What is wrong with the plugin. */
static void refused(const char *plugin, const char *part)
{
    struct registry *r = serve(plugin, NULL);
    const struct plugin_set *set = registry_get(r);
    char text[4096];
    snprintf(text, sizeof text, "%.*s", STR_ARG(set->plugin[0].errors_text));
    if (set->plugin[0].status != PLUGIN_BROKEN || !strstr(text, part))
        fail_msg("%s", text);
    assert_int_equal(set->fns, 0);
    plugin_set_unref(set);
    registry_free(r);
}

static void an_expression_stands_for_its_call(void **state)
{
    (void)state;
    gives(HEAD FN("per_lakh", "args = { 'n', 'of:INT64' }, returns = 'FLOAT64', expr = '100000.0 * "
                              "n / `of`'") FN("twice_that", "args = 'n', returns = 'FLOAT64', expr "
                                                            "= '2 * per_lakh(n, 1000)'"),
          "FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY district "
          "|> SELECT per_lakh(n, '1000') AS a, twice_that(n) AS b",
          "?Expected a value of type INT64 but found STRING");
    gives(HEAD FN("per_lakh", "args = { 'n', 'of:INT64' }, returns = 'FLOAT64', expr = '100000.0 * "
                              "n / `of`'") FN("twice_that", "args = 'n', returns = 'FLOAT64', expr "
                                                            "= '2 * per_lakh(n, 1000)'"),
          "SELECT per_lakh(3, 1000) AS a, Twice_That(3) AS b", "a,b\n300.0,600.0\n");
}

static void a_program_gets_values_and_gives_one(void **state)
{
    (void)state;
    gives(HEAD "local note = ' is '\n" FN("told",
                                          "args = { 'who', 'n:INT64' }, returns = 'STRING', lua = "
                                          "function(who, n) return who .. note .. n // 2 end"),
          "FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY block, sector |> SELECT "
          "told(block, n) AS a, told(sector, n) AS b",
          "a,b\n,\nGola is 5,Agriculture is 5\nMandu is 750,Apparel is 750\n");
    gives(HEAD FN("later", "args = 'd:DATE', returns = 'DATE', lua = function(d) return "
                           "(d:gsub('2021', '2022')) end")
              FN("odd", "args = 'n', returns = 'BOOL', lua = function(n) return n % 2 == 1 end")
                  FN("half", "args = 'n', returns = 'FLOAT64', lua = function(n) if n > 5 then "
                             "return n / 2 end end"),
          "SELECT later('2021-11-18') AS d, odd(3) AS o, odd(4) AS e, half(7) AS h, half(2) AS z, "
          "half(NULL) AS n",
          "d,o,e,h,z,n\n2022-11-18,true,false,3.5,,\n");
}

static void it_may_stand_in_conditions_and_keys(void **state)
{
    (void)state;
    gives(HEAD FN("first", "args = 's', returns = 'STRING', lua = function(s) return s:sub(1, 1) "
                           "end"),
          "FROM registrations |> WHERE first(block) != 'X' |> AGGREGATE COUNT(*) AS n GROUP BY "
          "first(block) AS f |> ORDER BY f",
          "f,n\nG,10\nM,1500\n");
    /* Rows that are not taken are not computed. */
    gives(HEAD FN("one", "args = 'n', returns = 'INT64', lua = function(n) if n == 0 then "
                         "error('zero') end return 1 end"),
          "SELECT IF(FALSE, one(0), 5) AS a", "a\n5\n");
}

static void what_goes_wrong_is_told_at_the_call(void **state)
{
    (void)state;
    gives(HEAD FN("f", "args = 'n', returns = 'INT64', lua = function(n) return n.x end"),
          "SELECT f(1)", "?In function f: t.lua:2: attempt to index a number value");
    gives(HEAD FN("f", "args = 'n', returns = 'INT64', lua = function(n) return 'x' end"),
          "SELECT f(1)", "?\"f\" must return INT64, not a string");
    gives(HEAD FN("f", "args = 'n', returns = 'INT64', lua = function(n) return 1.5 end"),
          "SELECT f(1)", "?must return INT64");
    gives(HEAD FN("f", "args = 'n', returns = 'DATE', lua = function(n) return 'x' end"),
          "SELECT f(1)", "?\"x\" is no date");
    gives(HEAD FN("f", "args = 'n', returns = 'INT64', lua = function(n) return os.time() end"),
          "SELECT f(1)", "?os");
    gives(HEAD FN("f", "args = 'n', returns = 'INT64', expr = 'n'"), "SELECT f(1, 2)",
          "?f takes 1 argument, not 2");
}

static void a_table_function_is_its_operators(void **state)
{
    (void)state;
    gives(HEAD FN("many",
                  "args = 'least:INT64', returns = 'TABLE', query = [[ FROM input |> WHERE n "
                  ">= @least ]]"),
          "FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY block |> CALL many(100)",
          "block,n\nMandu,1500\n");
    gives(HEAD FN("of_block",
                  "args = 'block', returns = 'TABLE', query = [[ FROM input |> WHERE block "
                  "= @block |> AGGREGATE COUNT(*) AS n ]]"),
          "FROM registrations |> CALL of_block('Gola')", "n\n10\n");
}

static void it_is_held_to_its_limits(void **state)
{
    (void)state;
    int64_t start = clock_mono_ns();
    gives(HEAD FN("f", "args = 'n', returns = 'INT64', lua = function(n) while true do end end"),
          "SELECT f(1)", "?its calls took longer than 2000 ms together");
    assert_true(clock_mono_ns() - start < (int64_t)10 * 1000 * 1000 * 1000);
    gives(HEAD FN("f", "args = 'n', returns = 'STRING', lua = function(n) return "
                       "('x'):rep(1 << 28) end"),
          "SELECT f(1)", "?resulting string too large");
    gives(HEAD FN("f", "args = 'n', returns = 'STRING', lua = function(n) return ('x'):rep(70000) "
                       "end"),
          "SELECT f(1)", "?too long");
}

static void mistakes_are_shown_where_they_are(void **state)
{
    (void)state;
    refused(HEAD FN("f", "args = { 'n', 'workers' }, returns = 'FLOAT64', expr = 'n / workrs'"),
            "did you mean \"workers\"?");
    refused(HEAD FN("f", "args = 'n', returns = 'FLOAT64', expr = 'n / '"), "Syntax error");
    refused(HEAD FN("f", "args = 'n:INT', returns = 'FLOAT64', expr = 'n'"),
            "did you mean \"INT64\"?");
    refused(HEAD FN("f", "args = 'n', returns = 'FLOAT64'"), "neither \"expr\" nor \"lua\"");
    refused(HEAD FN("f", "args = 'n', returns = 'FLOAT64', expr = 'n', lua = function() end"),
            "stand together");
    refused(HEAD FN("f", "args = 'n', returns = 'TABLE', expr = 'n'"), "go together");
    refused(HEAD FN("f", "args = 'n', returns = 'INT64', query = [[ FROM input ]]"), "go together");
    refused(HEAD FN("f", "args = 'n', returns = 'TABLE', query = [[ FROM input |> WHERE x > @m ]]"),
            "@m is no argument of the function");
    refused(HEAD FN("f", "args = 'n', returns = 'TABLE', query = [[ FROM stated ]]"),
            "begins with FROM input");
    refused(HEAD FN("top_n", "args = 'n', returns = 'TABLE', query = [[ FROM input ]]"),
            "of its own");
    refused(HEAD FN("round", "args = 'n', returns = 'FLOAT64', expr = 'n'"), "of its own");
    refused(HEAD FN("f", "args = 'n:STRING', returns = 'DATE', expr = 'n || 1'"),
            "t.lua:2:60: Expected a value of type STRING but found INT64");
    refused(
        HEAD FN("f",
                "args = 'n', returns = 'DATE', expr = \"CONCAT('a', n)\"") "report 'r' { "
                                                                           "title = 'x', query = "
                                                                           "[[ SELECT g(1) ]] }",
        "Function not found: g");
}

static void others_may_call_it_but_not_declare_it_again(void **state)
{
    (void)state;
    struct registry *r = serve(HEAD FN("f", "args = 'n', returns = 'INT64', expr = 'n + 1'"),
                               "plugin { name = 'u', version = '1', api = 1 }\n"
                               "report 'r' { title = 'x', query = [[ SELECT f(1) AS two ]] }\n"
                               "test 'it' { data = {}, run = 'r', expect = { { two = 2 } } }");
    const struct plugin_set *set = registry_get(r);
    if (set->plugin[1].status != PLUGIN_OK)
        fail_msg("%.*s", STR_ARG(set->plugin[1].errors_text));
    plugin_set_unref(set);
    registry_free(r);
    r = serve(HEAD FN("f", "args = 'n', returns = 'INT64', expr = 'n + 1'"),
              "plugin { name = 'u', version = '1', api = 1 }\n" FN(
                  "F", "args = 'n', returns = 'INT64', expr = 'n + 2'"));
    set = registry_get(r);
    assert_int_equal(set->plugin[0].status, PLUGIN_OK);
    assert_int_equal(set->plugin[1].status, PLUGIN_BROKEN);
    assert_int_equal(set->fns, 1);
    plugin_set_unref(set);
    registry_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_expression_stands_for_its_call),
        cmocka_unit_test(a_program_gets_values_and_gives_one),
        cmocka_unit_test(it_may_stand_in_conditions_and_keys),
        cmocka_unit_test(what_goes_wrong_is_told_at_the_call),
        cmocka_unit_test(a_table_function_is_its_operators),
        cmocka_unit_test(it_is_held_to_its_limits),
        cmocka_unit_test(mistakes_are_shown_where_they_are),
        cmocka_unit_test(others_may_call_it_but_not_declare_it_again),
    };
    return cmocka_run_group_tests_name("script/fn", tests, setup, teardown);
}
