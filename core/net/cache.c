/* SPDX-License-Identifier: MIT
 *
 * Sets of eight ways, chosen by the key; a counter of uses orders a set. The mutex is held while a
 * response is queued, so that its entry cannot go in between; queueing sends nothing yet. */
#include "cache.h"

#include <pthread.h>
#include <string.h>

#include "base/mem.h"

enum { SETS = 512, WAYS = 8 };

struct entry {
    struct cache_key key;
    struct MHD_Response *rs; /* NULL: free */
    uint64_t bytes;
    uint64_t used; /* value of the counter at its last use */
};

struct cache {
    pthread_mutex_t lock;
    uint64_t bytes_max;
    uint64_t uses;
    size_t hand; /* set from which is evicted when the bytes are over */
    struct cache_stats stats;
    struct entry entry[SETS][WAYS];
};

struct cache *cache_new(uint64_t bytes_max)
{
    struct cache *c = mem_must(MEM_NET, sizeof *c);
    c->bytes_max = bytes_max;
    pthread_mutex_init(&c->lock, NULL);
    return c;
}

static void evict(struct cache *c, struct entry *e)
{
    if (e->rs == NULL)
        return;
    MHD_destroy_response(e->rs);
    c->stats.bytes -= e->bytes;
    c->stats.entries--;
    memset(e, 0, sizeof *e);
}

void cache_free(struct cache *c)
{
    if (c == NULL)
        return;
    for (size_t s = 0; s < SETS; s++)
        for (size_t w = 0; w < WAYS; w++)
            evict(c, &c->entry[s][w]);
    pthread_mutex_destroy(&c->lock);
    mem_free(MEM_NET, c);
}

static struct entry *find(struct cache *c, struct cache_key key)
{
    struct entry *set = c->entry[key.a % SETS];
    for (size_t w = 0; w < WAYS; w++)
        if (set[w].rs != NULL && set[w].key.a == key.a && set[w].key.b == key.b)
            return &set[w];
    return NULL;
}

bool cache_send(struct cache *c, struct cache_key key, struct MHD_Connection *conn, uint64_t *bytes)
{
    bool sent = false;
    pthread_mutex_lock(&c->lock);
    struct entry *e = find(c, key);
    if (e != NULL) {
        e->used = ++c->uses;
        *bytes = e->bytes;
        sent = MHD_queue_response(conn, MHD_HTTP_OK, e->rs) == MHD_YES;
    }
    if (sent)
        c->stats.hits++;
    else
        c->stats.misses++;
    pthread_mutex_unlock(&c->lock);
    return sent;
}

bool cache_has(struct cache *c, struct cache_key key)
{
    pthread_mutex_lock(&c->lock);
    bool found = find(c, key) != NULL;
    pthread_mutex_unlock(&c->lock);
    return found;
}

/* A free way, or the one unused for longest. */
static struct entry *oldest(struct entry *set)
{
    struct entry *best = &set[0];
    for (size_t w = 1; w < WAYS && best->rs != NULL; w++)
        if (set[w].rs == NULL || set[w].used < best->used)
            best = &set[w];
    return best;
}

static void make_room(struct cache *c, uint64_t bytes)
{
    for (size_t i = 0; i < SETS * WAYS && c->stats.bytes + bytes > c->bytes_max; i++) {
        struct entry *set = c->entry[c->hand];
        struct entry *victim = NULL;
        for (size_t w = 0; w < WAYS; w++)
            if (set[w].rs != NULL && (victim == NULL || set[w].used < victim->used))
                victim = &set[w];
        if (victim != NULL) {
            evict(c, victim);
            c->stats.evictions++;
        }
        c->hand = (c->hand + 1) % SETS;
    }
}

void cache_put(struct cache *c, struct cache_key key, struct MHD_Response *rs, uint64_t bytes)
{
    pthread_mutex_lock(&c->lock);
    bool fits = bytes <= c->bytes_max && find(c, key) == NULL;
    if (fits) {
        make_room(c, bytes);
        struct entry *e = oldest(c->entry[key.a % SETS]);
        c->stats.evictions += e->rs != NULL;
        evict(c, e);
        *e = (struct entry){key, rs, bytes, ++c->uses};
        c->stats.bytes += bytes;
        c->stats.entries++;
    }
    pthread_mutex_unlock(&c->lock);
    if (!fits)
        MHD_destroy_response(rs);
}

void cache_stats_get(struct cache *c, struct cache_stats *out)
{
    pthread_mutex_lock(&c->lock);
    *out = c->stats;
    pthread_mutex_unlock(&c->lock);
}
