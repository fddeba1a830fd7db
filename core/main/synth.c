/* SPDX-License-Identifier: MIT
 *
 * The formulas of the synthetic country. */
#include "synth.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/hash.h"

enum {
    STATE_CODE = 1,
    DISTRICT_CODE = 1001,
    BLOCK_CODE = 10001,
    CENTRE_CODE = 100000,
    OCCUPATION_CODE = 1000,
    NAME_BYTES = 24,
};

/* Field k of row i, uniform in [0, m). */
static uint32_t draw(uint64_t i, uint64_t seed, uint32_t k, uint32_t m)
{
    uint64_t x = 16 * i + k + (seed << 40);
    return (uint32_t)(((hash_mix(x ^ 0x4CF2D2BAAE6DA887u) >> 32) * m) >> 32);
}

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static int32_t sector_of(uint64_t i, uint64_t seed)
{
    static const uint32_t below[] = {524, 620, 710, 777, 820, 850};
    uint32_t t = draw(i, seed, 2, 1000);
    for (size_t k = 0; k < ARRAY_LEN(below); k++)
        if (t < below[k])
            return (int32_t)k;
    return (int32_t)(6 + least(draw(i, seed, 3, 24), draw(i, seed, 4, 24)));
}

static int32_t pick(uint32_t x, uint32_t a, uint32_t b, uint32_t c)
{
    return x < a ? 0 : x < b ? 1 : x < c ? 2 : 3;
}

int32_t synth_block(uint64_t i, uint64_t seed)
{
    return (int32_t)least(draw(i, seed, 0, SYNTH_BLOCKS), draw(i, seed, 1, SYNTH_BLOCKS));
}

void synth_row(uint64_t i, uint64_t seed, struct synth_row *out)
{
    int32_t start = date_day(2021, 8, 26);
    uint32_t days =
        draw(i, seed, 5, 100) < 85 ? draw(i, seed, 6, 210) : draw(i, seed, 6, SYNTH_DAYS);
    uint32_t centre = draw(i, seed, 14, 55);
    uint32_t occupation = least(draw(i, seed, 11, 13), draw(i, seed, 12, 13));
    out->block = synth_block(i, seed);
    out->district = out->block * SYNTH_DISTRICTS / SYNTH_BLOCKS;
    out->state = out->district * SYNTH_STATES / SYNTH_DISTRICTS;
    out->sector = sector_of(i, seed);
    out->day = start + (int32_t)days;
    out->gender = pick(draw(i, seed, 7, 1000), 530, 999, 1000);
    out->age = (int32_t)(16 + least(draw(i, seed, 8, 44), draw(i, seed, 9, 44)));
    out->channel = pick(draw(i, seed, 10, 1000), 802, 998, 999);
    out->category = pick(draw(i, seed, 13, 100), 41, 68, 92);
    out->occupation = out->sector * 13 + (int32_t)occupation;
    out->centre = out->block * 55 + (int32_t)centre;
}

/* ---- places ---------------------------------------------------------------------------------- */

static void make_place(struct place_change *p, char name[NAME_BYTES], enum place_level level,
                       int64_t code, int64_t parent, const char *word)
{
    snprintf(name, NAME_BYTES, "%s %lld", word, (long long)code);
    *p = (struct place_change){.level = level,
                               .code = code,
                               .parent_code = parent,
                               .name = str_of(name),
                               .valid_from = DAY_NONE,
                               .valid_to = DAY_NONE};
    for (size_t i = 0; i < PLACE_FACTS_MAX; i++)
        p->fact[i] = (double)NAN;
}

static void make_places(struct place_change *p, char (*name)[NAME_BYTES])
{
    size_t n = 0;
    for (int s = 0; s < SYNTH_STATES; s++, n++)
        make_place(&p[n], name[n], PLACE_STATE, STATE_CODE + s, 0, "State");
    for (int d = 0; d < SYNTH_DISTRICTS; d++, n++)
        make_place(&p[n], name[n], PLACE_DISTRICT, DISTRICT_CODE + d,
                   STATE_CODE + d * SYNTH_STATES / SYNTH_DISTRICTS, "District");
    for (int b = 0; b < SYNTH_BLOCKS; b++, n++)
        make_place(&p[n], name[n], PLACE_BLOCK, BLOCK_CODE + b,
                   DISTRICT_CODE + b * SYNTH_DISTRICTS / SYNTH_BLOCKS, "Block");
}

