/* SPDX-License-Identifier: MIT
 *
 * A hash table of the clients that have connections; who has none is not in it. */
#include "clients.h"

#include <pthread.h>
#include <string.h>

#include "base/mem.h"

enum { BUCKETS = 1024 };

struct client {
    struct client *next;
    uint64_t key;
    unsigned n;
};

struct clients {
    pthread_mutex_t lock;
    struct client *bucket[BUCKETS];
};

struct clients *clients_new(void)
{
    struct clients *c = mem_must(MEM_NET, sizeof *c);
    memset(c, 0, sizeof *c);
    pthread_mutex_init(&c->lock, NULL);
    return c;
}

void clients_free(struct clients *c)
{
    if (c == NULL)
        return;
    for (size_t i = 0; i < BUCKETS; i++)
        while (c->bucket[i] != NULL) {
            struct client *gone = c->bucket[i];
            c->bucket[i] = gone->next;
            mem_free(MEM_NET, gone);
        }
    pthread_mutex_destroy(&c->lock);
    mem_free(MEM_NET, c);
}

/* Where the client is, or where it would be put. */
static struct client **find(struct clients *c, uint64_t key)
{
    struct client **at = &c->bucket[key % BUCKETS];
    while (*at != NULL && (*at)->key != key)
        at = &(*at)->next;
    return at;
}

void clients_enter(struct clients *c, uint64_t key)
{
    pthread_mutex_lock(&c->lock);
    struct client **at = find(c, key);
    if (*at == NULL && (*at = mem_calloc(MEM_NET, 1, sizeof **at)) != NULL)
        (*at)->key = key;
    if (*at != NULL)
        (*at)->n++;
    pthread_mutex_unlock(&c->lock);
}

void clients_leave(struct clients *c, uint64_t key)
{
    pthread_mutex_lock(&c->lock);
    struct client **at = find(c, key);
    struct client *one = *at;
    if (one != NULL && --one->n == 0) {
        *at = one->next;
        mem_free(MEM_NET, one);
    }
    pthread_mutex_unlock(&c->lock);
}

unsigned clients_count(struct clients *c, uint64_t key)
{
    pthread_mutex_lock(&c->lock);
    struct client *one = *find(c, key);
    unsigned n = one != NULL ? one->n : 0;
    pthread_mutex_unlock(&c->lock);
    return n;
}
