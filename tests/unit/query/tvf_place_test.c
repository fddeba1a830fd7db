/* SPDX-License-Identifier: MIT
 *
 * complete(): a row for every place. */
#include "ask.h"

static void places_without_rows_get_zero(void **state)
{
    struct ask *a = *state;
    ask_expect(
        a,
        "FROM registrations |> WHERE district = 'Ramgarh' AND date = '2021-11-18' |> AGGREGATE "
        "COUNT(*) AS n, MAX(age) AS a GROUP BY block |> CALL complete('block', under => 'Ramgarh')",
        "block,n,a\nGola,4,30\nMandu,0,0\nRamgarh,4,22\n");
}

static void without_under_it_is_the_country(void **state)
{
    struct ask *a = *state;
    ask_expect(a,
               "FROM registrations |> WHERE date = '2021-11-18' |> AGGREGATE COUNT(*) AS n GROUP "
               "BY district |> CALL complete('district')",
               "district,n\nBaksa,0\nBajali,5\nDumka,0\nRamgarh,8\n");
}

static void the_level_must_be_there(void **state)
{
    struct ask *a = *state;
    ask_fails(
        a,
        "FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY district |> CALL complete('block')",
        ERR_TYPE, 73, "complete('block') needs a column of that level");
    ask_fails(a,
              "FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY district |> CALL "
              "complete('distrikt')",
              ERR_UNKNOWN_NAME, 82, "\"distrikt\" is no level of places");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ASK_TEST(places_without_rows_get_zero),
        ASK_TEST(without_under_it_is_the_country),
        ASK_TEST(the_level_must_be_there),
    };
    return cmocka_run_group_tests_name("query/tvf_place", tests, NULL, NULL);
}
