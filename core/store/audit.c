/* SPDX-License-Identifier: MIT
 *
 * The audit trail. Each row's hash is the SHA-256 of the hash of the row before (32 zero bytes
 * before the first) and of the row's fields, each with its length before it, so that no two rows
 * read the same. */
#include "audit.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"

enum { PIECE_ROWS = 4096, COLUMNS = 8, HASH_BYTES = 32 };

/* A row as it is stored. */
struct row {
    int64_t seq, at_ms;
    struct str who, action, object, source, why, what;
};

/* ---- who ------------------------------------------------------------------------------------ */

static _Thread_local char actor[AUDIT_WHO_BYTES + 1];

void store_act_as(struct str who)
{
    who = utf8_prefix(who, AUDIT_WHO_BYTES);
    if (who.n > 0)
        memcpy(actor, who.p, who.n);
    actor[who.n] = '\0';
}

const char *audit_actor(void)
{
    return actor[0] != '\0' ? actor : "panji";
}

/* ---- the chain ------------------------------------------------------------------------------ */

static void add_field(struct sha256 *h, struct str s)
{
    uint64_t n = s.n;
    sha256_add(h, &n, sizeof n);
    sha256_add(h, s.p, s.n);
}

static void chain(const unsigned char before[HASH_BYTES], const struct row *r,
                  unsigned char out[HASH_BYTES])
{
    struct sha256 h;
    sha256_init(&h);
    sha256_add(&h, before, HASH_BYTES);
    sha256_add(&h, &r->seq, sizeof r->seq);
    sha256_add(&h, &r->at_ms, sizeof r->at_ms);
    add_field(&h, r->who);
    add_field(&h, r->action);
    add_field(&h, r->object);
    add_field(&h, r->source);
    add_field(&h, r->why);
    add_field(&h, r->what);
    sha256_end(&h, out);
}

/* ---- writing -------------------------------------------------------------------------------- */

/* The number and the hash of the last row; 0 and zeros when there is none. */
static int last_row(struct db *db, int64_t *seq, unsigned char hash[HASH_BYTES], struct err *err)
{
    struct stmt st;
    *seq = 0;
    memset(hash, 0, HASH_BYTES);
    TRY(db_stmt(db, "SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1", &st, err));
    int rc = stmt_step(&st, err);
    if (rc <= 0)
        return rc;
    struct str blob = stmt_blob(&st, 1);
    if (blob.n == HASH_BYTES)
        memcpy(hash, blob.p, HASH_BYTES);
    *seq = stmt_i64(&st, 0);
    stmt_done(&st);
    return 0;
}

static int insert(struct store *s, const struct row *r, const unsigned char hash[HASH_BYTES],
                  struct err *err)
{
    struct stmt st;
    TRY(db_stmt(&s->db, "INSERT INTO audit VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)", &st, err));
    stmt_put_i64(&st, r->seq);
    stmt_put_i64(&st, r->at_ms);
    stmt_put_str(&st, r->who);
    stmt_put_str(&st, r->action);
    stmt_put_str(&st, r->object);
    stmt_put_str(&st, r->source);
    stmt_put_str(&st, r->why);
    stmt_put_str(&st, r->what);
    stmt_put_blob(&st, hash, HASH_BYTES);
    return stmt_run(&st, err);
}

static int write(struct store *s, const struct audit_entry *e, struct err *err)
{
    unsigned char before[HASH_BYTES], hash[HASH_BYTES];
    struct row r = {
        .at_ms = clock_wall_ms(),
        .who = str_of(s->who != NULL ? s->who : "panji"),
        .action = utf8_prefix(e->action, AUDIT_ACTION_BYTES),
        .object = utf8_prefix(e->object, AUDIT_OBJECT_BYTES),
        .source = utf8_prefix(e->source, SOURCE_BYTES_MAX),
        .why = utf8_prefix(e->why, REASON_BYTES_MAX),
        .what = utf8_prefix(e->what, AUDIT_WHAT_BYTES),
    };
    TRY(last_row(&s->db, &r.seq, before, err));
    r.seq++;
    chain(before, &r, hash);
    TRY(insert(s, &r, hash, err));
    s->audit_written = r.seq;
    return 0;
}

int audit_write(struct store *s, struct audit_entry e, struct err *err, const char *fmt, ...)
{
    char what[AUDIT_WHAT_BYTES + 1];
    va_list args;
    va_start(args, fmt);
    vsnprintf(what, sizeof what, fmt, args);
    va_end(args);
    e.what = str_of(what);
    return write(s, &e, err);
}

static int audit_call(struct store *s, void *arg, struct err *err)
{
    TRY(store_writable(s, err));
    TRY(db_begin(&s->db, err));
    int rc = write(s, arg, err);
    rc = rc < 0 ? rc : store_commit(s, err);
    if (rc < 0)
        store_rollback(s);
    return rc;
}

int store_audit(struct store *s, const struct audit_entry *e, struct err *err)
{
    struct audit_entry copy = *e;
    return store_call(s, audit_call, &copy, err);
}

int audit_load(struct store *s, struct err *err)
{
    unsigned char hash[HASH_BYTES];
    struct err why;
    int rc = unread_note(s, UNREAD_AUDIT, last_row(&s->db, &s->audit_written, hash, &why), &why);
    if (rc < 0 && err != NULL)
        *err = why;
    TRY(rc);
    atomic_store(&s->audits, (uint64_t)s->audit_written);
    return 0;
}

uint64_t store_audit_count(struct store *s)
{
    return s != NULL ? atomic_load(&s->audits) : 0;
}

/* ---- reading -------------------------------------------------------------------------------- */

