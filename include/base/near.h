/* SPDX-License-Identifier: MIT
 *
 * "Did you mean": the names nearest to a misspelt one. Distance is Damerau-Levenshtein's (optimal
 * string alignment) over characters, ASCII case ignored; a name qualifies within a third of the
 * word's length, or when one contains the other. */
#ifndef BASE_NEAR_H
#define BASE_NEAR_H

#include <stddef.h>

#include "base/mem.h"
#include "base/str.h"

enum { NEAR_MAX = 5 };

struct near_list {
    struct str name[NEAR_MAX]; /* borrowed, nearest first */
    int distance[NEAR_MAX];
    size_t n;
};

/* Offer candidates one by one: near_init, near_offer ..., then read the list. */
void near_init(struct near_list *l);
void near_offer(struct near_list *l, struct str word, struct str candidate);
/* `did you mean "a", "b"?` into err's hint; nothing when the list is empty. */
void near_hint(const struct near_list *l, struct err *err);
/* `a|b` in `mem`, as a cell of a table holds them; "" when the list is empty, NULL without memory.
 */
const char *near_joined(struct arena *mem, const struct near_list *l);
/* The distance itself, cut off at `most` + 1. */
int near_distance(struct str a, struct str b, int most);

#endif
