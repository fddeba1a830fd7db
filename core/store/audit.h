/* SPDX-License-Identifier: MIT
 *
 * Writing the audit trail from inside this room. Storage thread. */
#ifndef STORE_ROOM_AUDIT_H
#define STORE_ROOM_AUDIT_H

#include "store/audit.h"
#include "store_int.h"

/* Part of the open transaction: for the one whose job the storage thread does. `fmt` is what. */
MUST_USE int audit_write(struct store *s, struct audit_entry e, struct err *err, const char *fmt,
                         ...) PRINTF_LIKE(4, 5);
/* The calling thread's; "panji" where nobody was named. */
const char *audit_actor(void);
/* Is each row what was written? ERR_CORRUPT names the first that is not. */
MUST_USE int audit_verify(struct db *db, struct err *err);
/* Sets the numbers that are known at start. */
MUST_USE int audit_load(struct store *s, struct err *err);

#endif
