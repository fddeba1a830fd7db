/* SPDX-License-Identifier: MIT
 *
 * One record becomes one row, or a list of what is wrong with it: every column is checked, so that
 * a row need not be sent once for each of its faults. */
#include "base/date.h"
#include "batch_int.h"
#include "mapping_int.h"

/* Most fields have nothing to trim. */
static inline struct str trimmed(struct str s)
{
    bool plain = s.n == 0 || (s.p[0] > ' ' && s.p[s.n - 1] > ' ');
    return plain ? s : str_trim(s);
}

/* A record being checked. What is found goes to the row behind the last good one of the piece. */
struct row {
    struct reader *r;
    const struct csv_record *record;
    size_t at;      /* the row */
    uint32_t order; /* the lowest place known so far */
    bool bad;
};

/* What the record says in the column of a role; the mapping's constant where it says nothing. */
static inline struct str field_of(const struct row *row, int role)
{
    const struct batch *b = row->r->b;
    int at = b->at[role];
    struct str s = at >= 0 ? trimmed(row->record->field[at]) : STR_NULL;
    return s.n > 0 ? s : b->constant[role];
}

/* The text may lie in the parser's memory, which the next record uses. */
static int note_unknown(struct row *row, int role, struct err *err)
{
    struct piece *p = row->r->piece;
    struct unknown_seen *room =
        mem_grown(MEM_INGEST, p->unknown, p->unknowns, &p->unknowns_cap, sizeof *room);
    if (room == NULL)
        return err_set(err, ERR_MEM, "no memory for the unknown words of the file");
    p->unknown = room;
    struct str word = field_of(row, role);
    if (row->record->moved)
        word = str_copy(&row->r->mem, word);
    if (word.n == 0)
        return word.p != NULL || !row->record->moved
                   ? 0
                   : err_set(err, ERR_MEM, "no memory for the unknown words of the file");
    p->unknown[p->unknowns++] = (struct unknown_seen){role, role <= ROLE_PANCHAYAT ? row->order : 0,
                                                      row->record->line, word};
    return 0;
}

/* Follows up what a resolver gave: 0 and FAULT are both an answer. */
static inline int answer(struct row *row, int role, int rc, const struct fault *fault,
                         struct err *err)
{
    if (rc != FAULT)
        return rc;
    row->bad = true;
    if (unknown_role(role))
        TRY(note_unknown(row, role, err));
    return piece_error(row->r, row->record->line, row->r->b->at[role], field_of(row, role), fault,
                       err);
}

static int not_stated(struct row *row, int role, struct err *err)
{
    const struct fault *fault = NULL;
    struct str name = column_name(role);
    int rc = make_fault(&row->r->resolver, &fault, err, "%.*s is empty: every row needs one",
                        STR_ARG(name));
    return answer(row, role, rc, fault, err);
}

static int read_date(struct row *row, struct err *err)
{
    const struct fault *fault = NULL;
    struct str text = field_of(row, ROLE_DATE);
    if (text.n == 0)
        return not_stated(row, ROLE_DATE, err);
    int rc = resolve_date(&row->r->resolver, text, &row->r->piece->day[row->at], &fault, err);
    return answer(row, ROLE_DATE, rc, fault, err);
}

/* How far the places of a record could be told, in one set of borders. */
struct found_place {
    int role; /* the last that was looked for */
    const struct fault *fault;
};

/* From the state down, each inside the one before. Behind a fault the levels below are not looked
 * at: they would be looked for in the wrong place. */
static int find_place(struct row *row, struct found_place *f, struct err *err)
{
    struct resolver *resolver = &row->r->resolver;
    row->order = 0;
    for (int role = ROLE_STATE; role <= ROLE_PANCHAYAT; role++) {
        struct str text = field_of(row, role);
        if (text.n == 0)
            continue;
        f->role = role;
        int rc = resolve_place(resolver, role, row->order, text, &row->order, &f->fault, err);
        if (rc != 0)
            return rc;
    }
    row->r->piece->place[row->at] = resolver->tree->order_id[row->order];
    if (place_is_seen(resolver->tree, row->order))
        return 0;
    return make_fault(
        resolver, &f->fault, err,
        "the row is not in a place that the token is for: name one, down to its level");
}

/* A row of before a change of borders names places as they were on its day, or, where the source
 * has brought old rows up to date, as they are today. The fault told is of where more was found. */
