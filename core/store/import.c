/* SPDX-License-Identifier: MIT
 *
 * Committing batches. The batches that wait together go into one transaction and one snapshot:
 *
 *     begin
 *     for each: known already? answer from the ledger, else its ledger row, rejects and segments
 *     the new words of the dictionaries, the snapshot's number
 *     build the next snapshot (memory only; the last thing that may fail)
 *     commit, publish, answer
 *
 * An error of one batch before anything of it is written (other content under a known id, too
 * many registrations, no memory) is that batch's alone; once writing failed, all of them are rolled
 * back together. */
#include <stdio.h>
#include <string.h>

#include "audit.h"
#include "base/clock.h"
#include "base/date.h"
#include "base/hash.h"
#include "ids.h"
#include "ledger.h"
#include "parcel.h"
#include "parts.h"

/* One batch on its way. */
struct import {
    const struct batch_spec *spec;
    struct rows *rows;
    struct parcels *parcels;  /* or these, of a large batch */
    struct id_claims *claims; /* of a batch with ids; or NULL */
    struct taken_list taken;  /* what it takes from others */
    struct batch_result *out;
    bool fresh;     /* not in the ledger before */
    bool was_known; /* in the ledger when it was to be made ready */
};

/* What the group adds. */
struct group {
    struct store *s;
    struct snap *old;
    struct seg **seg;
    size_t segs, segs_cap;
    struct batch_note *note;
    size_t notes, notes_cap;
    struct idset *ids; /* with those of the batches so far */
    int64_t now_ms;
    int broken; /* an error that rolls all back, or 0 */
};

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEM, "no memory to store the batch");
}

static int segs_push(struct group *g, struct seg *seg, struct err *err)
{
    struct seg **p = mem_grown(MEM_STORE, g->seg, g->segs, &g->segs_cap, sizeof(struct seg *));
    if (p == NULL)
        return no_memory(err);
    g->seg = p;
    g->seg[g->segs++] = seg;
    return 0;
}

/* Room for one note more. */
static int note_room(struct group *g, struct err *err)
{
    struct batch_note *p = mem_grown(MEM_STORE, g->note, g->notes, &g->notes_cap, sizeof *p);
    if (p == NULL)
        return no_memory(err);
    g->note = p;
    return 0;
}

/* Rows first .. first + n - 1 as rows of their own, borrowed. */
static struct rows slice(const struct rows *r, size_t first, size_t n)
{
    struct rows part = *r;
    part.n = n;
    part.cap = n;
    part.place += first;
    part.sector += first;
    part.day += first;
    part.count += first;
    for (size_t a = 0; a < r->schema->n; a++)
        if (part.attr[a] != NULL)
            part.attr[a] += first;
    return part;
}

/* Takes the reference. */
static int add_segment(struct group *g, struct seg *seg, struct err *err)
{
    int rc = segs_push(g, seg, err);
    if (rc < 0)
        seg_unref(seg);
    return rc;
}

/* Shared words, order, segments. */
static int build_segments(struct group *g, struct rows *rows, const struct batch_note *note,
                          struct err *err)
{
    uint64_t id = g->s->segment_next + g->segs;
    TRY(rows_share(rows, g->old->dict, err));
    TRY(rows_sort(rows, g->old->tree, err));
    for (size_t at = 0; at < rows->n; at += SEGMENT_ROWS_MAX) {
        size_t left = rows->n - at;
        struct rows part = slice(rows, at, left < SEGMENT_ROWS_MAX ? left : SEGMENT_ROWS_MAX);
        struct seg *seg;
        TRY(seg_new(&part, g->old->tree, id++, &seg, err));
        seg_fill(seg, ATTR_SOURCE, note->source);
        seg_fill(seg, ATTR_BATCH, note->batch);
        TRY(add_segment(g, seg, err));
    }
    return 0;
}

