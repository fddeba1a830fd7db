/* SPDX-License-Identifier: MIT
 *
 * The rows that a batch left out, written, and read again as a file that can be mended and sent: a
 * column of reasons, then the columns of the source's own file. */
#include <string.h>

#include "ledger.h"
#include "store_int.h"

static int write_head(struct db *db, const struct batch_spec *spec,
                      const struct batch_result *result, struct err *err)
{
    struct stmt st;
    if (spec->rejects == 0 || spec->reject_head.n == 0)
        return 0;
    TRY(db_stmt(db, "INSERT INTO reject_head VALUES(?, ?, ?, ?, ?)", &st, err));
    stmt_put_str(&st, str_of(result->source));
    stmt_put_str(&st, str_of(result->id));
    stmt_put_str(&st, (struct str){&spec->reject_delimiter, 1});
    stmt_put_i64(&st, (int64_t)spec->reject_columns);
    stmt_put_str(&st, spec->reject_head);
    return stmt_run(&st, err);
}

int rejects_write(struct db *db, const struct batch_spec *spec, const struct batch_result *result,
                  struct err *err)
{
    struct stmt st;
    TRY(write_head(db, spec, result, err));
    TRY(db_stmt(db,
                "INSERT INTO reject(source, batch_id, seq, line, col, field, value, reason, record)"
                " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)",
                &st, err));
    for (size_t i = 0; i < spec->rejects; i++) {
        const struct reject *r = &spec->reject[i];
        stmt_put_str(&st, str_of(result->source));
        stmt_put_str(&st, str_of(result->id));
        stmt_put_i64(&st, (int64_t)i + 1);
        stmt_put_i64(&st, r->line);
        stmt_put_i64(&st, r->column);
        stmt_put_str(&st, str_of(r->field));
        stmt_put_str(&st, str_of(r->value));
        stmt_put_str(&st, str_of(r->reason));
        if (r->record == NULL)
            stmt_put_null(&st);
        else
            stmt_put_str(&st, str_of(r->record));
        TRY(stmt_run(&st, err));
    }
    return 0;
}

/* ---- reading -------------------------------------------------------------------------------- */

struct listing {
    struct str source, id;
    char found[SOURCE_BYTES_MAX + 1];
    char delimiter; /* 0: the columns are not known */
    int64_t columns;
    struct buf *out;
    struct buf row;    /* of the file, whose reasons are being collected */
    struct buf reason; /* empty: none is */
};

/* Quoted, and never the start of a formula for the spreadsheet that opens it. */
static void put_csv(struct buf *out, struct str s)
{
    buf_char(out, '"');
    if (s.n > 0 && strchr("=+-@\t\r", s.p[0]) != NULL)
        buf_char(out, '\'');
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '"')
            buf_char(out, '"');
        buf_char(out, s.p[i]);
    }
    buf_char(out, '"');
}

static int read_head(struct store *s, struct listing *l, struct err *err)
{
    struct stmt st;
    TRY(db_stmt(&s->db,
                "SELECT delimiter, columns, header FROM reject_head"
                " WHERE source = ? AND batch_id = ?",
                &st, err));
    stmt_put_str(&st, str_of(l->found));
    stmt_put_str(&st, l->id);
    int rc = stmt_step(&st, err);
    if (rc <= 0)
        return rc;
    struct str delimiter = stmt_str(&st, 0);
    l->delimiter = delimiter.n > 0 ? delimiter.p[0] : ',';
    l->columns = stmt_i64(&st, 1);
    buf_cstr(l->out, "panji_reason");
    buf_char(l->out, l->delimiter);
    buf_str(l->out, stmt_str(&st, 2));
    buf_cstr(l->out, "\r\n");
    stmt_done(&st);
    return 0;
}

static void end_row(struct listing *l)
{
    if (l->reason.n == 0)
        return;
    put_csv(l->out, buf_view(&l->reason));
    buf_char(l->out, l->delimiter);
    buf_str(l->out, buf_view(&l->row));
    buf_cstr(l->out, "\r\n");
    buf_clear(&l->reason);
    buf_clear(&l->row);
}

/* line, col, field, value, reason, record */
static void put_own(struct listing *l, struct stmt *st)
{
    if (!stmt_is_null(st, 5)) {
        struct str record = stmt_str(st, 5);
        end_row(l);
        buf_str(&l->row, record);
        for (int64_t i = 1; record.n == 0 && i < l->columns; i++)
            buf_char(&l->row, l->delimiter);
    }
    struct str field = stmt_str(st, 2);
    bool first = l->reason.n == 0;
    if (first)
        buf_printf(&l->reason, "line %lld%s", (long long)stmt_i64(st, 0), field.n ? ", " : "");
    else
        buf_cstr(&l->reason, "; ");
    buf_str(&l->reason, field);
    if (first || field.n > 0)
        buf_cstr(&l->reason, ": ");
    buf_str(&l->reason, stmt_str(st, 4));
}

static void put_plain(struct listing *l, struct stmt *st)
{
    buf_i64(l->out, stmt_i64(st, 0));
    buf_char(l->out, ',');
    buf_i64(l->out, stmt_i64(st, 1));
    for (int c = 2; c < 5; c++) {
        buf_char(l->out, ',');
        put_csv(l->out, stmt_str(st, c));
    }
    buf_cstr(l->out, "\r\n");
}

static int read_rows(struct store *s, struct listing *l, struct err *err)
{
    struct stmt st;
    int rc;
    TRY(db_stmt(&s->db,
                "SELECT line, col, field, value, reason, record FROM reject"
                " WHERE source = ? AND batch_id = ? ORDER BY seq",
                &st, err));
    stmt_put_str(&st, str_of(l->found));
    stmt_put_str(&st, l->id);
    while ((rc = stmt_step(&st, err)) == 1) {
        if (l->delimiter != 0)
            put_own(l, &st);
        else
            put_plain(l, &st);
    }
    return rc;
}

static int list_call(struct store *s, void *arg, struct err *err)
{
    struct listing *l = arg;
    TRY(ledger_source(&s->db, l->source, l->id, l->found, err));
    TRY(read_head(s, l, err));
    if (l->delimiter == 0)
        buf_cstr(l->out, "line,column,field,value,reason\r\n");
    TRY(read_rows(s, l, err));
    end_row(l);
    TRY(buf_check(&l->row, err));
    TRY(buf_check(&l->reason, err));
    return buf_check(l->out, err);
}

int store_rejects_csv(struct store *s, struct str source, struct str id, struct buf *out,
                      struct err *err)
{
    struct listing l = {.source = source, .id = id, .out = out};
    buf_init(&l.row, MEM_STORE);
    buf_init(&l.reason, MEM_STORE);
    int rc = store_call(s, list_call, &l, err);
    buf_fini(&l.row);
    buf_fini(&l.reason);
    return rc;
}
