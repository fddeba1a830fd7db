/* SPDX-License-Identifier: MIT
 *
 * Retracting a batch. Its rows stay where they are; one row of the table says that they no longer
 * count, and the snapshot published with it takes them off.
 *
 *     caller's thread    find the batch's rows in the current snapshot, sum them up
 *     storage thread     retracted before? the first outcome. Else one transaction:
 *                        write the row, build the next snapshot, commit, publish
 *
 * Rows of a batch that is committed never change, so what was summed up holds in every later
 * snapshot too; only the places may have been numbered anew meanwhile. A merge that is under way
 * needs no care: its slabs hold the same rows, and the retraction is the snapshot's.
 *
 * A batch that replaced registrations of others came with corrections that take those off, a batch
 * for each source: they go together. */
#include <string.h>

#include "audit.h"
#include "base/clock.h"
#include "ids.h"
#include "ledger.h"
#include "parts.h"
#include "store_int.h"

/* A batch that goes: the one that was named, and the corrections that came with it. */
struct part {
    int64_t seq;
    int64_t accepted, registrations; /* as acknowledged */
};

struct retract {
    const struct retract_spec *spec;
    struct retract_result *out;
    struct part *part; /* the named one first */
    size_t parts;
    struct retraction *found; /* by part: what the caller's thread summed up */
    bool summed;
};

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEM, "no memory to retract the batch");
}

/* ---- the storage thread --------------------------------------------------------------------- */

/* What the ledger says of the batch, and its retraction: 1, or 0 where there is none yet. */
static int look_up(struct store *s, struct retract *r, struct err *err)
{
    struct batch_result batch;
    unsigned char sha256[32];
    struct retract_result *out = r->out;
    TRY(ledger_source(&s->db, r->spec->source, r->spec->id, out->source, err));
    memcpy(out->id, r->spec->id.p, r->spec->id.n);
    TRY(ledger_find(&s->db, str_of(out->source), r->spec->id, &batch, sha256, err));
    out->accepted = batch.accepted;
    out->registrations = batch.registrations;
    int rc = retraction_read(&s->db, out, err);
    out->duplicate = rc == 1;
    return rc;
}

static int add_part(struct retract *r, int64_t seq, struct err *err)
{
    struct part *more = mem_realloc(MEM_STORE, r->part, (r->parts + 1) * sizeof *more);
    if (more == NULL)
        return no_memory(err);
    r->part = more;
    r->part[r->parts++] = (struct part){.seq = seq};
    return 0;
}

/* A correction that came with another batch goes with it, and not before. */
static int goes_with(struct store *s, const struct retract *r, int64_t seq, struct err *err)
{
    struct stmt st;
    TRY(db_stmt(&s->db, "SELECT source, batch_id FROM ledger WHERE seq = ?", &st, err));
    stmt_put_i64(&st, seq);
    int rc = stmt_step(&st, err);
    if (rc < 0)
        return rc;
    struct str source = rc ? stmt_str(&st, 0) : STR("?"), id = rc ? stmt_str(&st, 1) : STR("?");
    err_set(err, ERR_CONFLICT,
            "batch \"%s\" came with batch \"%.*s\" of source \"%.*s\" and goes with it", r->out->id,
            STR_ARG(id), STR_ARG(source));
    err_hint(err, "retract that one");
    stmt_done(&st);
    return ERR_CONFLICT;
}

/* The number of the named batch in the ledger, and those of the corrections that came with it. */
static int list_parts(struct store *s, void *arg, struct err *err)
{
    struct retract *r = arg;
    struct stmt st;
    int64_t seq = 0, part_of = 0;
    TRY(ledger_source(&s->db, r->spec->source, r->spec->id, r->out->source, err));
    memcpy(r->out->id, r->spec->id.p, r->spec->id.n);
    TRY(ledger_number(&s->db, str_of(r->out->source), r->spec->id, &seq, &part_of, err));
    if (part_of != 0)
        return goes_with(s, r, part_of, err);
    TRY(add_part(r, seq, err));
    TRY(db_stmt(&s->db, "SELECT seq FROM ledger WHERE part_of = ? ORDER BY seq", &st, err));
    stmt_put_i64(&st, seq);
    int rc;
    while ((rc = stmt_step(&st, err)) == 1) {
        rc = add_part(r, stmt_i64(&st, 0), err);
        if (rc < 0) {
            stmt_done(&st);
            break;
        }
    }
    return rc;
}

