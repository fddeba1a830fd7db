/* SPDX-License-Identifier: MIT
 *
 * Findings and their history as tables for queries. The first comes from the book in memory; the
 * second is read by the storage thread in pieces, so that imports go on meanwhile. */
#include <string.h>

#include "base/clock.h"
#include "base/date.h"
#include "findings.h"

enum { PIECE_ROWS = 4096 };

struct column {
    const char *name;
    enum type type;
};

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEM, "no memory for the table of findings");
}

static int make_frame(struct arena *a, size_t rows, const struct column *column, size_t columns,
                      struct frame **out, struct err *err)
{
    TRY(frame_new(a, rows, columns, out, err));
    for (size_t c = 0; c < columns; c++)
        TRY(frame_col_init(a, &(*out)->col[c], rows, str_of(column[c].name), column[c].type, err));
    return 0;
}

/* ---- findings -------------------------------------------------------------------------------- */

static const struct column finding_columns[] = {
    {"id", TYPE_STRING},      {"plugin", TYPE_STRING},     {"check", TYPE_STRING},
    {"status", TYPE_STRING},  {"severity", TYPE_STRING},   {"place", TYPE_PLACE},
    {"district", TYPE_PLACE}, {"block", TYPE_PLACE},       {"key", TYPE_STRING},
    {"since", TYPE_DATE},     {"last_seen", TYPE_DATE},    {"resolved_on", TYPE_DATE},
    {"message", TYPE_STRING}, {"message_hi", TYPE_STRING}, {"figures", TYPE_STRING},
    {"source", TYPE_STRING},  {"batch", TYPE_STRING},      {"snapshot", TYPE_INT64},
    {"times", TYPE_INT64},
};

static struct value text_value(struct str s)
{
    return (struct value){.type = TYPE_STRING, .s = s, .null = s.n == 0};
}

static struct value day_value(int32_t day)
{
    return (struct value){.type = TYPE_DATE, .null = day == DAY_NONE, .i = day};
}

static struct value number_value(int64_t i)
{
    return (struct value){.type = TYPE_INT64, .i = i};
}

/* The place of that level in which `place` lies; NULL where there is none. */
static struct value place_value(const struct place_tree *tree, uint32_t place, int level)
{
    uint32_t order = tree == NULL || place == PLACE_NONE ? PLACE_NONE : place_order(tree, place);
    if (order != PLACE_NONE && level >= 0)
        order = place_above(tree, order, (enum place_level)level);
    struct value v = {.type = TYPE_PLACE, .null = order == PLACE_NONE};
    if (!v.null)
        v.i = tree->at[order].identity;
    return v;
}

/* An open one is seen as long as there is data. */
static int32_t last_seen(const struct finding *x, const struct snap *snap)
{
    bool later = x->resolved_on == DAY_NONE && snap != NULL && snap->day_min <= snap->day_max &&
                 snap->day_max > x->last_seen;
    return later ? snap->day_max : x->last_seen;
}

static void fill_row(struct frame *f, size_t row, const struct finding *x, const struct snap *snap)
{
    const struct place_tree *tree = snap != NULL ? snap->tree : NULL;
    const struct value v[ARRAY_LEN(finding_columns)] = {
        text_value(str_of(x->id)),
        text_value(x->plugin),
        text_value(x->check),
        text_value(x->resolved_on == DAY_NONE ? STR("open") : STR("closed")),
        text_value(x->severity),
        place_value(tree, x->place, -1),
        place_value(tree, x->place, PLACE_DISTRICT),
        place_value(tree, x->place, PLACE_BLOCK),
        text_value(x->key),
        day_value(x->since),
        day_value(last_seen(x, snap)),
        day_value(x->resolved_on),
        text_value(x->message),
        text_value(x->message_hi),
        text_value(x->figures),
        text_value(x->source),
        text_value(x->batch),
        number_value((int64_t)x->snapshot),
        number_value(x->times),
    };
    for (size_t c = 0; c < ARRAY_LEN(v); c++)
        frame_set(f, row, c, v[c]);
}

static int fill_findings(const struct book *b, struct arena *a, const struct snap *snap,
                         struct frame *f, struct err *err)
{
    for (size_t i = 0; i < b->n; i++) {
        struct finding *x = ARENA_NEW(a, struct finding); /* the row's id stays where it is */
        if (x == NULL)
            return no_memory(err);
        TRY(finding_copy(a, &b->at[i], x, err));
        fill_row(f, i, x, snap);
    }
    return 0;
}

