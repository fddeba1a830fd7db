/* SPDX-License-Identifier: MIT
 *
 * Loading: everything on disk becomes the first snapshot. Nothing read here is trusted: segments
 * carry checksums, ids must run without gaps, and the sums of the ledger must be those of the
 * segments. The snapshot has the number of the last one published, so that answers keep their tag
 * over a restart. */
#include <math.h>
#include <string.h>

#include "base/date.h"
#include "slabs.h"
#include "store_int.h"

struct loading {
    struct store *s;
    struct arena mem;
    struct place_tree *tree;
    struct snap *empty; /* holds the dictionaries */
    struct slab_list slabs;
    struct dense *dense;
    struct seg **seg;
    size_t segs, segs_cap;
    struct batch_note *batch;
    size_t batches, batches_cap;
    struct stated *stated;
    size_t stateds, stateds_cap;
    int64_t ledger_rows, ledger_registrations;
};

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEM, "no memory to load the data directory");
}

/* Room for one more element in an array of MEM_STORE. */
static int grow(void **p, size_t n, size_t *cap, size_t size, struct err *err)
{
    if (n < *cap)
        return 0;
    size_t more = *cap ? *cap * 2 : 64;
    void *q = mem_realloc(MEM_STORE, *p, more * size);
    if (q == NULL)
        return no_memory(err);
    *p = q;
    *cap = more;
    return 0;
}

static int load_segment(struct loading *l, struct stmt *st, const int32_t *counts, struct err *err)
{
    uint64_t id = (uint64_t)stmt_i64(st, 0);
    TRY(grow((void **)&l->seg, l->segs, &l->segs_cap, sizeof(struct seg *), err));
    TRY(seg_decode(stmt_blob(st, 1), id, l->s->schema, counts, l->tree, &l->seg[l->segs], err));
    l->segs++;
    l->s->segment_next = id + 1;
    return 0;
}

static int load_segments(struct loading *l, struct err *err)
{
    struct stmt st;
    int32_t counts[ATTRS_MAX] = {0};
    for (size_t i = 0; i < l->s->schema->n; i++)
        counts[i] = l->s->dict_saved[i];
    int rc;
    l->s->segment_next = 1;
    TRY(db_stmt(&l->s->db, "SELECT id, data FROM segment ORDER BY id", &st, err));
    while ((rc = stmt_step(&st, err)) == 1) {
        rc = load_segment(l, &st, counts, err);
        if (rc < 0) {
            stmt_done(&st);
            break;
        }
    }
    return rc;
}

/* The id of a text that must be in a dictionary of the snapshot already. */
static int known(struct loading *l, int attr, struct str text, int32_t *id, struct err *err)
{
    *id = dict_find(l->empty->dict[attr], text);
    if (*id >= 0)
        return 0;
    return err_set(err, ERR_CORRUPT, "the %s \"%.*s\" is missing among the stored words",
                   l->s->schema->attr[attr].name, STR_ARG(text));
}

static int load_batch(struct loading *l, struct stmt *st, struct err *err)
{
    TRY(grow((void **)&l->batch, l->batches, &l->batches_cap, sizeof(*l->batch), err));
    struct batch_note *n = &l->batch[l->batches];
    *n = (struct batch_note){
        .accepted = stmt_i64(st, 3),
        .rejected = stmt_i64(st, 4),
        .registrations = stmt_i64(st, 5),
        .received_ms = stmt_i64(st, 6),
        .snapshot = (uint64_t)stmt_i64(st, 7),
        .as_on = stmt_is_null(st, 8) ? DAY_NONE : (int32_t)stmt_i64(st, 8),
        .correction = str_eq(stmt_str(st, 9), STR("correction")),
    };
    TRY(known(l, ATTR_SOURCE, stmt_str(st, 1), &n->source, err));
    TRY(known(l, ATTR_BATCH, stmt_str(st, 2), &n->batch, err));
    l->batches++;
    l->ledger_rows += n->accepted;
    l->ledger_registrations += n->registrations;
    l->s->ledger_next = stmt_i64(st, 0) + 1;
    return 0;
}

static int load_ledger(struct loading *l, struct err *err)
{
    struct stmt st;
    int rc;
    l->s->ledger_next = 1;
    TRY(db_stmt(&l->s->db,
                "SELECT seq, source, batch_id, accepted, rejected, registrations, received_ms,"
                " snapshot, as_on, kind FROM ledger ORDER BY seq",
                &st, err));
    while ((rc = stmt_step(&st, err)) == 1) {
        rc = load_batch(l, &st, err);
        if (rc < 0) {
            stmt_done(&st);
            break;
        }
    }
    return rc;
}

