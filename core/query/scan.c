/* SPDX-License-Identifier: MIT
 *
 * The scan: registrations from the segments, a vector at a time.
 *
 *   slabs, segments -> runs in the window -> vectors of rows -> tests -> groups or rows
 *
 * When nothing asks for an attribute, a run is one row of the vector that weighs what its rows do
 * together; else runs are opened and only the columns needed are unpacked. Rows of retracted
 * batches are left out before that: segments as a whole, a slab's runs in stretches. A group
 * appears when its registrations do not sum to zero: what a correction took back entirely is not
 * there, as in the cube. */
#include "scan.h"

#include "remote.h"

enum { TOP_VECTORS = 4 }; /* rows collected before those that cannot be first are dropped */

/* ---- vectors ---- */

static uint64_t needs(const struct access *a)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < a->wheres; i++)
        bits |= a->where[i]->deps;
    for (size_t i = 0; i < a->group.keys; i++)
        bits |= a->group.key[i]->deps;
    for (size_t i = 0; i < a->group.aggs; i++)
        bits |= agg_deps(&a->group.agg[i]);
    for (size_t i = 0; i < a->outs; i++)
        bits |= a->out[i]->deps;
    return bits;
}

static enum type base_type(const struct run *r, int base)
{
    if (base == BASE_SECTOR)
        return TYPE_CODED;
    if (base == BASE_DAY)
        return TYPE_DATE;
    if (base < BASE_ATTR)
        return TYPE_INT64;
    return r->snap->schema->attr[base - BASE_ATTR].kind == ATTR_CHOICE ? TYPE_CODED : TYPE_INT64;
}

static int scan_init(struct scan *s, struct run *r, const struct access_plan *p)
{
    const struct access *a = p->access;
    *s = (struct scan){.run = r, .plan = p, .need = needs(a), .vector = r->vector};
    s->gone = access_gone(r, a);
    s->by_runs = a->grouped && (s->need & ~BASE_RUN_BITS) == 0;
    s->need |= BASE_RUN_BITS | BASE_BIT(BASE_COUNT);
    for (int b = 0; b < BASE_COLS; b++)
        if (s->need & BASE_BIT(b))
            TRY(frame_col_init(r->arena, &s->col[b], s->vector, STR(""), base_type(r, b), r->err));
    s->col[BASE_SECTOR].list = &list_sectors;
    s->unpacked = ARENA_ARRAY(r->arena, int32_t, s->vector);
    s->pass = ARENA_ARRAY(r->arena, uint8_t, s->vector);
    s->gid = ARENA_ARRAY(r->arena, uint32_t, s->vector);
    if (s->unpacked == NULL || s->pass == NULL || s->gid == NULL)
        return run_memory(r);
    arena_init(&s->strings, MEM_QUERY, mem_share(QUERY_MEMORY_BYTES, 4));
    return 0;
}

static void fill_absent(struct scan *s, struct frame_col *to)
{
    memset(to->null + s->at, 1, s->pending);
    memset(to->i + s->at, 0, s->pending * sizeof *to->i);
}

/* The column's values of the waiting rows are in s->unpacked; false: all of them are NULL. */
static bool unpack(struct scan *s, int base)
{
    if (s->slab != NULL) {
        const struct slab_col *c =
            base == BASE_COUNT ? &s->slab->count : &s->slab->attr[base - BASE_ATTR];
        if (c->tables > 0)
            slab_unpack(c, s->group, s->first, s->pending, s->unpacked);
        return c->tables > 0;
    }
    const struct seg_col *c = base == BASE_COUNT ? &s->seg->count : &s->seg->attr[base - BASE_ATTR];
    bool present = base == BASE_COUNT || c->present;
    if (present)
        seg_unpack(c, s->first, s->pending, s->unpacked);
    return present;
}

