/* SPDX-License-Identifier: MIT
 *
 * Verhoeff's check digit. */
#ifndef BASE_VERHOEFF_H
#define BASE_VERHOEFF_H

#include <stdbool.h>
#include <stddef.h>

/* Is the last of n digits 0..9 the check digit of those before it? */
bool verhoeff_valid(const char *digit, size_t n);

#endif
