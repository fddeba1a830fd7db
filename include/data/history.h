/* SPDX-License-Identifier: MIT
 *
 * The history of places: on which day which place moved, was renamed, or passed into another, and
 * the tree of places in the borders of any day.
 *
 * What is stored of a registration is the id of the place that its source stated, for ever; what
 * changes is where that id lies. The stored places are those of the last borders; the borders of an
 * earlier day are found by taking back, newest first, what came after it:
 *
 *   moved    the node hangs below its former parent again, with all that lies in it
 *   renamed  it has its former name again; in later borders that name is still found
 *   passed   a part of one place, or all of it, came to another
 *
 * A place that is not there in the borders of a day (it ended before, or began later) keeps its
 * node, because rows may lie on it. Where it passed into one place alone, or came out of one alone,
 * it counts as that one: a further node of the other's identity, as of a block that lies in two
 * districts, and what lies in it lies in the other. Where there were several nobody can say how
 * its own rows divide: it stands for itself, marked as gone. So every id has one node in every
 * tree, and totals are the same in all borders.
 *
 * A history is of one tree of today. It is immutable but for the trees that it remembers;
 * reference-counted; any thread may use it. */
#ifndef DATA_HISTORY_H
#define DATA_HISTORY_H

#include "base/mem.h"
#include "data/place.h"

enum place_event_kind { PLACE_MOVED, PLACE_RENAMED, PLACE_PASSED };

struct place_event {
    enum place_event_kind kind;
    int32_t on;                       /* the first day on which it holds */
    uint32_t id;                      /* the place */
    uint32_t from_id, to_id;          /* moved: parents; passed: to_id took it over */
    struct str old_name, old_name_hi; /* renamed: what it was called before */
    double share;                     /* passed: what part of it, 0 to 1; NaN: not told */
};

/* Changes rows (as stored, of the last borders) into those of the borders of `day`, ready for
 * place_tree_new. Events are in the order in which they hold. Texts are made in the arena.
 * ERR_CORRUPT: an event names a place that is not there. */
MUST_USE int history_apply(struct place_row *row, size_t n, const struct place_event *event,
                           size_t events, int32_t day, struct arena *a, struct err *err);

struct place_history {
    size_t n;
    const struct place_event *event; /* in the order in which they hold */
    size_t days;
    const int32_t *day; /* on which something moved, began, or was there no more; ascending */
};

/* The history of `now`, a tree made of rows through history_apply. Copies events; takes a reference
 * of the tree. */
MUST_USE int history_new(struct place_tree *now, const struct place_event *event, size_t n,
                         struct place_history **out, struct err *err);
struct place_history *history_ref(struct place_history *h);
void history_unref(struct place_history *h); /* NULL is fine */

/* A tree beside that of today. */
struct borders {
    const struct place_tree *tree; /* in the borders of the day */
    int32_t day;                   /* the last on which they held */
    const uint32_t *order;         /* where a node of today's tree stands in `tree`, by order */
    /* By order of today's tree: does something below the node lie in another place of `tree` than
     * the node does? */
    const uint8_t *mixed;
};

/* The borders of a day; *out is NULL when they are those of today (h may be NULL: always).
 * Made when first asked for, then remembered for a few days. */
MUST_USE int history_borders(struct place_history *h, int32_t day, struct borders **out,
                             struct err *err);
struct borders *borders_ref(struct borders *b);
void borders_unref(struct borders *b); /* NULL is fine */

/* In which of the days + 1 stretches of unchanged borders a day lies; 0 is the oldest. */
size_t history_era(const struct place_history *h, int32_t day);

/* The places that took over a part of `id` or all of it, and when: writes up to max events (each
 * PLACE_PASSED), returns how many there are. */
size_t history_heirs(const struct place_history *h, uint32_t id, const struct place_event **out,
                     size_t max);
/* Where the place went, as a half-sentence for an error: "it became part of block 3175 RAMGARH on
 * 2022-04-04". Empty when nothing is known. Names are those of `tree`. */
struct buf;
void history_say_end(const struct place_history *h, const struct place_tree *tree, uint32_t order,
                     struct buf *out);

/* The same for a list: "block 3175 RAMGARH since 2022-04-04; ..." in the arena; .n == 0: none. */
MUST_USE int history_heirs_text(const struct place_history *h, const struct place_tree *tree,
                                uint32_t id, bool hindi, struct arena *a, struct str *out,
                                struct err *err);

#endif
