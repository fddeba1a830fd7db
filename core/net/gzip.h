/* SPDX-License-Identifier: MIT
 *
 * Compressed answers, for poor links: gzip, where the client says that it reads it. */
#ifndef NET_GZIP_H
#define NET_GZIP_H

#include "base/buf.h"
#include "base/err.h"

/* An answer below this fits a packet as it is. */
enum { GZIP_BYTES_MIN = 1200 };

/* Accept-Encoding names this coding (or '*'), and not with weight 0 (RFC 9110 12.5.3). */
bool coding_is_accepted(struct str accept_encoding, struct str coding);
/* The same for gzip. */
bool gzip_is_accepted(struct str accept_encoding);
/* Appends the compressed form of `in`. The same bytes for the same input. */
MUST_USE int gzip_pack(struct str in, struct buf *out, struct err *err);

#endif
