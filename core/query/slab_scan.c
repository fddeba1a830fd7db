/* SPDX-License-Identifier: MIT
 *
 * Sharing out the counting of slabs. What the window's places leave of them is cut into pieces of
 * some ten thousand rows ("morsels": Leis et al., "Morsel-Driven Parallelism", SIGMOD 2014),
 * which the query's own thread and idle workers of the pool take one after the other. Each adds to
 * counts of its own, which are summed at the end: integers, so neither the order nor the number of
 * threads matters. Where the groups are many and those of one place are no other place's, morsels
 * are cut between places and all add to the same counts, each to its part of them. */
#include "slab_scan.h"

#include <stdatomic.h>

#include "base/pool.h"
#include "slab_count.h"

enum {
    THREADS_MAX = 16,
    MORSEL_VECTORS = 32,
    CHECK_GROUPS = 64,      /* groups between two looks at the cancel flag */
    CELLS_SHARED = 1 << 16, /* from here on counts of its own cost a thread too much */
};

struct part {
    int64_t *net; /* of its own; NULL: has not begun */
    uint64_t rows;
    int rc;
    struct err err;
};

struct sharing {
    struct slab_job job;
    const struct run *run;
    struct morsel *morsel;
    size_t morsels, cap;
    int64_t *net; /* of the result, which the first part counts into */
    bool shared;  /* as do all the others */
    struct part part[THREADS_MAX];
    int threads;
    atomic_int joined;
    atomic_size_t next;
};

/* ---- does it fit ---------------------------------------------------------------------------- */

static bool key_fits(const struct group_key *k)
{
    return k->base >= 0 && (k->identity || k->of_code != NULL) && k->base != BASE_COUNT;
}

bool slab_scan_fits(const struct access_plan *p, const struct groups *g)
{
    const struct grouping *grouping = &p->access->group;
    size_t inner = p->tests;
    if (!p->access->grouped || p->rests > 0 || (g->keys > 0 && !g->dense))
        return false;
    for (size_t k = 0; k < g->keys; k++) {
        if (!key_fits(&g->key[k]))
            return false;
        inner += g->key[k].base >= BASE_ATTR;
    }
    for (size_t k = 0; k < grouping->aggs; k++)
        if (grouping->agg[k].kind != AGG_COUNT)
            return false;
    return inner <= INNER_MAX;
}

/* ---- morsels -------------------------------------------------------------------------------- */

static int add_morsel(struct sharing *x, struct run *r, struct morsel m)
{
    struct morsel *grown = arena_grown(r->arena, x->morsel, x->morsels, &x->cap, sizeof *grown);
    if (grown == NULL)
        return run_memory(r);
    x->morsel = grown;
    x->morsel[x->morsels++] = m;
    return 0;
}

