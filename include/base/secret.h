/* SPDX-License-Identifier: MIT
 *
 * Secrets: random bytes, keyed hashes by which a secret is known without being kept, and comparing
 * that takes as long whatever is compared (libsodium). Any thread. */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>

enum { SECRET_BYTES = 32 };

/* From the system's random numbers. */
void secret_random(void *out, size_t n);
/* BLAKE2b of n bytes, keyed: who has only the hash cannot try texts against it. */
void secret_hash(const unsigned char key[SECRET_BYTES], const void *p, size_t n,
                 unsigned char out[SECRET_BYTES]);
bool secret_equal(const unsigned char a[SECRET_BYTES], const unsigned char b[SECRET_BYTES]);
/* Leaves nothing of it in memory. */
void secret_wipe(void *p, size_t n);

/* n bytes as letters and digits that nobody takes for one another (Crockford's base 32, small):
 * secret_letters(n) characters, the last of which may carry fewer than five bits. No NUL. */
static inline size_t secret_letters(size_t n)
{
    return (n * 8 + 4) / 5;
}
void secret_write(const void *p, size_t n, char *out);

#endif
