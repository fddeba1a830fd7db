/* SPDX-License-Identifier: MIT
 *
 * The small tables of a snapshot: places, sectors, stated, targets, batches, calendar. */
#include "tables.h"

#include <math.h>

#include "base/clock.h"
#include "base/date.h"
#include "query/narrow.h"

/* A table being made: columns are declared one by one, then filled row by row. */
struct making {
    struct binder *b;
    struct frame *f;
    size_t row;
};

struct col_def {
    const char *name;
    enum type type;
    const struct list *list;
};

static int make(struct making *m, struct binder *b, size_t rows, const struct col_def *def,
                size_t cols)
{
    *m = (struct making){.b = b};
    TRY(frame_new(b->arena, rows, cols, &m->f, b->err));
    for (size_t c = 0; c < cols; c++) {
        TRY(frame_col_init(b->arena, &m->f->col[c], rows, str_of(def[c].name), def[c].type,
                           b->err));
        m->f->col[c].list = def[c].list;
        memset(m->f->col[c].null, 1, rows);
    }
    return 0;
}

static void put_int(struct making *m, size_t col, int64_t v)
{
    m->f->col[col].null[m->row] = 0;
    m->f->col[col].i[m->row] = v;
}

static void put_text(struct making *m, size_t col, struct str s)
{
    if (s.p == NULL)
        return;
    m->f->col[col].null[m->row] = 0;
    m->f->col[col].s[m->row] = s;
}

static void put_day(struct making *m, size_t col, int32_t day)
{
    if (day != DAY_NONE)
        put_int(m, col, day);
}

/* NULL for no node. */
static void put_node(struct making *m, size_t col, uint32_t order)
{
    if (order != PLACE_NONE)
        put_int(m, col, m->b->places->at[order].identity);
}

static int put_copy(struct making *m, size_t col, const char *text, size_t n)
{
    char *p = arena_copy(m->b->arena, text, n);
    if (p == NULL)
        return bind_memory(m->b);
    put_text(m, col, (struct str){p, n});
    return 0;
}

static void put_dict(struct making *m, size_t col, int attr, int32_t id)
{
    const struct dict *d = m->b->snap->dict[attr];
    if (d != NULL && id >= 0 && id < dict_count(d))
        put_text(m, col, dict_get(d, id));
}

static void put_sector(struct making *m, size_t col, uint8_t sector)
{
    if (sector > 0)
        put_int(m, col, sector - 1);
}

/* ---- places ---- */

static int place_columns(struct making *m, struct binder *b)
{
    static const struct col_def fixed[] = {
        {"code", TYPE_INT64, NULL},    {"level", TYPE_STRING, NULL},
        {"name", TYPE_STRING, NULL},   {"name_hi", TYPE_STRING, NULL},
        {"place", TYPE_PLACE, NULL},   {"parent", TYPE_PLACE, NULL},
        {"state", TYPE_PLACE, NULL},   {"district", TYPE_PLACE, NULL},
        {"block", TYPE_PLACE, NULL},   {"valid_from", TYPE_DATE, NULL},
        {"valid_to", TYPE_DATE, NULL}, {"successors", TYPE_STRING, NULL},
    };
    const struct place_tree *t = b->places;
    struct col_def def[ARRAY_LEN(fixed) + PLACE_FACTS_MAX];
    memcpy(def, fixed, sizeof fixed);
    for (size_t k = 0; k < t->facts; k++)
        def[ARRAY_LEN(fixed) + k] = (struct col_def){"", TYPE_FLOAT64, NULL};
    TRY(make(m, b, t->n, def, ARRAY_LEN(fixed) + t->facts));
    for (size_t k = 0; k < t->facts; k++)
        m->f->col[ARRAY_LEN(fixed) + k].name = t->fact_name[k];
    return 0;
}

static int put_successors(struct making *m, size_t col, uint32_t id)
{
    struct str text;
    if (m->b->places->narrowed)
        return 0; /* they may be anybody's */
    TRY(history_heirs_text(m->b->snap->history, m->b->places, id, m->b->ctx->hindi, m->b->arena,
                           &text, m->b->err));
    if (text.n > 0)
        put_text(m, col, text);
    return 0;
}

/* What a place counted that is not there in these borders is another's now: its facts would be
 * counted twice, so they are not shown. */
