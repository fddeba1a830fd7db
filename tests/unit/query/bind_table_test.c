/* SPDX-License-Identifier: MIT
 *
 * The catalogue. */
#include "ask.h"

static void tables_are_found_without_case(void **state)
{
    struct ask *a = *state;
    ask_expect(a, "FROM keyvalue |> LIMIT 1", "key,value\n1,value1\n");
    ask_expect(a, "FROM Sectors |> LIMIT 1 |> SELECT code", "code\n1\n");
    ask_fails(a, "FROM nosuch", ERR_UNKNOWN_NAME, 6, "Table not found: nosuch");
    ask_fails(a, "FROM registration", ERR_UNKNOWN_NAME, 6, "Table not found: registration");
}

static void with_names_tables(void **state)
{
    struct ask *a = *state;
    ask_expect(a,
               "WITH a AS (SELECT 1 AS x), b AS (FROM a |> SET x = x + 1) FROM b |> JOIN a ON TRUE "
               "|> SELECT b.x, a.x AS y",
               "x,y\n2,1\n");
    ask_expect(a, "WITH registrations AS (SELECT 1 AS x) FROM registrations", "x\n1\n");
    ask_fails(a, "WITH a AS (FROM b), b AS (SELECT 1) FROM a", ERR_UNKNOWN_NAME, 17,
              "Table not found: b");
}

static void names_for_tables_of_users(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "1a",
        "a-b",
        "a b",
        "a.csv",
        "गोला",
        "from",
        "SELECT",
        "set",
        "registrations",
        "Places",
        "REJECTS",
        "alerts",
        "occupations",
        "totals",
        "calendar",
        "alert_history",
        "a12345678901234567890123456789012345678901234567890123456789012345"};
    static const char *const good[] = {"factories",
                                       "_x",
                                       "T1",
                                       "tables",
                                       "count",
                                       "a123456789012345678901234567890123456789012345678901234567"
                                       "890123"};
    struct err err;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        if (query_table_name(str_of(bad[i]), &err) != ERR_PARAM)
            fail_msg("\"%s\" is taken for a name", bad[i]);
    for (size_t i = 0; i < ARRAY_LEN(good); i++)
        if (query_table_name(str_of(good[i]), &err) != 0)
            fail_msg("%s", err.msg);
    assert_int_equal(query_table_name(STR("a\xFF\""), &err), ERR_PARAM);
    assert_null(strchr(err.msg, 0xFF));
}

/* The caller's tables stand before those of planners, and these are found without case. */
static void tables_of_planners_come_last(void **state)
{
    struct ask *a = *state;
    static const char *const names[] = {"KeyValue", "Lists"};
    struct snap_change change = {.uploads = NULL};
    struct snap *next = NULL;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        struct upload *u = NULL;
        struct upload_set *set = change.uploads;
        assert_int_equal(upload_new(str_of(names[i]), 1, 1, &u, &a->err), 0);
        assert_int_equal(upload_col(u, 0, STR("x"), TYPE_BOOL, UPLOAD_LEVEL_NONE, &a->err), 0);
        assert_int_equal(upload_set_next(set, u, STR(""), &change.uploads, &a->err), 0);
        upload_set_unref(set);
        upload_unref(u);
    }
    assert_int_equal(snap_next(a->world.snap, &change, &next, &a->err), 0);
    upload_set_unref(change.uploads);
    a->ctx.snap = next;
    ask_expect(a, "FROM KeyValue |> LIMIT 1", "key,value\n1,value1\n");
    ask_expect(a, "FROM lists", "x\n\n");
    ask_expect(a, "FROM lists |> LIMIT 1 |> AGGREGATE COUNT(*) AS n", "n\n1\n");
    ask_fails(a, "FROM list", ERR_UNKNOWN_NAME, 6, "Table not found: list");
    assert_non_null(strstr(a->err.hint, "Lists"));
    snap_unref(next);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ASK_TEST(tables_are_found_without_case),
        ASK_TEST(with_names_tables),
        ASK_TEST(names_for_tables_of_users),
        ASK_TEST(tables_of_planners_come_last),
    };
    return cmocka_run_group_tests_name("query/bind_table", tests, NULL, NULL);
}
