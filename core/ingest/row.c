/* SPDX-License-Identifier: MIT
 *
 * One record becomes one row, or a list of what is wrong with it: every column is checked, so that
 * a row need not be sent once for each of its faults. */
#include "base/date.h"
#include "batch_int.h"

/* Most fields have nothing to trim. */
static inline struct str trimmed(struct str s)
{
    bool plain = s.n == 0 || (s.p[0] > ' ' && s.p[s.n - 1] > ' ');
    return plain ? s : str_trim(s);
}

/* What a record says in the column of a role; the mapping's constant where it says nothing. */
static inline struct str field_of(const struct batch *b, const struct csv_record *r, int role)
{
    int at = b->at[role];
    struct str s = at >= 0 ? trimmed(r->field[at]) : STR_NULL;
    return s.n > 0 ? s : b->constant[role];
}

static int wrong(struct batch *b, struct pending *p, const struct csv_record *r, int role,
                 const struct fault *fault, struct err *err)
{
    p->bad = true;
    return batch_note_error(b, r->line, b->at[role], field_of(b, r, role), fault, err);
}

/* Follows up what a resolver gave: 0 and FAULT are both an answer. */
static int answer(struct batch *b, struct pending *p, const struct csv_record *r, int role, int rc,
                  const struct fault *fault, struct err *err)
{
    return rc == FAULT ? wrong(b, p, r, role, fault, err) : rc;
}

static int not_stated(struct batch *b, struct pending *p, const struct csv_record *r, int role,
                      struct err *err)
{
    const struct fault *fault = NULL;
    struct str name = column_name(role);
    int rc =
        make_fault(&b->resolver, &fault, err, "%.*s is empty: every row needs one", STR_ARG(name));
    return answer(b, p, r, role, rc, fault, err);
}

static int read_date(struct batch *b, struct pending *p, const struct csv_record *r,
                     struct err *err)
{
    const struct fault *fault = NULL;
    struct str text = field_of(b, r, ROLE_DATE);
    if (text.n == 0)
        return not_stated(b, p, r, ROLE_DATE, err);
    int rc = resolve_date(&b->resolver, text, &p->day, &fault, err);
    return answer(b, p, r, ROLE_DATE, rc, fault, err);
}

/* From the state down, each inside the one before. Behind a fault the levels below are not looked
 * at: they would be looked for in the wrong place. */
static int read_place(struct batch *b, struct pending *p, const struct csv_record *r,
                      struct err *err)
{
    p->order = 0;
    for (int role = ROLE_STATE; role <= ROLE_PANCHAYAT; role++) {
        const struct fault *fault = NULL;
        struct str text = field_of(b, r, role);
        if (text.n == 0) {
            if (role == ROLE_DISTRICT)
                return not_stated(b, p, r, role, err);
            continue;
        }
        int rc = resolve_place(&b->resolver, role, p->order, text, &p->order, &fault, err);
        if (rc != 0)
            return answer(b, p, r, role, rc, fault, err);
    }
    return 0;
}

static int read_sector(struct batch *b, struct pending *p, const struct csv_record *r,
                       struct err *err)
{
    const struct fault *fault = NULL;
    int32_t index = -1;
    struct str text = field_of(b, r, ROLE_SECTOR);
    p->sector = 0;
    if (text.n == 0)
        return 0;
    int rc = resolve_choice(&b->resolver, ROLE_SECTOR, &list_sectors, text, &index, &fault, err);
    if (rc == 0)
        p->sector = (uint8_t)(index + 1);
    return answer(b, p, r, ROLE_SECTOR, rc, fault, err);
}

static int read_count(struct batch *b, struct pending *p, const struct csv_record *r,
                      struct err *err)
{
    const struct fault *fault = NULL;
    struct str text = field_of(b, r, ROLE_COUNT);
    p->count = 1;
    if (text.n == 0)
        return 0;
    int rc = resolve_count(&b->resolver, text, &p->count, &fault, err);
    return answer(b, p, r, ROLE_COUNT, rc, fault, err);
}

static int read_text(struct batch *b, struct pending *p, const struct csv_record *r, int attr,
                     struct str text, struct err *err)
{
    const struct fault *fault = NULL;
    p->text[attr] = text;
    if (text.n <= NAME_BYTES_MAX)
        return 0;
    int rc = make_fault(&b->resolver, &fault, err, "%s is longer than %d bytes",
                        b->rows.schema->attr[attr].name, NAME_BYTES_MAX);
    return answer(b, p, r, ROLE_ATTR + attr, rc, fault, err);
}

