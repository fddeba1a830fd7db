/* SPDX-License-Identifier: MIT
 *
 * Files of places, told by their header:
 *
 *   exports of the Local Government Directory as they are downloaded: states, districts, blocks,
 *   panchayats by block, and the list of modified entities (.csv, or .xls that is XML or HTML)
 *
 *   our own form, with any level:
 *       level,code,parent,name,name_hi,aliases,<facts...>
 *       panchayat,900101,3168,Barlanga,बरलंगा,,1450
 *   `parent` is the code of the place one level above (of the country: empty). Columns that are
 *   none of these and hold numbers are facts (workers, population, ...)
 *
 *   changes of borders:
 *       kind,level,old_code,new_code,effective_on,parent,name,name_hi,share
 *       split,district,607,801,2022-04-04,20,New Ramgarh,,0.4
 *       move,block,3168,,2022-04-04,801,,,
 */
#ifndef INGEST_PLACES_H
#define INGEST_PLACES_H

#include "base/err.h"
#include "base/str.h"
#include "store/store.h"

struct places_options {
    int32_t effective_on; /* since when what differs from what is known is so; DAY_NONE: not told */
    int level;            /* of the directory's list of changes, which does not say; -1: not told */
};

struct places_report {
    size_t lines;     /* records read */
    size_t left_out;  /* of them, villages in no panchayat or block */
    size_t shared;    /* codes found under more than one parent */
    const char *kind; /* "LGD blocks", "LGD districts", "places", "changes", "LGD changes" */
    struct place_merge_result merged;
    struct border_result borders; /* of changes */
    size_t notices;               /* of the directory's list of changes: new ones */
};
/* The whole file at once (they are small: at most HTTP_PLACES_BYTES_MAX). All or nothing; the same
 * file again changes nothing. Errors carry the line and column. `opt` may be NULL. */
MUST_USE int places_import(struct store *store, struct str text, const struct places_options *opt,
                           struct places_report *out, struct err *err);

/* Published figures: CSV with as_on, place, sector, total and optionally level, source. `place` is
 * a code or name of `level` (default: the only place of that name at any level). An empty sector is
 * the total. All or nothing. */
struct stated_report {
    size_t lines, added;
    uint64_t snapshot;
};
/* `grant`: figures of other places and sources are wrong; or NULL. */
MUST_USE int stated_import(struct store *store, struct snap_cell *cell, struct str text,
                           struct str source, const struct grant *grant, struct stated_report *out,
                           struct err *err);

#endif
