/* SPDX-License-Identifier: MIT
 *
 * Registrations that come again. When all rows are in, and before any is packed:
 *
 *     sort the blocks          rows and the hashes of their ids, as the segments will have them
 *     gather, sort by hash     equal ones stand together
 *     who has them             against the set of all batches (store_ids)
 *     decide                   which rows stay, by the policy; the others are dropped or refused
 *     pack and store           the store looks whether that still holds, else all of it again
 *
 * Within a batch the earlier line stays, or the later one where newer ones replace.
 *
 * Corrections go the same way: the store looks whether they take more than there is, and the lines
 * that do are told. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "batch_int.h"

enum { TRIES_MAX = 32 }; /* others who send the same registrations at the same time */

/* A row that was refused. */
struct refusal {
    uint32_t line;
    uint32_t before; /* line of the same registration in this file, else 0 */
    uint32_t owner;  /* number of the batch that has it, else 0 */
};

struct once {
    struct batch *b;
    struct snap *now;
    size_t rows;       /* of all blocks */
    uint8_t *drop;     /* by row */
    struct id_row *at; /* rows with an id, by hash; row: number in all blocks */
    size_t ids;
    id_hash *hash;           /* distinct */
    uint32_t *owner, *first; /* of each; at[first[i]] is its first row, first[n] == ids */
    size_t n;
    struct refusal *refusal;
    size_t refusals;
    struct reject *reject; /* all of the batch, by line, where some were refused */
    uint64_t repeated;
    struct rows *kept;   /* by block, where some were dropped */
    struct seg **seg;    /* by block */
    const id_hash **row; /* by segment */
    struct seg **packed; /* those with rows */
    size_t segs;
};

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEM, "no memory to recognise registrations by their ids");
}

/* ---- gathering ------------------------------------------------------------------------------- */

static int sort_block(void *ctx, size_t i, struct err *err)
{
    struct once *o = ctx;
    return rows_sort(o->b->block[i].rows, o->now->tree, err);
}

static int make_room(struct once *o, struct err *err)
{
    size_t blocks = o->b->blocks;
    for (size_t i = 0; i < blocks; i++)
        o->rows += o->b->block[i].rows->n;
    o->drop = mem_calloc(MEM_INGEST, o->rows + 1, 1);
    o->at = mem_alloc(MEM_INGEST, (o->rows + 1) * sizeof(*o->at));
    o->hash = mem_alloc(MEM_INGEST, (o->rows + 1) * sizeof(*o->hash));
    o->owner = mem_alloc(MEM_INGEST, (o->rows + 1) * sizeof(*o->owner));
    o->first = mem_alloc(MEM_INGEST, (o->rows + 1) * sizeof(*o->first));
    o->kept = mem_calloc(MEM_INGEST, blocks + 1, sizeof(*o->kept));
    o->seg = mem_calloc(MEM_INGEST, blocks + 1, sizeof(struct seg *));
    o->packed = mem_calloc(MEM_INGEST, blocks + 1, sizeof(struct seg *));
    o->row = mem_calloc(MEM_INGEST, blocks + 1, sizeof(const id_hash *));
    bool ok = o->drop && o->at && o->hash && o->owner && o->first && o->kept && o->seg &&
              o->packed && o->row;
    for (size_t i = 0; o->kept != NULL && i < blocks; i++)
        rows_init(&o->kept[i], MEM_INGEST, o->b->snap->schema);
    return ok ? 0 : no_memory(err);
}

static int gather(struct once *o, struct err *err)
{
    size_t number = 0;
    TRY(pool_each(o->b->opt.pool, o->b->blocks, sort_block, o, err));
    for (size_t i = 0; i < o->b->blocks; i++) {
        const struct rows *r = o->b->block[i].rows;
        for (size_t k = 0; k < r->n; k++, number++)
            if (r->id[k] != 0)
                o->at[o->ids++] = (struct id_row){r->id[k], (uint32_t)number};
    }
    struct id_row *spare = mem_alloc(MEM_INGEST, (o->ids + 1) * sizeof *spare);
    if (spare == NULL)
        return no_memory(err);
    id_rows_sort(o->at, spare, o->ids);
    mem_free(MEM_INGEST, spare);
    for (size_t i = 0; i < o->ids; i++)
        if (i == 0 || o->at[i].hash != o->at[i - 1].hash) {
            o->hash[o->n] = o->at[i].hash;
            o->first[o->n++] = (uint32_t)i;
        }
    o->first[o->n] = (uint32_t)o->ids;
    return 0;
}

