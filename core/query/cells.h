/* SPDX-License-Identifier: MIT
 *
 * Small cells: which parts of a known whole may be told, so that no part below k can be computed
 * from the others. Pure arithmetic; any thread. */
#ifndef QUERY_CELLS_H
#define QUERY_CELLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* hidden[i] becomes 1 where count[i] may not be told, else 0. False: none of them may, not even
 * which of them are zero. */
bool cells_hide(const int64_t *count, size_t n, int64_t k, uint8_t *hidden);

#endif
