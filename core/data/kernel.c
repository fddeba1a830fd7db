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

/* Where a version has no way of its own. */
static void bytes_by_blocks(const struct kernel_plan *p, struct kernel_space *space, uint64_t first,
                            uint64_t n, struct kernel_hist *hist)
{
    uint64_t end = first + n;
    for (uint64_t w = first / WORD_ROWS; w * WORD_ROWS < end; w += BLOCK_WORDS) {
        uint64_t start = w * WORD_ROWS;
        size_t from = first > start ? (size_t)(first - start) : 0;
        size_t to = end - start < BLOCK_ROWS ? (size_t)(end - start) : BLOCK_ROWS;
        version()->expand(p, w, kernel_block_words(w, end), space->group);
        kernel_count_bytes(space->group, from, to, hist);
    }
}

void kernel_count(const struct kernel_plan *p, struct kernel_space *space, uint64_t first,
                  uint64_t n, struct kernel_hist *hist)
{
    const struct kernel_version *v = version();
    bool gather = p->way == KERNEL_GATHER && v->gather != NULL;
    if (n == 0)
        return;
    if (p->way == KERNEL_MASKS)
        v->masks(p, space, first, n, hist);
    else if (p->way == KERNEL_CODES)
        v->codes(p, space, first, n, hist);
    else if (gather)
        v->gather(p, space, first, n, hist);
    else
        (v->bytes != NULL ? v->bytes : bytes_by_blocks)(p, space, first, n, hist);
}

static uint64_t sum_lanes(uint64_t lane[8])
{
    uint64_t sum = 0;
    for (int k = 0; k < 8; k++) {
        sum += lane[k];
        lane[k] = 0;
    }
    return sum;
}

/* The group of a code whose planes' bits are those of `code`, the first plane's highest. */
static unsigned group_of_code(const struct kernel_plan *p, size_t code)
{
    unsigned group = p->base;
    size_t plane = 0;
    for (size_t k = 0; k < p->keys; k++) {
        const struct kernel_col *c = p->col[p->key_col[k]];
        unsigned value = 0;
        for (int b = 0; b < c->width; b++, plane++)
            value |= (unsigned)(code >> (p->code_planes - 1 - plane) & 1) << b;
        group += c->map[value];
    }
    return group;
}

/* Of the rows of a part those whose plane has a 1 are known, the others are the rest. */
static void flush_codes(const struct kernel_plan *p, struct kernel_hist *hist, uint64_t *out)
{
    uint64_t rows[2 << KERNEL_CODE_PLANES_MAX];
    size_t parts = ((size_t)1 << p->code_planes) - 1;
    rows[0] = sum_lanes(hist->mask[parts]);
    for (size_t i = 0; i < parts; i++) {
        rows[2 * i + 1] = sum_lanes(hist->mask[i]);
        rows[2 * i + 2] = rows[i] - rows[2 * i + 1];
    }
    for (size_t i = 0; i <= parts; i++) /* leaves, the one with all ones first */
        if (rows[parts + i] > 0)
            out[group_of_code(p, parts - i)] += rows[parts + i];
}

void kernel_flush(const struct kernel_plan *p, struct kernel_hist *hist, uint64_t *out)
{
    if (p->way == KERNEL_CODES) {
        flush_codes(p, hist, out);
        return;
    }
    bool masks = p->way == KERNEL_MASKS;
    for (unsigned g = 0; masks && g < p->groups; g++)
        out[g] += sum_lanes(hist->mask[g]);
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
        uint64_t start = w * WORD_ROWS;
        uint64_t stop = start + BLOCK_ROWS < last ? start + BLOCK_ROWS : last;
        version()->expand(p, w, kernel_block_words(w, last), group);
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
    if (p->cut_masks)
        version()->mask_cuts(p, space, first, end, cuts, out);
    else
        byte_cuts(p, space, first, end, cuts, out);
}
