/* SPDX-License-Identifier: MIT
 *
 * From the outside to the inside: pages by their checksums, the tables by SQLite's own check and
 * their references, the parts by their checksums, the ledger by its sums; for a file at rest also
 * by loading it as a server would.
 *
 * A running store is looked at in pieces on its storage thread. Its log is written back first, and
 * again before each piece of pages: what is in the file alone is what is checked. */
#include "verify.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "audit.h"
#include "base/clock.h"
#include "lock.h"
#include "migrate.h"
#include "parts.h"
#include "store_int.h"
#include "vfs.h"

enum { PIECE_PAGES = 256, FAULTS_TOLD = 200, PATH_BYTES = 4300 };

void verify_report_init(struct verify_report *r)
{
    *r = (struct verify_report){.faults = 0};
    buf_init(&r->text, MEM_STORE);
}

void verify_report_fini(struct verify_report *r)
{
    buf_fini(&r->text);
}

void verify_report_print(const struct verify_report *r, struct buf *out)
{
    char when[32];
    buf_cstr(out, r->faults == 0 ? "sound" : "damaged");
    if (r->made_ms != 0) {
        clock_format(r->made_ms, when);
        buf_printf(out, ": a backup of %s", when);
    }
    buf_printf(out, ": snapshot %llu, %lld batches, %lld registrations, %llu pages%s, %llu parts\n",
               (unsigned long long)r->snapshot, (long long)r->batches, (long long)r->registrations,
               (unsigned long long)r->pages, r->summed ? "" : " without checksums",
               (unsigned long long)r->parts);
    if (r->faults > 0)
        buf_printf(out, "%zu faults:\n", r->faults);
    buf_str(out, buf_view(&r->text));
}

void verify_fault(struct verify *v, const char *fmt, ...)
{
    char line[ERR_MSG_BYTES];
    va_list args;
    if (v->report->faults++ >= FAULTS_TOLD)
        return;
    va_start(args, fmt);
    vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    buf_cstr(&v->report->text, line);
    buf_char(&v->report->text, '\n');
}

static void tell(const struct verify *v, const char *step, uint64_t done, uint64_t total)
{
    if (v->progress != NULL && v->progress->fn != NULL)
        v->progress->fn(v->progress->ctx, step, done, total);
}

/* ---- pages ----------------------------------------------------------------------------------- */

void verify_pages(struct verify *v, uint32_t first, uint32_t n)
{
    uint32_t pages = vfs_pages(v->db->h);
    for (uint32_t i = first; i < first + n && i <= pages; i++) {
        enum pagesum sum = PAGESUM_BAD;
        if (vfs_check_page(v->db->h, i, &sum) != SQLITE_OK)
            verify_fault(v, "page %u cannot be read", i);
        else if (sum == PAGESUM_BAD)
            verify_fault(v, "page %u does not match its checksum", i);
        else if (sum == PAGESUM_ELSEWHERE)
            verify_fault(v, "page %u is another page", i);
    }
    v->report->pages = pages;
    tell(v, "pages", first + n - 1, pages);
}

/* ---- tables ---------------------------------------------------------------------------------- */

static void on_line(void *ctx, struct str line)
{
    verify_fault(ctx, "SQLite: %.*s", STR_ARG(line));
}

static int64_t number(struct verify *v, const char *sql)
{
    struct err err;
    int64_t n = 0;
    if (db_pragma_i64(v->db, sql, &n, &err) < 0)
        verify_fault(v, "%s", err.msg);
    return n;
}

static int references(struct verify *v, struct err *err)
{
    struct stmt st;
    int rc;
    TRY(db_stmt(v->db, "PRAGMA foreign_key_check", &st, err));
    while ((rc = stmt_step(&st, err)) == 1)
        verify_fault(v, "a row of %.*s refers to a row of %.*s that is not there",
                     STR_ARG(stmt_str(&st, 0)), STR_ARG(stmt_str(&st, 2)));
    return rc;
}

static void look_at_sums(struct verify *v)
{
    int64_t held = number(v, "SELECT coalesce(sum(rows), 0) FROM part WHERE NOT dead");
    int64_t lost = number(v, "SELECT coalesce(sum(rows), 0) FROM lost");
    int64_t told = number(v, "SELECT coalesce(sum(accepted), 0) FROM ledger");
    if (held + lost != told)
        verify_fault(v, "the ledger acknowledged %lld rows, segments and slabs hold %lld%s",
                     (long long)told, (long long)held, lost ? " beside what was written off" : "");
}

