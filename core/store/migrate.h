/* SPDX-License-Identifier: MIT
 *
 * The tables of the database, and how a file of an older version becomes one of ours. */
#ifndef STORE_MIGRATE_H
#define STORE_MIGRATE_H

#include "db.h"

/* 'PNJI', in the file's header. */
#define DB_APPLICATION_ID 0x504E4A49

/* The version whose step makes the list of parts; pages have checksums from it on. */
enum { DB_PARTS_SINCE = 11 };

/* Brings the file to the newest version, one transaction a step. ERR_UNSUPPORTED for a file that
 * is not ours or of a newer version. */
MUST_USE int migrate(struct db *db, const char *path, struct err *err);

/* The version that this program writes. */
int migrate_version(void);

#endif
