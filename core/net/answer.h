/* SPDX-License-Identifier: MIT
 *
 * An answer before it is sent: status, header fields and the whole body. Errors are problem details
 * (RFC 9457). Filled by one worker, then read by the HTTP thread. */
#ifndef NET_ANSWER_H
#define NET_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

#include "assets.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "coding.h"

enum { ETAG_BYTES = 40, TIMING_BYTES = 160, ALLOW_BYTES = 80, WARNING_BYTES = 200 };

struct answer {
    int status;
    const char *type; /* Content-Type; static */
    struct buf body;  /* MEM_NET */
    int fd;           /* or the file that is sent instead, closed behind it; -1: none */
    uint64_t fd_bytes;
    const struct asset *asset; /* or this file of the dashboard, in this coding; NULL: none */
    enum asset_coding coding;
    int64_t rows;          /* of a table, for the log; -1: it is none */
    uint64_t snapshot;     /* Panji-Snapshot; 0: none */
    const char *engine;    /* Panji-Engine; static, or NULL */
    char etag[ETAG_BYTES]; /* with its quotes; "": none */
    char timing[TIMING_BYTES];
    char warning[WARNING_BYTES]; /* Panji-Warning: registrations that are missing; "": none */
    char allow[ALLOW_BYTES];
    const char *origin; /* whose page may read it; or NULL */
    bool varies_by_origin;
    bool preflight;           /* it says what such a page may do */
    const char *authenticate; /* WWW-Authenticate; static, or NULL */
    char cookie[256];         /* Set-Cookie; "": none */
    int retry_after_s;        /* 0: none */
    bool plain;               /* problems as lines of text, for the command line */
    bool page;                /* problems as a page, for browsers */
    bool varies;              /* by Accept and Accept-Language */
    enum coding packed;       /* how the body is compressed */
    bool download;            /* Content-Disposition: attachment */
    char file[80];            /* likewise, under this name; "": none */
    bool close;               /* Connection: close */
    bool queued;              /* given to the library */
    uint64_t sent;            /* bytes of the body, once it was handed over */
};

void answer_init(struct answer *a);
void answer_fini(struct answer *a);

/* What a problem has beside the members of every problem: further JSON members inside the open
 * object, or further lines of text. */
struct problem_more {
    void (*json)(void *ctx, struct json *j);
    void (*text)(void *ctx, struct buf *out);
    void *ctx;
};
/* Replaces whatever was there by a problem. `more` may be NULL. */
void answer_problem(struct answer *a, const struct err *e, const struct problem_more *more);

/* Adds `name;dur=milliseconds` to Server-Timing. */
void answer_timing(struct answer *a, const char *name, int64_t ns);

#endif
