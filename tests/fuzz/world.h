/* SPDX-License-Identifier: MIT
 *
 * A real store for targets about imports: in a folder of its own with the places of the import's
 * tests, over a VFS that does not wait for a disk. It is made anew after some thousand inputs, so
 * that what the inputs leave does not pile up. */
#ifndef TESTS_FUZZ_WORLD_H
#define TESTS_FUZZ_WORLD_H

#include "fuzz.h"

#include "ingest/world.h"
#include "store/fault_vfs.h"

enum { FUZZ_WORLD_INPUTS = 2000, FUZZ_WORLD_PLACES = 1500 };

static struct world fuzz_world;
static long fuzz_world_inputs;

static inline void fuzz_world_end(void)
{
    if (fuzz_world.store == NULL)
        return;
    world_close(&fuzz_world);
    tmpdir_remove(fuzz_world.dir);
    fuzz_world.store = NULL;
}

static inline void fuzz_world_begin(void)
{
    tmpdir_make(fuzz_world.dir);
    world_open(&fuzz_world);
    world_places(&fuzz_world, world_blocks);
    fuzz_world_inputs = 0;
}

static inline void fuzz_world_start(void)
{
    log_threshold(LOG_OFF);
    fuzz_world_begin(); /* starts SQLite */
    fuzz_world_end();
    fault_install();
    fuzz_world_begin();
    atexit(fuzz_world_end);
}

/* What is on disk is what is in memory. */
static inline void fuzz_world_reopen(void)
{
    struct snap *s = snap_cell_get(fuzz_world.cell);
    uint32_t places = s->tree->n;
    size_t stated = s->stated_count;
    uint64_t id = s->id;
    snap_unref(s);
    world_reopen(&fuzz_world);
    s = snap_cell_get(fuzz_world.cell);
    ASSERT(s->tree->n == places && s->stated_count == stated && s->id == id);
    snap_unref(s);
}

/* The store for one more input. */
static inline struct world *fuzz_world_get(void)
{
    if (fuzz_world.store == NULL)
        fuzz_world_start();
    struct snap *s = snap_cell_get(fuzz_world.cell);
    bool large = s->tree->n > FUZZ_WORLD_PLACES;
    snap_unref(s);
    if (++fuzz_world_inputs % FUZZ_WORLD_INPUTS == 0 || large) {
        fuzz_world_reopen();
        fuzz_world_end();
        fuzz_world_begin();
    }
    return &fuzz_world;
}

/* An error that a user sees: a code, a sentence in UTF-8. */
static inline void fuzz_check_error(int rc, const struct err *err)
{
    ASSERT(rc < 0 && err->code == rc && err->msg[0] != '\0');
    ASSERT(utf8_check(str_of(err->msg)) == strlen(err->msg));
    ASSERT(utf8_check(str_of(err->hint)) == strlen(err->hint));
}

#endif
