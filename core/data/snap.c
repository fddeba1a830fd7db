/* SPDX-License-Identifier: MIT
 *
 * Snapshots. What only grows (segments, ledger notes, stated figures) sits on shelves: arrays that
 * successive snapshots share. The writer appends behind the last entry that any snapshot can see,
 * so publishing a batch copies nothing; a shelf that is full, or whose end another unpublished
 * snapshot already used, is copied to a larger one.
 *
 * Threads: snap_next and snap_cell_set are the writer's alone; everything else is for all. */
#include "data/snap.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

/* ---- shelves ---- */

struct shelf {
    atomic_int refs;
    size_t used, cap; /* entries; the writer's */
    size_t size;      /* of an entry */
    bool segs;        /* entries are references to segments */
    _Alignas(16) unsigned char data[];
};

static struct shelf *shelf_ref(struct shelf *s)
{
    if (s) {
        atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
    }
    return s;
}

static void shelf_unref(struct shelf *s)
{
    if (!s || atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) != 1) {
        return;
    }
    for (size_t i = 0; s->segs && i < s->used; i++) {
        seg_unref(((struct seg **)(void *)s->data)[i]);
    }
    mem_free(MEM_DATA, s);
}

static void shelf_put(struct shelf *s, const void *items, size_t n)
{
    if (n == 0) {
        return;
    }
    memcpy(s->data + s->used * s->size, items, n * s->size);
    struct seg **seg = (struct seg **)(void *)s->data;
    for (size_t i = 0; s->segs && i < n; i++) {
        seg_ref(seg[s->used + i]);
    }
    s->used += n;
}

/* A shelf with the first `seen` entries of `old` and then n more; old itself where that works. */
static struct shelf *shelf_append(struct shelf *old, size_t seen, const void *items, size_t n,
                                  size_t size, bool segs)
{
    if (n == 0) {
        return shelf_ref(old);
    }
    if (old && old->used == seen && old->cap - old->used >= n) {
        shelf_put(old, items, n);
        return shelf_ref(old);
    }
    size_t cap = (seen + n) * 2 < 16 ? 16 : (seen + n) * 2;
    struct shelf *s = mem_alloc(MEM_DATA, sizeof(*s) + cap * size);
    if (!s) {
        return NULL;
    }
    atomic_init(&s->refs, 1);
    s->used = 0;
    s->cap = cap;
    s->size = size;
    s->segs = segs;
    if (seen > 0) {
        shelf_put(s, old->data, seen);
    }
    shelf_put(s, items, n);
    return s;
}

/* ---- snapshots ---- */

/* A snapshot as allocated. */
struct box {
    struct snap view;
    atomic_int refs;
    struct shelf *segs, *batches, *stated;
    struct slab **slabs; /* what view.slab points to */
    struct arena own;    /* of a narrowed one: what is left of the stated figures, its sources */
};

struct snap *snap_ref(struct snap *s)
{
    atomic_fetch_add_explicit(&((struct box *)s)->refs, 1, memory_order_relaxed);
    return s;
}

void snap_unref(struct snap *s)
{
    struct box *b = (struct box *)s;
    if (!b || atomic_fetch_sub_explicit(&b->refs, 1, memory_order_acq_rel) != 1) {
        return;
    }
    shelf_unref(b->segs);
    shelf_unref(b->batches);
    shelf_unref(b->stated);
    upload_set_unref(s->uploads);
    retraction_set_unref(s->gone);
    retraction_marks_unref(s->marks);
    cube_unref(s->cube);
    dense_unref(s->dense);
    for (size_t i = 0; i < s->slabs; i++) {
        slab_unref(s->slab[i]);
    }
    mem_free(MEM_DATA, b->slabs);
    arena_fini(&b->own);
    for (int i = 0; i < ATTRS_MAX; i++) {
        dict_unref(s->dict[i]);
    }
    place_tree_unref(s->tree);
    schema_unref(s->schema);
    history_unref(s->history);
    mem_free(MEM_DATA, b);
}

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEM, "no memory for the next state of the data");
}

static atomic_uint_fast64_t catalogues;

