/* SPDX-License-Identifier: MIT
 *
 * The store: opening, the storage thread, its states, closing.
 *
 * Invariants
 *  1. After the opening only the storage thread touches the database, the dictionaries' writing
 *     side and the publishing side of the cell.
 *  2. A snapshot is published only after the commit that its data came with, and it was built
 *     before that commit, so that nothing can fail in between.
 *  3. meta.snapshot on disk is the number of the newest published snapshot.
 *  4. dict_saved never runs ahead of the disk: entries that a failed commit left in memory are
 *     written with the next one.
 *
 * The states are drawn in the header; the transitions are follow_fault and try_again here. */
#include "store/store.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "findings.h"
#include "lock.h"
#include "mend.h"
#include "merger.h"
#include "migrate.h"
#include "store/backup.h"
#include "upgrade.h"

enum {
    PATH_BYTES = 4200,
    PROBE_EVERY_NS = 1000000000,
    SPACE_BYTES_MIN = 1 << 20,
    SCRUB_PERIOD_MS = 24 * 3600 * 1000, /* the whole file is read once in that time */
};

const char *store_state_name(enum store_state state)
{
    static const char *const names[] = {"opening", "ready", "full", "failed", "closed"};
    ASSERT((size_t)state < ARRAY_LEN(names));
    return names[state];
}

const char *store_dir(const struct store *s)
{
    return s->dir;
}

enum store_state store_state_of(struct store *s)
{
    return (enum store_state)atomic_load(&s->state);
}

static void enter(struct store *s, enum store_state state)
{
    enum store_state before = store_state_of(s);
    if (before == state)
        return;
    atomic_store(&s->state, (int)state);
    if (before != STORE_OPENING && state != STORE_CLOSED)
        log_line(state == STORE_READY ? LOG_INFO : LOG_ERROR, "store", "%s, was %s",
                 store_state_name(state), store_state_name(before));
}

/* ---- writing -------------------------------------------------------------------------------- */

static void follow_fault(struct store *s)
{
    if (s->db.fault == DB_BROKEN)
        enter(s, STORE_FAILED);
    else if (s->db.fault == DB_DISK_FULL && store_state_of(s) == STORE_READY)
        enter(s, STORE_FULL);
}

void store_rollback(struct store *s)
{
    db_rollback(&s->db);
    s->audit_written = (int64_t)atomic_load(&s->audits);
    follow_fault(s);
}

int store_commit(struct store *s, struct err *err)
{
    int64_t start = clock_mono_ns();
    int rc = db_commit(&s->db, err);
    follow_fault(s);
    if (rc < 0)
        return rc;
    atomic_store(&s->audits, (uint64_t)s->audit_written);
    atomic_fetch_add(&s->commits, 1);
    atomic_fetch_add(&s->commit_ns, (uint64_t)(clock_mono_ns() - start));
    atomic_store(&s->wal_bytes, s->db.wal_pages * DB_PAGE_BYTES);
    return 0;
}

static int told_full(struct err *err)
{
    err_set(err, ERR_FULL, "the disk is full; nothing can be stored until there is space");
    err_hint(err, "reading goes on; free some space and send it again");
    return ERR_FULL;
}

/* A small write that goes through ends the FULL state. It is given back where it needed the last
 * of the space: the log must have room for a batch, or the state would only flap. */
static bool has_space(struct store *s)
{
    struct statvfs v;
    if (statvfs(s->dir, &v) != 0)
        return true;
    return (uint64_t)v.f_bavail * v.f_frsize >= SPACE_BYTES_MIN;
}

static bool probe(struct store *s)
{
    s->db.fault = DB_FINE;
    int rc = db_begin(&s->db, NULL);
    if (rc == 0)
        rc = meta_set_i64(&s->db, "probe", clock_wall_ms(), NULL);
    if (rc == 0)
        rc = db_commit(&s->db, NULL);
    if (rc == 0)
        enter(s, STORE_READY);
    else
        store_rollback(s);
    return rc == 0;
}

