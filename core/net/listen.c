/* SPDX-License-Identifier: MIT
 *
 * Addresses are numbers only: nothing is looked up, so that what is written is what is bound. */
#include "listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/str.h"

enum { BACKLOG = 1024, HOST_BYTES = 64 };

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static int malformed(const char *text, struct err *err)
{
    err_set(err, ERR_USAGE, "'%s' is no address to listen on", text);
    err_hint(err, "write 127.0.0.1:8090 or [::1]:8090");
    return ERR_USAGE;
}

static int split(const char *text, char host[HOST_BYTES], int64_t *port, struct err *err)
{
    const char *colon = strrchr(text, ':');
    struct str h = {text, colon ? (size_t)(colon - text) : 0};
    if (colon == NULL || str_to_i64(str_of(colon + 1), port) < 0 || *port < 0 || *port > 65535)
        return malformed(text, err);
    if (h.n >= 2 && h.p[0] == '[' && h.p[h.n - 1] == ']')
        h = (struct str){h.p + 1, h.n - 2};
    if (str_eq_nocase(h, STR("localhost")))
        h = STR("127.0.0.1");
    if (h.n == 0 || h.n >= HOST_BYTES)
        return malformed(text, err);
    memcpy(host, h.p, h.n);
    host[h.n] = '\0';
    return 0;
}

static bool is_loopback(const union address *a)
{
    if (a->any.sa_family == AF_INET)
        return (ntohl(a->v4.sin_addr.s_addr) >> 24) == 127;
    return IN6_IS_ADDR_LOOPBACK(&a->v6.sin6_addr);
}

static int parse(const char *text, union address *a, struct err *err)
{
    char host[HOST_BYTES];
    int64_t port = 0;
    TRY(split(text, host, &port, err));
    memset(a, 0, sizeof *a);
    if (inet_pton(AF_INET, host, &a->v4.sin_addr) == 1) {
        a->v4.sin_family = AF_INET;
        a->v4.sin_port = htons((uint16_t)port);
    } else if (inet_pton(AF_INET6, host, &a->v6.sin6_addr) == 1) {
        a->v6.sin6_family = AF_INET6;
        a->v6.sin6_port = htons((uint16_t)port);
    } else {
        return malformed(text, err);
    }
    return 0;
}

int listen_is_loopback(const char *address, bool *out, struct err *err)
{
    union address a;
    TRY(parse(address, &a, err));
    *out = is_loopback(&a);
    return 0;
}

static socklen_t address_bytes(const union address *a)
{
    return a->any.sa_family == AF_INET ? sizeof a->v4 : sizeof a->v6;
}

static int taken(const char *text, int why, struct err *err)
{
    const char *colon = strrchr(text, ':');
    err_set(err, ERR_UNAVAILABLE, "cannot listen on %s: %s", text,
            why == EADDRINUSE ? "the port is in use by another program" : strerror(why));
    if (why == EADDRINUSE)
        err_hint(err,
                 "it may be a panji that runs already: open http://%s/ in a browser, or see which "
                 "program it is with `ss -ltnp 'sport = %s'`; another port is chosen with --listen "
                 "127.0.0.1:8091",
                 text, colon ? colon : "");
    return ERR_UNAVAILABLE;
}

static int bound_port(int fd)
{
    union address a;
    socklen_t n = sizeof a;
    if (getsockname(fd, &a.any, &n) != 0)
        return 0;
    return ntohs(a.any.sa_family == AF_INET ? a.v4.sin_port : a.v6.sin6_port);
}

int listen_open(const char *address, int *fd, int *port, struct err *err)
{
    union address a;
    TRY(parse(address, &a, err));
    int s = socket(a.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (s < 0)
        return taken(address, errno, err);
    int on = 1;
    setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(s, &a.any, address_bytes(&a)) != 0 || listen(s, BACKLOG) != 0) {
        int why = errno;
        close(s);
        return taken(address, why, err);
    }
    *fd = s;
    *port = bound_port(s);
    return 0;
}
