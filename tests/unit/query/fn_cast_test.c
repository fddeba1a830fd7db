/* SPDX-License-Identifier: MIT
 *
 * CAST and SAFE_CAST. */
#include "ask.h"

static void to_and_from_text(void **state)
{
    struct ask *a = *state;
    ask_expect(a,
               "SELECT CAST(12 AS STRING) AS a, CAST(1.5 AS STRING) AS b, CAST(TRUE AS STRING) AS "
               "c, CAST(DATE '2021-01-02' AS STRING) AS d, CAST('7' AS INT64) AS e, CAST('1.5' AS "
               "FLOAT64) AS f, CAST('true' AS BOOL) AS g, CAST('2021-01-02' AS DATE) AS h, "
               "CAST(NULL AS INT64) AS i",
               "a,b,c,d,e,f,g,h,i\n12,1.5,true,2021-01-02,7,1.5,true,2021-01-02,\n");
}

static void between_numbers(void **state)
{
    struct ask *a = *state;
    ask_expect(a,
               "SELECT CAST(2.5 AS INT64) AS a, CAST(-2.5 AS INT64) AS b, CAST(3 AS FLOAT64) AS c, "
               "CAST(TRUE AS INT64) AS d, CAST(0 AS BOOL) AS e",
               "a,b,c,d,e\n3,-3,3.0,1,false\n");
    ask_fails(a, "SELECT CAST(1e30 AS INT64)", ERR_VALUE, 8, "Cannot cast 1e+30 to INT64");
}

static void what_cannot_be_is_an_error_or_null(void **state)
{
    struct ask *a = *state;
    ask_fails(a, "SELECT CAST('x' AS INT64)", ERR_VALUE, 8, "Bad INT64 value: \"x\"");
    ask_expect(a, "SELECT SAFE_CAST('x' AS INT64) AS a, SAFE_CAST('2021-02-30' AS DATE) AS b",
               "a,b\n,\n");
    ask_fails(a, "SELECT CAST(DATE '2021-01-01' AS INT64)", ERR_TYPE, 8,
              "Invalid cast from DATE to INT64");
    ask_fails(a, "SELECT CAST(1 AS NUMBER)", ERR_UNSUPPORTED, 8,
              "Type NUMBER is not supported by this server");
}

static void names_are_texts(void **state)
{
    struct ask *a = *state;
    ask_expect(
        a, "FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY CAST(district AS STRING) AS d",
        "d,n\n,1\nBajali,5\nBaksa,12\nDumka,9\nRamgarh,34\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ASK_TEST(to_and_from_text),
        ASK_TEST(between_numbers),
        ASK_TEST(what_cannot_be_is_an_error_or_null),
        ASK_TEST(names_are_texts),
    };
    return cmocka_run_group_tests_name("query/fn_cast", tests, NULL, NULL);
}
