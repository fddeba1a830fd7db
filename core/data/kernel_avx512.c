/* SPDX-License-Identifier: MIT
 *
 * The counting kernels for AVX-512 (BW, VBMI, VBMI2, VPOPCNTDQ). A selection is one instruction,
 * bits are counted in the vector; for bytes a plane's word is a mask that adds its bit to 64 lanes
 * at once, and the map is a permutation. */
#include "kernel_int.h"

#include <immintrin.h>
#include <string.h>

#define AVX512                                                                                     \
    __attribute__((target("avx512f,avx512bw,avx512vbmi,avx512vbmi2,avx512vpopcntdq,popcnt,bmi2")))

#define VEC               __m512i
#define VEC_WORDS         8
#define VEC_TARGET        AVX512
#define VEC_LOAD(p)       _mm512_loadu_si512(p)
#define VEC_STORE(p, v)   _mm512_storeu_si512(p, v)
#define VEC_ZERO          _mm512_setzero_si512()
#define VEC_ONES          _mm512_set1_epi8(-1)
#define VEC_AND(a, b)     _mm512_and_si512(a, b)
#define VEC_OR(a, b)      _mm512_or_si512(a, b)
#define VEC_REST(a, b)    _mm512_andnot_si512(b, a)
#define VEC_PICK(s, a, b) _mm512_ternarylogic_epi64(s, a, b, 0xCA)
#define VEC_ANY(v)        (_mm512_test_epi64_mask(v, v) != 0)
#define VEC_COUNT(sum, v) _mm512_add_epi64(sum, _mm512_popcnt_epi64(v))
#include "kernel_mask.h"

/* A column's map in registers: 64 entries each. */
struct wide_map {
    __m512i part[4];
};

AVX512 static inline void load_map(const struct kernel_col *c, struct wide_map *map)
{
    for (int k = 0; k < 4; k++)
        map->part[k] = _mm512_loadu_si512(c->map + 64 * k);
}

AVX512 static inline void load_maps(const struct kernel_plan *p, struct wide_map *map)
{
    for (size_t c = 0; c < p->cols; c++)
        load_map(p->col[c], &map[c]);
}

AVX512 static inline __m512i codes_of(const struct kernel_col *c, uint64_t w)
{
    __m512i codes = _mm512_setzero_si512();
    for (int b = 0; b < c->width; b++)
        codes =
            _mm512_mask_add_epi8(codes, c->plane[b][w], codes, _mm512_set1_epi8((char)(1 << b)));
    return codes;
}

AVX512 static inline __m512i shares_of(const struct kernel_col *c, const struct wide_map *m,
                                       __m512i codes)
{
    if (c->width <= 6)
        return _mm512_permutexvar_epi8(codes, m->part[0]);
    __m512i low = _mm512_permutex2var_epi8(m->part[0], codes, m->part[1]);
    if (c->width == 7)
        return low;
    __m512i high = _mm512_permutex2var_epi8(m->part[2], codes, m->part[3]);
    return _mm512_mask_blend_epi8(_mm512_movepi8_mask(codes), low, high);
}

/* The groups of 64 rows; those outside of `rows` are dropped. */
AVX512 static inline __m512i groups_of(const struct kernel_plan *p, const struct wide_map *map,
                                       uint64_t w, uint64_t rows)
{
    const __m512i dropped = _mm512_set1_epi8((char)DROPPED);
    __m512i sum = _mm512_mask_blend_epi8(rows, dropped, _mm512_setzero_si512());
    for (size_t c = 0; c < p->cols; c++) {
        sum = _mm512_adds_epu8(sum, shares_of(p->col[c], &map[c], codes_of(p->col[c], w)));
        if (p->drops && c + 1 < p->cols && _mm512_cmpneq_epi8_mask(sum, dropped) == 0)
            break; /* nothing is left to count */
    }
    return sum;
}

AVX512 static void expand(const struct kernel_plan *p, uint64_t w, size_t words, uint8_t *group)
{
    struct wide_map map[KERNEL_COLS_MAX];
    load_maps(p, map);
    for (size_t i = 0; i < words; i++)
        _mm512_storeu_si512(group + i * WORD_ROWS, groups_of(p, map, w + i, ~0ull));
}

/* Groups of rows that pass are gathered without a branch for each row, then counted. */
AVX512 static void bytes(const struct kernel_plan *p, struct kernel_space *space, uint64_t first,
                         uint64_t n, struct kernel_hist *hist)
{
    const __m512i dropped = _mm512_set1_epi8((char)DROPPED);
    struct wide_map map[KERNEL_COLS_MAX];
    uint64_t end = first + n;
    uint8_t *group = space->group;
    size_t gathered = 0;
    load_maps(p, map);
    for (uint64_t w = first / WORD_ROWS; w * WORD_ROWS < end; w++) {
        __m512i groups = groups_of(p, map, w, kernel_rows_mask(w, first, end));
        uint64_t left = _mm512_cmpneq_epi8_mask(groups, dropped);
        _mm512_storeu_si512(group + gathered, _mm512_maskz_compress_epi8(left, groups));
        gathered += (size_t)__builtin_popcountll(left);
        if (gathered >= BLOCK_ROWS) {
            kernel_count_bytes(group, 0, gathered, hist);
            gathered = 0;
        }
    }
    kernel_count_bytes(group, 0, gathered, hist);
}

