/* SPDX-License-Identifier: MIT
 *
 * Window functions. */
#include "ask.h"

static void ranks(void **state)
{
    struct ask *a = *state;
    ask_expect(a,
               "FROM mixed |> SELECT id, RANK() OVER (ORDER BY s) AS r, DENSE_RANK() OVER (ORDER "
               "BY s) AS d, ROW_NUMBER() OVER (PARTITION BY s ORDER BY id) AS n",
               "id,r,d,n\n1,2,2,1\n2,4,3,1\n3,1,1,1\n4,5,4,1\n5,2,2,2\n");
}

static void neighbours(void **state)
{
    struct ask *a = *state;
    ask_expect(a,
               "FROM KeyValue |> SELECT key, LAG(key) OVER (ORDER BY key) AS a, LEAD(key, 1, 0) "
               "OVER (ORDER BY key) AS b, LAG(key, 5) OVER (ORDER BY key) AS c, FIRST_VALUE(key) "
               "OVER (ORDER BY key DESC) AS d, LAST_VALUE(key) OVER (ORDER BY key) AS e",
               "key,a,b,c,d,e\n1,,2,,3,1\n2,1,3,,3,2\n3,2,0,,3,3\n");
}

static void running_sums_include_peers(void **state)
{
    struct ask *a = *state;
    ask_expect(a,
               "FROM mixed |> SELECT id, SUM(id) OVER (ORDER BY s) AS a, COUNT(*) OVER (ORDER BY "
               "id) AS b, AVG(id) OVER (PARTITION BY s) AS c",
               "id,a,b,c\n1,9,1,3.0\n2,11,2,2.0\n3,3,3,3.0\n4,15,4,4.0\n5,9,5,3.0\n");
}

static void shares_of_tiles(void **state)
{
    struct ask *a = *state;
    ask_expect(a,
               "FROM mixed |> SELECT NTILE(3) OVER (ORDER BY id) AS t, PERCENT_RANK() OVER (ORDER "
               "BY id) AS p",
               "t,p\n1,0.0\n1,0.25\n2,0.5\n2,0.75\n3,1.0\n");
}

static void they_filter_in_where(void **state)
{
    struct ask *a = *state;
    ask_expect(a,
               "FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY district, block |> WHERE "
               "RANK() OVER (PARTITION BY district ORDER BY n DESC) = 1",
               "district,block,n\n,,1\nBaksa,Gobardhana,12\nBajali,Gobardhana,5\nDumka,Ramgarh,"
               "9\nRamgarh,Gola,17\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ASK_TEST(ranks),
        ASK_TEST(neighbours),
        ASK_TEST(running_sums_include_peers),
        ASK_TEST(shares_of_tiles),
        ASK_TEST(they_filter_in_where),
    };
    return cmocka_run_group_tests_name("query/window", tests, NULL, NULL);
}
