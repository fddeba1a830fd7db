/* SPDX-License-Identifier: MIT
 *
 * Aadhaar numbers, so that they can be kept out: twelve digits, Latin or Devanagari, with single
 * spaces or hyphens between them or without, the first 2 to 9, the last a check digit (Verhoeff,
 * "Error Detecting Decimal Codes", 1969). One random number of twelve digits in ten passes the
 * check, so a column is judged by how many do: the portal's own numbers have twelve digits too. */
#ifndef INGEST_AADHAAR_H
#define INGEST_AADHAAR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/* How many values of a column look like such numbers. */
struct aadhaar_count {
    uint64_t shaped; /* twelve digits */
    uint64_t valid;  /* of them with the right first and last digit */
};

/* The twelve digits of a value that holds nothing else. */
bool aadhaar_shaped(struct str s, char digits[12]);
bool aadhaar_valid(const char digits[12]);
void aadhaar_look(struct aadhaar_count *c, struct str value);
/* More pass than chance allows. */
bool aadhaar_column(const struct aadhaar_count *c);

enum { AADHAAR_SHOWN_BYTES = 64 };
/* Writes the beginning of `s` as it may be shown: every run of twelve digits or more has its digits
 * replaced by x, bad bytes and control characters are replaced, and it is cut at 64 bytes. */
struct str aadhaar_mask(struct str s, char out[AADHAAR_SHOWN_BYTES + 1]);

#endif
