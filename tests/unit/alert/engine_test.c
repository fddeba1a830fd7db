/* SPDX-License-Identifier: MIT
 *
 * The alert engine over a sequence of snapshots. */
#include "alert/engine.h"

#include "../script/world.h"

#define HEAD "plugin { name = \"t\", version = \"1\", api = 1 }\n"
/* A block lags when it has less than ten registrations; a row for every block that has any. */
#define RULE(fields)                                                                               \
    HEAD "alert \"few\" { " fields "query = [[ FROM registrations |> AGGREGATE COUNT(*) AS done "  \
         "GROUP BY block |> WHERE block IS NOT NULL ]],\n"                                         \
         "key = 'block', message = { en = '{block}: {done}', hi = '{block}: {done} ही' },\n"   \
         "severity = { { 'critical', 'done < 5' }, { 'warning', 'done < 10' } } }\n"

struct desk {
    struct world w;
    struct registry *registry;
    struct alert_engine *engine;
};

static void desk_init(struct desk *d, const char *plugin)
{
    struct err err;
    world_init(&d->w);
    world_write(&d->w, "t.lua", plugin);
    assert_int_equal(registry_new(d->w.dir, d->w.cell, &d->registry, &err), 0);
    const struct plugin_set *s = registry_get(d->registry);
    if (s->plugin[0].status != PLUGIN_OK)
        fail_msg("%.*s", STR_ARG(s->plugin[0].errors_text));
    plugin_set_unref(s);
    assert_int_equal(alert_engine_new(d->registry, d->w.cell, NULL, &d->engine, &err), 0);
}

static void desk_fini(struct desk *d)
{
    alert_engine_free(d->engine);
    registry_free(d->registry);
    world_remove(&d->w, "t.lua");
    world_fini(&d->w);
}

/* "state severity message on since", one line for each alert. */
static void shows(struct desk *d, const char *expected)
{
    struct arena a;
    struct frame *f;
    struct err err;
    char got[1024] = "";
    size_t n = 0;
    assert_int_equal(alert_engine_run(d->engine, &err), 0);
    arena_init(&a, MEM_ALERT, 0);
    assert_int_equal(alert_table(d->engine, &a, NULL, &f, &err), 0);
    for (size_t i = 0; i < f->rows; i++) {
        char since[11];
        date_format((int32_t)frame_get(f, i, (size_t)frame_find(f, STR("since"))).i, since);
        n += (size_t)snprintf(got + n, sizeof got - n, "%s %s %s %s\n",
                              frame_get(f, i, (size_t)frame_find(f, STR("state"))).s.p,
                              frame_get(f, i, (size_t)frame_find(f, STR("severity"))).s.p,
                              frame_get(f, i, (size_t)frame_find(f, STR("message"))).s.p, since);
    }
    assert_string_equal(got, expected);
    arena_fini(&a);
}

static void add(struct desk *d, uint32_t place, const char *day, int32_t count)
{
    const struct world_row row = {place, 1, day, count};
    world_publish(&d->w, &row, 1);
}

static void findings_come_and_go_with_the_data(void **state)
{
    (void)state;
    struct desk d;
    desk_init(&d, RULE("pending = '2 days', keep = '1 day', "));
    shows(&d, "");
    add(&d, GOLA, "2021-11-15", 3);
    add(&d, MANDU, "2021-11-15", 50);
    shows(&d, "pending critical Gola: 3 2021-11-15\n");
    add(&d, GOLA, "2021-11-16", 4);
    shows(&d, "pending warning Gola: 7 2021-11-15\n");
    add(&d, MANDU, "2021-11-17", 1);
    shows(&d, "firing warning Gola: 7 2021-11-15\n");
    add(&d, GOLA, "2021-11-18", 100);
    shows(&d, "firing warning Gola: 7 2021-11-15\n"); /* kept for a day */
    add(&d, MANDU, "2021-11-19", 1);
    shows(&d, "resolved warning Gola: 7 2021-11-15\n");
    add(&d, MANDU, "2021-11-28", 1);
    shows(&d, "");
    struct alert_stats stats;
    alert_stats_get(d.engine, &stats);
    assert_true(stats.evaluations >= 7);
    assert_int_equal(stats.failures, 0);
    assert_int_equal(stats.firing, 0);
    desk_fini(&d);
}

