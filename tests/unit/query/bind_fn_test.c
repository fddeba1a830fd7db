/* SPDX-License-Identifier: MIT
 *
 * Calls of functions. */
#include "ask.h"

static void arguments_are_checked(void **state)
{
    struct ask *a = *state;
    ask_fails(a, "SELECT UPPER()", ERR_TYPE, 8, "UPPER has too few arguments");
    ask_fails(a, "SELECT UPPER('a', 'b')", ERR_TYPE, 8, "UPPER has too many arguments");
    ask_fails(a, "SELECT UPPER(1)", ERR_TYPE, 14,
              "No matching signature for function UPPER: argument 1 is INT64 and should be STRING");
    ask_fails(a, "SELECT IF(TRUE, 1)", ERR_TYPE, 8, "IF takes 3 arguments, not 2");
    ask_fails(a, "SELECT UPPER(x => 'a')", ERR_UNSUPPORTED, 8,
              "Named arguments are for CALL; UPPER takes its arguments by position");
    ask_fails(a, "SELECT UPPER(*)", ERR_TYPE, 8, "* is not allowed in function UPPER");
    ask_fails(a, "SELECT UPPER(DISTINCT 'a')", ERR_TYPE, 8,
              "DISTINCT is not allowed in function UPPER");
}

static void dates_in_texts_are_taken(void **state)
{
    struct ask *a = *state;
    ask_expect(a, "SELECT DATE_TRUNC('2021-11-20', MONTH) AS a", "a\n2021-11-01\n");
    ask_fails(a, "SELECT DATE_TRUNC('x', MONTH) AS a", ERR_VALUE, 19,
              "Could not cast literal \"x\" to type DATE: 'x' is not a date");
}

static void there_is_no_clock(void **state)
{
    struct ask *a = *state;
    ask_fails(a, "SELECT CURRENT_DATE()", ERR_UNSUPPORTED, 8,
              "CURRENT_DATE is not supported by this server");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ASK_TEST(arguments_are_checked),
        ASK_TEST(dates_in_texts_are_taken),
        ASK_TEST(there_is_no_clock),
    };
    return cmocka_run_group_tests_name("query/bind_fn", tests, NULL, NULL);
}
