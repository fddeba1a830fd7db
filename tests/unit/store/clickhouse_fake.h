/* SPDX-License-Identifier: MIT
 *
 * What ClickHouse would be asked: a server on the loopback address that keeps the statements it was
 * sent, and gives prepared answers. */
#ifndef TEST_STORE_CLICKHOUSE_FAKE_H
#define TEST_STORE_CLICKHOUSE_FAKE_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "store/clickhouse.h"

/* A statement that holds `part` is answered so; the first that fits. NULL ends the list: all others
 * have an empty answer. */
struct fake_answer {
    const char *part, *answer;
    int status; /* 0: 200 */
};

enum { FAKE_STATEMENTS = 64 };

struct fake {
    int fd;
    char url[64];
    const struct fake_answer *answers;
    pthread_t thread;
    struct buf sql[FAKE_STATEMENTS], data[FAKE_STATEMENTS];
    size_t n;
};

/* The value of query= in the address. */
static inline void fake_unescape(const char *p, struct buf *out)
{
    for (; *p != ' ' && *p != '&' && *p != '\0'; p++) {
        char hex[3] = {p[0] == '%' ? p[1] : '0', p[0] == '%' ? p[2] : '0', '\0'};
        buf_char(out, p[0] == '%' ? (char)strtol(hex, NULL, 16) : p[0]);
        p += p[0] == '%' ? 2 : 0;
    }
}

static inline bool fake_read(int c, struct buf *in, char **body)
{
    *body = NULL;
    for (;;) {
        char chunk[65536];
        ssize_t n = read(c, chunk, sizeof chunk);
        if (n <= 0)
            return false;
        if (in->n > 0)
            in->n--; /* its NUL */
        buf_put(in, chunk, (size_t)n);
        buf_char(in, '\0');
        char *end = strstr(in->p, "\r\n\r\n");
        const char *length = strstr(in->p, "Content-Length: ");
        if (end != NULL && length != NULL &&
            in->n - 1 - (size_t)(end + 4 - in->p) >= strtoul(length + 16, NULL, 10)) {
            *body = end + 4;
            return true;
        }
    }
}

static inline void fake_answer_one(struct fake *f, int c)
{
    struct buf in, out;
    char *body;
    buf_init(&in, MEM_STORE);
    buf_init(&out, MEM_STORE);
    if (fake_read(c, &in, &body) && f->n < FAKE_STATEMENTS) {
        size_t i = f->n++;
        const char *query = strstr(in.p, "&query=");
        size_t n = in.n - 1 - (size_t)(body - in.p);
        buf_init(&f->sql[i], MEM_STORE);
        buf_init(&f->data[i], MEM_STORE);
        if (query != NULL && query < body) {
            fake_unescape(query + 7, &f->sql[i]);
            buf_put(&f->data[i], body, n);
        } else {
            buf_put(&f->sql[i], body, n);
        }
        buf_char(&f->sql[i], '\0');
        const struct fake_answer *a = f->answers;
        while (a->part != NULL && strstr(f->sql[i].p, a->part) == NULL)
            a++;
        const char *text = a->part != NULL ? a->answer : "";
        buf_printf(&out, "HTTP/1.1 %d X\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
                   a->part != NULL && a->status ? a->status : 200, strlen(text), text);
        ssize_t sent = write(c, out.p, out.n);
        (void)sent;
    }
    buf_fini(&in);
    buf_fini(&out);
}

static inline void *fake_serve(void *arg)
{
    struct fake *f = arg;
    for (;;) {
        int c = accept(f->fd, NULL, NULL);
        if (c < 0)
            return NULL;
        fake_answer_one(f, c);
        shutdown(c, SHUT_RDWR);
        close(c);
    }
}

static inline void fake_start(struct fake *f, const struct fake_answer *answers)
{
    *f = (struct fake){.answers = answers};
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof a;
    f->fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(f->fd, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(listen(f->fd, 8), 0);
    assert_int_equal(getsockname(f->fd, (struct sockaddr *)&a, &n), 0);
    snprintf(f->url, sizeof f->url, "http://127.0.0.1:%d", ntohs(a.sin_port));
    assert_int_equal(pthread_create(&f->thread, NULL, fake_serve, f), 0);
}

/* A connection to it. */
static inline struct clickhouse fake_connection(const struct fake *f, const char *cluster)
{
    return (struct clickhouse){
        .address = {.url = str_of(f->url), .database = STR("panji"), .cluster = str_of(cluster)},
        .profile = CLICKHOUSE_18};
}

static inline void fake_stop(struct fake *f)
{
    shutdown(f->fd, SHUT_RDWR);
    pthread_join(f->thread, NULL);
    close(f->fd);
    for (size_t i = 0; i < f->n; i++) {
        buf_fini(&f->sql[i]);
        buf_fini(&f->data[i]);
    }
}

/* How many statements hold the text. */
static inline size_t fake_count(const struct fake *f, const char *part)
{
    size_t n = 0;
    for (size_t i = 0; i < f->n; i++)
        n += strstr(f->sql[i].p, part) != NULL;
    return n;
}

#endif