static void firing_ones_stand_first_and_the_worst_before(void **state)
{
    (void)state;
    struct desk d;
    desk_init(&d, RULE(""));
    add(&d, GOLA, "2021-11-15", 7);
    add(&d, DULMI, "2021-11-15", 2);
    add(&d, CHITARPUR, "2021-11-15", 1);
    shows(&d, "firing critical Chitarpur: 1 2021-11-15\nfiring critical Dulmi: 2 2021-11-15\n"
              "firing warning Gola: 7 2021-11-15\n");
    add(&d, DULMI, "2021-11-15", 50);
    shows(&d, "firing critical Chitarpur: 1 2021-11-15\nfiring warning Gola: 7 2021-11-15\n"
              "resolved critical Dulmi: 2 2021-11-15\n");
    desk_fini(&d);
}

static void the_same_finding_keeps_its_id(void **state)
{
    (void)state;
    char id[2][32];
    for (int i = 0; i < 2; i++) {
        struct desk d;
        struct arena a;
        struct frame *f;
        struct err err;
        desk_init(&d, RULE(""));
        add(&d, GOLA, "2021-11-15", 3 + i);
        assert_int_equal(alert_engine_run(d.engine, &err), 0);
        arena_init(&a, MEM_ALERT, 0);
        assert_int_equal(alert_table(d.engine, &a, NULL, &f, &err), 0);
        assert_int_equal(f->rows, 1);
        snprintf(id[i], sizeof id[i], "%s", frame_get(f, 0, 0).s.p);
        assert_string_equal(frame_get(f, 0, (size_t)frame_find(f, STR("key"))).s.p,
                            "{\"block\":3168}");
        assert_string_equal(frame_get(f, 0, (size_t)frame_find(f, STR("message_hi"))).s.p,
                            i ? "गोला: 4 ही" : "गोला: 3 ही");
        arena_fini(&a);
        desk_fini(&d);
    }
    assert_string_equal(id[0], id[1]);
}

static void rules_that_go_take_their_findings_along(void **state)
{
    (void)state;
    struct desk d;
    struct err err;
    desk_init(&d, RULE(""));
    add(&d, GOLA, "2021-11-15", 3);
    shows(&d, "firing critical Gola: 3 2021-11-15\n");
    world_write(&d.w, "t.lua", HEAD);
    assert_int_equal(registry_reload(d.registry, &err), 0);
    shows(&d, "");
    desk_fini(&d);
}

static void two_rows_of_one_key_are_a_failure(void **state)
{
    (void)state;
    struct desk d;
    desk_init(&d, HEAD "alert \"a\" { key = 'district', message = '{district}', query = [[ FROM "
                       "registrations |> AGGREGATE COUNT(*) AS n GROUP BY district, block ]] }");
    add(&d, GOLA, "2021-11-15", 3);
    shows(&d, "firing warning Ramgarh 2021-11-15\n");
    add(&d, MANDU, "2021-11-15", 3);
    shows(&d, "firing warning Ramgarh 2021-11-15\n"); /* stays what it was */
    struct alert_stats stats;
    alert_stats_get(d.engine, &stats);
    assert_true(stats.failures >= 1);
    desk_fini(&d);
}

/* All blocks are below ten, then the source is silent: no recovery. */
static void no_data_is_no_recovery(void **state)
{
    (void)state;
    struct desk d;
    desk_init(&d, HEAD
              "alert \"a\" { key = 'block', message = '{block}', no_data = 'keep', "
              "severity = { { 'warning', 'n < 10' } }, query = [[ FROM registrations |> WHERE "
              "date > DATE '2021-11-15' AND block IS NOT NULL |> AGGREGATE COUNT(*) AS n GROUP "
              "BY block |> WHERE n > 0 ]] }");
    add(&d, MANDU, "2021-11-10", 3);
    shows(&d, "");
    add(&d, GOLA, "2021-11-16", 3);
    shows(&d, "firing warning Gola 2021-11-16\n");
    add(&d, GOLA, "2021-11-16", -3);
    shows(&d, "firing warning Gola 2021-11-16\n");
    desk_fini(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(findings_come_and_go_with_the_data),
        cmocka_unit_test(firing_ones_stand_first_and_the_worst_before),
        cmocka_unit_test(the_same_finding_keeps_its_id),
        cmocka_unit_test(rules_that_go_take_their_findings_along),
        cmocka_unit_test(two_rows_of_one_key_are_a_failure),
        cmocka_unit_test(no_data_is_no_recovery),
    };
    return cmocka_run_group_tests_name("alert/engine", tests, NULL, NULL);
}
