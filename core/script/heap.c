/* SPDX-License-Identifier: MIT
 *
 * The memory of one Lua state. Lua tells the old size of every block, so small blocks carry no
 * header: a size up to HEAP_SMALL_MAX means a class, anything above a block of its own. */
#include "heap.h"

#include <stdint.h>
#include <string.h>

#include "base/mem.h"

enum { CHUNK_BYTES = 128 << 10 };

struct heap_chunk {
    _Alignas(16) struct heap_chunk *next;
};

struct heap_big {
    _Alignas(16) struct heap_big *next;
    struct heap_big *prev;
};

void heap_init(struct heap *h, size_t bytes_max, const atomic_int *refuse)
{
    memset(h, 0, sizeof *h);
    h->bytes_max = bytes_max;
    h->refuse = refuse;
}

void heap_fini(struct heap *h)
{
    for (struct heap_chunk *c = h->chunk, *next; c; c = next) {
        next = c->next;
        mem_free(MEM_SCRIPT, c);
    }
    for (struct heap_big *b = h->big, *next; b; b = next) {
        next = b->next;
        mem_free(MEM_SCRIPT, b);
    }
    heap_init(h, h->bytes_max, h->refuse);
}

static bool is_small(size_t n)
{
    return n <= HEAP_SMALL_MAX;
}

static size_t class_of(size_t n)
{
    return (n + HEAP_CLASS_BYTES - 1) / HEAP_CLASS_BYTES;
}

/* What a block of n bytes counts for. */
static size_t weight(size_t n)
{
    return is_small(n) ? class_of(n) * HEAP_CLASS_BYTES : n;
}

static bool new_chunk(struct heap *h)
{
    struct heap_chunk *c = mem_alloc(MEM_SCRIPT, CHUNK_BYTES);
    if (!c)
        return false;
    c->next = h->chunk;
    h->chunk = c;
    h->bump = (char *)(c + 1);
    h->bump_end = (char *)c + CHUNK_BYTES;
    return true;
}

static void *small_get(struct heap *h, size_t n)
{
    size_t class = class_of(n);
    void *p = h->free_list[class];
    if (p) {
        memcpy(&h->free_list[class], p, sizeof(void *));
        return p;
    }
    size_t bytes = class * HEAP_CLASS_BYTES;
    if ((size_t)(h->bump_end - h->bump) < bytes && !new_chunk(h))
        return NULL;
    p = h->bump;
    h->bump += bytes;
    return p;
}

static void small_put(struct heap *h, void *p, size_t n)
{
    size_t class = class_of(n);
    memcpy(p, &h->free_list[class], sizeof(void *));
    h->free_list[class] = p;
}

static void big_link(struct heap *h, struct heap_big *b)
{
    b->prev = NULL;
    b->next = h->big;
    if (h->big)
        h->big->prev = b;
    h->big = b;
}

static void big_unlink(struct heap *h, struct heap_big *b)
{
    if (b->prev)
        b->prev->next = b->next;
    else
        h->big = b->next;
    if (b->next)
        b->next->prev = b->prev;
}

static void *get(struct heap *h, size_t n)
{
    if (is_small(n))
        return small_get(h, n);
    struct heap_big *b = mem_alloc(MEM_SCRIPT, sizeof *b + n);
    if (!b)
        return NULL;
    big_link(h, b);
    return b + 1;
}

static void put(struct heap *h, void *p, size_t n)
{
    if (is_small(n)) {
        small_put(h, p, n);
        return;
    }
    struct heap_big *b = (struct heap_big *)p - 1;
    big_unlink(h, b);
    mem_free(MEM_SCRIPT, b);
}

static bool may_grow(const struct heap *h, size_t old, size_t n)
{
    if (n <= old)
        return true;
    if (h->refuse && atomic_load_explicit(h->refuse, memory_order_relaxed) &&
        n - old > HEAP_GROW_MIN)
        return false;
    return n <= h->bytes_max / HEAP_BLOCK_SHARE &&
           h->used - weight(old) + weight(n) <= h->bytes_max;
}

/* A large block that stays large: the allocator below may grow it in place. */
static void *big_resize(struct heap *h, void *p, size_t n)
{
    struct heap_big *b = (struct heap_big *)p - 1;
    big_unlink(h, b);
    struct heap_big *grown = mem_realloc(MEM_SCRIPT, b, sizeof *b + n);
    big_link(h, grown ? grown : b);
    return grown ? grown + 1 : NULL;
}

static void *resize(struct heap *h, void *p, size_t old, size_t n)
{
    if (is_small(old) && is_small(n) && class_of(old) == class_of(n))
        return p;
    if (!is_small(old) && !is_small(n)) {
        void *q = big_resize(h, p, n);
        return q || n > old ? q : p; /* shrinking must not fail */
    }
    void *q = get(h, n);
    if (!q)
        return n <= old ? p : NULL;
    memcpy(q, p, old < n ? old : n);
    put(h, p, old);
    return q;
}

void *heap_alloc(void *ud, void *p, size_t old, size_t n)
{
    struct heap *h = ud;
    if (!p)
        old = 0; /* Lua passes the kind of object here */
    if (n == 0) {
        if (p && old > 0)
            put(h, p, old);
        h->used -= weight(old);
        return NULL;
    }
    if (!may_grow(h, old, n))
        return NULL;
    void *q = p && old > 0 ? resize(h, p, old, n) : get(h, n);
    if (!q)
        return NULL;
    h->used = h->used - weight(old) + weight(n);
    if (h->used > h->peak)
        h->peak = h->used;
    return q;
}
