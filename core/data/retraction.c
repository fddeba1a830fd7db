/* SPDX-License-Identifier: MIT
 *
 * Retractions: the set, the marks of slabs, and the walk that finds a batch's rows again.
 *
 *   segments   one batch each: all of it or nothing
 *   slabs      batches are mixed; a table of the column of batches names those that may occur in
 *              a group, and only groups of a marked table are read row by row */
#include "data/retraction.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "data/schema.h"

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEM, "no memory for the retraction of a batch");
}

/* ---- the set ---- */

/* A set as allocated. */
struct set_box {
    struct retraction_set view;
    atomic_int refs;
    struct arena reasons;
};

struct retraction_set *retraction_set_ref(struct retraction_set *s)
{
    atomic_fetch_add_explicit(&((struct set_box *)s)->refs, 1, memory_order_relaxed);
    return s;
}

void retraction_set_unref(struct retraction_set *s)
{
    struct set_box *b = (struct set_box *)s;
    if (!b || atomic_fetch_sub_explicit(&b->refs, 1, memory_order_acq_rel) != 1) {
        return;
    }
    for (size_t i = 0; i < s->minuses; i++) {
        seg_unref(s->minus[i]);
    }
    mem_free(MEM_DATA, s->at);
    mem_free(MEM_DATA, s->by_key);
    mem_free(MEM_DATA, s->minus);
    arena_fini(&b->reasons);
    mem_free(MEM_DATA, b);
}

static int compare_keys(const struct retraction *a, int32_t source, int32_t batch)
{
    if (a->batch != batch) {
        return a->batch < batch ? -1 : 1;
    }
    return a->source < source ? -1 : a->source > source;
}

static int by_key(const void *pa, const void *pb, void *ctx)
{
    const struct retraction *at = ctx, *b = &at[*(const uint32_t *)pb];
    return compare_keys(&at[*(const uint32_t *)pa], b->source, b->batch);
}

static struct set_box *set_alloc(size_t n)
{
    struct set_box *b = mem_calloc(MEM_DATA, 1, sizeof(*b));
    if (!b) {
        return NULL;
    }
    struct retraction_set *s = &b->view;
    atomic_init(&b->refs, 1);
    arena_init(&b->reasons, MEM_DATA, 0);
    s->at = mem_calloc(MEM_DATA, n, sizeof(*s->at));
    s->by_key = mem_calloc(MEM_DATA, n, sizeof(*s->by_key));
    s->minus = mem_calloc(MEM_DATA, n, sizeof(struct seg *));
    if (!s->at || !s->by_key || !s->minus) {
        retraction_set_unref(s);
        return NULL;
    }
    return b;
}

/* Takes over the reference of `minus`; false: out of memory, and it was given back. */
static bool push(struct set_box *b, const struct retraction *r, struct seg *minus)
{
    struct retraction_set *s = &b->view;
    struct str reason = r->reason;
    if (reason.n > 0) {
        reason = str_copy(&b->reasons, reason);
        if (!reason.p) {
            seg_unref(minus);
            return false;
        }
    }
    s->at[s->n] = *r;
    s->at[s->n].reason = reason;
    s->at[s->n].minus = minus;
    s->by_key[s->n] = (uint32_t)s->n;
    s->n++;
    if (minus) {
        s->minus[s->minuses++] = minus;
    }
    return true;
}

static void index_set(struct retraction_set *s)
{
    if (s->n > 1) {
        qsort_r(s->by_key, s->n, sizeof(*s->by_key), by_key, s->at);
    }
}

int retraction_set_new(const struct retraction_set *old, const struct retraction *more, size_t n,
                       struct retraction_set **out, struct err *err)
{
    size_t before = old ? old->n : 0;
    struct set_box *b = set_alloc(before + n);
    bool ok = b != NULL;
    for (size_t i = 0; i < before + n && ok; i++) {
        const struct retraction *r = i < before ? &old->at[i] : &more[i - before];
        ok = push(b, r, r->minus ? seg_ref(r->minus) : NULL);
    }
    if (!ok) {
        retraction_set_unref(b ? &b->view : NULL);
        return no_memory(err);
    }
    index_set(&b->view);
    *out = &b->view;
    return 0;
}

