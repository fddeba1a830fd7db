/* SPDX-License-Identifier: MIT
 *
 * The outbox: messages that somebody has to get.
 *
 *   WAITING --delivered--> SENT --kept for a while--> (gone)
 *    |   ^ \
 *    |   +--+ failed: later again
 *    +--failed for good, or too often--> DEAD --somebody says so--> WAITING
 *
 * A message is written with the change that it tells of; what it says and its id never change. A
 * process that dies between a delivery and its result delivers it once more, under the same id. */
#include "alerts_int.h"

int outbox_write(struct db *db, const struct outbox_row *m, struct err *err)
{
    struct stmt st;
    TRY(db_stmt(db, "INSERT INTO outbox VALUES(NULL, ?, ?, ?, ?, ?, ?, ?, 0, ?, 0, ?)", &st, err));
    stmt_put_str(&st, m->id);
    stmt_put_str(&st, m->notifier);
    stmt_put_str(&st, m->recipient);
    stmt_put_str(&st, m->subject);
    stmt_put_blob(&st, m->body.n ? m->body.p : "", m->body.n);
    stmt_put_i64(&st, m->created_ms);
    stmt_put_i64(&st, m->due_ms);
    stmt_put_i64(&st, (int64_t)m->state);
    stmt_put_str(&st, m->error);
    return stmt_run(&st, err);
}

/* ---- what is due ----------------------------------------------------------------------------- */

struct reading {
    struct str notifier;
    int64_t now_ms;
    size_t max;
    struct arena *a;
    struct outbox_row *at;
    size_t n, cap;
};

static int take(struct reading *r, struct stmt *st, struct err *err)
{
    struct outbox_row *grown = arena_grown(r->a, r->at, r->n, &r->cap, sizeof *grown);
    if (grown == NULL)
        return err_set(err, ERR_MEM, "no memory for the messages to send");
    r->at = grown;
    struct outbox_row *m = &r->at[r->n];
    m->seq = stmt_i64(st, 0);
    TRY(column_text(st, 1, r->a, &m->id, err));
    TRY(column_text(st, 2, r->a, &m->notifier, err));
    TRY(column_text(st, 3, r->a, &m->recipient, err));
    TRY(column_text(st, 4, r->a, &m->subject, err));
    m->body = str_copy(r->a, stmt_blob(st, 5));
    if (m->body.p == NULL)
        return err_set(err, ERR_MEM, "no memory for the outbox");
    m->created_ms = stmt_i64(st, 6);
    m->due_ms = stmt_i64(st, 7);
    m->attempts = (int)stmt_i64(st, 8);
    m->state = (enum outbox_state)stmt_i64(st, 9);
    TRY(column_text(st, 11, r->a, &m->error, err));
    r->n++;
    return 0;
}

static int take_all(struct reading *r, struct stmt *st, struct err *err)
{
    int rc;
    while ((rc = stmt_step(st, err)) == 1) {
        rc = take(r, st, err);
        if (rc < 0) {
            stmt_done(st);
            break;
        }
    }
    return rc;
}

static int due_call(struct store *s, void *arg, struct err *err)
{
    struct reading *r = arg;
    struct stmt st;
    TRY(db_stmt(&s->db,
                "SELECT * FROM outbox WHERE state = 0 AND due_ms <= ? AND notifier = ?"
                " ORDER BY due_ms, seq LIMIT ?",
                &st, err));
    stmt_put_i64(&st, r->now_ms);
    stmt_put_str(&st, r->notifier);
    stmt_put_i64(&st, (int64_t)r->max);
    return take_all(r, &st, err);
}

int store_outbox_due(struct store *s, struct str notifier, int64_t now_ms, size_t max,
                     struct arena *a, struct outbox_row **out, size_t *n, struct err *err)
{
    struct reading r = {.notifier = notifier, .now_ms = now_ms, .max = max, .a = a};
    TRY(store_call(s, due_call, &r, err));
    *out = r.at;
    *n = r.n;
    return 0;
}

/* ---- what became of it ----------------------------------------------------------------------- */

struct result {
    int64_t seq, now_ms, due_ms;
    enum outbox_state state;
    struct str error;
};

static int result_one(struct db *db, void *arg, struct err *err)
{
    const struct result *r = arg;
    struct stmt st;
    TRY(db_stmt(db,
                "UPDATE outbox SET attempts = attempts + 1, state = ?, due_ms = ?, done_ms = ?,"
                " error = ? WHERE seq = ?",
                &st, err));
    stmt_put_i64(&st, (int64_t)r->state);
    stmt_put_i64(&st, r->due_ms);
    stmt_put_i64(&st, r->state == OUTBOX_WAITING ? 0 : r->now_ms);
    stmt_put_str(&st, r->error);
    stmt_put_i64(&st, r->seq);
    return stmt_run(&st, err);
}

