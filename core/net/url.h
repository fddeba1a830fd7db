/* SPDX-License-Identifier: MIT
 *
 * A request target, taken apart and decoded by us and not by the HTTP library, so that a NUL, half
 * an escape or bytes that are no UTF-8 are refused instead of guessed at. */
#ifndef NET_URL_H
#define NET_URL_H

#include "base/err.h"
#include "base/mem.h"
#include "base/str.h"
#include "script/plugin.h"

/* An escaped slash (%2F) belongs to its segment and ends none: until the route is found it stands
 * in the path as this control character, which no path may contain otherwise. */
enum { URL_ARGS_MAX = 256, URL_SLASH = 0x1F };

struct url {
    struct str path; /* decoded, starts with '/' */
    struct arg *arg; /* decoded, in the order sent */
    size_t args;
};

/* Takes "/path?name=value&..." apart; everything is copied into the arena. ERR_USAGE for what
 * cannot be read, ERR_TOO_LARGE above HTTP_URL_BYTES_MAX, ERR_LIMIT above URL_ARGS_MAX. */
MUST_USE int url_parse(struct arena *a, struct str target, struct url *out, struct err *err);
/* A copy of a segment of the path with its slashes back; .p == NULL when out of memory. */
struct str url_segment(struct arena *a, struct str segment);
/* Adds the fields of an application/x-www-form-urlencoded text. */
MUST_USE int url_form(struct arena *a, struct str text, struct url *out, struct err *err);

#endif