static int fill_places(struct binder *b, struct frame **out)
{
    struct making m;
    const struct place_tree *t = b->places;
    TRY(place_columns(&m, b));
    for (uint32_t o = 0; o < t->n; o++) {
        const struct place *p = &t->at[o];
        if (!place_is_shown(t, o))
            continue;
        put_int(&m, 0, p->code);
        put_text(&m, 1, str_of(place_level_name(p->level)));
        put_text(&m, 2, p->name);
        put_text(&m, 3, p->name_hi.n ? p->name_hi : STR_NULL);
        put_int(&m, 4, p->gone ? p->id : p->identity);
        put_node(&m, 5, p->parent);
        for (int l = PLACE_STATE; l <= PLACE_BLOCK; l++)
            put_node(&m, 5 + (size_t)l, place_above(t, o, (enum place_level)l));
        put_day(&m, 9, p->valid_from);
        put_day(&m, 10, p->valid_to);
        TRY(put_successors(&m, 11, p->id));
        for (size_t k = 0; k < t->facts && !p->gone && place_is_seen(t, o); k++)
            if (!isnan(p->fact[k])) {
                m.f->col[12 + k].null[m.row] = 0;
                m.f->col[12 + k].f[m.row] = p->fact[k];
            }
        m.row++;
    }
    m.f->rows = m.row;
    *out = m.f;
    return 0;
}

/* ---- how borders changed ---- */

static void put_id(struct making *m, size_t col, uint32_t id)
{
    uint32_t order = place_order(m->b->places, id);
    if (order != PLACE_NONE && place_is_shown(m->b->places, order))
        put_int(m, col, id);
}

static void put_event(struct making *m, const struct place_event *e)
{
    static const char *const kinds[] = {"moved", "renamed", "passed"};
    const struct place *p = &m->b->places->at[place_order(m->b->places, e->id)];
    put_day(m, 0, e->on);
    put_text(m, 1, str_of(kinds[e->kind]));
    put_text(m, 2, str_of(place_level_name(p->level)));
    put_int(m, 3, p->code);
    put_id(m, 4, e->id);
    if (e->kind == PLACE_MOVED)
        put_id(m, 5, e->from_id);
    if (e->kind != PLACE_RENAMED)
        put_id(m, e->kind == PLACE_MOVED ? 6 : 7, e->to_id);
    else
        put_text(m, 8, e->old_name.n > 0 ? e->old_name : e->old_name_hi);
    if (!isnan(e->share)) {
        m->f->col[9].null[m->row] = 0;
        m->f->col[9].f[m->row] = e->share;
    }
}

static int fill_place_changes(struct binder *b, struct frame **out)
{
    static const struct col_def def[] = {
        {"effective_on", TYPE_DATE, NULL},  {"kind", TYPE_STRING, NULL},
        {"level", TYPE_STRING, NULL},       {"code", TYPE_INT64, NULL},
        {"place", TYPE_PLACE, NULL},        {"old_parent", TYPE_PLACE, NULL},
        {"new_parent", TYPE_PLACE, NULL},   {"successor", TYPE_PLACE, NULL},
        {"former_name", TYPE_STRING, NULL}, {"share", TYPE_FLOAT64, NULL}};
    const struct place_history *h = b->snap->history;
    struct making m;
    TRY(make(&m, b, h ? h->n : 0, def, ARRAY_LEN(def)));
    for (size_t i = 0; h != NULL && i < h->n; i++) {
        if (!place_id_is_seen(b->places, h->event[i].id) && b->places->narrowed)
            continue;
        put_event(&m, &h->event[i]);
        m.row++;
    }
    m.f->rows = m.row;
    *out = m.f;
    return 0;
}

/* ---- sectors ---- */

static int fill_sectors(struct binder *b, struct frame **out)
{
    static const struct col_def def[] = {{"code", TYPE_INT64, NULL},
                                         {"sector", TYPE_CODED, &list_sectors},
                                         {"name", TYPE_STRING, NULL},
                                         {"name_hi", TYPE_STRING, NULL},
                                         {"aliases", TYPE_STRING, NULL}};
    struct making m;
    TRY(make(&m, b, list_sectors.n, def, ARRAY_LEN(def)));
    for (size_t i = 0; i < list_sectors.n; i++, m.row++) {
        const struct list_item *item = &list_sectors.items[i];
        put_int(&m, 0, item->code);
        put_int(&m, 1, (int64_t)i);
        put_text(&m, 2, str_of(item->name));
        put_text(&m, 3, str_of(item->name_hi));
        if (item->aliases != NULL)
            put_text(&m, 4, str_of(item->aliases));
    }
    *out = m.f;
    return 0;
}