static struct row read_row(struct stmt *st)
{
    return (struct row){
        .seq = stmt_i64(st, 0),
        .at_ms = stmt_i64(st, 1),
        .who = stmt_str(st, 2),
        .action = stmt_str(st, 3),
        .object = stmt_str(st, 4),
        .source = stmt_str(st, 5),
        .why = stmt_str(st, 6),
        .what = stmt_str(st, 7),
    };
}

/* The next piece: rows behind `after`, told one by one. 1 when there may be more. */
struct walk {
    int64_t after;
    int (*row)(void *ctx, const struct row *r, struct str hash, struct err *err);
    void *ctx;
    int rows;
};

static int walk_piece(struct db *db, struct walk *w, struct err *err)
{
    struct stmt st;
    int rc;
    w->rows = 0;
    TRY(db_stmt(db,
                "SELECT seq, at_ms, who, action, object, source, why, what, hash FROM audit"
                " WHERE seq > ? ORDER BY seq LIMIT ?",
                &st, err));
    stmt_put_i64(&st, w->after);
    stmt_put_i64(&st, PIECE_ROWS);
    while ((rc = stmt_step(&st, err)) == 1) {
        struct row r = read_row(&st);
        rc = w->row(w->ctx, &r, stmt_blob(&st, 8), err);
        if (rc < 0) {
            stmt_done(&st);
            break;
        }
        w->after = r.seq;
        w->rows++;
    }
    return rc;
}

static int walk_call(struct store *s, void *arg, struct err *err)
{
    return walk_piece(&s->db, arg, err);
}

static int walk_all(struct store *s, struct walk *w, struct err *err)
{
    do
        TRY(store_call(s, walk_call, w, err));
    while (w->rows == PIECE_ROWS);
    return 0;
}

/* ---- verifying ------------------------------------------------------------------------------ */

struct verifying {
    unsigned char before[HASH_BYTES];
    int64_t rows;
};

static int verify_row(void *ctx, const struct row *r, struct str hash, struct err *err)
{
    struct verifying *v = ctx;
    unsigned char want[HASH_BYTES];
    chain(v->before, r, want);
    v->rows++;
    if (r->seq != v->rows)
        return err_set(err, ERR_CORRUPT, "row %lld of the audit trail is missing",
                       (long long)v->rows);
    if (hash.n != HASH_BYTES || memcmp(hash.p, want, HASH_BYTES) != 0)
        return err_set(err, ERR_CORRUPT, "row %lld of the audit trail is not what was written",
                       (long long)r->seq);
    memcpy(v->before, want, HASH_BYTES);
    return 0;
}

int store_audit_verify(struct store *s, uint64_t *rows, struct err *err)
{
    struct verifying v = {.rows = 0};
    struct walk w = {.row = verify_row, .ctx = &v};
    TRY(walk_all(s, &w, err));
    *rows = (uint64_t)v.rows;
    return 0;
}

int audit_verify(struct db *db, struct err *err)
{
    struct verifying v = {.rows = 0};
    struct walk w = {.row = verify_row, .ctx = &v};
    do
        TRY(walk_piece(db, &w, err));
    while (w.rows == PIECE_ROWS);
    return 0;
}

/* ---- the table ------------------------------------------------------------------------------ */

static const struct {
    const char *name;
    enum type type;
} columns[COLUMNS] = {
    {"seq", TYPE_INT64},     {"at", TYPE_STRING},     {"who", TYPE_STRING}, {"action", TYPE_STRING},
    {"object", TYPE_STRING}, {"source", TYPE_STRING}, {"why", TYPE_STRING}, {"what", TYPE_STRING},
};

struct filling {
    struct arena *mem;
    struct frame *frame;
    size_t rows;
};

static int put(struct filling *f, size_t c, struct str s, struct err *err)
{
    struct frame_col *col = &f->frame->col[c];
    col->null[f->rows] = s.n == 0;
    col->s[f->rows] = str_copy(f->mem, s);
    return col->s[f->rows].p != NULL
               ? 0
               : err_set(err, ERR_MEM, "no memory for the table of the audit trail");
}

static int fill_row(void *ctx, const struct row *r, struct str hash, struct err *err)
{
    struct filling *f = ctx;
    const struct str text[] = {r->who, r->action, r->object, r->source, r->why, r->what};
    char when[32];
    (void)hash;
    if (f->rows == f->frame->rows) /* written since they were counted */
        return 0;
    f->frame->col[0].i[f->rows] = r->seq;
    clock_format(r->at_ms, when);
    TRY(put(f, 1, str_of(when), err));
    for (size_t c = 0; c < ARRAY_LEN(text); c++)
        TRY(put(f, c + 2, text[c], err));
    f->rows++;
    return 0;
}

int store_audit_table(void *store, struct arena *a, const struct snap *snap, struct frame **out,
                      struct err *err)
{
    uint64_t n = store_audit_count(store);
    uint64_t rows = n < AUDIT_READ_MAX ? n : AUDIT_READ_MAX;
    struct filling f = {.mem = a};
    (void)snap;
    TRY(frame_new(a, rows, COLUMNS, &f.frame, err));
    for (size_t c = 0; c < COLUMNS; c++)
        TRY(frame_col_init(a, &f.frame->col[c], rows, str_of(columns[c].name), columns[c].type,
                           err));
    struct walk w = {.after = (int64_t)(n - rows), .row = fill_row, .ctx = &f};
    if (store != NULL && rows > 0)
        TRY(walk_all(store, &w, err));
    f.frame->rows = f.rows;
    *out = f.frame;
    return 0;
}