static int read_attr(struct batch *b, struct pending *p, const struct csv_record *r, int attr,
                     struct err *err)
{
    const struct fault *fault = NULL;
    const struct attr *a = &b->rows.schema->attr[attr];
    int role = ROLE_ATTR + attr;
    struct str text = field_of(b, r, role);
    int rc = 0;
    p->value[attr] = ATTR_NULL;
    p->text[attr] = STR_NULL;
    if (text.n == 0)
        return 0;
    switch (a->kind) {
    case ATTR_CHOICE:
        rc = resolve_choice(&b->resolver, role, a->list, text, &p->value[attr], &fault, err);
        break;
    case ATTR_INT:
        rc = resolve_number(&b->resolver, role, a->min, a->max, text, &p->value[attr], &fault, err);
        break;
    case ATTR_TEXT:
        return read_text(b, p, r, attr, text, err);
    }
    return answer(b, p, r, role, rc, fault, err);
}

static int read_all(struct batch *b, struct pending *p, const struct csv_record *r, struct err *err)
{
    TRY(read_date(b, p, r, err));
    TRY(read_place(b, p, r, err));
    TRY(read_sector(b, p, r, err));
    TRY(read_count(b, p, r, err));
    for (size_t i = 0; i < b->attrs; i++)
        TRY(read_attr(b, p, r, b->attr[i], err));
    return 0;
}

static int add(struct batch *b, const struct pending *p, struct err *err)
{
    uint32_t id = b->snap->tree->at[p->order].id;
    TRY(rows_add(&b->rows, id, p->sector, p->day, p->count, err));
    for (size_t i = 0; i < b->attrs; i++) {
        int a = b->attr[i];
        if (p->text[a].n > 0)
            TRY(rows_set_text(&b->rows, a, p->text[a], err));
        else if (p->value[a] != ATTR_NULL)
            TRY(rows_set(&b->rows, a, p->value[a], err));
    }
    b->before_launch += p->day < DAY_LAUNCH;
    b->after_as_on += b->opt.as_on != DAY_NONE && p->day > b->opt.as_on;
    return 0;
}

/* ---- the form of a record ------------------------------------------------------------------- */

static bool is_empty(const struct csv_record *r)
{
    for (size_t i = 0; i < r->n; i++)
        if (trimmed(r->field[i]).n > 0)
            return false;
    return true;
}

static int bad_form(struct batch *b, const struct csv_record *r, int column, struct str value,
                    const char *reason, struct err *err)
{
    const struct fault *fault = NULL;
    b->bad_rows++;
    TRY(make_fault(&b->resolver, &fault, err, "%s", reason));
    return batch_note_error(b, r->line, column, value, fault, err);
}

static int bad_width(struct batch *b, const struct csv_record *r, struct err *err)
{
    const struct fault *fault = NULL;
    b->bad_rows++;
    TRY(make_fault(&b->resolver, &fault, err, "the row has %zu fields, the first line names %zu",
                   r->n, b->columns));
    return batch_note_error(b, r->line, -1, STR_NULL, fault, err);
}

/* The first field that is not UTF-8, or -1. */
static int not_utf8(const struct csv_record *r)
{
    for (size_t i = 0; !r->ascii && i < r->n; i++)
        if (utf8_check(r->field[i]) < r->field[i].n)
            return (int)i;
    return -1;
}

static void look_for_aadhaar(struct batch *b, const struct csv_record *r)
{
    size_t n = r->n < b->columns ? r->n : b->columns;
    for (size_t i = 0; i < n; i++)
        if (r->field[i].n >= 12)
            aadhaar_look(&b->column[i].aadhaar, r->field[i]);
}

int row_read(struct batch *b, const struct csv_record *r, struct err *err)
{
    struct pending p; /* large: each part is set where it is read */
    p.bad = false;
    look_for_aadhaar(b, r);
    if (r->fault == NULL && is_empty(r)) {
        b->empty_rows++;
        return 0;
    }
    b->records++;
    if (r->fault != NULL) {
        int at = r->fault_field < b->columns ? (int)r->fault_field : -1;
        return bad_form(b, r, at, at < 0 ? STR_NULL : r->field[at], r->fault, err);
    }
    int broken = not_utf8(r);
    if (broken >= 0)
        return bad_form(b, r, broken < (int)b->columns ? broken : -1, r->field[broken],
                        "the text is not valid UTF-8", err);
    if (r->n != b->columns)
        return bad_width(b, r, err);
    TRY(read_all(b, &p, r, err));
    if (!p.bad)
        return add(b, &p, err);
    b->bad_rows++;
    return 0;
}
