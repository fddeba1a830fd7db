/* SPDX-License-Identifier: MIT
 *
 * One HTTP/1.1 connection to a server on this machine, kept open, as cheap as a client can be: the
 * benchmarks share the processors with the server. One thread at a time. */
#ifndef MAIN_BENCH_CLIENT_H
#define MAIN_BENCH_CLIENT_H

#include "base/buf.h"

enum { BENCH_REPLY_BYTES = 1 << 16 };

struct bench_client {
    int fd; /* -1: closed */
    char in[BENCH_REPLY_BYTES];
};

struct bench_reply {
    int status;
    struct str head, body; /* in the client, until the next; of the body what fits */
    uint64_t body_bytes;
};

MUST_USE int bench_client_open(struct bench_client *c, int port, struct err *err);
void bench_client_close(struct bench_client *c);
/* Sends a whole request and reads the whole answer, whatever its status. After a failure the
 * connection is closed: ERR_UNAVAILABLE, ERR_TIMEOUT (a minute). */
MUST_USE int bench_client_ask(struct bench_client *c, struct str request, struct bench_reply *out,
                              struct err *err);

/* The header of a GET; `fields` are whole lines, or "". */
void bench_client_get(struct buf *out, const char *target, const char *fields);
/* The value of a header field of an answer, empty when it is not there. */
struct str bench_reply_field(const struct bench_reply *r, const char *name);
/* The number behind `before` in the answer's body; -1 when there is none. */
int64_t bench_reply_number(const struct bench_reply *r, const char *before);

#endif
