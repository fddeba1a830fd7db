/* SPDX-License-Identifier: MIT
 *
 * Answers kept whole, by their tag. A tag is made of everything that determines an answer, so an
 * entry is never wrong, only no longer asked for: nothing has to be invalidated. What is kept are
 * the library's response objects, which are counted, immutable and may be sent to many clients at
 * once: a hit copies nothing.
 *
 * Bounded by entries and by bytes; the one of its set that was not asked for longest goes first.
 * All functions may be called from any thread. */
#ifndef NET_CACHE_H
#define NET_CACHE_H

#include <microhttpd.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct cache;

struct cache_key {
    uint64_t a, b;
};

struct cache_stats {
    uint64_t hits, misses, evictions, bytes, entries;
};

struct cache *cache_new(uint64_t bytes_max); /* aborts when there is no memory: start-up */
void cache_free(struct cache *c);            /* NULL is fine */
/* Queues the kept response on the connection (its own thread, in its handler). False when there is
 * none, or it could not be queued. *bytes: of its body. */
bool cache_send(struct cache *c, struct cache_key key, struct MHD_Connection *conn,
                uint64_t *bytes);
/* Is there one? It may be gone when it is to be sent. */
bool cache_has(struct cache *c, struct cache_key key);
/* Keeps a response with a body of `bytes`; takes over the caller's reference in every case. */
void cache_put(struct cache *c, struct cache_key key, struct MHD_Response *rs, uint64_t bytes);
void cache_stats_get(struct cache *c, struct cache_stats *out);

#endif
