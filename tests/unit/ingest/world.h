/* SPDX-License-Identifier: MIT
 *
 * A small world for the tests of this room: a store in a directory of its own with the places of
 * two states, loaded through the importer, and short ways to import and to count. */
#ifndef TESTS_WORLD_H
#define TESTS_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/date.h"
#include "base/log.h"
#include "data/tally.h"
#include "ingest/batch.h"
#include "ingest/places.h"
#include "store/store.h"
#include "store/tmpdir.h"

struct world {
    char dir[128];
    struct snap_cell *cell;
    struct store *store;
};

/* The directory's block export: header with two equal names, quoted fields, a block under two
 * districts, seven blocks called RAMGARH. */
static const char world_blocks[] =
    "S.No.,State Code,State Name,District Code,District Name,Block Code,Block Version,Block Name "
    ",Block Name\r\n"
    "1,20,JHARKHAND,607,RAMGARH,6716,1,CHITARPUR,\r\n"
    "2,20,JHARKHAND,607,RAMGARH,6717,1,DULMI,\r\n"
    "3,20,JHARKHAND,607,RAMGARH,3168,1,GOLA,\"गोला\"\r\n"
    "4,20,JHARKHAND,607,RAMGARH,3172,1,MANDU,\r\n"
    "5,20,JHARKHAND,607,RAMGARH,3174,1,PATRATU,\r\n"
    "6,20,JHARKHAND,607,RAMGARH,3175,1,RAMGARH,रामगढ़\r\n"
    "7,20,JHARKHAND,326,DUMKA,3104,1,RAMGARH,\r\n"
    "8,20,JHARKHAND,338,PALAMU,7367,1,RAMGARH,\r\n"
    "9,10,BIHAR,200,KAIMUR (BHABUA),1796,1,RAMGARH,\r\n"
    "10,1,\"JAMMU AND KASHMIR\",624,SAMBA,6937,1,Ramgarh,Ramgarh\r\n"
    "11,8,RAJASTHAN,87,ALWAR,583,2,RAMGARH,\r\n"
    "12,5,UTTARAKHAND,51,NAINITAL,397,5,RAMGARH,\r\n"
    "13,28,ANDHRA PRADESH,745,Alluri Sitharama Raju,2494,1,NELLIPAKA,\r\n"
    "14,28,ANDHRA PRADESH,505,East Godavari,2494,1,NELLIPAKA,\r\n";

static inline void world_open(struct world *w)
{
    struct err err;
    assert_int_equal(snap_cell_new(&w->cell, &err), 0);
    if (store_open(w->dir, w->cell, &w->store, &err) < 0)
        fail_msg("store_open: %s", err.msg);
}

static inline void world_close(struct world *w)
{
    store_close(w->store);
    snap_cell_free(w->cell);
}

static inline void world_reopen(struct world *w)
{
    world_close(w);
    world_open(w);
}

static inline void world_places(struct world *w, const char *text)
{
    struct places_report report;
    struct err err;
    if (places_import(w->store, str_of(text), NULL, &report, &err) < 0)
        fail_msg("places_import: %s", err.msg);
}

static inline int world_setup(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    log_threshold(LOG_OFF);
    tmpdir_make(w->dir);
    world_open(w);
    world_places(w, world_blocks);
    *state = w;
    return 0;
}

static inline int world_teardown(void **state)
{
    struct world *w = *state;
    world_close(w);
    tmpdir_remove(w->dir);
    free(w);
    return 0;
}

static inline struct batch_options world_options(const char *source, const char *id)
{
    return (struct batch_options){.source = str_of(source), .id = str_of(id), .as_on = DAY_NONE};
}

/* A batch up to its end, for looking at; the caller frees it. */
static inline int world_batch(struct world *w, const struct batch_options *o, struct str text,
                              struct batch **b, struct batch_result *r, struct err *err)
{
    memset(r, 0, sizeof *r);
    assert_int_equal(batch_new(w->store, w->cell, o, b, err), 0);
    int rc = batch_push(*b, text.p, text.n, err);
    return rc < 0 ? rc : batch_end(*b, r, err);
}

static inline int world_import(struct world *w, const char *source, const char *id,
                               const char *text, struct batch_result *r, struct err *err)
{
    struct batch *b;
    struct batch_options o = world_options(source, id);
    int rc = world_batch(w, &o, str_of(text), &b, r, err);
    batch_free(b);
    return rc;
}

static inline int64_t world_registrations(struct world *w)
{
    struct snap *s = snap_cell_get(w->cell);
    int64_t n = s->registrations;
    snap_unref(s);
    return n;
}

/* Registrations ever, at a place, all sectors (slot CUBE_ALL) or one. */
static inline int64_t world_count(struct world *w, enum place_level level, int64_t code, int slot)
{
    struct snap *s = snap_cell_get(w->cell);
    uint32_t order = place_by_code(s->tree, level, code);
    assert_int_not_equal(order, PLACE_NONE);
    int64_t n = tally_window(s, order, slot, INT32_MIN, INT32_MAX);
    snap_unref(s);
    return n;
}

/* The batch must be refused with errors; the first of them, for looking at until world_free. */
static inline const struct batch_error *world_refused(struct world *w, struct batch_options o,
                                                      struct str text, struct batch **b,
                                                      struct err *err)
{
    struct batch_result r;
    size_t listed, total;
    assert_int_equal(world_batch(w, &o, text, b, &r, err), ERR_ROWS);
    const struct batch_error *e = batch_errors(*b, &listed, &total);
    assert_true(listed > 0);
    assert_int_equal(world_registrations(w), 0);
    return e;
}

/* One error at this place, whose reason or near names say `part`. */
static inline void world_expect_error(struct world *w, const char *text, unsigned line,
                                      unsigned column, const char *value, const char *part)
{
    struct batch *b;
    struct err err;
    size_t listed, total;
    const struct batch_error *e =
        world_refused(w, world_options("test", ""), str_of(text), &b, &err);
    batch_errors(b, &listed, &total);
    assert_int_equal(total, 1);
    assert_int_equal(e->line, line);
    assert_int_equal(e->column, column);
    assert_string_equal(e->value, value);
    if (strstr(e->reason, part) == NULL && strstr(e->near, part) == NULL)
        fail_msg("\"%s\" (near: %s) does not say \"%s\"", e->reason, e->near, part);
    batch_free(b);
}

#define WORLD_TEST(fn) cmocka_unit_test_setup_teardown(fn, world_setup, world_teardown)

#endif
