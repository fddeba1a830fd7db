/* SPDX-License-Identifier: MIT
 *
 * Names of places, resolved inside the places already named. */
#include "ask.h"

static void a_name_of_several_places_lists_them(void **state)
{
    struct ask *a = *state;
    ask_fails(a, "FROM registrations |> WHERE block = 'Ramgarh' |> AGGREGATE COUNT(*)",
              ERR_AMBIGUOUS, 37,
              "The name \"Ramgarh\" stands for 2 places: block:3104 Ramgarh (Dumka), block:3175 "
              "Ramgarh (Ramgarh)");
}

static void a_condition_above_decides(void **state)
{
    struct ask *a = *state;
    ask_expect(a,
               "FROM registrations |> WHERE district = 'Dumka' AND block = 'Ramgarh' |> AGGREGATE "
               "COUNT(*) AS n GROUP BY block_code",
               "block_code,n\n3104,9\n");
    ask_expect(a,
               "FROM registrations |> WHERE block = 'Ramgarh' AND district_code = 607 |> AGGREGATE "
               "COUNT(*) AS n GROUP BY block_code",
               "block_code,n\n3175,5\n");
    ask_expect(a,
               "FROM registrations |> WHERE district = @district |> WHERE block = 'रामगढ़' |> "
               "AGGREGATE COUNT(*) AS n GROUP BY block_code",
               "block_code,n\n3175,5\n");
    ask_expect(a,
               "FROM registrations |> WHERE district = 'Ramgarh' AND block = @name |> AGGREGATE "
               "COUNT(*) AS n GROUP BY block_code",
               "block_code,n\n3168,17\n");
}

static void it_holds_behind_the_aggregate_too(void **state)
{
    struct ask *a = *state;
    ask_expect(a,
               "FROM registrations |> WHERE district = 'Ramgarh' |> AGGREGATE COUNT(*) AS n GROUP "
               "BY block |> WHERE block = 'Ramgarh'",
               "block,n\nRamgarh,5\n");
}

static void a_place_elsewhere_is_unknown_here(void **state)
{
    struct ask *a = *state;
    ask_fails(
        a,
        "FROM registrations |> WHERE district = 'Dumka' AND block = 'Gola' |> AGGREGATE COUNT(*)",
        ERR_UNKNOWN_NAME, 60, "There is no block \"Gola\" in Dumka");
}

static void a_code_elsewhere_is_known_and_has_no_rows_here(void **state)
{
    struct ask *a = *state;
    ask_expect(a,
               "FROM registrations |> WHERE district = 'Dumka' AND block = 3168 |> AGGREGATE "
               "COUNT(*) AS n",
               "n\n0\n");
    ask_expect(a,
               "FROM registrations |> WHERE (block IN (3168, 3172) OR district = 'Dumka') AND "
               "district = 'Ramgarh' AND block = 3168 |> AGGREGATE COUNT(*) AS n GROUP BY "
               "block_code",
               "block_code,n\n3168,17\n");
    ask_fails(a,
              "FROM registrations |> WHERE district = 'Dumka' AND block = 99999 |> AGGREGATE "
              "COUNT(*)",
              ERR_UNKNOWN_NAME, 60, "There is no block \"99999\" in Dumka");
}

static void one_block_in_two_districts_is_one(void **state)
{
    struct ask *a = *state;
    ask_expect(a, "FROM registrations |> WHERE block = 'Gobardhana' |> AGGREGATE COUNT(*) AS n",
               "n\n17\n");
    ask_expect(a,
               "FROM registrations |> WHERE district = 'Baksa' AND block = 'Gobardhana' |> "
               "AGGREGATE COUNT(*) AS n",
               "n\n12\n");
}

static void aliases_count(void **state)
{
    struct ask *a = *state;
    ask_expect(a, "FROM registrations |> WHERE block = 'ramgarh  CANTT' |> AGGREGATE COUNT(*) AS n",
               "n\n5\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ASK_TEST(a_name_of_several_places_lists_them),
        ASK_TEST(a_condition_above_decides),
        ASK_TEST(it_holds_behind_the_aggregate_too),
        ASK_TEST(a_place_elsewhere_is_unknown_here),
        ASK_TEST(a_code_elsewhere_is_known_and_has_no_rows_here),
        ASK_TEST(one_block_in_two_districts_is_one),
        ASK_TEST(aliases_count),
    };
    return cmocka_run_group_tests_name("query/bind_place", tests, NULL, NULL);
}