static int result_call(struct store *s, void *arg, struct err *err)
{
    return alerts_transaction(s, result_one, arg, err);
}

int store_outbox_result(struct store *s, int64_t seq, enum outbox_state state, int64_t now_ms,
                        int64_t due_ms, struct str error, struct err *err)
{
    struct result r = {seq, now_ms, due_ms, state, error};
    return store_call(s, result_call, &r, err);
}

struct retry {
    struct str id;
    int64_t now_ms;
};

static int retry_one(struct db *db, void *arg, struct err *err)
{
    const struct retry *r = arg;
    struct stmt st;
    TRY(db_stmt(db,
                "UPDATE outbox SET state = 0, attempts = 0, due_ms = ?, done_ms = 0"
                " WHERE id = ? AND state = 2",
                &st, err));
    stmt_put_i64(&st, r->now_ms);
    stmt_put_str(&st, r->id);
    TRY(stmt_run(&st, err));
    return db_changes(db) == 1
               ? 0
               : err_set(err, ERR_NOT_FOUND, "no dead message has the id \"%.*s\"", STR_ARG(r->id));
}

static int retry_call(struct store *s, void *arg, struct err *err)
{
    return alerts_transaction(s, retry_one, arg, err);
}

int store_outbox_retry(struct store *s, struct str id, int64_t now_ms, struct err *err)
{
    struct retry r = {id, now_ms};
    return store_call(s, retry_call, &r, err);
}

static int prune_one(struct db *db, void *arg, struct err *err)
{
    struct stmt st;
    TRY(db_stmt(db, "DELETE FROM outbox WHERE state = 1 AND done_ms < ?", &st, err));
    stmt_put_i64(&st, *(const int64_t *)arg);
    return stmt_run(&st, err);
}

static int prune_call(struct store *s, void *arg, struct err *err)
{
    return alerts_transaction(s, prune_one, arg, err);
}

int store_outbox_prune(struct store *s, int64_t before_ms, struct err *err)
{
    return store_call(s, prune_call, &before_ms, err);
}

static int stats_call(struct store *s, void *arg, struct err *err)
{
    struct outbox_stats *out = arg;
    struct stmt st;
    TRY(db_stmt(&s->db,
                "SELECT count(*) FILTER (WHERE state = 0), count(*) FILTER (WHERE state = 2),"
                " coalesce(min(created_ms) FILTER (WHERE state = 0), 0) FROM outbox"
                " WHERE state <> 1",
                &st, err));
    int rc = stmt_step(&st, err);
    if (rc < 0)
        return rc;
    *out = (struct outbox_stats){stmt_i64(&st, 0), stmt_i64(&st, 1), stmt_i64(&st, 2)};
    stmt_done(&st);
    return 0;
}

int store_outbox_stats(struct store *s, struct outbox_stats *out, struct err *err)
{
    return store_call(s, stats_call, out, err);
}

/* ---- the table ------------------------------------------------------------------------------- */

static const struct table_column columns[] = {
    {"id", TYPE_STRING},      {"notifier", TYPE_STRING}, {"recipient", TYPE_STRING},
    {"subject", TYPE_STRING}, {"state", TYPE_STRING},    {"attempts", TYPE_INT64},
    {"created", TYPE_STRING}, {"due", TYPE_STRING},      {"error", TYPE_STRING},
};

/* The bodies stay where they are. */
static int list_call(struct store *s, void *arg, struct err *err)
{
    struct stmt st;
    TRY(db_stmt(&s->db,
                "SELECT seq, id, notifier, recipient, subject, x'', created_ms, due_ms, attempts,"
                " state, done_ms, error FROM outbox ORDER BY seq DESC LIMIT 100000",
                &st, err));
    return take_all(arg, &st, err);
}

static int put_row(struct arena *a, struct frame *f, size_t i, const struct outbox_row *m,
                   struct err *err)
{
    static const char *const states[] = {"waiting", "sent", "dead"};
    const struct str text[] = {m->id, m->notifier, m->recipient, m->subject,
                               str_of(states[m->state])};
    for (size_t c = 0; c < ARRAY_LEN(text); c++)
        put_text(f, i, c, text[c]);
    put_number(f, i, 5, m->attempts);
    TRY(put_moment(a, f, i, 6, m->created_ms, err));
    TRY(put_moment(a, f, i, 7, m->state == OUTBOX_WAITING ? m->due_ms : 0, err));
    put_text(f, i, 8, m->error);
    return 0;
}

int store_outbox_table(void *store, struct arena *a, const struct snap *snap, struct frame **out,
                       struct err *err)
{
    struct reading r = {.a = a};
    (void)snap;
    if (store != NULL)
        TRY(store_call(store, list_call, &r, err));
    TRY(table_frame(a, columns, ARRAY_LEN(columns), r.n, out, err));
    for (size_t i = 0; i < r.n; i++)
        TRY(put_row(a, *out, i, &r.at[i], err));
    return 0;
}
