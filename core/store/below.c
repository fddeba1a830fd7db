/* SPDX-License-Identifier: MIT
 *
 * Cells below zero. What the batch adds to a cell is summed up over all its rows at or below the
 * place, then added to what the snapshot holds there. */
#include <stdlib.h>

#include "base/date.h"
#include "data/list.h"
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

static bool any_correction(const struct snap *s)
{
    for (size_t i = 0; i < s->batch_count; i++)
        if (s->batch[i].correction)
            return true;
    return false;
}

void store_note_below(const struct snap *now, struct seg *const *seg, size_t segs,
                      struct below_zero *out)
{
    struct err ignored;
    *out = (struct below_zero){.allow = true};
    for (size_t i = 0; i < segs; i++)
        if (seg[i]->tree_version != now->tree->version)
            return;
    if (any_correction(now) && store_check_below(now, seg, segs, out, &ignored) < 0)
        *out = (struct below_zero){.allow = true};
}

/* ---- telling --------------------------------------------------------------------------------- */

void below_cell_name(const struct snap *now, const struct cell_below *c, struct buf *out)
{
    uint32_t order = place_order(now->tree, c->place);
    const struct place *p = &now->tree->at[order != PLACE_NONE ? order : 0]; /* new meanwhile */
    char day[16];
    date_format(c->day, day);
    buf_printf(out, "%.*s (%lld), sector %.*s, on %s", STR_ARG(p->name), (long long)p->code,
               STR_ARG(c->sector > 0 ? list_item_name(&list_sectors, c->sector - 1, false)
                                     : STR("not stated")),
               day);
}

void below_warning(const struct snap *now, const struct below_zero *below, struct buf *out)
{
    enum { NAMED = 3 };
    size_t n = below->n < NAMED ? below->n : NAMED;
    buf_printf(out,
               "%llu cells of place, sector and day hold less than nothing now, for corrections "
               "still take off what is gone: ",
               (unsigned long long)below->total);
    for (size_t i = 0; i < n; i++) {
        buf_cstr(out, i > 0 ? "; " : "");
        below_cell_name(now, &below->at[i], out);
        buf_printf(out, " (%lld)", (long long)below->at[i].left);
    }
    if (below->total > n)
        buf_cstr(out, "; ...");
}
