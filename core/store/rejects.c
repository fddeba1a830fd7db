/* SPDX-License-Identifier: MIT
 *
 * The rows that batches left out, as a table. They lie on the disk, which only the storage thread
 * may touch, and there may be very many: a query asks that thread for one piece after the other,
 * each behind the last row of the one before, and imports come in between. A batch that came after
 * the query's snapshot is not among them, so the same snapshot gives the same rows. */
#include <string.h>

#include "store_int.h"

enum { PIECE_ROWS = 4096, COLUMNS = 7 };

struct reading {
    struct arena *mem;
    uint64_t snapshot;
    struct frame *frame;
    size_t rows;              /* so far */
    int64_t total;            /* -1: not counted yet */
    struct str source, batch; /* of the last row read; "" before the first */
    int64_t seq;
};

static const struct {
    const char *name;
    enum type type;
} columns[COLUMNS] = {
    {"source", TYPE_STRING}, {"batch", TYPE_STRING}, {"line", TYPE_INT64},
    {"column", TYPE_INT64},  {"field", TYPE_STRING}, {"value", TYPE_STRING},
    {"reason", TYPE_STRING},
};

static int make_frame(struct reading *r, size_t rows, struct err *err)
{
    TRY(frame_new(r->mem, rows, COLUMNS, &r->frame, err));
    for (size_t c = 0; c < COLUMNS; c++)
        TRY(frame_col_init(r->mem, &r->frame->col[c], rows, str_of(columns[c].name),
                           columns[c].type, err));
    return 0;
}

static int count(struct store *s, struct reading *r, struct err *err)
{
    struct stmt st;
    TRY(db_stmt(&s->db,
                "SELECT count(*) FROM reject JOIN ledger USING(source, batch_id)"
                " WHERE ledger.snapshot <= ?",
                &st, err));
    stmt_put_i64(&st, (int64_t)r->snapshot);
    int rc = stmt_step(&st, err);
    if (rc < 0)
        return rc;
    r->total = stmt_i64(&st, 0);
    stmt_done(&st);
    return 0;
}

static int keep(struct reading *r, struct str s, struct str *out, struct err *err)
{
    *out = str_copy(r->mem, s);
    return out->p != NULL ? 0 : err_set(err, ERR_MEM, "no memory for the table of rejects");
}

/* Rows of one batch share its names. */
static int keep_names(struct reading *r, struct stmt *st, struct err *err)
{
    if (!str_eq(r->source, stmt_str(st, 0)))
        TRY(keep(r, stmt_str(st, 0), &r->source, err));
    if (!str_eq(r->batch, stmt_str(st, 1)))
        TRY(keep(r, stmt_str(st, 1), &r->batch, err));
    r->seq = stmt_i64(st, 2);
    return 0;
}

static int take_row(struct reading *r, struct stmt *st, struct err *err)
{
    struct frame_col *col = r->frame->col;
    TRY(keep_names(r, st, err));
    col[0].s[r->rows] = r->source;
    col[1].s[r->rows] = r->batch;
    col[2].i[r->rows] = stmt_i64(st, 3);
    col[3].i[r->rows] = stmt_i64(st, 4);
    for (int c = 4; c < COLUMNS; c++)
        TRY(keep(r, stmt_str(st, c + 1), &col[c].s[r->rows], err));
    col[3].null[r->rows] = col[3].i[r->rows] == 0; /* the whole row was wrong */
    r->rows++;
    return 0;
}

static int read_piece(struct store *s, void *arg, struct err *err)
{
    struct reading *r = arg;
    struct stmt st;
    int rc;
    if (r->total < 0)
        return count(s, r, err);
    TRY(db_stmt(&s->db,
                "SELECT source, batch_id, reject.seq, line, col, field, value, reason"
                " FROM reject JOIN ledger USING(source, batch_id)"
                " WHERE (source, batch_id, reject.seq) > (?, ?, ?) AND ledger.snapshot <= ?"
                " ORDER BY source, batch_id, reject.seq LIMIT ?",
                &st, err));
    stmt_put_str(&st, r->source);
    stmt_put_str(&st, r->batch);
    stmt_put_i64(&st, r->seq);
    stmt_put_i64(&st, (int64_t)r->snapshot);
    size_t room = r->frame->rows - r->rows;
    stmt_put_i64(&st, (int64_t)(room < PIECE_ROWS ? room : PIECE_ROWS));
    while ((rc = stmt_step(&st, err)) == 1) {
        rc = take_row(r, &st, err);
        if (rc < 0) {
            stmt_done(&st);
            break;
        }
    }
    return rc;
}

static int read_all(struct store *s, struct reading *r, struct err *err)
{
    if (s == NULL)
        return make_frame(r, 0, err);
    TRY(store_call(s, read_piece, r, err));
    if (r->total > REJECTS_READ_MAX) {
        err_set(err, ERR_LIMIT, "%lld rows were left out so far, and a query reads at most %d",
                (long long)r->total, REJECTS_READ_MAX);
        err_hint(err, "those of one batch are at /v1/batches/ID/rejects.csv");
        return ERR_LIMIT;
    }
    TRY(make_frame(r, (size_t)r->total, err));
    for (size_t before = SIZE_MAX; r->rows < r->frame->rows && r->rows != before;) {
        before = r->rows;
        TRY(store_call(s, read_piece, r, err));
    }
    r->frame->rows = r->rows;
    return 0;
}

int store_rejects_table(void *store, struct arena *a, const struct snap *snap, struct frame **out,
                        struct err *err)
{
    struct reading r = {
        .mem = a, .snapshot = snap->id, .total = -1, .source = STR(""), .batch = STR("")};
    TRY(read_all(store, &r, err));
    *out = r.frame;
    return 0;
}