int synth_places(struct store *s, struct err *err)
{
    size_t n = SYNTH_STATES + SYNTH_DISTRICTS + SYNTH_BLOCKS;
    struct place_merge_result merged;
    struct arena a;
    arena_init(&a, MEM_MAIN, 0);
    struct place_change *p = ARENA_ARRAY(&a, struct place_change, n);
    char(*name)[NAME_BYTES] = arena_array(&a, n, NAME_BYTES);
    int rc = 0;
    if (p == NULL || name == NULL)
        rc = err_set(err, ERR_MEM, "no memory for the places of the country");
    if (rc == 0) {
        make_places(p, name);
        rc = store_places_merge(s, &(struct place_changes){.at = p, .n = n, .on = DAY_NONE},
                                &merged, err);
    }
    arena_fini(&a);
    return rc;
}

/* ---- CSV ------------------------------------------------------------------------------------- */

void synth_csv_header(struct buf *out)
{
    buf_cstr(out, "date,district,block,sector,occupation,gender,age,category,channel,centre\n");
}

static void csv_row(const struct synth_row *r, struct buf *out)
{
    char day[11];
    date_format(r->day, day);
    buf_printf(out, "%s,%d,%d,%d,%d,%s,%d,%s,%s,%d\n", day, DISTRICT_CODE + r->district,
               BLOCK_CODE + r->block, 1 + r->sector, OCCUPATION_CODE + r->occupation,
               list_gender.items[r->gender].name, r->age, list_category.items[r->category].name,
               list_channel.items[r->channel].name, CENTRE_CODE + r->centre);
}

void synth_csv(uint64_t first, uint64_t n, uint64_t seed, struct buf *out)
{
    struct synth_row r;
    for (uint64_t i = first; i < first + n; i++) {
        synth_row(i, seed, &r);
        csv_row(&r, out);
    }
}

void synth_csv_recent(uint64_t first, uint64_t n, uint64_t seed, int32_t days, struct buf *out)
{
    struct synth_row r;
    int32_t last = date_day(2021, 8, 26) + SYNTH_DAYS - 1;
    for (uint64_t i = first; i < first + n; i++) {
        synth_row(i, seed, &r);
        r.day = last - (last - r.day) % days;
        csv_row(&r, out);
    }
}

/* ---- rows ------------------------------------------------------------------------------------ */

struct columns { /* attributes by index */
    int occupation, gender, age, category, channel, centre;
};

static int set_number(struct rows *out, int attr, int number, struct err *err)
{
    char text[16];
    int n = snprintf(text, sizeof text, "%d", number);
    return rows_set_text(out, attr, (struct str){text, (size_t)n}, err);
}

static int add_row(const struct synth_row *r, const uint32_t *block_id, const struct columns *c,
                   struct rows *out, struct err *err)
{
    TRY(rows_add(out, block_id[r->block], (uint8_t)(r->sector + 1), r->day, 1, err));
    TRY(rows_set(out, c->gender, r->gender, err));
    TRY(rows_set(out, c->age, r->age, err));
    TRY(rows_set(out, c->category, r->category, err));
    TRY(rows_set(out, c->channel, r->channel, err));
    TRY(set_number(out, c->occupation, OCCUPATION_CODE + r->occupation, err));
    return set_number(out, c->centre, CENTRE_CODE + r->centre, err);
}

static int find_blocks(const struct place_tree *tree, uint32_t *block_id, struct err *err)
{
    for (int b = 0; b < SYNTH_BLOCKS; b++) {
        uint32_t order = place_by_code(tree, PLACE_BLOCK, BLOCK_CODE + b);
        if (order == PLACE_NONE)
            return err_set(err, ERR_NOT_FOUND, "the data has no block %d of the synthetic country",
                           BLOCK_CODE + b);
        block_id[b] = tree->at[order].id;
    }
    return 0;
}

int synth_rows(uint64_t first, uint64_t n, uint64_t seed, const struct place_tree *tree,
               struct rows *out, struct err *err)
{
    const struct schema *s = out->schema;
    struct columns c = {schema_find(s, STR("occupation")), schema_find(s, STR("gender")),
                        schema_find(s, STR("age")),        schema_find(s, STR("category")),
                        schema_find(s, STR("channel")),    schema_find(s, STR("centre"))};
    uint32_t *block_id = mem_must(MEM_MAIN, SYNTH_BLOCKS * sizeof *block_id);
    struct synth_row r;
    int rc = find_blocks(tree, block_id, err);
    for (uint64_t i = first; i < first + n && rc == 0; i++) {
        synth_row(i, seed, &r);
        rc = add_row(&r, block_id, &c, out, err);
    }
    mem_free(MEM_MAIN, block_id);
    return rc;
}
