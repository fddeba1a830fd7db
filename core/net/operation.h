/* SPDX-License-Identifier: MIT
 *
 * What a route takes and gives, as its row of the table says it. Three small languages:
 *
 *   params   a line each: NAME:TYPE[!][=DEFAULT] words about it
 *            TYPE is text, integer, number, flag (0 or 1), day, moment, or a|b|c; '!': required.
 *            NAME is one of the pattern's {names}, else a field of the address; "p.*" stands for
 *            every name that begins so, and "*" says that the handler knows the others.
 *   body     fields: the parameters may stand in a form or a flat JSON object, too
 *            rows, file, table, query, lua, files: see the table in openapi.c
 *   answer   "201 Import; 200 Import": statuses and shapes (shape.h); [Shape] is a table of such
 *            rows, in all formats; a lower-case word is a body that is no JSON, see openapi.c
 *
 * The texts are ours: what cannot be read is an assertion. */
#ifndef NET_OPERATION_H
#define NET_OPERATION_H

#include "route.h"
#include "url.h"

struct operation_param {
    struct str name, type, fallback, doc; /* fallback.p NULL: none */
    bool required;
    bool in_path; /* a part of the pattern */
};
/* The next line at *at, which starts as route->params; false at the end. */
bool operation_param(const struct route *route, const char **at, struct operation_param *out);

struct operation_answer {
    int status;
    struct str shape; /* without its brackets */
    bool rows;        /* [Shape] */
};
/* Likewise of route->answer. */
bool operation_answer(const struct route *route, const char **at, struct operation_answer *out);

/* Parameters that say how to answer, not what: every route takes them. */
bool operation_is_common(struct str name);
/* ERR_PARAM, with near names, when one of the parameters is not the route's. `strict`: nor one that
 * "*" leaves to the handler. */
MUST_USE int operation_check(const struct route *route, const struct url *url, bool strict,
                             struct err *err);

#endif
