/* SPDX-License-Identifier: MIT
 *
 * A small CSV file as a whole: its first line, looked up by name, and its records one by one. For
 * files of places and of published figures, which are read at once. */
#ifndef INGEST_TABLE_H
#define INGEST_TABLE_H

#include "aadhaar.h"
#include "csv.h"

struct table;
/* Both get the record in t->record; an error ends the reading. A header function may give
 * TABLE_TITLE: this is a title, the header comes below (TABLE_TITLES_MAX lines at most). */
enum { TABLE_TITLE = 1, TABLE_TITLES_MAX = 10 };
typedef int (*table_fn)(struct table *t, void *ctx, struct err *err);

struct table {
    struct arena *mem;
    table_fn header, row;
    void *ctx;
    struct str *name; /* of the columns, trimmed; NULL before the first line */
    size_t columns;
    size_t rows;        /* read so far */
    size_t titles;      /* lines above the header that were passed over */
    bool notes;         /* a line of one field may stand at the end: when the file was made */
    uint32_t note_line; /* where it stood */
    const struct csv_record *record;
    struct aadhaar_count *aadhaar; /* by column */
};

/* Reads all of `text`. ERR_ROWS, with the line, for what is not a table: no rows, another number of
 * fields than the first line names, bad UTF-8, a column of Aadhaar numbers. */
MUST_USE int table_read(struct table *t, struct arena *mem, struct str text, table_fn header,
                        table_fn row, void *ctx, struct err *err);
/* The `nth` (0: first) column of this name (ASCII case ignored), or -1. */
int table_column(const struct table *t, const char *name, size_t nth);
/* The field of a column, trimmed; empty for column -1. */
struct str table_field(const struct table *t, int column);
/* A copy that lasts as long as t->mem. */
MUST_USE int table_keep(const struct table *t, int column, struct str *out, struct err *err);
/* ERR_ROWS about a field of the record at hand: "line 5, column \"code\": ..." */
int table_fail(const struct table *t, int column, struct err *err, const char *fmt, ...)
    PRINTF_LIKE(4, 5);
/* A whole number above 0. */
MUST_USE int table_code(const struct table *t, int column, int64_t *out, struct err *err);

#endif
