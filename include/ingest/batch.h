/* SPDX-License-Identifier: MIT
 *
 * An import from first byte to answer: bytes are pushed in as they arrive, parsed, resolved to
 * places, sectors and values, and collected; the end seals the batch and hands it to the store.
 * Nothing of a refused batch stays.
 *
 * A large file is read by the threads of a pool: it is cut into pieces where records end, and what
 * the pieces say is taken in again in the order of the file. So all that is told, and what is
 * stored, is the same for any number of threads; a file of one piece is read at its end, by the
 * caller. Without a pool the caller does all the work.
 *
 * A file is CSV or NDJSON, as it is or packed with gzip or zstd; what is hashed, and so what makes
 * two files the same, is the unpacked text.
 *
 * One caller at a time. Pushing never touches the disk (the end does). It waits for the pool when
 * that is far behind: a caller who may not wait asks batch_wait_room before. */
#ifndef INGEST_BATCH_H
#define INGEST_BATCH_H

#include "base/buf.h"
#include "base/err.h"
#include "base/pool.h"
#include "data/snap.h"
#include "ingest/mapping.h"
#include "ingest/unpack.h"
#include "store/store.h"

enum on_error { ON_ERROR_REJECT, ON_ERROR_SKIP };

/* What to do with a registration that is in already, as its registration_id tells: in another
 * batch, or in an earlier row. Unset: what the mapping says (constant: registration_id = replace),
 * else ignore. */
enum id_policy {
    IDS_UNSET,
    IDS_IGNORE,  /* the first one stays */
    IDS_REPLACE, /* the newer one counts in its place */
    IDS_REFUSE   /* a fault of the row */
};
/* "ignore", "replace", "refuse"; false for anything else. */
bool id_policy_of(struct str name, enum id_policy *out);

struct batch_options {
    struct str source; /* "" reads as "unknown" */
    struct str id;     /* Idempotency-Key, or empty */
    struct str reason; /* why it is sent, for the audit trail; may be empty */
    int32_t as_on;     /* DAY_NONE: not stated */
    enum on_error on_error;
    enum id_policy ids;
    bool below_zero;               /* a correction may take cells below zero */
    bool correction;               /* counts may be negative */
    bool dry_run;                  /* all checks, nothing stored */
    bool draft;                    /* a dry run that ends with a draft of a mapping */
    const struct mapping *mapping; /* or NULL; borrowed */
    const struct grant *grant;     /* rows of other places are wrong; or NULL; borrowed */
    struct pool *pool;             /* who reads large files, or NULL; borrowed */
    enum packing packing;          /* PACKING_NONE: the first bytes tell */
    bool ndjson;                   /* false: the first byte tells: `{` begins NDJSON, else CSV */
    size_t piece_bytes;            /* 0: the usual size; tests make them small */
    size_t block_rows;             /* likewise, of rows that are sorted together */
};

struct batch;

/* Pins the current snapshot of `cell` for looking up names. */
MUST_USE int batch_new(struct store *store, struct snap_cell *cell,
                       const struct batch_options *options, struct batch **out, struct err *err);
/* More of the file. After a failure further calls give the same error. ERR_ROWS is only returned
 * at the end, so that as many errors as allowed can be listed. */
MUST_USE int batch_push(struct batch *b, const char *p, size_t n, struct err *err);
/* The same without waiting: takes *used of the bytes, fewer than n when the pool is far behind.
 * Needed for packed files, of which few bytes may be many pieces. */
MUST_USE int batch_push_some(struct batch *b, const char *p, size_t n, size_t *used,
                             struct err *err);
/* Is the pool so far behind that the next push may wait? */
bool batch_is_full(struct batch *b);
/* The same; where it is, `fn` is called once, on a thread of the pool, when it no longer is. It
 * only enqueues work, and nothing is done with the batch until then. */
typedef void (*batch_room_fn)(void *ctx);
bool batch_wait_room(struct batch *b, batch_room_fn fn, void *ctx);
/* The end of the file: seals and commits. ERR_ROWS: refused, see batch_errors. */
MUST_USE int batch_end(struct batch *b, struct batch_result *out, struct err *err);
/* Errors of rows, at most IMPORT_ERRORS_MAX listed; *total counts all. Valid until batch_free. */
struct batch_error {
    uint32_t line, column; /* line 1 is the header; column 1-based, 0: the whole row */
    const char *field;     /* name of the column */
    const char *value;     /* as sent, cut at 64 bytes, never an Aadhaar number */
    const char *reason;
    const char *near; /* near names joined by "|", or "" */
};
const struct batch_error *batch_errors(const struct batch *b, size_t *listed, size_t *total);
/* Words that neither the place tree, the lists nor the mapping know, after batch_end: of each
 * column the most frequent, at most UNKNOWN_LISTED_MAX; *total counts the different ones, up to
 * UNKNOWN_WORDS_MAX. Valid until batch_free. */
struct batch_unknown {
    const char *column; /* as the file calls it */
    const char *kind;   /* as we do: block, sector, ... */
    const char *within; /* the place that it was looked for in, or "" */
    const char *word;   /* as sent, never an Aadhaar number */
    const char *near;   /* near names joined by "|", or "" */
    uint64_t rows;
    uint32_t line; /* the first */
};
const struct batch_unknown *batch_unknown_words(const struct batch *b, size_t *listed,
                                                size_t *total);
/* Things worth telling that refuse nothing (unknown columns that were ignored, ...). */
const char *const *batch_warnings(const struct batch *b, size_t *n);
/* The draft that options.draft asked for, after batch_end gave 0: a mapping with what is guessed of
 * the file's columns and dates, and as comments what is to be completed. */
MUST_USE int batch_draft(const struct batch *b, struct buf *out, struct err *err);
void batch_free(struct batch *b); /* NULL is fine; before batch_end: nothing happened */

/* The answer's JSON body, as POST /v1/registrations gives it, for success ... */
void batch_result_json(const struct batch *b, const struct batch_result *r, struct buf *out);
/* ... and the members of a refusal ("errors": [...], "errors_total": n, and where there are any
 * "unknown_words": [...], "unknown_words_total": n) inside an open object. */
struct json;
void batch_errors_json(const struct batch *b, struct json *j);
/* Nothing where none is listed. */
void batch_unknown_list_json(const struct batch_unknown *list, size_t listed, size_t total,
                             struct json *j);
/* The same of any list of errors. */
void batch_error_list_json(const struct batch_error *error, size_t listed, uint64_t total,
                           struct json *j);
/* Errors as lines of text, and as CSV (line,column,field,value,reason,near; nothing when there are
 * none). */
void batch_errors_text(const struct batch *b, struct buf *out);
void batch_error_list_text(const struct batch_error *error, size_t listed, uint64_t total,
                           struct buf *out);
void batch_errors_csv(const struct batch *b, struct buf *out);

#endif
