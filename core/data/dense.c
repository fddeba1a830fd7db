/* SPDX-License-Identifier: MIT
 *
 * The dense cube. Building runs in passes over the runs of all slabs, split by units between
 * threads, so that no two threads write one cell:
 *
 *   count   daily counts into the pages (a cell that does not fit marks its month)
 *   widen   marked months get 32-bit pages and are counted again
 *   sum     counts become cumulative within each month; bases and planes follow
 *   roll up series of the places above the units
 */
#include "data/dense.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/date.h"
#include "base/mem.h"
#include "data/cube.h"

enum { SLOTS = CUBE_SLOTS, ALL = CUBE_ALL, MONTH_DAYS_MAX = 31, MONTHS_MAX = 1200 };

/* Counts of one month: cell (day, unit, slot) at (day * units + unit) * SLOTS + slot. */
struct page {
    atomic_int refs;
    int days;
    int32_t first;
    bool wide;
    int16_t *narrow; /* one of the two */
    int32_t *broad;
    int32_t *all; /* (day, unit): all slots together, since the month began */
};

/* Counts before the month began: cell (unit, slot), slot 31 the sum of all. */
struct base {
    atomic_int refs;
    int32_t cell[];
};

struct dense {
    atomic_int refs;
    uint64_t tree_version;
    uint32_t units;
    uint32_t nodes;
    uint32_t *unit_from; /* by order: the first unit at or behind it; nodes + 1 entries */
    uint32_t *unit_to;   /* by order: the unit behind the last of its subtree */
    int32_t month0;      /* months since 1970 of page[0] */
    int32_t months;
    int32_t day0, day_end; /* first day of the first month, day behind the last */
    int16_t *month_at;     /* by day - day0: index of the month */
    struct page **page;
    struct base **base; /* months + 1: the last is the total */
    uint32_t rollups;   /* nodes above block level that hold units */
    uint32_t *rollup;   /* by order: index + 1 into series, 0: none */
    int32_t *series;    /* (rollup, day): cumulative, days day0 .. day_end - 1 */
};

/* ---- months ------------------------------------------------------------------------------------
 */

static int32_t month_of(int32_t day)
{
    struct ymd d = date_ymd(day);
    return (d.year - 1970) * 12 + d.month - 1;
}

static int32_t month_first(int32_t month)
{
    int32_t year = 1970 + (month >= 0 ? month / 12 : -((11 - month) / 12));
    return date_day(year, (int)(month - (year - 1970) * 12) + 1, 1);
}

/* ---- memory -------------------------------------------------------------------------------------
 */

static size_t row_cells(const struct dense *d)
{
    return (size_t)d->units * SLOTS;
}

static void page_unref(struct page *p)
{
    if (p && atomic_fetch_sub_explicit(&p->refs, 1, memory_order_acq_rel) == 1) {
        mem_free(MEM_DATA, p->narrow);
        mem_free(MEM_DATA, p->broad);
        mem_free(MEM_DATA, p->all);
        mem_free(MEM_DATA, p);
    }
}

static void base_unref(struct base *b)
{
    if (b && atomic_fetch_sub_explicit(&b->refs, 1, memory_order_acq_rel) == 1) {
        mem_free(MEM_DATA, b);
    }
}

struct dense *dense_ref(struct dense *d)
{
    atomic_fetch_add_explicit(&d->refs, 1, memory_order_relaxed);
    return d;
}

void dense_unref(struct dense *d)
{
    if (!d || atomic_fetch_sub_explicit(&d->refs, 1, memory_order_acq_rel) != 1) {
        return;
    }
    for (int32_t m = 0; d->page && m < d->months; m++) {
        page_unref(d->page[m]);
    }
    for (int32_t m = 0; d->base && m <= d->months; m++) {
        base_unref(d->base[m]);
    }
    mem_free(MEM_DATA, d->page);
    mem_free(MEM_DATA, d->base);
    mem_free(MEM_DATA, d->unit_from);
    mem_free(MEM_DATA, d->unit_to);
    mem_free(MEM_DATA, d->month_at);
    mem_free(MEM_DATA, d->rollup);
    mem_free(MEM_DATA, d->series);
    mem_free(MEM_DATA, d);
}

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEM, "no memory for the dense cube");
}

