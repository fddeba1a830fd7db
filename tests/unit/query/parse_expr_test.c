/* SPDX-License-Identifier: MIT
 *
 * Precedence and the forms of expressions. */
#include "ask.h"

static void precedence_is_googlesqls(void **state)
{
    struct ask *a = *state;
    ask_expect(a,
               "SELECT 1 + 2 * 3 - 4 / 2 AS a, -2 * 3 AS b, '1' || '2' IS NULL AS c, NOT TRUE OR "
               "TRUE AS d, TRUE OR TRUE AND FALSE AS e, 1 + 1 = 2 AND 3 > 2 AS f, 2 BETWEEN 1 AND "
               "1 + 1 AND TRUE AS g",
               "a,b,c,d,e,f,g\n5.0,-6,false,true,true,true,true\n");
    ask_expect(a, "SELECT 'a' || 'b' = 'ab' AS c", "c\ntrue\n");
}

static void comparisons_do_not_chain(void **state)
{
    struct ask *a = *state;
    ask_fails(a, "SELECT 1 < 2 < 3", ERR_SYNTAX, 14,
              "Syntax error: Expected end of expression but got \"<\"");
}

static void trailing_commas_end_lists(void **state)
{
    struct ask *a = *state;
    ask_expect(a, "SELECT 1 IN (1, 2,) AS a,", "a\ntrue\n");
}

static void reserved_words_are_no_names(void **state)
{
    struct ask *a = *state;
    ask_fails(a, "SELECT from", ERR_SYNTAX, 8,
              "Syntax error: Expected an expression but got keyword from");
    ask_expect(a, "SELECT `from` FROM targets LIMIT 1", "from\n2021-11-11\n");
}

static void what_is_missing_is_said(void **state)
{
    struct ask *a = *state;
    ask_fails(a, "SELECT (1", ERR_SYNTAX, 10, "Syntax error: Expected \")\" but got end of query");
    ask_fails(a, "SELECT CASE 1 END", ERR_SYNTAX, 15,
              "Syntax error: Expected keyword WHEN but got keyword END");
    ask_fails(a, "SELECT CAST(1 AS)", ERR_SYNTAX, 17,
              "Syntax error: Expected a type but got \")\"");
    ask_fails(a, "SELECT 1 +", ERR_SYNTAX, 11,
              "Syntax error: Expected an expression but got end of query");
    ask_fails(a, "SELECT [1, 2]", ERR_UNSUPPORTED, 8,
              "Arrays stand only as arguments of CALL on this server");
    ask_fails(a, "SELECT a.b.c", ERR_UNSUPPORTED, 11,
              "Fields of structs are not supported by this server.");
    ask_fails(a, "SELECT x BETWEEN 1 OR 2", ERR_SYNTAX, 20,
              "Syntax error: Expected keyword AND but got keyword OR");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ASK_TEST(precedence_is_googlesqls),  ASK_TEST(comparisons_do_not_chain),
        ASK_TEST(trailing_commas_end_lists), ASK_TEST(reserved_words_are_no_names),
        ASK_TEST(what_is_missing_is_said),
    };
    return cmocka_run_group_tests_name("query/parse_expr", tests, NULL, NULL);
}
