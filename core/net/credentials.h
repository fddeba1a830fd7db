/* SPDX-License-Identifier: MIT
 *
 * Header fields that say who asks. Pure functions; what they give lies in what they are given. */
#ifndef NET_CREDENTIALS_H
#define NET_CREDENTIALS_H

#include "base/err.h"
#include "base/str.h"

/* The text behind "Bearer", the scheme in any case (RFC 9110, 11.1). ERR_SIGN_IN for any other. */
MUST_USE int credentials_bearer(struct str authorization, struct str *out, struct err *err);
/* The first cookie of the name (RFC 6265, 5.4); .p == NULL: there is none. */
struct str credentials_cookie(struct str cookies, const char *name);

#endif
