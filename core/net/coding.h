/* SPDX-License-Identifier: MIT
 *
 * Compressed answers, for poor links: in the coding that the client likes best (RFC 9110 12.5.3).
 */
#ifndef NET_CODING_H
#define NET_CODING_H

#include "base/buf.h"
#include "base/err.h"

enum coding { CODING_NONE, CODING_GZIP, CODING_ZSTD };

/* An answer below this fits a packet as it is. */
enum { CODING_BYTES_MIN = 1200 };

/* What Accept-Encoding gives the greatest weight; of equal ones zstd, then gzip, then none. */
enum coding coding_choose(struct str accept_encoding);
/* Accept-Encoding names this coding (or '*'), and not with weight 0. */
bool coding_is_accepted(struct str accept_encoding, struct str name);
/* As Content-Encoding says it; NULL for CODING_NONE. */
const char *coding_name(enum coding coding);
/* Appends the compressed form of `in`. The same bytes for the same input. */
MUST_USE int coding_pack(enum coding coding, struct str in, struct buf *out, struct err *err);

#endif
