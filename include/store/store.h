/* SPDX-License-Identifier: MIT
 *
 * The store: one SQLite database in the data directory is log, ledger and catalogue. One
 * connection, owned by one storage thread; WAL, synchronous FULL, exclusive locking. A batch is
 * written with its ledger row in one transaction, published, and only then acknowledged.
 *
 * States, with the function of each transition:
 *
 *                            +--commit: disk full--> FULL --a small write goes through--+
 *                            |                                                          |
 *   OPENING --store_open--> READY <----------------------------------------------------+
 *                            |
 *                            +--I/O error, damage--> FAILED (reading goes on from memory)
 *   any --store_close--> CLOSED
 *
 * Calls that change something run on the storage thread and block the caller until their outcome
 * is known; never call them on an HTTP thread. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/limits.h"
#include "data/idset.h"
#include "data/rows.h"
#include "data/snap.h"

struct store;

enum store_state { STORE_OPENING, STORE_READY, STORE_FULL, STORE_FAILED, STORE_CLOSED };

/* Opens or creates dir/panji.db, verifies every checksum, loads everything and publishes the first
 * snapshot into `cell` (caller's, outlives the store). ERR_LOCKED when another process has the
 * directory; ERR_CORRUPT names what is damaged. */
MUST_USE int store_open(const char *dir, struct snap_cell *cell, struct store **out,
                        struct err *err);
/* The same with attributes as the configuration wants them (schema_merge); the directory remembers
 * them. ERR_CONFLICT: registrations that are there do not allow it. */
MUST_USE int store_open_wishes(const char *dir, const struct attr_wish *wish, size_t wishes,
                               struct snap_cell *cell, struct store **out, struct err *err);
void store_close(struct store *s); /* checkpoints; NULL is fine */
enum store_state store_state_of(struct store *s);
const char *store_state_name(enum store_state state);
const char *store_dir(const struct store *s);

/* ---- damage -------------------------------------------------------------------------------- */

/* What was left out because it cannot be read, and what the counts lose by it. A damaged part whose
 * rows are in memory all the same (found while the server ran) loses nothing. */
struct store_damage {
    size_t parts, batches;
    int64_t rows, registrations;
    uint64_t mark; /* differs between any two states; 0: nothing is damaged */
};
uint64_t store_damage_mark(const struct store *s); /* the mark alone, without a lock */
void store_damage_get(struct store *s, struct store_damage *out);
/* The same as lines of text: each part, each batch, and how to mend it. */
void store_damage_print(struct store *s, const struct snap *snap, struct buf *out);
/* The i-th of the tables that could not be read when it opened and that it does without, as a
 * sentence that says what is refused; NULL: there are no more. */
const char *store_unread(const struct store *s, size_t i);

/* ---- batches ------------------------------------------------------------------------------- */

struct reject {
    uint32_t line, column; /* 1-based; column 0: the whole row */
    const char *field;     /* column name of the file, or "" */
    const char *value;     /* as sent, cut to 64 bytes */
    const char *reason;    /* a sentence */
    const char *record;    /* the row in the columns of its file; NULL: an error of the same row
                              stands before; "": the row is not kept */
};

/* A cell that a correction takes below zero: a place with all below it, one sector (0: not stated),
 * one day. */
struct cell_below {
    uint32_t place; /* stable id */
    uint8_t sector;
    int32_t day;
    int64_t held, left; /* registrations before, and what would be left */
};
struct below_zero {
    bool allow;
    size_t n; /* noted, by day, sector and place */
    uint64_t total;
    struct cell_below at[IMPORT_ERRORS_MAX];
};

/* Looks at every cell from which the segments, packed for the snapshot's tree, take registrations:
 * the place of the rows, and each place above it, with their sector and day. Those that would hold
 * less than nothing are noted, the lowest places only. ERR_ROWS when there are any and that is not
 * allowed. An import that sets batch_spec.below does this by itself, when nothing can come in
 * between. */
MUST_USE int store_check_below(const struct snap *now, struct seg *const *seg, size_t segs,
                               struct below_zero *out, struct err *err);
/* The same for what takes registrations off without being a correction (a retraction, rows that
 * replace others): only where corrections count can that leave less than nothing. Nothing is
 * refused, and without memory nothing is noted. */
void store_note_below(const struct snap *now, struct seg *const *seg, size_t segs,
                      struct below_zero *out);
/* Says which cell: "Gola (3168), sector Agriculture, on 2021-11-20". */
void below_cell_name(const struct snap *now, const struct cell_below *c, struct buf *out);
/* A warning that names the first cells. */
void below_warning(const struct snap *now, const struct below_zero *below, struct buf *out);

