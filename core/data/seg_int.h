/* SPDX-License-Identifier: MIT
 *
 * What seg.c and seg_code.c share about segments. Not for other rooms. */
#ifndef DATA_SEG_INT_H
#define DATA_SEG_INT_H

#include <stdatomic.h>

#include "data/seg.h"

struct seg_box {
    struct seg view;
    atomic_int refs;
    struct seg *origin; /* owner of the shared arrays, or NULL when they are this one's */
};

/* Run arrays for `runs`, columns all absent; NULL when out of memory. Undo with seg_unref. */
struct seg *seg_alloc(const struct schema *schema, uint64_t rows, uint32_t runs);
/* Words of a packed column, the spare one included; 0 for width 0. */
size_t seg_col_words(uint8_t width, uint64_t rows);
/* Packs n values; the column is whole or absent when it fails. */
MUST_USE int seg_col_pack(struct seg_col *c, const int32_t *v, size_t n, struct err *err);
/* The counts of the runs, and their sum, from the column `count`. */
MUST_USE int seg_count_runs(struct seg *s, struct err *err);
/* Strictly increasing by (place order, sector, day). */
bool seg_runs_sorted(const struct seg *s);
/* Orders of stable ids; ERR_CORRUPT when one is not in the tree. */
MUST_USE int seg_map_runs(const uint32_t *run_id, uint32_t runs, const struct place_tree *tree,
                          uint32_t *run_place, struct err *err);
/* The same rows sorted for `tree` again. */
MUST_USE int seg_resort(const struct seg *s, const struct place_tree *tree, struct seg **out,
                        struct err *err);

#endif
