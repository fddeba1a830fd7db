/* SPDX-License-Identifier: MIT
 *
 * Counting on bit planes, 64 rows at a time:
 *
 *   planes --expand--> 64 codes --map--> 64 shares --add, saturating--> 64 groups --count--> hist
 *
 * With AVX-512 a plane's word is a mask that adds its bit to 64 byte lanes in one instruction, the
 * map is a byte permutation, and few groups are counted by comparing and counting mask bits. The
 * portable version transposes 8 x 8 bits at a time (Warren, "Hacker's Delight", 7-3). */
#include "data/kernel.h"

#include <immintrin.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { WORD_ROWS = 64, FEW_GROUPS = 20, GATHERED = 1024, DROPPED = KERNEL_GROUPS_MAX };

typedef void count_fn(const struct kernel_col *const *col, size_t cols, uint64_t first, uint64_t n,
                      unsigned groups, struct kernel_hist *hist);

/* Bits of word `w` that lie in the rows first .. end - 1. */
static uint64_t rows_mask(uint64_t w, uint64_t first, uint64_t end)
{
    uint64_t from = w * WORD_ROWS, mask = ~0ull;
    if (from < first) {
        mask &= ~0ull << (first - from);
    }
    if (end - from < WORD_ROWS) {
        mask &= ~0ull >> (WORD_ROWS - (end - from));
    }
    return mask;
}

/* ---- portable ---- */

/* x holds 8 rows of 8 bits, row i in byte i; returns its transpose. */
static uint64_t transpose8(uint64_t x)
{
    uint64_t t = (x ^ (x >> 7)) & 0x00AA00AA00AA00AAull;
    x ^= t ^ (t << 7);
    t = (x ^ (x >> 14)) & 0x0000CCCC0000CCCCull;
    x ^= t ^ (t << 14);
    t = (x ^ (x >> 28)) & 0x00000000F0F0F0F0ull;
    return x ^ t ^ (t << 28);
}

/* The codes of 8 rows, one a byte: bits 8k .. 8k+7 of each plane's word. */
static uint64_t codes8(const struct kernel_col *c, uint64_t w, int k)
{
    uint64_t bits = 0;
    for (int b = 0; b < c->width; b++) {
        bits |= ((c->plane[b][w] >> (8 * k)) & 0xFF) << (8 * b);
    }
    return transpose8(bits);
}

static void add_shares(const struct kernel_col *c, uint64_t w, uint8_t group[WORD_ROWS])
{
    for (int k = 0; k < 8; k++) {
        uint64_t codes = codes8(c, w, k);
        for (int i = 0; i < 8; i++, codes >>= 8) {
            unsigned sum = group[8 * k + i] + c->map[codes & 0xFF];
            group[8 * k + i] = (uint8_t)(sum > DROPPED ? DROPPED : sum);
        }
    }
}

static void count_portable(const struct kernel_col *const *col, size_t cols, uint64_t first,
                           uint64_t n, unsigned groups, struct kernel_hist *hist)
{
    (void)groups;
    uint64_t end = first + n;
    for (uint64_t w = first / WORD_ROWS; w * WORD_ROWS < end; w++) {
        uint8_t group[WORD_ROWS] = {0};
        for (size_t c = 0; c < cols; c++) {
            add_shares(col[c], w, group);
        }
        for (uint64_t mask = rows_mask(w, first, end); mask; mask &= mask - 1) {
            int i = __builtin_ctzll(mask);
            hist->lane[i % KERNEL_LANES][group[i]]++;
        }
    }
}

/* ---- AVX-512 ---- */

#define WIDE __attribute__((target("avx512f,avx512bw,avx512vbmi,avx512vbmi2,popcnt")))

/* A column's map in registers: 64 entries each. */
struct wide_map {
    __m512i part[4];
};

WIDE static inline __m512i expand(const struct kernel_col *c, uint64_t w)
{
    __m512i codes = _mm512_setzero_si512();
    for (int b = 0; b < c->width; b++) {
        codes =
            _mm512_mask_add_epi8(codes, c->plane[b][w], codes, _mm512_set1_epi8((char)(1 << b)));
    }
    return codes;
}

WIDE static inline __m512i apply(const struct kernel_col *c, const struct wide_map *m,
                                 __m512i codes)
{
    if (c->width <= 6) {
        return _mm512_permutexvar_epi8(codes, m->part[0]);
    }
    __m512i low = _mm512_permutex2var_epi8(m->part[0], codes, m->part[1]);
    if (c->width == 7) {
        return low;
    }
    __m512i high = _mm512_permutex2var_epi8(m->part[2], codes, m->part[3]);
    return _mm512_mask_blend_epi8(_mm512_movepi8_mask(codes), low, high);
}

