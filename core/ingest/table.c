/* SPDX-License-Identifier: MIT
 *
 * Small tables. */
#include "table.h"

#include "aadhaar.h"

static int on_header(struct table *t, struct err *err)
{
    const struct csv_record *r = t->record;
    t->name = ARENA_ARRAY(t->mem, struct str, r->n);
    if (t->name == NULL)
        return err_set(err, ERR_MEM, "no memory to read the file");
    for (size_t i = 0; i < r->n; i++) {
        t->name[i] = str_copy(t->mem, str_trim(r->field[i]));
        if (t->name[i].p == NULL)
            return err_set(err, ERR_MEM, "no memory to read the file");
    }
    t->aadhaar = ARENA_ARRAY(t->mem, struct aadhaar_count, r->n);
    if (t->aadhaar == NULL)
        return err_set(err, ERR_MEM, "no memory to read the file");
    t->columns = r->n;
    int rc = t->header(t, t->ctx, err);
    if (rc != TABLE_TITLE)
        return rc;
    t->name = NULL;
    t->titles++;
    return 0;
}

/* A line of one field among rows of several. */
static bool is_note(const struct table *t)
{
    size_t filled = 0;
    for (size_t i = 0; i < t->record->n; i++)
        filled += str_trim(t->record->field[i]).n > 0;
    return t->notes && t->columns > 2 && filled <= 1;
}

static int check_form(const struct table *t, struct err *err)
{
    const struct csv_record *r = t->record;
    if (r->fault != NULL)
        return table_fail(t, (int)r->fault_field, err, "%s", r->fault);
    for (size_t i = 0; !r->ascii && i < r->n; i++)
        if (utf8_check(r->field[i]) < r->field[i].n)
            return table_fail(t, (int)i, err, "the text is not valid UTF-8");
    if (t->name != NULL && r->n != t->columns)
        return table_fail(t, -1, err, "the row has %zu fields, the first line names %zu", r->n,
                          t->columns);
    return 0;
}

static int on_record(void *ctx, const struct csv_record *record, struct err *err)
{
    struct table *t = ctx;
    t->record = record;
    if (t->name != NULL && is_note(t)) {
        t->note_line = record->line;
        return 0;
    }
    TRY(check_form(t, err));
    if (t->note_line > 0)
        return table_fail(t, -1, err, "rows follow on line %u, which holds a note and no row",
                          t->note_line);
    if (t->name == NULL)
        return on_header(t, err);
    t->rows++;
    for (size_t i = 0; i < record->n; i++)
        TRY(aadhaar_look(&t->aadhaar[i], record->field[i], record->line, err));
    return t->row(t, t->ctx, err);
}

/* Comes before whatever else is wrong: nothing of such a file is shown. */
static int check_aadhaar(struct table *t, int rc, struct err *err)
{
    char name[AADHAAR_SHOWN_BYTES + 1];
    for (size_t i = 0; i < t->columns; i++) {
        struct aadhaar_use use = {.kept = true, .rows = t->rows};
        if (aadhaar_column(&t->aadhaar[i], &use)) {
            aadhaar_mask(t->name[i], name);
            return aadhaar_refuse(&t->aadhaar[i], &use, i + 1, name, err);
        }
    }
    return rc;
}

int table_read(struct table *t, struct arena *mem, struct str text, table_fn header, table_fn row,
               void *ctx, struct err *err)
{
    *t = (struct table){.mem = mem, .header = header, .row = row, .ctx = ctx};
    struct csv *csv = mem_alloc(MEM_INGEST, sizeof *csv);
    if (csv == NULL)
        return err_set(err, ERR_MEM, "no memory to read the file");
    csv_init(csv, on_record, t);
    int rc = csv_push(csv, text.p, text.n, err);
    if (rc == 0)
        rc = csv_end(csv, err);
    csv_fini(csv);
    mem_free(MEM_INGEST, csv);
    t->record = NULL;
    rc = check_aadhaar(t, rc, err);
    for (size_t i = 0; i < t->columns; i++)
        aadhaar_fini(&t->aadhaar[i]);
    if (rc == 0 && t->name == NULL)
        return err_set(err, ERR_ROWS, "the file is empty");
    if (rc == 0 && t->rows == 0)
        return err_set(err, ERR_ROWS, "the file has a first line but no rows");
    return rc;
}

int table_column(const struct table *t, const char *name, size_t nth)
{
    for (size_t i = 0; i < t->columns; i++)
        if (str_eq_nocase(t->name[i], str_of(name)) && nth-- == 0)
            return (int)i;
    return -1;
}

struct str table_field(const struct table *t, int column)
{
    return column < 0 ? STR_NULL : str_trim(t->record->field[column]);
}

int table_keep(const struct table *t, int column, struct str *out, struct err *err)
{
    *out = str_copy(t->mem, table_field(t, column));
    return out->p != NULL ? 0 : err_set(err, ERR_MEM, "no memory to read the file");
}

int table_fail(const struct table *t, int column, struct err *err, const char *fmt, ...)
{
    struct err what;
    va_list args;
    va_start(args, fmt);
    err_setv(&what, ERR_ROWS, fmt, args);
    va_end(args);
    unsigned line = t->record->line;
    if (t->name != NULL && column >= 0 && (size_t)column < t->columns)
        err_set(err, ERR_ROWS, "line %u, column \"%.*s\": %s", line, STR_ARG(t->name[column]),
                what.msg);
    else
        err_set(err, ERR_ROWS, "line %u: %s", line, what.msg);
    if (err != NULL) {
        err->line = (int)line;
        err->column = column + 1;
    }
    return ERR_ROWS;
}

int table_code(const struct table *t, int column, int64_t *out, struct err *err)
{
    char shown[AADHAAR_SHOWN_BYTES + 1];
    struct str s = table_field(t, column);
    if (str_to_i64(s, out) == 0 && *out > 0)
        return 0;
    aadhaar_mask(s, shown);
    return table_fail(t, column, err, "a code is a number above 0, not \"%s\"", shown);
}
