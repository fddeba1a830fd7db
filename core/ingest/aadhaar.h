/* SPDX-License-Identifier: MIT
 *
 * Aadhaar numbers, so that they can be kept out: twelve digits of any Indian script, with spaces or
 * hyphens between them or without, the first 2 to 9, the last a check digit (aadhaar_valid). They
 * count wherever they stand in a value. One random number of twelve digits in ten passes the check,
 * so a column is judged by how many do: the portal's own numbers have twelve digits too. */
#ifndef INGEST_AADHAAR_H
#define INGEST_AADHAAR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/digits.h"
#include "base/err.h"
#include "base/str.h"

/* Numbers of twelve digits in a column. All zero to begin with. */
struct aadhaar_count {
    uint64_t shaped; /* all that stood there */
    uint32_t line;   /* the first of a valid one, 0: there is none */
    uint64_t *hash;  /* of different ones; the lowest bit: it is valid */
    size_t n, cap;
    bool full; /* the first 1024 are sorted, and only lower ones count */
};

/* Does the text hold a valid number? */
bool aadhaar_in(struct str s);
/* ERR_MEM. */
MUST_USE int aadhaar_look(struct aadhaar_count *c, struct str value, uint32_t line,
                          struct err *err);
/* Adds what another has seen; in whatever order, the same comes out. */
MUST_USE int aadhaar_merge(struct aadhaar_count *c, const struct aadhaar_count *from,
                           struct err *err);
void aadhaar_fini(struct aadhaar_count *c);

/* What becomes of the column's values. */
struct aadhaar_use {
    bool kept;     /* they would be stored */
    bool other;    /* a mapping says that they are no Aadhaar numbers */
    bool mapping;  /* there can be one */
    uint64_t rows; /* of the file */
};
/* More pass than chance allows; or, of few, more than is safe. */
bool aadhaar_column(struct aadhaar_count *c, const struct aadhaar_use *use);
/* Says so of a column that was judged: ERR_ROWS. Columns are numbered from 1; 0: only by name; no
 * name: what stands in no column. */
int aadhaar_refuse(const struct aadhaar_count *c, const struct aadhaar_use *use, size_t column,
                   const char *name, struct err *err);

enum { AADHAAR_SHOWN_BYTES = 64 };
/* Writes the beginning of `s` as it may be shown: every run of twelve digits or more has its digits
 * replaced by x, bad bytes and control characters are replaced, and it is cut at 64 bytes. */
struct str aadhaar_mask(struct str s, char out[AADHAAR_SHOWN_BYTES + 1]);

#endif
