/* SPDX-License-Identifier: MIT
 *
 * What comes back is read as rows, or refused. */
#include "remote_ask.h"

#include "store/clickhouse_fake.h"

static const char *ask_fake(struct ask *a, const char *query, const char *answer, int status)
{
    const struct fake_answer answers[] = {{"SELECT", answer, status}, {NULL, NULL, 0}};
    struct fake f;
    fake_start(&f, answers);
    struct clickhouse c = fake_connection(&f, "");
    a->world.snap->clickhouse = &c;
    const char *got = ask_text(a, str_of(query));
    a->world.snap->clickhouse = NULL;
    fake_stop(&f);
    return got;
}

static void classes_become_keys_and_aggregates(void **state)
{
    struct ask *a = *state;
    const char *got =
        ask_fake(a, "FROM registrations |> AGGREGATE COUNT(*) AS n, SUM(age) AS s GROUP BY gender",
                 "1\t40\t5\t2\n0\t30\t10\t3\n-128\t-128\t2\t1\n0\t20\t0\t2\n\n0\t0\t17\t8\n", 0);
    assert_non_null(got);
    assert_string_equal(got, "gender,n,s\n,2,\nF,10,300\nM,5,200\n");
    assert_string_equal(a->engine, "clickhouse");
}

static void a_row_is_there_as_often_as_it_is_told(void **state)
{
    struct ask *a = *state;
    const char *got = ask_fake(a, "FROM registrations |> SELECT gender, age",
                               "0\t30\t5\t10\t2\n\n"
                               "0\t0\t0\t10\t2\n",
                               0);
    assert_non_null(got);
    assert_string_equal(got, "gender,age\nF,30\nF,30\n");
}

static void what_is_not_whole_or_not_known_is_an_error(void **state)
{
    struct ask *a = *state;
    static const struct {
        const char *answer;
        int status, code;
    } cases[] = {
        {"0\t5\t2\n", 0, ERR_UNAVAILABLE},
        {"0\t5\t2\n\n0\t5\t3\n", 0, ERR_UNAVAILABLE},
        {"0\t5\t2\nCode: 159, e.displayText() = DB::Exception: Timeout\n", 0, ERR_TIMEOUT},
        {"Code: 202, e.displayText() = DB::Exception: Too many queries\n", 500, ERR_BUSY},
        {"<html>I am a proxy</html>", 502, ERR_UNAVAILABLE},
        {"77\t5\t2\n\n0\t5\t2\n", 0, ERR_UNAVAILABLE}, /* no such gender */
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_null(ask_fake(a, "FROM registrations |> AGGREGATE COUNT(*) AS n GROUP BY gender",
                             cases[i].answer, cases[i].status));
        assert_int_equal(a->err.code, cases[i].code);
        assert_true(a->err.hint[0] != '\0');
    }
}

static void nobody_there_is_unavailable_and_time_is_kept(void **state)
{
    struct ask *a = *state;
    struct cancel late;
    a->world.snap->clickhouse = &remote_nobody;
    assert_null(ask_text(a, STR("FROM registrations |> AGGREGATE COUNT(*) AS n")));
    assert_int_equal(a->err.code, ERR_UNAVAILABLE);
    cancel_init(&late, 0);
    cancel_fire(&late);
    a->ctx.cancel = &late;
    assert_null(ask_text(a, STR("FROM registrations |> AGGREGATE COUNT(*) AS n")));
    assert_int_equal(a->err.code, ERR_CANCELLED);
    a->ctx.cancel = NULL;
    a->world.snap->clickhouse = NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(classes_become_keys_and_aggregates),
        cmocka_unit_test(a_row_is_there_as_often_as_it_is_told),
        cmocka_unit_test(what_is_not_whole_or_not_known_is_an_error),
        cmocka_unit_test(nobody_there_is_unavailable_and_time_is_kept),
    };
    return cmocka_run_group_tests(tests, ask_setup, ask_teardown);
}
