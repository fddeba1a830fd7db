/* SPDX-License-Identifier: MIT
 *
 * Fuzz target: the stored form of segments. What is tried stands in decode.h. */
#include "seg_check.h"
#include "stored.h"

#define STORED_KIND seg

/* The width is the second byte of a column's head. */
static size_t widen(char *column, uint32_t bits, uint64_t rows)
{
    column[1] = (char)bits;
    return STORED_COL_BYTES + (size_t)((rows * bits + 63) / 64) * 8;
}

static const struct stored_form form = {.header = 48,
                                        .header_bytes_at = 36,
                                        .header_bytes_size = 4,
                                        .head = 16,
                                        .bytes_at = 4,
                                        .bytes_size = 4,
                                        .crc_at = 8,
                                        .widen = widen};

static int make(const struct rows *r, const struct place_tree *tree, uint64_t id, struct seg **out)
{
    return seg_new(r, tree, id, out, NULL);
}

#include "decode.h"
