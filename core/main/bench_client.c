/* SPDX-License-Identifier: MIT
 *
 * Answers carry a Content-Length; 304 and 204 have no body. What does not fit the buffer is read
 * and dropped. */
#include "bench_client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { TIMEOUT_S = 60, HEAD_BYTES_MAX = BENCH_REPLY_BYTES / 2 };

static int failed(struct bench_client *c, const char *what, struct err *err)
{
    int why = errno;
    bench_client_close(c);
    if (why == EAGAIN)
        return err_set(err, ERR_TIMEOUT, "%s: no answer in %d s", what, TIMEOUT_S);
    return err_set(err, ERR_UNAVAILABLE, "%s: %s", what, why ? strerror(why) : "closed");
}

int bench_client_open(struct bench_client *c, int port, struct err *err)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct timeval timeout = {.tv_sec = TIMEOUT_S};
    int on = 1;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (c->fd < 0 || connect(c->fd, (const struct sockaddr *)&to, sizeof to) != 0)
        return failed(c, "connecting", err);
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
    return 0;
}

void bench_client_close(struct bench_client *c)
{
    if (c->fd >= 0)
        close(c->fd);
    c->fd = -1;
}

static int send_all(struct bench_client *c, struct str s, struct err *err)
{
    while (s.n > 0) {
        ssize_t n = send(c->fd, s.p, s.n, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return failed(c, "sending", err);
        s = (struct str){s.p + n, s.n - (size_t)n};
    }
    return 0;
}

/* At least one byte more at p, at most `max`. */
static int receive(struct bench_client *c, char *p, size_t max, size_t *got, struct err *err)
{
    ssize_t n;
    do {
        errno = 0;
        n = recv(c->fd, p, max, 0);
    } while (n < 0 && errno == EINTR);
    if (n <= 0)
        return failed(c, "receiving", err);
    *got = (size_t)n;
    return 0;
}

static int receive_head(struct bench_client *c, size_t *have, struct str *head, struct err *err)
{
    *have = 0;
    for (;;) {
        size_t got;
        if (*have >= HEAD_BYTES_MAX)
            return err_set(err, ERR_LIMIT, "the header of an answer is too long");
        TRY(receive(c, c->in + *have, sizeof c->in - *have, &got, err));
        *have += got;
        const char *end = memmem(c->in, *have, "\r\n\r\n", 4);
        if (end != NULL) {
            *head = (struct str){c->in, (size_t)(end - c->in) + 4};
            return 0;
        }
    }
}

/* The rest of a body of which `have` bytes came with the header, to c->in + at as far as it fits.
 */
static int receive_body(struct bench_client *c, size_t at, uint64_t have, uint64_t bytes,
                        struct err *err)
{
    while (have < bytes) {
        size_t place = at + have < sizeof c->in / 2 ? at + (size_t)have : sizeof c->in / 2;
        size_t room = sizeof c->in - place;
        size_t got;
        room = bytes - have < room ? (size_t)(bytes - have) : room;
        TRY(receive(c, c->in + place, room, &got, err));
        have += got;
    }
    return 0;
}

struct str bench_reply_field(const struct bench_reply *r, const char *name)
{
    size_t n = strlen(name);
    struct str rest = r->head;
    const char *end;
    while (rest.n > 0 && (end = memchr(rest.p, '\n', rest.n)) != NULL) {
        struct str line = {rest.p, (size_t)(end - rest.p)};
        if (line.n > n && line.p[n] == ':' && str_eq_nocase((struct str){line.p, n}, str_of(name)))
            return str_trim((struct str){line.p + n + 1, line.n - n - 1});
        rest = (struct str){end + 1, rest.n - line.n - 1};
    }
    return STR_NULL;
}

int64_t bench_reply_number(const struct bench_reply *r, const char *before)
{
    const char *p = memmem(r->body.p, r->body.n, before, strlen(before));
    if (p == NULL)
        return -1;
    struct str digits = {p + strlen(before), 0};
    int64_t v;
    while (digits.p + digits.n < r->body.p + r->body.n && digits.p[digits.n] >= '0' &&
           digits.p[digits.n] <= '9')
        digits.n++;
    return str_to_i64(digits, &v) == 0 ? v : -1;
}

static int read_status(struct bench_client *c, struct bench_reply *r, struct err *err)
{
    int64_t status = 0;
    int64_t bytes = 0;
    struct str length = bench_reply_field(r, "Content-Length");
    if (r->head.n < 12 || str_to_i64((struct str){r->head.p + 9, 3}, &status) < 0 ||
        (length.n > 0 && str_to_i64(length, &bytes) < 0) || bytes < 0) {
        bench_client_close(c);
        return err_set(err, ERR_UNAVAILABLE, "this is no answer of HTTP: %.*s", STR_ARG(r->head));
    }
    r->status = (int)status;
    r->body_bytes = status == 304 || status == 204 ? 0 : (uint64_t)bytes;
    return 0;
}

int bench_client_ask(struct bench_client *c, struct str request, struct bench_reply *out,
                     struct err *err)
{
    size_t have;
    *out = (struct bench_reply){0};
    TRY(send_all(c, request, err));
    TRY(receive_head(c, &have, &out->head, err));
    TRY(read_status(c, out, err));
    TRY(receive_body(c, out->head.n, have - out->head.n, out->body_bytes, err));
    size_t kept = sizeof c->in / 2 - out->head.n;
    out->body = (struct str){out->head.p + out->head.n,
                             out->body_bytes < kept ? (size_t)out->body_bytes : kept};
    return 0;
}

void bench_client_get(struct buf *out, const char *target, const char *fields)
{
    buf_printf(out, "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n%s\r\n", target, fields);
}
