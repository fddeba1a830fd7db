/* SPDX-License-Identifier: MIT
 *
 * The layout of queries. That it changes no meaning is tried by query_test, with every query of
 * tests/query. */
#include "query/layout.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void expect(const char *text, const char *want)
{
    struct buf out;
    struct err err = {0};
    buf_init(&out, MEM_QUERY);
    if (query_layout(str_of(text), &out, &err) < 0)
        fail_msg("%s: %s", text, err.msg);
    buf_char(&out, '\0');
    assert_string_equal(out.p, want);
    buf_clear(&out);
    assert_int_equal(query_layout(str_of(want), &out, &err), 0);
    buf_char(&out, '\0');
    assert_string_equal(out.p, want); /* it stays as it is */
    buf_fini(&out);
}

static void an_operator_a_line(void **state)
{
    (void)state;
    expect("from t |>where a=-1 and b in(1,2)|> select a , count as `Count`|> limit @n",
           "FROM t\n|> WHERE a = -1 AND b IN (1, 2)\n|> SELECT a, count AS `Count`\n|> LIMIT @n\n");
    expect(
        "select a.*, sum(x)over(partition by y) from t as a join u using(k) where x group by 1",
        "SELECT a.*, SUM(x) OVER (PARTITION BY y)\nFROM t AS a\nJOIN u USING (k)\nWHERE x\nGROUP "
        "BY 1\n");
    expect("explain from t |> call top_n(3, by=>'n')",
           "EXPLAIN FROM t\n|> CALL top_n(3, by => 'n')\n");
}

static void names_keep_their_letters(void **state)
{
    (void)state;
    expect("from T |> extend Lower(Name) as First, per_lakh(n, w) as R, extract(day from d) as Day",
           "FROM T\n|> EXTEND LOWER(Name) AS First, per_lakh(n, w) AS R, EXTRACT(DAY FROM d) AS "
           "Day\n");
    expect("select date_trunc(d, week(monday)), cast(x as int64), x[offset(1)]",
           "SELECT DATE_TRUNC(d, WEEK(MONDAY)), CAST(x AS INT64), x[OFFSET(1)]\n");
}

static void queries_inside(void **state)
{
    (void)state;
    expect("with a as (select 1), b as (from a |> limit 1) from b",
           "WITH a AS (SELECT 1),\nb AS (\n  FROM a\n  |> LIMIT 1\n)\nFROM b\n");
    expect("from t |> union all (from u |> where x), (select 1)",
           "FROM t\n|> UNION ALL (\n  FROM u\n  |> WHERE x\n), (SELECT 1)\n");
    expect("from t |> where x in (select y from u)", "FROM t\n|> WHERE x IN (SELECT y FROM u)\n");
}

static void long_operators_go_on(void **state)
{
    (void)state;
    expect(
        "from t |> aggregate sum(a_rather_long_name) as the_first_sum, sum(another_long_name) as "
        "the_second_sum group by k",
        "FROM t\n|> AGGREGATE SUM(a_rather_long_name) AS the_first_sum,\n     "
        "SUM(another_long_name) AS the_second_sum\n     GROUP BY k\n");
}

static void comments_stay(void **state)
{
    (void)state;
    expect("-- a\nfrom t -- b\n# c\n|> select x, -- d\n y /* e */ |> limit 1 -- f\n-- g",
           "-- a\nFROM t -- b\n# c\n|> SELECT x, -- d\n     y /* e */\n|> LIMIT 1 -- f\n-- g\n");
    expect("from (/* a */ select 1 -- b\n) |> where x -- c\n and y",
           "FROM (\n  /* a */\n  SELECT 1 -- b\n)\n|> WHERE x -- c\n     AND y\n");
}

static void several_queries(void **state)
{
    (void)state;
    expect("from a;from b ; -- end", "FROM a;\n\nFROM b;\n-- end\n");
}

static void what_is_wrong_is_told_in_its_place(void **state)
{
    (void)state;
    struct buf out;
    struct err err = {0};
    buf_init(&out, MEM_QUERY);
    assert_int_equal(query_layout(STR("from a;\nfrom b;  from c |> wher x"), &out, &err),
                     ERR_SYNTAX);
    assert_int_equal(err.line, 2);
    assert_int_equal(err.column, 20);
    assert_int_equal(query_layout(STR(" -- nothing\n"), &out, &err), ERR_SYNTAX);
    assert_int_equal(query_layout(STR("select '\xff'"), &out, &err), ERR_SYNTAX);
    assert_int_equal(query_layout(STR("select 'a"), &out, &err), ERR_SYNTAX);
    buf_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_operator_a_line),
        cmocka_unit_test(names_keep_their_letters),
        cmocka_unit_test(queries_inside),
        cmocka_unit_test(long_operators_go_on),
        cmocka_unit_test(comments_stay),
        cmocka_unit_test(several_queries),
        cmocka_unit_test(what_is_wrong_is_told_in_its_place),
    };
    return cmocka_run_group_tests_name("query/layout", tests, NULL, NULL);
}
