/* SPDX-License-Identifier: MIT
 *
 * An answer as libmicrohttpd sends it. */
#ifndef NET_RESPONSE_H
#define NET_RESPONSE_H

#include <microhttpd.h>

#include "answer.h"

/* A response with the answer's header fields that owns its body, or its file. NULL: no memory. */
MUST_USE struct MHD_Response *response_of(struct answer *a);
/* The header fields alone, for a body that is made while it is sent. */
void response_headers(struct MHD_Response *rs, const struct answer *a);

#endif