static int take_parcels(struct group *g, struct parcels *p, const struct batch_note *note,
                        struct err *err)
{
    ASSERT(p->source == note->source && p->batch == note->batch);
    TRY(parcels_settle(p, g->old->tree, g->s->segment_next + g->segs, err));
    for (size_t i = 0; i < p->n; i++)
        TRY(add_segment(g, seg_ref(p->at[i].seg), err));
    return 0;
}

/* Are there still no more registrations than can be counted? */
static int check_total(const struct group *g, const struct import *im, struct err *err)
{
    int64_t total = g->old->registrations + im->out->registrations;
    for (size_t i = 0; i < g->notes; i++)
        total += g->note[i].registrations;
    if (total >= -REGISTRATIONS_MAX && total <= REGISTRATIONS_MAX)
        return 0;
    err_set(err, ERR_LIMIT, "with this batch there would be %lld registrations; %d can be counted",
            (long long)total, REGISTRATIONS_MAX);
    err_hint(err, "is the column \"count\" what it should be?");
    return ERR_LIMIT;
}

static int64_t next_seq(const struct group *g)
{
    return g->s->ledger_next + (int64_t)g->notes;
}

/* Memory only: the note and the segments. */
static int prepare(struct group *g, struct import *im, struct err *err)
{
    const struct batch_spec *spec = im->spec;
    struct dict *const *dict = g->old->dict;
    TRY(check_total(g, im, err));
    TRY(note_room(g, err));
    struct batch_note *note = &g->note[g->notes];
    *note = (struct batch_note){
        .seq = next_seq(g),
        .repeated = im->out->repeated,
        .replaced = im->out->replaced,
        .accepted = im->out->accepted,
        .rejected = im->out->rejected,
        .registrations = im->out->registrations,
        .received_ms = g->now_ms,
        .as_on = spec->as_on,
        .correction = spec->correction,
    };
    TRY(dict_intern(dict[ATTR_SOURCE], str_of(im->out->source), &note->source, err));
    TRY(dict_intern(dict[ATTR_BATCH], str_of(im->out->id), &note->batch, err));
    size_t before = g->segs;
    int rc = im->parcels != NULL ? take_parcels(g, im->parcels, note, err)
                                 : build_segments(g, im->rows, note, err);
    if (rc == 0 && spec->below != NULL)
        rc = store_check_below(g->old, g->seg + before, g->segs - before, im->spec->below, err);
    while (rc < 0 && g->segs > before)
        seg_unref(g->seg[--g->segs]);
    return rc;
}

static int insert_segment(struct group *g, const struct batch_result *names, const struct seg *seg,
                          struct str data, struct err *err)
{
    struct stmt st;
    TRY(db_stmt(&g->s->db, "INSERT INTO segment VALUES(?, ?, ?, ?, ?, ?, ?, ?)", &st, err));
    stmt_put_i64(&st, (int64_t)seg->id);
    stmt_put_str(&st, str_of(names->source));
    stmt_put_str(&st, str_of(names->id));
    stmt_put_i64(&st, (int64_t)seg->rows);
    stmt_put_i64(&st, seg->day_min);
    stmt_put_i64(&st, seg->day_max);
    stmt_put_i64(&st, (int64_t)data.n);
    stmt_put_blob(&st, data.p, data.n);
    TRY(stmt_run(&st, err));
    return part_write_seg(&g->s->db, seg, err);
}

static int write_segment(struct group *g, const struct batch_result *names, const struct seg *seg,
                         struct err *err)
{
    struct buf data;
    buf_init(&data, MEM_STORE);
    int rc = seg_encode(seg, &data, err);
    rc = rc < 0 ? rc : insert_segment(g, names, seg, buf_view(&data), err);
    buf_fini(&data);
    return rc;
}

static int write_parcels(struct group *g, const struct import *im, struct err *err)
{
    for (size_t i = 0; i < im->parcels->n; i++) {
        struct parcel *at = &im->parcels->at[i];
        TRY(insert_segment(g, im->out, at->seg, buf_view(&at->data), err));
        buf_fini(&at->data);
        if (im->claims != NULL && im->claims->n > 0)
            TRY(ids_write(&g->s->db, next_seq(g), at->seg->id, im->claims->row[i], at->seg->rows,
                          err));
    }
    return 0;
}

