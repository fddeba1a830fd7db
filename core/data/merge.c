/* SPDX-License-Identifier: MIT
 *
 * Merging segments into slabs. The rows of all segments, and of every slab that overlaps them and
 * is not much larger than what has been gathered so far, are laid out again:
 *
 *   count rows by place -> cut the country into ranges of at most SLAB_ROWS_MAX rows
 *   for each range: gather its rows from every source, sort, pack one slab (more where a single
 *   place is that large)
 *
 * so that a merge holds one slab's rows unpacked (about half a gigabyte at SLAB_ROWS_MAX) however
 * much it merges, and its slabs do not overlap. The dense cube already counts what was in slabs:
 * only the segments are added to it, and what batches retracted since lose. */
#include "data/merge.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum {
    SEGS_DUE = 256,     /* more segments than this slow every scan down */
    ROWS_DUE = 1 << 20, /* or so many rows outside slabs */
    TIER_FACTOR = 2,    /* a slab joins when it has at most so many times what is gathered */
};

/* What is merged, and where the cuts are. */
struct job {
    const struct snap *s;
    struct merge *m;
    const struct cancel *cancel;
    struct slab **join; /* the slabs that join, m->drop_slabs of them */
    uint64_t *rows_at;  /* by order: rows on that very place */
    uint64_t next_id;
    struct err *err;
};

static uint64_t seg_rows(const struct snap *s)
{
    uint64_t rows = 0;
    for (size_t i = 0; i < s->segs; i++) {
        rows += s->seg[i]->rows;
    }
    return rows;
}

bool merge_due(const struct snap *s)
{
    return s->segs >= SEGS_DUE || s->larges > 0 || (s->segs > 0 && seg_rows(s) >= ROWS_DUE);
}

/* ---- choosing ---- */

static int by_rows(const void *pa, const void *pb)
{
    const struct slab *a = *(struct slab *const *)pa, *b = *(struct slab *const *)pb;
    return a->rows < b->rows ? -1 : a->rows > b->rows;
}

static int by_id(const void *pa, const void *pb)
{
    const struct slab *a = *(struct slab *const *)pa, *b = *(struct slab *const *)pb;
    return a->id < b->id ? -1 : a->id > b->id;
}

/* The orders that the segments' rows lie in, ends included. */
static void seg_span(const struct snap *s, uint32_t *first, uint32_t *last)
{
    *first = UINT32_MAX;
    *last = 0;
    for (size_t i = 0; i < s->segs; i++) {
        const struct seg *g = s->seg[i];
        *first = g->run_place[0] < *first ? g->run_place[0] : *first;
        *last = g->run_place[g->runs - 1] > *last ? g->run_place[g->runs - 1] : *last;
    }
}

static bool overlaps(const struct slab *b, uint32_t first, uint32_t last)
{
    return b->group[0].place <= last && b->group[b->groups - 1].place >= first;
}

/* Splits the old slabs, smallest first, into those that join and those that stay. These keep the
 * order of their ids, in which they are read from the disk after a restart: a query that names no
 * order then gives the same rows. */
static void choose_slabs(struct job *j)
{
    uint32_t first, last;
    uint64_t rows = seg_rows(j->s);
    struct merge *m = j->m;
    seg_span(j->s, &first, &last);
    for (size_t i = 0; i < j->s->slabs; i++) {
        j->join[i] = j->s->slab[i];
    }
    if (j->s->slabs > 1) {
        qsort(j->join, j->s->slabs, sizeof(*j->join), by_rows);
    }
    size_t join = 0;
    for (size_t i = 0; i < j->s->slabs; i++) {
        struct slab *b = j->join[i];
        if (overlaps(b, first, last) && b->rows <= rows * TIER_FACTOR) {
            rows += b->rows;
            m->drop_slab[join] = b->id;
            j->join[join++] = b;
        } else {
            m->slab[m->slabs++] = slab_ref(b);
        }
    }
    qsort(m->slab, m->slabs, sizeof(*m->slab), by_id);
    m->drop_slabs = join;
}

/* ---- laying out ---- */

static void count_places(struct job *j)
{
    for (size_t i = 0; i < j->s->segs; i++) {
        const struct seg *g = j->s->seg[i];
        for (uint32_t k = 0; k < g->runs; k++) {
            j->rows_at[g->run_place[k]] += g->run_row[k + 1] - g->run_row[k];
        }
    }
    for (size_t i = 0; i < j->m->drop_slabs; i++) {
        const struct slab *b = j->join[i];
        for (uint32_t k = 0; k < b->groups; k++) {
            j->rows_at[b->group[k].place] += b->group[k + 1].first_row - b->group[k].first_row;
        }
    }
}

static int gather(struct job *j, uint32_t from, uint32_t to, struct rows *r)
{
    for (size_t i = 0; i < j->s->segs; i++) {
        TRY(cancel_check(j->cancel, j->err));
        TRY(seg_to_rows(j->s->seg[i], from, to, r, j->err));
    }
    for (size_t i = 0; i < j->m->drop_slabs; i++) {
        TRY(cancel_check(j->cancel, j->err));
        TRY(slab_to_rows(j->join[i], from, to, r, j->err));
    }
    TRY(cancel_check(j->cancel, j->err));
    return rows_sort(r, j->s->tree, j->err);
}

