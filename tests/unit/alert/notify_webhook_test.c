/* SPDX-License-Identifier: MIT
 *
 * One attempt at a web hook. */
#include "../../../core/alert/notify.h"

#include "../base/sink.h"

static int attempt(struct sink *s, const char *secret, struct err *err)
{
    char url[64];
    sink_url(s, url);
    const struct notifier n = {.name = "hook", .url = url, .secret = secret, .timeout_ms = 700};
    const struct outbox_row m = {.id = STR("m1"), .body = STR("what do ya want for nothing?")};
    return notify_webhook(&n, &m, NULL, err);
}

/* The signature is that of RFC 4231, test case 2. */
static void it_is_signed(void **state)
{
    (void)state;
    struct sink s;
    struct err err;
    sink_open(&s, false);
    assert_int_equal(attempt(&s, "Jefe", &err), 0);
    assert_non_null(strstr(s.got[0], "X-Panji-Id: m1\r\n"));
    assert_non_null(strstr(s.got[0],
                           "X-Panji-Signature: sha256=5bdcc146bf60754e6a042426089575c75a003f08"
                           "9d2739839dec58b964ec3843\r\n"));
    assert_int_equal(attempt(&s, NULL, &err), 0);
    assert_null(strstr(s.got[1], "Signature"));
    sink_close(&s);
}

static void each_way_to_fail_is_a_failure(void **state)
{
    (void)state;
    struct sink s;
    struct err err;
    sink_open(&s, false);
    sink_ways(&s, 3, (const enum way[]){WAY_FAIL, WAY_CLOSE, WAY_HANG});
    assert_int_equal(attempt(&s, NULL, &err), ERR_UNAVAILABLE);
    assert_non_null(strstr(err.msg, "500"));
    assert_int_equal(attempt(&s, NULL, &err), ERR_UNKNOWN_OUTCOME);
    assert_int_equal(attempt(&s, NULL, &err), ERR_UNKNOWN_OUTCOME);
    sink_close(&s);
    assert_int_equal(attempt(&s, NULL, &err), ERR_UNAVAILABLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_signed),
        cmocka_unit_test(each_way_to_fail_is_a_failure),
    };
    return cmocka_run_group_tests_name("alert/notify_webhook", tests, NULL, NULL);
}
