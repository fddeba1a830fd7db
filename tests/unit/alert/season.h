/* SPDX-License-Identifier: MIT
 *
 * A season of the drive, simulated: six blocks with five centres each, from 26 August to 31
 * December 2021, a day at a time, with what goes wrong in real ones. A seed gives the same season
 * again.
 *
 * Every block does what its target asks, day by day, with the noise of a real day and little on
 * Sundays. Then: the portal is down for everybody; a festival; a source sends late, and then all at
 * once; a block goes lazy; a centre invents people. */
#ifndef TESTS_ALERT_SEASON_H
#define TESTS_ALERT_SEASON_H

#include "../script/world.h"

#include "alert/engine.h"

enum { SEASON_DAYS = 128, BLOCKS = 6, CENTRES = 5, NEVER = 1000 };

/* From which day to which; NEVER: not at all. */
struct spell {
    int from, to;
};

struct season {
    struct world w;
    struct registry *registry;
    struct alert_engine *engine;
    uint64_t seed;
    struct spell outage;   /* nobody can register */
    struct spell festival; /* hardly anybody does */
    struct spell late;     /* what centres did is sent only afterwards */
    struct spell lazy[BLOCKS];
    double lazy_pace; /* of what it should do */
    struct spell fraud;
    int fraud_block;
    int day; /* the next */
};

static const char *const season_blocks[BLOCKS] = {"Chitarpur", "Dulmi",   "Gola",
                                                  "Mandu",     "Patratu", "Ramgarh"};
/* Its target each, as plugins/drive shares it out by the workers of world.h, Mandu agreed. */
static const double season_target[BLOCKS] = {7000, 3500, 10500, 16000, 14000, 14000};

static inline double season_random(struct season *s)
{
    s->seed = s->seed * 6364136223846793005ull + 1442695040888963407ull;
    return (double)(s->seed >> 11) / 9007199254740992.0;
}

static inline bool in_spell(struct spell s, int day)
{
    return day >= s.from && day < s.to;
}

static inline void season_open(struct season *s, const char *plugins)
{
    struct err err = {0};
    world_init(&s->w);
    if (registry_new(plugins, s->w.cell, &s->registry, &err) < 0)
        fail_msg("%s", err.msg);
    const struct plugin_set *set = registry_get(s->registry);
    for (size_t i = 0; i < set->n; i++)
        if (set->plugin[i].status != PLUGIN_OK)
            fail_msg("%.*s", STR_ARG(set->plugin[i].errors_text));
    plugin_set_unref(set);
    const struct alert_options o = {.registry = s->registry, .cell = s->w.cell, .no_threads = true};
    assert_int_equal(alert_engine_new(&o, &s->engine, &err), 0);
}

static inline void season_close(struct season *s)
{
    alert_engine_free(s->engine);
    registry_free(s->registry);
    world_fini(&s->w);
}

static inline void season_row(struct rows *rows, int block, int centre, int32_t day, int count,
                              const char *source)
{
    struct err err = {0};
    char name[32];
    int attr = schema_find(rows->schema, STR("centre"));
    if (count <= 0)
        return;
    assert_int_equal(rows_add(rows, (uint32_t)(CHITARPUR + block), 1, day, count, &err), 0);
    assert_int_equal(
        rows_set_text(rows, schema_find(rows->schema, STR("source")), str_of(source), &err), 0);
    if (centre < 0)
        return;
    snprintf(name, sizeof name, "CSC-%d%d", block, centre);
    assert_int_equal(rows_set_text(rows, attr, str_of(name), &err), 0);
}

/* What one block does in a day, a fifth of it through the portal. */
static inline void season_block(struct season *s, struct rows *csc, struct rows *portal, int block,
                                int32_t day)
{
    double pace = season_target[block] / 110 * (date_weekday(day) == 6 ? 0.2 : 1);
    if (in_spell(s->lazy[block], s->day))
        pace *= s->lazy_pace;
    if (in_spell(s->outage, s->day))
        pace *= 0.05;
    if (in_spell(s->festival, s->day))
        pace *= 0.3;
    for (int c = 0; c < CENTRES; c++) {
        int n = (int)(pace * 0.8 / CENTRES * (0.7 + 0.6 * season_random(s)) + season_random(s));
        if (c == 2 && block == s->fraud_block && in_spell(s->fraud, s->day))
            n = 400;
        season_row(csc, block, c, day, n, "csc");
    }
    int n = (int)(pace * 0.2 * (0.7 + 0.6 * season_random(s)) + season_random(s));
    season_row(portal, block, -1, day, n, "portal");
}

static inline void season_publish(struct season *s, struct rows *rows)
{
    struct err err = {0};
    struct seg *seg;
    struct snap *next;
    struct snap *old = snap_cell_get(s->w.cell);
    if (rows->n > 0) {
        assert_int_equal(rows_share(rows, old->dict, &err), 0);
        assert_int_equal(rows_sort(rows, old->tree, &err), 0);
        assert_int_equal(seg_new(rows, old->tree, old->id, &seg, &err), 0);
        struct snap_change change = {.seg = &seg, .segs = 1};
        assert_int_equal(snap_next(old, &change, &next, &err), 0);
        seg_unref(seg);
        snap_cell_set(s->w.cell, next);
    }
    rows_fini(rows);
    snap_unref(old);
}

/* The next day: its rows are published, those of a late source when the spell is over. */
static inline int32_t season_next(struct season *s, struct rows *held)
{
    struct snap *snap = snap_cell_get(s->w.cell);
    int32_t day = day_of("2021-08-26") + s->day;
    struct rows csc;
    struct rows portal;
    rows_init(&csc, MEM_DATA, snap->schema);
    rows_init(&portal, MEM_DATA, snap->schema);
    if (s->day == 0)
        rows_init(held, MEM_DATA, snap->schema);
    bool late = in_spell(s->late, s->day);
    for (int b = 0; b < BLOCKS; b++)
        season_block(s, late ? held : &csc, &portal, b, day);
    if (!late && held->n > 0) {
        season_publish(s, held);
        rows_init(held, MEM_DATA, snap->schema);
    }
    season_publish(s, &csc);
    season_publish(s, &portal);
    snap_unref(snap);
    s->day++;
    return day;
}

static inline void season_evaluate(struct season *s)
{
    struct err err = {0};
    if (alert_engine_run(s->engine, &err) < 0)
        fail_msg("%s", err.msg);
}

/* Calls fn for each alert of a plugin that fires. */
static inline void season_firing(struct season *s,
                                 void (*fn)(void *ctx, struct str rule, struct str key), void *ctx)
{
    struct arena a;
    struct frame *f;
    struct err err = {0};
    struct snap *snap = snap_cell_get(s->w.cell);
    arena_init(&a, MEM_ALERT, 0);
    assert_int_equal(alert_table(s->engine, &a, snap, &f, &err), 0);
    for (size_t i = 0; i < f->rows; i++)
        if (str_eq(frame_get(f, i, 3).s, STR("firing")))
            fn(ctx, frame_get(f, i, 2).s, frame_get(f, i, 5).s);
    arena_fini(&a);
    snap_unref(snap);
}

#endif