static int read_place(struct row *row, struct err *err)
{
    struct resolver *resolver = &row->r->resolver;
    struct found_place then = {0};
    struct found_place now = {0};
    if (field_of(row, ROLE_DISTRICT).n == 0)
        return not_stated(row, ROLE_DISTRICT, err);
    int other = resolver_turn(resolver, row->bad ? DAY_NONE : row->r->piece->day[row->at], err);
    TRY(other);
    int rc = find_place(row, &then, err);
    if (rc == FAULT && other) {
        TRY(resolver_turn(resolver, DAY_NONE, err));
        rc = find_place(row, &now, err);
    }
    if (rc == 0)
        return 0;
    const struct found_place *told = now.role > then.role ? &now : &then;
    return answer(row, told->role, rc, told->fault, err);
}

static int read_sector(struct row *row, struct err *err)
{
    const struct fault *fault = NULL;
    int32_t index = -1;
    struct str text = field_of(row, ROLE_SECTOR);
    row->r->piece->sector[row->at] = 0;
    if (text.n == 0)
        return 0;
    int rc =
        resolve_choice(&row->r->resolver, ROLE_SECTOR, &list_sectors, text, &index, &fault, err);
    if (rc == 0)
        row->r->piece->sector[row->at] = (uint8_t)(index + 1);
    return answer(row, ROLE_SECTOR, rc, fault, err);
}

static int read_count(struct row *row, struct err *err)
{
    const struct fault *fault = NULL;
    int32_t *count = &row->r->piece->count[row->at];
    struct str text = field_of(row, ROLE_COUNT);
    *count = 1;
    if (text.n == 0)
        return 0;
    int rc = resolve_count(&row->r->resolver, text, count, &fault, err);
    return answer(row, ROLE_COUNT, rc, fault, err);
}

/* Only its hash is kept. Whoever is known by an id is one registration. */
/* Our own files of rejects have blanked it. */
static int no_id(struct row *row, struct err *err)
{
    const struct fault *fault = NULL;
    int rc = make_fault(&row->r->resolver, &fault, err,
                        "registration_id is empty, as it was left out with the rejects: fill it in "
                        "from your file; where rows had none, remove the column " REASON_COLUMN);
    return answer(row, ROLE_REGISTRATION_ID, rc, fault, err);
}

static int read_id(struct row *row, struct err *err)
{
    const struct fault *fault = NULL;
    const struct batch *b = row->r->b;
    struct piece *p = row->r->piece;
    if (!b->with_lines)
        return 0;
    struct str text = field_of(row, ROLE_REGISTRATION_ID);
    p->line_of[row->at] = row->record->line;
    p->id[row->at] = 0;
    if (text.n == 0)
        return b->mended && b->with_ids ? no_id(row, err) : 0;
    id_hash h = hash_keyed(b->id_key, text.p, text.n);
    p->id[row->at] = h != 0 ? h : 1;
    if (p->count[row->at] == 1)
        return 0;
    int rc = make_fault(&row->r->resolver, &fault, err,
                        "a row with a registration_id is one registration: its count is 1");
    return answer(row, ROLE_COUNT, rc, fault, err);
}

static int read_text(struct row *row, const struct wanted *w, struct err *err)
{
    const struct fault *fault = NULL;
    int role = ROLE_ATTR + w->attr;
    struct str text = field_of(row, role);
    if (mapping_has_words(row->r->b->opt.mapping, role))
        text = mapping_word(row->r->b->opt.mapping, column_name(role), text);
    row->r->piece->word[w->attr][row->at] = text;
    if (text.n <= NAME_BYTES_MAX)
        return 0;
    int rc = make_fault(&row->r->resolver, &fault, err, "%s is longer than %d bytes", w->is->name,
                        NAME_BYTES_MAX);
    return answer(row, role, rc, fault, err);
}

static int read_value(struct row *row, const struct wanted *w, struct err *err)
{
    const struct fault *fault = NULL;
    struct resolver *resolver = &row->r->resolver;
    const struct attr *is = w->is;
    int role = ROLE_ATTR + w->attr;
    struct str text = field_of(row, role);
    int32_t *value = &row->r->piece->value[w->attr][row->at];
    *value = ATTR_NULL;
    if (text.n == 0)
        return 0;
    int rc = is->kind == ATTR_CHOICE
                 ? resolve_choice(resolver, role, is->list, text, value, &fault, err)
                 : resolve_number(resolver, role, is->accept_min, is->accept_max, text, value,
                                  &fault, err);
    return answer(row, role, rc, fault, err);
}