/* ---- stated ---- */

static void put_place_level(struct making *m, size_t col, uint32_t id)
{
    uint32_t order = place_order(m->b->places, id);
    if (order != PLACE_NONE)
        put_text(m, col, str_of(place_level_name(m->b->places->at[order].level)));
}

static int put_time(struct making *m, size_t col, int64_t ms)
{
    char text[32];
    clock_format(ms, text);
    return put_copy(m, col, text, strlen(text));
}

static int fill_stated(struct binder *b, struct frame **out)
{
    static const struct col_def def[] = {
        {"as_on", TYPE_DATE, NULL},     {"place", TYPE_PLACE, NULL},
        {"level", TYPE_STRING, NULL},   {"sector", TYPE_CODED, &list_sectors},
        {"total", TYPE_INT64, NULL},    {"source", TYPE_STRING, NULL},
        {"received", TYPE_STRING, NULL}};
    struct making m;
    const struct snap *s = b->snap;
    TRY(make(&m, b, s->stated_count, def, ARRAY_LEN(def)));
    for (size_t i = 0; i < s->stated_count; i++, m.row++) {
        const struct stated *f = &s->stated[i];
        put_day(&m, 0, f->as_on);
        put_int(&m, 1, f->place);
        put_place_level(&m, 2, f->place);
        put_sector(&m, 3, f->sector);
        put_int(&m, 4, f->total);
        put_dict(&m, 5, ATTR_SOURCE, f->source);
        TRY(put_time(&m, 6, f->received_ms));
    }
    *out = m.f;
    return 0;
}

/* ---- targets ---- */

static void put_target(struct making *m, const struct target_set *set, const struct target *t)
{
    put_text(m, 0, set->name);
    uint32_t order = place_order(m->b->places, t->place);
    put_int(m, 1, order == PLACE_NONE ? t->place : m->b->places->at[order].identity);
    put_text(m, 2, str_of(place_level_name(set->level)));
    put_day(m, 4, set->from);
    put_day(m, 5, set->to);
    put_int(m, 6, t->target);
    put_text(m, 7, set->source);
    put_text(m, 8, str_of(t->basis));
    put_day(m, 9, set->decided_on);
    if (set->by == TARGET_BY_SECTOR)
        put_int(m, 3, set->part[t->part].sector);
    else if (set->by == TARGET_BY_DEPARTMENT)
        put_text(m, 10, set->part[t->part].name);
}

static int fill_targets(struct binder *b, struct frame **out)
{
    static const struct col_def def[] = {
        {"set", TYPE_STRING, NULL},       {"place", TYPE_PLACE, NULL},
        {"level", TYPE_STRING, NULL},     {"sector", TYPE_CODED, &list_sectors},
        {"from", TYPE_DATE, NULL},        {"to", TYPE_DATE, NULL},
        {"target", TYPE_INT64, NULL},     {"source", TYPE_STRING, NULL},
        {"basis", TYPE_STRING, NULL},     {"decided_on", TYPE_DATE, NULL},
        {"department", TYPE_STRING, NULL}};
    const struct target_book *book = b->ctx->targets;
    size_t rows = 0;
    for (size_t k = 0; book != NULL && k < book->n; k++)
        rows += book->set[k]->n;
    struct making m;
    TRY(make(&m, b, rows, def, ARRAY_LEN(def)));
    for (size_t k = 0; book != NULL && k < book->n; k++)
        for (size_t i = 0; i < book->set[k]->n; i++) {
            if (b->places->narrowed && !place_id_is_seen(b->places, book->set[k]->at[i].place))
                continue;
            put_target(&m, book->set[k], &book->set[k]->at[i]);
            m.row++;
        }
    m.f->rows = m.row;
    *out = m.f;
    return 0;
}

/* ---- batches ---- */