static struct box *box_new(struct place_tree *tree, const struct schema *schema, uint64_t id)
{
    struct box *b = mem_calloc(MEM_DATA, 1, sizeof(*b));
    if (b) {
        atomic_init(&b->refs, 1);
        arena_init(&b->own, MEM_DATA, 0);
        b->view.id = id;
        b->view.tree = place_tree_ref(tree);
        b->view.schema = schema_ref(schema);
        b->view.catalogue = atomic_fetch_add(&catalogues, 1) + 1;
        b->view.day_min = b->view.held_min = INT32_MAX;
        b->view.day_max = b->view.held_max = INT32_MIN;
    }
    return b;
}

int snap_new(struct place_tree *tree, const struct schema *schema, uint64_t id, struct snap **out,
             struct err *err)
{
    struct box *b = box_new(tree, schema, id);
    if (!b) {
        return no_memory(err);
    }
    int rc = cube_new(tree, &b->view.cube, err);
    for (size_t i = 0; i < schema->n && rc == 0; i++) {
        if (schema->attr[i].kind == ATTR_TEXT) {
            rc = dict_new(MEM_DATA, &b->view.dict[i], err);
        }
    }
    if (rc < 0) {
        snap_unref(&b->view);
        return rc;
    }
    *out = &b->view;
    return 0;
}

/* ---- narrowed ---- */

static int see_sources(struct box *b, const struct grant *g, struct err *err)
{
    struct dict *d = b->view.dict[ATTR_SOURCE];
    int32_t n = dict_count(d);
    uint8_t *seen = ARENA_ARRAY(&b->own, uint8_t, (size_t)n + 1);
    if (!seen) {
        return no_memory(err);
    }
    for (size_t i = 0; i < g->sources; i++) {
        int32_t id = dict_find(d, g->source[i]);
        if (id >= 0 && id < n) {
            seen[id] = 1;
        }
    }
    b->view.source_seen = seen;
    b->view.sources = n;
    return 0;
}

static int see_stated(struct box *b, const struct snap *of, struct err *err)
{
    struct snap *s = &b->view;
    s->stated = ARENA_ARRAY(&b->own, struct stated, of->stated_count + 1);
    if (!s->stated) {
        return no_memory(err);
    }
    s->stated_count = 0;
    for (size_t i = 0; i < of->stated_count; i++) {
        const struct stated *f = &of->stated[i];
        if (place_id_is_seen(s->tree, f->place) && snap_sees_source(s, f->source)) {
            s->stated[s->stated_count++] = *f;
        }
    }
    return 0;
}

static int see_places(struct box *b, const struct grant *g, struct err *err)
{
    struct place_span *span;
    struct place_tree *narrow;
    size_t n;
    if (g->places == 0) {
        return 0;
    }
    TRY(grant_spans(g, b->view.tree, &b->own, &span, &n, err));
    TRY(place_tree_narrow(b->view.tree, span, n, &narrow, err));
    place_tree_unref(b->view.tree);
    b->view.tree = narrow;
    return 0;
}

/* All that `of` refers to is referred to once more. */
static struct box *box_share(const struct snap *of)
{
    const struct box *from = (const struct box *)of;
    struct box *b = mem_alloc(MEM_DATA, sizeof(*b));
    struct slab **slabs = mem_alloc(MEM_DATA, of->slabs * sizeof(struct slab *));
    if (!b || !slabs) {
        mem_free(MEM_DATA, b);
        mem_free(MEM_DATA, slabs);
        return NULL;
    }
    *b = *from;
    atomic_init(&b->refs, 1);
    arena_init(&b->own, MEM_DATA, 0);
    b->slabs = slabs;
    b->view.slab = slabs;
    for (size_t i = 0; i < of->slabs; i++) {
        slabs[i] = slab_ref(of->slab[i]);
    }
    shelf_ref(b->segs);
    shelf_ref(b->batches);
    shelf_ref(b->stated);
    if (of->uploads) {
        upload_set_ref(of->uploads);
    }
    if (of->gone) {
        retraction_set_ref(of->gone);
    }
    if (of->marks) {
        retraction_marks_ref(of->marks);
    }
    if (of->cube) {
        cube_ref(of->cube);
    }
    if (of->dense) {
        dense_ref(of->dense);
    }
    for (int i = 0; i < ATTRS_MAX; i++) {
        if (of->dict[i]) {
            dict_ref(of->dict[i]);
        }
    }
    place_tree_ref(of->tree);
    schema_ref(of->schema);
    if (of->history) {
        history_ref(of->history);
    }
    return b;
}

