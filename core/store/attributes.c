/* SPDX-License-Identifier: MIT
 *
 * The attributes of registrations on disk. A directory without rows in `attribute` has the default
 * list. Once there are registrations, attributes and values keep their positions: what is stored
 * refers to them. */
#include <string.h>

#include "store_int.h"

static const char *const kinds[] = {
    [ATTR_CHOICE] = "choice", [ATTR_INT] = "integer", [ATTR_TEXT] = "text"};

/* ---- reading --------------------------------------------------------------------------------- */

/* Attributes and their texts, for schema_merge to copy. */
struct stored {
    struct db *db;
    struct arena arena;
    struct attr_wish attr[ATTRS_MAX];
    size_t n;
    struct err *err;
};

static int damaged(struct stored *s, const char *what)
{
    return err_set(s->err, ERR_CORRUPT, "the stored attributes are damaged: %s", what);
}

static int keep(struct stored *s, struct stmt *st, int column, const char **out)
{
    struct str text = stmt_str(st, column);
    *out = arena_copy(&s->arena, text.p, text.n);
    return *out != NULL ? 0 : err_set(s->err, ERR_MEM, "no memory for the attributes");
}

static int read_value(struct stored *s, struct stmt *st, struct list_item *it)
{
    it->code = stmt_i64(st, 0);
    it->retired = stmt_i64(st, 4) != 0;
    TRY(keep(s, st, 1, &it->name));
    TRY(keep(s, st, 2, &it->name_hi));
    return keep(s, st, 3, &it->aliases);
}

static int count_values(struct stored *s, size_t attribute, size_t *n)
{
    struct stmt st;
    TRY(db_stmt(s->db, "SELECT count(*) FROM attribute_value WHERE attribute = ?", &st, s->err));
    stmt_put_i64(&st, (int64_t)attribute);
    int rc = stmt_step(&st, s->err);
    *n = rc == 1 ? (size_t)stmt_i64(&st, 0) : 0;
    stmt_done(&st);
    return rc < 0 ? rc : *n > 0 ? 0 : damaged(s, "a choice has no values");
}

static int read_values(struct stored *s, size_t attribute, const struct list **out)
{
    struct stmt st;
    size_t n;
    int rc;
    TRY(count_values(s, attribute, &n));
    struct list *l = ARENA_NEW(&s->arena, struct list);
    struct list_item *item = ARENA_ARRAY(&s->arena, struct list_item, n);
    if (l == NULL || item == NULL)
        return err_set(s->err, ERR_MEM, "no memory for the attributes");
    TRY(db_stmt(s->db,
                "SELECT code, name, name_hi, aliases, retired FROM attribute_value"
                " WHERE attribute = ? ORDER BY position",
                &st, s->err));
    stmt_put_i64(&st, (int64_t)attribute);
    while ((rc = stmt_step(&st, s->err)) == 1 && l->n < n) {
        rc = read_value(s, &st, &item[l->n++]);
        if (rc < 0) {
            stmt_done(&st);
            return rc;
        }
    }
    *l = (struct list){s->attr[attribute].attr.name, l->n, item};
    *out = l;
    return rc < 0 ? rc : 0;
}

static bool int_ok(int64_t v)
{
    return v >= -ATTR_INT_MOST && v <= ATTR_INT_MOST;
}

static int read_attribute(struct stored *s, struct stmt *st)
{
    struct attr *a = &s->attr[s->n].attr;
    size_t kind = 0;
    if (s->n == ATTRS_MAX || stmt_i64(st, 0) != (int64_t)s->n)
        return damaged(s, "their positions have gaps");
    while (kind < ARRAY_LEN(kinds) && !str_eq(stmt_str(st, 2), str_of(kinds[kind])))
        kind++;
    for (int c = 5; c <= 8; c++)
        if (kind == ARRAY_LEN(kinds) || !int_ok(stmt_i64(st, c)))
            return damaged(s, "a kind or a range makes no sense");
    a->kind = (enum attr_kind)kind;
    a->min = (int32_t)stmt_i64(st, 5);
    a->max = (int32_t)stmt_i64(st, 6);
    a->accept_min = (int32_t)stmt_i64(st, 7);
    a->accept_max = (int32_t)stmt_i64(st, 8);
    TRY(keep(s, st, 1, &a->name));
    TRY(keep(s, st, 3, &a->title_en));
    TRY(keep(s, st, 4, &a->title_hi));
    s->n++;
    return 0;
}

static int read_attributes(struct stored *s)
{
    struct stmt st;
    int rc;
    TRY(db_stmt(s->db,
                "SELECT position, name, kind, title_en, title_hi, min, max, accept_min, accept_max"
                " FROM attribute ORDER BY position",
                &st, s->err));
    while ((rc = stmt_step(&st, s->err)) == 1) {
        rc = read_attribute(s, &st);
        if (rc < 0) {
            stmt_done(&st);
            return rc;
        }
    }
    TRY(rc);
    for (size_t i = 0; i < s->n; i++)
        if (s->attr[i].attr.kind == ATTR_CHOICE)
            TRY(read_values(s, i, &s->attr[i].attr.list));
    return 0;
}

