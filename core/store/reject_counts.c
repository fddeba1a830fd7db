/* SPDX-License-Identifier: MIT
 *
 * How many rows each batch left out, by column and kind of reason, as a table. What a batch left
 * out never changes, so it is counted once, when the table is first asked for after the batch came,
 * and kept in memory: checks ask after every batch, and there may be a million rows.
 *
 * Only the storage thread looks at the counts: a reader is handed a copy. */
#include <string.h>

#include "base/log.h"
#include "store_int.h"

struct count {
    struct str source, batch, field, kind, example;
    int64_t n;
    uint64_t snapshot; /* of the batch */
};

struct reject_counts {
    struct arena arena; /* of all texts, and of the array */
    struct count *at;
    size_t n, cap;
    size_t dropped; /* before the first of them */
    int64_t last;   /* seq of the last batch counted */
};

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEM, "no memory to count the rejects");
}

int reject_counts_new(struct reject_counts **out, struct err *err)
{
    struct reject_counts *c = mem_calloc(MEM_STORE, 1, sizeof *c);
    if (c == NULL)
        return no_memory(err);
    arena_init(&c->arena, MEM_STORE, 0);
    c->last = -1;
    *out = c;
    return 0;
}

void reject_counts_free(struct reject_counts *c)
{
    if (c == NULL)
        return;
    arena_fini(&c->arena);
    mem_free(MEM_STORE, c);
}

/* ---- counting -------------------------------------------------------------------------------- */

static int grow(struct reject_counts *c, struct err *err)
{
    struct count *grown = arena_grown(&c->arena, c->at, c->n, &c->cap, sizeof *grown);
    if (grown == NULL)
        return no_memory(err);
    c->at = grown;
    return 0;
}

static int add(struct reject_counts *c, const struct count *from, struct err *err)
{
    TRY(grow(c, err));
    struct count *x = &c->at[c->n];
    *x = *from;
    struct str *text[] = {&x->source, &x->batch, &x->field, &x->kind, &x->example};
    for (size_t i = 0; i < ARRAY_LEN(text); i++) {
        *text[i] = str_copy(&c->arena, *text[i]);
        if (text[i]->p == NULL)
            return no_memory(err);
    }
    c->n++;
    return 0;
}

/* Forgets all but n of them, behind the first so many, and gives back the memory of the others. */
static int keep(struct reject_counts *c, size_t first, size_t n, struct err *err)
{
    struct reject_counts kept = {.dropped = c->dropped + first, .last = c->last};
    arena_init(&kept.arena, MEM_STORE, 0);
    for (size_t i = 0; i < n; i++) {
        int rc = add(&kept, &c->at[first + i], err);
        if (rc < 0) {
            arena_fini(&kept.arena);
            return rc;
        }
    }
    arena_fini(&c->arena);
    *c = kept;
    return 0;
}

static int make_room(struct reject_counts *c, struct err *err)
{
    if (c->n < REJECT_COUNTS_MAX)
        return 0;
    if (c->dropped == 0)
        log_line(LOG_WARN, "store",
                 "rejects of more than %d kinds: the table reject_counts leaves out those of the "
                 "oldest batches",
                 REJECT_COUNTS_MAX);
    return keep(c, c->n / 4, c->n - c->n / 4, err);
}

static int take(struct reject_counts *c, struct stmt *st, struct err *err)
{
    const struct count x = {.source = stmt_str(st, 0),
                            .batch = stmt_str(st, 1),
                            .field = stmt_str(st, 2),
                            .kind = stmt_str(st, 3),
                            .example = stmt_str(st, 4),
                            .n = stmt_i64(st, 5),
                            .snapshot = (uint64_t)stmt_i64(st, 6)};
    TRY(make_room(c, err));
    return add(c, &x, err);
}

static int last_batch(struct store *s, int64_t *out, struct err *err)
{
    struct stmt st;
    TRY(db_stmt(&s->db, "SELECT coalesce(max(seq), -1) FROM ledger", &st, err));
    int rc = stmt_step(&st, err);
    if (rc < 0)
        return rc;
    *out = stmt_i64(&st, 0);
    stmt_done(&st);
    return 0;
}

