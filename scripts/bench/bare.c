/* SPDX-License-Identifier: MIT
 *
 * libmicrohttpd alone: the server that Panji's HTTP is measured beside. It has the same threads and
 * limits as Panji's and answers every request at the same point, in the second call of the handler,
 * with bytes that were made before: /304 with a 304, /N with N bytes. It prints its port, and ends
 * when its standard input does. */
#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { THREADS = 2, CONNECTIONS = 4096, MEMORY = 32 << 10, BODY_MAX = 1 << 16, BODIES = 2 };

static const size_t sizes[BODIES] = {16, 4096};
static struct MHD_Response *body[BODIES], *empty;

static enum MHD_Result handle(void *cls, struct MHD_Connection *conn, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_n, void **context)
{
    static int seen;
    (void)cls, (void)method, (void)version, (void)upload, (void)upload_n;
    if (*context == NULL) {
        *context = &seen;
        return MHD_YES;
    }
    unsigned long n = strtoul(url + 1, NULL, 10);
    for (size_t i = 0; i < BODIES; i++)
        if (n == sizes[i])
            return MHD_queue_response(conn, 200, body[i]);
    return MHD_queue_response(conn, n == 304 ? 304 : 404, empty);
}

static struct MHD_Daemon *start(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC,
                            0, NULL, NULL, handle, NULL, MHD_OPTION_SOCK_ADDR,
                            (struct sockaddr *)&at, MHD_OPTION_THREAD_POOL_SIZE, (unsigned)THREADS,
                            MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS,
                            MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY, MHD_OPTION_END);
}

int main(void)
{
    static char text[BODY_MAX];
    char c;
    memset(text, 'x', sizeof text);
    for (size_t i = 0; i < BODIES; i++)
        body[i] = MHD_create_response_from_buffer(sizes[i], text, MHD_RESPMEM_PERSISTENT);
    empty = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    struct MHD_Daemon *d = start();
    const union MHD_DaemonInfo *info = d ? MHD_get_daemon_info(d, MHD_DAEMON_INFO_BIND_PORT) : NULL;
    if (info == NULL) {
        fputs("bare-http: libmicrohttpd does not start\n", stderr);
        return 3;
    }
    printf("%u\n", (unsigned)info->port);
    fflush(stdout);
    while (read(STDIN_FILENO, &c, 1) > 0)
        ;
    MHD_stop_daemon(d);
    return 0;
}
