/* SPDX-License-Identifier: MIT
 *
 * How fast CSV becomes durable and visible: one large file, and small batches as offices send them,
 * into an empty store of its own in a temporary directory. */
#ifndef MAIN_BENCH_IMPORT_H
#define MAIN_BENCH_IMPORT_H

#include <stdint.h>

#include "base/err.h"

/* A file of `rows` rows, then batches of a thousand. Prints its lines. Call it by bench_apart. */
MUST_USE int bench_import(uint64_t rows, struct err *err);

#endif
