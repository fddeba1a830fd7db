/* SPDX-License-Identifier: MIT
 *
 * Backups: one file that holds everything of a data directory at one snapshot, made while imports
 * go on, verified before it gets its name. It is an SQLite database like panji.db itself, with the
 * small files beside it (ids.key) in a table, and is to be kept as secret as they are: its mode is
 * 0600.
 *
 * None of this may be called on an HTTP thread. */
#ifndef STORE_BACKUP_H
#define STORE_BACKUP_H

#include "base/buf.h"
#include "store/store.h"

/* How far it is; both in pages, of the step that is under way. NULL: nobody wants to know. */
struct store_progress {
    void (*fn)(void *ctx, const char *step, uint64_t done, uint64_t total);
    void *ctx;
};

/* What was looked at, and what is wrong. */
struct verify_report {
    size_t faults;
    struct buf text; /* a line a fault, then how to mend it; nothing when all is well */
    bool summed;     /* its pages have checksums */
    uint64_t pages, parts;
    int64_t version, batches, registrations; /* registrations: that the ledger acknowledged */
    uint64_t snapshot;
    int64_t made_ms; /* of a backup, else 0 */
};
void verify_report_init(struct verify_report *r);
void verify_report_fini(struct verify_report *r);
/* The lines, and before them what was looked at: begins with "sound" or "damaged". */
void verify_report_print(const struct verify_report *r, struct buf *out);

/* The name of an unfinished backup in a data directory; one that was left there is removed when
 * the store is opened. */
#define STORE_BACKUP_PART "backup.part"

/* Writes a backup of the store to `path`, which must not exist, and verifies it. Copies some pages
 * at a time, between other jobs; memory is bounded. ERR_CONFLICT: there is such a file; ERR_BUSY:
 * another backup is under way; ERR_CORRUPT: the store has damage that must be mended first. On
 * failure there is no file. */
MUST_USE int store_backup(struct store *s, const char *path, const struct store_progress *p,
                          struct verify_report *out, struct err *err);

/* Puts a backup into a directory that is not there or empty: verifies it, copies it, verifies the
 * copy, gives it its name. ERR_CONFLICT: the directory has files. ERR_CORRUPT, with the report:
 * it is damaged. On failure the directory is as empty as before. */
MUST_USE int store_restore(const char *path, const char *dir, const struct store_progress *p,
                           struct verify_report *out, struct err *err);

/* Looks at everything in a running store: every page and part on disk, SQLite's own check,
 * references, the ledger. Goes on between other jobs, but for SQLite's check, which keeps imports
 * waiting. */
MUST_USE int store_verify(struct store *s, const struct store_progress *p,
                          struct verify_report *out, struct err *err);
/* The same for a file that nobody writes to (a backup), or for the database in a directory that
 * no process has: ERR_LOCKED. `deep`: loads it as a server would, too, which takes as much memory.
 * Faults are not an error. */
MUST_USE int store_verify_path(const char *path, bool deep, const struct store_progress *p,
                               struct verify_report *out, struct err *err);

#endif
