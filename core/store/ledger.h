/* SPDX-License-Identifier: MIT
 *
 * The ledger: one row for every batch that was ever committed, for ever, the rows that a batch left
 * out, and the batches that were retracted. Storage thread only. */
#ifndef STORE_LEDGER_H
#define STORE_LEDGER_H

#include "db.h"
#include "store/store.h"

/* 1 and the first answer, or 0. */
MUST_USE int ledger_find(struct db *db, struct str source, struct str id, struct batch_result *out,
                         unsigned char sha256[32], struct err *err);
/* `part_of`: seq of the batch with which this one came and goes; 0: it stands alone. */
MUST_USE int ledger_write(struct db *db, const struct batch_spec *spec,
                          const struct batch_result *result, int64_t seq, int64_t part_of,
                          struct err *err);
/* reject_rows.c */
MUST_USE int rejects_write(struct db *db, const struct batch_spec *spec,
                           const struct batch_result *result, struct err *err);

/* The one source that has this id; `source` may be empty. ERR_NOT_FOUND, ERR_AMBIGUOUS_BATCH. */
MUST_USE int ledger_source(struct db *db, struct str source, struct str id,
                           char out[SOURCE_BYTES_MAX + 1], struct err *err);
/* Its number, and that of the batch with which it came; 0: it stands alone. ERR_NOT_FOUND. */
MUST_USE int ledger_number(struct db *db, struct str source, struct str id, int64_t *seq,
                           int64_t *part_of, struct err *err);
/* 1 and the first outcome, or 0: the batch out->source, out->id was not retracted. */
MUST_USE int retraction_read(struct db *db, struct retract_result *out, struct err *err);
MUST_USE int retraction_write(struct db *db, const struct retract_result *r, struct err *err);

/* What was written off when a damaged batch was retracted: zeros where nothing was. */
struct loss;
MUST_USE int loss_read(struct db *db, struct str source, struct str id, struct loss *out,
                       struct err *err);
MUST_USE int loss_write(struct db *db, const struct retract_result *r, const struct loss *loss,
                        struct err *err);
/* Of all batches together. */
MUST_USE int losses_sum(struct db *db, struct loss *out, struct err *err);

#endif
