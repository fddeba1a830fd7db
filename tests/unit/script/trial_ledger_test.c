/* SPDX-License-Identifier: MIT
 *
 * Tests of plugins with figures as stated, batches and rejects of their own. */
#include "world.h"

#define HEAD                                                                                       \
    "plugin { name = \"mine\", version = \"1\", api = 1 }\n"                                       \
    "check \"differ\" { query = [[FROM stated |> AGGREGATE MIN(total) AS a, MAX(total) AS b, "     \
    "STRING_AGG(source, '+' ORDER BY received) AS who GROUP BY as_on, place |> WHERE a < b]] }\n"  \
    "check \"refused\" { query = [[FROM rejects |> AGGREGATE COUNT(*) AS n GROUP BY source, "      \
    "reason |> AS r |> JOIN batches USING (source) |> WHERE n > accepted |> SELECT source, "       \
    "r.reason AS reason, n, "                                                                      \
    "LEFT(received, 10) AS day]] }\n"
#define TEST(body) HEAD "test \"it\" { " body " }\n"

static void outcome(const char *text, int expected, const char *part)
{
    struct world w;
    struct buf out;
    struct err err = {0};
    char path[256];
    world_init(&w);
    world_write(&w, "mine.lua", text);
    world_path(&w, "mine.lua", path);
    buf_init(&out, MEM_SCRIPT);
    int rc = plugin_check(path, w.cell, &out, &err);
    buf_char(&out, '\0');
    if (rc != expected || !strstr(out.p, part))
        fail_msg("%d: %s", rc, out.p);
    buf_fini(&out);
    world_remove(&w, "mine.lua");
    world_fini(&w);
}

static void stated_figures_have_sources_in_their_order(void **state)
{
    (void)state;
    outcome(TEST("data = { stated = { { 'as_on', 'district', 'total', 'source' }, { '2021-11-18', "
                 "607, 5, 'z' }, { '2021-11-18', 607, 4, 'a' }, { '2021-11-18', 355, 4 } } }, "
                 "run = 'differ', expect = { { place = 'Ramgarh', a = 4, b = 5, who = 'z+a' } }"),
            0, "all came true");
}

static void batches_and_rejects_are_as_the_store_has_them(void **state)
{
    (void)state;
    outcome(TEST("data = { batches = { { 'source', 'batch', 'received', 'accepted', 'rejected' }, "
                 "{ 'camp', 'c1', '2021-11-18', 1, 2 }, { 'csc', 'd1', '2021-11-18', 9, 2 } },\n"
                 "rejects = { { 'source', 'batch', 'line', 'reason' }, { 'camp', 'c1', 2, 'no' }, "
                 "{ 'camp', 'c1', 3, 'no' }, { 'csc', 'd1', 3, 'no' } } },\n"
                 "run = 'refused', expect = { { source = 'camp', n = 2, reason = 'no', "
                 "day = '2021-11-18' } }"),
            0, "all came true");
}

#define DESK                                                                                       \
    HEAD "report \"f\" { title = 'x', query = [[FROM findings |> SELECT `check`, place, "          \
         "district, block, since, times |> ORDER BY `check`]] }\n"                                 \
         "report \"h\" { title = 'x', query = [[FROM alert_history |> SELECT rule, day, "          \
         "open_days]] }\n"

static void findings_and_alerts_are_as_the_store_has_them(void **state)
{
    (void)state;
    outcome(DESK "test \"it\" { data = { findings = { { 'check', 'block', 'district', 'since', "
                 "'times' }, { 'a', 'Gola', 607, '2021-11-18', 2 }, { 'b', nil, 'Bokaro' }, "
                 "{ 'c' } } }, run = 'f', expect = { { check = 'a', place = 'Gola', "
                 "district = 'Ramgarh', block = 'Gola', since = '2021-11-18', times = 2 }, "
                 "{ check = 'b', place = 'Bokaro', district = 'Bokaro' }, { check = 'c' } } }\n"
                 "test \"too\" { data = { alert_history = { { 'rule', 'day', 'open_days' }, "
                 "{ 'r', '2021-11-18', 2.5 } } }, run = 'h', "
                 "expect = { { rule = 'r', day = '2021-11-18', open_days = 2.5 } } }\n",
            0, "all came true");
    outcome(DESK "test \"it\" { data = { findings = { { 'check', 'block' }, { 'a', 'Golla' } } }, "
                 "run = 'f', expect = {} }\n",
            ERR_PLUGIN, "there is no block \"Golla\"");
    outcome(DESK "test \"it\" { data = { alert_history = { { 'rule', 'open_days' }, { 'r', 'x' } } "
                 "}, run = 'h', expect = {} }\n",
            ERR_PLUGIN, "\"x\" is no number");
}

static void without_them_there_are_none(void **state)
{
    (void)state;
    outcome(TEST("data = { registrations = { { 'date', 'block' }, { '2021-11-10', 'Gola' } } }, "
                 "run = 'refused', expect = {}"),
            0, "all came true");
}

static void mistakes_are_shown(void **state)
{
    (void)state;
    outcome(TEST("data = { batches = { { 'source', 'batch', 'recieved' } } }, run = 'refused', "
                 "expect = {}"),
            ERR_PLUGIN, "there is no column \"recieved\"");
    outcome(TEST("data = { batches = { { 'source', 'received' }, { 'a', '2021-11-18' } } }, "
                 "run = 'refused', expect = {}"),
            ERR_PLUGIN, "source, batch and received are needed");
    outcome(TEST("data = { reject = { { 'source' } } }, run = 'refused', expect = {}"), ERR_PLUGIN,
            "a test has no table \"reject\"");
    outcome(TEST("data = {}, run = 'refusd', expect = {}"), ERR_PLUGIN, "did you mean \"refused\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stated_figures_have_sources_in_their_order),
        cmocka_unit_test(batches_and_rejects_are_as_the_store_has_them),
        cmocka_unit_test(findings_and_alerts_are_as_the_store_has_them),
        cmocka_unit_test(without_them_there_are_none),
        cmocka_unit_test(mistakes_are_shown),
    };
    return cmocka_run_group_tests_name("script/trial_ledger", tests, NULL, NULL);
}
