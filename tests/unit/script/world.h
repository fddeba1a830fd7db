/* SPDX-License-Identifier: MIT
 *
 * A small world for the tests of plugins: Ramgarh's six blocks with workers, a district next to it,
 * registrations on a few days, and plugins in a directory of their own. */
#ifndef TESTS_SCRIPT_WORLD_H
#define TESTS_SCRIPT_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/date.h"
#include "data/snap.h"
#include "script/plugin.h"

#define TEXT_OF(lit)                                                                               \
    {                                                                                              \
        (lit), sizeof(lit) - 1                                                                     \
    }
#define PLACE_ROW(id_, parent_, level_, code_, en, hi, workers)                                    \
    {                                                                                              \
        .id = (id_), .parent_id = (parent_), .level = (level_), .code = (code_),                   \
        .name = TEXT_OF(en), .name_hi = TEXT_OF(hi), .valid_from = DAY_NONE, .valid_to = DAY_NONE, \
        .fact = {                                                                                  \
            (workers)                                                                              \
        }                                                                                          \
    }

enum {
    JHARKHAND = 1,
    RAMGARH = 2,
    CHITARPUR,
    DULMI,
    GOLA,
    MANDU,
    PATRATU,
    RAMGARH_BLOCK,
    BOKARO,
    BERMO
};

static const struct place_row world_places[] = {
    PLACE_ROW(JHARKHAND, 0, PLACE_STATE, 20, "Jharkhand", "झारखंड", 0),
    PLACE_ROW(RAMGARH, JHARKHAND, PLACE_DISTRICT, 607, "Ramgarh", "रामगढ़", 0),
    PLACE_ROW(CHITARPUR, RAMGARH, PLACE_BLOCK, 6716, "Chitarpur", "चितरपुर", 100),
    PLACE_ROW(DULMI, RAMGARH, PLACE_BLOCK, 6717, "Dulmi", "दुलमी", 50),
    PLACE_ROW(GOLA, RAMGARH, PLACE_BLOCK, 3168, "Gola", "गोला", 150),
    PLACE_ROW(MANDU, RAMGARH, PLACE_BLOCK, 3172, "Mandu", "मांडू", 300),
    PLACE_ROW(PATRATU, RAMGARH, PLACE_BLOCK, 3174, "Patratu", "पतरातू", 200),
    PLACE_ROW(RAMGARH_BLOCK, RAMGARH, PLACE_BLOCK, 3175, "Ramgarh", "रामगढ़", 200),
    PLACE_ROW(BOKARO, JHARKHAND, PLACE_DISTRICT, 355, "Bokaro", "बोकारो", 0),
    PLACE_ROW(BERMO, BOKARO, PLACE_BLOCK, 3064, "Bermo", "बेरमो", 80),
};

struct world {
    struct snap_cell *cell;
    char dir[64];
};

/* One batch: registrations of a place in a sector (0: not stated) on a day. */
struct world_row {
    uint32_t place;
    uint8_t sector;
    const char *day;
    int32_t count;
};

static int32_t day_of(const char *text)
{
    int32_t day = 0;
    assert_int_equal(date_parse(str_of(text), &day, NULL), 0);
    return day;
}

static inline void world_publish(struct world *w, const struct world_row *row, size_t n)
{
    struct err err = {0};
    struct snap *old = snap_cell_get(w->cell);
    struct rows rows;
    rows_init(&rows, MEM_DATA, old->schema);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(
            rows_add(&rows, row[i].place, row[i].sector, day_of(row[i].day), row[i].count, &err),
            0);
    assert_int_equal(rows_share(&rows, old->dict, &err), 0);
    assert_int_equal(rows_sort(&rows, old->tree, &err), 0);
    struct seg *seg;
    assert_int_equal(seg_new(&rows, old->tree, old->id, &seg, &err), 0);
    struct snap *next;
    struct snap_change change = {.seg = &seg, .segs = 1};
    assert_int_equal(snap_next(old, &change, &next, &err), 0);
    seg_unref(seg);
    rows_fini(&rows);
    snap_unref(old);
    snap_cell_set(w->cell, next);
}

static inline void world_init(struct world *w)
{
    struct err err = {0};
    struct str fact = STR("workers");
    struct place_tree *tree;
    struct snap *snap;
    assert_int_equal(place_tree_new(world_places, ARRAY_LEN(world_places), &fact, 1, &tree, &err),
                     0);
    assert_int_equal(snap_new(tree, &schema_default, 1, &snap, &err), 0);
    place_tree_unref(tree);
    assert_int_equal(snap_cell_new(&w->cell, &err), 0);
    snap_cell_set(w->cell, snap);
    snprintf(w->dir, sizeof w->dir, "/tmp/panji-plugins-XXXXXX");
    assert_non_null(mkdtemp(w->dir));
}

static inline void world_path(const struct world *w, const char *name, char out[256])
{
    snprintf(out, 256, "%s/%s", w->dir, name);
}

static inline void world_write(const struct world *w, const char *name, const char *text)
{
    char path[256];
    world_path(w, name, path);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
    assert_int_equal(fclose(f), 0);
}

static inline void world_remove(const struct world *w, const char *name)
{
    char path[256];
    world_path(w, name, path);
    unlink(path);
}

static inline void world_fini(struct world *w)
{
    snap_cell_free(w->cell);
    rmdir(w->dir);
}

#endif
