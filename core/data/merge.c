/* SPDX-License-Identifier: MIT
 *
 * Merging segments into slabs. The rows of all segments, and of every slab that is not much
 * larger than what has been gathered so far, are laid out again, sorted and cut into slabs. The
 * dense cube already counts what was in slabs: only the segments are added to it. */
#include "data/merge.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum {
    SEGS_DUE = 256,          /* more segments than this slow every scan down */
    ROWS_DUE = 1 << 20,      /* or so many rows outside slabs */
    ROWS_GATHERED = 1 << 24, /* what one merge holds in memory at most, about 1 GB */
    TIER_FACTOR = 2,         /* a slab joins when it has at most so many times what is gathered */
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
    return s->segs >= SEGS_DUE || (s->segs > 0 && seg_rows(s) >= ROWS_DUE);
}

static int by_rows(const void *pa, const void *pb)
{
    const struct slab *a = *(struct slab *const *)pa, *b = *(struct slab *const *)pb;
    return a->rows < b->rows ? -1 : a->rows > b->rows;
}

/* Copies the old slabs to out->slab, those that stay first. Returns how many stay. */
static size_t choose_slabs(const struct snap *s, uint64_t rows, struct merge *out)
{
    if (s->slabs > 0) {
        memcpy(out->slab, s->slab, s->slabs * sizeof(*out->slab));
        qsort(out->slab, s->slabs, sizeof(*out->slab), by_rows);
    }
    size_t join = 0;
    while (join < s->slabs && out->slab[join]->rows <= rows * TIER_FACTOR &&
           rows + out->slab[join]->rows <= ROWS_GATHERED) {
        rows += out->slab[join]->rows;
        out->drop_slab[join] = out->slab[join]->id;
        join++;
    }
    out->drop_slabs = join;
    return s->slabs - join;
}

static int gather(const struct snap *s, const struct merge *m, const struct cancel *cancel,
                  struct rows *r, struct err *err)
{
    for (size_t i = 0; i < s->segs; i++) {
        TRY(cancel_check(cancel, err));
        TRY(seg_to_rows(s->seg[i], r, err));
    }
    for (size_t i = 0; i < m->drop_slabs; i++) {
        TRY(cancel_check(cancel, err));
        TRY(slab_rows(m->slab[i], r, err));
    }
    TRY(cancel_check(cancel, err));
    return rows_sort(r, s->tree, err);
}

/* Cuts the rows into slabs of equal size. Slabs stand behind the `stay` old ones. */
static int cut(const struct snap *s, const struct rows *r, uint64_t next_id, size_t parts,
               const struct cancel *cancel, struct merge *m, struct err *err)
{
    for (size_t i = 0; i < parts; i++) {
        size_t from = r->n * i / parts, to = r->n * (i + 1) / parts;
        TRY(cancel_check(cancel, err));
        TRY(slab_new(r, from, to - from, s->tree, next_id + i, &m->slab[m->slabs], err));
        m->slabs++;
        m->fresh++;
    }
    return 0;
}

static int next_dense(const struct snap *s, const struct merge *m, int threads, struct dense **out,
                      struct err *err)
{
    if (s->dense) {
        int rc = dense_add(s->dense, s->tree, s->seg, s->segs, out, err);
        if (rc != ERR_LIMIT) {
            return rc;
        }
        err_clear(err);
    }
    return dense_new(s->tree, m->slab, m->slabs, threads, out, err);
}

static int run(const struct snap *s, uint64_t next_id, int threads, const struct cancel *cancel,
               struct rows *r, struct merge *m, struct err *err)
{
    uint64_t rows = seg_rows(s);
    size_t parts_max = s->slabs + (size_t)((rows + ROWS_GATHERED) / SLAB_ROWS_MAX) + 2;
    m->slab = mem_calloc(MEM_DATA, parts_max, sizeof(*m->slab));
    m->drop_slab = mem_calloc(MEM_DATA, s->slabs, sizeof(*m->drop_slab));
    if (!m->slab || !m->drop_slab) {
        return err_set(err, ERR_MEM, "no memory to merge segments");
    }
    size_t stay = choose_slabs(s, rows, m);
    TRY(gather(s, m, cancel, r, err));
    memmove(m->slab, m->slab + m->drop_slabs, stay * sizeof(*m->slab));
    for (m->slabs = 0; m->slabs < stay; m->slabs++) {
        slab_ref(m->slab[m->slabs]);
    }
    TRY(cut(s, r, next_id, (r->n + SLAB_ROWS_MAX - 1) / SLAB_ROWS_MAX, cancel, m, err));
    m->drop_segs = s->segs;
    return next_dense(s, m, threads, &m->dense, err);
}

int merge_run(const struct snap *s, uint64_t next_id, int threads, const struct cancel *cancel,
              struct merge *out, struct err *err)
{
    struct rows r;
    ASSERT(s->segs > 0);
    *out = (struct merge){0};
    rows_init(&r, MEM_DATA, s->schema);
    int rc = run(s, next_id, threads, cancel, &r, out, err);
    rows_fini(&r);
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
