/* SPDX-License-Identifier: MIT
 *
 * The checksum that ends every page of the database, in eight bytes that SQLite keeps free:
 *
 *     content ... | u32 page number | u32 crc32c of all before
 *
 * One flipped bit, wherever it lies, is found (CRC-32C finds any three at this length), and so is a
 * page that stands in another's place. A page of zeros was never written. */
#ifndef STORE_PAGESUM_H
#define STORE_PAGESUM_H

#include <stdint.h>

enum { PAGESUM_PAGE_BYTES = 16384, PAGESUM_BYTES = 8 };

enum pagesum {
    PAGESUM_GOOD,
    PAGESUM_EMPTY,     /* all zeros */
    PAGESUM_BAD,       /* not what was written */
    PAGESUM_ELSEWHERE, /* whole, but another page */
};

/* Both take a whole page; its number counts from 1. */
void pagesum_put(unsigned char *page, uint32_t number);
enum pagesum pagesum_check(const unsigned char *page, uint32_t number);

#endif