static int write_batch(struct group *g, const struct import *im, size_t first_seg, struct err *err)
{
    struct db *db = &g->s->db;
    TRY(ledger_write(db, im->spec, im->out, next_seq(g), 0, err));
    TRY(rejects_write(db, im->spec, im->out, err));
    if (im->parcels != NULL)
        return write_parcels(g, im, err);
    for (size_t i = first_seg; i < g->segs; i++)
        TRY(write_segment(g, im->out, g->seg[i], err));
    return 0;
}

/* ---- ids ------------------------------------------------------------------------------------- */

/* 1: what was decided about the ids still holds, and the rows are in the order of the tree. */
static int check_claims(const struct group *g, const struct import *im, struct err *err)
{
    if (im->claims == NULL)
        return 1;
    for (size_t i = 0; i < im->parcels->n; i++)
        if (im->parcels->at[i].seg->tree_version != g->old->tree->version)
            return 0;
    return ids_hold(g->ids, im->claims, err);
}

/* The name of the correction that comes with a batch: no source uses one like it, and another batch
 * of the same id has another source. */
static void name_correction(const struct batch_result *of, char out[BATCH_ID_BYTES_MAX + 1])
{
    enum { TAIL_BYTES = sizeof "-replaced-0123456789abcdef" - 1 };
    size_t n = strlen(of->id);
    if (n > BATCH_ID_BYTES_MAX - TAIL_BYTES)
        n = BATCH_ID_BYTES_MAX - TAIL_BYTES;
    while (n > 0 && ((unsigned char)of->id[n] & 0xC0) == 0x80) /* whole characters */
        n--;
    uint64_t h = hash64(of->source, strlen(of->source), 0);
    h = hash64(of->id, strlen(of->id), h);
    snprintf(out, BATCH_ID_BYTES_MAX + 1, "%.*s-replaced-%016llx", (int)n, of->id,
             (unsigned long long)h);
}

/* Rows that take the registrations off which one source had sent: a batch that comes and goes with
 * this one. */
static int write_taken(struct group *g, const struct import *im, int64_t part_of,
                       const struct taken *t, struct err *err)
{
    const struct snap *old = g->old;
    struct batch_result names = {.accepted = (int64_t)t->rows.n,
                                 .registrations = rows_registrations(&t->rows),
                                 .received_ms = g->now_ms,
                                 .snapshot = old->id + 1};
    struct batch_spec spec = *im->spec;
    struct seg *seg = NULL;
    memcpy(names.source, t->source, sizeof names.source);
    name_correction(im->out, names.id);
    spec.correction = true;
    TRY(note_room(g, err));
    struct batch_note *note = &g->note[g->notes];
    *note = (struct batch_note){
        .seq = next_seq(g),
        .accepted = names.accepted,
        .registrations = names.registrations,
        .received_ms = g->now_ms,
        .as_on = spec.as_on,
        .correction = true,
    };
    TRY(dict_intern(old->dict[ATTR_SOURCE], str_of(names.source), &note->source, err));
    TRY(dict_intern(old->dict[ATTR_BATCH], str_of(names.id), &note->batch, err));
    TRY(seg_retree(t->seg, old->tree, &seg, err));
    seg_fill(seg, ATTR_SOURCE, note->source);
    seg_fill(seg, ATTR_BATCH, note->batch);
    seg->id = g->s->segment_next + g->segs;
    TRY(add_segment(g, seg, err));
    TRY(ledger_write(&g->s->db, &spec, &names, next_seq(g), part_of, err));
    TRY(write_segment(g, &names, seg, err));
    g->notes++;
    return 0;
}

