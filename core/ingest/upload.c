/* SPDX-License-Identifier: MIT
 *
 * Reading a table. The text is gone through twice, because the types of the columns and the number
 * of rows are known only at its end:
 *
 *     survey   header; each column's type, texts that look like Aadhaar numbers, rows counted
 *     fill     each value becomes one of its type; what does not is an error with its place
 *
 * Both see the same records, so what the first has counted is room enough for the second. */
#include "ingest/upload.h"

#include <stdio.h>

#include "base/date.h"
#include "base/hash.h"
#include "csv.h"
#include "guess.h"
#include "resolve.h"

/* A column of the file. */
struct field {
    struct str name;
    int role;   /* ROLE_STATE .. ROLE_PANCHAYAT, ROLE_SECTOR, or -1: a column of its own */
    bool typed; /* in the header */
    enum type type;
    struct guess guess;
    struct aadhaar_count aadhaar;
};

struct reader {
    struct upload_report *report;
    const struct place_tree *tree;
    struct resolver resolver; /* its faults live in report->mem */
    struct arena mem;
    struct field *field; /* NULL before the header */
    size_t fields;
    int place[PLACE_LEVELS]; /* column of each level, or -1 */
    uint64_t rows, text_bytes;
    uint64_t bad_rows;
    struct upload *u; /* while it is filled */
    size_t row;       /* of u, that comes next */
    bool header_seen;
};

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEM, "no memory to read the table");
}

/* ---- the header ------------------------------------------------------------------------------ */

static int header_fault(size_t column, struct err *err, const char *fmt, ...) PRINTF_LIKE(3, 4);
static int header_fault(size_t column, struct err *err, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    err_setv(err, ERR_ROWS, fmt, args);
    va_end(args);
    if (err != NULL) {
        err->line = 1;
        err->column = (int)column + 1;
    }
    return ERR_ROWS;
}

static bool is_word(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = (char)(s.p[i] | 0x20);
        bool letter = c >= 'a' && c <= 'z';
        if (!letter && !(i > 0 && s.p[i] >= '0' && s.p[i] <= '9'))
            return false;
    }
    return s.n > 0;
}

/* The type behind the last colon, where a single word stands there. */
static int take_type(struct field *f, size_t column, struct err *err)
{
    static const enum type types[] = {TYPE_INT64, TYPE_FLOAT64, TYPE_STRING, TYPE_BOOL, TYPE_DATE};
    const char *colon = f->name.n > 0 ? memrchr(f->name.p, ':', f->name.n) : NULL;
    if (colon == NULL)
        return 0;
    struct str word = {colon + 1, (size_t)(f->name.p + f->name.n - colon - 1)};
    struct near_list near;
    if (!is_word(word))
        return 0;
    near_init(&near);
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        near_offer(&near, word, str_of(type_name(types[i])));
        if (!str_eq_nocase(word, str_of(type_name(types[i]))))
            continue;
        f->type = types[i];
        f->typed = true;
        f->name = str_trim((struct str){f->name.p, (size_t)(colon - f->name.p)});
        return 0;
    }
    header_fault(column, err,
                 "\"%.*s\" is no type for a column: INT64, FLOAT64, STRING, BOOL, DATE",
                 STR_ARG(word));
    near_hint(&near, err);
    return ERR_ROWS;
}

static void take_role(struct reader *r, struct field *f, size_t column)
{
    f->role = f->typed ? -1 : column_role(f->name);
    if (f->role >= ROLE_STATE && f->role <= ROLE_PANCHAYAT) {
        f->type = TYPE_PLACE;
        r->place[role_level(f->role)] = (int)column;
    } else if (f->role == ROLE_SECTOR) {
        f->type = TYPE_CODED;
    } else {
        f->role = -1;
    }
}

/* Names are told apart as queries do: without regard to case. Places also by what they mean, so
 * that "Block" and "block " are one. */
static int check_repeated(const struct reader *r, size_t column, struct err *err)
{
    const struct field *f = &r->field[column];
    for (size_t i = 0; i < column; i++)
        if (str_eq_nocase(r->field[i].name, f->name) ||
            (f->role >= 0 && r->field[i].role == f->role))
            return header_fault(column, err, "columns %zu and %zu are both \"%.*s\"", i + 1,
                                column + 1, STR_ARG(f->name));
    return 0;
}

