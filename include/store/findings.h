/* SPDX-License-Identifier: MIT
 *
 * Findings: what the checks of plugins say is wrong with the data, kept with their history. One row
 * a finding, and a list of what happened to it that only grows; both in the store's database. All
 * open findings, and the newest closed ones, are held in memory as an immutable book, so that a
 * query reads them without the storage thread.
 *
 * One thread writes (the one that runs the checks); any may read. */
#ifndef STORE_FINDINGS_H
#define STORE_FINDINGS_H

#include "store/store.h"

enum { FINDING_ID_BYTES = 17 };

/* What is known of a finding. Texts are borrowed from whoever gives it. */
struct finding {
    char id[FINDING_ID_BYTES]; /* of plugin, check and key: the same after a restart */
    struct str plugin, check;
    struct str key; /* {"district":607}: places by code */
    struct str severity, message, message_hi;
    struct str figures;       /* the row of the check, as JSON */
    struct str source, batch; /* that brought it up; empty: not known */
    uint32_t place;           /* identity of the lowest place in the row, or PLACE_NONE */
    int32_t since, last_seen; /* days of data */
    int32_t resolved_on;      /* DAY_NONE: it is open */
    int64_t opened_ms;        /* wall clock */
    int64_t times;            /* how often it was opened; filled in when it is written */
    uint64_t snapshot;        /* in which it came up */
};

enum finding_event { FINDING_OPENED, FINDING_CHANGED, FINDING_CLOSED };
/* "opened", "changed", "closed". */
const char *finding_event_name(enum finding_event e);

struct finding_change {
    enum finding_event event;
    bool told; /* goes into the history; else only the finding's row is brought up to date */
    struct finding now;
};

/* Writes all changes in one transaction, and lets readers see them. `day` and `snapshot` are those
 * of the data that was checked. One that is opened again is told how often it was before (times).
 * ERR_FULL, ERR_UNAVAILABLE, ...: nothing was written. */
MUST_USE int store_findings_write(struct store *s, struct finding_change *change, size_t n,
                                  int32_t day, uint64_t snapshot, struct err *err);

/* The open ones by (plugin, check, key), copied into the arena. */
MUST_USE int store_findings_open(struct store *s, struct arena *a, struct finding **out, size_t *n,
                                 struct err *err);
/* Goes up with every write, also across restarts: the same number, the same table. */
uint64_t store_findings_revision(struct store *s);

/* Usable as a query_table named "findings": id, plugin, check, status ('open', 'closed'), severity,
 * place, district, block, key, since, last_seen, resolved_on, message, message_hi, figures, source,
 * batch, snapshot, times. Open ones first, the worst before; of the closed ones the newest
 * FINDINGS_CLOSED_MAX. Without a store (NULL) it has no rows. */
int store_findings_table(void *store, struct arena *a, const struct snap *snap, struct frame **out,
                         struct err *err);
/* "finding_history": seq, id, event ('opened', 'changed', 'closed'), at, day, snapshot, severity,
 * message, message_hi, figures, source, batch; the newest FINDING_EVENTS_READ_MAX, oldest first. */
int store_finding_history_table(void *store, struct arena *a, const struct snap *snap,
                                struct frame **out, struct err *err);

#endif