static int try_again(struct store *s, struct err *err)
{
    int64_t now = clock_mono_ns();
    if (now - s->probed_ns < PROBE_EVERY_NS)
        return told_full(err);
    s->probed_ns = now;
    return has_space(s) && probe(s) ? 0 : told_full(err);
}

void store_try_again(struct store *s)
{
    if (store_state_of(s) == STORE_FULL && try_again(s, NULL) == 0)
        log_line(LOG_INFO, "store", "there is space on the disk again");
}

int store_writable(struct store *s, struct err *err)
{
    switch (store_state_of(s)) {
    case STORE_READY:
        return 0;
    case STORE_FULL:
        return try_again(s, err);
    case STORE_FAILED:
        TRY(unread_check(s, UNREAD_AUDIT, err));
        err_set(err, ERR_UNAVAILABLE, "the store stopped writing after an error of the disk");
        err_hint(err, "reading goes on; look at the log and the disk, then restart the server");
        return ERR_UNAVAILABLE;
    case STORE_OPENING:
    case STORE_CLOSED:
        break;
    }
    return err_set(err, ERR_UNAVAILABLE, "the store is not open");
}

int meta_set_i64(struct db *db, const char *key, int64_t v, struct err *err)
{
    struct stmt st;
    TRY(db_stmt(db, "INSERT OR REPLACE INTO meta VALUES(?, ?)", &st, err));
    stmt_put_str(&st, str_of(key));
    stmt_put_i64(&st, v);
    return stmt_run(&st, err);
}

int meta_get_i64(struct db *db, const char *key, int64_t *v, struct err *err)
{
    struct stmt st;
    TRY(db_stmt(db, "SELECT value FROM meta WHERE key = ?", &st, err));
    stmt_put_str(&st, str_of(key));
    int rc = stmt_step(&st, err);
    if (rc == 0)
        return err_set(err, ERR_CORRUPT, "panji.db has lost its \"%s\"", key);
    if (rc < 0)
        return rc;
    *v = stmt_i64(&st, 0);
    stmt_done(&st);
    return 0;
}

/* ---- damage --------------------------------------------------------------------------------- */

const struct loss *store_loss_of(struct store *s, int32_t source, int32_t batch)
{
    for (size_t i = 0; i < s->damage.losses; i++)
        if (s->damage.loss[i].source == source && s->damage.loss[i].batch == batch)
            return &s->damage.loss[i];
    return NULL;
}

void store_loss_settled(struct store *s, int32_t source, int32_t batch)
{
    const struct loss *found = store_loss_of(s, source, batch);
    if (found == NULL)
        return;
    struct damage *d = &s->damage;
    pthread_mutex_lock(&s->damage_lock);
    d->rows -= found->rows;
    d->registrations -= found->registrations;
    d->loss[found - d->loss] = d->loss[--d->losses];
    if (d->losses == 0)
        damage_settle(d);
    store_damage_changed(s);
    pthread_mutex_unlock(&s->damage_lock);
}

void store_damage_changed(struct store *s)
{
    atomic_store(&s->damage_mark, damage_mark(&s->damage));
}

uint64_t store_damage_mark(const struct store *s)
{
    return atomic_load(&s->damage_mark);
}

void store_damage_get(struct store *s, struct store_damage *out)
{
    pthread_mutex_lock(&s->damage_lock);
    *out = (struct store_damage){.parts = s->damage.n,
                                 .batches = s->damage.losses,
                                 .rows = s->damage.rows,
                                 .registrations = s->damage.registrations,
                                 .mark = damage_mark(&s->damage)};
    pthread_mutex_unlock(&s->damage_lock);
}

void store_damage_print(struct store *s, const struct snap *snap, struct buf *out)
{
    pthread_mutex_lock(&s->damage_lock);
    damage_print(&s->damage, snap, out);
    pthread_mutex_unlock(&s->damage_lock);
}

