/* SPDX-License-Identifier: MIT
 *
 * Records whose fields carry their names: a line of NDJSON becomes a record of the columns that a
 * file of registrations may have, in one order for all lines. What a reader remembers of the keys
 * it has met belongs to it; keys that are none of ours are told by piece. */
#ifndef INGEST_KEYED_H
#define INGEST_KEYED_H

#include "batch_int.h"

/* A key that is none of ours, as a piece has met it. */
struct stray {
    struct str text; /* as written, in the reader's memory */
    const char *shown;
    struct aadhaar_count aadhaar; /* of its values */
};

struct keyed;
struct keyed *keyed_new(const struct batch *b); /* NULL: no memory */
void keyed_free(struct keyed *k);               /* NULL is fine */
/* Reads all lines of the reader's piece. */
MUST_USE int keyed_read(struct reader *r, struct err *err);
/* Where on the line at hand the value of a column stands (1-based, in characters; 0: it is not
 * there) and what its key is called. Column b->columns stands for the fault of the line's form. */
void keyed_place(const struct reader *r, int column, uint32_t *at, const char **field);

/* What is said of a line that is too long. */
MUST_USE int keyed_too_long(uint32_t line, struct err *err);

/* The columns of a file of NDJSON: all that there are. */
MUST_USE int keyed_columns(struct batch *b, struct err *err);
/* What the file begins with: an object; or something else, which refuses it. */
MUST_USE int keyed_check_first(struct str text, uint32_t line, struct err *err);
/* Keys of a piece that are none of ours join those of the file. ERR_LIMIT. */
MUST_USE int keyed_take_strays(struct batch *b, const struct piece *p, struct err *err);

#endif
