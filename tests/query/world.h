/* SPDX-License-Identifier: MIT
 *
 * The small country that query tests ask about: two states, three blocks called Ramgarh or in a
 * district of that name, a block that lies in two districts, a correction, a row that was taken
 * back, rows that know only their district. */
#ifndef TEST_QUERY_WORLD_H
#define TEST_QUERY_WORLD_H

#include <math.h>

#include "base/date.h"
#include "data/merge.h"
#include "data/snap.h"
#include "data/target.h"
#include "query/query.h"

struct world_place {
    uint32_t id, parent;
    enum place_level level;
    int64_t code;
    const char *name, *name_hi, *aliases;
    double workers;
};

static const struct world_place world_places[] = {
    {1, 0, PLACE_STATE, 20, "Jharkhand", "झारखंड", "", 1000000},
    {2, 0, PLACE_STATE, 18, "Assam", "असम", "", 900000},
    {3, 1, PLACE_DISTRICT, 607, "Ramgarh", "रामगढ़", "", 250000},
    {4, 1, PLACE_DISTRICT, 326, "Dumka", "दुमका", "", 200000},
    {5, 3, PLACE_BLOCK, 3175, "Ramgarh", "रामगढ़", "Ramgarh Cantt", 90000},
    {6, 3, PLACE_BLOCK, 3168, "Gola", "गोला", "", 100000},
    {7, 3, PLACE_BLOCK, 3172, "Mandu", "मांडू", "", 60000},
    {8, 4, PLACE_BLOCK, 3104, "Ramgarh", "रामगढ़", "", 50000},
    {9, 2, PLACE_DISTRICT, 739, "Bajali", "", "", (double)NAN},
    {10, 2, PLACE_DISTRICT, 616, "Baksa", "", "", (double)NAN},
    {11, 9, PLACE_BLOCK, 2494, "Gobardhana", "", "", (double)NAN},
    {12, 10, PLACE_BLOCK, 2494, "Gobardhana", "", "", (double)NAN},
    {13, 6, PLACE_PANCHAYAT, 900001, "Barlanga", "बरलंगा", "", 9000},
    {14, 6, PLACE_PANCHAYAT, 900002, "Sosokalan", "सोसोकलां", "", 8000},
};

struct world_row {
    int batch;
    uint32_t place;
    int sector; /* code, 0: not stated */
    const char *day;
    int count;
    const char *gender; /* "" : not stated */
    int age;            /* 0: not stated */
    const char *channel, *centre, *occupation;
};

static const struct world_row world_rows[] = {
    {0, 13, 1, "2021-11-18", 4, "F", 30, "CSC", "Barlanga CSC", "1001"},
    {0, 13, 1, "2021-11-19", 3, "M", 41, "CSC", "Barlanga CSC", "1002"},
    {0, 14, 1, "2021-11-20", 5, "F", 18, "SELF", "", "1001"},
    {0, 6, 7, "2021-11-20", 2, "M", 25, "CSC", "Gola CSC", "7003"},
    {0, 5, 1, "2021-11-18", 6, "F", 22, "CSC", "Cantt CSC", "1001"},
    {0, 5, 7, "2021-11-20", 1, "M", 60, "SSK", "", "mason"},
    {0, 7, 1, "2021-11-19", 7, "M", 35, "CSC", "Mandu CSC", "1001"},
    {0, 7, 0, "2021-11-20", 2, "", 0, "", "", ""},
    {0, 3, 1, "2021-11-20", 3, "F", 28, "CSC", "", ""},
    {1, 8, 1, "2021-11-20", 9, "F", 33, "CSC", "Dumka CSC", "1001"},
    {1, 11, 7, "2021-11-18", 5, "M", 50, "CSC", "", "7003"},
    {1, 12, 7, "2021-11-19", 4, "F", 19, "UMANG", "", "7003"},
    {1, 12, 1, "2022-04-02", 8, "F", 44, "CSC", "=cmd, \"x\"", "1001"},
    {1, 1, 0, "2021-12-01", 1, "O", 20, "", "", ""},
    {1, 4, 1, "2021-11-20", 2, "M", 29, "CSC", "", ""},
    {2, 5, 1, "2021-11-18", -2, "F", 22, "CSC", "Cantt CSC", "1001"},
    {2, 4, 1, "2021-11-20", -2, "M", 29, "CSC", "", ""},
    {2, 6, 1, "2021-11-20", 3, "F", 24, "CSC", "Gola CSC", "1002"},
};

/* {day, place, sector code, total, source, milliseconds} */
struct world_stated {
    const char *as_on;
    uint32_t place;
    int sector;
    int64_t total;
};

static const struct world_stated world_stated[] = {
    {"2021-11-19", 3, 1, 20}, {"2021-11-20", 3, 1, 33}, {"2021-11-20", 3, 7, 3},
    {"2021-11-20", 3, 0, 40}, {"2021-11-30", 3, 0, 99}, {"2021-11-20", 6, 0, 15},
};

