/* SPDX-License-Identifier: MIT
 *
 * The life of a query: parsed once, run many times, checked without values, cut off, out of time.
 */
#include <pthread.h>

#include "ask.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        ASK_TEST(one_query_answers_many_times),
        ASK_TEST(a_check_gives_columns_without_values),
        ASK_TEST(a_check_finds_unknown_columns),
        ASK_TEST(answers_are_cut_off_and_say_so),
        ASK_TEST(time_runs_out),
        ASK_TEST(names_print_and_sort_in_hindi),
        ASK_TEST(many_threads_share_one_query),
        ASK_TEST(running_out_of_memory_is_an_error),
    };
    return cmocka_run_group_tests_name("query/query", tests, NULL, NULL);
}
