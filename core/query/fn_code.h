/* SPDX-License-Identifier: MIT
 *
 * Calls of functions that are programs (struct query_code). */
#ifndef QUERY_FN_CODE_H
#define QUERY_FN_CODE_H

#include "bind.h"

/* The call of f with its bound arguments. */
MUST_USE int code_bind(struct binder *b, const struct ast *ast, const struct query_fn *f,
                       struct expr **arg, struct expr **out);
extern const struct fn fn_code;
/* At the end of a run, whichever way it went. */
void code_close(struct run *r);

#endif
