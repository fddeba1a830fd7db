/* SPDX-License-Identifier: MIT
 *
 * One attempt at a mail. */
#include "../../../core/alert/notify.h"

#include "../base/sink.h"

static void it_goes_to_one_address(void **state)
{
    (void)state;
    struct sink s;
    struct err err;
    char url[64];
    sink_open(&s, true);
    sink_url(&s, url);
    const struct notifier n = {.name = "bdo", .url = url, .from = "p@x.in"};
    struct outbox_row m = {
        .id = STR("m1"), .recipient = STR("a@x.in"), .body = STR("Subject: x\r\n\r\ny\r\n")};
    assert_int_equal(notify_mail(&n, &m, NULL, &err), 0);
    assert_non_null(strstr(s.got[0], "Subject: x"));
    m.recipient = STR("a@x.in>\r\nRCPT TO:<b@x.in");
    assert_int_equal(notify_mail(&n, &m, NULL, &err), ERR_VALUE);
    sink_wait(&s, 1);
    sink_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(it_goes_to_one_address)};
    return cmocka_run_group_tests_name("alert/notify_mail", tests, NULL, NULL);
}
