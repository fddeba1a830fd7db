/* SPDX-License-Identifier: MIT
 *
 * `panji bench growth`: the same questions over countries of several sizes. Questions of place,
 * sector and date should not depend on the rows, all others should be linear in them. */
#ifndef MAIN_BENCH_GROWTH_H
#define MAIN_BENCH_GROWTH_H

#include "cli.h"

/* --rows N,N,... (default 1, 10, 100 and 310 million), --data DIR: keeps DIR/ROWS for the next
 * time; else each country is made in a temporary directory. */
MUST_USE int bench_growth(const struct cli *c, struct err *err);

#endif
