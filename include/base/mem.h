/* SPDX-License-Identifier: MIT
 *
 * Memory, by room. Each room of the house allocates from a jemalloc arena of its own, so that
 * /metrics can tell how much it holds and a budget can refuse before the machine does.
 *
 * Two families. `mem_alloc` and what builds on it may return NULL (budget or machine exhausted):
 * everything that users can make grow. `mem_must` aborts: start-up and small control structures.
 * An arena is a bump allocator for one request, query, batch or alert run: nothing in it is freed
 * alone, all of it goes at once.
 *
 * All functions may be called from any thread; an arena belongs to one thread at a time. */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum mem_room {
    MEM_BASE,
    MEM_DATA,
    MEM_STORE,
    MEM_INGEST,
    MEM_QUERY,
    MEM_SCRIPT,
    MEM_ALERT,
    MEM_NET,
    MEM_MAIN,
    MEM_ROOMS
};

/* n bytes, not cleared (`mem_calloc`: cleared). NULL when the room's budget or the machine has no
 * more. n == 0 gives a valid pointer. Pair with mem_free of the same room. */
MUST_USE void *mem_alloc(enum mem_room room, size_t n);
MUST_USE void *mem_calloc(enum mem_room room, size_t count, size_t size);

/* Grows or shrinks; on NULL the old block is untouched. p == NULL allocates. */
MUST_USE void *mem_realloc(enum mem_room room, void *p, size_t n);

/* An array with room for one more behind its n elements of `size` bytes: `array` itself while
 * n < *cap, else moved to twice the room. On NULL the old one is untouched. */
MUST_USE void *mem_grown(enum mem_room room, void *array, size_t n, size_t *cap, size_t size);

/* Accepts NULL. What MEM_INGEST gives back is wiped, also by mem_realloc: it may hold what must not
 * stay anywhere. */
void mem_free(enum mem_room room, void *p);

/* As mem_calloc(room, 1, n), but aborts with a message when there is none. */
MUST_USE void *mem_must(enum mem_room room, size_t n);

/* Bytes held by a room; its name for metrics; its budget (0: none). */
size_t mem_used(enum mem_room room);
const char *mem_room_name(enum mem_room room);
void mem_limit(enum mem_room room, size_t bytes_max);

/* The budget of all rooms together (0: none). What grows with the data is refused at seven eighths
 * of it. Counted is what rooms allocate, not threads' stacks and what the allocator keeps spare. */
void mem_limit_all(size_t bytes_max);
/* A bound in bytes: `usual`, or the part-th of the budget of all rooms where that is less. */
size_t mem_share(size_t usual, unsigned part);

/* For tests: the n-th mem_alloc from now fails once (n = 1: the next). 0 switches it off. */
void mem_fail_at(uint64_t n);

struct arena_chunk;

struct arena {
    enum mem_room room;
    struct arena_chunk *chunk; /* newest first */
    size_t used;               /* bytes handed out */
    size_t bytes_max;          /* 0: only the room's budget */
};

/* Empty, holding no memory yet. */
void arena_init(struct arena *a, enum mem_room room, size_t bytes_max);

/* n bytes, cleared, aligned for any type; NULL when over the bound. Lives until arena_fini. */
MUST_USE void *arena_alloc(struct arena *a, size_t n);
/* count * size, checked for overflow. */
MUST_USE void *arena_array(struct arena *a, size_t count, size_t size);
/* As mem_grown; what the array leaves stays in the arena. */
MUST_USE void *arena_grown(struct arena *a, void *array, size_t n, size_t *cap, size_t size);
/* A copy of n bytes with a NUL behind it. */
MUST_USE char *arena_copy(struct arena *a, const void *p, size_t n);
/* Frees all. The arena may be used again. */
void arena_fini(struct arena *a);

#define ARENA_NEW(a, type)          ((type *)arena_alloc((a), sizeof(type)))
#define ARENA_ARRAY(a, type, count) ((type *)arena_array((a), (count), sizeof(type)))

#endif
