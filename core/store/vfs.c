/* SPDX-License-Identifier: MIT
 *
 * A file of this VFS has the file of the VFS below in the bytes behind it. Files that are neither
 * the database nor its log are those of the VFS below, untouched. */
#include "vfs.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/mem.h"
#include "migrate.h"
#include "wal.h"

enum {
    LAYERS_MAX = 4, /* defaults that SQLite may have one after the other: tests put theirs there */
    HEADER_BYTES = 100,
    RESERVED_AT = 20,
    VERSION_AT = 60, /* user_version */
    COMPLAINT_BYTES = 200,
};

/* The log's part of a file. */
struct log {
    uint32_t *crc; /* of the pages in its frames */
    size_t frames, cap;
    struct wal_mark mark; /* what it will be after the next sync */
    sqlite3_file *side;   /* the file of the mark */
};

struct file {
    sqlite3_file base;
    sqlite3_file *below;
    bool summed;  /* the database: pages end in checksums */
    bool lenient; /* and are read all the same where these do not fit */
    struct log *log;
    unsigned char *page; /* a page to work on */
    char *complaint;     /* of the connection: the database's file holds it */
    char text[COMPLAINT_BYTES];
};

struct layer {
    sqlite3_vfs vfs;
    sqlite3_vfs *below;
    char name[32];
};

static struct layer layers[LAYERS_MAX];
static pthread_mutex_t layers_lock = PTHREAD_MUTEX_INITIALIZER;

static sqlite3_file *below_of(sqlite3_file *f)
{
    return ((struct file *)f)->below;
}

/* Of this thread: for a connection that did not open. */
static _Thread_local char last_complaint[COMPLAINT_BYTES];

PRINTF_LIKE(2, 3) static int complain(struct file *f, const char *what, ...)
{
    va_list args;
    va_start(args, what);
    vsnprintf(f->complaint, COMPLAINT_BYTES, what, args);
    va_end(args);
    memcpy(last_complaint, f->complaint, COMPLAINT_BYTES);
    log_line(LOG_WARN, "store", "%s", f->complaint);
    return SQLITE_IOERR_DATA;
}

/* ---- the database ---------------------------------------------------------------------------- */

static int check_page(struct file *f, const unsigned char *page, sqlite3_int64 at)
{
    uint32_t number = (uint32_t)(at / PAGESUM_PAGE_BYTES) + 1;
    if (f->lenient)
        return SQLITE_OK;
    switch (pagesum_check(page, number)) {
    case PAGESUM_GOOD:
    case PAGESUM_EMPTY:
        return SQLITE_OK;
    case PAGESUM_ELSEWHERE:
        return complain(f, "page %u of panji.db is another page", number);
    case PAGESUM_BAD:
        break;
    }
    return complain(f, "page %u of panji.db does not match its checksum", number);
}

/* SQLite asks for the header's numbers before it knows how large pages are, and before the log,
 * which may hold a better first page, is read: they need to be plausible only. */
static int read_header(struct file *f, unsigned char *p, int n, sqlite3_int64 at)
{
    int rc = f->below->pMethods->xRead(f->below, p, n, at);
    if (rc != SQLITE_OK || at > 0 || n < HEADER_BYTES)
        return rc;
    bool ours = memcmp(p, "SQLite format 3", 16) == 0 && p[16] == PAGESUM_PAGE_BYTES >> 8 &&
                p[17] == 0 && p[RESERVED_AT] == PAGESUM_BYTES;
    return ours ? SQLITE_OK : complain(f, "the header of panji.db is damaged");
}

