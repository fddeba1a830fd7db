/* SPDX-License-Identifier: MIT
 *
 * Files and directories, by calls of the system: each failure carries the path and the reason. */
#include "files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { COPY_BYTES = 1 << 20 };

static int failed(const char *what, const char *path, struct err *err)
{
    int why = errno;
    return err_set(err, why == ENOSPC || why == EDQUOT ? ERR_FULL : ERR_IO, "%s cannot be %s: %s",
                   path, what, strerror(why));
}

/* ---- looking --------------------------------------------------------------------------------- */

int64_t file_bytes(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 ? (int64_t)st.st_size : -1;
}

bool file_has_log(const char *path)
{
    char wal[FILES_PATH_BYTES];
    snprintf(wal, sizeof wal, "%s-wal", path);
    return file_bytes(wal) > 0;
}

void file_dir(const char *path, char dir[FILES_PATH_BYTES])
{
    const char *slash = strrchr(path, '/');
    snprintf(dir, FILES_PATH_BYTES, "%.*s", slash ? (int)(slash - path) : 1, slash ? path : ".");
}

static bool have_same_bytes(FILE *a, FILE *b)
{
    enum { PIECE_BYTES = 16384 };
    char x[PIECE_BYTES], y[PIECE_BYTES];
    size_t n, m;
    do {
        n = fread(x, 1, sizeof x, a);
        m = fread(y, 1, sizeof y, b);
    } while (n > 0 && n == m && memcmp(x, y, n) == 0);
    return n == 0 && m == 0 && !ferror(a) && !ferror(b);
}

bool file_is_same(const char *path, const char *other)
{
    FILE *a = fopen(path, "re");
    FILE *b = a != NULL ? fopen(other, "re") : NULL;
    bool same = b != NULL && have_same_bytes(a, b);
    if (b != NULL)
        fclose(b);
    if (a != NULL)
        fclose(a);
    return same;
}

/* ---- making ---------------------------------------------------------------------------------- */

static int create(const char *path, int *fd, struct err *err)
{
    *fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (*fd >= 0)
        return 0;
    if (errno != EEXIST)
        return failed("made", path, err);
    return err_set(err, ERR_CONFLICT, "there is a file %s already", path);
}

int file_create_private(const char *path, struct err *err)
{
    int fd;
    TRY(create(path, &fd, err));
    close(fd);
    return 0;
}

static int write_all(int fd, const char *p, size_t n, const char *path, struct err *err)
{
    while (n > 0) {
        ssize_t done = write(fd, p, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return failed("written", path, err);
        p += done;
        n -= (size_t)done;
    }
    return 0;
}

static int sync_and_close(int fd, const char *path, int rc, struct err *err)
{
    if (rc == 0 && fsync(fd) != 0)
        rc = failed("synced", path, err);
    if (close(fd) != 0 && rc == 0)
        rc = failed("written", path, err);
    return rc;
}

int file_write_private(const char *path, struct str data, struct err *err)
{
    int fd;
    TRY(create(path, &fd, err));
    return sync_and_close(fd, path, write_all(fd, data.p, data.n, path, err), err);
}

static int copy(int in, int out, const char *from, const char *to, const struct store_progress *p,
                struct err *err)
{
    struct stat st;
    char *piece = mem_alloc(MEM_STORE, COPY_BYTES);
    uint64_t done = 0;
    if (piece == NULL)
        return err_set(err, ERR_MEM, "no memory to copy %s", from);
    uint64_t total = fstat(in, &st) == 0 ? (uint64_t)st.st_size : 0;
    int rc = 0;
    for (;;) {
        ssize_t n = read(in, piece, COPY_BYTES);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            rc = failed("read", from, err);
        if (n <= 0)
            break;
        rc = write_all(out, piece, (size_t)n, to, err);
        if (rc < 0)
            break;
        done += (uint64_t)n;
        if (p != NULL)
            p->fn(p->ctx, "copying", done, total);
    }
    mem_free(MEM_STORE, piece);
    return rc;
}

int file_copy_private(const char *from, const char *to, const struct store_progress *p,
                      struct err *err)
{
    int out;
    int in = open(from, O_RDONLY | O_CLOEXEC);
    if (in < 0)
        return failed("read", from, err);
    int rc = create(to, &out, err);
    if (rc == 0) {
        rc = copy(in, out, from, to, p, err);
        if (close(out) != 0 && rc == 0)
            rc = failed("written", to, err);
    }
    close(in);
    return rc;
}

int file_read_small(const char *path, size_t most, struct buf *out, struct err *err)
{
    FILE *f = fopen(path, "re");
    if (f == NULL)
        return errno == ENOENT ? 0 : failed("read", path, err);
    char *p = buf_reserve(out, most + 1);
    size_t n = p != NULL ? fread(p, 1, most + 1, f) : 0;
    int rc = 1;
    if (p == NULL)
        rc = err_set(err, ERR_MEM, "no memory for %s", path);
    else if (ferror(f))
        rc = failed("read", path, err);
    else if (n > most)
        rc = err_set(err, ERR_LIMIT, "%s is larger than %zu bytes", path, most);
    else
        out->n += n;
    fclose(f);
    return rc;
}

static int sync_path(const char *path, int flags, struct err *err)
{
    int fd = open(path, flags | O_CLOEXEC);
    if (fd < 0)
        return failed("opened", path, err);
    return sync_and_close(fd, path, 0, err);
}

int file_sync_path(const char *path, struct err *err)
{
    return sync_path(path, O_RDWR, err);
}

int dir_sync(const char *dir, struct err *err)
{
    return sync_path(dir, O_RDONLY | O_DIRECTORY, err);
}

int dir_make_empty(const char *dir, struct err *err)
{
    const struct dirent *e;
    int rc = 0;
    if (mkdir(dir, 0750) != 0 && errno != EEXIST)
        return failed("made", dir, err);
    DIR *d = opendir(dir);
    if (d == NULL)
        return failed("read", dir, err);
    while (rc == 0 && (e = readdir(d)) != NULL)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 &&
            strcmp(e->d_name, "lock") != 0) {
            rc = err_set(err, ERR_CONFLICT, "%s is not empty: it has %s", dir, e->d_name);
            err_hint(err, "restore into a directory that is new or empty, and move it into place");
        }
    closedir(d);
    return rc;
}
