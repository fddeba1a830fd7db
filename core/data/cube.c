/* SPDX-License-Identifier: MIT
 *
 * The cube: cumulative counts by node, sector slot and day, in a persistent (path-copying)
 * structure:
 *
 *   cube -> page (128 nodes) -> cell (one node, 32 slots) -> series (sum[day])
 *
 * Every level is reference-counted and immutable once its cube is handed out. cube_add walks the
 * runs of a segment, which are in pre-order, with a stack of the open nodes; each open node
 * collects daily differences per slot, and when the walk leaves a node
 *   1. its differences are merged with the node's old series into a new one,
 *   2. they are added to its parent's differences.
 * So the work is proportional to the runs and to the series they touch, at every level. */
#include "data/cube.h"

#include <stdatomic.h>
#include <string.h>

#include "base/mem.h"

enum { PAGE_NODES = 128 };

struct series {
    struct cube_series view;
    atomic_int refs;
    int64_t sum[]; /* view.n of them, and behind them the days of a sparse one */
};

struct cell {
    atomic_int refs;
    struct series *slot[CUBE_SLOTS];
};

struct page {
    atomic_int refs;
    struct cell *node[PAGE_NODES];
};

struct cube {
    atomic_int refs;
    uint64_t tree_version;
    uint32_t pages;
    struct page *page[];
};

/* ---- reading ---- */

const struct cube_series *cube_get(const struct cube *c, uint32_t order, int slot)
{
    ASSERT(order / PAGE_NODES < c->pages && slot >= 0 && slot < CUBE_SLOTS);
    const struct page *p = c->page[order / PAGE_NODES];
    const struct cell *cell = p ? p->node[order % PAGE_NODES] : NULL;
    const struct series *s = cell ? cell->slot[slot] : NULL;
    return s ? &s->view : NULL;
}

/* The last sum of a day not behind `day`; s->first <= day. */
static uint32_t find_sum(const struct cube_series *s, int32_t day)
{
    uint32_t lo = 0, hi = s->n;
    while (hi - lo > 1) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (s->day[mid] <= day) {
            lo = mid;
        } else {
            hi = mid;
        }
    }
    return lo;
}

int64_t cube_upto(const struct cube_series *s, int32_t day)
{
    if (!s || day < s->first) {
        return 0;
    }
    if (s->day) {
        return s->sum[find_sum(s, day)];
    }
    int64_t i = (int64_t)day - s->first;
    return s->sum[i < s->n ? i : s->n - 1];
}

int64_t cube_window(const struct cube_series *s, int32_t from, int32_t to)
{
    if (!s || from > to) {
        return 0;
    }
    return cube_upto(s, to) - (from == INT32_MIN ? 0 : cube_upto(s, from - 1));
}

/* ---- sharing ---- */

static bool last_ref(atomic_int *refs)
{
    return atomic_fetch_sub_explicit(refs, 1, memory_order_acq_rel) == 1;
}

static void series_unref(struct series *s)
{
    if (s && last_ref(&s->refs)) {
        mem_free(MEM_DATA, s);
    }
}

static void cell_unref(struct cell *c)
{
    if (c && last_ref(&c->refs)) {
        for (int i = 0; i < CUBE_SLOTS; i++) {
            series_unref(c->slot[i]);
        }
        mem_free(MEM_DATA, c);
    }
}

static void page_unref(struct page *p)
{
    if (p && last_ref(&p->refs)) {
        for (int i = 0; i < PAGE_NODES; i++) {
            cell_unref(p->node[i]);
        }
        mem_free(MEM_DATA, p);
    }
}

struct cube *cube_ref(struct cube *c)
{
    atomic_fetch_add_explicit(&c->refs, 1, memory_order_relaxed);
    return c;
}

void cube_unref(struct cube *c)
{
    if (c && last_ref(&c->refs)) {
        for (uint32_t i = 0; i < c->pages; i++) {
            page_unref(c->page[i]);
        }
        mem_free(MEM_DATA, c);
    }
}

static void share(atomic_int *refs)
{
    atomic_fetch_add_explicit(refs, 1, memory_order_relaxed);
}

