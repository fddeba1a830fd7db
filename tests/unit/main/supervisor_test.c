/* SPDX-License-Identifier: MIT
 *
 * What a service manager hears. */
#include "../../../core/main/supervisor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "test.h"

/* A socket of the abstract name space, as $NOTIFY_SOCKET names it. */
static int listen_as(char name[64])
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    snprintf(name, 64, "@panji-supervisor-%ld", (long)getpid());
    memcpy(a.sun_path, name, strlen(name));
    a.sun_path[0] = '\0';
    socklen_t n = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
    assert_int_equal(bind(fd, (struct sockaddr *)&a, n), 0);
    return fd;
}

static void it_hears_what_is_told(void **state)
{
    char name[64];
    char got[64] = "";
    (void)state;
    int fd = listen_as(name);
    setenv("NOTIFY_SOCKET", name, 1);
    setenv("WATCHDOG_USEC", "60000000", 1);
    supervisor_init();
    assert_null(getenv("NOTIFY_SOCKET"));
    assert_int_equal(supervisor_interval_ms(), 30000);
    supervisor_tell("READY=1");
    assert_int_equal(recv(fd, got, sizeof got - 1, 0), 7);
    assert_string_equal(got, "READY=1");
    close(fd);
}

static void nobody_need_listen(void **state)
{
    (void)state;
    setenv("WATCHDOG_USEC", "60000000", 1);
    supervisor_init();
    assert_int_equal(supervisor_interval_ms(), 0);
    supervisor_tell("READY=1");
    setenv("NOTIFY_SOCKET", "relative", 1);
    setenv("WATCHDOG_USEC", "1e9", 1);
    supervisor_init();
    assert_int_equal(supervisor_interval_ms(), 0);
    setenv("NOTIFY_SOCKET", "@nobody-listens-here", 1);
    setenv("WATCHDOG_USEC", "60000000", 1);
    setenv("WATCHDOG_PID", "1", 1);
    supervisor_init();
    assert_int_equal(supervisor_interval_ms(), 0); /* meant for another process */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_hears_what_is_told),
        cmocka_unit_test(nobody_need_listen),
    };
    return cmocka_run_group_tests_name("main/supervisor", tests, NULL, NULL);
}
