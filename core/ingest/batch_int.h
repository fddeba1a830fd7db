/* SPDX-License-Identifier: MIT
 *
 * A batch on its way in, as the files of this room share it. */
#ifndef INGEST_BATCH_INT_H
#define INGEST_BATCH_INT_H

#include "aadhaar.h"
#include "base/hash.h"
#include "csv.h"
#include "data/rows.h"
#include "ingest/batch.h"
#include "resolve.h"

enum { WARNINGS_MAX = 64, DAY_LAUNCH = 18865 /* 26 August 2021 */ };

/* A column of the file. */
struct column {
    const char *name; /* theirs, as it may be shown */
    int role;         /* -1: passed over */
    struct aadhaar_count aadhaar;
};

/* A row being checked: what goes in if nothing is wrong with it. */
struct pending {
    uint32_t order; /* the lowest place known so far */
    uint8_t sector;
    int32_t day, count;
    int32_t value[ATTRS_MAX];   /* ATTR_NULL: not stated */
    struct str text[ATTRS_MAX]; /* .n == 0: not stated */
    bool bad;
};

struct batch {
    struct store *store;
    struct snap *snap;        /* names are looked up here */
    struct batch_options opt; /* its strings in mem */
    struct arena mem;
    struct csv csv;
    struct sha256 hash;
    uint64_t bytes;
    bool ended;

    /* Columns. */
    struct column *column; /* NULL before the header */
    size_t columns;
    int at[ROLES]; /* index of the column of a role, -1 */
    struct str constant[ROLES];
    int attr[ATTRS_MAX]; /* attributes that the file or the mapping gives */
    size_t attrs;
    struct resolver resolver;

    /* Rows. */
    struct rows rows;
    uint64_t records; /* behind the header, empty ones not counted */
    uint64_t bad_rows;
    uint64_t empty_rows, before_launch, after_as_on;

    /* What is wrong. */
    int refused; /* the file as a whole (ERR_ROWS, ERR_LIMIT), or 0 */
    struct err refusal;
    struct batch_error error[IMPORT_ERRORS_MAX];
    size_t errors; /* listed */
    uint64_t errors_total;
    struct reject *reject; /* on_error=skip: all of them */
    size_t rejects, rejects_cap;
    const char *warning[WARNINGS_MAX];
    size_t warnings;
};

/* header.c: reads the first record. ERR_ROWS refuses the file. */
MUST_USE int header_read(struct batch *b, const struct csv_record *record, struct err *err);
/* row.c: checks a record and adds it, or says what is wrong with it. */
MUST_USE int row_read(struct batch *b, const struct csv_record *record, struct err *err);
/* Notes an error in column `column` (index; -1: the whole row). */
MUST_USE int batch_note_error(struct batch *b, uint32_t line, int column, struct str value,
                              const struct fault *fault, struct err *err);
/* A warning; further ones than WARNINGS_MAX are left out. */
void batch_warn(struct batch *b, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
