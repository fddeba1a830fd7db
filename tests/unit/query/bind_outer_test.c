/* SPDX-License-Identifier: MIT
 *
 * Subqueries that see the query around them; more in tests/query/correlated.test. */
#include <stdio.h>

#include "ask.h"

static void each_is_compared_with_its_own(void **state)
{
    struct ask *a = *state;
    char joined[512];
    const char *got = ask(a, "WITH b AS (FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY "
                             "district, block), d AS (FROM b |> AGGREGATE AVG(n) AS mean GROUP BY "
                             "district) FROM b |> JOIN d USING (district) |> WHERE n > mean "
                             "|> SELECT district, block, n |> ORDER BY n, block");
    assert_non_null(got);
    snprintf(joined, sizeof joined, "%s", got);
    assert_non_null(strstr(joined, "Ramgarh,Gola,17"));
    ask_expect(a,
               "WITH b AS (FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY district, block) "
               "FROM b |> WHERE n > (SELECT AVG(i.n) FROM b AS i WHERE i.district = b.district) "
               "|> SELECT district, block, n |> ORDER BY n, block",
               joined);
}

static void it_is_run_once(void **state)
{
    struct ask *a = *state;
    static const char *const parts[] = {"subquery,", "registrations by cube", NULL};
    ask_parts(a,
              "EXPLAIN FROM targets AS t |> EXTEND (SELECT COUNT(*) FROM registrations AS r WHERE "
              "r.block = t.place) AS n |> SELECT n",
              parts);
}

static void what_is_not_equality_is_refused_with_the_way_out(void **state)
{
    struct ask *a = *state;
    ask_refused(a,
                "FROM calendar AS c |> WHERE EXISTS (FROM calendar AS d |> WHERE d.date > c.date)",
                ERR_UNSUPPORTED);
    assert_non_null(strstr(a->err.msg, "inner column = outer column"));
    assert_non_null(strstr(a->err.hint, "JOIN"));
    ask_refused(a,
                "FROM calendar AS c |> EXTEND (SELECT (SELECT MAX(e.date) FROM calendar AS e WHERE "
                "e.date = c.date)) AS x",
                ERR_UNSUPPORTED); /* two levels up */
}

static void a_check_runs_none(void **state)
{
    struct ask *a = *state;
    struct query *q = NULL;
    struct query_result r;
    struct str text =
        STR("FROM calendar AS c |> SELECT (SELECT SUM(1 / 0) FROM calendar AS d WHERE "
            "d.date = c.date) AS x, EXISTS(FROM calendar AS d |> WHERE d.date = "
            "c.date) AS y");
    assert_int_equal(query_parse(text, &q, &a->err), 0);
    assert_int_equal(query_check(q, &a->ctx, &r, &a->err), 0);
    assert_int_equal(r.frame->col[0].type, TYPE_FLOAT64);
    assert_int_equal(r.frame->col[1].type, TYPE_BOOL);
    query_result_fini(&r);
    query_unref(q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ASK_TEST(each_is_compared_with_its_own),
        ASK_TEST(it_is_run_once),
        ASK_TEST(what_is_not_equality_is_refused_with_the_way_out),
        ASK_TEST(a_check_runs_none),
    };
    return cmocka_run_group_tests_name("query/bind_outer", tests, NULL, NULL);
}