struct batch_spec {
    struct str source;
    struct str id; /* empty: the SHA-256 in hexadecimal */
    unsigned char sha256[32];
    int32_t as_on; /* DAY_NONE: not stated */
    bool correction;
    struct str reason;           /* for the audit trail; may be empty */
    struct below_zero *below;    /* cells below zero are noted here, and refused (ERR_ROWS) unless
                                    allowed; NULL: none is looked at */
    struct below_zero *replaced; /* store_import_ids: those that replacing leaves behind are noted
                                    here, and never refused; NULL: none is looked at */
    const struct reject *reject; /* what is wrong with the rows left out (on_error=skip) */
    size_t rejects;
    struct str reject_head; /* the names of their columns, as a line of the file; empty: none */
    size_t reject_columns;
    char reject_delimiter;
    int64_t rejected; /* rows left out: a row may be wrong in several columns */
    int64_t repeated; /* rows whose registration was recognised, see id_claims */
};

struct batch_result {
    char id[BATCH_ID_BYTES_MAX + 1];
    char source[SOURCE_BYTES_MAX + 1];
    int64_t accepted, rejected, registrations; /* rows, rows, sum of counts */
    int64_t repeated;  /* rows whose registration was in before, or stood in the file before */
    int64_t replaced;  /* registrations of other batches that no longer count, for these rows do */
    bool duplicate;    /* this id and content was here before: the first answer again */
    uint64_t snapshot; /* from which on the batch is visible */
    int64_t received_ms;
    bool retracted; /* a duplicate that was retracted: it does not count again */
};

/* Commits a batch: looks the (source, id) up first. The rows are changed (source and batch filled
 * in, sorted, text ids shared) but stay the caller's to free; no rows at all is a batch too.
 * ERR_CONFLICT: same id, other content. ERR_LIMIT: more than REGISTRATIONS_MAX altogether.
 * ERR_UNKNOWN_OUTCOME: the commit failed in the middle, retry with the same id. ERR_FULL, ERR_BUSY,
 * ERR_UNAVAILABLE: nothing happened. */
MUST_USE int store_import(struct store *s, const struct batch_spec *spec, struct rows *rows,
                          struct batch_result *out, struct err *err);
/* The same for rows that are packed already, as one segment or more, none of which anyone else has.
 * Their text ids are those of `words` (by attribute; NULL: it has none); the caller's references
 * are kept, but what they refer to is changed. The threads of `pool` help (NULL: the caller is
 * alone), so that the storage thread has little to do. */
struct pool;
MUST_USE int store_import_segs(struct store *s, const struct batch_spec *spec,
                               struct seg *const *seg, size_t segs, struct dict *const *words,
                               struct pool *pool, struct batch_result *out, struct err *err);

/* ---- registrations with ids ----------------------------------------------------------------- */

/* The key of the hashes of ids, made when it is first asked for: DIR/ids.key. ERR_UNAVAILABLE, with
 * what to do, when ids were stored and the key is gone, is another's, or may be read by others. */
MUST_USE int store_ids_key(struct store *s, unsigned char key[HASH_KEY_BYTES], struct err *err);
/* The registrations that are in now; a reference. */
struct idset *store_ids(struct store *s);

/* The ids of a batch, decided on against one state of the set. */
struct id_claims {
    const struct idset *against;
    size_t n;
    const id_hash *hash;   /* all that were sent, ascending and distinct */
    const uint32_t *owner; /* who had each (idset_find) */
    bool replace; /* the batch takes over what others had; else it has only what nobody had */
    const id_hash *const *row; /* by segment: those of its rows in order, 0 where there is none */
    bool stale; /* out: others stored some of these meanwhile, nothing was done: decide again */
};
/* store_import_segs for rows with ids. Where registrations are replaced, rows that take the older
 * ones off are stored with the batch, as a correction of the same moment for each source that had
 * them: so what was known before can still be asked, and a retraction of this batch brings them
 * back. */
MUST_USE int store_import_ids(struct store *s, const struct batch_spec *spec,
                              struct id_claims *claims, struct seg *const *seg, size_t segs,
                              struct dict *const *words, struct pool *pool,
                              struct batch_result *out, struct err *err);
/* Was this (source, id) committed? 1 with *out and the content's hash, 0 when not. */
MUST_USE int store_batch_find(struct store *s, struct str source, struct str id,
                              struct batch_result *out, unsigned char sha256[32], struct err *err);
