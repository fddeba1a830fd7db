/* SPDX-License-Identifier: MIT
 *
 * The tree of places, and published figures. */
#include <stdio.h>
#include <string.h>

#include "access.h"
#include "api.h"
#include "base/clock.h"
#include "base/date.h"
#include "ingest/places.h"

enum { FOUND_MAX = 100000, PLACES_LIMIT = 10000, CANDIDATES = 5 };

/* ---- naming a place -------------------------------------------------------------------------- */

/* "district:607" -> level and text; without a level every level is tried. */
static enum place_level split_level(struct str *text)
{
    const char *colon = text->n ? memchr(text->p, ':', text->n) : NULL;
    if (colon == NULL)
        return PLACE_LEVELS;
    int level = place_level_parse((struct str){text->p, (size_t)(colon - text->p)});
    if (level < 0)
        return PLACE_LEVELS;
    size_t skip = (size_t)(colon - text->p) + 1;
    *text = (struct str){text->p + skip, text->n - skip};
    return (enum place_level)level;
}

/* Nodes named `text` at `level` (PLACE_LEVELS: any); returns how many were written. */
static size_t find_named(const struct place_tree *t, enum place_level level, uint32_t within,
                         struct str text, uint32_t *out, size_t max)
{
    if (level != PLACE_LEVELS)
        return place_find(t, level, within, text, out, max);
    size_t n = 0;
    for (int l = PLACE_STATE; l < PLACE_LEVELS; l++)
        n += place_find(t, (enum place_level)l, within, text, n < max ? out + n : out,
                        n < max ? max - n : 0);
    return n;
}

static void list_candidates(const struct place_tree *t, const uint32_t *order, size_t n,
                            struct err *err)
{
    char text[ERR_HINT_BYTES];
    size_t used = 0;
    for (size_t i = 0; i < n && i < CANDIDATES && used < sizeof text; i++) {
        const struct place *p = &t->at[order[i]];
        const struct place *up = &t->at[p->parent];
        int k = snprintf(text + used, sizeof text - used, "%s%s:%lld %.*s in %.*s", i ? "; " : "",
                         place_level_name(p->level), (long long)p->code, STR_ARG(p->name),
                         STR_ARG(up->name));
        used += k > 0 ? (size_t)k : 0;
    }
    err_hint(err, "say which: %s", text);
}

static int no_place(const struct place_tree *t, enum place_level level, struct str text,
                    struct err *err)
{
    struct near_list near;
    near_init(&near);
    for (int l = PLACE_STATE; l < PLACE_LEVELS; l++)
        if (level == PLACE_LEVELS || l == (int)level)
            place_near(t, (enum place_level)l, 0, text, &near);
    err_set(err, ERR_NOT_FOUND, "no place is named '%.*s'", STR_ARG(text));
    near_hint(&near, err);
    return ERR_NOT_FOUND;
}

static int find_one(const struct place_tree *t, struct str text, uint32_t *out, struct err *err)
{
    uint32_t found[CANDIDATES];
    enum place_level level = split_level(&text);
    size_t n = find_named(t, level, 0, text, found, CANDIDATES);
    if (n == 0)
        return no_place(t, level, text, err);
    *out = found[0];
    if (n == 1)
        return 0;
    err_set(err, ERR_AMBIGUOUS, "%zu places are named '%.*s'", n, STR_ARG(text));
    list_candidates(t, found, n, err);
    return ERR_AMBIGUOUS;
}

/* ---- the list -------------------------------------------------------------------------------- */

enum { PLACE_COLUMNS = 12 };
static const struct {
    const char *name;
    enum type type;
} place_columns[PLACE_COLUMNS] = {
    {"level", TYPE_STRING},        {"code", TYPE_INT64},    {"name", TYPE_STRING},
    {"name_hi", TYPE_STRING},      {"block", TYPE_STRING},  {"district", TYPE_STRING},
    {"district_code", TYPE_INT64}, {"state", TYPE_STRING},  {"state_code", TYPE_INT64},
    {"valid_from", TYPE_DATE},     {"valid_to", TYPE_DATE}, {"successors", TYPE_STRING},
};

static struct value text_or_null(struct str s)
{
    return (struct value){.type = TYPE_STRING, .null = s.n == 0, .s = s};
}

