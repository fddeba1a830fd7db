/* SPDX-License-Identifier: MIT
 *
 * Outgoing HTTP (libcurl): the command line talking to a server, notifiers, ClickHouse. Blocking:
 * never called on an HTTP thread. */
#ifndef BASE_HTTPC_H
#define BASE_HTTPC_H

#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/cancel.h"
#include "base/err.h"

struct httpc_request {
    const char *method;
    const char *url;
    const char *const *headers; /* "Name: value", NULL-terminated, or NULL */
    struct str body;            /* sent when .p is not NULL */
    FILE *body_file;            /* or streamed from here */
    int64_t timeout_ms;         /* 0: none */
    void (*tick)(void *ctx); /* called at least once a second until the answer is there, or NULL */
    void *tick_ctx;
    /* A good answer's body goes there instead of into memory, and the bytes so far with the sum
     * that was announced (0: none was) to `got`. */
    FILE *answer_file;
    void (*got)(void *ctx, int64_t done, int64_t total);
    void *got_ctx;
    bool (*stop)(void);          /* looked at meanwhile: true gives the request up. NULL: none */
    const struct cancel *cancel; /* the same, with its deadline; NULL: none */
    const char *ca_file;         /* certificates to trust in the place of the system's; or NULL */
    bool any_name;               /* one of them is shown for whatever name */
    bool harmless; /* it changes nothing, whatever the method: an answer lost is none missed */
};

struct httpc_response {
    int status;
    char content_type[64];
    struct buf body; /* caller: buf_init before, buf_fini after */
};

/* Any HTTP status is a success here. When no answer came: ERR_UNAVAILABLE (ERR_TIMEOUT when time
 * ran out), or ERR_UNKNOWN_OUTCOME when a request that may change something had been sent.
 * ERR_CANCELLED when it was given up (ERR_TIMEOUT by the deadline). ERR_TOO_LARGE above
 * HTTPC_ANSWER_BYTES_MAX, ERR_USAGE for an address that is none, ERR_IO when body_file cannot be
 * read or answer_file not be written. Redirects are not followed: they are answers with a status of
 * 3xx. */
MUST_USE int httpc_send(const struct httpc_request *rq, struct httpc_response *rs, struct err *err);
/* `s` percent-encoded for a query string. */
void httpc_escape(struct buf *out, struct str s);

#endif
