/* SPDX-License-Identifier: MIT
 *
 * What is remembered of alerts: the findings with their states, the history of all that happened to
 * them, silences, and the outbox of messages that have to reach somebody.
 *
 * A change of a state, its line of history and the messages about it are one transaction: after a
 * crash there is all of it or nothing. Calls block until the storage thread has done the work. */
#ifndef STORE_ALERTS_H
#define STORE_ALERTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"
#include "data/frame.h"
#include "data/snap.h"

struct store;

#define ALERT_NEVER INT64_MIN

enum alert_state { ALERT_GONE, ALERT_PENDING, ALERT_FIRING, ALERT_RESOLVED };
/* "gone", "pending", "firing", "resolved" */
const char *alert_state_name(enum alert_state state);

/* The machine of one finding: in days of data, or in milliseconds of the clock (struct alert_row
 * says which). ALERT_NEVER where nothing of the kind happened. */
struct alert_times {
    enum alert_state state;
    int64_t since;       /* this run of presence began */
    int64_t fired_at;    /* it fired */
    int64_t absent_from; /* of a firing one that is kept though it is absent */
    int64_t resolved_at; /* it was over */
};

/* One finding. Times in milliseconds are wall clock, 0 where there is none. */
struct alert_row {
    struct str id; /* 16 hexadecimal digits, made of plugin, rule and key */
    struct str plugin, rule, key;
    struct str severity, message, message_hi;
    struct str ack_by, ack_reason;
    struct alert_times times;
    bool by_clock;   /* times are milliseconds, not days of data */
    int level;       /* step of the rule's ladder, 0 the worst */
    int place_level; /* enum place_level of the lowest place in the key, PLACE_COUNTRY: none */
    int64_t place_code;
    int64_t since_ms, fired_ms, resolved_ms;
    int64_t ack_ms, ack_until_ms;
    int64_t escalated_ms;
    int64_t told_ms; /* when it was last told to anybody that it fires; 0: nobody knows */
    int told_level;  /* the step that was told */
    uint64_t snapshot;
};
/* A copy in one block of memory; mem_free(MEM_ALERT, row). NULL when there is none. */
struct alert_row *alert_row_copy(const struct alert_row *from);

/* A line of history. */
struct alert_event {
    const struct alert_row *row; /* as it is afterwards */
    const char *event;           /* pending firing resolved gone severity acknowledged ... */
    struct str who, note;
    int32_t day; /* last day of data */
};

/* A message to be delivered. What it says was written when it was made, so that each attempt says
 * the same. */
enum outbox_state { OUTBOX_WAITING, OUTBOX_SENT, OUTBOX_DEAD };
struct outbox_row {
    int64_t seq;          /* 0 until it is stored */
    struct str id;        /* the same in every attempt */
    struct str notifier;  /* its name in the configuration */
    struct str recipient; /* an address, or empty */
    struct str subject, body;
    int64_t created_ms, due_ms;
    int attempts;
    enum outbox_state state;
    struct str error; /* of the last attempt */
};

struct alert_changes {
    const struct alert_row *const *put;
    size_t puts;
    const struct str *drop; /* ids */
    size_t drops;
    const struct alert_event *event;
    size_t events;
    const struct outbox_row *out; /* ids must be new */
    size_t outs;
    const char *mark; /* a name under which `mark_ms` is remembered (schedules), or NULL */
    int64_t mark_ms;
    int64_t at_ms; /* of the events */
    int64_t *seq;  /* of the last line of history, written when all went well; NULL: not wanted */
};
/* All or nothing. ERR_FULL, ERR_UNAVAILABLE, ERR_UNKNOWN_OUTCOME. */
MUST_USE int store_alerts_write(struct store *s, const struct alert_changes *c, struct err *err);
/* All findings, in the order of their ids, in the arena, and how far the history has got. */
MUST_USE int store_alerts_read(struct store *s, struct arena *a, struct alert_row **out, size_t *n,
                               int64_t *seq, struct err *err);
