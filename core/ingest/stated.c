/* SPDX-License-Identifier: MIT
 *
 * Files of published figures: as_on, place, sector, total, and optionally level and source. All or
 * nothing: the first line that is wrong refuses the file, because a document is short and its
 * figures belong together. */
#include "aadhaar.h"
#include "base/date.h"
#include "base/number.h"
#include "ingest/places.h"
#include "table.h"

struct reader {
    struct arena mem;
    const struct place_tree *tree;
    const struct grant *grant; /* whose sources figures may be of; or NULL */
    struct str source;         /* where the row names none */
    int as_on, place, sector, total, level, source_column;
    struct stated_change *change;
    size_t n, cap;
};

static int no_memory(struct err *err)
{
    return err_set(err, ERR_MEM, "no memory for the published figures");
}

static int need(struct table *t, const char *name, int *column, struct err *err)
{
    *column = table_column(t, name, 0);
    if (*column >= 0)
        return 0;
    err_set(err, ERR_ROWS, "the file has no column \"%s\"", name);
    err_hint(err, "published figures have the columns as_on, place, sector, total, and optionally "
                  "level and source");
    return ERR_ROWS;
}

static int on_header(struct table *t, void *ctx, struct err *err)
{
    struct reader *r = ctx;
    TRY(need(t, "as_on", &r->as_on, err));
    TRY(need(t, "place", &r->place, err));
    TRY(need(t, "sector", &r->sector, err));
    TRY(need(t, "total", &r->total, err));
    r->level = table_column(t, "level", 0);
    r->source_column = table_column(t, "source", 0);
    return 0;
}

static int read_day(const struct reader *r, const struct table *t, struct stated_change *c,
                    struct err *err)
{
    struct err why;
    if (date_parse(table_field(t, r->as_on), &c->as_on, &why) < 0)
        return table_fail(t, r->as_on, err, "%s", why.msg);
    return 0;
}

static int tell_found(const struct reader *r, const struct table *t, struct str text, size_t found,
                      const uint32_t *order, struct err *err)
{
    char shown[AADHAAR_SHOWN_BYTES + 1];
    struct near_list near;
    aadhaar_mask(text, shown);
    if (found > 1) {
        const struct place *a = &r->tree->at[order[0]];
        const struct place *b = &r->tree->at[order[1]];
        table_fail(t, r->place, err,
                   "\"%s\" is the name of %zu places (%s %lld, %s %lld, ...); give the code and "
                   "the level",
                   shown, found, place_level_name(a->level), (long long)a->code,
                   place_level_name(b->level), (long long)b->code);
        return ERR_ROWS;
    }
    near_init(&near);
    for (int level = PLACE_STATE; level <= PLACE_BLOCK; level++)
        place_near(r->tree, (enum place_level)level, 0, text, &near);
    table_fail(t, r->place, err, "no place \"%s\" is known", shown);
    near_hint(&near, err);
    return ERR_ROWS;
}

/* Of the level told, else of any. */
static int read_place(const struct reader *r, const struct table *t, struct stated_change *c,
                      struct err *err)
{
    struct str text = table_field(t, r->place);
    struct str level_text = table_field(t, r->level);
    int level = level_text.n > 0 ? place_level_parse(level_text) : -1;
    uint32_t order[2] = {0, 0};
    size_t found = 0;
    if (level_text.n > 0 && level < 0)
        return table_fail(t, r->level, err,
                          "a level is country, state, district, block or panchayat");
    for (int l = PLACE_COUNTRY; l < PLACE_LEVELS; l++) {
        if (level >= 0 && l != level)
            continue;
        uint32_t here[2] = {0, 0};
        size_t n = place_find(r->tree, (enum place_level)l, 0, text, here, 2);
        for (size_t i = 0; i < n && i < 2 && found + i < 2; i++)
            order[found + i] = here[i];
        found += n;
    }
    if (found != 1)
        return tell_found(r, t, text, found, order, err);
    if (!place_is_seen(r->tree, order[0]))
        return table_fail(t, r->place, err, "the token is not for this place");
    c->place = r->tree->at[order[0]].identity;
    return 0;
}

