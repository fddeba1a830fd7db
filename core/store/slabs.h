/* SPDX-License-Identifier: MIT
 *
 * Slabs on disk. Not for other rooms. */
#ifndef STORE_SLABS_H
#define STORE_SLABS_H

#include "data/merge.h"
#include "store/store.h"

struct slab_list {
    struct slab **at; /* references */
    size_t n, cap;
};

/* All slabs, decoded and verified by several threads. Before the storage thread runs. On failure
 * the list holds what was loaded; slab_list_fini in any case. */
MUST_USE int slabs_load(struct store *s, const struct place_tree *tree, struct slab_list *out,
                        struct err *err);
void slab_list_fini(struct slab_list *list);
/* Threads for work on all slabs. */
int store_threads(void);

/* Writes a merge of snapshot `from` and publishes it. 1: void, because the places changed
 * meanwhile. Any thread but the storage thread. */
MUST_USE int slabs_install(struct store *s, const struct snap *from, const struct merge *m,
                           struct err *err);

#endif
