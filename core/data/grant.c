/* SPDX-License-Identifier: MIT
 *
 * Grants: from codes to stretches of a tree. */
#include "data/grant.h"

#include <stdlib.h>

#include "base/mem.h"

bool grant_has_source(const struct grant *g, struct str source)
{
    for (size_t i = 0; g != NULL && i < g->sources; i++)
        if (str_eq(g->source[i], source))
            return true;
    return g == NULL || g->sources == 0;
}

struct spans {
    struct arena *mem;
    struct place_span *at;
    size_t n, cap;
};

static int add(struct spans *s, const struct place_tree *t, uint32_t node, struct err *err)
{
    struct place_span *grown = arena_grown(s->mem, s->at, s->n, &s->cap, sizeof *grown);
    if (grown == NULL)
        return err_set(err, ERR_MEM, "no memory for the places of a token");
    s->at = grown;
    s->at[s->n++] = (struct place_span){node, t->at[node].end};
    return 0;
}

static int add_place(struct spans *s, const struct place_tree *t, const struct grant_place *p,
                     struct err *err)
{
    uint32_t node = place_by_code(t, p->level, p->code);
    if (node == PLACE_NONE)
        return 0;
    if (t->at[place_order(t, t->at[node].identity)].code != p->code)
        return add(s, t, node, err);
    for (node = place_first(t, node); node != PLACE_NONE; node = t->at[node].same)
        TRY(add(s, t, node, err));
    return 0;
}

static int by_low(const void *a, const void *b)
{
    uint32_t x = ((const struct place_span *)a)->lo;
    uint32_t y = ((const struct place_span *)b)->lo;
    return (x > y) - (x < y);
}

/* Those that lie in or beside one another become one. */
static void join(struct spans *s)
{
    size_t n = 0;
    if (s->n > 1)
        qsort(s->at, s->n, sizeof *s->at, by_low);
    for (size_t i = 0; i < s->n; i++) {
        if (n > 0 && s->at[i].lo <= s->at[n - 1].hi) {
            if (s->at[i].hi > s->at[n - 1].hi)
                s->at[n - 1].hi = s->at[i].hi;
        } else {
            s->at[n++] = s->at[i];
        }
    }
    s->n = n;
}

int grant_spans(const struct grant *g, const struct place_tree *t, struct arena *a,
                struct place_span **out, size_t *n, struct err *err)
{
    struct spans s = {.mem = a};
    for (size_t i = 0; i < g->places; i++)
        TRY(add_place(&s, t, &g->place[i], err));
    join(&s);
    *out = s.at;
    *n = s.n;
    return 0;
}
