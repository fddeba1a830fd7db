/* SPDX-License-Identifier: MIT
 *
 * `panji bench mixed`: queries while batches arrive, over HTTP, with the latencies of both, and the
 * same without the batches for comparison. */
#ifndef MAIN_BENCH_MIXED_H
#define MAIN_BENCH_MIXED_H

#include "cli.h"

/* --data DIR (a country; a copy of it is used) or --rows N; --rate rows a second, --batch rows of a
 * batch, --days that its rows are spread over, --readers, --asks questions a second of each,
 * --heavy questions of the whole country in a minute, --seconds. ERR_INTERNAL when a batch was lost
 * or counted twice. */
MUST_USE int bench_mixed(const struct cli *c, struct err *err);

#endif