static struct page *page_new(const struct dense *d, int32_t first, int days, bool wide)
{
    struct page *p = mem_calloc(MEM_DATA, 1, sizeof(*p));
    if (!p) {
        return NULL;
    }
    atomic_init(&p->refs, 1);
    p->first = first;
    p->days = days;
    p->wide = wide;
    size_t cells = row_cells(d) * (size_t)days;
    if (wide) {
        p->broad = mem_calloc(MEM_DATA, cells, sizeof(*p->broad));
    } else {
        p->narrow = mem_calloc(MEM_DATA, cells, sizeof(*p->narrow));
    }
    p->all = mem_calloc(MEM_DATA, (size_t)d->units * (size_t)days, sizeof(*p->all));
    if ((!p->broad && !p->narrow) || !p->all) {
        page_unref(p);
        return NULL;
    }
    return p;
}

static struct base *base_new(const struct dense *d)
{
    struct base *b = mem_calloc(MEM_DATA, 1, sizeof(*b) + row_cells(d) * sizeof(b->cell[0]));
    if (b) {
        atomic_init(&b->refs, 1);
    }
    return b;
}

/* ---- units
 * --------------------------------------------------------------------------------------- */

/* The place a row counts in: itself, or the block above a panchayat. */
static uint32_t unit_place(const struct place_tree *t, uint32_t order)
{
    while (t->at[order].level > PLACE_BLOCK) {
        order = t->at[order].parent;
    }
    return order;
}