/* ---- deciding -------------------------------------------------------------------------------- */

/* The line of a row, by its number in all blocks, which are full but for the last. */
static uint32_t line_of(const struct once *o, size_t number)
{
    for (size_t i = 0;; i++) {
        const struct rows *r = o->b->block[i].rows;
        if (number < r->n)
            return r->line[number];
        number -= r->n;
    }
}

static int refuse(struct once *o, struct refusal why, struct err *err)
{
    if (o->refusal == NULL)
        o->refusal = mem_alloc(MEM_INGEST, o->ids * sizeof(*o->refusal));
    if (o->refusal == NULL)
        return no_memory(err);
    o->refusal[o->refusals++] = why;
    return 0;
}

/* The rows of one registration. */
static int decide_one(struct once *o, size_t i, struct err *err)
{
    enum id_policy policy = o->b->ids;
    uint32_t first = o->first[i], end = o->first[i + 1];
    uint32_t stays = first;
    if (end - first == 1 && o->owner[i] == 0)
        return 0;
    uint32_t line = line_of(o, o->at[first].row);
    for (uint32_t k = first + 1; k < end; k++) {
        uint32_t other = line_of(o, o->at[k].row);
        if ((other > line) == (policy == IDS_REPLACE)) {
            stays = k;
            line = other;
        }
    }
    bool had = o->owner[i] != 0;
    o->repeated += end - first - !had;
    for (uint32_t k = first; k < end; k++) {
        if (k == stays && (!had || policy == IDS_REPLACE))
            continue;
        o->drop[o->at[k].row] = 1;
        if (policy == IDS_REFUSE) {
            uint32_t here = line_of(o, o->at[k].row);
            TRY(refuse(o, (struct refusal){here, k == stays ? 0 : line, o->owner[i]}, err));
        }
    }
    return 0;
}

static int decide(struct once *o, const struct idset *set, struct err *err)
{
    idset_find(set, o->hash, o->n, o->owner);
    for (size_t i = 0; i < o->n; i++)
        TRY(decide_one(o, i, err));
    return 0;
}

/* ---- rows that are refused ------------------------------------------------------------------- */

static int by_line(const void *pa, const void *pb)
{
    const struct refusal *a = pa, *b = pb;
    return a->line < b->line ? -1 : a->line > b->line;
}

/* The names of the batch with this number in the ledger. */
static void put_batch(const struct once *o, uint32_t owner, char *out, size_t cap)
{
    const struct snap *s = o->now;
    const struct batch_note *note = snap_batch(s, owner);
    if (note == NULL)
        snprintf(out, cap, "another batch");
    else
        snprintf(out, cap, "batch \"%.*s\" of source \"%.*s\"",
                 STR_ARG(dict_get(s->dict[ATTR_BATCH], note->batch)),
                 STR_ARG(dict_get(s->dict[ATTR_SOURCE], note->source)));
}

/* The reasons repeat: the last one is used again for the same batch. */
static int explain(struct once *o, const struct refusal *r, const struct refusal *last,
                   const char **reason, struct err *err)
{
    enum { NAMES_BYTES = BATCH_ID_BYTES_MAX + SOURCE_BYTES_MAX + 64 };
    char names[NAMES_BYTES], text[NAMES_BYTES + 128];
    bool kept = o->b->opt.on_error == ON_ERROR_SKIP;
    const char *where = kept ? "; the row is not kept: take it from your file" : "";
    if (last != NULL && r->before == 0 && last->before == 0 && last->owner == r->owner)
        return 0;
    if (r->owner != 0) {
        put_batch(o, r->owner, names, sizeof names);
        snprintf(text, sizeof text, "this registration is in already, with %s%s", names, where);
    } else {
        snprintf(text, sizeof text, "this registration stands in line %u already%s", r->before,
                 where);
    }
    *reason = arena_copy(&o->b->mem, text, strlen(text));
    return *reason != NULL ? 0 : no_memory(err);
}

