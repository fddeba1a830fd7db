/* SPDX-License-Identifier: MIT
 *
 * Memory by room, and arenas.
 *
 * With jemalloc every room has an arena of its own, and every thread a cache per room: an explicit
 * one, because jemalloc's automatic cache belongs to the thread's own arena and an allocation from
 * a named arena would go past it and take a lock. Caches come at first use and go with the thread.
 * The sanitizer builds use malloc, so that the sanitizers see every block.
 *
 * Accounting: one relaxed counter per room holds the usable size of each block. It is raised before
 * a block is taken and lowered after it is given back, so a budget is never overrun, not even for a
 * moment by two threads at once. What mem_must takes is counted, but never refused by a budget:
 * a full room must still be able to say so. The budget of all rooms together is looked at for
 * blocks of a page and more (arenas take no smaller ones), so that small ones cost nothing.
 *
 * Arena: a list of chunks, newest first; chunks double from 4 KiB to 1 MiB. A request that is large
 * against the next chunk gets a chunk of its own, put behind the current one, whose free space
 * stays in use. Under AddressSanitizer what is not handed out is poisoned. */
#include "base/mem.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef USE_JEMALLOC
#include <jemalloc/jemalloc.h>

#include <sys/mman.h>
#include <unistd.h>

/* Columns and cubes are large and read at random: huge pages save most of their TLB misses
 * (measured: a scan of cold planes takes a quarter of the time). What is small is left on small
 * pages, because a huge one is cleared as a whole for the first byte that is used of it. */
enum { HUGE_PAGE = 2 << 20 };
#else
#include <malloc.h>
#endif

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#define POISON(p, n)   __asan_poison_memory_region((p), (n))
#define UNPOISON(p, n) __asan_unpoison_memory_region((p), (n))
#else
#define POISON(p, n)   ((void)(p), (void)(n))
#define UNPOISON(p, n) ((void)(p), (void)(n))
#endif

enum { ARRAY_FIRST = 16 };
enum { CHUNK_FIRST = 4096, CHUNK_LAST = 1 << 20, ARENA_ALIGN = 16 };

/* A cache line each, so that rooms do not slow each other down. */
struct room_account {
    _Alignas(64) atomic_size_t used;
    atomic_size_t limit;
};

static struct room_account accounts[MEM_ROOMS];
static atomic_size_t limit_all;             /* 0: none */
static atomic_uint_fast64_t fail_countdown; /* 0: off */

/* Rooms whose blocks are wiped when they are given back: what people sent, before it is known
 * whether it may be kept. */
static const bool wiped[MEM_ROOMS] = {[MEM_INGEST] = true};

static const char *const names[MEM_ROOMS] = {"base",   "data",  "store", "ingest", "query",
                                             "script", "alert", "net",   "main"};

const char *mem_room_name(enum mem_room room)
{
    ASSERT((unsigned)room < MEM_ROOMS);
    return names[room];
}

size_t mem_used(enum mem_room room)
{
    return atomic_load_explicit(&accounts[room].used, memory_order_relaxed);
}

void mem_limit(enum mem_room room, size_t bytes_max)
{
    atomic_store_explicit(&accounts[room].limit, bytes_max, memory_order_relaxed);
}

void mem_limit_all(size_t bytes_max)
{
    atomic_store_explicit(&limit_all, bytes_max, memory_order_relaxed);
}

size_t mem_share(size_t usual, unsigned part)
{
    size_t limit = atomic_load_explicit(&limit_all, memory_order_relaxed);
    return limit != 0 && limit / part < usual ? limit / part : usual;
}

void mem_fail_at(uint64_t n)
{
    atomic_store(&fail_countdown, n);
}

/* True for exactly one of the callers: the one that takes the count from 1 to 0. */
static bool must_fail_now(void)
{
    uint_fast64_t left = atomic_load_explicit(&fail_countdown, memory_order_relaxed);
    while (left > 0)
        if (atomic_compare_exchange_weak(&fail_countdown, &left, left - 1))
            return left == 1;
    return false;
}

/* How a block is wanted. */
enum want { WANT_PLAIN = 0, WANT_CLEAR = 1, WANT_PAST_BUDGET = 2 };

/* Rooms that grow with the data are refused an eighth before the others, so that what is held can
 * still be asked. The room's own counter has the block already. */
