/* SPDX-License-Identifier: MIT
 *
 * The catalogue: registrations, the tables that the caller gives, the small tables of the snapshot,
 * the tables that planners uploaded; in this order, though a name can hardly be two of them: see
 * query_table_name. */
#include "tables.h"

#include "base/clock.h"
#include "base/limits.h"
#include "parse.h"
#include "query/narrow.h"

/* A column of registrations. */
static struct expr *base_col(struct arena *a, int base, enum type t, const struct list *list)
{
    struct expr *e = expr_col(a, base, t);
    if (e != NULL) {
        e->deps = BASE_BIT(base);
        e->list = list;
    }
    return e;
}

struct expr *bind_place_column(struct arena *a, enum place_level level)
{
    struct expr *e =
        expr_call1(a, &fn_place_at, TYPE_PLACE, base_col(a, BASE_ORDER, TYPE_INT64, NULL));
    if (e != NULL) {
        e->option = (int64_t)level;
        e->level = (int)level;
    }
    return e;
}

static struct expr *attr_col(struct binder *b, size_t i)
{
    const struct attr *attr = &b->snap->schema->attr[i];
    int base = BASE_ATTR + (int)i;
    if (attr->kind == ATTR_CHOICE)
        return base_col(b->arena, base, TYPE_CODED, attr->list);
    struct expr *e = base_col(b->arena, base, TYPE_INT64, NULL);
    if (attr->kind == ATTR_INT || e == NULL)
        return e;
    e = expr_call1(b->arena, &fn_dict_text, TYPE_STRING, e);
    if (e != NULL)
        e->aux = b->snap->dict[i];
    return e;
}

static struct expr *attr_is(struct binder *b, int attr, int op, int32_t id)
{
    struct expr *col = base_col(b->arena, BASE_ATTR + attr, TYPE_INT64, NULL);
    struct expr *value = expr_const(b->arena, (struct value){.type = TYPE_INT64, .i = id});
    if (col == NULL || value == NULL)
        return NULL;
    return expr_call2(b->arena, fn_compare(op, TYPE_INT64), TYPE_BOOL, col, value);
}

/* Whoever is limited to sources reads the rows of no other: source IN (...), or nothing at all. */
static int only_sources(struct scope *s)
{
    struct binder *b = s->b;
    const struct snap *snap = b->snap;
    size_t n = 1;
    if (snap->source_seen == NULL)
        return 0;
    struct expr **arg = ARENA_ARRAY(b->arena, struct expr *, (size_t)snap->sources + 2);
    if (arg == NULL)
        return bind_memory(b);
    arg[0] = base_col(b->arena, BASE_ATTR + ATTR_SOURCE, TYPE_INT64, NULL);
    for (int32_t id = 0; id < snap->sources; id++)
        if (snap_sees_source(snap, id))
            arg[n++] = expr_const(b->arena, (struct value){.type = TYPE_INT64, .i = id});
    if (n == 1) /* no row has this one */
        arg[n++] = expr_const(b->arena, (struct value){.type = TYPE_INT64, .i = -1});
    for (size_t i = 0; i < n; i++)
        if (arg[i] == NULL)
            return bind_memory(b);
    struct expr *in = expr_call(b->arena, &fn_in, TYPE_BOOL, arg, n);
    return in != NULL ? scope_add_where(s, in) : bind_memory(b);
}

static int bind_registrations(struct scope *s)
{
    struct binder *b = s->b;
    s->open = ARENA_NEW(b->arena, struct access);
    if (s->open == NULL)
        return bind_memory(b);
    const struct str none = STR("");
    TRY(scope_add_col(s, STR("date"), none, base_col(b->arena, BASE_DAY, TYPE_DATE, NULL)));
    for (int l = PLACE_STATE; l < PLACE_LEVELS; l++)
        TRY(scope_add_col(s, str_of(place_level_name((enum place_level)l)), none,
                          bind_place_column(b->arena, (enum place_level)l)));
    TRY(scope_add_col(s, STR("sector"), none,
                      base_col(b->arena, BASE_SECTOR, TYPE_CODED, &list_sectors)));
    for (size_t i = 0; i < b->snap->schema->n; i++)
        TRY(scope_add_col(s, str_of(b->snap->schema->attr[i].name), none, attr_col(b, i)));
    TRY(scope_add_col(s, STR("count"), none, base_col(b->arena, BASE_COUNT, TYPE_INT64, NULL)));
    return only_sources(s);
}

