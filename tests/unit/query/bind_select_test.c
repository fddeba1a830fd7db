/* SPDX-License-Identifier: MIT
 *
 * AGGREGATE and standard SELECT. */
#include "ask.h"

static void grouping_columns_come_first(void **state)
{
    struct ask *a = *state;
    ask_expect(a, "FROM mixed |> AGGREGATE COUNT(*) AS n, SUM(i) AS t GROUP BY s, id > 3 AS big",
               "s,big,n,t\n,false,1,\nAlpha,false,1,3\nAlpha,true,1,5\nbeta,false,1,-7\n"
               "ग़ज़ल,true,1,12\n");
}

static void what_is_not_grouped_cannot_stand(void **state)
{
    struct ask *a = *state;
    ask_fails(a, "FROM mixed |> AGGREGATE SUM(i) + id GROUP BY s", ERR_TYPE, 34,
              "Expression references column id which is neither grouped nor aggregated");
    ask_fails(
        a, "FROM mixed |> AGGREGATE id GROUP BY s", ERR_TYPE, 25,
        "Pipe AGGREGATE cannot include expressions that do not include an aggregate function");
    ask_fails(a, "SELECT s, id FROM mixed GROUP BY s", ERR_TYPE, 11,
              "Expression references column id which is neither grouped nor aggregated");
    ask_fails(a, "SELECT * FROM mixed GROUP BY s", ERR_TYPE, 8,
              "SELECT * is not allowed with GROUP BY or aggregates");
}

static void suffixes_sort(void **state)
{
    struct ask *a = *state;
    ask_expect(a, "FROM mixed |> AGGREGATE COUNT(*) AS n DESC GROUP BY s DESC",
               "s,n\nग़ज़ल,1\nbeta,1\nAlpha,2\n,1\n");
    ask_expect(a, "FROM mixed |> AGGREGATE COUNT(*) AS n GROUP AND ORDER BY s DESC NULLS FIRST",
               "s,n\n,1\nग़ज़ल,1\nbeta,1\nAlpha,2\n");
    ask_fails(a, "FROM mixed |> AGGREGATE COUNT(*) AS n NULLS FIRST GROUP BY s", ERR_SYNTAX, 25,
              "NULLS FIRST and NULLS LAST need ASC or DESC here");
}

static void standard_select_is_the_same(void **state)
{
    struct ask *a = *state;
    ask_expect(
        a,
        "SELECT s, COUNT(*) AS n FROM mixed WHERE id < 9 GROUP BY s HAVING COUNT(*) > 1 ORDER BY n",
        "s,n\nAlpha,2\n");
    ask_expect(a, "SELECT UPPER(s) AS u, MAX(i) + 1 AS m FROM mixed GROUP BY u ORDER BY m DESC, 1",
               "u,m\nग़ज़ल,13\nALPHA,6\nBETA,-6\n,\n");
    ask_expect(a, "SELECT s FROM mixed GROUP BY 1 ORDER BY COUNT(*) DESC, s LIMIT 2",
               "s\nAlpha\n\n");
    ask_expect(a, "SELECT i FROM mixed ORDER BY f DESC LIMIT 2", "i\n12\n3\n");
    ask_fails(
        a, "SELECT DISTINCT s FROM mixed ORDER BY i", ERR_TYPE, 39,
        "ORDER BY clause expression references a column that is not visible after SELECT DISTINCT");
    ask_expect(a, "SELECT COUNT(*) AS n FROM mixed HAVING n > 100", "n\n");
    ask_fails(a, "SELECT s FROM mixed GROUP BY 7", ERR_VALUE, 30,
              "GROUP BY is out of SELECT column number range: 7");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ASK_TEST(grouping_columns_come_first),
        ASK_TEST(what_is_not_grouped_cannot_stand),
        ASK_TEST(suffixes_sort),
        ASK_TEST(standard_select_is_the_same),
    };
    return cmocka_run_group_tests_name("query/bind_select", tests, NULL, NULL);
}