static bool fits_all(enum mem_room room, size_t n)
{
    size_t limit = atomic_load_explicit(&limit_all, memory_order_relaxed);
    if (limit == 0 || n < CHUNK_FIRST)
        return true;
    if (room == MEM_DATA || room == MEM_STORE || room == MEM_INGEST)
        limit -= limit / 8;
    size_t all = 0;
    for (int r = 0; r < MEM_ROOMS; r++)
        all += atomic_load_explicit(&accounts[r].used, memory_order_relaxed);
    return all <= limit;
}

static bool account_add(enum mem_room room, size_t n, unsigned want)
{
    struct room_account *a = &accounts[room];
    size_t before = atomic_fetch_add_explicit(&a->used, n, memory_order_relaxed);
    size_t limit = atomic_load_explicit(&a->limit, memory_order_relaxed);
    if ((want & WANT_PAST_BUDGET) ||
        ((limit == 0 || (n <= limit && before <= limit - n)) && fits_all(room, n)))
        return true;
    atomic_fetch_sub_explicit(&a->used, n, memory_order_relaxed);
    return false;
}

static void account_sub(enum mem_room room, size_t n)
{
    atomic_fetch_sub_explicit(&accounts[room].used, n, memory_order_relaxed);
}

#ifdef USE_JEMALLOC

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t thread_key;
static unsigned arena_of[MEM_ROOMS];
static _Thread_local int flags_of[MEM_ROOMS]; /* of this thread; 0: not made yet */

/* At thread end: the caches give back what they hold. */
static void drop_caches(void *unused)
{
    (void)unused;
    for (int r = 0; r < MEM_ROOMS; r++) {
        if (flags_of[r] == 0)
            continue;
        unsigned cache = ((unsigned)flags_of[r] >> 8 & 0xFFF) - 2;
        if (flags_of[r] != (int)(MALLOCX_ARENA(arena_of[r]) | MALLOCX_TCACHE_NONE))
            mallctl("tcache.destroy", NULL, NULL, &cache, sizeof cache);
        flags_of[r] = 0;
    }
}

static void make_arenas(void)
{
    for (int r = 0; r < MEM_ROOMS; r++) {
        size_t size = sizeof arena_of[r];
        if (mallctl("arenas.create", &arena_of[r], &size, NULL, 0) != 0)
            assert_failed("jemalloc gave no arena", __FILE__, __LINE__);
    }
    if (pthread_key_create(&thread_key, drop_caches) != 0)
        assert_failed("no thread key for memory", __FILE__, __LINE__);
}

static int make_flags(enum mem_room room)
{
    pthread_once(&once, make_arenas);
    unsigned cache;
    size_t size = sizeof cache;
    int flags = (int)(MALLOCX_ARENA(arena_of[room]) | MALLOCX_TCACHE_NONE);
    if (mallctl("tcache.create", &cache, &size, NULL, 0) == 0)
        flags = (int)(MALLOCX_ARENA(arena_of[room]) | MALLOCX_TCACHE(cache));
    pthread_setspecific(thread_key, flags_of); /* any value: it only has the destructor run */
    flags_of[room] = flags;
    return flags;
}

static inline int flags_for(enum mem_room room)
{
    int flags = flags_of[room];
    return flags != 0 ? flags : make_flags(room);
}

/* A wish: what the kernel says to it changes nothing but speed. */
static void *on_huge_pages(void *p, size_t n)
{
    uintptr_t first = ((uintptr_t)p + HUGE_PAGE - 1) & ~(uintptr_t)(HUGE_PAGE - 1);
    uintptr_t end = ((uintptr_t)p + n) & ~(uintptr_t)(HUGE_PAGE - 1);
    if (p != NULL && first < end)
        (void)madvise((void *)first, end - first, MADV_HUGEPAGE);
    return p;
}

static void *block_new(enum mem_room room, size_t n, unsigned want)
{
    size_t size = nallocx(n, 0);
    if (size == 0 || !account_add(room, size, want))
        return NULL;
    void *p = mallocx(n, flags_for(room) | (want & WANT_CLEAR ? MALLOCX_ZERO : 0));
    if (p == NULL)
        account_sub(room, size);
    return n >= HUGE_PAGE ? on_huge_pages(p, n) : p;
}