static void unpack_column(struct scan *s, int base)
{
    struct frame_col *to = &s->col[base];
    if (base == BASE_COUNT && s->slab != NULL && !s->slab->weighted) {
        memset(to->null + s->at, 0, s->pending);
        for (size_t i = 0; i < s->pending; i++)
            to->i[s->at + i] = 1;
        return;
    }
    if (!unpack(s, base)) {
        fill_absent(s, to);
        return;
    }
    for (size_t i = 0; i < s->pending; i++) {
        bool null = s->unpacked[i] == ATTR_NULL;
        to->null[s->at + i] = null;
        to->i[s->at + i] = null ? 0 : s->unpacked[i];
    }
}

/* Unpacks the rows waiting: neighbours are unpacked together. */
static void unpack_pending(struct scan *s)
{
    if (s->pending == 0)
        return;
    for (int b = BASE_COUNT; b < BASE_COLS; b++)
        if (s->need & BASE_BIT(b))
            unpack_column(s, b);
    s->at += s->pending;
    s->pending = 0;
}

/* Drops the rows that did not pass. */
static void compress(struct scan *s)
{
    size_t kept = 0;
    for (size_t i = 0; i < s->n; i++)
        kept += s->pass[i];
    if (kept == s->n)
        return;
    for (int b = 0; b < BASE_COLS; b++) {
        if (!(s->need & BASE_BIT(b)))
            continue;
        struct frame_col *c = &s->col[b];
        size_t to = 0;
        for (size_t i = 0; i < s->n; i++) {
            c->i[to] = c->i[i];
            c->null[to] = c->null[i];
            to += s->pass[i];
        }
    }
    s->n = kept;
}

static void test_attr(struct scan *s, const struct attr_test *t)
{
    const struct frame_col *c = &s->col[t->base];
    for (size_t i = 0; i < s->n; i++) {
        uint64_t code = c->null[i] ? 0 : (uint64_t)(c->i[i] - t->low) + 1;
        s->pass[i] &= code < t->codes ? t->ok[code] : 0;
    }
}

static int filter(struct scan *s)
{
    const struct access_plan *p = s->plan;
    size_t tests = s->run->snap->clickhouse != NULL ? 0 : p->tests; /* it left the others out */
    if (tests == 0 && p->rests == 0)
        return 0;
    memset(s->pass, 1, s->n);
    for (size_t k = 0; k < tests; k++)
        test_attr(s, &p->test[k]);
    compress(s);
    struct eval ev = run_eval(s->run, s->col);
    ev.strings = &s->strings;
    for (size_t k = 0; k < p->rests && s->n > 0; k++) {
        ev.n = s->n;
        TRY(expr_eval(&ev, p->rest[k], NULL));
        for (size_t i = 0; i < s->n; i++)
            s->pass[i] = vec_true(&p->rest[k]->out, i);
        compress(s);
    }
    arena_fini(&s->strings);
    return 0;
}

int scan_flush(struct scan *s)
{
    unpack_pending(s);
    s->at = 0;
    s->run->rows_read += s->n;
    TRY(run_check(s->run));
    TRY(filter(s));
    if (s->n > 0)
        TRY(s->consume(s));
    s->n = 0;
    return 0;
}

/* A run of a segment or of a slab's group: rows of one place, sector and day. */
struct piece {
    const struct seg *seg;
    const struct slab *slab;
    const struct slab_group *group;
    uint32_t place;
    uint8_t sector;
    int32_t day;
    uint64_t first, rows;
    int64_t count; /* registrations; when runs are rows */
};

static void wait_for(struct scan *s, const struct piece *p, uint64_t first, size_t n)
{
    bool next = s->seg == p->seg && s->group == p->group && s->first + s->pending == first;
    if (!next)
        unpack_pending(s);
    if (s->pending == 0)
        s->first = first;
    s->seg = p->seg;
    s->slab = p->slab;
    s->group = p->group;
    s->pending += n;
}

