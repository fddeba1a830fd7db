/* SPDX-License-Identifier: MIT
 *
 * One hash under a mutex, and a counter of swaps. The counter belongs to the process and not to a
 * server, because a registry tells its listeners for as long as it lives. */
#include "seen.h"

#include <stdatomic.h>
#include <string.h>

#include "base/hash.h"

static atomic_uint swaps_of_all;

static void on_swap(void *ctx)
{
    (void)ctx;
    atomic_fetch_add(&swaps_of_all, 1);
}

void seen_init(struct seen *s)
{
    memset(s, 0, sizeof *s);
    pthread_mutex_init(&s->lock, NULL);
}

void seen_fini(struct seen *s)
{
    pthread_mutex_destroy(&s->lock);
}

int seen_listen(struct registry *r, struct err *err)
{
    return registry_listen(r, on_swap, NULL, err);
}

unsigned seen_swaps(void)
{
    return atomic_load(&swaps_of_all);
}

static uint64_t hash_of(const struct plugin_set *set)
{
    uint64_t h = hash64(&set->generation, sizeof set->generation, set->n);
    for (size_t i = 0; i < set->n; i++) {
        const struct plugin *p = &set->plugin[i];
        h = hash64(p->sha256, sizeof p->sha256, h + p->status);
        h = hash64(p->path.p, p->path.n, h);
        h = hash64(p->errors_text.p, p->errors_text.n, h);
        h = hash64(p->notes_text.p, p->notes_text.n, h);
    }
    return h;
}

/* Scripts may be set aside while a set serves: lists of plugins tell. */
static uint64_t with_asides(uint64_t hash)
{
    uint64_t n = script_aside_changes();
    return n == 0 ? hash : hash64(&n, sizeof n, hash);
}

uint64_t seen_hash(const struct plugin_set *set)
{
    return with_asides(hash_of(set));
}

static struct seen_numbers count(const struct plugin_set *set)
{
    struct seen_numbers n = {.generation = set->generation, .plugins = set->n};
    for (size_t i = 0; i < set->n; i++)
        n.broken += set->plugin[i].status != PLUGIN_OK;
    return n;
}

void seen_learn(struct seen *s, unsigned swaps, uint64_t catalogue, const struct plugin_set *set)
{
    uint64_t hash = hash_of(set);
    struct seen_numbers numbers = count(set);
    pthread_mutex_lock(&s->lock);
    s->known = true;
    s->swaps = swaps;
    s->catalogue = catalogue;
    s->hash = hash;
    s->numbers = numbers;
    pthread_mutex_unlock(&s->lock);
}

bool seen_get(struct seen *s, uint64_t catalogue, uint64_t *hash)
{
    pthread_mutex_lock(&s->lock);
    bool known = s->known && s->catalogue == catalogue && s->swaps == seen_swaps();
    *hash = with_asides(s->hash);
    pthread_mutex_unlock(&s->lock);
    return known;
}

struct seen_numbers seen_numbers_get(struct seen *s)
{
    pthread_mutex_lock(&s->lock);
    struct seen_numbers n = s->numbers;
    pthread_mutex_unlock(&s->lock);
    return n;
}
