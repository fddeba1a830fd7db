/* SPDX-License-Identifier: MIT
 *
 * The tree of places: country > state > district > block > panchayat, by Local Government
 * Directory code.
 *
 * Invariants
 *  1. Nodes are numbered in pre-order (children by code): at[0] is the country, and the subtree of
 *     node i is exactly the nodes i .. at[i].end - 1. A filter on any place is a range of orders.
 *     Rows that know only a district sit on the district's own node, the first of its range.
 *  2. `id` never changes and is never used again; it is what is stored. The order changes when
 * places are added, so it is never stored. id_order maps one to the other.
 *  3. Codes are unique per level only (a district and a block may share a number), and a block may
 *     lie in two districts: it then has a node in each. Nodes of one (level, code) have the same
 *     `identity`, the lowest id among them; group-by uses that. A place that became another one
 *     (history.h) is one more node of that other identity.
 *  4. A tree is immutable and reference-counted; any thread may read it.
 *
 * Names repeat and come in two scripts: they are only ever looked up inside a parent. */
#ifndef DATA_PLACE_H
#define DATA_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/str.h"

enum place_level {
    PLACE_COUNTRY,
    PLACE_STATE,
    PLACE_DISTRICT,
    PLACE_BLOCK,
    PLACE_PANCHAYAT,
    PLACE_LEVELS
};

#define PLACE_NONE       UINT32_MAX
#define PLACE_COUNTRY_ID 0u /* the root has id 0 in every tree */

struct place {
    uint32_t id;       /* stable, stored */
    uint32_t end;      /* order behind the last node of the subtree */
    uint32_t parent;   /* order of the parent; PLACE_NONE for the country */
    uint32_t identity; /* id shared by all nodes of this place */
    uint32_t home;     /* id of the parent as stored; elsewhere where borders changed since */
    bool gone;         /* not there in the borders of this tree: only what it counted is */
    uint32_t same;     /* order of the next node of the same identity, or PLACE_NONE */
    enum place_level level;
    int64_t code; /* LGD code; 0 for the country */
    struct str name;
    struct str name_hi;           /* .n == 0 when not known: show `name` */
    int32_t valid_from, valid_to; /* first and last day, DAY_NONE: open */
    double fact[PLACE_FACTS_MAX]; /* by fact index; NaN: not known */
};

/* What a tree is built from, in any order. The country is added by itself (id 0). */
struct place_row {
    uint32_t id; /* > 0, unique */
    uint32_t parent_id;
    enum place_level level;
    int64_t code;
    struct str name, name_hi;
    struct str aliases; /* separated by '|', either script */
    int32_t valid_from, valid_to;
    double fact[PLACE_FACTS_MAX];

    /* What history_apply finds out; zero without a history. */
    uint32_t home_id;  /* parent as stored, where parent_id is another one now; 0: the same */
    uint32_t same_as;  /* id of the place that this one counts as; 0: itself */
    bool gone;         /* not there in these borders */
    struct str former; /* names it had before, like aliases: found where no present name is */
};

struct place_span {
    uint32_t lo, hi; /* orders lo .. hi - 1 */
};

struct place_tree {
    uint32_t n;               /* nodes, the country included */
    const struct place *at;   /* by order */
    uint32_t ids_max;         /* highest id + 1 */
    const uint32_t *id_order; /* order by id, PLACE_NONE for ids not in use */
    const uint32_t *order_id; /* the other way round: at[order].id, close together */
    size_t facts;
    struct str fact_name[PLACE_FACTS_MAX];
    /* Of a narrowed tree: in which places rows are seen, ascending and disjoint. Else `narrowed` is
     * false and all are. */
    bool narrowed;
    const struct place_span *seen;
    size_t seens;
    uint64_t version; /* differs between two trees of this process that number nodes differently */
};

/* Copies all it needs from rows. Refuses a missing parent, a parent of the wrong level, a repeated
 * id and a repeated (level, code, parent). Free with place_tree_unref. */
MUST_USE int place_tree_new(const struct place_row *rows, size_t n, const struct str *fact_names,
                            size_t facts, struct place_tree **out, struct err *err);
struct place_tree *place_tree_ref(struct place_tree *t);
/* Gives t the version of `old` when both number the same nodes alike (names, facts and dates may
 * differ): what is laid out by the one fits the other. Before anyone else has t. */
void place_tree_adopt(struct place_tree *t, const struct place_tree *old);
void place_tree_unref(struct place_tree *t); /* NULL is fine */

/* The same tree for somebody who sees the rows of these places alone, and of those above them the
 * names: the others are not found by any name or code, nor offered as near. They keep their orders
 * and stay in at[]: who goes through it asks place_is_shown. */
MUST_USE int place_tree_narrow(struct place_tree *t, const struct place_span *seen, size_t n,
                               struct place_tree **out, struct err *err);
/* Are rows that lie at this node seen? */
bool place_is_seen(const struct place_tree *t, uint32_t order);
/* It, or a place in it. */
bool place_is_shown(const struct place_tree *t, uint32_t order);
/* Of a stored id; false where it is not in the tree. */
bool place_id_is_seen(const struct place_tree *t, uint32_t id);

/* First node with this level and code (follow `same` for others), or PLACE_NONE. */
uint32_t place_by_code(const struct place_tree *t, enum place_level level, int64_t code);
/* The first of all nodes of the same identity; the others follow by `same`. */
uint32_t place_first(const struct place_tree *t, uint32_t order);
/* The node of `level` above or at node `order`; PLACE_NONE when the node lies higher than that. */
uint32_t place_above(const struct place_tree *t, uint32_t order, enum place_level level);
/* Order of a stored id, or PLACE_NONE. */
static inline uint32_t place_order(const struct place_tree *t, uint32_t id)
{
    return id < t->ids_max ? t->id_order[id] : PLACE_NONE;
}
/* Fact index by name (ASCII case ignored), or -1. */
int place_fact_index(const struct place_tree *t, struct str name);

/* The aliases of a node as stored, separated by '|'. */
struct str place_aliases(const struct place_tree *t, uint32_t order);

/* Nodes of `level` inside node `within` (0: anywhere) whose code, name or alias in either script
 * is `text`; former names count where no present one is found. Places that are gone are not found.
 * Writes up to `max` orders, one per identity, and returns how many there are. */
size_t place_find(const struct place_tree *t, enum place_level level, uint32_t within,
                  struct str text, uint32_t *out, size_t max);
/* The same among those that are gone, each by itself. */
size_t place_find_gone(const struct place_tree *t, enum place_level level, uint32_t within,
                       struct str text, uint32_t *out, size_t max);
/* Offers the names of that level inside `within` to a near list (base/near.h). */
struct near_list;
void place_near(const struct place_tree *t, enum place_level level, uint32_t within,
                struct str text, struct near_list *out);

const char *place_level_name(enum place_level level); /* "district" */
/* By name, also the plural; -1 when it is none. */
int place_level_parse(struct str s);
/* The name in the language asked for, falling back to the other. */
struct str place_name(const struct place *p, bool hindi);

#endif
