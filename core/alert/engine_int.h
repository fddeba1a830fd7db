/* SPDX-License-Identifier: MIT
 *
 * What the files of the engine share.
 *
 *   engine    life, threads, numbers, the table
 *   evaluate  one evaluation: rules in, drafts out
 *   tell      who is to know of a change, and what is written to them
 *   memory    acknowledgements, silences, comments
 *   commit    drafts, history and messages to the store, then into the book
 *   courier   the outbox and the Alertmanagers, on a thread of its own
 *   schedule  reports that are sent by themselves */
#ifndef ALERT_ENGINE_INT_H
#define ALERT_ENGINE_INT_H

#include <pthread.h>

#include "alert/engine.h"
#include "book.h"
#include "script/state.h"

enum { REMEMBER_DAYS = 7, DAY_MS = 86400000 };
#define SYSTEM_PLUGIN "panji" /* whose findings are about the alerts themselves */

struct courier;
struct alert_engine {
    struct alert_options o;
    pthread_mutex_t run_lock; /* one evaluation, acknowledgement, ... at a time */
    pthread_mutex_t lock;     /* of everything below; never held while asking or storing */
    pthread_cond_t wake;
    pthread_t thread;
    bool started, wanted, stopping;
    struct cancel *running; /* of the rule that is being run; NULL: none */
    struct book book;       /* changed under both locks */
    struct arena silence_mem;
    struct alert_silence *silence; /* those that are not over */
    size_t silences;
    uint64_t snapshot;
    uint64_t version; /* a hash of all that a reader can see */
    int64_t seq;      /* of the last line of history */
    struct alert_stats stats;
    void (*listener)(void *ctx);
    void *listener_ctx;
    struct courier *courier;
    int64_t judged;   /* what was judged last, as the store remembers it (judged_as) */
    int64_t retry_ns; /* an evaluation that could not be stored is tried again then; 0 */
};

/* One run: an evaluation, or what people did. Under run_lock. */
struct evaluation {
    struct alert_engine *e;
    const struct plugin_set *set;
    struct snap *snap;
    int32_t day;
    int64_t now_ms;
    bool by_clock_only; /* rules that only follow the data rest */
    struct arena mem;
    /* What is to be stored, besides the drafts. */
    struct alert_event *event;
    size_t events, event_cap;
    struct outbox_row *out;
    size_t outs, out_cap;
    struct tell *tell;
    size_t tells, tell_cap;
    const char *mark;
    int64_t mark_ms;
    int64_t judged; /* of an evaluation of all rules: judged_as; 0 */
    bool dear;      /* it took long: that it was done is worth a transaction of its own */
};

MUST_USE int evaluation_begin(struct alert_engine *e, struct evaluation *ev, struct err *err);
void evaluation_end(struct evaluation *ev);
/* Runs the rules: their drafts are in the book afterwards. */
MUST_USE int evaluate_rules(struct evaluation *ev, struct err *err);

/* A finding about the alerts themselves, of plugin SYSTEM_PLUGIN; `en` NULL: all is well in this
 * respect. Under the lock. */
MUST_USE int system_finding(struct evaluation *ev, const char *rule, struct str key, const char *en,
                            const char *hi, struct err *err);
/* stale.c: sources that are silent by the clock. */
MUST_USE int stale_find(struct evaluation *ev, struct err *err);

/* The rule of a slot in the plugins that serve; NULL. `plugin` may be NULL. */
const struct alert_rule *rule_of(const struct plugin_set *set, const struct slot *s,
                                 const struct plugin **plugin);

/* Says what happened to a finding; `who` and `note` may be empty. */
MUST_USE int event_add(struct evaluation *ev, const struct alert_row *row, const char *event,
                       struct str who, struct str note, struct err *err);
MUST_USE int out_add(struct evaluation *ev, const struct outbox_row *m, struct err *err);
/* An id for a message, never given twice. */
MUST_USE int message_id(struct evaluation *ev, struct str notifier, struct str recipient,
                        struct str *out, struct err *err);

/* tell.c: for all findings: what time brought (acknowledgements that end, escalation, reminders),
 * who is to be told, and the letters to them. After it drafts do not change any more. */
MUST_USE int tell_all(struct evaluation *ev, struct err *err);
const struct notifier *notifier_find(const struct alert_engine *e, struct str name);
/* May anybody tell of this rule through the notifier? As tell_all does for its messages. */
bool rule_notifies(const struct alert_engine *e, const struct alert_rule *rule,
                   const struct notifier *n, bool escalated);
bool is_silenced(const struct alert_engine *e, const struct alert_row *r, const struct snap *snap,
                 int64_t now_ms);

/* commit.c: history of all drafts, the transaction, then book_accept; on failure book_reject. */
MUST_USE int commit(struct evaluation *ev, struct err *err);

/* schedule.c: reports that are due. Each is a transaction of its own. */
void schedules_run(struct alert_engine *e);

/* engine.c: stands for the data and the rules of an evaluation; 0 never. */
int64_t judged_as(const struct evaluation *ev);
#define JUDGED "judged" /* the mark under which it is remembered */

/* engine.c: after a change of the findings, the silences or the history; under the lock. */
void version_update(struct alert_engine *e);

/* memory.c: reads the silences anew. */
MUST_USE int silences_reload(struct alert_engine *e, struct err *err);

/* courier.c */
MUST_USE int courier_new(struct alert_engine *e, struct courier **out, struct err *err);
void courier_free(struct courier *c); /* NULL is fine */
void courier_wake(struct courier *c);
MUST_USE int courier_round(struct courier *c, struct err *err);
void courier_stats(struct courier *c, struct alert_stats *out);

#endif
