/* SPDX-License-Identifier: MIT
 *
 *   of this version? --yes--> nothing
 *        | no
 *   open, write the log back, close: the file alone is all of it
 *   copy to .before-vN.part, sync, name                    (the last copy is the same? not again)
 *   no checksums? write .new with them, look at it, sync, name it panji.db
 *
 * At every moment there is a whole panji.db: names change last. The tables are migrated by whoever
 * opens it next. */
#include "upgrade.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "db.h"
#include "files.h"
#include "migrate.h"

enum { HEADER_BYTES = 100, RESERVED_AT = 20, VERSION_AT = 60 };

/* By its header alone, before SQLite has the file open: to close it again would give up SQLite's
 * locks. */
static bool is_current(const char *path)
{
    unsigned char head[HEADER_BYTES];
    FILE *f = fopen(path, "re");
    size_t n = f != NULL ? fread(head, 1, sizeof head, f) : 0;
    if (f != NULL)
        fclose(f);
    if (n < sizeof head)
        return true; /* none, or none of ours: opening it will tell */
    int64_t version = (int64_t)head[VERSION_AT] << 24 | head[VERSION_AT + 1] << 16 |
                      head[VERSION_AT + 2] << 8 | head[VERSION_AT + 3];
    return version >= migrate_version() && head[RESERVED_AT] == PAGESUM_BYTES;
}

static int put_name(const char *from, const char *to, const char *path, struct err *err)
{
    char dir[FILES_PATH_BYTES];
    file_dir(path, dir);
    TRY(file_sync_path(from, err));
    if (rename(from, to) != 0)
        return err_set(err, ERR_IO, "%s cannot be named %s: %s", from, to, strerror(errno));
    return dir_sync(dir, err);
}

/* ---- the copy -------------------------------------------------------------------------------- */

/* The last copy before this version, and the name for the next: an upgrade may have been taken
 * back, and what was imported since is in no older copy. */
static void name_copies(const char *path, char last[FILES_PATH_BYTES], char next[FILES_PATH_BYTES])
{
    last[0] = '\0';
    snprintf(next, FILES_PATH_BYTES, "%s.before-v%d", path, migrate_version());
    for (int i = 2; file_bytes(next) >= 0; i++) {
        memcpy(last, next, FILES_PATH_BYTES);
        snprintf(next, FILES_PATH_BYTES, "%s.before-v%d-%d", path, migrate_version(), i);
    }
}

static int keep_copy(const char *path, struct err *err)
{
    char part[FILES_PATH_BYTES], name[FILES_PATH_BYTES], last[FILES_PATH_BYTES];
    name_copies(path, last, name);
    if (last[0] != '\0' && file_is_same(path, last))
        return 0; /* of a migration that did not end */
    snprintf(part, sizeof part, "%s.before-v%d.part", path, migrate_version());
    unlink(part);
    int rc = file_copy_private(path, part, NULL, err);
    rc = rc < 0 ? rc : put_name(part, name, path, err);
    if (rc < 0) {
        unlink(part);
        err_hint(err,
                 "before it is migrated %s is copied beside itself: that needs as much space "
                 "again",
                 path);
        return rc;
    }
    log_line(LOG_INFO, "store", "the file as it was is kept in %s for %d days", name,
             UPGRADE_KEEP_DAYS);
    return 0;
}

static void drop_old_copies(const char *path)
{
    char dir[FILES_PATH_BYTES], name[FILES_PATH_BYTES + 300];
    const char *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path;
    const struct dirent *e;
    struct stat st;
    file_dir(path, dir);
    DIR *d = opendir(dir);
    size_t n = strlen(base);
    while (d != NULL && (e = readdir(d)) != NULL) {
        if (strncmp(e->d_name, base, n) != 0 || strncmp(e->d_name + n, ".before-v", 9) != 0)
            continue;
        snprintf(name, sizeof name, "%s/%s", dir, e->d_name);
        if (stat(name, &st) == 0 && time(NULL) - st.st_mtime > (time_t)UPGRADE_KEEP_DAYS * 86400 &&
            unlink(name) == 0)
            log_line(LOG_INFO, "store", "%s was %d days old and is removed", name,
                     UPGRADE_KEEP_DAYS);
    }
    if (d != NULL)
        closedir(d);
}

/* ---- checksums ------------------------------------------------------------------------------- */

static int write_anew(const char *path, const char *fresh, struct err *err)
{
    struct db db;
    TRY(db_open(&db, path, err));
    int rc = db_write_anew(&db, fresh, err);
    db_close(&db);
    return rc;
}

static int look_at(const char *fresh, struct err *err)
{
    struct db db;
    int64_t version = 0;
    TRY(db_open_read(&db, fresh, err));
    int rc = db_pragma_i64(&db, "PRAGMA user_version", &version, err);
    if (rc == 0 && !db_is_summed(&db))
        rc = err_set(err, ERR_UNSUPPORTED, "this SQLite leaves no room for checksums");
    db_close(&db);
    return rc;
}

static int add_sums(const char *path, struct err *err)
{
    char fresh[FILES_PATH_BYTES];
    snprintf(fresh, sizeof fresh, "%s.new", path);
    unlink(fresh);
    int rc = write_anew(path, fresh, err);
    rc = rc < 0 ? rc : look_at(fresh, err);
    if (rc == 0 && file_has_log(path))
        rc = err_set(err, ERR_IO, "the log of %s cannot be written back", path);
    rc = rc < 0 ? rc : put_name(fresh, path, path, err);
    if (rc < 0)
        unlink(fresh);
    else
        log_line(LOG_INFO, "store", "every page of %s has a checksum now", path);
    return rc;
}

/* ---- all of it ------------------------------------------------------------------------------- */

/* What is to be done: nothing to a file that is new, of this version, newer, or not ours. */
struct plan {
    bool copy, sums;
};

static int look_first(const char *path, struct plan *out, struct err *err)
{
    struct db db;
    int64_t version = 0, owner = 0;
    TRY(db_open(&db, path, err));
    int rc = db_pragma_i64(&db, "PRAGMA user_version", &version, err);
    rc = rc < 0 ? rc : db_pragma_i64(&db, "PRAGMA application_id", &owner, err);
    bool ours = rc == 0 && owner == DB_APPLICATION_ID && version > 0;
    out->copy = ours && version < migrate_version();
    out->sums = ours && version <= migrate_version() && !db_is_summed(&db);
    db_close(&db);
    if (rc == 0 && out->copy && file_has_log(path))
        rc = err_set(err, ERR_IO, "the log of %s cannot be written back", path);
    return rc;
}

int upgrade_file(const char *path, struct err *err)
{
    struct plan plan = {.copy = false};
    drop_old_copies(path);
    if (is_current(path))
        return 0;
    TRY(look_first(path, &plan, err));
    if (plan.copy || plan.sums)
        TRY(keep_copy(path, err));
    return plan.sums ? add_sums(path, err) : 0;
}
