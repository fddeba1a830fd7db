/* SPDX-License-Identifier: MIT
 *
 * What lies between SQLite and the files: checksums over every page. SQLite has none of its own.
 *
 *   panji.db       each page ends in its checksum (pagesum.h), put there on every write and looked
 *                  at on every read
 *   panji.db-wal   each frame that was written or recovered is remembered by its checksum, so that
 *                  what a checkpoint carries over is what was committed
 *   panji.db-mark  how much of the log was acknowledged (wal.h): a log that has less when it is
 *                  opened is damaged, not cut short
 *
 * A read that finds something else fails with SQLITE_IOERR_DATA, of the log with
 * SQLITE_IOERR_CORRUPTFS. A file that SQLite made without room for checksums (Panji before version
 * 5 of its tables) is read as it is.
 *
 * As for the connection: one thread at a time. */
#ifndef STORE_VFS_H
#define STORE_VFS_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "pagesum.h"

/* The name to open connections with: over what is SQLite's default at this moment. NULL: SQLite has
 * none, or memory is short. SQLite must have been started. */
const char *vfs_name(void);

/* Of an open connection's database file. */
bool vfs_is_summed(sqlite3 *h);
uint32_t vfs_pages(sqlite3 *h);
/* On: pages are read whether their checksums fit or not, for what has checksums of its own. */
void vfs_lenient(sqlite3 *h, bool on);
/* Looks at a page as it is in the file, past SQLite's cache and the log. SQLITE_OK with *sum. */
int vfs_check_page(sqlite3 *h, uint32_t number, enum pagesum *sum);

/* What the last read that failed was about, as a sentence; "" when none did. */
const char *vfs_complaint(sqlite3 *h);

/* The mark beside the database at `path`: is there one that cannot be read? */
bool vfs_mark_is_damaged(const char *path);

#endif
