/* SPDX-License-Identifier: MIT
 *
 * The canonical layout of queries: an operator or clause a line, keywords in capitals, comments
 * kept where they stand. What a query means never changes, and a text laid out stays as it is. */
#ifndef QUERY_LAYOUT_H
#define QUERY_LAYOUT_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

enum { LAYOUT_COLUMNS = 100 }; /* longer operators go on in further lines */

/* One query, or several with semicolons between; appended to `out`, with a line end. ERR_SYNTAX,
 * ERR_UNSUPPORTED and ERR_LIMIT of the query at fault, with its line and column in `text`. */
MUST_USE int query_layout(struct str text, struct buf *out, struct err *err);

/* The query of `text` that starts at *at, with its semicolon, if it has one; moves *at behind it.
 * *ended: the semicolon was there. False at the end of the text, or when only white space and
 * comments are left. Where text cannot be read (an open quote), all that is left is one query. */
MUST_USE bool query_split(struct str text, size_t *at, struct str *query, bool *ended);

#endif