/* Less than a page, or more: by the pages that it lies in. */
static int read_within(struct file *f, unsigned char *p, int n, sqlite3_int64 at)
{
    while (n > 0) {
        sqlite3_int64 start = at - at % PAGESUM_PAGE_BYTES;
        int skip = (int)(at - start);
        int part = n < PAGESUM_PAGE_BYTES - skip ? n : PAGESUM_PAGE_BYTES - skip;
        int rc = f->below->pMethods->xRead(f->below, f->page, PAGESUM_PAGE_BYTES, start);
        if (rc == SQLITE_OK)
            rc = check_page(f, f->page, start);
        if (rc != SQLITE_OK)
            return rc;
        memcpy(p, f->page + skip, (size_t)part);
        p += part;
        at += part;
        n -= part;
    }
    return SQLITE_OK;
}

static int db_read(struct file *f, void *p, int n, sqlite3_int64 at)
{
    if (at + n <= HEADER_BYTES)
        return read_header(f, p, n, at);
    if (n != PAGESUM_PAGE_BYTES || at % PAGESUM_PAGE_BYTES != 0)
        return read_within(f, p, n, at);
    int rc = f->below->pMethods->xRead(f->below, p, n, at);
    return rc == SQLITE_OK ? check_page(f, p, at) : rc;
}

static int db_write(struct file *f, const void *p, int n, sqlite3_int64 at)
{
    const unsigned char *page = p;
    if (n != PAGESUM_PAGE_BYTES || at % PAGESUM_PAGE_BYTES != 0 ||
        (at == 0 && page[RESERVED_AT] != PAGESUM_BYTES))
        return SQLITE_IOERR_WRITE; /* would write over something */
    memcpy(f->page, p, PAGESUM_PAGE_BYTES);
    pagesum_put(f->page, (uint32_t)(at / PAGESUM_PAGE_BYTES) + 1);
    return f->below->pMethods->xWrite(f->below, f->page, n, at);
}

/* Was it made with room for checksums? Three signs, so that one flipped bit does not turn them
 * off. */
static int look_at_first(struct file *f)
{
    uint32_t number;
    sqlite3_int64 size = 0;
    int rc = f->below->pMethods->xFileSize(f->below, &size);
    f->summed = true;
    if (rc != SQLITE_OK || size < PAGESUM_PAGE_BYTES)
        return rc;
    rc = f->below->pMethods->xRead(f->below, f->page, PAGESUM_PAGE_BYTES, 0);
    memcpy(&number, f->page + PAGESUM_PAGE_BYTES - PAGESUM_BYTES, sizeof number);
    unsigned version = (unsigned)f->page[VERSION_AT + 2] << 8 | f->page[VERSION_AT + 3];
    bool lite = memcmp(f->page, "SQLite format 3", 16) == 0;
    f->summed = number == 1 ||
                (lite && (f->page[RESERVED_AT] == PAGESUM_BYTES || version >= DB_PARTS_SINCE));
    return rc;
}

/* ---- the log --------------------------------------------------------------------------------- */

static int write_mark(struct log *log)
{
    unsigned char mark[WAL_MARK_BYTES];
    wal_mark_encode(&log->mark, mark);
    return log->side->pMethods->xWrite(log->side, mark, sizeof mark, 0);
}

/* The frame that a place in the log lies in. */
static size_t frame_of(sqlite3_int64 at)
{
    return (size_t)((at - WAL_HEADER_BYTES) / WAL_FRAME_BYTES);
}

static int remember(struct log *log, size_t frame, const unsigned char *page)
{
    if (frame >= log->cap) {
        size_t cap = log->cap * 2 > frame + 1 ? log->cap * 2 : frame + 64;
        uint32_t *crc = mem_realloc(MEM_STORE, log->crc, cap * sizeof *crc);
        if (crc == NULL)
            return SQLITE_IOERR_NOMEM;
        memset(crc + log->cap, 0, (cap - log->cap) * sizeof *crc);
        log->crc = crc;
        log->cap = cap;
    }
    log->crc[frame] = crc32c(0, page, PAGESUM_PAGE_BYTES);
    log->frames = frame + 1 > log->frames ? frame + 1 : log->frames;
    return SQLITE_OK;
}

