/* SPDX-License-Identifier: MIT
 *
 * Operators on frames: computed columns, grouping, sorting. */
#include <stdlib.h>

#include "agg.h"
#include "run.h"

struct eval run_eval(struct run *r, const struct frame_col *col)
{
    return (struct eval){.arena = r->arena,
                         .strings = r->arena,
                         .snap = r->snap,
                         .places = r->places,
                         .borders = r->borders,
                         .hindi = r->ctx->hindi,
                         .text = r->text,
                         .err = r->err,
                         .col = col};
}

int run_check(struct run *r)
{
    return cancel_check(r->ctx->cancel, r->err);
}

int run_memory(struct run *r)
{
    err_set(r->err, ERR_LIMIT, "The query needs more memory than it may use.");
    err_hint(r->err, "add conditions, select fewer columns, or aggregate earlier");
    return ERR_LIMIT;
}

int run_frame(struct run *r, size_t rows, size_t cols, struct frame **out)
{
    return frame_new(r->arena, rows, cols, out, r->err) < 0 ? run_memory(r) : 0;
}

enum { SORT_STRETCH = 1 << 15 };

/* One expression over all rows. A column as it is costs nothing. */
int frame_column(struct run *r, const struct frame *f, struct expr *e, struct frame_col *out)
{
    if (e->kind == EXPR_COL) {
        *out = f->col[e->col];
        return 0;
    }
    TRY(frame_col_init(r->arena, out, f->rows, STR(""), e->type, r->err));
    out->list = e->list;
    struct eval ev = run_eval(r, f->col);
    for (ev.row = 0; ev.row < f->rows; ev.row += ev.n) {
        ev.n = f->rows - ev.row < r->vector ? f->rows - ev.row : r->vector;
        TRY(run_check(r));
        TRY(expr_eval(&ev, e, NULL));
        vec_copy(out, ev.row, &e->out, ev.n);
    }
    return 0;
}

int frame_gather(struct run *r, const struct frame *f, const uint32_t *row, size_t n,
                 struct frame **out)
{
    TRY(run_frame(r, n, f->cols, out));
    for (size_t c = 0; c < f->cols; c++) {
        const struct frame_col *from = &f->col[c];
        struct frame_col *to = &(*out)->col[c];
        TRY(run_check(r));
        TRY(frame_col_init(r->arena, to, n, from->name, from->type, r->err));
        to->list = from->list;
        for (size_t i = 0; i < n; i++)
            to->null[i] = from->null ? from->null[row[i]] : 0;
        for (size_t i = 0; from->s != NULL && i < n; i++)
            to->s[i] = from->s[row[i]];
        for (size_t i = 0; from->f != NULL && i < n; i++)
            to->f[i] = from->f[row[i]];
        for (size_t i = 0; from->i != NULL && i < n; i++)
            to->i[i] = from->i[row[i]];
    }
    return 0;
}

/* Two sorted stretches into one. */
static void merge(const uint32_t *a, size_t na, const uint32_t *b, size_t nb, uint32_t *out,
                  run_order_fn *order, void *ctx)
{
    size_t i = 0;
    size_t j = 0;
    while (i < na && j < nb)
        *out++ = order(&b[j], &a[i], ctx) < 0 ? b[j++] : a[i++];
    for (; i < na; i++)
        *out++ = a[i];
    for (; j < nb; j++)
        *out++ = b[j];
}

/* One stretch at a time by the library, then stretches are merged, twice as long each time. */
int run_sort(struct run *r, uint32_t *row, size_t n, run_order_fn *order, void *ctx)
{
    for (size_t at = 0; at < n; at += SORT_STRETCH) {
        TRY(run_check(r));
        qsort_r(row + at, n - at < SORT_STRETCH ? n - at : SORT_STRETCH, sizeof *row, order, ctx);
    }
    if (n <= SORT_STRETCH)
        return 0;
    uint32_t *from = row;
    uint32_t *to = ARENA_ARRAY(r->arena, uint32_t, n);
    if (to == NULL)
        return run_memory(r);
    for (size_t width = SORT_STRETCH; width < n; width *= 2) {
        for (size_t at = 0; at < n; at += 2 * width) {
            size_t left = n - at < width ? n - at : width;
            size_t right = n - at - left < width ? n - at - left : width;
            TRY(run_check(r));
            merge(from + at, left, from + at + left, right, to + at, order, ctx);
        }
        uint32_t *swap = from;
        from = to;
        to = swap;
    }
    if (from != row)
        memcpy(row, from, n * sizeof *row);
    return 0;
}

struct key_order {
    const struct frame *frame;
    size_t keys;
    const struct place_tree *tree;
};

static int by_keys(const void *a, const void *b, void *ctx)
{
    const struct key_order *o = ctx;
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;
    for (size_t k = 0; k < o->keys; k++) {
        int c = vec_compare(&o->frame->col[k], x, &o->frame->col[k], y, o->tree);
        if (c != 0)
            return c;
    }
    return (x > y) - (x < y);
}

