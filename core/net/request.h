/* SPDX-License-Identifier: MIT
 *
 * One request, from its first line to the last byte of its answer.
 *
 *   HEAD --header checked, route found--> BODY --all bytes here--> WORK --answer made--> READY
 *    |                                     |                                               |
 *    |                                     +--inline routes and failures skip WORK: sent   +--sent
 *    +--refused by the guard: sent at once
 *
 * In WORK the connection is suspended. Once the answer is sent the request is gone.
 *
 * Owned by the connection's HTTP thread except in WORK, when a pool worker owns it; the hand-over
 * in both directions goes through a mutex of the pool or of the HTTP library. */
#ifndef NET_REQUEST_H
#define NET_REQUEST_H

#include <microhttpd.h>
#include <stdatomic.h>

#include "answer.h"
#include "base/cancel.h"
#include "cache.h"
#include "coding.h"
#include "events.h"
#include "flights.h"
#include "guard.h"
#include "ingest/batch.h"
#include "ingest/unpack.h"
#include "journal.h"
#include "net/httpd.h"
#include "query/format.h"
#include "query/sheet.h"
#include "route.h"
#include "store/tokens.h"
#include "tries.h"
#include "turns.h"
#include "url.h"

enum phase { PHASE_HEAD, PHASE_BODY, PHASE_WORK, PHASE_READY };

/* enum format, and what is more than a format of rows */
enum { OUT_HTML = FORMAT_TABLE + 1, OUT_XLSX };

enum { COOKIE_BYTES = 256 };

/* Who asks (access.h). */
struct access_of {
    bool known;     /* there is a role; else only what needs nobody may be done */
    bool anonymous; /* nothing was sent */
    bool local;     /* the command line of this server's own user */
    enum access_role role;
    struct str name;           /* of the token */
    const struct token *token; /* held; NULL: none */
    int64_t expires_ms;        /* of the token or the session; 0: never */
    int64_t wait_ms;           /* the refusal waits so long */
};

struct request {
    struct httpd *httpd;
    const struct service *service;
    struct MHD_Connection *conn;
    struct request *next, *prev; /* of the requests at work, under httpd's mutex */
    enum phase phase;
    bool head;                       /* the method is HEAD */
    bool options;                    /* it is OPTIONS: answered without a route */
    char query_id[REQUEST_ID_BYTES]; /* by which it can be ended */
    char id[REQUEST_ID_BYTES];
    struct str query; /* its text, for the log of slow ones; it may hold anything */
    struct arena arena;
    struct str target; /* as it lies in the library's buffer: only where, it is not read again */
    struct url url;
    struct guard guard;
    struct access_of access;
    struct gate *gate;    /* the server's */
    struct tries *tries;  /* the server's */
    struct viewer viewer; /* who asks, as far as what may be seen depends on it */
    struct route_match match;
    bool made;            /* by another request with the same tag while this one waited */
    struct cache_key key; /* of a tagged request: its tag */
    int format;           /* enum format, OUT_HTML or OUT_XLSX */
    bool hindi;
    enum coding coding;               /* how the client likes its answer compressed */
    struct snap *snap;                /* pinned until the answer is made */
    struct borders *borders;          /* likewise; NULL: those of today */
    const struct plugin_set *plugins; /* likewise */
    uint64_t plugins_hash;            /* of the set that serves (seen_hash) */
    enum packing packing;             /* of the body, as its header says */
    struct buf body;
    uint64_t received;   /* bytes of the body so far */
    struct batch *batch; /* ROUTE_BATCH */
    atomic_bool waiting; /* for the batch's readers: suspended, and to be resumed by one of them */
    struct mapping *mapping;
    struct flight_seat seat; /* with those that ask the same; for routes that are tagged */
    bool flies;              /* it makes the answer for the others */
    bool alone;              /* it makes its own: there is none that others could have */
    struct turn turn;        /* its place among those that wait for a worker */
    struct event_wait wait;  /* Prefer: wait */
    struct event_wait pause; /* access.wait_ms */
    struct cancel cancel;
    struct err err; /* .code < 0: the request has failed and gets this answer */
    struct answer answer;
    int64_t started_ns;
    int64_t held_from_ns, held_ns; /* the sender was made to wait: that is not held against it */
};

/* `target` as sent. NULL when memory is short. What is wrong with the target is in ->err. */
struct request *request_new(struct httpd *h, const struct service *service,
                            struct MHD_Connection *conn, const char *target);
void request_free(struct request *r); /* NULL is fine */

/* Pins the current snapshot and plugin set. ERR_UNAVAILABLE while there is no snapshot. */
MUST_USE int request_pin(struct request *r, struct err *err);
/* The snapshot alone: on an HTTP thread, where the registry must not be waited for. */
MUST_USE int request_pin_snap(struct request *r, struct err *err);
void request_unpin(struct request *r);

/* First parameter of this name; .p == NULL when it was not sent. */
struct str request_arg(const struct request *r, const char *name);
/* Header field, empty when it was not sent. */
struct str request_header(const struct request *r, const char *name);
/* A non-negative whole number up to most; `fallback` when it was not sent. */
MUST_USE int request_number(const struct request *r, const char *name, int64_t fallback,
                            int64_t most, int64_t *out, struct err *err);

/* How the body is packed, from Content-Encoding and Content-Type. ERR_MEDIA for a packing that is
 * not known, or on a route that takes no file. */
MUST_USE int request_packing(struct request *r, struct err *err);
/* The file that is the whole body, unpacked where it is packed (as its first bytes say) to at most
 * `most` bytes. The request owns it. */
MUST_USE int request_file(struct request *r, size_t most, struct str *out, struct err *err);
/* Content-Type is `type`, whatever its parameters. */
bool request_is_type(const struct request *r, const char *type);
/* A day, YYYY-MM-DD; DAY_NONE when it was not sent. */
MUST_USE int request_day(const struct request *r, const char *name, int32_t *out, struct err *err);
/* Takes the borders of the day in this parameter, today's when it was not sent. Needs the pins. */
MUST_USE int request_borders(struct request *r, const char *name, struct err *err);
/* The tree of places in those borders. */
const struct place_tree *request_places(const struct request *r);

/* Format from format=, the extension, Accept; language from lang=, Accept-Language; the deadline
 * from timeout= (seconds, or with a unit: 500ms, 5s). */
MUST_USE int request_negotiate(struct request *r, struct err *err);

/* How long the client would wait for news rather than get a 304 (RFC 7240, 4.3), at most
 * EVENT_WAIT_MAX_S; 0: not at all. */
int64_t request_wait_ms(const struct request *r);
/* The client already has what the answer's ETag stands for. */
bool request_has_tag(const struct request *r);
/* Sets the answer's ETag; true when the client already has it. Needs the pins. */
bool request_tag(struct request *r);

/* Options for format_frame of this request. */
struct format_options request_format_options(struct request *r);
/* Answers with a frame in the format asked for (HTML, xlsx: titled with what the route does). */
MUST_USE int request_reply_frame(struct request *r, const struct frame *f,
                                 const struct format_options *o, struct err *err);
/* Answers with a workbook to be saved as NAME.xlsx. */
MUST_USE int request_reply_sheet(struct request *r, const struct sheet *s, struct str name,
                                 struct err *err);
/* Marks the body as JSON of our own making, complete. */
MUST_USE int request_reply_json(struct request *r, struct err *err);

#endif
