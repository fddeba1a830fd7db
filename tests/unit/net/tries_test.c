/* SPDX-License-Identifier: MIT
 *
 * Failed attempts, by client. */
#include "../../../core/net/tries.h"

#include <stdio.h>

#include "base/mem.h"
#include "test.h"

static int64_t fail_from(struct tries *t, const char *text, int64_t now_ms)
{
    struct address a;
    assert_true(address_parse(str_of(text), &a));
    return tries_fail(t, &a, now_ms);
}

static void each_further_one_waits_longer(void **state)
{
    (void)state;
    struct tries *t = tries_new();
    int64_t now = 1000000;
    for (int i = 0; i < TRIES_FREE; i++)
        assert_int_equal(fail_from(t, "10.0.0.1", now), 0);
    int64_t before = 0;
    for (int i = 0; i < 40; i++) {
        int64_t wait = fail_from(t, "10.0.0.1", now);
        assert_true(wait >= before && wait > 0 && wait <= TRIES_WAIT_MAX_MS);
        before = wait;
    }
    assert_int_equal(before, TRIES_WAIT_MAX_MS);
    assert_int_equal(fail_from(t, "10.0.0.2", now), 0); /* somebody else */
    assert_int_equal(fail_from(t, "10.0.0.1", now + TRIES_FORGET_MS), 0);
    tries_free(t);
}

/* A network of IPv6 is one client, or its 2^64 addresses would be as many. */
static void a_network_is_one_client(void **state)
{
    (void)state;
    struct tries *t = tries_new();
    char text[64];
    int64_t wait = 0;
    for (int i = 0; i <= TRIES_FREE; i++) {
        snprintf(text, sizeof text, "2001:db8:1:2::%x", i + 1);
        wait = fail_from(t, text, 5000000);
    }
    assert_true(wait > 0);
    assert_int_equal(fail_from(t, "2001:db8:1:3::1", 5000000), 0);
    tries_free(t);
}

/* The table has a fixed size: many clients only make it forget. */
static void many_clients_take_no_memory(void **state)
{
    (void)state;
    struct tries *t = tries_new();
    char text[64];
    size_t before = mem_used(MEM_NET);
    for (unsigned i = 0; i < 100000; i++) {
        snprintf(text, sizeof text, "%u.%u.%u.%u", i >> 16 & 255, i >> 8 & 255, i & 255, 7);
        assert_int_equal(fail_from(t, text, 7000000 + i), 0);
    }
    assert_int_equal(mem_used(MEM_NET), before);
    tries_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_further_one_waits_longer),
        cmocka_unit_test(a_network_is_one_client),
        cmocka_unit_test(many_clients_take_no_memory),
    };
    return cmocka_run_group_tests_name("net/tries", tests, NULL, NULL);
}
