/* SPDX-License-Identifier: MIT
 *
 * A segment: registrations sorted by place, sector and day, packed, immutable.
 *
 * The sort key is stored as runs (place, sector, day, first row). Every other column is bit-packed
 * at the width that its values need in this segment: code 0 is NULL where there are NULLs, else
 * code = value - base (+ 1 where there are NULLs). A column with one value takes no bits.
 *
 * Invariants
 *  1. Runs are strictly increasing by (order of place in the tree, sector, day); run_row[0] == 0,
 *     run_row[runs] == rows, increasing.
 *  2. run_place holds orders of the tree whose version is `tree_version`; run_id the stable ids.
 *  3. Text attributes hold ids of the shared dictionaries.
 *
 * Reference-counted; any thread may read.
 *
 * The stored form is described in core/data/seg_code.c. */
#ifndef DATA_SEG_H
#define DATA_SEG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "data/place.h"
#include "data/rows.h"

struct seg_col {
    uint8_t width;  /* bits a value, 0..32; 0: all rows have `base` (or all NULL) */
    bool present;   /* false: every row is NULL */
    bool nulls;     /* code 0 is NULL and codes start at 1 */
    int32_t base;   /* value of the first code */
    int32_t max;    /* highest value: with base, the zone map */
    uint64_t *word; /* packed codes, value i at bits i*width .. ; one spare word at the end */
};

struct seg {
    uint64_t id;           /* as stored; 0 before */
    uint64_t tree_version; /* of run_place */
    const struct schema *schema;
    uint64_t rows;
    int64_t registrations; /* sum of counts */
    int32_t day_min, day_max;
    uint32_t runs;
    uint32_t *run_place; /* order */
    uint32_t *run_id;    /* stable id */
    uint8_t *run_sector; /* 0: not stated, else index + 1 */
    int32_t *run_day;
    uint32_t *run_row;    /* runs + 1 */
    int64_t *run_count;   /* sum of counts of the run; NULL: each row counts one */
    struct seg_col count; /* never NULL; width 0 and base 1 when every row is one registration */
    struct seg_col attr[ATTRS_MAX];
};

static inline int64_t seg_run_count(const struct seg *s, uint32_t run)
{
    return s->run_count ? s->run_count[run] : (int64_t)s->run_row[run + 1] - s->run_row[run];
}

/* From rows that are sorted for `tree` (rows_sort). Text ids are taken as they are: where they are
 * those of local dictionaries, seg_translate makes them shared ones later. */
MUST_USE int seg_new(const struct rows *r, const struct place_tree *tree, uint64_t id,
                     struct seg **out, struct err *err);
/* Gives an attribute the same value in every row, whatever it was; before anyone else has the
 * segment. */
void seg_fill(struct seg *s, int attr, int32_t value);
/* Puts map[id] in the place of each id of a text attribute; likewise. */
MUST_USE int seg_translate(struct seg *s, int attr, const int32_t *map, struct err *err);
struct seg *seg_ref(struct seg *s);
void seg_unref(struct seg *s); /* NULL is fine */

/* The same rows for another tree. A new reference to s itself when nothing changes. ERR_CORRUPT
 * when a place is missing there. */
MUST_USE int seg_retree(struct seg *s, const struct place_tree *tree, struct seg **out,
                        struct err *err);

/* First run at or behind a place, by order. */
uint32_t seg_find(const struct seg *s, uint32_t order);
/* Appends the rows of the places with orders from .. to - 1, with shared ids, to r (of the same
 * schema). */
MUST_USE int seg_to_rows(const struct seg *s, uint32_t from, uint32_t to, struct rows *r,
                         struct err *err);
/* The value of one row, ATTR_NULL when not stated. */
int32_t seg_value(const struct seg_col *c, uint64_t row);
/* Values of rows first .. first + n - 1. */
void seg_unpack(const struct seg_col *c, uint64_t first, size_t n, int32_t *out);

/* Appends the encoded form. */
MUST_USE int seg_encode(const struct seg *s, struct buf *out, struct err *err);
/* ERR_CORRUPT, with a sentence naming the section, for anything that was not written by
 * seg_encode for this id. `dict_counts` by attribute bounds text ids. */
MUST_USE int seg_decode(struct str bytes, uint64_t id, const struct schema *schema,
                        const int32_t *dict_counts, const struct place_tree *tree, struct seg **out,
                        struct err *err);
/* The same as rows with shared ids, behind those of `out`, in the order in which they were stored,
 * whatever the tree is now. */
MUST_USE int seg_decode_rows(struct str bytes, uint64_t id, const int32_t *dict_counts,
                             const struct place_tree *tree, struct rows *out, struct err *err);

/* Do these bytes hold segment `id` as it was encoded: do its checksums fit? Nothing is decoded. */
bool seg_is_whole(struct str bytes, uint64_t id);

#endif
