/* SPDX-License-Identifier: MIT
 *
 * Functions that plugins define. */
#include "ask.h"

static const struct str two[] = {{"n", 1}, {"of", 2}};
static const struct str one[] = {{"x", 1}};
static const struct query_fn fns[] = {
    {{"per_lakh", 8}, two, 2, {"100000.0 * n / `of`", 19}, TYPE_FLOAT64, NULL, NULL, {NULL, 0}},
    {{"twice", 5}, one, 1, {"x + x", 5}, TYPE_NULL, NULL, NULL, {NULL, 0}},
    {{"four_times", 10}, one, 1, {"twice(twice(x))", 15}, TYPE_INT64, NULL, NULL, {NULL, 0}},
    {{"endless", 7}, one, 1, {"endless(x)", 10}, TYPE_NULL, NULL, NULL, {NULL, 0}},
    {{"broken", 6}, one, 1, {"x + y", 5}, TYPE_NULL, NULL, NULL, {NULL, 0}},
    {{"text", 4}, one, 1, {"x", 1}, TYPE_STRING, NULL, NULL, {NULL, 0}},
    {{"unread", 6}, one, 1, {"x +", 3}, TYPE_NULL, NULL, NULL, {NULL, 0}},
};

static void use(struct ask *a)
{
    a->ctx.fn = fns;
    a->ctx.fns = ARRAY_LEN(fns);
}

static void a_call_is_its_expression(void **state)
{
    struct ask *a = *state;
    use(a);
    ask_expect(a, "SELECT PER_LAKH(5, 200000) AS a, four_times(3) AS b, twice(1.5) AS c",
               "a,b,c\n2.5,12,3.0\n");
    ask_expect(a,
               "FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY district |> WHERE n > 10 "
               "|> SELECT district, per_lakh(n, 1000) AS r |> ORDER BY r",
               "district,r\nBaksa,1200.0\nRamgarh,3400.0\n");
    ask_expect(a, "FROM registrations |> WHERE twice(age) > 100 |> AGGREGATE COUNT(*) AS n",
               "n\n1\n");
    ask_expect(a, "FROM registrations |> AGGREGATE twice(COUNT(*)) AS n", "n\n122\n");
}

static void what_fails_inside_is_told_at_the_call(void **state)
{
    struct ask *a = *state;
    use(a);
    ask_fails(a, "SELECT per_lakh(1)", ERR_TYPE, 8, "per_lakh takes 2 arguments, not 1");
    ask_fails(a, "SELECT 1 AS a, broken(1)", ERR_UNKNOWN_NAME, 16,
              "In function broken: Unrecognized name: y");
    ask_fails(a, "SELECT text(1)", ERR_TYPE, 8, "In function text:");
    ask_fails(a, "SELECT unread(1)", ERR_SYNTAX, 8, "In function unread: Syntax error");
    ask_fails(a, "SELECT per_lakh(1, 0)", ERR_VALUE, 8, "division by zero");
    ask_fails(a, "SELECT endless(1)", ERR_LIMIT, 8, "Functions call each other");
    ask_fails(a, "SELECT per_lac(1, 2)", ERR_UNKNOWN_NAME, 8, "Function not found: per_lac");
    assert_non_null(strstr(a->err.hint, "per_lakh"));
}

static void columns_of_the_query_are_not_seen(void **state)
{
    struct ask *a = *state;
    static const struct query_fn spy = {{"spy", 3}, one,  1,    {"age + x", 7},
                                        TYPE_NULL,  NULL, NULL, {NULL, 0}};
    a->ctx.fn = &spy;
    a->ctx.fns = 1;
    ask_fails(a, "FROM registrations |> SELECT spy(1)", ERR_UNKNOWN_NAME, 30,
              "In function spy: Unrecognized name: age");
}

static void expressions_are_checked_when_declared(void **state)
{
    struct ask *a = *state;
    struct err err = {0};
    struct query_fn f = {STR("f"),     two,  2,    STR("100000.0 * n / `of`"),
                         TYPE_FLOAT64, NULL, NULL, {NULL, 0}};
    use(a);
    assert_int_equal(query_fn_check(&f, &a->ctx, &err), 0);
    f.expr = STR("n /");
    assert_int_equal(query_fn_check(&f, &a->ctx, &err), ERR_SYNTAX);
    f.expr = STR("n n");
    assert_int_equal(query_fn_check(&f, &a->ctx, &err), ERR_SYNTAX);
    f.expr = STR("twice(n) + workers");
    assert_int_equal(query_fn_check(&f, &a->ctx, &err), ERR_UNKNOWN_NAME);
    assert_int_equal(err.column, 12);
    assert_true(query_fn_is_own(STR("Round")) && query_fn_is_own(STR("sum")));
    assert_false(query_fn_is_own(STR("twice")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ASK_TEST(a_call_is_its_expression),
        ASK_TEST(what_fails_inside_is_told_at_the_call),
        ASK_TEST(columns_of_the_query_are_not_seen),
        ASK_TEST(expressions_are_checked_when_declared),
    };
    return cmocka_run_group_tests_name("query/bind_macro", tests, NULL, NULL);
}