static int add_piece(struct scan *s, const struct piece *p)
{
    struct frame_col *col = s->col;
    uint64_t rows = s->by_runs ? 1 : p->rows;
    uint64_t first = p->first;
    while (rows > 0 && !s->stop) {
        size_t n = s->vector - s->n < rows ? s->vector - s->n : (size_t)rows;
        for (size_t i = s->n; i < s->n + n; i++) {
            col[BASE_ORDER].i[i] = p->place;
            col[BASE_SECTOR].i[i] = p->sector ? p->sector - 1 : 0;
            col[BASE_SECTOR].null[i] = p->sector == 0;
            col[BASE_DAY].i[i] = p->day;
        }
        if (s->by_runs)
            col[BASE_COUNT].i[s->n] = p->count;
        else
            wait_for(s, p, first, n);
        s->n += n;
        first += n;
        rows -= n;
        if (s->n == s->vector)
            TRY(scan_flush(s));
    }
    return 0;
}

static bool day_passes(const struct days *d, int32_t day)
{
    return day >= d->lo && day <= d->hi && (d->ok == NULL || d->ok[day - d->lo]);
}

/* Is there a group of the slab in the window's places and days? */
static bool slab_in_window(const struct slab *slab, const struct window3 *w)
{
    if (slab->day_max < w->days.lo || slab->day_min > w->days.hi)
        return false;
    for (size_t k = 0; k < w->place.n; k++) {
        uint32_t g = slab_find(slab, w->place.at[k].lo);
        if (g < slab->groups && slab->group[g].place < w->place.at[k].hi)
            return true;
    }
    return false;
}

/* No row of the segment can pass: its days, or the values of an attribute, say so. */
static bool skips(const struct access_plan *p, const struct seg *seg)
{
    if (seg->day_max < p->window.days.lo || seg->day_min > p->window.days.hi)
        return true;
    for (size_t k = 0; k < p->tests; k++) {
        const struct attr_test *t = &p->test[k];
        const struct seg_col *c = &seg->attr[t->base - BASE_ATTR];
        bool any = !c->present ? t->ok[0] : c->nulls && t->ok[0];
        for (int64_t v = c->base; c->present && !any && v <= c->max; v++)
            any = v >= t->low && (uint64_t)(v - t->low) + 1 < t->codes && t->ok[v - t->low + 1];
        if (!any)
            return true;
    }
    return false;
}

static int scan_segment(struct scan *s, const struct seg *seg)
{
    const struct window3 *w = &s->plan->window;
    for (size_t k = 0; k < w->place.n && !s->stop; k++) {
        uint32_t run = seg_find(seg, w->place.at[k].lo);
        for (; run < seg->runs && seg->run_place[run] < w->place.at[k].hi && !s->stop; run++)
            if ((w->sectors >> seg->run_sector[run] & 1) && day_passes(&w->days, seg->run_day[run]))
                TRY(add_piece(s, &(struct piece){
                                     .seg = seg,
                                     .place = seg->run_place[run],
                                     .sector = seg->run_sector[run],
                                     .day = seg->run_day[run],
                                     .first = seg->run_row[run],
                                     .rows = seg->run_row[run + 1] - seg->run_row[run],
                                     .count = seg_run_count(seg, run),
                                 }));
    }
    return 0;
}

/* Registrations of the waiting run's rows first .. end - 1. */
static int64_t count_stretch(struct scan *s, const struct slab *slab, const struct slab_group *g,
                             uint64_t first, uint64_t end)
{
    if (!slab->weighted)
        return (int64_t)(end - first);
    int64_t sum = 0;
    while (first < end) {
        size_t n = end - first < s->vector ? (size_t)(end - first) : s->vector;
        slab_unpack(&slab->count, g, first, n, s->unpacked);
        for (size_t i = 0; i < n; i++)
            sum += s->unpacked[i];
        first += n;
    }
    return sum;
}

/* The rows of a run that are of no retracted batch. */
static int add_stretches(struct scan *s, const struct piece *run,
                         const struct retraction_codes *codes)
{
    uint64_t end = run->first + run->rows;
    struct piece p = *run;
    while (p.first < end && !s->stop) {
        bool gone = false;
        p.rows = retraction_stretch(codes, p.first, end, &gone);
        if (!gone) {
            if (s->by_runs)
                p.count = count_stretch(s, p.slab, p.group, p.first, p.first + p.rows);
            TRY(add_piece(s, &p));
        }
        p.first += p.rows;
    }
    return 0;
}

