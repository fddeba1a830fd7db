/* SPDX-License-Identifier: MIT
 *
 * The choice of the version of the counting kernels, and what is the same in all of them. */
#include "data/kernel.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "kernel_int.h"

/* The best first. */
static const struct kernel_version *const versions[] = {&kernel_avx512, &kernel_avx2,
                                                        &kernel_portable};

static const struct kernel_version *chosen, *at_start;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static const struct kernel_version *find(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(versions); i++)
        if (versions[i]->runs_here() && (name == NULL || strcmp(versions[i]->name, name) == 0))
            return versions[i];
    return NULL;
}

static void choose(void)
{
    at_start = find(getenv("PANJI_KERNELS"));
    if (at_start == NULL)
        at_start = find(NULL);
    chosen = at_start;
}

static const struct kernel_version *version(void)
{
    pthread_once(&once, choose);
    return chosen;
}

const char *kernel_name(void)
{
    return version()->name;
}

bool kernel_use(const char *name)
{
    (void)version();
    const struct kernel_version *v = name == NULL ? at_start : find(name);
    if (v != NULL)
        chosen = v;
    return v != NULL;
}

struct kernel_space *kernel_space_new(void)
{
    size_t align = _Alignof(struct kernel_space);
    char *memory = mem_alloc(MEM_DATA, sizeof(struct kernel_space) + align);
    if (memory == NULL)
        return NULL;
    struct kernel_space *s = (void *)(memory + (align - (uintptr_t)memory % align));
    s->memory = memory;
    memset(s->mask[MASK_NONE], 0, sizeof s->mask[MASK_NONE]);
    memset(s->mask[MASK_ALL], 0xFF, sizeof s->mask[MASK_ALL]);
    return s;
}

void kernel_space_free(struct kernel_space *space)
{
    if (space != NULL)
        mem_free(MEM_DATA, space->memory);
}

void kernel_count(const struct kernel_plan *p, struct kernel_space *space, uint64_t first,
                  uint64_t n, struct kernel_hist *hist)
{
    const struct kernel_version *v = version();
    if (n > 0)
        (p->way == KERNEL_MASKS   ? v->masks
         : p->way == KERNEL_BYTES ? v->bytes
                                  : v->gather)(p, space, first, n, hist);
}

void kernel_flush(const struct kernel_plan *p, struct kernel_hist *hist, uint64_t *out)
{
    bool masks = p->way == KERNEL_MASKS;
    for (unsigned g = 0; masks && g < p->groups; g++) {
        for (size_t k = 0; k < ARRAY_LEN(hist->mask[g]); k++)
            out[g] += hist->mask[g][k];
        memset(hist->mask[g], 0, sizeof hist->mask[g]);
    }
    for (unsigned g = 0; !masks && g < p->groups; g++)
        for (int k = 0; k < KERNEL_LANES; k++) {
            out[g] += hist->byte[k][g];
            hist->byte[k][g] = 0;
        }
}

/* Stretch by stretch through the bytes of a block, which are made once. */
static void byte_cuts(const struct kernel_plan *p, struct kernel_space *space, uint64_t first,
                      const uint32_t *end, size_t cuts, uint32_t *out)
{
    uint8_t *group = space->group;
    uint32_t nowhere = 0; /* where rows that are dropped are counted */
    uint64_t last = first + end[cuts - 1], row = first;
    size_t cut = 0;
    for (uint64_t w = first / WORD_ROWS; w * WORD_ROWS < last; w += BLOCK_WORDS) {
        uint64_t start = w * WORD_ROWS, words = (last + WORD_ROWS - 1) / WORD_ROWS - w;
        uint64_t stop = start + BLOCK_ROWS < last ? start + BLOCK_ROWS : last;
        version()->expand(p, w, words < BLOCK_WORDS ? (size_t)words : BLOCK_WORDS, group);
        while (row < stop) {
            while (first + end[cut] <= row)
                cut++;
            uint64_t to = first + end[cut] < stop ? first + end[cut] : stop;
            uint32_t *at = out + cut * p->groups;
            for (; row < to; row++) {
                uint8_t g = group[row - start];
                (*(g < p->groups ? at + g : &nowhere))++;
            }
        }
    }
}

void kernel_count_cuts(const struct kernel_plan *p, struct kernel_space *space, uint64_t first,
                       const uint32_t *end, size_t cuts, uint32_t *out)
{
    memset(out, 0, cuts * p->groups * sizeof *out);
    if (cuts == 0 || end[cuts - 1] == 0)
        return;
    ASSERT(end[cuts - 1] <= KERNEL_CUT_ROWS_MAX);
    if (p->way == KERNEL_MASKS)
        version()->mask_cuts(p, space, first, end, cuts, out);
    else
        byte_cuts(p, space, first, end, cuts, out);
}