static int log_write(struct file *f, const void *p, int n, sqlite3_int64 at)
{
    struct log *log = f->log;
    sqlite3_int64 within = at < WAL_HEADER_BYTES ? 0 : (at - WAL_HEADER_BYTES) % WAL_FRAME_BYTES;
    int rc = SQLITE_OK;
    if (at == 0 && n == WAL_HEADER_BYTES) {
        wal_salt(p, log->mark.salt);
        log->mark.frames = log->frames = 0;
    } else if (within == 0 && n == WAL_FRAME_HEAD_BYTES) {
        if (wal_ends_commit(p))
            log->mark.frames = frame_of(at) + 1;
    } else if (within == WAL_FRAME_HEAD_BYTES && n == PAGESUM_PAGE_BYTES) {
        rc = remember(log, frame_of(at), p);
    } else {
        return SQLITE_IOERR_WRITE; /* SQLite pads for no disk that says it is safe */
    }
    return rc == SQLITE_OK ? f->below->pMethods->xWrite(f->below, p, n, at) : rc;
}

static int log_read(struct file *f, void *p, int n, sqlite3_int64 at)
{
    const unsigned char *page = p;
    int rc = f->below->pMethods->xRead(f->below, p, n, at);
    if (rc != SQLITE_OK || n < PAGESUM_PAGE_BYTES || at < WAL_HEADER_BYTES)
        return rc;
    size_t frame = frame_of(at);
    page += n - PAGESUM_PAGE_BYTES;
    if (frame >= f->log->frames || f->log->crc[frame] == crc32c(0, page, PAGESUM_PAGE_BYTES))
        return SQLITE_OK;
    complain(f, "frame %llu of the log panji.db-wal is not what was written",
             (unsigned long long)frame + 1);
    return SQLITE_IOERR_CORRUPTFS;
}

/* Before the log is taken away nothing of it may be promised any more. */
static int promise_nothing(struct log *log)
{
    log->mark.frames = 0;
    int rc = write_mark(log);
    return rc == SQLITE_OK ? log->side->pMethods->xSync(log->side, SQLITE_SYNC_NORMAL) : rc;
}

static int log_truncate(struct file *f, sqlite3_int64 size)
{
    int rc = size == 0 ? promise_nothing(f->log) : SQLITE_OK;
    if (rc != SQLITE_OK)
        return rc;
    if (size == 0)
        f->log->frames = 0;
    return f->below->pMethods->xTruncate(f->below, size);
}

/* Reads what is there, remembering its frames. A file too short for a header is an empty log. */
static int scan(struct file *f, struct wal_scan *s, bool *headed, unsigned char *frame)
{
    sqlite3_int64 size = 0;
    int rc = f->below->pMethods->xFileSize(f->below, &size);
    *headed = false;
    if (rc != SQLITE_OK || size < WAL_HEADER_BYTES)
        return rc;
    rc = f->below->pMethods->xRead(f->below, frame, WAL_HEADER_BYTES, 0);
    *headed = rc == SQLITE_OK && wal_scan_begin(s, frame);
    for (sqlite3_int64 at = WAL_HEADER_BYTES; *headed && at + WAL_FRAME_BYTES <= size;
         at += WAL_FRAME_BYTES) {
        rc = f->below->pMethods->xRead(f->below, frame, WAL_FRAME_BYTES, at);
        if (rc != SQLITE_OK || !wal_scan_frame(s, frame))
            break;
        rc = remember(f->log, frame_of(at), frame + WAL_FRAME_HEAD_BYTES);
        if (rc != SQLITE_OK)
            break;
    }
    f->log->frames = (size_t)s->committed; /* SQLite writes on behind the last commit */
    return rc;
}

