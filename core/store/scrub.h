/* SPDX-License-Identifier: MIT
 *
 * The scrub: the background thread has a few pages of the file looked at every so often, so that
 * all of it is read once a day, and damage is known while there are still backups without it.
 *
 *   resting --a period since the last pass--> passing --last page--> [bad pages? parts looked at]
 *      ^                                                                        |
 *      +------------------------------------------------------------------------+ */
#ifndef STORE_SCRUB_H
#define STORE_SCRUB_H

#include <stdint.h>

#include "base/err.h"

struct store;

enum { SCRUB_TICK_MS = 10000, SCRUB_PIECE_PAGES = 64 };

struct scrub {
    uint32_t next; /* page to look at; 0: resting */
    uint32_t pages;
    size_t bad;                 /* pages, in this pass */
    int64_t began_ms, ended_ms; /* the last pass, wall clock; 0: never */
};

/* Called by the background thread every tick; does its share of the pass. */
void scrub_tick(struct store *s, int64_t now_ms);

#endif
