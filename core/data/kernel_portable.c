/* SPDX-License-Identifier: MIT
 *
 * The counting kernels in plain C: words of 64 bits. Bytes are made by transposing 8 x 8 bits at a
 * time (Warren, "Hacker's Delight", 7-3). */
#include "kernel_int.h"

#include <string.h>

#define VEC       uint64_t
#define VEC_WORDS 1
#define VEC_TARGET
#define VEC_LOAD(p)       (*(p))
#define VEC_STORE(p, v)   (*(p) = (v))
#define VEC_ZERO          0
#define VEC_ONES          (~0ull)
#define VEC_AND(a, b)     ((a) & (b))
#define VEC_OR(a, b)      ((a) | (b))
#define VEC_REST(a, b)    ((a) & ~(b))
#define VEC_PICK(s, a, b) ((b) ^ ((s) & ((a) ^ (b))))
#define VEC_ANY(v)        ((v) != 0)
#define VEC_COUNT(sum, v) ((sum) + (uint64_t)__builtin_popcountll(v))
#include "kernel_mask.h"

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
    for (int b = 0; b < c->width; b++)
        bits |= ((c->plane[b][w] >> (8 * k)) & 0xFF) << (8 * b);
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

static void expand(const struct kernel_plan *p, uint64_t w, size_t words, uint8_t *group)
{
    memset(group, 0, words * WORD_ROWS);
    for (size_t i = 0; i < words; i++)
        for (size_t c = 0; c < p->cols; c++)
            add_shares(p->col[c], w + i, group + i * WORD_ROWS);
}

static bool runs_here(void)
{
    return true;
}

const struct kernel_version kernel_portable = {"portable", runs_here, masks, codes,
                                               mask_cuts,  NULL,      NULL,  expand};
