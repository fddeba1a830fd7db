/* SPDX-License-Identifier: MIT
 *
 * The small tables. */
#include "ask.h"

static void places_have_facts_and_parents(void **state)
{
    struct ask *a = *state;
    ask_expect(a,
               "FROM places |> WHERE district = 'district:607' AND level = 'block' |> SELECT code, "
               "name, name_hi, parent, workers",
               "code,name,name_hi,parent,workers\n3168,Gola,गोला,Ramgarh,100000.0\n"
               "3172,Mandu,मांडू,"
               "Ramgarh,60000.0\n3175,Ramgarh,रामगढ़,Ramgarh,90000.0\n");
}

static void sectors_have_two_names(void **state)
{
    struct ask *a = *state;
    ask_expect(a, "FROM sectors |> WHERE code = 1 |> SELECT code, name, name_hi",
               "code,name,name_hi\n1,Agriculture,कृषि\n");
}

static void stated_targets_batches(void **state)
{
    struct ask *a = *state;
    ask_expect(
        a, "FROM stated |> WHERE sector IS NULL |> SELECT as_on, place, total",
        "as_on,place,total\n2021-11-20,Ramgarh,40\n2021-11-30,Ramgarh,99\n2021-11-20,Gola,15\n");
    ask_expect(a, "FROM targets |> SELECT `set`, place, target, basis |> ORDER BY target",
               "set,place,target,basis\nramgarh_2021,Mandu,10,shared by "
               "workers\nramgarh_2021,Ramgarh,20,fixed\nramgarh_2021,Gola,40,shared by workers\n");
    ask_expect(a, "FROM batches |> SELECT source, batch, accepted, registrations, kind",
               "source,batch,accepted,registrations,kind\ncsc,b0,9,33,registrations\nportal,b1,6,"
               "29,registrations\ncsc,b2,3,-1,correction\n");
}

static void the_calendar_spans_fiscal_years(void **state)
{
    struct ask *a = *state;
    ask_expect(a,
               "FROM calendar |> AGGREGATE MIN(date) AS first, MAX(date) AS last, COUNT(*) AS days",
               "first,last,days\n2021-04-01,2023-03-31,730\n");
    ask_expect(a,
               "FROM calendar |> WHERE date BETWEEN '2021-11-20' AND '2021-11-22' |> SELECT date, "
               "week, month, fiscal_year, is_working_day",
               "date,week,month,fiscal_year,is_working_day\n2021-11-20,2021-11-15,2021-11-01,2021-"
               "22,true\n2021-11-21,2021-11-15,2021-11-01,2021-22,false\n2021-11-22,2021-11-22,"
               "2021-11-01,2021-22,true\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ASK_TEST(places_have_facts_and_parents),
        ASK_TEST(sectors_have_two_names),
        ASK_TEST(stated_targets_batches),
        ASK_TEST(the_calendar_spans_fiscal_years),
    };
    return cmocka_run_group_tests_name("query/tables", tests, NULL, NULL);
}
