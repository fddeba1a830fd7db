/* SPDX-License-Identifier: MIT
 *
 * The files of the dashboard, read once at the start and sent from memory. A file is known by its
 * exact name and by nothing else, so no path leads out of the folder. Immutable once loaded: any
 * thread may look. */
#ifndef NET_ASSETS_H
#define NET_ASSETS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/str.h"

/* How a file can be sent. Beside NAME the build leaves NAME.br and NAME.gz. */
enum asset_coding { ASSET_PLAIN, ASSET_GZIP, ASSET_BROTLI, ASSET_CODINGS };

enum { ASSET_TAG_BYTES = 40 };

struct asset {
    struct str name;
    const char *type;                         /* Content-Type */
    struct str body[ASSET_CODINGS];           /* .p == NULL: not there */
    char tag[ASSET_CODINGS][ASSET_TAG_BYTES]; /* ETag, with its quotes */
    bool lasting; /* the name holds a hash of the content: never asked for again */
};

struct assets;
/* Reads the folder; hidden files are left out. ERR_NOT_FOUND when there is no index.html in it,
 * ERR_LIMIT above DASHBOARD_FILES_MAX or DASHBOARD_BYTES_MAX, ERR_IO. */
MUST_USE int assets_load(const char *dir, struct assets **out, struct err *err);
void assets_free(struct assets *a); /* NULL is fine */
/* NULL when there is none of this name, or no dashboard at all (a NULL). */
const struct asset *assets_find(const struct assets *a, struct str name);
/* The shortest form that the client reads. */
enum asset_coding asset_pick(const struct asset *a, struct str accept_encoding);

/* What the pages may load and do: their own files and answers, nothing inline, nothing else. */
extern const char assets_policy[];

#endif