int snap_narrow(const struct snap *s, const struct grant *g, struct snap **out, struct err *err)
{
    struct box *b = box_share(s);
    if (!b) {
        return no_memory(err);
    }
    b->view.narrowed = true;
    b->view.registrations = 0;
    int rc = see_places(b, g, err);
    if (rc == 0 && g->sources > 0) {
        rc = see_sources(b, g, err);
    }
    if (rc == 0) {
        rc = see_stated(b, s, err);
    }
    if (rc < 0) {
        snap_unref(&b->view);
        return rc;
    }
    *out = &b->view;
    return 0;
}

bool snap_sees_source_named(const struct snap *s, struct str source)
{
    return s->source_seen == NULL || snap_sees_source(s, dict_find(s->dict[ATTR_SOURCE], source));
}

/* Counts rows in the totals. */
static void add_totals(struct snap *s, uint64_t rows, int64_t registrations, int32_t day_min,
                       int32_t day_max)
{
    s->rows += rows;
    s->registrations += registrations;
    s->held_min = day_min < s->held_min ? day_min : s->held_min;
    s->held_max = day_max > s->held_max ? day_max : s->held_max;
    s->day_min = day_min < s->day_min ? day_min : s->day_min;
    s->day_max = day_max > s->day_max ? day_max : s->day_max;
}

/* Counts a segment, or what is taken off, by place, sector and day. */
static int count_runs(struct snap *s, struct seg *seg, struct err *err)
{
    struct cube *next;
    if (seg->runs >= SNAP_LARGE_RUNS && s->larges < SNAP_LARGE_MAX) {
        s->large[s->larges++] = seg;
        return 0;
    }
    TRY(cube_add(s->cube, s->tree, seg, 1, &next, err));
    cube_unref(s->cube);
    s->cube = next;
    s->cubed++;
    return 0;
}

static int count_seg(struct snap *s, struct seg *seg, struct err *err)
{
    TRY(count_runs(s, seg, err));
    add_totals(s, seg->rows, seg->registrations, seg->day_min, seg->day_max);
    return 0;
}

/* Takes off what the batches retracted lose, from the `first` of minus[] on. */
static int count_minus(struct snap *s, size_t first, struct err *err)
{
    for (size_t i = first; s->gone && i < s->gone->minuses; i++) {
        TRY(count_runs(s, s->gone->minus[i], err));
    }
    return 0;
}

/* Appends segments to those of `old`, of which the first `seen` are this snapshot's. */
static int add_segs(struct box *b, struct shelf *old, size_t seen, struct seg *const *seg, size_t n,
                    struct err *err)
{
    b->segs = shelf_append(old, seen, seg, n, sizeof(*seg), true);
    if (!b->segs && seen + n > 0) {
        return no_memory(err);
    }
    b->view.seg = b->segs ? (struct seg **)(void *)b->segs->data : NULL;
    b->view.segs = seen + n;
    for (size_t i = 0; i < n; i++) {
        TRY(count_seg(&b->view, seg[i], err));
    }
    return 0;
}

/* Carries the segments from `first` on over to the new tree, or to an empty cube; the cube is
 * counted anew. */
static int move_segs(struct box *b, const struct snap *old, size_t first, struct err *err)
{
    size_t n = old->segs - first;
    struct seg **moved = mem_calloc(MEM_DATA, n, sizeof(*moved));
    int rc = moved ? cube_new(b->view.tree, &b->view.cube, err) : no_memory(err);
    for (size_t i = 0; i < n && rc == 0; i++) {
        rc = seg_retree(old->seg[first + i], b->view.tree, &moved[i], err);
    }
    rc = rc < 0 ? rc : add_segs(b, NULL, 0, moved, n, err);
    for (size_t i = 0; moved && i < n; i++) {
        seg_unref(moved[i]);
    }
    mem_free(MEM_DATA, moved);
    return rc;
}

