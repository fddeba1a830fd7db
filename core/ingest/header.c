/* SPDX-License-Identifier: MIT
 *
 * The first record of a file: which column is what. */
#include <stdio.h>

#include "base/near.h"
#include "batch_int.h"
#include "keyed.h"
#include "mapping_int.h"

enum { LISTED_BYTES = 300 };

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEM, "no memory for the columns of the file");
}

/* The columns found, as far as they fit a message. */
static void list_columns(const struct batch *b, char out[LISTED_BYTES + 8])
{
    size_t n = 0;
    out[0] = '\0';
    for (size_t i = 0; i < b->columns; i++) {
        const char *name = b->column[i].name;
        size_t len = strlen(name);
        if (n + len + 2 > LISTED_BYTES) {
            memcpy(out + n, ", ...", sizeof ", ...");
            return;
        }
        n += (size_t)snprintf(out + n, LISTED_BYTES - n, "%s%s", i ? ", " : "", name);
    }
}

/* Of the columns that are none of ours, those that may be meant for the role. */
static void hint_missing(const struct batch *b, int role, struct err *err)
{
    struct str name = column_name(role);
    struct near_list near;
    near_init(&near);
    for (size_t i = 0; i < b->columns; i++)
        if (b->column[i].role < 0)
            near_offer(&near, name, str_of(b->column[i].name));
    if (near.n > 0)
        err_hint(err, "is it \"%.*s\"? Rename it, or give a mapping with \"column: %.*s = %.*s\"",
                 STR_ARG(near.name[0]), STR_ARG(near.name[0]), STR_ARG(name));
    else
        err_hint(err, "the first line of the file must name its columns; what is the same in all "
                      "rows can stand in a mapping as a constant");
}

static int check_needed(struct batch *b, struct err *err)
{
    char listed[LISTED_BYTES + 8];
    bool date = b->at[ROLE_DATE] < 0 && b->constant[ROLE_DATE].n == 0;
    bool district = b->at[ROLE_DISTRICT] < 0 && b->constant[ROLE_DISTRICT].n == 0;
    if (!date && !district)
        return 0;
    list_columns(b, listed);
    err_set(err, ERR_ROWS, "the header has no column %s; it names: %s",
            !district ? "\"date\""
            : !date   ? "\"district\""
                      : "\"date\" and no \"district\"",
            listed);
    hint_missing(b, date ? ROLE_DATE : ROLE_DISTRICT, err);
    return ERR_ROWS;
}

static int twice(const struct batch *b, size_t i, int role, struct err *err)
{
    struct str name = column_name(role);
    err_set(err, ERR_ROWS, "columns %d and %zu of the file are both \"%.*s\"", b->at[role] + 1,
            i + 1, STR_ARG(name));
    err_hint(err, "leave one of them out");
    return ERR_ROWS;
}

void header_warn_ignored(struct batch *b, const char *what, const struct column *c)
{
    struct near_list near;
    near_init(&near);
    column_near(str_of(c->name), &near);
    if (near.n > 0)
        batch_warn(b, "%s \"%s\" is not known and was ignored (is it \"%.*s\"?)", what, c->name,
                   STR_ARG(near.name[0]));
    else
        batch_warn(b, "%s \"%s\" is not known and was ignored", what, c->name);
}

static int read_column(struct batch *b, size_t i, struct str text, struct err *err)
{
    struct column *c = &b->column[i];
    char shown[AADHAAR_SHOWN_BYTES + 1];
    struct str name = str_trim(text);
    struct str masked = aadhaar_mask(name, shown);
    c->name = arena_copy(&b->mem, masked.p, masked.n);
    if (c->name == NULL)
        return no_memory(err);
    c->role = column_role(mapping_column(b->opt.mapping, name));
    c->other = mapping_numbers_are_other(b->opt.mapping, name);
    TRY(aadhaar_look(&b->loose, name, 1, err));
    c->reason = c->role < 0 && str_eq_nocase(name, STR(REASON_COLUMN));
    b->mended = b->mended || c->reason;
    if (c->reason)
        return 0;
    if (c->role < 0) {
        header_warn_ignored(b, "column", c);
        return 0;
    }
    if (b->at[c->role] >= 0)
        return twice(b, i, c->role, err);
    b->at[c->role] = (int)i;
    return 0;
}

static void read_constants(struct batch *b)
{
    struct str column, value;
    for (size_t i = 0; mapping_constant(b->opt.mapping, i, &column, &value); i++)
        b->constant[column_role(column)] = value;
}

/* A registration_id that is the same in all rows would make no sense: a mapping's constant says
 * what to do with those that are in already. */
static int read_ids(struct batch *b, struct err *err)
{
    struct str said = b->constant[ROLE_REGISTRATION_ID];
    enum id_policy policy = IDS_IGNORE;
    b->constant[ROLE_REGISTRATION_ID] = STR_NULL;
    b->with_ids = b->at[ROLE_REGISTRATION_ID] >= 0;
    b->with_lines = b->with_ids || b->opt.correction;
    if (said.n > 0 && !id_policy_of(said, &policy))
        return err_set(err, ERR_ROWS,
                       "the mapping's constant for registration_id is \"%.*s\": it is ignore, "
                       "replace or refuse, for registrations that are in already",
                       STR_ARG(said));
    b->ids = b->opt.ids != IDS_UNSET ? b->opt.ids : policy;
    return b->with_ids ? store_ids_key(b->store, b->id_key, err) : 0;
}

static void list_attrs(struct batch *b)
{
    const struct schema *schema = b->snap->schema;
    for (size_t a = 0; a < schema->n; a++) {
        int role = ROLE_ATTR + (int)a;
        if (b->at[role] < 0 && b->constant[role].n == 0)
            continue;
        b->want[b->wants++] = (struct wanted){(int)a, &schema->attr[a]};
        if (b->form != FORM_NDJSON || b->constant[role].n > 0)
            b->always |= 1u << a;
        if (b->at[role] >= 0)
            b->column[b->at[role]].given = 1u << a;
    }
}

int header_keyed(struct batch *b, struct err *err)
{
    TRY(keyed_columns(b, err));
    left_out_head(b, NULL);
    read_constants(b);
    TRY(read_ids(b, err));
    list_attrs(b);
    return 0;
}

int header_read(struct batch *b, const struct csv_record *record, struct err *err)
{
    if (record->fault != NULL)
        return err_set(err, ERR_ROWS, "the first line cannot be read: %s", record->fault);
    b->column = ARENA_ARRAY(&b->mem, struct column, record->n);
    if (b->column == NULL)
        return no_memory(err);
    b->columns = record->n;
    for (size_t i = 0; i < record->n; i++)
        if (utf8_check(record->field[i]) < record->field[i].n)
            return err_set(err, ERR_ROWS, "the name of column %zu is not valid UTF-8", i + 1);
    for (size_t i = 0; i < record->n; i++)
        TRY(read_column(b, i, record->field[i], err));
    left_out_head(b, record);
    read_constants(b);
    TRY(read_ids(b, err));
    list_attrs(b);
    return check_needed(b, err);
}
