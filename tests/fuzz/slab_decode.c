/* SPDX-License-Identifier: MIT
 *
 * Fuzz target: the stored form of slabs. What is tried stands in decode.h. */
#include "slab_check.h"
#include "stored.h"

#define STORED_KIND slab

/* The head: kind of table, width, tables, entries; the tables come before the planes. */
static size_t widen(char *column, uint32_t bits, uint64_t rows)
{
    uint32_t head[4];
    memcpy(head, column, sizeof head);
    head[1] = bits;
    memcpy(column, head, sizeof head);
    size_t tables = STORED_COL_BYTES + ((size_t)head[2] + head[3]) * 4;
    return (tables + 7) / 8 * 8 + bits * (size_t)((rows + 63) / 64) * 8;
}

static const struct stored_form form = {.header = 64,
                                        .header_bytes_at = 56,
                                        .header_bytes_size = 8,
                                        .head = 24,
                                        .bytes_at = 8,
                                        .bytes_size = 8,
                                        .crc_at = 4,
                                        .widen = widen};

static int make(const struct rows *r, const struct place_tree *tree, uint64_t id, struct slab **out)
{
    return slab_new(r, 0, r->n, tree, id, out, NULL);
}

#include "decode.h"