/* While a later batch counts registrations in the place of this one's, this one must stay: without
 * it they would be taken off twice. */
static int check_replaced(struct store *s, const struct retract *r, struct err *err)
{
    struct stmt st;
    TRY(db_stmt(&s->db,
                "SELECT l.source, l.batch_id, i.n FROM id_replaced AS i JOIN ledger AS l USING(seq)"
                " LEFT JOIN retraction AS t USING(source, batch_id)"
                " WHERE i.old_seq = ? AND t.snapshot IS NULL ORDER BY i.seq DESC LIMIT 1",
                &st, err));
    stmt_put_i64(&st, r->part[0].seq);
    int rc = stmt_step(&st, err);
    if (rc <= 0)
        return rc;
    err_set(err, ERR_CONFLICT,
            "%lld registrations of batch \"%s\" were replaced by batch \"%.*s\" of source \"%.*s\"",
            (long long)stmt_i64(&st, 2), r->out->id, STR_ARG(stmt_str(&st, 1)),
            STR_ARG(stmt_str(&st, 0)));
    err_hint(err, "retract that one first, then this one, and send that one again under a new id");
    stmt_done(&st);
    return ERR_CONFLICT;
}

static const struct loss *loss_of(struct store *s, const struct retract *r, size_t i)
{
    static const struct loss none;
    const struct loss *lost = store_loss_of(s, r->found[i].source, r->found[i].batch);
    return lost != NULL ? lost : &none;
}

static bool is_loss(const struct loss *lost)
{
    return lost->rows != 0 || lost->registrations != 0;
}

/* All rows that the ledger acknowledged must be found, or they could not be taken off. Rows of a
 * bulk load may not say whose they are. */
static int check_found(struct store *s, const struct retract *r, struct err *err)
{
    for (size_t i = 0; i < r->parts; i++) {
        const struct part *is = &r->part[i];
        const struct retraction *found = &r->found[i];
        const struct loss *lost = loss_of(s, r, i);
        if (found->rows + lost->rows == is->accepted &&
            found->registrations + lost->registrations == is->registrations)
            continue;
        return err_set(
            err, ERR_UNSUPPORTED,
            "of the %lld rows of batch \"%s\" only %lld say that they are of it; it cannot be "
            "retracted",
            (long long)is->accepted, r->out->id, (long long)found->rows);
    }
    return 0;
}

/* A batch of negative counts leaves more behind when it goes. */
static int check_total(const struct snap *old, const struct retract *r, struct err *err)
{
    int64_t total = old->registrations;
    for (size_t i = 0; i < r->parts; i++)
        total -= r->found[i].registrations;
    if (total >= -REGISTRATIONS_MAX && total <= REGISTRATIONS_MAX)
        return 0;
    return err_set(err, ERR_LIMIT,
                   "without this batch there would be %lld registrations; %d can be counted",
                   (long long)total, REGISTRATIONS_MAX);
}

/* The next snapshot. The sums may be of an older numbering of the places. */
static int build(const struct snap *old, const struct retract *r, struct retraction *now,
                 struct snap **next, struct err *err)
{
    struct snap_change change = {
        .retraction = now, .retractions = r->parts, .received_ms = r->out->retracted_ms};
    for (size_t i = 0; i < r->parts; i++) {
        now[i] = r->found[i];
        now[i].retracted_ms = r->out->retracted_ms;
        now[i].snapshot = r->out->snapshot;
        now[i].reason = str_of(r->out->reason);
        now[i].minus = NULL;
    }
    for (size_t i = 0; i < r->parts; i++)
        if (r->found[i].minus != NULL)
            TRY(seg_retree(r->found[i].minus, old->tree, &now[i].minus, err));
    return snap_next(old, &change, next, err);
}

