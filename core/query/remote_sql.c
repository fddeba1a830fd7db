/* SPDX-License-Identifier: MIT
 *
 * The statement for an access: one subquery that names what is read afresh, and a grouping of it.
 *
 *     SELECT K0, K1, sum(W), count() FROM
 *         (SELECT district AS K0, transform(attr_age, [...], [...]) AS K1, registrations AS W
 *          FROM panji.registrations WHERE ...)
 *     GROUP BY K0, K1 WITH TOTALS
 *
 * Why so. In ClickHouse an alias holds for the whole SELECT, WHERE included; so a SELECT that reads
 * the tables makes names that no column has (columns are in small letters), and what is computed
 * from names stands in a SELECT of its own. NULLs, defaults of joins, dates as texts and division
 * do not occur: not stated is a number like another, days are numbers. Literals are printed from
 * numbers. Conditions are those of the planner: ranges of places, days, sectors, tables by code. */
#include "remote.h"

#include <stdio.h>

#include "base/limits.h"
#include "scan.h"
#include "store/clickhouse_tables.h"

static const char *const level_column[PLACE_LEVELS] = {"0", "state", "district", "block", "place"};

/* ---- columns ---- */

/* What the tables hold for a code of a column. */
static int64_t stored(const struct run *r, int base, int64_t low, size_t code)
{
    if (code > 0 || base < BASE_ATTR)
        return low + (int64_t)code - 1;
    return clickhouse_attr_null(r->snap->schema, base - BASE_ATTR);
}

static void put_codes(struct buf *b, const struct run *r, const struct remote_column *c, bool from)
{
    const char *comma = "";
    for (size_t i = 0; i < c->n; i++) {
        if (c->first[i] == i)
            continue;
        size_t code = from ? i : c->first[i];
        buf_cstr(b, comma);
        buf_i64(b, stored(r, c->base, c->low, code));
        comma = ",";
    }
}

static void put_name(struct buf *b, const struct run *r, int base)
{
    if (base == BASE_SECTOR)
        buf_cstr(b, "sector");
    else if (base == BASE_DAY)
        buf_cstr(b, "day");
    else if (base == BASE_COUNT)
        buf_cstr(b, "registrations");
    else
        clickhouse_put_attr(b, r->snap->schema, base - BASE_ATTR);
}

/* The place above at the level, or the place itself where it lies higher. */
static void put_place(struct buf *b, enum place_level level)
{
    if (level == PLACE_COUNTRY || level == PLACE_STATE || level == PLACE_PANCHAYAT) {
        buf_printf(b, "toUInt32(%s)", level_column[level]);
        return;
    }
    if (level == PLACE_BLOCK)
        buf_cstr(b, "multiIf(block != 0, block, district != 0, district, state)");
    else
        buf_cstr(b, "if(district != 0, district, state)");
}

static void put_column(struct buf *b, const struct run *r, const struct remote_column *c)
{
    if (c->base == BASE_ORDER) {
        put_place(b, c->level);
    } else if (c->as_is) {
        put_name(b, r, c->base);
    } else {
        buf_cstr(b, "transform(toInt32(");
        put_name(b, r, c->base);
        buf_cstr(b, "), [");
        put_codes(b, r, c, true);
        buf_cstr(b, "], [");
        put_codes(b, r, c, false);
        buf_cstr(b, "], toInt32(");
        put_name(b, r, c->base);
        buf_cstr(b, "))");
    }
}

/* ---- conditions ---- */

struct listing {
    struct buf *b;
    const char *lead; /* in front of the first entry */
    bool any;
};

static void put_entry(struct listing *l, int64_t v)
{
    buf_cstr(l->b, l->any ? "," : l->lead);
    buf_i64(l->b, v);
    l->any = true;
}

/* Which nodes are in the window together with all that was stored below them. */
static uint8_t *whole_nodes(struct run *r, const struct window3 *w)
{
    const struct place_tree *t = r->snap->tree;
    uint8_t *whole = ARENA_ARRAY(r->arena, uint8_t, t->n);
    for (uint32_t o = 0; whole != NULL && o < t->n; o++)
        whole[o] = remote_in_window(w, o);
    for (int level = PLACE_PANCHAYAT; whole != NULL && level > PLACE_COUNTRY; level--)
        for (uint32_t o = 0; o < t->n; o++)
            if ((int)t->at[o].level == level && !whole[o])
                whole[place_order(t, t->at[o].home)] = 0;
    return whole;
}

