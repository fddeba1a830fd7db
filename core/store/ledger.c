/* SPDX-License-Identifier: MIT
 *
 * The ledger's rows. What is read back is copied into values of fixed size, whose bounds the
 * import checked before it wrote. */
#include "ledger.h"

#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "damage.h"
#include "store_int.h"

static int copy_name(char *out, size_t cap, struct str s, struct err *err)
{
    if (s.n >= cap)
        return err_set(err, ERR_CORRUPT, "a name in the ledger is longer than it can be");
    memcpy(out, s.p, s.n);
    out[s.n] = '\0';
    return 0;
}

static int read_row(struct stmt *st, struct batch_result *out, unsigned char sha256[32],
                    struct err *err)
{
    struct str hash = stmt_blob(st, 2);
    *out = (struct batch_result){
        .accepted = stmt_i64(st, 3),
        .rejected = stmt_i64(st, 4),
        .registrations = stmt_i64(st, 5),
        .received_ms = stmt_i64(st, 6),
        .snapshot = (uint64_t)stmt_i64(st, 7),
        .retracted = !stmt_is_null(st, 8),
        .repeated = stmt_i64(st, 9),
        .replaced = stmt_i64(st, 10),
    };
    if (hash.n != 32)
        return err_set(err, ERR_CORRUPT, "a hash in the ledger has %zu bytes", hash.n);
    memcpy(sha256, hash.p, 32);
    TRY(copy_name(out->source, sizeof out->source, stmt_str(st, 0), err));
    return copy_name(out->id, sizeof out->id, stmt_str(st, 1), err);
}

int ledger_find(struct db *db, struct str source, struct str id, struct batch_result *out,
                unsigned char sha256[32], struct err *err)
{
    struct stmt st;
    TRY(db_stmt(db,
                "SELECT l.source, l.batch_id, sha256, accepted, rejected, registrations,"
                " received_ms, l.snapshot, r.snapshot, repeated, replaced"
                " FROM ledger AS l LEFT JOIN retraction AS r USING(source, batch_id)"
                " WHERE l.source = ? AND l.batch_id = ?",
                &st, err));
    stmt_put_str(&st, source);
    stmt_put_str(&st, id);
    int rc = stmt_step(&st, err);
    if (rc <= 0)
        return rc;
    rc = read_row(&st, out, sha256, err);
    stmt_done(&st);
    return rc < 0 ? rc : 1;
}