/* `mixed`: some rows may be of retracted batches. */
static int scan_group(struct scan *s, const struct slab *slab, uint32_t at, bool mixed)
{
    const struct slab_group *g = &slab->group[at];
    const struct days *days = &s->plan->window.days;
    struct piece p = {.slab = slab, .group = g, .place = g->place, .sector = g->sector};
    struct retraction_codes codes;
    uint32_t run;
    if (mixed)
        retraction_codes_init(&codes, s->gone, slab, g);
    slab_seek(slab, at, days->lo, &run, &p.first);
    for (; run < g[1].first_run && !s->stop; run++, p.first += p.rows) {
        p.day = slab->day_min + (int32_t)slab->run_day[run];
        p.rows = slab->run_rows[run];
        if (p.day > days->hi)
            break;
        if (!day_passes(days, p.day))
            continue;
        if (mixed) {
            TRY(add_stretches(s, &p, &codes));
            continue;
        }
        p.count = s->by_runs ? slab_run_count(slab, g, run, p.first) : 0;
        TRY(add_piece(s, &p));
    }
    return 0;
}

static int scan_slab(struct scan *s, size_t index)
{
    const struct snap *snap = s->run->snap;
    const struct slab *slab = snap->slab[index];
    const struct retraction_marks *marks = s->gone != NULL ? snap->marks : NULL;
    const struct window3 *w = &s->plan->window;
    for (size_t k = 0; k < w->place.n && !s->stop; k++) {
        uint32_t g = slab_find(slab, w->place.at[k].lo);
        for (; g < slab->groups && slab->group[g].place < w->place.at[k].hi && !s->stop; g++)
            if (w->sectors >> slab->group[g].sector & 1)
                TRY(scan_group(s, slab, g, retraction_marked(marks, index, slab, &slab->group[g])));
    }
    return 0;
}

static bool reads_slab(const struct access_plan *p, const struct slab *slab)
{
    return !p->window.never && slab_in_window(slab, &p->window);
}

/* Some row of the segment, and of its batch, may count. */
static bool reads_segment(const struct access_plan *p, const struct retraction_set *gone,
                          const struct seg *seg)
{
    return !p->window.never && !skips(p, seg) && retraction_of_seg(gone, seg) == NULL;
}

static void count_parts(const struct access_plan *p, const struct run *r, const uint8_t *done,
                        struct scan_facts *out)
{
    const struct snap *snap = r->snap;
    const struct retraction_set *gone = access_gone(r, p->access);
    *out = (struct scan_facts){0};
    for (size_t i = 0; i < snap->slabs; i++) {
        bool read = reads_slab(p, snap->slab[i]);
        bool planes = done != NULL && done[i];
        out->skipped += !read;
        out->planes += read && planes;
        out->slabs += read && !planes;
    }
    for (size_t i = 0; i < snap->segs; i++) {
        bool read = reads_segment(p, gone, snap->seg[i]);
        out->skipped += !read;
        out->segs += read;
    }
}

int scan_all(struct scan *s, const uint8_t *done)
{
    const struct snap *snap = s->run->snap;
    if (s->run->snap->clickhouse != NULL)
        return remote_read(s);
    if (s->run->measure)
        count_parts(s->plan, s->run, done, &s->run->facts);
    for (size_t i = 0; i < snap->slabs && !s->stop; i++)
        if (!(done != NULL && done[i]) && reads_slab(s->plan, snap->slab[i]))
            TRY(scan_slab(s, i));
    for (size_t i = 0; i < snap->segs && !s->stop; i++)
        if (reads_segment(s->plan, s->gone, snap->seg[i]))
            TRY(scan_segment(s, snap->seg[i]));
    return s->n > 0 && !s->stop ? scan_flush(s) : 0;
}

/* ---- rows ---- */

