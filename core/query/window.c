/* SPDX-License-Identifier: MIT
 *
 * Window functions: rows sorted by partition and order, then walked once. Results are written to
 * the rows where they stood. */
#include <math.h>
#include <stdlib.h>

#include "agg.h"
#include "base/date.h"
#include "run.h"

enum { CHECK_ROWS = 1 << 14 };

struct span {
    size_t from, to; /* rows in window order, `to` not included */
};

struct windowing {
    struct run *run;
    const struct window *w;
    const struct frame *in;
    struct frame_col *part, *order;
    struct frame_col value, other;
    const int64_t *weight;
    uint32_t *row; /* rows in window order */
    struct frame_col *out;
    struct agg_state state; /* WIN_AGG: of the rows `done` */
    struct span done;
    struct span values; /* rows of the partition whose first ORDER BY is not NULL */
    size_t added;       /* rows added to it, for looking at the cancel flag */
};

static int compare_part(const struct windowing *x, uint32_t a, uint32_t b)
{
    for (size_t k = 0; k < x->w->partitions; k++) {
        int c = vec_compare(&x->part[k], a, &x->part[k], b, x->run->places);
        if (c != 0)
            return c;
    }
    return 0;
}

static int compare_order(const struct windowing *x, uint32_t a, uint32_t b)
{
    for (size_t k = 0; k < x->w->orders; k++) {
        const struct sort_key *key = &x->w->order[k];
        bool na = vec_null(&x->order[k], a);
        bool nb = vec_null(&x->order[k], b);
        if (na != nb)
            return na == key->nulls_last ? 1 : -1;
        int c = na ? 0 : vec_compare(&x->order[k], a, &x->order[k], b, x->run->places);
        if (c != 0)
            return key->desc ? -c : c;
    }
    return 0;
}

static int by_window(const void *a, const void *b, void *ctx)
{
    const struct windowing *x = ctx;
    uint32_t p = *(const uint32_t *)a;
    uint32_t q = *(const uint32_t *)b;
    int c = compare_part(x, p, q);
    c = c != 0 ? c : compare_order(x, p, q);
    return c != 0 ? c : (p > q) - (p < q);
}

/* End of the rows that are peers of row i. */
static size_t peers_end(const struct windowing *x, size_t i, size_t to)
{
    size_t end = i + 1;
    while (end < to && compare_order(x, x->row[i], x->row[end]) == 0)
        end++;
    return end;
}

/* Ranks of the partition row[from .. to - 1]. */
static int rank_rows(struct windowing *x, size_t from, size_t to)
{
    int64_t rank = 1;
    int64_t dense = 1;
    size_t peers = from; /* end of those of the row */
    for (size_t i = from; i < to; i++) {
        int64_t number = (int64_t)(i - from) + 1;
        if (i > from && compare_order(x, x->row[i - 1], x->row[i]) != 0) {
            rank = number;
            dense++;
        }
        size_t n = to - from;
        uint32_t at = x->row[i];
        if (x->w->kind == WIN_CUME_DIST && i >= peers)
            peers = peers_end(x, i, to);
        if ((i & (CHECK_ROWS - 1)) == 0)
            TRY(run_check(x->run));
        if (x->w->kind == WIN_CUME_DIST)
            x->out->f[at] = (double)(peers - from) / (double)n;
        else if (x->w->kind == WIN_PERCENT_RANK)
            x->out->f[at] = n > 1 ? (double)(rank - 1) / (double)(n - 1) : 0;
        else if (x->w->kind == WIN_NTILE) {
            size_t tiles = (size_t)x->w->offset;
            size_t size = n / tiles;
            size_t large = n % tiles; /* the first tiles have one more */
            size_t k = i - from;
            bool in_large = k < large * (size + 1);
            x->out->i[at] =
                (int64_t)(in_large ? k / (size + 1) : large + (k - large * (size + 1)) / size) + 1;
        } else
            x->out->i[at] = x->w->kind == WIN_RANK         ? rank
                            : x->w->kind == WIN_DENSE_RANK ? dense
                                                           : number;
    }
    return 0;
}

static void shift_rows(struct windowing *x, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        uint32_t at = x->row[i];
        size_t gap = x->w->offset > (int64_t)(to - from) ? to - from : (size_t)x->w->offset;
        bool inside = x->w->kind == WIN_LAG ? i >= from + gap : i + gap < to;
        if (x->w->offset > (int64_t)(to - from))
            inside = false;
        if (inside)
            vec_copy_cell(x->out, at, &x->value, x->row[x->w->kind == WIN_LAG ? i - gap : i + gap]);
        else if (x->w->other != NULL)
            vec_copy_cell(x->out, at, &x->other, at);
        else
            x->out->null[at] = 1;
    }
}

/* How row j lies to the point that is `b` away from row i, in the order of the window: before it
 * -1, behind it 1. Both have a value. */
