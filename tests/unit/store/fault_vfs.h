/* SPDX-License-Identifier: MIT
 *
 * An SQLite VFS over the usual one that fails on purpose. Writes, syncs and truncations are
 * counted; the one at the chosen point fails in the chosen way, once or from then on, or the
 * machine "loses power" there: of the writes that no sync had covered, each is kept, lost, or torn
 * at a sector, as a seed decides, and the process ends.
 *
 * Single-threaded use: the storage thread's. Registered as the default after SQLite was started. */
#ifndef TESTS_FAULT_VFS_H
#define TESTS_FAULT_VFS_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum fault_kind {
    FAULT_FULL,  /* no space: nothing of the write is there */
    FAULT_WRITE, /* an I/O error behind half of the write */
    FAULT_SYNC,  /* a sync that fails; writes are well */
    FAULT_POWER, /* the lights go out */
    FAULT_KINDS
};

enum { FAULT_SECTOR = 512, FAULT_UNDO_MAX = 4096 };

/* A write that no sync has covered: what was there before. */
struct fault_undo {
    sqlite3_file *real;
    sqlite3_int64 at, size_before;
    int n;
    unsigned char *before;
};

static struct {
    enum fault_kind kind;
    bool for_ever;
    long point; /* the operation that fails, 0: none */
    long count; /* operations so far */
    bool fired;
    uint64_t seed;
    struct fault_undo undo[FAULT_UNDO_MAX];
    size_t undos;
} fault;

struct fault_file {
    sqlite3_file base;
    sqlite3_file *real; /* in the bytes behind */
};

static sqlite3_vfs *fault_real;

static inline uint64_t fault_random(void)
{
    fault.seed ^= fault.seed << 13;
    fault.seed ^= fault.seed >> 7;
    fault.seed ^= fault.seed << 17;
    return fault.seed;
}

static sqlite3_file *real_of(sqlite3_file *f)
{
    return ((struct fault_file *)f)->real;
}

/* Puts back what was there, from `skip` bytes into the write on. */
static void undo_write(const struct fault_undo *u, int skip)
{
    if (skip < u->n)
        u->real->pMethods->xWrite(u->real, u->before + skip, u->n - skip, u->at + skip);
    if (skip == 0 && u->size_before <= u->at)
        u->real->pMethods->xTruncate(u->real, u->size_before);
}

/* Newest first, so that what two writes covered ends as the first found it. */
static void lose_power(void)
{
    while (fault.undos > 0) {
        const struct fault_undo *u = &fault.undo[--fault.undos];
        switch (fault_random() % 3) {
        case 0:
            break;
        case 1:
            undo_write(u, 0);
            break;
        default:
            undo_write(u,
                       (int)(fault_random() % ((uint64_t)u->n / FAULT_SECTOR + 1)) * FAULT_SECTOR);
        }
    }
    _exit(0);
}

static void remember(sqlite3_file *real, int n, sqlite3_int64 at)
{
    if (fault.kind != FAULT_POWER || fault.undos == FAULT_UNDO_MAX)
        return;
    struct fault_undo *u = &fault.undo[fault.undos++];
    *u = (struct fault_undo){.real = real, .at = at, .n = n, .before = calloc(1, (size_t)n)};
    real->pMethods->xFileSize(real, &u->size_before);
    real->pMethods->xRead(real, u->before, n, at); /* a short read fills with zeros */
}

static void forget(sqlite3_file *real)
{
    size_t kept = 0;
    for (size_t i = 0; i < fault.undos; i++) {
        if (fault.undo[i].real == real)
            free(fault.undo[i].before);
        else
            fault.undo[kept++] = fault.undo[i];
    }
    fault.undos = kept;
}

/* Is it this operation's turn? */
static bool turn(bool is_sync)
{
    fault.count++;
    if (fault.point == 0 || fault.count < fault.point || (fault.fired && !fault.for_ever))
        return false;
    if (fault.kind == FAULT_SYNC && !is_sync)
        return false;
    fault.fired = true;
    return true;
}

