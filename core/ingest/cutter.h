/* SPDX-License-Identifier: MIT
 *
 * The text of a file, cut into pieces of whole records for the crew. One thread at a time. */
#ifndef INGEST_CUTTER_H
#define INGEST_CUTTER_H

#include "batch_int.h"

/* The next n bytes, in whatever parts they come. Refusals (ERR_ROWS, ERR_LIMIT) and ERR_MEM. */
MUST_USE int cutter_push(struct batch *b, const char *p, size_t n, struct err *err);
/* Behind the last byte: the rest goes to the crew. Its last record may have no line end, and is
 * refused when it has no end at all. */
MUST_USE int cutter_end(struct batch *b, struct err *err);

#endif
