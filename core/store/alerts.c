/* SPDX-License-Identifier: MIT
 *
 * Findings on disk: one row each, replaced when anything of it changes. */
#include "store/alerts.h"

#include <string.h>

#include "alerts_int.h"
#include "base/clock.h"
#include "base/date.h"

const char *alert_state_name(enum alert_state state)
{
    static const char *const names[] = {"gone", "pending", "firing", "resolved"};
    return names[state];
}

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEM, "no memory for alerts");
}

/* ---- in memory ------------------------------------------------------------------------------- */

/* The texts of a row, in the order of their columns. */
enum { ROW_TEXTS = 9 };

static void texts_of(struct alert_row *row, struct str *out[ROW_TEXTS])
{
    struct str *const all[ROW_TEXTS] = {
        &row->id,      &row->plugin,     &row->rule,   &row->key,        &row->severity,
        &row->message, &row->message_hi, &row->ack_by, &row->ack_reason,
    };
    memcpy(out, all, sizeof all);
}

struct alert_row *alert_row_copy(const struct alert_row *from)
{
    struct alert_row shadow = *from;
    struct str *text[ROW_TEXTS];
    size_t bytes = sizeof *from;
    texts_of(&shadow, text);
    for (size_t i = 0; i < ROW_TEXTS; i++)
        bytes += text[i]->n + 1;
    struct alert_row *row = mem_alloc(MEM_ALERT, bytes);
    if (row == NULL)
        return NULL;
    char *at = (char *)(row + 1);
    for (size_t i = 0; i < ROW_TEXTS; i++) {
        if (text[i]->n > 0)
            memcpy(at, text[i]->p, text[i]->n);
        at[text[i]->n] = '\0';
        text[i]->p = at;
        at += text[i]->n + 1;
    }
    *row = shadow;
    return row;
}

/* ---- writing --------------------------------------------------------------------------------- */

/* The numbers of a row, in the order of their columns behind the texts. */
enum { ROW_NUMBERS = 18 };

static void numbers_get(const struct alert_row *r, int64_t out[ROW_NUMBERS])
{
    const int64_t all[ROW_NUMBERS] = {
        (int64_t)r->times.state,
        r->times.since,
        r->times.fired_at,
        r->times.absent_from,
        r->times.resolved_at,
        r->by_clock,
        r->level,
        r->place_level,
        r->place_code,
        r->since_ms,
        r->fired_ms,
        r->resolved_ms,
        r->ack_ms,
        r->ack_until_ms,
        r->escalated_ms,
        r->told_ms,
        r->told_level,
        (int64_t)r->snapshot,
    };
    memcpy(out, all, sizeof all);
}

