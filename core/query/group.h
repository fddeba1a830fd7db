/* SPDX-License-Identifier: MIT
 *
 * Grouping: from the values of the keys to numbers of groups.
 *
 * Each key turns its values into ordinals 0, 1, 2, ... in order of first appearance. The ordinals
 * of one row combine into one number (mixed radix). Where all keys have few values, that number is
 * the group; else a hash table maps it to one. Ascending order of the keys is made at the end, over
 * the groups alone. */
#ifndef QUERY_GROUP_H
#define QUERY_GROUP_H

#include "expr.h"
#include "step.h"

/* Distinct values, numbered in order of first appearance. */
struct intern {
    struct arena *arena;
    enum type type;
    struct frame_col value; /* by ordinal; null array always there */
    size_t n, cap;
    uint32_t *slot; /* ordinal + 1, open addressing */
    size_t slots;
};

void intern_init(struct intern *t, struct arena *a, enum type type, const struct list *list);
/* Ordinals of n values. */
MUST_USE int intern_add(struct intern *t, const struct frame_col *c, size_t n, uint32_t *out,
                        struct err *err);

/* 64-bit numbers to 0, 1, 2, ... in order of first appearance. */
struct u64_map {
    struct arena *arena;
    uint64_t *key; /* by number */
    size_t n, cap;
    uint32_t *slot;
    size_t slots;
};
MUST_USE int u64_map_add(struct u64_map *m, uint64_t key, uint32_t *out, struct err *err);

enum { GROUP_KEYS_MAX = 64, DENSE_MAX = 1 << 22 };

/* One key of a grouping. Where its values are a function of one small code (a day, a sector, an
 * age), `of_code` gives the ordinal by code and no value is computed a second time. */
struct group_key {
    struct intern values;
    uint32_t *of_code; /* NULL: values are interned row by row */
    size_t codes;
    int base;      /* column whose value is the code */
    int64_t low;   /* code 0 is NULL, code 1 the value `low` */
    bool identity; /* the ordinal is the code itself; values are those of a dictionary or range */
    const struct dict *dict; /* identity: texts by code - 1 */
    size_t count;            /* ordinals, when identity or of_code */
};

struct groups {
    struct arena *arena;
    struct group_key *key;
    size_t keys;
    bool dense;                               /* the combined number is the group */
    uint64_t cells;                           /* dense: product of the counts */
    struct u64_map map, part[GROUP_KEYS_MAX]; /* part: where a product would not fit 62 bits */
    bool packs[GROUP_KEYS_MAX];
    uint32_t *ordinal; /* hash: keys ordinals by group */
    size_t n, cap;     /* hash: groups */
    uint32_t *scratch; /* keys * vector */
    uint64_t *combined;
    size_t vector;
};

/* keys are set up by the caller (intern_init, or of_code) before. `cells_max`: how large a dense
 * array may be. */
MUST_USE int groups_init(struct groups *g, struct arena *a, size_t vector, size_t cells_max,
                         struct err *err);
/* Ordinals of all keys for a vector are in g->scratch + k * vector; gives the groups. */
MUST_USE int groups_combine(struct groups *g, size_t n, uint32_t *gid, struct err *err);
/* Groups there may be: cells when dense, else those met. */
size_t groups_count(const struct groups *g);
/* Ordinal of key k of group i. */
uint32_t groups_ordinal(const struct groups *g, size_t i, size_t k);
/* Value of ordinal o of a key. */
struct value group_key_value(const struct group_key *k, uint32_t o);

#endif