/* What is stored, as a schema of its own; the default list where nothing is. */
static int read_schema(struct stored *s, const struct schema **out)
{
    TRY(read_attributes(s));
    if (s->n == 0) {
        *out = schema_ref(&schema_default);
        return 0;
    }
    if (s->n <= ATTR_BATCH)
        return damaged(s, "some are missing");
    struct schema all = {.n = s->n};
    for (size_t i = 0; i < s->n; i++)
        all.attr[i] = s->attr[i].attr;
    return schema_merge(&all, true, NULL, 0, out, s->err);
}

/* ---- writing --------------------------------------------------------------------------------- */

static int write_value(struct db *db, size_t attribute, size_t position, const struct list_item *it,
                       struct err *err)
{
    struct stmt st;
    TRY(db_stmt(db, "INSERT INTO attribute_value VALUES(?, ?, ?, ?, ?, ?, ?)", &st, err));
    stmt_put_i64(&st, (int64_t)attribute);
    stmt_put_i64(&st, (int64_t)position);
    stmt_put_i64(&st, it->code);
    stmt_put_str(&st, str_of(it->name));
    stmt_put_str(&st, str_of(it->name_hi));
    stmt_put_str(&st, str_of(it->aliases));
    stmt_put_i64(&st, it->retired);
    return stmt_run(&st, err);
}

static int write_attribute(struct db *db, size_t i, const struct attr *a, struct err *err)
{
    struct stmt st;
    TRY(db_stmt(db, "INSERT INTO attribute VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)", &st, err));
    stmt_put_i64(&st, (int64_t)i);
    stmt_put_str(&st, str_of(a->name));
    stmt_put_str(&st, str_of(kinds[a->kind]));
    stmt_put_str(&st, str_of(a->title_en));
    stmt_put_str(&st, str_of(a->title_hi));
    stmt_put_i64(&st, a->min);
    stmt_put_i64(&st, a->max);
    stmt_put_i64(&st, a->accept_min);
    stmt_put_i64(&st, a->accept_max);
    TRY(stmt_run(&st, err));
    for (size_t k = 0; a->kind == ATTR_CHOICE && k < a->list->n; k++)
        TRY(write_value(db, i, k, &a->list->items[k], err));
    return 0;
}

static int write_schema(struct db *db, const struct schema *schema, struct err *err)
{
    TRY(db_begin(db, err));
    int rc = db_exec(db, "DELETE FROM attribute; DELETE FROM attribute_value;", err);
    for (size_t i = 0; i < schema->n && rc == 0; i++)
        rc = write_attribute(db, i, &schema->attr[i], err);
    if (rc == 0)
        return db_commit(db, err);
    db_rollback(db);
    return rc;
}

/* ---- opening --------------------------------------------------------------------------------- */

/* Is anything stored that refers to an attribute? */
static int holds_rows(struct db *db, bool *out, struct err *err)
{
    struct stmt st;
    TRY(db_stmt(db,
                "SELECT EXISTS(SELECT 1 FROM segment) OR EXISTS(SELECT 1 FROM slab)"
                " OR EXISTS(SELECT 1 FROM word) OR EXISTS(SELECT 1 FROM dict)",
                &st, err));
    int rc = stmt_step(&st, err);
    *out = rc == 1 && stmt_i64(&st, 0) != 0;
    stmt_done(&st);
    return rc < 0 ? rc : 0;
}

static int follow(struct store *s, const struct schema *was, const struct attr_wish *wish,
                  size_t wishes, struct err *err)
{
    bool holds;
    const struct schema *next;
    TRY(holds_rows(&s->db, &holds, err));
    TRY(schema_merge(holds ? was : &schema_default, holds, wish, wishes, &next, err));
    int rc = schema_equal(was, next) ? 0 : write_schema(&s->db, next, err);
    if (rc < 0) {
        schema_unref(next);
        return rc;
    }
    s->schema = next;
    return 0;
}

int attributes_open(struct store *s, const struct attr_wish *wish, size_t wishes, struct err *err)
{
    const struct schema *was = NULL;
    struct stored *stored = mem_calloc(MEM_STORE, 1, sizeof *stored);
    if (stored == NULL)
        return err_set(err, ERR_MEM, "no memory for the attributes");
    stored->db = &s->db;
    stored->err = err;
    arena_init(&stored->arena, MEM_STORE, 0);
    int rc = read_schema(stored, &was);
    arena_fini(&stored->arena);
    mem_free(MEM_STORE, stored);
    if (rc == 0 && wishes > 0)
        rc = follow(s, was, wish, wishes, err);
    else if (rc == 0)
        s->schema = schema_ref(was);
    schema_unref(was);
    return rc;
}