/* Is all there that the mark promises? */
static int check_promise(struct file *f, const struct wal_mark *m, const struct wal_scan *s,
                         bool headed)
{
    if (m->frames == 0)
        return SQLITE_OK;
    if (!headed)
        return complain(f,
                        "the log panji.db-wal is missing or its header is damaged, and %llu frames "
                        "of acknowledged commits with it",
                        (unsigned long long)m->frames);
    bool same = m->salt[0] == s->salt[0] && m->salt[1] == s->salt[1];
    if (same && s->committed < m->frames)
        return complain(f,
                        "the log panji.db-wal is damaged at frame %llu, before the end of what was "
                        "acknowledged",
                        (unsigned long long)s->frames + 1);
    return SQLITE_OK;
}

static int look_at_log(struct file *f)
{
    unsigned char mark[WAL_MARK_BYTES];
    struct wal_mark m = {.frames = 0};
    struct wal_scan s = {.frames = 0};
    bool headed = false;
    struct log *log = f->log;
    unsigned char *frame = mem_alloc(MEM_STORE, WAL_FRAME_BYTES);
    if (frame == NULL)
        return SQLITE_IOERR_NOMEM;
    int rc = log->side->pMethods->xRead(log->side, mark, sizeof mark, 0);
    bool marked = rc == SQLITE_OK && wal_mark_decode(mark, &m);
    if (rc == SQLITE_OK && !marked) {
        log_line(LOG_WARN, "store",
                 "panji.db-mark cannot be read: whether the log is whole is not known");
        m.frames = 0;
    }
    if (rc == SQLITE_OK || rc == SQLITE_IOERR_SHORT_READ)
        rc = scan(f, &s, &headed, frame);
    if (rc == SQLITE_OK)
        rc = check_promise(f, &m, &s, headed);
    log->mark = (struct wal_mark){{s.salt[0], s.salt[1]}, s.committed};
    mem_free(MEM_STORE, frame);
    return rc;
}

/* ---- the methods ----------------------------------------------------------------------------- */

static int file_read(sqlite3_file *base, void *p, int n, sqlite3_int64 at)
{
    struct file *f = (struct file *)base;
    if (f->log != NULL)
        return log_read(f, p, n, at);
    return f->summed ? db_read(f, p, n, at) : f->below->pMethods->xRead(f->below, p, n, at);
}

static int file_write(sqlite3_file *base, const void *p, int n, sqlite3_int64 at)
{
    struct file *f = (struct file *)base;
    if (f->log != NULL)
        return log_write(f, p, n, at);
    return f->summed ? db_write(f, p, n, at) : f->below->pMethods->xWrite(f->below, p, n, at);
}

static int file_truncate(sqlite3_file *base, sqlite3_int64 size)
{
    struct file *f = (struct file *)base;
    return f->log != NULL ? log_truncate(f, size) : f->below->pMethods->xTruncate(f->below, size);
}

/* A mark that is not written promises less, which is no reason to fail a commit that is on disk. */
static int file_sync(sqlite3_file *base, int flags)
{
    struct file *f = (struct file *)base;
    int rc = f->below->pMethods->xSync(f->below, flags);
    if (rc == SQLITE_OK && f->log != NULL && write_mark(f->log) != SQLITE_OK)
        log_line(LOG_WARN, "store", "panji.db-mark cannot be written");
    return rc;
}

static int close_below(sqlite3_file *below)
{
    return below->pMethods != NULL ? below->pMethods->xClose(below) : SQLITE_OK;
}

static int file_close(sqlite3_file *base)
{
    struct file *f = (struct file *)base;
    if (f->log != NULL) {
        close_below(f->log->side);
        mem_free(MEM_STORE, f->log->side);
        mem_free(MEM_STORE, f->log->crc);
        mem_free(MEM_STORE, f->log);
    }
    mem_free(MEM_STORE, f->page);
    return close_below(f->below);
}

static int file_size(sqlite3_file *f, sqlite3_int64 *size)
{
    return below_of(f)->pMethods->xFileSize(below_of(f), size);
}

static int file_lock(sqlite3_file *f, int level)
{
    return below_of(f)->pMethods->xLock(below_of(f), level);
}

