/* SPDX-License-Identifier: MIT
 *
 * Rows that are left out, kept so that they can be mended and sent again: the values as they were
 * sent, in the columns and with the delimiter of the file. What may not be kept is not: digits of
 * long numbers, and the ids of registrations, which are known by their column; a row whose values
 * are not surely in their columns is not kept where the file has such ids.
 *
 * A spreadsheet would run a value that begins as a formula does; it gets an apostrophe in front. */
#include <string.h>

#include "base/digits.h"
#include "batch_int.h"

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEM, "no memory for the rows left out");
}

/* ---- one value ------------------------------------------------------------------------------ */

static bool is_formula(struct str s)
{
    double number;
    if (s.n == 0 || strchr("=+-@\t\r", s.p[0]) == NULL)
        return false;
    return s.n > 1 && str_to_f64(s, &number) < 0;
}

static bool needs_quotes(struct str s, char delimiter)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == delimiter || s.p[i] == '"' || s.p[i] == '\n' || s.p[i] == '\r')
            return true;
    return false;
}

/* A byte that is no character, or one that no text has, is shown as such. */
static void put_text(struct buf *out, struct str s)
{
    for (size_t at = 0; at < s.n;) {
        size_t from = at;
        uint32_t c = utf8_next(s, &at);
        bool good = c >= ' ' || c == '\n' || c == '\t' || c == '\r';
        struct str shown = c == 0xFFFD ? STR("\xEF\xBF\xBD") : (struct str){s.p + from, at - from};
        if (!good || c == 0x7F)
            shown = STR(" ");
        if (c == '"')
            buf_char(out, '"');
        buf_str(out, shown);
    }
}

/* Digits are hidden in the text as it stands in the buffer. */
static void put_value(struct buf *out, char delimiter, struct str s)
{
    bool formula = is_formula(s);
    bool quotes = needs_quotes(s, delimiter);
    if (quotes)
        buf_char(out, '"');
    if (formula)
        buf_char(out, '\'');
    size_t from = out->n;
    put_text(out, s);
    if (!out->failed)
        out->n = from + digits_hide((struct str){out->p + from, out->n - from}, out->p + from);
    if (quotes)
        buf_char(out, '"');
}

/* ---- a row ---------------------------------------------------------------------------------- */

/* Where the form is broken, quotes have no meaning: the text between two delimiters is the value.
 */
static size_t put_broken(struct buf *out, char delimiter, struct str raw)
{
    size_t n = 1;
    for (;; n++) {
        const char *end = memchr(raw.p, delimiter, raw.n);
        size_t len = end ? (size_t)(end - raw.p) : raw.n;
        put_value(out, delimiter, (struct str){raw.p, len});
        if (end == NULL)
            return n;
        buf_char(out, delimiter);
        raw = (struct str){raw.p + len + 1, raw.n - len - 1};
    }
}

/* Columns of a reason are ours; the ids of registrations are never kept. */
static size_t put_fields(struct buf *out, const struct batch *b, const struct csv_record *record)
{
    size_t n = 0;
    for (size_t i = 0; i < record->n; i++) {
        const struct column *c = i < b->columns ? &b->column[i] : NULL;
        if (c != NULL && c->reason)
            continue;
        if (n++ > 0)
            buf_char(out, batch_delimiter(b));
        if (c == NULL || c->role != ROLE_REGISTRATION_ID)
            put_value(out, batch_delimiter(b), record->field[i]);
    }
    return n;
}

static void put_row(struct buf *out, const struct batch *b, const struct csv_record *record)
{
    size_t n = record->fault != NULL ? put_broken(out, batch_delimiter(b), record->raw)
                                     : put_fields(out, b, record);
    for (; n < b->left_columns; n++)
        buf_char(out, batch_delimiter(b));
}

static int keep(struct reader *r, uint32_t line, struct str text, struct err *err)
{
    struct piece *p = r->piece;
    struct left_out *room = mem_grown(MEM_INGEST, p->left, p->lefts, &p->lefts_cap, sizeof *room);
    if (room == NULL)
        return no_memory(err);
    p->left = room;
    p->left[p->lefts++] = (struct left_out){line, str_copy(&r->mem, text)};
    return p->left[p->lefts - 1].text.p != NULL ? 0 : no_memory(err);
}

static int not_kept(struct reader *r, uint32_t line, const char *why, struct err *err)
{
    const struct fault *fault = NULL;
    TRY(keep(r, line, STR(""), err));
    int rc = make_fault(&r->resolver, &fault, err,
                        "the row is not kept here: %s; take it from your file", why);
    return rc < 0 ? rc : piece_error(r, line, -1, STR_NULL, fault, err);
}

/* A row whose registration_id was blanked would be counted again without it. */
static int tell_blank_id(struct reader *r, const struct csv_record *record, struct err *err)
{
    const struct fault *fault = NULL;
    int at = r->b->at[ROLE_REGISTRATION_ID];
    if (at < 0 || str_trim(record->field[at]).n == 0)
        return 0;
    TRY(make_fault(&r->resolver, &fault, err,
                   "registration_id is not kept: fill it in from your file"));
    return piece_error(r, record->line, -1, STR_NULL, fault, err);
}

static bool is_wanted(const struct batch *b)
{
    return b->opt.on_error == ON_ERROR_SKIP && !b->opt.dry_run;
}

int left_out_lost(struct reader *r, uint32_t line, struct err *err)
{
    return is_wanted(r->b) ? not_kept(r, line, "the line is no row", err) : 0;
}

int left_out_keep(struct reader *r, const struct csv_record *record, struct err *err)
{
    const struct batch *b = r->b;
    bool sure = record->fault == NULL && record->n == b->columns;
    if (!is_wanted(b))
        return 0;
    if (!sure && b->at[ROLE_REGISTRATION_ID] >= 0)
        return not_kept(r, record->line, "it may hold a registration_id in any of its columns",
                        err);
    if (record->raw.n > REJECT_ROW_BYTES_MAX)
        return not_kept(r, record->line, "it is longer than 4096 bytes", err);
    buf_clear(&r->line);
    put_row(&r->line, b, record);
    TRY(buf_check(&r->line, err));
    TRY(keep(r, record->line, buf_view(&r->line), err));
    return tell_blank_id(r, record, err);
}

void left_out_head(struct batch *b, const struct csv_record *record)
{
    buf_clear(&b->left_head);
    b->left_columns = 0;
    for (size_t i = 0; i < b->columns; i++) {
        if (b->column[i].reason)
            continue;
        if (b->left_columns++ > 0)
            buf_char(&b->left_head, batch_delimiter(b));
        put_value(&b->left_head, batch_delimiter(b),
                  record != NULL ? record->field[i] : str_of(b->column[i].name));
    }
}
