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

enum { URL_ARGS_MAX = 256 };

struct url {
    struct str path; /* decoded, starts with '/' */
    struct arg *arg; /* decoded, in the order sent */
    size_t args;
};

/* Takes "/path?name=value&..." apart; everything is copied into the arena. ERR_USAGE for what
 * cannot be read, ERR_TOO_LARGE above HTTP_URL_BYTES_MAX, ERR_LIMIT above URL_ARGS_MAX. */
MUST_USE int url_parse(struct arena *a, struct str target, struct url *out, struct err *err);
/* Adds the fields of an application/x-www-form-urlencoded text. */
MUST_USE int url_form(struct arena *a, struct str text, struct url *out, struct err *err);

#endif