static int read_sector(const struct reader *r, const struct table *t, struct stated_change *c,
                       struct err *err)
{
    struct str text = table_field(t, r->sector);
    if (text.n == 0)
        return 0;
    int index = list_find(&list_sectors, text);
    if (index < 0) {
        char shown[AADHAAR_SHOWN_BYTES + 1];
        struct near_list near;
        near_init(&near);
        list_near(&list_sectors, text, &near);
        aadhaar_mask(text, shown);
        table_fail(t, r->sector, err, "\"%s\" is no sector", shown);
        near_hint(&near, err);
        return ERR_ROWS;
    }
    c->sector = (uint8_t)(index + 1);
    return 0;
}

static int read_total(const struct reader *r, const struct table *t, struct stated_change *c,
                      struct err *err)
{
    struct err why;
    if (number_whole(table_field(t, r->total), &c->total, &why) < 0)
        return table_fail(t, r->total, err, "a total is a whole number: %s", why.msg);
    if (c->total < 0)
        return table_fail(t, r->total, err, "a total is a whole number, 0 or more");
    return 0;
}

static struct stated_change *push(struct reader *r)
{
    struct stated_change *p = mem_grown(MEM_INGEST, r->change, r->n, &r->cap, sizeof *p);
    if (p == NULL)
        return NULL;
    r->change = p;
    struct stated_change *c = &r->change[r->n++];
    *c = (struct stated_change){.as_on = DAY_NONE};
    return c;
}

static int on_row(struct table *t, void *ctx, struct err *err)
{
    struct reader *r = ctx;
    struct stated_change *c = push(r);
    if (c == NULL)
        return no_memory(err);
    TRY(read_day(r, t, c, err));
    TRY(read_place(r, t, c, err));
    TRY(read_sector(r, t, c, err));
    TRY(read_total(r, t, c, err));
    c->source = r->source;
    if (table_field(t, r->source_column).n > 0)
        TRY(table_keep(t, r->source_column, &c->source, err));
    if (c->source.n > SOURCE_BYTES_MAX)
        return table_fail(t, r->source_column, err, "a source has at most %d bytes",
                          SOURCE_BYTES_MAX);
    if (!grant_has_source(r->grant, c->source))
        return table_fail(t, r->source_column, err, "the token is not for the source \"%.*s\"",
                          STR_ARG(c->source));
    return 0;
}

static int import(struct reader *r, struct store *store, struct str text, struct stated_report *out,
                  struct err *err)
{
    struct table t;
    TRY(table_read(&t, &r->mem, text, on_header, on_row, r, err));
    out->lines = t.rows;
    return store_stated_add(store, r->change, r->n, &out->added, &out->snapshot, err);
}

/* The state as whoever is limited knows it. */
static int pin(struct snap_cell *cell, const struct grant *g, struct snap **out, struct err *err)
{
    struct snap *snap = snap_cell_get(cell);
    if (snap == NULL)
        return err_set(err, ERR_UNAVAILABLE, "the data is still being loaded");
    *out = snap;
    if (grant_is_whole(g))
        return 0;
    int rc = snap_narrow(snap, g, out, err);
    snap_unref(snap);
    return rc;
}

int stated_import(struct store *store, struct snap_cell *cell, struct str text, struct str source,
                  const struct grant *grant, struct stated_report *out, struct err *err)
{
    struct snap *snap;
    TRY(pin(cell, grant, &snap, err));
    struct reader r = {.tree = snap->tree, .grant = grant};
    *out = (struct stated_report){.lines = 0};
    arena_init(&r.mem, MEM_INGEST, 0);
    r.source = str_trim(source).n > 0 ? str_trim(source) : STR("unknown");
    int rc = r.source.n > SOURCE_BYTES_MAX
                 ? err_set(err, ERR_LIMIT, "the source is longer than %d bytes", SOURCE_BYTES_MAX)
                 : import(&r, store, text, out, err);
    mem_free(MEM_INGEST, r.change);
    arena_fini(&r.mem);
    snap_unref(snap);
    return rc;
}
