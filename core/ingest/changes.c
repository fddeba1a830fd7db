/* SPDX-License-Identifier: MIT
 *
 * Lists of changes. Our own says of each change what became what:
 *
 *     kind,level,old_code,new_code,effective_on[,parent,old_parent,name,name_hi,old_name,...,share]
 *
 * The directory's list has a line for each entity that was touched, with the operation and its day;
 * which place it was split from or moved to is only seen in its next export. */
#include "changes.h"

#include <math.h>

#include "aadhaar.h"
#include "base/date.h"
#include "base/near.h"

enum {
    C_KIND,
    C_LEVEL,
    C_OLD,
    C_NEW,
    C_ON,
    C_PARENT,
    C_OLD_PARENT,
    C_NAME,
    C_NAME_HI,
    C_OLD_NAME,
    C_OLD_NAME_HI,
    C_SHARE,
    OWN_COLUMNS
};
static const char *const own_names[OWN_COLUMNS] = {
    "kind",       "level", "old_code", "new_code", "effective_on", "parent",
    "old_parent", "name",  "name_hi",  "old_name", "old_name_hi",  "share"};

enum { N_CODE, N_OPERATION, N_DATE, N_NAME, NOTICE_COLUMNS };
static const char *const notice_names[NOTICE_COLUMNS] = {"Entity Code", "Operation", "date",
                                                         "Entity Name (In English)"};

static const char *const kind_names[] = {"split", "merge", "move", "rename", "close"};

static bool find(struct changes *c, const struct table *t, const char *const *name, int n,
                 int required)
{
    for (int i = 0; i < n; i++)
        c->column[i] = table_column(t, name[i], 0);
    for (int i = 0; i < required; i++)
        if (c->column[i] < 0)
            return false;
    return true;
}

bool changes_find_columns(struct changes *c, const struct table *t)
{
    c->notices = find(c, t, notice_names, NOTICE_COLUMNS, N_NAME);
    return c->notices || find(c, t, own_names, OWN_COLUMNS, C_PARENT);
}

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEM, "no memory for the list of changes");
}

static int read_day(const struct changes *c, const struct table *t, int column, int32_t *day,
                    struct err *err)
{
    struct err why;
    struct str s = table_field(t, c->column[column]);
    if (s.n > 10 && (s.p[10] == ' ' || s.p[10] == 'T')) /* the hour does not matter */
        s.n = 10;
    if (s.n == 0)
        return table_fail(t, c->column[column], err, "the day of the change is missing");
    if (date_parse(s, day, &why) < 0)
        return table_fail(t, c->column[column], err, "%s", why.msg);
    return 0;
}

/* ---- the directory's ------------------------------------------------------------------------ */

static int read_notice(struct changes *c, const struct table *t, struct err *err)
{
    if (c->level <= PLACE_COUNTRY) {
        table_fail(t, -1, err, "the directory's list of changes does not say of what level it is");
        err_hint(err, "give level (--level): state, district, block or panchayat");
        return ERR_ROWS;
    }
    struct place_notice *grown = mem_grown(MEM_INGEST, c->notice, c->n, &c->cap, sizeof *grown);
    if (grown == NULL)
        return no_memory(err);
    c->notice = grown;
    struct place_notice *p = &c->notice[c->n++];
    *p = (struct place_notice){.level = (enum place_level)c->level};
    TRY(table_code(t, c->column[N_CODE], &p->code, err));
    TRY(read_day(c, t, N_DATE, &p->on, err));
    TRY(table_keep(t, c->column[N_OPERATION], &p->operation, err));
    return table_keep(t, c->column[N_NAME], &p->name, err);
}

/* ---- our own -------------------------------------------------------------------------------- */

