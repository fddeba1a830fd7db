/* SPDX-License-Identifier: MIT
 *
 * Loading: everything on disk becomes the first snapshot. Nothing read here is trusted: segments
 * carry checksums, ids must run without gaps, and the sums of the ledger must be those of the
 * segments. What retracted batches lose is not stored: it is summed up again from their rows. The
 * snapshot has the number of the last one published, so that answers keep their tag over a restart.
 */
#include <math.h>
#include <string.h>

#include "audit.h"
#include "base/date.h"
#include "base/pool.h"
#include "ids.h"
#include "ledger.h"
#include "parts.h"
#include "slabs.h"
#include "store_int.h"

struct loading {
    struct store *s;
    struct arena mem;
    struct place_tree *tree;
    struct place_history *history;
    struct snap *empty; /* holds the dictionaries */
    struct slab_list slabs;
    struct dense *dense;
    size_t folded; /* retractions that it takes off */
    struct seg **seg;
    size_t segs, segs_cap;
    struct batch_note *batch;
    size_t batches, batches_cap;
    struct retraction *gone;
    size_t gones, gones_cap;
    struct stated *stated;
    size_t stateds, stateds_cap;
    struct upload_set *uploads;
    int64_t ledger_rows, ledger_registrations;
    struct loss lost; /* of all batches: what was written off */
};

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEM, "no memory to load the data directory");
}

/* Segments are read one after the other and decoded side by side, a round of them at a time, so
 * that what is held twice is bounded. */
enum { ROUND_SEGS = 64, ROUND_BYTES = 32 << 20, ROUND_ALONE_BYTES = 1 << 20 };

struct round {
    struct loading *l;
    const int32_t *counts; /* words by attribute */
    struct pool *pool;     /* made when a round is worth it */
    size_t first, n;       /* of l->seg */
    size_t bytes;
    uint64_t id[ROUND_SEGS];
    struct buf data[ROUND_SEGS];
};

static int decode_segment(void *ctx, size_t i, struct err *err)
{
    struct round *r = ctx;
    struct loading *l = r->l;
    return seg_decode(buf_view(&r->data[i]), r->id[i], l->s->schema, r->counts, l->tree,
                      &l->seg[r->first + i], err);
}

static int end_round(struct round *r, struct err *err)
{
    int rc = 0;
    if (r->pool == NULL && r->bytes > ROUND_ALONE_BYTES && r->n > 1)
        rc = pool_new("load", store_threads(), ROUND_SEGS, &r->pool, err);
    rc = rc < 0 ? rc : pool_each(r->pool, r->n, decode_segment, r, err);
    for (size_t i = 0; i < r->n; i++)
        buf_clear(&r->data[i]);
    r->n = r->bytes = 0;
    return rc;
}

/* Takes the bytes over. */
static int read_segment(struct round *r, uint64_t id, struct buf *data, struct err *err)
{
    struct loading *l = r->l;
    if (r->n == ROUND_SEGS || r->bytes + data->n > ROUND_BYTES)
        TRY(end_round(r, err));
    struct seg **grown = mem_grown(MEM_STORE, l->seg, l->segs, &l->segs_cap, sizeof(struct seg *));
    if (grown == NULL)
        return no_memory(err);
    l->seg = grown;
    if (r->n == 0)
        r->first = l->segs;
    r->id[r->n] = id;
    r->bytes += data->n;
    l->seg[l->segs++] = NULL;
    struct buf spare = r->data[r->n];
    r->data[r->n++] = *data;
    *data = spare;
    return 0;
}

static int read_segments(struct round *r, struct err *err)
{
    struct store *s = r->l->s;
    struct parts parts = {.db = &s->db, .damage = &s->damage};
    struct buf data;
    uint64_t id;
    int rc;
    buf_init(&data, MEM_STORE);
    while ((rc = parts_next(&parts, &id, &data, err)) == 1) {
        rc = read_segment(r, id, &data, err);
        if (rc < 0)
            break;
    }
    buf_fini(&data);
    return rc < 0 ? rc : end_round(r, err);
}

