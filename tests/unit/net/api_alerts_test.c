/* SPDX-License-Identifier: MIT
 *
 * Alerts over HTTP; their whole life is looked at end to end. */
#include "world.h"

static void tables_are_tables(void **state)
{
    struct world *w = *state;
    assert_int_equal(world_get(w, "/v1/alerts.csv"), 200);
    assert_says(w->body, "id,plugin,rule,state,severity");
    assert_int_equal(world_get(w, "/v1/alerts/history.csv"), 200);
    assert_says(w->body, "seq,at,day,id,plugin,rule,key,event");
    assert_int_equal(world_get(w, "/v1/outbox.csv"), 200);
    assert_says(w->body, "id,notifier,recipient,subject,state");
    assert_int_equal(world_get(w, "/v1/query.csv?q=FROM+alert_history"), 200);
    assert_says(w->body, "open_days");
}

static void times_are_read_as_people_write_them(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *until;
        int status;
    } trials[] = {{"2099-01-01", 201},
                  {"2099-01-01T18:00", 201},
                  {"2099-01-01T18:00:00%2B05:30", 201},
                  {"3+days", 201},
                  {"6+hours", 201},
                  {"1+week", 201},
                  {"2021-01-01", 400},
                  {"soon", 400},
                  {"2099-13-01", 400},
                  {"2099-01-01T25:00", 400},
                  {"-1+days", 400},
                  {"", 400}};
    for (size_t i = 0; i < ARRAY_LEN(trials); i++) {
        char target[256];
        snprintf(target, sizeof target, "/v1/silences?rule=few&by=x&reason=y&until=%s",
                 trials[i].until);
        if (world_send(w, "POST", target, "", "") != trials[i].status)
            fail_msg("until=%s: %d", trials[i].until, w->status);
    }
}

static void places_are_found_by_level_code_and_name(void **state)
{
    struct world *w = *state;
    const char *rest = "&by=x&reason=y&until=2099-01-01";
    static const struct {
        const char *place;
        int status;
    } trials[] = {{"block:3168", 201}, {"Gola", 201},    {"district:607", 201},
                  {"Ramgarh", 201},    {"block:1", 400}, {"Nowhere", 400}};
    for (size_t i = 0; i < ARRAY_LEN(trials); i++) {
        char target[256];
        snprintf(target, sizeof target, "/v1/silences?place=%s%s", trials[i].place, rest);
        if (world_send(w, "POST", target, "", "") != trials[i].status)
            fail_msg("place=%s: %d", trials[i].place, w->status);
    }
    assert_int_equal(world_send(w, "DELETE", "/v1/silences/1?by=x", "", ""), 200);
    assert_int_equal(world_send(w, "DELETE", "/v1/silences/1?by=x", "", ""), 409);
    assert_int_equal(world_send(w, "DELETE", "/v1/silences/99?by=x", "", ""), 404);
    assert_int_equal(world_get(w, "/v1/silences?all=1"), 200);
    assert_says(w->body, "\"ended_by\":\"x\"");
}

static void a_place_keeps_its_own_and_those_below(void **state)
{
    struct world *w = *state;
    world_write(w->plugins, "few.lua",
                "plugin { name = 'few', version = '1.0.0', api = 1 }\n"
                "alert 'few' { key = { 'block' }, every = 'data', message = '{block}: {n}',\n"
                "  query = [[ FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY block ]] }\n");
    assert_int_equal(world_send(w, "POST", "/v1/plugins/reload", "", ""), 200);
    assert_int_equal(world_import(w, "a", world_csv), 201);
    world_settle(w);
    assert_int_equal(world_get(w, "/v1/alerts.csv?place=block:3168"), 200);
    assert_says(w->body, "Gola: 5");
    assert_null(strstr(w->body, "Dulmi"));
    assert_int_equal(world_get(w, "/v1/alerts.csv?place=Jharkhand"), 200);
    assert_says(w->body, "Gola: 5");
    assert_says(w->body, "Dulmi: 2");
    assert_int_equal(world_get(w, "/v1/alerts?place=block:3175"), 200);
    assert_says(w->body, "\"rows\":0");
    assert_int_equal(world_get(w, "/v1/alerts?place=Nowhere"), 400);
    assert_says(w->body, "GET /v1/places finds them");
}

static void what_is_not_there_is_told(void **state)
{
    struct world *w = *state;
    assert_int_equal(world_send(w, "POST", "/v1/alerts/0123/acknowledge?by=x&reason=y", "", ""),
                     404);
    assert_int_equal(world_send(w, "POST", "/v1/alerts/0123/comments?by=x&text=y", "", ""), 404);
    assert_int_equal(world_send(w, "POST", "/v1/outbox/0123/retry", "", ""), 404);
    assert_int_equal(world_get(w, "/api/v1/alerts"), 200);
    assert_says(w->body, "{\"status\":\"success\",\"data\":{\"alerts\":[]}}");
    assert_int_equal(world_get(w, "/api/v1/rules?type=alert"), 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(tables_are_tables, world_up, world_down),
        cmocka_unit_test_setup_teardown(times_are_read_as_people_write_them, world_up, world_down),
        cmocka_unit_test_setup_teardown(places_are_found_by_level_code_and_name, world_up,
                                        world_down),
        cmocka_unit_test_setup_teardown(a_place_keeps_its_own_and_those_below, world_up,
                                        world_down),
        cmocka_unit_test_setup_teardown(what_is_not_there_is_told, world_up, world_down),
    };
    return cmocka_run_group_tests_name("net/api_alerts", tests, NULL, NULL);
}
