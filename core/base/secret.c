/* SPDX-License-Identifier: MIT
 *
 * Thin over libsodium, so that only this room knows it. */
#include "base/secret.h"

#include <sodium.h>

#include "base/err.h"

STATIC_ASSERT(SECRET_BYTES == crypto_generichash_BYTES, "a hash fits");
STATIC_ASSERT(SECRET_BYTES == crypto_generichash_KEYBYTES, "a key is as long as it should be");

void secret_random(void *out, size_t n)
{
    randombytes_buf(out, n);
}

void secret_hash(const unsigned char key[SECRET_BYTES], const void *p, size_t n,
                 unsigned char out[SECRET_BYTES])
{
    int rc = crypto_generichash(out, SECRET_BYTES, p, n, key, SECRET_BYTES);
    ASSERT(rc == 0);
}

bool secret_equal(const unsigned char a[SECRET_BYTES], const unsigned char b[SECRET_BYTES])
{
    return sodium_memcmp(a, b, SECRET_BYTES) == 0;
}

void secret_wipe(void *p, size_t n)
{
    sodium_memzero(p, n);
}

void secret_write(const void *p, size_t n, char *out)
{
    static const char letters[] = "0123456789abcdefghjkmnpqrstvwxyz";
    const unsigned char *from = p;
    unsigned bits = 0, held = 0;
    for (size_t i = 0; i < n; i++) {
        bits = bits << 8 | from[i];
        held += 8;
        while (held >= 5) {
            held -= 5;
            *out++ = letters[bits >> held & 31];
        }
    }
    if (held > 0)
        *out = letters[bits << (5 - held) & 31];
}
