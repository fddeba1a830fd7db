/* SPDX-License-Identifier: MIT
 *
 * The life of a query: parsed once, run many times, checked without values, cut off, out of time.
 */
#include <pthread.h>

#include <stdio.h>

#include "ask.h"
#include "base/clock.h"

static void one_query_answers_many_times(void **state)
{
    struct ask *a = *state;
    struct query *q = NULL;
    assert_int_equal(query_parse(STR("FROM registrations |> AGGREGATE COUNT(*) AS n"), &q, &a->err),
                     0);
    for (int i = 0; i < 3; i++) {
        struct query_result r;
        assert_int_equal(query_run(q, &a->ctx, &r, &a->err), 0);
        assert_int_equal(r.frame->col[0].i[0], 61);
        assert_string_equal(r.engine, "cube");
        assert_int_equal(r.rows_read, 0);
        query_result_fini(&r);
    }
    query_unref(query_ref(q));
    query_unref(q);
    query_unref(NULL);
}

static void a_check_gives_columns_without_values(void **state)
{
    struct ask *a = *state;
    struct query *q = NULL;
    struct query_result r;
    struct query_param null[] = {{{"as_on", 5}, {.type = TYPE_DATE, .null = true}},
                                 {{"district", 8}, {.type = TYPE_PLACE, .null = true}},
                                 {{"n", 1}, {.type = TYPE_INT64, .null = true}}};
    a->ctx.param = null;
    a->ctx.params = ARRAY_LEN(null);

    assert_int_equal(
        query_parse(
            STR("FROM registrations |> WHERE district = @district AND date <= @as_on "
                "|> AGGREGATE COUNT(*) AS done GROUP BY block "
                "|> CALL complete('block', under => @district) "
                "|> CALL against_target('ramgarh_2021', achieved => 'done', as_on => @as_on) "
                "|> ORDER BY pct |> LIMIT @n"),
            &q, &a->err),
        0);
    if (query_check(q, &a->ctx, &r, &a->err) < 0)
        fail_msg("%s\n%s", a->err.msg, a->err.excerpt);
    assert_int_equal(r.frame->rows, 0);
    assert_int_equal(r.frame->cols, 9);
    assert_true(str_eq(r.frame->col[0].name, STR("block")));
    assert_int_equal(r.frame->col[0].type, TYPE_PLACE);
    assert_true(str_eq(r.frame->col[4].name, STR("pct")));
    query_result_fini(&r);
    query_unref(q);
}

static void a_check_finds_unknown_columns(void **state)
{
    struct ask *a = *state;
    struct query *q = NULL;
    struct query_result r;
    assert_int_equal(
        query_parse(STR("FROM registrations\n|> AGGREGATE COUNT(*) AS n GROUP BY blok"), &q,
                    &a->err),
        0);
    assert_int_equal(query_check(q, &a->ctx, &r, &a->err), ERR_UNKNOWN_NAME);
    assert_int_equal(a->err.line, 2);
    assert_int_equal(a->err.column, 37);
    assert_non_null(strstr(a->err.hint, "\"block\""));
    assert_non_null(strstr(a->err.excerpt, "^^^^"));
    query_unref(q);
}

/* While a plugin is checked its parameters have no values; what needs one takes any. */
static void a_check_asks_for_no_values(void **state)
{
    struct ask *a = *state;
    static const struct query_param none[] = {
        {{"n", 1}, {.type = TYPE_INT64, .null = true}},
    };
    struct query *q = NULL;
    struct query_result r;
    struct str text =
        STR("FROM KeyValue |> EXTEND SUM(key) OVER (ORDER BY key ROWS @n PRECEDING) AS a, SUM(key) "
            "OVER (ORDER BY key RANGE @n PRECEDING) AS b, LAG(key, @n) OVER (ORDER BY key) AS c, "
            "NTILE(@n) OVER (ORDER BY key) AS d, PERCENTILE_CONT(key, @n) OVER () AS e |> "
            "AGGREGATE STRING_AGG(value LIMIT @n) AS f, APPROX_QUANTILES(key, @n)[OFFSET(@n)] AS g "
            "|> LIMIT @n");
    a->ctx.param = none;
    a->ctx.params = ARRAY_LEN(none);
    assert_int_equal(query_parse(text, &q, &a->err), 0);
    if (query_check(q, &a->ctx, &r, &a->err) < 0)
        fail_msg("%s", a->err.msg);
    assert_int_equal(r.frame->cols, 2);
    query_result_fini(&r);
    query_unref(q);
}

