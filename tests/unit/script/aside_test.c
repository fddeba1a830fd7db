/* SPDX-License-Identifier: MIT
 *
 * A script that is stopped three times within ten minutes is set aside, alone, and comes back. */
#include "world.h"

#include "../../../core/script/aside.h"
#include "base/clock.h"
#include "base/limits.h"

static int64_t now_ns = 1;

static int64_t mono(void)
{
    return now_ns;
}

static int64_t wall(void)
{
    return now_ns / 1000000 + 1;
}

static const struct clock_source still = {mono, wall};

static void minutes_pass(int n)
{
    now_ns += (int64_t)n * 60 * 1000000000;
}

static void three_within_ten_minutes(void **state)
{
    (void)state;
    struct err err;
    char why[ERR_MSG_BYTES];
    clock_replace(&still);
    uint64_t before = script_asides();
    struct aside *a = aside_new(2);
    assert_non_null(a);
    assert_false(aside_strike(a, 1, "slow"));
    minutes_pass(6);
    assert_false(aside_strike(a, 1, "slow"));
    minutes_pass(6); /* the first is too long ago */
    assert_false(aside_strike(a, 1, "slow"));
    assert_int_equal(aside_check(a, 1, "report t/r", &err), 0);
    minutes_pass(3);
    assert_true(aside_strike(a, 1, "slower"));
    assert_false(aside_strike(a, 1, "again")); /* told once */
    assert_int_equal(aside_check(a, 1, "report t/r", &err), ERR_UNAVAILABLE);
    assert_non_null(strstr(err.msg, "the report t/r is set aside"));
    assert_non_null(strstr(err.msg, "slower"));
    assert_non_null(strstr(err.hint, "reload"));
    assert_true(aside_since(a, 1, why) > 0);
    assert_int_equal(aside_check(a, 0, "report t/other", &err), 0);
    assert_int_equal(script_asides(), before + 1);
    aside_clear(a);
    assert_int_equal(aside_check(a, 1, "report t/r", &err), 0);
    assert_int_equal(script_asides(), before);
    aside_unref(a);
    clock_replace(NULL);
}

static int run(const struct plugin_set *set, struct world *w, const char *name, struct err *err)
{
    const struct report *report;
    struct report_result out;
    struct snap *snap = snap_cell_get(w->cell);
    struct run_options o = {.snap = snap, .rows_max = 100};
    assert_int_equal(plugin_find_report(set, STR("t"), str_of(name), &report, err), 0);
    int rc = report_run(set, report, &o, &out, err);
    report_result_fini(&out);
    snap_unref(snap);
    return rc;
}

/* What is stopped here needs more memory than there is: no test waits for a limit of time. */
static void its_plugin_serves_on_without_it(void **state)
{
    (void)state;
    struct world w;
    struct registry *r;
    struct err err;
    struct set_aside aside[4];
    world_init(&w);
    world_write(&w, "t.lua",
                "plugin { name = 't', version = '1', api = 1 }\n"
                "report 'greedy' { title = 'x', columns = { { 'n' } }, run = function()\n"
                "  local s = 'x' while true do s = s .. s end end }\n"
                "report 'modest' { title = 'x', columns = { { 'n', type = 'integer' } },\n"
                "  run = function() return { { n = 1 } } end }\n"
                "fn 'hungry' { args = { 'n' }, returns = 'INT64', lua = function(n)\n"
                "  local s = 'x' while true do s = s .. s end end }\n"
                "report 'asks' { title = 'x', query = [[ FROM places |> LIMIT 1\n"
                "  |> SELECT hungry(code) AS n ]] }\n");
    assert_int_equal(registry_new(w.dir, w.cell, &r, &err), 0);
    const struct plugin_set *set = registry_get(r);
    assert_int_equal(set->plugin[0].status, PLUGIN_OK);
    for (int i = 0; i < SCRIPT_STRIKES; i++)
        assert_int_equal(run(set, &w, "greedy", &err), ERR_SCRIPT);
    assert_int_equal(run(set, &w, "greedy", &err), ERR_UNAVAILABLE);
    assert_non_null(strstr(err.msg, "report t/greedy"));
    assert_int_equal(run(set, &w, "modest", &err), 0);
    assert_int_equal(plugin_asides(&set->plugin[0], aside, 4), 1);
    assert_true(str_eq(aside[0].name, STR("greedy")) && str_eq(aside[0].word, STR("report")));
    for (int i = 0; i < SCRIPT_STRIKES; i++)
        assert_true(run(set, &w, "asks", &err) < 0);
    assert_true(run(set, &w, "asks", &err) < 0);
    assert_non_null(strstr(err.msg, "set aside"));
    assert_int_equal(plugin_asides(&set->plugin[0], aside, 4), 2);

    /* built again for other places, it is still aside; reloaded, it is not */
    struct snap *old = snap_cell_get(w.cell);
    struct snap *next;
    struct snap_change change = {0};
    struct str fact = STR("workers");
    assert_int_equal(
        place_tree_new(world_places, ARRAY_LEN(world_places), &fact, 1, &change.tree, &err), 0);
    assert_int_equal(snap_next(old, &change, &next, &err), 0);
    place_tree_unref(change.tree);
    snap_unref(old);
    snap_cell_set(w.cell, next);
    const struct plugin_set *again = registry_get(r);
    assert_true(again->generation > set->generation);
    plugin_set_unref(set);
    assert_int_equal(run(again, &w, "greedy", &err), ERR_UNAVAILABLE);
    assert_int_equal(registry_reload(r, &err), 0);
    assert_int_equal(run(again, &w, "greedy", &err), ERR_SCRIPT);
    plugin_set_unref(again);
    registry_free(r);
    world_remove(&w, "t.lua");
    world_fini(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_within_ten_minutes),
        cmocka_unit_test(its_plugin_serves_on_without_it),
    };
    return cmocka_run_group_tests_name("script/aside", tests, NULL, NULL);
}
