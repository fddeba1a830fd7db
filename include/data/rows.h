/* SPDX-License-Identifier: MIT
 *
 * Rows being collected: plain arrays, one per column, before they are sorted and packed into a
 * segment. Text attributes refer to dictionaries of these rows alone (local), which are mapped to
 * the shared ones when the batch is committed, so that a refused batch leaves nothing behind.
 *
 * One thread at a time. Grows through the room's budget. */
#ifndef DATA_ROWS_H
#define DATA_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "data/dict.h"
#include "data/place.h"
#include "data/schema.h"

#define ATTR_NULL INT32_MIN

struct rows {
    enum mem_room room;
    const struct schema *schema;
    size_t n, cap;
    uint64_t sorted_for; /* version of the tree that they are sorted for; 0: of none */
    uint32_t *place;     /* stable id of the lowest place known */
    uint8_t *sector;     /* 0: not stated, else index in list_sectors + 1 */
    int32_t *day;
    int32_t *count;           /* registrations; negative only in corrections */
    int32_t *attr[ATTRS_MAX]; /* NULL: the column was never set; values ATTR_NULL: not stated */
    /* Both or none: the hashes of the ids of registrations (data/idset.h; 0: none was given), and
     * the lines of the file. Neither goes into a segment. */
    uint64_t *id;
    uint32_t *line;
    struct dict *local[ATTRS_MAX]; /* ATTR_TEXT: what attr[] refers to; NULL until first set */
};

void rows_init(struct rows *r, enum mem_room room, const struct schema *schema);
void rows_fini(struct rows *r);
/* Appends one row with all attributes not stated. Then set attributes of the last row. */
MUST_USE int rows_add(struct rows *r, uint32_t place_id, uint8_t sector, int32_t day, int32_t count,
                      struct err *err);
/* Room for n more rows, for a caller who fills them in and then raises n: all of place, sector, day
 * and count, and of the attributes that exist. */
MUST_USE int rows_room(struct rows *r, size_t n, struct err *err);
/* The column exists from now on, not stated in the rows so far. */
MUST_USE int rows_need(struct rows *r, int attr, struct err *err);
/* The rows have ids and lines from now on, 0 in the rows so far. */
MUST_USE int rows_need_ids(struct rows *r, struct err *err);
/* Copies the rows of which drop[] is 0 behind those of `to`, which has none of its own yet and is
 * of the same schema; order, lines and words stay. */
MUST_USE int rows_pick(const struct rows *r, const uint8_t *drop, struct rows *to, struct err *err);
/* The last row's attribute: a list index or number ... */
MUST_USE int rows_set(struct rows *r, int attr, int32_t value, struct err *err);
/* ... or a text. */
MUST_USE int rows_set_text(struct rows *r, int attr, struct str text, struct err *err);
/* The same value in every row, present and future rows not included (source, batch). */
MUST_USE int rows_fill_text(struct rows *r, int attr, struct str text, struct err *err);
/* Sum of counts. */
int64_t rows_registrations(const struct rows *r);

/* Maps every text attribute to the shared dictionaries (`shared` by attribute; NULL entries are
 * not text), adding what is new. Writer thread of the dictionaries only. After it, local[] is gone
 * and attr[] holds shared ids. */
MUST_USE int rows_share(struct rows *r, struct dict *const *shared, struct err *err);

/* Sorts by (place order in `tree`, sector, day), stably; at once when that was done before. */
MUST_USE int rows_sort(struct rows *r, const struct place_tree *tree, struct err *err);

#endif
