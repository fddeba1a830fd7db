/* SPDX-License-Identifier: MIT
 *
 * What the HTTP threads know of the plugins without asking the registry, which may be busy loading
 * for a second: a hash for tags, and the numbers for /metrics. Workers, who may wait, learn it from
 * the set that they pin; every swap of the set makes it unknown until the next of them has looked.
 */
#ifndef NET_SEEN_H
#define NET_SEEN_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "script/plugin.h"

struct seen_numbers {
    uint64_t generation;
    size_t plugins, broken;
};

struct seen {
    pthread_mutex_t lock;
    bool known;
    unsigned swaps;     /* of all sets of the process, when this was learnt */
    uint64_t catalogue; /* of the snapshots that the set was checked against */
    uint64_t hash;
    struct seen_numbers numbers;
};

void seen_init(struct seen *s);
void seen_fini(struct seen *s);
/* Listens to the registry's swaps. */
MUST_USE int seen_listen(struct registry *r, struct err *err);
/* Swaps so far: read before a set is pinned that is then learnt. */
unsigned seen_swaps(void);
/* The hash of a set: everything of it that an answer may depend on. */
uint64_t seen_hash(const struct plugin_set *set);
void seen_learn(struct seen *s, unsigned swaps, uint64_t catalogue, const struct plugin_set *set);
/* True with the hash when it is that of the set which serves snapshots of this catalogue. */
bool seen_get(struct seen *s, uint64_t catalogue, uint64_t *hash);
/* As last learnt. */
struct seen_numbers seen_numbers_get(struct seen *s);

#endif
