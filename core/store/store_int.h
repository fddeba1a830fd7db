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
    const struct schema *schema;
    atomic_int state; /* enum store_state; written by the storage thread */
    struct queue queue;
    pthread_t thread;
    bool thread_runs;
    struct merger *merger;
    atomic_bool bulk; /* a bulk load is under way */
    atomic_bool backing_up;

    /* Storage thread. */
    int32_t dict_saved[ATTRS_MAX]; /* entries of each dictionary that are on disk */
    uint64_t segment_next;         /* id of the next segment */
    uint64_t slab_next;            /* id of the next slab: the merger's, or a bulk load's */
    int64_t ledger_next;           /* seq of the next batch */
    int64_t probed_ns;             /* when a full disk was last tried */

    struct scrub scrub;      /* background thread */
    int64_t scrub_period_ms; /* 0: no scrub */

    /* What cannot be read: changed by the storage thread under the lock, read by any under it. */
    pthread_mutex_t damage_lock;
    struct damage damage;
    atomic_uint_fast64_t damage_mark;

    /* Numbers for /metrics: written by the storage thread, read by any. */
    atomic_uint_fast64_t commits, commit_ns, wal_bytes, db_bytes;
    atomic_uint_fast64_t merges, merge_ns; /* written by the merger */
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
void store_damage_changed(struct store *s); /* the mark; under the lock */
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

/* import.c: a list of JOB_IMPORT jobs, committed together. */
void import_run(struct store *s, struct job *list);
/* load.c: everything from disk, as the first snapshot, not yet published. */
MUST_USE int load_all(struct store *s, struct snap **out, struct err *err);

/* uploads.c: all stored tables, their places checked against the tree. NULL when there are none. */
MUST_USE int uploads_load(struct db *db, const struct place_tree *tree, struct upload_set **out,
                          struct err *err);

/* places.c: the stored places as rows, all memory in the arena. */
struct place_rows {
    struct place_row *row;
    size_t n, cap;
    struct str fact_name[PLACE_FACTS_MAX];
    size_t facts;
};
MUST_USE int places_load(struct db *db, struct arena *a, struct place_rows *out, struct err *err);

#endif