/* Loudly: a figure that is smaller than it was must not look like one that is right. */
static void tell_damage(struct store *s, const struct snap *snap)
{
    struct buf text;
    buf_init(&text, MEM_STORE);
    store_damage_print(s, snap, &text);
    for (size_t at = 0; at < text.n;) {
        const char *end = memchr(text.p + at, '\n', text.n - at);
        size_t n = (size_t)(end - (text.p + at));
        log_line(LOG_ERROR, "store", "%.*s", (int)n, text.p + at);
        at += n + 1;
    }
    buf_fini(&text);
}

/* ---- the storage thread --------------------------------------------------------------------- */

static void write_back(struct store *s)
{
    struct err err;
    if (s->db.wal_pages * DB_PAGE_BYTES < WAL_BYTES_MAX || store_state_of(s) == STORE_FAILED)
        return;
    if (db_checkpoint(&s->db, false, &err) < 0) {
        log_line(LOG_ERROR, "store", "writing the log back failed: %s", err.msg);
        follow_fault(s);
    }
    atomic_store(&s->wal_bytes, s->db.wal_pages * DB_PAGE_BYTES);
}

static void measure(struct store *s)
{
    char path[PATH_BYTES];
    struct stat st;
    snprintf(path, sizeof path, "%s/panji.db", s->dir);
    if (stat(path, &st) == 0)
        atomic_store(&s->db_bytes, (uint64_t)st.st_size);
}

static void *storage_main(void *arg)
{
    struct store *s = arg;
    struct job *list;
    while ((list = queue_take(&s->queue, GROUP_MAX)) != NULL) {
        if (list->kind == JOB_IMPORT)
            import_run(s, list);
        else {
            s->who = list->who;
            list->rc = list->call(s, list->arg, &list->err);
        }
        queue_finish(&s->queue, list);
        write_back(s);
        measure(s);
    }
    tokens_save_use(s);
    return NULL;
}

int store_call(struct store *s, int (*call)(struct store *, void *, struct err *), void *arg,
               struct err *err)
{
    struct job job = {.kind = JOB_CALL, .call = call, .arg = arg};
    return queue_do(&s->queue, &job, err);
}

/* ---- opening and closing -------------------------------------------------------------------- */

static int make_dir(const char *dir, struct err *err)
{
    if (mkdir(dir, 0750) == 0 || errno == EEXIST)
        return 0;
    return err_set(err, ERR_IO, "the data directory %s cannot be made: %s", dir, strerror(errno));
}

/* Damage on a page would end the next write to it. Where the file cannot be mended, reading is all
 * that is left. */
static enum store_state mend(struct store *s, const char *path)
{
    struct err err;
    if (s->unread[UNREAD_AUDIT][0] != '\0')
        return STORE_FAILED;
    if (!s->damage.pages)
        return STORE_READY;
    if (mend_file(&s->db, path, &err) == 0)
        return STORE_READY;
    log_line(LOG_ERROR, "store", "nothing will be stored, because the file cannot be mended: %s",
             err.msg);
    return STORE_FAILED;
}

static int open_database(struct store *s, struct err *err)
{
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "%s/" STORE_BACKUP_PART, s->dir);
    unlink(path);
    snprintf(path, sizeof path, "%s/panji.db", s->dir);
    TRY(upgrade_file(path, err));
    TRY(db_open(&s->db, path, err));
    TRY(migrate(&s->db, path, err));
    int rc = db_exec(&s->db, "DELETE FROM slab WHERE pending", err); /* of a bulk load that died */
    TRY(unread_name("slab", rc, err));
    TRY(unread_name("attribute", attributes_open(s, s->wish, s->wishes, err), err));
    TRY(unread_name("meta", findings_load(s, err), err));
    TRY(unread_name("token", tokens_load(s, err), err));
    TRY(reject_counts_new(&s->reject_counts, err));
    struct snap *first;
    TRY(load_all(s, &first, err));
    store_damage_changed(s);
    tell_damage(s, first);
    atomic_store(&s->wal_bytes, s->db.wal_pages * DB_PAGE_BYTES);
    measure(s);
    enter(s, mend(s, path));
    snap_cell_set(s->cell, first);
    return 0;
}