/* Is there a node above, as stored, that says so already? */
static bool is_covered(const struct place_tree *t, const uint8_t *whole, uint32_t o)
{
    return o != 0 && whole[place_order(t, t->at[o].home)];
}

static int put_places(struct run *r, const struct window3 *w, struct buf *b)
{
    const struct place_tree *t = r->snap->tree;
    uint8_t *whole = whole_nodes(r, w);
    if (whole == NULL)
        return run_memory(r);
    if (whole[0])
        return 0;
    bool any = false;
    buf_cstr(b, " AND (");
    for (int level = PLACE_STATE; level < PLACE_PANCHAYAT; level++) {
        char lead[40];
        snprintf(lead, sizeof lead, "%s%s IN (", any ? " OR " : "", level_column[level]);
        struct listing l = {b, lead, false};
        for (uint32_t o = 1; o < t->n; o++)
            if ((int)t->at[o].level == level && whole[o] && !is_covered(t, whole, o))
                put_entry(&l, t->at[o].id);
        if (l.any)
            buf_char(b, ')');
        any |= l.any;
    }
    struct listing l = {b, any ? " OR place IN (" : "place IN (", false};
    for (uint32_t o = 0; o < t->n; o++) {
        bool alone = t->at[o].level == PLACE_PANCHAYAT || !whole[o];
        if (alone && !is_covered(t, whole, o) && remote_in_window(w, o))
            put_entry(&l, t->at[o].id);
    }
    buf_cstr(b, l.any ? "))" : ")");
    return 0;
}

static void put_days(const struct days *d, struct buf *b)
{
    buf_printf(b, " AND day >= %d AND day <= %d", d->lo < 0 ? 0 : d->lo, d->hi < 0 ? 0 : d->hi);
    if (d->ok == NULL)
        return;
    struct listing l = {b, " AND day IN (", false};
    for (int32_t day = d->lo; day <= d->hi; day++)
        if (d->ok[day - d->lo])
            put_entry(&l, day);
    buf_cstr(b, l.any ? ")" : " AND 0");
}

static void put_sectors(uint32_t sectors, struct buf *b)
{
    uint32_t all = (UINT32_C(1) << (list_sectors.n + 1)) - 1;
    if ((sectors & all) == all)
        return;
    struct listing l = {b, " AND sector IN (", false};
    for (uint32_t i = 0; i <= list_sectors.n; i++)
        if (sectors >> i & 1)
            put_entry(&l, i);
    buf_cstr(b, l.any ? ")" : " AND 0");
}

/* The values that pass, or those that do not, whichever are fewer; a value beyond the table does
 * not pass. */
static void put_test(const struct run *r, const struct attr_test *t, struct buf *b)
{
    size_t passing = 0;
    for (size_t i = 0; i < t->codes; i++)
        passing += t->ok[i] != 0;
    bool except = passing > t->codes / 2;
    if (except) {
        buf_cstr(b, " AND (");
        put_name(b, r, t->base);
        buf_printf(b, " = %lld OR (", (long long)stored(r, t->base, t->low, 0));
        put_name(b, r, t->base);
        buf_printf(b, " >= %lld AND ", (long long)t->low);
        put_name(b, r, t->base);
        buf_printf(b, " <= %lld))", (long long)t->low + (long long)t->codes - 2);
    }
    bool listed = false;
    for (size_t i = 0; i < t->codes; i++)
        listed |= (t->ok[i] != 0) != except;
    if (!listed) {
        buf_cstr(b, except ? "" : " AND 0");
        return;
    }
    buf_cstr(b, " AND ");
    put_name(b, r, t->base);
    struct listing l = {b, except ? " NOT IN (" : " IN (", false};
    for (size_t i = 0; i < t->codes; i++)
        if ((t->ok[i] != 0) != except)
            put_entry(&l, stored(r, t->base, t->low, i));
    buf_char(b, ')');
}

static void put_gone(const struct run *r, const struct retraction_set *gone, struct buf *b)
{
    if (gone == NULL || gone->n == 0)
        return;
    buf_cstr(b, " AND (");
    clickhouse_put_attr(b, r->snap->schema, ATTR_SOURCE);
    buf_cstr(b, ", ");
    clickhouse_put_attr(b, r->snap->schema, ATTR_BATCH);
    buf_cstr(b, ") NOT IN (");
    for (size_t i = 0; i < gone->n; i++)
        buf_printf(b, "%s(%d,%d)", i ? "," : "", gone->at[i].source, gone->at[i].batch);
    buf_char(b, ')');
}

