/* SPDX-License-Identifier: MIT
 *
 * The memory of one Lua state: a bump allocator with free lists by size, and large blocks in a
 * list. All of it goes at once, so a killed script needs no cleaning up.
 *
 * Invariants
 *  1. `used` is the sum of the sizes handed out, rounded to their class; it never passes
 *     `bytes_max`.
 *  2. Once `*refuse` is set, nothing grows by more than HEAP_GROW_MIN bytes: a script that is to
 *     end cannot go on by allocating. Shrinking never fails, as Lua demands.
 *
 * One thread at a time. */
#ifndef SCRIPT_HEAP_H
#define SCRIPT_HEAP_H

#include <stdatomic.h>
#include <stddef.h>

enum {
    HEAP_SMALL_MAX = 1024,
    HEAP_CLASS_BYTES = 16,
    HEAP_CLASSES = HEAP_SMALL_MAX / HEAP_CLASS_BYTES + 1,
    HEAP_GROW_MIN = 512,
    /* A single block above bytes_max / HEAP_BLOCK_SHARE is refused: one string cannot be so long
     * that a single C function works on it for a second. */
    HEAP_BLOCK_SHARE = 4,
};

struct heap_chunk;
struct heap_big;

struct heap {
    size_t bytes_max, used, peak;
    const atomic_int *refuse; /* or NULL */
    struct heap_chunk *chunk; /* newest first */
    char *bump, *bump_end;
    void *free_list[HEAP_CLASSES];
    struct heap_big *big;
};

void heap_init(struct heap *h, size_t bytes_max, const atomic_int *refuse);
void heap_fini(struct heap *h);
/* A lua_Alloc: `ud` is the heap. */
void *heap_alloc(void *ud, void *p, size_t old, size_t n);

#endif