static int read_all(struct row *row, struct err *err)
{
    const struct batch *b = row->r->b;
    TRY(read_date(row, err));
    TRY(read_place(row, err));
    TRY(read_sector(row, err));
    TRY(read_count(row, err));
    TRY(read_id(row, err));
    for (size_t i = 0; i < b->wants; i++) {
        const struct wanted *w = &b->want[i];
        TRY(w->is->kind == ATTR_TEXT ? read_text(row, w, err) : read_value(row, w, err));
    }
    return 0;
}

/* Fields whose quotes were taken apart lie in the parser's memory, which the next record uses. */
static int keep_words(struct row *row, struct err *err)
{
    const struct batch *b = row->r->b;
    for (size_t i = 0; i < b->wants && row->record->moved; i++) {
        if (b->want[i].is->kind != ATTR_TEXT)
            continue;
        struct str *word = &row->r->piece->word[b->want[i].attr][row->at];
        *word = str_copy(&row->r->mem, *word);
        if (word->p == NULL)
            return err_set(err, ERR_MEM, "no memory to read the file");
    }
    return 0;
}

static int add(struct row *row, struct err *err)
{
    struct piece *p = row->r->piece;
    int32_t as_on = row->r->b->opt.as_on;
    int32_t day = p->day[row->at];
    TRY(keep_words(row, err));
    p->before_launch += day < DAY_LAUNCH;
    p->after_as_on += as_on != DAY_NONE && day > as_on;
    p->rows++;
    return 0;
}

/* ---- the form of a record ------------------------------------------------------------------- */

static bool is_empty(const struct csv_record *record)
{
    for (size_t i = 0; i < record->n; i++)
        if (trimmed(record->field[i]).n > 0)
            return false;
    return true;
}

static int bad_form(struct reader *r, const struct csv_record *record, int column, struct str value,
                    const char *reason, struct err *err)
{
    const struct fault *fault = NULL;
    TRY(make_fault(&r->resolver, &fault, err, "%s", reason));
    return piece_error(r, record->line, column, value, fault, err);
}

static int bad_width(struct reader *r, const struct csv_record *record, struct err *err)
{
    const struct fault *fault = NULL;
    TRY(make_fault(&r->resolver, &fault, err, "the row has %zu fields, the first line names %zu",
                   record->n, r->b->columns));
    return piece_error(r, record->line, -1, STR_NULL, fault, err);
}

/* Says of each field that is not UTF-8 that it is not. 1: there was none. */
static int check_utf8(struct reader *r, const struct csv_record *record, struct err *err)
{
    int rc = 1;
    for (size_t i = 0; !record->ascii && i < record->n; i++) {
        if (utf8_check(record->field[i]) == record->field[i].n)
            continue;
        rc = 0;
        TRY(bad_form(r, record, i < r->b->columns ? (int)i : -1, record->field[i],
                     "the text is not valid UTF-8", err));
    }
    return rc;
}

/* The form of a record. 1: it is good. */
static int check_form(struct reader *r, const struct csv_record *record, struct err *err)
{
    if (record->fault != NULL) {
        int at = record->fault_field < r->b->columns ? (int)record->fault_field : -1;
        return bad_form(r, record, at, at < 0 ? STR_NULL : record->field[at], record->fault, err);
    }
    int rc = check_utf8(r, record, err);
    if (rc == 1 && record->n != r->b->columns)
        return bad_width(r, record, err);
    return rc;
}

static int look_for_aadhaar(struct reader *r, const struct csv_record *record, struct err *err)
{
    for (size_t i = 0; i < record->n; i++) {
        struct aadhaar_count *count = i < r->b->columns ? &r->aadhaar[i] : &r->piece->loose;
        if (record->field[i].n >= 12)
            TRY(aadhaar_look(count, record->field[i], record->line, err));
    }
    return 0;
}

int row_read(struct reader *r, const struct csv_record *record, struct err *err)
{
    struct piece *p = r->piece;
    TRY(look_for_aadhaar(r, record, err));
    if (record->fault == NULL && !record->filled && is_empty(record)) {
        p->empty_rows++;
        return 0;
    }
    p->records++;
    ASSERT(p->rows < p->rows_cap);
    struct row row = {.r = r, .record = record, .at = p->rows};
    int rc = check_form(r, record, err);
    if (rc == 1)
        rc = read_all(&row, err);
    else
        row.bad = true;
    TRY(rc);
    if (!row.bad)
        return add(&row, err);
    p->bad_rows++;
    return left_out_keep(r, record, err);
}