static int build_next(const struct snap *old, const struct retract *r, struct snap **next,
                      struct err *err)
{
    struct retraction *now = mem_calloc(MEM_STORE, r->parts, sizeof *now);
    if (now == NULL)
        return no_memory(err);
    int rc = build(old, r, now, next, err);
    for (size_t i = 0; i < r->parts; i++)
        seg_unref(now[i].minus);
    mem_free(MEM_STORE, now);
    return rc;
}

/* What a damaged batch has lost is written off with it. Behind the last such batch nothing counts
 * that the parts hold which were left out; those that a scrub found are counted still. */
static int write_off(struct store *s, const struct retract_result *row, const struct loss *lost,
                     struct err *err)
{
    return is_loss(lost) ? loss_write(&s->db, row, lost, err) : 0;
}

static int drop_damaged(struct store *s, const struct retract *r, struct err *err)
{
    size_t lossy = 0;
    for (size_t i = 0; i < r->parts; i++)
        lossy += is_loss(loss_of(s, r, i));
    if (lossy == 0 || s->damage.losses != lossy)
        return 0;
    for (size_t i = 0; i < s->damage.n; i++)
        if (!s->damage.at[i].counted)
            TRY(part_drop(&s->db, s->damage.at[i].slab, s->damage.at[i].id, &s->damage, err));
    return 0;
}

static int write_rows(struct store *s, const struct retract *r, const struct snap *old,
                      struct err *err)
{
    for (size_t i = 0; i < r->parts; i++) {
        struct retract_result row = *r->out;
        struct str source = dict_get(old->dict[ATTR_SOURCE], r->found[i].source);
        struct str id = dict_get(old->dict[ATTR_BATCH], r->found[i].batch);
        ASSERT(source.n < sizeof row.source && id.n < sizeof row.id);
        memcpy(row.source, source.p, source.n + 1);
        memcpy(row.id, id.p, id.n + 1);
        TRY(retraction_write(&s->db, &row, err));
        TRY(write_off(s, &row, loss_of(s, r, i), err));
    }
    return meta_set_i64(&s->db, "snapshot", (int64_t)r->out->snapshot, err);
}

/* Its registrations may be sent again. */
static int free_ids(struct store *s, const struct retract *r, struct idset **out, struct err *err)
{
    struct idset *now = store_ids(s);
    int rc = idset_retract(now, (uint32_t)r->part[0].seq, out, err);
    idset_unref(now);
    return rc;
}

static int commit_and_publish(struct store *s, struct snap *next, struct idset *ids,
                              struct err *err)
{
    int rc = store_commit(s, err);
    if (rc < 0) {
        snap_unref(next);
        idset_unref(ids);
        return rc;
    }
    snap_cell_set(s->cell, next);
    ids_publish(s, ids);
    return 0;
}

static int write_and_publish(struct store *s, const struct retract *r, const struct snap *old,
                             struct err *err)
{
    struct snap *next;
    struct idset *ids;
    const struct audit_entry e = {.action = STR("retract"),
                                  .object = str_of(r->out->id),
                                  .source = str_of(r->out->source),
                                  .why = r->spec->reason};
    TRY(write_rows(s, r, old, err));
    TRY(drop_damaged(s, r, err));
    TRY(audit_write(s, e, err, "accepted %lld, registrations %lld", (long long)r->out->accepted,
                    (long long)r->out->registrations));
    TRY(build_next(old, r, &next, err));
    int rc = free_ids(s, r, &ids, err);
    if (rc < 0) {
        snap_unref(next);
        return rc;
    }
    return commit_and_publish(s, next, ids, err);
}

