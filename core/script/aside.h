/* SPDX-License-Identifier: MIT
 *
 * Scripts that are set aside: a function of a plugin that a limit of time or memory stopped
 * SCRIPT_STRIKES times within SCRIPT_STRIKES_MS is not called any more, so that it costs nobody
 * else their time. What its plugin says without it goes on. It comes back when the plugins are
 * reloaded.
 *
 * One of these belongs to one version of a plugin; all that was built of the version, for other
 * places or tables, shares it. Any thread. */
#ifndef SCRIPT_ASIDE_H
#define SCRIPT_ASIDE_H

#include "base/err.h"
#include "script/plugin.h"

struct aside;

/* For so many declarations. NULL: no memory. */
struct aside *aside_new(size_t declarations);
struct aside *aside_ref(struct aside *a);
void aside_unref(struct aside *a); /* NULL is fine */

/* Takes note that the function of a declaration was stopped; tells whether it is set aside now
 * and was not before. `why` is the error of the call. */
bool aside_strike(struct aside *a, size_t declaration, const char *why);
/* ERR_UNAVAILABLE when it is set aside. `what` names it: "report drive/x". */
MUST_USE int aside_check(struct aside *a, size_t declaration, const char *what, struct err *err);
/* Since when (wall clock, ms), and the last reason; 0: it is not. */
int64_t aside_since(struct aside *a, size_t declaration, char why[ERR_MSG_BYTES]);
/* All of them come back. */
void aside_clear(struct aside *a);

#endif
