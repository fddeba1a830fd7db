/* SPDX-License-Identifier: MIT
 *
 * common_shock: what all share, and what is a row's own. */
#include "ask.h"

#define ROWS                                                                                       \
    "FROM (SELECT 'a' AS p, 'x' AS k, 40 AS v, 100 AS u UNION ALL SELECT 'a', 'y', 30, 100 "       \
    "UNION ALL SELECT 'a', 'z', 44, 100 UNION ALL SELECT 'b', 'x', 10, 0 UNION ALL SELECT 'b', "   \
    "'y', 6, "                                                                                     \
    "3 UNION ALL SELECT 'b', 'z', 0, 3)"

static void the_median_is_shared(void **state)
{
    struct ask *a = *state;
    ask_expect(
        a, ROWS " |> WHERE p = 'a' |> CALL common_shock(value => 'v', usual => 'u')",
        "p,k,v,u,shared_pct,own_pct\na,x,40,100,40.0,100.0\na,y,30,100,40.0,75.0\na,z,44,100,"
        "40.0,110.0\n");
}

static void each_partition_has_its_own(void **state)
{
    struct ask *a = *state;
    ask_expect(
        a, ROWS " |> CALL common_shock(value => 'v', usual => 'u', partition => 'p')",
        "p,k,v,u,shared_pct,own_pct\na,x,40,100,40.0,100.0\na,y,30,100,40.0,75.0\na,z,44,100,"
        "40.0,110.0\nb,x,10,0,100.0,\nb,y,6,3,100.0,200.0\nb,z,0,3,100.0,0.0\n");
}

static void without_anything_usual_nothing_is_told(void **state)
{
    struct ask *a = *state;
    ask_expect(a,
               "FROM KeyValue |> EXTEND 0 AS u |> CALL common_shock(value => 'key', usual => 'u')",
               "key,value,u,shared_pct,own_pct\n1,value1,0,,\n2,value2,0,,\n3,value1,0,,\n");
    ask_expect(
        a, "FROM KeyValue |> EXTEND 0 AS v |> CALL common_shock(value => 'v', usual => 'key')",
        "key,value,v,shared_pct,own_pct\n1,value1,0,0.0,\n2,value2,0,0.0,\n3,value1,0,0.0,\n");
    ask_fails(a, "FROM KeyValue |> CALL common_shock(value => 'value', usual => 'key')", ERR_TYPE,
              45, "Column value is not a number");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ASK_TEST(the_median_is_shared),
        ASK_TEST(each_partition_has_its_own),
        ASK_TEST(without_anything_usual_nothing_is_told),
    };
    return cmocka_run_group_tests_name("query/tvf_shock", tests, NULL, NULL);
}
