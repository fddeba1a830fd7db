/* SPDX-License-Identifier: MIT
 *
 * What ClickHouse answers is taken whole or not at all. The answers are those of 18.16. */
#include "store/clickhouse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int read_rows(const char *body, size_t cols, struct clickhouse_rows *out, struct err *err)
{
    static struct arena a;
    arena_fini(&a);
    arena_init(&a, MEM_STORE, 1 << 20);
    return clickhouse_rows(str_of(body), cols, &a, out, err);
}

static void rows_end_with_their_totals(void **state)
{
    (void)state;
    struct clickhouse_rows r;
    assert_int_equal(read_rows("7\t-3\t2\n-2147483648\t10\t1\n\n0\t7\t3\n", 3, &r, NULL), 0);
    assert_int_equal(r.rows, 2);
    assert_int_equal(r.value[0], 7);
    assert_int_equal(r.value[1], -3);
    assert_int_equal(r.value[3], INT32_MIN);
    assert_int_equal(read_rows("\n0\t0\t0\n", 3, &r, NULL), 0);
    assert_int_equal(r.rows, 0);
}

static void what_is_not_whole_is_no_answer(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "",
        "1\t2\t3\n",
        "1\t2\t3\n\n",
        "1\t2\t3\n\n0\t2",
        "1\t2\t3\n\n0\t2\t3",
        "1\t2\t3\n\n0\t2\t4\n",          /* a row is missing */
        "1\t2\t3\n\n0\t2\t3\n1\t2\t3\n", /* more behind the end */
        "1\t2\n\n0\t2\t3\n",
        "1\t2\t\\N\n\n0\t2\t0\n",
        "1\t99999999999999999999\t3\n\n0\t2\t3\n",
        "1\tnan\t3\n\n0\t2\t3\n",
    };
    for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
        struct clickhouse_rows r;
        struct err err = {0};
        assert_int_equal(read_rows(bodies[i], 3, &r, &err), ERR_UNAVAILABLE);
        assert_non_null(strstr(err.msg, "broke off"));
        assert_true(err.hint[0] != '\0');
    }
}

static void an_error_in_the_middle_is_told(void **state)
{
    (void)state;
    struct clickhouse_rows r;
    struct err err = {0};
    const char *body = "1\t2\t3\n2\t2\t3\nCode: 241, e.displayText() = DB::Exception: Memory limit "
                       "(for query) exceeded: would use 11.00 MiB, e.what() = DB::Exception\n";
    assert_int_equal(read_rows(body, 3, &r, &err), ERR_UNAVAILABLE);
    assert_string_equal(err.msg, "ClickHouse says (code 241): Memory limit (for query) exceeded: "
                                 "would use 11.00 MiB");
    assert_non_null(strstr(err.hint, "memory"));
    body = "1\t2\t3\nCode: 159. DB::Exception: Timeout exceeded: elapsed 2.99 seconds. "
           "(TIMEOUT_EXCEEDED) (version 26.7.1)\n";
    assert_int_equal(read_rows(body, 3, &r, &err), ERR_TIMEOUT);
    assert_int_equal(err_http(ERR_TIMEOUT), 504);
    body = "Code: 62, e.displayText() = DB::Exception: Syntax error\n";
    assert_int_equal(read_rows(body, 3, &r, &err), ERR_UNAVAILABLE);
}

static void too_many_rows_are_a_limit(void **state)
{
    (void)state;
    struct arena a;
    struct clickhouse_rows r;
    arena_init(&a, MEM_STORE, 64);
    assert_int_equal(
        clickhouse_rows(STR("1\t1\n2\t1\n3\t1\n4\t1\n5\t1\n\n0\t5\n"), 2, &a, &r, NULL), ERR_LIMIT);
    arena_fini(&a);
}

static int open_at(const char *url, const char *database, const char *password, struct err *err)
{
    struct clickhouse c;
    struct clickhouse_address where = {.url = str_of(url),
                                       .database = str_of(database),
                                       .user = STR("office"),
                                       .password = str_of(password)};
    return clickhouse_open(&where, NULL, &c, err);
}

static void names_and_addresses_are_looked_at_first(void **state)
{
    (void)state;
    struct err err = {0};
    assert_int_equal(open_at("http://127.0.0.1:1", "a; DROP", "", &err), ERR_PARAM);
    assert_int_equal(open_at("http://127.0.0.1:1", "7days", "", &err), ERR_PARAM);
    assert_int_equal(open_at("http://127.0.0.1:1", "panji", "a\r\nX: y", &err), ERR_PARAM);
    assert_null(strstr(err.msg, "X: y"));
    assert_int_equal(open_at("http://127.0.0.1:1", "panji", "secret", &err), ERR_UNAVAILABLE);
    assert_null(strstr(err.msg, "secret"));
    assert_true(err.hint[0] != '\0');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_end_with_their_totals),
        cmocka_unit_test(what_is_not_whole_is_no_answer),
        cmocka_unit_test(an_error_in_the_middle_is_told),
        cmocka_unit_test(too_many_rows_are_a_limit),
        cmocka_unit_test(names_and_addresses_are_looked_at_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
