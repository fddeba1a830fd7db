/* SPDX-License-Identifier: MIT
 *
 * A small server for the tests of what goes out: it takes one connection after the other, answers
 * each in the next of its ways, and keeps what it was sent. */
#ifndef TESTS_BASE_SINK_H
#define TESTS_BASE_SINK_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum way { WAY_OK, WAY_FAIL, WAY_HANG, WAY_CLOSE, WAY_REFUSE };

struct sink {
    int fd, port, taken; /* taken: connections answered so far */
    bool smtp;
    enum way way[16]; /* by connection; behind the last one WAY_OK */
    int ways;
    char got[16][8192]; /* what each connection sent */
    pthread_t thread;
};

static inline void sink_say(int fd, const char *text)
{
    (void)!send(fd, text, strlen(text), MSG_NOSIGNAL);
}

/* Reads until `end` stands in what came. */
static inline bool sink_read(int fd, char *out, size_t cap, const char *end)
{
    size_t n = strlen(out);
    while (strstr(out, end) == NULL) {
        ssize_t k = recv(fd, out + n, cap - 1 - n, 0);
        if (k <= 0)
            return false;
        n += (size_t)k;
        out[n] = '\0';
    }
    return true;
}

static inline void sink_http(int fd, char *got, size_t cap, enum way way)
{
    size_t length = 0;
    if (!sink_read(fd, got, cap, "\r\n\r\n"))
        return;
    const char *field = strcasestr(got, "Content-Length:");
    if (field != NULL)
        (void)sscanf(field + 15, "%zu", &length);
    size_t head = (size_t)(strstr(got, "\r\n\r\n") - got) + 4;
    for (size_t n = strlen(got); n < head + length && n < cap - 1;) {
        ssize_t k = recv(fd, got + n, cap - 1 - n, 0);
        if (k <= 0)
            return;
        n += (size_t)k;
        got[n] = '\0';
    }
    if (way == WAY_HANG)
        usleep(1500000);
    else if (way != WAY_CLOSE)
        sink_say(fd, way == WAY_FAIL ? "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"
                                     : "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
}

static inline void sink_smtp(int fd, char *got, size_t cap, enum way way)
{
    char line[4096];
    sink_say(fd, "220 sink\r\n");
    for (;;) {
        line[0] = '\0';
        if (!sink_read(fd, line, sizeof line, "\r\n"))
            return;
        if (strncmp(line, "DATA", 4) == 0) {
            sink_say(fd, "354 go on\r\n");
            if (!sink_read(fd, got, cap, "\r\n.\r\n") || way == WAY_CLOSE)
                return;
            if (way == WAY_HANG)
                usleep(1500000);
            sink_say(fd, way == WAY_FAIL ? "451 later\r\n" : "250 taken\r\n");
        } else if (strncmp(line, "RCPT", 4) == 0) {
            sink_say(fd, way == WAY_REFUSE ? "550 no such box\r\n" : "250 fine\r\n");
        } else if (strncmp(line, "QUIT", 4) == 0) {
            return;
        } else {
            sink_say(fd, "250 fine\r\n");
        }
    }
}

/* Connections answered so far; what they sent may be read then. */
static inline int sink_taken(struct sink *s)
{
    return __atomic_load_n(&s->taken, __ATOMIC_SEQ_CST);
}

/* Waits until so many were answered: the client may be done a moment before. */
static inline void sink_wait(struct sink *s, int n)
{
    for (int i = 0; i < 500 && sink_taken(s) < n; i++)
        usleep(10000);
    assert_int_equal(sink_taken(s), n);
}

static inline void *sink_main(void *arg)
{
    struct sink *s = arg;
    for (int fd; (fd = accept(s->fd, NULL, NULL)) >= 0;) {
        int n = sink_taken(s);
        enum way way = n < s->ways ? s->way[n] : WAY_OK;
        char *got = s->got[n < 15 ? n : 15];
        got[0] = '\0';
        (s->smtp ? sink_smtp : sink_http)(fd, got, sizeof s->got[0], way);
        __atomic_add_fetch(&s->taken, 1, __ATOMIC_SEQ_CST);
        close(fd);
    }
    return NULL;
}

static inline void sink_open(struct sink *s, bool smtp)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof a;
    memset(s, 0, sizeof *s);
    s->smtp = smtp;
    s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(s->fd, (struct sockaddr *)&a, n), 0);
    assert_int_equal(listen(s->fd, 8), 0);
    assert_int_equal(getsockname(s->fd, (struct sockaddr *)&a, &n), 0);
    s->port = ntohs(a.sin_port);
    assert_int_equal(pthread_create(&s->thread, NULL, sink_main, s), 0);
}

static inline void sink_ways(struct sink *s, int n, const enum way *way)
{
    memcpy(s->way, way, (size_t)n * sizeof *way);
    s->ways = n;
}

static inline void sink_url(const struct sink *s, char out[64])
{
    snprintf(out, 64, "%s://127.0.0.1:%d", s->smtp ? "smtp" : "http", s->port);
}

static inline void sink_close(struct sink *s)
{
    shutdown(s->fd, SHUT_RDWR);
    close(s->fd);
    pthread_join(s->thread, NULL);
}

#endif
