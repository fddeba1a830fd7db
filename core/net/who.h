/* SPDX-License-Identifier: MIT
 *
 * Who a request is from, as the audit trail names them. */
#ifndef NET_WHO_H
#define NET_WHO_H

#include "request.h"
#include "store/audit.h"

/* The name of the token; the local user of the command line; else nobody in particular, and where
 * from: "anonymous (loopback)". Never anything that was sent. */
void request_who(const struct request *r, char out[AUDIT_WHO_BYTES + 1]);

/* "loopback", "private" or "public". */
struct sockaddr;
const char *address_class(const struct sockaddr *a);

#endif