/* What `mark` remembers, 0 when it was never written. */
MUST_USE int store_alerts_mark(struct store *s, const char *mark, int64_t *ms, struct err *err);

/* ---- silences -------------------------------------------------------------------------------- */

struct alert_silence {
    int64_t id;              /* 0 until it is stored */
    struct str plugin, rule; /* empty: any */
    int place_level;         /* PLACE_COUNTRY: any place */
    int64_t place_code;
    int64_t created_ms, until_ms;
    struct str author, reason;
    int64_t ended_ms; /* taken back by somebody; 0 */
    struct str ended_by;
};
/* Sets *id. */
MUST_USE int store_silence_add(struct store *s, const struct alert_silence *in, int64_t *id,
                               struct err *err);
/* ERR_NOT_FOUND; ERR_CONFLICT when it is over already. */
MUST_USE int store_silence_end(struct store *s, int64_t id, struct str by, int64_t now_ms,
                               struct err *err);
/* Those that are not over at `now_ms`; with now_ms 0 all that there were, newest first. */
MUST_USE int store_silences_read(struct store *s, int64_t now_ms, struct arena *a,
                                 struct alert_silence **out, size_t *n, struct err *err);

/* ---- outbox ---------------------------------------------------------------------------------- */

/* Waiting messages for a notifier that are due at `now_ms`, oldest first, at most `max`. */
MUST_USE int store_outbox_due(struct store *s, struct str notifier, int64_t now_ms, size_t max,
                              struct arena *a, struct outbox_row **out, size_t *n, struct err *err);
/* What became of an attempt: `state`, and with OUTBOX_WAITING the next time. */
MUST_USE int store_outbox_result(struct store *s, int64_t seq, enum outbox_state state,
                                 int64_t now_ms, int64_t due_ms, struct str error, struct err *err);
/* Lets a dead message begin anew. ERR_NOT_FOUND. */
MUST_USE int store_outbox_retry(struct store *s, struct str id, int64_t now_ms, struct err *err);
/* Takes away delivered messages older than `before_ms`. */
MUST_USE int store_outbox_prune(struct store *s, int64_t before_ms, struct err *err);
struct outbox_stats {
    int64_t waiting, dead, oldest_ms; /* when the oldest waiting one was made, 0: none */
};
MUST_USE int store_outbox_stats(struct store *s, struct outbox_stats *out, struct err *err);

/* ---- tables ---------------------------------------------------------------------------------- */

/* Usable as query_tables; without a store (NULL) they have no rows.
 * alert_history: seq INT64, at STRING, day DATE, id, plugin, rule, key, event, severity, who, note,
 * message, message_hi STRING, since DATE, open_days FLOAT64 (of a finding that is over: how long it
 * fired). The newest ALERT_HISTORY_READ_MAX lines, oldest first. */
int store_alert_history_table(void *store, struct arena *a, const struct snap *snap,
                              struct frame **out, struct err *err);
/* outbox: id, notifier, recipient, subject, state (waiting, sent, dead), attempts INT64, created,
 * due, error. Newest first. */
int store_outbox_table(void *store, struct arena *a, const struct snap *snap, struct frame **out,
                       struct err *err);

/* The table `alerts` from rows in the order given, its columns alone where there are none: id,
 * plugin, rule, state (pending, firing, resolved), severity, key STRING ({"block":6717}, places by
 * code), since DATE, message STRING, message_hi STRING, snapshot INT64, fired_on DATE, resolved_on
 * DATE, then place, level, acknowledged_by, reason, until, silenced BOOL, fired, resolved. */
MUST_USE int alert_rows_frame(const struct alert_row *const *row, const bool *silenced, size_t n,
                              const struct snap *snap, struct arena *a, struct frame **out,
                              struct err *err);
/* The same from what is stored, as a query_table; of silences it knows nothing. Without a store
 * (NULL) it has no rows. */
int store_alerts_table(void *store, struct arena *a, const struct snap *snap, struct frame **out,
                       struct err *err);

#endif