struct world {
    struct place_tree *tree;
    struct snap *snap;   /* rows in segments */
    struct snap *merged; /* the same rows in slabs */
    struct target_set set;
    struct target target[3];
    const struct target_set *sets[1];
    struct target_book book;
};

/* Tables and parameters of the caller. */

static inline int world_fill_kv(void *ctx, struct arena *a, const struct snap *snap,
                                struct frame **out, struct err *err)
{
    (void)ctx;
    (void)snap;
    TRY(frame_new(a, 3, 2, out, err));
    TRY(frame_col_init(a, &(*out)->col[0], 3, STR("key"), TYPE_INT64, err));
    TRY(frame_col_init(a, &(*out)->col[1], 3, STR("value"), TYPE_STRING, err));
    for (int i = 0; i < 3; i++) {
        (*out)->col[0].i[i] = i + 1;
        (*out)->col[1].s[i] = i == 1 ? STR("value2") : STR("value1");
    }
    return 0;
}

/* Numbers with NULLs, negative ones, and texts. */
static inline int world_fill_mixed(void *ctx, struct arena *a, const struct snap *snap,
                                   struct frame **out, struct err *err)
{
    (void)ctx;
    (void)snap;
    static const int64_t ints[] = {3, -7, 0, 12, 5};
    static const double floats[] = {1.5, -2.25, 0, 100, 0.1};
    static const char *const texts[] = {"Alpha", "beta", "", "ग़ज़ल", "Alpha"};
    TRY(frame_new(a, 5, 4, out, err));
    TRY(frame_col_init(a, &(*out)->col[0], 5, STR("id"), TYPE_INT64, err));
    TRY(frame_col_init(a, &(*out)->col[1], 5, STR("i"), TYPE_INT64, err));
    TRY(frame_col_init(a, &(*out)->col[2], 5, STR("f"), TYPE_FLOAT64, err));
    TRY(frame_col_init(a, &(*out)->col[3], 5, STR("s"), TYPE_STRING, err));
    for (int k = 0; k < 5; k++) {
        (*out)->col[0].i[k] = k + 1;
        (*out)->col[1].i[k] = ints[k];
        (*out)->col[2].f[k] = floats[k];
        (*out)->col[3].s[k] = str_of(texts[k]);
    }
    (*out)->col[1].null[2] = 1;
    (*out)->col[2].null[2] = 1;
    (*out)->col[3].null[2] = 1;
    return 0;
}

static const struct query_table world_tables[] = {{.name = "KeyValue", .fill = world_fill_kv},
                                                  {.name = "mixed", .fill = world_fill_mixed}};

static const struct query_param world_params[] = {
    {{"as_on", 5}, {.type = TYPE_STRING, .s = {"2021-11-20", 10}}},
    {{"district", 8}, {.type = TYPE_PLACE, .i = 3}},
    {{"name", 4}, {.type = TYPE_STRING, .s = {"Gola", 4}}},
    {{"n", 1}, {.type = TYPE_INT64, .i = 2}},
    {{"text", 4}, {.type = TYPE_STRING, .s = {"2", 1}}},
    {{"nothing", 7}, {.type = TYPE_STRING, .null = true}},
};

static inline struct place_tree *world_tree(void)
{
    struct place_row row[ARRAY_LEN(world_places)];
    for (size_t i = 0; i < ARRAY_LEN(row); i++) {
        const struct world_place *p = &world_places[i];
        row[i] = (struct place_row){.id = p->id,
                                    .parent_id = p->parent,
                                    .level = p->level,
                                    .code = p->code,
                                    .name = str_of(p->name),
                                    .name_hi = str_of(p->name_hi),
                                    .aliases = str_of(p->aliases),
                                    .valid_from = DAY_NONE,
                                    .valid_to = DAY_NONE};
        for (size_t f = 0; f < PLACE_FACTS_MAX; f++)
            row[i].fact[f] = (double)NAN;
        row[i].fact[0] = p->workers;
    }
    struct str facts[] = {STR("workers")};
    struct place_tree *t = NULL;
    ASSERT(place_tree_new(row, ARRAY_LEN(row), facts, 1, &t, NULL) == 0);
    return t;
}

static inline int32_t world_day(const char *text)
{
    int32_t day = 0;
    ASSERT(date_parse(str_of(text), &day, NULL) == 0);
    return day;
}

static inline void world_text(struct rows *r, const char *attr, const char *text)
{
    if (text[0] != '\0')
        ASSERT(rows_set_text(r, schema_find(&schema_default, str_of(attr)), str_of(text), NULL) ==
               0);
}

static inline void world_choice(struct rows *r, const char *attr, const struct list *l,
                                const char *text)
{
    if (text[0] != '\0')
        ASSERT(rows_set(r, schema_find(&schema_default, str_of(attr)), list_find(l, str_of(text)),
                        NULL) == 0);
}

