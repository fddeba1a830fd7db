/* SPDX-License-Identifier: MIT
 *
 * Sets of ids as runs, like a log-structured merge tree in memory:
 *
 *     run[0]  ........................................   hash ascending, then owner
 *     run[1]  ................                           each run more than twice the next
 *     run[2]  ......
 *
 * A batch is a run of its own, which is merged with those before it that are not much longer, so
 * that an id is copied about log2(n) times in its life and few runs have to be looked at. A hash
 * may stand in several runs, and several times in one, when a newer batch took it over; the newest
 * owner that was not retracted has it. What retracted batches had is left out at the next merge. */
#include "data/idset.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { RUNS_MAX = 64 };

struct run {
    atomic_int refs;
    size_t n;
    id_hash *hash;
    uint32_t *owner;
};

struct idset {
    atomic_int refs;
    size_t runs;
    struct run *run[RUNS_MAX];
    size_t gone_count;
    uint32_t *gone; /* owners that were retracted, ascending */
};

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEM, "no memory to recognise registrations by their ids");
}

/* ---- sorting ---- */

enum { DIGIT_BITS = 11, DIGITS = (64 + DIGIT_BITS - 1) / DIGIT_BITS };

static void radix_pass(const struct id_row *from, struct id_row *to, size_t n, unsigned shift)
{
    size_t at[1 << DIGIT_BITS] = {0};
    const uint64_t mask = (1 << DIGIT_BITS) - 1;
    for (size_t i = 0; i < n; i++) {
        at[(from[i].hash >> shift) & mask]++;
    }
    size_t sum = 0;
    for (size_t d = 0; d <= mask; d++) {
        size_t here = at[d];
        at[d] = sum;
        sum += here;
    }
    for (size_t i = 0; i < n; i++) {
        to[at[(from[i].hash >> shift) & mask]++] = from[i];
    }
}

void id_rows_sort(struct id_row *v, struct id_row *spare, size_t n)
{
    STATIC_ASSERT(DIGITS % 2 == 0, "the last pass ends in v");
    for (unsigned d = 0; d < DIGITS; d += 2) {
        radix_pass(v, spare, n, d * DIGIT_BITS);
        radix_pass(spare, v, n, (d + 1) * DIGIT_BITS);
    }
}

/* ---- runs ---- */

static void run_unref(struct run *r)
{
    if (!r || atomic_fetch_sub_explicit(&r->refs, 1, memory_order_acq_rel) != 1) {
        return;
    }
    mem_free(MEM_DATA, r->hash);
    mem_free(MEM_DATA, r->owner);
    mem_free(MEM_DATA, r);
}

static struct run *run_ref(struct run *r)
{
    atomic_fetch_add_explicit(&r->refs, 1, memory_order_relaxed);
    return r;
}

static struct run *run_alloc(size_t n)
{
    struct run *r = mem_calloc(MEM_DATA, 1, sizeof(*r));
    if (!r) {
        return NULL;
    }
    atomic_init(&r->refs, 1);
    r->hash = mem_alloc(MEM_DATA, n * sizeof(*r->hash));
    r->owner = mem_alloc(MEM_DATA, n * sizeof(*r->owner));
    if (!r->hash || !r->owner) {
        run_unref(r);
        return NULL;
    }
    return r;
}

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static bool is_gone(const struct idset *s, uint32_t owner)
{
    return s->gone_count > 0 &&
           bsearch(&owner, s->gone, s->gone_count, sizeof(owner), by_number) != NULL;
}

static void push(const struct idset *s, struct run *to, const struct run *from, size_t i)
{
    if (!is_gone(s, from->owner[i])) {
        to->hash[to->n] = from->hash[i];
        to->owner[to->n++] = from->owner[i];
    }
}

/* `a` is the older one: of equal hashes its owners are the lesser. */
static struct run *merge(const struct idset *s, const struct run *a, const struct run *b)
{
    struct run *r = run_alloc(a->n + b->n);
    size_t i = 0, k = 0;
    while (r && (i < a->n || k < b->n)) {
        if (k == b->n || (i < a->n && a->hash[i] <= b->hash[k])) {
            push(s, r, a, i++);
        } else {
            push(s, r, b, k++);
        }
    }
    return r;
}

/* ---- sets ---- */

static struct idset *set_alloc(size_t gone)
{
    struct idset *s = mem_calloc(MEM_DATA, 1, sizeof(*s));
    if (!s) {
        return NULL;
    }
    atomic_init(&s->refs, 1);
    s->gone = gone > 0 ? mem_alloc(MEM_DATA, gone * sizeof(*s->gone)) : NULL;
    if (gone > 0 && !s->gone) {
        mem_free(MEM_DATA, s);
        return NULL;
    }
    return s;
}