static void keep_totals(struct box *b, const struct snap *old)
{
    b->view.cube = cube_ref(old->cube);
    b->view.cubed = old->cubed;
    b->view.larges = old->larges;
    memcpy(b->view.large, old->large, sizeof(b->view.large));
    b->view.folded = old->folded;
    b->view.rows = old->rows;
    b->view.held_min = old->held_min;
    b->view.held_max = old->held_max;
    b->view.registrations = old->registrations;
    b->view.day_min = old->day_min;
    b->view.day_max = old->day_max;
}

/* Takes references of slabs; their totals are counted where `count` says so. */
static int set_slabs(struct box *b, struct slab *const *slab, size_t n, struct dense *dense,
                     bool count, struct err *err)
{
    ASSERT((n > 0) == (dense != NULL));
    b->slabs = mem_calloc(MEM_DATA, n, sizeof(*b->slabs));
    if (!b->slabs) {
        return no_memory(err);
    }
    for (size_t i = 0; i < n; i++) {
        b->slabs[i] = slab_ref(slab[i]);
        if (count) {
            add_totals(&b->view, slab[i]->rows, slab[i]->registrations, slab[i]->day_min,
                       slab[i]->day_max);
        }
    }
    b->view.slab = b->slabs;
    b->view.slabs = n;
    b->view.dense = dense ? dense_ref(dense) : NULL;
    return 0;
}

enum { MOVE_THREADS = 2 };

/* A dense cube of slabs, with all that is retracted so far taken off in it. */
static int new_dense(struct box *b, struct slab *const *slab, size_t slabs, struct dense **out,
                     struct err *err)
{
    struct dense_rows rows = {.slab = slab, .slabs = slabs};
    if (b->view.gone) {
        rows.minus = b->view.gone->minus;
        rows.minuses = b->view.gone->minuses;
    }
    b->view.folded = rows.minuses;
    return dense_new(b->view.tree, &rows, MOVE_THREADS, out, err);
}

/* Carries the slabs over to another tree. */
static int move_slabs(struct box *b, const struct snap *old, struct err *err)
{
    struct slab **moved = mem_calloc(MEM_DATA, old->slabs, sizeof(*moved));
    struct dense *dense = NULL;
    int rc = moved ? 0 : no_memory(err);
    for (size_t i = 0; i < old->slabs && rc == 0; i++) {
        rc = slab_retree(old->slab[i], b->view.tree, &moved[i], err);
    }
    if (rc == 0 && old->slabs > 0) {
        rc = new_dense(b, moved, old->slabs, &dense, err);
    }
    rc = rc < 0 ? rc : set_slabs(b, moved, old->slabs, dense, true, err);
    dense_unref(dense);
    for (size_t i = 0; moved && i < old->slabs; i++) {
        slab_unref(moved[i]);
    }
    mem_free(MEM_DATA, moved);
    return rc;
}

/* Are the rows of `old` laid out for this tree already? */
static bool same_layout(const struct snap *s, const struct snap *old)
{
    return s->tree->version == old->tree->version;
}

/* The rows of `old`, in the new tree or in new slabs, or as they were. */
static int next_rows(struct box *b, const struct box *old, const struct snap_change *change,
                     struct err *err)
{
    const struct snap *from = &old->view;
    bool same_tree = same_layout(&b->view, from);
    if (same_tree && !change->merged) {
        TRY(set_slabs(b, from->slab, from->slabs, from->dense, false, err));
        keep_totals(b, from);
        b->segs = shelf_ref(old->segs);
        b->view.segs = from->segs;
        return 0;
    }
    if (change->merged) {
        ASSERT(change->drop_segs <= from->segs);
        TRY(set_slabs(b, change->slab, change->slabs, change->dense, true, err));
        b->view.folded = change->folded;
        return move_segs(b, from, change->drop_segs, err);
    }
    TRY(move_slabs(b, from, err));
    return move_segs(b, from, 0, err);
}

static int next_segs(struct box *b, const struct snap_change *change, struct err *err)
{
    struct shelf *so_far = b->segs;
    int rc = add_segs(b, so_far, b->view.segs, change->seg, change->segs, err);
    shelf_unref(so_far);
    return rc;
}

