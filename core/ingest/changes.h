/* SPDX-License-Identifier: MIT
 *
 * Lists of changes of places: our own, and the directory's "list of modifications". */
#ifndef INGEST_CHANGES_H
#define INGEST_CHANGES_H

#include "ingest/places.h"
#include "table.h"

struct changes {
    bool notices; /* the directory's list, which says when, but not what */
    int level;    /* of its entities, as the caller says; -1: not told */
    int column[16];
    struct border_change *change;
    struct place_notice *notice;
    size_t n, cap;
};

/* Is this the header of such a list? Then its columns are kept. */
bool changes_find_columns(struct changes *c, const struct table *t);
MUST_USE int changes_read(struct changes *c, const struct table *t, struct err *err);
MUST_USE int changes_store(struct changes *c, struct store *store, struct places_report *out,
                           struct err *err);
void changes_fini(struct changes *c);

#endif