int idset_new(struct idset **out, struct err *err)
{
    *out = set_alloc(0);
    return *out ? 0 : no_memory(err);
}

struct idset *idset_ref(struct idset *s)
{
    atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
    return s;
}

void idset_unref(struct idset *s)
{
    if (!s || atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) != 1) {
        return;
    }
    for (size_t i = 0; i < s->runs; i++) {
        run_unref(s->run[i]);
    }
    mem_free(MEM_DATA, s->gone);
    mem_free(MEM_DATA, s);
}

/* The same set again, with room for `more` retracted owners. */
static struct idset *copy(const struct idset *old, size_t more)
{
    struct idset *s = set_alloc(old->gone_count + more);
    if (!s) {
        return NULL;
    }
    for (size_t i = 0; i < old->runs; i++) {
        s->run[s->runs++] = run_ref(old->run[i]);
    }
    if (old->gone_count > 0) {
        memcpy(s->gone, old->gone, old->gone_count * sizeof(*s->gone));
    }
    s->gone_count = old->gone_count;
    return s;
}

/* Puts the runs in proportion again. */
static bool settle(struct idset *s)
{
    while (s->runs > 1 && s->run[s->runs - 2]->n <= 2 * s->run[s->runs - 1]->n) {
        struct run *a = s->run[s->runs - 2], *b = s->run[s->runs - 1];
        struct run *both = merge(s, a, b);
        if (!both) {
            return false;
        }
        run_unref(a);
        run_unref(b);
        s->runs--;
        s->run[s->runs - 1] = both;
    }
    return true;
}

int idset_add(struct idset *old, const id_hash *hash, size_t n, uint32_t owner, struct idset **out,
              struct err *err)
{
    ASSERT(owner > 0);
    if (n == 0) {
        *out = idset_ref(old);
        return 0;
    }
    struct idset *s = copy(old, 0);
    struct run *r = s ? run_alloc(n) : NULL;
    if (!r) {
        idset_unref(s);
        return no_memory(err);
    }
    for (size_t i = 0; i < n; i++) {
        ASSERT(i == 0 || hash[i - 1] < hash[i]);
        r->hash[i] = hash[i];
        r->owner[i] = owner;
    }
    r->n = n;
    ASSERT(s->runs < RUNS_MAX);
    s->run[s->runs++] = r;
    if (!settle(s)) {
        idset_unref(s);
        return no_memory(err);
    }
    *out = s;
    return 0;
}

int idset_retract(struct idset *old, uint32_t owner, struct idset **out, struct err *err)
{
    struct idset *s = copy(old, 1);
    if (!s) {
        return no_memory(err);
    }
    size_t at = s->gone_count++;
    for (; at > 0 && s->gone[at - 1] > owner; at--) {
        s->gone[at] = s->gone[at - 1];
    }
    s->gone[at] = owner;
    *out = s;
    return 0;
}

/* The first entry at or behind `hash`, at `from` or behind it: steps that double, then bisection,
 * so that many hashes cost a walk and few a search. */
static size_t gallop(const struct run *r, size_t from, id_hash hash)
{
    size_t step = 1, lo = from, hi = from;
    while (hi < r->n && r->hash[hi] < hash) {
        lo = hi + 1;
        hi = r->n - hi > step ? hi + step : r->n;
        step *= 2;
    }
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (r->hash[mid] < hash) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo;
}

void idset_find(const struct idset *s, const id_hash *hash, size_t n, uint32_t *owner)
{
    memset(owner, 0, n * sizeof(*owner));
    for (size_t k = 0; k < s->runs; k++) {
        const struct run *r = s->run[k];
        size_t at = 0;
        for (size_t i = 0; i < n && at < r->n; i++) {
            at = gallop(r, at, hash[i]);
            for (size_t j = at; j < r->n && r->hash[j] == hash[i]; j++) {
                if (r->owner[j] > owner[i] && !is_gone(s, r->owner[j])) {
                    owner[i] = r->owner[j];
                }
            }
        }
    }
}

size_t idset_count(const struct idset *s)
{
    size_t n = 0;
    for (size_t i = 0; i < s->runs; i++) {
        n += s->run[i]->n;
    }
    return n;
}

size_t idset_bytes(const struct idset *s)
{
    size_t a_run = sizeof(struct run);
    size_t an_entry = sizeof(id_hash) + sizeof(uint32_t);
    return sizeof(*s) + s->gone_count * sizeof(*s->gone) + s->runs * a_run +
           idset_count(s) * an_entry;
}
