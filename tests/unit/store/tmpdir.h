/* SPDX-License-Identifier: MIT
 *
 * A directory for one test. */
#ifndef TESTS_TMPDIR_H
#define TESTS_TMPDIR_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static inline void tmpdir_make(char out[128])
{
    const char *base = getenv("TMPDIR");
    snprintf(out, 128, "%s/panji-test-XXXXXX", base && strlen(base) < 90 ? base : "/tmp");
    if (mkdtemp(out) == NULL)
        abort();
}

/* The files in it and itself; it has no folders. */
static inline void tmpdir_remove(const char *dir)
{
    DIR *d = opendir(dir);
    struct dirent *e;
    char path[512];
    while (d != NULL && (e = readdir(d)) != NULL) {
        if (e->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
        unlink(path);
    }
    if (d != NULL)
        closedir(d);
    rmdir(dir);
}

#endif
