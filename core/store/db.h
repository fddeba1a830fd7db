/* SPDX-License-Identifier: MIT
 *
 * One SQLite connection with the settings that the store depends on, and statements whose errors
 * are kept until they are looked at.
 *
 * One thread at a time: the one that opens, then the storage thread, then the one that closes. */
#ifndef STORE_DB_H
#define STORE_DB_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "pagesum.h"

enum { DB_STATEMENTS_MAX = 160, DB_PAGE_BYTES = PAGESUM_PAGE_BYTES };

#define DB_DAMAGED_HINT                                                                            \
    "panji verify tells what is damaged; to mend it, restore a backup (panji restore)"

/* What went wrong with writing since the flag was cleared, the gravest. What cannot be read is
 * told by the statement alone. */
enum db_fault { DB_FINE, DB_DISK_FULL, DB_BROKEN };

struct db {
    sqlite3 *h;
    enum db_fault fault;
    uint64_t wal_pages; /* in the log since it was last written back */
    size_t statements;
    struct {
        const char *sql; /* by pointer: the literal at the place of use */
        sqlite3_stmt *p;
    } statement[DB_STATEMENTS_MAX];
};

/* A prepared statement in use. Values are bound from left to right and columns read by number;
 * a binding that fails shows at the next step. */
struct stmt {
    struct db *db;
    sqlite3_stmt *p;
    int bound;
    int rc;
};

/* Opens or creates the file. A log left by an unclean stop has the whole file checked. ERR_LOCKED,
 * ERR_CORRUPT, ERR_IO, ERR_UNSUPPORTED (the settings did not take). */
MUST_USE int db_open(struct db *db, const char *path, struct err *err);
/* A file that nobody else has, without a log: to be filled by a backup (what is written is not
 * synced: the caller does), or read only, leaving no trace. */
MUST_USE int db_open_copy(struct db *db, const char *path, struct err *err);
MUST_USE int db_open_read(struct db *db, const char *path, struct err *err);
/* Do its pages have checksums? (Those of Panji before version 5 of the tables do not.) */
bool db_is_summed(struct db *db);
/* Writes all of it into a new file, whose pages have checksums. */
MUST_USE int db_write_anew(struct db *db, const char *path, struct err *err);
/* On: damaged pages are read as they are. Off again: none of them stays in SQLite's cache. */
void db_lenient(struct db *db, bool on);
/* SQLite's own check of one table: *out says whether all is well. */
MUST_USE int db_table_is_sound(struct db *db, struct str table, bool *out, struct err *err);
/* Calls `say` for each line that SQLite's own check of the file gives but "ok". */
MUST_USE int db_integrity(struct db *db, void (*say)(void *ctx, struct str line), void *ctx,
                          struct err *err);

/* Copies the whole file of `from` to `to` (db_open_copy), a step at a time; what is committed in
 * between goes into the copy too. 1: all of it is there and the copy is finished. */
struct db_copy {
    sqlite3_backup *p;
    struct db *from, *to;
    int64_t left, total; /* pages */
};
MUST_USE int db_copy_begin(struct db_copy *c, struct db *from, struct db *to, struct err *err);
MUST_USE int db_copy_step(struct db_copy *c, int pages, struct err *err);
void db_copy_end(struct db_copy *c); /* also in the middle; fine when it was finished */

/* Writes the log back into the file and closes. A connection never opened is fine. */
void db_close(struct db *db);

/* Runs SQL without parameters and without answer. */
MUST_USE int db_exec(struct db *db, const char *sql, struct err *err);
MUST_USE int db_pragma_i64(struct db *db, const char *sql, int64_t *out, struct err *err);

/* `sql` must be a literal: prepared statements are kept by its address. */
MUST_USE int db_stmt(struct db *db, const char *sql, struct stmt *out, struct err *err);
void stmt_put_i64(struct stmt *st, int64_t v);
void stmt_put_f64(struct stmt *st, double v);
void stmt_put_null(struct stmt *st);
/* The bytes must stay until the statement is done. */
void stmt_put_str(struct stmt *st, struct str s);
void stmt_put_blob(struct stmt *st, const void *p, size_t n);
/* 1: a row to read; 0: no more, and the statement is done; or an error, likewise done. */
MUST_USE int stmt_step(struct stmt *st, struct err *err);
/* For statements that give no rows. */
MUST_USE int stmt_run(struct stmt *st, struct err *err);
/* To leave off before the last row. */
void stmt_done(struct stmt *st);
int64_t stmt_i64(struct stmt *st, int column);
double stmt_f64(struct stmt *st, int column);
bool stmt_is_null(struct stmt *st, int column);
struct str stmt_str(struct stmt *st, int column);  /* valid until the next step */
struct str stmt_blob(struct stmt *st, int column); /* likewise */
/* Rows changed by the last statement. */
int64_t db_changes(struct db *db);

MUST_USE int db_begin(struct db *db, struct err *err);
/* ERR_FULL: rolled back. ERR_UNKNOWN_OUTCOME for anything else. */
MUST_USE int db_commit(struct db *db, struct err *err);
/* Fine when there is nothing to roll back. */
void db_rollback(struct db *db);
/* Writes back what the log holds. `truncate`: all of it, and empties the log. */
MUST_USE int db_checkpoint(struct db *db, bool truncate, struct err *err);

#endif
