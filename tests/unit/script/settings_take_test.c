/* SPDX-License-Identifier: MIT
 *
 * Values of the configuration: what each name allows. */
#include "settings_file.h"

static void each_value_is_checked(void **state)
{
    (void)state;
    REFUSED("listen = \"8090\"\n", "\"8090\" is no address to listen on", "127.0.0.1:8090");
    REFUSED("listen = \"127.0.0.1:99999\"\n", "is no address");
    REFUSED("timezone = \"Asia/Kolkatta\"\n", "no time zone \"Asia/Kolkatta\"", "Asia/Kolkata");
    REFUSED("timezone = \"../../etc/passwd\"\n", "no time zone");
    REFUSED("fiscal_year_start_month = 13\n", "no month 13");
    REFUSED("fiscal_year_start_month = \"April\"\n", "must be a whole number, not a string");
    REFUSED("workers = 0\n", "write 1 to 64");
    REFUSED("memory_limit = \"4GB\"\n", "\"4GB\" is no amount of memory", "4GiB");
    REFUSED("memory_limit = \"1MiB\"\n", "too little to serve");
    REFUSED("memory_limit = \"99999999999999TiB\"\n", "no amount of memory");
    REFUSED("plugins = \"nowhere\"\n", "there is no directory");
    REFUSED("data = \"\"\n", "\"data\" is empty");
    REFUSED("suppression = { public = 1.5, vewer = 3 }\n", "unknown field \"vewer\"",
            "did you mean \"viewer\"?");
    REFUSED("suppression = { public = 1.5 }\n",
            "must be 0 (nothing is hidden) or a whole number from 3 to 1000");
    REFUSED("engine = \"clickhose\"\n", "did you mean \"clickhouse\"?");
    REFUSED("engine = \"clickhouse\"\n", "needs its address");
    REFUSED("clickhouse = { url = \"https://\", password_file = \"a\", password_env = \"B\" }\n",
            "\"url\" is no address", "for one secret: name one");
    REFUSED("tls = { cert = \"a.pem\" }\n", "\"key\" is missing");
    REFUSED("tls = { cert = \"a.pem\", key = \"b.pem\" }\n", "a.pem cannot be read");
    REFUSED("default_notify = { \"ofice\" }\nnotifiers = { office = { type = \"file\", path = "
            "\"x\" } }\n",
            "no notifier is called \"ofice\"", "did you mean \"office\"?");
}

static void amounts_of_memory_have_units(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t bytes;
    } of[] = {{"memory_limit = 268435456\n", 268435456},
              {"memory_limit = \"268435456B\"\n", 268435456},
              {"memory_limit = \"100 MiB\"\n", (uint64_t)100 << 20},
              {"memory_limit = \"1TiB\"\n", (uint64_t)1 << 40}};
    for (size_t i = 0; i < ARRAY_LEN(of); i++) {
        struct settings_file f;
        settings_file_read(&f, of[i].text, NULL);
        assert_int_equal(f.rc, 0);
        assert_int_equal(f.s.memory_limit, of[i].bytes);
        settings_file_done(&f);
    }
}

static void paths_are_relative_to_the_file(void **state)
{
    (void)state;
    struct settings_file f;
    char want[300];
    settings_file_read(&f, "data = \"/absolute\"\ninbox = \"in\"\n", NULL);
    assert_int_equal(f.rc, 0);
    assert_string_equal(f.s.data.p, "/absolute");
    snprintf(want, sizeof want, "%s/in", f.w.dir);
    assert_string_equal(f.s.inbox.p, want);
    settings_file_done(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_value_is_checked),
        cmocka_unit_test(amounts_of_memory_have_units),
        cmocka_unit_test(paths_are_relative_to_the_file),
    };
    return cmocka_run_group_tests_name("script/settings_take", tests, NULL, NULL);
}
