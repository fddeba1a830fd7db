/* SPDX-License-Identifier: MIT
 *
 * Counts of a snapshot: the sum of what the dense cube, the cube and the slabs' runs say. What
 * retracted batches lose is in the two cubes like any other rows; the slabs' runs hold all rows,
 * so what was taken off in the dense cube is taken off beside them. */
#include "data/tally.h"

#include <string.h>

/* Places below the block have no column in the dense cube; their rows are few and their runs say
 * how many. */
static bool in_dense(const struct snap *s, uint32_t order)
{
    return s->dense && s->tree->at[order].level <= PLACE_BLOCK;
}

static bool in_runs(const struct snap *s, uint32_t order)
{
    return s->dense && s->tree->at[order].level > PLACE_BLOCK;
}

/* What a run adds, told to the caller. */
typedef void run_fn(void *ctx, int slot, int32_t day, int64_t count);

static void each_slab_run(const struct snap *s, uint32_t order, run_fn *fn, void *ctx)
{
    uint32_t end = s->tree->at[order].end;
    for (size_t i = 0; i < s->slabs; i++) {
        const struct slab *b = s->slab[i];
        for (uint32_t g = slab_find(b, order); g < b->groups && b->group[g].place < end; g++) {
            uint64_t row = b->group[g].first_row;
            for (uint32_t k = b->group[g].first_run; k < b->group[g + 1].first_run; k++) {
                fn(ctx, b->group[g].sector, b->day_min + b->run_day[k],
                   slab_run_count(b, &b->group[g], k, row));
                row += b->run_rows[k];
            }
        }
    }
}

static void each_seg_run(const struct snap *s, struct seg *const *seg, size_t segs, uint32_t order,
                         run_fn *fn, void *ctx)
{
    uint32_t end = s->tree->at[order].end;
    for (size_t i = 0; i < segs; i++) {
        const struct seg *g = seg[i];
        for (uint32_t k = seg_find(g, order); k < g->runs && g->run_place[k] < end; k++) {
            fn(ctx, g->run_sector[k], g->run_day[k], seg_run_count(g, k));
        }
    }
}

/* The runs that no cube counts. */
static void each_run(const struct snap *s, uint32_t order, run_fn *fn, void *ctx)
{
    if (in_runs(s, order)) {
        each_slab_run(s, order, fn, ctx);
        if (s->folded > 0) {
            each_seg_run(s, s->gone->minus, s->folded, order, fn, ctx);
        }
    }
    each_seg_run(s, s->large, s->larges, order, fn, ctx);
}

struct window {
    int32_t from, to;
    int64_t *sum; /* by slot */
};

static void add_to_window(void *ctx, int slot, int32_t day, int64_t count)
{
    struct window *w = ctx;
    if (day >= w->from && day <= w->to) {
        w->sum[slot] += count;
        w->sum[CUBE_ALL] += count;
    }
}

void tally_slots(const struct snap *s, uint32_t order, int32_t from, int32_t to,
                 int64_t sum[CUBE_SLOTS])
{
    struct window w = {from, to, sum};
    memset(sum, 0, CUBE_SLOTS * sizeof(*sum));
    each_run(s, order, add_to_window, &w);
    if (in_dense(s, order)) {
        dense_slots(s->dense, order, from, to, sum);
    }
    for (int slot = 0; s->cubed > 0 && slot < CUBE_SLOTS; slot++) {
        sum[slot] += cube_window(cube_get(s->cube, order, slot), from, to);
    }
}

int64_t tally_window(const struct snap *s, uint32_t order, int slot, int32_t from, int32_t to)
{
    int64_t sum = cube_window(cube_get(s->cube, order, slot), from, to);
    if (in_dense(s, order)) {
        sum += dense_window(s->dense, order, slot, from, to);
    }
    if (in_runs(s, order) || s->larges > 0) {
        int64_t slots[CUBE_SLOTS] = {0};
        struct window w = {from, to, slots};
        each_run(s, order, add_to_window, &w);
        sum += slots[slot];
    }
    return sum;
}

struct series {
    int slot;
    int32_t first;
    uint32_t n;
    int64_t *out; /* differences while runs are read */
};

static void add_to_series(void *ctx, int slot, int32_t day, int64_t count)
{
    struct series *x = ctx;
    if ((x->slot == CUBE_ALL || x->slot == slot) && day < x->first + (int32_t)x->n) {
        x->out[day <= x->first ? 0 : day - x->first] += count;
    }
}

void tally_series(const struct snap *s, uint32_t order, int slot, int32_t first, uint32_t n,
                  int64_t *out)
{
    memset(out, 0, n * sizeof(*out));
    if (in_runs(s, order) || s->larges > 0) {
        struct series x = {slot, first, n, out};
        each_run(s, order, add_to_series, &x);
        for (uint32_t i = 1; i < n; i++) {
            out[i] += out[i - 1];
        }
    }
    if (in_dense(s, order)) {
        dense_series(s->dense, order, slot, first, n, out);
    }
    const struct cube_series *c = cube_get(s->cube, order, slot);
    for (uint32_t i = 0; c && i < n; i++) {
        out[i] += cube_upto(c, first + (int32_t)i);
    }
}
