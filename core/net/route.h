/* SPDX-License-Identifier: MIT
 *
 * Routes: method and path to handler. A pattern is segments between slashes; {name} stands for any
 * one segment. The table is searched in order, so literal patterns stand before general ones. */
#ifndef NET_ROUTE_H
#define NET_ROUTE_H

#include "base/err.h"
#include "base/str.h"
#include "right.h"

struct request;

enum route_flag {
    ROUTE_INLINE = 1,   /* answered on the HTTP thread: must not block, works under overload */
    ROUTE_BATCH = 2,    /* the body streams into a batch */
    ROUTE_FILE = 4,     /* the body may be HTTP_PLACES_BYTES_MAX */
    ROUTE_FORMAT = 8,   /* a known extension of the path names the format */
    ROUTE_WRITE = 32,   /* waits for the disk: has workers of its own, so that queries go on */
    ROUTE_STREAM = 128, /* server-sent events */
    ROUTE_TABLES = 64,  /* the body, unless it is a query alone, may be TABLE_BYTES_MAX */
    ROUTE_SHELL = 512,  /* ROUTE_INLINE where there is a dashboard */
    ROUTE_CHECKS = 256, /* its answer tells how far the checks have got */
    ROUTE_TAGGED = 16   /* a pure function of snapshot, plugins and request: has an ETag */
};

/* One operation. What it takes and gives is said in the language of operation.h: requests are
 * checked by it, and /openapi.json and the reference tell it. */
struct route {
    const char *method;
    const char *pattern;
    int (*run)(struct request *r, struct err *err);
    unsigned flags;
    const char *doc;    /* one line for the reference */
    const char *params; /* lines of parameters; NULL: none but those that all take */
    const char *body;   /* what is sent; NULL: nothing */
    const char *answer; /* good statuses and what comes with them */
    enum right need;    /* of who asks */
};

enum { ROUTE_CAPTURES_MAX = 3, ROUTE_ALLOW_BYTES = 64 };

struct route_match {
    const struct route *route;
    struct str capture[ROUTE_CAPTURES_MAX]; /* in order of the pattern's {names} */
    struct str extension;                   /* "csv", or empty */
    char allow[ROUTE_ALLOW_BYTES];          /* ERR_METHOD: the methods that the path has */
};

/* HEAD finds GET. ERR_NOT_FOUND with near patterns, ERR_METHOD with `allow`. Captures borrow from
 * path. */
MUST_USE int route_find(const struct route *table, size_t n, struct str method, struct str path,
                        struct route_match *out, struct err *err);

#endif