/* Behind the batch's own note. */
static int write_ids(struct group *g, const struct import *im, struct err *err)
{
    int64_t seq = next_seq(g) - 1;
    struct idset *next = NULL;
    if (im->claims == NULL || im->claims->n == 0)
        return 0;
    TRY(ids_key_note(g->s, err));
    TRY(ids_write_taken(&g->s->db, seq, &im->taken, err));
    for (size_t i = 0; i < im->taken.n; i++)
        TRY(write_taken(g, im, seq, &im->taken.at[i], err));
    TRY(ids_claim(g->ids, im->claims, seq, &next, err));
    idset_unref(g->ids);
    g->ids = next;
    return 0;
}

static int write_audit(struct group *g, const struct import *im, struct err *err)
{
    const struct batch_result *r = im->out;
    const struct audit_entry e = {.action =
                                      im->spec->correction ? STR("correction") : STR("import"),
                                  .object = str_of(r->id),
                                  .source = str_of(r->source),
                                  .why = im->spec->reason};
    const struct below_zero *below = im->spec->below;
    return audit_write(g->s, e, err,
                       "accepted %lld, rejected %lld, registrations %lld, repeated %lld, replaced "
                       "%lld%s",
                       (long long)r->accepted, (long long)r->rejected, (long long)r->registrations,
                       (long long)r->repeated, (long long)r->replaced,
                       below != NULL && below->total > 0 ? ", cells below zero allowed" : "");
}

/* ---- the group ------------------------------------------------------------------------------- */

static int known_already(struct import *im, const unsigned char sha256[32],
                         const struct batch_result *first, struct err *err)
{
    if (memcmp(sha256, im->spec->sha256, 32) == 0) {
        *im->out = *first;
        im->out->duplicate = true;
        return 0;
    }
    err_set(err, ERR_CONFLICT, "batch \"%s\" of source \"%s\" was stored with other content",
            first->id, first->source);
    err_hint(err, "a batch cannot be changed: send the new content under a new id");
    return ERR_CONFLICT;
}

/* 1: it is in the ledger and answered, or refused because its content was another. */
static int look_up(struct group *g, struct import *im, int *rc, struct err *err)
{
    struct batch_result first;
    unsigned char sha256[32];
    struct str source = str_of(im->out->source);
    int found = ledger_find(&g->s->db, source, str_of(im->out->id), &first, sha256, err);
    if (found == 1)
        *rc = known_already(im, sha256, &first, err);
    return found;
}

static int import_one(struct group *g, struct import *im, struct err *err)
{
    int known;
    int found = look_up(g, im, &known, err);
    if (found < 0)
        return g->broken = found;
    if (found == 1)
        return known;
    if (im->was_known) { /* and is not ready */
        err_set(err, ERR_BUSY, "the batch was taken back in this very moment");
        err_hint(err, "send it again");
        return ERR_BUSY;
    }
    int valid = check_claims(g, im, err);
    if (valid <= 0) {
        if (valid == 0)
            im->claims->stale = true;
        return valid;
    }
    size_t first_seg = g->segs;
    TRY(prepare(g, im, err));
    im->fresh = true;
    im->out->snapshot = g->old->id + 1;
    im->out->received_ms = g->now_ms;
    int rc = write_batch(g, im, first_seg, err);
    if (rc < 0)
        return g->broken = rc;
    g->notes++;
    rc = write_ids(g, im, err);
    rc = rc < 0 ? rc : write_audit(g, im, err);
    if (rc < 0)
        return g->broken = rc;
    return 0;
}

/* The end of the transaction. Nothing new: there is nothing to commit. */
static int seal(struct group *g, struct err *err)
{
    struct store *s = g->s;
    int32_t saved[ATTRS_MAX];
    struct snap *next;
    struct snap_change change = {
        .seg = g->seg,
        .segs = g->segs,
        .batch = g->note,
        .batches = g->notes,
        .received_ms = g->now_ms,
    };
    if (g->notes == 0) {
        store_rollback(s);
        return 0;
    }
    TRY(words_save(s, g->old, saved, err));
    TRY(meta_set_i64(&s->db, "snapshot", (int64_t)g->old->id + 1, err));
    TRY(snap_next(g->old, &change, &next, err));
    int rc = store_commit(s, err);
    if (rc < 0) {
        snap_unref(next);
        return rc;
    }
    memcpy(s->dict_saved, saved, sizeof saved);
    s->segment_next += g->segs;
    s->ledger_next += (int64_t)g->notes;
    snap_cell_set(s->cell, next);
    ids_publish(s, g->ids);
    g->ids = NULL;
    return 0;
}