static inline void world_add_row(struct rows *r, const struct world_row *w)
{
    ASSERT(rows_add(r, w->place, (uint8_t)w->sector, world_day(w->day), w->count, NULL) == 0);
    world_text(r, "source", w->batch == 1 ? "portal" : "csc");
    world_text(r, "batch", w->batch == 0 ? "b0" : w->batch == 1 ? "b1" : "b2");
    world_choice(r, "gender", &list_gender, w->gender);
    world_choice(r, "channel", &list_channel, w->channel);
    world_text(r, "centre", w->centre);
    world_text(r, "occupation", w->occupation);
    if (w->age > 0)
        ASSERT(rows_set(r, schema_find(&schema_default, STR("age")), w->age, NULL) == 0);
}

static inline struct snap *world_batch(struct snap *old, int batch)
{
    struct rows r;
    struct seg *seg = NULL;
    struct snap *next = NULL;
    rows_init(&r, MEM_DATA, &schema_default);
    for (size_t i = 0; i < ARRAY_LEN(world_rows); i++)
        if (world_rows[i].batch == batch)
            world_add_row(&r, &world_rows[i]);
    ASSERT(rows_share(&r, old->dict, NULL) == 0);
    ASSERT(rows_sort(&r, old->tree, NULL) == 0);
    ASSERT(seg_new(&r, old->tree, (uint64_t)batch + 1, &seg, NULL) == 0);
    int32_t source = -1;
    int32_t id = -1;
    ASSERT(dict_intern(old->dict[ATTR_SOURCE], str_of(batch == 1 ? "portal" : "csc"), &source,
                       NULL) == 0);
    ASSERT(dict_intern(old->dict[ATTR_BATCH],
                       str_of(batch == 0   ? "b0"
                              : batch == 1 ? "b1"
                                           : "b2"),
                       &id, NULL) == 0);
    struct batch_note note = {.source = source,
                              .batch = id,
                              .accepted = (int64_t)r.n,
                              .registrations = rows_registrations(&r),
                              .received_ms = 1637400000000 + batch,
                              .as_on = world_day("2021-11-20"),
                              .correction = batch == 2};
    struct snap_change change = {.seg = &seg, .segs = 1, .batch = &note, .batches = 1};
    ASSERT(snap_next(old, &change, &next, NULL) == 0);
    seg_unref(seg);
    rows_fini(&r);
    snap_unref(old);
    return next;
}

static inline struct snap *world_state(struct snap *old)
{
    struct stated s[ARRAY_LEN(world_stated)];
    for (size_t i = 0; i < ARRAY_LEN(s); i++)
        s[i] = (struct stated){.as_on = world_day(world_stated[i].as_on),
                               .place = world_stated[i].place,
                               .sector = (uint8_t)world_stated[i].sector,
                               .total = world_stated[i].total,
                               .source = 0,
                               .received_ms = 1637400000000 + (int64_t)i};
    struct snap_change change = {.stated = s, .stateds = ARRAY_LEN(s)};
    struct snap *next = NULL;
    ASSERT(snap_next(old, &change, &next, NULL) == 0);
    snap_unref(old);
    return next;
}

static inline struct snap *world_merge(const struct snap *s)
{
    struct merge m;
    struct snap *next = NULL;
    ASSERT(merge_run(s, 1, 1, NULL, &m, NULL) == 0);
    struct snap_change change = {.merged = true,
                                 .drop_segs = m.drop_segs,
                                 .slab = m.slab,
                                 .slabs = m.slabs,
                                 .dense = m.dense,
                                 .folded = m.folded};
    ASSERT(snap_next(s, &change, &next, NULL) == 0);
    merge_fini(&m);
    next->id = s->id;
    return next;
}

static inline void world_init(struct world *w)
{
    *w = (struct world){.tree = world_tree()};
    ASSERT(snap_new(w->tree, &schema_default, 1, &w->snap, NULL) == 0);
    for (int batch = 0; batch < 3; batch++)
        w->snap = world_batch(w->snap, batch);
    w->snap = world_state(w->snap);
    w->merged = world_merge(w->snap);
    w->target[0] = (struct target){5, 0, 20, "fixed", (double)NAN};
    w->target[1] = (struct target){6, 0, 40, "shared by workers", 100000};
    w->target[2] = (struct target){7, 0, 10, "shared by workers", 60000};
    w->set = (struct target_set){.name = STR("ramgarh_2021"),
                                 .title = STR("Ramgarh"),
                                 .source = STR("DDC's letter"),
                                 .level = PLACE_BLOCK,
                                 .from = world_day("2021-11-11"),
                                 .to = world_day("2021-11-30"),
                                 .decided_on = DAY_NONE,
                                 .phasing = TARGET_BY_DAYS,
                                 .n = 3,
                                 .at = w->target};
    w->sets[0] = &w->set;
    w->book = (struct target_book){1, w->sets};
}

static inline void world_fini(struct world *w)
{
    snap_unref(w->snap);
    snap_unref(w->merged);
    place_tree_unref(w->tree);
}

#endif
