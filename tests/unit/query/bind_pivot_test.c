/* SPDX-License-Identifier: MIT
 *
 * PIVOT, UNPIVOT, DESCRIBE. */
#include "ask.h"

static void values_become_columns(void **state)
{
    struct ask *a = *state;
    ask_expect(a,
               "FROM KeyValue |> PIVOT (MAX(key) AS m, COUNT(*) AS n FOR value IN ('value1' AS "
               "one, 'value2'))",
               "m_one,n_one,m_value2,n_value2\n3,2,2,1\n");
    ask_expect(a,
               "FROM registrations |> SELECT district, gender |> PIVOT (COUNT(*) FOR gender IN "
               "('F', 'M'))",
               "district,F,M\n,0,0\nBaksa,12,0\nBajali,0,5\nDumka,9,0\nRamgarh,19,13\n");
    ask_expect(a, "FROM KeyValue |> PIVOT (COUNT(*) FOR key IN (1, 2))",
               "value,_1,_2\nvalue1,1,0\nvalue2,0,1\n");
}

static void what_cannot_be_turned_is_told(void **state)
{
    struct ask *a = *state;
    ask_fails(a, "FROM KeyValue |> PIVOT (key FOR value IN ('value1'))", ERR_TYPE, 25,
              "PIVOT expression must be an aggregate function call");
    ask_fails(a, "FROM KeyValue |> PIVOT (SUM(key) FOR value IN (value))", ERR_TYPE, 48,
              "Values of PIVOT must be constants");
    ask_fails(a, "FROM KeyValue |> PIVOT (SUM(key) FOR nokey IN (1))", ERR_UNKNOWN_NAME, 38,
              "Unrecognized name: nokey");
    ask_fails(a, "FROM mixed |> UNPIVOT (value FOR name IN (i, s))", ERR_TYPE, 15,
              "Values of types INT64 and STRING have no type in common");
    ask_fails(a, "FROM mixed |> UNPIVOT (value FOR name IN (nokey))", ERR_UNKNOWN_NAME, 43,
              "Unrecognized name: nokey");
}

static void columns_become_rows(void **state)
{
    struct ask *a = *state;
    ask_expect(a,
               "FROM mixed |> SELECT id, i, f |> WHERE id > 2 |> UNPIVOT (value FOR name IN (i, f "
               "AS 'part'))",
               "id,value,name\n4,12.0,i\n4,100.0,part\n5,5.0,i\n5,0.1,part\n");
    ask_expect(a,
               "FROM mixed |> SELECT id, i, f |> WHERE id = 3 |> UNPIVOT INCLUDE NULLS (value FOR "
               "name IN (i, f))",
               "id,value,name\n3,,i\n3,,f\n");
}

static void columns_are_described(void **state)
{
    struct ask *a = *state;
    ask_expect(a, "DESCRIBE KeyValue", "column,type\nkey,INT64\nvalue,STRING\n");
    ask_expect(a,
               "FROM registrations |> AGGREGATE COUNT(*) AS n, AVG(age) AS a GROUP BY block, date "
               "|> DESCRIBE",
               "column,type\nblock,STRING\ndate,DATE\nn,INT64\na,FLOAT64\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ASK_TEST(values_become_columns),
        ASK_TEST(what_cannot_be_turned_is_told),
        ASK_TEST(columns_become_rows),
        ASK_TEST(columns_are_described),
    };
    return cmocka_run_group_tests_name("query/bind_pivot", tests, NULL, NULL);
}
