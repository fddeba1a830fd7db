/* SPDX-License-Identifier: MIT
 *
 * Retractions: batches whose rows are kept but no longer count. A set of them is immutable and
 * belongs to the snapshots in which it holds.
 *
 * A batch is known by (source, id): two sources may use the same id. What counts lose is kept as
 * one segment of negated sums by place, sector and day, which a cube adds like any other; scans
 * leave out the rows themselves, and marks tell which slabs have any, so that data without
 * retractions costs nothing.
 *
 * Sets and marks are reference-counted; any thread may read. */
#ifndef DATA_RETRACTION_H
#define DATA_RETRACTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "data/place.h"
#include "data/seg.h"
#include "data/slab.h"

struct retraction {
    int32_t source, batch; /* ids in the dictionaries of ATTR_SOURCE and ATTR_BATCH */
    int64_t retracted_ms;  /* wall clock */
    uint64_t snapshot;     /* from which on the batch no longer counts */
    struct str reason;     /* empty: none was given */
    /* What retraction_take finds. */
    int64_t rows, registrations; /* of the batch */
    struct seg *minus; /* its negated sums, of the tree of the set; NULL: it has no rows */
};

struct retraction_set {
    size_t n;
    struct retraction *at; /* in the order in which they were retracted */
    uint32_t *by_key;      /* indexes into at[], ascending by (batch, source) */
    struct seg **minus;    /* those of at[] that are there, in the same order */
    size_t minuses;
};

/* `old` (NULL: none) and n more, whose reasons are copied and whose `minus` are referred to. */
MUST_USE int retraction_set_new(const struct retraction_set *old, const struct retraction *more,
                                size_t n, struct retraction_set **out, struct err *err);
/* The same for another tree. */
MUST_USE int retraction_set_retree(const struct retraction_set *old, const struct place_tree *tree,
                                   struct retraction_set **out, struct err *err);
struct retraction_set *retraction_set_ref(struct retraction_set *s);
void retraction_set_unref(struct retraction_set *s); /* NULL is fine */

/* NULL when this batch counts. s may be NULL: nothing was retracted. */
const struct retraction *retraction_find(const struct retraction_set *s, int32_t source,
                                         int32_t batch);
/* A segment is of one batch: that batch's retraction, or NULL. */
const struct retraction *retraction_of_seg(const struct retraction_set *s, const struct seg *seg);

/* Which slabs hold rows of retracted batches, by the tables of their column of batches. */
struct retraction_marks {
    size_t n;
    uint8_t **slab; /* by slab: NULL where none do, else by table: 1 where it names one */
};
MUST_USE int retraction_marks_new(const struct retraction_set *s, struct slab *const *slab,
                                  size_t slabs, struct retraction_marks **out, struct err *err);
struct retraction_marks *retraction_marks_ref(struct retraction_marks *m);
void retraction_marks_unref(struct retraction_marks *m); /* NULL is fine */
/* May rows of the group be of retracted batches? m may be NULL. */
bool retraction_marked(const struct retraction_marks *m, size_t slab, const struct slab *b,
                       const struct slab_group *g);
/* What tells the rows of one group apart: the retracted batches that its tables name, by code. */
enum { RETRACTION_CODES_MAX = 32 };
struct retraction_codes {
    const struct retraction_set *set;
    const struct slab *slab;
    const struct slab_group *group;
    size_t n;  /* pairs of codes */
    bool many; /* more than fit: each row's batch is looked up instead */
    uint32_t batch[RETRACTION_CODES_MAX], source[RETRACTION_CODES_MAX];
};
void retraction_codes_init(struct retraction_codes *c, const struct retraction_set *s,
                           const struct slab *b, const struct slab_group *g);
/* How many of the rows first .. end - 1 of the group, from the first on, are alike: all of
 * retracted batches (*gone) or none. */
uint64_t retraction_stretch(const struct retraction_codes *c, uint64_t first, uint64_t end,
                            bool *gone);

/* Everything that is held. */
struct held {
    const struct place_tree *tree;
    const struct schema *schema;
    struct seg *const *seg;
    size_t segs;
    struct slab *const *slab;
    size_t slabs;
};
/* Finds the rows of n batches, each named by .source and .batch, and fills in .rows,
 * .registrations and .minus (a reference; nothing to free on failure). Only slabs and segments
 * that name one of them are looked at. */
MUST_USE int retraction_take(const struct held *held, struct retraction *at, size_t n,
                             struct err *err);
/* The days of the rows that count; day_min > day_max when there are none. */
void retraction_days(const struct held *held, const struct retraction_set *s,
                     const struct retraction_marks *m, int32_t *day_min, int32_t *day_max);

#endif
