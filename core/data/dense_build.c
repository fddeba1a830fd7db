/* SPDX-License-Identifier: MIT
 *
 * Building the dense cube from slabs and what is taken off, in passes over their runs, split by
 * units between threads so that no two threads write one cell:
 *
 *   count   daily counts into the pages (a cell that does not fit marks its month)
 *   widen   marked months get 32-bit pages and are counted again
 *   sum     counts become cumulative within each month; bases and planes follow
 *   roll up series of the places above the units */
#include <pthread.h>
#include <string.h>

#include "base/date.h"
#include "base/mem.h"
#include "dense_int.h"

/* Marks units in unit_from, then turns marks into numbers. */
static int number_units(struct dense *d, const struct place_tree *t, const struct dense_rows *rows,
                        struct err *err)
{
    d->nodes = t->n;
    d->unit_from = mem_calloc(MEM_DATA, (size_t)t->n + 1, sizeof(*d->unit_from));
    d->unit_to = mem_calloc(MEM_DATA, (size_t)t->n + 1, sizeof(*d->unit_to));
    if (!d->unit_from || !d->unit_to) {
        return dense_no_memory(err);
    }
    for (size_t i = 0; i < rows->slabs; i++) {
        for (uint32_t g = 0; g < rows->slab[i]->groups; g++) {
            d->unit_from[dense_unit_place(t, rows->slab[i]->group[g].place)] = 1;
        }
    }
    for (size_t i = 0; i < rows->minuses; i++) {
        for (uint32_t k = 0; k < rows->minus[i]->runs; k++) {
            d->unit_from[dense_unit_place(t, rows->minus[i]->run_place[k])] = 1;
        }
    }
    uint32_t n = 0;
    for (uint32_t o = 0; o <= t->n; o++) {
        uint32_t mark = o < t->n ? d->unit_from[o] : 0;
        d->unit_from[o] = n;
        n += mark;
    }
    d->units = n;
    for (uint32_t o = 0; o < t->n; o++) {
        d->unit_to[o] = d->unit_from[t->at[o].end];
    }
    return 0;
}

/* ---- building ---- */

struct build {
    struct dense *d;
    const struct place_tree *tree;
    const struct dense_rows *rows;
    atomic_bool *overflow; /* by month: a cell did not fit; in the second pass: months to count */
    bool second;
    bool taken_back;       /* some count is negative */
    atomic_bool too_large; /* a sum passed even 32 bits */
};

struct slice {
    struct build *b;
    uint32_t unit_lo, unit_hi; /* units of this thread */
};

static void mark_too_large(struct build *b)
{
    atomic_store_explicit(&b->too_large, true, memory_order_relaxed);
}

static void count_run(struct build *b, uint32_t unit, int slot, int32_t day, int64_t count)
{
    struct dense *d = b->d;
    int32_t m = d->month_at[day - d->day0];
    if (b->second && !atomic_load_explicit(&b->overflow[m], memory_order_relaxed)) {
        return;
    }
    struct dense_page *p = d->page[m];
    size_t row = (size_t)(day - p->first) * d->units + unit;
    if (!dense_cell_add(p, row * SLOTS + (size_t)slot, count)) {
        atomic_store_explicit(p->wide ? &b->too_large : &b->overflow[m], true,
                              memory_order_relaxed);
    }
    if (!dense_sum_add(&p->all[row], count)) {
        mark_too_large(b);
    }
}

static void count_group(struct build *b, const struct slab *s, const struct slab_group *g,
                        uint32_t unit)
{
    uint64_t row = g->first_row;
    for (uint32_t k = g->first_run; k < g[1].first_run; k++) {
        count_run(b, unit, g->sector, s->day_min + s->run_day[k], slab_run_count(s, g, k, row));
        row += s->run_rows[k];
    }
}

/* The unit that rows of a place count in, if it is one of the slice's. */
static bool unit_in_slice(const struct slice *w, uint32_t place, uint32_t *unit)
{
    *unit = w->b->d->unit_from[dense_unit_place(w->b->tree, place)];
    return *unit >= w->unit_lo && *unit < w->unit_hi;
}

static void count_minus(const struct slice *w, const struct seg *s)
{
    uint32_t unit;
    for (uint32_t k = 0; k < s->runs; k++) {
        if (unit_in_slice(w, s->run_place[k], &unit)) {
            count_run(w->b, unit, s->run_sector[k], s->run_day[k], seg_run_count(s, k));
        }
    }
}

