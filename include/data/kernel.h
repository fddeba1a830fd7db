/* SPDX-License-Identifier: MIT
 *
 * Counting on bit planes. A row's codes in up to KERNEL_COLS_MAX columns are each mapped to a
 * small number; the sum of these (saturating at 255) is the row's group, and rows are counted by
 * group. A filter is a column whose map gives 0 to what passes and 255 to what does not; a key is
 * a column whose map gives its value's share of the group number.
 *
 * There is a portable version and one for AVX-512 (BW, VBMI, VBMI2), chosen at start by the
 * processor, or by PANJI_KERNELS=portable; both give the same counts. */
#ifndef DATA_KERNEL_H
#define DATA_KERNEL_H

#include <stddef.h>
#include <stdint.h>

enum { KERNEL_COLS_MAX = 16, KERNEL_WIDTH_MAX = 8, KERNEL_GROUPS_MAX = 255, KERNEL_LANES = 4 };

struct kernel_col {
    uint64_t *const *plane;             /* of a slab_col */
    uint8_t width;                      /* at most KERNEL_WIDTH_MAX */
    uint8_t map[1 << KERNEL_WIDTH_MAX]; /* by code; entries behind 1 << width are not used */
};

/* Counts by group, in several lanes so that a store need not wait for the one before. */
struct kernel_hist {
    uint32_t lane[KERNEL_LANES][KERNEL_GROUPS_MAX + 1];
};

/* Counts rows first .. first + n - 1 into hist (added to what is there; at most 2^32 - 1 rows
 * between two flushes). Groups of `groups` or more are rows that do not pass. One hist serves one
 * number of groups. */
void kernel_count(const struct kernel_col *const *col, size_t cols, uint64_t first, uint64_t n,
                  unsigned groups, struct kernel_hist *hist);
/* Adds the counts to out[0 .. groups - 1] and clears them. */
void kernel_flush(struct kernel_hist *hist, unsigned groups, uint64_t *out);

/* "avx512" or "portable". */
const char *kernel_name(void);
/* For tests: false goes back to the choice made at start. */
void kernel_force_portable(int on);

#endif