int store_findings_table(void *store, struct arena *a, const struct snap *snap, struct frame **out,
                         struct err *err)
{
    if (store == NULL)
        return make_frame(a, 0, finding_columns, ARRAY_LEN(finding_columns), out, err);
    struct book *b = book_get(store);
    int rc = make_frame(a, b->n, finding_columns, ARRAY_LEN(finding_columns), out, err);
    if (rc == 0)
        rc = fill_findings(b, a, snap, *out, err);
    book_unref(b);
    return rc;
}

/* ---- their history --------------------------------------------------------------------------- */

static const struct column event_columns[] = {
    {"seq", TYPE_INT64},       {"id", TYPE_STRING},      {"event", TYPE_STRING},
    {"at", TYPE_STRING},       {"day", TYPE_DATE},       {"snapshot", TYPE_INT64},
    {"severity", TYPE_STRING}, {"message", TYPE_STRING}, {"message_hi", TYPE_STRING},
    {"figures", TYPE_STRING},  {"source", TYPE_STRING},  {"batch", TYPE_STRING},
};

struct reading {
    struct arena *mem;
    struct frame *frame;
    size_t rows;          /* so far */
    int64_t total, after; /* events to be read; -1: not counted yet. The last one read */
};

static int count(struct store *s, struct reading *r, struct err *err)
{
    struct stmt st;
    TRY(db_stmt(&s->db, "SELECT coalesce(max(seq), 0) FROM finding_event", &st, err));
    int rc = stmt_step(&st, err);
    if (rc < 0)
        return rc;
    int64_t last = stmt_i64(&st, 0);
    stmt_done(&st);
    r->total = last < FINDING_EVENTS_READ_MAX ? last : FINDING_EVENTS_READ_MAX;
    r->after = last - r->total;
    return 0;
}

static int keep(struct reading *r, struct str s, size_t column, struct err *err)
{
    struct str copy = str_copy(r->mem, s);
    frame_set(r->frame, r->rows, column, text_value(copy));
    return copy.p != NULL ? 0 : no_memory(err);
}

static int take_event(struct reading *r, struct stmt *st, struct err *err)
{
    char at[32];
    r->after = stmt_i64(st, 0);
    clock_format(stmt_i64(st, 3), at);
    frame_set(r->frame, r->rows, 0, number_value(r->after));
    TRY(keep(r, stmt_str(st, 1), 1, err));
    TRY(keep(r, stmt_str(st, 2), 2, err));
    TRY(keep(r, str_of(at), 3, err));
    frame_set(r->frame, r->rows, 4, day_value((int32_t)stmt_i64(st, 4)));
    frame_set(r->frame, r->rows, 5, number_value(stmt_i64(st, 5)));
    for (int c = 6; c < (int)ARRAY_LEN(event_columns); c++)
        TRY(keep(r, stmt_str(st, c), (size_t)c, err));
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
                "SELECT seq, id, event, at_ms, day, snapshot, severity, message, message_hi,"
                " figures, source, batch_id FROM finding_event WHERE seq > ? ORDER BY seq LIMIT ?",
                &st, err));
    size_t room = r->frame->rows - r->rows;
    stmt_put_i64(&st, r->after);
    stmt_put_i64(&st, (int64_t)(room < PIECE_ROWS ? room : PIECE_ROWS));
    while ((rc = stmt_step(&st, err)) == 1) {
        rc = take_event(r, &st, err);
        if (rc < 0) {
            stmt_done(&st);
            break;
        }
    }
    return rc;
}

int store_finding_history_table(void *store, struct arena *a, const struct snap *snap,
                                struct frame **out, struct err *err)
{
    struct reading r = {.mem = a, .total = store == NULL ? 0 : -1};
    (void)snap;
    if (store != NULL)
        TRY(store_call(store, read_piece, &r, err));
    TRY(make_frame(a, (size_t)r.total, event_columns, ARRAY_LEN(event_columns), &r.frame, err));
    for (size_t before = SIZE_MAX; r.rows < r.frame->rows && r.rows != before;) {
        before = r.rows;
        TRY(store_call(store, read_piece, &r, err));
    }
    r.frame->rows = r.rows;
    *out = r.frame;
    return 0;
}