/* The rows that a batch left out as CSV in the columns of its file, behind one of reasons; where
 * these are not known, the list of what was wrong (line,column,field,value,reason). ERR_NOT_FOUND.
 * `source` may be empty when only one source has that id (else ERR_AMBIGUOUS_BATCH, naming them).
 */
MUST_USE int store_rejects_csv(struct store *s, struct str source, struct str id, struct buf *out,
                               struct err *err);

struct retract_spec {
    struct str source; /* may be empty when only one source has that id */
    struct str id;
    struct str reason;        /* may be empty */
    struct below_zero *below; /* cells that hold less than nothing without the batch are noted here,
                                 and never refused; NULL: none is looked at */
};
struct retract_result {
    char id[BATCH_ID_BYTES_MAX + 1];
    char source[SOURCE_BYTES_MAX + 1];
    int64_t accepted, registrations; /* rows and registrations that no longer count */
    int64_t retracted_ms;
    char reason[REASON_BYTES_MAX + 1];
    bool duplicate;    /* it was retracted before: the first outcome again */
    uint64_t snapshot; /* from which on the batch no longer counts */
};

/* Retracts a batch: its rows are kept, but count only in what was known before. ERR_NOT_FOUND,
 * ERR_AMBIGUOUS_BATCH. ERR_CONFLICT: a batch that counts has replaced some of its registrations, or
 * it is the correction that came with another. The ids of its registrations are free again, or
 * those of the batches from which it took them. ERR_UNSUPPORTED: rows of a bulk load that do not
 * name their batch. ERR_LIMIT: the reason is too long, or without a batch of negative counts there
 * would be more than REGISTRATIONS_MAX. ERR_UNKNOWN_OUTCOME: ask again. */
MUST_USE int store_retract(struct store *s, const struct retract_spec *spec,
                           struct retract_result *out, struct err *err);

/* ---- places and stated figures -------------------------------------------------------------- */

/* Where in a file something is said, so that what is wrong with it can be told; 0: unknown. */
struct said_at {
    uint32_t line;
    uint16_t code, parent, on, name; /* columns, 1-based; code: that of the place itself */
};

/* A place to add or update, found by (level, code, parent). The parent is named by its code at the
 * level above (ignored for states); its own parent's code, when not 0, tells apart a parent that
 * lies in two. Names, aliases and facts given replace; what is empty or NaN stays as it was.
 *
 * A place that is known in one place alone and told in another alone has moved: that needs a day
 * (`on`, or a notice of the directory), else ERR_CONFLICT. Told in both, it lies in both. */
struct place_change {
    struct said_at at;
    enum place_level level; /* PLACE_STATE or below */
    int64_t code;
    int64_t parent_code;
    int64_t parent_parent_code;
    bool implied; /* named in passing: added when missing, else left alone and not counted */
    struct str name, name_hi, aliases;
    int32_t valid_from, valid_to; /* DAY_NONE: not told */
    double fact[PLACE_FACTS_MAX];
};
struct place_merge_result {
    size_t added, updated, unchanged;
    size_t moved, renamed; /* of those updated: dated changes, kept in the history */
    size_t missing;        /* known, in a place whose others are told, but not told */
    uint64_t snapshot;
};
struct place_changes {
    const struct place_change *at;
    size_t n;
    const struct str *fact_names; /* of at[].fact */
    size_t facts;
    int32_t on; /* since when what differs is so; DAY_NONE: notices tell, names are corrections */
};
/* One transaction, then one publish. Order of changes does not matter. Fact names new to the store
 * are added (at most PLACE_FACTS_MAX). */
MUST_USE int store_places_merge(struct store *s, const struct place_changes *changes,
                                struct place_merge_result *out, struct err *err);

/* One change of borders. Codes are of one level. */
enum border_kind {
    BORDER_SPLIT,  /* new_code was carved out of old_code, which goes on */
    BORDER_MERGE,  /* old_code ended and became new_code, or (several lines) was divided among them
                    */
    BORDER_MOVE,   /* old_code lies in parent_code from then on */
    BORDER_RENAME, /* old_code has another name, and another code where new_code is given */
    BORDER_CLOSE,  /* old_code ended; nobody took it over */
};
struct border_change {
    struct said_at at;
    enum border_kind kind;
    enum place_level level;
    int64_t old_code, new_code;
    int64_t parent_code;      /* 0: not told */
    int64_t old_parent_code;  /* tells apart a place that lies in two; where a move came from */
    int32_t on;               /* the first day on which it holds */
    struct str name, name_hi; /* the new name, or that of a new place */
    struct str old_name, old_name_hi; /* rename: where the places had the new name already */
    double share; /* of the old place's own registrations, for those who apportion; NaN: not told */
};
struct border_result {
    size_t applied, known; /* changes; known: they were here before, and changed nothing */
    size_t added;          /* places that began */
    uint64_t snapshot;
};
/* All of them or none, in order of days. ERR_VALUE, ERR_AMBIGUOUS, ERR_CONFLICT (a
 * later change of the place is known) with line and column. */