static int fault_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
    sqlite3_file *real = real_of(f);
    bool now = turn(false);
    if (now && fault.kind == FAULT_FULL)
        return SQLITE_FULL;
    if (now && fault.kind == FAULT_WRITE) {
        real->pMethods->xWrite(real, p, n / 2, at);
        return SQLITE_IOERR_WRITE;
    }
    remember(real, n, at);
    int rc = real->pMethods->xWrite(real, p, n, at);
    if (now && fault.kind == FAULT_POWER)
        lose_power();
    return rc;
}

static int fault_sync(sqlite3_file *f, int flags)
{
    sqlite3_file *real = real_of(f);
    if (turn(true)) {
        if (fault.kind == FAULT_POWER)
            lose_power();
        return fault.kind == FAULT_FULL ? SQLITE_FULL : SQLITE_IOERR_FSYNC;
    }
    (void)flags; /* the page cache outlives the process: no need to wait for a disk */
    forget(real);
    return SQLITE_OK;
}

static int fault_truncate(sqlite3_file *f, sqlite3_int64 size)
{
    sqlite3_file *real = real_of(f);
    if (turn(false)) {
        if (fault.kind == FAULT_POWER)
            lose_power();
        return SQLITE_IOERR_TRUNCATE;
    }
    forget(real); /* taken as done at once, with what came before */
    return real->pMethods->xTruncate(real, size);
}

static int fault_close(sqlite3_file *f)
{
    sqlite3_file *real = real_of(f);
    forget(real);
    return real->pMethods ? real->pMethods->xClose(real) : SQLITE_OK;
}

static int fault_read(sqlite3_file *f, void *p, int n, sqlite3_int64 at)
{
    return real_of(f)->pMethods->xRead(real_of(f), p, n, at);
}

static int fault_size(sqlite3_file *f, sqlite3_int64 *size)
{
    return real_of(f)->pMethods->xFileSize(real_of(f), size);
}

static int fault_lock(sqlite3_file *f, int level)
{
    return real_of(f)->pMethods->xLock(real_of(f), level);
}

static int fault_unlock(sqlite3_file *f, int level)
{
    return real_of(f)->pMethods->xUnlock(real_of(f), level);
}

static int fault_reserved(sqlite3_file *f, int *out)
{
    return real_of(f)->pMethods->xCheckReservedLock(real_of(f), out);
}

static int fault_control(sqlite3_file *f, int op, void *arg)
{
    return real_of(f)->pMethods->xFileControl(real_of(f), op, arg);
}

static int fault_sector(sqlite3_file *f)
{
    return real_of(f)->pMethods->xSectorSize(real_of(f));
}

static int fault_device(sqlite3_file *f)
{
    return real_of(f)->pMethods->xDeviceCharacteristics(real_of(f));
}

static const sqlite3_io_methods fault_methods = {
    1,
    fault_close,
    fault_read,
    fault_write,
    fault_truncate,
    fault_sync,
    fault_size,
    fault_lock,
    fault_unlock,
    fault_reserved,
    fault_control,
    fault_sector,
    fault_device,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
    NULL,
};

static int fault_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out)
{
    struct fault_file *file = (struct fault_file *)f;
    (void)vfs;
    file->real = (sqlite3_file *)(file + 1);
    memset(file->real, 0, (size_t)fault_real->szOsFile);
    int rc = fault_real->xOpen(fault_real, name, file->real, flags, out);
    file->base.pMethods = file->real->pMethods ? &fault_methods : NULL;
    return rc;
}

/* Makes it the VFS of all connections opened from now on. SQLite must have been started. */
static inline void fault_install(void)
{
    static sqlite3_vfs vfs;
    fault_real = sqlite3_vfs_find(NULL);
    vfs = *fault_real;
    vfs.zName = "fault";
    vfs.pNext = NULL;
    vfs.szOsFile = (int)sizeof(struct fault_file) + fault_real->szOsFile;
    vfs.xOpen = fault_open;
    sqlite3_vfs_register(&vfs, 1);
}

/* The point counts from now on. */
static inline void fault_arm(enum fault_kind kind, bool for_ever, long point, uint64_t seed)
{
    fault.kind = kind;
    fault.for_ever = for_ever;
    fault.point = point;
    fault.count = 0;
    fault.fired = false;
    fault.seed = seed | 1;
}

#endif
