/* SPDX-License-Identifier: MIT
 *
 * Operators of the pipe. */
#include "ask.h"

static void extend_items_do_not_see_each_other(void **state)
{
    struct ask *a = *state;
    ask_fails(a, "FROM KeyValue |> EXTEND key AS a, a + 1 AS b", ERR_UNKNOWN_NAME, 35,
              "Unrecognized name: a");
    ask_expect(a, "FROM KeyValue |> EXTEND key + 1 AS a |> EXTEND a + 1 AS b |> LIMIT 1",
               "key,value,a,b\n1,value1,2,3\n");
}

static void set_drop_rename_need_the_column_once(void **state)
{
    struct ask *a = *state;
    ask_fails(a, "FROM KeyValue |> SET nokey = 1", ERR_UNKNOWN_NAME, 30,
              "Unrecognized name: nokey");
    ask_fails(a, "FROM KeyValue |> SET key = 1, key = 2", ERR_SYNTAX, 37,
              "SET sets column key twice");
    ask_fails(a, "FROM KeyValue |> DROP nokey", ERR_UNKNOWN_NAME, 23, "Unrecognized name: nokey");
    ask_fails(a, "FROM KeyValue |> RENAME nokey AS a", ERR_UNKNOWN_NAME, 25,
              "Unrecognized name: nokey");
    ask_fails(a, "FROM KeyValue |> DROP key, value", ERR_SYNTAX, 18, "DROP leaves no columns");
    ask_expect(a,
               "FROM KeyValue |> RENAME key AS value, value AS key |> SET key = UPPER(key) |> DROP "
               "value |> LIMIT 1",
               "key\nVALUE1\n");
}

static void rows_of_registrations_can_be_shaped(void **state)
{
    struct ask *a = *state;
    ask_expect(a,
               "FROM registrations |> EXTEND age * 2 AS twice |> WHERE twice > 100 |> SELECT age, "
               "twice, count |> ORDER BY age",
               "age,twice,count\n60,120,1\n");
}

static void the_weight_stays_with_rows(void **state)
{
    struct ask *a = *state;
    ask_expect(a,
               "FROM registrations |> SELECT date, age |> ORDER BY age |> AGGREGATE COUNT(*) AS n",
               "n\n61\n");
    ask_expect(a, "FROM registrations |> SELECT age |> DISTINCT |> AGGREGATE COUNT(*) AS n",
               "n\n15\n");
}

static void limits_are_constants(void **state)
{
    struct ask *a = *state;
    ask_expect(a, "FROM KeyValue |> LIMIT @n", "key,value\n1,value1\n2,value2\n");
    ask_expect(a, "FROM KeyValue |> LIMIT 1 OFFSET @n", "key,value\n3,value1\n");
    ask_fails(a, "FROM KeyValue |> LIMIT key", ERR_TYPE, 24,
              "LIMIT must be a constant or a parameter");
    ask_fails(a, "FROM KeyValue |> LIMIT -1", ERR_VALUE, 24,
              "LIMIT expects a non-negative integer");
}

static void assert_tells_its_payload(void **state)
{
    struct ask *a = *state;
    ask_fails(a, "FROM KeyValue |> ASSERT key < 3, 'key is', key", ERR_VALUE, 25,
              "Assert failed: key is 3");
    ask_fails(a, "FROM KeyValue |> ASSERT key < 3", ERR_VALUE, 25, "Assert failed: key < 3");
    ask_expect(a, "FROM KeyValue |> ASSERT key < 9 |> LIMIT 1", "key,value\n1,value1\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ASK_TEST(extend_items_do_not_see_each_other),
        ASK_TEST(set_drop_rename_need_the_column_once),
        ASK_TEST(rows_of_registrations_can_be_shaped),
        ASK_TEST(the_weight_stays_with_rows),
        ASK_TEST(limits_are_constants),
        ASK_TEST(assert_tells_its_payload),
    };
    return cmocka_run_group_tests_name("query/bind_pipe", tests, NULL, NULL);
}
