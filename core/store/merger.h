/* SPDX-License-Identifier: MIT
 *
 * The background thread that merges segments into slabs. Not for other rooms. */
#ifndef STORE_MERGER_H
#define STORE_MERGER_H

#include "base/err.h"

struct merger;
struct store;

/* After the storage thread was started. */
MUST_USE int merger_new(struct store *s, struct merger **out, struct err *err);
/* Stops what it is doing; before the storage thread ends. NULL is fine. */
void merger_free(struct merger *m);

#endif