static void *count_slice(void *arg)
{
    const struct slice *w = arg;
    struct build *b = w->b;
    uint32_t unit;
    for (size_t i = 0; i < b->rows->minuses; i++) {
        count_minus(w, b->rows->minus[i]);
    }
    for (size_t i = 0; i < b->rows->slabs; i++) {
        const struct slab *s = b->rows->slab[i];
        for (uint32_t g = 0; g < s->groups; g++) {
            if (unit_in_slice(w, s->group[g].place, &unit)) {
                count_group(b, s, &s->group[g], unit);
            }
        }
    }
    return NULL;
}

enum { THREADS_MAX = 64 };

/* Runs fn over `threads` equal slices of the units; the first on this thread. */
static void in_slices(struct build *b, int threads, void *(*fn)(void *))
{
    struct slice slice[THREADS_MAX];
    pthread_t thread[THREADS_MAX];
    bool started[THREADS_MAX] = {false};
    threads = threads < 1 ? 1 : threads > THREADS_MAX ? THREADS_MAX : threads;
    for (int i = threads - 1; i >= 0; i--) {
        slice[i] = (struct slice){
            b, (uint32_t)((uint64_t)b->d->units * (unsigned)i / (unsigned)threads),
            (uint32_t)((uint64_t)b->d->units * (unsigned)(i + 1) / (unsigned)threads)};
        started[i] = i > 0 && pthread_create(&thread[i], NULL, fn, &slice[i]) == 0;
        if (!started[i]) {
            fn(&slice[i]);
        }
    }
    for (int i = 1; i < threads; i++) {
        if (started[i]) {
            pthread_join(thread[i], NULL);
        }
    }
}

static int widen_marked(struct build *b, bool *any, struct err *err)
{
    struct dense *d = b->d;
    *any = false;
    for (int32_t m = 0; m < d->months; m++) {
        if (atomic_load_explicit(&b->overflow[m], memory_order_relaxed)) {
            struct dense_page *p = dense_page_new(d, d->page[m]->first, d->page[m]->days, true);
            if (!p) {
                return dense_no_memory(err);
            }
            dense_page_unref(d->page[m]);
            d->page[m] = p;
            *any = true;
        }
    }
    return 0;
}

/* Daily counts of one page become cumulative, for the units of a slice; false: they do not fit. */
static bool sum_page(struct dense_page *p, uint32_t units, uint32_t lo, uint32_t hi)
{
    bool fits = true;
    for (int day = 1; day < p->days; day++) {
        size_t now = (size_t)day * units + lo, before = now - units;
        size_t cells = (size_t)(hi - lo) * SLOTS;
        for (size_t i = 0; p->wide && i < cells; i++) {
            fits &= dense_sum_add(&p->broad[now * SLOTS + i], p->broad[before * SLOTS + i]);
        }
        for (size_t i = 0; !p->wide && i < cells; i++) {
            int16_t *to = &p->narrow[now * SLOTS + i];
            *to = (int16_t)(*to + p->narrow[before * SLOTS + i]);
        }
        for (uint32_t u = 0; u < hi - lo; u++) {
            fits &= dense_sum_add(&p->all[now + u], p->all[before + u]);
        }
    }
    return fits;
}

/* A month whose sums could pass 16 bits although no day did is wide from the start of summing. */
static bool sums_fit(const struct dense_page *p, uint32_t units, uint32_t lo, uint32_t hi)
{
    for (uint32_t u = lo; u < hi; u++) {
        for (int slot = 0; slot < ALL; slot++) {
            int32_t sum = 0;
            for (int day = 0; day < p->days; day++) {
                sum += p->narrow[((size_t)day * units + u) * SLOTS + (size_t)slot];
                if (sum > INT16_MAX || sum < INT16_MIN) {
                    return false;
                }
            }
        }
    }
    return true;
}

/* Only units whose month total is large can have a cell that does not fit, unless one sector gives
 * what another takes back. */
static bool slice_fits(const struct dense_page *p, uint32_t units, uint32_t lo, uint32_t hi)
{
    for (uint32_t u = lo; u < hi; u++) {
        int64_t sum = 0;
        for (int day = 0; day < p->days; day++) {
            sum += p->all[(size_t)day * units + u];
        }
        if (sum > INT16_MAX && !sums_fit(p, units, u, u + 1)) {
            return false;
        }
    }
    return true;
}

static void *check_slice(void *arg)
{
    const struct slice *w = arg;
    struct dense *d = w->b->d;
    for (int32_t m = 0; m < d->months; m++) {
        bool fits = w->b->taken_back ? sums_fit(d->page[m], d->units, w->unit_lo, w->unit_hi)
                                     : slice_fits(d->page[m], d->units, w->unit_lo, w->unit_hi);
        if (!fits) {
            atomic_store_explicit(&w->b->overflow[m], true, memory_order_relaxed);
        }
    }
    return NULL;
}