/* First group whose rows begin at or behind `row`. */
static uint32_t group_at(const struct slab *s, uint32_t lo, uint64_t row)
{
    uint32_t hi = s->groups;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (s->group[mid].first_row < row)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* The whole of the place that group g - 1 belongs to. */
static uint32_t end_of_place(const struct slab *s, uint32_t g)
{
    while (g < s->groups && s->group[g].place == s->group[g - 1].place)
        g++;
    return g;
}

static int cut_range(struct sharing *x, struct run *r, size_t index, struct range range)
{
    const struct slab *s = r->snap->slab[index];
    uint32_t from = slab_find(s, range.lo), end = slab_find(s, range.hi);
    uint64_t rows = r->vector * MORSEL_VECTORS;
    while (from < end) {
        uint32_t to = group_at(s, from + 1, s->group[from].first_row + rows);
        to = x->shared ? end_of_place(s, to) : to;
        to = to < end ? to : end;
        TRY(add_morsel(x, r, (struct morsel){s, index, from, to}));
        from = to;
    }
    return 0;
}

static int cut_slab(struct sharing *x, struct run *r, size_t index)
{
    const struct slab *s = r->snap->slab[index];
    const struct window3 *w = &x->job.plan->window;
    if (s->day_max < w->days.lo || s->day_min > w->days.hi)
        return 0;
    for (size_t k = 0; k < w->place.n; k++)
        TRY(cut_range(x, r, index, w->place.at[k]));
    return 0;
}

static int cut_all(struct sharing *x, struct run *r, const uint8_t *fits)
{
    x->morsels = 0;
    for (size_t i = 0; i < r->snap->slabs; i++)
        if (fits[i])
            TRY(cut_slab(x, r, i));
    return 0;
}

/* Do the groups of the morsels lie one behind the other, place by place, none in two of them? */
static bool apart(const struct sharing *x)
{
    uint64_t last = 0;
    bool any = false;
    for (size_t i = 0; i < x->morsels; i++) {
        const struct morsel *m = &x->morsel[i];
        for (uint32_t g = m->from; g < m->to; g = end_of_place(m->slab, g + 1)) {
            uint64_t part = slab_job_place(&x->job, m->slab->group[g].place);
            if (any && part <= last)
                return false;
            last = part;
            any = true;
        }
    }
    return true;
}

/* Cuts everything into morsels, between places where that lets all threads count together. */
static int cut(struct sharing *x, struct run *r, const uint8_t *fits)
{
    x->shared = x->job.by_place && x->job.cells >= CELLS_SHARED;
    TRY(cut_all(x, r, fits));
    if (!x->shared || apart(x))
        return 0;
    x->shared = false;
    return cut_all(x, r, fits);
}

static int count_morsel(struct slab_counter *c, const struct morsel *m, const struct cancel *cancel,
                        struct err *err)
{
    for (uint32_t g = m->from; g < m->to; g += CHECK_GROUPS) {
        TRY(cancel_check(cancel, err));
        struct morsel part = *m;
        part.from = g;
        part.to = m->to - g < CHECK_GROUPS ? m->to : g + CHECK_GROUPS;
        TRY(slab_counter_add(c, &part, err));
    }
    return 0;
}

/* ---- threads -------------------------------------------------------------------------------- */

static void count_morsels(struct sharing *x, struct part *p)
{
    struct slab_counter c;
    size_t i;
    if (!slab_counter_init(&c, &x->job, x->run->ctx->cancel, p->net))
        p->rc = err_set(&p->err, ERR_LIMIT, "The query needs more memory than it may use.");
    while (p->rc == 0 && (i = atomic_fetch_add(&x->next, 1)) < x->morsels)
        p->rc = count_morsel(&c, &x->morsel[i], x->run->ctx->cancel, &p->err);
    if (p->rc == 0)
        p->rc = slab_counter_pour(&c, &p->err);
    p->rows = c.rows;
    slab_counter_fini(&c);
}

/* Run by each thread that takes part. One that gets no memory leaves the work to the others. */
static void join(void *arg)
{
    struct sharing *x = arg;
    int i = atomic_fetch_add(&x->joined, 1);
    if (i >= x->threads || atomic_load(&x->next) >= x->morsels)
        return;
    struct part *p = &x->part[i];
    p->net = i == 0 || x->shared ? x->net : mem_calloc(MEM_QUERY, x->job.cells, sizeof *p->net);
    if (p->net != NULL)
        count_morsels(x, p);
}

static int sum_parts(struct sharing *x, struct err *err, uint64_t *rows)
{
    int rc = 0;
    for (int i = 0; i < x->threads; i++) {
        struct part *p = &x->part[i];
        if (p->rc < 0 && rc == 0) {
            rc = p->rc;
            if (err != NULL)
                *err = p->err;
        }
        *rows += p->rows;
        if (p->net == NULL || p->net == x->net)
            continue;
        for (uint64_t c = 0; rc == 0 && c < x->job.cells; c++)
            x->net[c] += p->net[c];
        mem_free(MEM_QUERY, p->net);
    }
    return rc;
}

static int count_all(struct sharing *x, struct run *r, uint64_t *rows)
{
    int most = r->ctx->threads > 0 ? r->ctx->threads : THREADS_MAX;
    x->threads = most < THREADS_MAX ? most : THREADS_MAX;
    if ((size_t)x->threads > x->morsels)
        x->threads = x->morsels > 0 ? (int)x->morsels : 1;
    pool_share(r->ctx->pool, x->threads - 1, join, x);
    return sum_parts(x, r->err, rows);
}

int slab_scan(struct run *r, const struct access_plan *p, const struct groups *g, int64_t *net,
              uint8_t *done, uint64_t *rows)
{
    struct sharing *x = mem_calloc(MEM_QUERY, 1, sizeof *x);
    if (x == NULL)
        return run_memory(r);
    x->run = r;
    x->net = net;
    int rc = slab_job_init(&x->job, r, p, g);
    for (size_t i = 0; i < r->snap->slabs; i++)
        done[i] = slab_job_fits(&x->job, r->snap->slab[i]);
    rc = rc < 0 ? rc : cut(x, r, done);
    rc = rc < 0 ? rc : count_all(x, r, rows);
    mem_free(MEM_QUERY, x);
    return rc;
}
