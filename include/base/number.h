/* SPDX-License-Identifier: MIT
 *
 * Numbers as people in India write them: `2,66,000` and `266,000`, `2.66 lakh`, `1.5 crore`,
 * `2 लाख 8 हजार 308`, in Latin or Devanagari digits. Computed in decimals, exactly.
 *
 *     number   = [sign] ( digits [point digits] [unit ...] | part part ... )
 *     part     = digits unit ..., each smaller than the one before; the last may be digits alone
 *     digits   = plain, or grouped with commas: 2,66,000 or 266,000
 *     unit     = hundred, thousand, lakh, million, crore, arab, kharab, in either script; of two
 *                (`lakh crore`) the one multiplies the other
 *
 * What may be read in two ways is an error that says so: `2,66,00`, `266.000`, `2 lakh 300
 * thousand`, `2.5 lakh 8 thousand`. */
#ifndef BASE_NUMBER_H
#define BASE_NUMBER_H

#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

/* units / 10^scale, without zeros at the end of a fraction. */
struct decimal {
    int64_t units;
    int scale; /* 0 .. DECIMAL_SCALE_MAX */
};

enum { DECIMAL_SCALE_MAX = 18, NUMBER_BYTES_MAX = 128 };

/* The whole of s, white space at its ends apart. ERR_VALUE with what is wrong. */
MUST_USE int number_parse(struct str s, struct decimal *out, struct err *err);
/* The same where only a whole number will do: ERR_VALUE for a fraction. */
MUST_USE int number_whole(struct str s, int64_t *out, struct err *err);
/* The same as the nearest double. */
MUST_USE int number_real(struct str s, double *out, struct err *err);

#endif