MUST_USE int store_borders_change(struct store *s, const struct border_change *change, size_t n,
                                  struct border_result *out, struct err *err);

/* The directory's list of modified entities: when something changed, but not what. It dates the
 * differences that a later export shows. */
struct place_notice {
    enum place_level level;
    int64_t code;
    int32_t on;
    struct str operation, name;
};
MUST_USE int store_notices_add(struct store *s, const struct place_notice *notice, size_t n,
                               size_t *added, struct err *err);

struct stated_change {
    int32_t as_on;
    uint32_t place; /* identity in the current tree */
    uint8_t sector;
    int64_t total;
    struct str source;
};
/* Adds published figures; the same (as_on, place, sector, source, total) again is not repeated. */
MUST_USE int store_stated_add(struct store *s, const struct stated_change *change, size_t n,
                              size_t *added, uint64_t *snapshot, struct err *err);

/* ---- tables of planners --------------------------------------------------------------------- */

/* Stores a table, in the place of one of its name, as one transaction and one publish. Sets when it
 * was received; takes a reference. ERR_LIMIT: TABLES_MAX, TABLES_MEMORY_BYTES. ERR_CONFLICT: it
 * names a place that is not in the tree. */
MUST_USE int store_upload_put(struct store *s, struct upload *u, bool *replaced, uint64_t *snapshot,
                              struct err *err);
/* ERR_NOT_FOUND with near names. */
MUST_USE int store_upload_drop(struct store *s, struct str name, uint64_t *snapshot,
                               struct err *err);

/* The rows that batches of a snapshot left out, as a table: source, batch, line, column, field,
 * value, reason. Read from the disk in pieces, so that imports go on meanwhile. Usable as a
 * query_table named "rejects"; without a store (NULL) it has no rows. ERR_LIMIT: more than
 * REJECTS_READ_MAX. */
int store_rejects_table(void *store, struct arena *a, const struct snap *snap, struct frame **out,
                        struct err *err);

/* The same counted: source, batch, field, kind ('elsewhere': a place that lies in another one,
 * 'unknown', 'ambiguous', 'future', 'other'), example (one reason), n (rows). Each batch is counted
 * once. Beyond REJECT_COUNTS_MAX those of the oldest batches are left out. Usable as a query_table
 * named "reject_counts". */
int store_reject_counts_table(void *store, struct arena *a, const struct snap *snap,
                              struct frame **out, struct err *err);

/* ---- bulk loading --------------------------------------------------------------------------- */

/* Fills a directory that has no registrations yet with slabs directly, without segments: for
 * generated or restored data in the order of places. One batch; invisible until the end, and gone
 * when the process dies before. ERR_CONFLICT: there are registrations; ERR_BUSY: one is under way.
 */
struct store_bulk;
MUST_USE int store_bulk_new(struct store *s, struct store_bulk **out, struct err *err);
/* At most SLAB_ROWS_MAX rows, which should name their source and batch (else the batch cannot be
 * retracted, nor asked for as known on a day); sorted and shared here. Parts should not overlap in
 * places. May be called by several threads at once. */
MUST_USE int store_bulk_add(struct store_bulk *b, struct rows *rows, struct err *err);
/* Commits and publishes; at least one part was added, and spec->id is set. ERR_CONFLICT: something
 * else was stored meanwhile. */
MUST_USE int store_bulk_end(struct store_bulk *b, const struct batch_spec *spec,
                            struct batch_result *out, struct err *err);
/* Drops what was not committed. NULL is fine. Before the store is closed. */
void store_bulk_free(struct store_bulk *b);

/* ---- numbers for /metrics ------------------------------------------------------------------- */
struct store_stats {
    uint64_t commits, commit_ns, wal_bytes, db_bytes, jobs_waiting, merges, merge_ns, backups;
    bool merging;
    uint64_t scrub_page;     /* that the scrub has come to; 0: it rests */
    uint64_t scrub_ended_ms; /* when it last had looked at all; 0: not yet */
    uint64_t scrub_bad;      /* pages that it found bad then */
};
void store_stats_get(struct store *s, struct store_stats *out);

#endif
