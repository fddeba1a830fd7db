/* SPDX-License-Identifier: MIT
 *
 * Counting on bit planes. A row's codes in up to KERNEL_COLS_MAX columns are each mapped to a
 * small number; the sum of these (saturating at 255) is the row's group, and rows are counted by
 * group. A filter is a column whose map gives 0 to what passes and 255 to what does not; a key is
 * a column whose map gives its value's share of the group number.
 *
 * Columns are prepared once and then counted over many stretches of rows. There are four ways, of
 * which the cheapest is chosen when the columns are prepared:
 *
 *   masks   few groups: a mask for each value of each column, worked out from the planes by a
 *           program of selections; a group is the AND of its columns' masks, its count the number
 *           of set bits. No row is looked at by itself.
 *   codes   few planes: all rows are split by the first plane, each half by the second, and so on;
 *           the counts of all codes follow from how many bits are set in each part.
 *   bytes   many groups: the planes are expanded to a byte a row, mapped, and counted row by row.
 *   gather  many groups, but few rows pass the filters: a mask says which, and what their planes
 *           hold is moved together before it is expanded.
 *
 * Each in three versions (portable, AVX2, AVX-512), chosen at start by the processor, or by
 * PANJI_KERNELS=portable or avx2; all give the same counts.
 *
 * A plan may be read by many threads; a space and a histogram are one thread's. */
#ifndef DATA_KERNEL_H
#define DATA_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    KERNEL_COLS_MAX = 16,
    KERNEL_WIDTH_MAX = 8,
    KERNEL_GROUPS_MAX = 255,
    KERNEL_LANES = 4,
    KERNEL_MASK_GROUPS_MAX = 128, /* groups that are counted by masks */
    KERNEL_CUT_ROWS_MAX = 1 << 23,
};

struct kernel_col {
    uint64_t *const *plane;             /* of a slab_col */
    uint8_t width;                      /* at most KERNEL_WIDTH_MAX */
    uint16_t entries;                   /* codes that occur are below this */
    uint8_t map[1 << KERNEL_WIDTH_MAX]; /* by code */
};

/* Prepared columns. What stands in it is the kernels' own (core/data/kernel_int.h names the parts);
 * it is whole here so that it can lie in the caller's memory. */
enum {
    KERNEL_NODES_MAX = 126, /* selections of a program; their masks fill half a first-level cache */
    KERNEL_ENTRIES_MAX = KERNEL_MASK_GROUPS_MAX,
    KERNEL_PARTS_MAX = KERNEL_MASK_GROUPS_MAX / 2,
    KERNEL_CODE_PLANES_MAX = 6, /* so that every part of a split is one of KERNEL_PARTS_MAX */
};

struct kernel_node {
    uint8_t plane;  /* of plan.plane: chooses between two masks by row */
    uint8_t hi, lo; /* masks: 0 no row, 1 every row, i + 2 the one that node i makes */
};

enum kernel_way { KERNEL_MASKS, KERNEL_CODES, KERNEL_BYTES, KERNEL_GATHER };

struct kernel_plan {
    const struct kernel_col *col[KERNEL_COLS_MAX];
    size_t cols;
    unsigned groups;
    enum kernel_way way;
    bool cut_masks; /* stretches are counted by masks; else by bytes */
    bool drops;     /* some code is dropped */
    uint8_t base;   /* share that every row has */

    /* The program. */
    const uint64_t *plane[KERNEL_NODES_MAX];
    size_t planes;
    struct kernel_node node[KERNEL_NODES_MAX];
    size_t nodes, test_nodes;      /* those of the tests come first */
    uint8_t test[KERNEL_COLS_MAX]; /* masks in which a row must be */
    size_t tests;
    uint8_t mask[KERNEL_ENTRIES_MAX], share[KERNEL_ENTRIES_MAX]; /* values of the keys */
    size_t key_first[KERNEL_COLS_MAX + 1];                       /* into these */
    size_t keys;                                                 /* at least one */
    uint8_t key_col[KERNEL_COLS_MAX];                            /* the columns that they are */
    const uint64_t *code_plane[KERNEL_CODE_PLANES_MAX]; /* of all keys, the first splits first */
    size_t code_planes;
    uint8_t part_share[KERNEL_PARTS_MAX]; /* of each combination of all keys but the last */
    size_t parts;
};

/* `groups`: one more than the highest sum that is not dropped, at most KERNEL_GROUPS_MAX. The plan
 * points to the columns, which stay the caller's and must not change while it is in use. `brief`:
 * it is for so few rows (some thousands) that a program would not be worth its making. */
void kernel_prepare(struct kernel_plan *plan, const struct kernel_col *const *col, size_t cols,
                    unsigned groups, bool brief);

/* Where a thread counts: its masks and bytes. Nothing is kept in it from call to call. NULL: out of
 * memory. */
struct kernel_space;
struct kernel_space *kernel_space_new(void);
void kernel_space_free(struct kernel_space *space); /* NULL is fine */

/* Counts by group. Zeroed by the caller before its first use. */
struct kernel_hist {
    uint64_t mask[KERNEL_MASK_GROUPS_MAX][8]; /* by group (codes: by part), in lanes of a vector */
    uint32_t byte[KERNEL_LANES][KERNEL_GROUPS_MAX + 1]; /* in turn, so that no store waits */
};

/* Counts rows first .. first + n - 1 into hist (added to what is there; at most 2^32 - 1 rows
 * between two flushes). */
void kernel_count(const struct kernel_plan *plan, struct kernel_space *space, uint64_t first,
                  uint64_t n, struct kernel_hist *hist);
/* Adds the counts to out[0 .. groups - 1] and clears them. */
void kernel_flush(const struct kernel_plan *plan, struct kernel_hist *hist, uint64_t *out);

/* Counts stretches that follow each other: stretch i is the rows first + end[i - 1] (0 for the
 * first) .. first + end[i] - 1. Writes out[i * groups + group]. Cheaper than a call a stretch where
 * these are short. end[cuts - 1] is at most KERNEL_CUT_ROWS_MAX. */
void kernel_count_cuts(const struct kernel_plan *plan, struct kernel_space *space, uint64_t first,
                       const uint32_t *end, size_t cuts, uint32_t *out);

/* "avx512", "avx2" or "portable". */
const char *kernel_name(void);
/* For tests: uses this version from now on; NULL goes back to the choice made at start. False: the
 * processor has not got it. */
bool kernel_use(const char *name);

#endif
