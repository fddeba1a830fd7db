/* SPDX-License-Identifier: MIT
 *
 * A slab: many registrations, sorted by place, sector and day, packed for scanning. Segments are
 * how batches arrive; slabs are what they are merged into.
 *
 * Rows of one place and sector form a group; within it, runs of one day. Every other column is
 * coded by a look-up table of the values that occur, and the codes are stored as bit planes (bit b
 * of row i is bit i % 64 of word i / 64 of plane b: Li and Patel, "BitWeaving", SIGMOD 2013). A
 * table may serve the whole slab, or one sector, or one place, whichever is smallest: an
 * occupation within its sector takes 4 bits, a centre within its block 6.
 *
 * Invariants
 *  1. Groups are strictly increasing by (order of place in the tree, sector); first_row and
 *     first_run likewise; one more group stands behind the last with the totals.
 *  2. Days of a group's runs do not decrease; a run has 1..65535 rows.
 *  3. A table's entries are strictly increasing (ATTR_NULL, the lowest number, stands first).
 *
 * Reference-counted, immutable; any thread may read. */
#ifndef DATA_SLAB_H
#define DATA_SLAB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cancel.h"
#include "base/err.h"
#include "data/place.h"
#include "data/rows.h"

enum { SLAB_ROWS_MAX = 1 << 23, SLAB_WIDTH_MAX = 24 };

enum slab_parent { SLAB_WHOLE, SLAB_BY_SECTOR, SLAB_BY_PLACE };

struct slab_col {
    enum slab_parent parent;
    uint8_t width;                   /* planes, 0: a table has at most one entry */
    uint32_t tables;                 /* 1, 32 or places */
    uint32_t *table;                 /* first entry in value[] by table; tables + 1 entries */
    int32_t *value;                  /* what the codes stand for */
    uint64_t *plane[SLAB_WIDTH_MAX]; /* slab_words(rows) words each */
};

struct slab_group {
    uint32_t place;       /* order */
    uint32_t id;          /* stable id of the place */
    uint32_t place_index; /* 0, 1, ... by place in this slab */
    uint32_t first_run;
    uint64_t first_row;
    uint8_t sector; /* 0: not stated, else index + 1 */
};

struct slab {
    uint64_t id;
    uint64_t tree_version;
    const struct schema *schema;
    uint64_t rows;
    int64_t registrations;
    int32_t day_min, day_max;
    uint32_t groups, places, runs;
    struct slab_group *group; /* groups + 1 */
    uint16_t *run_day;        /* day - day_min */
    uint16_t *run_rows;
    bool weighted; /* false: every row is one registration and `count` is empty */
    struct slab_col count;
    struct slab_col attr[ATTRS_MAX];
};

/* From rows that are shared and sorted for `tree`, at most SLAB_ROWS_MAX of them; only rows first
 * .. first + n - 1 are taken. ERR_LIMIT when a column has too many values for SLAB_WIDTH_MAX, or
 * the days span more than 65535. */
MUST_USE int slab_new(const struct rows *r, size_t first, size_t n, const struct place_tree *tree,
                      uint64_t id, struct slab **out, struct err *err);
/* The same, given up with the error of `cancel` when that fires: it is looked at once a column. */
MUST_USE int slab_pack(const struct rows *r, size_t first, size_t n, const struct place_tree *tree,
                       uint64_t id, const struct cancel *cancel, struct slab **out,
                       struct err *err);
struct slab *slab_ref(struct slab *s);
void slab_unref(struct slab *s); /* NULL is fine */

/* Appends the rows of the places with orders from .. to - 1, with shared ids, to r (of the same
 * schema). */
MUST_USE int slab_to_rows(const struct slab *s, uint32_t from, uint32_t to, struct rows *r,
                          struct err *err);

/* Words of a plane: rows rounded up to 64, and spare ones, so that a kernel may read eight at once.
 */
size_t slab_words(uint64_t rows);
/* The table of a column that a group uses. */
uint32_t slab_table(const struct slab_col *c, const struct slab_group *g);
/* Values of rows first .. first + n - 1, all of group g. */
void slab_unpack(const struct slab_col *c, const struct slab_group *g, uint64_t first, size_t n,
                 int32_t *out);
/* First group at or behind (order, sector 0). */
uint32_t slab_find(const struct slab *s, uint32_t order);
/* Runs of group g with day >= `day`: the index of the first, and its first row. */
void slab_seek(const struct slab *s, uint32_t g, int32_t day, uint32_t *run, uint64_t *row);
/* Rows of group g with `from` <= day < `to` are *n from *first on. */
void slab_span(const struct slab *s, uint32_t g, int32_t from, int32_t to, uint64_t *first,
               uint64_t *n);
/* Registrations of a run of group g, whose first row is `row`. */
int64_t slab_run_count(const struct slab *s, const struct slab_group *g, uint32_t run,
                       uint64_t row);

/* The same rows for another tree; a new reference to s when nothing changes. */
MUST_USE int slab_retree(struct slab *s, const struct place_tree *tree, struct slab **out,
                         struct err *err);
/* Appends the stored form (described in core/data/slab_code.c). */
MUST_USE int slab_encode(const struct slab *s, struct buf *out, struct err *err);
/* ERR_CORRUPT for anything that slab_encode did not write for this id. `dict_counts` by attribute
 * bounds text ids. */
MUST_USE int slab_decode(struct str bytes, uint64_t id, const struct schema *schema,
                         const int32_t *dict_counts, const struct place_tree *tree,
                         struct slab **out, struct err *err);

/* Do these bytes hold slab `id` as it was encoded: do its checksums fit? Nothing is decoded. */
bool slab_is_whole(struct str bytes, uint64_t id);

#endif