int retraction_set_retree(const struct retraction_set *old, const struct place_tree *tree,
                          struct retraction_set **out, struct err *err)
{
    struct set_box *b = set_alloc(old->n);
    int rc = b ? 0 : no_memory(err);
    for (size_t i = 0; i < old->n && rc == 0; i++) {
        struct seg *moved = NULL;
        if (old->at[i].minus) {
            rc = seg_retree(old->at[i].minus, tree, &moved, err);
        }
        if (rc == 0 && !push(b, &old->at[i], moved)) {
            rc = no_memory(err);
        }
    }
    if (rc < 0) {
        retraction_set_unref(b ? &b->view : NULL);
        return rc;
    }
    index_set(&b->view);
    *out = &b->view;
    return 0;
}

/* First place in by_key at or behind a key. */
static size_t lower_bound(const struct retraction_set *s, int32_t source, int32_t batch)
{
    size_t lo = 0, hi = s->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (compare_keys(&s->at[s->by_key[mid]], source, batch) < 0) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    return lo;
}

const struct retraction *retraction_find(const struct retraction_set *s, int32_t source,
                                         int32_t batch)
{
    if (!s) {
        return NULL;
    }
    size_t i = lower_bound(s, source, batch);
    const struct retraction *r = i < s->n ? &s->at[s->by_key[i]] : NULL;
    return r && compare_keys(r, source, batch) == 0 ? r : NULL;
}

const struct retraction *retraction_of_seg(const struct retraction_set *s, const struct seg *seg)
{
    const struct seg_col *source = &seg->attr[ATTR_SOURCE], *batch = &seg->attr[ATTR_BATCH];
    return batch->present && source->present ? retraction_find(s, source->base, batch->base) : NULL;
}

/* ---- marks ---- */

struct marks_box {
    struct retraction_marks view;
    atomic_int refs;
};

struct retraction_marks *retraction_marks_ref(struct retraction_marks *m)
{
    atomic_fetch_add_explicit(&((struct marks_box *)m)->refs, 1, memory_order_relaxed);
    return m;
}

void retraction_marks_unref(struct retraction_marks *m)
{
    struct marks_box *b = (struct marks_box *)m;
    if (!b || atomic_fetch_sub_explicit(&b->refs, 1, memory_order_acq_rel) != 1) {
        return;
    }
    for (size_t i = 0; m->slab && i < m->n; i++) {
        mem_free(MEM_DATA, m->slab[i]);
    }
    mem_free(MEM_DATA, m->slab);
    mem_free(MEM_DATA, b);
}

/* Does some source's batch of this id no longer count? */
static bool names(const struct retraction_set *s, int32_t batch)
{
    size_t i = lower_bound(s, INT32_MIN, batch);
    return i < s->n && s->at[s->by_key[i]].batch == batch;
}

/* *out stays NULL when no table names one. */
static bool mark_slab(const struct retraction_set *s, const struct slab *b, uint8_t **out)
{
    const struct slab_col *c = &b->attr[ATTR_BATCH];
    for (uint32_t t = 0; t < c->tables; t++) {
        for (uint32_t k = c->table[t]; k < c->table[t + 1]; k++) {
            if (!names(s, c->value[k])) {
                continue;
            }
            *out = *out ? *out : mem_calloc(MEM_DATA, c->tables, 1);
            if (!*out) {
                return false;
            }
            (*out)[t] = 1;
            break;
        }
    }
    return true;
}

int retraction_marks_new(const struct retraction_set *s, struct slab *const *slab, size_t slabs,
                         struct retraction_marks **out, struct err *err)
{
    struct marks_box *b = mem_calloc(MEM_DATA, 1, sizeof(*b));
    if (!b) {
        return no_memory(err);
    }
    atomic_init(&b->refs, 1);
    b->view.n = slabs;
    b->view.slab = mem_calloc(MEM_DATA, slabs, sizeof(*b->view.slab));
    bool ok = b->view.slab != NULL;
    for (size_t i = 0; i < slabs && ok; i++) {
        ok = mark_slab(s, slab[i], &b->view.slab[i]);
    }
    if (!ok) {
        retraction_marks_unref(&b->view);
        return no_memory(err);
    }
    *out = &b->view;
    return 0;
}

bool retraction_marked(const struct retraction_marks *m, size_t slab, const struct slab *b,
                       const struct slab_group *g)
{
    ASSERT(!m || slab < m->n);
    return m && m->slab[slab] && m->slab[slab][slab_table(&b->attr[ATTR_BATCH], g)];
}

/* ---- rows of a slab ---- */

enum { LOOK_ROWS = 128 }; /* rows unpacked at once */

