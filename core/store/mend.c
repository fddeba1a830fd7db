/* SPDX-License-Identifier: MIT
 *
 * All tables but `segment` and `slab` must be sound to SQLite, page checksums looked at; then the
 * two can be read without, and SQLite copies all rows into a new file. Names change last, and
 * there is a panji.db at every moment. */
#include "mend.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "files.h"

static int all_others_sound(struct db *db, struct err *err)
{
    struct stmt st;
    bool sound = true;
    int rc;
    TRY(db_stmt(db,
                "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN ('segment',"
                " 'slab')",
                &st, err));
    while ((rc = stmt_step(&st, err)) == 1) {
        rc = db_table_is_sound(db, stmt_str(&st, 0), &sound, err);
        if (rc == 0 && !sound)
            rc = err_set(err, ERR_CORRUPT, "the table \"%.*s\" is damaged, too",
                         STR_ARG(stmt_str(&st, 0)));
        if (rc < 0) {
            stmt_done(&st);
            return rc;
        }
    }
    return rc;
}

static int write_fresh(struct db *db, const char *fresh, struct err *err)
{
    TRY(db_checkpoint(db, true, err));
    unlink(fresh);
    db_lenient(db, true);
    int rc = db_write_anew(db, fresh, err);
    db_lenient(db, false);
    return rc < 0 ? rc : file_sync_path(fresh, err);
}

/* A link, so that the old file has both names for a moment and panji.db is never missing. */
static int swap(const char *path, const char *fresh, struct err *err)
{
    char old[FILES_PATH_BYTES], dir[FILES_PATH_BYTES];
    snprintf(old, sizeof old, "%s.damaged-%lld", path, (long long)clock_wall_ms());
    file_dir(path, dir);
    if (link(path, old) != 0 || rename(fresh, path) != 0)
        return err_set(err, ERR_IO, "%s cannot be replaced: %s", path, strerror(errno));
    log_line(LOG_WARN, "store", "the database was written anew; the damaged file is kept as %s",
             old);
    return dir_sync(dir, err);
}

int mend_file(struct db *db, const char *path, struct err *err)
{
    char fresh[FILES_PATH_BYTES];
    enum db_fault before = db->fault;
    snprintf(fresh, sizeof fresh, "%s.new", path);
    int rc = all_others_sound(db, err);
    rc = rc < 0 ? rc : write_fresh(db, fresh, err);
    db->fault = before;
    if (rc < 0) {
        unlink(fresh);
        return rc;
    }
    db_close(db);
    rc = swap(path, fresh, err);
    struct err again;
    int opened = db_open(db, path, &again);
    if (rc == 0 && opened < 0 && err != NULL)
        *err = again;
    return rc < 0 ? rc : opened;
}
