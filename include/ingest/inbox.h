/* SPDX-License-Identifier: MIT
 *
 * The watched folder: files that are dropped there are imported as batches and put away with a
 * report.
 *
 *     inbox/file.csv            a batch of no named source
 *     inbox/SOURCE/file.csv     a batch of SOURCE, through the mapping of that name if there is one
 *     inbox/done/[SOURCE/]      what was taken in, each with NAME.report.json and NAME.report.txt,
 *                               and NAME.rejects.csv where rows were left out
 *     inbox/refused/[SOURCE/]   the same of what was refused
 *
 * A file is taken when its writer has closed it and it has not changed for `settle_ms`. Names that
 * begin with '.' or end in .part, .tmp, .filepart, .crdownload or '~' are left alone. The identity
 * of a batch is its content, so a file that was taken in and could not be put away (the process was
 * killed) is recognised when it is found again. Nothing is ever overwritten: where a name is taken,
 * a number is added. When the outcome is open (the disk is full, the store is busy), the file stays
 * and is tried again, later each time.
 *
 * A thread of its own, which sleeps until the folder changes (inotify) and looks through it now and
 * then all the same. */
#ifndef INGEST_INBOX_H
#define INGEST_INBOX_H

#include "ingest/batch.h"

struct inbox_options {
    const char *dir; /* made when it is not there; borrowed */
    struct store *store;
    struct snap_cell *cell;
    struct pool *pool; /* who reads large files, or NULL */
    /* The mapping of a source; *out NULL where it has none. NULL: no source has one. */
    int (*mapping)(void *ctx, struct str source, struct mapping **out, struct err *err);
    void *mapping_ctx;
    enum on_error on_error;
    int64_t poll_ms;   /* between two looks when nothing stirs; 0: 10 s */
    int64_t settle_ms; /* 0: 1 s */
    int64_t retry_ms;  /* after a failure, doubled each time up to 5 minutes; 0: 1 s */
};

struct inbox;
/* Borrows everything until inbox_stop. ERR_IO: the folder cannot be made or read. */
MUST_USE int inbox_start(const struct inbox_options *options, struct inbox **out, struct err *err);
/* Gives up what is being read (nothing of it has happened then). NULL is fine. */
void inbox_stop(struct inbox *in);

struct inbox_stats {
    uint64_t done, refused; /* files put away since the start */
    uint64_t failures;      /* attempts that will be repeated */
    uint64_t waiting;       /* files seen at the last look and not put away */
};
void inbox_stats_get(struct inbox *in, struct inbox_stats *out);

#endif
