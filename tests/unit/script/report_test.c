/* SPDX-License-Identifier: MIT
 *
 * Running reports: columns, totals, both languages, summaries and reports made in Lua. */
#include "world.h"

#include "base/clock.h"
#include "query/format.h"

#define HEAD "plugin { name = \"t\", version = \"1\", api = 1 }\n"
#define PARAMS                                                                                     \
    "params = { { \"district\", type = \"place\", level = \"district\", default = 607 }, "         \
    "{ \"as_on\", type = \"date\", default = \"latest\" } },\n"
#define BY_BLOCK                                                                                   \
    "query = [[ FROM registrations |> WHERE district = @district AND date <= @as_on |> AGGREGATE " \
    "COUNT(*) AS done, COUNTIF(date = @as_on) AS today GROUP BY block |> ORDER BY done DESC ]],\n"

static struct world world;
static struct viewer viewer; /* of the next report */

static int setup(void **state)
{
    (void)state;
    static const struct world_row rows[] = {
        {GOLA, 1, "2021-11-17", 10},  {GOLA, 0, "2021-11-18", 5},    {MANDU, 1, "2021-11-18", 60},
        {DULMI, 7, "2021-11-16", 20}, {RAMGARH, 0, "2021-11-17", 3}, {BERMO, 1, "2021-11-18", 99},
    };
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

/* One report run: what came out as CSV, the summary behind it. */
struct answer {
    int rc;
    struct err err;
    struct buf text;
    struct report_result result;
    struct registry *registry;
    const struct plugin_set *set;
};

static void ask(struct answer *a, const char *text, const struct arg *arg, size_t args, bool hindi)
{
    const struct report *r;
    memset(a, 0, sizeof *a);
    buf_init(&a->text, MEM_SCRIPT);
    world_write(&world, "t.lua", text);
    assert_int_equal(registry_new(world.dir, world.cell, &a->registry, &a->err), 0);
    world_remove(&world, "t.lua");
    a->set = registry_get(a->registry);
    if (a->set->plugin[0].status != PLUGIN_OK)
        fail_msg("%.*s", STR_ARG(a->set->plugin[0].errors_text));
    assert_int_equal(plugin_find_report(a->set, STR("t/r"), STR(""), &r, &a->err), 0);
    struct snap *snap = snap_cell_get(world.cell);
    struct run_options o = {.snap = snap, .arg = arg, .args = args, .hindi = hindi};
    o.viewer = &viewer;
    a->rc = report_run(a->set, r, &o, &a->result, &a->err);
    if (a->rc == 0) {
        struct format_options f = {.tree = snap->tree, .hindi = hindi, .title = a->result.title};
        assert_int_equal(format_frame(a->result.result.frame, FORMAT_CSV, &f, &a->text, &a->err),
                         0);
        buf_str(&a->text, a->result.summary);
    }
    buf_char(&a->text, '\0');
    snap_unref(snap);
}

static void done(struct answer *a)
{
    report_result_fini(&a->result);
    plugin_set_unref(a->set);
    registry_free(a->registry);
    buf_fini(&a->text);
}

static void gives(const char *text, bool hindi, const char *expected)
{
    struct answer a;
    ask(&a, text, NULL, 0, hindi);
    if (a.rc != 0)
        fail_msg("%s", a.err.msg);
    assert_string_equal(a.text.p, expected);
    done(&a);
}

static void fails(const char *text, const char *part)
{
    struct answer a;
    ask(&a, text, NULL, 0, false);
    if (a.rc == 0)
        fail_msg("went through: %s", a.text.p);
    if (!strstr(a.err.msg, part))
        fail_msg("\"%s\" is not in \"%s\"", part, a.err.msg);
    done(&a);
}

static void a_plain_report(void **state)
{
    (void)state;
    gives(HEAD "report \"r\" { title = 'x', " PARAMS BY_BLOCK "}", false,
          "block,done,today\nMandu,60,60\nDulmi,20,0\nGola,15,5\n,3,0\n");
    gives(HEAD "report \"r\" { title = 'x', " PARAMS BY_BLOCK
               "columns = { { 'today' }, { 'block', null = { en = 'None', hi = 'नहीं' } } } }",
          true, "today,block\n60,मांडू\n0,दुलमी\n5,गोला\n0,नहीं\n");
}

static void parameters_are_used(void **state)
{
    (void)state;
    struct answer a;
    const struct arg args[] = {{STR("district"), STR("Bokaro")}, {STR("as_on"), STR("2021-11-18")}};
    ask(&a, HEAD "report \"r\" { title = 'x', " PARAMS BY_BLOCK "}", args, 2, false);
    assert_string_equal(a.text.p, "block,done,today\nBermo,99,99\n");
    assert_int_equal(a.result.as_on, day_of("2021-11-18"));
    done(&a);
    const struct arg wrong[] = {{STR("distict"), STR("1")}, {STR("as_on"), STR("never")}};
    ask(&a, HEAD "report \"r\" { title = 'x', " PARAMS BY_BLOCK "}", wrong, 2, false);
    assert_int_equal(a.rc, ERR_PARAM);
    assert_int_equal(a.result.violations, 2);
    done(&a);
}

static void total_rows(void **state)
{
    (void)state;
    gives(
        HEAD "report \"r\" { title = 'x', " PARAMS
             "query = [[ FROM registrations |> WHERE district = @district |> AGGREGATE COUNT(*) AS "
             "done, COUNTIF(date = @as_on) AS today, MAX(date) AS last GROUP BY block |> EXTEND "
             "100.0 * today / done AS pct, 1 AS rank |> ORDER BY done DESC ]],\n"
             "columns = { { 'block' }, { 'done' }, { 'today', total = 'max' }, { 'rank', total = "
             "'none' }, { 'pct', type = 'percent', total = '100.0 * today / done' }, { 'last', "
             "total = 'min' } },\n"
             "total = true }",
        false,
        "block,done,today,rank,pct,last\n"
        "Mandu,60,60,1,100.0,2021-11-18\nDulmi,20,0,1,0.0,2021-11-16\nGola,15,5,1,33.3,2021-11-18\n"
        ",3,0,1,0.0,2021-11-17\nTotal,98,60,,61.2,2021-11-16\n");
    gives(HEAD "report \"r\" { title = 'x', total = true, " PARAMS BY_BLOCK "}", true,
          "block,done,today\nमांडू,60,60\nदुलमी,20,0\nगोला,15,5\n,3,0\nयोग,98,65\n");
}

static void types_are_converted(void **state)
{
    (void)state;
    gives(HEAD
          "report \"r\" { title = 'x', query = [[ FROM registrations |> AGGREGATE COUNT(*) AS n "
          "|> EXTEND n / 7 AS whole, n / 7 AS pct, n / 7 AS three, n / 7 AS plain ]],\n"
          "columns = { { 'whole', type = 'integer' }, { 'pct', type = 'percent' }, { 'three', type "
          "= 'number', decimals = 3 }, { 'n', type = 'number' } } }",
          false, "whole,pct,three,n\n28,28.1,28.143,197\n");
}

static void a_summary_sees_finished_rows(void **state)
{
    (void)state;
    static const char text[] = HEAD "report \"r\" { title = 'x', total = true, " PARAMS BY_BLOCK
                                    "columns = { { 'block' }, { 'done' } },\n"
                                    "summary = function(rows, p) return fill({ en = '{d} {code} "
                                    "{on}: {n} of {sum} in {first}', hi = "
                                    "'{d}: {n}' }, { d = p.district, code = p.district_code, on = "
                                    "p.as_on, n = rows.total.done, sum = "
                                    "sum(rows, 'done'), first = rows[1].block }) end }";
    gives(text, false,
          "block,done\nMandu,60\nDulmi,20\nGola,15\n,3\nTotal,98\n"
          "Ramgarh 607 2021-11-18: 98 of 98 in Mandu");
    gives(text, true, "block,done\nमांडू,60\nदुलमी,20\nगोला,15\n,3\nयोग,98\nरामगढ़: 98");
}

static void a_report_made_in_lua(void **state)
{
    (void)state;
    gives(
        HEAD
        "report \"r\" { title = 'x', " PARAMS
        "queries = { blocks = [[ FROM registrations |> WHERE district = @district |> AGGREGATE "
        "COUNT(*) AS done, MAX(date) AS last GROUP BY block |> ORDER BY done DESC ]] },\n"
        "columns = { { 'name', type = 'text' }, { 'done', type = 'integer' }, { 'share', type = "
        "'percent' }, { 'last', type = 'date' } },\n"
        "run = function(p, query)\n"
        "  local all = query('FROM registrations |> AGGREGATE COUNT(*) AS n')[1].n\n"
        "  local other = query([[FROM registrations |> WHERE district = @district AND date = @day "
        "|> AGGREGATE COUNT(*) AS n]], { day = '2021-11-17', district = p.district })[1].n\n"
        "  local rows = {}\n"
        "  for _, r in ipairs(query('blocks')) do\n"
        "    rows[#rows + 1] = { name = r.block or 'none', done = r.done, share = 100 * r.done / "
        "all, "
        "last = r.last }\n"
        "  end\n"
        "  return rows, { name = 'All', done = all, share = 0 / 0, last = nil }, other\n"
        "end }",
        false,
        "name,done,share,last\nMandu,60,30.5,2021-11-18\nDulmi,20,10.2,2021-11-16\n"
        "Gola,15,7.6,2021-11-18\nnone,3,1.5,2021-11-17\nAll,197,,\n");
}

#define RUN(body)                                                                                  \
    HEAD "report \"r\" { title = 'x', " PARAMS                                                     \
         "columns = { { 'name', type = 'text' }, { 'done', type = 'integer' } },\n"                \
         "queries = { all = 'FROM registrations |> AGGREGATE COUNT(*) AS n' },\n"                  \
         "run = function(p, query)\n" body "\nend }"

static void a_chart_is_kept_as_json(void **state)
{
    (void)state;
    struct answer a;
    ask(&a,
        HEAD "report \"r\" { title = 'x', " PARAMS BY_BLOCK
             "chart = { mark = 'bar', encoding = { y = { field = 'block' }, x = { field = 'done', "
             "scale = "
             "{ domain = { 0, 2.5 } }, stack = false } } } }",
        NULL, 0, false);
    assert_string_equal(a.set->plugin[0].report[0].chart_json.p,
                        "{\"encoding\":{\"x\":{\"field\":\"done\",\"scale\":{\"domain\":[0,2.5]},"
                        "\"stack\":false},\"y\":{\"field\":\"block\"}},\"mark\":\"bar\"}");
    done(&a);
}

static void mistakes_in_lua_are_told(void **state)
{
    (void)state;
    fails(RUN("return 5"), "`run` must return a list of rows, not a number");
    fails(RUN("return { { nam = 'x' } }"), "did you mean \"name\"?");
    fails(RUN("return { { done = 'many' } }"), "row 1: \"done\" must be a number, not a string");
    fails(RUN("return { 5 }"), "row 1 is a number");
    fails(RUN("return query('al')"), "there is no query \"al\"; did you mean \"all\"?");
    fails(RUN("return query('FROM registrations |> WERE 1')"), "query, line 1:");
    fails(RUN("return query('FROM registrations |> WHERE distrct = 1')"), "distrct");
    fails(RUN("for i = 1, 100 do query('all') end"), "more than 64 queries");
    fails(RUN("local x = nil\nreturn x.y"), "t.lua:7: attempt to index a nil value");
    fails(RUN("return pritn()"), "unknown name \"pritn\"");
    fails(RUN("rows = {}"), "\"rows\" is not a local variable");
    fails(RUN("local s = 'x' while true do s = s .. s end"), "memory");
}

#define WOMEN(where)                                                                               \
    "\"FROM registrations |> WHERE " where " |> AGGREGATE COUNTIF(gender = 'F') AS n\""

#define WOMEN_OF_BLOCKS                                                                            \
    "\"FROM registrations |> AGGREGATE COUNTIF(gender = 'F') AS n GROUP BY block \" ..\n"          \
    "\"|> ORDER BY block\""

/* From two counts of persons a third could be computed, also by a script. */
static void small_counts_stay_hidden_from_scripts(void **state)
{
    (void)state;
    static const char twice[] = HEAD
        "report \"r\" { title = 'x', columns = { { 'n', type = 'integer' } },\n"
        "run = function(p, query) local a = query(" WOMEN(
            "age < 30") ")\n"
                        "local b = query(" WOMEN("age < 29") ")\n return { { n = #a + #b } } end }";
    gives(twice, false, "n\n2\n");
    viewer.small_cell_k = 5;
    fails(twice, "Persons are counted twice for one answer");
    gives(HEAD "report \"r\" { title = 'x', columns = { { 'n', type = 'integer' },\n"
               "{ 'm', type = 'number' }, { 't', type = 'text' } },\n"
               "run = function(p, query) local r = query(" WOMEN_OF_BLOCKS ") local h = r[1].n\n"
               "assert(h < 0 and not (0 < h) and h <= h and not (h < h) and h ~= 0 and h == h)\n"
               "assert(not pcall(string.rep, 'x', h))\n"
               "return { { n = h + 1, m = -h / 2, t = h .. ' of ' .. fill('{h}', { h = h }) },\n"
               "{ n = sum(r, 'n'), m = 1, t = indian(h) } } end }",
          false, "n,m,t\n·,·,· of ·\n·,1.0,·\n");
    gives(HEAD
          "report \"r\" { title = 'x', columns = { { 'block' }, { 'n', total = 'sum' } },\n"
          "total = true, query = [[ FROM registrations |> AGGREGATE COUNTIF(gender = 'F') AS n "
          "GROUP BY block |> ORDER BY block ]] }",
          false, "block,n\n,·\nBermo,0\nDulmi,0\nGola,0\nMandu,0\nTotal,·\n");
    viewer.small_cell_k = 0;
}

static void an_endless_report_is_stopped(void **state)
{
    (void)state;
    int64_t start = clock_mono_ns();
    fails(RUN("while true do pcall(error, 'x') end"), "longer than its limit");
    fails(RUN("while true do end"), "longer than its limit of 2000 ms");
    assert_true((clock_mono_ns() - start) / 1000000 < 6000);
}

static void nothing_is_left_behind(void **state)
{
    (void)state;
    struct answer a;
    ask(&a, RUN("return { { name = 'x', done = 1 } }"), NULL, 0, false);
    done(&a);
    size_t before = mem_used(MEM_SCRIPT);
    for (int i = 0; i < 20; i++) {
        ask(&a, i % 2 ? RUN("return { { name = 'x', done = 1 } }") : RUN("query('all') return 5"),
            NULL, 0, false);
        done(&a);
    }
    assert_int_equal(mem_used(MEM_SCRIPT), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_report),
        cmocka_unit_test(parameters_are_used),
        cmocka_unit_test(total_rows),
        cmocka_unit_test(types_are_converted),
        cmocka_unit_test(a_summary_sees_finished_rows),
        cmocka_unit_test(a_report_made_in_lua),
        cmocka_unit_test(a_chart_is_kept_as_json),
        cmocka_unit_test(mistakes_in_lua_are_told),
        cmocka_unit_test(small_counts_stay_hidden_from_scripts),
        cmocka_unit_test(an_endless_report_is_stopped),
        cmocka_unit_test(nothing_is_left_behind),
    };
    return cmocka_run_group_tests_name("script/report", tests, setup, teardown);
}
