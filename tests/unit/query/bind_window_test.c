/* SPDX-License-Identifier: MIT
 *
 * Calls of window functions: what they may and may not say. */
#include "ask.h"

static void named_windows(void **state)
{
    struct ask *a = *state;
    ask_expect(a,
               "FROM KeyValue |> SELECT key, SUM(key) OVER (w ROWS 1 PRECEDING) AS s WINDOW w AS "
               "(ORDER BY key)",
               "key,s\n1,1\n2,3\n3,5\n");
    ask_refused(a, "FROM KeyValue |> SELECT SUM(key) OVER w", ERR_SYNTAX);
}

static void distances_fit_their_order(void **state)
{
    struct ask *a = *state;
    ask_refused(a, "FROM KeyValue |> SELECT SUM(key) OVER (ORDER BY value RANGE 1 PRECEDING)",
                ERR_TYPE);
    ask_refused(a, "FROM KeyValue |> SELECT SUM(key) OVER (ORDER BY key, key RANGE 1 PRECEDING)",
                ERR_TYPE);
    ask_refused(a, "FROM KeyValue |> SELECT SUM(key) OVER (ORDER BY key ROWS 'a' PRECEDING)",
                ERR_TYPE);
    ask_refused(a, "FROM KeyValue |> SELECT RANK() OVER (ORDER BY key ROWS 1 PRECEDING)", ERR_TYPE);
}

static void far_away_is_the_end(void **state)
{
    struct ask *a = *state;
    ask_expect(a,
               "FROM KeyValue |> SELECT SUM(key) OVER (ORDER BY key RANGE BETWEEN "
               "9223372036854775807 PRECEDING AND 9223372036854775807 FOLLOWING) AS s |> LIMIT 1",
               "s\n6\n");
    ask_expect(a,
               "FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY date |> SELECT SUM(n) OVER "
               "(ORDER BY date RANGE BETWEEN INTERVAL 99999999 YEAR PRECEDING AND INTERVAL "
               "99999999 WEEK FOLLOWING) AS s |> LIMIT 1",
               "s\n61\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ASK_TEST(named_windows),
        ASK_TEST(distances_fit_their_order),
        ASK_TEST(far_away_is_the_end),
    };
    return cmocka_run_group_tests_name("query/bind_window", tests, NULL, NULL);
}