WIDE static inline __m512i groups_of(const struct kernel_col *const *col,
                                     const struct wide_map *map, size_t cols, uint64_t w,
                                     uint64_t mask)
{
    const __m512i dropped = _mm512_set1_epi8((char)DROPPED);
    __m512i sum = _mm512_mask_blend_epi8(mask, dropped, _mm512_setzero_si512());
    for (size_t c = 0; c < cols; c++) {
        sum = _mm512_adds_epu8(sum, apply(col[c], &map[c], expand(col[c], w)));
        if (c + 1 < cols && _mm512_cmpneq_epi8_mask(sum, dropped) == 0) {
            break; /* nothing is left to count */
        }
    }
    return sum;
}

WIDE static void load_maps(const struct kernel_col *const *col, size_t cols, struct wide_map *map)
{
    for (size_t c = 0; c < cols; c++) {
        for (int k = 0; k < 4; k++) {
            map[c].part[k] = _mm512_loadu_si512(col[c]->map + 64 * k);
        }
    }
}

WIDE static void count_few(const struct kernel_col *const *col, const struct wide_map *map,
                           size_t cols, uint64_t first, uint64_t n, unsigned groups,
                           struct kernel_hist *hist)
{
    uint64_t end = first + n;
    uint32_t sum[FEW_GROUPS] = {0};
    for (uint64_t w = first / WORD_ROWS; w * WORD_ROWS < end; w++) {
        __m512i group = groups_of(col, map, cols, w, rows_mask(w, first, end));
        for (unsigned g = 0; g < groups; g++) {
            __mmask64 hit = _mm512_cmpeq_epi8_mask(group, _mm512_set1_epi8((char)g));
            sum[g] += (uint32_t)__builtin_popcountll(hit);
        }
    }
    for (unsigned g = 0; g < groups; g++) {
        hist->lane[0][g] += sum[g];
    }
}

WIDE static void count_codes(const uint8_t *group, size_t n, struct kernel_hist *hist)
{
    size_t i = 0;
    for (; i + KERNEL_LANES <= n; i += KERNEL_LANES) {
        hist->lane[0][group[i]]++;
        hist->lane[1][group[i + 1]]++;
        hist->lane[2][group[i + 2]]++;
        hist->lane[3][group[i + 3]]++;
    }
    for (; i < n; i++) {
        hist->lane[0][group[i]]++;
    }
}

/* Groups of rows that pass are gathered without a branch for each row, then counted. */
WIDE static void count_many(const struct kernel_col *const *col, const struct wide_map *map,
                            size_t cols, uint64_t first, uint64_t n, struct kernel_hist *hist)
{
    const __m512i dropped = _mm512_set1_epi8((char)DROPPED);
    uint64_t end = first + n;
    uint8_t group[GATHERED + WORD_ROWS];
    size_t gathered = 0;
    for (uint64_t w = first / WORD_ROWS; w * WORD_ROWS < end; w++) {
        __m512i groups = groups_of(col, map, cols, w, rows_mask(w, first, end));
        uint64_t left = _mm512_cmpneq_epi8_mask(groups, dropped);
        _mm512_storeu_si512(group + gathered, _mm512_maskz_compress_epi8(left, groups));
        gathered += (size_t)__builtin_popcountll(left);
        if (gathered >= GATHERED) {
            count_codes(group, gathered, hist);
            gathered = 0;
        }
    }
    count_codes(group, gathered, hist);
}

WIDE static void count_avx512(const struct kernel_col *const *col, size_t cols, uint64_t first,
                              uint64_t n, unsigned groups, struct kernel_hist *hist)
{
    struct wide_map map[KERNEL_COLS_MAX];
    load_maps(col, cols, map);
    if (groups <= FEW_GROUPS) {
        count_few(col, map, cols, first, n, groups, hist);
    } else {
        count_many(col, map, cols, first, n, hist);
    }
}

/* ---- choosing ---- */

static count_fn *chosen = count_portable, *at_start = count_portable;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void choose(void)
{
    const char *want = getenv("PANJI_KERNELS");
    bool portable = want && strcmp(want, "portable") == 0;
    if (!portable && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vbmi") &&
        __builtin_cpu_supports("avx512vbmi2")) {
        chosen = at_start = count_avx512;
    }
}

void kernel_count(const struct kernel_col *const *col, size_t cols, uint64_t first, uint64_t n,
                  unsigned groups, struct kernel_hist *hist)
{
    pthread_once(&once, choose);
    if (n > 0) {
        chosen(col, cols, first, n, groups, hist);
    }
}

void kernel_flush(struct kernel_hist *hist, unsigned groups, uint64_t *out)
{
    for (unsigned g = 0; g < groups; g++) {
        for (int k = 0; k < KERNEL_LANES; k++) {
            out[g] += hist->lane[k][g];
            hist->lane[k][g] = 0;
        }
    }
}

const char *kernel_name(void)
{
    pthread_once(&once, choose);
    return chosen == count_portable ? "portable" : "avx512";
}

void kernel_force_portable(int on)
{
    pthread_once(&once, choose);
    chosen = on ? count_portable : at_start;
}
