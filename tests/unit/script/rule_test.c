/* SPDX-License-Identifier: MIT
 *
 * Alert rules over a snapshot: severity, messages, keys. */
#include "world.h"

#define HEAD "plugin { name = \"t\", version = \"1\", api = 1 }\n"
#define QUERY                                                                                      \
    "query = [[ FROM registrations |> WHERE district = 607 |> AGGREGATE COUNT(*) AS done, "        \
    "100.0 * COUNT(*) / 150 AS pct, MAX(date) AS last GROUP BY block |> ORDER BY done -- all\n "   \
    "]], "

static struct world world;

static int setup(void **state)
{
    (void)state;
    static const struct world_row rows[] = {
        {GOLA, 1, "2021-11-17", 10}, {MANDU, 1, "2021-11-18", 1500}, {DULMI, 7, "2021-11-16", 60}};
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

/* "level key message / message_hi" for each finding. */
static void finds(const char *text, const struct arg *arg, size_t args, const char *expected)
{
    struct registry *r;
    struct err err;
    struct alert_findings f;
    char got[2048] = "";
    size_t n = 0;
    world_write(&world, "t.lua", text);
    assert_int_equal(registry_new(world.dir, world.cell, &r, &err), 0);
    world_remove(&world, "t.lua");
    const struct plugin_set *set = registry_get(r);
    if (set->plugin[0].status != PLUGIN_OK)
        fail_msg("%.*s", STR_ARG(set->plugin[0].errors_text));
    const struct alert_rule *rule = &set->plugin[0].alert[0];
    struct snap *snap = snap_cell_get(world.cell);
    struct run_options o = {.snap = snap, .arg = arg, .args = args};
    if (alert_rule_run(set, rule, &o, &f, &err) < 0) {
        snprintf(got, sizeof got, "%s", err.msg);
    } else {
        for (size_t i = 0; i < f.result.frame->rows; i++) {
            if (f.level[i] < 0)
                continue;
            n += (size_t)snprintf(got + n, sizeof got - n, "%.*s %.*s %.*s / %.*s\n",
                                  STR_ARG(rule->level[f.level[i]].name), STR_ARG(f.key[i]),
                                  STR_ARG(f.message[i].en), STR_ARG(f.message[i].hi));
        }
        alert_findings_fini(&f);
    }
    snap_unref(snap);
    plugin_set_unref(set);
    registry_free(r);
    assert_string_equal(got, expected);
}

static void the_first_step_that_holds_decides(void **state)
{
    (void)state;
    finds(
        HEAD
        "alert \"a\" { " QUERY "key = 'block', message = { en = '{block} {done} {pct} {last}', hi "
        "= '{block}: {pct}' }, severity = { { 'critical', 'pct < 10' }, { 'warning', 'pct < 50' } "
        "} }",
        NULL, 0,
        "critical {\"block\":3168} Gola 10 6.7% 17 Nov 2021 / गोला: 6.7%\n"
        "warning {\"block\":6717} Dulmi 60 40.0% 16 Nov 2021 / दुलमी: 40.0%\n");
}

static void without_a_ladder_every_row_is_a_warning(void **state)
{
    (void)state;
    finds(HEAD "alert \"a\" { " QUERY "key = { 'block', 'last' }, message = '{done}' }", NULL, 0,
          "warning {\"block\":3168,\"last\":\"2021-11-17\"} 10 / 10\n"
          "warning {\"block\":6717,\"last\":\"2021-11-16\"} 60 / 60\n"
          "warning {\"block\":3172,\"last\":\"2021-11-18\"} 1,500 / 1,500\n");
}

static void columns_say_how_figures_are_shown(void **state)
{
    (void)state;
    finds(HEAD
          "alert \"a\" { " QUERY
          "key = 'block', message = '{done} {pct}', severity = { { 'warning', "
          "'done > 100' } }, columns = { { 'done', type = 'percent' }, { 'pct', type = 'number', "
          "decimals = 3 } } }",
          NULL, 0, "warning {\"block\":3172} 1,500% 1,000.000 / 1,500% 1,000.000\n");
}

static void thresholds_are_parameters(void **state)
{
    (void)state;
    static const char text[] = HEAD
        "alert \"a\" { " QUERY "key = 'block', message = '{block}', params = { { 'few', type = "
        "'integer', default = 20 } }, severity = { { 'warning', 'done < @few' } } }";
    finds(text, NULL, 0, "warning {\"block\":3168} Gola / गोला\n");
    const struct arg arg = {STR("few"), STR("5")};
    finds(text, &arg, 1, "");
    const struct arg wrong = {STR("few"), STR("x")};
    finds(text, &wrong, 1, "parameter \"few\": \"x\" is not a whole number");
}

static void one_key_twice_is_refused(void **state)
{
    (void)state;
    finds(HEAD
          "alert \"a\" { query = 'FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY district, "
          "block', key = 'district', message = 'x' }",
          NULL, 0, "alert t/a gives two rows for {\"district\":607}");
}

/* What a rule says about its own conduct is checked as well. */
static void mistakes_of_conduct_are_told(void **state)
{
    (void)state;
    static const struct {
        const char *field, *says;
    } trials[] = {
        {"share_max = 50", "needs to know the rows that are no findings"},
        {"share_max = 0, severity = { { 'warning', 'done > 1' } }", "above 0"},
        {"clear = 'done'", "neither true nor false"},
        {"clear = 'dne > 1'", "dne"},
        {"waits_for = { 'b' }", "no other alert here"},
        {"waits_for = { 'a' }", "no other alert here"},
        {"every = 'now and then'", "is not a rhythm"},
        {"escalate = { after = '3 days' }", "notify"},
        {"keep = '3 fortnights'", "is not a time"},
        {"error = 'panic'", "error"},
    };
    for (size_t i = 0; i < ARRAY_LEN(trials); i++) {
        char text[2048];
        struct registry *r;
        struct err err;
        snprintf(text, sizeof text, "%salert \"a\" { %skey = 'block', message = 'x', %s }", HEAD,
                 QUERY, trials[i].field);
        world_write(&world, "t.lua", text);
        assert_int_equal(registry_new(world.dir, world.cell, &r, &err), 0);
        world_remove(&world, "t.lua");
        const struct plugin_set *set = registry_get(r);
        struct str told = set->plugin[0].errors_text;
        if (told.n == 0 || memmem(told.p, told.n, trials[i].says, strlen(trials[i].says)) == NULL)
            fail_msg("%s: %.*s", trials[i].field, STR_ARG(told));
        plugin_set_unref(set);
        registry_free(r);
    }
}

static void times_are_days_of_data_or_of_the_clock(void **state)
{
    (void)state;
    static const struct {
        const char *fields;
        bool by_clock;
        int64_t pending, keep, every_ms;
    } trials[] = {
        {"pending = '2 days', keep = '1 week'", false, 2, 7, 0},
        {"pending = '30 minutes', keep = '1 day'", true, 1800000, 86400000, 60000},
        {"pending = '2 days', every = '1 hour'", false, 2, 0, 3600000},
        {"keep = '6 hours', every = '10 minutes'", true, 0, 21600000, 600000},
    };
    for (size_t i = 0; i < ARRAY_LEN(trials); i++) {
        char text[2048];
        struct registry *r;
        struct err err;
        snprintf(text, sizeof text, "%salert \"a\" { %skey = 'block', message = 'x', %s }", HEAD,
                 QUERY, trials[i].fields);
        world_write(&world, "t.lua", text);
        assert_int_equal(registry_new(world.dir, world.cell, &r, &err), 0);
        world_remove(&world, "t.lua");
        const struct plugin_set *set = registry_get(r);
        if (set->plugin[0].status != PLUGIN_OK)
            fail_msg("%.*s", STR_ARG(set->plugin[0].errors_text));
        const struct alert_rule *rule = &set->plugin[0].alert[0];
        assert_int_equal(rule->by_clock, trials[i].by_clock);
        assert_int_equal(rule->pending, trials[i].pending);
        assert_int_equal(rule->keep, trials[i].keep);
        assert_int_equal(rule->every_ms, trials[i].every_ms);
        plugin_set_unref(set);
        registry_free(r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_step_that_holds_decides),
        cmocka_unit_test(without_a_ladder_every_row_is_a_warning),
        cmocka_unit_test(columns_say_how_figures_are_shown),
        cmocka_unit_test(thresholds_are_parameters),
        cmocka_unit_test(one_key_twice_is_refused),
        cmocka_unit_test(mistakes_of_conduct_are_told),
        cmocka_unit_test(times_are_days_of_data_or_of_the_clock),
    };
    return cmocka_run_group_tests_name("script/rule", tests, setup, teardown);
}
