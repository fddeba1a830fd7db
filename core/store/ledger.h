/* SPDX-License-Identifier: MIT
 *
 * The ledger: one row for every batch that was ever committed, for ever, and the rows that a batch
 * left out. Storage thread only. */
#ifndef STORE_LEDGER_H
#define STORE_LEDGER_H

#include "db.h"
#include "store/store.h"

/* 1 and the first answer, or 0. */
MUST_USE int ledger_find(struct db *db, struct str source, struct str id, struct batch_result *out,
                         unsigned char sha256[32], struct err *err);
MUST_USE int ledger_write(struct db *db, const struct batch_spec *spec,
                          const struct batch_result *result, int64_t seq, struct err *err);
MUST_USE int rejects_write(struct db *db, const struct batch_spec *spec,
                           const struct batch_result *result, struct err *err);

#endif
