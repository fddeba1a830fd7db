/* SPDX-License-Identifier: MIT
 *
 * A small body as parameters: what a form or a flat JSON object says counts as if it stood in the
 * address. */
#ifndef NET_BODY_H
#define NET_BODY_H

#include "request.h"

/* application/x-www-form-urlencoded (also where no type is given), application/json, or nothing.
 * ERR_PARAM: it is neither, nested, names a thing twice, or one that the route does not take. */
MUST_USE int body_take_args(struct request *r, struct err *err);

#endif
