/* SPDX-License-Identifier: MIT
 *
 * Table functions of plugins: a call is its operators. */
#include "ask.h"

static const struct str least[] = {{"least", 5}};
static const struct str two[] = {{"day", 3}, {"n", 1}};
static const enum type types[] = {TYPE_DATE, TYPE_INT64};
#define TABLE(name, arg, args, type, text)                                                         \
    {                                                                                              \
        {name, sizeof(name) - 1}, arg, args, {NULL, 0}, TYPE_NULL, type, NULL,                     \
        {                                                                                          \
            text, sizeof(text) - 1                                                                 \
        }                                                                                          \
    }
static const struct query_fn fns[] = {
    TABLE("many", least, 1, NULL, "FROM input\n|> WHERE n >= @least |> EXTEND n * 2 AS twice"),
    TABLE("until", two, 2, types,
          "FROM input |> WHERE date <= @day |> AGGREGATE COUNT(*) AS n "
          "GROUP BY district |> CALL many(@n)"),
    TABLE("endless", NULL, 0, NULL, "FROM input |> CALL endless()"),
    TABLE("divides", NULL, 0, NULL, "FROM input\n|> EXTEND 1 / (n - n) AS x"),
    TABLE("joins", NULL, 0, NULL,
          "FROM input |> JOIN (FROM places |> WHERE level = 'district' AND code IN (SELECT 607) |> "
          "SELECT name, place) AS p ON p.place = district |> SELECT name, n"),
};

static void use(struct ask *a)
{
    a->ctx.fn = fns;
    a->ctx.fns = ARRAY_LEN(fns);
}

#define COUNTED "FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY district "

static void a_call_is_its_operators(void **state)
{
    struct ask *a = *state;
    use(a);
    ask_expect(a, COUNTED "|> CALL many(12)", "district,n,twice\nBaksa,12,24\nRamgarh,34,68\n");
    ask_expect(a, COUNTED "|> CALL MANY(least => 10 + 3) |> DROP n",
               "district,twice\nRamgarh,68\n");
    ask_expect(a, "FROM registrations |> CALL until('2021-11-19', n => 9)",
               "district,n,twice\nRamgarh,18,36\n");
}

static void what_is_wrong_is_told(void **state)
{
    struct ask *a = *state;
    use(a);
    ask_fails(a, COUNTED "|> CALL many()", ERR_TYPE, 73, "many needs the argument least");
    ask_fails(a, COUNTED "|> CALL many(1, 2)", ERR_TYPE, 81, "many takes at most 1 argument");
    ask_fails(a, COUNTED "|> CALL many(lest => 2)", ERR_UNKNOWN_NAME, 86,
              "many has no argument named lest");
    ask_fails(a, COUNTED "|> CALL many(n)", ERR_TYPE, 78, "must be a constant");
    ask_fails(a, "FROM places |> CALL many(1)", ERR_UNKNOWN_NAME, 21,
              "In table function many: Unrecognized name: n");
    ask_fails(a, COUNTED "|> CALL endless()", ERR_LIMIT, 73, "more than 16 deep");
    ask_fails(a, COUNTED "|> CALL mny(1)", ERR_UNKNOWN_NAME, 73, "function not found: mny");
    assert_non_null(strstr(a->err.hint, "many"));
    ask_fails(a, "SELECT many(1)", ERR_UNKNOWN_NAME, 8, "Function not found");
}

/* What fails while the query runs is shown in the function's text. */
static void a_failure_inside_has_its_place(void **state)
{
    struct ask *a = *state;
    use(a);
    ask_fails(a, COUNTED "|> CALL divides()", ERR_VALUE, 11, "division by zero");
    assert_int_equal(a->err.line, 3);
    assert_non_null(strstr(a->err.excerpt, "1 / (n - n)"));
}

static void it_may_join_and_ask(void **state)
{
    struct ask *a = *state;
    use(a);
    ask_expect(a, COUNTED "|> CALL joins()", "name,n\nRamgarh,34\n");
}

static void it_is_checked_when_declared(void **state)
{
    struct err err = {0};
    struct query_fn f = fns[0];
    (void)state;
    assert_int_equal(query_table_fn_check(&f, &err), 0);
    f.query = STR("FROM input |> WHERE n > @lest");
    assert_int_equal(query_table_fn_check(&f, &err), ERR_PARAM);
    assert_non_null(strstr(err.hint, "least"));
    f.query = STR("FROM registrations |> WHERE age > @least");
    assert_int_equal(query_table_fn_check(&f, &err), ERR_SYNTAX);
    assert_int_equal(err.column, 6);
    f.query = STR("FROM input |> WHRE n > 1");
    assert_int_equal(query_table_fn_check(&f, &err), ERR_SYNTAX);
    assert_true(query_fn_is_own(STR("top_n")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ASK_TEST(a_call_is_its_operators),        ASK_TEST(what_is_wrong_is_told),
        ASK_TEST(a_failure_inside_has_its_place), ASK_TEST(it_may_join_and_ask),
        ASK_TEST(it_is_checked_when_declared),
    };
    return cmocka_run_group_tests_name("query/tvf_plugin", tests, NULL, NULL);
}
