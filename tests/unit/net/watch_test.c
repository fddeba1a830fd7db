/* SPDX-License-Identifier: MIT
 *
 * The watchdog cuts who is late, and nobody else. */
#include "../../../core/net/watch.h"

#include <sys/socket.h>
#include <unistd.h>

#include "test.h"

static const struct watch_limits limits = {
    .header_ms = 60000, .body_ms = 10000, .idle_ms = 30000, .connections = 2};

static void late_connections_are_cut(void **state)
{
    (void)state;
    struct watch *w = NULL;
    struct err e = {0};
    int late[2];
    int good[2];
    char byte;
    assert_int_equal(watch_new(&limits, &w, &e), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, late), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, good), 0);
    struct watch_conn *a = watch_add(w, late[0]);
    struct watch_conn *b = watch_add(w, good[0]);
    watch_until(a, 10);
    watch_until(b, 0);                               /* never */
    assert_int_equal(recv(late[1], &byte, 1, 0), 0); /* returns when it is cut */
    assert_int_equal(recv(good[1], &byte, 1, MSG_DONTWAIT), -1);
    assert_int_equal(watch_cut(w), 1);
    watch_remove(w, a);
    watch_remove(w, b);
    watch_free(w);
    for (int i = 0; i < 2; i++) {
        close(late[i]);
        close(good[i]);
    }
}

static void clients_that_leave_are_cut(void **state)
{
    (void)state;
    struct watch *w = NULL;
    struct err e = {0};
    int pair[2];
    char byte;
    assert_int_equal(watch_new(&limits, &w, &e), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    struct watch_conn *c = watch_add(w, pair[0]);
    watch_until(c, 0);
    assert_int_equal(shutdown(pair[1], SHUT_WR), 0);
    usleep(800 * 1000);
    assert_int_equal(watch_cut(w), 0); /* the request was whole: it waits for its answer */
    watch_body(c, true);
    assert_int_equal(recv(pair[1], &byte, 1, 0), 0);
    assert_int_equal(watch_cut(w), 1);
    watch_remove(w, c);
    watch_free(w);
    close(pair[0]);
    close(pair[1]);
}

static void large_bodies_get_more_time(void **state)
{
    (void)state;
    struct watch *w = NULL;
    struct err e = {0};
    assert_int_equal(watch_new(&limits, &w, &e), 0);
    assert_int_equal(watch_allowance_ms(w, 0), limits.body_ms);
    assert_int_equal(watch_allowance_ms(w, 10 << 10), limits.body_ms + 10000);
    int64_t large = watch_allowance_ms(w, 100 << 20);
    assert_true(large > 3600 * 1000 && large < 3 * 3600 * 1000);
    watch_free(w);
}

/* Who asks for nothing is in the way of others; who asks is not. */
static void a_crowd_has_no_time_for_the_idle(void **state)
{
    (void)state;
    struct watch *w = NULL;
    struct err e = {0};
    struct watch_conn *c[3];
    int pair[3][2];
    char byte;
    assert_int_equal(watch_new(&limits, &w, &e), 0);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair[i]), 0);
        assert_int_equal(watch_is_crowded(w), false);
        c[i] = watch_add(w, pair[i][0]);
        watch_idle(w, c[i]);
        if (i == 1) /* before there is a crowd: from then on it may be cut */
            watch_asks(w, c[i]);
    }
    assert_int_equal(watch_is_crowded(w), true);
    assert_int_equal(recv(pair[0][1], &byte, 1, 0), 0);
    assert_int_equal(recv(pair[2][1], &byte, 1, 0), 0);
    assert_int_equal(recv(pair[1][1], &byte, 1, MSG_DONTWAIT), -1);
    assert_int_equal(watch_cut(w), 2);
    for (int i = 0; i < 3; i++) {
        watch_remove(w, c[i]);
        close(pair[i][0]);
        close(pair[i][1]);
    }
    watch_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(late_connections_are_cut),
        cmocka_unit_test(clients_that_leave_are_cut),
        cmocka_unit_test(a_crowd_has_no_time_for_the_idle),
        cmocka_unit_test(large_bodies_get_more_time),
    };
    return cmocka_run_group_tests_name("net/watch", tests, NULL, NULL);
}
