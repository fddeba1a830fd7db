/* SPDX-License-Identifier: MIT
 *
 * The class of an address. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <string.h>

#include "../../../core/net/who.h"

static const char *class_of(const char *text)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
        return address_class((const struct sockaddr *)&v4);
    assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
    return address_class((const struct sockaddr *)&v6);
}

static void tells_where_from_by_class_alone(void **state)
{
    (void)state;
    static const char *const of[][2] = {
        {"127.0.0.1", "loopback"},
        {"127.9.9.9", "loopback"},
        {"10.1.2.3", "private"},
        {"172.16.0.1", "private"},
        {"172.31.9.9", "private"},
        {"172.32.0.1", "public"},
        {"192.168.1.1", "private"},
        {"169.254.0.9", "private"},
        {"8.8.8.8", "public"},
        {"::1", "loopback"},
        {"fe80::1", "private"},
        {"fd00::1", "private"},
        {"::ffff:127.0.0.1", "loopback"},
        {"2001:db8::1", "public"},
    };
    for (size_t i = 0; i < ARRAY_LEN(of); i++)
        assert_string_equal(class_of(of[i][0]), of[i][1]);
    assert_string_equal(address_class(NULL), "public");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(tells_where_from_by_class_alone)};
    return cmocka_run_group_tests_name("net/who", tests, NULL, NULL);
}
