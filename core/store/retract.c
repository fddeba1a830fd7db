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
 * needs no care: its slabs hold the same rows, and the retraction is the snapshot's. */
#include <string.h>

#include "base/clock.h"
#include "ledger.h"
#include "parts.h"
#include "store_int.h"

struct retract {
    const struct retract_spec *spec;
    struct retract_result *out;
    struct retraction found; /* what the caller's thread summed up */
    bool summed;
};

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

/* All rows that the ledger acknowledged must be found, or they could not be taken off. Rows of a
 * bulk load may not say whose they are. */
static int check_found(const struct retract *r, const struct loss *lost, struct err *err)
{
    if (r->found.rows + lost->rows == r->out->accepted &&
        r->found.registrations + lost->registrations == r->out->registrations)
        return 0;
    return err_set(
        err, ERR_UNSUPPORTED,
        "of the %lld rows of batch \"%s\" only %lld say that they are of it; it cannot be "
        "retracted",
        (long long)r->out->accepted, r->out->id, (long long)r->found.rows);
}

/* A batch of negative counts leaves more behind when it goes. */
static int check_total(const struct snap *old, const struct retraction *found, struct err *err)
{
    int64_t total = old->registrations - found->registrations;
    if (total >= -REGISTRATIONS_MAX && total <= REGISTRATIONS_MAX)
        return 0;
    return err_set(err, ERR_LIMIT,
                   "without this batch there would be %lld registrations; %d can be counted",
                   (long long)total, REGISTRATIONS_MAX);
}

/* The next snapshot. The sums may be of an older numbering of the places. */
static int build(const struct snap *old, const struct retract *r, struct snap **next,
                 struct err *err)
{
    struct retraction now = r->found;
    struct seg *moved = NULL;
    struct snap_change change = {
        .retraction = &now, .retractions = 1, .received_ms = r->out->retracted_ms};
    now.retracted_ms = r->out->retracted_ms;
    now.snapshot = r->out->snapshot;
    now.reason = str_of(r->out->reason);
    if (now.minus != NULL)
        TRY(seg_retree(now.minus, old->tree, &moved, err));
    now.minus = moved;
    int rc = snap_next(old, &change, next, err);
    seg_unref(moved);
    return rc;
}

/* What a damaged batch has lost is written off with it. Behind the last such batch nothing counts
 * that the damaged parts hold. */
static int write_off(struct store *s, const struct retract *r, const struct loss *lost,
                     struct err *err)
{
    if (lost->rows == 0 && lost->registrations == 0)
        return 0;
    TRY(loss_write(&s->db, r->out, lost, err));
    for (size_t i = 0; s->damage.losses == 1 && i < s->damage.n && i < DAMAGED_MAX; i++)
        TRY(part_drop(&s->db, s->damage.at[i].slab, s->damage.at[i].id, &s->damage, err));
    return 0;
}

static int write_and_publish(struct store *s, const struct retract *r, const struct snap *old,
                             const struct loss *lost, struct err *err)
{
    struct snap *next;
    TRY(retraction_write(&s->db, r->out, err));
    TRY(write_off(s, r, lost, err));
    TRY(meta_set_i64(&s->db, "snapshot", (int64_t)r->out->snapshot, err));
    TRY(build(old, r, &next, err));
    int rc = store_commit(s, err);
    if (rc < 0) {
        snap_unref(next);
        return rc;
    }
    snap_cell_set(s->cell, next);
    return 0;
}

static int retract_fresh(struct store *s, struct retract *r, const struct snap *old,
                         struct err *err)
{
    if (!r->summed)
        return err_set(err, ERR_BUSY, "the batch was committed this moment: try again");
    static const struct loss none;
    const struct loss *loss = store_loss_of(s, r->found.source, r->found.batch);
    loss = loss != NULL ? loss : &none;
    TRY(check_found(r, loss, err));
    TRY(check_total(old, &r->found, err));
    TRY(store_writable(s, err));
    TRY(db_begin(&s->db, err));
    r->out->retracted_ms = clock_wall_ms();
    r->out->snapshot = old->id + 1;
    if (r->spec->reason.n > 0)
        memcpy(r->out->reason, r->spec->reason.p, r->spec->reason.n);
    int rc = write_and_publish(s, r, old, loss, err);
    if (rc < 0)
        store_rollback(s);
    else
        store_loss_settled(s, r->found.source, r->found.batch);
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

/* The batch in the snapshot, if there is just one. What else there is to say of it the ledger
 * says. */
static const struct batch_note *only_note(const struct snap *s, const struct retract_spec *spec)
{
    const struct batch_note *found = NULL;
    int32_t id = dict_find(s->dict[ATTR_BATCH], spec->id);
    int32_t source = dict_find(s->dict[ATTR_SOURCE], spec->source);
    for (size_t i = 0; i < s->batch_count && id >= 0; i++) {
        const struct batch_note *b = &s->batch[i];
        if (b->batch != id || (spec->source.n > 0 && b->source != source))
            continue;
        if (found != NULL)
            return NULL;
        found = b;
    }
    return found;
}

static int sum_up(struct store *s, struct retract *r, struct err *err)
{
    struct snap *snap = snap_cell_get(s->cell);
    const struct batch_note *note = only_note(snap, r->spec);
    int rc = 0;
    if (note != NULL && retraction_find(snap->gone, note->source, note->batch) == NULL) {
        struct held held = snap_held(snap);
        r->found.source = note->source;
        r->found.batch = note->batch;
        rc = retraction_take(&held, &r->found, 1, err);
        r->summed = rc == 0;
    }
    snap_unref(snap);
    return rc;
}

int store_retract(struct store *s, const struct retract_spec *spec, struct retract_result *out,
                  struct err *err)
{
    *out = (struct retract_result){.duplicate = false};
    if (spec->reason.n > REASON_BYTES_MAX)
        return err_set(err, ERR_LIMIT, "the reason has at most %d bytes, this one %zu",
                       REASON_BYTES_MAX, spec->reason.n);
    if (spec->id.n > BATCH_ID_BYTES_MAX)
        return err_set(err, ERR_NOT_FOUND, "there is no batch with an id of %zu bytes", spec->id.n);
    struct retract r = {.spec = spec, .out = out};
    TRY(sum_up(s, &r, err));
    int rc = store_call(s, retract_call, &r, err);
    seg_unref(r.found.minus);
    return rc;
}
