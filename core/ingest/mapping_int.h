/* SPDX-License-Identifier: MIT
 *
 * What an import asks of a mapping (NULL: there is none). */
#ifndef INGEST_MAPPING_INT_H
#define INGEST_MAPPING_INT_H

#include "columns.h"
#include "data/place.h"
#include "date_form.h"
#include "ingest/mapping.h"

/* Our word for a place of theirs inside node `within`: what is said for the smallest place around
 * counts, then what is said for anywhere; else theirs itself. */
struct str mapping_place(const struct mapping *m, int role, const struct place_tree *tree,
                         uint32_t within, struct str theirs);
/* Are there words for this role? */
bool mapping_has_words(const struct mapping *m, int role);
/* How the source writes days; 0: nothing is said. */
size_t mapping_date_forms(const struct mapping *m, const struct date_form **out);
/* Was it said that numbers of twelve digits in this column of theirs are no Aadhaar numbers? */
bool mapping_numbers_are_other(const struct mapping *m, struct str theirs);

#endif