static int read_field(struct reader *r, size_t column, struct str text, struct err *err)
{
    char shown[AADHAAR_SHOWN_BYTES + 1];
    struct field *f = &r->field[column];
    guess_init(&f->guess);
    f->type = TYPE_STRING;
    if (utf8_check(text) < text.n)
        return header_fault(column, err, "the name of column %zu is not valid UTF-8", column + 1);
    text = str_trim(text);
    if (text.n == 0)
        return header_fault(column, err, "column %zu has no name", column + 1);
    if (text.n > NAME_BYTES_MAX)
        return header_fault(column, err, "the name of column %zu is longer than %d bytes",
                            column + 1, NAME_BYTES_MAX);
    TRY(aadhaar_look(&f->aadhaar, text, 1, err));
    if (f->aadhaar.line > 0)
        text = aadhaar_mask(text, shown);
    f->name = str_copy(&r->mem, text);
    if (f->name.p == NULL)
        return no_memory(err);
    TRY(take_type(f, column, err));
    if (f->name.n == 0)
        return header_fault(column, err, "column %zu has no name", column + 1);
    take_role(r, f, column);
    return check_repeated(r, column, err);
}

static int read_header(struct reader *r, const struct csv_record *record, struct err *err)
{
    if (record->fault != NULL)
        return header_fault(record->fault_field, err, "the first line cannot be read: %s",
                            record->fault);
    r->field = ARENA_ARRAY(&r->mem, struct field, record->n);
    if (r->field == NULL)
        return no_memory(err);
    r->fields = record->n;
    for (size_t i = 0; i < record->n; i++)
        TRY(read_field(r, i, record->field[i], err));
    return 0;
}

/* ---- survey ---------------------------------------------------------------------------------- */

static bool is_empty(const struct csv_record *record)
{
    for (size_t i = 0; i < record->n; i++)
        if (str_trim(record->field[i]).n > 0)
            return false;
    return record->fault == NULL;
}

static int survey(void *ctx, const struct csv_record *record, struct err *err)
{
    struct reader *r = ctx;
    if (r->field == NULL)
        return read_header(r, record, err);
    if (is_empty(record))
        return 0;
    if (++r->rows > TABLE_ROWS_MAX)
        return err_set(err, ERR_LIMIT, "the table has more than %d rows", TABLE_ROWS_MAX);
    for (size_t i = 0; i < record->n && i < r->fields; i++) {
        struct str s = str_trim(record->field[i]);
        r->text_bytes += s.n;
        TRY(aadhaar_look(&r->field[i].aadhaar, s, record->line, err));
        if (s.n > 0 && r->field[i].role < 0 && !r->field[i].typed)
            guess_look(&r->field[i].guess, s, record->line);
    }
    return 0;
}

/* All that stands in a table is kept. */
static int check_aadhaar(struct reader *r, struct err *err)
{
    for (size_t i = 0; i < r->fields; i++) {
        struct field *f = &r->field[i];
        struct aadhaar_use use = {.kept = true, .rows = r->rows};
        if (!aadhaar_column(&f->aadhaar, &use))
            continue;
        struct err why;
        (void)aadhaar_refuse(&f->aadhaar, &use, i + 1, f->name.p, &why);
        header_fault(i, err, "%s", why.msg);
        err_hint(err, "%s", why.hint);
        return ERR_ROWS;
    }
    return 0;
}

static int check_memory(const struct reader *r, struct err *err)
{
    uint64_t bytes = r->text_bytes;
    for (size_t i = 0; i < r->fields; i++)
        bytes += r->rows * (1 + (r->field[i].type == TYPE_STRING ? sizeof(struct str) : 8));
    if (bytes < TABLE_MEMORY_BYTES / 100 * 99)
        return 0;
    return err_set(err, ERR_LIMIT, "the table takes %llu MiB of memory, a table may have %llu",
                   (unsigned long long)bytes >> 20, (unsigned long long)TABLE_MEMORY_BYTES >> 20);
}

/* A column of numbers with a word among them is a column of texts, which is seldom meant. */
static int warn_spoiled(struct reader *r, const struct field *f, struct err *err)
{
    const struct guess *g = &f->guess;
    struct err text;
    if (f->role >= 0 || f->typed || g->before == TYPE_STRING ||
        r->report->warnings == UPLOAD_WARNINGS_MAX)
        return 0;
    err_set(&text, 0, "column \"%.*s\" is STRING because of line %u: \"%s\" is no %s",
            STR_ARG(f->name), g->line, g->value, type_name(g->before));
    const char *copy = arena_copy(&r->report->mem, text.msg, strlen(text.msg));
    if (copy == NULL)
        return no_memory(err);
    r->report->warning[r->report->warnings++] = copy;
    return 0;
}

