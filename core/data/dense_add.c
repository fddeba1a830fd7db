/* SPDX-License-Identifier: MIT
 *
 * Adding segments to a dense cube: the new one shares every month that the segments do not touch
 * and every base before them. */
#include <string.h>

#include "base/mem.h"
#include "dense_int.h"

/* ---- adding to what is there ---- */

static int copy_page(struct dense *d, int32_t m, bool wide, struct err *err)
{
    struct dense_page *old = d->page[m], *p = dense_page_new(d, old->first, old->days, wide);
    if (!p) {
        return dense_no_memory(err);
    }
    size_t cells = dense_row_cells(d) * (size_t)old->days;
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
    dense_page_unref(old);
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
    struct dense_base *old = d->base[m];
    if (atomic_load_explicit(&old->refs, memory_order_relaxed) == 1) {
        return 0;
    }
    struct dense_base *b = dense_base_new(d);
    if (!b) {
        return dense_no_memory(err);
    }
    memcpy(b->cell, old->cell, dense_row_cells(d) * sizeof(b->cell[0]));
    dense_base_unref(old);
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
        while (!dense_cell_add(d->page[m], row * SLOTS + (size_t)slot, count)) {
            if (d->page[m]->wide) {
                return dense_too_large(err);
            }
            /* the wrapped cell is put right before its page is widened */
            d->page[m]->narrow[row * SLOTS + (size_t)slot] =
                (int16_t)(d->page[m]->narrow[row * SLOTS + (size_t)slot] - (int16_t)count);
            TRY(copy_page(d, m, true, err));
        }
        if (!dense_sum_add(&d->page[m]->all[row], count)) {
            return dense_too_large(err);
        }
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
        if (!dense_sum_add(&cell[slot], count) || !dense_sum_add(&cell[ALL], count)) {
            return dense_too_large(err);
        }
    }
    return 0;
}

static int add_seg(struct dense *d, const struct place_tree *tree, const struct seg *s,
                   struct err *err)
{
    for (uint32_t k = 0; k < s->runs; k++) {
        uint32_t place = dense_unit_place(tree, s->run_place[k]);
        if (!dense_has_unit(d, place)) {
            return err_set(err, ERR_LIMIT, "a place that has no column in the dense cube");
        }
        TRY(add_run(d, d->unit_from[place], s->run_sector[k], s->run_day[k], seg_run_count(s, k),
                    err));
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
    TRY(dense_span(n, first, last, err));
    int32_t before = d->month0 - n->month0;
    for (int32_t m = 0; m <= n->months; m++) {
        int32_t i = m - before, at = i < 0 ? 0 : i > d->months ? d->months : i;
        int32_t month_day = dense_month_first(n->month0 + m);
        n->base[m] = d->base[at];
        atomic_fetch_add_explicit(&n->base[m]->refs, 1, memory_order_relaxed);
        if (m < n->months && i >= 0 && i < d->months) {
            n->page[m] = d->page[i];
            atomic_fetch_add_explicit(&n->page[m]->refs, 1, memory_order_relaxed);
        } else if (m < n->months) {
            int days = dense_month_first(n->month0 + m + 1) - month_day;
            n->page[m] = dense_page_new(n, month_day, days, false);
            if (!n->page[m]) {
                return dense_no_memory(err);
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
        return dense_no_memory(err);
    }
    memcpy(n->unit_from, d->unit_from, bytes);
    memcpy(n->unit_to, d->unit_to, bytes);
    widen_span(seg, segs, &first, &last);
    TRY(extend(n, d, first, last, err));
    for (size_t i = 0; i < segs; i++) {
        TRY(add_seg(n, tree, seg[i], err));
    }
    return dense_roll_up(n, tree, err);
}

int dense_add(const struct dense *d, const struct place_tree *tree, struct seg *const *seg,
              size_t segs, struct dense **out, struct err *err)
{
    ASSERT(d->tree_version == tree->version && segs > 0);
    struct dense *n = dense_alloc(tree);
    if (!n) {
        return dense_no_memory(err);
    }
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
