/* SPDX-License-Identifier: MIT
 *
 * Functions on texts count characters. */
#include "ask.h"

static void lengths_are_in_characters(void **state)
{
    struct ask *a = *state;
    ask_expect(a,
               "SELECT LENGTH('राम') AS a, BYTE_LENGTH('राम') AS b, LENGTH('') AS c, "
               "CHAR_LENGTH('abc') AS d",
               "a,b,c,d\n3,9,0,3\n");
}

static void parts(void **state)
{
    struct ask *a = *state;
    ask_expect(a,
               "SELECT SUBSTR('abcdef', 2, 3) AS a, SUBSTR('abcdef', -2) AS b, SUBSTR('abc', 0, 2) "
               "AS c, SUBSTR('राम', 2, 1) AS d, LEFT('abc', 2) AS e, RIGHT('abc', 2) AS f, "
               "SUBSTR('abc', 9) AS g",
               "a,b,c,d,e,f,g\nbcd,ef,ab,ा,ab,bc,\n");
    ask_fails(a, "SELECT SUBSTR('abc', 1, -1)", ERR_VALUE, 8,
              "Third argument in SUBSTR() cannot be negative");
}

static void trimming(void **state)
{
    struct ask *a = *state;
    ask_expect(a,
               "SELECT TRIM('  a ') AS a, LTRIM('xxa', 'x') AS b, RTRIM('axx', 'x') AS c, "
               "TRIM('रामर', 'र') AS d",
               "a,b,c,d\na,a,a,ाम\n");
}

static void finding(void **state)
{
    struct ask *a = *state;
    ask_expect(a,
               "SELECT STARTS_WITH('abc', 'ab') AS a, ENDS_WITH('abc', 'bc') AS b, "
               "STRPOS('रामगढ़', 'म') AS c, STRPOS('a', 'z') AS d, "
               "REPLACE('aXbX', 'X', '--') AS e, REPLACE('abc', '', 'x') AS f",
               "a,b,c,d,e,f\ntrue,true,3,0,a--b--,abc\n");
}

static void like(void **state)
{
    struct ask *a = *state;
    ask_expect(a,
               "SELECT 'abc' LIKE 'a%' AS a, 'abc' LIKE '_b_' AS b, 'राम' LIKE '_ाम' AS c, 'a%c' "
               "LIKE 'a\\\\%c' AS d, 'abc' LIKE 'a\\\\%c' AS e, '' LIKE '%' AS f, 'aaab' LIKE "
               "'%a%b' AS g, 'abc' LIKE 'ab' AS h",
               "a,b,c,d,e,f,g,h\ntrue,true,true,true,false,true,true,false\n");
}

static void joining(void **state)
{
    struct ask *a = *state;
    ask_expect(a, "SELECT 'a' || 'b' || 'c' AS a, CONCAT('x', NULL) AS b, CONCAT('x') AS c",
               "a,b,c\nabc,,x\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ASK_TEST(lengths_are_in_characters),
        ASK_TEST(parts),
        ASK_TEST(trimming),
        ASK_TEST(finding),
        ASK_TEST(like),
        ASK_TEST(joining),
    };
    return cmocka_run_group_tests_name("query/fn_text", tests, NULL, NULL);
}