/* The jobs of one transaction: first, and so on before end. */
struct part {
    struct job *first, *end;
};

/* All that would have been answered from this transaction share its end. */
static void fail_all(struct part part, int rc, const struct err *err)
{
    for (struct job *j = part.first; j != part.end; j = j->next)
        if (j->rc == 0 || j->rc == rc) {
            j->rc = rc;
            j->err = *err;
        }
}

/* Nothing was written, or its outcome is not known: what was in the ledger before is answered all
 * the same, but never a batch of this very transaction. */
static void answer_known(struct group *g, struct part part, int rc, const struct err *err)
{
    for (struct job *j = part.first; j != part.end; j = j->next) {
        struct import *im = j->arg;
        if (!im->fresh && look_up(g, im, &j->rc, &j->err) == 1)
            continue;
        j->rc = rc;
        j->err = *err;
    }
}

static void run_group(struct group *g, struct part part)
{
    struct err err;
    int rc = store_writable(g->s, &err);
    if (rc < 0) {
        answer_known(g, part, rc, &err);
        return;
    }
    rc = db_begin(&g->s->db, &err);
    for (struct job *j = part.first; j != part.end; j = j->next)
        j->rc = 0;
    for (struct job *j = part.first; j != part.end && rc == 0; j = j->next) {
        g->s->who = j->who;
        j->rc = import_one(g, j->arg, &j->err);
        if (g->broken < 0) {
            rc = g->broken;
            err = j->err;
        }
    }
    if (rc == 0)
        rc = seal(g, &err);
    if (rc < 0) {
        store_rollback(g->s);
        answer_known(g, part, rc, &err);
    }
}

/* Looked at against the snapshot: nothing of its own transaction may stand before it. */
static bool stands_alone(const struct job *j)
{
    const struct import *im = j->arg;
    return im->spec->below != NULL;
}

static struct part next_part(struct job *first)
{
    struct part p = {first, first->next};
    while (p.end != NULL && !stands_alone(first) && !stands_alone(p.end))
        p.end = p.end->next;
    return p;
}

static void run_part(struct store *s, struct part part)
{
    struct group *g = mem_calloc(MEM_STORE, 1, sizeof *g);
    if (g == NULL) {
        struct err err;
        int rc = no_memory(&err);
        fail_all(part, rc, &err);
        return;
    }
    g->s = s;
    g->now_ms = clock_wall_ms();
    g->old = snap_cell_get(s->cell);
    g->ids = store_ids(s);
    run_group(g, part);
    for (size_t i = 0; i < g->segs; i++)
        seg_unref(g->seg[i]);
    mem_free(MEM_STORE, g->seg);
    mem_free(MEM_STORE, g->note);
    idset_unref(g->ids);
    snap_unref(g->old);
    mem_free(MEM_STORE, g);
}

void import_run(struct store *s, struct job *list)
{
    while (list != NULL) {
        struct part part = next_part(list);
        run_part(s, part);
        list = part.end;
    }
}

/* ---- the caller's side ---------------------------------------------------------------------- */

static int fill_names(const struct batch_spec *spec, struct batch_result *out, struct err *err)
{
    if (spec->source.n == 0 || spec->source.n > SOURCE_BYTES_MAX)
        return err_set(err, ERR_LIMIT, "the name of a source has 1 to %d bytes, this one %zu",
                       SOURCE_BYTES_MAX, spec->source.n);
    if (spec->id.n > BATCH_ID_BYTES_MAX)
        return err_set(err, ERR_LIMIT, "the id of a batch has at most %d bytes, this one %zu",
                       BATCH_ID_BYTES_MAX, spec->id.n);
    memcpy(out->source, spec->source.p, spec->source.n);
    if (spec->id.n > 0)
        memcpy(out->id, spec->id.p, spec->id.n);
    else
        hex_encode(spec->sha256, sizeof spec->sha256, out->id);
    return 0;
}

