/* SPDX-License-Identifier: MIT
 *
 * What an evaluation makes of rows, of none, of failures, and of too many. */
#include "desk.h"

static void two_rows_of_one_key_are_a_failure(void **state)
{
    (void)state;
    struct desk d;
    desk_init(&d, HEAD "alert \"a\" { key = 'district', message = '{district}', query = [[ FROM "
                       "registrations |> AGGREGATE COUNT(*) AS n GROUP BY district, block ]] }");
    desk_add(&d, GOLA, "2021-11-15", 3);
    desk_shows(&d, "firing warning Ramgarh\n");
    desk_problems(&d, "");
    desk_add(&d, MANDU, "2021-11-15", 3);
    desk_shows(&d, "firing warning Ramgarh\n"); /* stays what it was */
    desk_problems(&d, "rule_failed firing\n");
    struct alert_stats stats;
    alert_stats_get(d.engine, &stats);
    assert_int_equal(stats.failures, 1);
    desk_add(&d, MANDU, "2021-11-15", -3);
    desk_shows(&d, "firing warning Ramgarh\n");
    desk_problems(&d, "rule_failed resolved\n");
    desk_fini(&d);
}

static void a_failure_may_end_findings(void **state)
{
    (void)state;
    struct desk d;
    desk_init(&d, HEAD "alert \"a\" { key = 'district', error = 'ok', message = '{district}', "
                       "query = [[ FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY "
                       "district, block ]] }");
    desk_add(&d, GOLA, "2021-11-15", 3);
    desk_shows(&d, "firing warning Ramgarh\n");
    desk_add(&d, MANDU, "2021-11-15", 3);
    desk_shows(&d, "resolved warning Ramgarh\n");
    desk_problems(&d, "rule_failed firing\n");
    desk_fini(&d);
}

#define LATELY(fields)                                                                             \
    HEAD "alert \"a\" { key = 'block', message = '{block}', " fields                               \
         "severity = { { 'warning', 'n < 10' } }, query = [[ FROM registrations |> WHERE "         \
         "date > DATE '2021-11-15' AND block IS NOT NULL |> AGGREGATE COUNT(*) AS n GROUP "        \
         "BY block |> WHERE n > 0 ]] }"

/* All blocks are below ten, then the source is silent: no recovery. */
static void no_data_is_no_recovery(void **state)
{
    (void)state;
    struct desk d;
    desk_init(&d, LATELY("no_data = 'keep', "));
    desk_add(&d, MANDU, "2021-11-10", 3);
    desk_shows(&d, "");
    desk_add(&d, GOLA, "2021-11-16", 3);
    desk_shows(&d, "firing warning Gola\n");
    desk_add(&d, GOLA, "2021-11-16", -3);
    desk_shows(&d, "firing warning Gola\n");
    desk_problems(&d, "");
    desk_fini(&d);
}

static void no_data_may_be_told_or_be_a_recovery(void **state)
{
    (void)state;
    struct desk d;
    desk_init(&d, LATELY("no_data = 'alert', "));
    desk_add(&d, MANDU, "2021-11-10", 3);
    desk_add(&d, GOLA, "2021-11-16", 3);
    desk_shows(&d, "firing warning Gola\n");
    desk_add(&d, GOLA, "2021-11-16", -3);
    desk_shows(&d, "firing warning Gola\n");
    desk_problems(&d, "no_data firing\n");
    desk_fini(&d);
    desk_init(&d, LATELY("no_data = 'ok', "));
    desk_add(&d, MANDU, "2021-11-10", 3);
    desk_add(&d, GOLA, "2021-11-16", 3);
    desk_run(&d);
    desk_add(&d, GOLA, "2021-11-16", -3);
    desk_shows(&d, "resolved warning Gola\n");
    desk_problems(&d, "");
    desk_fini(&d);
}

/* What would fire almost everywhere says something about the rule, or about something common. */
static void a_rule_that_fires_everywhere_is_held_back(void **state)
{
    (void)state;
    struct desk d;
    desk_init(&d, FEW("share_max = 50, "));
    desk_add(&d, GOLA, "2021-11-15", 3);
    desk_add(&d, MANDU, "2021-11-15", 30);
    desk_shows(&d, "firing critical Gola: 3\n");
    desk_add(&d, DULMI, "2021-11-15", 2);
    desk_shows(&d, "firing critical Gola: 3\n");
    desk_problems(&d, "rule_problem firing\n");
    struct alert_stats stats;
    alert_stats_get(d.engine, &stats);
    assert_int_equal(stats.held, 2);
    desk_add(&d, BERMO, "2021-11-15", 50);
    desk_shows(&d, "firing critical Gola: 3\nfiring critical Dulmi: 2\n");
    desk_problems(&d, "rule_problem resolved\n");
    desk_fini(&d);
}

