/* SPDX-License-Identifier: MIT
 *
 * Looks through the plugins for a mapping. Names are letters, digits, '-' and '_' only, so that no
 * name leads out of the directory. */
#include "net/mappings.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>

#include "base/near.h"

enum { PATH_BYTES = 4096 };

static bool is_name(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                    c == '-' || c == '_';
        if (!good)
            return false;
    }
    return s.n > 0 && s.n <= 64;
}

static int read_text(FILE *f, const char *path, char *text, size_t *n, struct err *err)
{
    *n = fread(text, 1, MAPPING_BYTES_MAX + 1, f);
    if (ferror(f))
        return err_set(err, ERR_IO, "%s: %s", path, strerror(errno));
    if (*n > MAPPING_BYTES_MAX)
        return err_set(err, ERR_TOO_LARGE, "%s: a mapping has at most %d bytes", path,
                       MAPPING_BYTES_MAX);
    return 0;
}

int mapping_from_file(const char *path, struct mapping **out, struct err *err)
{
    FILE *f = fopen(path, "re");
    if (f == NULL)
        return err_set(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_IO, "mapping %s: %s", path,
                       strerror(errno));
    char *text = mem_alloc(MEM_NET, MAPPING_BYTES_MAX + 1);
    size_t n = 0;
    int rc = text ? read_text(f, path, text, &n, err) : err_set(err, ERR_MEM, "no memory");
    if (rc == 0)
        rc = mapping_parse((struct str){text, n}, out, err);
    mem_free(MEM_NET, text);
    fclose(f);
    return rc;
}

/* All files that match the two places; the caller frees with globfree. */
static void find(const char *dir, const char *name, glob_t *found)
{
    char pattern[PATH_BYTES];
    memset(found, 0, sizeof *found);
    snprintf(pattern, sizeof pattern, "%s/*/mappings/%s.map", dir, name);
    glob(pattern, 0, NULL, found);
    snprintf(pattern, sizeof pattern, "%s/mappings/%s.map", dir, name);
    glob(pattern, found->gl_pathc > 0 ? GLOB_APPEND : 0, NULL, found);
}

static int unknown(const char *dir, struct str name, struct err *err)
{
    struct near_list near;
    glob_t found;
    near_init(&near);
    find(dir, "*", &found);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        const char *file = strrchr(found.gl_pathv[i], '/') + 1;
        near_offer(&near, name, (struct str){file, strlen(file) - strlen(".map")});
    }
    err_set(err, ERR_NOT_FOUND, "there is no mapping '%.*s' among the %zu under %s", STR_ARG(name),
            (size_t)found.gl_pathc, dir);
    near_hint(&near, err);
    globfree(&found);
    return ERR_NOT_FOUND;
}

int mapping_by_name(const char *plugins_dir, struct str name, struct mapping **out, struct err *err)
{
    char plain[65];
    glob_t found;
    if (!is_name(name))
        return err_set(err, ERR_PARAM,
                       "a mapping is named with letters, digits, '-' and '_', not '%.*s'",
                       STR_ARG(name));
    memcpy(plain, name.p, name.n);
    plain[name.n] = '\0';
    find(plugins_dir, plain, &found);
    int rc = found.gl_pathc > 0 ? mapping_from_file(found.gl_pathv[0], out, err)
                                : unknown(plugins_dir, name, err);
    globfree(&found);
    return rc;
}