static int start(struct store *s, struct err *err)
{
    TRY(make_dir(s->dir, err));
    TRY(lock_take(s->dir, &s->lock_fd, err));
    int rc = open_database(s, err);
    if (rc == ERR_CORRUPT && err != NULL && err->hint[0] == '\0')
        err_hint(err, DB_DAMAGED_HINT);
    TRY(rc);
    rc = pthread_create(&s->thread, NULL, storage_main, s);
    if (rc != 0)
        return err_set(err, ERR_UNAVAILABLE, "no storage thread: %s", strerror(rc));
    pthread_setname_np(s->thread, "storage");
    s->thread_runs = true;
    return merger_new(s, &s->merger, err);
}

int store_open(const char *dir, struct snap_cell *cell, struct store **out, struct err *err)
{
    return store_open_wishes(dir, NULL, 0, cell, out, err);
}

int store_open_wishes(const char *dir, const struct attr_wish *wish, size_t wishes,
                      struct snap_cell *cell, struct store **out, struct err *err)
{
    if (strlen(dir) > PATH_BYTES - 100)
        return err_set(err, ERR_LIMIT, "the name of the data directory is too long");
    struct store *s = mem_calloc(MEM_STORE, 1, sizeof *s);
    char *copy = mem_alloc(MEM_STORE, strlen(dir) + 1);
    if (s == NULL || copy == NULL) {
        mem_free(MEM_STORE, s);
        mem_free(MEM_STORE, copy);
        return err_set(err, ERR_MEM, "no memory for the store");
    }
    memcpy(copy, dir, strlen(dir) + 1);
    s->dir = copy;
    s->lock_fd = -1;
    s->cell = cell;
    s->schema = &schema_default;
    s->wish = wish;
    s->wishes = wishes;
    s->scrub_period_ms = SCRUB_PERIOD_MS;
    atomic_init(&s->state, STORE_OPENING);
    pthread_mutex_init(&s->damage_lock, NULL);
    queue_init(&s->queue, STORE_QUEUE_MAX);
    pthread_mutex_init(&s->ids_lock, NULL);
    pthread_mutex_init(&s->book_lock, NULL);
    token_book_init(&s->tokens);
    int rc = start(s, err);
    if (rc < 0) {
        store_close(s);
        return rc;
    }
    *out = s;
    return 0;
}

void store_close(struct store *s)
{
    if (s == NULL)
        return;
    merger_free(s->merger);
    queue_stop(&s->queue);
    if (s->thread_runs)
        pthread_join(s->thread, NULL);
    enter(s, STORE_CLOSED);
    db_close(&s->db);
    lock_drop(s->lock_fd);
    queue_fini(&s->queue);
    schema_unref(s->schema);
    idset_unref(s->ids);
    pthread_mutex_destroy(&s->ids_lock);
    book_unref(s->book);
    token_book_fini(&s->tokens);
    reject_counts_free(s->reject_counts);
    pthread_mutex_destroy(&s->book_lock);
    damage_fini(&s->damage);
    pthread_mutex_destroy(&s->damage_lock);
    mem_free(MEM_STORE, s->dir);
    mem_free(MEM_STORE, s);
}

void store_stats_get(struct store *s, struct store_stats *out)
{
    *out = (struct store_stats){
        .commits = atomic_load(&s->commits),
        .commit_ns = atomic_load(&s->commit_ns),
        .wal_bytes = atomic_load(&s->wal_bytes),
        .db_bytes = atomic_load(&s->db_bytes),
        .jobs_waiting = queue_waiting(&s->queue),
        .merges = atomic_load(&s->merges),
        .merge_ns = atomic_load(&s->merge_ns),
        .merging = atomic_load(&s->merging),
        .backups = atomic_load(&s->backups),
        .scrub_page = atomic_load(&s->scrub_page),
        .scrub_ended_ms = atomic_load(&s->scrub_ended_ms),
        .scrub_bad = atomic_load(&s->scrub_bad),
    };
}
