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
/* The same for messages, where names, dates and numbers must stay readable. Hidden are
 *  - digits without anything between them, 12 to 18 of them (20211118093000 is a date and a time);
 *  - three groups of four digits, as Aadhaar numbers are printed;
 *  - other groups of twelve digits together that pass as an Aadhaar number, without a date among
 *    them (20211118, 2021-11-18, 18-11-2021; of 2000 to 2099).
 * Groups stand together where at most two separators are between them, as in a run. */
size_t digits_hide_aadhaar(struct str s, char *out);

/* Does a name hold an Aadhaar number? Twelve digits in whole groups that pass as one; a date among
 * them, and a date with a time (202111180930), tells them from one. */
bool digits_name_aadhaar(struct str s);

/* Digits 0..9 that pass as an Aadhaar number: the first is 2 or more, the check digit is right. Of
 * other numbers one in ten passes. */
bool aadhaar_valid(const char digits[LONG_NUMBER_DIGITS]);

#endif