/* Base of the next month: this month's and its last day's counts. */
static void *sum_slice(void *arg)
{
    const struct slice *w = arg;
    struct dense *d = w->b->d;
    for (int32_t m = 0; m < d->months; m++) {
        struct dense_page *p = d->page[m];
        bool fits = sum_page(p, d->units, w->unit_lo, w->unit_hi);
        size_t last = (size_t)(p->days - 1) * d->units;
        for (uint32_t u = w->unit_lo; u < w->unit_hi; u++) {
            const int32_t *from = &d->base[m]->cell[(size_t)u * SLOTS];
            int32_t *to = &d->base[m + 1]->cell[(size_t)u * SLOTS];
            for (int slot = 0; slot < ALL; slot++) {
                to[slot] = from[slot];
                fits &= dense_sum_add(&to[slot], dense_cell(p, (last + u) * SLOTS + (size_t)slot));
            }
            to[ALL] = from[ALL];
            fits &= dense_sum_add(&to[ALL], p->all[last + u]);
        }
        if (!fits) {
            mark_too_large(w->b);
        }
    }
    return NULL;
}

/* ---- putting it together ---- */

static int make_pages(struct dense *d, struct err *err)
{
    for (int32_t m = 0; m <= d->months; m++) {
        int32_t first = dense_month_first(d->month0 + m);
        d->base[m] = dense_base_new(d);
        if (m < d->months) {
            d->page[m] =
                dense_page_new(d, first, dense_month_first(d->month0 + m + 1) - first, false);
        }
        if (!d->base[m] || (m < d->months && !d->page[m])) {
            return dense_no_memory(err);
        }
    }
    return 0;
}

static int count_all(struct build *b, int threads, struct err *err)
{
    bool any;
    in_slices(b, threads, count_slice);
    in_slices(b, threads, check_slice);
    TRY(widen_marked(b, &any, err));
    if (any) {
        b->second = true;
        in_slices(b, threads, count_slice);
    }
    in_slices(b, threads, sum_slice);
    return atomic_load_explicit(&b->too_large, memory_order_relaxed) ? dense_too_large(err) : 0;
}

static void day_span(const struct dense_rows *rows, int32_t *first, int32_t *last)
{
    *first = INT32_MAX;
    *last = INT32_MIN;
    for (size_t i = 0; i < rows->slabs; i++) {
        const struct slab *b = rows->slab[i];
        *first = b->day_min < *first ? b->day_min : *first;
        *last = b->day_max > *last ? b->day_max : *last;
    }
    for (size_t i = 0; i < rows->minuses; i++) {
        const struct seg *g = rows->minus[i];
        *first = g->day_min < *first ? g->day_min : *first;
        *last = g->day_max > *last ? g->day_max : *last;
    }
}

static bool any_negative(const struct dense_rows *rows)
{
    for (size_t i = 0; i < rows->slabs; i++) {
        const struct slab_col *c = &rows->slab[i]->count;
        for (uint32_t k = 0; rows->slab[i]->weighted && k < c->table[c->tables]; k++) {
            if (c->value[k] < 0) {
                return true;
            }
        }
    }
    return rows->minuses > 0;
}

static int build(struct build *b, int threads, struct err *err)
{
    struct dense *d = b->d;
    int32_t first, last;
    day_span(b->rows, &first, &last);
    TRY(number_units(d, b->tree, b->rows, err));
    TRY(dense_span(d, first, last, err));
    TRY(make_pages(d, err));
    b->overflow = mem_calloc(MEM_DATA, (size_t)d->months, sizeof(*b->overflow));
    int rc = b->overflow ? count_all(b, threads, err) : dense_no_memory(err);
    mem_free(MEM_DATA, b->overflow);
    TRY(rc);
    return dense_roll_up(d, b->tree, err);
}

int dense_new(const struct place_tree *tree, const struct dense_rows *rows, int threads,
              struct dense **out, struct err *err)
{
    ASSERT(rows->slabs > 0);
    struct dense *d = dense_alloc(tree);
    if (!d) {
        return dense_no_memory(err);
    }
    struct build b = {.d = d, .tree = tree, .rows = rows, .taken_back = any_negative(rows)};
    int rc = build(&b, threads, err);
    if (rc < 0) {
        dense_unref(d);
        return rc;
    }
    *out = d;
    return 0;
}