static int file_unlock(sqlite3_file *f, int level)
{
    return below_of(f)->pMethods->xUnlock(below_of(f), level);
}

static int file_reserved(sqlite3_file *f, int *out)
{
    return below_of(f)->pMethods->xCheckReservedLock(below_of(f), out);
}

static int file_control(sqlite3_file *f, int op, void *arg)
{
    return below_of(f)->pMethods->xFileControl(below_of(f), op, arg);
}

static int file_sector(sqlite3_file *f)
{
    return below_of(f)->pMethods->xSectorSize(below_of(f));
}

static int file_device(sqlite3_file *f)
{
    return below_of(f)->pMethods->xDeviceCharacteristics(below_of(f));
}

/* Version 1: no shared memory (the lock is exclusive) and no memory map. */
static const sqlite3_io_methods methods = {
    .iVersion = 1,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_reserved,
    .xFileControl = file_control,
    .xSectorSize = file_sector,
    .xDeviceCharacteristics = file_device,
};

/* ---- opening --------------------------------------------------------------------------------- */

/* "panji.db-wal" -> "panji.db-mark" */
static bool mark_name(const char *log, char *out, size_t cap)
{
    size_t n = strlen(log);
    if (n < 4 || strcmp(log + n - 4, "-wal") != 0)
        return false;
    int len = snprintf(out, cap, "%.*s-mark", (int)(n - 4), log);
    return len > 0 && (size_t)len < cap;
}

enum { NAME_BYTES = 4300 };

static int open_side(struct layer *l, struct file *f, const char *log)
{
    static const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_SUBJOURNAL;
    char name[NAME_BYTES];
    f->log = mem_calloc(MEM_STORE, 1, sizeof *f->log);
    sqlite3_file *side = mem_calloc(MEM_STORE, 1, (size_t)l->below->szOsFile);
    if (f->log == NULL || side == NULL || !mark_name(log, name, sizeof name)) {
        mem_free(MEM_STORE, f->log);
        mem_free(MEM_STORE, side);
        f->log = NULL;
        return SQLITE_NOMEM;
    }
    f->log->side = side;
    return l->below->xOpen(l->below, name, side, flags, NULL);
}

static int open_file(struct layer *l, struct file *f, const char *name, int flags, int *out)
{
    f->below = (sqlite3_file *)(f + 1);
    int rc = l->below->xOpen(l->below, name, f->below, flags, out);
    if (f->below->pMethods != NULL)
        f->base.pMethods = &methods; /* SQLite closes what has methods, also after a failure */
    if (rc != SQLITE_OK)
        return rc;
    f->page = mem_alloc(MEM_STORE, PAGESUM_PAGE_BYTES);
    if (f->page == NULL)
        return SQLITE_NOMEM;
    f->complaint = f->text;
    if (flags & SQLITE_OPEN_MAIN_DB)
        return look_at_first(f);
    f->complaint = ((struct file *)sqlite3_database_file_object(name))->text;
    rc = open_side(l, f, name);
    return rc == SQLITE_OK ? look_at_log(f) : rc;
}

static int layer_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *base, int flags, int *out)
{
    struct layer *l = vfs->pAppData;
    if (!(flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL)))
        return l->below->xOpen(l->below, name, base, flags, out);
    memset(base, 0, (size_t)vfs->szOsFile);
    struct file *f = (struct file *)base;
    int rc = open_file(l, f, name, flags, out);
    if (rc != SQLITE_OK && base->pMethods != NULL) {
        file_close(base);
        base->pMethods = NULL;
    }
    return rc;
}

/* 1: a mark, in *m; 0: none; -1: one that cannot be read. */
static int read_mark(const char *name, struct wal_mark *m)
{
    unsigned char mark[WAL_MARK_BYTES];
    FILE *f = fopen(name, "re");
    if (f == NULL)
        return 0;
    size_t n = fread(mark, 1, sizeof mark, f);
    fclose(f);
    if (n == 0)
        return 0;
    return n == sizeof mark && wal_mark_decode(mark, m) ? 1 : -1;
}

