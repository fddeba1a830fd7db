/* SPDX-License-Identifier: MIT
 *
 * Flags win over the environment, that over the file, that over what is there by itself. */
#include "../../../core/main/config.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/date.h"
#include "base/log.h"
#include "store/tmpdir.h"
#include "test.h"

static const struct cli_option options[] = {{"data", "DIR", "", false},
                                            {"listen", "A", "", false},
                                            {"plugins", "DIR", "", false},
                                            {"config", "FILE", "", false}};
static const struct cli_command commands[] = {{"x", "", 0, 0, "", options, 4, NULL}};
static char dir[128];
static char file[160];

static int setup(void **state)
{
    (void)state;
    log_threshold(LOG_OFF);
    unsetenv("PANJI_DATA");
    tmpdir_make(dir);
    snprintf(file, sizeof file, "%s/panji.lua", dir);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    tmpdir_remove(dir);
    return 0;
}

static void write_file(const char *text)
{
    FILE *f = fopen(file, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static int read_with(struct settings *s, struct err *e, const char *const *argv)
{
    static struct cli cli;
    int n = 0;
    while (argv[n] != NULL)
        n++;
    *e = (struct err){0};
    assert_int_equal(cli_parse(commands, 1, n, argv, &cli, e), 0);
    return config_read(&cli, s, e);
}

#define READ(...) read_with(&s, &e, (const char *const[]){"panji", "x", __VA_ARGS__, NULL})

static void flags_win_over_the_file(void **state)
{
    (void)state;
    struct settings s;
    struct err e;
    assert_int_equal(READ("--data", dir), 0);
    assert_string_equal(s.listen.p, "127.0.0.1:8090");
    assert_string_equal(s.timezone.p, "Asia/Kolkata");
    assert_int_equal(s.fiscal_year_start_month, 4);
    settings_fini(&s);
    write_file("listen = \"127.0.0.1:1\"\nworkers = 7\n");
    assert_int_equal(READ("--data", dir), 0); /* found in the directory */
    assert_string_equal(s.listen.p, "127.0.0.1:1");
    assert_int_equal(s.workers, 7);
    settings_fini(&s);
    assert_int_equal(READ("--config", file, "--listen", "127.0.0.1:2"), 0);
    assert_string_equal(s.listen.p, "127.0.0.1:2");
    assert_string_equal(s.data.p, "panji-data");
    settings_fini(&s);
}

static void the_file_may_name_the_data(void **state)
{
    (void)state;
    struct settings s;
    struct err e;
    write_file("data = \"elsewhere\"\n");
    assert_int_equal(READ("--config", file), 0);
    assert_non_null(strstr(s.data.p, "/elsewhere"));
    settings_fini(&s);
    assert_int_equal(READ("--config", file, "--data", "mine"), 0);
    assert_string_equal(s.data.p, "mine");
    settings_fini(&s);
    assert_int_equal(READ("--data", dir), ERR_PARAM); /* found there, it cannot lead away */
    assert_non_null(strstr(e.msg, "says data ="));
    write_file("data = \".\"\n");
    assert_int_equal(READ("--data", dir), 0);
    settings_fini(&s);
}

static void what_is_not_there_is_refused(void **state)
{
    (void)state;
    struct settings s;
    struct err e;
    write_file("engine = \"clickhouse\"\nclickhouse = { url = \"http://h:8123\" }\n");
    assert_int_equal(READ("--config", file), ERR_PARAM);
    assert_non_null(strstr(e.msg, "mistake"));
    assert_int_equal(READ("--config", "/nonexistent"), ERR_NOT_FOUND);
}

static void settings_hold_for_the_process(void **state)
{
    (void)state;
    struct settings s;
    struct err e;
    write_file("timezone = \"UTC\"\nfiscal_year_start_month = 7\nmemory_limit = \"64MiB\"\n");
    assert_int_equal(READ("--config", file), 0);
    assert_int_equal(config_apply(&s, &e), 0);
    settings_fini(&s);
    assert_string_equal(clock_zone(), "UTC");
    assert_int_equal(date_fiscal_month(), 7);
    assert_null(mem_alloc(MEM_QUERY, (size_t)65 << 20));
    write_file("");
    assert_int_equal(READ("--config", file, "--listen", "127.0.0.1:0"), 0);
    assert_int_equal(config_reload(&s, &s), 0); /* the bound follows the file */
    settings_fini(&s);
    void *p = mem_alloc(MEM_QUERY, (size_t)65 << 20);
    assert_non_null(p);
    mem_free(MEM_QUERY, p);
    assert_int_equal(clock_set_zone(STR("Asia/Kolkata"), &e), 0);
    date_set_fiscal_month(4);
}

#define HOOK(url) "notifiers = { hook = { type = \"webhook\", url = \"" url "\" } }\n"

static void each_change_that_waits_is_told(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t waits;
    } of[] = {
        {HOOK("http://h/a"), 1}, /* a notifier more */
        {HOOK("http://h/b"), 1}, /* even where the URL is not shown */
        {HOOK("http://h/b") "default_notify = { \"hook\" }\n", 1},
        {"workers = 3\nattributes = { camp = false }\n", 4}, /* and the two are gone again */
        {"workers = 3\nattributes = { camp = false }\nmemory_limit = \"1TiB\"\n"
         "log = { format = \"json\" }\n",
         0},
        {"workers = 3\nattributes = { camp = false }\nmetrics = { drive = \"off\" }\n"
         "listen = \"127.0.0.1:1\"\n",
         2},
    };
    struct settings was;
    struct settings s;
    struct err e;
    write_file("workers = 2\n");
    assert_int_equal(
        read_with(&was, &e, (const char *const[]){"panji", "x", "--config", file, NULL}), 0);
    for (size_t i = 0; i < ARRAY_LEN(of); i++) {
        char text[400];
        snprintf(text, sizeof text, "%s%s", strstr(of[i].text, "workers") ? "" : "workers = 2\n",
                 of[i].text);
        write_file(text);
        assert_int_equal(READ("--config", file), 0);
        assert_int_equal(config_reload(&was, &s), of[i].waits);
        settings_fini(&was);
        was = s;
    }
    settings_fini(&was);
    mem_limit_all(0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(flags_win_over_the_file, setup, teardown),
        cmocka_unit_test_setup_teardown(the_file_may_name_the_data, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_not_there_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(settings_hold_for_the_process, setup, teardown),
        cmocka_unit_test_setup_teardown(each_change_that_waits_is_told, setup, teardown),
    };
    return cmocka_run_group_tests_name("main/config", tests, NULL, NULL);
}