static int load_segments(struct loading *l, struct err *err)
{
    int32_t counts[ATTRS_MAX] = {0};
    struct round *r = mem_calloc(MEM_STORE, 1, sizeof *r);
    if (r == NULL)
        return no_memory(err);
    for (size_t i = 0; i < l->s->schema->n; i++)
        counts[i] = l->s->dict_saved[i];
    for (size_t i = 0; i < ROUND_SEGS; i++)
        buf_init(&r->data[i], MEM_STORE);
    r->l = l;
    r->counts = counts;
    int rc = parts_next_id(&l->s->db, false, &l->s->segment_next, err);
    rc = rc < 0 ? rc : read_segments(r, err);
    pool_free(r->pool);
    for (size_t i = 0; i < ROUND_SEGS; i++)
        buf_fini(&r->data[i]);
    mem_free(MEM_STORE, r);
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
    struct batch_note *grown =
        mem_grown(MEM_STORE, l->batch, l->batches, &l->batches_cap, sizeof *grown);
    if (grown == NULL)
        return no_memory(err);
    l->batch = grown;
    struct batch_note *n = &l->batch[l->batches];
    *n = (struct batch_note){
        .seq = stmt_i64(st, 0),
        .accepted = stmt_i64(st, 3),
        .rejected = stmt_i64(st, 4),
        .registrations = stmt_i64(st, 5),
        .received_ms = stmt_i64(st, 6),
        .snapshot = (uint64_t)stmt_i64(st, 7),
        .as_on = stmt_is_null(st, 8) ? DAY_NONE : (int32_t)stmt_i64(st, 8),
        .correction = str_eq(stmt_str(st, 9), STR("correction")),
        .repeated = stmt_i64(st, 10),
        .replaced = stmt_i64(st, 11),
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
                " snapshot, as_on, kind, repeated, replaced FROM ledger ORDER BY seq",
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

static const struct batch_note *note_of(const struct loading *l, const struct retraction *r)
{
    for (size_t i = 0; i < l->batches; i++)
        if (l->batch[i].source == r->source && l->batch[i].batch == r->batch)
            return &l->batch[i];
    return NULL;
}

static int load_retraction(struct loading *l, struct stmt *st, struct err *err)
{
    struct retraction *grown =
        mem_grown(MEM_STORE, l->gone, l->gones, &l->gones_cap, sizeof *grown);
    if (grown == NULL)
        return no_memory(err);
    l->gone = grown;
    struct retraction *r = &l->gone[l->gones];
    *r = (struct retraction){
        .retracted_ms = stmt_i64(st, 2),
        .reason = str_copy(&l->mem, stmt_str(st, 3)),
        .snapshot = (uint64_t)stmt_i64(st, 4),
    };
    if (r->reason.p == NULL)
        return no_memory(err);
    TRY(known(l, ATTR_SOURCE, stmt_str(st, 0), &r->source, err));
    TRY(known(l, ATTR_BATCH, stmt_str(st, 1), &r->batch, err));
    l->gones++;
    return 0;
}

static int load_retractions(struct loading *l, struct err *err)
{
    struct stmt st;
    int rc;
    TRY(db_stmt(&l->s->db,
                "SELECT source, batch_id, retracted_ms, reason, snapshot FROM retraction"
                " ORDER BY snapshot",
                &st, err));
    while ((rc = stmt_step(&st, err)) == 1) {
        rc = load_retraction(l, &st, err);
        if (rc < 0) {
            stmt_done(&st);
            break;
        }
    }
    return rc;
}

/* The rows of a retracted batch must be those that the ledger acknowledged, but for what was
 * written off with it and what is damaged now. */
static int check_retraction(const struct loading *l, const struct retraction *r, struct err *err)
{
    struct loss lost;
    const struct batch_note *note = note_of(l, r);
    TRY(loss_read(&l->s->db, dict_get(l->empty->dict[ATTR_SOURCE], r->source),
                  dict_get(l->empty->dict[ATTR_BATCH], r->batch), &lost, err));
    if (note != NULL && note->accepted == r->rows + lost.rows &&
        note->registrations == r->registrations + lost.registrations)
        return 0;
    if (note != NULL && l->s->damage.n > 0 && r->rows <= note->accepted)
        return 0;
    return err_set(err, ERR_CORRUPT,
                   "the retracted batch \"%.*s\" of \"%.*s\" holds %lld rows with %lld "
                   "registrations, which is not what the ledger acknowledged",
                   STR_ARG(dict_get(l->empty->dict[ATTR_BATCH], r->batch)),
                   STR_ARG(dict_get(l->empty->dict[ATTR_SOURCE], r->source)), (long long)r->rows,
                   (long long)r->registrations);
}

static int find_retracted(struct loading *l, struct err *err)
{
    struct held held = {.tree = l->tree,
                        .schema = l->s->schema,
                        .seg = l->seg,
                        .segs = l->segs,
                        .slab = l->slabs.at,
                        .slabs = l->slabs.n};
    if (l->gones == 0)
        return 0;
    TRY(retraction_take(&held, l->gone, l->gones, err));
    for (size_t i = 0; i < l->gones; i++)
        TRY(check_retraction(l, &l->gone[i], err));
    return 0;
}

/* The dense cube of the slabs, without what was retracted. */
static int build_dense(struct loading *l, struct err *err)
{
    struct dense_rows rows = {.slab = l->slabs.at, .slabs = l->slabs.n};
    if (l->slabs.n == 0)
        return 0;
    struct seg **minus = ARENA_ARRAY(&l->mem, struct seg *, l->gones);
    if (minus == NULL)
        return no_memory(err);
    for (size_t i = 0; i < l->gones; i++)
        if (l->gone[i].minus != NULL)
            minus[rows.minuses++] = l->gone[i].minus;
    rows.minus = minus;
    l->folded = rows.minuses;
    return dense_new(l->tree, &rows, store_threads(), &l->dense, err);
}

static int load_figure(struct loading *l, struct stmt *st, struct err *err)
{
    struct stated *grown =
        mem_grown(MEM_STORE, l->stated, l->stateds, &l->stateds_cap, sizeof *grown);
    if (grown == NULL)
        return no_memory(err);
    l->stated = grown;
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
    return places_tree(&rows, &l->mem, &l->tree, &l->history, err);
}

/* What the ledger acknowledged must be what the segments hold. */
static int check_sums(const struct loading *l, const struct snap *s, struct err *err)
{
    int64_t registrations = s->registrations;
    for (size_t i = 0; i < l->gones; i++)
        registrations += l->gone[i].registrations;
    if (l->s->damage.n > 0)
        return 0; /* batch by batch, in account */
    if (s->rows + (uint64_t)l->lost.rows == (uint64_t)l->ledger_rows &&
        registrations + l->lost.registrations == l->ledger_registrations)
        return 0;
    return err_set(err, ERR_CORRUPT,
                   "the ledger acknowledged %lld rows with %lld registrations, the segments hold "
                   "%llu with %lld",
                   (long long)l->ledger_rows, (long long)l->ledger_registrations,
                   (unsigned long long)s->rows, (long long)registrations);
}

static int64_t newest(const struct loading *l)
{
    int64_t ms = 0;
    for (size_t i = 0; i < l->batches; i++)
        ms = l->batch[i].received_ms > ms ? l->batch[i].received_ms : ms;
    for (size_t i = 0; i < l->gones; i++)
        ms = l->gone[i].retracted_ms > ms ? l->gone[i].retracted_ms : ms;
    for (size_t i = 0; i < l->stateds; i++)
        ms = l->stated[i].received_ms > ms ? l->stated[i].received_ms : ms;
    return ms;
}

/* What the counts lose by what is damaged. */
static int account(struct loading *l, const struct snap *s, struct err *err)
{
    struct damage *d = &l->s->damage;
    struct held held = snap_held(s);
    if (d->n == 0)
        return 0;
    return damage_account(d, &held, s->batch, s->batch_count, s->gone, err);
}

static int assemble(struct loading *l, struct snap **out, struct err *err)
{
    struct snap_change change = {
        .tree = l->tree,
        .history = l->history,
        .merged = l->slabs.n > 0,
        .slab = l->slabs.at,
        .slabs = l->slabs.n,
        .dense = l->dense,
        .folded = l->folded,
        .seg = l->seg,
        .segs = l->segs,
        .batch = l->batch,
        .batches = l->batches,
        .retraction = l->gone,
        .retractions = l->gones,
        .stated = l->stated,
        .stateds = l->stateds,
        .uploads = l->uploads,
        .received_ms = newest(l),
    };
    struct snap *s;
    TRY(snap_next(l->empty, &change, &s, err));
    for (size_t i = 0; i < l->batches; i++)
        s->batch[i].snapshot = l->batch[i].snapshot; /* not the one just made */
    int rc = check_sums(l, s, err);
    rc = rc < 0 ? rc : account(l, s, err);
    if (rc < 0)
        snap_unref(s);
    else
        *out = s;
    return rc;
}

static int load_in_order(struct loading *l, struct snap **out, struct err *err)
{
    int64_t snapshot;
    TRY(unread_name("meta", meta_get_i64(&l->s->db, "snapshot", &snapshot, err), err));
    if (snapshot < 1)
        return err_set(err, ERR_CORRUPT, "panji.db has snapshot number %lld", (long long)snapshot);
    TRY(unread_name("place", load_tree(l, err), err));
    TRY(snap_new(l->tree, l->s->schema, (uint64_t)snapshot - 1, &l->empty, err));
    TRY(unread_name("word", words_load(l->s, l->empty, err), err));
    TRY(unread_name("slab", slabs_load(l->s, l->tree, &l->slabs, err), err));
    TRY(unread_name("segment", load_segments(l, err), err));
    TRY(unread_name("ledger", load_ledger(l, err), err));
    TRY(unread_name("lost", losses_sum(&l->s->db, &l->lost, err), err));
    TRY(unread_name("retraction", load_retractions(l, err), err));
    TRY(find_retracted(l, err));
    TRY(build_dense(l, err));
    TRY(unread_name("stated", load_stated(l, err), err));
    TRY(unread_name("upload", uploads_load(&l->s->db, l->tree, &l->uploads, err), err));
    TRY(ids_load(l->s, err));
    TRY(audit_load(l->s, err));
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
    for (size_t i = 0; i < l.gones; i++)
        seg_unref(l.gone[i].minus);
    mem_free(MEM_STORE, l.gone);
    mem_free(MEM_STORE, l.stated);
    upload_set_unref(l.uploads);
    snap_unref(l.empty);
    history_unref(l.history);
    place_tree_unref(l.tree);
    arena_fini(&l.mem);
    return rc;
}
