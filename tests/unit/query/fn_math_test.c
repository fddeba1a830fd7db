/* SPDX-License-Identifier: MIT
 *
 * Functions on numbers. */
#include "ask.h"

static void rounding_is_away_from_zero_at_the_half(void **state)
{
    struct ask *a = *state;
    ask_expect(a,
               "SELECT ROUND(2.5) AS a, ROUND(-2.5) AS b, ROUND(1234.567, 2) AS c, ROUND(1234.567, "
               "-2) AS d, TRUNC(-2.7) AS e, FLOOR(-2.5) AS f, CEIL(-2.5) AS g",
               "a,b,c,d,e,f,g\n3.0,-3.0,1234.57,1200.0,-2.0,-3.0,-2.0\n");
}

static void integer_division_truncates(void **state)
{
    struct ask *a = *state;
    ask_expect(a, "SELECT DIV(7, 2) AS a, DIV(-7, 2) AS b, MOD(7, 3) AS c, MOD(-7, 3) AS d",
               "a,b,c,d\n3,-3,1,-1\n");
    ask_fails(a, "SELECT DIV(1, 0)", ERR_VALUE, 8, "division by zero: DIV(1, 0)");
    ask_fails(a, "SELECT MOD(1, 0)", ERR_VALUE, 8, "division by zero: MOD(1, 0)");
    ask_fails(a, "SELECT DIV(-9223372036854775808, -1)", ERR_VALUE, 8,
              "int64 overflow: DIV(-9223372036854775808, -1)");
}

static void safe_divide_gives_null(void **state)
{
    struct ask *a = *state;
    ask_expect(a,
               "SELECT SAFE_DIVIDE(1, 0) AS a, SAFE_DIVIDE(1, 4) AS b, SAFE_DIVIDE(NULL, 1) AS c",
               "a,b,c\n,0.25,\n");
}

static void the_rest(void **state)
{
    struct ask *a = *state;
    ask_expect(a,
               "SELECT ABS(-3) AS a, ABS(-1.5) AS b, SIGN(-2) AS c, SQRT(16) AS d, POW(2, 10) AS "
               "e, LN(1) AS f, EXP(0) AS g, LOG10(1000) AS h",
               "a,b,c,d,e,f,g,h\n3,1.5,-1,4.0,1024.0,0.0,1.0,3.0\n");
    ask_fails(a, "SELECT SQRT(-1)", ERR_VALUE, 8, "SQRT is not defined for -1");
    ask_fails(a, "SELECT LN(0)", ERR_VALUE, 8, "LN is not defined for 0");
    ask_fails(a, "SELECT ABS(-9223372036854775808)", ERR_VALUE, 8,
              "int64 overflow: ABS(-9223372036854775808)");
}

static void least_and_greatest_need_all(void **state)
{
    struct ask *a = *state;
    ask_expect(a,
               "SELECT LEAST(3, 1, 2) AS a, GREATEST(3, 1.5) AS b, LEAST(1, NULL) AS c, "
               "GREATEST('a', 'b') AS d",
               "a,b,c,d\n1,3.0,,b\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ASK_TEST(rounding_is_away_from_zero_at_the_half),
        ASK_TEST(integer_division_truncates),
        ASK_TEST(safe_divide_gives_null),
        ASK_TEST(the_rest),
        ASK_TEST(least_and_greatest_need_all),
    };
    return cmocka_run_group_tests_name("query/fn_math", tests, NULL, NULL);
}
