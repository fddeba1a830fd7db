/* SPDX-License-Identifier: MIT
 *
 * Outgoing mail: what arrives, and what each answer of a server means. */
#include "base/mailc.h"

#include "sink.h"

static int send_to(struct sink *s, const char *text, struct err *err)
{
    char url[64];
    sink_url(s, url);
    const struct mailc_message m = {
        .url = url, .from = "p@x.in", .to = "a@x.in", .text = str_of(text), .timeout_ms = 700};
    return mailc_send(&m, err);
}

static void it_arrives_as_it_is(void **state)
{
    (void)state;
    struct sink s;
    struct err err;
    sink_open(&s, true);
    assert_int_equal(send_to(&s, "Subject: x\r\n\r\n.leading\r\n", &err), 0);
    assert_non_null(strstr(s.got[0], "Subject: x\r\n\r\n..leading\r\n.\r\n"));
    sink_close(&s);
}

static void answers_mean_different_things(void **state)
{
    (void)state;
    struct sink s;
    struct err err;
    sink_open(&s, true);
    sink_ways(&s, 4, (const enum way[]){WAY_FAIL, WAY_REFUSE, WAY_CLOSE, WAY_HANG});
    assert_int_equal(send_to(&s, "a\r\n", &err), ERR_UNAVAILABLE);
    assert_int_equal(send_to(&s, "a\r\n", &err), ERR_VALUE);
    assert_non_null(strstr(err.msg, "550"));
    assert_int_equal(send_to(&s, "a\r\n", &err), ERR_UNKNOWN_OUTCOME);
    assert_int_equal(send_to(&s, "a\r\n", &err), ERR_UNKNOWN_OUTCOME);
    sink_close(&s);
    assert_int_equal(send_to(&s, "a\r\n", &err), ERR_UNAVAILABLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_arrives_as_it_is),
        cmocka_unit_test(answers_mean_different_things),
    };
    return cmocka_run_group_tests_name("base/mailc", tests, NULL, NULL);
}
