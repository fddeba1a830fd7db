/* SPDX-License-Identifier: MIT
 *
 * Subqueries in expressions; more in tests/query/subqueries.test. */
#include "ask.h"

static void its_value_is_a_constant_for_the_planner(void **state)
{
    struct ask *a = *state;
    ask_expect(a,
               "FROM registrations |> WHERE date = (SELECT MIN(date) FROM registrations) |> "
               "AGGREGATE COUNT(*) AS n",
               "n\n13\n");
    ask_expect(a,
               "FROM registrations |> WHERE block IN (FROM targets |> SELECT place) |> AGGREGATE "
               "COUNT(*) AS n",
               "n\n31\n");
    assert_string_equal(a->engine, "cube");
}

static void it_has_one_value(void **state)
{
    struct ask *a = *state;
    ask_refused(a, "SELECT (SELECT key FROM KeyValue)", ERR_VALUE);
    ask_refused(a, "SELECT (SELECT 1, 2)", ERR_TYPE);
}

static void a_check_runs_none(void **state)
{
    struct ask *a = *state;
    struct query *q = NULL;
    struct query_result r;
    struct str text = STR("SELECT (SELECT 1 / 0) AS x, 1 IN (SELECT 1 / 0) AS y");
    assert_int_equal(query_parse(text, &q, &a->err), 0);
    assert_int_equal(query_check(q, &a->ctx, &r, &a->err), 0);
    assert_int_equal(r.frame->cols, 2);
    assert_int_equal(r.frame->col[0].type, TYPE_FLOAT64);
    query_result_fini(&r);
    query_unref(q);
}

static void deep_nests_are_refused(void **state)
{
    struct ask *a = *state;
    struct buf q;
    buf_init(&q, MEM_QUERY);
    for (int level = 0; level < 150; level++)
        buf_cstr(&q, level ? "(SELECT " : "SELECT ");
    buf_cstr(&q, "1");
    for (int level = 1; level < 150; level++) {
        for (int i = 0; i < 20; i++)
            buf_cstr(&q, " + 1");
        buf_char(&q, ')');
    }
    buf_char(&q, '\0');
    ask_refused(a, q.p, ERR_LIMIT); /* 3000 additions, one inside the other */
    buf_fini(&q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ASK_TEST(its_value_is_a_constant_for_the_planner),
        ASK_TEST(it_has_one_value),
        ASK_TEST(a_check_runs_none),
        ASK_TEST(deep_nests_are_refused),
    };
    return cmocka_run_group_tests_name("query/bind_subquery", tests, NULL, NULL);
}
