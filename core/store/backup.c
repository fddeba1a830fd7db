/* SPDX-License-Identifier: MIT
 *
 * Backup and restore.
 *
 *   backup    FILE is made by SQLite's own copying, some pages in a job of the storage thread;
 *             what is committed meanwhile goes into the copy too, so that it is of the snapshot
 *             at its end. Then the small files go in, and what made it; it is verified and synced.
 *   restore   verified; copied to DIR/panji.db.part; the small files taken out of it; verified
 *             again and synced; named
 *
 * A file has its name only when it is whole, so that a process that dies leaves no half of one. */
#include "store/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "files.h"
#include "lock.h"
#include "migrate.h"
#include "store_int.h"
#include "verify.h"

enum { STEP_PAGES = 64, SIDE_BYTES_MAX = 1 << 20 };

/* What is beside panji.db and cannot be made anew. */
static const char *const side_files[] = {"ids.key"};

/* ---- making one ------------------------------------------------------------------------------ */

struct backup {
    struct store *s;
    const struct store_progress *progress;
    struct db to;
    struct db_copy copy;
    bool whole;
    uint64_t snapshot;
};

static int begin(struct store *s, void *arg, struct err *err)
{
    struct backup *b = arg;
    if (store_state_of(s) == STORE_FAILED)
        return err_set(err, ERR_UNAVAILABLE,
                       "the store stopped after an error of the disk: restart the server first");
    return db_copy_begin(&b->copy, &s->db, &b->to, err);
}

static int step(struct store *s, void *arg, struct err *err)
{
    struct backup *b = arg;
    int64_t snapshot;
    int rc = db_copy_step(&b->copy, STEP_PAGES, err);
    b->whole = rc == 1;
    if (rc != 1)
        return rc;
    TRY(meta_get_i64(&s->db, "snapshot", &snapshot, err));
    b->snapshot = (uint64_t)snapshot;
    return 0;
}

static int end(struct store *s, void *arg, struct err *err)
{
    (void)s, (void)err;
    db_copy_end(&((struct backup *)arg)->copy);
    return 0;
}

static int copy_pages(struct backup *b, struct err *err)
{
    TRY(store_call(b->s, begin, b, err));
    int rc;
    do {
        rc = store_call(b->s, step, b, err);
        if (b->progress != NULL)
            b->progress->fn(b->progress->ctx, "copying", (uint64_t)(b->copy.total - b->copy.left),
                            (uint64_t)b->copy.total);
        if (rc == ERR_BUSY) { /* many imports wait: so does this */
            usleep(10000);
            rc = 0;
        }
    } while (rc == 0 && !b->whole);
    struct err ignored;
    while (rc < 0 && b->copy.p != NULL && store_call(b->s, end, b, &ignored) == ERR_BUSY)
        usleep(10000);
    return rc;
}

static int put_side_file(struct backup *b, const char *name, struct err *err)
{
    struct stmt st;
    struct buf data;
    char path[FILES_PATH_BYTES];
    snprintf(path, sizeof path, "%s/%s", b->s->dir, name);
    buf_init(&data, MEM_STORE);
    int rc = file_read_small(path, SIDE_BYTES_MAX, &data, err);
    if (rc == 1) {
        rc = db_stmt(&b->to, "INSERT INTO backup_file VALUES(?, ?)", &st, err);
        if (rc == 0) {
            stmt_put_str(&st, str_of(name));
            stmt_put_blob(&st, data.p, data.n);
            rc = stmt_run(&st, err);
        }
    }
    buf_fini(&data);
    return rc;
}

static int put_origin(struct backup *b, struct err *err)
{
    struct stmt st;
    TRY(db_exec(&b->to,
                "PRAGMA journal_mode=DELETE; PRAGMA journal_mode=OFF; BEGIN;"
                "CREATE TABLE backup(made_ms INTEGER NOT NULL) STRICT;"
                "CREATE TABLE backup_file(name TEXT PRIMARY KEY, data BLOB NOT NULL) STRICT",
                err));
    TRY(db_stmt(&b->to, "INSERT INTO backup VALUES(?)", &st, err));
    stmt_put_i64(&st, clock_wall_ms());
    TRY(stmt_run(&st, err));
    for (size_t i = 0; i < ARRAY_LEN(side_files); i++)
        TRY(put_side_file(b, side_files[i], err));
    return db_exec(&b->to, "COMMIT", err);
}

static int make(struct backup *b, const char *path, struct err *err)
{
    int rc = db_open_copy(&b->to, path, err);
    if (rc == 0)
        rc = copy_pages(b, err);
    if (rc == 0)
        rc = put_origin(b, err);
    if (b->to.h != NULL)
        db_close(&b->to);
    return rc < 0 ? rc : file_sync_path(path, err);
}

/* A copy that is not what it should be is not handed out. */
static int verify_copy(const char *path, const struct store_progress *p, struct verify_report *out,
                       struct err *err)
{
    struct db db;
    struct verify v = {.db = &db, .progress = p, .report = out};
    TRY(db_open_read(&db, path, err));
    int rc = verify_all(&v, err);
    db_close(&db);
    if (rc < 0 || out->faults == 0)
        return rc;
    const char *end = memchr(out->text.p, '\n', out->text.n);
    return err_set(err, ERR_CORRUPT, "the copy is not whole: %.*s",
                   end ? (int)(end - out->text.p) : 0, out->text.p);
}

