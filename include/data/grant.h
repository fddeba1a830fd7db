/* SPDX-License-Identifier: MIT
 *
 * What somebody may see: the places and sources that a token is limited to, as they are written
 * down. Laid over a snapshot it gives another one (snap_narrow), which is all that whoever acts for
 * such a token is handed: what is not in it cannot be asked for by any way. */
#ifndef DATA_GRANT_H
#define DATA_GRANT_H

#include "data/place.h"

struct grant_place {
    enum place_level level;
    int64_t code;
};
struct grant {
    const struct grant_place *place; /* these and what lies in them */
    size_t places;                   /* 0: everywhere */
    const struct str *source;
    size_t sources; /* 0: all sources */
};

static inline bool grant_is_whole(const struct grant *g)
{
    return g == NULL || (g->places == 0 && g->sources == 0);
}

bool grant_has_source(const struct grant *g, struct str source); /* g may be NULL */

/* The places of a tree in which the granted ones lie: ascending, disjoint. A code that is another
 * place's now (it was merged away) is the old place's rows alone. Memory of the arena. */
MUST_USE int grant_spans(const struct grant *g, const struct place_tree *t, struct arena *a,
                         struct place_span **out, size_t *n, struct err *err);

#endif