/* The id itself is not shown: it is kept nowhere. */
static int list_refusals(struct once *o, struct err *err)
{
    struct batch *b = o->b;
    int column = b->at[ROLE_REGISTRATION_ID];
    bool kept = b->opt.on_error == ON_ERROR_SKIP;
    const char *reason = NULL;
    for (size_t i = 0; i < o->refusals && (kept || b->errors < IMPORT_ERRORS_MAX); i++) {
        const struct refusal *r = &o->refusal[i];
        TRY(explain(o, r, i > 0 ? r - 1 : NULL, &reason, err));
        struct batch_error e = {.line = r->line,
                                .column = (uint32_t)(column + 1),
                                .field = b->column[column].name,
                                .value = "",
                                .reason = reason,
                                .near = ""};
        TRY(take_error(b, &e, err));
    }
    return 0;
}

/* Rejects from `from` on are of rows that were good until now: all in the order of the file. A row
 * is in one part alone. */
static int order_rejects(struct once *o, size_t from, struct err *err)
{
    const struct batch *b = o->b;
    size_t i = 0, k = from;
    if (from == b->rejects)
        return 0;
    o->reject = mem_alloc(MEM_INGEST, b->rejects * sizeof *o->reject);
    if (o->reject == NULL)
        return no_memory(err);
    for (size_t n = 0; n < b->rejects; n++) {
        bool early = k == b->rejects || (i < from && b->reject[i].line < b->reject[k].line);
        o->reject[n] = b->reject[early ? i++ : k++];
    }
    return 0;
}

static int tell(struct once *o, struct err *err)
{
    struct batch *b = o->b;
    size_t before = b->rejects;
    if (o->refusals > 1)
        qsort(o->refusal, o->refusals, sizeof(*o->refusal), by_line);
    TRY(list_refusals(o, err));
    TRY(order_rejects(o, before, err));
    b->errors_total += o->refusals;
    b->bad_rows += o->refusals;
    if (o->refusals == 0 || b->opt.on_error == ON_ERROR_SKIP)
        return 0;
    err_set(err, ERR_ROWS,
            "%zu of %llu rows are of registrations that are in already; nothing "
            "was stored",
            o->refusals, (unsigned long long)b->records);
    err_hint(err, "leave them out, or send the file with ids=ignore, ids=replace or on_error=skip");
    return ERR_ROWS;
}

/* ---- storing --------------------------------------------------------------------------------- */

static int pack_block(void *ctx, size_t i, struct err *err)
{
    struct once *o = ctx;
    const struct rows *rows = o->b->block[i].rows;
    size_t before = 0;
    for (size_t k = 0; k < i; k++)
        before += o->b->block[k].rows->n;
    const uint8_t *drop = o->drop + before;
    if (memchr(drop, 1, rows->n) != NULL) {
        TRY(rows_pick(rows, drop, &o->kept[i], err));
        rows = &o->kept[i];
    }
    return rows->n > 0 ? seg_new(rows, o->now->tree, 0, &o->seg[i], err) : 0;
}

static int pack(struct once *o, struct err *err)
{
    TRY(pool_each(o->b->opt.pool, o->b->blocks, pack_block, o, err));
    for (size_t i = 0; i < o->b->blocks; i++) {
        if (o->seg[i] == NULL)
            continue;
        const struct rows *rows = o->kept[i].n > 0 ? &o->kept[i] : o->b->block[i].rows;
        o->row[o->segs] = rows->id;
        o->packed[o->segs++] = o->seg[i];
    }
    return 0;
}

/* ---- cells below zero ------------------------------------------------------------------------ */