static int row_write(struct db *db, const struct alert_row *row, struct err *err)
{
    struct alert_row shadow = *row;
    struct str *text[ROW_TEXTS];
    int64_t number[ROW_NUMBERS];
    struct stmt st;
    TRY(db_stmt(db,
                "INSERT OR REPLACE INTO alert VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
                " ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                &st, err));
    texts_of(&shadow, text);
    numbers_get(row, number);
    for (size_t i = 0; i < ROW_TEXTS; i++)
        stmt_put_str(&st, *text[i]);
    for (size_t i = 0; i < ROW_NUMBERS; i++)
        stmt_put_i64(&st, number[i]);
    return stmt_run(&st, err);
}

static int row_drop(struct db *db, struct str id, struct err *err)
{
    struct stmt st;
    TRY(db_stmt(db, "DELETE FROM alert WHERE id = ?", &st, err));
    stmt_put_str(&st, id);
    return stmt_run(&st, err);
}

static int mark_write(struct db *db, const char *mark, int64_t ms, struct err *err)
{
    struct stmt st;
    TRY(db_stmt(db, "INSERT OR REPLACE INTO mark VALUES(?, ?)", &st, err));
    stmt_put_str(&st, str_of(mark));
    stmt_put_i64(&st, ms);
    return stmt_run(&st, err);
}

static int write_all(struct db *db, void *arg, struct err *err)
{
    const struct alert_changes *c = arg;
    for (size_t i = 0; i < c->puts; i++)
        TRY(row_write(db, c->put[i], err));
    for (size_t i = 0; i < c->drops; i++)
        TRY(row_drop(db, c->drop[i], err));
    for (size_t i = 0; i < c->events; i++)
        TRY(history_write(db, &c->event[i], c->at_ms, err));
    for (size_t i = 0; i < c->outs; i++)
        TRY(outbox_write(db, &c->out[i], err));
    if (c->mark != NULL)
        TRY(mark_write(db, c->mark, c->mark_ms, err));
    return c->seq != NULL ? history_last(db, c->seq, err) : 0;
}

int alerts_transaction(struct store *s, int (*part)(struct db *, void *, struct err *), void *arg,
                       struct err *err)
{
    TRY(store_writable(s, err));
    TRY(db_begin(&s->db, err));
    int rc = part(&s->db, arg, err);
    if (rc == 0)
        rc = store_commit(s, err);
    if (rc < 0)
        store_rollback(s);
    return rc;
}

static int write_call(struct store *s, void *arg, struct err *err)
{
    return alerts_transaction(s, write_all, arg, err);
}

int store_alerts_write(struct store *s, const struct alert_changes *c, struct err *err)
{
    struct alert_changes copy = *c;
    return store_call(s, write_call, &copy, err);
}

/* ---- reading --------------------------------------------------------------------------------- */

int column_text(struct stmt *st, int column, struct arena *a, struct str *out, struct err *err)
{
    *out = str_copy(a, stmt_str(st, column));
    return out->p != NULL ? 0 : no_memory(err);
}

static int row_read(struct stmt *st, struct arena *a, struct alert_row *r, struct err *err)
{
    struct str *text[ROW_TEXTS];
    int64_t v[ROW_NUMBERS];
    texts_of(r, text);
    for (int i = 0; i < ROW_TEXTS; i++)
        TRY(column_text(st, i, a, text[i], err));
    for (int i = 0; i < ROW_NUMBERS; i++)
        v[i] = stmt_i64(st, ROW_TEXTS + i);
    if (v[0] < ALERT_GONE || v[0] > ALERT_RESOLVED)
        return err_set(err, ERR_CORRUPT, "an alert is in state %lld", (long long)v[0]);
    r->times = (struct alert_times){(enum alert_state)v[0], v[1], v[2], v[3], v[4]};
    r->by_clock = v[5] != 0;
    r->level = (int)v[6];
    r->place_level = (int)v[7];
    r->place_code = v[8];
    r->since_ms = v[9];
    r->fired_ms = v[10];
    r->resolved_ms = v[11];
    r->ack_ms = v[12];
    r->ack_until_ms = v[13];
    r->escalated_ms = v[14];
    r->told_ms = v[15];
    r->told_level = (int)v[16];
    r->snapshot = (uint64_t)v[17];
    return 0;
}

struct row_list {
    struct arena *a;
    struct alert_row *row;
    size_t n, cap;
    int64_t seq;
};

static int take(struct row_list *list, struct stmt *st, struct err *err)
{
    struct alert_row *grown = arena_grown(list->a, list->row, list->n, &list->cap, sizeof *grown);
    if (grown == NULL)
        return no_memory(err);
    list->row = grown;
    TRY(row_read(st, list->a, &list->row[list->n], err));
    list->n++;
    return 0;
}

static int read_call(struct store *s, void *arg, struct err *err)
{
    struct row_list *list = arg;
    struct stmt st;
    int rc;
    TRY(history_last(&s->db, &list->seq, err));
    TRY(db_stmt(&s->db, "SELECT * FROM alert ORDER BY id", &st, err));
    while ((rc = stmt_step(&st, err)) == 1) {
        rc = take(list, &st, err);
        if (rc < 0) {
            stmt_done(&st);
            break;
        }
    }
    return rc;
}

int store_alerts_read(struct store *s, struct arena *a, struct alert_row **out, size_t *n,
                      int64_t *seq, struct err *err)
{
    struct row_list list = {.a = a};
    TRY(store_call(s, read_call, &list, err));
    *out = list.row;
    *n = list.n;
    *seq = list.seq;
    return 0;
}

struct mark_ask {
    const char *name;
    int64_t *ms;
};

static int mark_call(struct store *s, void *arg, struct err *err)
{
    struct mark_ask *ask = arg;
    struct stmt st;
    TRY(db_stmt(&s->db, "SELECT ms FROM mark WHERE name = ?", &st, err));
    stmt_put_str(&st, str_of(ask->name));
    int rc = stmt_step(&st, err);
    *ask->ms = rc == 1 ? stmt_i64(&st, 0) : 0;
    if (rc == 1)
        stmt_done(&st);
    return rc < 0 ? rc : 0;
}

int store_alerts_mark(struct store *s, const char *mark, int64_t *ms, struct err *err)
{
    struct mark_ask ask = {mark, ms};
    return store_call(s, mark_call, &ask, err);
}

/* ---- tables ---------------------------------------------------------------------------------- */

int table_frame(struct arena *a, const struct table_column *column, size_t cols, size_t rows,
                struct frame **out, struct err *err)
{
    TRY(frame_new(a, rows, cols, out, err));
    for (size_t c = 0; c < cols; c++)
        TRY(frame_col_init(a, &(*out)->col[c], rows, str_of(column[c].name), column[c].type, err));
    return 0;
}

void put_text(struct frame *f, size_t row, size_t col, struct str s)
{
    struct value v = {.type = TYPE_STRING, .null = s.n == 0, .s = s.n ? s : STR("")};
    frame_set(f, row, col, v);
}

void put_number(struct frame *f, size_t row, size_t col, int64_t i)
{
    frame_set(f, row, col, (struct value){.type = f->col[col].type, .i = i});
}

void put_day(struct frame *f, size_t row, size_t col, int64_t day)
{
    bool none = day < DAY_MIN || day > DAY_MAX;
    frame_set(f, row, col, (struct value){.type = TYPE_DATE, .null = none, .i = none ? 0 : day});
}

int put_moment(struct arena *a, struct frame *f, size_t row, size_t col, int64_t ms,
               struct err *err)
{
    char when[32];
    struct str text = STR_NULL;
    if (ms != 0) {
        clock_format(ms, when);
        text = str_copy(a, str_of(when));
        if (text.p == NULL)
            return no_memory(err);
    }
    put_text(f, row, col, text);
    return 0;
}

static int64_t day_of(const struct alert_row *r, int64_t at)
{
    if (at == ALERT_NEVER)
        return DAY_NONE;
    return r->by_clock ? clock_day(at) : at;
}

static const struct table_column alert_columns[] = {
    {"id", TYPE_STRING},      {"plugin", TYPE_STRING},          {"rule", TYPE_STRING},
    {"state", TYPE_STRING},   {"severity", TYPE_STRING},        {"key", TYPE_STRING},
    {"since", TYPE_DATE},     {"message", TYPE_STRING},         {"message_hi", TYPE_STRING},
    {"snapshot", TYPE_INT64}, {"fired_on", TYPE_DATE},          {"resolved_on", TYPE_DATE},
    {"place", TYPE_PLACE},    {"acknowledged_by", TYPE_STRING}, {"reason", TYPE_STRING},
    {"until", TYPE_STRING},   {"silenced", TYPE_BOOL},          {"escalated", TYPE_STRING},
    {"told", TYPE_STRING},
};

/* As a place of the snapshot's tree; NULL where the finding is of none. */
static void put_place(struct frame *f, size_t row, size_t col, const struct alert_row *r,
                      const struct snap *snap)
{
    uint32_t node = PLACE_NONE;
    if (r->place_level > PLACE_COUNTRY && snap != NULL)
        node = place_by_code(snap->tree, (enum place_level)r->place_level, r->place_code);
    struct value v = {.type = TYPE_PLACE, .null = node == PLACE_NONE};
    if (!v.null)
        v.i = snap->tree->at[node].identity;
    frame_set(f, row, col, v);
}

/* In the order of alert_columns. */
static int fill_row(struct arena *a, struct frame *f, size_t i, const struct alert_row *r,
                    bool silenced, const struct snap *snap, struct err *err)
{
    const struct str text[] = {
        r->id, r->plugin, r->rule, str_of(alert_state_name(r->times.state)), r->severity, r->key,
    };
    for (size_t c = 0; c < ARRAY_LEN(text); c++)
        put_text(f, i, c, text[c]);
    put_day(f, i, 6, day_of(r, r->times.since));
    put_text(f, i, 7, r->message);
    put_text(f, i, 8, r->message_hi);
    put_number(f, i, 9, (int64_t)r->snapshot);
    put_day(f, i, 10, day_of(r, r->times.fired_at));
    put_day(f, i, 11, day_of(r, r->times.resolved_at));
    put_place(f, i, 12, r, snap);
    put_text(f, i, 13, r->ack_by);
    put_text(f, i, 14, r->ack_reason);
    TRY(put_moment(a, f, i, 15, r->ack_until_ms, err));
    put_number(f, i, 16, silenced);
    TRY(put_moment(a, f, i, 17, r->escalated_ms, err));
    return put_moment(a, f, i, 18, r->told_ms, err);
}

/* The texts outlive the rows: one copy of each row, owned by the arena. */
static int keep_texts(struct arena *a, struct alert_row *r, struct err *err)
{
    struct str *text[ROW_TEXTS];
    texts_of(r, text);
    for (size_t i = 0; i < ROW_TEXTS; i++) {
        *text[i] = str_copy(a, *text[i]);
        if (text[i]->p == NULL)
            return no_memory(err);
    }
    return 0;
}

int alert_rows_frame(const struct alert_row *const *row, const bool *silenced, size_t n,
                     const struct snap *snap, struct arena *a, struct frame **out, struct err *err)
{
    TRY(table_frame(a, alert_columns, ARRAY_LEN(alert_columns), n, out, err));
    for (size_t i = 0; i < n; i++) {
        struct alert_row own = *row[i];
        TRY(keep_texts(a, &own, err));
        TRY(fill_row(a, *out, i, &own, silenced[i], snap, err));
    }
    return 0;
}

int store_alerts_table(void *store, struct arena *a, const struct snap *snap, struct frame **out,
                       struct err *err)
{
    struct alert_row *row = NULL;
    size_t n = 0;
    int64_t seq;
    if (store != NULL)
        TRY(store_alerts_read(store, a, &row, &n, &seq, err));
    const struct alert_row **each = arena_array(a, n, sizeof *each);
    bool *silenced = ARENA_ARRAY(a, bool, n);
    if (each == NULL || silenced == NULL)
        return no_memory(err);
    for (size_t i = 0; i < n; i++)
        each[i] = &row[i];
    return alert_rows_frame(each, silenced, n, snap, a, out, err);
}
