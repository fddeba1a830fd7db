/* SPDX-License-Identifier: MIT
 *
 * Hashes: a fast 64-bit one for tables in memory (never stored), CRC-32C for what is stored,
 * SHA-256 (libsodium) for the identity of contents. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* At most eight bytes as a number, zeros behind them; nothing behind them is read. */
static inline uint64_t bytes8(const void *data, size_t n)
{
    const unsigned char *p = data;
    uint32_t lo, hi;
    if (n >= 4) { /* the two halves overlap, and agree where they do */
        memcpy(&lo, p, 4);
        memcpy(&hi, p + n - 4, 4);
        return lo | (uint64_t)hi << (8 * (n - 4));
    }
    if (n == 0)
        return 0;
    return p[0] | (uint64_t)p[n >> 1] << (8 * (n >> 1)) | (uint64_t)p[n - 1] << (8 * (n - 1));
}
uint64_t hash64(const void *p, size_t n, uint64_t seed);
/* MurmurHash3's 64-bit finaliser: a bijection that spreads every bit. */
static inline uint64_t hash_mix(uint64_t x)
{
    x ^= x >> 33;
    x *= 0xff51afd7ed558ccdull;
    x ^= x >> 33;
    x *= 0xc4ceb9fe1a85ec53ull;
    x ^= x >> 33;
    return x;
}
/* CRC-32C (Castagnoli, iSCSI), by the processor where it can. Start with 0. */
uint32_t crc32c(uint32_t crc, const void *p, size_t n);
/* The same by tables, on any processor: what crc32c falls back to. */
uint32_t crc32c_portable(uint32_t crc, const void *p, size_t n);

struct sha256 {
    _Alignas(16) unsigned char state[128];
};
void sha256_init(struct sha256 *h);
void sha256_add(struct sha256 *h, const void *p, size_t n);
void sha256_end(struct sha256 *h, unsigned char out[32]);
/* HMAC-SHA-256 (RFC 2104): a signature by a key that both sides know. */
void hmac_sha256(const void *key, size_t key_n, const void *p, size_t n, unsigned char out[32]);
/* SipHash-2-4 (libsodium): who does not have the key can neither make two texts collide nor find a
 * text by its hash. */
enum { HASH_KEY_BYTES = 16 };
uint64_t hash_keyed(const unsigned char key[HASH_KEY_BYTES], const void *p, size_t n);
/* A new key, by the system's random numbers. */
void hash_key_new(unsigned char key[HASH_KEY_BYTES]);
/* Lower-case hexadecimal with a NUL: 2n+1 bytes. */
void hex_encode(const unsigned char *p, size_t n, char *out);

#endif
