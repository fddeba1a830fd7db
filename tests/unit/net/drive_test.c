/* SPDX-License-Identifier: MIT
 *
 * The drive's own numbers: they follow the data and the plugins, a scrape later. */
#include "../../../core/net/drive.h"

#include "world.h"

/* Scrapes until this is told. */
static void wait_for(struct world *w, const char *part)
{
    for (int i = 0; i < 3000; i++) {
        assert_int_equal(world_get(w, "/metrics"), 200);
        if (strstr(w->body, part) != NULL)
            return;
        usleep(10000);
    }
    assert_says(w->body, part);
}

static void districts_and_targets(void **state)
{
    struct world *w = *state;
    wait_for(w, "\npanji_drive_snapshot_id ");
    assert_int_equal(world_import(w, "a", world_csv), 201);
    wait_for(w, "\npanji_drive_registrations{district_code=\"607\",district=\"Ramgarh\","
                "state=\"Jharkhand\"} 7\n");
    assert_says(w->body, "\npanji_drive_target{set=\"trial_2021\",district_code=\"607\","
                         "district=\"Ramgarh\",state=\"Jharkhand\"} 150\n");
    assert_says(w->body, "panji_drive_percent_of_target{set=\"trial_2021\",");
    assert_int_equal(world_import(w, "b", world_csv), 201);
    wait_for(w, "state=\"Jharkhand\"} 14\n");
}

static void names_are_quoted(void **state)
{
    struct world *w = *state;
    struct err e;
    struct places_report report;
    static const char rename[] = "level,code,parent,name\ndistrict,608,20,\"A \"\"b\"\" \\ c\"\n";
    assert_int_equal(places_import(w->store, str_of(rename), NULL, &report, &e), 0);
    assert_int_equal(world_import(w, "c", "date,district\n2021-11-20,608\n"), 201);
    wait_for(w, "district=\"A \\\"b\\\" \\\\ c\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(districts_and_targets, world_up, world_down),
        cmocka_unit_test_setup_teardown(names_are_quoted, world_up, world_down),
    };
    return cmocka_run_group_tests_name("net/drive", tests, NULL, NULL);
}