static int beside_point(const struct windowing *x, size_t j, size_t i, const struct window_bound *b)
{
    const struct frame_col *c = &x->order[0];
    bool desc = x->w->order[0].desc;
    int side;
    if (c->f != NULL) {
        double point = c->f[x->row[i]] + (desc ? -b->f : b->f);
        side = (c->f[x->row[j]] > point) - (c->f[x->row[j]] < point);
    } else {
        int64_t v = c->i[x->row[i]];
        int64_t away = desc ? -b->i : b->i;
        int128 point = b->months ? date_add_months((int32_t)v, (int)away) : (int128)v + away;
        side = (c->i[x->row[j]] > point) - (c->i[x->row[j]] < point);
    }
    return desc ? -side : side;
}

/* First row that is not before the point (`start`), or that is behind it. Rows without a value have
 * their peers alone. */
static size_t distant_row(const struct windowing *x, size_t i, struct span peers,
                          const struct window_bound *b, bool start)
{
    if (vec_null(&x->order[0], x->row[i]))
        return start ? peers.from : peers.to;
    size_t lo = x->values.from;
    size_t hi = x->values.to;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int side = beside_point(x, mid, i, b);
        if (side < 0 || (side == 0 && !start))
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* The frame of row i in the partition from .. to - 1; its peers are from .. end - 1 of `peers`. */
static struct span frame_of(const struct windowing *x, size_t i, struct span peers, size_t from,
                            size_t to)
{
    const struct window_frame *f = &x->w->frame;
    if (!f->given)
        return (struct span){from, x->w->orders > 0 ? peers.to : to};
    struct span s = {from, to};
    if (f->range) {
        if (!f->start.open)
            s.from = f->start.distant ? distant_row(x, i, peers, &f->start, true) : peers.from;
        if (!f->end.open)
            s.to = f->end.distant ? distant_row(x, i, peers, &f->end, false) : peers.to;
        return s.from < s.to ? s : (struct span){s.from, s.from};
    }
    int64_t first = (int64_t)i + f->start.i;
    int64_t last = (int64_t)i + f->end.i;
    if (!f->start.open && first > (int64_t)from)
        s.from = first < (int64_t)to ? (size_t)first : to;
    if (!f->end.open && last + 1 < (int64_t)to)
        s.to = last + 1 > (int64_t)from ? (size_t)last + 1 : from;
    return s.from < s.to ? s : (struct span){s.from, s.from};
}

static void edge_row(struct windowing *x, size_t i, struct span frame)
{
    uint32_t at = x->row[i];
    size_t n = frame.to - frame.from;
    size_t which = x->w->kind == WIN_FIRST  ? 0
                   : x->w->kind == WIN_LAST ? n - 1
                                            : (size_t)x->w->offset - 1;
    if (n == 0 || which >= n)
        x->out->null[at] = 1;
    else
        vec_copy_cell(x->out, at, &x->value, x->row[frame.from + which]);
}

static int add_span(struct windowing *x, struct agg_state *s, struct span span)
{
    struct run *r = x->run;
    uint32_t zero = 0;
    for (size_t k = span.from; k < span.to; k++) {
        uint32_t at = x->row[k];
        struct frame_col one = vec_from(&x->value, at);
        struct frame_col other = vec_from(&x->other, at);
        struct agg_input in = {x->w->agg.arg ? &one : NULL, x->w->agg.second ? &other : NULL};
        int64_t weight = x->weight ? x->weight[at] : 1;
        TRY(agg_add(s, &in, &zero, &weight, 1, r->places, r->err));
        if ((++x->added & (CHECK_ROWS - 1)) == 0)
            TRY(run_check(r));
    }
    return 0;
}

/* While the frame only grows at its end, so does the aggregate; else it is computed anew. */
static int aggregate_row(struct windowing *x, size_t i, struct span frame)
{
    struct run *r = x->run;
    if (x->done.from != frame.from || x->done.to > frame.to || x->state.arena == NULL) {
        if (x->state.arena == NULL) {
            TRY(agg_init(&x->state, &x->w->agg, r->arena, 1, r->err));
            x->state.heeds_hidden = true;
            TRY(agg_reserve(&x->state, 1, r->err));
        }
        agg_clear(&x->state);
        x->done = (struct span){frame.from, frame.from};
    }
    TRY(add_span(x, &x->state, (struct span){x->done.to, frame.to}));
    x->done = frame;
    return run_agg_result(r, &x->state, 0, x->out, x->row[i]);
}

/* NULLs stand at one end. */
static struct span with_value(const struct windowing *x, size_t from, size_t to)
{
    while (x->w->orders > 0 && from < to && vec_null(&x->order[0], x->row[from]))
        from++;
    while (x->w->orders > 0 && from < to && vec_null(&x->order[0], x->row[to - 1]))
        to--;
    return (struct span){from, to};
}

static int framed_rows(struct windowing *x, size_t from, size_t to)
{
    x->done = (struct span){SIZE_MAX, SIZE_MAX};
    x->values = with_value(x, from, to);
    struct span peers = {from, from};
    for (size_t i = from; i < to; i++) {
        if (i == peers.to)
            peers = (struct span){i, peers_end(x, i, to)};
        struct span frame = frame_of(x, i, peers, from, to);
        if (x->w->kind != WIN_AGG)
            edge_row(x, i, frame);
        else
            TRY(aggregate_row(x, i, frame));
        if ((i & 1023) == 0)
            TRY(run_check(x->run));
    }
    return 0;
}

static int by_value(const void *a, const void *b, void *ctx)
{
    const struct windowing *x = ctx;
    uint32_t p = *(const uint32_t *)a;
    uint32_t q = *(const uint32_t *)b;
    int c = vec_compare(&x->value, p, &x->value, q, x->run->places);
    return c != 0 ? c : (p > q) - (p < q);
}

/* The value at a share of the partition's values; NULLs are left out. CONT lies between the two
 * nearest, DISC is the first whose share is at least as large. */
static int percentile_rows(struct windowing *x, size_t from, size_t to)
{
    struct run *r = x->run;
    uint32_t *row = ARENA_ARRAY(r->arena, uint32_t, to - from);
    size_t n = 0;
    if (row == NULL)
        return run_memory(r);
    for (size_t i = from; i < to; i++)
        if (!vec_null(&x->value, x->row[i]))
            row[n++] = x->row[i];
    TRY(run_sort(r, row, n, by_value, x));
    double at = x->w->percentile * (double)(n > 0 ? n - 1 : 0);
    size_t low = (size_t)at;
    size_t high = low + 1 < n ? low + 1 : low;
    double share = x->w->percentile * (double)n;
    size_t first = share > 0 ? (size_t)ceil(share) - 1 : 0;
    for (size_t i = from; i < to; i++) {
        if (n == 0)
            x->out->null[x->row[i]] = 1;
        else if (x->w->kind == WIN_PERCENTILE_DISC)
            vec_copy_cell(x->out, x->row[i], &x->value, row[first < n ? first : n - 1]);
        else
            x->out->f[x->row[i]] =
                x->value.f[row[low]] +
                (at - (double)low) * (x->value.f[row[high]] - x->value.f[row[low]]);
    }
    return 0;
}

static int partition_rows(struct windowing *x, size_t from, size_t to)
{
    TRY(run_check(x->run));
    switch (x->w->kind) {
    case WIN_LAG:
    case WIN_LEAD:
        shift_rows(x, from, to);
        return 0;
    case WIN_FIRST:
    case WIN_LAST:
    case WIN_NTH:
    case WIN_AGG:
        return framed_rows(x, from, to);
    case WIN_PERCENTILE_CONT:
    case WIN_PERCENTILE_DISC:
        return percentile_rows(x, from, to);
    case WIN_ROW_NUMBER:
    case WIN_RANK:
    case WIN_DENSE_RANK:
    case WIN_PERCENT_RANK:
    case WIN_CUME_DIST:
    case WIN_NTILE:
        return rank_rows(x, from, to);
    }
    UNREACHABLE();
}

static int inputs(struct windowing *x)
{
    struct run *r = x->run;
    const struct window *w = x->w;
    x->part = ARENA_ARRAY(r->arena, struct frame_col, w->partitions);
    x->order = ARENA_ARRAY(r->arena, struct frame_col, w->orders);
    x->row = ARENA_ARRAY(r->arena, uint32_t, x->in->rows);
    if (x->part == NULL || x->order == NULL || x->row == NULL)
        return run_memory(r);
    for (size_t k = 0; k < w->partitions; k++)
        TRY(frame_column(r, x->in, w->partition[k], &x->part[k]));
    for (size_t k = 0; k < w->orders; k++)
        TRY(frame_column(r, x->in, w->order[k].expr, &x->order[k]));
    struct expr *value = w->kind == WIN_AGG ? w->agg.arg : w->value;
    if (value != NULL)
        TRY(frame_column(r, x->in, value, &x->value));
    struct expr *other = w->kind == WIN_AGG ? w->agg.second : w->other;
    if (other != NULL)
        TRY(frame_column(r, x->in, other, &x->other));
    return 0;
}

static int one_window(struct run *r, const struct step *s, const struct window *w,
                      const struct frame *in, struct frame_col *out)
{
    struct windowing x = {.run = r, .w = w, .in = in, .out = out};
    if (s->weight >= 0)
        x.weight = in->col[s->weight].i;
    TRY(frame_col_init(r->arena, out, in->rows, STR(""), w->agg.type, r->err));
    out->list = w->agg.list;
    TRY(inputs(&x));
    for (size_t i = 0; i < in->rows; i++)
        x.row[i] = (uint32_t)i;
    TRY(run_sort(r, x.row, in->rows, by_window, &x));
    for (size_t from = 0; from < in->rows;) {
        size_t to = from + 1;
        while (to < in->rows && compare_part(&x, x.row[from], x.row[to]) == 0)
            to++;
        TRY(partition_rows(&x, from, to));
        from = to;
    }
    return 0;
}

int frame_window(struct run *r, const struct step *s, const struct frame *in, struct frame **out)
{
    TRY(run_frame(r, in->rows, in->cols + s->windows, out));
    memcpy((*out)->col, in->col, in->cols * sizeof *in->col);
    for (size_t k = 0; k < s->windows; k++)
        TRY(one_window(r, s, &s->window[k], in, &(*out)->col[in->cols + k]));
    return 0;
}