/* The level that all places of a column have, if they agree. */
static int column_level(const struct binder *b, const struct frame_col *c, size_t rows)
{
    int level = PLACE_LEVEL_ANY;
    for (size_t i = 0; i < rows; i++) {
        uint32_t order = vec_null(c, i) ? PLACE_NONE : place_order(b->places, (uint32_t)c->i[i]);
        if (order == PLACE_NONE)
            continue;
        int l = (int)b->places->at[order].level;
        if (level != PLACE_LEVEL_ANY && level != l)
            return PLACE_LEVEL_ANY;
        level = l;
    }
    return level;
}

/* `level`: that of each place column, or NULL: it is looked for. */
static int bind_frame(struct scope *s, const struct frame *f, const int *level)
{
    for (size_t c = 0; c < f->cols; c++) {
        const struct frame_col *col = &f->col[c];
        struct expr *e = expr_col(s->b->arena, (int)c, col->type);
        if (e == NULL)
            return bind_memory(s->b);
        e->list = col->list;
        if (col->type == TYPE_PLACE)
            e->level = level != NULL ? level[c] : column_level(s->b, col, f->rows);
        TRY(scope_add_col(s, col->name, STR(""), e));
    }
    s->frame_cols = f->cols;
    return scope_add_step(s, (struct step){.kind = STEP_TABLE, .table = f, .cols = f->cols});
}

static int unknown_table(struct scope *s, const struct ast_source *src)
{
    struct binder *b = s->b;
    bind_fail_at(b, ERR_UNKNOWN_NAME, src->at, src->n, "Table not found: %.*s", STR_ARG(src->name));
    struct near_list near;
    near_init(&near);
    near_offer(&near, src->name, STR("registrations"));
    near_offer(&near, src->name, STR("occupations"));
    for (const struct small_table *t = small_tables; t->name != NULL; t++)
        near_offer(&near, src->name, str_of(t->name));
    for (size_t i = 0; i < b->ctx->tables; i++)
        near_offer(&near, src->name, str_of(b->ctx->table[i].name));
    upload_near(b->snap->uploads, src->name, &near);
    for (size_t i = 0; i < b->ctx->expecteds; i++)
        near_offer(&near, src->name, b->ctx->expected[i]->name);
    near_hint(&near, b->err);
    return ERR_UNKNOWN_NAME;
}

/* The table that planners uploaded. One that they are still to upload, or that is not as it is
 * expected, is seen without rows. NULL: there is none of that name. */
static const struct upload *planners_table(const struct binder *b, struct str name)
{
    const struct query_context *ctx = b->ctx;
    const struct upload *u = upload_find(b->snap->uploads, name);
    for (size_t i = 0; i < ctx->expecteds; i++) {
        if (!str_eq_nocase(ctx->expected[i]->name, name))
            continue;
        if (u != NULL && upload_fits(ctx->expected[i], u))
            return u;
        if (ctx->missed != NULL)
            ctx->missed[i] = true;
        return ctx->expected[i];
    }
    return u;
}

/* Had the batch come by the end of a day, and was it not retracted by then? */
static bool known_on(const struct snap *snap, const struct batch_note *note,
                     const struct value *day)
{
    if (day->null || clock_day(note->received_ms) > day->i)
        return false;
    const struct retraction *r = retraction_find(snap->gone, note->source, note->batch);
    return r == NULL || clock_day(r->retracted_ms) > day->i;
}

/* Where an id is known of one source and not of another, the batch of the other is left out. */
static int leave_out(struct scope *s, const struct batch_note *note)
{
    struct binder *b = s->b;
    struct expr *id = attr_is(b, ATTR_BATCH, OP_NE, note->batch);
    struct expr *source = attr_is(b, ATTR_SOURCE, OP_NE, note->source);
    struct expr *other =
        id != NULL && source != NULL ? expr_call2(b->arena, &fn_or, TYPE_BOOL, id, source) : NULL;
    return other != NULL ? scope_add_where(s, other) : bind_memory(b);
}

