/* SPDX-License-Identifier: MIT
 *
 * What the files about alerts share. All run on the storage thread. */
#ifndef STORE_ALERTS_INT_H
#define STORE_ALERTS_INT_H

#include "store/alerts.h"
#include "store_int.h"

/* Parts of the transaction of store_alerts_write. */
MUST_USE int history_write(struct db *db, const struct alert_event *e, int64_t at_ms,
                           struct err *err);
/* The number of its last line, 0 when there is none. */
MUST_USE int history_last(struct db *db, int64_t *seq, struct err *err);
MUST_USE int outbox_write(struct db *db, const struct outbox_row *m, struct err *err);
/* Begins, does `part`, commits; rolls back when it fails. */
MUST_USE int alerts_transaction(struct store *s, int (*part)(struct db *, void *, struct err *),
                                void *arg, struct err *err);

/* A text column copied into the arena. */
MUST_USE int column_text(struct stmt *st, int column, struct arena *a, struct str *out,
                         struct err *err);

/* Columns of a table. */
struct table_column {
    const char *name;
    enum type type;
};
MUST_USE int table_frame(struct arena *a, const struct table_column *column, size_t cols,
                         size_t rows, struct frame **out, struct err *err);
/* Cells of it. Text is taken as it is, `ms` as "2021-11-20T18:00:00+05:30"; 0 is NULL. */
void put_text(struct frame *f, size_t row, size_t col, struct str s);
void put_number(struct frame *f, size_t row, size_t col, int64_t v);
void put_day(struct frame *f, size_t row, size_t col, int64_t day);
MUST_USE int put_moment(struct arena *a, struct frame *f, size_t row, size_t col, int64_t ms,
                        struct err *err);

#endif