/* The page, owned by this cube alone; copied or made when it is not. NULL: out of memory. */
static struct page *own_page(struct cube *c, uint32_t index)
{
    struct page *old = c->page[index];
    if (old && atomic_load_explicit(&old->refs, memory_order_relaxed) == 1) {
        return old;
    }
    struct page *p = mem_calloc(MEM_DATA, 1, sizeof(*p));
    if (!p) {
        return NULL;
    }
    atomic_init(&p->refs, 1);
    for (int i = 0; old && i < PAGE_NODES; i++) {
        p->node[i] = old->node[i];
        if (p->node[i]) {
            share(&p->node[i]->refs);
        }
    }
    page_unref(old);
    c->page[index] = p;
    return p;
}

static struct cell *own_cell(struct cube *c, uint32_t order)
{
    struct page *p = own_page(c, order / PAGE_NODES);
    if (!p) {
        return NULL;
    }
    struct cell *old = p->node[order % PAGE_NODES];
    if (old && atomic_load_explicit(&old->refs, memory_order_relaxed) == 1) {
        return old;
    }
    struct cell *n = mem_calloc(MEM_DATA, 1, sizeof(*n));
    if (!n) {
        return NULL;
    }
    atomic_init(&n->refs, 1);
    for (int i = 0; old && i < CUBE_SLOTS; i++) {
        n->slot[i] = old->slot[i];
        if (n->slot[i]) {
            share(&n->slot[i]->refs);
        }
    }
    cell_unref(old);
    p->node[order % PAGE_NODES] = n;
    return n;
}

/* ---- adding ---- */

/* Differences of one slot of an open node, dense over the segment's days. */
struct slot_diff {
    int64_t *diff;   /* NULL until touched at this depth */
    uint32_t lo, hi; /* touched days lo .. hi - 1; lo == hi: none */
};

struct open_node {
    uint32_t order;
    struct slot_diff slot[CUBE_SLOTS];
};

struct adder {
    struct cube *c;
    const struct place_tree *tree;
    int32_t first; /* day of diff[0] */
    uint32_t days;
    int depth; /* open nodes */
    struct open_node open[PLACE_LEVELS];
    struct arena mem; /* the diff arrays, used again by every node opened at that depth */
};

static bool touch(struct adder *a, struct slot_diff *s, uint32_t lo, uint32_t hi)
{
    if (!s->diff) {
        s->diff = ARENA_ARRAY(&a->mem, int64_t, a->days);
        if (!s->diff) {
            return false;
        }
    }
    if (s->lo == s->hi) {
        s->lo = lo;
        s->hi = hi;
    } else {
        s->lo = lo < s->lo ? lo : s->lo;
        s->hi = hi > s->hi ? hi : s->hi;
    }
    return true;
}

/* A series over the days first .. last of which `changes` have a sum of their own. */
static struct series *series_new(int32_t first, int32_t last, uint32_t changes)
{
    uint64_t days = (uint64_t)((int64_t)last - first) + 1;
    size_t sparse = changes * (sizeof(int64_t) + sizeof(int32_t));
    bool dense = days * sizeof(int64_t) <= sparse;
    uint32_t n = dense ? (uint32_t)days : changes;
    struct series *s = mem_alloc(MEM_DATA, sizeof(*s) + (dense ? n * sizeof(int64_t) : sparse));
    if (s) {
        const int32_t *day = dense ? NULL : (const int32_t *)(const void *)(s->sum + n);
        s->view = (struct cube_series){first, n, s->sum, day};
        atomic_init(&s->refs, 1);
    }
    return s;
}

/* Two rows of changes, an old series' and a segment's differences, read as one by day. */
struct changes {
    const struct cube_series *old; /* NULL: none */
    uint32_t next_old;             /* index of its next sum */
    const struct slot_diff *d;
    int32_t day0;      /* of diff[0] */
    uint32_t next_new; /* index of the next difference */
    int32_t day;       /* at hand */
    int64_t sum;       /* up to that day */
    int64_t old_sum;
};

enum { NO_DAY = INT32_MAX };

static int32_t old_day(const struct changes *c)
{
    if (!c->old || c->next_old == c->old->n) {
        return NO_DAY;
    }
    return c->old->day ? c->old->day[c->next_old] : c->old->first + (int32_t)c->next_old;
}

