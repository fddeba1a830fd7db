/* SPDX-License-Identifier: MIT
 *
 * From what a field says to what it means: dates, places, sectors, choices, numbers. Each function
 * gives 0 and the value; or FAULT and why not, in the arena; or ERR_MEM. */
#ifndef INGEST_RESOLVE_H
#define INGEST_RESOLVE_H

#include "base/err.h"
#include "columns.h"
#include "data/history.h"
#include "data/list.h"
#include "data/place.h"
#include "ingest/mapping.h"
#include "words.h"

enum { FAULT = 1 };

/* Places in the borders of other days, and the words that were looked for there. A tree of the
 * country is large, so few are held: those used last. */
enum { ERAS_HELD = 4 };
struct era {
    size_t number;           /* of history_era */
    struct borders *borders; /* NULL: free */
    uint64_t used;           /* when last, counted in turns */
    struct words words[PLACE_LEVELS];
};

struct resolver {
    const struct place_tree *tree; /* that of `turned`, or today's */
    const struct place_tree *now;
    struct place_history *history; /* or NULL */
    struct era era[ERAS_HELD];
    uint64_t turns;
    struct era *turned;            /* NULL: today's */
    const struct mapping *mapping; /* or NULL */
    int32_t today;
    bool correction;    /* counts may be negative */
    bool quiet;         /* faults are only counted from now on: no reasons */
    struct arena *mem;  /* faults and words live here */
    uint64_t explained; /* faults that near names were looked for */
    struct words words[ROLES];
};

/* `history` may be NULL: then borders are those of today, whatever the day. */
void resolver_init(struct resolver *r, struct arena *mem, const struct place_tree *tree,
                   struct place_history *history, const struct mapping *mapping, int32_t today,
                   bool correction);
void resolver_fini(struct resolver *r);
/* Places are looked for in the borders of this day from now on; DAY_NONE: in those of today. 1 when
 * these are other borders than today's. */
MUST_USE int resolver_turn(struct resolver *r, int32_t day, struct err *err);

MUST_USE int resolve_date(struct resolver *r, struct str text, int32_t *day,
                          const struct fault **fault, struct err *err);
/* A place of the level of `role` inside node `within`; its order. */
MUST_USE int resolve_place(struct resolver *r, int role, uint32_t within, struct str text,
                           uint32_t *order, const struct fault **fault, struct err *err);
/* The index in a list. */
MUST_USE int resolve_choice(struct resolver *r, int role, const struct list *list, struct str text,
                            int32_t *index, const struct fault **fault, struct err *err);
MUST_USE int resolve_number(struct resolver *r, int role, int32_t min, int32_t max, struct str text,
                            int32_t *value, const struct fault **fault, struct err *err);
MUST_USE int resolve_count(struct resolver *r, struct str text, int32_t *count,
                           const struct fault **fault, struct err *err);
/* A fault with a reason made by printf, no near names. */
MUST_USE int make_fault(struct resolver *r, const struct fault **fault, struct err *err,
                        const char *fmt, ...) PRINTF_LIKE(4, 5);

#endif
