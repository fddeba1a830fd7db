/* SPDX-License-Identifier: MIT
 *
 * The audit trail: who changed what, when and why. A row is written in the transaction of the
 * change that it tells of, and is never edited. Each row carries a hash over itself and the hash of
 * the row before, so that one that was changed, or taken out between others, is found by
 * store_audit_verify.
 *
 * No secret goes in: whoever calls gives a name, never a token. */
#ifndef STORE_AUDIT_H
#define STORE_AUDIT_H

#include "store/store.h"

enum {
    AUDIT_WHO_BYTES = 128,
    AUDIT_ACTION_BYTES = 32,
    AUDIT_OBJECT_BYTES = 256,
    AUDIT_WHAT_BYTES = 500,
};

/* Who the calling thread acts for, until it says otherwise: the name of a token, of a local user,
 * or "anonymous (loopback)". Cut to AUDIT_WHO_BYTES; "panji" where nobody was named. */
void store_act_as(struct str who);

/* What is longer than its bound is cut. */
struct audit_entry {
    struct str action; /* one word: import, correction, retract, ... */
    struct str object; /* which batch, table, plugin, ... */
    struct str source; /* of a batch or of figures; may be empty */
    struct str why;    /* in the words of whoever did it; may be empty */
    struct str what;   /* figures; may be empty */
};
/* For changes that are not the store's own (a reload of plugins, a token, ...): a transaction of
 * its own. The store's changes write theirs by themselves. */
MUST_USE int store_audit(struct store *s, const struct audit_entry *e, struct err *err);

/* How many rows there are: differs whenever the trail does. Any thread. */
uint64_t store_audit_count(struct store *s);

/* Goes through all rows; ERR_CORRUPT names the first that is not what was written. Rows taken from
 * the end are not noticed, unless `rows` tells: compare it with what was noted elsewhere. */
MUST_USE int store_audit_verify(struct store *s, uint64_t *rows, struct err *err);

/* The trail as a table: seq, at, who, action, object, source, why, what; the newest AUDIT_READ_MAX
 * rows. Usable as a query_table named "audit"; without a store (NULL) it has no rows. */
enum { AUDIT_READ_MAX = 1000000 };
int store_audit_table(void *store, struct arena *a, const struct snap *snap, struct frame **out,
                      struct err *err);

#endif
