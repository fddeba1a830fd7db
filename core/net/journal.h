/* SPDX-License-Identifier: MIT
 *
 * What the log says of requests: one line each, of those that the settings choose. The template of
 * the route stands in it and not the path; never a parameter, a literal of a query, a token or an
 * address. Also the ids by which requests are found in it. */
#ifndef NET_JOURNAL_H
#define NET_JOURNAL_H

#include <stdatomic.h>

#include "net/httpd.h"

struct request;

enum { REQUEST_ID_BYTES = 65 }; /* with the NUL */

struct journal {
    atomic_int which;
    atomic_llong slow_ms;
    uint64_t seed;
    atomic_ullong count;
    atomic_ullong slow; /* requests that were */
};

void journal_init(struct journal *j, const struct request_log *o);
/* Any thread, at any time. */
void journal_set(struct journal *j, const struct request_log *o);

/* The id of a request: what a proxy that is trusted sent as X-Request-Id (empty: none did), if that
 * is 8 to 64 letters, digits, '-', '_' and '.', and no long number; else a new one. */
void journal_name(struct journal *j, struct str sent, char id[REQUEST_ID_BYTES]);
/* A request is done. On its HTTP thread. */
void journal_note(struct journal *j, const struct request *r, int status, int64_t ns);

#endif
