/* SPDX-License-Identifier: MIT
 *
 * Tests of alerts over days: what they see, and that they can fail. */
#include "world.h"

#define PLUGIN(fields, by_day)                                                                     \
    "plugin { name = \"mine\", version = \"1\", api = 1 }\n"                                       \
    "alert \"a\" { " fields " query = [[FROM registrations |> AGGREGATE COUNT(*) AS done, "        \
    "MAX(date) AS last GROUP BY block]], key = 'block', message = '{block}: {done}', "             \
    "severity = { { 'critical', 'done < 5' }, { 'warning', 'done < 10' } } }\n"                    \
    "test \"it\" { data = { registrations = { { 'date', 'block', 'count' },\n"                     \
    "{ '2021-11-10', 'Gola', 3 }, { '2021-11-10', 3172, 40 }, { '2021-11-12', 'Gola', 4 }, "       \
    "{ '2021-11-14', 'Gola', 40 } } }, run = 'a', by_day = { " by_day " } }\n"

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
    world_remove(&w, "mine.lua");
    world_fini(&w);
    if (rc != expected || strstr(out.p, part) == NULL)
        fail_msg("%d: %s\ndoes not say: %s", rc, out.p, part);
    buf_fini(&out);
}

static void days_go_by_and_findings_with_them(void **state)
{
    (void)state;
    outcome(PLUGIN("pending = '2 days', keep = '1 day',",
                   "['2021-11-10'] = {}, ['2021-11-11'] = {}, ['2021-11-12'] = { { block = 'Gola', "
                   "severity = 'warning', done = 7, message = 'Gola: 7' } }, ['2021-11-14'] = { { "
                   "block = 'Gola', done = 7 } }, ['2021-11-15'] = {}"),
            0, "all came true");
    outcome(PLUGIN("", "['2021-11-10'] = { { block = 'Gola', severity = 'critical' } }, "
                       "['2021-11-12'] = { { severity = 'warning' } }, ['2021-11-14'] = {}"),
            0, "all came true");
    outcome(PLUGIN("clear = 'done > 50',", "['2021-11-14'] = { { block = 'Gola', done = 47 } }"), 0,
            "all came true");
}

static void what_does_not_come_true_is_told(void **state)
{
    (void)state;
    outcome(PLUGIN("", "['2021-11-12'] = {}"), ERR_PLUGIN,
            "on 2021-11-12 another number of findings is expected; firing: [warning] Gola: 7");
    outcome(PLUGIN("", "['2021-11-12'] = { { block = 'Mandu' } }"), ERR_PLUGIN,
            "on 2021-11-12 a finding that is expected does not fire; firing: [warning] Gola: 7");
    outcome(PLUGIN("", "['2021-11-12'] = { { blok = 'Gola' } }"), ERR_PLUGIN, "does not fire");
    outcome(PLUGIN("pending = '30 minutes',", "['2021-11-12'] = {}"), ERR_PLUGIN, "days of data");
    outcome(PLUGIN("", "['2021-13-12'] = {}"), ERR_PLUGIN, "by_day");
    outcome(PLUGIN("", "['2029-11-12'] = {}"), ERR_PLUGIN, "spans more than");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_go_by_and_findings_with_them),
        cmocka_unit_test(what_does_not_come_true_is_told),
    };
    return cmocka_run_group_tests_name("script/trial_days", tests, NULL, NULL);
}