static int retract_fresh(struct store *s, struct retract *r, const struct snap *old,
                         struct err *err)
{
    if (!r->summed)
        return err_set(err, ERR_BUSY, "the batch was committed this moment: try again");
    TRY(check_replaced(s, r, err));
    TRY(check_found(s, r, err));
    TRY(check_total(old, r, err));
    TRY(store_writable(s, err));
    TRY(db_begin(&s->db, err));
    r->out->retracted_ms = clock_wall_ms();
    r->out->snapshot = old->id + 1;
    if (r->spec->reason.n > 0)
        memcpy(r->out->reason, r->spec->reason.p, r->spec->reason.n);
    int rc = write_and_publish(s, r, old, err);
    if (rc < 0)
        store_rollback(s);
    for (size_t i = 0; rc == 0 && i < r->parts; i++)
        store_loss_settled(s, r->found[i].source, r->found[i].batch);
    return rc;
}

static int retract_call(struct store *s, void *arg, struct err *err)
{
    struct retract *r = arg;
    int rc = look_up(s, r, err);
    if (rc != 0)
        return rc < 0 ? rc : 0;
    struct snap *old = snap_cell_get(s->cell);
    rc = retract_fresh(s, r, old, err);
    snap_unref(old);
    return rc;
}

/* ---- the caller's side ---------------------------------------------------------------------- */

/* False: one of them is not there, or was retracted before. */
static bool name_parts(const struct snap *snap, struct retract *r)
{
    for (size_t i = 0; i < r->parts; i++) {
        const struct batch_note *note = snap_batch(snap, r->part[i].seq);
        if (note == NULL || retraction_find(snap->gone, note->source, note->batch) != NULL)
            return false;
        r->found[i].source = note->source;
        r->found[i].batch = note->batch;
        r->part[i].accepted = note->accepted;
        r->part[i].registrations = note->registrations;
    }
    return true;
}

/* Corrections of what goes stay behind. */
static int note_below(const struct snap *snap, const struct retract *r, struct err *err)
{
    size_t n = 0;
    if (r->spec->below == NULL)
        return 0;
    struct seg **minus = mem_alloc(MEM_STORE, r->parts * sizeof(struct seg *));
    if (minus == NULL)
        return no_memory(err);
    for (size_t i = 0; i < r->parts; i++)
        if (r->found[i].minus != NULL)
            minus[n++] = r->found[i].minus;
    store_note_below(snap, minus, n, r->spec->below);
    mem_free(MEM_STORE, minus);
    return 0;
}

static int sum_up(struct store *s, struct retract *r, struct err *err)
{
    struct snap *snap = snap_cell_get(s->cell);
    int rc = 0;
    if (name_parts(snap, r)) {
        struct held held = snap_held(snap);
        rc = retraction_take(&held, r->found, r->parts, err);
        r->summed = rc == 0;
        rc = rc < 0 ? rc : note_below(snap, r, err);
    }
    snap_unref(snap);
    return rc;
}

static int retract(struct store *s, struct retract *r, struct err *err)
{
    TRY(store_call(s, list_parts, r, err));
    r->found = mem_calloc(MEM_STORE, r->parts, sizeof(*r->found));
    if (r->found == NULL)
        return no_memory(err);
    TRY(sum_up(s, r, err));
    return store_call(s, retract_call, r, err);
}

int store_retract(struct store *s, const struct retract_spec *spec, struct retract_result *out,
                  struct err *err)
{
    *out = (struct retract_result){.duplicate = false};
    if (spec->below != NULL)
        *spec->below = (struct below_zero){.allow = true};
    if (spec->reason.n > REASON_BYTES_MAX)
        return err_set(err, ERR_LIMIT, "the reason has at most %d bytes, this one %zu",
                       REASON_BYTES_MAX, spec->reason.n);
    if (spec->id.n > BATCH_ID_BYTES_MAX)
        return err_set(err, ERR_NOT_FOUND, "there is no batch with an id of %zu bytes", spec->id.n);
    struct retract r = {.spec = spec, .out = out};
    int rc = retract(s, &r, err);
    for (size_t i = 0; r.found != NULL && i < r.parts; i++)
        seg_unref(r.found[i].minus);
    mem_free(MEM_STORE, r.found);
    mem_free(MEM_STORE, r.part);
    return rc;
}
