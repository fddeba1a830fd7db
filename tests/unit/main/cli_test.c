/* SPDX-License-Identifier: MIT
 *
 * The command line: options in both forms, arguments, near names. */
#include "../../../core/main/cli.h"

#include "test.h"

static int nothing(const struct cli *c, struct err *err)
{
    (void)c, (void)err;
    return 0;
}

static const struct cli_option import_options[] = {
    {"data", "DIR", "", false},   {"param", "NAME=VALUE", "", true},  {"rows", "N", "", false},
    {"dry-run", NULL, "", false}, {"draft", "[FILE.map]", "", false},
};
static const struct cli_command commands[] = {
    {"serve", "", 0, 0, "", NULL, 0, nothing},
    {"import", "FILE...", 1, 2, "", import_options, ARRAY_LEN(import_options), nothing},
};

static struct cli cli;

static int parse(struct err *e, int argc, const char *const *argv)
{
    *e = (struct err){0};
    return cli_parse(commands, ARRAY_LEN(commands), argc, argv, &cli, e);
}

#define PARSE(e, ...)                                                                              \
    parse(e, (int)(sizeof((const char *const[]){"panji", __VA_ARGS__}) / sizeof(const char *)),    \
          (const char *const[]){"panji", __VA_ARGS__, NULL})

/* A value in brackets is taken where the next argument ends as its name does. */
static void a_value_may_be_left_out(void **state)
{
    (void)state;
    struct err e;
    assert_int_equal(PARSE(&e, "import", "--draft", "x.map", "a.csv"), 0);
    assert_string_equal(cli_get(&cli, "draft"), "x.map");
    assert_int_equal(cli.args, 1);
    assert_int_equal(PARSE(&e, "import", "--draft", "a.csv"), 0);
    assert_string_equal(cli_get(&cli, "draft"), "");
    assert_string_equal(cli.arg[0], "a.csv");
    assert_int_equal(PARSE(&e, "import", "a.csv", "--draft"), 0);
    assert_string_equal(cli_get(&cli, "draft"), "");
    assert_int_equal(PARSE(&e, "import", "a.csv", "--draft=x.txt"), 0);
    assert_string_equal(cli_get(&cli, "draft"), "x.txt");
}

static void options_in_both_forms(void **state)
{
    (void)state;
    struct err e;
    assert_int_equal(PARSE(&e, "import", "--data", "d", "a.csv", "--param=x=1", "--dry-run",
                           "--param", "y=2", "-"),
                     0);
    assert_string_equal(cli.command->name, "import");
    assert_string_equal(cli_get(&cli, "data"), "d");
    assert_true(cli_has(&cli, "dry-run"));
    assert_string_equal(cli_nth(&cli, "param", 0), "x=1");
    assert_string_equal(cli_nth(&cli, "param", 1), "y=2");
    assert_null(cli_nth(&cli, "param", 2));
    assert_int_equal(cli.args, 2);
    assert_string_equal(cli.arg[0], "a.csv");
    assert_string_equal(cli.arg[1], "-");
}

static void two_dashes_end_options(void **state)
{
    (void)state;
    struct err e;
    assert_int_equal(PARSE(&e, "import", "--", "--data"), 0);
    assert_string_equal(cli.arg[0], "--data");
    assert_null(cli_get(&cli, "data"));
}

static void near_names_are_offered(void **state)
{
    (void)state;
    struct err e;
    assert_int_equal(PARSE(&e, "imprt", "x"), ERR_USAGE);
    assert_non_null(strstr(e.hint, "import"));
    assert_int_equal(PARSE(&e, "import", "x", "--dta", "y"), ERR_USAGE);
    assert_non_null(strstr(e.msg, "--dta"));
    assert_non_null(strstr(e.hint, "--data"));
}

static void wrong_use_is_told(void **state)
{
    (void)state;
    struct err e;
    assert_int_equal(PARSE(&e, "import"), ERR_USAGE);
    assert_int_equal(PARSE(&e, "import", "a", "b", "c"), ERR_USAGE);
    assert_int_equal(PARSE(&e, "import", "a", "--data"), ERR_USAGE);
    assert_int_equal(PARSE(&e, "import", "a", "--data", "x", "--data", "y"), ERR_USAGE);
    assert_int_equal(PARSE(&e, "import", "a", "--dry-run=yes"), ERR_USAGE);
    assert_int_equal(PARSE(&e, "import", "a", "-d"), ERR_USAGE);
    assert_int_equal(PARSE(&e, "serve", "a"), ERR_USAGE);
    assert_int_equal(parse(&e, 1, (const char *const[]){"panji", NULL}), ERR_USAGE);
}

static void help_needs_nothing_else(void **state)
{
    (void)state;
    struct err e;
    assert_int_equal(PARSE(&e, "import", "--bad", "--help"), 0);
    assert_true(cli.help);
}

static void numbers_have_bounds(void **state)
{
    (void)state;
    struct err e;
    int64_t n = 0;
    assert_int_equal(PARSE(&e, "import", "a", "--rows", "12"), 0);
    assert_int_equal(cli_number(&cli, "rows", 5, 0, 100, &n, &e), 0);
    assert_int_equal(n, 12);
    assert_int_equal(cli_number(&cli, "rows", 5, 0, 10, &n, &e), ERR_USAGE);
    assert_int_equal(cli_number(&cli, "data", 5, 0, 10, &n, &e), 0);
    assert_int_equal(n, 5);
    assert_int_equal(PARSE(&e, "import", "a", "--rows", "many"), 0);
    assert_int_equal(cli_number(&cli, "rows", 5, 0, 100, &n, &e), ERR_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_may_be_left_out), cmocka_unit_test(options_in_both_forms),
        cmocka_unit_test(two_dashes_end_options),  cmocka_unit_test(near_names_are_offered),
        cmocka_unit_test(wrong_use_is_told),       cmocka_unit_test(help_needs_nothing_else),
        cmocka_unit_test(numbers_have_bounds),
    };
    return cmocka_run_group_tests_name("main/cli", tests, NULL, NULL);
}
