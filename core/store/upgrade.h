/* SPDX-License-Identifier: MIT
 *
 * What is done to a file of an older Panji before its tables are migrated: it is copied, and if it
 * was made before pages had checksums it is written anew with them. */
#ifndef STORE_UPGRADE_H
#define STORE_UPGRADE_H

#include "base/err.h"

enum { UPGRADE_KEEP_DAYS = 30 };

/* The database at `path`, of a directory that this process has locked; nothing where it is new or
 * of this version. Leaves `path`.before-vN (N: the version it becomes; the next time .before-vN-2)
 * with all that was there; those older than UPGRADE_KEEP_DAYS go. On failure the file is as it was,
 * or whole and newer. */
MUST_USE int upgrade_file(const char *path, struct err *err);

#endif