static int load_figure(struct loading *l, struct stmt *st, struct err *err)
{
    TRY(grow((void **)&l->stated, l->stateds, &l->stateds_cap, sizeof(*l->stated), err));
    struct stated *f = &l->stated[l->stateds];
    *f = (struct stated){
        .as_on = (int32_t)stmt_i64(st, 0),
        .place = (uint32_t)stmt_i64(st, 1),
        .sector = (uint8_t)stmt_i64(st, 2),
        .total = stmt_i64(st, 3),
        .received_ms = stmt_i64(st, 5),
    };
    if (place_order(l->tree, f->place) == PLACE_NONE)
        return err_set(err, ERR_CORRUPT, "a published figure names place id %u, which is missing",
                       f->place);
    TRY(known(l, ATTR_SOURCE, stmt_str(st, 4), &f->source, err));
    l->stateds++;
    return 0;
}

static int load_stated(struct loading *l, struct err *err)
{
    struct stmt st;
    int rc;
    TRY(db_stmt(&l->s->db,
                "SELECT as_on, place_id, sector, total, source, received_ms FROM stated"
                " ORDER BY id",
                &st, err));
    while ((rc = stmt_step(&st, err)) == 1) {
        rc = load_figure(l, &st, err);
        if (rc < 0) {
            stmt_done(&st);
            break;
        }
    }
    return rc;
}

static int load_tree(struct loading *l, struct err *err)
{
    struct place_rows rows;
    TRY(places_load(&l->s->db, &l->mem, &rows, err));
    return place_tree_new(rows.row, rows.n, rows.fact_name, rows.facts, &l->tree, err);
}

/* What the ledger acknowledged must be what the segments hold. */
static int check_sums(const struct loading *l, const struct snap *s, struct err *err)
{
    if (s->rows == (uint64_t)l->ledger_rows && s->registrations == l->ledger_registrations)
        return 0;
    return err_set(err, ERR_CORRUPT,
                   "the ledger acknowledged %lld rows with %lld registrations, the segments hold "
                   "%llu with %lld",
                   (long long)l->ledger_rows, (long long)l->ledger_registrations,
                   (unsigned long long)s->rows, (long long)s->registrations);
}

static int64_t newest(const struct loading *l)
{
    int64_t ms = 0;
    for (size_t i = 0; i < l->batches; i++)
        ms = l->batch[i].received_ms > ms ? l->batch[i].received_ms : ms;
    for (size_t i = 0; i < l->stateds; i++)
        ms = l->stated[i].received_ms > ms ? l->stated[i].received_ms : ms;
    return ms;
}

static int assemble(struct loading *l, struct snap **out, struct err *err)
{
    struct snap_change change = {
        .merged = l->slabs.n > 0,
        .slab = l->slabs.at,
        .slabs = l->slabs.n,
        .dense = l->dense,
        .seg = l->seg,
        .segs = l->segs,
        .batch = l->batch,
        .batches = l->batches,
        .stated = l->stated,
        .stateds = l->stateds,
        .received_ms = newest(l),
    };
    struct snap *s;
    TRY(snap_next(l->empty, &change, &s, err));
    for (size_t i = 0; i < l->batches; i++)
        s->batch[i].snapshot = l->batch[i].snapshot; /* not the one just made */
    int rc = check_sums(l, s, err);
    if (rc < 0)
        snap_unref(s);
    else
        *out = s;
    return rc;
}

static int load_in_order(struct loading *l, struct snap **out, struct err *err)
{
    int64_t snapshot;
    TRY(meta_get_i64(&l->s->db, "snapshot", &snapshot, err));
    if (snapshot < 1)
        return err_set(err, ERR_CORRUPT, "panji.db has snapshot number %lld", (long long)snapshot);
    TRY(load_tree(l, err));
    TRY(snap_new(l->tree, l->s->schema, (uint64_t)snapshot - 1, &l->empty, err));
    TRY(words_load(l->s, l->empty, err));
    TRY(slabs_load(l->s, l->tree, &l->slabs, err));
    if (l->slabs.n > 0)
        TRY(dense_new(l->tree, l->slabs.at, l->slabs.n, store_threads(), &l->dense, err));
    TRY(load_segments(l, err));
    TRY(load_ledger(l, err));
    TRY(load_stated(l, err));
    return assemble(l, out, err);
}

int load_all(struct store *s, struct snap **out, struct err *err)
{
    struct loading l = {.s = s};
    arena_init(&l.mem, MEM_STORE, 0);
    int rc = load_in_order(&l, out, err);
    for (size_t i = 0; i < l.segs; i++)
        seg_unref(l.seg[i]);
    mem_free(MEM_STORE, l.seg);
    slab_list_fini(&l.slabs);
    dense_unref(l.dense);
    mem_free(MEM_STORE, l.batch);
    mem_free(MEM_STORE, l.stated);
    snap_unref(l.empty);
    place_tree_unref(l.tree);
    arena_fini(&l.mem);
    return rc;
}