/* FOR SYSTEM_TIME AS OF day: only rows of batches that were known at the end of that day. */
static int bind_as_of(struct scope *s, const struct ast *ast)
{
    struct binder *b = s->b;
    const struct snap *snap = b->snap;
    struct value day;
    TRY(bind_constant(s, ast, TYPE_DATE, "FOR SYSTEM_TIME AS OF", &day));
    struct expr **arg = ARENA_ARRAY(b->arena, struct expr *, snap->batch_count + 1);
    uint8_t *known = ARENA_ARRAY(b->arena, uint8_t, (size_t)dict_count(snap->dict[ATTR_BATCH]));
    if (arg == NULL || known == NULL)
        return bind_memory(b);
    size_t n = 1;
    arg[0] = base_col(b->arena, BASE_ATTR + ATTR_BATCH, TYPE_INT64, NULL);
    for (size_t i = 0; i < snap->batch_count && arg[0] != NULL; i++) {
        const struct batch_note *note = &snap->batch[i];
        if (known[note->batch] || !known_on(snap, note, &day))
            continue;
        known[note->batch] = 1;
        arg[n] = expr_const(b->arena, (struct value){.type = TYPE_INT64, .i = note->batch});
        if (arg[n++] == NULL)
            return bind_memory(b);
    }
    struct expr *in = arg[0] ? expr_call(b->arena, &fn_in, TYPE_BOOL, arg, n) : NULL;
    if (in == NULL)
        return bind_memory(b);
    s->open->as_of = true;
    TRY(scope_add_where(s, in));
    for (size_t i = 0; i < snap->batch_count; i++)
        if (known[snap->batch[i].batch] && !known_on(snap, &snap->batch[i], &day))
            TRY(leave_out(s, &snap->batch[i]));
    return 0;
}

int bind_table(struct scope *s, const struct ast_source *src)
{
    struct binder *b = s->b;
    if (str_eq_nocase(src->name, STR("registrations"))) {
        TRY(bind_registrations(s));
        return src->as_of != NULL ? bind_as_of(s, src->as_of) : 0;
    }
    if (src->as_of != NULL)
        return bind_fail(b, ERR_UNSUPPORTED, src->as_of,
                         "FOR SYSTEM_TIME AS OF is supported by this server for registrations");
    struct frame *f;
    const struct frame *seen;
    for (size_t i = 0; i < b->ctx->tables; i++)
        if (str_eq_nocase(src->name, str_of(b->ctx->table[i].name))) {
            TRY(narrow_table(b->ctx->table, b->ctx->tables, &b->ctx->table[i], b->arena, b->snap,
                             &seen, b->err));
            return bind_frame(s, seen, NULL);
        }
    if (str_eq_nocase(src->name, STR("occupations"))) {
        TRY(bind_registrations(s));
        return bind_occupations(s, src);
    }
    for (const struct small_table *t = small_tables; t->name != NULL; t++)
        if (str_eq_nocase(src->name, str_of(t->name))) {
            TRY(t->fill(b, &f));
            return bind_frame(s, f, NULL);
        }
    const struct upload *u = planners_table(b, src->name);
    if (u == NULL)
        return unknown_table(s, src);
    TRY(narrow_frame(b->arena, b->snap, u->frame, &seen, b->err));
    return bind_frame(s, seen, u->level);
}

/* ---- names for tables of users ---- */

/* Tables of the floors above, and names that are kept for later ones. */
static const char *const other_tables[] = {"registrations", "occupations", "rejects", "alerts",
                                           "alert_history", "audit",       "totals",  NULL};

static bool is_identifier(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        if (!letter && !(i > 0 && c >= '0' && c <= '9'))
            return false;
    }
    return s.n > 0;
}

static bool is_built_in(struct str s)
{
    for (const struct small_table *t = small_tables; t->name != NULL; t++)
        if (str_eq_nocase(s, str_of(t->name)))
            return true;
    for (const char *const *name = other_tables; *name != NULL; name++)
        if (str_eq_nocase(s, str_of(*name)))
            return true;
    return false;
}

int query_table_name(struct str name, struct err *err)
{
    struct str shown = {name.p, name.n < TABLE_NAME_BYTES_MAX ? name.n : TABLE_NAME_BYTES_MAX};
    shown.n = utf8_check(shown);
    if (!is_identifier(name) || name.n > TABLE_NAME_BYTES_MAX)
        return err_set(err, ERR_PARAM,
                       "a table is named with 1 to %d letters (a to z), digits and '_', no digit "
                       "first, not \"%.*s\"",
                       TABLE_NAME_BYTES_MAX, STR_ARG(shown));
    if (parse_reserved(name))
        return err_set(err, ERR_PARAM,
                       "\"%.*s\" is a word of the query language and no name for a table",
                       STR_ARG(shown));
    if (is_built_in(name))
        return err_set(err, ERR_PARAM, "\"%.*s\" is the name of a table of Panji's own",
                       STR_ARG(shown));
    return 0;
}
