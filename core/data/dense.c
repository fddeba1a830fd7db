/* SPDX-License-Identifier: MIT
 *
 * The dense cube: its months and memory, places above the units, reading. Built in dense_build.c,
 * added to in dense_add.c. */
#include "data/dense.h"

#include <string.h>

#include "base/date.h"
#include "base/mem.h"
#include "dense_int.h"

/* ---- months ---- */

static int32_t month_of(int32_t day)
{
    struct ymd d = date_ymd(day);
    return (d.year - 1970) * 12 + d.month - 1;
}

int32_t dense_month_first(int32_t month)
{
    int32_t year = 1970 + (month >= 0 ? month / 12 : -((11 - month) / 12));
    return date_day(year, (int)(month - (year - 1970) * 12) + 1, 1);
}

/* ---- memory ---- */

void dense_page_unref(struct dense_page *p)
{
    if (p && atomic_fetch_sub_explicit(&p->refs, 1, memory_order_acq_rel) == 1) {
        mem_free(MEM_DATA, p->narrow);
        mem_free(MEM_DATA, p->broad);
        mem_free(MEM_DATA, p->all);
        mem_free(MEM_DATA, p);
    }
}

void dense_base_unref(struct dense_base *b)
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
        dense_page_unref(d->page[m]);
    }
    for (int32_t m = 0; d->base && m <= d->months; m++) {
        dense_base_unref(d->base[m]);
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

int dense_no_memory(struct err *err)
{
    return err_set(err, ERR_MEM, "no memory for the dense cube");
}

int dense_too_large(struct err *err)
{
    return err_set(err, ERR_LIMIT, "a sum of registrations passes %d", INT32_MAX);
}

struct dense_page *dense_page_new(const struct dense *d, int32_t first, int days, bool wide)
{
    struct dense_page *p = mem_calloc(MEM_DATA, 1, sizeof(*p));
    if (!p) {
        return NULL;
    }
    atomic_init(&p->refs, 1);
    p->first = first;
    p->days = days;
    p->wide = wide;
    size_t cells = dense_row_cells(d) * (size_t)days;
    if (wide) {
        p->broad = mem_calloc(MEM_DATA, cells, sizeof(*p->broad));
    } else {
        p->narrow = mem_calloc(MEM_DATA, cells, sizeof(*p->narrow));
    }
    p->all = mem_calloc(MEM_DATA, (size_t)d->units * (size_t)days, sizeof(*p->all));
    if ((!p->broad && !p->narrow) || !p->all) {
        dense_page_unref(p);
        return NULL;
    }
    return p;
}

struct dense_base *dense_base_new(const struct dense *d)
{
    struct dense_base *b =
        mem_calloc(MEM_DATA, 1, sizeof(*b) + dense_row_cells(d) * sizeof(b->cell[0]));
    if (b) {
        atomic_init(&b->refs, 1);
    }
    return b;
}

struct dense *dense_alloc(const struct place_tree *tree)
{
    struct dense *d = mem_calloc(MEM_DATA, 1, sizeof(*d));
    if (d) {
        atomic_init(&d->refs, 1);
        d->tree_version = tree->version;
    }
    return d;
}

int dense_span(struct dense *d, int32_t first, int32_t last, struct err *err)
{
    d->month0 = month_of(first);
    d->months = month_of(last) - d->month0 + 1;
    if (d->months > MONTHS_MAX) {
        return err_set(err, ERR_LIMIT, "the registrations span more than %d months", MONTHS_MAX);
    }
    d->day0 = dense_month_first(d->month0);
    d->day_end = dense_month_first(d->month0 + d->months);
    d->page = mem_calloc(MEM_DATA, (size_t)d->months, sizeof(struct dense_page *));
    d->base = mem_calloc(MEM_DATA, (size_t)d->months + 1, sizeof(struct dense_base *));
    d->month_at = mem_alloc(MEM_DATA, (size_t)(d->day_end - d->day0) * sizeof(*d->month_at));
    if (!d->page || !d->base || !d->month_at) {
        return dense_no_memory(err);
    }
    for (int32_t m = 0; m < d->months; m++) {
        int32_t day = dense_month_first(d->month0 + m), end = dense_month_first(d->month0 + m + 1);
        while (day < end) {
            d->month_at[day++ - d->day0] = (int16_t)m;
        }
    }
    return 0;
}

bool dense_cell_add(struct dense_page *p, size_t cell, int64_t count)
{
    if (p->wide) {
        return dense_sum_add(&p->broad[cell], count);
    }
    int16_t *c = &p->narrow[cell];
    return !__builtin_add_overflow(*c, count, c);
}

/* ---- units ---- */

/* The place a row counts in: itself, or the block above a panchayat. */
uint32_t dense_unit_place(const struct place_tree *t, uint32_t order)
{
    while (t->at[order].level > PLACE_BLOCK) {
        order = t->at[order].parent;
    }
    return order;
}

bool dense_has_unit(const struct dense *d, uint32_t order)
{
    return d->unit_from[order + 1] > d->unit_from[order];
}

/* ---- roll-ups ---- */

static int number_rollups(struct dense *d, const struct place_tree *t, struct err *err)
{
    d->rollup = mem_calloc(MEM_DATA, t->n, sizeof(*d->rollup));
    if (!d->rollup) {
        return dense_no_memory(err);
    }
    for (uint32_t o = 0; o < t->n; o++) {
        if (t->at[o].level < PLACE_BLOCK && d->unit_from[t->at[o].end] > d->unit_from[o]) {
            d->rollup[o] = ++d->rollups;
        }
    }
    return 0;
}

/* One day of a place above the units: those right below it that are summed already, and units. */
static bool sum_rollup(struct dense *d, const struct place_tree *t, uint32_t o, int32_t m, int day,
                       int32_t *column)
{
    const struct dense_page *p = d->page[m];
    size_t days = (size_t)(d->day_end - d->day0);
    int64_t sum = 0;
    for (uint32_t c = o; c < t->at[o].end; c = c == o ? o + 1 : t->at[c].end) {
        if (c != o && d->rollup[c]) {
            sum += column[(d->rollup[c] - 1) * days];
        } else if (dense_has_unit(d, c)) {
            uint32_t u = d->unit_from[c];
            sum += (int64_t)d->base[m]->cell[(size_t)u * SLOTS + ALL] +
                   p->all[(size_t)day * d->units + u];
        }
    }
    return dense_sum_add(&column[(d->rollup[o] - 1) * days], sum);
}

static int fill_rollups(struct dense *d, const struct place_tree *t, struct err *err)
{
    size_t days = (size_t)(d->day_end - d->day0);
    mem_free(MEM_DATA, d->series);
    d->series = mem_calloc(MEM_DATA, (size_t)d->rollups * days, sizeof(*d->series));
    if (!d->series) {
        return dense_no_memory(err);
    }
    for (int32_t m = 0; m < d->months; m++) {
        const struct dense_page *p = d->page[m];
        for (int day = 0; day < p->days; day++) {
            int32_t *column = d->series + (p->first - d->day0) + day;
            for (uint32_t o = t->n; o-- > 0;) { /* children before parents */
                if (d->rollup[o] && !sum_rollup(d, t, o, m, day, column)) {
                    return dense_too_large(err);
                }
            }
        }
    }
    return 0;
}

int dense_roll_up(struct dense *d, const struct place_tree *t, struct err *err)
{
    TRY(number_rollups(d, t, err));
    return fill_rollups(d, t, err);
}

/* ---- reading ---- */

/* Where the counts up to and including a day stand: a month's base and, in its page, a row. */
struct spot {
    const struct dense_base *base;
    const struct dense_page *page; /* NULL: only the base counts */
    size_t row;                    /* of unit 0 on that day */
    bool none;                     /* before all days */
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
    const struct dense_page *p = d->page[m];
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
            sum += dense_cell(s.page, (s.row + u) * SLOTS + (size_t)slot);
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

/* The counts of one unit up to a day, all slots, are 32-bit sums: base and page are added in
 * 32 bits that may wrap on the way, in plain loops that the compiler turns into vectors. */
static void add_base(uint32_t *restrict sum, const int32_t *restrict cell)
{
    for (int i = 0; i < SLOTS; i++) {
        sum[i] += (uint32_t)cell[i];
    }
}

static void add_narrow(uint32_t *restrict sum, const int16_t *restrict cell)
{
    for (int i = 0; i < SLOTS; i++) {
        int32_t count = cell[i];
        sum[i] += (uint32_t)count;
    }
}

/* All slots of unit u up to a spot's day. */
static void unit_slots(struct spot s, uint32_t u, uint32_t sum[SLOTS])
{
    memset(sum, 0, SLOTS * sizeof(*sum));
    if (s.none) {
        return;
    }
    add_base(sum, &s.base->cell[(size_t)u * SLOTS]);
    if (!s.page) {
        return;
    }
    if (s.page->wide) {
        add_base(sum, &s.page->broad[(s.row + u) * SLOTS]);
    } else {
        add_narrow(sum, &s.page->narrow[(s.row + u) * SLOTS]);
    }
    sum[ALL] += (uint32_t)s.page->all[s.row + u];
}

void dense_slots(const struct dense *d, uint32_t order, int32_t from, int32_t to, int64_t sum[32])
{
    ASSERT(order < d->nodes);
    if (from > to) {
        return;
    }
    struct spot upto = spot_of(d, to), before = spot_of(d, day_before(from));
    for (uint32_t u = d->unit_from[order]; u < d->unit_to[order]; u++) {
        uint32_t now[SLOTS], then[SLOTS];
        unit_slots(upto, u, now);
        unit_slots(before, u, then);
        for (int i = 0; i < SLOTS; i++) {
            sum[i] += (int64_t)(int32_t)now[i] - (int32_t)then[i];
        }
    }
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
static void page_series(const struct dense_page *p, const struct dense *d, uint32_t lo, uint32_t hi,
                        int slot, int64_t base, int32_t from, int32_t to, int64_t *out)
{
    for (int32_t day = from; day < to; day++) {
        size_t row = (size_t)(day - p->first) * d->units;
        int64_t sum = base;
        for (uint32_t u = lo; u < hi; u++) {
            sum += slot == ALL ? p->all[row + u] : dense_cell(p, (row + u) * SLOTS + (size_t)slot);
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
        const struct dense_page *p = d->page[m];
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
        bytes +=
            (uint64_t)d->page[m]->days * (dense_row_cells(d) * cell + d->units * sizeof(int32_t));
    }
    return bytes + ((uint64_t)d->months + 1) * dense_row_cells(d) * sizeof(int32_t);
}
