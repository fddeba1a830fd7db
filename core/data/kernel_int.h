/* SPDX-License-Identifier: MIT
 *
 * What the versions of the counting kernels share. Not for other rooms.
 *
 * Rows are handled in blocks of BLOCK_WORDS words of a plane: large enough that the steps of a
 * program are not felt, small enough that all of its masks stay in the first-level cache. */
#ifndef DATA_KERNEL_INT_H
#define DATA_KERNEL_INT_H

#include "data/kernel.h"

enum {
    WORD_ROWS = 64,
    BLOCK_WORDS = 32,
    BLOCK_ROWS = BLOCK_WORDS * WORD_ROWS,
    DROPPED = KERNEL_GROUPS_MAX,
    MASK_NONE = 0,
    MASK_ALL = 1,
    MASK_FIRST = 2, /* of node 0 */
    MASKS_MAX = KERNEL_NODES_MAX + MASK_FIRST,
};

struct kernel_space {
    _Alignas(64) uint64_t mask[MASKS_MAX][BLOCK_WORDS]; /* the first two are constant */
    _Alignas(64) uint64_t part[KERNEL_PARTS_MAX][BLOCK_WORDS];
    _Alignas(64) uint8_t group[2 * BLOCK_ROWS + WORD_ROWS];
    void *memory; /* what was allocated for it */
};

/* One version of all kernels. */
struct kernel_version {
    const char *name;
    bool (*runs_here)(void);
    void (*masks)(const struct kernel_plan *p, struct kernel_space *space, uint64_t first,
                  uint64_t n, struct kernel_hist *hist);
    void (*codes)(const struct kernel_plan *p, struct kernel_space *space, uint64_t first,
                  uint64_t n, struct kernel_hist *hist);
    void (*mask_cuts)(const struct kernel_plan *p, struct kernel_space *space, uint64_t first,
                      const uint32_t *end, size_t cuts, uint32_t *out);
    /* NULL: rows are expanded block by block, then counted. */
    void (*bytes)(const struct kernel_plan *p, struct kernel_space *space, uint64_t first,
                  uint64_t n, struct kernel_hist *hist);
    /* NULL: as bytes. */
    void (*gather)(const struct kernel_plan *p, struct kernel_space *space, uint64_t first,
                   uint64_t n, struct kernel_hist *hist);
    /* The groups of the rows of words w .. w + words - 1, a byte each; at most BLOCK_WORDS. */
    void (*expand)(const struct kernel_plan *p, uint64_t w, size_t words, uint8_t *group);
};

extern const struct kernel_version kernel_portable, kernel_avx2, kernel_avx512;

/* Bits of word `w` that lie in the rows first .. end - 1. */
static inline uint64_t kernel_rows_mask(uint64_t w, uint64_t first, uint64_t end)
{
    uint64_t from = w * WORD_ROWS, mask = ~0ull;
    if (from < first)
        mask &= ~0ull << (first - from);
    if (end - from < WORD_ROWS)
        mask &= ~0ull >> (WORD_ROWS - (end - from));
    return mask;
}

/* Words of the block that begins with word w, of rows up to end - 1. */
static inline size_t kernel_block_words(uint64_t w, uint64_t end)
{
    uint64_t words = (end + WORD_ROWS - 1) / WORD_ROWS - w;
    return words < BLOCK_WORDS ? (size_t)words : BLOCK_WORDS;
}

/* Counts the bytes group[from .. to - 1] into hist, in turn by lane. */
static inline void kernel_count_bytes(const uint8_t *group, size_t from, size_t to,
                                      struct kernel_hist *hist)
{
    size_t i = from;
    for (; i + KERNEL_LANES <= to; i += KERNEL_LANES) {
        hist->byte[0][group[i]]++;
        hist->byte[1][group[i + 1]]++;
        hist->byte[2][group[i + 2]]++;
        hist->byte[3][group[i + 3]]++;
    }
    for (; i < to; i++)
        hist->byte[0][group[i]]++;
}

#endif
