/* SPDX-License-Identifier: MIT
 *
 * What somebody may see: the places and sources that a token is limited to, as they are written
 * down; and a grant laid over the tree of one snapshot, as everything that reads it asks. */
#ifndef DATA_GRANT_H
#define DATA_GRANT_H

#include "data/snap.h"

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

#endif
