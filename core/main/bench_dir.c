/* SPDX-License-Identifier: MIT
 *
 * A country is made under another name and renamed when it is whole, so one that was left off is
 * never measured. Data directories have files only, no folders. */
#include "bench_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app.h"
#include "base/clock.h"
#include "bench_apart.h"
#include "door.h"
#include "progress.h"
#include "synth.h"
#include "synth_bulk.h"

enum { SEED = 1, PATH_BYTES = BENCH_DIR_BYTES + 300, COPY_BYTES = 1 << 30 };

static int told(const char *path, struct err *err)
{
    return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
}

/* ---- all files of a directory ---------------------------------------------------------------- */

typedef int (*file_fn)(const char *path, const char *name, void *arg, struct err *err);

static int each_file(const char *dir, file_fn fn, void *arg, struct err *err)
{
    char path[PATH_BYTES];
    struct dirent *e;
    struct stat st;
    int rc = 0;
    DIR *d = opendir(dir);
    if (d == NULL)
        return told(dir, err);
    while (rc == 0 && (e = readdir(d)) != NULL) {
        snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
        if (lstat(path, &st) == 0 && S_ISREG(st.st_mode))
            rc = fn(path, e->d_name, arg, err);
    }
    closedir(d);
    return rc;
}

static int remove_file(const char *path, const char *name, void *arg, struct err *err)
{
    (void)name, (void)arg;
    return unlink(path) == 0 ? 0 : told(path, err);
}

static int remove_all(const char *dir, struct err *err)
{
    TRY(each_file(dir, remove_file, NULL, err));
    return rmdir(dir) == 0 ? 0 : told(dir, err);
}

static int weigh_file(const char *path, const char *name, void *arg, struct err *err)
{
    uint64_t *bytes = arg;
    struct stat st;
    (void)name, (void)err;
    if (stat(path, &st) == 0)
        *bytes += (uint64_t)st.st_size;
    return 0;
}

uint64_t bench_dir_weight(const char *dir)
{
    uint64_t bytes = 0;
    int rc = each_file(dir, weigh_file, &bytes, NULL);
    return rc == 0 ? bytes : 0;
}

/* ---- temporary ones -------------------------------------------------------------------------- */

static int make_temporary(struct bench_dir *d, struct err *err)
{
    d->temporary = true;
    return mkdtemp(d->path) != NULL ? 0 : told(d->path, err);
}

int bench_dir_temporary(struct bench_dir *out, struct err *err)
{
    const char *base = getenv("TMPDIR");
    if (base == NULL || strlen(base) > BENCH_DIR_BYTES / 2)
        base = "/tmp";
    *out = (struct bench_dir){0};
    snprintf(out->path, sizeof out->path, "%s/panji-bench-XXXXXX", base);
    return make_temporary(out, err);
}

void bench_dir_close(struct bench_dir *d)
{
    struct err err;
    if (d->temporary && remove_all(d->path, &err) < 0)
        fprintf(stderr, "panji: a temporary directory stays: %s\n", err.msg);
    d->temporary = false;
}

/* ---- copies ---------------------------------------------------------------------------------- */

static int copy_bytes(int from, int to)
{
    ssize_t n;
    do
        n = copy_file_range(from, NULL, to, NULL, COPY_BYTES, 0);
    while (n > 0);
    return n < 0 ? -1 : 0;
}

static int copy_file(const char *path, const char *name, void *arg, struct err *err)
{
    const struct bench_dir *to = arg;
    char target[PATH_BYTES];
    struct stat st;
    bool log = strcmp(name, "panji.db-wal") == 0;
    if (log && stat(path, &st) == 0 && st.st_size > 0)
        return err_set(err, ERR_LOCKED, "%s: the data is in use, or was not closed cleanly", path);
    if (strcmp(name, "panji.db") != 0)
        return 0;
    snprintf(target, sizeof target, "%s/%s", to->path, name);
    int in = open(path, O_RDONLY | O_CLOEXEC);
    int out = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    int rc = in >= 0 && out >= 0 && copy_bytes(in, out) == 0 ? 0 : told(target, err);
    if (in >= 0)
        close(in);
    if (out >= 0 && close(out) != 0 && rc == 0)
        rc = told(target, err);
    return rc;
}

int bench_dir_copy(const char *dir, struct bench_dir *out, struct err *err)
{
    char url[DOOR_URL_BYTES];
    size_t n = strlen(dir);
    *out = (struct bench_dir){0};
    while (n > 1 && dir[n - 1] == '/')
        n--;
    if (n > BENCH_DIR_BYTES - 32)
        return err_set(err, ERR_LIMIT, "the name of the data directory is too long");
    if (door_find(dir, url))
        return err_set(err, ERR_LOCKED, "%s is served at %s: stop that server first", dir, url);
    snprintf(out->path, sizeof out->path, "%.*s-copy-XXXXXX", (int)n, dir);
    TRY(make_temporary(out, err));
    int rc = each_file(dir, copy_file, out, err);
    if (rc < 0)
        bench_dir_close(out);
    return rc;
}

/* ---- the country ----------------------------------------------------------------------------- */

struct making {
    const char *dir;
    uint64_t rows;
};

static int fill(const struct making *m, struct store *store, struct snap_cell *cell,
                struct err *err)
{
    struct progress bar;
    TRY(synth_places(store, err));
    progress_start(&bar, "the country", "rows", (int64_t)m->rows);
    int rc = synth_bulk(store, cell, m->rows, SEED, app_workers(), &bar, err);
    progress_end(&bar);
    return rc;
}

/* In a process of its own: its memory is not to be that of what is measured. */
static int make_country(void *arg, struct err *err)
{
    const struct making *m = arg;
    struct snap_cell *cell = NULL;
    struct store *store = NULL;
    TRY(snap_cell_new(&cell, err));
    int rc = store_open(m->dir, cell, &store, err);
    if (rc == 0)
        rc = fill(m, store, cell, err);
    store_close(store);
    snap_cell_free(cell);
    return rc;
}

static int make_at(struct bench_dir *d, const char *dir, uint64_t rows, struct err *err)
{
    struct making m = {dir, rows};
    int64_t start = clock_mono_ns();
    TRY(bench_apart(make_country, &m, err));
    d->made_s = (double)(clock_mono_ns() - start) / 1e9;
    return 0;
}

static int make_kept(struct bench_dir *d, uint64_t rows, struct err *err)
{
    char part[PATH_BYTES];
    struct stat st;
    if (stat(d->path, &st) == 0)
        return 0;
    snprintf(part, sizeof part, "%s.part", d->path);
    if (stat(part, &st) == 0)
        TRY(remove_all(part, err));
    TRY(make_at(d, part, rows, err));
    return rename(part, d->path) == 0 ? 0 : told(d->path, err);
}

int bench_dir_open(const char *dir, uint64_t rows, struct bench_dir *out, struct err *err)
{
    if (dir == NULL) {
        TRY(bench_dir_temporary(out, err));
        int rc = make_at(out, out->path, rows, err);
        if (rc < 0)
            bench_dir_close(out);
        return rc;
    }
    *out = (struct bench_dir){0};
    if (strlen(dir) >= sizeof out->path)
        return err_set(err, ERR_LIMIT, "the name of the data directory is too long");
    snprintf(out->path, sizeof out->path, "%s", dir);
    return make_kept(out, rows, err);
}
