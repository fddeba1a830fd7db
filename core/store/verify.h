/* SPDX-License-Identifier: MIT
 *
 * The checks of a database, one by one. Each counts what it finds wrong as faults of the report,
 * and returns an error only when it cannot go on. */
#ifndef STORE_VERIFY_H
#define STORE_VERIFY_H

#include "db.h"
#include "store/backup.h"

struct verify {
    struct db *db;
    const struct store_progress *progress;
    struct verify_report *report;
    bool deep; /* of a file at rest: load it too */
};

void verify_fault(struct verify *v, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Pages first .. first + n - 1, as they are in the file; n is cut where the file ends. */
void verify_pages(struct verify *v, uint32_t first, uint32_t n);
/* SQLite's own check, references, the numbers of the file. False: it makes no sense to go on. */
bool verify_tables(struct verify *v);
/* The bytes of all segments and slabs, against their checksums. */
MUST_USE int verify_parts(struct verify *v, struct err *err);
/* All of it, in order. */
MUST_USE int verify_all(struct verify *v, struct err *err);

#endif
