/* SPDX-License-Identifier: MIT
 *
 * From places and codes to names and back. */
#include "ask.h"

static void codes_of_names(void **state)
{
    struct ask *a = *state;
    ask_expect(
        a,
        "FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY state, state_code, sector, "
        "sector_code",
        "state,state_code,sector,sector_code,n\nAssam,18,Agriculture,1,8\nAssam,18,Construction,7,"
        "9\nJharkhand,20,,,3\nJharkhand,20,Agriculture,1,38\nJharkhand,20,Construction,7,3\n");
}

static void texts_as_numbers(void **state)
{
    struct ask *a = *state;
    ask_expect(
        a, "FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY occupation, occupation_code",
        "occupation,occupation_code,n\n,,6\n1001,1001,37\n1002,1002,6\n7003,7003,11\nmason,,1\n");
}

static void child_of_goes_one_level_down(void **state)
{
    struct ask *a = *state;
    ask_expect(
        a, "FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY CHILD_OF('country') AS place",
        "place,n\nAssam,17\nJharkhand,44\n");
    ask_expect(
        a, "FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY CHILD_OF('block:3168') AS place",
        "place,n\n,49\nBarlanga,7\nSosokalan,5\n");
    ask_expect(a,
               "FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY CHILD_OF(@district) AS "
               "place |> EXTEND place_code",
               "place,n,place_code\n,30,\nGola,17,3168\nMandu,9,3172\nRamgarh,5,3175\n");
}

static void a_panchayat_has_no_children(void **state)
{
    struct ask *a = *state;
    ask_fails(a, "FROM registrations |> SELECT CHILD_OF('panchayat:900001')", ERR_VALUE, 39,
              "There are no places below a panchayat");
    ask_fails(a, "FROM mixed |> SELECT CHILD_OF('district:607')", ERR_UNSUPPORTED, 22,
              "CHILD_OF needs rows of registrations; use it before they are aggregated");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ASK_TEST(codes_of_names),
        ASK_TEST(texts_as_numbers),
        ASK_TEST(child_of_goes_one_level_down),
        ASK_TEST(a_panchayat_has_no_children),
    };
    return cmocka_run_group_tests_name("query/fn_name", tests, NULL, NULL);
}