/* When and why, in two columns; NULL where the batch counts, or no reason was given. */
static int put_retraction(struct making *m, size_t col, const struct retraction *r)
{
    if (r == NULL)
        return 0;
    TRY(put_time(m, col, r->retracted_ms));
    return r->reason.n > 0 ? put_copy(m, col + 1, r->reason.p, r->reason.n) : 0;
}

/* Of a batch that came for other places, too, only those are counted that are seen. */
static void put_rows(struct making *m, const struct batch_note *n, int64_t seen)
{
    put_int(m, 4, seen);
    if (m->b->snap->tree->narrowed)
        return;
    put_int(m, 2, n->accepted);
    put_int(m, 3, n->rejected);
    put_int(m, 11, n->repeated);
    put_int(m, 12, n->replaced);
}

static int fill_batches(struct binder *b, struct frame **out)
{
    static const struct col_def def[] = {
        {"source", TYPE_STRING, NULL},       {"batch", TYPE_STRING, NULL},
        {"accepted", TYPE_INT64, NULL},      {"rejected", TYPE_INT64, NULL},
        {"registrations", TYPE_INT64, NULL}, {"received", TYPE_STRING, NULL},
        {"snapshot", TYPE_INT64, NULL},      {"as_on", TYPE_DATE, NULL},
        {"kind", TYPE_STRING, NULL},         {"retracted", TYPE_STRING, NULL},
        {"reason", TYPE_STRING, NULL},       {"repeated", TYPE_INT64, NULL},
        {"replaced", TYPE_INT64, NULL}};
    struct making m;
    const struct snap *s = b->snap;
    int64_t *seen;
    TRY(make(&m, b, s->batch_count, def, ARRAY_LEN(def)));
    TRY(narrow_batches(s, b->arena, &seen, b->err));
    for (size_t i = 0; i < s->batch_count; i++) {
        const struct batch_note *n = &s->batch[i];
        if (s->narrowed && seen[i] < 0)
            continue;
        put_dict(&m, 0, ATTR_SOURCE, n->source);
        put_dict(&m, 1, ATTR_BATCH, n->batch);
        put_rows(&m, n, seen[i]);
        TRY(put_time(&m, 5, n->received_ms));
        put_int(&m, 6, (int64_t)n->snapshot);
        put_day(&m, 7, n->as_on);
        put_text(&m, 8, n->correction ? STR("correction") : STR("registrations"));
        TRY(put_retraction(&m, 9, retraction_find(s->gone, n->source, n->batch)));
        m.row++;
    }
    m.f->rows = m.row;
    *out = m.f;
    return 0;
}

/* ---- calendar ---- */

enum { CALENDAR_DAYS_MAX = 40000, CALENDAR_MARGIN = 800 /* days: fiscal years are whole */ };

/* Which days of the calendar are holidays: those of the target sets, and those of the planners'
 * table `holidays`, which has a column `date` and may have names. */
struct holidays {
    int32_t first;    /* day of at[0] */
    uint8_t *at;      /* by day */
    struct str *name; /* by day; .p NULL: none */
};

static const struct frame_col *find_col(const struct frame *f, const char *name, enum type type)
{
    for (size_t c = 0; c < f->cols; c++)
        if (f->col[c].type == type && str_eq_nocase(f->col[c].name, str_of(name)))
            return &f->col[c];
    return NULL;
}

static void uploaded_holidays(struct holidays *h, int32_t days, const struct binder *b)
{
    const struct upload *u = upload_find(b->snap->uploads, STR("holidays"));
    const struct frame_col *date = u != NULL ? find_col(u->frame, "date", TYPE_DATE) : NULL;
    if (date == NULL)
        return;
    const struct frame_col *hindi = find_col(u->frame, "name_hi", TYPE_STRING);
    const struct frame_col *name = find_col(u->frame, "name", TYPE_STRING);
    for (size_t i = 0; i < u->frame->rows; i++) {
        int64_t day = vec_null(date, i) ? -1 : date->i[i] - h->first;
        if (day < 0 || day >= days)
            continue;
        h->at[day] = 1;
        if (b->ctx->hindi && hindi != NULL && !vec_null(hindi, i))
            h->name[day] = hindi->s[i];
        else if (name != NULL && !vec_null(name, i))
            h->name[day] = name->s[i];
    }
}

