/* SPDX-License-Identifier: MIT
 *
 * What a constant means beside a place, a coded value, a date. */
#include "ask.h"

static void places_equal_code_or_name(void **state)
{
    struct ask *a = *state;
    ask_expect(a, "FROM registrations |> WHERE district = 607 |> AGGREGATE COUNT(*) AS n",
               "n\n34\n");
    ask_expect(a, "FROM registrations |> WHERE district = '607' |> AGGREGATE COUNT(*) AS n",
               "n\n34\n");
    ask_expect(a, "FROM registrations |> WHERE district = 'रामगढ़' |> AGGREGATE COUNT(*) AS n",
               "n\n34\n");
    ask_expect(a, "FROM registrations |> WHERE 'Ramgarh' = district |> AGGREGATE COUNT(*) AS n",
               "n\n34\n");
    ask_expect(a, "FROM registrations |> WHERE district_code = 607 |> AGGREGATE COUNT(*) AS n",
               "n\n34\n");
    ask_expect(a,
               "FROM registrations |> WHERE district IN (607, 'Dumka') |> AGGREGATE COUNT(*) AS n",
               "n\n43\n");
}

static void coded_values_equal_code_name_or_alias(void **state)
{
    struct ask *a = *state;
    ask_expect(a,
               "FROM registrations |> WHERE sector = 1 AND gender = 'F' |> AGGREGATE COUNT(*) AS n",
               "n\n36\n");
    ask_expect(a,
               "FROM registrations |> WHERE sector = 'खेती' AND gender IN ('F', 'O') |> AGGREGATE "
               "COUNT(*) AS n",
               "n\n36\n");
    ask_fails(a, "FROM registrations |> WHERE gender = 'X' |> AGGREGATE COUNT(*)", ERR_UNKNOWN_NAME,
              38, "\"X\" is not in the list of gender");
    ask_fails(a, "FROM registrations |> WHERE sector = 'Agri culture' |> AGGREGATE COUNT(*)",
              ERR_UNKNOWN_NAME, 38, "\"Agri culture\" is not in the list of sectors");
}

static void order_is_by_name(void **state)
{
    struct ask *a = *state;
    ask_expect(
        a,
        "FROM registrations |> WHERE district < 'D' |> AGGREGATE COUNT(*) AS n GROUP BY district",
        "district,n\nBaksa,12\nBajali,5\n");
}

static void dates_are_read_from_texts(void **state)
{
    struct ask *a = *state;
    ask_expect(a, "FROM registrations |> WHERE date = '2021-11-19' |> AGGREGATE COUNT(*) AS n",
               "n\n14\n");
    ask_expect(a, "FROM registrations |> WHERE date >= @as_on |> AGGREGATE COUNT(*) AS n",
               "n\n34\n");
    ask_fails(a, "FROM registrations |> WHERE date = '20-11-2021' |> AGGREGATE COUNT(*)", ERR_VALUE,
              36, "Could not cast literal \"20-11-2021\" to type DATE: '20-11-2021' is not a date");
    ask_fails(a, "FROM registrations |> WHERE date = 5 |> AGGREGATE COUNT(*)", ERR_TYPE, 29,
              "No matching signature for operator = for argument types: DATE, INT64");
}

static void texts_that_nobody_has_match_nothing(void **state)
{
    struct ask *a = *state;
    ask_expect(a, "FROM registrations |> WHERE centre = 'nowhere' |> AGGREGATE COUNT(*) AS n",
               "n\n0\n");
    ask_expect(a, "FROM registrations |> WHERE centre != 'nowhere' |> AGGREGATE COUNT(*) AS n",
               "n\n40\n");
}

static void a_coded_parameter_takes_the_list_of_its_column(void **state)
{
    struct ask *a = *state;
    struct query_param sector[] = {{{"sector", 6}, {.type = TYPE_CODED, .i = 6}}};
    a->ctx.param = sector;
    a->ctx.params = 1;
    ask_expect(a, "FROM registrations |> WHERE sector = @sector |> AGGREGATE COUNT(*) AS n",
               "n\n12\n");
    ask_expect(a, "FROM registrations |> WHERE sector IN (@sector, 1) |> AGGREGATE COUNT(*) AS n",
               "n\n58\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ASK_TEST(places_equal_code_or_name),
        ASK_TEST(coded_values_equal_code_name_or_alias),
        ASK_TEST(order_is_by_name),
        ASK_TEST(dates_are_read_from_texts),
        ASK_TEST(texts_that_nobody_has_match_nothing),
        ASK_TEST(a_coded_parameter_takes_the_list_of_its_column),
    };
    return cmocka_run_group_tests_name("query/bind_compare", tests, NULL, NULL);
}
