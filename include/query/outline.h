/* SPDX-License-Identifier: MIT
 *
 * A query as the log may show it: what it does, without what it was asked about. */
#ifndef QUERY_OUTLINE_H
#define QUERY_OUTLINE_H

#include "base/buf.h"

/* Writes at most `most` bytes on one line: every number and text as ?, without comments. Where the
 * text cannot be read it ends with "...", as it does where it is cut. */
void query_outline(struct str text, size_t most, struct buf *out);

#endif
