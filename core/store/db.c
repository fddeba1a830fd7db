/* SPDX-License-Identifier: MIT
 *
 * The connection. Each setting is read back after it was made, because SQLite passes over what it
 * cannot do without a word.
 *
 * Why these: exclusive locking keeps every other process out and needs no shared memory (and with
 * one connection the WAL-reset race of SQLite before 3.51.3 cannot happen); FULL syncs the log at
 * each commit, NORMAL does not; no memory map, because an I/O error through one is a signal;
 * Debian switches secure_delete on, which would write zeros over every dropped segment.
 *
 * SQLite's memory comes from the store's room, so that it is counted, bounded, and can be made to
 * fail in tests. SQLite asks for the size of its blocks: it stands in 16 bytes before each, which
 * keeps them aligned. */
#include "db.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/mem.h"
#include "files.h"
#include "vfs.h"

enum { HEADER_BYTES = 16, BUSY_TIMEOUT_MS = 5000 };

/* ---- memory --------------------------------------------------------------------------------- */

static void *block_of(void *p)
{
    return (char *)p - HEADER_BYTES;
}

static void *with_size(char *block, int n)
{
    if (block == NULL)
        return NULL;
    memcpy(block, &n, sizeof n);
    return block + HEADER_BYTES;
}

static void *lite_malloc(int n)
{
    return n <= 0 ? NULL : with_size(mem_alloc(MEM_STORE, (size_t)n + HEADER_BYTES), n);
}

static void lite_free(void *p)
{
    if (p != NULL)
        mem_free(MEM_STORE, block_of(p));
}

static int lite_size(void *p)
{
    int n = 0;
    if (p != NULL)
        memcpy(&n, block_of(p), sizeof n);
    return n;
}

static void *lite_realloc(void *p, int n)
{
    if (p == NULL)
        return lite_malloc(n);
    return with_size(mem_realloc(MEM_STORE, block_of(p), (size_t)n + HEADER_BYTES), n);
}

static int lite_roundup(int n)
{
    return (n + 7) & ~7;
}

static int lite_init(void *unused)
{
    (void)unused;
    return SQLITE_OK;
}

static void lite_shutdown(void *unused)
{
    (void)unused;
}

static void lite_log(void *unused, int code, const char *text)
{
    (void)unused;
    /* Recovering the log after a kill is what the log is for. */
    bool usual = (code & 0xFF) == SQLITE_NOTICE || code == SQLITE_SCHEMA;
    log_line(usual ? LOG_DEBUG : LOG_WARN, "store", "sqlite %d: %s", code, text);
}

static int library_rc;

static void library_start(void)
{
    static const sqlite3_mem_methods methods = {lite_malloc,  lite_free, lite_realloc,  lite_size,
                                                lite_roundup, lite_init, lite_shutdown, NULL};
    library_rc = sqlite3_config(SQLITE_CONFIG_MALLOC, &methods);
    if (library_rc == SQLITE_OK)
        library_rc = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    if (library_rc == SQLITE_OK)
        library_rc = sqlite3_config(SQLITE_CONFIG_LOG, lite_log, NULL);
    if (library_rc == SQLITE_OK)
        library_rc = sqlite3_initialize();
}

/* ---- errors --------------------------------------------------------------------------------- */

/* Found by the checksums, which tell in a sentence what it is. */
static bool is_complaint(int rc)
{
    return rc == SQLITE_IOERR_DATA || rc == SQLITE_IOERR_CORRUPTFS;
}

static int code_of(int rc)
{
    switch (rc & 0xFF) {
    case SQLITE_NOMEM:
        return ERR_MEM;
    case SQLITE_FULL:
        return ERR_FULL;
    case SQLITE_IOERR:
        return rc == SQLITE_IOERR_NOMEM ? ERR_MEM : is_complaint(rc) ? ERR_CORRUPT : ERR_IO;
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
        return ERR_IO;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return ERR_CORRUPT;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return ERR_LOCKED;
    case SQLITE_TOOBIG:
        return ERR_TOO_LARGE;
    default:
        return ERR_INTERNAL;
    }
}

/* What reads only leaves the disk as it was, and a transaction that could not read is rolled back:
 * that is no reason to write no more. But nothing is to be added to a log that is not what was
 * committed. */
static bool is_of_reading(int rc)
{
    int kind = rc & 0xFF;
    return rc == SQLITE_IOERR_DATA || rc == SQLITE_IOERR_READ || rc == SQLITE_IOERR_SHORT_READ ||
           kind == SQLITE_CORRUPT || kind == SQLITE_NOTADB;
}

