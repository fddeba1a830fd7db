/* SPDX-License-Identifier: MIT
 *
 * A small country for tests: two states, names that repeat, a block in two districts. */
#ifndef TEST_DATA_FIXTURE_H
#define TEST_DATA_FIXTURE_H

#include <math.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/date.h"
#include "data/place.h"

/* id, parent id, level, code, name, Hindi name, aliases */
struct fixture_place {
    uint32_t id, parent;
    enum place_level level;
    int64_t code;
    const char *name, *name_hi, *aliases;
};

static const struct fixture_place fixture_places[] = {
    {1, 0, PLACE_STATE, 20, "Jharkhand", "झारखंड", ""},
    {2, 0, PLACE_STATE, 18, "Assam", "", ""},
    {3, 1, PLACE_DISTRICT, 607, "Ramgarh", "रामगढ़", ""},
    {4, 1, PLACE_DISTRICT, 326, "Dumka", "दुमका", ""},
    {5, 3, PLACE_BLOCK, 3175, "Ramgarh", "रामगढ़", "Ramgarh Cantt|रामगढ़ छावनी"},
    {6, 3, PLACE_BLOCK, 3168, "Gola", "गोला", ""},
    {7, 4, PLACE_BLOCK, 3104, "Ramgarh", "", ""},
    {8, 2, PLACE_DISTRICT, 739, "Bajali", "", ""},
    {9, 2, PLACE_DISTRICT, 616, "Baksa", "", ""},
    {10, 8, PLACE_BLOCK, 2494, "Gobardhana", "", ""},
    {11, 9, PLACE_BLOCK, 2494, "Gobardhana", "", ""},
    {12, 6, PLACE_PANCHAYAT, 900001, "Barlanga", "बरलंगा", ""},
    {13, 6, PLACE_PANCHAYAT, 900002, "Sosokalan", "", ""},
};

static inline void fixture_rows(struct place_row *row)
{
    for (size_t i = 0; i < ARRAY_LEN(fixture_places); i++) {
        const struct fixture_place *p = &fixture_places[i];
        row[i] = (struct place_row){.id = p->id,
                                    .parent_id = p->parent,
                                    .level = p->level,
                                    .code = p->code,
                                    .name = str_of(p->name),
                                    .name_hi = str_of(p->name_hi),
                                    .aliases = str_of(p->aliases),
                                    .valid_from = DAY_NONE,
                                    .valid_to = DAY_NONE};
        for (size_t f = 0; f < PLACE_FACTS_MAX; f++) {
            row[i].fact[f] = (double)NAN;
        }
        row[i].fact[0] = 1000.0 * (double)p->id;
    }
}

static inline struct place_tree *fixture_tree(void)
{
    struct place_row row[ARRAY_LEN(fixture_places)];
    struct str facts[] = {STR("workers")};
    struct place_tree *t = NULL;
    struct err err = {0};
    fixture_rows(row);
    assert_int_equal(place_tree_new(row, ARRAY_LEN(row), facts, 1, &t, &err), 0);
    return t;
}

#endif