/* Five and below is a finding; one that is there stays until it is above eight. */
static void a_finding_near_the_line_does_not_flicker(void **state)
{
    (void)state;
    struct desk d;
    desk_init(&d, HEAD "alert \"a\" { key = 'block', message = '{block}: {n}', clear = 'n > 8', "
                       "severity = { { 'warning', 'n <= 5' } }, query = [[ FROM registrations |> "
                       "AGGREGATE COUNT(*) AS n GROUP BY block ]] }");
    desk_add(&d, GOLA, "2021-11-15", 7);
    desk_shows(&d, "");
    desk_add(&d, GOLA, "2021-11-15", -2);
    desk_shows(&d, "firing warning Gola: 5\n");
    desk_add(&d, GOLA, "2021-11-15", 3);
    desk_shows(&d, "firing warning Gola: 8\n");
    desk_add(&d, GOLA, "2021-11-15", 1);
    desk_shows(&d, "resolved warning Gola: 8\n");
    desk_add(&d, GOLA, "2021-11-15", -2);
    desk_shows(&d, "resolved warning Gola: 8\n");
    desk_fini(&d);
}

static void what_waits_for_another_alert_stays_as_it_was(void **state)
{
    (void)state;
    struct desk d;
    desk_init(&d,
              FEW("waits_for = 'stop', ") "alert \"stop\" { key = 'district', message = 'stop', "
                                          "query = [[ FROM registrations |> WHERE date >= DATE "
                                          "'2021-11-20' |> AGGREGATE "
                                          "COUNT(*) AS n GROUP BY district ]] }");
    desk_add(&d, GOLA, "2021-11-15", 3);
    desk_shows(&d, "firing critical Gola: 3\n");
    desk_add(&d, MANDU, "2021-11-20", 2);
    desk_shows(&d, "firing critical Gola: 3\nfiring warning stop\n");
    desk_add(&d, MANDU, "2021-11-20", -2);
    desk_add(&d, DULMI, "2021-11-16", 1);
    desk_shows(&d, "firing critical Gola: 3\nfiring critical Dulmi: 1\nresolved warning stop\n");
    desk_fini(&d);
}

/* Minutes and hours are the clock's, whatever the data say. */
static void a_rule_may_live_by_the_clock(void **state)
{
    (void)state;
    struct desk d;
    desk_init(&d, FEW("pending = '30 minutes', keep = '1 hour', "));
    desk_add(&d, GOLA, "2021-11-15", 3);
    desk_shows(&d, "pending critical Gola: 3\n");
    desk_minutes(29);
    desk_tick(&d);
    desk_is(&d, "pending critical Gola: 3\n");
    desk_minutes(1);
    desk_tick(&d);
    desk_is(&d, "firing critical Gola: 3\n");
    desk_add(&d, GOLA, "2021-11-25", 30);
    desk_shows(&d, "firing critical Gola: 3\n");
    desk_minutes(59);
    desk_tick(&d);
    desk_is(&d, "firing critical Gola: 3\n");
    desk_minutes(1);
    desk_tick(&d);
    desk_is(&d, "resolved critical Gola: 3\n");
    desk_fini(&d);
}

/* Between batches only rules with a rhythm are looked at. */
static void a_rhythm_is_kept(void **state)
{
    (void)state;
    struct desk d;
    struct alert_stats stats;
    uint64_t before;
    desk_init(&d, FEW("every = '10 minutes', "));
    desk_run(&d);
    alert_stats_get(d.engine, &stats);
    before = stats.evaluations;
    for (int i = 0; i < 30; i++) {
        desk_minutes(1);
        desk_tick(&d);
    }
    alert_stats_get(d.engine, &stats);
    assert_int_equal(stats.evaluations - before, 3);
    desk_fini(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_rows_of_one_key_are_a_failure),
        cmocka_unit_test(a_failure_may_end_findings),
        cmocka_unit_test(no_data_is_no_recovery),
        cmocka_unit_test(no_data_may_be_told_or_be_a_recovery),
        cmocka_unit_test(a_rule_that_fires_everywhere_is_held_back),
        cmocka_unit_test(a_finding_near_the_line_does_not_flicker),
        cmocka_unit_test(what_waits_for_another_alert_stays_as_it_was),
        cmocka_unit_test(a_rule_may_live_by_the_clock),
        cmocka_unit_test(a_rhythm_is_kept),
    };
    return cmocka_run_group_tests_name("alert/evaluate", tests, NULL, NULL);
}
