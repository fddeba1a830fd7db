/* SPDX-License-Identifier: MIT
 *
 * Fuzz target: the stored form of slabs. What is tried stands in decode.h. */
#include "slab_check.h"
#include "stored.h"

#define STORED_KIND slab

static const struct stored_form form = {.header = 64,
                                        .header_bytes_at = 56,
                                        .header_bytes_size = 8,
                                        .head = 24,
                                        .bytes_at = 8,
                                        .bytes_size = 8,
                                        .crc_at = 4};

static int make(const struct rows *r, const struct place_tree *tree, uint64_t id, struct slab **out)
{
    return slab_new(r, 0, r->n, tree, id, out, NULL);
}

#include "decode.h"