/* The first and the last day touched count as changes whatever the differences sum to: that rows
 * were there is a fact. */
static int32_t new_day(struct changes *c)
{
    const struct slot_diff *d = c->d;
    while (c->next_new < d->hi && d->diff[c->next_new] == 0 && c->next_new != d->lo &&
           c->next_new + 1 != d->hi) {
        c->next_new++;
    }
    return c->next_new < d->hi ? c->day0 + (int32_t)c->next_new : NO_DAY;
}

/* Goes to the next day on which the sum changes; false: there is none. */
static bool next_change(struct changes *c)
{
    int32_t before = old_day(c), now = new_day(c);
    if (before == NO_DAY && now == NO_DAY) {
        return false;
    }
    c->day = before < now ? before : now;
    if (before == c->day) {
        int64_t sum = c->old->sum[c->next_old++];
        c->sum += sum - c->old_sum;
        c->old_sum = sum;
    }
    if (now == c->day) {
        c->sum += c->d->diff[c->next_new++];
    }
    return true;
}

static struct changes changes_of(const struct series *old, const struct slot_diff *d, int32_t day0)
{
    return (struct changes){
        .old = old ? &old->view : NULL, .d = d, .day0 = day0, .next_new = d->lo};
}

static void put_sums(struct series *s, struct changes *c)
{
    int32_t *day = (int32_t *)(void *)(s->sum + s->view.n);
    uint32_t i = 0;
    while (next_change(c)) {
        if (s->view.day) {
            day[i] = c->day;
        }
        while (!s->view.day && s->view.first + (int32_t)i < c->day) {
            s->sum[i] = s->sum[i - 1]; /* the first day is a change, so there is one before */
            i++;
        }
        s->sum[i++] = c->sum;
    }
    ASSERT(i == s->view.n);
}

/* Old series plus differences. A touched slot keeps its series even where the sum is zero. */
static struct series *merge(const struct series *old, const struct slot_diff *d, int32_t day0)
{
    struct changes count = changes_of(old, d, day0), fill = count;
    uint32_t changes = 0;
    int32_t first = NO_DAY;
    while (next_change(&count)) {
        first = changes++ == 0 ? count.day : first;
    }
    struct series *s = series_new(first, count.day, changes);
    if (s) {
        put_sums(s, &fill);
    }
    return s;
}

/* Adds the differences to the parent's and clears them for the next node at this depth. */
static bool pass_up(struct adder *a, struct slot_diff *from, struct slot_diff *to)
{
    if (to) {
        if (!touch(a, to, from->lo, from->hi)) {
            return false;
        }
        for (uint32_t i = from->lo; i < from->hi; i++) {
            to->diff[i] += from->diff[i];
        }
    }
    memset(from->diff + from->lo, 0, (from->hi - from->lo) * sizeof(*from->diff));
    from->lo = from->hi = 0;
    return true;
}

static bool close_node(struct adder *a)
{
    struct open_node *o = &a->open[a->depth - 1];
    struct open_node *up = a->depth > 1 ? &a->open[a->depth - 2] : NULL;
    struct cell *cell = own_cell(a->c, o->order);
    if (!cell) {
        return false;
    }
    for (int k = 0; k < CUBE_SLOTS; k++) {
        struct slot_diff *d = &o->slot[k];
        if (d->lo == d->hi) {
            continue;
        }
        struct series *s = merge(cell->slot[k], d, a->first);
        if (!s) {
            return false;
        }
        series_unref(cell->slot[k]);
        cell->slot[k] = s;
        if (!pass_up(a, d, up ? &up->slot[k] : NULL)) {
            return false;
        }
    }
    a->depth--;
    return true;
}

static bool is_open_above(const struct adder *a, uint32_t order)
{
    const struct open_node *o = &a->open[a->depth - 1];
    return order >= o->order && order < a->tree->at[o->order].end;
}