/* ---- retracted batches ---- */

struct held snap_held(const struct snap *s)
{
    return (struct held){.tree = s->tree,
                         .schema = s->schema,
                         .seg = s->seg,
                         .segs = s->segs,
                         .slab = s->slab,
                         .slabs = s->slabs};
}

const struct batch_note *snap_batch(const struct snap *s, int64_t seq)
{
    size_t lo = 0, hi = s->batch_count;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (s->batch[mid].seq < seq)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < s->batch_count && s->batch[lo].seq == seq ? &s->batch[lo] : NULL;
}

/* The retractions of `old`, those of its rows moved to the new tree. */
static int keep_gone(struct box *b, const struct snap *old, struct err *err)
{
    if (old->gone && same_layout(&b->view, old)) {
        b->view.gone = retraction_set_ref(old->gone);
    } else if (old->gone) {
        TRY(retraction_set_retree(old->gone, b->view.tree, &b->view.gone, err));
    }
    return 0;
}

static int add_gone(struct box *b, const struct snap_change *change, struct err *err)
{
    struct retraction_set *old = b->view.gone;
    if (change->retractions == 0) {
        return 0;
    }
    TRY(retraction_set_new(old, change->retraction, change->retractions, &b->view.gone, err));
    retraction_set_unref(old);
    return 0;
}

static int mark_slabs(struct box *b, const struct snap *old, const struct snap_change *change,
                      struct err *err)
{
    struct snap *s = &b->view;
    bool same = same_layout(s, old) && !change->merged && change->retractions == 0;
    if (same && old->marks) {
        s->marks = retraction_marks_ref(old->marks);
    } else if (s->gone) {
        TRY(retraction_marks_new(s->gone, s->slab, s->slabs, &s->marks, err));
    }
    return 0;
}

/* Does the batch have rows on the first or the last day of those that count? */
static bool at_an_end(const struct snap *s, const struct retraction *r)
{
    return r->minus && (r->minus->day_min <= s->day_min || r->minus->day_max >= s->day_max);
}

/* Totals of the rows that count. Where all rows were counted anew, those of retracted batches are
 * in the totals; but if they are the rows of before, what was said of them still holds. */
static void count_totals(struct snap *s, const struct snap *old, const struct snap_change *change,
                         bool anew)
{
    bool days = false, same = s->rows == old->rows;
    size_t n = s->gone ? s->gone->n : 0;
    if (anew && same) {
        s->registrations = old->registrations;
        s->day_min = old->day_min;
        s->day_max = old->day_max;
    }
    for (size_t i = anew && !same ? 0 : n - change->retractions; i < n; i++) {
        s->registrations -= s->gone->at[i].registrations;
        days = days || at_an_end(s, &s->gone->at[i]);
    }
    if (days) {
        struct held held = snap_held(s);
        retraction_days(&held, s->gone, s->marks, &s->day_min, &s->day_max);
    }
}

/* All that is about rows: those of `old`, then new ones, then what no longer counts. */
static int next_data(struct box *b, const struct box *old, const struct snap_change *change,
                     struct err *err)
{
    struct snap *s = &b->view;
    bool anew = !same_layout(s, &old->view) || change->merged;
    TRY(keep_gone(b, &old->view, err));
    size_t before = s->gone ? s->gone->minuses : 0;
    TRY(next_rows(b, old, change, err));
    TRY(next_segs(b, change, err));
    TRY(add_gone(b, change, err));
    TRY(mark_slabs(b, &old->view, change, err));
    TRY(count_minus(s, anew ? s->folded : before, err));
    count_totals(s, &old->view, change, anew);
    return 0;
}

static int next_lists(struct box *b, const struct box *old, const struct snap_change *change,
                      struct err *err)
{
    size_t batches = old->view.batch_count, stated = old->view.stated_count;
    b->batches = shelf_append(old->batches, batches, change->batch, change->batches,
                              sizeof(*change->batch), false);
    b->stated = shelf_append(old->stated, stated, change->stated, change->stateds,
                             sizeof(*change->stated), false);
    b->view.batch_count = batches + change->batches;
    b->view.stated_count = stated + change->stateds;
    if ((!b->batches && b->view.batch_count) || (!b->stated && b->view.stated_count)) {
        return no_memory(err);
    }
    b->view.batch = b->batches ? (struct batch_note *)(void *)b->batches->data : NULL;
    b->view.stated = b->stated ? (struct stated *)(void *)b->stated->data : NULL;
    for (size_t i = batches; i < b->view.batch_count; i++) {
        b->view.batch[i].snapshot = b->view.id;
    }
    return 0;
}