/* Does a row lie in the cell and take something away? */
static bool takes_from(const struct once *o, const struct rows *r, size_t k,
                       const struct cell_below *c)
{
    const struct place_tree *t = o->now->tree;
    uint32_t cell = place_order(t, c->place), order = place_order(t, r->place[k]);
    return r->count[k] < 0 && r->day[k] == c->day && r->sector[k] == c->sector && order >= cell &&
           order < t->at[cell].end;
}

/* The first line that takes something from the cell. */
static uint32_t line_of_cell(const struct once *o, const struct cell_below *c, int32_t *count)
{
    uint32_t line = UINT32_MAX;
    for (size_t i = 0; i < o->b->blocks; i++) {
        const struct rows *r = o->b->block[i].rows;
        for (size_t k = 0; k < r->n; k++)
            if (r->line[k] < line && takes_from(o, r, k, c)) {
                line = r->line[k];
                *count = r->count[k];
            }
    }
    return line;
}

static int explain_cell(struct once *o, const struct cell_below *c, const char **out,
                        struct err *err)
{
    struct buf text;
    buf_init(&text, MEM_INGEST);
    below_cell_name(o->now, c, &text);
    buf_printf(&text, " holds %lld registrations; %lld would be left", (long long)c->held,
               (long long)c->left);
    int rc = buf_check(&text, err);
    *out = rc == 0 ? arena_copy(&o->b->mem, text.p, text.n) : NULL;
    buf_fini(&text);
    return *out != NULL ? 0 : no_memory(err);
}

static int tell_cell(struct once *o, const struct cell_below *c, struct err *err)
{
    struct batch *b = o->b;
    const char *reason;
    char value[16];
    int32_t count = 0;
    int column = b->at[ROLE_COUNT];
    uint32_t line = line_of_cell(o, c, &count);
    TRY(explain_cell(o, c, &reason, err));
    snprintf(value, sizeof value, "%d", count);
    struct batch_error e = {.line = line,
                            .column = (uint32_t)(column + 1),
                            .field = column < 0 ? "" : b->column[column].name,
                            .value = arena_copy(&b->mem, value, strlen(value)),
                            .reason = reason,
                            .near = ""};
    return e.value != NULL ? take_error(b, &e, err) : no_memory(err);
}

/* The store refused the batch for them. */
static int tell_cells(struct once *o, const struct below_zero *below, struct err *err)
{
    struct err why;
    for (size_t i = 0; i < below->n; i++) {
        int rc = tell_cell(o, &below->at[i], &why);
        if (rc < 0) {
            *err = why;
            return rc;
        }
    }
    o->b->errors_total += below->total;
    return ERR_ROWS;
}

static void dry(const struct once *o, const struct batch_spec *spec, struct batch_result *out)
{
    *out = (struct batch_result){
        .rejected = spec->rejected, .repeated = spec->repeated, .snapshot = o->now->id};
    size_t number = 0;
    for (size_t i = 0; i < o->b->blocks; i++) {
        const struct rows *r = o->b->block[i].rows;
        for (size_t k = 0; k < r->n; k++, number++) {
            out->accepted += !o->drop[number];
            out->registrations += o->drop[number] ? 0 : r->count[k];
        }
    }
    for (size_t i = 0; o->b->ids == IDS_REPLACE && i < o->n; i++)
        out->replaced += o->owner[i] != 0;
    memcpy(out->source, spec->source.p, spec->source.n);
    memcpy(out->id, spec->id.p, spec->id.n);
}

/* All that would be looked at, and nothing stored. */
static int try_only(struct once *o, const struct batch_spec *spec, struct batch_result *out,
                    struct err *err)
{
    dry(o, spec, out);
    if (spec->below == NULL)
        return 0;
    TRY(pack(o, err));
    int rc = store_check_below(o->now, o->packed, o->segs, spec->below, err);
    o->b->below_zero = spec->below->total;
    return rc == ERR_ROWS ? tell_cells(o, spec->below, err) : rc;
}

