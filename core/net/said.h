/* SPDX-License-Identifier: MIT
 *
 * Moments as people send them. */
#ifndef NET_SAID_H
#define NET_SAID_H

#include "base/err.h"
#include "base/str.h"

/* A day (to its end), a day and time of the zone, or "3 days" and "6 hours" from now, as wall-clock
 * milliseconds. ERR_PARAM, naming the parameter. */
MUST_USE int said_moment(const char *name, struct str s, int64_t *out, struct err *err);

#endif
