/* SPDX-License-Identifier: MIT
 *
 * What mails are made of: base64, and header fields in any script (RFC 2045, RFC 2047). */
#ifndef BASE_MIME_H
#define BASE_MIME_H

#include "base/buf.h"

/* In lines of 76 characters, each ended by CR LF. */
void mime_base64(struct buf *out, struct str data);
/* "Name: text" CR LF. What is not plain ASCII becomes encoded words, controls become spaces, so
 * that a text can never begin a header field of its own. */
void mime_header(struct buf *out, const char *name, struct str text);
/* "Wed, 25 Nov 2026 18:00:00 +0530" */
void mime_date(struct buf *out, int64_t wall_ms);

#endif