static int grow_rows(struct scan *s, size_t n)
{
    struct run *r = s->run;
    const struct access *a = s->plan->access;
    if (n <= s->out_cap)
        return 0;
    size_t cap = s->out_cap * 2 > n ? s->out_cap * 2 : n;
    for (size_t c = 0; c < a->outs; c++) {
        struct frame_col fresh;
        TRY(frame_col_init(r->arena, &fresh, cap, STR(""), a->out[c]->type, r->err));
        fresh.list = a->out[c]->list;
        vec_copy(&fresh, 0, &s->out->col[c], s->out->rows);
        s->out->col[c] = fresh;
    }
    s->out_cap = cap;
    return 0;
}

/* Keeps the rows that may still be among the first of the order. They stay in the order in which
 * they came as far as that order leaves it open, so that more rows can follow. */
static int keep_top(struct scan *s)
{
    const struct step *top = s->plan->access->top;
    struct arena scratch;
    arena_init(&scratch, MEM_QUERY, mem_share(QUERY_MEMORY_BYTES, 4));
    struct run r = *s->run;
    r.arena = &scratch;
    struct step sort = *top;
    sort.sort = ARENA_ARRAY(&scratch, struct sort_key, top->sorts);
    int rc = sort.sort == NULL ? run_memory(&r) : 0;
    for (size_t k = 0; k < top->sorts && rc == 0; k++) {
        sort.sort[k] = top->sort[k];
        sort.sort[k].expr = expr_clone(&scratch, top->sort[k].expr);
        if (sort.sort[k].expr == NULL)
            rc = run_memory(&r);
    }
    struct frame *kept = NULL;
    if (rc == 0)
        rc = frame_sort(&r, &sort, s->out, &kept);
    for (size_t c = 0; rc == 0 && c < kept->cols; c++)
        vec_copy(&s->out->col[c], 0, &kept->col[c], kept->rows);
    if (rc == 0)
        s->out->rows = kept->rows;
    arena_fini(&scratch);
    return rc;
}

static int consume_rows(struct scan *s)
{
    const struct access *a = s->plan->access;
    size_t room = a->rows_max - s->out->rows;
    size_t n = s->n < room ? s->n : room;
    TRY(grow_rows(s, s->out->rows + n));
    struct eval ev = run_eval(s->run, s->col);
    ev.n = n;
    for (size_t c = 0; c < a->outs && n > 0; c++) {
        TRY(expr_eval(&ev, a->out[c], NULL));
        vec_copy(&s->out->col[c], s->out->rows, &a->out[c]->out, n);
    }
    s->out->rows += n;
    s->stop = s->out->rows == a->rows_max;
    if (a->top != NULL && s->out->rows >= 2 * a->top->limit &&
        s->out->rows >= TOP_VECTORS * s->vector)
        return keep_top(s);
    return 0;
}

static int scan_rows(struct scan *s, struct frame **out)
{
    const struct access *a = s->plan->access;
    s->consume = consume_rows;
    TRY(run_frame(s->run, 0, a->outs, &s->out));
    for (size_t c = 0; c < a->outs; c++) {
        TRY(frame_col_init(s->run->arena, &s->out->col[c], 0, STR(""), a->out[c]->type,
                           s->run->err));
        s->out->col[c].list = a->out[c]->list;
    }
    s->stop = a->rows_max == 0;
    *out = s->out;
    return scan_all(s, NULL);
}

int scan_outline(struct run *r, const struct access_plan *p, struct scan_outline *out)
{
    struct scan s;
    *out = (struct scan_outline){0};
    count_parts(p, r, NULL, &out->facts);
    if (!p->access->grouped)
        return 0;
    TRY(scan_init(&s, r, p));
    out->runs = s.by_runs;
    int rc = scan_groups_outline(&s, out);
    arena_fini(&s.strings);
    return rc;
}

int access_scan(struct run *r, const struct access_plan *p, struct frame **out)
{
    struct scan s;
    uint64_t before = r->rows_read;
    TRY(scan_init(&s, r, p));
    int rc = p->access->grouped ? scan_groups(&s, out) : scan_rows(&s, out);
    r->facts.rows = r->rows_read - before;
    arena_fini(&s.strings);
    return rc;
}