static void answers_are_cut_off_and_say_so(void **state)
{
    struct ask *a = *state;
    struct query *q = NULL;
    struct query_result r;
    a->ctx.rows_max = 3;
    assert_int_equal(query_parse(STR("FROM registrations |> SELECT age"), &q, &a->err), 0);
    assert_int_equal(query_run(q, &a->ctx, &r, &a->err), 0);
    assert_int_equal(r.frame->rows, 3);
    assert_true(r.truncated);
    query_result_fini(&r);
    a->ctx.rows_max = 18;
    assert_int_equal(query_run(q, &a->ctx, &r, &a->err), 0);
    assert_int_equal(r.frame->rows, 18);
    assert_false(r.truncated);
    query_result_fini(&r);
    query_unref(q);
}

static void time_runs_out(void **state)
{
    struct ask *a = *state;
    struct cancel cancel;
    cancel_init(&cancel, 1);
    cancel.deadline_ns = 1; /* long ago */
    a->ctx.cancel = &cancel;
    assert_null(ask(a, "FROM registrations |> AGGREGATE COUNT(*) AS n"));
    assert_int_equal(a->err.code, ERR_TIMEOUT);
}

static void names_print_and_sort_in_hindi(void **state)
{
    struct ask *a = *state;
    a->ctx.hindi = true;
    ask_expect(
        a,
        "FROM registrations |> WHERE district = 'Ramgarh' AND block IS NOT NULL |> AGGREGATE "
        "COUNT(*) AS n GROUP BY block |> ORDER BY block",
        "block,n\nगोला,17\nमांडू,9\nरामगढ़,5\n");
    a->ctx.hindi = false;
    ask_expect(
        a,
        "FROM registrations |> WHERE district = 'Ramgarh' AND block IS NOT NULL |> AGGREGATE "
        "COUNT(*) AS n GROUP BY block |> ORDER BY block",
        "block,n\nGola,17\nMandu,9\nRamgarh,5\n");
}

struct sharing {
    const struct query *query;
    const struct query_context *ctx;
    int64_t sum;
};

static void *share(void *arg)
{
    struct sharing *x = arg;
    for (int i = 0; i < 100; i++) {
        struct query_result r;
        if (query_run(x->query, x->ctx, &r, NULL) < 0)
            return NULL;
        for (size_t k = 0; k < r.frame->rows; k++)
            x->sum += r.frame->col[1].i[k];
        query_result_fini(&r);
    }
    return NULL;
}

static void many_threads_share_one_query(void **state)
{
    struct ask *a = *state;
    struct query *q = NULL;
    pthread_t thread[4];
    struct sharing x[4];
    assert_int_equal(
        query_parse(STR("FROM registrations |> WHERE age > 18 |> AGGREGATE COUNT(*) AS "
                        "n GROUP BY centre |> ORDER BY n DESC"),
                    &q, &a->err),
        0);
    for (int i = 0; i < 4; i++) {
        x[i] = (struct sharing){q, &a->ctx, 0};
        assert_int_equal(pthread_create(&thread[i], NULL, share, &x[i]), 0);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(thread[i], NULL);
        assert_int_equal(x[i].sum, 100 * 54);
    }
    query_unref(q);
}

/* Every first allocation that fails gives an error and leaves nothing behind. */
static void running_out_of_memory_is_an_error(void **state)
{
    struct ask *a = *state;
    int failures = 0;
    for (uint64_t n = 1; n < 40; n++) {
        mem_fail_at(n);
        const char *got = ask(a, "FROM registrations |> WHERE age > 20 |> AGGREGATE COUNT(*) AS n, "
                                 "SUM(age) AS s GROUP BY centre, gender |> ORDER BY n DESC");
        mem_fail_at(0);
        if (got == NULL) {
            failures++;
            assert_true(a->err.code == ERR_LIMIT || a->err.code == ERR_MEM);
        }
    }
    assert_true(failures > 0);
}

/* Half a million rows behind the first table, then a step that works on all of them. */
static const char *const large_steps[] = {
    "|> ORDER BY b.date DESC, a.week",
    "|> DISTINCT",
    "|> EXTEND UNIX_DATE(a.week) AS w",
    "|> EXTEND ROW_NUMBER() OVER (ORDER BY b.date DESC) AS r",
    "|> EXTEND CUME_DIST() OVER (ORDER BY TRUE) AS r",
    "|> EXTEND PERCENTILE_CONT(UNIX_DATE(a.date), 0.5) OVER () AS r",
    "|> EXTEND SUM(1) OVER (ORDER BY a.date ROWS BETWEEN 100000 PRECEDING AND 1 FOLLOWING) AS r",
    "|> AGGREGATE STRING_AGG(a.fiscal_year || 'x' ORDER BY b.date) AS s",
    "|> AGGREGATE COUNT(DISTINCT UNIX_DATE(a.date) * 1000 + UNIX_DATE(b.date)) AS n",
    "|> AGGREGATE COUNT(*) AS n GROUP BY a.date, b.date",
    "|> UNION ALL (FROM calendar AS a |> CROSS JOIN calendar AS b)",
    "|> SELECT a.date AS d, UNIX_DATE(b.date) AS n |> JOIN calendar AS c ON d >= c.date",
    "|> SELECT a.date AS d, UNIX_DATE(b.date) AS n |> UNPIVOT (v FOR k IN (n))",
    "|> SELECT a.date AS d, b.date AS e, 1 AS n |> PIVOT (SUM(n) FOR d IN (DATE '2021-05-01'))",
    "|> SELECT a.date AS d, 1 AS n |> CALL running_total(value => 'n', order_by => 'd')",
    "|> ASSERT b.week > DATE '2000-01-01'",
};