/* Whose the rows of a group are. */
struct owners {
    int32_t source[LOOK_ROWS], batch[LOOK_ROWS];
};

static void read_owners(const struct slab *b, const struct slab_group *g, uint64_t first, size_t n,
                        struct owners *out)
{
    slab_unpack(&b->attr[ATTR_SOURCE], g, first, n, out->source);
    slab_unpack(&b->attr[ATTR_BATCH], g, first, n, out->batch);
}

/* The code of a value in the table that the group uses; false: it is not there. */
static bool find_code(const struct slab_col *c, const struct slab_group *g, int32_t value,
                      uint32_t *code)
{
    if (!c->tables) {
        return false;
    }
    uint32_t first = c->table[slab_table(c, g)], lo = first;
    uint32_t hi = c->table[slab_table(c, g) + 1], end = hi;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (c->value[mid] < value) {
            lo = mid + 1;
        } else {
            hi = mid;
        }
    }
    *code = lo - first;
    return lo < end && c->value[lo] == value;
}

/* The sources whose batch of the id is retracted, as pairs of codes with that of the batch. */
static void add_codes(struct retraction_codes *c, int32_t batch, uint32_t code)
{
    const struct retraction_set *s = c->set;
    for (size_t i = lower_bound(s, INT32_MIN, batch); i < s->n && !c->many; i++) {
        const struct retraction *r = &s->at[s->by_key[i]];
        uint32_t source;
        if (r->batch != batch) {
            return;
        }
        if (!find_code(&c->slab->attr[ATTR_SOURCE], c->group, r->source, &source)) {
            continue;
        }
        c->many = c->n == RETRACTION_CODES_MAX;
        if (!c->many) {
            c->batch[c->n] = code;
            c->source[c->n++] = source;
        }
    }
}

void retraction_codes_init(struct retraction_codes *c, const struct retraction_set *s,
                           const struct slab *b, const struct slab_group *g)
{
    const struct slab_col *col = &b->attr[ATTR_BATCH];
    *c = (struct retraction_codes){.set = s, .slab = b, .group = g};
    if (!col->tables) {
        return;
    }
    uint32_t first = col->table[slab_table(col, g)], end = col->table[slab_table(col, g) + 1];
    for (uint32_t k = first; k < end && !c->many; k++) {
        if (col->value[k] != ATTR_NULL) {
            add_codes(c, col->value[k], k - first);
        }
    }
}

/* Rows of word w that have this code. */
static uint64_t rows_with(const struct slab_col *c, uint64_t w, uint32_t code)
{
    uint64_t rows = ~0ull;
    for (int b = 0; b < c->width; b++) {
        rows &= code >> b & 1 ? c->plane[b][w] : ~c->plane[b][w];
    }
    return rows;
}

/* Rows of word w that are of retracted batches. */
static uint64_t rows_gone(const struct retraction_codes *c, uint64_t w)
{
    uint64_t gone = 0;
    for (size_t i = 0; i < c->n; i++) {
        gone |= rows_with(&c->slab->attr[ATTR_BATCH], w, c->batch[i]) &
                rows_with(&c->slab->attr[ATTR_SOURCE], w, c->source[i]);
    }
    return gone;
}

/* Word by word, on the planes. */
static uint64_t stretch_by_words(const struct retraction_codes *c, uint64_t first, uint64_t end,
                                 bool *gone)
{
    uint64_t w = first / 64, row = first;
    uint64_t bits = rows_gone(c, w) >> (first & 63);
    *gone = bits & 1;
    for (;;) {
        uint64_t left = 64 - (row & 63);
        uint64_t other = *gone ? ~bits : bits;
        if (other != 0 && (uint64_t)__builtin_ctzll(other) < left) {
            row += (uint64_t)__builtin_ctzll(other);
            return (row < end ? row : end) - first;
        }
        row += left;
        if (row >= end) {
            return end - first;
        }
        bits = rows_gone(c, ++w);
    }
}

/* Row by row. */
static uint64_t stretch_by_rows(const struct retraction_codes *c, uint64_t first, uint64_t end,
                                bool *gone)
{
    struct owners o;
    for (uint64_t at = first; at < end;) {
        size_t n = end - at < LOOK_ROWS ? (size_t)(end - at) : LOOK_ROWS;
        read_owners(c->slab, c->group, at, n, &o);
        for (size_t i = 0; i < n; i++, at++) {
            bool same = i > 0 && o.batch[i] == o.batch[i - 1] && o.source[i] == o.source[i - 1];
            if (same) {
                continue;
            }
            bool now = retraction_find(c->set, o.source[i], o.batch[i]) != NULL;
            if (at == first) {
                *gone = now;
            } else if (now != *gone) {
                return at - first;
            }
        }
    }
    return end - first;
}