static void warn_replaced(const struct once *o, const struct below_zero *below)
{
    struct buf text;
    buf_init(&text, MEM_INGEST);
    below_warning(o->now, below, &text);
    if (!text.failed)
        batch_warn(o->b, "%.*s", STR_ARG(buf_view(&text)));
    buf_fini(&text);
}

/* One attempt. *again: others stored some of the registrations meanwhile. */
static int attempt(struct once *o, const struct idset *set, struct batch_spec *spec,
                   struct batch_result *out, bool *again, struct err *err)
{
    struct batch *b = o->b;
    TRY(make_room(o, err));
    TRY(gather(o, err));
    TRY(decide(o, set, err));
    TRY(tell(o, err));
    spec->reject = o->reject != NULL ? o->reject : b->reject;
    spec->rejects = b->rejects;
    spec->rejected = (int64_t)b->bad_rows;
    spec->repeated = (int64_t)o->repeated;
    b->repeated = o->repeated;
    if (b->opt.dry_run)
        return try_only(o, spec, out, err);
    struct id_claims claims = {.against = set,
                               .n = o->n,
                               .hash = o->hash,
                               .owner = o->owner,
                               .replace = b->ids == IDS_REPLACE,
                               .row = o->row};
    TRY(pack(o, err));
    int rc = store_import_ids(b->store, spec, &claims, o->packed, o->segs, b->words, b->opt.pool,
                              out, err);
    *again = rc == 0 && claims.stale;
    if (rc == 0 && !claims.stale && spec->replaced != NULL && spec->replaced->total > 0)
        warn_replaced(o, spec->replaced);
    if (spec->below != NULL)
        b->below_zero = spec->below->total;
    return rc == ERR_ROWS && spec->below != NULL ? tell_cells(o, spec->below, err) : rc;
}

static void forget(struct once *o)
{
    for (size_t i = 0; i < o->b->blocks; i++) {
        if (o->kept != NULL)
            rows_fini(&o->kept[i]);
        if (o->seg != NULL)
            seg_unref(o->seg[i]);
    }
    mem_free(MEM_INGEST, o->drop);
    mem_free(MEM_INGEST, o->at);
    mem_free(MEM_INGEST, o->hash);
    mem_free(MEM_INGEST, o->owner);
    mem_free(MEM_INGEST, o->first);
    mem_free(MEM_INGEST, o->refusal);
    mem_free(MEM_INGEST, o->reject);
    mem_free(MEM_INGEST, o->kept);
    mem_free(MEM_INGEST, o->seg);
    mem_free(MEM_INGEST, o->packed);
    mem_free(MEM_INGEST, o->row);
    snap_unref(o->now);
}

static int busy(struct err *err)
{
    err_set(err, ERR_BUSY, "others store the same registrations at the same time");
    err_hint(err, "send the batch again, with the same id");
    return ERR_BUSY;
}

int once_store(struct batch *b, struct batch_spec *spec, struct batch_result *out, struct err *err)
{
    if (b->opt.correction || b->ids == IDS_REPLACE) {
        struct below_zero *below = arena_alloc(&b->mem, sizeof *below);
        if (below == NULL)
            return no_memory(err);
        *below = (struct below_zero){.allow = b->opt.below_zero};
        *(b->opt.correction ? &spec->below : &spec->replaced) = below;
    }
    size_t errors = b->errors, rejects = b->rejects;
    uint64_t total = b->errors_total, bad = b->bad_rows;
    bool again = true;
    int rc = 0;
    for (int i = 0; i < TRIES_MAX && rc == 0 && again; i++) {
        b->errors = errors;
        b->rejects = rejects;
        b->errors_total = total;
        b->bad_rows = bad;
        struct idset *set = store_ids(b->store); /* before the snapshot, which knows its batches */
        struct once o = {.b = b, .now = snap_cell_get(b->cell)};
        again = false;
        rc = attempt(&o, set, spec, out, &again, err);
        forget(&o);
        idset_unref(set);
    }
    return rc == 0 && again ? busy(err) : rc;
}
