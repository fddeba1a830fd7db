/* SPDX-License-Identifier: MIT
 *
 * hash64 folds eight bytes a step through a 64x64 -> 128 bit multiplication (the construction of
 * wyhash), two lanes at a time for long inputs. Its values may change between versions: they live
 * in memory only. crc32c and SHA-256 are stored and never change. */
#include "base/hash.h"

#include <sodium.h>
#include <string.h>

#include "base/err.h"
#include "sha_ni.h"

__extension__ typedef unsigned __int128 u128;

#define K0 0xa0761d6478bd642full
#define K1 0xe7037ed1a0b428dbull
#define K2 0x8ebc6af09c88c6e3ull
#define K3 0x589965cc75374cc3ull

/* The factors go in again behind the product: a factor of 0 or ~0 would swallow the other one, and
 * input can be chosen to make one. */
static inline uint64_t fold(uint64_t a, uint64_t b)
{
    u128 product = (u128)a * b;
    return a ^ b ^ (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t load64(const unsigned char *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static inline uint64_t load32(const unsigned char *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

/* 1 to 3 bytes; the first, middle and last cover them all. */
static inline uint64_t load_few(const unsigned char *p, size_t n)
{
    return (uint64_t)p[0] << 16 | (uint64_t)p[n >> 1] << 8 | p[n - 1];
}

uint64_t hash64(const void *data, size_t n, uint64_t seed)
{
    const unsigned char *p = data;
    uint64_t h = seed ^ fold(seed ^ K0, K1);
    uint64_t a = 0;
    uint64_t b = 0;
    if (n > 16) {
        size_t left = n;
        uint64_t lane = h + K3; /* not h: the lanes are joined by exclusive or */
        for (; left > 32; left -= 32, p += 32) {
            h = fold(load64(p) ^ K1, load64(p + 8) ^ h);
            lane = fold(load64(p + 16) ^ K2, load64(p + 24) ^ lane);
        }
        h ^= lane;
        for (; left > 16; left -= 16, p += 16)
            h = fold(load64(p) ^ K1, load64(p + 8) ^ h);
        a = load64(p + left - 16); /* the last 16 bytes, read again where they overlap */
        b = load64(p + left - 8);
    } else if (n >= 8) {
        a = load64(p);
        b = load64(p + n - 8);
    } else if (n >= 4) {
        a = load32(p);
        b = load32(p + n - 4);
    } else if (n > 0) {
        a = load_few(p, n);
    }
    return fold(K3 ^ n, fold(a ^ K1, b ^ h));
}

enum { CRC_SLICES = 8 };

/* Slicing-by-8 tables of the reflected polynomial 0x1EDC6F41. */
static uint32_t crc_table[CRC_SLICES][256];

__attribute__((constructor)) static void crc_table_fill(void)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t c = i;
        for (int bit = 0; bit < 8; bit++)
            c = c & 1 ? c >> 1 ^ 0x82f63b78u : c >> 1;
        crc_table[0][i] = c;
    }
    for (uint32_t i = 0; i < 256; i++)
        for (size_t s = 1; s < CRC_SLICES; s++) {
            uint32_t c = crc_table[s - 1][i];
            crc_table[s][i] = c >> 8 ^ crc_table[0][c & 0xFF];
        }
}

uint32_t crc32c_portable(uint32_t crc, const void *data, size_t n)
{
    const unsigned char *p = data;
    crc = ~crc;
    for (; n >= 8; n -= 8, p += 8) {
        uint64_t v = load64(p) ^ crc; /* little-endian, as all machines that Panji runs on */
        crc = 0;
        for (size_t s = 0; s < CRC_SLICES; s++)
            crc ^= crc_table[CRC_SLICES - 1 - s][v >> (8 * s) & 0xFF];
    }
    for (; n > 0; n--)
        crc = crc >> 8 ^ crc_table[0][(crc ^ *p++) & 0xFF];
    return ~crc;
}
STATIC_ASSERT(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "words are read as they lie in memory");

#ifdef __x86_64__
__attribute__((target("sse4.2"))) static uint32_t crc32c_sse42(uint32_t crc, const void *data,
                                                               size_t n)
{
    const unsigned char *p = data;
    uint64_t c = ~crc;
    for (; n >= 8; n -= 8, p += 8)
        c = __builtin_ia32_crc32di(c, load64(p));
    uint32_t rest = (uint32_t)c;
    for (; n > 0; n--)
        rest = __builtin_ia32_crc32qi(rest, *p++);
    return ~rest;
}
#endif

uint32_t crc32c(uint32_t crc, const void *p, size_t n)
{
#ifdef __x86_64__
    if (__builtin_cpu_supports("sse4.2"))
        return crc32c_sse42(crc, p, n);
#endif
    return crc32c_portable(crc, p, n);
}

STATIC_ASSERT(sizeof(crypto_hash_sha256_state) <= sizeof(struct sha256),
              "libsodium's state must fit");

void sha256_init(struct sha256 *h)
{
    crypto_hash_sha256_init((crypto_hash_sha256_state *)(void *)h->state);
}

/* Whole blocks by the processor, the rest kept for the next time. It works on libsodium's own
 * state (bits counted, a block in the making), so that libsodium can finish what was begun here. */
static void add_ni(crypto_hash_sha256_state *st, const unsigned char *p, size_t n)
{
    size_t held = (size_t)(st->count >> 3) & 63;
    st->count += (uint64_t)n << 3;
    if (held > 0) {
        size_t fill = 64 - held < n ? 64 - held : n;
        memcpy(st->buf + held, p, fill);
        if (held + fill < 64)
            return;
        sha_ni_blocks(st->state, st->buf, 1);
        p += fill;
        n -= fill;
    }
    sha_ni_blocks(st->state, p, n / 64);
    if (n % 64 != 0)
        memcpy(st->buf, p + (n - n % 64), n % 64);
}

void sha256_add(struct sha256 *h, const void *p, size_t n)
{
    static _Atomic int here = -1; /* asked once; asking twice does no harm */
    crypto_hash_sha256_state *st = (crypto_hash_sha256_state *)(void *)h->state;
    if (n == 0)
        return;
    if (here < 0)
        here = sha_ni_here();
    if (here)
        add_ni(st, p, n);
    else
        crypto_hash_sha256_update(st, p, n);
}

void sha256_end(struct sha256 *h, unsigned char out[32])
{
    crypto_hash_sha256_final((crypto_hash_sha256_state *)(void *)h->state, out);
}

void hmac_sha256(const void *key, size_t key_n, const void *p, size_t n, unsigned char out[32])
{
    crypto_auth_hmacsha256_state st;
    crypto_auth_hmacsha256_init(&st, key, key_n);
    crypto_auth_hmacsha256_update(&st, p, n);
    crypto_auth_hmacsha256_final(&st, out);
}

void hex_encode(const unsigned char *p, size_t n, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < n; i++) {
        out[2 * i] = digits[p[i] >> 4];
        out[2 * i + 1] = digits[p[i] & 15];
    }
    out[2 * n] = '\0';
}

STATIC_ASSERT(HASH_KEY_BYTES == crypto_shorthash_KEYBYTES && crypto_shorthash_BYTES == 8,
              "SipHash-2-4 of 64 bits");

uint64_t hash_keyed(const unsigned char key[HASH_KEY_BYTES], const void *p, size_t n)
{
    unsigned char out[crypto_shorthash_BYTES];
    crypto_shorthash(out, p, n, key);
    uint64_t h = 0;
    for (size_t i = sizeof out; i-- > 0;) /* the same on every machine */
        h = h << 8 | out[i];
    return h;
}

void hash_key_new(unsigned char key[HASH_KEY_BYTES])
{
    randombytes_buf(key, HASH_KEY_BYTES);
}
