/* SPDX-License-Identifier: MIT
 *
 * What the files of this room share: the store itself, and the parts of its work. */
#ifndef STORE_STORE_INT_H
#define STORE_STORE_INT_H

#include <pthread.h>
#include <stdatomic.h>

#include "damage.h"
#include "db.h"
#include "queue.h"
#include "scrub.h"
#include "store/store.h"
#include "tokens.h"
#include "unread.h"

enum {
    GROUP_MAX = 64,             /* imports committed together */
    SEGMENT_ROWS_MAX = 1 << 22, /* rows of one stored segment: a blob has to fit SQLite's bound */
    WAL_BYTES_MAX = 8 << 20,    /* log written back when it is longer */
};

struct store {
    char *dir;
    int lock_fd;
    struct db db; /* storage thread */
    struct snap_cell *cell;
    const struct schema *schema;  /* a reference */
    const struct attr_wish *wish; /* while it opens */
    size_t wishes;
    atomic_int state; /* enum store_state; written by the storage thread */
    struct queue queue;
    pthread_t thread;
    bool thread_runs;
    struct merger *merger;
    atomic_bool bulk; /* a bulk load is under way */
    atomic_bool backing_up;
    pthread_mutex_t book_lock;           /* of the pointer alone */
    struct reject_counts *reject_counts; /* storage thread */
    struct book *book; /* findings as readers see them; replaced by the storage thread */

    /* Storage thread. */
    int32_t dict_saved[ATTRS_MAX]; /* entries of each dictionary that are on disk */
    uint64_t segment_next;         /* id of the next segment */
    uint64_t slab_next;            /* id of the next slab: the merger's, or a bulk load's */
    int64_t ledger_next;           /* seq of the next batch */
    int64_t probed_ns;             /* when a full disk was last tried */

    const char *who;       /* for whom the job at hand is done */
    int64_t audit_written; /* number of the last row of the audit trail, committed or not */

    pthread_mutex_t ids_lock; /* owns the next two */
    struct idset *ids;        /* set by the storage thread when a commit went through */
    struct {
        bool ready;
        unsigned char key[HASH_KEY_BYTES];
    } ids_key;
    struct token_book tokens;
    int64_t tokens_saved_ms; /* background thread: when their use was last written */

    struct scrub scrub;      /* background thread */
    int64_t scrub_period_ms; /* 0: no scrub */

    /* What cannot be read: changed by the storage thread under the lock, read by any under it. */
    pthread_mutex_t damage_lock;
    struct damage damage;
    atomic_uint_fast64_t damage_mark;

    char unread[UNREAD_KINDS][UNREAD_WHY_BYTES]; /* "": it was read; set while it opens */

    /* Numbers for /metrics: written by the storage thread, read by any. */
    atomic_uint_fast64_t commits, commit_ns, wal_bytes, db_bytes;
    atomic_uint_fast64_t audits;           /* rows of the audit trail */
    atomic_uint_fast64_t merges, merge_ns; /* written by the merger */
    atomic_bool merging;
    atomic_uint_fast64_t backups;
    atomic_uint_fast64_t scrub_page, scrub_bad, scrub_ended_ms;
};

/* Runs on the storage thread and waits. */
MUST_USE int store_call(struct store *s, int (*call)(struct store *, void *, struct err *),
                        void *arg, struct err *err);
/* Storage thread: ends the FULL state when there is space again. */
void store_try_again(struct store *s);
/* May something be written now? Tries a full disk again from time to time. */
MUST_USE int store_writable(struct store *s, struct err *err);
/* Commits the open transaction and counts it. After a failure it is rolled back. */
MUST_USE int store_commit(struct store *s, struct err *err);
/* Leaves the open transaction, if there is one, and follows the database's fault in the state. */
void store_rollback(struct store *s);

/* Storage thread: takes a batch that no longer counts off the losses. */
void store_damage_changed(struct store *s); /* sets the mark */
const struct loss *store_loss_of(struct store *s, int32_t source, int32_t batch);
void store_loss_settled(struct store *s, int32_t source, int32_t batch);

/* Parts of a transaction. */
MUST_USE int meta_set_i64(struct db *db, const char *key, int64_t v, struct err *err);
/* ERR_CORRUPT when it is missing. */
MUST_USE int meta_get_i64(struct db *db, const char *key, int64_t *v, struct err *err);
/* words.c: writes the entries of the snapshot's dictionaries that are not on disk yet, and says how
 * many there are then; the caller sets dict_saved when the commit went through. */
MUST_USE int words_save(struct store *s, const struct snap *snap, int32_t saved[ATTRS_MAX],
                        struct err *err);
/* Reads all into the dictionaries of `snap` and sets dict_saved. */
MUST_USE int words_load(struct store *s, const struct snap *snap, struct err *err);

/* attributes.c: sets the schema: what is stored, else the default list, with the wishes; and stores
 * it when it changed. */
MUST_USE int attributes_open(struct store *s, const struct attr_wish *wish, size_t wishes,
                             struct err *err);

/* import.c: a list of JOB_IMPORT jobs, committed together. */
void import_run(struct store *s, struct job *list);
/* load.c: everything from disk, as the first snapshot, not yet published. */
MUST_USE int load_all(struct store *s, struct snap **out, struct err *err);

/* reject_counts.c */
struct reject_counts;
MUST_USE int reject_counts_new(struct reject_counts **out, struct err *err);
void reject_counts_free(struct reject_counts *c); /* NULL is fine */

/* findings.c: the first book. */
MUST_USE int findings_load(struct store *s, struct err *err);

/* uploads.c: all stored tables, their places checked against the tree. NULL when there are none. */
MUST_USE int uploads_load(struct db *db, const struct place_tree *tree, struct upload_set **out,
                          struct err *err);

/* places.c: the stored places as rows, all memory in the arena. */
struct place_rows {
    struct place_row *row; /* by id */
    size_t n, cap;
    struct place_event *event; /* by day, then as they came */
    size_t events, events_cap;
    struct str fact_name[PLACE_FACTS_MAX];
    size_t facts;
};
MUST_USE int places_load(struct db *db, struct arena *a, struct place_rows *out, struct err *err);
/* Today's tree of these rows, and its history (NULL where borders never changed). Uses the arena.
 */
MUST_USE int places_tree(const struct place_rows *rows, struct arena *a, struct place_tree **tree,
                         struct place_history **history, struct err *err);

#endif
