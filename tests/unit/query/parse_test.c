/* SPDX-License-Identifier: MIT
 *
 * The parser: what it takes, what it refuses, and that no text can hurt it. */
#include "ask.h"

#include "base/limits.h"

static struct buf text;

static void repeat(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        buf_cstr(&text, s);
}

static void start(const char *s)
{
    buf_clear(&text);
    buf_cstr(&text, s);
}

static void refused(struct ask *a, int code)
{
    assert_null(ask_text(a, buf_view(&text)));
    assert_int_equal(a->err.code, code);
}

static void ten_thousand_parentheses_are_too_deep(void **state)
{
    buf_init(&text, MEM_QUERY);
    start("SELECT ");
    repeat("(", 10000);
    repeat(")", 10000);
    refused(*state, ERR_LIMIT);
    start("SELECT ");
    repeat("NOT ", 10000);
    refused(*state, ERR_LIMIT);
    start("SELECT ");
    repeat("- ", 10000);
    refused(*state, ERR_LIMIT);
    start("SELECT ");
    repeat("CASE WHEN ", 10000);
    refused(*state, ERR_LIMIT);
    start("FROM ");
    repeat("(FROM ", 10000);
    refused(*state, ERR_LIMIT);
    start("SELECT ");
    repeat("ABS(", 10000);
    refused(*state, ERR_LIMIT);
    buf_fini(&text);
}

static void a_megabyte_is_read_and_more_is_not(void **state)
{
    struct ask *a = *state;
    buf_init(&text, MEM_QUERY);
    start("SELECT 1 AS a -- ");
    repeat("x", QUERY_BYTES_MAX - 17);
    assert_int_equal(text.n, QUERY_BYTES_MAX);
    assert_non_null(ask_text(a, buf_view(&text)));
    repeat("x", 1);
    refused(a, ERR_LIMIT);
    buf_fini(&text);
}

static void long_chains_are_wide_or_refused(void **state)
{
    struct ask *a = *state;
    buf_init(&text, MEM_QUERY);
    start("SELECT TRUE");
    repeat(" AND TRUE", 50000);
    assert_non_null(ask_text(a, buf_view(&text)));
    start("SELECT 1");
    repeat("+1", 400000);
    refused(a, ERR_LIMIT);
    start("SELECT 1 IN (1");
    repeat(",1", 90000);
    buf_cstr(&text, ")");
    assert_non_null(ask_text(a, buf_view(&text)));
    start("SELECT 1 AS a");
    repeat(" |> DISTINCT", 50000);
    refused(a, ERR_LIMIT);
    start("SELECT 1");
    repeat(",1", 5000);
    refused(a, ERR_LIMIT);
    buf_fini(&text);
}

/* Each column is twice the one before: as a tree it would be 2^60 nodes. */
static void columns_that_double_are_bounded(void **state)
{
    struct ask *a = *state;
    buf_init(&text, MEM_QUERY);
    start("FROM registrations |> EXTEND count AS c0");
    for (int i = 1; i <= 60; i++)
        buf_printf(&text, " |> EXTEND c%d + c%d AS c%d", i - 1, i - 1, i);
    refused(a, ERR_LIMIT);
    start("WITH t0 AS (SELECT 1 AS a)");
    for (int i = 1; i <= 40; i++)
        buf_printf(&text, ", t%d AS (FROM t%d AS x |> CROSS JOIN t%d AS y |> SELECT x.a)", i, i - 1,
                   i - 1);
    buf_cstr(&text, " FROM t40");
    refused(a, ERR_LIMIT);
    buf_fini(&text);
}

static void from_alone_gets_advice(void **state)
{
    struct ask *a = *state;
    ask_fails(a, "FROM registrations WHERE a = 1", ERR_SYNTAX, 20, "Consider using pipe operator");
    assert_non_null(strstr(a->err.hint, "|> WHERE"));
    ask_fails(a, "FROM registrations GROUP BY a", ERR_SYNTAX, 20, "`|> AGGREGATE`");
}

static void what_googlesql_has_and_we_lack_is_said(void **state)
{
    struct ask *a = *state;
    ask_fails(a, "FROM registrations |> TABLESAMPLE SYSTEM (1 PERCENT)", ERR_UNSUPPORTED, 23,
              "TABLESAMPLE");
    ask_fails(a, "FROM registrations |> MATCH_RECOGNIZE ()", ERR_UNSUPPORTED, 23,
              "MATCH_RECOGNIZE");
    ask_fails(a, "FROM registrations |> NATURAL JOIN x", ERR_UNSUPPORTED, 23, "NATURAL JOIN");
    ask_fails(a, "SELECT 1 QUALIFY TRUE", ERR_UNSUPPORTED, 10, "QUALIFY");
}

static void parameters_are_listed_once(void **state)
{
    (void)state;
    struct query *q = NULL;
    size_t n = 0;
    assert_int_equal(query_parse(STR("SELECT @b + @a, @B |> LIMIT @a"), &q, NULL), 0);
    const struct str *p = query_params(q, &n);
    assert_int_equal(n, 2);
    assert_true(str_eq(p[0], STR("b")) && str_eq(p[1], STR("a")));
    query_unref(q);
}

static void broken_utf8_is_shown_where_it_is(void **state)
{
    ask_fails(*state, "SELECT '\xE0\xA4'", ERR_SYNTAX, 9, "invalid UTF-8");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ASK_TEST(ten_thousand_parentheses_are_too_deep),
        ASK_TEST(a_megabyte_is_read_and_more_is_not),
        ASK_TEST(long_chains_are_wide_or_refused),
        ASK_TEST(columns_that_double_are_bounded),
        ASK_TEST(from_alone_gets_advice),
        ASK_TEST(what_googlesql_has_and_we_lack_is_said),
        ASK_TEST(parameters_are_listed_once),
        ASK_TEST(broken_utf8_is_shown_where_it_is),
    };
    return cmocka_run_group_tests_name("query/parse", tests, NULL, NULL);
}
