/* SPDX-License-Identifier: MIT
 *
 * Reports that are sent by themselves: at their hour, once, to those of the place. The clock stands
 * at noon of 18 November 2021. */
#include "desk.h"

#define TITLE "{ en = 'Of the block', hi = 'प्रखंड का' }"
#define EVENING(each)                                                                              \
    HEAD "report \"of_block\" { title = " TITLE ", params = { { 'block', type = 'place', "         \
         "level = 'block' } }, query = [[ FROM registrations |> WHERE @block IS NULL OR block = "  \
         "@block |> AGGREGATE COUNT(*) AS n GROUP BY date ]] }\n"                                  \
         "schedule \"evening\" { report = 'of_block', " each "at = '18:00', deliver = 'desk', "    \
         "format = 'csv' }"

static void at(struct desk *d, int hour, int minute)
{
    desk_now_ms = DESK_NOON + ((hour - 12) * 60ll + minute) * 60000;
    desk_tick(d);
}

static const struct str block_officers[] = {{"officers:block", 14}};

static void each_officer_gets_his_report_once_a_day(void **state)
{
    (void)state;
    struct desk d;
    desk_init(&d, EVENING("each = 'block', "));
    desk_upload(&d, "officers", "email,block\ngola@x.in,Gola\nmandu@x.in,Mandu\n");
    desk_notifier(&d, (struct notifier){.name = "desk",
                                        .type = NOTIFY_SMTP,
                                        .url = "smtp://127.0.0.1:1",
                                        .from = "p@x.in",
                                        .to = block_officers,
                                        .tos = 1});
    desk_add(&d, GOLA, "2021-11-18", 3);
    at(&d, 17, 0);
    at(&d, 17, 59);
    desk_outbox(&d, "");
    at(&d, 18, 0);
    at(&d, 18, 1);
    desk_restart(&d);
    at(&d, 19, 0);
    const char *one = "desk mandu@x.in waiting Of the block, Mandu / प्रखंड का, 2021-11-18\n"
                      "desk gola@x.in waiting Of the block, Gola / प्रखंड का, 2021-11-18\n";
    desk_outbox(&d, one);
    at(&d, 18 + 24, 0);
    char two[1024];
    snprintf(two, sizeof two, "%s%s", one, one);
    desk_outbox(&d, two);
    desk_fini(&d);
}

/* A server that was down at the hour sends when it is back the same day, not the next. */
static void what_was_missed_is_made_up_the_same_day(void **state)
{
    (void)state;
    struct desk d;
    desk_init(&d, EVENING(""));
    desk_notifier(&d, (struct notifier){.name = "desk", .type = NOTIFY_FILE, .path = d.out});
    at(&d, 17, 0);
    desk_restart(&d);
    at(&d, 21, 30);
    desk_outbox(&d, "desk of_block-2021-11-18.csv waiting Of the block / प्रखंड का, 2021-11-18\n");
    at(&d, 24 + 17, 0);
    desk_outbox(&d, "desk of_block-2021-11-18.csv waiting Of the block / प्रखंड का, 2021-11-18\n");
    desk_fini(&d);
}

/* It is first seen behind its hour: it begins tomorrow. */
static void a_new_schedule_does_not_look_back(void **state)
{
    (void)state;
    struct desk d;
    desk_init(&d, EVENING(""));
    desk_notifier(&d, (struct notifier){.name = "desk", .type = NOTIFY_FILE, .path = d.out});
    at(&d, 20, 0);
    at(&d, 21, 0);
    desk_outbox(&d, "");
    desk_fini(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_officer_gets_his_report_once_a_day),
        cmocka_unit_test(what_was_missed_is_made_up_the_same_day),
        cmocka_unit_test(a_new_schedule_does_not_look_back),
    };
    return cmocka_run_group_tests_name("alert/schedule", tests, NULL, NULL);
}
