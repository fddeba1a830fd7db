/* SPDX-License-Identifier: MIT
 *
 * One file of the watched folder: imported, reported, put away. */
#ifndef INGEST_INBOX_FILE_H
#define INGEST_INBOX_FILE_H

#include <stdatomic.h>

#include "ingest/inbox.h"

struct inbox_file {
    int root;           /* the folder */
    int folder;         /* the one it lies in: root, or that of its source */
    const char *source; /* "" in the root */
    const char *name;
    const struct inbox_options *options;
    const atomic_bool *stop; /* looked at while reading */
};

enum inbox_outcome { INBOX_DONE, INBOX_REFUSED, INBOX_LATER };

/* Is it a regular file that nobody has open for writing? 1; 0: not yet; ERR_ROWS: it is none, and
 * never will be; ERR_IO, ERR_NOT_FOUND. */
MUST_USE int inbox_file_ready(const struct inbox_file *f, struct err *err);
/* INBOX_LATER with *err: it stays where it is. */
enum inbox_outcome inbox_file_take(const struct inbox_file *f, struct err *err);
/* The name as it may be shown. */
struct str inbox_shown(const char *name, char out[65]);

#endif