/* As rallocx, but nothing stays behind. */
static void *move(enum mem_room room, void *p, size_t old, size_t n)
{
    size_t size = nallocx(n, 0);
    if (size == old || xallocx(p, n, 0, flags_for(room)) == size)
        return p;
    void *q = mallocx(n, flags_for(room));
    if (q == NULL)
        return NULL;
    memcpy(q, p, old < n ? old : n);
    explicit_bzero(p, old);
    dallocx(p, flags_for(room));
    return q;
}

static void *block_resize(enum mem_room room, void *p, size_t n)
{
    size_t old = sallocx(p, 0);
    size_t size = nallocx(n, 0);
    if (size == 0 || !account_add(room, size, WANT_PLAIN))
        return NULL;
    void *q = wiped[room] ? move(room, p, old, n) : rallocx(p, n, flags_for(room));
    account_sub(room, q == NULL ? size : old);
    return n >= HUGE_PAGE ? on_huge_pages(q, n) : q;
}

static void block_free(enum mem_room room, void *p)
{
    size_t size = sallocx(p, 0);
    account_sub(room, size);
    if (wiped[room])
        explicit_bzero(p, size);
    dallocx(p, flags_for(room));
}

#else

static void *block_new(enum mem_room room, size_t n, unsigned want)
{
    if (!account_add(room, n, want))
        return NULL;
    void *p = want & WANT_CLEAR ? calloc(1, n) : malloc(n);
    size_t taken = p ? malloc_usable_size(p) : 0;
    if (taken >= n)
        atomic_fetch_add_explicit(&accounts[room].used, taken - n, memory_order_relaxed);
    else
        account_sub(room, n);
    return p;
}

/* As realloc, but nothing stays behind. */
static void *move(void *p, size_t old, size_t n)
{
    void *q = malloc(n);
    if (q == NULL)
        return NULL;
    memcpy(q, p, old < n ? old : n);
    explicit_bzero(p, old);
    free(p);
    return q;
}

static void *block_resize(enum mem_room room, void *p, size_t n)
{
    size_t old = malloc_usable_size(p);
    if (!account_add(room, n, WANT_PLAIN))
        return NULL;
    void *q = wiped[room] ? move(p, old, n) : realloc(p, n);
    account_sub(room, n);
    if (q == NULL)
        return NULL;
    atomic_fetch_add_explicit(&accounts[room].used, malloc_usable_size(q), memory_order_relaxed);
    account_sub(room, old);
    return q;
}

static void block_free(enum mem_room room, void *p)
{
    size_t size = malloc_usable_size(p);
    account_sub(room, size);
    if (wiped[room])
        explicit_bzero(p, size);
    free(p);
}

#endif

/* Above PTRDIFF_MAX no allocator can help, and some of them complain. */
static bool refused(enum mem_room room, size_t n)
{
    ASSERT((unsigned)room < MEM_ROOMS);
    return n > (size_t)PTRDIFF_MAX || must_fail_now();
}

void *mem_alloc(enum mem_room room, size_t n)
{
    return refused(room, n) ? NULL : block_new(room, n ? n : 1, WANT_PLAIN);
}

void *mem_calloc(enum mem_room room, size_t count, size_t size)
{
    size_t n;
    if (__builtin_mul_overflow(count, size, &n) || refused(room, n))
        return NULL;
    return block_new(room, n ? n : 1, WANT_CLEAR);
}

void *mem_realloc(enum mem_room room, void *p, size_t n)
{
    if (p == NULL)
        return mem_alloc(room, n);
    return refused(room, n) ? NULL : block_resize(room, p, n ? n : 1);
}

/* The room of an array that is to hold more than n; 0: no size_t counts its bytes. */
static size_t more_room(size_t cap, size_t size, size_t *bytes)
{
    size_t more = cap > 0 ? cap * 2 : ARRAY_FIRST;
    return more <= cap || __builtin_mul_overflow(more, size, bytes) ? 0 : more;
}

void *mem_grown(enum mem_room room, void *array, size_t n, size_t *cap, size_t size)
{
    if (n < *cap)
        return array;
    size_t bytes;
    size_t more = more_room(*cap, size, &bytes);
    void *grown = more > 0 ? mem_realloc(room, array, bytes) : NULL;
    if (grown != NULL)
        *cap = more;
    return grown;
}

