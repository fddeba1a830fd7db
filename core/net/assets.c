/* SPDX-License-Identifier: MIT
 *
 * A folder of files, in memory, in the order of their names. */
#include "assets.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/hash.h"
#include "base/limits.h"
#include "coding.h"

enum { PATH_BYTES = 4096, HASH_LETTERS = 8 };

struct assets {
    struct arena arena;
    struct asset at[DASHBOARD_FILES_MAX];
    size_t n;
    size_t bytes;
};

const char assets_policy[] =
    "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'";

static const char *const suffix[ASSET_CODINGS] = {"", ".gz", ".br"};

/* ---- what a name says ----------------------------------------------------------------------- */

static const char *type_of(struct str name)
{
    static const struct {
        const char *extension, *type;
    } types[] = {
        {".html", "text/html; charset=utf-8"},
        {".js", "text/javascript; charset=utf-8"},
        {".css", "text/css; charset=utf-8"},
        {".svg", "image/svg+xml"},
        {".png", "image/png"},
        {".woff2", "font/woff2"},
        {".webmanifest", "application/manifest+json"},
        {".json", "application/json; charset=utf-8"},
        {".txt", "text/plain; charset=utf-8"},
    };
    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        if (str_ends(name, str_of(types[i].extension)))
            return types[i].type;
    return "application/octet-stream";
}

/* NAME-A1B2C3D4.js: eight capitals or digits, as the bundler writes them. */
static bool has_hash(struct str name)
{
    const char *dot = memrchr(name.p, '.', name.n);
    if (dot == NULL || dot - name.p <= HASH_LETTERS || dot[-HASH_LETTERS - 1] != '-')
        return false;
    for (const char *c = dot - HASH_LETTERS; c < dot; c++)
        if (!((*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9')))
            return false;
    return true;
}

static void write_tag(struct str body, enum asset_coding coding, char out[ASSET_TAG_BYTES])
{
    static const char *const mark[ASSET_CODINGS] = {"", "-gz", "-br"};
    unsigned char sum[32];
    char hex[33];
    struct sha256 h;
    sha256_init(&h);
    sha256_add(&h, body.p, body.n);
    sha256_end(&h, sum);
    hex_encode(sum, 16, hex);
    snprintf(out, ASSET_TAG_BYTES, "\"%s%s\"", hex, mark[coding]);
}

/* ---- reading -------------------------------------------------------------------------------- */

static int wrong_file(const char *path, struct err *err)
{
    return err_set(err, ERR_IO, "the dashboard's file %s cannot be read: %s", path,
                   strerror(errno));
}

static int read_open(struct assets *a, FILE *f, const char *path, struct str *out, struct err *err)
{
    struct stat st;
    if (fstat(fileno(f), &st) < 0)
        return wrong_file(path, err);
    size_t n = (size_t)st.st_size;
    if (n > DASHBOARD_BYTES_MAX - a->bytes)
        return err_set(err, ERR_LIMIT, "the dashboard's files are larger than %u bytes together",
                       (unsigned)DASHBOARD_BYTES_MAX);
    char *p = arena_alloc(&a->arena, n + 1);
    if (p == NULL)
        return err_set(err, ERR_MEM, "no memory for the dashboard's file %s", path);
    if (fread(p, 1, n, f) != n)
        return wrong_file(path, err);
    a->bytes += n;
    *out = (struct str){p, n};
    return 0;
}

static int read_body(struct assets *a, const char *dir, struct asset *file,
                     enum asset_coding coding, struct err *err)
{
    char path[PATH_BYTES];
    struct str *body = &file->body[coding];
    snprintf(path, sizeof path, "%s/%.*s%s", dir, STR_ARG(file->name), suffix[coding]);
    FILE *f = fopen(path, "re");
    if (f == NULL)
        return coding != ASSET_PLAIN && errno == ENOENT ? 0 : wrong_file(path, err);
    int rc = read_open(a, f, path, body, err);
    fclose(f);
    TRY(rc);
    write_tag(*body, coding, file->tag[coding]);
    return 0;
}

static int add(struct assets *a, const char *dir, struct str name, struct err *err)
{
    if (a->n == DASHBOARD_FILES_MAX)
        return err_set(err, ERR_LIMIT, "the dashboard in %s has more than %d files", dir,
                       DASHBOARD_FILES_MAX);
    struct asset *file = &a->at[a->n++];
    file->name = str_copy(&a->arena, name);
    if (file->name.p == NULL)
        return err_set(err, ERR_MEM, "no memory for the dashboard");
    file->type = type_of(name);
    file->lasting = has_hash(name);
    for (int c = 0; c < ASSET_CODINGS; c++)
        TRY(read_body(a, dir, file, (enum asset_coding)c, err));
    return 0;
}

static bool is_file(struct str name)
{
    return name.p[0] != '.' && !str_ends(name, str_of(suffix[ASSET_GZIP])) &&
           !str_ends(name, str_of(suffix[ASSET_BROTLI]));
}

static int by_name(const void *x, const void *y)
{
    const struct asset *a = x, *b = y;
    return str_cmp(a->name, b->name);
}

static int read_folder(struct assets *a, const char *dir, struct err *err)
{
    DIR *d = opendir(dir);
    int rc = 0;
    if (d == NULL)
        return err_set(err, ERR_NOT_FOUND, "there is no dashboard in %s", dir);
    for (struct dirent *e; rc == 0 && (e = readdir(d)) != NULL;)
        if (e->d_type != DT_DIR && is_file(str_of(e->d_name)))
            rc = add(a, dir, str_of(e->d_name), err);
    closedir(d);
    TRY(rc);
    qsort(a->at, a->n, sizeof a->at[0], by_name);
    if (assets_find(a, STR("index.html")) == NULL)
        return err_set(err, ERR_NOT_FOUND, "there is no index.html in %s", dir);
    return 0;
}

int assets_load(const char *dir, struct assets **out, struct err *err)
{
    struct assets *a = mem_calloc(MEM_NET, 1, sizeof *a);
    if (a == NULL)
        return err_set(err, ERR_MEM, "no memory for the dashboard");
    arena_init(&a->arena, MEM_NET, 0);
    int rc = read_folder(a, dir, err);
    if (rc < 0) {
        assets_free(a);
        return rc;
    }
    *out = a;
    return 0;
}

void assets_free(struct assets *a)
{
    if (a == NULL)
        return;
    arena_fini(&a->arena);
    mem_free(MEM_NET, a);
}

/* ---- looking -------------------------------------------------------------------------------- */

const struct asset *assets_find(const struct assets *a, struct str name)
{
    size_t from = 0, to = a != NULL ? a->n : 0;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        int order = str_cmp(a->at[middle].name, name);
        if (order == 0)
            return &a->at[middle];
        if (order < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return NULL;
}

enum asset_coding asset_pick(const struct asset *a, struct str accept_encoding)
{
    if (a->body[ASSET_BROTLI].p != NULL && coding_is_accepted(accept_encoding, STR("br")))
        return ASSET_BROTLI;
    if (a->body[ASSET_GZIP].p != NULL && coding_is_accepted(accept_encoding, STR("gzip")))
        return ASSET_GZIP;
    return ASSET_PLAIN;
}
