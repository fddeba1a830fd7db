/* SPDX-License-Identifier: MIT
 *
 * Values below 2^(SUB_BITS + 1) have a bucket each. Above, a value of b bits is shifted right until
 * SUB_BITS + 1 bits are left, the highest of them set: its bucket is the shift, then the rest.
 *
 *   value      0 .. 127   128 .. 255   256 .. 511   ...
 *   width         1           2            4
 *   buckets    0 .. 127   128 .. 191   192 .. 255   ... */
#include "hist.h"

enum { SUB = 1 << HIST_SUB_BITS };

static unsigned shift_of(uint64_t v)
{
    unsigned bits = 64 - (unsigned)__builtin_clzll(v | 1);
    return bits > HIST_SUB_BITS + 1 ? bits - HIST_SUB_BITS - 1 : 0;
}

static unsigned bucket_of(uint64_t v)
{
    unsigned shift = shift_of(v);
    return shift * SUB + (unsigned)(v >> shift);
}

/* The largest value of a bucket. */
static int64_t top_of(unsigned bucket)
{
    if (bucket < 2 * SUB)
        return (int64_t)bucket;
    unsigned shift = bucket / SUB - 1;
    uint64_t first = (uint64_t)(bucket - shift * SUB) << shift;
    return (int64_t)(first + ((UINT64_C(1) << shift) - 1));
}

void hist_add(struct hist *h, int64_t ns)
{
    int64_t v = ns > 0 ? ns : 0;
    h->least = h->n == 0 || v < h->least ? v : h->least;
    h->most = v > h->most ? v : h->most;
    h->bucket[bucket_of((uint64_t)v)]++;
    h->n++;
}

void hist_merge(struct hist *h, const struct hist *more)
{
    if (more->n == 0)
        return;
    h->least = h->n == 0 || more->least < h->least ? more->least : h->least;
    h->most = more->most > h->most ? more->most : h->most;
    h->n += more->n;
    for (unsigned i = 0; i < HIST_BUCKETS; i++)
        h->bucket[i] += more->bucket[i];
}

int64_t hist_quantile(const struct hist *h, double q)
{
    uint64_t wanted = (uint64_t)(q * (double)h->n);
    wanted += (double)wanted < q * (double)h->n; /* upwards */
    wanted = wanted < 1 ? 1 : wanted > h->n ? h->n : wanted;
    uint64_t below = 0;
    for (unsigned i = 0; i < HIST_BUCKETS && h->n > 0; i++) {
        below += h->bucket[i];
        if (below >= wanted)
            return top_of(i) < h->most ? top_of(i) : h->most;
    }
    return 0;
}
