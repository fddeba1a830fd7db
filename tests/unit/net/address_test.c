/* SPDX-License-Identifier: MIT
 *
 * Addresses: read, compared, looked up behind proxies. */
#include "../../../core/net/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "test.h"

static struct address at(const char *text)
{
    struct address a;
    assert_true(address_parse(str_of(text), &a));
    return a;
}

static bool is_in(const char *network, const char *address)
{
    struct network n;
    struct address a = at(address);
    assert_true(network_parse(str_of(network), &n));
    return network_has(&n, 1, &a);
}

static void addresses_are_read(void **state)
{
    (void)state;
    static const char *const bad[] = {"",  "a",         "1.2.3",   "1.2.3.4.5", "[::1",
                                      ":", "256.1.1.1", "unknown", "_hidden",   "1.2.3.4 5"};
    struct address a;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_false(address_parse(str_of(bad[i]), &a));
    a = at(" 10.1.2.3:443 ");
    struct address b = at("10.1.2.3");
    assert_memory_equal(&a, &b, sizeof a);
    a = at("::ffff:10.1.2.3");
    assert_memory_equal(&a, &b, sizeof a);
    a = at("[::1]:8090");
    assert_true(address_is_loopback(&a));
    a = at("127.8.9.1");
    assert_true(address_is_loopback(&a));
    assert_false(address_is_loopback(&b));
}

static void sockets_have_the_same(void **state)
{
    (void)state;
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    struct address a;
    struct address want = at("10.0.0.7");
    v4.sin_addr.s_addr = htonl(0x0A000007);
    assert_true(address_of((const struct sockaddr *)&v4, &a));
    assert_memory_equal(&a, &want, sizeof a);
    assert_true(address_of((const struct sockaddr *)&v6, &a));
    assert_true(address_is_loopback(&a));
    assert_false(address_of(NULL, &a));
}

static void networks_hold_what_shares_their_bits(void **state)
{
    (void)state;
    assert_true(is_in("10.0.0.0/8", "10.255.1.1"));
    assert_false(is_in("10.0.0.0/8", "11.0.0.0"));
    assert_true(is_in("10.0.0.128/25", "10.0.0.200"));
    assert_false(is_in("10.0.0.128/25", "10.0.0.100"));
    assert_true(is_in("0.0.0.0/0", "8.8.8.8"));
    assert_false(is_in("0.0.0.0/0", "fd00::1"));
    assert_true(is_in("fd00::/8", "fdff::1"));
    assert_false(is_in("fd00::/8", "fe80::1"));
    assert_true(is_in("127.0.0.1", "127.0.0.1"));
    assert_false(is_in("127.0.0.1", "127.0.0.2"));
    struct network n;
    assert_false(network_parse(STR("10.0.0.0/33"), &n));
    assert_false(network_parse(STR("10.0.0.0/"), &n));
    assert_false(network_parse(STR("/8"), &n));
}

static void a_client_is_an_address_or_what_it_was_given(void **state)
{
    (void)state;
    struct address a = at("10.0.0.1");
    struct address b = at("10.0.0.2");
    assert_true(address_key(&a) != address_key(&b));
    a = at("2001:db8:1:2::1");
    b = at("2001:db8:1:2:ffff::9");
    assert_true(address_key(&a) == address_key(&b));
}

/* Nobody can say of himself who he is: only what trusted proxies wrote counts. */
static void only_trusted_proxies_are_believed(void **state)
{
    (void)state;
    struct network proxy[2];
    assert_true(network_parse(STR("127.0.0.1"), &proxy[0]));
    assert_true(network_parse(STR("10.0.0.0/8"), &proxy[1]));
    static const char *const of[][3] = {
        {"9.9.9.9", "1.1.1.1", "9.9.9.9"},
        {"127.0.0.1", "1.1.1.1", "1.1.1.1"},
        {"127.0.0.1", "6.6.6.6, 1.1.1.1", "1.1.1.1"},
        {"127.0.0.1", "6.6.6.6, 1.1.1.1, 10.3.3.3", "1.1.1.1"},
        {"127.0.0.1", "10.1.1.1,10.2.2.2", "10.1.1.1"},
        {"127.0.0.1", "", "127.0.0.1"},
        {"127.0.0.1", "nonsense", "127.0.0.1"},
        {"127.0.0.1", "1.1.1.1, unknown", "127.0.0.1"},
        {"127.0.0.1", ",,,", "127.0.0.1"},
    };
    for (size_t i = 0; i < ARRAY_LEN(of); i++) {
        struct address got = address_behind(at(of[i][0]), str_of(of[i][1]), proxy, 2);
        struct address want = at(of[i][2]);
        assert_memory_equal(&got, &want, sizeof got);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_read),
        cmocka_unit_test(sockets_have_the_same),
        cmocka_unit_test(networks_hold_what_shares_their_bits),
        cmocka_unit_test(a_client_is_an_address_or_what_it_was_given),
        cmocka_unit_test(only_trusted_proxies_are_believed),
    };
    return cmocka_run_group_tests_name("net/address", tests, NULL, NULL);
}
