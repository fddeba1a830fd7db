/* SPDX-License-Identifier: MIT
 *
 * The key and the message of a check that gives none. Memory: the arena. ERR_MEM. */
#ifndef SCRIPT_RULE_DEFAULT_H
#define SCRIPT_RULE_DEFAULT_H

#include "declare.h"

/* Places, coded values, texts and dates of the query, in its order; none is an empty list. */
MUST_USE int rule_default_key(struct arena *a, const struct frame *f, struct strs *out,
                              struct err *err);
/* The title (or else the name), then each column with its value. */
MUST_USE int rule_default_message(struct arena *a, struct str name, struct text title,
                                  const struct frame *f, struct text *out, struct err *err);

#endif
