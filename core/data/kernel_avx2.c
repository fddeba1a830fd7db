/* SPDX-License-Identifier: MIT
 *
 * The counting kernels for AVX2. Bits are counted by looking up half bytes (Mula, Kurz and Lemire,
 * "Faster Population Counts Using AVX2 Instructions", The Computer Journal 2018); bytes are made
 * by comparing each with its own bit of the plane. */
#include "kernel_int.h"

#include <immintrin.h>
#include <string.h>

#define AVX2 __attribute__((target("avx2,popcnt")))

AVX2 static inline __m256i count_bits(__m256i sum, __m256i v)
{
    const __m256i table = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1,
                                           2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
    const __m256i half = _mm256_set1_epi8(15);
    __m256i low = _mm256_shuffle_epi8(table, _mm256_and_si256(v, half));
    __m256i high = _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi16(v, 4), half));
    __m256i bytes = _mm256_add_epi8(low, high);
    return _mm256_add_epi64(sum, _mm256_sad_epu8(bytes, _mm256_setzero_si256()));
}

#define VEC               __m256i
#define VEC_WORDS         4
#define VEC_TARGET        AVX2
#define VEC_LOAD(p)       _mm256_loadu_si256((const __m256i *)(const void *)(p))
#define VEC_STORE(p, v)   _mm256_storeu_si256((__m256i *)(void *)(p), v)
#define VEC_ZERO          _mm256_setzero_si256()
#define VEC_ONES          _mm256_set1_epi8(-1)
#define VEC_AND(a, b)     _mm256_and_si256(a, b)
#define VEC_OR(a, b)      _mm256_or_si256(a, b)
#define VEC_REST(a, b)    _mm256_andnot_si256(b, a)
#define VEC_PICK(s, a, b) _mm256_xor_si256(b, _mm256_and_si256(s, _mm256_xor_si256(a, b)))
#define VEC_ANY(v)        (!_mm256_testz_si256(v, v))
#define VEC_COUNT(sum, v) count_bits(sum, v)
#include "kernel_mask.h"

/* The codes of 32 rows, one a byte, from 32 bits of each plane. */
AVX2 static inline __m256i codes32(const struct kernel_col *c, uint64_t w, int half)
{
    const __m256i spread = _mm256_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2,
                                            2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3);
    const __m256i own = _mm256_set1_epi64x((long long)0x8040201008040201ull);
    __m256i codes = _mm256_setzero_si256();
    for (int b = 0; b < c->width; b++) {
        int bits = (int)(uint32_t)(c->plane[b][w] >> (32 * half));
        __m256i x = _mm256_and_si256(_mm256_shuffle_epi8(_mm256_set1_epi32(bits), spread), own);
        x = _mm256_and_si256(_mm256_cmpeq_epi8(x, own), _mm256_set1_epi8((char)(1 << b)));
        codes = _mm256_or_si256(codes, x);
    }
    return codes;
}

/* Adds the shares of 32 rows. Up to 16 entries are looked up in a register. */
AVX2 static inline __m256i add_shares(const struct kernel_col *c, __m256i codes, __m256i sum)
{
    if (c->width <= 4) {
        __m128i table = _mm_loadu_si128((const __m128i *)(const void *)c->map);
        __m256i map = _mm256_broadcastsi128_si256(table);
        return _mm256_adds_epu8(sum, _mm256_shuffle_epi8(map, codes));
    }
    uint8_t code[32];
    _mm256_storeu_si256((__m256i *)(void *)code, codes);
    for (int i = 0; i < 32; i++)
        code[i] = c->map[code[i]];
    return _mm256_adds_epu8(sum, _mm256_loadu_si256((const __m256i *)(const void *)code));
}

AVX2 static void expand(const struct kernel_plan *p, uint64_t w, size_t words, uint8_t *group)
{
    for (size_t i = 0; i < words * 2; i++) {
        __m256i sum = _mm256_setzero_si256();
        for (size_t c = 0; c < p->cols; c++)
            sum = add_shares(p->col[c], codes32(p->col[c], w + i / 2, (int)(i & 1)), sum);
        _mm256_storeu_si256((__m256i *)(void *)(group + i * 32), sum);
    }
}

static bool runs_here(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("popcnt");
}

const struct kernel_version kernel_avx2 = {"avx2",    runs_here, masks, codes,
                                           mask_cuts, NULL,      NULL,  expand};