/* The batches that came since. */
static int count_new(struct store *s, struct reject_counts *c, int64_t last, struct err *err)
{
    struct stmt st;
    int rc;
    TRY(db_stmt(&s->db,
                "SELECT source, batch_id, field,"
                " CASE WHEN reason LIKE '%does not lie in%' THEN 'elsewhere'"
                " WHEN reason LIKE '%lies in the future%' THEN 'future'"
                " WHEN reason LIKE '%is known in%' OR reason LIKE '%\" is no %' THEN 'unknown'"
                " WHEN reason LIKE '%is the name of%' THEN 'ambiguous' ELSE 'other' END AS why,"
                " min(reason), count(*), ledger.snapshot"
                " FROM ledger JOIN reject USING(source, batch_id) WHERE ledger.seq > ?"
                " AND ledger.seq <= ? GROUP BY source, batch_id, field, why"
                " ORDER BY ledger.seq, field, why",
                &st, err));
    stmt_put_i64(&st, c->last);
    stmt_put_i64(&st, last);
    while ((rc = stmt_step(&st, err)) == 1) {
        rc = take(c, &st, err);
        if (rc < 0) {
            stmt_done(&st);
            break;
        }
    }
    return rc;
}

/* ---- the table ------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    enum type type;
} columns[] = {
    {"source", TYPE_STRING}, {"batch", TYPE_STRING},   {"field", TYPE_STRING},
    {"kind", TYPE_STRING},   {"example", TYPE_STRING}, {"n", TYPE_INT64},
};

struct reading {
    struct arena *mem;
    uint64_t snapshot;
    struct frame *frame;
};

static int make_frame(struct reading *r, size_t rows, struct err *err)
{
    TRY(frame_new(r->mem, rows, ARRAY_LEN(columns), &r->frame, err));
    for (size_t c = 0; c < ARRAY_LEN(columns); c++)
        TRY(frame_col_init(r->mem, &r->frame->col[c], rows, str_of(columns[c].name),
                           columns[c].type, err));
    return 0;
}

static int fill_row(struct reading *r, size_t row, const struct count *x, struct err *err)
{
    const struct str text[] = {x->source, x->batch, x->field, x->kind, x->example};
    for (size_t c = 0; c < ARRAY_LEN(text); c++) {
        r->frame->col[c].s[row] = str_copy(r->mem, text[c]);
        if (r->frame->col[c].s[row].p == NULL)
            return no_memory(err);
    }
    r->frame->col[ARRAY_LEN(text)].i[row] = x->n;
    return 0;
}

static int fill(struct reading *r, const struct reject_counts *c, struct err *err)
{
    size_t rows = 0;
    TRY(make_frame(r, c->n, err));
    for (size_t i = 0; i < c->n; i++) {
        if (c->at[i].snapshot <= r->snapshot)
            TRY(fill_row(r, rows++, &c->at[i], err));
    }
    r->frame->rows = rows;
    return 0;
}

/* Counting that failed half-way is done again as a whole. */
static void take_back(struct reject_counts *c, size_t before)
{
    size_t left = before > c->dropped ? before - c->dropped : 0;
    if (keep(c, 0, left, NULL) < 0)
        c->n = left;
}

/* On the storage thread. */
static int read_call(struct store *s, void *arg, struct err *err)
{
    struct reject_counts *c = s->reject_counts;
    int64_t last;
    size_t before = c->dropped + c->n;
    TRY(last_batch(s, &last, err));
    int rc = last > c->last ? count_new(s, c, last, err) : 0;
    if (rc < 0) {
        take_back(c, before);
        return rc;
    }
    c->last = last;
    return fill(arg, c, err);
}

int store_reject_counts_table(void *store, struct arena *a, const struct snap *snap,
                              struct frame **out, struct err *err)
{
    struct reading r = {.mem = a, .snapshot = snap != NULL ? snap->id : 0};
    TRY(store == NULL ? make_frame(&r, 0, err) : store_call(store, read_call, &r, err));
    *out = r.frame;
    return 0;
}