static enum db_fault fault_of(int rc)
{
    if (is_of_reading(rc))
        return DB_FINE;
    switch (code_of(rc)) {
    case ERR_FULL:
        return DB_DISK_FULL;
    case ERR_IO:
    case ERR_CORRUPT:
        return DB_BROKEN;
    default:
        return DB_FINE;
    }
}

static int fail(struct db *db, int rc, struct err *err)
{
    int code = code_of(rc);
    if (fault_of(rc) > db->fault)
        db->fault = fault_of(rc);
    const char *why =
        rc == SQLITE_NOMEM || db->h == NULL ? sqlite3_errstr(rc) : sqlite3_errmsg(db->h);
    if (is_complaint(rc))
        err_set(err, code, "%s", vfs_complaint(db->h));
    else
        err_set(err, code, "the database panji.db answered: %s (%d)", why, rc);
    if (code == ERR_CORRUPT)
        err_hint(err, DB_DAMAGED_HINT);
    return code;
}

/* While writing, whatever went wrong: what the disk has now is not known. */
static int fail_writing(struct db *db, int rc, struct err *err)
{
    int code = fail(db, rc, err);
    if (code == ERR_IO || code == ERR_CORRUPT)
        db->fault = DB_BROKEN;
    return code;
}

/* ---- opening -------------------------------------------------------------------------------- */

static int on_commit(void *ctx, sqlite3 *h, const char *name, int pages)
{
    (void)h;
    (void)name;
    ((struct db *)ctx)->wal_pages = (uint64_t)pages;
    return SQLITE_OK;
}

struct setting {
    const char *set;
    const char *read;
    const char *want;
};

/* In this order: locking before the first access, the page size before the file has pages. */
static const struct setting settings[] = {
    {"PRAGMA locking_mode=EXCLUSIVE", "PRAGMA locking_mode", "exclusive"},
    {"PRAGMA page_size=16384", NULL, NULL},
    {"PRAGMA journal_mode=WAL", "PRAGMA journal_mode", "wal"},
    {"PRAGMA synchronous=FULL", "PRAGMA synchronous", "2"},
    {"PRAGMA wal_autocheckpoint=0", "PRAGMA wal_autocheckpoint", "0"},
    {"PRAGMA secure_delete=OFF", "PRAGMA secure_delete", "0"},
    {"PRAGMA mmap_size=0", "PRAGMA mmap_size", "0"},
    {"PRAGMA trusted_schema=OFF", "PRAGMA trusted_schema", "0"},
    {"PRAGMA cell_size_check=ON", "PRAGMA cell_size_check", "1"},
    {"PRAGMA foreign_keys=ON", "PRAGMA foreign_keys", "1"},
    {"PRAGMA temp_store=MEMORY", "PRAGMA temp_store", "2"},
    {"PRAGMA journal_size_limit=67108864", "PRAGMA journal_size_limit", "67108864"},
    {NULL, "PRAGMA page_size", "16384"},
};

