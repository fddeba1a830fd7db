/* SPDX-License-Identifier: MIT
 *
 * Digits in the scripts that India writes, and long numbers in texts: a number of twelve digits may
 * be an Aadhaar number, so whatever shows a text that came from outside hides such a run. */
#ifndef BASE_DIGITS_H
#define BASE_DIGITS_H

#include "base/str.h"

enum { LONG_NUMBER_DIGITS = 12 };

/* The digit at s.p[at], 0..9, and its bytes; -1 when there is none. Latin, full width, Arabic (both
 * rows) and the nine scripts from Devanagari to Malayalam. */
int digit_at(struct str s, size_t at, size_t *bytes);

/* Digits that belong together: up to two spaces, control characters, hyphens, points, slashes or
 * characters without width may stand between two of them. */
struct digit_run {
    size_t end;   /* behind the last digit */
    size_t count; /* digits */
    char first[LONG_NUMBER_DIGITS];
};
/* The run that begins with the digit at s.p[at]; false when there is none. */
bool digit_run_at(struct str s, size_t at, struct digit_run *out);

/* Copies s with every digit of a run of twelve or more as x; out has room for s.n bytes. Gives the
 * bytes written. `out` may be s.p. */
size_t digits_hide(struct str s, char *out);
/* The same of runs of twelve to `most` digits: what is longer is no number of a person. */
size_t digits_hide_upto(struct str s, size_t most, char *out);

#endif