bool verify_tables(struct verify *v)
{
    struct verify_report *r = v->report;
    struct err err;
    size_t before = r->faults;
    r->summed = db_is_summed(v->db);
    if (number(v, "PRAGMA application_id") != DB_APPLICATION_ID && r->faults == before)
        verify_fault(v, "it is no database of Panji");
    if (r->faults > before)
        return false;
    r->version = number(v, "PRAGMA user_version");
    tell(v, "tables", 0, 1);
    if (db_integrity(v->db, on_line, v, &err) < 0)
        verify_fault(v, "%s", err.msg);
    if (references(v, &err) < 0)
        verify_fault(v, "%s", err.msg);
    r->batches = number(v, "SELECT count(*) FROM ledger");
    r->registrations = number(v, "SELECT coalesce(sum(registrations), 0) FROM ledger");
    r->snapshot = (uint64_t)number(v, "SELECT value FROM meta WHERE key = 'snapshot'");
    if (number(v, "SELECT count(*) FROM sqlite_schema WHERE name = 'backup'") > 0)
        r->made_ms = number(v, "SELECT made_ms FROM backup");
    if (r->version >= DB_PARTS_SINCE) {
        look_at_sums(v);
        if (audit_verify(v->db, &err) < 0)
            verify_fault(v, "%s", err.msg);
    }
    tell(v, "tables", 1, 1);
    return true;
}

/* ---- parts ----------------------------------------------------------------------------------- */

static void part_faults(struct verify *v, const struct damage *d, size_t from)
{
    for (size_t i = from; i < d->n && i < DAMAGED_TOLD; i++)
        verify_fault(v, "%s %llu is damaged: %s", d->at[i].slab ? "slab" : "segment",
                     (unsigned long long)d->at[i].id, d->at[i].why);
    if (d->n > DAMAGED_TOLD)
        verify_fault(v, "and %zu parts more", d->n - DAMAGED_TOLD);
}

static int walk(struct verify *v, bool slab, struct damage *d, struct err *err)
{
    struct parts parts = {.db = v->db, .slab = slab, .damage = d};
    struct buf data;
    uint64_t id;
    int rc;
    buf_init(&data, MEM_STORE);
    while ((rc = parts_next(&parts, &id, &data, err)) == 1)
        tell(v, slab ? "slabs" : "segments", v->report->parts++, 0);
    buf_fini(&data);
    return rc;
}

int verify_parts(struct verify *v, struct err *err)
{
    struct damage d = {.n = 0};
    if (v->report->version < DB_PARTS_SINCE)
        return 0;
    int rc = walk(v, false, &d, err);
    rc = rc < 0 ? rc : walk(v, true, &d, err);
    part_faults(v, &d, 0);
    damage_fini(&d);
    if (rc != ERR_CORRUPT)
        return rc;
    verify_fault(v, "%s", err->msg);
    return 0;
}

int verify_all(struct verify *v, struct err *err)
{
    uint32_t pages = vfs_pages(v->db->h);
    for (uint32_t i = 1; db_is_summed(v->db) && i <= pages; i += PIECE_PAGES)
        verify_pages(v, i, PIECE_PAGES);
    if (!verify_tables(v))
        return buf_check(&v->report->text, err);
    TRY(verify_parts(v, err));
    return buf_check(&v->report->text, err);
}

/* ---- a running store ------------------------------------------------------------------------- */

struct live {
    struct verify v;
    uint32_t first; /* of the next piece of pages */
    bool sound;
    struct parts parts;
    struct buf data;
    int more;
};

static int live_pages(struct store *s, void *arg, struct err *err)
{
    struct live *l = arg;
    if (store_state_of(s) == STORE_FAILED)
        return err_set(err, ERR_UNAVAILABLE,
                       "the store stopped after an error of the disk: stop the server and verify "
                       "the directory");
    TRY(db_checkpoint(&s->db, false, err));
    verify_pages(&l->v, l->first, PIECE_PAGES);
    l->first += PIECE_PAGES;
    return 0;
}

static int live_tables(struct store *s, void *arg, struct err *err)
{
    struct live *l = arg;
    (void)s;
    (void)err;
    l->sound = verify_tables(&l->v);
    return 0;
}

static int live_part(struct store *s, void *arg, struct err *err)
{
    struct live *l = arg;
    uint64_t id;
    (void)s;
    l->more = parts_next(&l->parts, &id, &l->data, err);
    l->v.report->parts += l->more == 1;
    return l->more < 0 ? l->more : 0;
}

static int live_parts(struct store *s, struct live *l, bool slab, struct damage *d, struct err *err)
{
    l->parts = (struct parts){.db = &s->db, .slab = slab, .damage = d};
    do {
        TRY(store_call(s, live_part, l, err));
        tell(&l->v, slab ? "slabs" : "segments", l->v.report->parts, 0);
    } while (l->more == 1);
    return 0;
}

