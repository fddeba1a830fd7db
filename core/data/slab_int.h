/* SPDX-License-Identifier: MIT
 *
 * What slab.c and slab_code.c share about slabs. Not for other rooms. */
#ifndef DATA_SLAB_INT_H
#define DATA_SLAB_INT_H

#include <stdatomic.h>

#include "data/slab.h"

struct slab_box {
    struct slab view;
    atomic_int refs;
    struct slab *origin; /* owner of all but the groups, or NULL when this one owns them */
};

/* Groups and runs allocated, columns empty; NULL when out of memory. Undo with slab_unref. */
struct slab *slab_alloc(const struct schema *schema, uint64_t rows, uint32_t groups, uint32_t runs);
/* Strictly increasing by (place order, sector). */
bool slab_groups_sorted(const struct slab *s);
/* The same rows sorted for `tree` again. */
MUST_USE int slab_resort(const struct slab *s, const struct place_tree *tree, struct slab **out,
                         struct err *err);
/* The code of one row. */
uint32_t slab_code(const struct slab_col *c, uint64_t row);

#endif
