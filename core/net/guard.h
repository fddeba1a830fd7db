/* SPDX-License-Identifier: MIT
 *
 * The guard at the door: header fields that two programs could read differently are refused and the
 * connection is closed (request smuggling, CWE-444; RFC 9112 sections 3.2, 5.1 and 6.3). The HTTP
 * library lets these pass, see the probes in the tests. Pure functions, no I/O. */
#ifndef NET_GUARD_H
#define NET_GUARD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

struct guard {
    int hosts, lengths, encodings;
    struct str host, origin; /* borrowed */
    int64_t length;          /* Content-Length, -1: none */
    bool chunked;            /* Transfer-Encoding: chunked */
    int bad;                 /* 0, or why the request is refused: index of a sentence */
};

void guard_init(struct guard *g);
/* One header field, in the order sent. */
void guard_header(struct guard *g, struct str name, struct str value);
/* After the last one: 0 or ERR_USAGE. http11: the request said HTTP/1.1. */
MUST_USE int guard_end(const struct guard *g, bool http11, struct err *err);
/* A browser sends this on behalf of a page from elsewhere: what changes something is then refused,
 * or any page could make its reader's browser import here. */
bool guard_is_foreign(const struct guard *g);
/* The host is not a name that anybody could register and make point here (DNS rebinding): it is an
 * address, or a name without a dot, or below localhost. */
bool guard_host_is_ours(const struct guard *g);
/* A body follows the header. */
bool guard_has_body(const struct guard *g);

#endif
