/* SPDX-License-Identifier: MIT
 *
 * An advisory lock (flock) on a file beside the database. The file stays: removing it would let
 * two processes lock two files of the same name. */
#include "lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/str.h"

enum { PATH_BYTES = 4200 };

static int told_who(int fd, const char *dir, struct err *err)
{
    char text[32];
    ssize_t n = pread(fd, text, sizeof text - 1, 0);
    struct str who = str_trim((struct str){text, n > 0 ? (size_t)n : 0});
    int64_t pid;
    if (str_to_i64(who, &pid) == 0)
        err_set(err, ERR_LOCKED, "the data directory %s is in use by process %lld", dir,
                (long long)pid);
    else
        err_set(err, ERR_LOCKED, "the data directory %s is in use by another process", dir);
    err_hint(err, "stop that process, or talk to it: one data directory has one server");
    return ERR_LOCKED;
}

int lock_take(const char *dir, int *fd, struct err *err)
{
    char path[PATH_BYTES];
    char text[32];
    snprintf(path, sizeof path, "%s/lock", dir);
    int f = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    if (f < 0)
        return err_set(err, ERR_IO, "%s cannot be opened: %s", path, strerror(errno));
    if (flock(f, LOCK_EX | LOCK_NB) != 0) {
        int rc = errno == EWOULDBLOCK
                     ? told_who(f, dir, err)
                     : err_set(err, ERR_IO, "%s cannot be locked: %s", path, strerror(errno));
        close(f);
        return rc;
    }
    int n = snprintf(text, sizeof text, "%ld\n", (long)getpid());
    if (ftruncate(f, 0) != 0 || pwrite(f, text, (size_t)n, 0) != n) {
        int rc = err_set(err, ERR_IO, "%s cannot be written: %s", path, strerror(errno));
        close(f);
        return rc;
    }
    *fd = f;
    return 0;
}

void lock_drop(int fd)
{
    if (fd >= 0)
        close(fd);
}
