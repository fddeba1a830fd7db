/* SPDX-License-Identifier: MIT
 *
 * Files and directories beside the database: made so that nobody else can read them, and so that
 * they are on disk when a function returns that says so. Errors are ERR_FULL where there is no
 * space, else ERR_IO, with the name and the reason. */
#ifndef STORE_FILES_H
#define STORE_FILES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "store/backup.h"

enum { FILES_PATH_BYTES = 4300 };

/* -1: there is none. */
int64_t file_bytes(const char *path);
/* Has the database at `path` a log that was not written back? */
bool file_has_log(const char *path);
/* Have both the same bytes? False where one cannot be read. */
bool file_is_same(const char *path, const char *other);
/* The directory that a path names a file in. */
void file_dir(const char *path, char dir[FILES_PATH_BYTES]);

/* An empty file of mode 0600. ERR_CONFLICT: there is one of that name. */
MUST_USE int file_create_private(const char *path, struct err *err);
/* Makes it, with this content, synced. */
MUST_USE int file_write_private(const char *path, struct str data, struct err *err);
/* Makes a copy, not synced; progress in bytes. The target must not exist. */
MUST_USE int file_copy_private(const char *from, const char *to, const struct store_progress *p,
                               struct err *err);
/* Puts all of it behind *out: 1; 0: there is no such file. ERR_LIMIT: it is larger than most. */
MUST_USE int file_read_small(const char *path, size_t most, struct buf *out, struct err *err);
MUST_USE int file_sync_path(const char *path, struct err *err);

MUST_USE int dir_sync(const char *dir, struct err *err);
/* Makes it when it is not there. ERR_CONFLICT when it has anything but a lock. */
MUST_USE int dir_make_empty(const char *dir, struct err *err);

#endif