int ledger_write(struct db *db, const struct batch_spec *spec, const struct batch_result *result,
                 int64_t seq, int64_t part_of, struct err *err)
{
    struct stmt st;
    TRY(db_stmt(db,
                "INSERT INTO ledger(source, batch_id, seq, sha256, kind, as_on, accepted,"
                " rejected, registrations, received_ms, snapshot, repeated, replaced, part_of)"
                " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                &st, err));
    stmt_put_str(&st, str_of(result->source));
    stmt_put_str(&st, str_of(result->id));
    stmt_put_i64(&st, seq);
    stmt_put_blob(&st, spec->sha256, sizeof spec->sha256);
    stmt_put_str(&st, spec->correction ? STR("correction") : STR("import"));
    if (spec->as_on == DAY_NONE)
        stmt_put_null(&st);
    else
        stmt_put_i64(&st, spec->as_on);
    stmt_put_i64(&st, result->accepted);
    stmt_put_i64(&st, result->rejected);
    stmt_put_i64(&st, result->registrations);
    stmt_put_i64(&st, result->received_ms);
    stmt_put_i64(&st, (int64_t)result->snapshot);
    stmt_put_i64(&st, result->repeated);
    stmt_put_i64(&st, result->replaced);
    if (part_of == 0)
        stmt_put_null(&st);
    else
        stmt_put_i64(&st, part_of);
    return stmt_run(&st, err);
}

/* ---- retracted batches ----------------------------------------------------------------------- */

int retraction_read(struct db *db, struct retract_result *out, struct err *err)
{
    struct stmt st;
    TRY(db_stmt(db,
                "SELECT retracted_ms, reason, snapshot FROM retraction"
                " WHERE source = ? AND batch_id = ?",
                &st, err));
    stmt_put_str(&st, str_of(out->source));
    stmt_put_str(&st, str_of(out->id));
    int rc = stmt_step(&st, err);
    if (rc <= 0)
        return rc;
    out->retracted_ms = stmt_i64(&st, 0);
    out->snapshot = (uint64_t)stmt_i64(&st, 2);
    rc = copy_name(out->reason, sizeof out->reason, stmt_str(&st, 1), err);
    stmt_done(&st);
    return rc < 0 ? rc : 1;
}

int retraction_write(struct db *db, const struct retract_result *r, struct err *err)
{
    struct stmt st;
    TRY(db_stmt(db,
                "INSERT INTO retraction(source, batch_id, retracted_ms, reason, snapshot)"
                " VALUES(?, ?, ?, ?, ?)",
                &st, err));
    stmt_put_str(&st, str_of(r->source));
    stmt_put_str(&st, str_of(r->id));
    stmt_put_i64(&st, r->retracted_ms);
    stmt_put_str(&st, str_of(r->reason));
    stmt_put_i64(&st, (int64_t)r->snapshot);
    return stmt_run(&st, err);
}

static int read_loss(struct stmt *st, struct loss *out, struct err *err)
{
    *out = (struct loss){.rows = 0};
    int rc = stmt_step(st, err);
    if (rc != 1)
        return rc;
    out->rows = stmt_i64(st, 0);
    out->registrations = stmt_i64(st, 1);
    stmt_done(st);
    return 0;
}

int loss_read(struct db *db, struct str source, struct str id, struct loss *out, struct err *err)
{
    struct stmt st;
    TRY(db_stmt(db, "SELECT rows, registrations FROM lost WHERE source = ? AND batch_id = ?", &st,
                err));
    stmt_put_str(&st, source);
    stmt_put_str(&st, id);
    return read_loss(&st, out, err);
}

int losses_sum(struct db *db, struct loss *out, struct err *err)
{
    struct stmt st;
    TRY(db_stmt(db, "SELECT coalesce(sum(rows), 0), coalesce(sum(registrations), 0) FROM lost", &st,
                err));
    return read_loss(&st, out, err);
}

int loss_write(struct db *db, const struct retract_result *r, const struct loss *loss,
               struct err *err)
{
    struct stmt st;
    TRY(db_stmt(db, "INSERT INTO lost VALUES(?, ?, ?, ?)", &st, err));
    stmt_put_str(&st, str_of(r->source));
    stmt_put_str(&st, str_of(r->id));
    stmt_put_i64(&st, loss->rows);
    stmt_put_i64(&st, loss->registrations);
    return stmt_run(&st, err);
}

/* ---- asking --------------------------------------------------------------------------------- */

struct find {
    struct str source, id;
    struct batch_result *out;
    unsigned char *sha256;
};

static int find_call(struct store *s, void *arg, struct err *err)
{
    struct find *f = arg;
    return ledger_find(&s->db, f->source, f->id, f->out, f->sha256, err);
}

int store_batch_find(struct store *s, struct str source, struct str id, struct batch_result *out,
                     unsigned char sha256[32], struct err *err)
{
    struct find f = {source, id, out, sha256};
    return store_call(s, find_call, &f, err);
}

enum { SOURCES_TOLD = 6, SOURCES_BYTES = SOURCES_TOLD * (SOURCE_BYTES_MAX + 4) + 8 };

/* What an id stands for, when more than one source has used it. `n` of them stand in `list`. */
static int several_sources(struct str id, size_t n, const char *list, struct err *err)
{
    err_set(err, ERR_AMBIGUOUS_BATCH, "%zu sources used the id \"%.*s\": %s%s", n, STR_ARG(id),
            list, n > SOURCES_TOLD ? ", ..." : "");
    err_hint(err, "name one with source=");
    return ERR_AMBIGUOUS_BATCH;
}

int ledger_source(struct db *db, struct str source, struct str id, char out[SOURCE_BYTES_MAX + 1],
                  struct err *err)
{
    struct stmt st;
    char list[SOURCES_BYTES];
    size_t n = 0, used = 0;
    int rc;
    TRY(db_stmt(db,
                "SELECT source FROM ledger WHERE batch_id = ?1 AND (?2 = '' OR source = ?2)"
                " ORDER BY source",
                &st, err));
    stmt_put_str(&st, id);
    stmt_put_str(&st, source);
    while ((rc = stmt_step(&st, err)) == 1) {
        rc = copy_name(out, SOURCE_BYTES_MAX + 1, stmt_str(&st, 0), err);
        if (rc < 0) {
            stmt_done(&st);
            return rc;
        }
        if (n++ < SOURCES_TOLD)
            used += (size_t)snprintf(list + used, sizeof list - used, "%s\"%s\"", n > 1 ? ", " : "",
                                     out);
    }
    if (rc < 0)
        return rc;
    if (n == 0)
        return err_set(err, ERR_NOT_FOUND, "there is no batch \"%.*s\"%s%.*s", STR_ARG(id),
                       source.n ? " of source " : "", STR_ARG(source));
    return n == 1 ? 0 : several_sources(id, n, list, err);
}

int ledger_number(struct db *db, struct str source, struct str id, int64_t *seq, int64_t *part_of,
                  struct err *err)
{
    struct stmt st;
    TRY(db_stmt(db, "SELECT seq, part_of FROM ledger WHERE source = ? AND batch_id = ?", &st, err));
    stmt_put_str(&st, source);
    stmt_put_str(&st, id);
    int rc = stmt_step(&st, err);
    if (rc == 0)
        return err_set(err, ERR_NOT_FOUND, "there is no batch \"%.*s\"", STR_ARG(id));
    if (rc < 0)
        return rc;
    *seq = stmt_i64(&st, 0);
    *part_of = stmt_is_null(&st, 1) ? 0 : stmt_i64(&st, 1);
    stmt_done(&st);
    return 0;
}
