/* SPDX-License-Identifier: MIT
 *
 * Mending the file after damage was found at the start: segments and slabs have checksums of their
 * own, so that the others on a damaged page can be saved and the file be written anew, with every
 * page whole. What is damaged stays so, by its own checksums. */
#ifndef STORE_MEND_H
#define STORE_MEND_H

#include "db.h"

/* Writes the database anew and opens it again in *db; the old file is kept beside it as
 * `path`.damaged-MILLISECONDS. ERR_CORRUPT: a page of another table is damaged, and what it holds
 * has no checksum of its own. On failure *db is open as it was, or (db->h is NULL) not at all. */
MUST_USE int mend_file(struct db *db, const char *path, struct err *err);

#endif
