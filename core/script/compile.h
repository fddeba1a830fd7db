/* SPDX-License-Identifier: MIT
 *
 * Queries of a plugin, compiled and checked when it is loaded. */
#ifndef SCRIPT_COMPILE_H
#define SCRIPT_COMPILE_H

#include "object.h"

/* Parses `text` with `extra` behind it, checks that every @name is declared, and binds it. On
 * success *q belongs to the object and *result (without rows) to the caller. ERR_PLUGIN with the
 * mistake in *fault, or with fault->code 0 when it has been shown already; other codes with err. */
MUST_USE int compile_query(struct plugin_object *o, struct reader *r, struct str text,
                           struct str extra, const struct param *param, size_t params,
                           const struct query_context *ctx, struct query **q,
                           struct query_result *result, struct err *fault, struct err *err);

#endif
