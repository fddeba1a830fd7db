/* SPDX-License-Identifier: MIT
 *
 * Sets of a few entries each, found by a hash with a key of this process, so that nobody chooses
 * whose entry his own takes the place of. */
#include "tries.h"

#include <pthread.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"

enum { SETS = 256, WAYS = 4 };

struct entry {
    uint64_t client; /* 0: free */
    int64_t last_ms;
    uint32_t fails;
};

struct tries {
    pthread_mutex_t lock;
    unsigned char key[HASH_KEY_BYTES];
    struct entry at[SETS][WAYS];
};

struct tries *tries_new(void)
{
    struct tries *t = mem_must(MEM_NET, sizeof *t);
    memset(t, 0, sizeof *t);
    pthread_mutex_init(&t->lock, NULL);
    hash_key_new(t->key);
    return t;
}

void tries_free(struct tries *t)
{
    if (t == NULL)
        return;
    pthread_mutex_destroy(&t->lock);
    mem_free(MEM_NET, t);
}

static uint64_t client_of(const struct tries *t, const struct address *a)
{
    uint64_t key = address_key(a);
    return hash_keyed(t->key, &key, sizeof key) | 1;
}

/* The client's own, or the one that failed longest ago. */
static struct entry *entry_of(struct tries *t, uint64_t client)
{
    struct entry *set = t->at[client >> 32 & (SETS - 1)];
    struct entry *oldest = set;
    for (size_t i = 0; i < WAYS; i++) {
        if (set[i].client == client)
            return &set[i];
        if (set[i].last_ms < oldest->last_ms)
            oldest = &set[i];
    }
    *oldest = (struct entry){.client = client};
    return oldest;
}

int64_t tries_fail(struct tries *t, const struct address *client, int64_t now_ms)
{
    pthread_mutex_lock(&t->lock);
    struct entry *e = entry_of(t, client_of(t, client));
    if (now_ms - e->last_ms >= TRIES_FORGET_MS)
        e->fails = 0;
    e->last_ms = now_ms;
    uint32_t fails = ++e->fails;
    pthread_mutex_unlock(&t->lock);
    if (fails <= TRIES_FREE)
        return 0;
    uint32_t doubled = fails - TRIES_FREE - 1;
    int64_t wait = doubled < 5 ? (int64_t)TRIES_WAIT_MS << doubled : TRIES_WAIT_MAX_MS;
    return wait < TRIES_WAIT_MAX_MS ? wait : TRIES_WAIT_MAX_MS;
}
