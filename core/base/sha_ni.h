/* SPDX-License-Identifier: MIT
 *
 * SHA-256's compression of blocks by the processor's own instructions, where it has them. */
#ifndef BASE_SHA_NI_H
#define BASE_SHA_NI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool sha_ni_here(void);
/* `blocks` times 64 bytes. Only where sha_ni_here. */
void sha_ni_blocks(uint32_t state[8], const unsigned char *p, size_t blocks);

#endif