static int first_text(struct db *db, const char *sql, char *out, size_t cap, struct err *err)
{
    sqlite3_stmt *p = NULL;
    int rc = sqlite3_prepare_v2(db->h, sql, -1, &p, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(p);
    const unsigned char *text = rc == SQLITE_ROW ? sqlite3_column_text(p, 0) : NULL;
    snprintf(out, cap, "%s", text ? (const char *)text : "");
    sqlite3_finalize(p);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : fail(db, rc, err);
}

static int setting_make(struct db *db, const struct setting *s, struct err *err)
{
    char got[32];
    if (s->set != NULL)
        TRY(db_exec(db, s->set, err));
    if (s->read == NULL)
        return 0;
    TRY(first_text(db, s->read, got, sizeof got, err));
    if (strcmp(got, s->want) == 0)
        return 0;
    return err_set(err, ERR_UNSUPPORTED, "the database reads \"%s\" as %s where %s is needed",
                   s->read, got[0] ? got : "nothing", s->want);
}

/* In a file that is yet to be made, pages end in room for their checksums. */
static int reserve(struct db *db, struct err *err)
{
    int bytes = PAGESUM_BYTES;
    int rc = sqlite3_file_control(db->h, "main", SQLITE_FCNTL_RESERVE_BYTES, &bytes);
    return rc == SQLITE_OK ? 0 : fail(db, rc, err);
}

static int harden(struct db *db, struct err *err)
{
    int on = 0;
    int rc = sqlite3_db_config(db->h, SQLITE_DBCONFIG_DEFENSIVE, 1, &on);
    if (rc != SQLITE_OK || on != 1)
        return err_set(err, ERR_UNSUPPORTED, "this SQLite has no defensive mode");
    sqlite3_extended_result_codes(db->h, 1);
    sqlite3_busy_timeout(db->h, BUSY_TIMEOUT_MS);
    return 0;
}

static int check_after_unclean_stop(struct db *db, const char *path, bool unclean, struct err *err)
{
    if (!unclean)
        return 0;
    char verdict[256];
    TRY(first_text(db, "PRAGMA quick_check(1)", verdict, sizeof verdict, err));
    if (strcmp(verdict, "ok") == 0)
        return 0;
    return err_set(err, ERR_CORRUPT, "%s is damaged: %s", path, verdict);
}

/* An empty file, or none, beside what belongs to one that was filled: SQLite would begin anew and
 * delete the log. */
static int refuse_lost(const char *path, struct err *err)
{
    char dir[FILES_PATH_BYTES], key[FILES_PATH_BYTES + 10], mark[FILES_PATH_BYTES];
    if (file_bytes(path) > 0)
        return 0;
    file_dir(path, dir);
    snprintf(key, sizeof key, "%s/ids.key", dir);
    snprintf(mark, sizeof mark, "%s-mark", path);
    const char *left = file_bytes(mark) > 0   ? "panji.db-mark"
                       : file_has_log(path)   ? "panji.db-wal"
                       : file_bytes(key) >= 0 ? "ids.key"
                                              : NULL;
    if (left == NULL)
        return 0;
    err_set(err, ERR_CORRUPT, "%s is %s, but %s beside it is of a database that was filled", path,
            file_bytes(path) < 0 ? "missing" : "empty", left);
    err_hint(err, "put panji.db back, or restore a backup into a new directory (panji restore); to "
                  "begin anew, choose an empty directory");
    return ERR_CORRUPT;
}

static int open_with(struct db *db, const char *path, int flags, struct err *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, library_start);
    *db = (struct db){.h = NULL};
    if (library_rc != SQLITE_OK)
        return fail(db, library_rc, err);
    const char *vfs = vfs_name();
    if (vfs == NULL)
        return err_set(err, ERR_UNSUPPORTED, "this SQLite has no files");
    int rc =
        sqlite3_open_v2(path, &db->h, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, vfs);
    rc = rc == SQLITE_OK ? harden(db, err) : fail(db, rc, err);
    return rc < 0 ? rc : reserve(db, err);
}

static int opened(struct db *db, int rc)
{
    if (rc < 0) {
        sqlite3_close(db->h);
        db->h = NULL;
    }
    return rc;
}

int db_open(struct db *db, const char *path, struct err *err)
{
    bool unclean = file_has_log(path);
    *db = (struct db){.h = NULL};
    TRY(refuse_lost(path, err));
    int rc = open_with(db, path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, err);
    for (size_t i = 0; rc == 0 && i < ARRAY_LEN(settings); i++)
        rc = setting_make(db, &settings[i], err);
    if (db->h != NULL) /* behind the settings: wal_autocheckpoint takes the hook's place */
        sqlite3_wal_hook(db->h, on_commit, db);
    if (rc == 0)
        rc = check_after_unclean_stop(db, path, unclean, err);
    return opened(db, rc);
}

int db_open_copy(struct db *db, const char *path, struct err *err)
{
    static const char settings_of_copy[] =
        "PRAGMA locking_mode=EXCLUSIVE; PRAGMA page_size=16384; PRAGMA journal_mode=OFF;"
        "PRAGMA synchronous=OFF; PRAGMA secure_delete=OFF; PRAGMA mmap_size=0;"
        "PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; PRAGMA temp_store=MEMORY";
    int rc = open_with(db, path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, err);
    return opened(db, rc < 0 ? rc : db_exec(db, settings_of_copy, err));
}

/* A path as an address of SQLite's. */
static void put_address(struct buf *out, const char *path)
{
    buf_cstr(out, "file:");
    for (const char *p = path; *p != '\0'; p++) {
        if (strchr("?#%", *p) != NULL)
            buf_printf(out, "%%%02X", (unsigned)*p);
        else
            buf_char(out, *p);
    }
    buf_cstr(out, "?immutable=1");
    buf_char(out, '\0');
}

int db_open_read(struct db *db, const char *path, struct err *err)
{
    struct buf address;
    buf_init(&address, MEM_STORE);
    put_address(&address, path);
    *db = (struct db){.h = NULL};
    int rc = buf_check(&address, err);
    if (rc == 0)
        rc = open_with(db, address.p, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, err);
    buf_fini(&address);
    return opened(db, rc < 0 ? rc : db_exec(db, "PRAGMA cell_size_check=ON", err));
}

