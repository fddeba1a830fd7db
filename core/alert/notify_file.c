/* SPDX-License-Identifier: MIT
 *
 * Files: for what reads a directory, and for trying things out. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "notify.h"

enum { PATH_BYTES = 4200, NAME_BYTES = 160 };

static int failed(const char *what, const char *path, struct err *err)
{
    return err_set(err, errno == ENOSPC ? ERR_FULL : ERR_IO, "cannot %s %s: %s", what, path,
                   strerror(errno));
}

/* Only letters, digits, points and dashes: a name never leaves the directory. */
static void file_name(const struct outbox_row *m, char out[NAME_BYTES])
{
    int n = m->recipient.n > 0
                ? snprintf(out, NAME_BYTES, "%.*s-%.*s", STR_ARG(m->id), STR_ARG(m->recipient))
                : snprintf(out, NAME_BYTES, "%.*s.json", STR_ARG(m->id));
    for (int i = 0; i < n && i < NAME_BYTES - 1; i++)
        if (!isalnum((unsigned char)out[i]) && strchr(".-_", out[i]) == NULL)
            out[i] = '_';
}

static int write_all(int fd, struct str body, const char *path, struct err *err)
{
    while (body.n > 0) {
        ssize_t n = write(fd, body.p, body.n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return failed("write", path, err);
        body = (struct str){body.p + n, body.n - (size_t)n};
    }
    return fsync(fd) < 0 ? failed("write", path, err) : 0;
}

int notify_file(const struct notifier *n, const struct outbox_row *m, struct err *err)
{
    char name[NAME_BYTES];
    char path[PATH_BYTES];
    char part[PATH_BYTES];
    file_name(m, name);
    if (mkdir(n->path, 0750) < 0 && errno != EEXIST)
        return failed("make", n->path, err);
    int k = snprintf(path, sizeof path, "%s/%s", n->path, name);
    if (k < 0 || k + 6 >= (int)sizeof part)
        return err_set(err, ERR_LIMIT, "the path of %s is too long", n->name);
    snprintf(part, sizeof part, "%.*s.part", k, path);
    int fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    if (fd < 0)
        return failed("write", part, err);
    int rc = write_all(fd, m->body, part, err);
    if (close(fd) < 0 && rc == 0)
        rc = failed("write", part, err);
    if (rc == 0 && rename(part, path) < 0)
        rc = failed("write", path, err);
    return rc;
}