/* ---- gathering ------------------------------------------------------------------------------ */

enum { KEY_PLANES_MAX = KERNEL_COLS_MAX * KERNEL_WIDTH_MAX };

/* Rows that passed, up to 64 of them, as words of the keys' planes. */
struct gathered {
    const struct kernel_plan *p;
    struct wide_map map[KERNEL_COLS_MAX];  /* by key */
    const uint64_t *plane[KEY_PLANES_MAX]; /* of all keys, one behind the other */
    uint64_t word[KEY_PLANES_MAX];
    size_t planes;
    unsigned fill;
    size_t bytes; /* groups waiting to be counted */
};

AVX512 static void gather_init(struct gathered *x, const struct kernel_plan *p)
{
    x->p = p;
    x->planes = x->bytes = 0;
    x->fill = 0;
    for (size_t k = 0; k < p->keys; k++) {
        const struct kernel_col *c = p->col[p->key_col[k]];
        load_map(c, &x->map[k]);
        for (int b = 0; b < c->width; b++) {
            x->word[x->planes] = 0;
            x->plane[x->planes++] = c->plane[b];
        }
    }
}

/* The groups of the rows gathered. */
AVX512 static void expand_gathered(struct gathered *x, uint8_t *group)
{
    __m512i sum = _mm512_set1_epi8((char)x->p->base);
    const uint64_t *word = x->word;
    for (size_t k = 0; k < x->p->keys; k++) {
        const struct kernel_col *c = x->p->col[x->p->key_col[k]];
        __m512i codes = _mm512_setzero_si512();
        for (int b = 0; b < c->width; b++)
            codes = _mm512_mask_add_epi8(codes, *word++, codes, _mm512_set1_epi8((char)(1 << b)));
        sum = _mm512_adds_epu8(sum, shares_of(c, &x->map[k], codes));
    }
    _mm512_storeu_si512(group + x->bytes, sum);
    x->bytes += x->fill < WORD_ROWS ? x->fill : WORD_ROWS;
}

/* Adds the rows of word w that `rows` names. */
AVX512 static inline void gather_word(struct gathered *x, uint64_t w, uint64_t rows, uint8_t *group)
{
    unsigned at = x->fill, n = (unsigned)__builtin_popcountll(rows);
    uint64_t rest[KEY_PLANES_MAX];
    if (at + n < WORD_ROWS) {
        for (size_t i = 0; i < x->planes; i++)
            x->word[i] |= _pext_u64(x->plane[i][w], rows) << at;
        x->fill = at + n;
        return;
    }
    for (size_t i = 0; i < x->planes; i++) {
        uint64_t bits = _pext_u64(x->plane[i][w], rows);
        x->word[i] |= bits << at;
        rest[i] = bits >> 1 >> (WORD_ROWS - 1 - at); /* at may be 0, and 64 is no distance */
    }
    x->fill = WORD_ROWS;
    expand_gathered(x, group);
    for (size_t i = 0; i < x->planes; i++)
        x->word[i] = rest[i];
    x->fill = at + n - WORD_ROWS;
}

AVX512 static void gather(const struct kernel_plan *p, struct kernel_space *space, uint64_t first,
                          uint64_t n, struct kernel_hist *hist)
{
    struct gathered x;
    uint64_t end = first + n;
    gather_init(&x, p);
    for (uint64_t w = first / WORD_ROWS; w * WORD_ROWS < end; w += BLOCK_WORDS) {
        size_t words = kernel_block_words(w, end);
        if (!run_tests(space, (words + VEC_WORDS - 1) / VEC_WORDS, p, w, words, first, end))
            continue;
        for (size_t i = 0; i < words; i++)
            if (space->part[0][i] != 0)
                gather_word(&x, w + i, space->part[0][i], space->group);
        if (x.bytes >= BLOCK_ROWS) {
            kernel_count_bytes(space->group, 0, x.bytes, hist);
            x.bytes = 0;
        }
    }
    if (x.fill > 0)
        expand_gathered(&x, space->group);
    kernel_count_bytes(space->group, 0, x.bytes, hist);
}

static bool runs_here(void)
{
    return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vbmi") &&
           __builtin_cpu_supports("avx512vbmi2") && __builtin_cpu_supports("avx512vpopcntdq") &&
           __builtin_cpu_supports("bmi2");
}

const struct kernel_version kernel_avx512 = {"avx512",  runs_here, masks,  codes,
                                             mask_cuts, bytes,     gather, expand};
