/* SPDX-License-Identifier: MIT
 *
 * The history of alerts: a line for each thing that happened to a finding. Lines are never changed
 * and not taken away: a season of a state is some ten thousand of them. */
#include <string.h>

#include "alerts_int.h"
#include "base/date.h"

int history_write(struct db *db, const struct alert_event *e, int64_t at_ms, struct err *err)
{
    const struct alert_row *r = e->row;
    struct stmt st;
    TRY(db_stmt(db,
                "INSERT INTO alert_event VALUES(NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                &st, err));
    stmt_put_i64(&st, at_ms);
    stmt_put_i64(&st, e->day);
    const struct str text[] = {r->id,       r->plugin, r->rule, r->key,     str_of(e->event),
                               r->severity, e->who,    e->note, r->message, r->message_hi};
    for (size_t i = 0; i < ARRAY_LEN(text); i++)
        stmt_put_str(&st, text[i]);
    stmt_put_i64(&st, r->since_ms);
    stmt_put_i64(&st, r->fired_ms);
    if (r->by_clock || r->times.since == ALERT_NEVER)
        stmt_put_null(&st);
    else
        stmt_put_i64(&st, r->times.since);
    return stmt_run(&st, err);
}

int history_last(struct db *db, int64_t *seq, struct err *err)
{
    struct stmt st;
    TRY(db_stmt(db, "SELECT coalesce(max(seq), 0) FROM alert_event", &st, err));
    int rc = stmt_step(&st, err);
    if (rc < 0)
        return rc;
    *seq = stmt_i64(&st, 0);
    stmt_done(&st);
    return 0;
}

/* ---- the table ------------------------------------------------------------------------------- */

static const struct table_column columns[] = {
    {"seq", TYPE_INT64},         {"at", TYPE_STRING},     {"day", TYPE_DATE},
    {"id", TYPE_STRING},         {"plugin", TYPE_STRING}, {"rule", TYPE_STRING},
    {"key", TYPE_STRING},        {"event", TYPE_STRING},  {"severity", TYPE_STRING},
    {"who", TYPE_STRING},        {"note", TYPE_STRING},   {"message", TYPE_STRING},
    {"message_hi", TYPE_STRING}, {"since", TYPE_DATE},    {"open_days", TYPE_FLOAT64},
};

enum { PIECE_ROWS = 5000, TEXT_FIRST = 3, TEXTS = 10 };

struct line {
    int64_t seq, at_ms, day, fired_ms, since_day;
    struct str text[TEXTS];
};

struct reading {
    struct arena *a;
    struct line *line;
    size_t n, cap;
    int64_t after; /* seq */
};

static int take_line(struct reading *r, struct stmt *st, struct err *err)
{
    struct line *grown = arena_grown(r->a, r->line, r->n, &r->cap, sizeof *grown);
    if (grown == NULL)
        return err_set(err, ERR_MEM, "no memory for the history of alerts");
    r->line = grown;
    struct line *l = &r->line[r->n];
    l->seq = r->after = stmt_i64(st, 0);
    l->at_ms = stmt_i64(st, 1);
    l->day = stmt_i64(st, 2);
    for (int i = 0; i < TEXTS; i++)
        TRY(column_text(st, i + 3, r->a, &l->text[i], err));
    l->fired_ms = stmt_i64(st, 14);
    l->since_day = stmt_is_null(st, 15) ? DAY_NONE : stmt_i64(st, 15);
    r->n++;
    return 0;
}

/* The first piece begins so far back that the newest lines fit. */
static int find_start(struct db *db, int64_t *after, struct err *err)
{
    TRY(history_last(db, after, err));
    *after = *after > ALERT_HISTORY_READ_MAX ? *after - ALERT_HISTORY_READ_MAX : 0;
    return 0;
}

static int read_piece(struct store *s, void *arg, struct err *err)
{
    struct reading *r = arg;
    struct stmt st;
    int rc;
    if (r->after < 0)
        TRY(find_start(&s->db, &r->after, err));
    TRY(db_stmt(&s->db, "SELECT * FROM alert_event WHERE seq > ? ORDER BY seq LIMIT 5000", &st,
                err));
    stmt_put_i64(&st, r->after);
    while ((rc = stmt_step(&st, err)) == 1) {
        rc = take_line(r, &st, err);
        if (rc < 0) {
            stmt_done(&st);
            break;
        }
    }
    return rc;
}

/* How long it fired, told where it ends. */
static void put_open(struct frame *f, size_t row, const struct line *l)
{
    enum { DAY_MS = 86400000 };
    bool over = l->fired_ms != 0 && str_eq(l->text[4], STR("resolved"));
    struct value v = {.type = TYPE_FLOAT64, .null = !over};
    if (over)
        v.f = (double)(l->at_ms - l->fired_ms) / DAY_MS;
    frame_set(f, row, 14, v);
}

static int fill(struct reading *r, struct frame *f, struct err *err)
{
    for (size_t i = 0; i < r->n; i++) {
        const struct line *l = &r->line[i];
        put_number(f, i, 0, l->seq);
        TRY(put_moment(r->a, f, i, 1, l->at_ms, err));
        put_day(f, i, 2, l->day);
        for (size_t c = 0; c < TEXTS; c++)
            put_text(f, i, TEXT_FIRST + c, l->text[c]);
        put_day(f, i, 13, l->since_day);
        put_open(f, i, l);
    }
    return 0;
}

int store_alert_history_table(void *store, struct arena *a, const struct snap *snap,
                              struct frame **out, struct err *err)
{
    struct reading r = {.a = a, .after = -1};
    (void)snap;
    for (size_t before = SIZE_MAX;
         store != NULL && r.n != before && r.n < ALERT_HISTORY_READ_MAX;) {
        before = r.n;
        TRY(store_call(store, read_piece, &r, err));
        if (r.n - before < PIECE_ROWS)
            break;
    }
    TRY(table_frame(a, columns, ARRAY_LEN(columns), r.n, out, err));
    return fill(&r, *out, err);
}