/* Marks units in unit_from, then turns marks into numbers. */
static int number_units(struct dense *d, const struct place_tree *t, struct slab *const *slab,
                        size_t slabs, struct err *err)
{
    d->nodes = t->n;
    d->unit_from = mem_calloc(MEM_DATA, (size_t)t->n + 1, sizeof(*d->unit_from));
    d->unit_to = mem_calloc(MEM_DATA, (size_t)t->n + 1, sizeof(*d->unit_to));
    if (!d->unit_from || !d->unit_to) {
        return no_memory(err);
    }
    for (size_t i = 0; i < slabs; i++) {
        for (uint32_t g = 0; g < slab[i]->groups; g++) {
            d->unit_from[unit_place(t, slab[i]->group[g].place)] = 1;
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

static bool has_unit(const struct dense *d, uint32_t order)
{
    return d->unit_from[order + 1] > d->unit_from[order];
}

/* ---- building
 * ------------------------------------------------------------------------------------- */

struct build {
    struct dense *d;
    const struct place_tree *tree;
    struct slab *const *slab;
    size_t slabs;
    atomic_bool *overflow; /* by month: a cell did not fit; in the second pass: months to count */
    bool second;
    atomic_bool too_large; /* a cell passed even 32 bits */
};

struct slice {
    struct build *b;
    uint32_t unit_lo, unit_hi; /* units of this thread */
};

static bool count_cell(struct page *p, size_t cell, int64_t count)
{
    if (p->wide) {
        int32_t *c = &p->broad[cell];
        return !__builtin_add_overflow(*c, count, c);
    }
    int16_t *c = &p->narrow[cell];
    return !__builtin_add_overflow(*c, count, c);
}

static void count_run(struct build *b, uint32_t unit, int slot, int32_t day, int64_t count)
{
    struct dense *d = b->d;
    int32_t m = d->month_at[day - d->day0];
    if (b->second && !atomic_load_explicit(&b->overflow[m], memory_order_relaxed)) {
        return;
    }
    struct page *p = d->page[m];
    size_t row = (size_t)(day - p->first) * d->units + unit;
    if (!count_cell(p, row * SLOTS + (size_t)slot, count)) {
        atomic_store_explicit(p->wide ? &b->too_large : &b->overflow[m], true,
                              memory_order_relaxed);
    }
    p->all[row] += (int32_t)count;
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

static void *count_slice(void *arg)
{
    const struct slice *w = arg;
    struct build *b = w->b;
    for (size_t i = 0; i < b->slabs; i++) {
        const struct slab *s = b->slab[i];
        for (uint32_t g = 0; g < s->groups; g++) {
            uint32_t unit = b->d->unit_from[unit_place(b->tree, s->group[g].place)];
            if (unit >= w->unit_lo && unit < w->unit_hi) {
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
            struct page *p = page_new(d, d->page[m]->first, d->page[m]->days, true);
            if (!p) {
                return no_memory(err);
            }
            page_unref(d->page[m]);
            d->page[m] = p;
            *any = true;
        }
    }
    return 0;
}

/* Daily counts of one page become cumulative, for the units of a slice. */
static void sum_page(struct page *p, uint32_t units, uint32_t lo, uint32_t hi)
{
    for (int day = 1; day < p->days; day++) {
        size_t now = (size_t)day * units + lo, before = now - units;
        size_t cells = (size_t)(hi - lo) * SLOTS;
        for (size_t i = 0; p->wide && i < cells; i++) {
            p->broad[now * SLOTS + i] += p->broad[before * SLOTS + i];
        }
        for (size_t i = 0; !p->wide && i < cells; i++) {
            int16_t *to = &p->narrow[now * SLOTS + i];
            *to = (int16_t)(*to + p->narrow[before * SLOTS + i]);
        }
        for (uint32_t u = 0; u < hi - lo; u++) {
            p->all[now + u] += p->all[before + u];
        }
    }
}

/* A month whose sums could pass 16 bits although no day did is wide from the start of summing. */
static bool sums_fit(const struct page *p, uint32_t units, uint32_t lo, uint32_t hi)
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

/* Only units whose month total is large can have a cell that does not fit. */
static bool slice_fits(const struct page *p, uint32_t units, uint32_t lo, uint32_t hi)
{
    for (uint32_t u = lo; u < hi; u++) {
        int64_t sum = 0;
        for (int day = 0; day < p->days; day++) {
            int32_t n = p->all[(size_t)day * units + u];
            sum += n < 0 ? -(int64_t)n : n;
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
        if (!d->page[m]->wide && !slice_fits(d->page[m], d->units, w->unit_lo, w->unit_hi)) {
            atomic_store_explicit(&w->b->overflow[m], true, memory_order_relaxed);
        }
    }
    return NULL;
}

static inline int32_t page_cell(const struct page *p, size_t cell)
{
    return p->wide ? p->broad[cell] : p->narrow[cell];
}

/* Base of the next month: this month's and its last day's counts. */
static void *sum_slice(void *arg)
{
    const struct slice *w = arg;
    struct dense *d = w->b->d;
    for (int32_t m = 0; m < d->months; m++) {
        struct page *p = d->page[m];
        sum_page(p, d->units, w->unit_lo, w->unit_hi);
        size_t last = (size_t)(p->days - 1) * d->units;
        for (uint32_t u = w->unit_lo; u < w->unit_hi; u++) {
            const int32_t *from = &d->base[m]->cell[(size_t)u * SLOTS];
            int32_t *to = &d->base[m + 1]->cell[(size_t)u * SLOTS];
            for (int slot = 0; slot < ALL; slot++) {
                to[slot] = from[slot] + page_cell(p, (last + u) * SLOTS + (size_t)slot);
            }
            to[ALL] = from[ALL] + p->all[last + u];
        }
    }
    return NULL;
}

/* ---- roll-ups
 * -------------------------------------------------------------------------------------- */

static int number_rollups(struct dense *d, const struct place_tree *t, struct err *err)
{
    d->rollup = mem_calloc(MEM_DATA, t->n, sizeof(*d->rollup));
    if (!d->rollup) {
        return no_memory(err);
    }
    for (uint32_t o = 0; o < t->n; o++) {
        if (t->at[o].level < PLACE_BLOCK && d->unit_from[t->at[o].end] > d->unit_from[o]) {
            d->rollup[o] = ++d->rollups;
        }
    }
    return 0;
}

static int fill_rollups(struct dense *d, const struct place_tree *t, struct err *err)
{
    size_t days = (size_t)(d->day_end - d->day0);
    mem_free(MEM_DATA, d->series);
    d->series = mem_calloc(MEM_DATA, (size_t)d->rollups * days, sizeof(*d->series));
    if (!d->series) {
        return no_memory(err);
    }
    for (int32_t m = 0; m < d->months; m++) {
        const struct page *p = d->page[m];
        for (int day = 0; day < p->days; day++) {
            int32_t *column = d->series + (p->first - d->day0) + day;
            for (uint32_t o = t->n; o-- > 0;) { /* children before parents */
                if (!d->rollup[o]) {
                    continue;
                }
                int32_t *sum = &column[(d->rollup[o] - 1) * days];
                for (uint32_t c = o; c < t->at[o].end; c = c == o ? o + 1 : t->at[c].end) {
                    if (c != o && d->rollup[c]) {
                        *sum += column[(d->rollup[c] - 1) * days];
                    } else if (has_unit(d, c)) {
                        uint32_t u = d->unit_from[c];
                        *sum += d->base[m]->cell[(size_t)u * SLOTS + ALL] +
                                p->all[(size_t)day * d->units + u];
                    }
                }
            }
        }
    }
    return 0;
}

/* ---- putting it together
 * ------------------------------------------------------------------------- */

static int span_days(struct dense *d, int32_t first, int32_t last, struct err *err)
{
    d->month0 = month_of(first);
    d->months = month_of(last) - d->month0 + 1;
    if (d->months > MONTHS_MAX) {
        return err_set(err, ERR_LIMIT, "the registrations span more than %d months", MONTHS_MAX);
    }
    d->day0 = month_first(d->month0);
    d->day_end = month_first(d->month0 + d->months);
    d->page = mem_calloc(MEM_DATA, (size_t)d->months, sizeof(struct page *));
    d->base = mem_calloc(MEM_DATA, (size_t)d->months + 1, sizeof(struct base *));
    d->month_at = mem_alloc(MEM_DATA, (size_t)(d->day_end - d->day0) * sizeof(*d->month_at));
    if (!d->page || !d->base || !d->month_at) {
        return no_memory(err);
    }
    for (int32_t m = 0; m < d->months; m++) {
        int32_t day = month_first(d->month0 + m), end = month_first(d->month0 + m + 1);
        while (day < end) {
            d->month_at[day++ - d->day0] = (int16_t)m;
        }
    }
    return 0;
}

static int make_pages(struct dense *d, struct err *err)
{
    for (int32_t m = 0; m <= d->months; m++) {
        int32_t first = month_first(d->month0 + m);
        d->base[m] = base_new(d);
        if (m < d->months) {
            d->page[m] = page_new(d, first, month_first(d->month0 + m + 1) - first, false);
        }
        if (!d->base[m] || (m < d->months && !d->page[m])) {
            return no_memory(err);
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
    if (atomic_load_explicit(&b->too_large, memory_order_relaxed)) {
        return err_set(err, ERR_LIMIT, "a day's count passes 32 bits");
    }
    in_slices(b, threads, sum_slice);
    return 0;
}

static void day_span(struct slab *const *slab, size_t slabs, int32_t *first, int32_t *last)
{
    *first = INT32_MAX;
    *last = INT32_MIN;
    for (size_t i = 0; i < slabs; i++) {
        *first = slab[i]->day_min < *first ? slab[i]->day_min : *first;
        *last = slab[i]->day_max > *last ? slab[i]->day_max : *last;
    }
}

static int build(struct build *b, int threads, struct err *err)
{
    struct dense *d = b->d;
    int32_t first, last;
    day_span(b->slab, b->slabs, &first, &last);
    TRY(number_units(d, b->tree, b->slab, b->slabs, err));
    TRY(span_days(d, first, last, err));
    TRY(make_pages(d, err));
    b->overflow = mem_calloc(MEM_DATA, (size_t)d->months, sizeof(*b->overflow));
    int rc = b->overflow ? count_all(b, threads, err) : no_memory(err);
    mem_free(MEM_DATA, b->overflow);
    TRY(rc);
    TRY(number_rollups(d, b->tree, err));
    return fill_rollups(d, b->tree, err);
}

int dense_new(const struct place_tree *tree, struct slab *const *slab, size_t slabs, int threads,
              struct dense **out, struct err *err)
{
    ASSERT(slabs > 0);
    struct dense *d = mem_calloc(MEM_DATA, 1, sizeof(*d));
    if (!d) {
        return no_memory(err);
    }
    atomic_init(&d->refs, 1);
    d->tree_version = tree->version;
    struct build b = {.d = d, .tree = tree, .slab = slab, .slabs = slabs};
    int rc = build(&b, threads, err);
    if (rc < 0) {
        dense_unref(d);
        return rc;
    }
    *out = d;
    return 0;
}

/* ---- adding to what is there
 * ----------------------------------------------------------------------- */

static int copy_page(struct dense *d, int32_t m, bool wide, struct err *err)
{
    struct page *old = d->page[m], *p = page_new(d, old->first, old->days, wide);
    if (!p) {
        return no_memory(err);
    }
    size_t cells = row_cells(d) * (size_t)old->days;
    if (old->wide) {
        memcpy(p->broad, old->broad, cells * sizeof(*p->broad));
    } else if (!wide) {
        memcpy(p->narrow, old->narrow, cells * sizeof(*p->narrow));
    } else {
        for (size_t i = 0; i < cells; i++) {
            p->broad[i] = old->narrow[i];
        }
    }
    memcpy(p->all, old->all, (size_t)d->units * (size_t)old->days * sizeof(*p->all));
    page_unref(old);
    d->page[m] = p;
    return 0;
}

static int own_page(struct dense *d, int32_t m, struct err *err)
{
    bool own = atomic_load_explicit(&d->page[m]->refs, memory_order_relaxed) == 1;
    return own ? 0 : copy_page(d, m, d->page[m]->wide, err);
}

static int own_base(struct dense *d, int32_t m, struct err *err)
{
    struct base *old = d->base[m];
    if (atomic_load_explicit(&old->refs, memory_order_relaxed) == 1) {
        return 0;
    }
    struct base *b = base_new(d);
    if (!b) {
        return no_memory(err);
    }
    memcpy(b->cell, old->cell, row_cells(d) * sizeof(b->cell[0]));
    base_unref(old);
    d->base[m] = b;
    return 0;
}

/* Adds to a cell on the days day .. end of month. */
static int add_to_page(struct dense *d, int32_t m, int day, uint32_t unit, int slot, int64_t count,
                       struct err *err)
{
    TRY(own_page(d, m, err));
    for (int i = day; i < d->page[m]->days; i++) {
        size_t row = (size_t)i * d->units + unit;
        while (!count_cell(d->page[m], row * SLOTS + (size_t)slot, count)) {
            if (d->page[m]->wide) {
                return err_set(err, ERR_LIMIT, "a count passes 32 bits");
            }
            /* the wrapped cell is put right before its page is widened */
            d->page[m]->narrow[row * SLOTS + (size_t)slot] =
                (int16_t)(d->page[m]->narrow[row * SLOTS + (size_t)slot] - (int16_t)count);
            TRY(copy_page(d, m, true, err));
        }
        d->page[m]->all[row] += (int32_t)count;
    }
    return 0;
}

static int add_run(struct dense *d, uint32_t unit, int slot, int32_t day, int64_t count,
                   struct err *err)
{
    int32_t m = d->month_at[day - d->day0];
    TRY(add_to_page(d, m, day - d->page[m]->first, unit, slot, count, err));
    for (int32_t later = m + 1; later <= d->months; later++) {
        TRY(own_base(d, later, err));
        int32_t *cell = &d->base[later]->cell[(size_t)unit * SLOTS];
        cell[slot] += (int32_t)count;
        cell[ALL] += (int32_t)count;
    }
    return 0;
}

static int add_seg(struct dense *d, const struct place_tree *tree, const struct seg *s,
                   struct err *err)
{
    for (uint32_t k = 0; k < s->runs; k++) {
        uint32_t place = unit_place(tree, s->run_place[k]);
        if (!has_unit(d, place)) {
            return err_set(err, ERR_LIMIT, "a place that has no column in the dense cube");
        }
        TRY(add_run(d, d->unit_from[place], s->run_sector[k], s->run_day[k], s->run_count[k], err));
    }
    return 0;
}

static void widen_span(struct seg *const *seg, size_t segs, int32_t *first, int32_t *last)
{
    for (size_t i = 0; i < segs; i++) {
        *first = seg[i]->day_min < *first ? seg[i]->day_min : *first;
        *last = seg[i]->day_max > *last ? seg[i]->day_max : *last;
    }
}

/* Shares d's pages and bases over a span that may be longer at both ends. */
static int extend(struct dense *n, const struct dense *d, int32_t first, int32_t last,
                  struct err *err)
{
    TRY(span_days(n, first, last, err));
    int32_t before = d->month0 - n->month0;
    for (int32_t m = 0; m <= n->months; m++) {
        int32_t i = m - before, at = i < 0 ? 0 : i > d->months ? d->months : i;
        int32_t month_day = month_first(n->month0 + m);
        n->base[m] = d->base[at];
        atomic_fetch_add_explicit(&n->base[m]->refs, 1, memory_order_relaxed);
        if (m < n->months && i >= 0 && i < d->months) {
            n->page[m] = d->page[i];
            atomic_fetch_add_explicit(&n->page[m]->refs, 1, memory_order_relaxed);
        } else if (m < n->months) {
            int days = month_first(n->month0 + m + 1) - month_day;
            n->page[m] = page_new(n, month_day, days, false);
            if (!n->page[m]) {
                return no_memory(err);
            }
        }
    }
    return 0;
}

static int add_all(struct dense *n, const struct dense *d, const struct place_tree *tree,
                   struct seg *const *seg, size_t segs, struct err *err)
{
    int32_t first = d->day0, last = d->day_end - 1;
    size_t bytes = ((size_t)d->nodes + 1) * sizeof(*n->unit_from);
    n->unit_from = mem_alloc(MEM_DATA, bytes);
    n->unit_to = mem_alloc(MEM_DATA, bytes);
    if (!n->unit_from || !n->unit_to) {
        return no_memory(err);
    }
    memcpy(n->unit_from, d->unit_from, bytes);
    memcpy(n->unit_to, d->unit_to, bytes);
    widen_span(seg, segs, &first, &last);
    TRY(extend(n, d, first, last, err));
    for (size_t i = 0; i < segs; i++) {
        TRY(add_seg(n, tree, seg[i], err));
    }
    TRY(number_rollups(n, tree, err));
    return fill_rollups(n, tree, err);
}

int dense_add(const struct dense *d, const struct place_tree *tree, struct seg *const *seg,
              size_t segs, struct dense **out, struct err *err)
{
    ASSERT(d->tree_version == tree->version && segs > 0);
    struct dense *n = mem_calloc(MEM_DATA, 1, sizeof(*n));
    if (!n) {
        return no_memory(err);
    }
    atomic_init(&n->refs, 1);
    n->tree_version = d->tree_version;
    n->units = d->units;
    n->nodes = d->nodes;
    int rc = add_all(n, d, tree, seg, segs, err);
    if (rc < 0) {
        dense_unref(n);
        return rc;
    }
    *out = n;
    return 0;
}

/* ---- reading
 * ------------------------------------------------------------------------------------------ */

/* Where the counts up to and including a day stand: a month's base and, in its page, a row. */
struct spot {
    const struct base *base;
    const struct page *page; /* NULL: only the base counts */
    size_t row;              /* of unit 0 on that day */
    bool none;               /* before all days */
};

static struct spot spot_of(const struct dense *d, int32_t day)
{
    if (day < d->day0) {
        return (struct spot){.none = true};
    }
    if (day >= d->day_end) {
        return (struct spot){.base = d->base[d->months]};
    }
    int32_t m = d->month_at[day - d->day0];
    const struct page *p = d->page[m];
    return (struct spot){d->base[m], p, (size_t)(day - p->first) * d->units, false};
}

static int64_t spot_slot(struct spot s, uint32_t lo, uint32_t hi, int slot)
{
    int64_t sum = 0;
    for (uint32_t u = lo; !s.none && u < hi; u++) {
        sum += s.base->cell[(size_t)u * SLOTS + (size_t)slot];
        if (s.page && slot == ALL) {
            sum += s.page->all[s.row + u];
        } else if (s.page) {
            sum += page_cell(s.page, (s.row + u) * SLOTS + (size_t)slot);
        }
    }
    return sum;
}

static int64_t rollup_upto(const struct dense *d, uint32_t order, int32_t day)
{
    if (day < d->day0) {
        return 0;
    }
    size_t days = (size_t)(d->day_end - d->day0);
    size_t i = day >= d->day_end ? days - 1 : (size_t)(day - d->day0);
    return d->series[(d->rollup[order] - 1) * days + i];
}

static int32_t day_before(int32_t day)
{
    return day == INT32_MIN ? day : day - 1;
}

int64_t dense_window(const struct dense *d, uint32_t order, int slot, int32_t from, int32_t to)
{
    ASSERT(order < d->nodes && slot >= 0 && slot < SLOTS);
    if (from > to) {
        return 0;
    }
    if (slot == ALL && d->rollup[order]) {
        return rollup_upto(d, order, to) - rollup_upto(d, order, day_before(from));
    }
    uint32_t lo = d->unit_from[order], hi = d->unit_to[order];
    return spot_slot(spot_of(d, to), lo, hi, slot) -
           spot_slot(spot_of(d, day_before(from)), lo, hi, slot);
}

/* Adds `sign` times 32 cells, lane by lane: plain loops that the compiler turns into vectors. */
static void add_broad(int64_t *restrict sum, const int32_t *restrict cell, int64_t sign)
{
    for (int i = 0; i < SLOTS; i++) {
        sum[i] += sign * cell[i];
    }
}

static void add_narrow(int64_t *restrict sum, const int16_t *restrict cell, int64_t sign)
{
    for (int i = 0; i < SLOTS; i++) {
        sum[i] += sign * cell[i];
    }
}

/* Adds `sign` times the 32 slots of units lo .. hi - 1 at a spot. */
static void add_slots(struct spot s, uint32_t lo, uint32_t hi, int64_t sign, int64_t sum[SLOTS])
{
    if (s.none) {
        return;
    }
    for (uint32_t u = lo; u < hi; u++) {
        add_broad(sum, &s.base->cell[(size_t)u * SLOTS], sign);
        if (s.page && s.page->wide) {
            add_broad(sum, &s.page->broad[(s.row + u) * SLOTS], sign);
        } else if (s.page) {
            add_narrow(sum, &s.page->narrow[(s.row + u) * SLOTS], sign);
        }
        if (s.page) {
            sum[ALL] += sign * s.page->all[s.row + u];
        }
    }
}

void dense_slots(const struct dense *d, uint32_t order, int32_t from, int32_t to, int64_t sum[32])
{
    ASSERT(order < d->nodes);
    if (from > to) {
        return;
    }
    uint32_t lo = d->unit_from[order], hi = d->unit_to[order];
    add_slots(spot_of(d, to), lo, hi, 1, sum);
    add_slots(spot_of(d, day_before(from)), lo, hi, -1, sum);
}

static void rollup_series(const struct dense *d, uint32_t order, int32_t first, uint32_t n,
                          int64_t *out)
{
    size_t days = (size_t)(d->day_end - d->day0);
    const int32_t *sum = d->series + (d->rollup[order] - 1) * days;
    for (uint32_t i = 0; i < n; i++) {
        int64_t at = (int64_t)first + i - d->day0;
        out[i] += at < 0 ? 0 : sum[(size_t)at < days ? (size_t)at : days - 1];
    }
}

/* The days of one month; the base is summed once. */
static void page_series(const struct page *p, const struct dense *d, uint32_t lo, uint32_t hi,
                        int slot, int64_t base, int32_t from, int32_t to, int64_t *out)
{
    for (int32_t day = from; day < to; day++) {
        size_t row = (size_t)(day - p->first) * d->units;
        int64_t sum = base;
        for (uint32_t u = lo; u < hi; u++) {
            sum += slot == ALL ? p->all[row + u] : page_cell(p, (row + u) * SLOTS + (size_t)slot);
        }
        out[day - from] += sum;
    }
}

void dense_series(const struct dense *d, uint32_t order, int slot, int32_t first, uint32_t n,
                  int64_t *out)
{
    ASSERT(order < d->nodes && slot >= 0 && slot < SLOTS);
    if (slot == ALL && d->rollup[order]) {
        rollup_series(d, order, first, n, out);
        return;
    }
    uint32_t lo = d->unit_from[order], hi = d->unit_to[order];
    int32_t end = first + (int32_t)n;
    for (int32_t m = 0; m < d->months; m++) {
        const struct page *p = d->page[m];
        int32_t from = p->first > first ? p->first : first;
        int32_t to = p->first + p->days < end ? p->first + p->days : end;
        if (from < to) {
            int64_t base = spot_slot((struct spot){.base = d->base[m]}, lo, hi, slot);
            page_series(p, d, lo, hi, slot, base, from, to, out + (from - first));
        }
    }
    int32_t from = d->day_end > first ? d->day_end : first;
    int64_t total = spot_slot((struct spot){.base = d->base[d->months]}, lo, hi, slot);
    for (int32_t day = from; day < end; day++) {
        out[day - first] += total;
    }
}

uint64_t dense_bytes(const struct dense *d)
{
    uint64_t bytes = sizeof(*d) + ((uint64_t)d->nodes + 1) * 3 * sizeof(uint32_t) +
                     (uint64_t)d->rollups * (uint64_t)(d->day_end - d->day0) * sizeof(int32_t);
    for (int32_t m = 0; m < d->months; m++) {
        uint64_t cell = d->page[m]->wide ? sizeof(int32_t) : sizeof(int16_t);
        bytes += (uint64_t)d->page[m]->days * (row_cells(d) * cell + d->units * sizeof(int32_t));
    }
    return bytes + ((uint64_t)d->months + 1) * row_cells(d) * sizeof(int32_t);
}
