/* SPDX-License-Identifier: MIT
 *
 * The listening socket: loopback only, and clear words when the port is taken. */
#include "../../../core/net/listen.h"

#include <stdio.h>
#include <unistd.h>

#include "test.h"

static void takes_a_free_port(void **state)
{
    (void)state;
    struct err e = {0};
    int fd = -1;
    int port = 0;
    assert_int_equal(listen_open("127.0.0.1:0", &fd, &port, &e), 0);
    assert_true(port > 0);
    char again[32];
    snprintf(again, sizeof again, "127.0.0.1:%d", port);
    int other = -1;
    assert_int_equal(listen_open(again, &other, &port, &e), ERR_UNAVAILABLE);
    assert_non_null(strstr(e.msg, "in use"));
    assert_non_null(strstr(e.hint, "--listen"));
    close(fd);
}

static void tells_whether_others_reach_it(void **state)
{
    (void)state;
    static const struct {
        const char *address;
        bool loopback;
    } of[] = {{"127.0.0.1:1", true},    {"localhost:1", true},         {"[::1]:8090", true},
              {"127.1.2.3:1", true},    {"0.0.0.0:8090", false},       {"[::]:8090", false},
              {"192.168.1.1:1", false}, {"[::ffff:8.8.8.8]:1", false}, {"8.8.8.8:1", false}};
    for (size_t i = 0; i < ARRAY_LEN(of); i++) {
        struct err e = {0};
        bool loopback = !of[i].loopback;
        assert_int_equal(listen_is_loopback(of[i].address, &loopback, &e), 0);
        assert_int_equal(loopback, of[i].loopback);
    }
}

static void nonsense_is_told(void **state)
{
    (void)state;
    static const char *const bad[] = {"",     "8090",         "127.0.0.1",       "127.0.0.1:",
                                      ":80",  "127.0.0.1:-1", "127.0.0.1:65536", "example.org:80",
                                      "[::1", "127.0.0.1:80x"};
    int fd = -1;
    int port = 0;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct err e = {0};
        assert_int_equal(listen_open(bad[i], &fd, &port, &e), ERR_USAGE);
        assert_non_null(strstr(e.hint, "127.0.0.1:8090"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_a_free_port),
        cmocka_unit_test(tells_whether_others_reach_it),
        cmocka_unit_test(nonsense_is_told),
    };
    return cmocka_run_group_tests_name("net/listen", tests, NULL, NULL);
}
