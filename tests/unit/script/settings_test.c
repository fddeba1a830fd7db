/* SPDX-License-Identifier: MIT
 *
 * The file of the configuration: what it sets, and that all its mistakes are told at once. */
#include "settings_file.h"

static void everything_may_be_left_out(void **state)
{
    (void)state;
    struct settings_file f;
    settings_file_read(&f, "-- nothing\n", NULL);
    assert_int_equal(f.rc, 0);
    assert_int_equal(f.s.givens, 0);
    assert_int_equal(f.s.listen.n, 0);
    assert_int_equal(f.s.workers, 0);
    assert_int_equal(f.s.suppression_public, -1);
    settings_file_done(&f);
}

static void names_are_set_by_expressions_of_lua(void **state)
{
    (void)state;
    struct settings_file f;
    char data[300];
    settings_file_read(&f,
                       "local port = 8000 + 90\nlisten = \"127.0.0.1:\" .. port\n"
                       "data = \"here\"\nworkers = 3\nmemory_limit = \"2GiB\"\n"
                       "timezone = \"UTC\"\nfiscal_year_start_month = 7\n",
                       NULL);
    assert_int_equal(f.rc, 0);
    assert_string_equal(f.s.listen.p, "127.0.0.1:8090");
    snprintf(data, sizeof data, "%s/here", f.w.dir);
    assert_string_equal(f.s.data.p, data);
    assert_int_equal(f.s.workers, 3);
    assert_int_equal(f.s.memory_limit, (uint64_t)2 << 30);
    assert_string_equal(f.s.timezone.p, "UTC");
    assert_int_equal(f.s.fiscal_year_start_month, 7);
    assert_true(settings_has(&f.s, "workers"));
    assert_false(settings_has(&f.s, "inbox"));
    settings_file_done(&f);
}

static void all_mistakes_are_told_at_once(void **state)
{
    (void)state;
    REFUSED("lisen = \"127.0.0.1:8090\"\nworkers = \"two\"\n\ntimezone = Asia\nworkers = 2\n",
            "panji.lua:1:1: unknown setting \"lisen\"", "did you mean \"listen\"?",
            "  1 | lisen = \"127.0.0.1:8090\"\n      ^^^^^",
            "panji.lua:2:1: \"workers\" must be a whole number, not a string",
            "panji.lua:4:12: unknown name \"Asia\"", "texts are written in quotes",
            "panji.lua:5:1: \"workers\" is set for the second time");
}

static void a_mistake_stands_where_it_is_and_once(void **state)
{
    (void)state;
    struct settings_file f;
    REFUSED("secret = [[\nabc\n]] foo = 1\nworkers = 2\n", "panji.lua:3:4: unknown setting \"foo\"",
            "panji.lua:1:1: unknown setting \"secret\"");
    settings_file_read(&f, "listen = \"127.0.0.1:\" .. Port + Port\n", NULL);
    assert_int_equal(f.rc, ERR_PARAM);
    assert_non_null(strstr(f.mistakes.p, "panji.lua:1:26: unknown name \"Port\""));
    assert_non_null(strstr(f.err.msg, "has 1 mistake"));
    assert_null(strstr(f.err.msg, "mistakes"));
    settings_file_done(&f);
    REFUSED("workers = one\nlisten = two\n", "1:11: unknown name \"one\"",
            "2:10: unknown name \"two\"");
}

static void a_mistake_of_syntax_has_its_line(void **state)
{
    (void)state;
    REFUSED("workers = 2\nlisten = = 3\n", "panji.lua:2:8: unexpected symbol near '='");
    REFUSED("while true do end\n", "ran longer than its limit", "need no loops");
    REFUSED("local f = io.open(\"/etc/passwd\")\n", "unknown name \"io\"");
}

static void what_is_refused_is_told_by_name(void **state)
{
    (void)state;
    static const struct settings_refusal refuse[] = {
        {"tls", NULL, "encryption is not there yet", "use a proxy"},
        {"engine", "clickhouse", "that engine is not there yet", "use local"},
        {NULL, NULL, NULL, NULL},
    };
    struct settings_file f;
    settings_file_read(&f, "engine = \"local\"\n", refuse);
    assert_int_equal(f.rc, 0);
    settings_file_done(&f);
    settings_file_read(&f, "engine = \"clickhouse\"\nclickhouse = { url = \"http://h:1\" }\n",
                       refuse);
    assert_int_equal(f.rc, ERR_PARAM);
    assert_non_null(strstr(f.mistakes.p, "panji.lua:1:1: that engine is not there yet"));
    assert_non_null(strstr(f.mistakes.p, "use local"));
    settings_file_done(&f);
}

static void no_message_has_a_password(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "password = \"hunter2\"\n",
        "password = hunter2\n",
        "password = \"hunter2\nx = 1\n",
        "notifiers = { a = { type = \"smtp\", password = \"hunter2\", api_key = 'hunter2' } }\n",
        "notifiers = { a = { type = \"smtp\", url = \"smtp://me:hunter2@host\" } }\n",
        "notifiers = { a = { type = \"smtp\", url = \"http://host/hunter2\" } }\n",
        "notifiers = { a = { tipe = \"webhook\", url = \"http://host?token=hunter2\" } }\n",
        "clickhouse = { url = \"http://me:hunter2@host/\", pasword = [[\nhunter2\n]] }\nx = = 2\n",
    };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct settings_file f;
        settings_file_read(&f, texts[i], NULL);
        assert_int_equal(f.rc, ERR_PARAM);
        assert_null(strstr(f.mistakes.p, "hunter2"));
        assert_null(strstr(f.err.msg, "hunter2"));
        settings_file_done(&f);
    }
}

static void what_cannot_be_read_is_told(void **state)
{
    (void)state;
    struct settings s;
    struct buf mistakes;
    struct err err = {0};
    buf_init(&mistakes, MEM_SCRIPT);
    assert_int_equal(settings_read("/nonexistent/panji.lua", NULL, &s, &mistakes, &err),
                     ERR_NOT_FOUND);
    assert_non_null(strstr(err.msg, "/nonexistent/panji.lua"));
    settings_fini(&s);
    assert_int_equal(settings_read("/tmp", NULL, &s, &mistakes, &err), ERR_IO);
    settings_fini(&s);
    assert_int_equal(mistakes.n, 0);
    buf_fini(&mistakes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_may_be_left_out),
        cmocka_unit_test(names_are_set_by_expressions_of_lua),
        cmocka_unit_test(all_mistakes_are_told_at_once),
        cmocka_unit_test(a_mistake_stands_where_it_is_and_once),
        cmocka_unit_test(a_mistake_of_syntax_has_its_line),
        cmocka_unit_test(what_is_refused_is_told_by_name),
        cmocka_unit_test(no_message_has_a_password),
        cmocka_unit_test(what_cannot_be_read_is_told),
    };
    return cmocka_run_group_tests_name("script/settings", tests, NULL, NULL);
}
