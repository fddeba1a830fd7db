/* SPDX-License-Identifier: MIT
 *
 * A dictionary: strings in chunks that never move, found through an open-addressing hash table.
 *
 * Layout: id -> chunk[id / 1024]->str[id % 1024]. The chunk directory has a fixed size, so a
 * reader that knows an id follows two pointers without a lock. `count` is stored with release
 * after the entry and loaded with acquire by dict_count; an id that reached a reader through a
 * published snapshot is covered by that publication. */
#include "data/dict.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/hash.h"
#include "base/mem.h"

enum { CHUNK_STRINGS = 1024, CHUNKS_MAX = 16384, TABLE_MIN = 64 };

struct dict_chunk {
    struct str str[CHUNK_STRINGS];
};

struct dict {
    enum mem_room room;
    atomic_int refs;
    pthread_mutex_t lock; /* owns table, mask, text; taken by find and intern */
    _Atomic int32_t count;
    uint32_t mask;     /* table slots - 1 */
    int32_t *table;    /* id + 1; 0: free */
    uint64_t *hash_of; /* by slot: the string's hash, so that growing reads no strings */
    struct arena text;
    struct dict_chunk *chunk[CHUNKS_MAX];
};

static int table_alloc(enum mem_room room, uint32_t slots, int32_t **table, uint64_t **hash_of)
{
    *table = mem_calloc(room, slots, sizeof(**table));
    *hash_of = mem_calloc(room, slots, sizeof(**hash_of));
    if (*table && *hash_of) {
        return 0;
    }
    mem_free(room, *table);
    mem_free(room, *hash_of);
    return ERR_MEM;
}

int dict_new(enum mem_room room, struct dict **out, struct err *err)
{
    struct dict *d = mem_calloc(room, 1, sizeof(*d));
    if (!d || table_alloc(room, TABLE_MIN, &d->table, &d->hash_of) < 0) {
        mem_free(room, d);
        return err_set(err, ERR_MEM, "no memory for a dictionary");
    }
    d->room = room;
    d->mask = TABLE_MIN - 1;
    atomic_init(&d->refs, 1);
    atomic_init(&d->count, 0);
    pthread_mutex_init(&d->lock, NULL);
    arena_init(&d->text, room, 0);
    *out = d;
    return 0;
}

struct dict *dict_ref(struct dict *d)
{
    atomic_fetch_add_explicit(&d->refs, 1, memory_order_relaxed);
    return d;
}

void dict_unref(struct dict *d)
{
    if (!d || atomic_fetch_sub_explicit(&d->refs, 1, memory_order_acq_rel) != 1) {
        return;
    }
    for (int i = 0; i < CHUNKS_MAX && d->chunk[i]; i++) {
        mem_free(d->room, d->chunk[i]);
    }
    arena_fini(&d->text);
    mem_free(d->room, d->table);
    mem_free(d->room, d->hash_of);
    pthread_mutex_destroy(&d->lock);
    mem_free(d->room, d);
}

/* Slot of s, or the free slot where it belongs. */
static uint32_t slot_of(const struct dict *d, struct str s, uint64_t hash)
{
    uint32_t i = (uint32_t)hash & d->mask;
    while (d->table[i]) {
        if (d->hash_of[i] == hash && str_eq(dict_get(d, d->table[i] - 1), s)) {
            return i;
        }
        i = (i + 1) & d->mask;
    }
    return i;
}

static int grow(struct dict *d)
{
    int32_t *table;
    uint64_t *hash_of;
    uint32_t slots = (d->mask + 1) * 2;
    TRY(table_alloc(d->room, slots, &table, &hash_of));
    for (uint32_t i = 0; i <= d->mask; i++) {
        if (d->table[i]) {
            uint32_t to = (uint32_t)d->hash_of[i] & (slots - 1);
            while (table[to]) {
                to = (to + 1) & (slots - 1);
            }
            table[to] = d->table[i];
            hash_of[to] = d->hash_of[i];
        }
    }
    mem_free(d->room, d->table);
    mem_free(d->room, d->hash_of);
    d->table = table;
    d->hash_of = hash_of;
    d->mask = slots - 1;
    return 0;
}

/* Puts a new string behind the last id. The slot is free and the table has room. */
static int append(struct dict *d, struct str s, uint64_t hash, uint32_t slot, int32_t *id)
{
    int32_t n = atomic_load_explicit(&d->count, memory_order_relaxed);
    int32_t c = n / CHUNK_STRINGS;
    if (c >= CHUNKS_MAX) {
        return ERR_LIMIT;
    }
    if (!d->chunk[c]) {
        d->chunk[c] = mem_calloc(d->room, 1, sizeof(struct dict_chunk));
        if (!d->chunk[c]) {
            return ERR_MEM;
        }
    }
    struct str copy = str_copy(&d->text, s);
    if (!copy.p) {
        return ERR_MEM;
    }
    d->chunk[c]->str[n % CHUNK_STRINGS] = copy;
    d->table[slot] = n + 1;
    d->hash_of[slot] = hash;
    atomic_store_explicit(&d->count, n + 1, memory_order_release);
    *id = n;
    return 0;
}

static int intern_locked(struct dict *d, struct str s, int32_t *id)
{
    uint64_t hash = hash64(s.p, s.n, 0);
    uint32_t slot = slot_of(d, s, hash);
    if (d->table[slot]) {
        *id = d->table[slot] - 1;
        return 0;
    }
    if ((uint32_t)dict_count(d) >= (d->mask + 1) / 2) {
        TRY(grow(d));
        slot = slot_of(d, s, hash);
    }
    return append(d, s, hash, slot, id);
}

int dict_intern(struct dict *d, struct str s, int32_t *id, struct err *err)
{
    pthread_mutex_lock(&d->lock);
    int rc = intern_locked(d, s, id);
    pthread_mutex_unlock(&d->lock);
    if (rc == ERR_LIMIT) {
        return err_set(err, rc, "more than %d different values in one column",
                       CHUNKS_MAX * CHUNK_STRINGS);
    }
    return rc < 0 ? err_set(err, rc, "no memory for a dictionary") : 0;
}

int32_t dict_find(struct dict *d, struct str s)
{
    pthread_mutex_lock(&d->lock);
    uint32_t slot = slot_of(d, s, hash64(s.p, s.n, 0));
    int32_t id = d->table[slot] - 1;
    pthread_mutex_unlock(&d->lock);
    return id;
}

struct str dict_get(const struct dict *d, int32_t id)
{
    ASSERT(id >= 0 && id < CHUNKS_MAX * CHUNK_STRINGS);
    return d->chunk[id / CHUNK_STRINGS]->str[id % CHUNK_STRINGS];
}

int32_t dict_count(const struct dict *d)
{
    return atomic_load_explicit(&d->count, memory_order_acquire);
}