uint64_t retraction_stretch(const struct retraction_codes *c, uint64_t first, uint64_t end,
                            bool *gone)
{
    ASSERT(first < end);
    return c->many ? stretch_by_rows(c, first, end, gone) : stretch_by_words(c, first, end, gone);
}

/* ---- finding a batch again ---- */

/* What is taken: rows of sums by batch, at the index of the batch in the set. */
struct taking {
    const struct held *held;
    const struct retraction_set *set; /* the batches looked for */
    struct retraction *at;
    struct rows *sums;
};

/* Takes off what a row or a run counts, in the last row of sums where that is of the same place,
 * sector and day. A sum that passes 32 bits is told in several rows. */
static int take_off(struct rows *r, uint32_t id, uint8_t sector, int32_t day, int64_t count,
                    struct err *err)
{
    size_t last = r->n - 1;
    if (r->n > 0 && r->place[last] == id && r->sector[last] == sector && r->day[last] == day) {
        int64_t sum = r->count[last] - count;
        if (sum >= INT32_MIN && sum <= INT32_MAX) {
            r->count[last] = (int32_t)sum;
            return 0;
        }
    }
    do {
        int64_t part = count > INT32_MAX ? INT32_MAX : count < -INT32_MAX ? -INT32_MAX : count;
        TRY(rows_add(r, id, sector, day, (int32_t)-part, err));
        count -= part;
    } while (count != 0);
    return 0;
}

static int take_seg(struct taking *t, const struct seg *seg, struct err *err)
{
    const struct retraction *found = retraction_of_seg(t->set, seg);
    if (!found) {
        return 0;
    }
    size_t i = (size_t)(found - t->set->at);
    t->at[i].rows += (int64_t)seg->rows;
    t->at[i].registrations += seg->registrations;
    for (uint32_t k = 0; k < seg->runs; k++) {
        TRY(take_off(&t->sums[i], seg->run_id[k], seg->run_sector[k], seg->run_day[k],
                     seg_run_count(seg, k), err));
    }
    return 0;
}

/* Rows first .. first + n - 1 of a run; n <= LOOK_ROWS. */
static int take_rows(struct taking *t, const struct slab *b, const struct slab_group *g,
                     int32_t day, uint64_t first, size_t n, struct err *err)
{
    struct owners o;
    int32_t count[LOOK_ROWS];
    const struct retraction *found = NULL;
    read_owners(b, g, first, n, &o);
    if (b->weighted) {
        slab_unpack(&b->count, g, first, n, count);
    }
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || o.batch[i] != o.batch[i - 1] || o.source[i] != o.source[i - 1]) {
            found = retraction_find(t->set, o.source[i], o.batch[i]);
        }
        if (found) {
            size_t at = (size_t)(found - t->set->at);
            int64_t c = b->weighted ? count[i] : 1;
            t->at[at].rows++;
            t->at[at].registrations += c;
            TRY(take_off(&t->sums[at], g->id, g->sector, day, c, err));
        }
    }
    return 0;
}

static int take_group(struct taking *t, const struct slab *b, const struct slab_group *g,
                      struct err *err)
{
    uint64_t row = g->first_row;
    for (uint32_t k = g->first_run; k < g[1].first_run; k++) {
        int32_t day = b->day_min + (int32_t)b->run_day[k];
        for (uint64_t end = row + b->run_rows[k]; row < end;) {
            size_t n = end - row < LOOK_ROWS ? (size_t)(end - row) : LOOK_ROWS;
            TRY(take_rows(t, b, g, day, row, n, err));
            row += n;
        }
    }
    return 0;
}

static int take_all(struct taking *t, const struct retraction_marks *m, struct err *err)
{
    for (size_t i = 0; i < t->held->segs; i++) {
        TRY(take_seg(t, t->held->seg[i], err));
    }
    for (size_t i = 0; i < t->held->slabs; i++) {
        const struct slab *b = t->held->slab[i];
        for (uint32_t g = 0; m->slab[i] && g < b->groups; g++) {
            if (retraction_marked(m, i, b, &b->group[g])) {
                TRY(take_group(t, b, &b->group[g], err));
            }
        }
    }
    return 0;
}