static void put_above(const struct request *r, struct frame *f, size_t row, size_t col,
                      uint32_t order, enum place_level level)
{
    const struct place_tree *t = request_places(r);
    uint32_t up = place_above(t, order, level);
    struct value name = {.type = TYPE_STRING, .null = true};
    struct value code = {.type = TYPE_INT64, .null = true};
    if (up != PLACE_NONE) {
        name = text_or_null(place_name(&t->at[up], r->hindi));
        code = (struct value){.type = TYPE_INT64, .i = t->at[up].code};
    }
    frame_set(f, row, col, name);
    if (level != PLACE_BLOCK)
        frame_set(f, row, col + 1, code);
}

static struct value day_or_null(int32_t day)
{
    return (struct value){.type = TYPE_DATE, .null = day == DAY_NONE, .i = day};
}

/* "block 3175 RAMGARH since 2022-04-04; ...", or NULL. */
static int put_successors(struct request *r, struct frame *f, size_t row, uint32_t order,
                          struct err *err)
{
    struct str text = STR("");
    const struct place_tree *t = request_places(r);
    if (!t->narrowed) /* they may be anybody's */
        TRY(history_heirs_text(r->snap->history, t, t->at[order].id, r->hindi, &r->arena, &text,
                               err));
    frame_set(f, row, 11, text_or_null(text));
    return 0;
}

static int put_place(struct request *r, struct frame *f, size_t row, uint32_t order,
                     struct err *err)
{
    const struct place *p = &request_places(r)->at[order];
    frame_set(f, row, 0, text_or_null(str_of(place_level_name(p->level))));
    frame_set(f, row, 1, (struct value){.type = TYPE_INT64, .i = p->code});
    frame_set(f, row, 2, text_or_null(p->name));
    frame_set(f, row, 3, text_or_null(p->name_hi));
    put_above(r, f, row, 4, order, PLACE_BLOCK);
    put_above(r, f, row, 5, order, PLACE_DISTRICT);
    put_above(r, f, row, 7, order, PLACE_STATE);
    frame_set(f, row, 9, day_or_null(p->valid_from));
    frame_set(f, row, 10, day_or_null(p->valid_to));
    return put_successors(r, f, row, order, err);
}

static int reply_places(struct request *r, const uint32_t *order, size_t n, bool truncated,
                        struct err *err)
{
    struct frame *f;
    TRY(frame_new(&r->arena, n, PLACE_COLUMNS, &f, err));
    for (size_t c = 0; c < PLACE_COLUMNS; c++)
        TRY(frame_col_init(&r->arena, &f->col[c], n, str_of(place_columns[c].name),
                           place_columns[c].type, err));
    for (size_t i = 0; i < n; i++)
        TRY(put_place(r, f, i, order[i], err));
    struct format_options o = request_format_options(r);
    o.truncated = truncated;
    return request_reply_frame(r, f, &o, err);
}

/* All nodes of a level inside `within`. */
static size_t list_level(const struct place_tree *t, uint32_t within, enum place_level level,
                         uint32_t *out, size_t max)
{
    size_t n = 0;
    for (uint32_t i = within; i < t->at[within].end; i++) {
        if (t->at[i].level != level || t->at[i].gone || !place_is_shown(t, i))
            continue;
        if (n < max)
            out[n] = i;
        n++;
    }
    return n;
}

static int pick_level(struct request *r, uint32_t within, enum place_level *out, struct err *err)
{
    struct str s = request_arg(r, "level");
    enum place_level upper = request_places(r)->at[within].level;
    *out = PLACE_LEVELS;
    if (s.p == NULL) {
        bool find = request_arg(r, "find").p != NULL;
        if (!find)
            *out = upper < PLACE_PANCHAYAT ? upper + 1 : PLACE_PANCHAYAT;
        return 0;
    }
    int level = place_level_parse(s);
    if (level < 0)
        return err_set(err, ERR_PARAM, "level=%.*s is none of state, district, block, panchayat",
                       STR_ARG(s));
    *out = (enum place_level)level;
    return 0;
}

/* Those that are there, then those that ended: both are told. */
static size_t find_all(const struct place_tree *t, enum place_level level, uint32_t within,
                       struct str text, uint32_t *out, size_t max)
{
    size_t n = find_named(t, level, within, text, out, max);
    int from = level == PLACE_LEVELS ? PLACE_STATE : (int)level;
    int to = level == PLACE_LEVELS ? PLACE_PANCHAYAT : (int)level;
    for (int l = from; l <= to; l++)
        n += place_find_gone(t, (enum place_level)l, within, text, n < max ? out + n : out,
                             n < max ? max - n : 0);
    return n;
}

