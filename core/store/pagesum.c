/* SPDX-License-Identifier: MIT
 *
 * Computed where pages go to the file, checked where they come from it. */
#include "pagesum.h"

#include <string.h>

#include "base/hash.h"

enum { NUMBER_AT = PAGESUM_PAGE_BYTES - 8, CRC_AT = PAGESUM_PAGE_BYTES - 4 };

void pagesum_put(unsigned char *page, uint32_t number)
{
    memcpy(page + NUMBER_AT, &number, sizeof number);
    uint32_t crc = crc32c(0, page, CRC_AT);
    memcpy(page + CRC_AT, &crc, sizeof crc);
}

enum pagesum pagesum_check(const unsigned char *page, uint32_t number)
{
    static const unsigned char zeros[PAGESUM_PAGE_BYTES];
    uint32_t crc, told;
    memcpy(&told, page + NUMBER_AT, sizeof told);
    memcpy(&crc, page + CRC_AT, sizeof crc);
    if (told == 0 && crc == 0 && memcmp(page, zeros, sizeof zeros) == 0)
        return PAGESUM_EMPTY;
    if (crc != crc32c(0, page, CRC_AT))
        return PAGESUM_BAD;
    return told == number ? PAGESUM_GOOD : PAGESUM_ELSEWHERE;
}
