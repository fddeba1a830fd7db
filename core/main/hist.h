/* SPDX-License-Identifier: MIT
 *
 * A histogram of durations with buckets that grow with the value (log-linear, as HdrHistogram
 * has them): every power of two is cut into 64 equal buckets, so that a quantile is off by at most
 * one part in 64, upwards, and adding costs a few instructions. Least and most are exact. A plain
 * value: zeroes are an empty one, copies are copies. */
#ifndef MAIN_HIST_H
#define MAIN_HIST_H

#include <stdint.h>

enum { HIST_SUB_BITS = 6, HIST_BUCKETS = (64 - HIST_SUB_BITS) << HIST_SUB_BITS };

struct hist {
    uint64_t n;
    int64_t least, most; /* of what was added; 0 when empty */
    uint64_t bucket[HIST_BUCKETS];
};

/* A negative value counts as 0. */
void hist_add(struct hist *h, int64_t ns);
void hist_merge(struct hist *h, const struct hist *more);
/* The value that a part `q` (0..1) of all values does not exceed; 0 when empty. */
int64_t hist_quantile(const struct hist *h, double q);

#endif