static int push(struct job *j, struct slab *b, size_t *cap)
{
    struct merge *m = j->m;
    if (m->slabs == *cap) {
        struct slab **more = mem_realloc(MEM_DATA, m->slab, *cap * 2 * sizeof(*more));
        if (!more) {
            slab_unref(b);
            return err_set(j->err, ERR_MEM, "no memory to merge segments");
        }
        m->slab = more;
        *cap *= 2;
    }
    m->slab[m->slabs++] = b;
    m->fresh++;
    return 0;
}

/* One range of places becomes one slab, or several where it is a single very large place. */
static int pack_range(struct job *j, uint32_t from, uint32_t to, size_t *cap)
{
    struct rows r;
    rows_init(&r, MEM_DATA, j->s->schema);
    int rc = gather(j, from, to, &r);
    size_t parts = (r.n + SLAB_ROWS_MAX - 1) / SLAB_ROWS_MAX;
    rc = rc < 0 ? rc : cancel_check(j->cancel, j->err);
    for (size_t i = 0; i < parts && rc == 0; i++) {
        struct slab *b = NULL;
        size_t lo = r.n * i / parts, hi = r.n * (i + 1) / parts;
        rc = slab_pack(&r, lo, hi - lo, j->s->tree, j->next_id++, j->cancel, &b, j->err);
        rc = rc < 0 ? rc : push(j, b, cap);
    }
    rows_fini(&r);
    return rc;
}

static int pack_all(struct job *j, size_t *cap)
{
    uint32_t from = 0;
    uint64_t rows = 0;
    for (uint32_t o = 0; o < j->s->tree->n; o++) {
        if (rows > 0 && rows + j->rows_at[o] > SLAB_ROWS_MAX) {
            TRY(pack_range(j, from, o, cap));
            from = o;
            rows = 0;
        }
        rows += j->rows_at[o];
    }
    return pack_range(j, from, j->s->tree->n, cap);
}

static size_t minuses(const struct snap *s)
{
    return s->gone ? s->gone->minuses : 0;
}

/* What is taken off comes first: what was sent again in its place may not fit beside it. */
static int add_to_dense(const struct snap *s, struct dense **out, struct err *err)
{
    size_t fresh = minuses(s) - s->folded, n = fresh + s->segs;
    struct seg **list = mem_calloc(MEM_DATA, n, sizeof(struct seg *));
    if (!list) {
        return err_set(err, ERR_MEM, "no memory to merge segments");
    }
    for (size_t i = 0; i < n; i++) {
        list[i] = i < fresh ? s->gone->minus[s->folded + i] : s->seg[i - fresh];
    }
    int rc = dense_add(s->dense, s->tree, list, n, out, err);
    mem_free(MEM_DATA, list);
    return rc;
}

static int next_dense(const struct snap *s, struct merge *m, int threads, struct err *err)
{
    m->folded = minuses(s);
    if (s->dense) {
        int rc = add_to_dense(s, &m->dense, err);
        if (rc != ERR_LIMIT) {
            return rc;
        }
        err_clear(err);
    }
    struct dense_rows rows = {.slab = m->slab, .slabs = m->slabs};
    if (s->gone) {
        rows.minus = s->gone->minus;
        rows.minuses = s->gone->minuses;
    }
    return dense_new(s->tree, &rows, threads, &m->dense, err);
}

static int run(struct job *j, int threads)
{
    size_t cap = j->s->slabs + 8;
    struct merge *m = j->m;
    m->slab = mem_calloc(MEM_DATA, cap, sizeof(*m->slab));
    m->drop_slab = mem_calloc(MEM_DATA, j->s->slabs, sizeof(*m->drop_slab));
    j->join = mem_calloc(MEM_DATA, j->s->slabs, sizeof(*j->join));
    j->rows_at = mem_calloc(MEM_DATA, j->s->tree->n, sizeof(*j->rows_at));
    if (!m->slab || !m->drop_slab || !j->join || !j->rows_at) {
        return err_set(j->err, ERR_MEM, "no memory to merge segments");
    }
    choose_slabs(j);
    count_places(j);
    TRY(pack_all(j, &cap));
    TRY(cancel_check(j->cancel, j->err));
    m->drop_segs = j->s->segs;
    return next_dense(j->s, m, threads, j->err);
}

int merge_run(const struct snap *s, uint64_t next_id, int threads, const struct cancel *cancel,
              struct merge *out, struct err *err)
{
    ASSERT(s->segs > 0 || minuses(s) > s->folded);
    *out = (struct merge){0};
    struct job j = {.s = s, .m = out, .cancel = cancel, .next_id = next_id, .err = err};
    int rc = run(&j, threads);
    mem_free(MEM_DATA, j.join);
    mem_free(MEM_DATA, j.rows_at);
    if (rc < 0) {
        merge_fini(out);
    }
    return rc;
}

void merge_fini(struct merge *m)
{
    for (size_t i = 0; i < m->slabs; i++) {
        slab_unref(m->slab[i]);
    }
    mem_free(MEM_DATA, m->slab);
    mem_free(MEM_DATA, m->drop_slab);
    dense_unref(m->dense);
    *m = (struct merge){0};
}
