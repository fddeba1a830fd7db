/* SPDX-License-Identifier: MIT
 *
 * Answers: problems as RFC 9457 has them, and as lines for a terminal. */
#include "../../../core/net/answer.h"

#include "test.h"

static void more_json(void *ctx, struct json *j)
{
    json_key(j, "errors_total");
    json_i64(j, *(int *)ctx);
}

static void more_text(void *ctx, struct buf *out)
{
    buf_printf(out, "  %d errors\n", *(int *)ctx);
}

static void assert_body(const struct answer *a, const char *want)
{
    assert_int_equal(a->body.n, strlen(want));
    assert_memory_equal(a->body.p, want, a->body.n);
}

static void a_problem_has_its_members(void **state)
{
    (void)state;
    struct answer a;
    struct err e = {0};
    int count = 3;
    struct problem_more more = {more_json, more_text, &count};
    answer_init(&a);
    buf_cstr(&a.body, "half of a table");
    err_set(&e, ERR_ROWS, "2 rows are <wrong>");
    err_hint(&e, "look at line 2");
    answer_problem(&a, &e, &more);
    assert_int_equal(a.status, 422);
    assert_string_equal(a.type, "application/problem+json; charset=utf-8");
    assert_body(&a,
                "{\"type\":\"urn:panji:error:rows_refused\",\"title\":\"The batch was refused\","
                "\"status\":422,\"detail\":\"2 rows are \\u003cwrong>\",\"code\":\"rows_refused\","
                "\"hint\":\"look at line 2\",\"errors_total\":3}\n");
    answer_fini(&a);
}

static void a_place_in_text_is_told(void **state)
{
    (void)state;
    static const char text[] = "FROM registrations\n|> WHER x";
    struct answer a;
    struct err e = {0};
    answer_init(&a);
    err_set(&e, ERR_SYNTAX, "WHER is no operator");
    err_at(&e, text, strlen(text), 22, 4);
    answer_problem(&a, &e, NULL);
    assert_int_equal(a.status, 400);
    buf_char(&a.body, '\0');
    assert_non_null(strstr(a.body.p, "\"line\":2,\"column\":4"));
    assert_non_null(strstr(a.body.p, "|> WHER x\\n"));
    answer_fini(&a);
}

static void a_terminal_gets_lines(void **state)
{
    (void)state;
    struct answer a;
    struct err e = {0};
    int count = 3;
    struct problem_more more = {more_json, more_text, &count};
    answer_init(&a);
    a.plain = true;
    err_set(&e, ERR_ROWS, "the batch was refused");
    err_hint(&e, "look at line 2");
    answer_problem(&a, &e, &more);
    assert_body(&a, "the batch was refused\n  3 errors\nhint: look at line 2\n");
    answer_fini(&a);
}

static void a_browser_gets_a_page(void **state)
{
    (void)state;
    struct answer a;
    struct err e = {0};
    answer_init(&a);
    a.page = true;
    err_set(&e, ERR_PARAM, "district=<b> is none");
    answer_problem(&a, &e, NULL);
    buf_char(&a.body, '\0');
    assert_non_null(strstr(a.body.p, "district=&lt;b&gt; is none"));
    assert_null(strstr(a.body.p, "<b>"));
    answer_fini(&a);
}

static void overload_says_when_to_come_back(void **state)
{
    (void)state;
    struct answer a;
    struct err e = {0};
    answer_init(&a);
    err_set(&e, ERR_BUSY, "busy");
    answer_problem(&a, &e, NULL);
    assert_int_equal(a.status, 503);
    assert_true(a.retry_after_s > 0);
    answer_fini(&a);
}

static void timings_are_joined(void **state)
{
    (void)state;
    struct answer a;
    answer_init(&a);
    answer_timing(&a, "parse", 12000);
    answer_timing(&a, "run", 1500000);
    assert_string_equal(a.timing, "parse;dur=0.012, run;dur=1.500");
    answer_fini(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_problem_has_its_members),
        cmocka_unit_test(a_place_in_text_is_told),
        cmocka_unit_test(a_terminal_gets_lines),
        cmocka_unit_test(a_browser_gets_a_page),
        cmocka_unit_test(overload_says_when_to_come_back),
        cmocka_unit_test(timings_are_joined),
    };
    return cmocka_run_group_tests_name("net/answer", tests, NULL, NULL);
}
