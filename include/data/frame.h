/* SPDX-License-Identifier: MIT
 *
 * A frame: a small table in memory, by columns. Query results, lookup tables and uploaded tables
 * all have this form. Built in an arena by one thread, then read-only. */
#ifndef DATA_FRAME_H
#define DATA_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "data/list.h"
#include "data/value.h"

/* In place of 1: there is a value, which may not be told. What is computed from it is hidden, too.
 */
enum { FRAME_HIDDEN = 2 }; /* a bit: sums of NULLs keep it */

struct frame_col {
    struct str name;
    enum type type;
    const struct list *list; /* TYPE_CODED: what .i indexes */
    uint8_t *null;           /* one byte a row, not 0: NULL; NULL pointer: no NULLs */
    int64_t *i;              /* BOOL INT64 DATE PLACE CODED */
    double *f;               /* FLOAT64 */
    struct str *s;           /* STRING */
};

struct frame {
    size_t rows, cols;
    struct frame_col *col;
};

/* A frame of `rows` rows; columns are named and typed by frame_col_init. Memory: the arena. */
MUST_USE int frame_new(struct arena *a, size_t rows, size_t cols, struct frame **out,
                       struct err *err);
/* Allocates value and null arrays for `rows` values (all NULL bytes 0). */
MUST_USE int frame_col_init(struct arena *a, struct frame_col *c, size_t rows, struct str name,
                            enum type type, struct err *err);
/* One cell. */
struct value frame_get(const struct frame *f, size_t row, size_t col);
void frame_set(struct frame *f, size_t row, size_t col, struct value v);
/* Column by name (ASCII case ignored), or -1. */
int frame_find(const struct frame *f, struct str name);

#endif