bool db_is_summed(struct db *db)
{
    return vfs_is_summed(db->h);
}

void db_close(struct db *db)
{
    if (db->h == NULL)
        return;
    struct err err;
    for (size_t i = 0; i < db->statements; i++)
        sqlite3_finalize(db->statement[i].p);
    bool logged = sqlite3_db_readonly(db->h, "main") == 0;
    if (logged && db->fault != DB_BROKEN && db_checkpoint(db, true, &err) < 0)
        log_line(LOG_WARN, "store", "the log stays for the next start: %s", err.msg);
    if (sqlite3_close(db->h) != SQLITE_OK)
        log_line(LOG_ERROR, "store", "panji.db did not close: %s", sqlite3_errmsg(db->h));
    *db = (struct db){.h = NULL};
}

/* ---- statements ----------------------------------------------------------------------------- */

int db_exec(struct db *db, const char *sql, struct err *err)
{
    int rc = sqlite3_exec(db->h, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? 0 : fail(db, rc, err);
}

int db_pragma_i64(struct db *db, const char *sql, int64_t *out, struct err *err)
{
    char text[32];
    TRY(first_text(db, sql, text, sizeof text, err));
    if (str_to_i64(str_of(text), out) < 0)
        return err_set(err, ERR_INTERNAL, "\"%s\" answered \"%s\"", sql, text);
    return 0;
}

int db_stmt(struct db *db, const char *sql, struct stmt *out, struct err *err)
{
    *out = (struct stmt){.db = db};
    for (size_t i = 0; i < db->statements; i++)
        if (db->statement[i].sql == sql) {
            out->p = db->statement[i].p;
            return 0;
        }
    ASSERT(db->statements < DB_STATEMENTS_MAX);
    int rc = sqlite3_prepare_v3(db->h, sql, -1, SQLITE_PREPARE_PERSISTENT, &out->p, NULL);
    if (rc != SQLITE_OK)
        return fail(db, rc, err);
    db->statement[db->statements].sql = sql;
    db->statement[db->statements++].p = out->p;
    return 0;
}

static void bound(struct stmt *st, int rc)
{
    if (st->rc == SQLITE_OK)
        st->rc = rc;
}

void stmt_put_i64(struct stmt *st, int64_t v)
{
    bound(st, sqlite3_bind_int64(st->p, ++st->bound, v));
}

void stmt_put_f64(struct stmt *st, double v)
{
    bound(st, sqlite3_bind_double(st->p, ++st->bound, v));
}

void stmt_put_null(struct stmt *st)
{
    bound(st, sqlite3_bind_null(st->p, ++st->bound));
}

void stmt_put_str(struct stmt *st, struct str s)
{
    bound(st,
          sqlite3_bind_text64(st->p, ++st->bound, s.n ? s.p : "", s.n, SQLITE_STATIC, SQLITE_UTF8));
}

void stmt_put_blob(struct stmt *st, const void *p, size_t n)
{
    bound(st, sqlite3_bind_blob64(st->p, ++st->bound, p, n, SQLITE_STATIC));
}

void stmt_done(struct stmt *st)
{
    sqlite3_reset(st->p);
    sqlite3_clear_bindings(st->p);
    st->bound = 0;
    st->rc = SQLITE_OK;
}

int stmt_step(struct stmt *st, struct err *err)
{
    int rc = st->rc == SQLITE_OK ? sqlite3_step(st->p) : st->rc;
    if (rc == SQLITE_ROW)
        return 1;
    int code = rc == SQLITE_DONE ? 0 : fail(st->db, rc, err);
    stmt_done(st);
    return code;
}

int stmt_run(struct stmt *st, struct err *err)
{
    int rc = stmt_step(st, err);
    ASSERT(rc != 1);
    return rc;
}

int64_t stmt_i64(struct stmt *st, int column)
{
    return sqlite3_column_int64(st->p, column);
}

double stmt_f64(struct stmt *st, int column)
{
    return sqlite3_column_double(st->p, column);
}

bool stmt_is_null(struct stmt *st, int column)
{
    return sqlite3_column_type(st->p, column) == SQLITE_NULL;
}

struct str stmt_str(struct stmt *st, int column)
{
    const unsigned char *p = sqlite3_column_text(st->p, column);
    int n = sqlite3_column_bytes(st->p, column);
    return p == NULL ? STR_NULL : (struct str){(const char *)p, (size_t)n};
}

struct str stmt_blob(struct stmt *st, int column)
{
    const void *p = sqlite3_column_blob(st->p, column);
    int n = sqlite3_column_bytes(st->p, column);
    return p == NULL ? STR_NULL : (struct str){p, (size_t)n};
}

int64_t db_changes(struct db *db)
{
    return sqlite3_changes64(db->h);
}

/* ---- transactions --------------------------------------------------------------------------- */

int db_begin(struct db *db, struct err *err)
{
    return db_exec(db, "BEGIN IMMEDIATE", err);
}

int db_commit(struct db *db, struct err *err)
{
    struct err why;
    int rc = sqlite3_exec(db->h, "COMMIT", NULL, NULL, NULL);
    if (rc == SQLITE_OK)
        return 0;
    rc = fail_writing(db, rc, &why);
    db_rollback(db);
    if (rc == ERR_FULL) {
        err_set(err, ERR_FULL, "the disk is full; nothing of the batch was stored");
        err_hint(err, "free some space and send it again with the same id");
        return ERR_FULL;
    }
    err_set(err, ERR_UNKNOWN_OUTCOME, "the commit failed in the middle (%s)", why.msg);
    err_hint(err, "send it again with the same id: it will be counted once");
    return ERR_UNKNOWN_OUTCOME;
}

void db_rollback(struct db *db)
{
    if (db->h == NULL || sqlite3_get_autocommit(db->h))
        return;
    int rc = sqlite3_exec(db->h, "ROLLBACK", NULL, NULL, NULL);
    if (rc != SQLITE_OK)
        fail_writing(db, rc, NULL);
}

int db_checkpoint(struct db *db, bool truncate, struct err *err)
{
    int log_pages = 0;
    int done_pages = 0;
    int mode = truncate ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE;
    int rc = sqlite3_wal_checkpoint_v2(db->h, NULL, mode, &log_pages, &done_pages);
    if (rc != SQLITE_OK)
        return fail_writing(db, rc, err);
    db->wal_pages = (uint64_t)(log_pages - done_pages);
    return 0;
}

/* ---- copies and checks ---------------------------------------------------------------------- */

void db_lenient(struct db *db, bool on)
{
    vfs_lenient(db->h, on);
    if (!on)
        sqlite3_db_release_memory(db->h);
}

int db_table_is_sound(struct db *db, struct str table, bool *out, struct err *err)
{
    char sql[160], verdict[64];
    snprintf(sql, sizeof sql, "PRAGMA integrity_check(\"%.*s\")", STR_ARG(table));
    TRY(first_text(db, sql, verdict, sizeof verdict, err));
    *out = strcmp(verdict, "ok") == 0;
    return 0;
}

int db_integrity(struct db *db, void (*say)(void *ctx, struct str line), void *ctx, struct err *err)
{
    struct stmt st;
    int rc;
    TRY(db_stmt(db, "PRAGMA integrity_check(20)", &st, err));
    while ((rc = stmt_step(&st, err)) == 1) {
        struct str line = stmt_str(&st, 0);
        if (!str_eq(line, STR("ok")))
            say(ctx, line);
    }
    return rc;
}

int db_write_anew(struct db *db, const char *path, struct err *err)
{
    sqlite3_stmt *p = NULL;
    TRY(reserve(db, err));
    int rc = sqlite3_prepare_v2(db->h, "VACUUM INTO ?", -1, &p, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_bind_text(p, 1, path, -1, SQLITE_STATIC);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(p);
    sqlite3_finalize(p);
    return rc == SQLITE_DONE ? 0 : fail(db, rc, err);
}

int db_copy_begin(struct db_copy *c, struct db *from, struct db *to, struct err *err)
{
    *c = (struct db_copy){
        .from = from, .to = to, .p = sqlite3_backup_init(to->h, "main", from->h, "main")};
    return c->p != NULL ? 0 : fail(to, sqlite3_errcode(to->h), err);
}

/* A page that cannot be read is no fault of writing: the source goes on. */
int db_copy_step(struct db_copy *c, int pages, struct err *err)
{
    int rc = sqlite3_backup_step(c->p, pages);
    c->left = sqlite3_backup_remaining(c->p);
    c->total = sqlite3_backup_pagecount(c->p);
    if (rc == SQLITE_OK)
        return 0;
    if (is_complaint(rc))
        return err_set(err, ERR_CORRUPT, "%s", vfs_complaint(c->from->h));
    if (rc == SQLITE_FULL)
        return err_set(err, ERR_FULL, "the disk is full: there is no space for the copy");
    if (rc != SQLITE_DONE)
        return err_set(err, code_of(rc), "the copy failed: %s", sqlite3_errstr(rc));
    db_copy_end(c);
    return 1;
}

void db_copy_end(struct db_copy *c)
{
    if (c->p != NULL)
        sqlite3_backup_finish(c->p);
    c->p = NULL;
}