static const char *large(const char *step)
{
    static char text[512];
    snprintf(text, sizeof text, "FROM calendar AS a |> CROSS JOIN calendar AS b %s", step);
    return text;
}

static void each_step_keeps_to_its_memory(void **state)
{
    struct ask *a = *state;
    a->ctx.memory_max = 24 << 20; /* the rows themselves fit */
    for (size_t i = 0; i < ARRAY_LEN(large_steps); i++) {
        if (strstr(large_steps[i], "ROWS BETWEEN") != NULL || strstr(large_steps[i], "ASSERT"))
            continue; /* they need none, but time */
        ask_refused(a, large(large_steps[i]), ERR_LIMIT);
        assert_non_null(strstr(a->err.msg, "more memory"));
    }
}

/* A clock that moves by one each time it is looked at: so many looks at the deadline. */
static int64_t ticks;

static int64_t tick(void)
{
    return ++ticks;
}

static const struct clock_source ticking = {tick, tick};

static void each_step_looks_at_the_clock(void **state)
{
    struct ask *a = *state;
    struct cancel cancel;
    a->ctx.rows_max = 1;
    a->ctx.cancel = &cancel;
    clock_replace(&ticking);
    cancel_init(&cancel, 0);
    cancel.deadline_ns = INT64_MAX;
    ticks = 0;
    assert_non_null(ask(a, large("")));
    int64_t rows_alone = ticks;
    for (size_t i = 0; i < ARRAY_LEN(large_steps); i++) {
        cancel.deadline_ns = rows_alone + 6; /* the step itself, and not only its beginning */
        ticks = 0;
        if (ask(a, large(large_steps[i])) != NULL)
            fail_msg("%s: looked at the clock %lld times of which %lld are of the rows",
                     large_steps[i], (long long)ticks, (long long)rows_alone);
        assert_int_equal(a->err.code, ERR_TIMEOUT);
    }
    clock_replace(NULL);
}

static void each_last_step_may_be_cut_off(void **state)
{
    struct ask *a = *state;
    static const char *const queries[] = {
        "FROM KeyValue |> ORDER BY key",
        "FROM KeyValue |> EXTEND RANK() OVER (ORDER BY key) AS r",
        "FROM KeyValue |> JOIN mixed ON key = id",
        "FROM KeyValue |> UNION ALL (FROM KeyValue)",
        "FROM KeyValue |> CALL running_total(value => 'key', order_by => 'key')",
        "FROM KeyValue |> PIVOT (SUM(key) FOR value IN ('value1')) |> UNION ALL (SELECT 1)",
        "FROM KeyValue |> AGGREGATE COUNT(*) AS n GROUP BY key",
        "FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY block",
    };
    a->ctx.rows_max = 1;
    for (size_t i = 0; i < ARRAY_LEN(queries); i++) {
        struct query *q = NULL;
        struct query_result r;
        assert_int_equal(query_parse(str_of(queries[i]), &q, &a->err), 0);
        assert_int_equal(query_run(q, &a->ctx, &r, &a->err), 0);
        assert_int_equal(r.frame->rows, 1);
        assert_true(r.truncated);
        query_result_fini(&r);
        query_unref(q);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ASK_TEST(one_query_answers_many_times),      ASK_TEST(a_check_gives_columns_without_values),
        ASK_TEST(a_check_finds_unknown_columns),     ASK_TEST(a_check_asks_for_no_values),
        ASK_TEST(answers_are_cut_off_and_say_so),    ASK_TEST(time_runs_out),
        ASK_TEST(names_print_and_sort_in_hindi),     ASK_TEST(many_threads_share_one_query),
        ASK_TEST(running_out_of_memory_is_an_error), ASK_TEST(each_step_keeps_to_its_memory),
        ASK_TEST(each_step_looks_at_the_clock),      ASK_TEST(each_last_step_may_be_cut_off),
    };
    return cmocka_run_group_tests_name("query/query", tests, NULL, NULL);
}
