/* SPDX-License-Identifier: MIT
 *
 * Who is let in. */
#include "../../../core/net/gate.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "base/limits.h"
#include "test.h"

static struct sockaddr_in from(const char *text)
{
    struct sockaddr_in in = {.sin_family = AF_INET};
    assert_int_equal(inet_pton(AF_INET, text, &in.sin_addr), 1);
    return in;
}

/* Opens up to 1000 connections; how many were let in. */
static unsigned fill(struct gate *g, const char *text)
{
    struct sockaddr_in in = from(text);
    unsigned n = 0;
    while (n < 1000 && gate_lets_in(g, (const struct sockaddr *)&in)) {
        gate_opened(g, (const struct sockaddr *)&in);
        n++;
    }
    return n;
}

static void one_client_cannot_take_all(void **state)
{
    (void)state;
    struct gate *g = NULL;
    struct err e = {0};
    struct sockaddr_in in = from("9.9.9.9");
    assert_int_equal(gate_new(NULL, &g, &e), 0);
    assert_int_equal(fill(g, "9.9.9.9"), HTTP_CLIENT_MAX);
    assert_int_equal(fill(g, "9.9.9.8"), HTTP_CLIENT_MAX);
    assert_int_equal(gate_refused(g), 2);
    gate_closed(g, (const struct sockaddr *)&in);
    assert_int_equal(fill(g, "9.9.9.9"), 1);
    assert_int_equal(fill(g, "127.0.0.1"), 1000); /* this machine is not counted */
    gate_free(g);
}

static void the_configuration_says_how_many(void **state)
{
    (void)state;
    struct gate *g = NULL;
    struct err e = {0};
    struct address a;
    struct str proxy[] = {STR("127.0.0.3"), STR("10.0.0.0/8")};
    struct settings s = {.guard = {.connections_per_client = 3}, .proxy = proxy, .proxies = 2};
    struct sockaddr_in near = from("127.0.0.3");
    struct sockaddr_in far = from("127.0.0.4");
    assert_int_equal(gate_new(&s, &g, &e), 0);
    assert_int_equal(fill(g, "127.0.0.1"), 3);
    assert_int_equal(fill(g, "10.1.1.1"), 1000);
    assert_true(gate_is_proxy(g, (const struct sockaddr *)&near));
    assert_false(gate_is_proxy(g, (const struct sockaddr *)&far));
    assert_true(gate_client(g, (const struct sockaddr *)&near, STR("9.9.9.9"), &a));
    assert_int_equal(a.b[12], 9);
    assert_true(gate_client(g, (const struct sockaddr *)&far, STR("9.9.9.9"), &a));
    assert_int_equal(a.b[12], 127);
    assert_false(gate_client(g, NULL, STR("9.9.9.9"), &a));
    gate_free(g);
    proxy[1] = STR("10.0.0.0/80");
    assert_int_equal(gate_new(&s, &g, &e), ERR_PARAM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_client_cannot_take_all),
        cmocka_unit_test(the_configuration_says_how_many),
    };
    return cmocka_run_group_tests_name("net/gate", tests, NULL, NULL);
}
