/* SPDX-License-Identifier: MIT
 *
 * Tables of planners on disk: a row each, whole. A table that is replaced or dropped changes the
 * snapshot's number like any other data, but not the time of the newest data: it says nothing about
 * registrations. */
#include <string.h>

#include "audit.h"
#include "base/clock.h"
#include "store_int.h"

/* ---- loading --------------------------------------------------------------------------------- */

static int load_one(struct stmt *st, const struct place_tree *tree, struct upload_set **set,
                    struct err *err)
{
    struct upload *u;
    struct upload_set *next;
    struct str hash = stmt_blob(st, 1);
    struct str name = stmt_str(st, 0);
    if (hash.n != sizeof u->sha256)
        return err_set(err, ERR_CORRUPT, "the hash of the table \"%.*s\" has %zu bytes",
                       STR_ARG(name), hash.n);
    TRY(upload_decode(name, stmt_blob(st, 4), tree, &u, err));
    memcpy(u->sha256, hash.p, hash.n);
    u->file_bytes = (uint64_t)stmt_i64(st, 2);
    u->received_ms = stmt_i64(st, 3);
    int rc = upload_set_next(*set, u, STR(""), &next, err);
    upload_unref(u);
    if (rc < 0)
        return rc;
    upload_set_unref(*set);
    *set = next;
    return 0;
}

int uploads_load(struct db *db, const struct place_tree *tree, struct upload_set **out,
                 struct err *err)
{
    struct stmt st;
    int rc;
    *out = NULL;
    TRY(db_stmt(db, "SELECT name, sha256, file_bytes, received_ms, data FROM upload ORDER BY name",
                &st, err));
    while ((rc = stmt_step(&st, err)) == 1) {
        rc = load_one(&st, tree, out, err);
        if (rc < 0) {
            stmt_done(&st);
            break;
        }
    }
    return rc;
}

/* ---- changing -------------------------------------------------------------------------------- */

/* A table to be put, or the name of one to be dropped. */
struct edit {
    struct upload *u; /* or NULL */
    struct buf data;  /* u as it is stored */
    struct str drop;
    bool *replaced;
    uint64_t *snapshot;
};

/* Places were looked up in an older tree; none is ever taken away, but a caller may be wrong. */
static int check_places(const struct upload *u, const struct place_tree *tree, struct err *err)
{
    for (size_t c = 0; c < u->frame->cols; c++) {
        const struct frame_col *col = &u->frame->col[c];
        for (size_t i = 0; col->type == TYPE_PLACE && i < u->frame->rows; i++)
            if (!col->null[i] && place_order(tree, (uint32_t)col->i[i]) == PLACE_NONE)
                return err_set(err, ERR_CONFLICT, "the table names place id %lld, which is unknown",
                               (long long)col->i[i]);
    }
    return 0;
}

static int check_room(const struct upload_set *set, struct err *err)
{
    if (set->n > TABLES_MAX)
        return err_set(err, ERR_LIMIT, "there are %d tables already, and no more are kept",
                       TABLES_MAX);
    size_t most = mem_share(TABLES_MEMORY_BYTES, 4);
    if (set->bytes <= most)
        return 0;
    err_set(err, ERR_LIMIT, "all tables together would take more than %zu MiB of memory",
            most >> 20);
    err_hint(err, "drop one that is no longer needed");
    return ERR_LIMIT;
}

static int write_one(struct db *db, const struct edit *e, struct err *err)
{
    const struct upload *u = e->u;
    struct stmt st;
    if (u == NULL) {
        TRY(db_stmt(db, "DELETE FROM upload WHERE name = ?", &st, err));
        stmt_put_str(&st, e->drop);
        return stmt_run(&st, err);
    }
    TRY(db_stmt(db, "INSERT OR REPLACE INTO upload VALUES(?, ?, ?, ?, ?)", &st, err));
    stmt_put_str(&st, u->name);
    stmt_put_blob(&st, u->sha256, sizeof u->sha256);
    stmt_put_i64(&st, (int64_t)u->file_bytes);
    stmt_put_i64(&st, u->received_ms);
    stmt_put_blob(&st, e->data.p, e->data.n);
    return stmt_run(&st, err);
}

static int tell(struct store *s, const struct edit *e, struct err *err)
{
    const struct upload *u = e->u;
    if (u == NULL)
        return audit_write(s, (struct audit_entry){.action = STR("drop table"), .object = e->drop},
                           err, "%s", "");
    return audit_write(s, (struct audit_entry){.action = STR("put table"), .object = u->name}, err,
                       "%zu rows%s", u->frame->rows,
                       *e->replaced ? ", in the place of an earlier" : "");
}

static int commit(struct store *s, const struct edit *e, const struct snap *old,
                  struct upload_set *set, struct err *err)
{
    struct snap_change change = {.uploads = set};
    struct snap *next;
    TRY(snap_next(old, &change, &next, err));
    int rc = db_begin(&s->db, err);
    if (rc == 0)
        rc = write_one(&s->db, e, err);
    if (rc == 0)
        rc = tell(s, e, err);
    if (rc == 0)
        rc = meta_set_i64(&s->db, "snapshot", (int64_t)next->id, err);
    if (rc == 0)
        rc = store_commit(s, err);
    if (rc < 0) {
        store_rollback(s);
        snap_unref(next);
        return rc;
    }
    *e->snapshot = next->id;
    snap_cell_set(s->cell, next);
    return 0;
}

static int unknown(const struct upload_set *set, struct str name, struct err *err)
{
    struct near_list near;
    near_init(&near);
    upload_near(set, name, &near);
    err_set(err, ERR_NOT_FOUND, "there is no table \"%.*s\"", STR_ARG(name));
    near_hint(&near, err);
    return ERR_NOT_FOUND;
}

static int prepare(const struct edit *e, const struct snap *old, struct upload_set **set,
                   struct err *err)
{
    struct str name = e->u != NULL ? e->u->name : e->drop;
    const struct upload *before = upload_find(old->uploads, name);
    if (e->u == NULL && before == NULL)
        return unknown(old->uploads, name, err);
    if (e->u != NULL) {
        TRY(check_places(e->u, old->tree, err));
        *e->replaced = before != NULL;
        e->u->received_ms = clock_wall_ms();
    }
    return upload_set_next(old->uploads, e->u, e->drop, set, err);
}

static int edit_call(struct store *s, void *arg, struct err *err)
{
    const struct edit *e = arg;
    struct upload_set *set = NULL;
    struct snap *old = snap_cell_get(s->cell);
    int rc = store_writable(s, err);
    if (rc == 0)
        rc = prepare(e, old, &set, err);
    if (rc == 0 && e->u != NULL)
        rc = check_room(set, err);
    if (rc == 0)
        rc = commit(s, e, old, set, err);
    upload_set_unref(set);
    snap_unref(old);
    return rc;
}

int store_upload_put(struct store *s, struct upload *u, bool *replaced, uint64_t *snapshot,
                     struct err *err)
{
    struct edit e = {.u = u, .drop = STR(""), .replaced = replaced, .snapshot = snapshot};
    buf_init(&e.data, MEM_STORE);
    int rc = upload_encode(u, &e.data, err);
    if (rc == 0)
        rc = store_call(s, edit_call, &e, err);
    buf_fini(&e.data);
    return rc;
}

int store_upload_drop(struct store *s, struct str name, uint64_t *snapshot, struct err *err)
{
    struct edit e = {.drop = name, .snapshot = snapshot};
    return store_call(s, edit_call, &e, err);
}