/* Closes what does not contain `order`, opens the path down to it. */
static bool open_path(struct adder *a, uint32_t order)
{
    while (a->depth > 0 && !is_open_above(a, order)) {
        if (!close_node(a)) {
            return false;
        }
    }
    uint32_t path[PLACE_LEVELS];
    int n = 0;
    uint32_t stop = a->depth > 0 ? a->open[a->depth - 1].order : PLACE_NONE;
    for (uint32_t i = order; i != stop && i != PLACE_NONE; i = a->tree->at[i].parent) {
        ASSERT(n < PLACE_LEVELS);
        path[n++] = i;
    }
    while (n > 0) {
        ASSERT(a->depth < PLACE_LEVELS);
        a->open[a->depth++].order = path[--n];
    }
    return true;
}

static bool add_run(struct adder *a, const struct seg *s, uint32_t k, int sign)
{
    if (!open_path(a, s->run_place[k])) {
        return false;
    }
    struct open_node *o = &a->open[a->depth - 1];
    uint32_t day = (uint32_t)(s->run_day[k] - a->first);
    int slots[2] = {s->run_sector[k], CUBE_ALL};
    for (int i = 0; i < 2; i++) {
        struct slot_diff *d = &o->slot[slots[i]];
        if (!touch(a, d, day, day + 1)) {
            return false;
        }
        d->diff[day] += sign * seg_run_count(s, k);
    }
    return true;
}

static bool add_all(struct adder *a, const struct seg *s, int sign)
{
    for (uint32_t k = 0; k < s->runs; k++) {
        if (!add_run(a, s, k, sign)) {
            return false;
        }
    }
    while (a->depth > 0) {
        if (!close_node(a)) {
            return false;
        }
    }
    return true;
}

static struct cube *cube_alloc(const struct place_tree *tree)
{
    uint32_t pages = (tree->n + PAGE_NODES - 1) / PAGE_NODES;
    struct cube *c = mem_calloc(MEM_DATA, 1, sizeof(*c) + pages * sizeof(c->page[0]));
    if (c) {
        atomic_init(&c->refs, 1);
        c->tree_version = tree->version;
        c->pages = pages;
    }
    return c;
}

int cube_new(const struct place_tree *tree, struct cube **out, struct err *err)
{
    *out = cube_alloc(tree);
    return *out ? 0 : err_set(err, ERR_MEM, "no memory for the cube");
}

int cube_add(const struct cube *c, const struct place_tree *tree, const struct seg *s, int sign,
             struct cube **out, struct err *err)
{
    ASSERT(c->tree_version == tree->version && s->tree_version == tree->version);
    ASSERT(sign == 1 || sign == -1);
    struct cube *n = cube_alloc(tree);
    if (!n) {
        return err_set(err, ERR_MEM, "no memory for the cube");
    }
    for (uint32_t i = 0; i < n->pages; i++) {
        n->page[i] = c->page[i];
        if (n->page[i]) {
            share(&n->page[i]->refs);
        }
    }
    struct adder *a = mem_calloc(MEM_DATA, 1, sizeof(*a));
    bool ok = a != NULL;
    if (ok) {
        a->c = n;
        a->tree = tree;
        a->first = s->day_min;
        a->days = (uint32_t)(s->day_max - s->day_min) + 1;
        arena_init(&a->mem, MEM_DATA, 0);
        ok = add_all(a, s, sign);
        arena_fini(&a->mem);
        mem_free(MEM_DATA, a);
    }
    if (!ok) {
        cube_unref(n);
        return err_set(err, ERR_MEM, "no memory for the cube");
    }
    *out = n;
    return 0;
}

uint64_t cube_bytes(const struct cube *c)
{
    uint64_t bytes = sizeof(*c) + c->pages * sizeof(c->page[0]);
    for (uint32_t i = 0; i < c->pages; i++) {
        bytes += c->page[i] ? sizeof(struct page) : 0;
        for (int k = 0; c->page[i] && k < PAGE_NODES; k++) {
            const struct cell *cell = c->page[i]->node[k];
            bytes += cell ? sizeof(*cell) : 0;
            for (int j = 0; cell && j < CUBE_SLOTS; j++) {
                const struct series *s = cell->slot[j];
                size_t sum = sizeof(int64_t) + (s && s->view.day ? sizeof(int32_t) : 0);
                bytes += s ? sizeof(*s) + s->view.n * sum : 0;
            }
        }
    }
    return bytes;
}
