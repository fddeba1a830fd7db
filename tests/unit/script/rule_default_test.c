/* SPDX-License-Identifier: MIT
 *
 * A check in three lines: what it leaves out is filled in. */
#include "world.h"

#define HEAD "plugin { name = \"t\", version = \"1\", api = 1 }\n"

static struct world world;

static int setup(void **state)
{
    (void)state;
    static const struct world_row rows[] = {{GOLA, 1, "2021-11-17", 10},
                                            {MANDU, 1, "2021-11-18", 5}};
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

/* "level key message / message_hi figures" of each violation, or what is wrong with the plugin. */
static void gives(const char *text, const char *expected)
{
    struct registry *r;
    struct err err;
    struct alert_findings f;
    char got[2048] = "";
    world_write(&world, "t.lua", text);
    assert_int_equal(registry_new(world.dir, world.cell, &r, &err), 0);
    world_remove(&world, "t.lua");
    const struct plugin_set *set = registry_get(r);
    struct snap *snap = snap_cell_get(world.cell);
    struct run_options o = {.snap = snap};
    struct buf out;
    buf_init(&out, MEM_SCRIPT);
    if (set->plugin[0].status != PLUGIN_OK) {
        buf_str(&out, set->plugin[0].errors_text);
    } else {
        const struct alert_rule *rule = &set->plugin[0].check[0];
        assert_true(rule->check);
        assert_int_equal(alert_rule_run(set, rule, &o, &f, &err), 0);
        for (size_t i = 0; i < f.result.frame->rows; i++) {
            buf_printf(&out, "%.*s %.*s %.*s / %.*s ", STR_ARG(rule->level[f.level[i]].name),
                       STR_ARG(f.key[i]), STR_ARG(f.message[i].en), STR_ARG(f.message[i].hi));
            alert_findings_figures(rule, &f, i, snap->tree, &out);
            buf_char(&out, '\n');
        }
        alert_findings_fini(&f);
    }
    memcpy(got, out.p, out.n < sizeof got ? out.n : sizeof got - 1);
    if (expected[0] == '?') {
        if (strstr(got, expected + 1) == NULL)
            fail_msg("%s", got);
    } else {
        assert_string_equal(got, expected);
    }
    buf_fini(&out);
    snap_unref(snap);
    plugin_set_unref(set);
    registry_free(r);
}

static void key_and_message_come_from_the_row(void **state)
{
    (void)state;
    gives(HEAD
          "check 'few' { title = { en = 'Few', hi = 'कम' }, query = [[ FROM registrations |> "
          "AGGREGATE COUNT(*) AS n, AVG(count) AS mean GROUP BY block, date |> WHERE n < 6 ]] }",
          "warning {\"block\":3172,\"date\":\"2021-11-18\"} "
          "Few: block Mandu, date 18 Nov 2021, n 5, mean 5.0 / "
          "कम: block मांडू, date 18 नवंबर 2021, n 5, mean 5.0 "
          "{\"block\":\"Mandu\",\"date\":\"2021-11-18\",\"n\":5,\"mean\":5}\n");
}

static void without_a_title_the_name_stands_in_front(void **state)
{
    (void)state;
    gives(HEAD
          "check 'few' { query = [[ FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY block "
          "|> WHERE n < 6 ]], severity = 'error' }",
          "error {\"block\":3172} few: block Mandu, n 5 / few: block मांडू, n 5 "
          "{\"block\":\"Mandu\",\"n\":5}\n");
}

static void rows_of_numbers_alone_have_no_identity(void **state)
{
    (void)state;
    gives(HEAD "check 'few' { query = [[ FROM registrations |> AGGREGATE COUNT(*) AS n ]] }",
          "?no column of the query tells one violation from another");
}

static void what_is_said_is_taken(void **state)
{
    (void)state;
    gives(HEAD
          "check 'few' { query = [[ FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY block, "
          "date |> WHERE n < @most ]], params = { { 'most', type = 'integer', default = 6 } }, "
          "key = 'block', message = '{block} has {n}' }",
          "warning {\"block\":3172} Mandu has 5 / मांडू has 5 "
          "{\"block\":\"Mandu\",\"date\":\"2021-11-18\",\"n\":5}\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(key_and_message_come_from_the_row),
        cmocka_unit_test(without_a_title_the_name_stands_in_front),
        cmocka_unit_test(rows_of_numbers_alone_have_no_identity),
        cmocka_unit_test(what_is_said_is_taken),
    };
    return cmocka_run_group_tests_name("script/rule_default", tests, setup, teardown);
}