int api_places(struct request *r, struct err *err)
{
    struct str under = request_arg(r, "under");
    struct str find = request_arg(r, "find");
    enum place_level level;
    uint32_t within = 0;
    int64_t limit;
    TRY(request_number(r, "limit", PLACES_LIMIT, FOUND_MAX, &limit, err));
    TRY(request_borders(r, "as_on", err));
    const struct place_tree *t = request_places(r);
    if (under.p != NULL)
        TRY(find_one(t, under, &within, err));
    TRY(pick_level(r, within, &level, err));
    uint32_t *order = ARENA_ARRAY(&r->arena, uint32_t, (size_t)limit + 1);
    if (order == NULL)
        return err_set(err, ERR_MEM, "no memory for the list of places");
    size_t n = find.p != NULL ? find_all(t, level, within, find, order, (size_t)limit)
                              : list_level(t, within, level, order, (size_t)limit);
    if (n == 0 && find.p != NULL)
        return no_place(t, level, find, err);
    size_t shown = n < (size_t)limit ? n : (size_t)limit;
    return reply_places(r, order, shown, shown < n, err);
}

/* ---- imports --------------------------------------------------------------------------------- */

static void put_merged(struct json *j, struct request *r, const struct places_report *report)
{
    const struct place_merge_result *m = &report->merged;
    json_put_u64(j, "added", m->added);
    json_put_u64(j, "updated", m->updated);
    json_put_u64(j, "unchanged", m->unchanged);
    json_put_u64(j, "moved", m->moved);
    json_put_u64(j, "renamed", m->renamed);
    json_put_u64(j, "shared", report->shared);
    json_put_u64(j, "missing", m->missing);
    if (report->left_out > 0)
        json_put_u64(j, "left_out", report->left_out);
    json_put_u64(j, "snapshot", m->snapshot);
    r->answer.snapshot = m->snapshot;
}

static void put_borders(struct json *j, struct request *r, const struct border_result *b)
{
    json_put_u64(j, "applied", b->applied);
    json_put_u64(j, "unchanged", b->known);
    json_put_u64(j, "added", b->added);
    json_put_u64(j, "snapshot", b->snapshot);
    r->answer.snapshot = b->snapshot;
}

static int import_options(const struct request *r, struct places_options *opt, struct err *err)
{
    struct str level = request_arg(r, "level");
    *opt = (struct places_options){.level = -1};
    TRY(request_day(r, "effective_on", &opt->effective_on, err));
    if (opt->effective_on != DAY_NONE && opt->effective_on > clock_today())
        return err_set(err, ERR_PARAM, "effective_on is a day that has not come");
    if (level.p == NULL)
        return 0;
    opt->level = place_level_parse(level);
    if (opt->level <= PLACE_COUNTRY)
        return err_set(err, ERR_PARAM, "level=%.*s is none of state, district, block, panchayat",
                       STR_ARG(level));
    return 0;
}

int api_places_post(struct request *r, struct err *err)
{
    struct places_options opt;
    struct places_report report;
    struct str file;
    struct json j;
    TRY(import_options(r, &opt, err));
    TRY(request_file(r, HTTP_PLACES_BYTES_MAX, &file, err));
    TRY(places_import(r->service->store, file, &opt, &report, err));
    json_init(&j, &r->answer.body);
    json_object(&j);
    json_put_cstr(&j, "kind", report.kind);
    json_put_u64(&j, "lines", report.lines);
    if (str_eq(str_of(report.kind), STR("LGD changes")))
        json_put_u64(&j, "added", report.notices);
    else if (str_eq(str_of(report.kind), STR("changes")))
        put_borders(&j, r, &report.borders);
    else
        put_merged(&j, r, &report);
    json_object_end(&j);
    r->answer.status = 201;
    return request_reply_json(r, err);
}

int api_stated_post(struct request *r, struct err *err)
{
    struct stated_report report;
    struct str file;
    struct json j;
    TRY(request_file(r, HTTP_PLACES_BYTES_MAX, &file, err));
    TRY(stated_import(r->service->store, r->service->cell, file, access_source(r), &r->viewer.grant,
                      &report, err));
    json_init(&j, &r->answer.body);
    json_object(&j);
    json_put_u64(&j, "lines", report.lines);
    json_put_u64(&j, "added", report.added);
    json_put_u64(&j, "snapshot", report.snapshot);
    json_object_end(&j);
    r->answer.status = 201;
    r->answer.snapshot = report.snapshot;
    return request_reply_json(r, err);
}
