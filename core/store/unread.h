/* SPDX-License-Identifier: MIT
 *
 * Tables that could not be read when the store opened. Some of them it can do without. */
#ifndef STORE_UNREAD_H
#define STORE_UNREAD_H

#include "base/err.h"

struct store;

/* Without findings none are shown and none stored; without ids batches that have them are refused;
 * without the audit trail nothing is stored, as nothing may change without a row of it. */
enum unread { UNREAD_FINDINGS, UNREAD_IDS, UNREAD_AUDIT, UNREAD_KINDS };

enum { UNREAD_WHY_BYTES = ERR_MSG_BYTES };

/* Names the table in an ERR_CORRUPT from reading it. Returns rc. */
MUST_USE int unread_name(const char *table, int rc, struct err *err);
/* While the store opens: an ERR_CORRUPT is noted, told in the log, and then it is 0. */
MUST_USE int unread_note(struct store *s, enum unread which, int rc, const struct err *err);
/* ERR_UNAVAILABLE where this could not be read. */
MUST_USE int unread_check(const struct store *s, enum unread which, struct err *err);

#endif
