/* SPDX-License-Identifier: MIT
 *
 * Answers as Excel workbooks (Office Open XML, ECMA-376): one sheet with a title, the day it speaks
 * of, a frozen header, numbers grouped the Indian way, bands as colours, printed on A4. Same sheet,
 * same bytes. */
#ifndef QUERY_SHEET_H
#define QUERY_SHEET_H

#include "query/format.h"

/* How a column is shown. */
struct sheet_column {
    bool percent;       /* its numbers are per cent */
    const double *band; /* `bands` limits; see sheet_band */
    size_t bands;
};

/* The band of x, 0 (worst) to 3. Limits rise where more is better: { 50, 75, 100 }, below the first
 * is worst. They fall where less is: { 7, 3, 1 }, the first and above is worst. */
int sheet_band(const double *limit, size_t limits, double x);

struct sheet {
    const struct frame *frame;
    const struct format_options
        *options; /* titles, language, snapshot, as-on day, summary, total */
    struct str title, help;
    const struct sheet_column *column; /* by column of the frame, or NULL */
};

/* The Content-Type. */
#define SHEET_TYPE "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

/* Appends the file's bytes. ERR_LIMIT for what no sheet can hold: 1,048,000 rows, 16,384 columns,
 * 32,767 characters in a cell; ERR_IO when there is no room for temporary files. */
MUST_USE int sheet_write(const struct sheet *s, struct buf *out, struct err *err);

#endif
