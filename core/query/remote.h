/* SPDX-License-Identifier: MIT
 *
 * Registrations that lie in ClickHouse: what is asked of it, and how the answer is read.
 *
 * An access reads registrations through functions of one column each (the district of a place, the
 * month of a day, age >= 60), and then combines these. Values of a column that no such function
 * tells apart are one class; any of them may stand for all. So ClickHouse is asked for
 *
 *     registrations by class of each column that is read, in the window, that pass the tests
 *
 * which is a GROUP BY over whole numbers, and what comes back is read as if it were rows: one for
 * each combination of classes, with the first value of each class and the registrations that it
 * stands for. Keys, aggregates and conditions over several columns are then computed by the same
 * code as for rows that lie here, and give the same bytes.
 *
 * Nothing of the language is translated: no function, no comparison, no NULL, no text. Only whole
 * numbers of our own making are sent, and only whole numbers come back. */
#ifndef QUERY_REMOTE_H
#define QUERY_REMOTE_H

#include "access.h"
#include "base/buf.h"

enum { REMOTE_COLUMNS_MAX = BASE_COLS };

/* A column that is asked for. */
struct remote_column {
    int base;
    enum place_level level; /* BASE_ORDER: places are told apart down to here */
    bool as_is;             /* each value by itself; else by class */
    size_t n;               /* of the domain: the codes low .. low + n - 2, and NULL in front */
    int64_t low;
    uint32_t *first; /* by code: the first code of its class; BASE_ORDER: by order, see below */
};

struct remote_plan {
    const struct access_plan *access;
    struct remote_column col[REMOTE_COLUMNS_MAX];
    size_t cols;
    bool rows;       /* each row by itself, and its registrations among the columns */
    size_t rows_max; /* so many suffice, whichever; SIZE_MAX: all are needed */
    bool cells;      /* the table of daily cells has all that is asked for */
    struct buf sql;
};

/* Makes the statement. remote_fini in any case. */
MUST_USE int remote_plan(struct run *r, const struct access_plan *p, struct remote_plan *out);
void remote_fini(struct remote_plan *p);
/* Columns of the answer in front of the two sums. */
size_t remote_keys(const struct remote_plan *p);

/* remote_class.c: the columns that an access reads, and their classes. */
MUST_USE int remote_columns(struct run *r, struct remote_plan *p);
/* The id of the node above, at `level` or at the node's own, as the tables hold it: by where places
 * were when they were stored. */
uint32_t remote_home(const struct place_tree *t, uint32_t order, enum place_level level);
bool remote_in_window(const struct window3 *w, uint32_t order);

struct scan;
/* Hands all rows on. */
MUST_USE int remote_read(struct scan *s);

#endif
