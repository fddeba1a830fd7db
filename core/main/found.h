/* SPDX-License-Identifier: MIT
 *
 * What an import brought up: the findings that the checks opened since, told on standard error. */
#ifndef MAIN_FOUND_H
#define MAIN_FOUND_H

#include "door.h"

/* The state before the import. 0 when it cannot be told. */
uint64_t found_begin(const struct door *d);
/* With 0 nothing. Else waits a moment for the checks to see the newest state, and tells what they
 * opened since. Says nothing when nothing came up, or when it takes them too long. */
void found_end(const struct door *d, uint64_t begin);

#endif
