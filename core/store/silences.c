/* SPDX-License-Identifier: MIT
 *
 * Silences on disk. They are ended, never deleted: who silenced what, and why, can be looked up. */
#include "alerts_int.h"

struct adding {
    const struct alert_silence *in;
    int64_t *id;
};

static int last_id(struct db *db, int64_t *id, struct err *err)
{
    struct stmt st;
    TRY(db_stmt(db, "SELECT last_insert_rowid()", &st, err));
    int rc = stmt_step(&st, err);
    if (rc < 0)
        return rc;
    *id = stmt_i64(&st, 0);
    stmt_done(&st);
    return 0;
}

static int add_one(struct db *db, void *arg, struct err *err)
{
    const struct adding *a = arg;
    struct stmt st;
    TRY(db_stmt(db, "INSERT INTO silence VALUES(NULL, ?, ?, ?, ?, ?, ?, ?, ?, 0, '')", &st, err));
    stmt_put_str(&st, a->in->plugin);
    stmt_put_str(&st, a->in->rule);
    stmt_put_i64(&st, a->in->place_level);
    stmt_put_i64(&st, a->in->place_code);
    stmt_put_i64(&st, a->in->created_ms);
    stmt_put_i64(&st, a->in->until_ms);
    stmt_put_str(&st, a->in->author);
    stmt_put_str(&st, a->in->reason);
    TRY(stmt_run(&st, err));
    return last_id(db, a->id, err);
}

static int add_call(struct store *s, void *arg, struct err *err)
{
    return alerts_transaction(s, add_one, arg, err);
}

int store_silence_add(struct store *s, const struct alert_silence *in, int64_t *id, struct err *err)
{
    struct adding a = {in, id};
    return store_call(s, add_call, &a, err);
}

struct ending {
    int64_t id, now_ms;
    struct str by;
};

/* 1 when it can be ended. */
static int look_up(struct db *db, const struct ending *e, struct err *err)
{
    struct stmt st;
    TRY(db_stmt(db, "SELECT until_ms, ended_ms FROM silence WHERE id = ?", &st, err));
    stmt_put_i64(&st, e->id);
    int rc = stmt_step(&st, err);
    if (rc == 0)
        return err_set(err, ERR_NOT_FOUND, "there is no silence %lld", (long long)e->id);
    if (rc < 0)
        return rc;
    bool over = stmt_i64(&st, 0) <= e->now_ms || stmt_i64(&st, 1) != 0;
    stmt_done(&st);
    return over ? err_set(err, ERR_CONFLICT, "silence %lld is over already", (long long)e->id) : 0;
}

static int end_one(struct db *db, void *arg, struct err *err)
{
    const struct ending *e = arg;
    struct stmt st;
    TRY(look_up(db, e, err));
    TRY(db_stmt(db, "UPDATE silence SET ended_ms = ?, ended_by = ? WHERE id = ?", &st, err));
    stmt_put_i64(&st, e->now_ms);
    stmt_put_str(&st, e->by);
    stmt_put_i64(&st, e->id);
    return stmt_run(&st, err);
}

static int end_call(struct store *s, void *arg, struct err *err)
{
    return alerts_transaction(s, end_one, arg, err);
}

int store_silence_end(struct store *s, int64_t id, struct str by, int64_t now_ms, struct err *err)
{
    struct ending e = {id, now_ms, by};
    return store_call(s, end_call, &e, err);
}

/* ---- reading --------------------------------------------------------------------------------- */

struct reading {
    int64_t now_ms;
    struct arena *a;
    struct alert_silence *at;
    size_t n, cap;
};

static int take(struct reading *r, struct stmt *st, struct err *err)
{
    struct alert_silence *grown = arena_grown(r->a, r->at, r->n, &r->cap, sizeof *grown);
    if (grown == NULL)
        return err_set(err, ERR_MEM, "no memory for the silences");
    r->at = grown;
    struct alert_silence *s = &r->at[r->n];
    s->id = stmt_i64(st, 0);
    TRY(column_text(st, 1, r->a, &s->plugin, err));
    TRY(column_text(st, 2, r->a, &s->rule, err));
    s->place_level = (int)stmt_i64(st, 3);
    s->place_code = stmt_i64(st, 4);
    s->created_ms = stmt_i64(st, 5);
    s->until_ms = stmt_i64(st, 6);
    TRY(column_text(st, 7, r->a, &s->author, err));
    TRY(column_text(st, 8, r->a, &s->reason, err));
    s->ended_ms = stmt_i64(st, 9);
    TRY(column_text(st, 10, r->a, &s->ended_by, err));
    r->n++;
    return 0;
}

static int read_call(struct store *s, void *arg, struct err *err)
{
    struct reading *r = arg;
    struct stmt st;
    int rc;
    TRY(db_stmt(&s->db,
                "SELECT * FROM silence WHERE ?1 = 0 OR (until_ms > ?1 AND ended_ms = 0)"
                " ORDER BY id DESC LIMIT 10000",
                &st, err));
    stmt_put_i64(&st, r->now_ms);
    while ((rc = stmt_step(&st, err)) == 1) {
        rc = take(r, &st, err);
        if (rc < 0) {
            stmt_done(&st);
            break;
        }
    }
    return rc;
}

int store_silences_read(struct store *s, int64_t now_ms, struct arena *a,
                        struct alert_silence **out, size_t *n, struct err *err)
{
    struct reading r = {.now_ms = now_ms, .a = a};
    TRY(store_call(s, read_call, &r, err));
    *out = r.at;
    *n = r.n;
    return 0;
}