static int put_where(struct run *r, const struct remote_plan *p, struct buf *b)
{
    const struct access_plan *a = p->access;
    buf_cstr(b, " WHERE 1");
    if (a->window.never) {
        buf_cstr(b, " AND 0");
        return 0;
    }
    TRY(put_places(r, &a->window, b));
    put_days(&a->window.days, b);
    put_sectors(a->window.sectors, b);
    for (size_t k = 0; k < a->tests; k++)
        put_test(r, &a->test[k], b);
    put_gone(r, access_gone(r, a->access), b);
    return 0;
}

/* ---- all together ---- */

size_t remote_keys(const struct remote_plan *p)
{
    return p->rows ? p->cols + 1 : p->cols > 0 ? p->cols : 1;
}

static void put_keys(struct buf *b, const struct remote_plan *p)
{
    for (size_t k = 0; k < p->cols; k++)
        buf_printf(b, "%sK%zu", k ? ", " : "", k);
    if (p->rows)
        buf_cstr(b, p->cols ? ", W" : "W");
    else if (p->cols == 0)
        buf_cstr(b, "Z");
}

static int put_statement(struct run *r, struct remote_plan *p)
{
    struct buf *b = &p->sql;
    const struct clickhouse_address *at = &r->snap->clickhouse->address;
    buf_cstr(b, "SELECT ");
    put_keys(b, p);
    buf_cstr(b, p->cells ? ", sum(W), toInt64(sum(N)) FROM (SELECT "
                         : ", sum(W), count() FROM (SELECT ");
    for (size_t k = 0; k < p->cols; k++) {
        put_column(b, r, &p->col[k]);
        buf_printf(b, " AS K%zu, ", k);
    }
    if (p->cols == 0)
        buf_cstr(b, "toUInt8(0) AS Z, ");
    buf_cstr(b, p->cells ? "registrations AS W, lines AS N" : "registrations AS W");
    buf_printf(b, " FROM %.*s.%s", STR_ARG(at->database),
               p->cells ? CLICKHOUSE_CELLS : CLICKHOUSE_REGISTRATIONS);
    TRY(put_where(r, p, b));
    if (p->rows_max != SIZE_MAX) {
        buf_cstr(b, " ORDER BY ");
        put_keys(b, p);
        buf_printf(b, " LIMIT %zu", p->rows_max);
    }
    buf_cstr(b, ") GROUP BY ");
    put_keys(b, p);
    buf_cstr(b, " WITH TOTALS");
    return buf_check(b, r->err);
}

/* Does something read the registrations of a row as a value, or look at each row by itself? */
static bool needs_rows(const struct access_plan *p)
{
    const struct access *a = p->access;
    uint64_t deps = 0;
    bool each = !a->grouped;
    for (size_t i = 0; i < p->rests; i++)
        deps |= p->rest[i]->deps;
    for (size_t i = 0; i < a->group.keys; i++)
        deps |= a->group.key[i]->deps;
    for (size_t i = 0; i < a->group.aggs; i++) {
        deps |= agg_deps(&a->group.agg[i]);
        each |= a->group.agg[i].kind == AGG_TEXT && !a->group.agg[i].distinct;
    }
    return each || (deps & BASE_BIT(BASE_COUNT));
}

static bool fits_cells(const struct run *r, const struct remote_plan *p)
{
    bool fits = !p->rows && p->access->tests == 0 && access_gone(r, p->access->access) == NULL &&
                !p->access->access->as_of;
    for (size_t k = 0; k < p->cols; k++)
        fits &= p->col[k].base < BASE_ATTR;
    return fits;
}

int remote_plan(struct run *r, const struct access_plan *p, struct remote_plan *out)
{
    *out = (struct remote_plan){.access = p, .rows_max = SIZE_MAX};
    buf_init(&out->sql, MEM_QUERY);
    TRY(remote_columns(r, out));
    out->rows = needs_rows(p);
    out->cells = fits_cells(r, out);
    if (!p->access->grouped && p->rests == 0 && p->access->top == NULL)
        out->rows_max = p->access->rows_max;
    TRY(put_statement(r, out));
    if (out->sql.n <= CLICKHOUSE_SQL_BYTES)
        return 0;
    err_set(r->err, ERR_LIMIT, "The query names more places and values than can be sent.");
    err_hint(r->err, "ask for whole districts or states, or for fewer values");
    return ERR_LIMIT;
}

void remote_fini(struct remote_plan *p)
{
    buf_fini(&p->sql);
}
