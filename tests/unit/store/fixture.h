/* SPDX-License-Identifier: MIT
 *
 * A store in a directory of its own, with a state, two districts and four blocks, and short ways
 * to commit batches to it. */
#ifndef TESTS_STORE_FIXTURE_H
#define TESTS_STORE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "base/date.h"
#include "base/hash.h"
#include "base/log.h"
#include "data/tally.h"
#include "store/store.h"
#include "store/tmpdir.h"

struct fixture {
    char dir[128];
    struct snap_cell *cell;
    struct store *store;
};

enum { DAY0 = 18900 };

static inline int fixture_try_open(struct fixture *f, struct err *err)
{
    assert_int_equal(snap_cell_new(&f->cell, err), 0);
    int rc = store_open(f->dir, f->cell, &f->store, err);
    if (rc < 0)
        snap_cell_free(f->cell);
    return rc;
}

static inline void fixture_open(struct fixture *f)
{
    struct err err;
    if (fixture_try_open(f, &err) < 0)
        fail_msg("store_open: %s", err.msg);
}

/* The fixture of another directory, not yet opened. */
static inline struct fixture fixture_at(const char *dir)
{
    struct fixture f = {.store = NULL};
    assert_true(strlen(dir) < sizeof f.dir);
    memcpy(f.dir, dir, strlen(dir) + 1);
    return f;
}

static inline void fixture_close(struct fixture *f)
{
    store_close(f->store);
    snap_cell_free(f->cell);
    f->store = NULL;
}

static inline struct place_change fixture_place(enum place_level level, int64_t code,
                                                int64_t parent, const char *name)
{
    struct place_change c = {.level = level,
                             .code = code,
                             .parent_code = parent,
                             .name = str_of(name),
                             .valid_from = DAY_NONE,
                             .valid_to = DAY_NONE};
    for (size_t i = 0; i < PLACE_FACTS_MAX; i++)
        c.fact[i] = (double)NAN;
    return c;
}

static inline struct place_merge_result fixture_merge(struct fixture *f,
                                                      const struct place_change *c, size_t n)
{
    struct place_merge_result r;
    struct err err;
    if (store_places_merge(f->store, &(struct place_changes){.at = c, .n = n, .on = DAY_NONE}, &r,
                           &err) < 0)
        fail_msg("store_places_merge: %s", err.msg);
    return r;
}

static inline void fixture_places(struct fixture *f)
{
    struct place_change c[] = {
        fixture_place(PLACE_BLOCK, 3168, 607, "Gola"),
        fixture_place(PLACE_BLOCK, 3172, 607, "Mandu"),
        fixture_place(PLACE_BLOCK, 3175, 607, "Ramgarh"),
        fixture_place(PLACE_BLOCK, 3104, 326, "Ramgarh"),
        fixture_place(PLACE_DISTRICT, 607, 20, "Ramgarh"),
        fixture_place(PLACE_DISTRICT, 326, 20, "Dumka"),
        fixture_place(PLACE_STATE, 20, 0, "Jharkhand"),
    };
    fixture_merge(f, c, ARRAY_LEN(c));
}

static inline int fixture_setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    log_threshold(LOG_OFF);
    tmpdir_make(f->dir);
    fixture_open(f);
    fixture_places(f);
    *state = f;
    return 0;
}

static inline int fixture_teardown(void **state)
{
    struct fixture *f = *state;
    if (f->store != NULL)
        fixture_close(f);
    tmpdir_remove(f->dir);
    free(f);
    return 0;
}

/* Rows of batch `seed`: n of them, each of 1 + i % 3 registrations, spread over the blocks. */
static inline void fixture_rows(struct fixture *f, struct rows *r, uint32_t seed, size_t n)
{
    static const int64_t blocks[] = {3175, 3168, 3104, 3172};
    struct snap *s = snap_cell_get(f->cell);
    struct err err;
    char centre[32];
    rows_init(r, MEM_INGEST, s->schema);
    int attr = schema_find(s->schema, STR("centre"));
    for (size_t i = 0; i < n; i++) {
        uint32_t order = place_by_code(s->tree, PLACE_BLOCK, blocks[(i + seed) % 4]);
        assert_int_equal(rows_add(r, s->tree->at[order].id, (uint8_t)(i % 5),
                                  DAY0 + (int32_t)(i * 7 % 50), 1 + (int32_t)(i % 3), &err),
                         0);
        snprintf(centre, sizeof centre, "centre %u-%zu", seed, i % 11);
        assert_int_equal(rows_set_text(r, attr, str_of(centre), &err), 0);
    }
    snap_unref(s);
}

static inline void fixture_hash(uint32_t content, unsigned char out[32])
{
    struct sha256 h;
    sha256_init(&h);
    sha256_add(&h, &content, sizeof content);
    sha256_end(&h, out);
}

/* Commits batch `id` of source "test" with the rows of `content`. */
static inline int fixture_import(struct fixture *f, const char *id, uint32_t content, size_t n,
                                 struct batch_result *out, struct err *err)
{
    struct rows rows;
    struct batch_spec spec = {.source = STR("test"), .id = str_of(id), .as_on = DAY_NONE};
    fixture_hash(content, spec.sha256);
    fixture_rows(f, &rows, content, n);
    int rc = store_import(f->store, &spec, &rows, out, err);
    rows_fini(&rows);
    return rc;
}

static inline int64_t fixture_registrations(struct fixture *f)
{
    struct snap *s = snap_cell_get(f->cell);
    int64_t n = s->registrations;
    snap_unref(s);
    return n;
}

static inline int64_t fixture_count(struct fixture *f, enum place_level level, int64_t code)
{
    struct snap *s = snap_cell_get(f->cell);
    uint32_t order = place_by_code(s->tree, level, code);
    assert_int_not_equal(order, PLACE_NONE);
    int64_t n = tally_window(s, order, CUBE_ALL, INT32_MIN, INT32_MAX);
    snap_unref(s);
    return n;
}

static inline uint64_t fixture_snapshot(struct fixture *f)
{
    struct snap *s = snap_cell_get(f->cell);
    uint64_t id = s->id;
    snap_unref(s);
    return id;
}

#endif