int store_backup(struct store *s, const char *path, const struct store_progress *p,
                 struct verify_report *out, struct err *err)
{
    struct backup b = {.s = s, .progress = p};
    if (atomic_exchange(&s->backing_up, true))
        return err_set(err, ERR_BUSY, "another backup is under way");
    int64_t start = clock_mono_ns();
    int rc = file_create_private(path, err);
    if (rc == 0) {
        rc = make(&b, path, err);
        rc = rc < 0 ? rc : verify_copy(path, p, out, err);
        if (rc < 0)
            unlink(path);
    }
    atomic_store(&s->backing_up, false);
    if (rc == ERR_CORRUPT)
        err_hint(err, "`panji verify` tells what is damaged and how to mend it");
    TRY(rc);
    atomic_fetch_add(&s->backups, 1);
    log_line(LOG_INFO, "store", "backup of snapshot %llu: %llu pages in %lld ms",
             (unsigned long long)out->snapshot, (unsigned long long)out->pages,
             (long long)((clock_mono_ns() - start) / 1000000));
    return 0;
}

/* ---- restoring ------------------------------------------------------------------------------- */

static int take_side_file(struct stmt *st, const char *dir, struct err *err)
{
    char path[FILES_PATH_BYTES];
    struct str name = stmt_str(st, 0);
    for (size_t i = 0; i < ARRAY_LEN(side_files); i++) {
        if (!str_eq(name, str_of(side_files[i])))
            continue;
        snprintf(path, sizeof path, "%s/%s", dir, side_files[i]);
        return file_write_private(path, stmt_blob(st, 1), err);
    }
    return 0; /* of a newer Panji */
}

static int take_side_files(struct db *db, const char *dir, struct err *err)
{
    struct stmt st;
    int rc;
    TRY(db_stmt(db, "SELECT name, data FROM backup_file", &st, err));
    while ((rc = stmt_step(&st, err)) == 1) {
        rc = take_side_file(&st, dir, err);
        if (rc < 0) {
            stmt_done(&st);
            break;
        }
    }
    return rc;
}

/* Makes a database of a backup that was copied: what only a backup has goes. A file that was no
 * backup (panji.db.before-v5) has nothing of it. */
static int unpack(const char *part, const char *dir, struct err *err)
{
    struct db db;
    int64_t marked = 0;
    TRY(db_open_copy(&db, part, err));
    int rc = db_pragma_i64(&db, "SELECT count(*) FROM sqlite_schema WHERE name = 'backup_file'",
                           &marked, err);
    if (rc == 0 && marked > 0)
        rc = take_side_files(&db, dir, err);
    if (rc == 0 && marked > 0)
        rc = db_exec(&db, "BEGIN; DROP TABLE backup; DROP TABLE backup_file; COMMIT", err);
    db_close(&db);
    return rc;
}

static int told_damaged(const char *path, struct err *err)
{
    err_set(err, ERR_CORRUPT, "%s is damaged and was not restored", path);
    err_hint(err, "`panji verify %s` tells what is wrong; take another backup", path);
    return ERR_CORRUPT;
}

static int verify_first(const char *path, const struct store_progress *p, struct verify_report *out,
                        struct err *err)
{
    struct stat st;
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return err_set(err, ERR_USAGE, "%s is a directory: give the file of a backup", path);
    TRY(store_verify_path(path, true, p, out, err));
    if (out->version > migrate_version())
        return err_set(err, ERR_UNSUPPORTED,
                       "%s was made by a newer Panji (version %lld of the tables, this one knows "
                       "%d)",
                       path, (long long)out->version, migrate_version());
    return out->faults == 0 ? 0 : told_damaged(path, err);
}

static int put_in_place(const char *path, const char *part, const char *dir,
                        const struct store_progress *p, struct err *err)
{
    struct verify_report again;
    char name[FILES_PATH_BYTES];
    snprintf(name, sizeof name, "%s/panji.db", dir);
    TRY(file_copy_private(path, part, p, err));
    TRY(unpack(part, dir, err));
    verify_report_init(&again);
    int rc = verify_copy(part, p, &again, err);
    verify_report_fini(&again);
    rc = rc < 0 ? rc : file_sync_path(part, err);
    if (rc == 0 && rename(part, name) != 0)
        rc = err_set(err, ERR_IO, "%s cannot be named %s: %s", part, name, strerror(errno));
    return rc < 0 ? rc : dir_sync(dir, err);
}

/* Leaves the directory as it was. */
static void clean_up(const char *part, const char *dir)
{
    char path[FILES_PATH_BYTES];
    unlink(part);
    for (size_t i = 0; i < ARRAY_LEN(side_files); i++) {
        snprintf(path, sizeof path, "%s/%s", dir, side_files[i]);
        unlink(path);
    }
}

int store_restore(const char *path, const char *dir, const struct store_progress *p,
                  struct verify_report *out, struct err *err)
{
    char part[FILES_PATH_BYTES];
    int fd = -1;
    if (strlen(dir) > FILES_PATH_BYTES - 100)
        return err_set(err, ERR_LIMIT, "the name of the data directory is too long");
    snprintf(part, sizeof part, "%s/panji.db.part", dir);
    TRY(dir_make_empty(dir, err));
    TRY(verify_first(path, p, out, err));
    TRY(lock_take(dir, &fd, err));
    int rc = dir_make_empty(dir, err);
    if (rc == 0) {
        rc = put_in_place(path, part, dir, p, err);
        if (rc < 0)
            clean_up(part, dir);
    }
    lock_drop(fd);
    return rc;
}
