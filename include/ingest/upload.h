/* SPDX-License-Identifier: MIT
 *
 * Tables of planners, from CSV: lists of factories, officers, centres, with columns of their own.
 *
 *     name,block,workers:INT64,since
 *     Steel works,Gola,1200,2019-04-01
 *
 * A type stands behind the name (INT64, FLOAT64, STRING, BOOL, DATE), or is that of all values of
 * the column. A column called state, district, block or panchayat holds places, by code or by name
 * inside the place that the columns above it give; one called sector holds sectors. Empty is NULL.
 * All or nothing. */
#ifndef INGEST_UPLOAD_H
#define INGEST_UPLOAD_H

#include "base/limits.h"
#include "data/upload.h"
#include "ingest/batch.h"

enum { UPLOAD_WARNINGS_MAX = 16 };

/* What there is to tell of a file beside its table. Texts live in `mem`. */
struct upload_report {
    struct arena mem;
    struct batch_error error[IMPORT_ERRORS_MAX]; /* the first ones */
    size_t errors;
    uint64_t errors_total;
    const char *warning[UPLOAD_WARNINGS_MAX];
    size_t warnings;
};

/* Reads the whole file. `file` is what messages call it, or empty. ERR_ROWS: refused, see the
 * report; ERR_LIMIT. The report is the caller's in every case: upload_report_fini. */
MUST_USE int upload_read(struct str name, struct str file, struct str text,
                         const struct place_tree *tree, struct upload_report *report,
                         struct upload **out, struct err *err);
void upload_report_fini(struct upload_report *r);

#endif
