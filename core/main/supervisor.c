/* SPDX-License-Identifier: MIT
 *
 * The datagrams of sd_notify, without its library. */
#include "supervisor.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "base/str.h"

static struct sockaddr_un address;
static socklen_t address_bytes; /* 0: nobody listens */
static int64_t interval_ms;

static void read_socket(const char *name)
{
    size_t n = name != NULL ? strlen(name) : 0;
    address_bytes = 0;
    if (n < 2 || n >= sizeof address.sun_path || (name[0] != '/' && name[0] != '@'))
        return;
    memset(&address, 0, sizeof address);
    address.sun_family = AF_UNIX;
    memcpy(address.sun_path, name, n);
    if (name[0] == '@')
        address.sun_path[0] = '\0'; /* of the abstract name space */
    address_bytes = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
}

/* WATCHDOG_PID names another process where the variable was handed on by mistake. */
static void read_watchdog(const char *usec, const char *pid)
{
    int64_t us = 0;
    int64_t of = 0;
    interval_ms = 0;
    if (usec == NULL || str_to_i64(str_of(usec), &us) < 0 || us < 2000)
        return;
    if (pid != NULL && (str_to_i64(str_of(pid), &of) < 0 || of != getpid()))
        return;
    interval_ms = us / 2000;
}

void supervisor_init(void)
{
    read_socket(getenv("NOTIFY_SOCKET"));
    read_watchdog(getenv("WATCHDOG_USEC"), getenv("WATCHDOG_PID"));
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
}

void supervisor_tell(const char *lines)
{
    if (address_bytes == 0)
        return;
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ssize_t sent = fd >= 0 ? sendto(fd, lines, strlen(lines), MSG_NOSIGNAL,
                                    (const struct sockaddr *)&address, address_bytes)
                           : -1;
    if (sent < 0)
        log_line(LOG_WARN, "main", "the service manager is not told: %.20s", lines);
    if (fd >= 0)
        close(fd);
}

int64_t supervisor_interval_ms(void)
{
    return address_bytes > 0 ? interval_ms : 0;
}
