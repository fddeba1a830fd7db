/* SPDX-License-Identifier: MIT
 *
 * Pages from elsewhere that may read the answers (Fetch standard, CORS). Nobody's, unless the
 * configuration names them. Pure functions. */
#ifndef NET_CORS_H
#define NET_CORS_H

#include <stdbool.h>

#include "base/str.h"
#include "script/settings.h"

/* What Access-Control-Allow-Origin says to a page from there: the origin as the configuration has
 * it, "*", or NULL for nothing. settings may be NULL. */
const char *cors_allow(const struct settings *settings, struct str origin);
/* The answer says different things to different origins. */
bool cors_varies(const struct settings *settings);
/* A page from there was named itself: it may change things, too, with a token of its own. */
bool cors_names(const char *allowed);

/* Header fields that such pages may send, and see. */
extern const char cors_may_send[], cors_may_see[];

#endif