static int judge_survey(struct reader *r, struct err *err)
{
    if (r->field == NULL)
        return err_set(err, ERR_ROWS, "the file is empty");
    TRY(check_aadhaar(r, err));
    if (r->rows == 0)
        return err_set(err, ERR_ROWS, "the file has a first line but no rows");
    for (size_t i = 0; i < r->fields; i++) {
        struct field *f = &r->field[i];
        if (f->role < 0 && !f->typed)
            f->type = guess_type(&f->guess);
        TRY(warn_spoiled(r, f, err));
    }
    return check_memory(r, err);
}

/* ---- fill ------------------------------------------------------------------------------------ */

/* An error in a column (-1: the whole row). */
static int note_fault(struct reader *r, uint32_t line, int column, struct str value,
                      const struct fault *fault, struct err *err)
{
    char shown[AADHAAR_SHOWN_BYTES + 1];
    struct upload_report *to = r->report;
    to->errors_total++;
    if (to->errors == IMPORT_ERRORS_MAX) {
        r->resolver.quiet = true;
        return 0;
    }
    struct str masked = aadhaar_mask(value, shown);
    struct str field = column < 0 ? STR("") : r->field[column].name;
    struct batch_error e = {
        .line = line,
        .column = (uint32_t)(column + 1),
        .field = arena_copy(&to->mem, field.p, field.n),
        .value = arena_copy(&to->mem, masked.p, masked.n),
        .reason = fault->reason,
        .near = fault->near,
    };
    if (e.field == NULL || e.value == NULL)
        return no_memory(err);
    to->error[to->errors++] = e;
    return 0;
}

static int note(struct reader *r, const struct csv_record *record, int column, const char *reason,
                struct err *err)
{
    const struct fault *fault = NULL;
    struct str value = column < 0 ? STR_NULL : record->field[column];
    TRY(make_fault(&r->resolver, &fault, err, "%s", reason));
    return note_fault(r, record->line, column, value, fault, err);
}

/* 1: the record cannot be read as a row, and that was noted. */
static int check_form(struct reader *r, const struct csv_record *record, struct err *err)
{
    char reason[96];
    int column = (int)record->fault_field;
    const char *fault = record->fault;
    for (size_t i = 0; fault == NULL && !record->ascii && i < record->n; i++)
        if (utf8_check(record->field[i]) < record->field[i].n) {
            fault = "the text is not valid UTF-8";
            column = (int)i;
        }
    if (fault == NULL && record->n != r->fields) {
        snprintf(reason, sizeof reason, "the row has %zu fields, the first line names %zu",
                 record->n, r->fields);
        fault = reason;
        column = -1;
    }
    if (fault == NULL)
        return 0;
    TRY(note(r, record, column < (int)r->fields ? column : -1, fault, err));
    return 1;
}

static void put(struct reader *r, size_t column, struct value v)
{
    v.type = r->field[column].type;
    frame_set(r->u->frame, r->row, column, v);
}

/* From the state down, each inside the one before; behind a fault the levels below are not looked
 * at: they would be looked for in the wrong place. */
static int fill_places(struct reader *r, const struct csv_record *record, bool *bad,
                       struct err *err)
{
    uint32_t order = 0;
    for (int role = ROLE_STATE; role <= ROLE_PANCHAYAT; role++) {
        const struct fault *fault = NULL;
        int column = r->place[role_level(role)];
        struct str text = column < 0 ? STR_NULL : str_trim(record->field[column]);
        if (text.n == 0)
            continue;
        int rc = resolve_place(&r->resolver, role, order, text, &order, &fault, err);
        TRY(rc);
        if (rc == FAULT) {
            *bad = true;
            return note_fault(r, record->line, column, text, fault, err);
        }
        put(r, (size_t)column, (struct value){.i = r->tree->at[order].identity});
    }
    return 0;
}

static int fill_sector(struct reader *r, const struct csv_record *record, size_t column, bool *bad,
                       struct err *err)
{
    const struct fault *fault = NULL;
    struct str text = str_trim(record->field[column]);
    int32_t index = -1;
    int rc = resolve_choice(&r->resolver, ROLE_SECTOR, &list_sectors, text, &index, &fault, err);
    TRY(rc);
    if (rc == FAULT) {
        *bad = true;
        return note_fault(r, record->line, (int)column, text, fault, err);
    }
    put(r, column, (struct value){.i = index});
    return 0;
}

static int fill_value(struct reader *r, const struct csv_record *record, size_t column, bool *bad,
                      struct err *err)
{
    struct value v;
    struct err why;
    struct str text = str_trim(record->field[column]);
    if (value_read(r->field[column].type, text, &v, &why) < 0) {
        *bad = true;
        return note(r, record, (int)column, why.msg, err);
    }
    if (v.type == TYPE_STRING)
        v.s = upload_text(r->u, text);
    put(r, column, v);
    return 0;
}

