/* SPDX-License-Identifier: MIT
 *
 * A mapping translates a source's own columns and words into ours. A small text file:
 *
 *     # lines of  kind: theirs = ours
 *     column: तारीख = date
 *     format: date = DD-MM-YY
 *     sector: उत्पादन = Capital Goods & Manufacturing
 *     channel: प्रज्ञा केंद्र = CSC
 *     block in district 607: रामगढ़ सदर = 3175
 *     constant: district = 607
 *     numbers: UAN = other
 *
 * Words are compared by name_key; one with a '=' stands in quotes. Immutable once read. */
#ifndef INGEST_MAPPING_H
#define INGEST_MAPPING_H

#include "base/err.h"
#include "base/str.h"

struct mapping;

/* ERR_SYNTAX with line and column, all that is wrong in the first line that is wrong. */
MUST_USE int mapping_parse(struct str text, struct mapping **out, struct err *err);
void mapping_free(struct mapping *m); /* NULL is fine */
/* The text it was read from; "" of NULL. */
struct str mapping_text(const struct mapping *m);
/* Our column name for one of theirs, or theirs itself. */
struct str mapping_column(const struct mapping *m, struct str theirs);
/* Our word for one of theirs in a column (`column` is our name), wherever its place lies, or theirs
 * itself. */
struct str mapping_word(const struct mapping *m, struct str column, struct str theirs);
/* The i-th constant; false behind the last. */
bool mapping_constant(const struct mapping *m, size_t i, struct str *column, struct str *value);

#endif
