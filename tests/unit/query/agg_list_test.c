/* SPDX-License-Identifier: MIT
 *
 * STRING_AGG in an order, and quantiles; more in tests/query/aggregates.test. */
#include "ask.h"

static void texts_come_in_the_order_asked_for(void **state)
{
    struct ask *a = *state;
    ask_expect(a, "FROM KeyValue |> AGGREGATE STRING_AGG(value, '' ORDER BY key DESC LIMIT 2) AS v",
               "v\nvalue1value2\n");
}

static void quantiles_weigh_rows(void **state)
{
    struct ask *a = *state;
    ask_expect(a,
               "FROM registrations |> WHERE block = 3168 AND age < 31 |> AGGREGATE "
               "APPROX_QUANTILES(age, 2)[OFFSET(1)] AS m, "
               "APPROX_QUANTILES(DISTINCT age, 2)[OFFSET(1)] AS d",
               "m,d\n24,24\n");
}

static void a_value_taken_back_is_not_there(void **state)
{
    struct ask *a = *state;
    ask_expect(a,
               "FROM registrations |> WHERE district = 'Dumka' |> AGGREGATE "
               "APPROX_QUANTILES(age, 1)[OFFSET(0)] AS least",
               "least\n33\n"); /* the one of 29 was taken back */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ASK_TEST(texts_come_in_the_order_asked_for),
        ASK_TEST(quantiles_weigh_rows),
        ASK_TEST(a_value_taken_back_is_not_there),
    };
    return cmocka_run_group_tests_name("query/agg_list", tests, NULL, NULL);
}