static int fill_row(struct reader *r, const struct csv_record *record, bool *bad, struct err *err)
{
    TRY(fill_places(r, record, bad, err));
    for (size_t i = 0; i < r->fields; i++) {
        if (r->field[i].type == TYPE_PLACE || str_trim(record->field[i]).n == 0)
            continue;
        TRY(r->field[i].role == ROLE_SECTOR ? fill_sector(r, record, i, bad, err)
                                            : fill_value(r, record, i, bad, err));
    }
    return 0;
}

static int fill(void *ctx, const struct csv_record *record, struct err *err)
{
    struct reader *r = ctx;
    bool bad = false;
    if (!r->header_seen || is_empty(record)) {
        r->header_seen = true;
        return 0;
    }
    int rc = check_form(r, record, err);
    TRY(rc);
    if (rc == 0)
        TRY(fill_row(r, record, &bad, err));
    r->bad_rows += rc == 1 || bad;
    r->row++;
    return 0;
}

static int make_columns(struct reader *r, struct str name, struct err *err)
{
    TRY(upload_new(name, r->rows, r->fields, &r->u, err));
    for (size_t i = 0; i < r->fields; i++) {
        const struct field *f = &r->field[i];
        int level = f->type == TYPE_PLACE ? (int)role_level(f->role) : UPLOAD_LEVEL_NONE;
        TRY(upload_col(r->u, i, f->name, f->type, level, err));
    }
    return upload_text_room(r->u, r->text_bytes, err);
}

static int judge_rows(const struct reader *r, struct err *err)
{
    if (r->bad_rows == 0)
        return 0;
    err_set(err, ERR_ROWS, "%llu of %llu rows are wrong; nothing was taken",
            (unsigned long long)r->bad_rows, (unsigned long long)r->rows);
    err_hint(err, "mend them and send the file again");
    return ERR_ROWS;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static int parse(struct reader *r, csv_fn fn, struct str text, struct err *err)
{
    struct csv *csv = mem_alloc(MEM_INGEST, sizeof *csv);
    if (csv == NULL)
        return no_memory(err);
    csv_init(csv, fn, r);
    int rc = csv_push(csv, text.p, text.n, err);
    if (rc == 0)
        rc = csv_end(csv, err);
    csv_fini(csv);
    mem_free(MEM_INGEST, csv);
    return rc;
}

static int read_all(struct reader *r, struct str name, struct str text, struct err *err)
{
    if (text.n > TABLE_BYTES_MAX)
        return err_set(err, ERR_TOO_LARGE, "the file of a table has at most %u bytes, this one %zu",
                       TABLE_BYTES_MAX, text.n);
    TRY(parse(r, survey, text, err));
    TRY(judge_survey(r, err));
    TRY(make_columns(r, name, err));
    TRY(parse(r, fill, text, err));
    TRY(judge_rows(r, err));
    ASSERT(r->row == r->u->frame->rows);
    struct sha256 hash;
    sha256_init(&hash);
    sha256_add(&hash, text.p, text.n);
    sha256_end(&hash, r->u->sha256);
    r->u->file_bytes = text.n;
    return 0;
}

/* "factories.csv: ..." */
static void name_file(struct str file, struct err *err)
{
    struct err plain;
    if (err == NULL || file.n == 0)
        return;
    plain = *err;
    err_set(err, plain.code, "%.*s: %s", STR_ARG(file), plain.msg);
    err->line = plain.line;
    err->column = plain.column;
    memcpy(err->hint, plain.hint, sizeof err->hint);
}

int upload_read(struct str name, struct str file, struct str text, const struct place_tree *tree,
                struct upload_report *report, struct upload **out, struct err *err)
{
    struct reader r = {.report = report, .tree = tree};
    memset(report, 0, sizeof *report);
    memset(r.place, 0xFF, sizeof r.place);
    arena_init(&report->mem, MEM_INGEST, 0);
    arena_init(&r.mem, MEM_INGEST, 0);
    resolver_init(&r.resolver, &report->mem, tree, NULL, NULL, DAY_MAX, false);
    int rc = read_all(&r, name, text, err);
    for (size_t i = 0; i < r.fields; i++)
        aadhaar_fini(&r.field[i].aadhaar);
    resolver_fini(&r.resolver);
    arena_fini(&r.mem);
    if (rc < 0) {
        upload_unref(r.u);
        name_file(file, err);
        return rc;
    }
    *out = r.u;
    return 0;
}

void upload_report_fini(struct upload_report *r)
{
    arena_fini(&r->mem);
}
