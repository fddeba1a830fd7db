/* SPDX-License-Identifier: MIT
 *
 * A change of places at work, on the storage thread: the stored rows in memory, what was changed in
 * them, and events that are new. Shared by what merges files of places and what changes borders. */
#ifndef STORE_PLACES_INT_H
#define STORE_PLACES_INT_H

#include "store_int.h"

struct edit {
    struct store *s;
    struct arena mem;
    struct place_rows rows;
    size_t facts_before;
    uint32_t id_next;
    uint8_t *touched;          /* by row index */
    uint32_t *bucket;          /* row index by (level, code), PLACE_NONE: none */
    uint32_t *chain;           /* next row index of the same bucket */
    size_t buckets;            /* a power of two */
    size_t rows_max;           /* rows that chain and touched have room for */
    struct place_event *fresh; /* in the order in which they came */
    size_t fresh_n, fresh_cap;
    uint32_t *event_head; /* by row: the newest event of the place, PLACE_NONE: none */
    uint32_t *event_next; /* by event, those stored and then those fresh: the one before */
    size_t event_cap;
    uint64_t snapshot; /* from which on it holds */

    /* What is to be published, once it is known. */
    struct snap *base; /* on whose places the change was worked out */
    struct place_tree *tree;
    struct place_history *history;
    struct slab **slab; /* the merged rows of `base` for the new tree, and their cube; or NULL */
    size_t slabs;
    struct dense *dense;
    size_t folded;
};

enum { TOUCHED_ROW = 1, TOUCHED_FACTS = 2, TOUCHED_NEW = 4 };

/* Works out a change on the storage thread, from what is stored; may be called again. */
typedef int (*edit_work)(struct edit *m, void *arg, struct err *err);

/* Does the work with room for `more` rows, and writes and publishes what was changed (nothing where
 * nothing was). The merged rows are laid out anew on the caller's thread in between, so that
 * imports do not wait for it. *m is the caller's, zero; it is closed on return, but m->snapshot
 * stays. */
MUST_USE int edit_run(struct store *s, struct edit *m, size_t more, edit_work work, void *arg,
                      struct err *err);

/* The next row of this level and code behind `index` in its chain (first: edit_first), or
 * PLACE_NONE. */
uint32_t edit_first(const struct edit *m, enum place_level level, int64_t code);
uint32_t edit_next(const struct edit *m, uint32_t index);
/* Is the place still there? */
static inline bool edit_is_live(const struct edit *m, uint32_t index)
{
    return m->rows.row[index].valid_to == DAY_NONE;
}
/* Row index of an id, or PLACE_NONE. */
uint32_t edit_row_of(const struct edit *m, uint32_t id);
/* Code of an id, -1 for the country. */
int64_t edit_code_of(const struct edit *m, uint32_t id);
/* A new row, linked; the caller fills in the rest. NULL without memory. */
struct place_row *edit_push(struct edit *m, enum place_level level, int64_t code,
                            uint32_t parent_id, uint32_t *index);

/* A new event of row `index`, to be filled in. NULL without memory. */
struct place_event *edit_event(struct edit *m, uint32_t index);
/* Event k, as it stands in event_head and event_next. */
static inline const struct place_event *edit_event_at(const struct edit *m, uint32_t k)
{
    return k < m->rows.events ? &m->rows.event[k] : &m->fresh[k - m->rows.events];
}

/* borders.c: the parts that files of places use, too. Errors are told at `at`. */
int said_fail(const struct said_at *at, unsigned column, struct err *err, int code, const char *fmt,
              ...) PRINTF_LIKE(5, 6);
/* Moves row `index` below parent_id from the day on. 1: that was known. */
MUST_USE int border_move(struct edit *m, uint32_t index, uint32_t parent_id, int32_t on,
                         const struct said_at *at, struct err *err);
/* Gives it another name from the day on; an empty one stays. 1: that was known. */
MUST_USE int border_rename(struct edit *m, uint32_t index, struct str name, struct str name_hi,
                           int32_t on, const struct said_at *at, struct err *err);

#endif