/* The log goes when a connection is closed; first its mark, for good where it promises anything. */
static int layer_delete(sqlite3_vfs *vfs, const char *name, int sync)
{
    struct layer *l = vfs->pAppData;
    char mark[NAME_BYTES];
    if (mark_name(name, mark, sizeof mark)) {
        struct wal_mark m = {.frames = 0};
        bool promises = read_mark(mark, &m) == 1 && m.frames > 0;
        int rc = l->below->xDelete(l->below, mark, promises);
        if (rc != SQLITE_OK && rc != SQLITE_IOERR_DELETE_NOENT)
            return rc;
    }
    return l->below->xDelete(l->below, name, sync);
}

static struct layer *make_layer(struct layer *l, sqlite3_vfs *below, int number)
{
    l->below = below;
    l->vfs = *below;
    snprintf(l->name, sizeof l->name, "panji-%d", number);
    l->vfs.zName = l->name;
    l->vfs.pNext = NULL;
    l->vfs.pAppData = l;
    l->vfs.szOsFile = (int)sizeof(struct file) + below->szOsFile;
    l->vfs.xOpen = layer_open;
    l->vfs.xDelete = layer_delete;
    return sqlite3_vfs_register(&l->vfs, 0) == SQLITE_OK ? l : NULL;
}

const char *vfs_name(void)
{
    struct layer *found = NULL;
    sqlite3_vfs *below = sqlite3_vfs_find(NULL);
    pthread_mutex_lock(&layers_lock);
    for (int i = 0; below != NULL && found == NULL && i < LAYERS_MAX; i++) {
        if (layers[i].below == below)
            found = &layers[i];
        else if (layers[i].below == NULL)
            found = make_layer(&layers[i], below, i);
    }
    pthread_mutex_unlock(&layers_lock);
    return found != NULL ? found->name : NULL;
}

/* ---- asking ---------------------------------------------------------------------------------- */

static struct file *file_of(sqlite3 *h)
{
    sqlite3_file *f = NULL;
    if (h == NULL || sqlite3_file_control(h, "main", SQLITE_FCNTL_FILE_POINTER, &f) != SQLITE_OK)
        return NULL;
    return f != NULL && f->pMethods == &methods ? (struct file *)f : NULL;
}

bool vfs_is_summed(sqlite3 *h)
{
    struct file *f = file_of(h);
    return f != NULL && f->summed;
}

void vfs_lenient(sqlite3 *h, bool on)
{
    struct file *f = file_of(h);
    if (f != NULL)
        f->lenient = on;
}

uint32_t vfs_pages(sqlite3 *h)
{
    struct file *f = file_of(h);
    sqlite3_int64 size = 0;
    if (f == NULL || f->below->pMethods->xFileSize(f->below, &size) != SQLITE_OK)
        return 0;
    return (uint32_t)(size / PAGESUM_PAGE_BYTES);
}

int vfs_check_page(sqlite3 *h, uint32_t number, enum pagesum *sum)
{
    struct file *f = file_of(h);
    if (f == NULL || !f->summed)
        return SQLITE_NOTFOUND;
    int rc = f->below->pMethods->xRead(f->below, f->page, PAGESUM_PAGE_BYTES,
                                       ((sqlite3_int64)number - 1) * PAGESUM_PAGE_BYTES);
    *sum = rc == SQLITE_OK ? pagesum_check(f->page, number) : PAGESUM_BAD;
    return rc;
}

const char *vfs_complaint(sqlite3 *h)
{
    struct file *f = file_of(h);
    return f != NULL ? f->text : last_complaint;
}

bool vfs_mark_is_damaged(const char *path)
{
    char name[NAME_BYTES];
    struct wal_mark m;
    snprintf(name, sizeof name, "%s-mark", path);
    return read_mark(name, &m) < 0;
}
