/* SPDX-License-Identifier: MIT
 *
 * Printed settings set the same again. */
#include "settings_file.h"

static const char text[] =
    "listen = \"127.0.0.1:8090\"\ndata = \"/data\"\ntimezone = \"UTC\"\n"
    "fiscal_year_start_month = 7\nmemory_limit = \"1536MiB\"\nworkers = 3\ninbox = \"/in\"\n"
    "attributes = {\n"
    "  migrant = { type = \"choice\", title = { en = \"Migrant\", hi = \"प्रवासी\" }, "
    "values = { \"Y\", { \"N\", title = { en = \"No\" }, aliases = { \"a \\\"b\\\\\" } } } },\n"
    "  size = { type = \"integer\", min = 1, max = 40 },\n"
    "  camp = false,\n"
    "}\nsuppression = { public = 10, viewer = 5, }\n"
    "notifiers = {\n"
    "  bdo = { type = \"smtp\", url = \"smtps://h\", user = \"u\", password_env = \"P\", "
    "from = \"a@b\", to = { \"officers:block\", \"c@d\" } },\n"
    "  hook = { type = \"webhook\", url = \"https://h:1/...\", secret_env = \"K\" },\n"
    "  chat = { type = \"webhook\", url_env = \"U\" },\n"
    "  desk = { type = \"file\", path = \"/out\" },\n"
    "}\ndefault_notify = { \"bdo\", \"desk\" }\nengine = \"local\"\n"
    "clickhouse = { url = \"http://h:8123\", database = \"panji\" }\n"
    "guard = { connections = 100, connections_per_client = 10, header = 1, idle = 7 }\n"
    "cors = { origins = { \"https://a.in\", \"*\" } }\n"
    "trusted_proxies = { \"127.0.0.1\", \"fd00::/8\" }\n"
    "log = { format = \"json\", level = \"warn\", requests = \"all\", slow_ms = 250 }\n"
    "metrics = { drive = \"off\" }\n";

static void printed_settings_set_the_same(void **state)
{
    (void)state;
    struct settings_file f;
    struct buf out;
    settings_file_read(&f, text, NULL);
    assert_int_equal(f.rc, 0);
    buf_init(&out, MEM_SCRIPT);
    settings_print(&f.s, &out);
    buf_char(&out, '\0');
    assert_string_equal(out.p, text);
    buf_fini(&out);
    settings_file_done(&f);
}

static void behind_the_host_nothing_is_printed(void **state)
{
    (void)state;
    static const char *const urls[] = {"https://h/s3cret", "https://h:1?token=s3cret",
                                       "https://h#s3cret", "https://h/a/s3cret/"};
    for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
        char given[200];
        struct settings_file f;
        struct buf out;
        snprintf(given, sizeof given,
                 "notifiers = { a = { type = \"webhook\", url = \"%s\" } }\n"
                 "clickhouse = { url = \"%s\" }\n",
                 urls[i], urls[i]);
        settings_file_read(&f, given, NULL);
        assert_int_equal(f.rc, 0);
        assert_string_equal(f.s.notifier[0].url.p, urls[i]);
        buf_init(&out, MEM_SCRIPT);
        settings_print(&f.s, &out);
        buf_char(&out, '\0');
        assert_null(strstr(out.p, "s3cret"));
        assert_non_null(strstr(out.p, "url = \"https://h"));
        buf_fini(&out);
        settings_file_done(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(printed_settings_set_the_same),
        cmocka_unit_test(behind_the_host_nothing_is_printed),
    };
    return cmocka_run_group_tests_name("script/settings_print", tests, NULL, NULL);
}