int frame_order_keys(struct run *r, struct frame **f, size_t keys)
{
    struct key_order o = {*f, keys, r->places};
    size_t n = (*f)->rows;
    uint32_t i = 0;
    for (; (size_t)i + 1 < n; i++) {
        uint32_t next = i + 1;
        if (by_keys(&i, &next, &o) > 0)
            break;
    }
    if (keys == 0 || (size_t)i + 1 >= n)
        return 0;
    uint32_t *row = ARENA_ARRAY(r->arena, uint32_t, n);
    if (row == NULL)
        return run_memory(r);
    for (i = 0; i < n; i++)
        row[i] = i;
    TRY(run_sort(r, row, n, by_keys, &o));
    return frame_gather(r, *f, row, n, f);
}

/* ---- grouping ---- */

struct frame_groups {
    struct run *run;
    const struct step *step;
    struct groups groups;
    struct agg_state *agg;
    int64_t *net;
    size_t net_cap;
    uint32_t *gid;
};

static int groups_setup(struct frame_groups *g)
{
    struct run *r = g->run;
    const struct grouping *spec = &g->step->group;
    if (spec->keys > GROUP_KEYS_MAX)
        return err_set(r->err, ERR_LIMIT, "A grouping has more than %d columns.", GROUP_KEYS_MAX);
    g->groups.keys = spec->keys;
    g->groups.key = ARENA_ARRAY(r->arena, struct group_key, spec->keys);
    g->agg = ARENA_ARRAY(r->arena, struct agg_state, spec->aggs);
    g->gid = ARENA_ARRAY(r->arena, uint32_t, r->vector);
    if (g->groups.key == NULL || g->agg == NULL || g->gid == NULL)
        return run_memory(r);
    for (size_t k = 0; k < spec->keys; k++)
        intern_init(&g->groups.key[k].values, r->arena, spec->key[k]->type, spec->key[k]->list);
    TRY(groups_init(&g->groups, r->arena, r->vector, 1, r->err));
    for (size_t k = 0; k < spec->aggs; k++)
        TRY(agg_init(&g->agg[k], &spec->agg[k], r->arena, r->vector, r->err));
    for (size_t k = 0; k < spec->aggs; k++)
        g->agg[k].heeds_hidden = true;
    return 0;
}

static int add_net(struct frame_groups *g, const int64_t *weight, size_t n)
{
    size_t count = groups_count(&g->groups);
    if (count > g->net_cap) {
        size_t cap = g->net_cap * 2 > count ? g->net_cap * 2 : count;
        int64_t *grown = ARENA_ARRAY(g->run->arena, int64_t, cap);
        if (grown == NULL)
            return run_memory(g->run);
        if (g->net_cap > 0)
            memcpy(grown, g->net, g->net_cap * sizeof *grown);
        g->net = grown;
        g->net_cap = cap;
    }
    for (size_t i = 0; i < n; i++)
        g->net[g->gid[i]] += weight ? weight[i] : 1;
    return 0;
}

static int groups_vector(struct frame_groups *g, struct eval *ev)
{
    struct run *r = g->run;
    const struct grouping *spec = &g->step->group;
    for (size_t k = 0; k < spec->keys; k++) {
        TRY(expr_eval(ev, spec->key[k], NULL));
        TRY(intern_add(&g->groups.key[k].values, &spec->key[k]->out, ev->n,
                       g->groups.scratch + k * r->vector, r->err));
    }
    TRY(groups_combine(&g->groups, ev->n, g->gid, r->err));
    const int64_t *weight = g->step->weight >= 0 ? ev->col[g->step->weight].i + ev->row : NULL;
    TRY(add_net(g, weight, ev->n));
    for (size_t k = 0; k < spec->aggs; k++) {
        struct agg_input arg;
        TRY(agg_reserve(&g->agg[k], groups_count(&g->groups), r->err));
        TRY(agg_eval(ev, &spec->agg[k], &arg));
        TRY(agg_add(&g->agg[k], &arg, g->gid, weight, ev->n, r->places, r->err));
    }
    return 0;
}

int run_agg_result(struct run *r, const struct agg_state *s, size_t from, struct frame_col *out,
                   size_t to)
{
    int rc = agg_result(s, from, out, to, r->err);
    if (rc == ERR_VALUE && r->err != NULL && s->spec->at + s->spec->n <= r->text.n)
        err_at(r->err, r->text.p, r->text.n, s->spec->at,
               utf8_count((struct str){r->text.p + s->spec->at, s->spec->n}));
    return rc;
}

