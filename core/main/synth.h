/* SPDX-License-Identifier: MIT
 *
 * The synthetic country: 36 states, 780 districts, 7,200 blocks, and registrations drawn by exact
 * integer arithmetic from a seed, so that every engine can hold the same rows. Row i is a pure
 * function of (i, seed). Codes: state 1.., district 1001.., block 10001.., centre 100000..,
 * occupation 1000..; sector k is the k-th of the portal's thirty. */
#ifndef MAIN_SYNTH_H
#define MAIN_SYNTH_H

#include <stdint.h>

#include "data/rows.h"
#include "store/store.h"

enum { SYNTH_STATES = 36, SYNTH_DISTRICTS = 780, SYNTH_BLOCKS = 7200, SYNTH_DAYS = 1900 };

struct synth_row {
    int32_t block, district, state; /* from 0 */
    int32_t sector;                 /* 0..29 */
    int32_t day;
    int32_t gender, age, category, channel; /* as in the lists of data/list.h */
    int32_t occupation, centre;             /* from 0 */
};

/* Block of row i, from 0: the part of synth_row that bulk generation needs first. */
int32_t synth_block(uint64_t i, uint64_t seed);
void synth_row(uint64_t i, uint64_t seed, struct synth_row *out);
/* The places of the country, with their codes for names. Does nothing when they are there. */
MUST_USE int synth_places(struct store *s, struct err *err);
/* Rows first .. first + n - 1 as CSV lines (header apart). */
void synth_csv_header(struct buf *out);
void synth_csv(uint64_t first, uint64_t n, uint64_t seed, struct buf *out);
/* The same with all dates folded into the last `days` days, as registrations arrive in a drive. */
void synth_csv_recent(uint64_t first, uint64_t n, uint64_t seed, int32_t days, struct buf *out);
/* The same rows collected; `tree` has the places. */
MUST_USE int synth_rows(uint64_t first, uint64_t n, uint64_t seed, const struct place_tree *tree,
                        struct rows *out, struct err *err);

#endif
