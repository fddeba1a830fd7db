/* SPDX-License-Identifier: MIT
 *
 * Arithmetic, comparison, logic. */
#include "ask.h"

static void integers_stay_integers(void **state)
{
    struct ask *a = *state;
    ask_expect(a, "SELECT 7 + 2 AS a, 7 - 9 AS b, 7 * -3 AS c, 7 / 2 AS d, -(-5) AS e",
               "a,b,c,d,e\n9,-2,-21,3.5,5\n");
}

static void overflow_is_an_error(void **state)
{
    struct ask *a = *state;
    ask_fails(a, "SELECT 9223372036854775807 + 1", ERR_VALUE, 8,
              "int64 overflow: 9223372036854775807 + 1");
    ask_fails(a, "SELECT -9223372036854775807 - 2", ERR_VALUE, 8,
              "int64 overflow: -9223372036854775807 - 2");
    ask_fails(a, "SELECT 4611686018427387904 * 2", ERR_VALUE, 8,
              "int64 overflow: 4611686018427387904 * 2");
    ask_fails(a, "FROM mixed |> SELECT i * 9223372036854775807", ERR_VALUE, 22,
              "int64 overflow: 3 * 9223372036854775807");
    ask_fails(a, "SELECT 1e308 * 10", ERR_VALUE, 8, "double overflow: 1e+308 * 10");
}

static void division_by_zero_is_an_error(void **state)
{
    struct ask *a = *state;
    ask_fails(a, "SELECT 1 / 0", ERR_VALUE, 8, "division by zero: 1 / 0");
    ask_fails(a, "SELECT 1.5 / 0.0", ERR_VALUE, 8, "division by zero: 1.5 / 0");
    ask_fails(a, "FROM mixed |> SELECT f / (i - i)", ERR_VALUE, 22, "division by zero: 1.5 / 0");
}

static void null_is_unknown(void **state)
{
    struct ask *a = *state;
    ask_expect(a,
               "SELECT NULL + 1 AS a, NULL = NULL AS b, NULL AND FALSE AS c, NULL OR TRUE AS d, "
               "NULL AND TRUE AS e, NOT NULL AS f, NULL IS NULL AS g, TRUE IS NOT FALSE AS h",
               "a,b,c,d,e,f,g,h\n,,false,true,,,true,true\n");
}

static void all_types_compare(void **state)
{
    struct ask *a = *state;
    ask_expect(
        a,
        "SELECT 1 < 1.5 AS a, 'a' < 'b' AS b, DATE '2021-01-01' > '2020-12-31' AS c, TRUE = FALSE "
        "AS d, 'a' != 'A' AS e, 2 >= 2 AS f, 2 <= 1 AS g, 'b' >= 'ab' AS h, 1.0 = 1 AS i",
        "a,b,c,d,e,f,g,h,i\ntrue,true,true,false,true,true,false,true,true\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ASK_TEST(integers_stay_integers),
        ASK_TEST(overflow_is_an_error),
        ASK_TEST(division_by_zero_is_an_error),
        ASK_TEST(null_is_unknown),
        ASK_TEST(all_types_compare),
    };
    return cmocka_run_group_tests_name("query/fn_num", tests, NULL, NULL);
}
