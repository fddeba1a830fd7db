/* SPDX-License-Identifier: MIT
 *
 * Files of places: the official LGD exports of districts and blocks as they are downloaded, and our
 * own form with any level:
 *
 *     level,code,parent,name,name_hi,aliases,<facts...>
 *     panchayat,900101,3168,Barlanga,बरलंगा,,1450
 *
 * `parent` is the code of the place one level above (of the country: empty). Columns that are none
 * of these and hold numbers are facts (workers, population, ...). The kind of file is recognised by
 * its header. */
#ifndef INGEST_PLACES_H
#define INGEST_PLACES_H

#include "base/err.h"
#include "base/str.h"
#include "store/store.h"

struct places_report {
    size_t lines;     /* records read */
    size_t shared;    /* codes found under more than one parent */
    const char *kind; /* "LGD blocks", "LGD districts", "places" */
    struct place_merge_result merged;
};
/* The whole file at once (they are small: at most HTTP_PLACES_BYTES_MAX). Errors carry the line. */
MUST_USE int places_import(struct store *store, struct str text, struct places_report *out,
                           struct err *err);

/* Published figures: CSV with as_on, place, sector, total and optionally level, source. `place` is
 * a code or name of `level` (default: the only place of that name at any level). An empty sector is
 * the total. All or nothing. */
struct stated_report {
    size_t lines, added;
    uint64_t snapshot;
};
MUST_USE int stated_import(struct store *store, struct snap_cell *cell, struct str text,
                           struct str source, struct stated_report *out, struct err *err);

#endif