int snap_next(const struct snap *old, const struct snap_change *change, struct snap **out,
              struct err *err)
{
    const struct box *from = (const struct box *)old;
    struct box *b = box_new(change->tree ? change->tree : old->tree, old->schema, old->id + 1);
    if (!b) {
        return no_memory(err);
    }
    for (int i = 0; i < ATTRS_MAX; i++) {
        b->view.dict[i] = old->dict[i] ? dict_ref(old->dict[i]) : NULL;
    }
    struct place_history *history = change->tree ? change->history : old->history;
    b->view.history = history ? history_ref(history) : NULL;
    b->view.received_ms = change->received_ms ? change->received_ms : old->received_ms;
    b->view.clickhouse = old->clickhouse;
    b->view.uploads = upload_set_ref(change->uploads ? change->uploads : old->uploads);
    if (b->view.tree == old->tree && !change->uploads) {
        b->view.catalogue = old->catalogue;
    }
    int rc = next_data(b, from, change, err);
    rc = rc < 0 ? rc : next_lists(b, from, change, err);
    if (rc < 0) {
        snap_unref(&b->view);
        return rc;
    }
    *out = &b->view;
    return 0;
}

/* ---- the cell ---- */

enum { LISTENERS_MAX = 8 };

struct snap_cell {
    pthread_mutex_t lock; /* owns current */
    struct snap *current;
    pthread_mutex_t listening; /* owns the listeners; held while they are called */
    snap_listener listener[LISTENERS_MAX];
    void *ctx[LISTENERS_MAX];
    int listeners;
};

int snap_cell_new(struct snap_cell **out, struct err *err)
{
    *out = mem_calloc(MEM_DATA, 1, sizeof(**out));
    if (!*out) {
        return no_memory(err);
    }
    pthread_mutex_init(&(*out)->lock, NULL);
    pthread_mutex_init(&(*out)->listening, NULL);
    return 0;
}

void snap_cell_free(struct snap_cell *c)
{
    if (c) {
        snap_unref(c->current);
        pthread_mutex_destroy(&c->lock);
        pthread_mutex_destroy(&c->listening);
        mem_free(MEM_DATA, c);
    }
}

struct snap *snap_cell_get(struct snap_cell *c)
{
    pthread_mutex_lock(&c->lock);
    struct snap *s = c->current ? snap_ref(c->current) : NULL;
    pthread_mutex_unlock(&c->lock);
    return s;
}

void snap_cell_set(struct snap_cell *c, struct snap *s)
{
    pthread_mutex_lock(&c->lock);
    struct snap *old = c->current;
    ASSERT(!old || s->id > old->id);
    c->current = s;
    pthread_mutex_unlock(&c->lock);
    snap_unref(old);
    pthread_mutex_lock(&c->listening);
    for (int i = 0; i < c->listeners; i++) {
        c->listener[i](c->ctx[i], s);
    }
    pthread_mutex_unlock(&c->listening);
}

void snap_cell_listen(struct snap_cell *c, snap_listener fn, void *ctx)
{
    pthread_mutex_lock(&c->listening);
    ASSERT(c->listeners < LISTENERS_MAX);
    c->listener[c->listeners] = fn;
    c->ctx[c->listeners++] = ctx;
    pthread_mutex_unlock(&c->listening);
}

void snap_cell_unlisten(struct snap_cell *c, snap_listener fn, void *ctx)
{
    pthread_mutex_lock(&c->listening);
    for (int i = 0; i < c->listeners; i++) {
        if (c->listener[i] == fn && c->ctx[i] == ctx) {
            c->listeners--;
            c->listener[i] = c->listener[c->listeners];
            c->ctx[i] = c->ctx[c->listeners];
            break;
        }
    }
    pthread_mutex_unlock(&c->listening);
}
