/* SPDX-License-Identifier: MIT
 *
 * Cells below zero. What the batch adds to a cell is summed up over all its rows at or below the
 * place, then added to what the snapshot holds there. */
#include <stdlib.h>

#include "data/tally.h"
#include "store/store.h"

struct change {
    uint32_t order; /* of the place */
    uint8_t sector;
    bool takes; /* a run of less than nothing is among them */
    int32_t day;
    int64_t sum, held;
};

static int by_cell(const void *pa, const void *pb)
{
    const struct change *a = pa, *b = pb;
    if (a->day != b->day)
        return a->day < b->day ? -1 : 1;
    if (a->sector != b->sector)
        return a->sector < b->sector ? -1 : 1;
    return a->order < b->order ? -1 : a->order > b->order;
}

/* The run's place and those above it, but for the country. */
static size_t add_run(const struct place_tree *t, const struct seg *seg, uint32_t run,
                      struct change *to)
{
    size_t n = 0;
    int64_t sum = seg_run_count(seg, run);
    uint32_t order = seg->run_place[run];
    for (enum place_level level = t->at[order].level; level > PLACE_COUNTRY; level--) {
        uint32_t above = place_above(t, order, level);
        if (above != PLACE_NONE && t->at[above].level == level)
            to[n++] =
                (struct change){above, seg->run_sector[run], sum < 0, seg->run_day[run], sum, 0};
    }
    return n;
}

/* Changes of one cell stand together. What would be left below zero comes to the front; gives how
 * many. */
static size_t find_below(const struct snap *now, struct change *c, size_t n)
{
    size_t found = 0;
    for (size_t i = 0, k; i < n; i = k) {
        for (k = i + 1; k < n && by_cell(&c[i], &c[k]) == 0; k++) {
            c[i].sum += c[k].sum;
            c[i].takes |= c[k].takes;
        }
        if (!c[i].takes || c[i].sum >= 0)
            continue;
        c[i].held = tally_window(now, c[i].order, c[i].sector, c[i].day, c[i].day);
        if (c[i].held + c[i].sum < 0)
            c[found++] = c[i];
    }
    return found;
}

/* A place above one that is told goes without saying: it comes right before it. */
static void note_all(const struct place_tree *t, const struct change *c, size_t n,
                     struct below_zero *out)
{
    for (size_t i = 0; i < n; i++) {
        const struct change *next = i + 1 < n ? &c[i + 1] : NULL;
        if (next != NULL && next->day == c[i].day && next->sector == c[i].sector &&
            next->order < t->at[c[i].order].end)
            continue;
        if (out->n < ARRAY_LEN(out->at))
            out->at[out->n++] = (struct cell_below){t->at[c[i].order].id, c[i].sector, c[i].day,
                                                    c[i].held, c[i].held + c[i].sum};
        out->total++;
    }
}

static int refuse(const struct below_zero *out, struct err *err)
{
    err_set(err, ERR_ROWS,
            "the correction would take %llu cells of place, sector and day below zero; nothing was "
            "stored",
            (unsigned long long)out->total);
    err_hint(err, "mend the counts, or send it with below_zero=allow if that is meant");
    return ERR_ROWS;
}

int store_check_below(const struct snap *now, struct seg *const *seg, size_t segs,
                      struct below_zero *out, struct err *err)
{
    size_t runs = 0, n = 0;
    for (size_t i = 0; i < segs; i++)
        runs += seg[i]->runs;
    struct change *c = mem_alloc(MEM_STORE, (runs + 1) * PLACE_LEVELS * sizeof *c);
    if (c == NULL)
        return err_set(err, ERR_MEM, "no memory to check a correction");
    for (size_t i = 0; i < segs; i++)
        for (uint32_t k = 0; k < seg[i]->runs; k++)
            n += add_run(now->tree, seg[i], k, c + n);
    qsort(c, n, sizeof *c, by_cell);
    out->n = out->total = 0;
    note_all(now->tree, c, find_below(now, c, n), out);
    mem_free(MEM_STORE, c);
    return out->total > 0 && !out->allow ? refuse(out, err) : 0;
}