static int find_holidays(struct binder *b, int32_t first, int32_t days, struct holidays *out)
{
    const struct target_book *book = b->ctx->targets;
    *out = (struct holidays){first, ARENA_ARRAY(b->arena, uint8_t, (size_t)days),
                             ARENA_ARRAY(b->arena, struct str, (size_t)days)};
    if (out->at == NULL || out->name == NULL)
        return bind_memory(b);
    for (size_t k = 0; book != NULL && k < book->n; k++) {
        const struct target_set *set = book->set[k];
        for (size_t i = 0; i < set->holiday_count; i++)
            if (set->holidays[i] >= first && set->holidays[i] - first < days)
                out->at[set->holidays[i] - first] = 1;
    }
    uploaded_holidays(out, days, b);
    return 0;
}

static int put_calendar(struct making *m, const struct holidays *h, int32_t day)
{
    bool holiday = h->at[day - h->first] != 0;
    char label[16];
    date_fiscal_label(day, date_fiscal_month(), label);
    put_day(m, 0, day);
    put_day(m, 1, date_trunc_week(day, 0));
    put_day(m, 2, date_trunc(day, DATE_PART_MONTH, date_fiscal_month()));
    put_day(m, 3, date_trunc(day, DATE_PART_QUARTER, date_fiscal_month()));
    TRY(put_copy(m, 4, label, strlen(label)));
    put_day(m, 5, date_trunc(day, DATE_PART_FISCAL_QUARTER, date_fiscal_month()));
    put_int(m, 6, date_weekday(day) != 6 && !holiday);
    put_int(m, 7, holiday);
    put_text(m, 8, h->name[day - h->first]);
    return 0;
}

/* The fiscal years in which the registrations lie, and those of the targets. */
static int fill_calendar(struct binder *b, struct frame **out)
{
    static const struct col_def def[] = {
        {"date", TYPE_DATE, NULL},           {"week", TYPE_DATE, NULL},
        {"month", TYPE_DATE, NULL},          {"quarter", TYPE_DATE, NULL},
        {"fiscal_year", TYPE_STRING, NULL},  {"fiscal_quarter", TYPE_DATE, NULL},
        {"is_working_day", TYPE_BOOL, NULL}, {"holiday", TYPE_BOOL, NULL},
        {"holiday_name", TYPE_STRING, NULL}};
    struct holidays holidays;
    int32_t lo = b->snap->day_min;
    int32_t hi = b->snap->day_max;
    if (lo > hi)
        lo = hi = date_day(2021, 8, 26);
    const struct target_book *book = b->ctx->targets;
    for (size_t k = 0; book != NULL && k < book->n; k++) {
        if (book->set[k]->from == DAY_NONE || book->set[k]->to == DAY_NONE)
            continue;
        lo = book->set[k]->from < lo ? book->set[k]->from : lo;
        hi = book->set[k]->to > hi ? book->set[k]->to : hi;
    }
    lo = lo > DAY_MIN + CALENDAR_MARGIN ? lo : DAY_MIN + CALENDAR_MARGIN;
    hi = hi < DAY_MAX - CALENDAR_MARGIN ? hi : DAY_MAX - CALENDAR_MARGIN;
    lo = date_trunc(lo, DATE_PART_FISCAL_YEAR, date_fiscal_month());
    hi = date_add_months(date_trunc(hi, DATE_PART_FISCAL_YEAR, date_fiscal_month()), 12) - 1;
    if (hi - lo >= CALENDAR_DAYS_MAX)
        lo = hi - CALENDAR_DAYS_MAX + 1;
    struct making m;
    TRY(make(&m, b, (size_t)(hi - lo) + 1, def, ARRAY_LEN(def)));
    TRY(find_holidays(b, lo, hi - lo + 1, &holidays));
    for (int32_t day = lo; day <= hi; day++, m.row++)
        TRY(put_calendar(&m, &holidays, day));
    *out = m.f;
    return 0;
}

const struct small_table small_tables[] = {
    {"places", fill_places},     {"place_changes", fill_place_changes},
    {"sectors", fill_sectors},   {"stated", fill_stated},
    {"targets", fill_targets},   {"batches", fill_batches},
    {"calendar", fill_calendar}, {NULL, NULL},
};
