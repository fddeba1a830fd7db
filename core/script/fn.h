/* SPDX-License-Identifier: MIT
 *
 * Functions for queries: expressions, and programs in Lua. They are named without their plugin,
 * as target sets are, and may be used in the queries of all plugins and over HTTP. */
#ifndef SCRIPT_FN_H
#define SCRIPT_FN_H

#include "object.h"

/* Builds the functions of an object; mistakes in their declarations are shown. ERR_MEM. */
MUST_USE int fns_build(struct plugin_object *o, struct err *err);
/* Binds their expressions, once all functions are known (in ctx). ERR_MEM. */
MUST_USE int fns_check(struct plugin_object *o, const struct query_context *ctx, struct err *err);

#endif