/* Done on the caller's thread, so that the storage thread has less to do. */
static int presort(struct store *s, struct rows *rows, struct err *err)
{
    struct snap *snap = snap_cell_get(s->cell);
    int rc = rows_sort(rows, snap->tree, err);
    snap_unref(snap);
    return rc;
}

/* A batch that comes packed. */
static int import_packed(struct store *s, struct import *im, struct seg *const *seg, size_t segs,
                         struct dict *const *words, struct pool *pool, struct err *err)
{
    struct batch_result *out = im->out;
    for (size_t i = 0; i < segs; i++) {
        out->accepted += (int64_t)seg[i]->rows;
        out->registrations += seg[i]->registrations;
    }
    TRY(fill_names(im->spec, out, err));
    int rc = parcels_new(s, out, seg, segs, words, pool, &im->parcels, err);
    im->was_known = rc == 0;
    struct job job = {.kind = JOB_IMPORT, .arg = im};
    rc = rc < 0 ? rc : queue_do(&s->queue, &job, err);
    parcels_free(im->parcels);
    return rc;
}

int store_import_segs(struct store *s, const struct batch_spec *spec, struct seg *const *seg,
                      size_t segs, struct dict *const *words, struct pool *pool,
                      struct batch_result *out, struct err *err)
{
    struct import im = {.spec = spec, .out = out};
    *out = (struct batch_result){.rejected = spec->rejected};
    return import_packed(s, &im, seg, segs, words, pool, err);
}

/* Corrections of registrations that are replaced stay behind. */
static int note_below(struct store *s, const struct import *im, struct seg *const *seg, size_t segs,
                      struct err *err)
{
    const struct taken_list *taken = &im->taken;
    if (im->spec->replaced == NULL || taken->n == 0)
        return 0;
    struct seg **all = mem_alloc(MEM_STORE, (segs + taken->n) * sizeof(struct seg *));
    if (all == NULL)
        return no_memory(err);
    for (size_t i = 0; i < segs; i++)
        all[i] = seg[i];
    for (size_t i = 0; i < taken->n; i++)
        all[segs + i] = taken->at[i].seg;
    struct snap *now = snap_cell_get(s->cell);
    store_note_below(now, all, segs + taken->n, im->spec->replaced);
    snap_unref(now);
    mem_free(MEM_STORE, all);
    return 0;
}

int store_import_ids(struct store *s, const struct batch_spec *spec, struct id_claims *claims,
                     struct seg *const *seg, size_t segs, struct dict *const *words,
                     struct pool *pool, struct batch_result *out, struct err *err)
{
    struct import im = {.spec = spec, .claims = claims, .out = out};
    *out = (struct batch_result){.rejected = spec->rejected, .repeated = spec->repeated};
    claims->stale = false;
    int rc = claims->replace ? ids_take(s, claims, &im.taken, err) : 0;
    out->replaced = im.taken.rows;
    rc = rc < 0 ? rc : note_below(s, &im, seg, segs, err);
    rc = rc < 0 ? rc : import_packed(s, &im, seg, segs, words, pool, err);
    taken_list_fini(&im.taken);
    return rc;
}

int store_import(struct store *s, const struct batch_spec *spec, struct rows *rows,
                 struct batch_result *out, struct err *err)
{
    *out = (struct batch_result){
        .accepted = (int64_t)rows->n,
        .rejected = spec->rejected,
        .registrations = rows_registrations(rows),
    };
    TRY(fill_names(spec, out, err));
    struct import im = {.spec = spec, .rows = rows, .out = out};
    TRY(presort(s, rows, err));
    struct job job = {.kind = JOB_IMPORT, .arg = &im};
    return queue_do(&s->queue, &job, err);
}