static int live_all(struct store *s, struct live *l, struct damage *d, struct err *err)
{
    do {
        TRY(store_call(s, live_pages, l, err));
    } while (l->first <= l->v.report->pages);
    TRY(store_call(s, live_tables, l, err));
    if (!l->sound)
        return 0;
    TRY(live_parts(s, l, false, d, err));
    return live_parts(s, l, true, d, err);
}

static void add_losses(struct store *s, struct verify *v)
{
    struct store_damage known;
    struct snap *snap = snap_cell_get(s->cell);
    store_damage_get(s, &known);
    if (known.mark != 0) {
        v->report->faults++;
        store_damage_print(s, snap, &v->report->text);
    }
    snap_unref(snap);
}

int store_verify(struct store *s, const struct store_progress *p, struct verify_report *out,
                 struct err *err)
{
    struct live l = {.v = {&s->db, p, out}, .first = 1};
    struct damage d = {.n = 0};
    buf_init(&l.data, MEM_STORE);
    int rc = live_all(s, &l, &d, err);
    part_faults(&l.v, &d, 0);
    if (rc == ERR_CORRUPT) {
        verify_fault(&l.v, "%s", err->msg);
        rc = 0;
    }
    add_losses(s, &l.v);
    damage_fini(&d);
    buf_fini(&l.data);
    return rc < 0 ? rc : buf_check(&out->text, err);
}

/* ---- files at rest --------------------------------------------------------------------------- */

/* As a server would load it. */
static void look_inside(struct verify *v)
{
    struct err err;
    struct snap *snap = NULL;
    struct store *s = mem_calloc(MEM_STORE, 1, sizeof *s);
    if (s == NULL) {
        verify_fault(v, "no memory to load it");
        return;
    }
    s->db = *v->db;
    s->schema = &schema_default;
    pthread_mutex_init(&s->ids_lock, NULL);
    int rc = attributes_open(s, NULL, 0, &err);
    rc = rc < 0 ? rc : load_all(s, &snap, &err);
    if (rc < 0)
        verify_fault(v, "it cannot be loaded: %s", err.msg);
    else if (s->damage.n > 0)
        damage_print(&s->damage, snap, &v->report->text);
    for (size_t i = 0; store_unread(s, i) != NULL; i++)
        verify_fault(v, "%s", store_unread(s, i));
    *v->db = s->db; /* its statements */
    snap_unref(snap);
    schema_unref(s->schema);
    idset_unref(s->ids);
    pthread_mutex_destroy(&s->ids_lock);
    damage_fini(&s->damage);
    mem_free(MEM_STORE, s);
}

static int verify_open(struct verify *v, struct err *err)
{
    int rc = verify_all(v, err);
    int64_t newest = migrate_version();
    if (rc == 0 && v->deep && v->report->version == newest)
        look_inside(v);
    else if (rc == 0 && v->report->version > newest)
        verify_fault(v, "it was written by a newer Panji (version %lld of the tables)",
                     (long long)v->report->version);
    return rc < 0 ? rc : buf_check(&v->report->text, err);
}

/* What cannot even be opened is a fault, if it is there at all. */
static int verify_file(struct verify *v, const char *path, bool at_rest, struct err *err)
{
    struct db db;
    int rc = at_rest ? db_open_read(&db, path, err) : db_open(&db, path, err);
    v->db = &db;
    if (rc == ERR_CORRUPT || (rc == ERR_IO && at_rest)) {
        verify_fault(v, "%s", err->msg);
        return 0;
    }
    TRY(rc);
    rc = verify_open(v, err);
    db_close(&db);
    return rc;
}

static int verify_dir(struct verify *v, const char *dir, struct err *err)
{
    char path[PATH_BYTES];
    int fd = -1;
    struct stat st;
    snprintf(path, sizeof path, "%s/panji.db", dir);
    if (stat(path, &st) != 0)
        return err_set(err, ERR_NOT_FOUND, "there is no data in %s", dir);
    TRY(lock_take(dir, &fd, err));
    if (vfs_mark_is_damaged(path))
        verify_fault(v, "panji.db-mark is damaged: whether the end of the log is whole is not "
                        "known");
    int rc = verify_file(v, path, false, err);
    lock_drop(fd);
    return rc;
}

int store_verify_path(const char *path, bool deep, const struct store_progress *p,
                      struct verify_report *out, struct err *err)
{
    struct verify v = {.progress = p, .report = out, .deep = deep};
    struct stat st;
    if (strlen(path) > PATH_BYTES - 100)
        return err_set(err, ERR_LIMIT, "the name %.60s... is too long", path);
    if (stat(path, &st) != 0)
        return err_set(err, ERR_NOT_FOUND, "there is no file or directory %s", path);
    return S_ISDIR(st.st_mode) ? verify_dir(&v, path, err) : verify_file(&v, path, true, err);
}
