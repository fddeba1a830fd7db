/* SPDX-License-Identifier: MIT
 *
 * Notifiers of the configuration, with their secrets. */
#include "../../../core/main/notifiers.h"

#include <stdlib.h>

#include "test.h"

static void secrets_are_read_and_names_kept(void **state)
{
    (void)state;
    struct notifiers n;
    struct err err;
    struct alert_options o = {0};
    const struct str to = STR("officers:block");
    const struct str names = STR("hook");
    setenv("PANJI_TEST_SECRET", "s3cret", 1);
    const struct notifier_setting all[] = {{.name = STR("hook"),
                                            .type = NOTIFIER_WEBHOOK,
                                            .url = STR("http://h"),
                                            .secret = {.env = STR("PANJI_TEST_SECRET")}},
                                           {.name = STR("bdo"),
                                            .type = NOTIFIER_SMTP,
                                            .url = STR("smtps://m"),
                                            .from = STR("p@x.in"),
                                            .to = &to,
                                            .tos = 1}};
    const struct settings s = {.listen = STR("127.0.0.1:8090"),
                               .notifier = all,
                               .notifiers = 2,
                               .default_notify = &names,
                               .default_notifies = 1};
    assert_int_equal(notifiers_init(&n, &s, &err), 0);
    notifiers_use(&n, &o);
    assert_int_equal(o.notifiers, 2);
    assert_int_equal(o.notifier[0].type, NOTIFY_WEBHOOK);
    assert_string_equal(o.notifier[0].secret, "s3cret");
    assert_null(o.notifier[1].secret);
    assert_int_equal(o.notifier[1].type, NOTIFY_SMTP);
    assert_true(str_eq(o.notifier[1].to[0], to));
    assert_string_equal(o.default_notify[0], "hook");
    assert_string_equal(o.external_url, "http://127.0.0.1:8090");
    notifiers_fini(&n);
    unsetenv("PANJI_TEST_SECRET");
    assert_int_equal(notifiers_init(&n, &s, &err), ERR_NOT_FOUND);
    assert_non_null(strstr(err.hint, "hook"));
}

static void an_address_may_be_a_secret(void **state)
{
    (void)state;
    struct notifiers n;
    struct err err = {0};
    const struct notifier_setting hook = {.name = STR("hook"),
                                          .type = NOTIFIER_WEBHOOK,
                                          .url_secret = {.env = STR("PANJI_TEST_URL")}};
    const struct settings s = {.notifier = &hook, .notifiers = 1};
    setenv("PANJI_TEST_URL", "https://h/s3cret", 1);
    assert_int_equal(notifiers_init(&n, &s, &err), 0);
    assert_string_equal(n.at[0].url, "https://h/s3cret");
    notifiers_fini(&n);
    setenv("PANJI_TEST_URL", "smtp://h/s3cret", 1);
    assert_int_equal(notifiers_init(&n, &s, &err), ERR_VALUE);
    assert_non_null(strstr(err.msg, "PANJI_TEST_URL"));
    assert_null(strstr(err.msg, "s3cret"));
    unsetenv("PANJI_TEST_URL");
    assert_int_equal(notifiers_init(&n, &s, &err), ERR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(secrets_are_read_and_names_kept),
                                       cmocka_unit_test(an_address_may_be_a_secret)};
    return cmocka_run_group_tests_name("main/notifiers", tests, NULL, NULL);
}