static int groups_result(struct frame_groups *g, struct frame **out)
{
    struct run *r = g->run;
    const struct grouping *spec = &g->step->group;
    size_t all = spec->keys == 0 ? 1 : g->groups.n;
    size_t rows = 0;
    for (size_t i = 0; i < all; i++)
        rows += spec->keys == 0 || g->net[i] != 0;
    TRY(run_frame(r, rows, spec->keys + spec->aggs, out));
    struct frame *f = *out;
    for (size_t k = 0; k < f->cols; k++) {
        bool key = k < spec->keys;
        enum type t = key ? spec->key[k]->type : spec->agg[k - spec->keys].type;
        TRY(frame_col_init(r->arena, &f->col[k], rows, STR(""), t, r->err));
        f->col[k].list = key ? spec->key[k]->list : spec->agg[k - spec->keys].list;
    }
    size_t row = 0;
    for (size_t i = 0; i < all; i++) {
        if (spec->keys > 0 && g->net[i] == 0)
            continue;
        for (size_t k = 0; k < spec->keys; k++)
            frame_set(f, row, k,
                      group_key_value(&g->groups.key[k], groups_ordinal(&g->groups, i, k)));
        for (size_t k = 0; k < spec->aggs; k++)
            TRY(run_agg_result(r, &g->agg[k], i, &f->col[spec->keys + k], row));
        row++;
    }
    return frame_order_keys(r, out, spec->keys);
}

int frame_aggregate(struct run *r, const struct step *s, const struct frame *in, struct frame **out)
{
    struct frame_groups g = {.run = r, .step = s};
    TRY(groups_setup(&g));
    struct eval ev = run_eval(r, in->col);
    for (ev.row = 0; ev.row < in->rows; ev.row += ev.n) {
        ev.n = in->rows - ev.row < r->vector ? in->rows - ev.row : r->vector;
        TRY(run_check(r));
        TRY(groups_vector(&g, &ev));
    }
    for (size_t k = 0; k < s->group.aggs && s->group.keys == 0; k++)
        TRY(agg_reserve(&g.agg[k], 1, r->err));
    return groups_result(&g, out);
}

/* ---- sorting ---- */

struct sorter {
    const struct frame_col *col; /* by key */
    const struct sort_key *key;
    size_t keys;
    const struct place_tree *tree;
};

static int compare(const struct sorter *s, uint32_t x, uint32_t y)
{
    for (size_t k = 0; k < s->keys; k++) {
        bool nx = vec_null(&s->col[k], x);
        bool ny = vec_null(&s->col[k], y);
        if (nx != ny)
            return nx == s->key[k].nulls_last ? 1 : -1;
        int c = nx ? 0 : vec_compare(&s->col[k], x, &s->col[k], y, s->tree);
        if (c != 0)
            return s->key[k].desc ? -c : c;
    }
    return (x > y) - (x < y); /* as they came */
}

static int by_sorter(const void *a, const void *b, void *ctx)
{
    return compare(ctx, *(const uint32_t *)a, *(const uint32_t *)b);
}

static void sift_down(const struct sorter *s, uint32_t *heap, size_t n, size_t i)
{
    for (;;) {
        size_t worst = i;
        for (size_t c = 2 * i + 1; c <= 2 * i + 2 && c < n; c++)
            if (compare(s, heap[c], heap[worst]) > 0)
                worst = c;
        if (worst == i)
            return;
        uint32_t swap = heap[i];
        heap[i] = heap[worst];
        heap[worst] = swap;
        i = worst;
    }
}

/* The `limit` first rows of `rows`: a heap with the worst of them on top. */
static void top_rows(const struct sorter *s, uint32_t *heap, size_t limit, size_t rows)
{
    for (size_t i = 0; i < limit; i++)
        heap[i] = (uint32_t)i;
    for (size_t i = limit / 2; i-- > 0;)
        sift_down(s, heap, limit, i);
    for (size_t i = limit; i < rows; i++)
        if (compare(s, (uint32_t)i, heap[0]) < 0) {
            heap[0] = (uint32_t)i;
            sift_down(s, heap, limit, 0);
        }
}

int frame_sort(struct run *r, const struct step *step, struct frame *in, struct frame **out)
{
    struct sorter s = {.key = step->sort, .keys = step->sorts, .tree = r->places};
    struct frame_col *col = ARENA_ARRAY(r->arena, struct frame_col, step->sorts);
    size_t n = step->limit < in->rows ? step->limit : in->rows;
    uint32_t *row = ARENA_ARRAY(r->arena, uint32_t, n);
    if (col == NULL || row == NULL || in->rows > UINT32_MAX)
        return run_memory(r);
    for (size_t k = 0; k < step->sorts; k++)
        TRY(frame_column(r, in, step->sort[k].expr, &col[k]));
    s.col = col;
    if (n < in->rows && n > 0)
        top_rows(&s, row, n, in->rows);
    for (size_t i = 0; n == in->rows && i < n; i++)
        row[i] = (uint32_t)i;
    TRY(run_sort(r, row, n, by_sorter, &s));
    return frame_gather(r, in, row, n, out);
}
