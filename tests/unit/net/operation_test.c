/* SPDX-License-Identifier: MIT
 *
 * What a row of the table of routes says: parameters, answers, and the check of what was sent. */
#include "../../../core/net/operation.h"

#include "test.h"

static const struct route sample = {
    "GET",
    "/v1/things/{id}",
    NULL,
    0,
    "Things",
    .params = "id:text The thing\n"
              "kind:a|b=a Which\n"
              "name:text! Its name\n"
              "p.*:text A value\n",
    .answer = "201 Thing; 200 [Thing]",
};
static const struct route open_one = {
    "GET", "/x", NULL, 0, "X", .params = "own:text Own\n* Others\n", .answer = "200 csv"};

static void assert_str(struct str got, const char *want)
{
    assert_int_equal(got.n, strlen(want));
    assert_memory_equal(got.p, want, got.n);
}

static void parameters_are_read(void **state)
{
    struct operation_param p;
    const char *at = sample.params;
    (void)state;
    assert_true(operation_param(&sample, &at, &p));
    assert_str(p.name, "id");
    assert_true(p.in_path && p.required);
    assert_true(operation_param(&sample, &at, &p));
    assert_str(p.type, "a|b");
    assert_str(p.fallback, "a");
    assert_str(p.doc, "Which");
    assert_false(p.in_path || p.required);
    assert_true(operation_param(&sample, &at, &p));
    assert_str(p.type, "text");
    assert_true(p.required && !p.in_path && p.fallback.p == NULL);
    assert_true(operation_param(&sample, &at, &p));
    assert_str(p.name, "p.*");
    assert_false(operation_param(&sample, &at, &p));
    at = NULL;
    assert_false(operation_param(&sample, &at, &p));
}

static void answers_are_read(void **state)
{
    struct operation_answer a;
    const char *at = sample.answer;
    (void)state;
    assert_true(operation_answer(&sample, &at, &a));
    assert_int_equal(a.status, 201);
    assert_str(a.shape, "Thing");
    assert_false(a.rows);
    assert_true(operation_answer(&sample, &at, &a));
    assert_int_equal(a.status, 200);
    assert_str(a.shape, "Thing");
    assert_true(a.rows);
    assert_false(operation_answer(&sample, &at, &a));
}

static int check(const struct route *route, const char *name, bool strict, struct err *err)
{
    struct arg arg = {str_of(name), STR("1")};
    struct url url = {.path = STR("/x"), .arg = &arg, .args = 1};
    return operation_check(route, &url, strict, err);
}

static void what_is_not_known_is_refused(void **state)
{
    struct err e = {0};
    (void)state;
    assert_int_equal(check(&sample, "kind", false, &e), 0);
    assert_int_equal(check(&sample, "lang", false, &e), 0);
    assert_int_equal(check(&sample, "p.x", false, &e), 0);
    assert_int_equal(check(&sample, "p.", false, &e), ERR_PARAM);
    assert_int_equal(check(&sample, "id", false, &e), ERR_PARAM); /* it is in the path */
    assert_int_equal(check(&sample, "kinf", false, &e), ERR_PARAM);
    assert_non_null(strstr(e.hint, "kind"));
    assert_int_equal(check(&sample, "zzzzzzzz", false, &e), ERR_PARAM);
    assert_string_equal(e.hint, "it takes kind, name, p.NAME");
}

static void a_handler_may_know_others(void **state)
{
    struct err e = {0};
    (void)state;
    assert_int_equal(check(&open_one, "anything", false, &e), 0);
    assert_int_equal(check(&open_one, "anything", true, &e), ERR_PARAM);
    assert_int_equal(check(&open_one, "own", true, &e), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameters_are_read),
        cmocka_unit_test(answers_are_read),
        cmocka_unit_test(what_is_not_known_is_refused),
        cmocka_unit_test(a_handler_may_know_others),
    };
    return cmocka_run_group_tests_name("net/operation", tests, NULL, NULL);
}