static int make_minus(struct taking *t, size_t n, struct err *err)
{
    for (size_t i = 0; i < n; i++) {
        if (t->sums[i].n > 0) {
            TRY(rows_sort(&t->sums[i], t->held->tree, err));
            TRY(seg_new(&t->sums[i], t->held->tree, 0, &t->at[i].minus, err));
        }
    }
    return 0;
}

static int take(struct taking *t, size_t n, struct err *err)
{
    struct retraction_marks *m = NULL;
    TRY(retraction_marks_new(t->set, t->held->slab, t->held->slabs, &m, err));
    int rc = take_all(t, m, err);
    retraction_marks_unref(m);
    return rc < 0 ? rc : make_minus(t, n, err);
}

int retraction_take(const struct held *held, struct retraction *at, size_t n, struct err *err)
{
    struct retraction_set *set = NULL;
    for (size_t i = 0; i < n; i++) {
        at[i].rows = 0;
        at[i].registrations = 0;
        at[i].minus = NULL;
    }
    TRY(retraction_set_new(NULL, at, n, &set, err));
    struct taking t = {.held = held, .set = set, .at = at};
    t.sums = mem_calloc(MEM_DATA, n, sizeof(*t.sums));
    for (size_t i = 0; t.sums && i < n; i++) {
        rows_init(&t.sums[i], MEM_DATA, held->schema);
    }
    int rc = t.sums ? take(&t, n, err) : no_memory(err);
    for (size_t i = 0; t.sums && i < n; i++) {
        rows_fini(&t.sums[i]);
    }
    for (size_t i = 0; rc < 0 && i < n; i++) {
        seg_unref(at[i].minus);
        at[i].minus = NULL;
    }
    mem_free(MEM_DATA, t.sums);
    retraction_set_unref(set);
    return rc;
}

/* ---- days ---- */

struct span {
    int32_t min, max;
};

static void widen(struct span *s, int32_t min, int32_t max)
{
    s->min = min < s->min ? min : s->min;
    s->max = max > s->max ? max : s->max;
}

static bool any_counts(const struct retraction_set *s, const struct slab *b,
                       const struct slab_group *g, uint64_t first, uint64_t end)
{
    struct retraction_codes codes;
    bool gone;
    retraction_codes_init(&codes, s, b, g);
    return retraction_stretch(&codes, first, end, &gone) < end - first || !gone;
}

/* A group's first and last runs that count, unless the span has their days already. */
static void widen_by_group(const struct retraction_set *s, const struct slab *b,
                           const struct slab_group *g, struct span *span)
{
    uint64_t row = g->first_row;
    for (uint32_t k = g->first_run; k < g[1].first_run; k++) {
        int32_t day = b->day_min + (int32_t)b->run_day[k];
        if (day >= span->min) {
            break;
        }
        if (any_counts(s, b, g, row, row + b->run_rows[k])) {
            widen(span, day, day);
            break;
        }
        row += b->run_rows[k];
    }
    row = g[1].first_row;
    for (uint32_t k = g[1].first_run; k > g->first_run; k--) {
        int32_t day = b->day_min + (int32_t)b->run_day[k - 1];
        if (day <= span->max) {
            break;
        }
        if (any_counts(s, b, g, row - b->run_rows[k - 1], row)) {
            widen(span, day, day);
            break;
        }
        row -= b->run_rows[k - 1];
    }
}

void retraction_days(const struct held *held, const struct retraction_set *s,
                     const struct retraction_marks *m, int32_t *day_min, int32_t *day_max)
{
    struct span span = {INT32_MAX, INT32_MIN};
    for (size_t i = 0; i < held->segs; i++) {
        if (!retraction_of_seg(s, held->seg[i])) {
            widen(&span, held->seg[i]->day_min, held->seg[i]->day_max);
        }
    }
    for (size_t i = 0; i < held->slabs; i++) { /* whole slabs first: then few rows are looked at */
        if (!m || !m->slab[i]) {
            widen(&span, held->slab[i]->day_min, held->slab[i]->day_max);
        }
    }
    for (size_t i = 0; i < held->slabs; i++) {
        const struct slab *b = held->slab[i];
        for (uint32_t g = 0; m && m->slab[i] && g < b->groups; g++) {
            widen_by_group(s, b, &b->group[g], &span);
        }
    }
    *day_min = span.min;
    *day_max = span.max;
}
