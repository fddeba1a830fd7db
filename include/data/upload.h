/* SPDX-License-Identifier: MIT
 *
 * Tables that planners upload: a named frame, and what file it came from. Sets of them are part of
 * a snapshot.
 *
 * Invariants
 *  1. An upload is filled by one thread and then given away; from then on it is immutable, counted,
 *     and may be read by any thread.
 *  2. Names are identifiers, told apart without regard to ASCII case; a set is in their order.
 *  3. A place is kept by identity (struct place.identity), which no change of the tree takes away;
 *     a sector by its index. */
#ifndef DATA_UPLOAD_H
#define DATA_UPLOAD_H

#include <stdatomic.h>

#include "base/buf.h"
#include "base/near.h"
#include "data/frame.h"
#include "data/place.h"

enum { UPLOAD_LEVEL_NONE = -1 };

struct upload {
    struct str name; /* NUL-terminated */
    struct frame *frame;
    int *level;               /* by column: of a place column, else UPLOAD_LEVEL_NONE */
    unsigned char sha256[32]; /* of the file as it was sent */
    uint64_t file_bytes;
    int64_t received_ms; /* wall clock */
    char *text;          /* where upload_text puts them: texts of cells, one behind the other */
    size_t text_n, text_cap;
    struct arena mem; /* MEM_DATA; holds all of it */
    atomic_int refs;
};

/* A table of `rows` rows whose columns upload_col names and types. ERR_LIMIT above
 * TABLE_ROWS_MAX, TABLE_COLUMNS_MAX and TABLE_NAME_BYTES_MAX. */
MUST_USE int upload_new(struct str name, size_t rows, size_t cols, struct upload **out,
                        struct err *err);
/* Column `col`, all NULL. TYPE_CODED is a sector, TYPE_PLACE a place of this level. */
MUST_USE int upload_col(struct upload *u, size_t col, struct str name, enum type type, int level,
                        struct err *err);
/* Room for texts of so many bytes altogether; called once, before the first upload_text. */
MUST_USE int upload_text_room(struct upload *u, size_t bytes, struct err *err);
/* A copy for a cell. */
struct str upload_text(struct upload *u, struct str s);
struct upload *upload_ref(struct upload *u);
void upload_unref(struct upload *u); /* NULL is fine */
/* What a column is, as the header of a file would say it: INT64, ..., or block, sector. */
const char *upload_type_name(const struct upload *u, size_t col);

/* What a table has of a column that is wanted. */
enum upload_fit { UPLOAD_FITS, UPLOAD_LACKS, UPLOAD_DIFFERS };
/* Column `col` of `want` in `have`, by its name; *found is its column there, where there is one.
 * Whole numbers will do where any number is wanted. */
enum upload_fit upload_fit(const struct upload *want, size_t col, const struct upload *have,
                           size_t *found);
/* All of them fit. */
bool upload_fits(const struct upload *want, const struct upload *have);

/* The stored form, with a checksum that starts from the name. */
MUST_USE int upload_encode(const struct upload *u, struct buf *out, struct err *err);
/* Trusts nothing: ERR_CORRUPT. Places must be in the tree. The file's hash, size and time are left
 * to the caller. */
MUST_USE int upload_decode(struct str name, struct str data, const struct place_tree *tree,
                           struct upload **out, struct err *err);

/* ---- sets ---- */

struct upload_set {
    size_t n;
    uint64_t bytes; /* of memory, all together */
    atomic_int refs;
    struct upload *at[]; /* by name */
};

/* The set with `u` in it, in the place of one of its name, and without `drop` (may be empty).
 * `old` and `u` may be NULL. References are taken, not consumed. */
MUST_USE int upload_set_next(const struct upload_set *old, struct upload *u, struct str drop,
                             struct upload_set **out, struct err *err);
struct upload_set *upload_set_ref(struct upload_set *s); /* NULL is fine */
void upload_set_unref(struct upload_set *s);             /* NULL is fine */
/* By name (ASCII case ignored), or NULL; s may be NULL. */
struct upload *upload_find(const struct upload_set *s, struct str name);
/* Offers all names. */
void upload_near(const struct upload_set *s, struct str name, struct near_list *near);

#endif