void mem_free(enum mem_room room, void *p)
{
    ASSERT((unsigned)room < MEM_ROOMS);
    if (p != NULL)
        block_free(room, p);
}

void *mem_must(enum mem_room room, size_t n)
{
    ASSERT((unsigned)room < MEM_ROOMS);
    void *p = block_new(room, n ? n : 1, WANT_CLEAR | WANT_PAST_BUDGET);
    if (p == NULL) {
        char what[96];
        snprintf(what, sizeof what, "%zu bytes of memory for %s", n, names[room]);
        assert_failed(what, __FILE__, __LINE__);
    }
    return p;
}

struct arena_chunk {
    struct arena_chunk *next; /* older */
    size_t cap;               /* bytes in data */
    size_t used;              /* a multiple of ARENA_ALIGN */
    size_t unused_;           /* keeps data aligned */
    char data[];
};
STATIC_ASSERT(sizeof(struct arena_chunk) % ARENA_ALIGN == 0, "data must be aligned");

void arena_init(struct arena *a, enum mem_room room, size_t bytes_max)
{
    *a = (struct arena){.room = room, .bytes_max = bytes_max};
}

static struct arena_chunk *chunk_new(enum mem_room room, size_t cap)
{
    struct arena_chunk *c = mem_alloc(room, sizeof *c + cap);
    if (c == NULL)
        return NULL;
    *c = (struct arena_chunk){.cap = cap};
    POISON(c->data, cap);
    return c;
}

/* The chunk that the next `n` bytes come from, in the list already. */
static struct arena_chunk *chunk_for(struct arena *a, size_t n)
{
    struct arena_chunk *top = a->chunk;
    if (top != NULL && top->cap - top->used >= n)
        return top;
    size_t whole = top ? (sizeof *top + top->cap) * 2 : CHUNK_FIRST;
    if (whole > CHUNK_LAST)
        whole = CHUNK_LAST;
    bool alone = n > whole / 4;
    struct arena_chunk *c = chunk_new(a->room, alone ? n : whole - sizeof *top);
    if (c == NULL)
        return NULL;
    if (alone && top != NULL) {
        c->next = top->next;
        top->next = c;
    } else {
        c->next = top;
        a->chunk = c;
    }
    return c;
}

void *arena_alloc(struct arena *a, size_t n)
{
    if (n > (size_t)PTRDIFF_MAX)
        return NULL;
    size_t step = (n + (ARENA_ALIGN - 1)) & ~(size_t)(ARENA_ALIGN - 1);
    if (step == 0)
        step = ARENA_ALIGN;
    if (a->bytes_max != 0 && (step > a->bytes_max || a->used > a->bytes_max - step))
        return NULL;
    struct arena_chunk *c = chunk_for(a, step);
    if (c == NULL)
        return NULL;
    void *p = c->data + c->used;
    c->used += step;
    a->used += step;
    UNPOISON(p, n);
    return memset(p, 0, n);
}

void *arena_array(struct arena *a, size_t count, size_t size)
{
    size_t n;
    return __builtin_mul_overflow(count, size, &n) ? NULL : arena_alloc(a, n);
}

void *arena_grown(struct arena *a, void *array, size_t n, size_t *cap, size_t size)
{
    if (n < *cap)
        return array;
    size_t bytes;
    size_t more = more_room(*cap, size, &bytes);
    void *grown = more > 0 ? arena_alloc(a, bytes) : NULL;
    if (grown != NULL && n > 0)
        memcpy(grown, array, n * size);
    if (grown != NULL)
        *cap = more;
    return grown;
}

char *arena_copy(struct arena *a, const void *p, size_t n)
{
    char *copy = n < SIZE_MAX ? arena_alloc(a, n + 1) : NULL;
    if (copy != NULL && n > 0)
        memcpy(copy, p, n);
    return copy;
}

void arena_fini(struct arena *a)
{
    struct arena_chunk *c = a->chunk;
    while (c != NULL) {
        struct arena_chunk *next = c->next;
        UNPOISON(c->data, c->cap);
        mem_free(a->room, c);
        c = next;
    }
    a->chunk = NULL;
    a->used = 0;
}
