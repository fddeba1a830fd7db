/* SPDX-License-Identifier: MIT
 *
 * Which ClickHouse the flags of a command mean. */
#include "../../../core/main/remote.h"

#include "test.h"

static const struct cli_option options[] = {
    {"engine", "E", "", false},  {"url", "U", "", false},  {"database", "D", "", false},
    {"cluster", "C", "", false}, {"user", "N", "", false}, {"password-file", "F", "", false}};
static const struct cli_command commands[] = {{"x", "", 0, 0, "", options, 6, NULL}};

static int read_flags(struct settings *s, struct err *e, const char *const *argv)
{
    static struct cli cli;
    int n = 0;
    while (argv[n] != NULL)
        n++;
    *e = (struct err){0};
    settings_init(s);
    assert_int_equal(cli_parse(commands, 1, n, argv, &cli, e), 0);
    return remote_flags(&cli, s, e);
}

#define READ(...)                                                                                  \
    read_flags(&s, &e, (const char *const[]){"panji", "x", "--engine", __VA_ARGS__, NULL})

static void flags_name_it(void **state)
{
    (void)state;
    struct settings s;
    struct err e;
    assert_int_equal(READ("clickhouse", "--url", "http://h:8123", "--cluster", "c", "--user", "u",
                          "--password-file", "/p"),
                     0);
    assert_int_equal(s.engine, ENGINE_CLICKHOUSE);
    assert_string_equal(s.clickhouse.url.p, "http://h:8123");
    assert_string_equal(s.clickhouse.database.p, "panji");
    assert_string_equal(s.clickhouse.cluster.p, "c");
    assert_string_equal(s.clickhouse.user.p, "u");
    assert_string_equal(s.clickhouse.password.file.p, "/p");
    settings_fini(&s);
    assert_int_equal(READ("clickhouse", "--url", "http://h", "--database", "d"), 0);
    assert_string_equal(s.clickhouse.database.p, "d");
    settings_fini(&s);
    assert_int_equal(READ("local"), 0);
    assert_int_equal(s.engine, ENGINE_LOCAL);
    settings_fini(&s);
}

static void what_is_missing_or_unknown_is_told(void **state)
{
    (void)state;
    struct settings s;
    struct err e;
    assert_int_equal(READ("clickhouse"), ERR_USAGE);
    assert_non_null(strstr(e.hint, "--url"));
    settings_fini(&s);
    assert_int_equal(READ("oracle"), ERR_USAGE);
    settings_fini(&s);
}

static void a_password_that_cannot_be_read_ends_it(void **state)
{
    (void)state;
    struct settings s;
    struct err e;
    struct remote r;
    assert_int_equal(
        READ("clickhouse", "--url", "http://127.0.0.1:1", "--password-file", "/nowhere/at/all"), 0);
    assert_int_equal(remote_open(&s, &r, &e), ERR_IO);
    settings_fini(&s);
    assert_int_equal(READ("clickhouse", "--url", "http://127.0.0.1:1"), 0);
    assert_int_equal(remote_open(&s, &r, &e), ERR_UNAVAILABLE);
    settings_fini(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flags_name_it),
        cmocka_unit_test(what_is_missing_or_unknown_is_told),
        cmocka_unit_test(a_password_that_cannot_be_read_ends_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
