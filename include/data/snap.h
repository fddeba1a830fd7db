/* SPDX-License-Identifier: MIT
 *
 * Snapshots: a numbered, immutable state of all data. A query pins one from start to end. The
 * writer (the storage thread, alone) makes the next from the current one and publishes it by one
 * pointer; a reader never sees part of a batch. */
#ifndef DATA_SNAP_H
#define DATA_SNAP_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "data/cube.h"
#include "data/dense.h"
#include "data/dict.h"
#include "data/grant.h"
#include "data/history.h"
#include "data/place.h"
#include "data/retraction.h"
#include "data/schema.h"
#include "data/seg.h"
#include "data/slab.h"
#include "data/upload.h"

/* A total that a source published. */
struct stated {
    int32_t as_on;
    uint32_t place; /* identity */
    uint8_t sector; /* 0: all sectors together, else index + 1 */
    int64_t total;
    int32_t source;      /* id in the dictionary of ATTR_SOURCE */
    int64_t received_ms; /* wall clock */
};

/* One row of the ledger, as queries see it. */
struct batch_note {
    int32_t source, batch; /* ids in the dictionaries of ATTR_SOURCE and ATTR_BATCH */
    int64_t seq;           /* in the ledger, ascending */
    int64_t accepted, rejected, registrations;
    int64_t repeated, replaced; /* see batch_result */
    int64_t received_ms;
    uint64_t snapshot;
    int32_t as_on; /* DAY_NONE: not stated */
    bool correction;
};

/* Segments of very many runs are merged at once anyway; until then their runs are counted where a
 * count is asked for, instead of putting all of them into the cube first. The same goes for what
 * is taken off for a large batch. */
enum { SNAP_LARGE_MAX = 256, SNAP_LARGE_RUNS = 1 << 17 };

struct clickhouse;
struct snap {
    uint64_t id;             /* 1 for the first; one more for each publish, also across restarts */
    struct place_tree *tree; /* in the borders of today */
    struct place_history *history; /* NULL: no borders ever changed */
    const struct schema *schema;
    struct dict
        *dict[ATTRS_MAX]; /* shared by all snapshots; NULL where the attribute is not text */
    struct slab **slab;   /* merged rows, and their dense cube: NULL when there are none */
    size_t slabs;
    struct dense *dense;
    struct seg **seg; /* rows that came since, and their cube */
    size_t segs;
    struct cube *cube;
    size_t cubed;                      /* segments that the cube counts, of seg[] and of minus[] */
    struct seg *large[SNAP_LARGE_MAX]; /* those that it does not */
    size_t larges;
    /* Batches that were retracted: rows that are held but do not count. NULL: none. The first
     * `folded` of gone->minus[] are taken off in the dense cube, the others by cube and large[].
     * The marks are of the slabs. */
    struct retraction_set *gone;
    struct retraction_marks *marks;
    size_t folded;
    /* Where queries find the registrations (store/clickhouse.h), the caller's as long as any
     * snapshot lives; NULL: in slab[] and seg[]. */
    const struct clickhouse *clickhouse;
    struct stated *stated; /* in order of arrival */
    size_t stated_count;
    struct batch_note *batch; /* in order of commit */
    size_t batch_count;
    struct upload_set *uploads; /* tables of planners; NULL: none were ever there */
    /* Differs between two snapshots of this process in which a name may mean something else:
     * another tree, other uploaded tables. What was checked against names is checked again. */
    uint64_t catalogue;
    /* For somebody who sees a part (snap_narrow): the tree is narrowed, stated figures are left
     * out. source_seen: by id of ATTR_SOURCE, whose rows are seen; NULL: all. Rows, batches,
     * uploaded tables and counts are all there still: who reads them asks the tree and source_seen.
     */
    bool narrowed;
    const uint8_t *source_seen;
    int32_t sources;            /* entries of it */
    uint64_t rows;              /* held, those of retracted batches included */
    int32_t held_min, held_max; /* their days; held_min > held_max when there are none */
    int64_t registrations;      /* that count */
    int32_t day_min, day_max;   /* of the rows that count; day_min > day_max when there are none */
    int64_t received_ms;        /* wall clock of the newest data */
};

struct snap *snap_ref(struct snap *s);
void snap_unref(struct snap *s); /* NULL is fine */

/* The first snapshot: a tree, shared dictionaries, nothing else. Takes a reference of tree. */
MUST_USE int snap_new(struct place_tree *tree, const struct schema *schema, uint64_t id,
                      struct snap **out, struct err *err);

/* What is to be added; NULL or 0 where nothing is. `tree` replaces the old one, and `history` the
 * old history (rows and cubes are carried over, where the tree numbers nodes anew). References are
 * taken, not consumed. */
struct snap_change {
    struct place_tree *tree;
    struct place_history *history;
    /* `merged`: the first drop_segs segments are now in slabs. The list of slabs and the dense
     * cube, both of the new state's tree, replace the old ones. */
    bool merged;
    size_t drop_segs;
    struct slab *const *slab;
    size_t slabs;
    struct dense *dense;
    size_t folded; /* so many of the new state's gone->minus[] are taken off in `dense` */
    struct seg *const *seg;
    size_t segs;
    const struct batch_note *batch; /* .snapshot is filled in here */
    size_t batches;
    const struct retraction *retraction; /* found by retraction_take, .minus of the new tree */
    size_t retractions;
    const struct stated *stated;
    size_t stateds;
    struct upload_set *uploads; /* replaces the old set */
    int64_t received_ms;
};
/* The next snapshot (id + 1), not yet published. `old` stays as it is. A snapshot that begins from
 * nothing (old holds no rows) may bring slabs, segments and retractions of them at once. */
MUST_USE int snap_next(const struct snap *old, const struct snap_change *change, struct snap **out,
                       struct err *err);

/* The same state for somebody who is limited to a grant: shares all that it can. `registrations` is
 * 0: it would tell of the others. */
MUST_USE int snap_narrow(const struct snap *s, const struct grant *g, struct snap **out,
                         struct err *err);
/* Are the rows of this source seen? */
static inline bool snap_sees_source(const struct snap *s, int32_t source)
{
    return s->source_seen == NULL ||
           (source >= 0 && source < s->sources && s->source_seen[source] != 0);
}
/* By its name; true for all where nothing is left out. */
bool snap_sees_source_named(const struct snap *s, struct str source);

/* All rows that s holds. */
struct held snap_held(const struct snap *s);
/* A batch by its number in the ledger; NULL when it is not there. */
const struct batch_note *snap_batch(const struct snap *s, int64_t seq);

/* The cell that holds the current snapshot. */
struct snap_cell;
typedef void (*snap_listener)(void *ctx, struct snap *s);

MUST_USE int snap_cell_new(struct snap_cell **out, struct err *err);
void snap_cell_free(struct snap_cell *c);
/* A reference to the current snapshot; NULL before the first publish. */
struct snap *snap_cell_get(struct snap_cell *c);
/* Publishes (takes the reference) and then calls the listeners on this thread. Writer only. */
void snap_cell_set(struct snap_cell *c, struct snap *s);
/* Listeners only enqueue work; they are called on the writer's thread. */
void snap_cell_listen(struct snap_cell *c, snap_listener fn, void *ctx);
/* Afterwards fn is not called with ctx again and no call is under way. */
void snap_cell_unlisten(struct snap_cell *c, snap_listener fn, void *ctx);

#endif