static int read_kind(const struct changes *c, const struct table *t, struct border_change *b,
                     struct err *err)
{
    char shown[AADHAAR_SHOWN_BYTES + 1];
    struct near_list near;
    struct str s = table_field(t, c->column[C_KIND]);
    near_init(&near);
    for (size_t i = 0; i < ARRAY_LEN(kind_names); i++) {
        if (str_eq_nocase(s, str_of(kind_names[i]))) {
            b->kind = (enum border_kind)i;
            return 0;
        }
        near_offer(&near, s, str_of(kind_names[i]));
    }
    aadhaar_mask(s, shown);
    table_fail(t, c->column[C_KIND], err,
               "a change is a split, merge, move, rename or close, not \"%s\"", shown);
    near_hint(&near, err);
    return ERR_ROWS;
}

static int read_level(const struct changes *c, const struct table *t, struct border_change *b,
                      struct err *err)
{
    char shown[AADHAAR_SHOWN_BYTES + 1];
    struct str s = table_field(t, c->column[C_LEVEL]);
    int level = place_level_parse(s);
    aadhaar_mask(s, shown);
    if (level <= PLACE_COUNTRY)
        return table_fail(t, c->column[C_LEVEL], err,
                          "a level is state, district, block or panchayat, not \"%s\"", shown);
    b->level = (enum place_level)level;
    return 0;
}

static int read_code(const struct changes *c, const struct table *t, int column, int64_t *out,
                     struct err *err)
{
    *out = 0;
    return table_field(t, c->column[column]).n > 0 ? table_code(t, c->column[column], out, err) : 0;
}

static int read_share(const struct changes *c, const struct table *t, struct border_change *b,
                      struct err *err)
{
    struct str s = table_field(t, c->column[C_SHARE]);
    b->share = (double)NAN;
    if (s.n == 0)
        return 0;
    if (str_to_f64(s, &b->share) < 0 || !(b->share >= 0 && b->share <= 1))
        return table_fail(t, c->column[C_SHARE], err, "a share is a number from 0 to 1");
    return 0;
}

static void say_where(const struct changes *c, const struct table *t, struct border_change *b)
{
    b->at = (struct said_at){.line = t->record->line,
                             .code = (uint16_t)(c->column[C_OLD] + 1),
                             .parent = (uint16_t)(c->column[C_PARENT] + 1),
                             .on = (uint16_t)(c->column[C_ON] + 1),
                             .name = (uint16_t)(c->column[C_NAME] + 1)};
}

static int read_change(struct changes *c, const struct table *t, struct err *err)
{
    struct border_change *grown = mem_grown(MEM_INGEST, c->change, c->n, &c->cap, sizeof *grown);
    if (grown == NULL)
        return no_memory(err);
    c->change = grown;
    struct border_change *b = &c->change[c->n++];
    *b = (struct border_change){0};
    say_where(c, t, b);
    TRY(read_kind(c, t, b, err));
    TRY(read_level(c, t, b, err));
    TRY(table_code(t, c->column[C_OLD], &b->old_code, err));
    TRY(read_code(c, t, C_NEW, &b->new_code, err));
    TRY(read_code(c, t, C_PARENT, &b->parent_code, err));
    TRY(read_code(c, t, C_OLD_PARENT, &b->old_parent_code, err));
    TRY(read_day(c, t, C_ON, &b->on, err));
    TRY(table_keep(t, c->column[C_NAME], &b->name, err));
    TRY(table_keep(t, c->column[C_NAME_HI], &b->name_hi, err));
    TRY(table_keep(t, c->column[C_OLD_NAME], &b->old_name, err));
    TRY(table_keep(t, c->column[C_OLD_NAME_HI], &b->old_name_hi, err));
    return read_share(c, t, b, err);
}

/* ---- the whole ------------------------------------------------------------------------------ */

int changes_read(struct changes *c, const struct table *t, struct err *err)
{
    return c->notices ? read_notice(c, t, err) : read_change(c, t, err);
}

int changes_store(struct changes *c, struct store *store, struct places_report *out,
                  struct err *err)
{
    if (c->notices)
        return store_notices_add(store, c->notice, c->n, &out->notices, err);
    return store_borders_change(store, c->change, c->n, &out->borders, err);
}

void changes_fini(struct changes *c)
{
    mem_free(MEM_INGEST, c->change);
    mem_free(MEM_INGEST, c->notice);
}
